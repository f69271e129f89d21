/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/path.h"

size_t hc_path_push(struct hc_text *path, const char *name) {
  const size_t length = path->length;
  if (length) hc_text_puts(path, ".");
  hc_text_puts(path, name);
  return length;
}

size_t hc_path_push_index(struct hc_text *path, size_t index) {
  const size_t length = path->length;
  hc_text_printf(path, "[%zu]", index);
  return length;
}

void hc_path_pop(struct hc_text *path, size_t length) {
  if (!path->data || length > path->length) return;
  path->length = length;
  path->data[length] = '\0';
}

const char *hc_path_text(const struct hc_text *path) { return path->data ? path->data : ""; }
