/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/nearest.h"

#include <string.h>

#define LONGEST 64

static size_t min3(size_t a, size_t b, size_t c) {
  const size_t ab = a < b ? a : b;
  return ab < c ? ab : c;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
static size_t distance(const char *a, const char *b) {
  const size_t n = strlen(a), m = strlen(b);
  if (n > LONGEST || m > LONGEST) return 2 * LONGEST;
  size_t rows[3][LONGEST + 1];
  size_t *before = rows[0], *last = rows[1], *row = rows[2];
  for (size_t j = 0; j <= m; ++j) last[j] = before[j] = j;
  for (size_t i = 1; i <= n; ++i) {
    row[0] = i;
    for (size_t j = 1; j <= m; ++j) {
      const size_t differ = lower(a[i - 1]) != lower(b[j - 1]);
      row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + differ);
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < row[j])
        row[j] = before[j - 2] + 1;
    }
    size_t *free_row = before;
    before = last;
    last = row;
    row = free_row;
  }
  return last[m];
}

const char *hc_nearest(const char *name, const char *const *known, size_t count) {
  const size_t third = strlen(name) / 3;
  size_t best = third > 1 ? third : 1;
  const char *found = NULL;
  for (size_t i = 0; i < count; ++i) {
    const size_t d = distance(name, known[i]);
    if (d >= strlen(name)) continue; /* nothing in common */
    if (d < best || (d == best && !found)) {
      best = d;
      found = known[i];
    }
  }
  return found;
}
