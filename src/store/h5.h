/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 the way results files use it: columns along axes, attributes, UTF-8 texts. The first
 * failure sticks: later calls do nothing, and ids are -1. The serial library is not
 * thread-safe: one thread at a time. */
#ifndef HC_STORE_H5_H
#define HC_STORE_H5_H
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#include "haircut/status.h"

/* Rows in a chunk: 16 granules, so that whole chunks are written. */
enum { HC_H5_CHUNK = 16384 };
/* Most dimensions of a dataset. */
enum { HC_H5_RANK = 30 };

/* ---- h5_error.c ---------------------------------------------------------------------- */
/* HDF5's own error printing, put aside while we call it. */
struct hc_h5_quiet {
  H5E_auto2_t function;
  void *data;
};
struct hc_h5_quiet hc_h5_hush(void);
void hc_h5_unhush(const struct hc_h5_quiet *quiet);
/* The library's innermost complaint; a full disk gives HC_NO_SPACE, else `otherwise`. */
hc_status hc_h5_reason(hc_status otherwise, char *text, size_t size);

/* ---- h5.c ------------------------------------------------------------------------------ */
struct hc_h5 {
  hid_t file;
  const char *name; /* for messages */
  const char *path; /* of the file being made; owned by the caller */
  hc_status status;
  struct hc_error *error;
};
enum hc_h5_kind { HC_H5_F8, HC_H5_I8, HC_H5_I1, HC_H5_TEXT };
hid_t hc_h5_type(enum hc_h5_kind kind); /* TEXT: variable-length UTF-8; do not close */

/* Creates the file h5->path. */
void hc_h5_create(struct hc_h5 *h5);
/* Flushes and closes; after a failure the file is emptied. */
void hc_h5_finish(struct hc_h5 *h5);
hid_t hc_h5_group(struct hc_h5 *h5, hid_t parent, const char *name);
void hc_h5_close(struct hc_h5 *h5, hid_t id); /* of any kind; -1 is legal */
/* Records a failure of ours. */
void hc_h5_fail(struct hc_h5 *h5, hc_status status, const char *message);

void hc_h5_text(struct hc_h5 *h5, hid_t object, const char *name, const char *text);
void hc_h5_texts(struct hc_h5 *h5, hid_t object, const char *name, const char *const *texts,
                 size_t count);
void hc_h5_integer(struct hc_h5 *h5, hid_t object, const char *name, int64_t value);
void hc_h5_real(struct hc_h5 *h5, hid_t object, const char *name, double value);

/* ---- h5_column.c ------------------------------------------------------------------------ */
struct hc_h5_column {
  const char *name;
  enum hc_h5_kind kind;
  const char *unit, *long_name;
  const void *data; /* NULL: written later by rows */
};
/* A dimension scale of `count` values; its id is closed by the caller. */
hid_t hc_h5_axis(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column, size_t count);
/* The scale 0, 1, ... count-1. */
hid_t hc_h5_index(struct hc_h5 *h5, hid_t group, const char *name, const char *long_name,
                  size_t count);
/* An axis that grows by hc_h5_grow. */
hid_t hc_h5_open_axis(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column);
/* A dataset along axes (lengths are theirs), open for writing rows. */
hid_t hc_h5_open_column(struct hc_h5 *h5, hid_t group, const hid_t *axes, int rank,
                        const struct hc_h5_column *column);
/* The same, written at once and closed. */
void hc_h5_column(struct hc_h5 *h5, hid_t group, const hid_t *axes, int rank,
                  const struct hc_h5_column *column);
void hc_h5_scalar(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column);
void hc_h5_grow(struct hc_h5 *h5, hid_t dataset, size_t rows);
/* All `count` values along the last dimension, at an index of the others. */
void hc_h5_cell(struct hc_h5 *h5, hid_t dataset, enum hc_h5_kind kind, const size_t *index, size_t count,
                const void *data);
/* Rows `first .. first+count-1` of a dataset of rank 1 or 2. */
void hc_h5_rows(struct hc_h5 *h5, hid_t dataset, enum hc_h5_kind kind, size_t first, size_t count,
                const void *data);
#endif
