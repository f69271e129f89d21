/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#include "store/h5.h"

enum { MOST_RANK = HC_H5_RANK, GROWING_CHUNK = 4096, CONTIGUOUS = 8192, MOST_CHUNK = 1 << 20 };

static bool failed(struct hc_h5 *h5, int64_t result, const char *column) {
  if (result >= 0 || h5->status) return h5->status != HC_OK;
  char reason[200];
  const hc_status status = hc_h5_reason(HC_IO, reason, sizeof reason);
  h5->status =
    hc_fail(h5->error, status, "%s: cannot write `%s`: %s", h5->name, column, reason);
  return true;
}

static int set_chunks(hid_t list, int rank, const hsize_t *chunk) {
  if (H5Pset_chunk(list, rank, chunk) < 0) return -1;
  if (H5Pset_shuffle(list) < 0) return -1;
  return H5Pset_deflate(list, 4);
}

/* Of many dimensions the last ones whole: at most MOST_CHUNK elements. */
static void limit_chunk(int rank, hsize_t *chunk) {
  hsize_t room = MOST_CHUNK;
  for (int i = rank; i-- > 0;) {
    if (chunk[i] > room) chunk[i] = room;
    if (chunk[i]) room /= chunk[i];
  }
}

/* No time stamps: the same run gives the same bytes. Short columns need no chunks. */
static hid_t creation(int rank, const hsize_t *size, bool growing, bool text) {
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (list < 0) return list;
  hsize_t chunk[MOST_RANK] = {0}, total = 8;
  for (int i = 0; i < rank; ++i) chunk[i] = size[i], total *= size[i];
  if (rank > 0 && chunk[0] > HC_H5_CHUNK) chunk[0] = HC_H5_CHUNK;
  if (growing) chunk[0] = GROWING_CHUNK;
  limit_chunk(rank, chunk);
  const bool chunked = growing || (rank > 0 && total > CONTIGUOUS && !text);
  if (H5Pset_obj_track_times(list, false) < 0 ||
      H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0 ||
      (chunked && set_chunks(list, rank, chunk) < 0)) {
    (void)H5Pclose(list);
    return -1;
  }
  return list;
}

static hid_t create_in(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column,
                       hid_t space, hid_t list) {
  const hid_t type = hc_h5_type(column->kind);
  const hid_t dataset = H5Dcreate2(group, column->name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
  if (failed(h5, dataset, column->name)) return -1;
  hc_h5_text(h5, dataset, "units", column->unit);
  hc_h5_text(h5, dataset, "long_name", column->long_name);
  if (column->data && !h5->status)
    (void)failed(h5, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->data),
                 column->name);
  return dataset;
}

static hid_t create(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column, int rank,
                    const hsize_t *size, bool growing) {
  if (h5->status) return -1;
  hsize_t most[MOST_RANK] = {0};
  for (int i = 0; i < rank; ++i) most[i] = i == 0 && growing ? H5S_UNLIMITED : size[i];
  const hid_t space = rank ? H5Screate_simple(rank, size, most) : H5Screate(H5S_SCALAR);
  const hid_t list = creation(rank, size, growing, column->kind == HC_H5_TEXT);
  hid_t dataset = -1;
  if (!failed(h5, space, column->name) && !failed(h5, list, column->name))
    dataset = create_in(h5, group, column, space, list);
  if (list >= 0) (void)H5Pclose(list);
  if (space >= 0) (void)H5Sclose(space);
  return dataset;
}

static void make_scale(struct hc_h5 *h5, hid_t dataset, const char *name) {
  if (!h5->status) (void)failed(h5, H5DSset_scale(dataset, name), name);
}

hid_t hc_h5_axis(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column, size_t count) {
  const hsize_t size = count;
  const hid_t dataset = create(h5, group, column, 1, &size, false);
  make_scale(h5, dataset, column->name);
  return dataset;
}

hid_t hc_h5_open_axis(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column) {
  const hsize_t size = 0;
  const hid_t dataset = create(h5, group, column, 1, &size, true);
  make_scale(h5, dataset, column->name);
  return dataset;
}

/* Written a block at a time: a long index does not have to fit in memory. */
hid_t hc_h5_index(struct hc_h5 *h5, hid_t group, const char *name, const char *long_name,
                  size_t count) {
  const struct hc_h5_column column = {name, HC_H5_I8, "1", long_name, NULL};
  const hid_t axis = hc_h5_axis(h5, group, &column, count);
  int64_t *block = malloc(HC_H5_CHUNK * sizeof *block);
  if (!block) hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  for (size_t first = 0; first < count && !h5->status; first += HC_H5_CHUNK) {
    const size_t rows = count - first < HC_H5_CHUNK ? count - first : HC_H5_CHUNK;
    for (size_t i = 0; i < rows; ++i) block[i] = (int64_t)(first + i);
    hc_h5_rows(h5, axis, HC_H5_I8, first, rows, block);
  }
  free(block);
  return axis;
}

static void axis_size(struct hc_h5 *h5, hid_t axis, hsize_t *size, bool *growing) {
  hsize_t most = 0;
  const hid_t space = H5Dget_space(axis);
  if (!failed(h5, space, "axis"))
    (void)failed(h5, H5Sget_simple_extent_dims(space, size, &most), "axis");
  if (space >= 0) (void)H5Sclose(space);
  *growing = most == H5S_UNLIMITED;
}

hid_t hc_h5_open_column(struct hc_h5 *h5, hid_t group, const hid_t *axes, int rank,
                        const struct hc_h5_column *column) {
  hsize_t size[MOST_RANK] = {0};
  bool growing[MOST_RANK] = {false};
  for (int i = 0; i < rank && !h5->status; ++i) axis_size(h5, axes[i], &size[i], &growing[i]);
  const hid_t dataset = create(h5, group, column, rank, size, growing[0]);
  for (int i = 0; i < rank && !h5->status; ++i)
    (void)failed(h5, H5DSattach_scale(dataset, axes[i], (unsigned)i), column->name);
  return dataset;
}

void hc_h5_column(struct hc_h5 *h5, hid_t group, const hid_t *axes, int rank,
                  const struct hc_h5_column *column) {
  hc_h5_close(h5, hc_h5_open_column(h5, group, axes, rank, column));
}

void hc_h5_scalar(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *column) {
  hc_h5_column(h5, group, NULL, 0, column);
}

void hc_h5_grow(struct hc_h5 *h5, hid_t dataset, size_t rows) {
  const hsize_t size = rows;
  if (!h5->status) (void)failed(h5, H5Dset_extent(dataset, &size), "rows");
}

static void write_selected(struct hc_h5 *h5, hid_t dataset, hid_t type, hid_t space, size_t first,
                           size_t count, const void *data) {
  hsize_t start[MOST_RANK] = {first, 0}, size[MOST_RANK] = {0};
  const int rank = H5Sget_simple_extent_dims(space, size, NULL);
  if (failed(h5, rank, "rows")) return;
  size[0] = count;
  const hid_t memory = H5Screate_simple(rank, size, NULL);
  if (failed(h5, memory, "rows")) return;
  if (!failed(h5, H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL), "rows"))
    (void)failed(h5, H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, data), "rows");
  (void)H5Sclose(memory);
}

void hc_h5_rows(struct hc_h5 *h5, hid_t dataset, enum hc_h5_kind kind, size_t first, size_t count,
                const void *data) {
  if (h5->status || count == 0) return;
  const hid_t space = H5Dget_space(dataset);
  if (failed(h5, space, "rows")) return;
  write_selected(h5, dataset, hc_h5_type(kind), space, first, count, data);
  (void)H5Sclose(space);
}

void hc_h5_cell(struct hc_h5 *h5, hid_t dataset, enum hc_h5_kind kind, const size_t *index, size_t count,
                const void *data) {
  if (h5->status || count == 0) return;
  hsize_t start[MOST_RANK] = {0}, size[MOST_RANK] = {0};
  const hid_t space = H5Dget_space(dataset);
  if (failed(h5, space, "cell")) return;
  const int rank = H5Sget_simple_extent_ndims(space);
  for (int i = 0; i + 1 < rank && i < MOST_RANK; ++i) {
    start[i] = index[i];
    size[i] = 1;
  }
  if (rank > 0 && rank <= MOST_RANK) size[rank - 1] = count;
  const hid_t memory = H5Screate_simple(rank, size, NULL);
  if (!failed(h5, memory, "cell") &&
      !failed(h5, H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL), "cell"))
    (void)failed(h5, H5Dwrite(dataset, hc_h5_type(kind), memory, space, H5P_DEFAULT, data), "cell");
  if (memory >= 0) (void)H5Sclose(memory);
  (void)H5Sclose(space);
}
