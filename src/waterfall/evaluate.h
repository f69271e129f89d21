/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verbs share when they pay. */
#ifndef HC_WATERFALL_EVALUATE_H
#define HC_WATERFALL_EVALUATE_H

#include "waterfall/waterfall.h"

/* Least amounts that count, against what they are a part of: what is below is rounding. */
#define HC_NOTHING 1e-12

/* Books a cash payment of a layer; LPs and classes are booked by assess itself. */
void hc_book_cash(const struct hc_layer *layer, struct hc_settlement *settlement,
                  enum hc_payer payer, double amount);
/* Books units of record `side` that changed hands at `price`: Q, S, the charge and its payer. */
void hc_book_charge(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                    enum hc_payer payer, double quantity, double price);
void hc_log_trade(const struct hc_layer *layer, struct hc_settlement *settlement, int64_t account,
                  int side, double quantity, double price, double charge);
/* The part of what a payer has that a cap on each payer leaves; 1 without such a cap. */
double hc_payer_share(const struct hc_layer *layer);

/* Fills the crowd's offers from its accounts: `side` +1, -1 or 0 (both); `per_unit` is the charge
 * on each unit (position layers), or 0. Offers without weight, equity or cap are left out. */
hc_status hc_offers(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                    double per_unit, size_t *count) HC_CHECKED;
/* Shares `target` over the crowd's offers into its `paid`; HC_BUG if the rule cheats. `*sum` is
 * what they pay together. */
hc_status hc_allocate(const struct hc_layer *layer, struct hc_settlement *settlement, size_t count,
                      double target, double *sum) HC_CHECKED;

double hc_amount_value(const struct hc_amount *amount, const struct hc_settlement *settlement);
/* Whether the layer is on; updates `*on` as docs/waterfall.md says. */
bool hc_condition_switch(const struct hc_condition *when, const struct hc_condition *until,
                         const struct hc_settlement *settlement, bool *on);
/* Books against the layer's cap. */
void hc_cap_use(const struct hc_layer *layer, struct hc_settlement *settlement, double amount);
/* What the layer's cap still allows, USD; HUGE_VAL: all. */
double hc_cap_room(const struct hc_layer *layer, struct hc_settlement *settlement);
#endif
