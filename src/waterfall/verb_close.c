/* SPDX-License-Identifier: GPL-3.0-or-later */
/* close: positions against the record's are closed with it (auto-deleveraging, unwind). */
#include <string.h>

#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  const struct hc_layer_close_config *close = parameters;
  (void)waterfall;
  layer->payer = HC_PAYER_TRADER;
  layer->base = close->base;
  if (!close->who || strcmp(close->who, "opposite") != 0) {
    hc_complain_key(complaint, "who");
    return hc_fail(&complaint->error, HC_INPUT, "only positions of the other side can be closed against "
                   "the record's; expected opposite, not \"%s\"", close->who ? close->who : "");
  }
  if (layer->base != HC_BASE_SIZE && layer->base != HC_BASE_NOTIONAL &&
      layer->base != HC_BASE_EQUITY && layer->base != HC_BASE_UNREALISED_PROFIT) {
    hc_complain_key(complaint, "base");
    return hc_fail(&complaint->error, HC_INPUT, "positions are closed by size, notional, equity or "
                   "unrealised_profit");
  }
  const hc_status status =
    hc_compile_allocation(layer, &close->allocation, &close->score, close->limit, complaint);
  if (status != HC_OK) return status;
  return hc_compile_price(layer, close->price, close->bound, complaint);
}

/* Units that the accounts that offers are made of could take. */
static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  const int sign = side == 0 ? 1 : -1;
  const double per_unit = sign * (hc_layer_price(layer, settlement, side) - settlement->mark);
  size_t count;
  const hc_status status = hc_offers(layer, settlement, -sign, per_unit, &count);
  *most = settlement->crowd->ops->rest(settlement->crowd, -sign);
  for (size_t i = 0; status == HC_OK && i < count; i++) *most += settlement->crowd->offers[i].cap;
  return status;
}

static hc_status take(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                      double target, double *taken) {
  struct hc_crowd *crowd = settlement->crowd;
  const int sign = side == 0 ? 1 : -1;
  const double price = hc_layer_price(layer, settlement, side);
  const double per_unit = sign * (price - settlement->mark);
  size_t count;
  hc_status status = hc_offers(layer, settlement, -sign, per_unit, &count);
  if (status == HC_OK) status = hc_allocate(layer, settlement, count, target, taken);
  for (size_t i = 0; status == HC_OK && i < count && *taken > 0.0; i++) {
    const double units = crowd->paid[i];
    if (!(units > 0.0)) continue;
    status = crowd->ops->trade(crowd, crowd->offers[i].account, -units, price);
    settlement->paid->adl_accounts++;
    hc_log_trade(layer, settlement, crowd->offers[i].account, -sign, units, price, units * per_unit);
  }
  if (status != HC_OK) return status;
  if (*taken > 0.0) hc_book_charge(layer, settlement, side, HC_PAYER_TRADER, *taken, price);
  settlement->paid->adl_notional += *taken * settlement->mark;
  const double left = target - *taken, there = crowd->ops->rest(crowd, -sign);
  const double rest = left < there ? left : there;
  if (!(rest > HC_NOTHING * target)) return HC_OK;
  crowd->ops->close_rest(crowd, -sign, rest, price);
  hc_book_charge(layer, settlement, side, HC_PAYER_REST, rest, price);
  hc_log_trade(layer, settlement, -1, -sign, rest, price, rest * per_unit);
  *taken += rest;
  return HC_OK;
}

#define HC_TABLE_STRUCT hc_layer_close_config
static const struct hc_field fields[] = {HC_LAYER_CLOSE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "close", "Opposite positions are closed.", sizeof(struct hc_layer_close_config),
  sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {
  .compile = compile, .position = true, .capacity = capacity, .take = take};
const struct hc_variant hc_layer_variant_close = {
  "close", "Positions of the other side are closed (auto-deleveraging).", &table, &ops};
