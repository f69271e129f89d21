/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raise: money from outside the venue: assessment calls, token sales, a treasury. */
#include <math.h>

#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  const struct hc_layer_raise_config *raise = parameters;
  layer->payer = HC_PAYER_OUTSIDE;
  layer->takes = raise->takes;
  if (layer->payer_cap) {
    hc_complain_key(complaint, "cap");
    return hc_fail(&complaint->error, HC_INPUT, "money from outside has no stated wealth to take a "
                   "share of; give an amount, e.g. 50M per path");
  }
  return hc_compile_time(layer, raise->time, raise->netting, waterfall, complaint);
}

static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  (void)layer, (void)settlement, (void)side;
  *most = HUGE_VAL;
  return HC_OK;
}

static hc_status take(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                      double target, double *taken) {
  (void)side;
  *taken = target;
  hc_book_cash(layer, settlement, HC_PAYER_OUTSIDE, target);
  return HC_OK;
}

#define HC_TABLE_STRUCT hc_layer_raise_config
static const struct hc_field fields[] = {HC_LAYER_RAISE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {"raise", "Money from outside.",
                                      sizeof(struct hc_layer_raise_config),
                                      sizeof fields / sizeof *fields, fields, NULL};
static const struct hc_layer_ops ops = {.compile = compile, .capacity = capacity, .take = take};
const struct hc_variant hc_layer_variant_raise = {"raise", "Money comes from outside the venue.",
                                                  &table, &ops};
