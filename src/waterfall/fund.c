/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fund: a pot pays what it has. */
#include <string.h>

#include "waterfall/waterfall.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_lp_config *classes, size_t count, const char **field,
                         const char **why) {
  (void)classes, (void)count;
  const struct hc_layer_fund_config *fund = parameters;
  layer->is_fund = 1;
  if (fund->who && strcmp(fund->who, "insurance") == 0) return HC_OK;
  *field = "who";
  *why = "is not a fund; the only one is insurance";
  return HC_INPUT;
}

static double capacity(const struct hc_layer *layer, const struct hc_pots *pots) {
  (void)layer;
  return pots->fund > 0.0 ? pots->fund : 0.0;
}

static void pay(const struct hc_layer *layer, struct hc_pots *pots, double amount,
                struct hc_payments *payments) {
  (void)layer;
  pots->fund -= amount;
  payments->insurance += amount;
}

#define HC_TABLE_STRUCT hc_layer_fund_config
static const struct hc_field fields[] = {HC_LAYER_FUND_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {"fund", "A fund pays.", sizeof(struct hc_layer_fund_config),
                                      sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {compile, capacity, pay};
const struct hc_variant hc_layer_variant_fund = {"fund", "A fund pays what it has.", &table, &ops};
