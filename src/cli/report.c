/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int hc_cli_exit_code(hc_status status) {
  switch (status) {
  case HC_OK: return HC_CLI_DONE;
  case HC_INPUT:
  case HC_FORMAT:
  case HC_MISMATCH: return HC_CLI_BAD_INPUT;
  case HC_INTERRUPTED: return HC_CLI_INTERRUPTED;
  case HC_NO_MEMORY:
  case HC_IO:
  case HC_NO_SPACE:
  case HC_MODEL:
  case HC_BUG: return HC_CLI_FAILED;
  }
  return HC_CLI_FAILED;
}

static struct {
  bool on;
  char first[1200];
} muted;

void hc_cli_mute(void) { muted.on = true; }

void hc_cli_speak(int rank) {
  if (muted.first[0]) (void)fprintf(stderr, "haircut: process %d: %s\n", rank, muted.first);
}

hc_status hc_cli_complain(hc_status status, const char *format, ...) {
  va_list arguments;
  if (muted.on) {
    va_start(arguments, format);
    if (!muted.first[0]) (void)vsnprintf(muted.first, sizeof muted.first, format, arguments);
    va_end(arguments);
    return status;
  }
  (void)fflush(stdout);
  (void)fputs("haircut: ", stderr);
  va_start(arguments, format);
  (void)vfprintf(stderr, format, arguments);
  va_end(arguments);
  (void)fputc('\n', stderr);
  return status;
}

hc_status hc_cli_complain_error(hc_status status, const struct hc_error *error) {
  const char *message = error && error->message[0] ? error->message : hc_status_text(status);
  return hc_cli_complain(status, "%s", message);
}

void hc_cli_print_diagnostics(const struct hc_diagnostics *diagnostics, bool quiet) {
  (void)fflush(stdout);
  for (size_t i = 0; i < diagnostics->count; i++) {
    const struct hc_diagnostic *item = &diagnostics->items[i];
    if (item->warning && (quiet || muted.on)) continue;
    if (muted.on) {
      hc_cli_complain(HC_INPUT, "%s:%d:%d: %s", item->file ? item->file : "haircut", item->line, item->column,
                      item->message);
      continue;
    }
    if (item->file && item->line > 0)
      (void)fprintf(stderr, "%s:%d:%d: ", item->file, item->line, item->column);
    else
      (void)fprintf(stderr, "%s: ", item->file ? item->file : "haircut");
    (void)fprintf(stderr, "%s%s\n", item->warning ? "warning: " : "", item->message);
  }
}

static hc_status write_all(FILE *stream, const char *name, struct hc_text *text) {
  if (text->failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  errno = 0;
  const size_t written = text->length ? fwrite(text->data, 1, text->length, stream) : 0;
  if (written == text->length && fflush(stream) == 0) return HC_OK;
  const hc_status status = errno == ENOSPC ? HC_NO_SPACE : HC_IO;
  return hc_cli_complain(status, "cannot write %s: %s", name, strerror(errno));
}

hc_status hc_cli_emit(struct hc_text *text) {
  const hc_status status = write_all(stdout, "to standard output", text);
  hc_text_free(text);
  return status;
}

/* A device or pipe is written in place; a regular file by way of a temporary one. */
static bool is_special(const char *file) {
  struct stat info;
  return stat(file, &info) == 0 && !S_ISREG(info.st_mode);
}

static hc_status write_file(const char *file, const char *name, struct hc_text *text) {
  FILE *stream = fopen(name, "w");
  if (!stream) return hc_cli_complain(HC_INPUT, "%s: cannot write: %s", file, strerror(errno));
  hc_status status = write_all(stream, file, text);
  if (fclose(stream) != 0 && status == HC_OK)
    status = hc_cli_complain(HC_IO, "cannot write %s: %s", file, strerror(errno));
  return status;
}

static hc_status write_aside(const char *file, struct hc_text *text) {
  struct hc_text name = {0};
  hc_text_printf(&name, "%s.%ld.part", file, (long)getpid());
  if (name.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  hc_status status = write_file(file, name.data, text);
  if (status == HC_OK && rename(name.data, file) != 0)
    status = hc_cli_complain(HC_IO, "%s: cannot write: %s", file, strerror(errno));
  if (status != HC_OK) (void)unlink(name.data);
  hc_text_free(&name);
  return status;
}

hc_status hc_cli_emit_to(const char *file, struct hc_text *text) {
  if (!file || strcmp(file, "-") == 0) return hc_cli_emit(text);
  const hc_status status =
    is_special(file) ? write_file(file, file, text) : write_aside(file, text);
  hc_text_free(text);
  return status;
}
