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
    .until = (double)NAN,
    .fund = system->pots.fund[0],
    .lp_equity = hc_pots_lp_equity(&system->scenario->waterfall, &system->pots),
  };
  return row;
}

struct hc_ledger_row *hc_ledger_order(struct hc_system *system, enum hc_event_kind event,
                                      const struct hc_order *order) {
  struct hc_ledger_row *row = hc_ledger_add(system, event);
  row->round = system->round;
  row->side = order->sign > 0.0 ? 1 : -1;
  row->quantity = order->quantity;
  row->notional = order->notional;
  row->mark_before = hc_exp(order->log_before);
  row->mark_after = hc_exp(order->log_after);
  row->fundamental = hc_exp(order->line);
  row->fill = order->fill;
  return row;
}

void hc_ledger_hold(struct hc_system *system, int side, int64_t positions, double quantity) {
  struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_HOLD);
  row->round = system->round;
  row->side = side == 0 ? 1 : -1;
  row->positions = positions;
  row->quantity = quantity;
  row->mark_before = row->mark_after = system->mark;
}

void hc_ledger_settle(struct hc_system *system, double bad_debt) {
  struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_SETTLE);
  row->bad_debt = bad_debt;
  row->inflow = system->step_inflow;
  row->mark_before = row->mark_after = system->mark;
}

void hc_ledger_layers(struct hc_system *system, const struct hc_payments *before) {
  for (size_t i = 0; i < system->scenario->waterfall.count; i++) {
    const double amount = system->paid.layer[i] - before->layer[i];
    if (amount == 0.0) continue;
    struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_LAYER);
    row->layer = (int64_t)i;
    row->amount = amount;
  }
  const double uncovered = system->paid.uncovered - before->uncovered;
  if (uncovered > 0.0) hc_ledger_add(system, HC_EVENT_UNCOVERED)->amount = uncovered;
}

/* Cash of a layer as a whole, and what stays uncovered, have rows of their own. */
static void add_entry(struct hc_log *base, const struct hc_log_entry *entry) {
  struct hc_system *system = ((struct hc_path_log *)base)->system;
  enum hc_event_kind event = HC_EVENT_CHARGE;
  switch (entry->kind) {
    case HC_LOG_CASH:
      if (entry->account < 0) return;
      break;
    case HC_LOG_TRADE: event = HC_EVENT_TRADE; break;
    case HC_LOG_PENDING: event = HC_EVENT_PENDING; break;
    case HC_LOG_RELEASE: event = HC_EVENT_RELEASE; break;
    case HC_LOG_SURPLUS: event = HC_EVENT_SURPLUS; break;
    case HC_LOG_WITHDRAWAL: event = HC_EVENT_WITHDRAWAL; break;
    case HC_LOG_REPAY: event = HC_EVENT_REPAY; break;
    case HC_LOG_BEYOND: event = HC_EVENT_BEYOND; break;
    case HC_LOG_UNCOVERED: return;
  }
  struct hc_ledger_row *row = hc_ledger_add(system, event);
  row->layer = entry->layer;
  row->account = entry->account;
  row->side = entry->side;
  row->quantity = entry->quantity;
  row->notional = entry->quantity * system->mark;
  row->mark_before = row->mark_after = system->mark;
  if (entry->quantity > 0.0) row->fill = entry->price;
  row->amount = entry->amount;
}

struct hc_log *hc_path_log(struct hc_path_log *log, struct hc_system *system) {
  *log = (struct hc_path_log){{add_entry}, system};
  return &log->base;
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
    .pots = system->pots,
    .mark = system->mark,
    .other_side = hc_system_other_side(system),
    .long_quantity = system->book->sums[0].quantity - system->closed_quantity[0],
  };
}
