/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at single paths: ledgers, timelines, prices. */
#include <math.h>
#include <string.h>

#include "haircut/random.h"
#include "path/ledger.h"
#include "path/workspace.h"

/* Runs a path keeping a snapshot after every settled step. */
static hc_status run_keeping(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                             double *lp_class, struct hc_error *error) {
  w->system.keep = true;
  w->system.snapshot_count = 0;
  hc_status status = HC_OK;
  if (hc_walk_path(&w->walk, path) != HC_OK)
    status = hc_fail(error, HC_NO_MEMORY, "no memory for path %llu", (unsigned long long)path);
  if (status == HC_OK) status = hc_simulate(w, path, true, outcome, lp_class, error);
  w->work.paths++;
  w->system.keep = false;
  if (status == HC_OK && w->system.keep_failed)
    status = hc_fail(error, HC_NO_MEMORY, "no memory to keep path %llu", (unsigned long long)path);
  return status;
}

/* u + shock, and the log mark, at a step; snapshots are passed over in step order. */
struct look {
  struct hc_workspace *w;
  size_t next; /* first snapshot after the present step */
  struct hc_drift drift;
  double displacement;
};

static struct look look_from_start(struct hc_workspace *w) {
  hc_walk_rewind(&w->walk);
  return (struct look){.w = w};
}

static const struct hc_snapshot *look_at(struct look *look, int64_t step, double *line,
                                         double *log_mark) {
  struct hc_workspace *w = look->w;
  const struct hc_system *system = &w->system;
  const struct hc_scenario *s = w->scenario;
  while (look->next < system->snapshot_count && system->snapshots[look->next].step <= step) {
    look->drift = system->snapshots[look->next].drift;
    look->displacement = system->snapshots[look->next].displacement;
    look->next++;
  }
  *line = hc_walk_line(&w->walk, step);
  if (s->price.shock) *line += s->price.shock[step];
  const double d = hc_displacement_at(s, &s->impact, &look->drift, look->displacement, step);
  *log_mark = *line + (look->drift.offset + d);
  return look->next ? &system->snapshots[look->next - 1] : NULL;
}

static int64_t step_of(const struct hc_workspace *w, size_t point, size_t points) {
  return w->walk.steps * (int64_t)point / (int64_t)points;
}

/* What funds and classes have at a mark, after a snapshot or since the start. */
static struct hc_pots pots_at(const struct hc_workspace *w, uint64_t path,
                              const struct hc_snapshot *snapshot, double mark) {
  const struct hc_scenario *s = w->scenario;
  const struct hc_sums *sums = s->book[path % s->books].sums;
  struct hc_pots pots = snapshot ? snapshot->pots : s->waterfall.start;
  const double units = snapshot ? snapshot->other_side : sums[1].quantity - sums[0].quantity;
  hc_pots_revalue(&pots, mark);
  if (s->waterfall.pooled > 0.0)
    hc_pots_trade(&s->waterfall, &pots, units * (mark - (snapshot ? snapshot->mark : s->price.initial)));
  return pots;
}

hc_status hc_path_timeline(struct hc_workspace *w, uint64_t path, size_t points,
                           struct hc_outcome *outcome, double *lp_class,
                           struct hc_timeline *timeline, struct hc_error *error) {
  if (points == 0) return hc_path_run(w, path, outcome, lp_class, error);
  hc_status status = run_keeping(w, path, outcome, lp_class, error);
  if (status != HC_OK) return status;
  const struct hc_scenario *s = w->scenario;
  struct look look = look_from_start(w);
  for (size_t i = 0; i <= points; i++) {
    double line, log_mark;
    const struct hc_snapshot *snapshot = look_at(&look, step_of(w, i, points), &line, &log_mark);
    timeline->mark[i] = hc_exp(log_mark);
    const struct hc_pots pots = pots_at(w, path, snapshot, timeline->mark[i]);
    timeline->fund[i] = pots.fund[0];
    timeline->lp_equity[i] = hc_pots_lp_equity(&s->waterfall, &pots);
    const double longs =
      snapshot ? snapshot->long_quantity : s->book[path % s->books].sums[0].quantity;
    timeline->open_interest[i] = longs > 0.0 ? longs * timeline->mark[i] : 0.0; /* rounding */
  }
  return hc_simulate_no_impact(w, path, outcome, error);
}

hc_status hc_path_prices(struct hc_workspace *w, uint64_t path, size_t points, double *mark,
                         double *fundamental, struct hc_error *error) {
  struct hc_outcome outcome;
  const hc_status status = run_keeping(w, path, &outcome, NULL, error);
  if (status != HC_OK || points == 0) return status;
  struct look look = look_from_start(w);
  for (size_t i = 0; i <= points; i++) {
    double line, log_mark;
    (void)look_at(&look, step_of(w, i, points), &line, &log_mark);
    mark[i] = hc_exp(log_mark);
    fundamental[i] = hc_exp(line);
  }
  return HC_OK;
}

static void add_state(struct hc_workspace *w, enum hc_event_kind event, int64_t step, double line,
                      double log_mark) {
  w->system.step = step;
  struct hc_ledger_row *row = hc_ledger_add(&w->system, event);
  row->mark_before = row->mark_after = hc_exp(log_mark);
  row->fundamental = hc_exp(line);
}

/* Jumps go between the other events, in order of step, before what they cause. */
static int by_step(const struct hc_ledger_row *a, const struct hc_ledger_row *b) {
  if (a->step != b->step) return a->step < b->step ? -1 : 1;
  return (b->event == HC_EVENT_JUMP) - (a->event == HC_EVENT_JUMP);
}
static void sort_rows(struct hc_ledger_row *rows, size_t count) {
  for (size_t i = 1; i < count; i++) { /* nearly sorted: jumps are few */
    const struct hc_ledger_row row = rows[i];
    size_t j = i;
    for (; j > 0 && by_step(&rows[j - 1], &row) > 0; j--) rows[j] = rows[j - 1];
    rows[j] = row;
  }
}

/* The whole grid once more: the lowest mark over all steps, and the model's jumps. */
static void trace_grid(struct hc_workspace *w, struct hc_ledger *ledger) {
  struct look look = look_from_start(w);
  double lowest = HUGE_VAL, line = 0.0, log_mark = 0.0;
  const struct hc_snapshot *before = NULL, *now = NULL;
  size_t jump = 0;
  for (int64_t k = 0; k <= w->walk.steps; k++) {
    before = now;
    now = look_at(&look, k, &line, &log_mark);
    if (log_mark < lowest) lowest = log_mark;
    if (jump < w->walk.jump_count && w->walk.jumps[jump].step == k) {
      w->system.step = k;
      struct hc_ledger_row *row = hc_ledger_add(&w->system, HC_EVENT_JUMP);
      const double last = jump ? w->walk.jumps[jump - 1].total : 0.0;
      while (jump + 1 < w->walk.jump_count && w->walk.jumps[jump + 1].step == k) jump++;
      const double total = w->walk.jumps[jump].total;
      row->fundamental = hc_exp(line);
      row->mark_after = hc_exp(log_mark);
      row->mark_before = hc_exp(log_mark - (total - last));
      const struct hc_pots pots = pots_at(w, w->system.path, before, row->mark_before);
      row->fund = pots.fund[0];
      row->lp_equity = hc_pots_lp_equity(&w->scenario->waterfall, &pots);
      jump++;
    }
  }
  ledger->mark_min = hc_exp(lowest);
}

hc_status hc_path_trace(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                        double *lp_class, struct hc_ledger *ledger, struct hc_error *error) {
  const struct hc_scenario *s = w->scenario;
  const size_t first = ledger->count;
  w->system = (struct hc_system){.snapshots = w->system.snapshots,
                                 .snapshot_capacity = w->system.snapshot_capacity,
                                 .state = w->system.state, .crowd = w->system.crowd,
                                 .scenario = s, .path = path, .pots = s->waterfall.start,
                                 .ledger = ledger};
  add_state(w, HC_EVENT_START, 0, s->price.log_initial, s->price.log_initial);
  bool failed = w->system.ledger_failed;
  hc_status status = run_keeping(w, path, outcome, lp_class, error);
  failed = failed || w->system.ledger_failed;
  if (status == HC_OK) {
    struct look look = look_from_start(w);
    double line, log_mark;
    (void)look_at(&look, w->walk.steps, &line, &log_mark);
    add_state(w, HC_EVENT_END, w->walk.steps, line, log_mark);
    trace_grid(w, ledger);
    failed = failed || w->system.ledger_failed;
    sort_rows(ledger->rows + first, ledger->count - first);
  }
  w->system.ledger = NULL;
  if (status == HC_OK && failed)
    status = hc_fail(error, HC_NO_MEMORY, "no memory for the ledger of path %llu",
                     (unsigned long long)path);
  if (status == HC_OK) status = hc_simulate_no_impact(w, path, outcome, error);
  return status;
}
