/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates of quantities of the caller's, from their values path by path, with the intervals of
 * all other estimates. Sums run in path order: the same values give the same bits. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"

#define ENOUGH 100 /* tail paths; with fewer no interval */

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

/* Whole paths in the worst `share`: n - ceil((1 - share) n). */
static size_t beyond(size_t count, double share) {
  const double paths = floor((double)count * share + 1e-9 * (1.0 + (double)count * share));
  return paths < (double)count ? (size_t)paths : count - 1;
}

/* The value of 0-based rank n - ceil((1 - share) n) from the top, and how many of those above it are
 * positive. */
static hc_status find_quantile(const struct hc_sample *sample, double share, double *value, size_t *tail) {
  double *sorted = malloc(sample->count * sizeof *sorted);
  if (!sorted) return HC_NO_MEMORY;
  memcpy(sorted, sample->x, sample->count * sizeof *sorted);
  qsort(sorted, sample->count, sizeof *sorted, falling);
  *tail = beyond(sample->count, share);
  *value = sorted[*tail];
  while (*tail > 0 && !(sorted[*tail - 1] > 0.0)) --*tail;
  free(sorted);
  return HC_OK;
}

hc_status hc_sample_shortfall(const struct hc_sample *sample, double *terms,
                              struct hc_estimate *estimate) {
  return hc_sample_shortfall_of(sample, 0.01, terms, estimate);
}

/* As hc_shortfall_of: the mean of the terms v + max(0, x - v)/share, v the quantile. */
hc_status hc_sample_shortfall_of(const struct hc_sample *sample, double share, double *terms,
                                 struct hc_estimate *estimate) {
  clear(estimate);
  if (!sample->count) {
    hc_note(estimate, "no paths");
    return HC_OK;
  }
  double quantile;
  size_t tail;
  const hc_status status = find_quantile(sample, share, &quantile, &tail);
  if (status) return status;
  for (size_t p = 0; p < sample->count; ++p) {
    const double excess = sample->x[p] - quantile;
    terms[p] = quantile + (excess > 0.0 ? excess : 0.0) / share;
  }
  const struct hc_sample of_terms = {terms, sample->count, sample->books};
  (void)estimate_mean(&of_terms, estimate);
  if (tail >= ENOUGH) return HC_OK;
  estimate->se = estimate->se_paths = (double)NAN;
  hc_clear_interval(estimate);
  hc_note(estimate, "too few tail paths (%zu)", tail);
  return HC_OK;
}

/* Half widths in ranks grow by the square root of the design effect of the exceedance. */
static void widen(const struct hc_sample *sample, double value, size_t rank, uint64_t *low, uint64_t *high) {
  struct clusters clusters;
  count_paths(sample, &clusters);
  double above = 0.0;
  for (size_t p = 0; p < sample->count; ++p) {
    if (!(sample->x[p] > value)) continue;
    above += 1.0;
    clusters.sum[hc_group_of(p, sample->books, clusters.groups)] += 1.0;
  }
  const struct hc_design design =
    hc_design_of(clusters.sum, above, (double)sample->count, clusters.paths, clusters.groups);
  if (hc_design_is_plain(design)) return;
  const double factor = sqrt(design.effect) * design.multiplier / HC_Z975;
  const double down = ceil((double)(rank - *low) * factor), up = ceil((double)(*high - rank) * factor);
  *low = down < (double)rank ? rank - (uint64_t)down : 0;
  *high = up < (double)(sample->count - rank) + 1.0 ? rank + (uint64_t)up : sample->count + 1;
}

/* The least v of which a share of paths at most is above. Ranks from below, from 1. */
hc_status hc_sample_quantile(const struct hc_sample *sample, double share, struct hc_estimate *estimate) {
  clear(estimate);
  if (!sample->count) {
    hc_note(estimate, "no paths");
    return HC_OK;
  }
  const size_t n = sample->count, rank = n - beyond(n, share);
  double *sorted = malloc(n * sizeof *sorted);
  if (!sorted) return HC_NO_MEMORY;
  memcpy(sorted, sample->x, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, falling);
  estimate->value = sorted[n - rank];
  uint64_t low, high;
  hc_binomial_ranks_at(n, 1.0 - share, &low, &high);
  widen(sample, estimate->value, rank, &low, &high);
  if (low >= 1) estimate->low = sorted[n - (size_t)low];
  if (high <= n) estimate->high = sorted[n - (size_t)high];
  if (high <= n && low >= 1) estimate->se = (estimate->high - estimate->low) / (2.0 * HC_Z975);
  if (high > n) hc_note(estimate, "interval reaches beyond the largest path");
  free(sorted);
  return HC_OK;
}
