/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 1 << 16 };

static hc_status too_large(struct hc_error *error) {
  return hc_fail(error, HC_INPUT, "the file is larger than 2 GiB, the most that is read; "
                 "split it or merge small accounts");
}

/* `*size` is what a regular file holds, else 0. */
static hc_status open_file(const char *file, FILE **stream, size_t *size,
                           struct hc_error *error) {
  *stream = fopen(file, "rb");
  if (!*stream) return hc_fail(error, HC_IO, "cannot be opened: %s", strerror(errno));
  struct stat about;
  if (fstat(fileno(*stream), &about) != 0) return HC_OK; /* reading tells */
  if (S_ISDIR(about.st_mode)) return hc_fail(error, HC_IO, "is a directory, expected a CSV file");
  if (!S_ISREG(about.st_mode)) return HC_OK;
  if (about.st_size > HC_CSV_MAX_BYTES) return too_large(error);
  *size = (size_t)about.st_size;
  return HC_OK;
}

/* Room for a block and the final zero. */
static hc_status make_room(char **text, size_t length, size_t expected, size_t *capacity,
                           struct hc_error *error) {
  if (length > HC_CSV_MAX_BYTES) return too_large(error);
  if (*capacity - length > BLOCK) return HC_OK;
  const size_t larger = *capacity ? 2 * *capacity : expected + 2 * BLOCK;
  char *moved = realloc(*text, larger);
  if (!moved) return hc_fail(error, HC_NO_MEMORY, "no memory to read the file");
  *text = moved;
  *capacity = larger;
  return HC_OK;
}

static hc_status read_stream(FILE *stream, size_t expected, char **text, size_t *length,
                             struct hc_error *error) {
  size_t capacity = 0;
  for (;;) {
    const hc_status status = make_room(text, *length, expected, &capacity, error);
    if (status != HC_OK) return status;
    errno = 0;
    const size_t got = fread(*text + *length, 1, BLOCK, stream);
    const char *block = *text + *length;
    *length += got;
    if (got == 0 && ferror(stream))
      return hc_fail(error, HC_IO, "cannot be read: %s", strerror(errno));
    if (got == 0 || memchr(block, 0, got)) break;
  }
  (*text)[*length] = '\0';
  return HC_OK;
}

hc_status hc_file_read(const char *file, char **text, size_t *length, struct hc_error *error) {
  *text = NULL;
  *length = 0;
  FILE *stream = NULL;
  size_t expected = 0;
  hc_status status = open_file(file, &stream, &expected, error);
  if (status == HC_OK) status = read_stream(stream, expected, text, length, error);
  if (stream) (void)fclose(stream);
  if (status != HC_OK) {
    free(*text);
    *text = NULL;
  }
  return status;
}
