/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/internal.h"

_Static_assert(sizeof(struct hc_outcome) == 8 * HC_OUTCOME_COLUMNS, "outcomes are rows of cells");

const enum hc_outcome_column hc_event_column[HC_EVENTS] = {
#define HC_EVENT_COLUMN(name, column, text) HC_COLUMN_##column,
  HC_EVENT_LIST(HC_EVENT_COLUMN)
#undef HC_EVENT_COLUMN
};
const enum hc_outcome_column hc_tail_column[HC_TAILS] = {
#define HC_TAIL_COLUMN(name, text) HC_COLUMN_##name,
  HC_TAIL_LIST(HC_TAIL_COLUMN)
#undef HC_TAIL_COLUMN
};
const enum hc_outcome_column hc_pair_column[HC_PAIRS][2] = {
  [HC_PAIR_bad_debt] = {HC_COLUMN_bad_debt, HC_COLUMN_bad_debt_no_impact},
  [HC_PAIR_lp_loss] = {HC_COLUMN_lp_loss, HC_COLUMN_lp_loss_no_impact},
};

hc_status hc_granule_stats_create(const struct hc_stats_setup *setup,
                                  struct hc_granule_stats **stats) {
  *stats = NULL;
  if (setup->books < 1 || setup->books > HC_MAX_BOOKS || setup->classes > HC_MAX_CLASSES)
    return HC_BUG;
  struct hc_granule_stats *made = calloc(1, sizeof *made);
  if (!made) return HC_NO_MEMORY;
  made->setup = *setup;
  made->groups = setup->books < HC_GROUPS ? setup->books : HC_GROUPS;
  made->columns = HC_OUTCOME_COLUMNS + setup->classes;
  *stats = made;
  return HC_OK;
}

void hc_granule_stats_free(struct hc_granule_stats *stats) { free(stats); }

void hc_granule_groups(struct hc_granule_stats *stats) {
  const uint64_t phase = stats->first % stats->setup.books;
  if (stats->group_length == stats->count && stats->group_phase == phase) return;
  memset(stats->group_paths, 0, sizeof stats->group_paths);
  for (size_t i = 0; i < stats->count; ++i) {
    const size_t group = hc_group_of(phase + i, stats->setup.books, stats->groups);
    stats->by.of[i] = (uint8_t)group;
    ++stats->group_paths[group];
  }
  stats->by.groups = stats->groups;
  stats->by.periodic = stats->setup.books == stats->groups;
  stats->group_phase = phase;
  stats->group_length = stats->count;
}

bool hc_event_at(const struct hc_stats_setup *setup, enum hc_event event, double value) {
  if (event == HC_EVENT_p_fund_depletion) return setup->fund_initial > 0.0 && value <= 0.0;
  return value > 0.0;
}

/* Columns j of the rows go to column[offset + j]. */
static void fill_columns(struct hc_granule_stats *stats, const struct hc_rows *rows, size_t offset) {
  bool same[HC_ALL_COLUMNS];
  hc_rows_same(rows, same);
  for (size_t j = 0; j < rows->stride; ++j) {
    struct hc_column *column = &stats->column[offset + j];
    const bool integer = hc_column_is_integer(offset + j);
    double *x = stats->x[offset + j];
    if (same[j]) {
      *x = hc_rows_first(rows, j, integer);
      hc_column_constant(column, *x, rows->count);
      continue;
    }
    hc_rows_column(rows, j, integer, x);
    hc_column_fill(column, x, &stats->by, rows->count);
  }
}

/* The value of path i is x[i * step]: step 0 where the column does not vary. */
struct view {
  const double *x;
  size_t step;
};
static struct view view_column(const struct hc_granule_stats *stats, enum hc_outcome_column column) {
  const enum hc_kind kind = stats->column[column].kind;
  return (struct view){stats->x[column], kind == HC_KIND_FULL || kind == HC_KIND_MIXED};
}

static void fill_event(struct hc_granule_stats *stats, enum hc_event event) {
  const struct view view = view_column(stats, hc_event_column[event]);
  if (!view.step) {
    const bool all = hc_event_at(&stats->setup, event, *view.x);
    stats->event[event] = all ? (uint16_t)stats->count : 0;
    return;
  }
  uint16_t *group = stats->event_group[event];
  memset(group, 0, sizeof stats->event_group[event]);
  size_t hits = 0;
  for (size_t i = 0; i < stats->count; ++i) {
    const bool hit = hc_event_at(&stats->setup, event, view.x[i]);
    group[stats->by.of[i]] = (uint16_t)(group[stats->by.of[i]] + hit);
    hits += hit;
  }
  stats->event[event] = (uint16_t)hits;
}

static void fill_tail(struct hc_granule_stats *stats, enum hc_tail_metric metric) {
  struct hc_tail_list *tail = &stats->tail[metric];
  tail->count = 0;
  const struct view view = view_column(stats, hc_tail_column[metric]);
  if (!view.step && !(*view.x > 0.0)) return;
  for (size_t i = 0; i < stats->count; ++i) {
    const double value = view.x[i * view.step];
    tail->value[tail->count] = value;
    tail->offset[tail->count] = (uint16_t)i;
    tail->count += value > 0.0;
  }
}

static void fill_pair(struct hc_granule_stats *stats, enum hc_pair pair) {
  const enum hc_outcome_column *side = hc_pair_column[pair];
  const struct hc_column *x = &stats->column[side[0]], *y = &stats->column[side[1]];
  stats->comoment[pair] = 0.0;
  if (x->kind != HC_KIND_FULL || y->kind != HC_KIND_FULL) return;
  stats->comoment[pair] =
    hc_comoment(stats->x[side[0]], x->mean, stats->x[side[1]], y->mean, stats->count);
}

/* A residual that is not a number is the worst of all. */
static void offer_residual(struct hc_granule_stats *stats, enum hc_residual which, double value,
                           size_t offset) {
  const double size = isnan(value) ? INFINITY : fabs(value);
  if (offset > 0 && !(size > stats->residual[which])) return;
  stats->residual[which] = size;
  stats->residual_offset[which] = (uint16_t)offset;
}

static void fill_residual(struct hc_granule_stats *stats, enum hc_residual which,
                          enum hc_outcome_column column) {
  const struct view view = view_column(stats, column);
  const size_t count = view.step ? stats->count : 1;
  for (size_t i = 0; i < count; ++i) offer_residual(stats, which, view.x[i], i);
}

/* Reflection: what those behind the fund lose is max(0, required - initial fund). */
static void fill_reflection(struct hc_granule_stats *stats) {
  offer_residual(stats, HC_RESIDUAL_reflection, 0.0, 0);
  if (!stats->setup.reflects) return;
  const struct view debt = view_column(stats, HC_COLUMN_bad_debt);
  const struct view fund = view_column(stats, HC_COLUMN_insurance_paid);
  const struct view required = view_column(stats, HC_COLUMN_fund_required);
  const size_t count = debt.step | fund.step | required.step ? stats->count : 1;
  for (size_t i = 0; i < count; ++i) {
    const double short_by = required.x[i * required.step] - stats->setup.fund_initial;
    const double paid = debt.x[i * debt.step] - fund.x[i * fund.step];
    offer_residual(stats, HC_RESIDUAL_reflection, paid - (short_by < 0.0 ? 0.0 : short_by), i);
  }
}

hc_status hc_granule_stats_fill(struct hc_granule_stats *stats, uint64_t first, size_t count,
                                const struct hc_outcome *outcomes, const double *lp_class) {
  if (count < 1 || count > HC_GRANULE || first % HC_GRANULE != 0) return HC_BUG;
  stats->first = first;
  stats->count = count;
  stats->lorenz_paths = stats->blame_paths = 0;
  hc_granule_groups(stats);
  const struct hc_rows rows = {(const hc_word *)outcomes, HC_OUTCOME_COLUMNS, count};
  fill_columns(stats, &rows, 0);
  if (stats->setup.classes) {
    const struct hc_rows classes = {(const hc_word *)lp_class, stats->setup.classes, count};
    fill_columns(stats, &classes, HC_OUTCOME_COLUMNS);
  }
  for (int e = 0; e < HC_EVENTS; ++e) fill_event(stats, (enum hc_event)e);
  for (int t = 0; t < HC_TAILS; ++t) fill_tail(stats, (enum hc_tail_metric)t);
  for (int p = 0; p < HC_PAIRS; ++p) fill_pair(stats, (enum hc_pair)p);
  fill_residual(stats, HC_RESIDUAL_accounting, HC_COLUMN_accounting_residual);
  fill_residual(stats, HC_RESIDUAL_money, HC_COLUMN_money_residual);
  fill_reflection(stats);
  return HC_OK;
}
