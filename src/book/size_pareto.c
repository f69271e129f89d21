/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/laws.h"
#include "haircut/random.h"

#define HC_TABLE_STRUCT hc_size_pareto_config
static const struct hc_field fields[] = {HC_SIZE_PARETO_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "size_pareto", "Pareto sizes.", sizeof(struct hc_size_pareto_config),
  sizeof fields / sizeof *fields, fields, NULL};

/* P(size > s) = s^-alpha from 1 up, so size = u^(-1/alpha). */
static double log_size(const void *parameters, struct hc_draws *draws) {
  const struct hc_size_pareto_config *law = parameters;
  double uniform[2];
  hc_draw(draws, uniform);
  return -hc_log(uniform[0]) / law->alpha;
}

static const struct hc_size_law law_functions = {log_size};
const struct hc_variant hc_size_pareto = {
  "pareto", "Power-law tail: P(size > s) falls as s^-alpha.", &table, &law_functions};
