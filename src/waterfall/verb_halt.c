/* SPDX-License-Identifier: GPL-3.0-or-later */
/* halt: trading ends, all positions are settled at the mark, and what is missing then is one equal
 * haircut on all claims. The path does the settling; see hc_waterfall_final. */
#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static hc_status compile(struct hc_layer *layer, const void *parameters,
                         const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  (void)parameters;
  layer->payer = HC_PAYER_TRADER;
  for (size_t i = 0; i < layer->index; i++)
    if (waterfall->layers[i].ops->ends)
      return hc_fail(&complaint->error, HC_INPUT, "trading can end once: waterfall[%zu] halts already; join "
                     "both with a switch, e.g. only_if: broke", i);
  if (layer->has_cap || layer->payer_cap) {
    hc_complain_key(complaint, "cap");
    return hc_fail(&complaint->error, HC_INPUT, "a halt settles everything; it has no cap");
  }
  if (layer->severity < 1.0) {
    hc_complain_key(complaint, "severity");
    return hc_fail(&complaint->error, HC_INPUT, "a halt settles everything; its severity is 100 %%");
  }
  if (layer->group < 0) return HC_OK;
  hc_complain_key(complaint, "group");
  return hc_fail(&complaint->error, HC_INPUT, "a halt shares no demand; take it out of the group");
}

/* A halt ends a run of the layers; nothing is asked of it as a layer. */
static hc_status capacity(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                          double *most) {
  (void)layer, (void)settlement, (void)side;
  *most = 0.0;
  return HC_OK;
}
static hc_status take(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                      double target, double *taken) {
  (void)layer, (void)settlement, (void)side, (void)target;
  *taken = 0.0;
  return HC_OK;
}

static const struct hc_layer_ops ops = {.compile = compile, .capacity = capacity, .take = take,
                                        .ends = true};
const struct hc_variant hc_layer_variant_halt = {
  "halt", "Trading ends: positions are settled at the mark, and claims share what is missing.", NULL, &ops};
