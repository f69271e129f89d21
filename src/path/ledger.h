/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recording of a traced path's events, and of snapshots for timelines. */
#ifndef HC_PATH_LEDGER_H
#define HC_PATH_LEDGER_H

#include "path/system.h"

struct hc_ledger_row *hc_ledger_add(struct hc_system *system, enum hc_event_kind event);
/* An order that was sent: of positions, or (an unwind) of a stock. */
struct hc_order {
  double sign;     /* +1 sells, -1 buys */
  double quantity; /* units */
  double notional, fill;                  /* USD at the mark before it; USD a unit */
  double log_before, log_after, line;     /* log mark, and u + shock */
};
struct hc_ledger_row *hc_ledger_order(struct hc_system *system, enum hc_event_kind event,
                                      const struct hc_order *order);
void hc_ledger_hold(struct hc_system *system, int side, int64_t positions, double quantity);
/* The step's inflow and bad debt; then, after the layers, what each paid. */
void hc_ledger_settle(struct hc_system *system, double bad_debt);
void hc_ledger_layers(struct hc_system *system, const struct hc_payments *before);
/* What layers do to single accounts. */
struct hc_path_log {
  struct hc_log base;
  struct hc_system *system;
};
struct hc_log *hc_path_log(struct hc_path_log *log, struct hc_system *system);
void hc_snapshot_keep(struct hc_system *system);
#endif
