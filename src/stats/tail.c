/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a tail: the worst values exactly, sorted; below them counts and sums in the
 * fixed bins, by group; below those, zeros. A bin stands for its mean: sums of piecewise linear
 * functions are exact there too, except in a bin with a kink (error below a quarter of count
 * times width, 1/64 of the value at most). */
#include <math.h>
#include <stdlib.h>

#include "stats/internal.h"

hc_status hc_tail_prepare(struct hc_stats *stats, enum hc_tail_metric metric) {
  struct hc_tail *tail = &stats->tail[metric];
  if (tail->sorted) return HC_OK;
  const size_t count = tail->top.count;
  if (count > tail->group_capacity) {
    uint8_t *grown = realloc(tail->group, count);
    if (!grown) return HC_NO_MEMORY;
    tail->group = grown;
    tail->group_capacity = count;
  }
  hc_top_sort(&tail->top);
  for (size_t i = 0; i < count; ++i)
    tail->group[i] =
      (uint8_t)hc_group_of(tail->top.entries[i].path, stats->setup.books, stats->groups);
  tail->sorted = true;
  return HC_OK;
}

uint64_t hc_tail_paths(const struct hc_stats *stats, enum hc_tail_metric metric) {
  return stats->column[hc_tail_column[metric]].count;
}

static double bin_total(const double *bins, size_t bin, size_t groups) {
  double sum = 0.0;
  for (size_t g = 0; g < groups; ++g) sum += bins[bin * groups + g];
  return sum;
}

/* Bounds of the values in a bin that are no longer kept. */
static double bin_low(const struct hc_tail *tail, size_t bin) {
  return fmax(bin ? hc_bin_edge(bin) : 0.0, tail->smallest);
}
static double bin_high(const struct hc_tail *tail, size_t bin) {
  const double least = tail->top.entries[tail->top.count - 1].value;
  return bin + 1 < HC_BINS ? fmin(hc_bin_edge(bin + 1), least) : least;
}

struct hc_ranked hc_tail_at(const struct hc_stats *stats, enum hc_tail_metric metric, uint64_t rank) {
  const struct hc_tail *tail = &stats->tail[metric];
  if (rank < tail->top.count) {
    const double value = tail->top.entries[rank].value;
    return (struct hc_ranked){value, value, value};
  }
  if (rank >= tail->positive) return (struct hc_ranked){0.0, 0.0, 0.0};
  double left = (double)(rank - tail->top.count);
  for (size_t bin = HC_BINS; bin-- > 0;) {
    const double count = bin_total(tail->bin_count, bin, stats->groups);
    if (left < count) {
      const double low = bin_low(tail, bin), high = bin_high(tail, bin);
      return (struct hc_ranked){high - (high - low) * ((left + 0.5) / count), low, high};
    }
    left -= count;
  }
  return (struct hc_ranked){0.0, 0.0, 0.0}; /* not reached: counts sum to positive */
}

/* Adds `share` of a bin's paths to the groups. */
static void add_bin(const struct hc_stats *stats, const struct hc_tail *tail, size_t bin,
                    double share, double *group) {
  for (size_t g = 0; g < stats->groups; ++g)
    group[g] += share * tail->bin_count[bin * stats->groups + g];
}

static void above_in_bins(const struct hc_stats *stats, const struct hc_tail *tail, double x,
                          struct hc_above *above) {
  const size_t last = hc_bin_of(x);
  for (size_t bin = HC_BINS; bin-- > last;) {
    const double count = bin_total(tail->bin_count, bin, stats->groups);
    if (!(count > 0.0)) continue;
    const double low = bin_low(tail, bin), high = bin_high(tail, bin);
    double share = 1.0;
    if (x >= high) share = 0.0;
    else if (x > low) share = (high - x) / (high - low);
    const bool whole = share <= 0.0 || share >= 1.0;
    add_bin(stats, tail, bin, share, above->group);
    above->count += share * count;
    above->low += whole ? share * count : 0.0;
    above->high += whole ? share * count : count;
  }
}

/* Entries before the first that is not above x, by bisection. */
static size_t kept_above(const struct hc_top *top, double x) {
  size_t low = 0, high = top->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (top->entries[middle].value > x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void hc_tail_above(const struct hc_stats *stats, enum hc_tail_metric metric, double x,
                   struct hc_above *above) {
  const struct hc_tail *tail = &stats->tail[metric];
  *above = (struct hc_above){0};
  if (x <= 0.0) {
    above->count = above->low = above->high = (double)tail->positive;
    for (size_t g = 0; g < stats->groups; ++g) above->group[g] = tail->group_positive[g];
    return;
  }
  const size_t kept = kept_above(&tail->top, x);
  for (size_t i = 0; i < kept; ++i) above->group[tail->group[i]] += 1.0;
  above->count = above->low = above->high = (double)kept;
  if (kept == tail->top.count && tail->bin_count) above_in_bins(stats, tail, x, above);
}

void hc_tail_worst_groups(const struct hc_stats *stats, enum hc_tail_metric metric, uint64_t wanted,
                          double group[HC_GROUPS]) {
  const struct hc_tail *tail = &stats->tail[metric];
  const size_t kept = wanted < tail->top.count ? (size_t)wanted : tail->top.count;
  for (size_t g = 0; g < HC_GROUPS; ++g) group[g] = 0.0;
  for (size_t i = 0; i < kept; ++i) group[tail->group[i]] += 1.0;
  double left = (double)(wanted - kept);
  if (!tail->bin_count) return;
  for (size_t bin = HC_BINS; bin-- > 0 && left > 0.0;) {
    const double count = bin_total(tail->bin_count, bin, stats->groups);
    if (!(count > 0.0)) continue;
    add_bin(stats, tail, bin, left < count ? left / count : 1.0, group);
    left -= count;
  }
}

double hc_excess_of(const struct hc_excess *excess, double x) {
  const double short_by = x > excess->fund ? x - excess->fund : 0.0;
  const double loss = short_by < excess->cap ? short_by : excess->cap;
  return loss > excess->beyond ? loss - excess->beyond : 0.0;
}

static void add_value(struct hc_sums *sums, size_t group, double many, double value) {
  sums->sum += many * value;
  sums->square += many * (value * value);
  sums->group[group] += many * value;
}

void hc_tail_excess(const struct hc_stats *stats, enum hc_tail_metric metric,
                    const struct hc_excess *excess, struct hc_sums *sums) {
  const struct hc_tail *tail = &stats->tail[metric];
  *sums = (struct hc_sums){0};
  for (size_t i = 0; i < tail->top.count; ++i) {
    const double value = hc_excess_of(excess, tail->top.entries[i].value);
    if (!(value > 0.0)) return; /* sorted: none below either */
    add_value(sums, tail->group[i], 1.0, value);
  }
  if (!tail->bin_count) return;
  for (size_t cell = HC_BINS * stats->groups; cell-- > 0;) {
    const double count = tail->bin_count[cell];
    if (!(count > 0.0)) continue;
    add_value(sums, cell % stats->groups, count, hc_excess_of(excess, tail->bin_sum[cell] / count));
  }
}

void hc_tail_deviations(const struct hc_stats *stats, enum hc_tail_metric metric, double centre,
                        struct hc_sums *sums) {
  const struct hc_tail *tail = &stats->tail[metric];
  const struct hc_total *column = &stats->column[hc_tail_column[metric]];
  *sums = (struct hc_sums){0};
  for (size_t g = 0; g < stats->groups; ++g)
    add_value(sums, g, column->group_count[g] - tail->group_positive[g], centre * centre);
  for (size_t i = 0; i < tail->top.count; ++i) {
    const double d = tail->top.entries[i].value - centre;
    add_value(sums, tail->group[i], 1.0, d * d);
  }
  if (!tail->bin_count) return;
  for (size_t cell = 0; cell < HC_BINS * stats->groups; ++cell) {
    const double count = tail->bin_count[cell];
    if (!(count > 0.0)) continue;
    const double d = tail->bin_sum[cell] / count - centre;
    add_value(sums, cell % stats->groups, count, d * d);
  }
}

struct hc_error_bars hc_sums_bars(const struct hc_sums *sums, double n, const double *paths,
                                  size_t groups) {
  const double mean = sums->sum / n;
  const double variance = fmax(0.0, sums->square / n - mean * mean);
  const struct hc_between between =
    hc_between_groups(sums->group, paths, mean, n, paths, groups);
  return hc_bars(n > 1.0 ? variance / (n - 1.0) : (double)NAN, between);
}
