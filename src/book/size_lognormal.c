/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/laws.h"
#include "haircut/random.h"

#define HC_TABLE_STRUCT hc_size_lognormal_config
static const struct hc_field fields[] = {HC_SIZE_LOGNORMAL_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "size_lognormal", "Lognormal sizes.", sizeof(struct hc_size_lognormal_config),
  sizeof fields / sizeof *fields, fields, NULL};

static double log_size(const void *parameters, struct hc_draws *draws) {
  const struct hc_size_lognormal_config *law = parameters;
  double uniform[2];
  hc_draw(draws, uniform);
  return law->sigma * hc_normal_quantile(uniform[0]);
}

static const struct hc_size_law law_functions = {log_size};
const struct hc_variant hc_size_lognormal = {
  "lognormal", "The log size is normal.", &table, &law_functions};
