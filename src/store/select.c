/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/select.h"

#include <math.h>

static void swap(double *a, double *b) {
  const double c = *a;
  *a = *b;
  *b = c;
}

static double middle(double a, double b, double c) {
  if (a > b) swap(&a, &b);
  return c < a ? a : c > b ? b : c;
}

/* Hoare's selection: afterwards values[k] is in its place, what is before is not greater. */
static double select_rank(double *values, size_t count, size_t k) {
  size_t low = 0, high = count - 1;
  while (low < high) {
    const double pivot = middle(values[low], values[low + (high - low) / 2], values[high]);
    size_t i = low, j = high;
    for (;;) {
      while (values[i] < pivot) ++i;
      while (values[j] > pivot) --j;
      if (i >= j) break;
      swap(&values[i++], &values[j--]);
      if (i > j) break;
    }
    if (i == j) { /* the pivot's own place */
      if (k == i) return values[k];
      if (k < i) high = i - 1;
      else low = i + 1;
    } else if (k <= j) high = j;
    else low = i;
  }
  return values[k];
}

void hc_select_quantiles(double *values, size_t count, const double *level, size_t levels,
                         double *quantile) {
  size_t done = 0; /* what is below has its place */
  for (size_t i = 0; i < levels; ++i) {
    const double rank = ceil(level[i] * (double)count);
    size_t k = rank < 1 ? 0 : (size_t)rank - 1;
    if (k >= count) k = count - 1;
    quantile[i] = select_rank(values + done, count - done, k - done);
    done = k;
  }
}
