/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/laws.h"
#include "haircut/random.h"

#define HC_TABLE_STRUCT hc_leverage_lognormal_config
static const struct hc_field fields[] = {HC_LEVERAGE_LOGNORMAL_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "leverage_lognormal", "Lognormal leverage.", sizeof(struct hc_leverage_lognormal_config),
  sizeof fields / sizeof *fields, fields, NULL};

static double draw(const void *parameters, double max, struct hc_draws *draws) {
  const struct hc_leverage_lognormal_config *law = parameters;
  (void)max;
  double uniform[2];
  hc_draw(draws, uniform);
  return law->median * hc_exp(law->sigma * hc_normal_quantile(uniform[0]));
}

static const struct hc_leverage_law law_functions = {NULL, draw};
const struct hc_variant hc_leverage_lognormal = {
  "lognormal", "The log leverage is normal; draws below 1 or above max are cut.", &table,
  &law_functions};
