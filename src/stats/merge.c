/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All granules, in path order. Means and squared deviations by Chan, Golub & LeVeque (1979). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"

static void init_columns(struct hc_total *columns, size_t count) {
  for (size_t j = 0; j < count; ++j) {
    columns[j].min = INFINITY;
    columns[j].max = -INFINITY;
  }
}

static void init_totals(struct hc_stats *stats) {
  init_columns(stats->column, HC_ALL_COLUMNS);
  init_columns(stats->lorenz, HC_LORENZ_INNER);
  init_columns(stats->blame, HC_BLAME_CELLS);
  for (int t = 0; t < HC_TAILS; ++t) {
    hc_top_init(&stats->tail[t].top, HC_TAIL_KEEP);
    stats->tail[t].smallest = INFINITY;
  }
  hc_top_init(&stats->worst, HC_WORST_KEEP);
}

hc_status hc_stats_create(const struct hc_stats_setup *setup, struct hc_stats **stats) {
  *stats = NULL;
  if (setup->books < 1 || setup->books > HC_MAX_BOOKS || setup->classes > HC_MAX_CLASSES)
    return HC_BUG;
  struct hc_stats *made = calloc(1, sizeof *made);
  if (!made) return HC_NO_MEMORY;
  made->setup = *setup;
  made->groups = setup->books < HC_GROUPS ? setup->books : HC_GROUPS;
  made->columns = HC_OUTCOME_COLUMNS + setup->classes;
  init_totals(made);
  *stats = made;
  return HC_OK;
}

static void free_tail(struct hc_tail *tail) {
  hc_top_free(&tail->top);
  free(tail->bin_count);
  free(tail->bin_sum);
  free(tail->group);
  for (size_t i = 0; i < sizeof tail->curve / sizeof *tail->curve; ++i) free(tail->curve[i]);
  free(tail->edges);
  free(tail->counts);
}

void hc_stats_free(struct hc_stats *stats) {
  if (!stats) return;
  for (int t = 0; t < HC_TAILS; ++t) free_tail(&stats->tail[t]);
  hc_top_free(&stats->worst);
  free(stats->estimates);
  free(stats);
}

uint64_t hc_stats_paths(const struct hc_stats *stats) { return stats->paths; }

/* ---- columns ---------------------------------------------------------------------------- */
static void merge_groups(struct hc_total *total, const struct hc_column *column,
                         const struct hc_granule_stats *granule) {
  const bool varies = hc_column_varies(column);
  for (size_t g = 0; g < granule->groups; ++g) {
    const uint16_t paths = granule->group_paths[g];
    const uint16_t count = column->kind == HC_KIND_MIXED ? column->group_count[g] : paths;
    total->group_count[g] += count;
    total->group_sum[g] += varies ? column->group_sum[g] : column->mean * count;
  }
}

static void merge_column(struct hc_total *total, const struct hc_column *column,
                         const struct hc_granule_stats *granule) {
  if (column->kind == HC_KIND_EMPTY) return;
  const double a = (double)total->count, b = (double)column->count, n = a + b;
  const double delta = column->mean - total->mean;
  total->m2 += column->m2 + delta * delta * (a * b / n);
  total->mean = total->count ? total->mean + delta * (b / n) : column->mean;
  if (!total->count) total->m2 = column->m2;
  total->count += column->count;
  total->nonzero += column->nonzero;
  if (column->min < total->min) total->min = column->min;
  if (column->max > total->max) total->max = column->max;
  merge_groups(total, column, granule);
}

/* Before the columns, whose means it needs as they were. */
static void merge_pair(struct hc_stats *stats, const struct hc_granule_stats *granule, int pair) {
  const enum hc_outcome_column x = hc_pair_column[pair][0], y = hc_pair_column[pair][1];
  const double a = (double)stats->paths, b = (double)granule->count;
  const double dx = granule->column[x].mean - stats->column[x].mean;
  const double dy = granule->column[y].mean - stats->column[y].mean;
  if (isnan(dx) || isnan(dy)) return; /* no counterfactual */
  stats->comoment[pair] += granule->comoment[pair] + dx * dy * (a * b / (a + b));
}

static void merge_event(struct hc_stats *stats, const struct hc_granule_stats *granule, int event) {
  const uint16_t hits = granule->event[event];
  stats->event[event] += hits;
  if (!hits) return;
  const uint16_t *group = hits == granule->count ? granule->group_paths : granule->event_group[event];
  for (size_t g = 0; g < granule->groups; ++g) stats->event_group[event][g] += group[g];
}

/* ---- tails ------------------------------------------------------------------------------- */
static hc_status make_bins(struct hc_tail *tail, size_t groups) {
  if (tail->bin_count) return HC_OK;
  tail->bin_count = calloc(HC_BINS * groups, sizeof *tail->bin_count);
  tail->bin_sum = calloc(HC_BINS * groups, sizeof *tail->bin_sum);
  return tail->bin_count && tail->bin_sum ? HC_OK : HC_NO_MEMORY;
}

static void drop(const struct hc_stats *stats, struct hc_tail *tail, const struct hc_top_entry *entry) {
  const size_t group = hc_group_of(entry->path, stats->setup.books, stats->groups);
  const size_t cell = hc_bin_of(entry->value) * stats->groups + group;
  tail->bin_count[cell] += 1.0;
  tail->bin_sum[cell] += entry->value;
}

static hc_status cut(const struct hc_stats *stats, struct hc_tail *tail) {
  const hc_status status = make_bins(tail, stats->groups);
  if (status) return status;
  const size_t before = tail->top.count;
  hc_top_cut(&tail->top);
  for (size_t i = tail->top.count; i < before; ++i) drop(stats, tail, &tail->top.entries[i]);
  return HC_OK;
}

static hc_status merge_value(const struct hc_stats *stats, struct hc_tail *tail,
                             const struct hc_top_entry *entry) {
  if (!hc_top_wants(&tail->top, entry)) {
    drop(stats, tail, entry);
    return HC_OK;
  }
  const hc_status status = hc_top_add(&tail->top, entry);
  if (status) return status;
  return hc_top_is_full(&tail->top) ? cut(stats, tail) : HC_OK;
}

static hc_status merge_tail(struct hc_stats *stats, const struct hc_granule_stats *granule, int metric) {
  const struct hc_tail_list *list = &granule->tail[metric];
  struct hc_tail *tail = &stats->tail[metric];
  tail->sorted = false;
  tail->positive += list->count;
  for (size_t i = 0; i < list->count; ++i) {
    const struct hc_top_entry entry = {list->value[i], 0.0, granule->first + list->offset[i]};
    tail->group_positive[granule->by.of[list->offset[i]]] += 1.0;
    if (entry.value < tail->smallest) tail->smallest = entry.value;
    if (entry.value > tail->largest) tail->largest = entry.value;
    const hc_status status = merge_value(stats, tail, &entry);
    if (status) return status;
  }
  return HC_OK;
}

static hc_status offer_worst(struct hc_top *worst, const struct hc_top_entry *entry) {
  if (!hc_top_wants(worst, entry)) return HC_OK;
  const hc_status status = hc_top_add(worst, entry);
  if (!status && hc_top_is_full(worst)) hc_top_cut(worst);
  return status;
}

/* Paths with an LP loss or bad debt, from the two lists, both in path order. */
static hc_status merge_worst(struct hc_stats *stats, const struct hc_granule_stats *granule) {
  const struct hc_tail_list *loss = &granule->tail[HC_TAIL_lp_loss];
  const struct hc_tail_list *debt = &granule->tail[HC_TAIL_bad_debt];
  for (size_t i = 0, j = 0; i < loss->count || j < debt->count;) {
    const unsigned at_loss = i < loss->count ? loss->offset[i] : HC_GRANULE;
    const unsigned at_debt = j < debt->count ? debt->offset[j] : HC_GRANULE;
    const unsigned at = at_loss < at_debt ? at_loss : at_debt;
    const struct hc_top_entry entry = {at_loss == at ? loss->value[i++] : 0.0,
                                       at_debt == at ? debt->value[j++] : 0.0, granule->first + at};
    const hc_status status = offer_worst(&stats->worst, &entry);
    if (status) return status;
  }
  return HC_OK;
}

/* ---- residuals ---------------------------------------------------------------------------- */
static void merge_residual(double *largest, uint64_t *path, const struct hc_granule_stats *granule,
                           enum hc_residual which, bool first) {
  if (!first && !(granule->residual[which] > *largest)) return;
  *largest = granule->residual[which];
  *path = granule->first + granule->residual_offset[which];
}

static void merge_residuals(struct hc_stats *stats, const struct hc_granule_stats *granule) {
  struct hc_residuals *r = &stats->residuals;
  const bool first = stats->paths == 0;
  merge_residual(&r->accounting, &r->accounting_path, granule, HC_RESIDUAL_accounting, first);
  merge_residual(&r->money, &r->money_path, granule, HC_RESIDUAL_money, first);
  merge_residual(&r->reflection, &r->reflection_path, granule, HC_RESIDUAL_reflection, first);
}

void hc_stats_residuals(const struct hc_stats *stats, struct hc_residuals *residuals) {
  *residuals = stats->residuals;
}

static bool follows(const struct hc_stats *stats, const struct hc_granule_stats *granule) {
  return granule->count > 0 && granule->first == stats->paths && granule->columns == stats->columns &&
         granule->setup.books == stats->setup.books;
}

hc_status hc_stats_merge(struct hc_stats *stats, const struct hc_granule_stats *granule) {
  if (!follows(stats, granule)) return HC_BUG;
  for (int p = 0; p < HC_PAIRS; ++p) merge_pair(stats, granule, p);
  for (size_t j = 0; j < stats->columns; ++j)
    merge_column(&stats->column[j], &granule->column[j], granule);
  for (size_t i = 0; granule->lorenz_paths && i < HC_LORENZ_INNER; ++i)
    merge_column(&stats->lorenz[i], &granule->lorenz[i], granule);
  for (size_t i = 0; granule->blame_paths && i < HC_BLAME_CELLS; ++i)
    merge_column(&stats->blame[i], &granule->blame[i], granule);
  for (int e = 0; e < HC_EVENTS; ++e) merge_event(stats, granule, e);
  hc_status status = HC_OK;
  for (int t = 0; t < HC_TAILS && !status; ++t) status = merge_tail(stats, granule, t);
  if (!status) status = merge_worst(stats, granule);
  if (status) return status;
  merge_residuals(stats, granule);
  hc_blocks_add(&stats->blocks, stats->setup.books, granule);
  for (size_t g = 0; g < stats->groups; ++g) stats->group_paths[g] += granule->group_paths[g];
  stats->paths += granule->count;
  return HC_OK;
}
