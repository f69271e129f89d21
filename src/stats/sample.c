/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates of quantities of the caller's, from their values path by path, with the intervals of
 * all other estimates. Sums run in path order: the same values give the same bits. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"

#define ENOUGH 100 /* tail paths; with fewer no interval */
static const double share = 0.01; /* of ES 99 */

struct clusters {
  size_t groups;
  double sum[HC_GROUPS], paths[HC_GROUPS];
};

static size_t group_count(const struct hc_sample *sample) {
  return sample->books < HC_GROUPS ? sample->books : HC_GROUPS;
}

static void clear(struct hc_estimate *estimate) {
  const double nan = (double)NAN;
  estimate->value = estimate->se = estimate->se_paths = estimate->low = estimate->high = nan;
  estimate->note[0] = '\0';
}

static void count_paths(const struct hc_sample *sample, struct clusters *clusters) {
  *clusters = (struct clusters){.groups = group_count(sample)};
  for (size_t p = 0; p < sample->count; ++p)
    clusters->paths[hc_group_of(p, sample->books, clusters->groups)] += 1.0;
}

/* Mean, its errors, and how many values are not 0. */
static uint64_t estimate_mean(const struct hc_sample *sample, struct hc_estimate *estimate) {
  struct clusters clusters;
  count_paths(sample, &clusters);
  double sum = 0.0, square = 0.0, least = INFINITY, most = -INFINITY;
  uint64_t nonzero = 0;
  for (size_t p = 0; p < sample->count; ++p) {
    const double x = sample->x[p];
    sum += x;
    clusters.sum[hc_group_of(p, sample->books, clusters.groups)] += x;
    if (x != 0.0) ++nonzero;
    if (x < least) least = x;
    if (x > most) most = x;
  }
  const double n = (double)sample->count, mean = sum / n;
  for (size_t p = 0; p < sample->count; ++p) {
    const double d = sample->x[p] - mean;
    square += d * d;
  }
  estimate->value = mean;
  hc_estimate_bars(estimate,
                   hc_bars(n > 1.0 ? square / (n - 1.0) / n : (double)NAN,
                           hc_between_groups(clusters.sum, clusters.paths, mean, n, clusters.paths,
                                             clusters.groups)));
  if (least >= 0.0 && estimate->low < 0.0) estimate->low = 0.0;
  if (most <= 0.0 && estimate->high > 0.0) estimate->high = 0.0;
  return nonzero;
}

void hc_sample_mean(const struct hc_sample *sample, struct hc_estimate *estimate) {
  clear(estimate);
  if (!sample->count) {
    hc_note(estimate, "no paths");
    return;
  }
  const uint64_t nonzero = estimate_mean(sample, estimate);
  if (sample->count == 1) hc_note(estimate, "one path");
  else hc_judge(estimate, nonzero);
}

void hc_sample_share(const struct hc_sample *sample, struct hc_estimate *estimate) {
  clear(estimate);
  if (!sample->count) {
    hc_note(estimate, "no paths");
    return;
  }
  struct clusters clusters;
  count_paths(sample, &clusters);
  double k = 0.0;
  for (size_t p = 0; p < sample->count; ++p) {
    if (!(sample->x[p] > 0.0)) continue;
    k += 1.0;
    clusters.sum[hc_group_of(p, sample->books, clusters.groups)] += 1.0;
  }
  const double n = (double)sample->count, p = k / n;
  const struct hc_design design =
    hc_design_of(clusters.sum, k, n, clusters.paths, clusters.groups);
  estimate->value = p;
  estimate->se_paths = sqrt(p * (1.0 - p) / n);
  estimate->se = estimate->se_paths * sqrt(design.effect);
  hc_wilson_design(k, k, n, design, &estimate->low, &estimate->high);
  if (k <= 0.0) hc_note(estimate, "0 of %zu: below %.2g", sample->count, estimate->high);
  if (k >= n) hc_note(estimate, "all of %zu: above %.6g", sample->count, estimate->low);
}

static int falling(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* The value of 0-based rank n - ceil(0.99 n) from the top, and how many of those above it are
 * positive. */
static hc_status find_quantile(const struct hc_sample *sample, double *value, size_t *tail) {
  double *sorted = malloc(sample->count * sizeof *sorted);
  if (!sorted) return HC_NO_MEMORY;
  memcpy(sorted, sample->x, sample->count * sizeof *sorted);
  qsort(sorted, sample->count, sizeof *sorted, falling);
  *tail = sample->count / 100; /* n - ceil(0.99 n) */
  *value = sorted[*tail];
  while (*tail > 0 && !(sorted[*tail - 1] > 0.0)) --*tail;
  free(sorted);
  return HC_OK;
}

/* As hc_shortfall_of: the mean of the terms v + max(0, x - v)/0.01, v the quantile. */
hc_status hc_sample_shortfall(const struct hc_sample *sample, double *terms,
                              struct hc_estimate *estimate) {
  clear(estimate);
  if (!sample->count) {
    hc_note(estimate, "no paths");
    return HC_OK;
  }
  double quantile;
  size_t tail;
  const hc_status status = find_quantile(sample, &quantile, &tail);
  if (status) return status;
  for (size_t p = 0; p < sample->count; ++p) {
    const double beyond = sample->x[p] - quantile;
    terms[p] = quantile + (beyond > 0.0 ? beyond : 0.0) / share;
  }
  const struct hc_sample of_terms = {terms, sample->count, sample->books};
  (void)estimate_mean(&of_terms, estimate);
  if (tail >= ENOUGH) return HC_OK;
  estimate->se = estimate->se_paths = (double)NAN;
  hc_clear_interval(estimate);
  hc_note(estimate, "too few tail paths (%zu)", tail);
  return HC_OK;
}
