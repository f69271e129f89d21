/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Value at risk and expected shortfall. Levels are in 1/10000, so that ranks are integers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"

#define SCALE 10000u
#define ENOUGH 100 /* with fewer exceedances no interval */

/* ceil(n level / 10000) without overflow. */
static uint64_t rank_of(uint64_t n, unsigned level) {
  return n / SCALE * level + (n % SCALE * level + SCALE - 1) / SCALE;
}

/* Paths in the worst 1 - p, whole ones. */
static uint64_t tail_of(uint64_t n, unsigned level) { return n - rank_of(n, level); }

/* Half widths in ranks grow by the square root of the design effect of the exceedance. */
static void widen(uint64_t rank, uint64_t n, struct hc_design design, uint64_t *low, uint64_t *high) {
  if (hc_design_is_plain(design)) return;
  const double factor = sqrt(design.effect) * design.multiplier / HC_Z975;
  const double down = ceil((double)(rank - *low) * factor);
  const double up = ceil((double)(*high - rank) * factor);
  *low = down < (double)rank ? rank - (uint64_t)down : 0;
  *high = up < (double)(n - rank) + 1.0 ? rank + (uint64_t)up : n + 1;
}

/* Bounds by ascending ranks; no rank 0, none beyond n. */
static bool bounds(const struct hc_stats *stats, enum hc_tail_metric metric, uint64_t n, uint64_t low,
                   uint64_t high, double *from, double *to) {
  *from = *to = (double)NAN;
  if (high > n) return false;
  *from = low ? hc_tail_at(stats, metric, n - low).low : 0.0; /* losses are not below 0 */
  *to = hc_tail_at(stats, metric, n - high).high;
  return true;
}

/* The standard error that would give a normal interval of this length (Woodruff 1952). */
static double error_of(double low, double high) { return (high - low) / (2.0 * HC_Z975); }

void hc_quantile_of(const struct hc_stats *stats, enum hc_tail_metric metric, unsigned level,
                    struct hc_quantile *quantile) {
  const double nan = (double)NAN;
  *quantile = (struct hc_quantile){nan, nan, nan, nan, nan, true};
  const uint64_t n = hc_tail_paths(stats, metric), positive = stats->tail[metric].positive;
  if (!n) return;
  const uint64_t rank = rank_of(n, level);
  const struct hc_ranked at = hc_tail_at(stats, metric, n - rank);
  uint64_t low, high, beyond = n - rank + 1;
  if (beyond > positive) beyond = positive;
  double group[HC_GROUPS], from, to;
  hc_binomial_ranks(n, level, &low, &high);
  hc_tail_worst_groups(stats, metric, beyond, group);
  quantile->value = at.value;
  quantile->exact = at.low >= at.high;
  if (bounds(stats, metric, n, low, high, &from, &to)) quantile->se_paths = error_of(from, to);
  widen(rank, n,
        hc_design_of(group, (double)beyond, (double)n,
                     stats->column[hc_tail_column[metric]].group_count, stats->groups),
        &low, &high);
  if (!bounds(stats, metric, n, low, high, &from, &to)) return;
  quantile->low = fmin(from, at.low);
  quantile->high = fmax(to, at.high);
  quantile->se = error_of(from, to);
}

/* ES = v + E(loss - v)+ / (1 - p), v the p-quantile: the mean of the worst 1 - p with a
 * fraction of the boundary path (Acerbi & Tasche 2002). Its influence function is
 * v + (loss - v)+ / (1 - p) - ES, and the error of v cancels to first order, so the standard
 * error is that of a mean (Manistre & Hancock 2005). Loss rises with x, so the worst x are the
 * worst losses. */
void hc_shortfall_of(const struct hc_stats *stats, enum hc_tail_metric metric, unsigned level,
                     double fund, double cap, struct hc_shortfall *shortfall) {
  const double nan = (double)NAN;
  *shortfall = (struct hc_shortfall){nan, nan, nan, nan, nan, 0, true};
  const uint64_t n = hc_tail_paths(stats, metric);
  if (!n) return;
  const double share = (double)(SCALE - level) / SCALE, all = (double)n;
  const uint64_t tail = tail_of(n, level);
  const struct hc_ranked at = hc_tail_at(stats, metric, tail);
  struct hc_excess excess = {fund, cap, 0.0};
  excess.beyond = hc_excess_of(&excess, at.value);
  struct hc_sums sums;
  struct hc_above above;
  hc_tail_excess(stats, metric, &excess, &sums);
  hc_tail_above(stats, metric, fund, &above);
  shortfall->value = excess.beyond + sums.sum / all / share;
  shortfall->tail = above.count < (double)tail ? (uint64_t)above.count : tail;
  shortfall->exact = at.low >= at.high;
  if (shortfall->tail < ENOUGH) return;
  const struct hc_error_bars bars = hc_sums_bars(
    &sums, all, stats->column[hc_tail_column[metric]].group_count, stats->groups);
  /* Inside a bin v may be off by the width; ES then by at most that on the bin's own paths. */
  const double slack = at.high - at.low;
  shortfall->se = bars.se / share;
  shortfall->se_paths = bars.se_paths / share;
  const double half = bars.multiplier * shortfall->se + slack;
  shortfall->low = fmax(0.0, shortfall->value - half);
  shortfall->high = fmin(cap, shortfall->value + half);
}

uint64_t hc_stats_tail_paths(const struct hc_stats *stats, enum hc_tail_metric metric) {
  const uint64_t tail = tail_of(hc_tail_paths(stats, metric), 9900);
  return stats->tail[metric].positive < tail ? stats->tail[metric].positive : tail;
}

/* es_999_lp_loss: of which tail, and how far out. */
static uint64_t tail_support(const struct hc_stats *stats, const char *name) {
  static const char *const tails[HC_TAILS] = {
#define TAIL(name, text) #name,
    HC_TAIL_LIST(TAIL)
#undef TAIL
  };
  const char *level = strchr(name, '_'), *metric = level ? strchr(level + 1, '_') : NULL;
  for (int t = 0; metric && t < HC_TAILS; ++t) {
    if (strcmp(metric + 1, tails[t]) != 0) continue;
    const size_t digits = (size_t)(metric - level - 1);
    unsigned scaled = (unsigned)strtoul(level + 1, NULL, 10);
    for (size_t i = digits; i < 4; ++i) scaled *= 10;
    const uint64_t tail = tail_of(hc_tail_paths(stats, (enum hc_tail_metric)t), scaled);
    return stats->tail[t].positive < tail ? stats->tail[t].positive : tail;
  }
  return stats->paths;
}

uint64_t hc_stats_support(const struct hc_stats *stats, const struct hc_estimate *estimate) {
  const char *name = estimate->name;
  if (!strncmp(name, "p_", 2)) return (uint64_t)(estimate->value * (double)stats->paths + 0.5);
  if (!strncmp(name, "es_", 3) || !strncmp(name, "var_", 4)) return tail_support(stats, name);
  return hc_mean_support(stats, name);
}

static const unsigned levels[HC_LEVELS] = {5000, 7500, 9000, 9500, 9750, 9900, 9950, 9990, 9995, 9999};

hc_status hc_stats_quantiles(struct hc_stats *stats, enum hc_tail_metric metric,
                             struct hc_quantiles *quantiles) {
  static const double level[HC_LEVELS] = {0.5,  0.75,  0.9,   0.95,   0.975,
                                          0.99, 0.995, 0.999, 0.9995, 0.9999};
  const hc_status status = hc_tail_prepare(stats, metric);
  if (status) return status;
  double (*out)[HC_LEVELS] = stats->quantile[metric];
  for (size_t i = 0; i < HC_LEVELS; ++i) {
    struct hc_quantile quantile;
    hc_quantile_of(stats, metric, levels[i], &quantile);
    out[0][i] = quantile.value;
    out[1][i] = quantile.low;
    out[2][i] = quantile.high;
  }
  *quantiles = (struct hc_quantiles){HC_LEVELS, level, out[0], out[1], out[2]};
  return HC_OK;
}
