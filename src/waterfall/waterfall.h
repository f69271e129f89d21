/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The waterfall: ordered layers that pay bad debt, each within its capacity. */
#ifndef HC_WATERFALL_WATERFALL_H
#define HC_WATERFALL_WATERFALL_H

#include <stddef.h>

#include "haircut/outcome.h"
#include "haircut/waterfall.h"

#define HC_MAX_LAYERS 32

/* Everything layers can take from, on one path. */
struct hc_pots {
  double fund;
  size_t classes;
  double profit[HC_MAX_CLASSES], deposit[HC_MAX_CLASSES];
};

/* What layers took, on one path or in one settlement. */
struct hc_payments {
  double layer[HC_MAX_LAYERS];
  double insurance, lp_profit, lp_deposit, uncovered;
  double lp_class[HC_MAX_CLASSES];
};

struct hc_layer;
struct hc_layer_ops {
  /* Checks parameters against the classes; on HC_INPUT `*field` and `*why` say what is wrong. */
  hc_status (*compile)(struct hc_layer *layer, const void *parameters,
                       const struct hc_lp_config *classes, size_t count, const char **field,
                       const char **why);
  double (*capacity)(const struct hc_layer *layer, const struct hc_pots *pots);
  /* Takes exactly `amount` (0 < amount <= capacity) out of the pots. */
  void (*pay)(const struct hc_layer *layer, struct hc_pots *pots, double amount,
              struct hc_payments *payments);
};
struct hc_layer {
  const struct hc_layer_ops *ops;
  const char *name;
  int is_fund;
  int base, allocation;
  int only_class; /* index, or -1: all classes */
};

struct hc_waterfall {
  size_t count;
  struct hc_layer layers[HC_MAX_LAYERS];
};

hc_status hc_waterfall_compile(const struct hc_list *layers, const struct hc_list *classes,
                               struct hc_waterfall *waterfall, size_t *bad_layer,
                               const char **field, const char **why) HC_CHECKED;

/* Runs `bad_debt` > 0 through the layers; adds to `payments`. Returns HC_BUG if a layer paid
 * other than it was asked, below zero or over its capacity: no rule can cheat. */
hc_status hc_waterfall_pay(const struct hc_waterfall *waterfall, struct hc_pots *pots,
                           double bad_debt, struct hc_payments *payments) HC_CHECKED;

/* Shares `amount` over `count` weights pro rata (negative weights as 0), never more than the
 * weight; the last payer takes what rounding leaves. amount <= sum of positive weights. */
void hc_share_pro_rata(double amount, const double *weight, size_t count, double *share);

/* Deposits and profits as booked, for conservation: a negative profit counts. */
double hc_pots_lp_balance(const struct hc_pots *pots);
/* What liquidity providers have to lose: deposits and positive profits. */
double hc_pots_lp_equity(const struct hc_pots *pots);

extern const struct hc_variant hc_layer_variant_fund, hc_layer_variant_assess;
#endif
