/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/blame.h"

#include <stdlib.h>
#include <string.h>

void hc_blame_free(struct hc_blame *blame) {
  free(blame->paths);
  free(blame->part);
  *blame = (struct hc_blame){0};
}

static bool grow(void **items, size_t size, size_t count, size_t *capacity) {
  if (count < *capacity) return true;
  const size_t more = *capacity ? 2 * *capacity : 16;
  void *moved = realloc(*items, more * size);
  if (!moved) return false;
  *items = moved;
  *capacity = more;
  return true;
}

/* The row of the present path; NULL: no memory, which is remembered. */
static struct hc_blame_path *row_of(struct hc_blame *blame, uint64_t path) {
  if (blame->count && blame->paths[blame->count - 1].path == path)
    return &blame->paths[blame->count - 1];
  void *paths = blame->paths;
  if (!grow(&paths, sizeof *blame->paths, blame->count, &blame->capacity)) {
    blame->failed = 1;
    return NULL;
  }
  blame->paths = paths;
  struct hc_blame_path *row = &blame->paths[blame->count++];
  memset(row, 0, sizeof *row);
  row->path = path;
  blame->parts = 0;
  return row;
}

static void add_part(struct hc_blame *blame, uint32_t account, double amount) {
  void *part = blame->part;
  if (!grow(&part, sizeof *blame->part, blame->parts, &blame->part_capacity)) {
    blame->failed = 1;
    return;
  }
  blame->part = part;
  blame->part[blame->parts++] = (struct hc_blame_part){account, amount};
}

void hc_blame_account(struct hc_system *system, uint32_t account, double amount) {
  struct hc_blame *blame = system->blame;
  struct hc_blame_path *row = row_of(blame, system->path);
  if (!row) return;
  row->cell[system->book->cell[account]] += amount;
  if (blame->by_account) add_part(blame, account, amount);
}

void hc_blame_venue(struct hc_system *system, double amount) {
  struct hc_blame_path *row = row_of(system->blame, system->path);
  if (row) row->cell[HC_BLAME_OTHER] += amount;
}

bool hc_blame_take(struct hc_blame *blame, struct hc_blame *const *from, size_t count) {
  size_t taken[HC_BLAME_SOURCES] = {0};
  for (;;) {
    const struct hc_blame_path *next = NULL;
    size_t of = 0;
    for (size_t i = 0; i < count; i++) {
      if (taken[i] == from[i]->count) continue;
      const struct hc_blame_path *row = &from[i]->paths[taken[i]];
      if (!next || row->path < next->path) next = row, of = i;
    }
    if (!next) return true;
    struct hc_blame_path *row = row_of(blame, next->path);
    if (!row) return false;
    *row = *next;
    taken[of]++;
  }
}

/* Level order is almost bankruptcy order: those below zero come first, and the bound of what is left
 * tells when there are no more. */
void hc_blame_range(struct hc_system *system, const struct hc_side *side, int64_t from, int64_t to,
                    double fill) {
  const double signed_fill = side->sign * fill, bad = signed_fill + 1e-12 * fill;
  for (int64_t i = from; i < to; i++) {
    if ((i == from || i % HC_CHUNK == 0) && side->chunk[i >> HC_CHUNK_BITS].highest_from < bad) return;
    const double signed_b = side->sign * hc_side_bankruptcy(side, i);
    if (signed_b >= bad)
      hc_blame_account(system, side->account[i], hc_side_quantity(side, i) * (signed_b - signed_fill));
  }
}
