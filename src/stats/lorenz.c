/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Lorenz curve of what accounts paid: at each point the moments of a column that has a number
 * on the paths on which some paid. */
#include <math.h>

#include "stats/internal.h"

static bool belongs(const struct hc_granule_stats *stats, const struct hc_lorenz *lorenz) {
  for (size_t k = 0; k < lorenz->count; ++k) {
    const uint64_t path = lorenz->curves[k].path;
    if (path < stats->first || path - stats->first >= stats->count) return false;
    if (k > 0 && path <= lorenz->curves[k - 1].path) return false;
  }
  return stats->count > 0;
}

hc_status hc_granule_stats_lorenz(struct hc_granule_stats *stats, const struct hc_lorenz *lorenz) {
  if (!belongs(stats, lorenz)) return HC_BUG;
  stats->lorenz_paths = lorenz->count;
  if (!lorenz->count) return HC_OK;
  double x[HC_GRANULE];
  for (size_t i = 0; i < stats->count; ++i) x[i] = (double)NAN;
  for (size_t point = 0; point < HC_LORENZ_INNER; ++point) {
    for (size_t k = 0; k < lorenz->count; ++k)
      x[lorenz->curves[k].path - stats->first] = lorenz->curves[k].share[point + 1];
    hc_column_fill(&stats->lorenz[point], x, &stats->by, stats->count);
  }
  return HC_OK;
}

static void set_point(struct hc_stats *stats, size_t point, const struct hc_estimate *estimate) {
  double(*row)[HC_LORENZ_POINTS] = stats->mean_lorenz;
  row[HC_LORENZ_fraction][point] = (double)point / (HC_LORENZ_POINTS - 1);
  row[HC_LORENZ_share][point] = estimate->value;
  row[HC_LORENZ_se][point] = estimate->se;
  row[HC_LORENZ_low][point] = estimate->low;
  row[HC_LORENZ_high][point] = estimate->high;
}

void hc_stats_lorenz(struct hc_stats *stats, struct hc_mean_lorenz *curve) {
  const uint64_t paths = stats->lorenz[0].count;
  double(*row)[HC_LORENZ_POINTS] = stats->mean_lorenz;
  *curve = (struct hc_mean_lorenz){0};
  if (!paths) return;
  set_point(stats, 0, &(struct hc_estimate){.value = 0.0});
  set_point(stats, HC_LORENZ_POINTS - 1,
            &(struct hc_estimate){.value = 1.0, .low = 1.0, .high = 1.0});
  for (size_t i = 0; i < HC_LORENZ_INNER; ++i) {
    struct hc_estimate estimate = {.value = stats->lorenz[i].mean};
    hc_estimate_bars(&estimate, hc_mean_bars(stats, &stats->lorenz[i]));
    if (estimate.low < 0.0) estimate.low = 0.0;
    hc_judge(&estimate, paths);
    set_point(stats, i + 1, &estimate);
  }
  *curve = (struct hc_mean_lorenz){HC_LORENZ_POINTS, paths, row[HC_LORENZ_fraction],
                                   row[HC_LORENZ_share], row[HC_LORENZ_se], row[HC_LORENZ_low],
                                   row[HC_LORENZ_high]};
}
