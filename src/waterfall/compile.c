/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/compile.h"

#include <stdio.h>
#include <string.h>

hc_status hc_complain_key(struct hc_complaint *complaint, const char *key) {
  char *end = strrchr(complaint->path, ']');
  const size_t used = end ? (size_t)(end - complaint->path) + 1 : strlen(complaint->path);
  (void)snprintf(complaint->path + used, sizeof complaint->path - used, ".%s", key);
  return HC_INPUT;
}

hc_status hc_compile_time(struct hc_layer *layer, const char *text, bool netting,
                          const struct hc_waterfall *waterfall, struct hc_complaint *complaint) {
  hc_complain_key(complaint, "time");
  layer->netting = netting;
  const hc_status status = hc_time_parse(text ? text : "", &layer->time, &complaint->error);
  if (status != HC_OK) return status;
  const double horizon = (double)waterfall->steps * waterfall->step;
  const bool bounded = layer->time.kind == HC_TIME_SESSION || layer->time.kind == HC_TIME_EPOCH ||
                       layer->time.kind == HC_TIME_DELAY;
  if (bounded && layer->time.length > horizon * (1.0 + 1e-12))
    return hc_fail(&complaint->error, HC_INPUT, "%s is longer than the horizon of %.10g s, so it would "
                   "not come; shorten it or lengthen simulation.horizon", text, horizon);
  return HC_OK;
}

hc_status hc_compile_price(struct hc_layer *layer, const char *text, int bound,
                           struct hc_complaint *complaint) {
  hc_complain_key(complaint, "price");
  layer->bound = bound;
  return hc_exec_price_parse(text ? text : "", &layer->price, &complaint->error);
}

hc_status hc_compile_allocation(struct hc_layer *layer, const struct hc_choice *allocation,
                                const struct hc_choice *score, int64_t limit,
                                struct hc_complaint *complaint) {
  layer->rule = hc_allocation_rules.variants[allocation->index]->operations;
  layer->score = score->index >= 0 ? hc_scores.variants[score->index]->operations : NULL;
  layer->limit = limit;
  if (layer->rule->needs_score && !layer->score) {
    hc_complain_key(complaint, "allocation");
    return hc_fail(&complaint->error, HC_INPUT, "%s needs a score, e.g. score: bitmex",
                   hc_allocation_rules.variants[allocation->index]->name);
  }
  if (limit >= 0 && !layer->score) {
    hc_complain_key(complaint, "limit");
    return hc_fail(&complaint->error, HC_INPUT, "the best %lld by which score? Give one, e.g. score: "
                   "profit", (long long)limit);
  }
  return HC_OK;
}

uint32_t hc_classes_named(const struct hc_waterfall *waterfall, const char *name, int *kind) {
  static const char *const groups[HC_CLASS_KINDS] = {"liquidity_providers", "members", "stakers",
                                                      "depositors", "token_holders"};
  uint32_t bits = 0;
  for (int g = 0; g < HC_CLASS_KINDS; g++) {
    if (strcmp(groups[g], name) != 0) continue;
    *kind = g;
    for (size_t i = 0; i < waterfall->classes; i++)
      if (waterfall->class_kind[i] == g) bits |= (uint32_t)1 << i;
    return bits;
  }
  for (size_t i = 0; i < waterfall->classes; i++)
    if (strcmp(waterfall->class_name[i], name) == 0) {
      *kind = waterfall->class_kind[i];
      return (uint32_t)1 << i;
    }
  return 0;
}
