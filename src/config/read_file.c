/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/read.h"

enum { MOST_BYTES = 16 << 20 }; /* a configuration is written by hand */

static bool read_all(FILE *stream, struct hc_text *text) {
  char buffer[8192];
  size_t got;
  while (text->length <= MOST_BYTES && (got = fread(buffer, 1, sizeof buffer, stream)) > 0)
    hc_text_append(text, buffer, got);
  return !ferror(stream);
}

static char *fail(struct hc_config *config, struct hc_diagnostics *diagnostics, int input,
                  const char *problem) {
  hc_config_report(config, diagnostics, (struct hc_place){input, 0, 0}, "", "%s", problem);
  return NULL;
}

char *hc_read_file(struct hc_config *config, struct hc_diagnostics *diagnostics, int input,
                   size_t *length) {
  errno = 0;
  FILE *stream = fopen(config->inputs[input].file, "rb");
  if (!stream) return fail(config, diagnostics, input, strerror(errno));
  struct hc_text text = {0};
  const bool complete = read_all(stream, &text);
  const int code = errno;
  (void)fclose(stream);
  const bool too_large = text.length > MOST_BYTES;
  *length = text.length;
  char *bytes = hc_arena_take(&config->arena, &text);
  if (!complete) return fail(config, diagnostics, input, strerror(code));
  if (too_large) return fail(config, diagnostics, input, "larger than 16 MiB");
  return bytes;
}
