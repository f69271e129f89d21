/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power family I(V) = scale (|V|/depth)^exponent: linear, power and square root. */
#include <math.h>

#include "haircut/random.h"
#include "market/impact.h"

static double power_impact(const struct hc_impact *impact, double volume) {
  const double ratio = fabs(volume) * impact->inverse_depth;
  if (impact->exponent == 1.0) return copysign(impact->scale * ratio, volume);
  return copysign(impact->scale * hc_pow(ratio, impact->exponent), volume);
}

/* ((1 + t)^(1 + d) - 1)/((1 + d) t) - 1 = sum over j of binomial(d, j) t^j/(j + 1): for orders
 * small against the outstanding volume, where the difference of antiderivatives cancels. Below
 * |t| = 0.02 eight terms leave less than rounding. */
static void set_series(struct hc_impact *impact) {
  impact->is_root = impact->exponent == 0.5;
  double binomial = 1.0;
  for (int j = 1; j <= HC_IMPACT_TERMS; j++) {
    binomial *= (impact->exponent - (double)(j - 1)) / (double)j;
    impact->series[j - 1] = binomial / (double)(j + 1);
  }
}

static double series(const double *c, double t) {
  const double t2 = t * t, t4 = t2 * t2;
  return t * (((c[0] + c[1] * t) + (c[2] + c[3] * t) * t2) +
              ((c[4] + c[5] * t) + (c[6] + c[7] * t) * t2) * t4);
}

static double power_excess(const struct hc_impact *impact, double volume, double order,
                           double before, double after) {
  if (order == 0.0) return 0.0;
  if (fabs(order) < 0.02 * fabs(volume)) return before * series(impact->series, order / volume);
  /* Antiderivative D scale/(1 + d) |V/D|^(1 + d) = |V I(V)|/(1 + d), even in V. */
  const double end = volume + order;
  return (end * after - volume * before) / ((1.0 + impact->exponent) * order) - before;
}

static double power_decay(const struct hc_impact *impact) { return impact->exponent; }

#define HC_POWER_LAW(compile_function) {compile_function, power_impact, power_excess, power_decay}

static hc_status compile_linear(struct hc_impact *impact, const void *parameters,
                                const struct hc_liquidity_config *liquidity, double volatility,
                                const char **why) {
  (void)parameters, (void)volatility, (void)why;
  impact->scale = 0.01;
  impact->inverse_depth = 1.0 / liquidity->depth;
  impact->exponent = 1.0;
  set_series(impact);
  return HC_OK;
}

static hc_status compile_power(struct hc_impact *impact, const void *parameters,
                               const struct hc_liquidity_config *liquidity, double volatility,
                               const char **why) {
  (void)volatility, (void)why;
  const struct hc_power_config *power = parameters;
  impact->scale = 0.01;
  impact->inverse_depth = 1.0 / liquidity->depth;
  impact->exponent = power->exponent;
  set_series(impact);
  return HC_OK;
}

/* Y sigma_day sqrt(V/daily volume) (Donier & Bonart 2015). */
static hc_status compile_square_root(struct hc_impact *impact, const void *parameters,
                                     const struct hc_liquidity_config *liquidity,
                                     double volatility, const char **why) {
  const struct hc_square_root_config *law = parameters;
  const double daily =
    isnan(law->daily_volatility) ? volatility / sqrt(365.0) : law->daily_volatility;
  if (!(daily > 0.0)) {
    *why = "square_root impact needs daily_volatility, since price.volatility is 0 or the model "
           "has none; give it, e.g. daily_volatility: 4%";
    return HC_INPUT;
  }
  impact->scale = law->Y * daily;
  impact->inverse_depth = 1.0 / liquidity->daily_volume;
  impact->exponent = 0.5;
  set_series(impact);
  return HC_OK;
}

const struct hc_impact_law hc_impact_law_power = HC_POWER_LAW(compile_power);
static const struct hc_impact_law linear_law = HC_POWER_LAW(compile_linear);
static const struct hc_impact_law square_root_law = HC_POWER_LAW(compile_square_root);

#define HC_TABLE_STRUCT hc_power_config
static const struct hc_field power_fields[] = {HC_POWER_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table power_table = {
  "power", "Power-law impact.", sizeof(struct hc_power_config),
  sizeof power_fields / sizeof *power_fields, power_fields, NULL};
#define HC_TABLE_STRUCT hc_square_root_config
static const struct hc_field square_root_fields[] = {HC_SQUARE_ROOT_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table square_root_table = {
  "square_root", "Square-root impact.", sizeof(struct hc_square_root_config),
  sizeof square_root_fields / sizeof *square_root_fields, square_root_fields, NULL};

const struct hc_variant hc_impact_variant_linear = {
  "linear", "I = 0.01 V/depth.", NULL, &linear_law};
const struct hc_variant hc_impact_variant_power = {
  "power", "I = 0.01 (V/depth)^exponent.", &power_table, &hc_impact_law_power};
const struct hc_variant hc_impact_variant_square_root = {
  "square_root", "I = Y sigma_day sqrt(V/daily_volume) (Donier and Bonart 2015).",
  &square_root_table, &square_root_law};
