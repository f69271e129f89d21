/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/h5.h"

#include <string.h>
#include <unistd.h>

void hc_h5_fail(struct hc_h5 *h5, hc_status status, const char *message) {
  if (h5->status) return;
  h5->status = hc_fail(h5->error, status, "%s: %s", h5->name, message);
}

/* Records a failed call; true if it failed. */
static bool failed(struct hc_h5 *h5, int64_t result) {
  if (result >= 0 || h5->status) return h5->status != HC_OK;
  char reason[200];
  const hc_status status = hc_h5_reason(HC_IO, reason, sizeof reason);
  h5->status = hc_fail(h5->error, status, "%s: cannot write it: %s", h5->name, reason);
  return true;
}

hid_t hc_h5_type(enum hc_h5_kind kind) {
  static hid_t text = -1;
  switch (kind) {
    case HC_H5_F8: return H5T_NATIVE_DOUBLE;
    case HC_H5_I8: return H5T_NATIVE_INT64;
    case HC_H5_I1: return H5T_NATIVE_INT8;
    case HC_H5_TEXT: break;
  }
  if (text >= 0 && H5Iis_valid(text) > 0) return text;
  text = H5Tcopy(H5T_C_S1);
  if (text >= 0 && (H5Tset_size(text, H5T_VARIABLE) < 0 || H5Tset_cset(text, H5T_CSET_UTF8) < 0)) {
    (void)H5Tclose(text);
    text = -1;
  }
  return text;
}

/* Groups and attributes stay in the order they are made in. */
static hid_t ordered(hid_t class) {
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  const hid_t list = H5Pcreate(class);
  if (list < 0) return list;
  if (H5Pset_link_creation_order(list, order) < 0) {
    (void)H5Pclose(list);
    return -1;
  }
  return list;
}

void hc_h5_create(struct hc_h5 *h5) {
  h5->file = -1;
  const hid_t list = ordered(H5P_FILE_CREATE);
  if (failed(h5, list)) return;
  h5->file = H5Fcreate(h5->path, H5F_ACC_TRUNC, list, H5P_DEFAULT);
  (void)failed(h5, h5->file);
  (void)H5Pclose(list);
}

/* Closing writes; where it cannot, the library keeps file and memory until the process ends.
 * Emptying the file first gives a full disk the room for that. */
void hc_h5_finish(struct hc_h5 *h5) {
  if (h5->file < 0) return;
  if (!h5->status) (void)failed(h5, H5Fflush(h5->file, H5F_SCOPE_GLOBAL));
  const int emptied = h5->status ? truncate(h5->path, 0) : 0;
  (void)emptied; /* then it may close all the same */
  const herr_t closed = H5Fclose(h5->file);
  (void)failed(h5, closed);
  h5->file = -1;
}

hid_t hc_h5_group(struct hc_h5 *h5, hid_t parent, const char *name) {
  if (h5->status) return -1;
  const hid_t list = ordered(H5P_GROUP_CREATE);
  if (failed(h5, list)) return -1;
  const hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, list, H5P_DEFAULT);
  (void)failed(h5, group);
  (void)H5Pclose(list);
  return group;
}

void hc_h5_close(struct hc_h5 *h5, hid_t id) {
  if (id < 0) return;
  const herr_t closed = H5Idec_ref(id); /* closes an object of any kind */
  (void)failed(h5, closed);
}

/* ---- attributes ---------------------------------------------------------------------- */

static void attribute(struct hc_h5 *h5, hid_t object, const char *name, enum hc_h5_kind kind,
                      hid_t space, const void *value) {
  if (h5->status) return;
  const hid_t type = hc_h5_type(kind);
  const hid_t made = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (failed(h5, made)) return;
  (void)failed(h5, H5Awrite(made, type, value));
  (void)H5Aclose(made);
}

static void scalar(struct hc_h5 *h5, hid_t object, const char *name, enum hc_h5_kind kind,
                   const void *value) {
  if (h5->status) return;
  const hid_t space = H5Screate(H5S_SCALAR);
  if (failed(h5, space)) return;
  attribute(h5, object, name, kind, space, value);
  (void)H5Sclose(space);
}

void hc_h5_text(struct hc_h5 *h5, hid_t object, const char *name, const char *text) {
  const char *value = text ? text : "";
  scalar(h5, object, name, HC_H5_TEXT, &value);
}

void hc_h5_integer(struct hc_h5 *h5, hid_t object, const char *name, int64_t value) {
  scalar(h5, object, name, HC_H5_I8, &value);
}

void hc_h5_real(struct hc_h5 *h5, hid_t object, const char *name, double value) {
  scalar(h5, object, name, HC_H5_F8, &value);
}

void hc_h5_texts(struct hc_h5 *h5, hid_t object, const char *name, const char *const *texts,
                 size_t count) {
  if (h5->status) return;
  const hsize_t length = count;
  const hid_t space = H5Screate_simple(1, &length, NULL);
  if (failed(h5, space)) return;
  attribute(h5, object, name, HC_H5_TEXT, space, texts);
  (void)H5Sclose(space);
}
