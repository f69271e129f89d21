/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recording of a traced path's events, and of snapshots for timelines. */
#ifndef HC_PATH_LEDGER_H
#define HC_PATH_LEDGER_H

#include "path/system.h"

struct hc_ledger_row *hc_ledger_add(struct hc_system *system, enum hc_event_kind event);
void hc_ledger_order(struct hc_system *system, const struct hc_side *side, int64_t from, int64_t to,
                     double quantity, double order, double log_before, double log_after,
                     double line, double fill, const struct hc_closing *closing, double inflow);
void hc_ledger_settle(struct hc_system *system, const struct hc_payments *before);
void hc_snapshot_keep(struct hc_system *system);
#endif
