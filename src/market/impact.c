/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "market/impact.h"

#include <stdlib.h>

static const struct hc_variant *const laws[] = {
  &hc_impact_variant_none, &hc_impact_variant_linear, &hc_impact_variant_power,
  &hc_impact_variant_square_root, &hc_impact_variant_book,
};
const struct hc_registry hc_impact_laws = {"impact laws", sizeof laws / sizeof *laws, laws};

hc_status hc_impact_compile(const struct hc_liquidity_config *liquidity, double volatility,
                            struct hc_impact *impact, const char **why) {
  const struct hc_variant *variant = laws[liquidity->impact.index];
  *impact = (struct hc_impact){
    .law = variant->operations,
    .permanent = 0.01 * liquidity->permanent / liquidity->depth,
    .half_spread = 0.5 * liquidity->spread,
    .half_life = liquidity->half_life,
  };
  const hc_status status =
    impact->law->compile(impact, liquidity->impact.parameters, liquidity, volatility, why);
  if (status != HC_OK) hc_impact_free(impact);
  return status;
}

void hc_impact_free(struct hc_impact *impact) {
  free(impact->row_log);
  free(impact->row_usd);
  impact->row_log = impact->row_usd = NULL;
}

struct hc_impact hc_impact_none(const struct hc_impact *impact) {
  return (struct hc_impact){
    .law = &hc_impact_law_none,
    .half_spread = impact->half_spread,
    .half_life = impact->half_life,
  };
}
