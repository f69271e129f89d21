/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From accounts to offers, and their shares of a target. */
#include <math.h>

#include "haircut/random.h"
#include "waterfall/evaluate.h"

#define DUST 1e-13 /* of the target */
#define ROTATE_INDEX 0xFFFFFFFFu

static double uniform(const struct hc_settlement *settlement, uint32_t index) {
  double u[2];
  hc_uniforms(settlement->seed, settlement->path, index, HC_PURPOSE_WORD(HC_PURPOSE_WATERFALL, 0), u);
  return u[0];
}

static double base_of(const struct hc_layer *layer, const struct hc_trader *t, double mark,
                      double equity) {
  switch (layer->base) {
    case HC_BASE_SIZE: return t->quantity;
    case HC_BASE_NOTIONAL: return t->quantity * mark;
    case HC_BASE_EQUITY: return equity;
    case HC_BASE_COLLATERAL: return t->collateral;
    case HC_BASE_UNREALISED_PROFIT: return t->sign * t->quantity * (mark - t->entry);
    case HC_BASE_SESSION_PROFIT: return equity - t->session_equity;
    default: return equity - t->start_equity; /* profit */
  }
}

/* The most a payer can pay: units for position layers, USD for cash. */
static double cap_of(const struct hc_layer *layer, const struct hc_trader *t, double base,
                     double equity, double per_unit) {
  if (layer->ops->position) {
    const double units = layer->ops == hc_layer_variant_close.operations ? t->quantity : HUGE_VAL;
    if (!(per_unit > 0.0)) return units;
    const double affordable = equity / per_unit;
    return affordable < units ? affordable : units;
  }
  if (layer->form == HC_FORM_INDEX && !layer->payer_cap) return HUGE_VAL;
  const bool is_size = layer->base == HC_BASE_SIZE || layer->base == HC_BASE_NOTIONAL;
  return (is_size || equity < base ? equity : base) * hc_payer_share(layer);
}

hc_status hc_offers(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                    double per_unit, size_t *count) {
  struct hc_crowd *crowd = settlement->crowd;
  const struct hc_trader *traders;
  size_t total, used = 0;
  *count = 0;
  hc_status status = crowd->ops->gather(crowd, side, &total, &traders);
  if (status == HC_OK) status = hc_crowd_reserve(crowd, total);
  if (status != HC_OK) return status;
  const double mark = settlement->mark;
  const bool random = layer->rule == hc_allocation_random.operations;
  for (size_t i = 0; i < total; i++) {
    const struct hc_trader *t = &traders[i];
    const double profit = t->sign * t->quantity * (mark - t->entry);
    const double equity = t->collateral + profit;
    if (!(equity > HC_NOTHING * t->quantity * mark) || (layer->winners && !(profit > 0.0))) continue;
    const double weight = base_of(layer, t, mark, equity);
    if (!(weight > 0.0)) continue;
    struct hc_offer *offer = &crowd->offers[used++];
    *offer = (struct hc_offer){.weight = weight, .cap = cap_of(layer, t, weight, equity, per_unit),
                               .quantity = t->quantity, .equity = equity, .account = t->account};
    if (random) offer->order = uniform(settlement, t->account);
    if (!layer->score) continue;
    const double maintenance =
      layer->score->needs_maintenance ? crowd->ops->maintenance(crowd, t->quantity * mark) : (double)NAN;
    const struct hc_standing standing = {t->sign, t->quantity, t->entry, t->collateral, mark, maintenance};
    offer->score = layer->score->score(&standing);
  }
  if (layer->limit >= 0 && used > (size_t)layer->limit)
    used = hc_allocation_limit(crowd->offers, used, (size_t)layer->limit, crowd->scratch);
  *count = used;
  return HC_OK;
}

hc_status hc_allocate(const struct hc_layer *layer, struct hc_settlement *settlement, size_t count,
                      double target, double *sum) {
  struct hc_crowd *crowd = settlement->crowd;
  *sum = 0.0;
  if (count == 0 || !(target > 0.0)) return HC_OK;
  const double start = layer->rule == hc_allocation_rotate.operations
                         ? uniform(settlement, ROTATE_INDEX) : 0.0;
  layer->rule->share(target, count, crowd->offers, settlement->mark, start, crowd->scratch,
                     crowd->paid);
  for (size_t i = 0; i < count; i++) {
    if (!(crowd->paid[i] >= 0.0 && crowd->paid[i] <= crowd->offers[i].cap * (1.0 + 1e-9)))
      return HC_BUG;
    /* What rounding leaves at the end of a queue is nobody's payment. */
    if (crowd->paid[i] < DUST * target) crowd->paid[i] = 0.0;
    *sum += crowd->paid[i];
  }
  return *sum <= target * (1.0 + 1e-9) ? HC_OK : HC_BUG;
}
