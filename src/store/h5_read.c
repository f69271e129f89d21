/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/h5_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool is_text(hid_t type) {
  return type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

static bool is_scalar(hid_t space) {
  return space >= 0 && H5Sget_simple_extent_npoints(space) == 1;
}

bool hc_h5_get_integer(hid_t object, const char *name, int64_t *value) {
  const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return false;
  const hid_t space = H5Aget_space(attribute);
  const bool read = is_scalar(space) && H5Aread(attribute, H5T_NATIVE_INT64, value) >= 0;
  if (space >= 0) (void)H5Sclose(space);
  (void)H5Aclose(attribute);
  return read;
}

/* Our own copy of a text of the library, which frees its own. */
static char *take(char *text, hid_t type, hid_t space) {
  char *copy = hc_strdup(text);
  if (text) (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text);
  return copy;
}

char *hc_h5_get_text(hid_t object, const char *name) {
  const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return NULL;
  const hid_t space = H5Aget_space(attribute), type = H5Aget_type(attribute);
  char *text = NULL, *copy = NULL;
  if (is_scalar(space) && is_text(type) && H5Aread(attribute, hc_h5_type(HC_H5_TEXT), &text) >= 0)
    copy = take(text, hc_h5_type(HC_H5_TEXT), space);
  if (type >= 0) (void)H5Tclose(type);
  if (space >= 0) (void)H5Sclose(space);
  (void)H5Aclose(attribute);
  return copy;
}

bool hc_h5_has(hid_t parent, const char *path) {
  char part[200];
  if (strlen(path) >= sizeof part) return false;
  for (const char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
    const size_t length = slash ? (size_t)(slash - path) : strlen(path);
    memcpy(part, path, length);
    part[length] = '\0';
    if (H5Lexists(parent, part, H5P_DEFAULT) <= 0) return false;
    if (!slash) return true;
  }
}

char *hc_h5_read_text(hid_t parent, const char *path) {
  if (!hc_h5_has(parent, path)) return NULL;
  const hid_t dataset = H5Dopen2(parent, path, H5P_DEFAULT);
  if (dataset < 0) return NULL;
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
  const hid_t memory = hc_h5_type(HC_H5_TEXT);
  char *text = NULL, *copy = NULL;
  if (is_scalar(space) && is_text(type) &&
      H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0)
    copy = take(text, memory, space);
  if (type >= 0) (void)H5Tclose(type);
  if (space >= 0) (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  return copy;
}

static hid_t open_column(hid_t parent, const char *path, size_t *count) {
  if (!hc_h5_has(parent, path)) return -1;
  const hid_t dataset = H5Dopen2(parent, path, H5P_DEFAULT);
  const hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
  hsize_t size = 0;
  const bool flat = space >= 0 && H5Sget_simple_extent_ndims(space) == 1 &&
                    H5Sget_simple_extent_dims(space, &size, NULL) == 1 && size < SIZE_MAX / 16;
  if (space >= 0) (void)H5Sclose(space);
  *count = (size_t)size;
  if (flat) return dataset;
  if (dataset >= 0) (void)H5Dclose(dataset);
  return -1;
}

void *hc_h5_read_column(hid_t parent, const char *path, enum hc_h5_kind kind, size_t *count) {
  const hid_t dataset = open_column(parent, path, count);
  if (dataset < 0) return NULL;
  void *data = calloc(*count + 1, 8);
  if (data && H5Dread(dataset, hc_h5_type(kind), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
    free(data);
    data = NULL;
  }
  (void)H5Dclose(dataset);
  return data;
}

/* Texts of the library become ours; none is NULL afterwards, or the whole is. */
static char **own_texts(char **texts, size_t count) {
  char **copies = calloc(count + 1, sizeof *copies);
  bool whole = copies != NULL;
  for (size_t i = 0; i < count && whole; ++i) {
    copies[i] = hc_strdup(texts[i] ? texts[i] : "");
    whole = copies[i] != NULL;
  }
  if (whole) return copies;
  hc_h5_free_texts(copies, count);
  return NULL;
}

char **hc_h5_read_texts(hid_t parent, const char *path, size_t *count) {
  const hid_t dataset = open_column(parent, path, count);
  if (dataset < 0) return NULL;
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const hid_t memory = hc_h5_type(HC_H5_TEXT);
  char **texts = is_text(type) ? calloc(*count + 1, sizeof *texts) : NULL, **copies = NULL;
  if (texts && H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) >= 0) {
    copies = own_texts(texts, *count);
    (void)H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts);
  }
  free(texts);
  if (type >= 0) (void)H5Tclose(type);
  if (space >= 0) (void)H5Sclose(space);
  (void)H5Dclose(dataset);
  return copies;
}

void hc_h5_free_texts(char **texts, size_t count) {
  for (size_t i = 0; texts && i < count; ++i) free(texts[i]);
  free(texts);
}

bool hc_h5_read_rows(hid_t dataset, enum hc_h5_kind kind, uint64_t first, size_t count,
                     size_t width, void *data) {
  const hsize_t start[2] = {first, 0}, size[2] = {count, width};
  hsize_t extent[2] = {0};
  const hid_t space = H5Dget_space(dataset);
  const int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  bool read = (rank == 1 || rank == 2) && H5Sget_simple_extent_dims(space, extent, NULL) == rank;
  read = read && (rank == 1 ? width == 1 : extent[1] == width) && first <= extent[0] &&
         count <= extent[0] - first;
  const hid_t memory = read ? H5Screate_simple(rank, size, NULL) : -1;
  read = memory >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
         H5Dread(dataset, hc_h5_type(kind), memory, space, H5P_DEFAULT, data) >= 0;
  if (memory >= 0) (void)H5Sclose(memory);
  if (space >= 0) (void)H5Sclose(space);
  return read;
}
