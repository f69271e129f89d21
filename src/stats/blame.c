/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who left the bad debt: its mean by cell, and what a cause adds to ES 99. */
#include <math.h>
#include <stdlib.h>

#include "stats/internal.h"

#define SHARE 0.01 /* of paths in ES 99 */
#define ENOUGH 100 /* with fewer tail paths no interval, as for ES itself */

/* ---- means by cell ------------------------------------------------------------------------ */

static bool belongs(const struct hc_granule_stats *stats, const struct hc_blame *blame) {
  for (size_t k = 0; k < blame->count; ++k) {
    const uint64_t path = blame->paths[k].path;
    if (path < stats->first || path - stats->first >= stats->count) return false;
    if (k > 0 && path <= blame->paths[k - 1].path) return false;
  }
  return stats->count > 0 && !blame->failed;
}

hc_status hc_granule_stats_blame(struct hc_granule_stats *stats, const struct hc_blame *blame) {
  if (!belongs(stats, blame)) return HC_BUG;
  stats->blame_paths = blame->count;
  if (!blame->count) return HC_OK;
  double x[HC_GRANULE] = {0};
  for (size_t cell = 0; cell < HC_BLAME_CELLS; ++cell) {
    bool any = false;
    for (size_t k = 0; k < blame->count; ++k) {
      const double amount = blame->paths[k].cell[cell];
      x[blame->paths[k].path - stats->first] = amount;
      any = any || amount != 0.0;
    }
    if (any) hc_column_fill(&stats->blame[cell], x, &stats->by, stats->count);
    else hc_column_constant(&stats->blame[cell], 0.0, stats->count);
  }
  return HC_OK;
}

/* Granules without bad debt, which nobody has merged, are zeros. */
static struct hc_total with_zeros(const struct hc_stats *stats, const struct hc_total *some) {
  struct hc_total all = *some;
  const double n = (double)stats->paths, share = n > 0.0 ? (double)some->count / n : 0.0;
  all.count = stats->paths;
  all.mean = some->mean * share;
  all.m2 = some->m2 + some->mean * some->mean * ((double)some->count * (1.0 - share));
  all.min = 0.0;
  for (size_t g = 0; g < stats->groups; ++g) all.group_count[g] = stats->group_paths[g];
  return all;
}

void hc_stats_blame_mean(const struct hc_stats *stats, size_t cell, struct hc_estimate *estimate) {
  const struct hc_total total = with_zeros(stats, &stats->blame[cell]);
  estimate->value = total.mean;
  hc_estimate_bars(estimate, hc_mean_bars(stats, &total));
  if (estimate->low < 0.0) estimate->low = 0.0;
  hc_judge(estimate, total.nonzero);
}

/* ---- ES 99 -------------------------------------------------------------------------------- */

static int by_path(const void *left, const void *right) {
  const struct hc_es_path *a = left, *b = right;
  return (a->path > b->path) - (a->path < b->path);
}

/* Weights of the worst paths, worst first; `whole` is how many are beyond VaR. */
static void weigh(struct hc_es_tail *tail, uint64_t whole, double fraction, double missing) {
  const size_t tenth = tail->paths >= 10 ? tail->paths / 10 : tail->paths;
  for (size_t i = 0; i < tail->count; ++i) {
    struct hc_es_path *path = &tail->path[i];
    path->low = i < tail->paths && i + tenth >= tail->paths;
    path->weight = i < whole ? 1.0 : fraction;
    if (path->low) tail->low_value += path->value;
  }
  if (!(missing > 0.0 && tail->low_value > 0.0)) return;
  for (size_t i = 0; i < tail->count; ++i)
    if (tail->path[i].low) tail->path[i].weight += missing / tail->low_value;
}

hc_status hc_stats_es_tail(struct hc_stats *stats, enum hc_tail_metric metric,
                           struct hc_es_tail *tail) {
  *tail = (struct hc_es_tail){.stats = stats, .metric = metric, .groups = stats->groups};
  const hc_status status = hc_tail_prepare(stats, metric);
  const uint64_t n = hc_tail_paths(stats, metric);
  if (status || !n) return status;
  const struct hc_tail *from = &stats->tail[metric];
  struct hc_shortfall shortfall;
  hc_shortfall_of(stats, metric, 9900, 0.0, INFINITY, &shortfall);
  const uint64_t whole = n - (n / 100 * 99 + (n % 100 * 99 + 99) / 100);
  tail->count = whole + 1 < from->top.count ? (size_t)whole + 1 : from->top.count;
  tail->paths = whole < tail->count ? (size_t)whole : tail->count;
  tail->scale = 1.0 / ((double)n * SHARE);
  tail->var = hc_tail_at(stats, metric, whole).value;
  tail->path = calloc(tail->count + 1, sizeof *tail->path);
  if (!tail->path) return HC_NO_MEMORY;
  double missing = shortfall.value / tail->scale;
  for (size_t i = 0; i < tail->count; ++i) {
    const struct hc_top_entry *entry = &from->top.entries[i];
    tail->path[i] = (struct hc_es_path){
      .path = entry->path, .value = entry->value, .group = from->group[i]};
    missing -= entry->value;
  }
  weigh(tail, whole, (double)n * SHARE - (double)whole,
        whole >= from->top.count && from->positive > from->top.count ? missing : 0.0);
  qsort(tail->path, tail->count, sizeof *tail->path, by_path);
  return HC_OK;
}

void hc_es_tail_free(struct hc_es_tail *tail) {
  free(tail->path);
  *tail = (struct hc_es_tail){0};
}

void hc_es_part_add(struct hc_es_part *part, const struct hc_es_path *path, double amount) {
  part->weighted += path->weight * amount;
  if (amount != 0.0) ++part->paths;
  if (path->weight < 1.0) return; /* at VaR */
  part->plain += amount;
  part->square += amount * amount;
  if (path->low) part->low += amount;
}

/* C = E(x; loss beyond v) / (1 - p) + a fraction at v. Its influence function is that of ES with
 * x - E(x | loss = v) for loss - v; what paths at v are like is taken from the lowest tenth of the
 * tail, brought to v. */
void hc_es_part_estimate(const struct hc_es_tail *tail, const struct hc_es_part *part,
                         const double *group, struct hc_estimate *estimate) {
  const struct hc_stats *stats = tail->stats;
  const double nan = (double)NAN, n = (double)hc_tail_paths(stats, tail->metric);
  estimate->value = tail->scale * part->weighted;
  estimate->se = estimate->se_paths = estimate->low = estimate->high = nan;
  if (tail->paths < ENOUGH) {
    hc_note(estimate, "too few tail paths (%zu)", tail->paths);
    return;
  }
  const double at = tail->low_value > 0.0 ? tail->var * (part->low / tail->low_value) : 0.0;
  const double many = (double)tail->paths;
  struct hc_sums sums = {.sum = part->plain - at * many,
                         .square = part->square - 2.0 * at * part->plain + at * at * many};
  for (size_t g = 0; group && g < stats->groups; ++g) sums.group[g] = group[g];
  for (size_t i = 0; group && i < tail->count; ++i)
    if (tail->path[i].weight >= 1.0) sums.group[tail->path[i].group] -= at;
  const struct hc_error_bars bars = hc_sums_bars(
    &sums, n, stats->column[hc_tail_column[tail->metric]].group_count, group ? stats->groups : 0);
  estimate->se = bars.se / SHARE;
  estimate->se_paths = bars.se_paths / SHARE;
  const double half = bars.multiplier * estimate->se;
  estimate->low = fmax(0.0, estimate->value - half);
  estimate->high = estimate->value + half;
}
