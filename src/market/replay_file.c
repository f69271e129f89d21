/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "market/replay.h"

enum { BLOCK = 1 << 16 };

static hc_status open_file(const char *file, FILE **stream, struct hc_error *error) {
  *stream = fopen(file, "rb");
  if (!*stream) return hc_fail(error, HC_INPUT, "%s: cannot be opened: %s", file, strerror(errno));
  struct stat about;
  if (fstat(fileno(*stream), &about) == 0 && S_ISDIR(about.st_mode))
    return hc_fail(error, HC_INPUT, "%s: is a directory, expected a CSV file", file);
  return HC_OK;
}

static hc_status make_room(const char *file, char **text, size_t length, size_t *capacity,
                           struct hc_error *error) {
  if (length > INT_MAX) /* lines are counted in int */
    return hc_fail(error, HC_INPUT, "%s: larger than 2 GiB, the most that is read", file);
  if (*capacity - length > BLOCK) return HC_OK;
  const size_t larger = 2 * *capacity + BLOCK + 1;
  char *moved = realloc(*text, larger);
  if (!moved) return hc_fail(error, HC_NO_MEMORY, "no memory to read %s", file);
  *text = moved;
  *capacity = larger;
  return HC_OK;
}

static hc_status read_stream(const char *file, FILE *stream, char **text, size_t *length,
                             struct hc_error *error) {
  size_t capacity = 0;
  for (;;) {
    const hc_status status = make_room(file, text, *length, &capacity, error);
    if (status != HC_OK) return status;
    errno = 0;
    const size_t got = fread(*text + *length, 1, BLOCK, stream);
    if (got == 0 && ferror(stream))
      return hc_fail(error, HC_IO, "%s: cannot be read: %s", file, strerror(errno));
    if (memchr(*text + *length, 0, got))
      return hc_fail(error, HC_INPUT, "%s: has a zero byte, so it is binary or UTF-16; expected "
                     "a CSV in plain text", file);
    *length += got;
    if (got == 0) break;
  }
  (*text)[*length] = '\0';
  return HC_OK;
}

hc_status hc_replay_load(const char *file, char **text, size_t *length, struct hc_error *error) {
  *text = NULL;
  *length = 0;
  FILE *stream = NULL;
  hc_status status = open_file(file, &stream, error);
  if (status == HC_OK) status = read_stream(file, stream, text, length, error);
  if (stream) (void)fclose(stream);
  if (status != HC_OK) {
    free(*text);
    *text = NULL;
  }
  return status;
}
