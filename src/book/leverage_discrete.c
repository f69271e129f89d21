/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "book/laws.h"

#define HC_TABLE_STRUCT hc_leverage_level_config
static const struct hc_field level_fields[] = {HC_LEVERAGE_LEVEL_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_leverage_level_table = {
  "leverage_level", "One leverage and its weight.", sizeof(struct hc_leverage_level_config),
  sizeof level_fields / sizeof *level_fields, level_fields, "leverage"};

#define HC_TABLE_STRUCT hc_leverage_discrete_config
static const struct hc_field fields[] = {HC_LEVERAGE_DISCRETE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "leverage_discrete", "A few leverages.", sizeof(struct hc_leverage_discrete_config),
  sizeof fields / sizeof *fields, fields, NULL};

static double total_weight(const struct hc_leverage_discrete_config *law) {
  const struct hc_leverage_level_config *level = law->levels.items;
  double total = 0;
  for (size_t i = 0; i < law->levels.count; ++i) total += level[i].weight;
  return total;
}

static hc_status check(const void *parameters, struct hc_error *error) {
  const struct hc_leverage_discrete_config *law = parameters;
  if (law->levels.count == 0)
    return hc_fail(error, HC_INPUT, "book.generate.leverage.levels: empty, expected leverages");
  const double total = total_weight(law);
  if (!(total > 0) || !isfinite(total))
    return hc_fail(error, HC_INPUT,
                   "book.generate.leverage.levels: the weights add up to %g, expected a positive "
                   "finite number",
                   total);
  return HC_OK;
}

static double draw(const void *parameters, double max, struct hc_draws *draws) {
  const struct hc_leverage_discrete_config *law = parameters;
  const struct hc_leverage_level_config *level = law->levels.items;
  (void)max;
  double uniform[2];
  hc_draw(draws, uniform);
  const double target = uniform[0] * total_weight(law);
  double sum = 0;
  size_t last = 0; /* of those with weight, should rounding carry past the end */
  for (size_t i = 0; i < law->levels.count; ++i) {
    if (!(level[i].weight > 0)) continue;
    last = i;
    sum += level[i].weight;
    if (target < sum) break;
  }
  return level[last].leverage;
}

static const struct hc_leverage_law law_functions = {check, draw};
const struct hc_variant hc_leverage_discrete = {
  "discrete", "One of a list of leverages; those above max are cut.", &table, &law_functions};
