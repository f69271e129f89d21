/* SPDX-License-Identifier: GPL-3.0-or-later */
/* takeover: a named taker assumes the position at a price, and keeps it or works it off. */
#include <math.h>
#include <string.h>

#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  const struct hc_layer_takeover_config *takeover = parameters;
  const char *who = takeover->who ? takeover->who : "";
  int kind = HC_KIND_OF_LP;
  layer->payer = HC_PAYER_TAKER;
  layer->classes = hc_classes_named(waterfall, who, &kind);
  layer->hold = takeover->hold;
  hc_complain_key(complaint, "who");
  if (layer->classes && kind != HC_KIND_OF_LP)
    return hc_fail(&complaint->error, HC_INPUT, "%s are not liquidity providers; positions are taken "
                   "over by classes of kind lp or by an outside taker", who);
  if (!*who) return hc_fail(&complaint->error, HC_INPUT, "names no taker, e.g. backstop");
  layer->unwind = takeover->unwind;
  layer->every = takeover->every;
  hc_complain_key(complaint, isnan(takeover->unwind) ? "every" : "unwind");
  if (isnan(takeover->unwind) != isnan(takeover->every))
    return hc_fail(&complaint->error, HC_INPUT, "unwind and every belong together, e.g. unwind: 20%%, "
                   "every: 1m");
  return hc_compile_price(layer, takeover->price, takeover->bound, complaint);
}

static int stock_of(const struct hc_layer *layer) {
  return layer->classes ? HC_STOCK_LP : HC_STOCK_TAKER;
}

/* The stock has changed: its orders begin anew. */
static void plan(const struct hc_settlement *settlement, int stock) {
  const struct hc_unwinding *unwinding = &settlement->waterfall->unwinding[stock];
  const double units = fabs(settlement->pots->stock[stock].quantity);
  struct hc_unwind *unwind = &settlement->state->unwind[stock];
  if (!(unwinding->share > 0.0)) return;
  unwind->units = unwinding->share * units;
  unwind->next = units > 0.0 ? settlement->step + unwinding->every : INT64_MAX;
}

static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  const double sign = side == 0 ? 1.0 : -1.0;
  *most = HUGE_VAL;
  if (isnan(layer->hold)) return HC_OK;
  const double room =
    layer->hold / settlement->mark - sign * settlement->pots->stock[stock_of(layer)].quantity;
  *most = room > 0.0 ? room : 0.0;
  return HC_OK;
}

static hc_status take(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                      double target, double *taken) {
  const double sign = side == 0 ? 1.0 : -1.0;
  struct hc_inventory *stock = &settlement->pots->stock[stock_of(layer)];
  double most;
  const hc_status status = capacity(layer, settlement, side, &most);
  *taken = target < most ? target : most;
  if (status != HC_OK || !(*taken > 0.0)) return status;
  const double price = hc_layer_price(layer, settlement, side);
  stock->quantity += sign * *taken;
  stock->cost += sign * *taken * price;
  plan(settlement, stock_of(layer));
  hc_log_trade(layer, settlement, -1, side == 0 ? 1 : -1, *taken, price,
               sign * *taken * (price - settlement->mark));
  hc_book_charge(layer, settlement, side, HC_PAYER_TAKER, *taken, price);
  return HC_OK;
}

#define HC_TABLE_STRUCT hc_layer_takeover_config
static const struct hc_field fields[] = {HC_LAYER_TAKEOVER_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "takeover", "A taker assumes positions.", sizeof(struct hc_layer_takeover_config),
  sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {
  .compile = compile, .position = true, .capacity = capacity, .take = take};
const struct hc_variant hc_layer_variant_takeover = {
  "takeover", "A named taker assumes the position at a price.", &table, &ops};
