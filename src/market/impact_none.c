/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "market/impact.h"

static hc_status compile(struct hc_impact *impact, const void *parameters,
                         const struct hc_liquidity_config *liquidity, double volatility,
                         const char **why) {
  (void)impact, (void)parameters, (void)liquidity, (void)volatility, (void)why;
  return HC_OK;
}
static double zero(const struct hc_impact *impact, double volume) {
  (void)impact, (void)volume;
  return 0.0;
}
static double no_excess(const struct hc_impact *impact, double volume, double order, double before,
                        double after) {
  (void)impact, (void)volume, (void)order, (void)before, (void)after;
  return 0.0;
}
static double any_decay(const struct hc_impact *impact) {
  (void)impact;
  return 1.0;
}

const struct hc_impact_law hc_impact_law_none = {compile, zero, no_excess, any_decay};
const struct hc_variant hc_impact_variant_none = {
  "none", "Forced orders fill at the mark and move nothing.", NULL, &hc_impact_law_none};
