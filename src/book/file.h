/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HC_BOOK_FILE_H
#define HC_BOOK_FILE_H
#include <limits.h>
#include <stddef.h>

#include "haircut/status.h"

/* So that a line number fits an int. */
enum { HC_CSV_MAX_BYTES = INT_MAX };

/* Reads a whole file, zero-terminated; stops early after a block with a zero byte, which no
 * text has, so that a device does not fill the memory. HC_IO, HC_INPUT or HC_NO_MEMORY,
 * with the reason, unless HC_OK. */
hc_status hc_file_read(const char *file, char **text, size_t *length, struct hc_error *error)
  HC_CHECKED;
#endif
