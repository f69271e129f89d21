/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"

void hc_top_init(struct hc_top *top, size_t keep) {
  memset(top, 0, sizeof *top);
  top->keep = keep;
}

void hc_top_free(struct hc_top *top) {
  free(top->entries);
  memset(top, 0, sizeof *top);
}

bool hc_top_before(const struct hc_top_entry *a, const struct hc_top_entry *b) {
  if (a->value > b->value) return true;
  if (a->value < b->value) return false;
  if (a->second > b->second) return true;
  if (a->second < b->second) return false;
  return a->path < b->path;
}

/* A total order (paths differ), so that any sorting algorithm gives the same. */
static int compare(const void *left, const void *right) {
  const struct hc_top_entry *a = left, *b = right;
  return hc_top_before(a, b) ? -1 : hc_top_before(b, a);
}

bool hc_top_wants(const struct hc_top *top, const struct hc_top_entry *entry) {
  return !top->cut || hc_top_before(entry, &top->least);
}

hc_status hc_top_add(struct hc_top *top, const struct hc_top_entry *entry) {
  if (top->count == top->capacity) {
    const size_t wanted = top->capacity ? 2 * top->capacity : 256;
    const size_t capacity = wanted < 2 * top->keep ? wanted : 2 * top->keep;
    if (capacity <= top->count) return HC_BUG; /* full: the caller cuts first */
    struct hc_top_entry *grown = realloc(top->entries, capacity * sizeof *grown);
    if (!grown) return HC_NO_MEMORY;
    top->entries = grown;
    top->capacity = capacity;
  }
  top->entries[top->count++] = *entry;
  return HC_OK;
}

bool hc_top_is_full(const struct hc_top *top) { return top->count >= 2 * top->keep; }

void hc_top_sort(struct hc_top *top) {
  if (top->count > 1) qsort(top->entries, top->count, sizeof *top->entries, compare);
}

void hc_top_cut(struct hc_top *top) {
  hc_top_sort(top);
  if (top->count <= top->keep) return;
  top->count = top->keep;
  top->least = top->entries[top->keep - 1];
  top->cut = true;
}
