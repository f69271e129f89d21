/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assess: charges classes or accounts on a base, shared by an allocation rule. */
#include <string.h>

#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static bool is_of_classes(int base) {
  return base == HC_BASE_PROFIT || base == HC_BASE_DEPOSIT || base == HC_BASE_EQUITY;
}

static hc_status compile_who(struct hc_layer *layer, const char *who,
                             const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  static const enum hc_payer payers[HC_CLASS_KINDS] = {HC_PAYER_LP, HC_PAYER_MEMBER, HC_PAYER_STAKER,
                                                       HC_PAYER_STAKER, HC_PAYER_STAKER};
  hc_complain_key(complaint, "who");
  layer->winners = strcmp(who, "winners") == 0;
  if (layer->winners || strcmp(who, "all_traders") == 0) {
    layer->accounts = true;
    layer->payer = HC_PAYER_TRADER;
    return HC_OK;
  }
  int kind = 0;
  layer->classes = hc_classes_named(waterfall, who, &kind);
  layer->payer = payers[kind];
  const bool all_lps = strcmp(who, "liquidity_providers") == 0;
  if (layer->classes == 0 && !(all_lps && waterfall->classes == 0))
    return hc_fail(&complaint->error, HC_INPUT, "\"%s\" names nobody: expected liquidity_providers, "
                   "members, stakers, depositors or token_holders of which there is a class, the name "
                   "of a class, all_traders or winners", who);
  return HC_OK;
}

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  const struct hc_layer_assess_config *assess = parameters;
  layer->base = assess->base;
  layer->form = assess->form;
  layer->takes = assess->takes;
  hc_status status = compile_who(layer, assess->who ? assess->who : "", waterfall, complaint);
  if (status != HC_OK) return status;
  hc_complain_key(complaint, "base");
  if (!layer->accounts && !is_of_classes(layer->base))
    return hc_fail(&complaint->error, HC_INPUT, "classes have no positions; expected deposit (stake, "
                   "contribution, capacity), profit or equity");
  if (layer->accounts && layer->base == HC_BASE_DEPOSIT)
    return hc_fail(&complaint->error, HC_INPUT, "accounts have no deposit; expected collateral, equity, "
                   "profit, session_profit, unrealised_profit, size or notional");
  if (layer->form == HC_FORM_INDEX && !layer->accounts) {
    hc_complain_key(complaint, "form");
    return hc_fail(&complaint->error, HC_INPUT, "an index charges positions; for classes leave it out");
  }
  status = hc_compile_allocation(layer, &assess->allocation, &assess->score, assess->limit, complaint);
  if (status != HC_OK) return status;
  hc_complain_key(complaint, "allocation");
  if (layer->rule == hc_allocation_water_filling.operations)
    return hc_fail(&complaint->error, HC_INPUT, "water_filling evens out leverage by closing positions; "
                   "it is for close, not for cash");
  const bool by_account = layer->score || layer->rule == hc_allocation_random.operations ||
                          layer->rule == hc_allocation_rotate.operations;
  if (!layer->accounts && by_account)
    return hc_fail(&complaint->error, HC_INPUT, "this orders accounts; classes are charged pro_rata, "
                   "equal, fifo (in their order) or smallest_first");
  layer->payback = assess->payback;
  if (layer->payback > 0.0 && layer->accounts) {
    hc_complain_key(complaint, "payback");
    return hc_fail(&complaint->error, HC_INPUT, "accounts are not paid back; only classes are");
  }
  return hc_compile_time(layer, assess->time, assess->netting, waterfall, complaint);
}

/* ---- classes --------------------------------------------------------------------------- */

static double has(const struct hc_layer *layer, const struct hc_pots *pots, size_t i) {
  const double deposit = pots->deposit[i] > 0.0 ? pots->deposit[i] : 0.0;
  const double profit = pots->profit[i] > 0.0 ? pots->profit[i] : 0.0;
  if (layer->base == HC_BASE_DEPOSIT) return deposit;
  return layer->base == HC_BASE_PROFIT ? profit : deposit + profit;
}

static size_t class_offers(const struct hc_layer *layer, const struct hc_settlement *settlement,
                           struct hc_offer *offers) {
  size_t count = 0;
  for (size_t i = 0; i < settlement->pots->classes; i++) {
    const double base = has(layer, settlement->pots, i);
    if (!(layer->classes >> i & 1) || !(base > 0.0)) continue;
    offers[count++] = (struct hc_offer){
      .weight = base, .cap = base * hc_payer_share(layer), .account = (uint32_t)i};
  }
  return count;
}

static void charge_class(const struct hc_layer *layer, struct hc_settlement *settlement, size_t i,
                         double amount) {
  struct hc_pots *pots = settlement->pots;
  struct hc_payments *paid = settlement->paid;
  double from_profit = 0.0;
  if (layer->base != HC_BASE_DEPOSIT) {
    const double profit = pots->profit[i] > 0.0 ? pots->profit[i] : 0.0;
    from_profit = layer->base == HC_BASE_PROFIT || amount < profit ? amount : profit;
  }
  pots->profit[i] -= from_profit;
  pots->deposit[i] -= amount - from_profit;
  paid->lp_class[i] += amount;
  if (layer->payback > 0.0 && !settlement->dry) {
    settlement->state->layer[layer->index].claims += amount;
    settlement->state->layer[layer->index].claim[i] += amount;
  }
  if (layer->payer != HC_PAYER_LP) return;
  paid->lp_profit += from_profit;
  paid->lp_deposit += amount - from_profit;
}

static hc_status take_classes(const struct hc_layer *layer, struct hc_settlement *settlement,
                              double target, double *taken) {
  struct hc_offer offers[HC_MAX_CLASSES];
  double paid[HC_MAX_CLASSES];
  uint32_t scratch[HC_MAX_CLASSES];
  const size_t count = class_offers(layer, settlement, offers);
  *taken = 0.0;
  if (count == 0) return HC_OK;
  layer->rule->share(target, count, offers, settlement->mark, 0.0, scratch, paid);
  for (size_t i = 0; i < count; i++) {
    if (!(paid[i] >= 0.0 && paid[i] <= offers[i].cap * (1.0 + 1e-9))) return HC_BUG;
    const double amount = paid[i] < offers[i].cap ? paid[i] : offers[i].cap;
    charge_class(layer, settlement, offers[i].account, amount);
    *taken += amount;
  }
  hc_book_cash(layer, settlement, layer->payer, *taken);
  return *taken <= target * (1.0 + 1e-9) ? HC_OK : HC_BUG;
}

/* ---- accounts --------------------------------------------------------------------------- */

static hc_status take_accounts(const struct hc_layer *layer, struct hc_settlement *settlement,
                               double target, double *taken) {
  struct hc_crowd *crowd = settlement->crowd;
  size_t count;
  hc_status status = hc_offers(layer, settlement, 0, 0.0, &count);
  if (status == HC_OK) status = hc_allocate(layer, settlement, count, target, taken);
  for (size_t i = 0; status == HC_OK && i < count; i++) {
    if (!(*taken > 0.0)) break;
    if (!(crowd->paid[i] > 0.0)) continue;
    status = crowd->ops->charge(crowd, crowd->offers[i].account, crowd->paid[i]);
    if (settlement->log)
      settlement->log->add(settlement->log, &(struct hc_log_entry){
        HC_LOG_CASH, (int)layer->index, crowd->offers[i].account, 0, 0.0, 0.0, crowd->paid[i]});
  }
  if (status == HC_OK && *taken > 0.0) hc_book_cash(layer, settlement, HC_PAYER_TRADER, *taken);
  return status;
}

static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  (void)side;
  struct hc_offer local[HC_MAX_CLASSES];
  const struct hc_offer *offers = local;
  size_t count = 0;
  hc_status status = HC_OK;
  *most = 0.0;
  if (layer->accounts) {
    status = hc_offers(layer, settlement, 0, 0.0, &count);
    offers = settlement->crowd->offers;
  } else {
    count = class_offers(layer, settlement, local);
  }
  for (size_t i = 0; status == HC_OK && i < count; i++) *most += offers[i].cap;
  return status;
}

static hc_status take(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                      double target, double *taken) {
  (void)side;
  return layer->accounts ? take_accounts(layer, settlement, target, taken)
                         : take_classes(layer, settlement, target, taken);
}

#define HC_TABLE_STRUCT hc_layer_assess_config
static const struct hc_field fields[] = {HC_LAYER_ASSESS_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "assess", "Payers are charged.", sizeof(struct hc_layer_assess_config),
  sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {.compile = compile, .capacity = capacity, .take = take};
const struct hc_variant hc_layer_variant_assess = {
  "assess", "Classes of liquidity providers, or accounts, are charged.", &table, &ops};
