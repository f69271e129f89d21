/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "book/laws.h"
#include "haircut/random.h"

#define HC_TABLE_STRUCT hc_leverage_beta_config
static const struct hc_field fields[] = {HC_LEVERAGE_BETA_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table table = {
  "leverage_beta", "Beta-distributed leverage.", sizeof(struct hc_leverage_beta_config),
  sizeof fields / sizeof *fields, fields, NULL};

/* Logarithm of a gamma variate of shape >= 1: Marsaglia & Tsang, A simple method for
 * generating gamma variables, ACM TOMS 26 (2000) 363. It accepts 95 % and more, so the
 * bound on attempts only makes the loop's end certain. */
static double log_gamma_from_one(double shape, struct hc_draws *draws) {
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / sqrt(9.0 * d);
  for (int attempt = 0; attempt < 256; ++attempt) {
    double uniform[2];
    hc_draw(draws, uniform);
    const double x = hc_normal_quantile(uniform[0]);
    const double root = 1.0 + c * x;
    if (!(root > 0)) continue;
    const double v = root * root * root;
    const double log_v = hc_log(v);
    if (hc_log(uniform[1]) < 0.5 * x * x + d - d * v + d * log_v) return hc_log(d) + log_v;
  }
  return hc_log(d);
}

/* Below 1, gamma(a) = gamma(a + 1) u^(1/a) (same paper, section 6); in logs, since it
 * underflows for small shapes. Shapes below 1e-300 are taken as 1e-300. */
static double log_gamma(double shape, struct hc_draws *draws) {
  if (shape >= 1) return log_gamma_from_one(shape, draws);
  const double boosted = log_gamma_from_one(shape + 1, draws);
  double uniform[2];
  hc_draw(draws, uniform);
  return boosted + hc_log(uniform[0]) / (shape > 1e-300 ? shape : 1e-300);
}

/* X/(X + Y) of gammas X, Y is beta(a, b). */
static double draw(const void *parameters, double max, struct hc_draws *draws) {
  const struct hc_leverage_beta_config *law = parameters;
  const double x = log_gamma(law->a, draws);
  const double y = log_gamma(law->b, draws);
  const double beta = y - x > 700 ? 0 : 1 / (1 + hc_exp(y - x));
  return 1 + (max - 1) * beta;
}

static const struct hc_leverage_law law_functions = {NULL, draw};
const struct hc_variant hc_leverage_beta = {
  "beta", "Leverage is 1 + (max - 1) beta(a, b).", &table, &law_functions};
