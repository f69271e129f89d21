/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing files whole, with errors that name the file. */
#ifndef HC_STORE_FILES_H
#define HC_STORE_FILES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

/* What an errno means: HC_NO_SPACE (full disk, quota, file size limit), HC_NO_MEMORY, else HC_IO. */
hc_status hc_errno_status(int code);
/* "FILE: cannot DO: reason". */
hc_status hc_fail_errno(struct hc_error *error, int code, const char *file, const char *doing);
/* Returns 0 or an errno; goes on after short writes and signals. */
int hc_write_whole(int descriptor, const void *bytes, size_t length);
/* As above; `*got` is less than `length` only at the end of the file. */
int hc_read_at(int descriptor, uint64_t offset, void *bytes, size_t length, size_t *got);
/* A whole file; the text is zero-terminated and the caller's. */
hc_status hc_slurp(const char *file, char **bytes, size_t *length, struct hc_error *error)
  HC_CHECKED;
hc_status hc_spill(const char *file, const void *bytes, size_t length,
                        struct hc_error *error) HC_CHECKED;
/* Makes what is in a file, and the entry of its directory, durable. */
hc_status hc_sync_file(const char *file, struct hc_error *error) HC_CHECKED;
hc_status hc_sync_directory(const char *file, struct hc_error *error) HC_CHECKED;
/* Gives a finished file its name: on the disk first, so that a crash leaves the old file or the
 * new one. */
hc_status hc_publish(const char *temporary, const char *file, struct hc_error *error) HC_CHECKED;
/* printf into a new string; NULL on failure. */
char *hc_format(const char *format, ...) HC_PRINTF(1, 2);
/* The directory a file is in ("." if none is named); NULL on failure. */
char *hc_directory_of(const char *file);
bool hc_has_suffix(const char *name, const char *suffix);
#endif
