/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assess: charges liquidity providers on a base, shared by an allocation rule. */
#include <string.h>

#include "waterfall/waterfall.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_lp_config *classes, size_t count, const char **field,
                         const char **why) {
  const struct hc_layer_assess_config *assess = parameters;
  layer->base = assess->base;
  layer->allocation = assess->allocation;
  if (assess->who && strcmp(assess->who, "liquidity_providers") == 0) return HC_OK;
  for (size_t i = 0; i < count; i++)
    if (assess->who && strcmp(assess->who, classes[i].name) == 0) {
      layer->only_class = (int)i;
      return HC_OK;
    }
  *field = "who";
  *why = "is neither liquidity_providers nor the name of one of their classes";
  return HC_INPUT;
}

static const double *base_of(const struct hc_layer *layer, const struct hc_pots *pots) {
  return layer->base == HC_BASE_PROFIT ? pots->profit : pots->deposit;
}

static double capacity(const struct hc_layer *layer, const struct hc_pots *pots) {
  const double *base = base_of(layer, pots);
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++)
    if (base[i] > 0.0 && (layer->only_class < 0 || (size_t)layer->only_class == i)) sum += base[i];
  return sum;
}

static void pay(const struct hc_layer *layer, struct hc_pots *pots, double amount,
                struct hc_payments *payments) {
  double weight[HC_MAX_CLASSES], share[HC_MAX_CLASSES];
  const double *base = base_of(layer, pots);
  for (size_t i = 0; i < pots->classes; i++)
    weight[i] = layer->only_class < 0 || (size_t)layer->only_class == i ? base[i] : 0.0;
  hc_share_pro_rata(amount, weight, pots->classes, share);
  double *pot = layer->base == HC_BASE_PROFIT ? pots->profit : pots->deposit;
  for (size_t i = 0; i < pots->classes; i++) {
    pot[i] -= share[i];
    payments->lp_class[i] += share[i];
  }
  if (layer->base == HC_BASE_PROFIT) payments->lp_profit += amount;
  else payments->lp_deposit += amount;
}

#define HC_TABLE_STRUCT hc_layer_assess_config
static const struct hc_field fields[] = {HC_LAYER_ASSESS_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "assess", "Payers are charged.", sizeof(struct hc_layer_assess_config),
  sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {compile, capacity, pay};
const struct hc_variant hc_layer_variant_assess = {
  "assess", "Liquidity providers are charged on their profits or deposits.", &table, &ops};
