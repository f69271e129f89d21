/* SPDX-License-Identifier: GPL-3.0-or-later */
/* redistribute: many accounts of the record's own side take its position over. */
#include <string.h>

#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  const struct hc_layer_redistribute_config *r = parameters;
  (void)waterfall;
  layer->payer = HC_PAYER_TRADER;
  layer->base = r->base;
  if (!r->who || strcmp(r->who, "same_side") != 0) {
    hc_complain_key(complaint, "who");
    return hc_fail(&complaint->error, HC_INPUT, "accounts of the record's own side take it over; "
                   "expected same_side, not \"%s\"", r->who ? r->who : "");
  }
  if (layer->base != HC_BASE_SIZE && layer->base != HC_BASE_NOTIONAL &&
      layer->base != HC_BASE_COLLATERAL && layer->base != HC_BASE_EQUITY) {
    hc_complain_key(complaint, "base");
    return hc_fail(&complaint->error, HC_INPUT, "positions are taken over by size, notional, collateral "
                   "or equity");
  }
  const hc_status status =
    hc_compile_allocation(layer, &r->allocation, &r->score, r->limit, complaint);
  if (status != HC_OK) return status;
  if (layer->rule == hc_allocation_water_filling.operations) {
    hc_complain_key(complaint, "allocation");
    return hc_fail(&complaint->error, HC_INPUT, "water_filling evens out leverage by closing positions; "
                   "it is for close");
  }
  return hc_compile_price(layer, r->price, r->bound, complaint);
}

/* Units that the accounts that offers are made of could take. */
static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  const int sign = side == 0 ? 1 : -1;
  const double per_unit = sign * (hc_layer_price(layer, settlement, side) - settlement->mark);
  size_t count;
  const hc_status status = hc_offers(layer, settlement, sign, per_unit, &count);
  *most = 0.0;
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
  hc_status status = hc_offers(layer, settlement, sign, per_unit, &count);
  if (status == HC_OK) status = hc_allocate(layer, settlement, count, target, taken);
  for (size_t i = 0; status == HC_OK && i < count && *taken > 0.0; i++) {
    const double units = crowd->paid[i];
    if (!(units > 0.0)) continue;
    status = crowd->ops->trade(crowd, crowd->offers[i].account, units, price);
    hc_log_trade(layer, settlement, crowd->offers[i].account, sign, units, price, units * per_unit);
  }
  if (status == HC_OK && *taken > 0.0)
    hc_book_charge(layer, settlement, side, HC_PAYER_TRADER, *taken, price);
  return status;
}

#define HC_TABLE_STRUCT hc_layer_redistribute_config
static const struct hc_field fields[] = {HC_LAYER_REDISTRIBUTE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "redistribute", "Accounts take positions over.", sizeof(struct hc_layer_redistribute_config),
  sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {
  .compile = compile, .position = true, .capacity = capacity, .take = take};
const struct hc_variant hc_layer_variant_redistribute = {
  "redistribute", "Accounts of the record's own side take its position over.", &table, &ops};
