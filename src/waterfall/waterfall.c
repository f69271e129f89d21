/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/waterfall.h"

#include <math.h>

static const struct hc_variant *const verbs[] = {&hc_layer_variant_fund, &hc_layer_variant_assess};
const struct hc_registry hc_layer_verbs = {"waterfall verbs", sizeof verbs / sizeof *verbs, verbs};

static const struct hc_word bases[] = {
  {"profit", HC_BASE_PROFIT, "profit since entry that is still there"},
  {"deposit", HC_BASE_DEPOSIT, "deposits that are still there"}};
static const struct hc_word allocations[] = {
  {"pro_rata", HC_ALLOCATION_PRO_RATA, "in proportion to the base, negatives as 0"}};
const struct hc_vocabulary hc_base_words = {"base", sizeof bases / sizeof *bases, bases};
const struct hc_vocabulary hc_allocation_words = {
  "allocation", sizeof allocations / sizeof *allocations, allocations};

#define HC_TABLE_STRUCT hc_lp_config
static const struct hc_field lp_fields[] = {HC_LP_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_lp_table = {"lp", "One class of liquidity providers.",
                                     sizeof(struct hc_lp_config),
                                     sizeof lp_fields / sizeof *lp_fields, lp_fields, NULL};

#define HC_TABLE_STRUCT hc_layer_config
static const struct hc_field layer_fields[] = {HC_LAYER_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_layer_table = {
  "layer", "One layer of the waterfall.", sizeof(struct hc_layer_config),
  sizeof layer_fields / sizeof *layer_fields, layer_fields, NULL};

hc_status hc_waterfall_compile(const struct hc_list *layers, const struct hc_list *classes,
                               struct hc_waterfall *waterfall, size_t *bad_layer,
                               const char **field, const char **why) {
  *waterfall = (struct hc_waterfall){0};
  *field = "verb";
  *bad_layer = layers->count;
  if (layers->count > HC_MAX_LAYERS) {
    *why = "a waterfall has at most 32 layers";
    return HC_INPUT;
  }
  for (size_t i = 0; i < layers->count; i++) {
    const struct hc_layer_config *config = &HC_ITEMS(*layers, struct hc_layer_config)[i];
    const struct hc_variant *verb = verbs[config->verb.index];
    struct hc_layer *layer = &waterfall->layers[i];
    *layer = (struct hc_layer){.ops = verb->operations, .name = verb->name, .only_class = -1};
    *bad_layer = i;
    const hc_status status = layer->ops->compile(layer, config->verb.parameters, classes->items,
                                                 classes->count, field, why);
    if (status != HC_OK) return status;
  }
  waterfall->count = layers->count;
  return HC_OK;
}

hc_status hc_waterfall_pay(const struct hc_waterfall *waterfall, struct hc_pots *pots,
                           double bad_debt, struct hc_payments *payments) {
  double left = bad_debt;
  for (size_t i = 0; i < waterfall->count && left > 0.0; i++) {
    const struct hc_layer *layer = &waterfall->layers[i];
    const double capacity = layer->ops->capacity(layer, pots);
    const double amount = left < capacity ? left : capacity;
    if (!(amount > 0.0)) continue;
    const double before = pots->fund + hc_pots_lp_balance(pots);
    layer->ops->pay(layer, pots, amount, payments);
    const double taken = before - (pots->fund + hc_pots_lp_balance(pots));
    if (!(fabs(taken - amount) <= 1e-9 * (fabs(before) + amount))) return HC_BUG;
    payments->layer[i] += amount;
    left -= amount;
  }
  payments->uncovered += left;
  return HC_OK;
}

void hc_share_pro_rata(double amount, const double *weight, size_t count, double *share) {
  double total = 0.0;
  size_t last = count;
  for (size_t i = 0; i < count; i++)
    if (weight[i] > 0.0) {
      total += weight[i];
      last = i;
    }
  double left = amount;
  for (size_t i = 0; i < count; i++) {
    share[i] = 0.0;
    if (!(weight[i] > 0.0)) continue;
    double part = i == last ? left : amount * (weight[i] / total);
    if (part > weight[i]) part = weight[i];
    if (part > left) part = left;
    share[i] = part;
    left -= part;
  }
}

double hc_pots_lp_equity(const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++)
    sum += pots->deposit[i] + (pots->profit[i] > 0.0 ? pots->profit[i] : 0.0);
  return sum;
}

double hc_pots_lp_balance(const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++) sum += pots->deposit[i] + pots->profit[i];
  return sum;
}
