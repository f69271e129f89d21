/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fund: a pot pays what it has. */
#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  const struct hc_layer_fund_config *fund = parameters;
  layer->payer = HC_PAYER_FUND;
  layer->takes = fund->takes;
  layer->fund = hc_waterfall_fund(waterfall, fund->who ? fund->who : "");
  if (layer->fund >= 0) return HC_OK;
  hc_complain_key(complaint, "who");
  return hc_fail(&complaint->error, HC_INPUT, "\"%s\" is not a fund; expected insurance or a name of "
                 "`funds`, e.g. funds: {skin: {initial: 5M}}", fund->who ? fund->who : "");
}

static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  (void)side;
  const double balance = settlement->pots->fund[layer->fund];
  *most = balance > 0.0 ? balance * hc_payer_share(layer) : 0.0;
  return HC_OK;
}

static hc_status take(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                      double target, double *taken) {
  double most;
  const hc_status status = capacity(layer, settlement, side, &most);
  if (status != HC_OK) return status;
  *taken = target < most ? target : most;
  if (layer->fund == 0) {
    hc_pots_pay_fund(settlement->pots, *taken);
    settlement->state->pnl -= *taken;
  } else {
    settlement->pots->fund[layer->fund] -= *taken;
  }
  hc_book_cash(layer, settlement, HC_PAYER_FUND, *taken);
  return HC_OK;
}

#define HC_TABLE_STRUCT hc_layer_fund_config
static const struct hc_field fields[] = {HC_LAYER_FUND_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {"fund", "A fund pays.", sizeof(struct hc_layer_fund_config),
                                      sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {.compile = compile, .capacity = capacity, .take = take};
const struct hc_variant hc_layer_variant_fund = {"fund", "A fund pays what it has.", &table, &ops};
