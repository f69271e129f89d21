/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A larger share than drawn: the k largest are scaled up, the rest down. A smaller one
 * cannot be had so, since the largest would fall below the next and others would be the
 * k largest: there, sizes are first capped at the level that gives the share. */
#include "book/concentration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double hc_exact_sum(const double *values, size_t count) {
  double sum = 0, lost = 0;
  for (size_t i = 0; i < count; ++i) {
    const double next = sum + values[i];
    lost += fabs(sum) >= fabs(values[i]) ? (sum - next) + values[i] : (values[i] - next) + sum;
    sum = next;
  }
  return sum + lost;
}

static int descending(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a < b) - (a > b);
}

/* The cap c at which the k largest hold `share` of sum min(s_i, c). With m sizes above it,
 * min(m,k) c + top = share (m c + rest), top and rest the sums of uncapped sizes among the
 * k largest and all. The share falls from the one drawn to k/n as c falls, so the first m
 * whose solution is not below the next size is it. */
static double find_cap(const double *sorted, size_t count, size_t k, double share) {
  double top = hc_exact_sum(sorted, k), rest = hc_exact_sum(sorted, count);
  double cap = sorted[count - 1];
  for (size_t m = 1; m <= count; ++m) {
    rest -= sorted[m - 1];
    top = m < k ? top - sorted[m - 1] : 0;
    const double slope = (double)(m < k ? m : k) - share * (double)m;
    if (!(slope > 0)) break;
    cap = (share * rest - top) / slope;
    if (m < count && cap >= sorted[m]) break;
  }
  return cap > sorted[count - 1] ? cap : sorted[count - 1];
}

/* Scales the k largest by one factor and the others by another. Among equal sizes at the
 * border the first accounts count as larger. */
static void scale(double *sizes, size_t count, double border, size_t ties, const double factor[2]) {
  for (size_t i = 0; i < count; ++i) {
    int large = sizes[i] > border;
    if (sizes[i] == border && ties > 0) {
      large = 1;
      ties -= 1;
    }
    sizes[i] *= factor[!large];
  }
}

static void apply(double *sizes, double *sorted, size_t count, size_t k, double share) {
  double top = hc_exact_sum(sorted, k);
  double rest = hc_exact_sum(sorted + k, count - k);
  if (share * (top + rest) < top) {
    const double cap = find_cap(sorted, count, k, share);
    for (size_t i = 0; i < count; ++i) {
      if (sizes[i] > cap) sizes[i] = cap;
      if (sorted[i] > cap) sorted[i] = cap;
    }
    top = hc_exact_sum(sorted, k);
    rest = hc_exact_sum(sorted + k, count - k);
  }
  size_t larger = 0;
  while (larger < k && sorted[larger] > sorted[k - 1]) ++larger;
  const double factor[2] = {share * ((top + rest) / top), (1 - share) * ((top + rest) / rest)};
  scale(sizes, count, sorted[k - 1], k - larger, factor);
}

hc_status hc_concentrate(const struct hc_concentration_config *config, double *sizes,
                         size_t count, struct hc_error *error) {
  const size_t k = (size_t)config->accounts;
  if (count == 0) return HC_OK;
  if (k >= count)
    return hc_fail(error, HC_INPUT,
                   "book.generate.concentration.accounts: %zu largest accounts of the %zu of a "
                   "side; expected fewer, or more book.generate.accounts",
                   k, count);
  if (config->share <= (double)k / (double)count)
    return hc_fail(error, HC_INPUT,
                   "book.generate.concentration.share: the %zu largest of %zu accounts hold at "
                   "least %g of the side, expected more than that, not %g",
                   k, count, (double)k / (double)count, config->share);
  double *sorted = malloc(count * sizeof *sorted);
  if (!sorted)
    return hc_fail(error, HC_NO_MEMORY, "no memory for the sizes of %zu accounts", count);
  memcpy(sorted, sizes, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, descending);
  apply(sizes, sorted, count, k, config->share);
  free(sorted);
  return HC_OK;
}
