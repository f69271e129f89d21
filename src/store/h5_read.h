/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of files that may be damaged or not ours: nothing is taken for granted. */
#ifndef HC_STORE_H5_READ_H
#define HC_STORE_H5_READ_H
#include "store/h5.h"

bool hc_h5_get_integer(hid_t object, const char *name, int64_t *value); /* attribute */
char *hc_h5_get_text(hid_t object, const char *name); /* attribute; NULL if there is none */
bool hc_h5_has(hid_t parent, const char *path);       /* every part of it */
char *hc_h5_read_text(hid_t parent, const char *path); /* scalar dataset; NULL on failure */
/* A whole column; caller frees (`texts`: with hc_h5_free_texts). NULL on failure. */
void *hc_h5_read_column(hid_t parent, const char *path, enum hc_h5_kind kind, size_t *count);
char **hc_h5_read_texts(hid_t parent, const char *path, size_t *count);
void hc_h5_free_texts(char **texts, size_t count);
/* Rows of a dataset `width` wide (1: of rank 1). */
bool hc_h5_read_rows(hid_t dataset, enum hc_h5_kind kind, uint64_t first, size_t count,
                     size_t width, void *data);
#endif
