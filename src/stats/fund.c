/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fund curve: with the reflection identity, an initial fund F leaves
 * max(0, required - F) to those behind it: to liquidity providers as far as the waterfall
 * charges them, else uncovered. Exact where all positive required funds are kept (or where F is above the
 * least one kept); below that by bins, off by less than the bin of F: its count in P, a quarter
 * of count times width, at most 1/64 of F, in the mean. The bands of P include it. */
#include <math.h>

#include "stats/internal.h"

enum { FUND, P, P_LOW, P_HIGH, MEAN, MEAN_SE, ES, ES_SE };

/* The smallest of 1, 2, 2.5, 5 times a power of ten that is at least x. */
static double nice_above(double x) {
  static const double steps[] = {1.0, 2.0, 2.5, 5.0, 10.0};
  double power = 1.0;
  while (power * 10.0 <= x) power *= 10.0;
  while (power > x) power /= 10.0;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; ++i)
    if (steps[i] * power >= x) return steps[i] * power;
  return 10.0 * power;
}

static void set_point(struct hc_stats *stats, size_t i) {
  const enum hc_tail_metric metric = HC_TAIL_fund_required;
  const double *paths = stats->column[HC_COLUMN_fund_required].group_count;
  const double fund = stats->fund[FUND][i], n = (double)hc_tail_paths(stats, metric);
  struct hc_above above;
  hc_tail_above(stats, metric, fund, &above);
  stats->fund[P][i] = above.count / n;
  hc_wilson_design(above.low, above.high, n,
                   hc_design_of(above.group, above.count, n, paths, stats->groups),
                   &stats->fund[P_LOW][i], &stats->fund[P_HIGH][i]);
  const struct hc_excess excess = {fund, INFINITY, 0.0};
  struct hc_sums sums;
  hc_tail_excess(stats, metric, &excess, &sums);
  stats->fund[MEAN][i] = sums.sum / n;
  stats->fund[MEAN_SE][i] = hc_sums_bars(&sums, n, paths, stats->groups).se;
  struct hc_shortfall shortfall;
  hc_shortfall_of(stats, metric, 9900, fund, INFINITY, &shortfall);
  stats->fund[ES][i] = shortfall.value;
  stats->fund[ES_SE][i] = shortfall.se;
}

hc_status hc_stats_fund_curve(struct hc_stats *stats, struct hc_fund_curve *curve) {
  const enum hc_tail_metric metric = HC_TAIL_fund_required;
  *curve = (struct hc_fund_curve){0};
  const uint64_t n = hc_tail_paths(stats, metric);
  if (!stats->setup.reflects || !n) return HC_OK;
  const hc_status status = hc_tail_prepare(stats, metric);
  if (status) return status;
  struct hc_quantile quantile;
  hc_quantile_of(stats, metric, 9990, &quantile);
  const double top = fmax(2.0 * stats->setup.fund_initial, quantile.value);
  const bool sized = top > 0.0 && isfinite(top);
  if (!sized) return HC_OK;
  const double step = nice_above(top / (HC_FUND_POINTS - 1));
  for (size_t i = 0; i < HC_FUND_POINTS; ++i) {
    stats->fund[FUND][i] = step * (double)i;
    set_point(stats, i);
  }
  double (*f)[HC_FUND_POINTS] = stats->fund;
  *curve = (struct hc_fund_curve){HC_FUND_POINTS, f[FUND], f[P],       f[P_LOW], f[P_HIGH],
                                  f[MEAN],        f[MEAN_SE], f[ES], f[ES_SE]};
  return HC_OK;
}
