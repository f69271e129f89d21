/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/ledger.h"

#include <math.h>
#include <stdlib.h>

#include "haircut/random.h"

void hc_ledger_free(struct hc_ledger *ledger) {
  free(ledger->rows);
  *ledger = (struct hc_ledger){0};
}

/* Rows that cannot be stored are dropped and remembered: the caller fails the trace. */
struct hc_ledger_row *hc_ledger_add(struct hc_system *system, enum hc_event_kind event) {
  static _Thread_local struct hc_ledger_row scrap;
  struct hc_ledger *ledger = system->ledger;
  if (ledger->count == ledger->capacity) {
    const size_t capacity = ledger->capacity ? 2 * ledger->capacity : 64;
    struct hc_ledger_row *rows = realloc(ledger->rows, capacity * sizeof *rows);
    if (!rows) {
      system->ledger_failed = true;
      return &scrap;
    }
    ledger->rows = rows;
    ledger->capacity = capacity;
  }
  struct hc_ledger_row *row = &ledger->rows[ledger->count++];
  *row = (struct hc_ledger_row){
    .path = (int64_t)system->path,
    .step = system->step,
    .time = (double)system->step * system->scenario->grid.step,
    .event = event,
    .layer = -1,
    .account = -1,
    .mark_before = (double)NAN,
    .mark_after = (double)NAN,
    .fundamental = (double)NAN,
    .fill = (double)NAN,
    .fund = system->pots.fund,
    .lp_equity = hc_pots_lp_equity(&system->pots),
  };
  return row;
}

void hc_ledger_order(struct hc_system *system, const struct hc_side *side, int64_t from, int64_t to,
                     double quantity, double order, double log_before, double log_after,
                     double line, double fill, const struct hc_closing *closing, double inflow) {
  struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_ORDER);
  row->round = system->round;
  row->side = side->sign;
  row->positions = to - from;
  if (to == from + 1) row->account = side->account[from];
  row->quantity = quantity;
  row->notional = order;
  row->mark_before = hc_exp(log_before);
  row->mark_after = hc_exp(log_after);
  row->fundamental = hc_exp(line);
  row->fill = fill;
  row->fee = closing->fee;
  row->bad_debt = closing->bad_debt;
  row->inflow = inflow;
}

void hc_ledger_settle(struct hc_system *system, const struct hc_payments *before) {
  struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_SETTLE);
  row->bad_debt = system->step_bad_debt;
  row->inflow = system->step_inflow;
  for (size_t i = 0; i < system->scenario->waterfall.count; i++) {
    const double amount = system->paid.layer[i] - before->layer[i];
    if (!(amount > 0.0)) continue;
    row = hc_ledger_add(system, HC_EVENT_LAYER);
    row->layer = (int64_t)i;
    row->amount = amount;
  }
  const double uncovered = system->paid.uncovered - before->uncovered;
  if (uncovered > 0.0) hc_ledger_add(system, HC_EVENT_UNCOVERED)->amount = uncovered;
}

void hc_snapshot_keep(struct hc_system *system) {
  if (system->snapshot_count == system->snapshot_capacity) {
    const size_t capacity = system->snapshot_capacity ? 2 * system->snapshot_capacity : 64;
    struct hc_snapshot *snapshots = realloc(system->snapshots, capacity * sizeof *snapshots);
    if (!snapshots) {
      system->keep_failed = true;
      return;
    }
    system->snapshots = snapshots;
    system->snapshot_capacity = capacity;
  }
  system->snapshots[system->snapshot_count++] = (struct hc_snapshot){
    .step = system->step,
    .drift = system->drift,
    .displacement = system->displacement,
    .fund = system->pots.fund,
    .lp_equity = hc_pots_lp_equity(&system->pots),
    .long_quantity = system->book->sums[0].quantity - system->closed_quantity[0],
  };
}
