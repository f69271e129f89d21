/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exceedance curve, histogram, worst paths. */
#include <math.h>
#include <stdlib.h>

#include "haircut/random.h"
#include "stats/internal.h"

/* ---- exceedance ------------------------------------------------------------------------- */
/* Point i of a grid equal in logs, from the largest value down; below the values kept it moves
 * to the lower edge of its bin, where counts are exact (but for values on the edge itself). */
static double grid_point(const struct hc_tail *tail, size_t i) {
  if (i == 0) return tail->largest;
  if (i == HC_CURVE_POINTS - 1) return tail->smallest;
  const double top = hc_log(tail->largest), bottom = hc_log(tail->smallest);
  const double x = hc_exp(top - (top - bottom) * ((double)i / (HC_CURVE_POINTS - 1)));
  const bool kept = !tail->bin_count || x >= tail->top.entries[tail->top.count - 1].value;
  return fmin(tail->largest, fmax(tail->smallest, kept ? x : hc_bin_edge(hc_bin_of(x))));
}

static hc_status make_curve(struct hc_tail *tail) {
  for (size_t i = 0; i < 4; ++i) {
    if (!tail->curve[i]) tail->curve[i] = calloc(HC_CURVE_POINTS, sizeof *tail->curve[i]);
    if (!tail->curve[i]) return HC_NO_MEMORY;
  }
  return HC_OK;
}

static void set_point(const struct hc_stats *stats, enum hc_tail_metric metric, double x,
                      double *p, double *low, double *high) {
  const double n = (double)hc_tail_paths(stats, metric);
  struct hc_above above;
  hc_tail_above(stats, metric, x, &above);
  const struct hc_design design =
    hc_design_of(above.group, above.count, n, stats->column[hc_tail_column[metric]].group_count,
                 stats->groups);
  *p = above.count / n;
  hc_wilson_design(above.low, above.high, n, design, low, high);
}

hc_status hc_stats_exceedance(struct hc_stats *stats, enum hc_tail_metric metric,
                              struct hc_curve *curve) {
  struct hc_tail *tail = &stats->tail[metric];
  *curve = (struct hc_curve){0};
  hc_status status = hc_tail_prepare(stats, metric);
  if (!status) status = make_curve(tail);
  if (status) return status;
  size_t count = 0;
  for (size_t i = 0; i < HC_CURVE_POINTS && tail->positive; ++i) {
    const double x = grid_point(tail, i);
    if (count && !(x < tail->curve[0][count - 1])) continue;
    tail->curve[0][count] = x;
    set_point(stats, metric, x, &tail->curve[1][count], &tail->curve[2][count],
              &tail->curve[3][count]);
    ++count;
  }
  *curve = (struct hc_curve){count, tail->curve[0], tail->curve[1], tail->curve[2], tail->curve[3]};
  return HC_OK;
}

/* ---- histogram --------------------------------------------------------------------------- */
static void count_bins(const struct hc_stats *stats, struct hc_tail *tail, size_t first, size_t bins) {
  for (size_t i = 0; i < bins; ++i) {
    double dropped = 0.0;
    for (size_t g = 0; tail->bin_count && g < stats->groups; ++g)
      dropped += tail->bin_count[(first + i) * stats->groups + g];
    tail->counts[i] = (int64_t)dropped;
    tail->edges[i] = hc_bin_edge(first + i);
  }
  tail->edges[bins] = hc_bin_edge(first + bins);
  for (size_t i = 0; i < tail->top.count; ++i)
    ++tail->counts[hc_bin_of(tail->top.entries[i].value) - first];
}

hc_status hc_stats_histogram(struct hc_stats *stats, enum hc_tail_metric metric,
                             struct hc_histogram *histogram) {
  struct hc_tail *tail = &stats->tail[metric];
  *histogram = (struct hc_histogram){0};
  if (!tail->edges) tail->edges = calloc(HC_BINS + 1, sizeof *tail->edges);
  if (!tail->counts) tail->counts = calloc(HC_BINS, sizeof *tail->counts);
  if (!tail->edges || !tail->counts) return HC_NO_MEMORY;
  histogram->zero = (int64_t)(hc_tail_paths(stats, metric) - tail->positive);
  histogram->edges = tail->edges;
  histogram->counts = tail->counts;
  if (!tail->positive) return HC_OK;
  const size_t first = hc_bin_of(tail->smallest);
  histogram->count = hc_bin_of(tail->largest) - first + 1;
  count_bins(stats, tail, first, histogram->count);
  /* The outer bins take what is beyond the fixed range. */
  if (tail->smallest < tail->edges[0]) tail->edges[0] = tail->smallest;
  if (tail->largest > tail->edges[histogram->count]) tail->edges[histogram->count] = tail->largest;
  return HC_OK;
}

/* ---- worst paths --------------------------------------------------------------------------- */
static int compare_paths(const void *left, const void *right) {
  const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

/* Paths without any loss all tie, so the lowest numbers that are not listed come next. */
static hc_status add_quiet(const struct hc_stats *stats, size_t wanted, uint64_t *paths, size_t *count) {
  const size_t listed = *count;
  uint64_t *taken = malloc((listed + 1) * sizeof *taken);
  if (!taken) return HC_NO_MEMORY;
  for (size_t i = 0; i < listed; ++i) taken[i] = paths[i];
  qsort(taken, listed, sizeof *taken, compare_paths);
  size_t next = 0;
  for (uint64_t path = 0; path < stats->paths && *count < wanted; ++path) {
    if (next < listed && taken[next] == path)
      ++next;
    else
      paths[(*count)++] = path;
  }
  free(taken);
  return HC_OK;
}

hc_status hc_stats_worst(struct hc_stats *stats, size_t capacity, uint64_t *paths, size_t *count) {
  struct hc_top *worst = &stats->worst;
  const size_t wanted = capacity < worst->keep ? capacity : worst->keep;
  hc_top_sort(worst);
  *count = worst->count < wanted ? worst->count : wanted;
  for (size_t i = 0; i < *count; ++i) paths[i] = worst->entries[i].path;
  return *count < wanted ? add_quiet(stats, wanted, paths, count) : HC_OK;
}
