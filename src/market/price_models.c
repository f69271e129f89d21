/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models that are lines of the Brownian tree with jumps: gbm, merton, kou. */
#include <math.h>

#include "haircut/random.h"
#include "market/price.h"

/* Drift a such that E[S(T)] = S(0) e^(drift T): `mean_jump` is E[e^J] - 1. */
static void compensate(struct hc_price *price, double volatility, double drift, double jump_rate,
                       double mean_jump) {
  price->volatility = price->sigma = volatility;
  price->jump_rate = jump_rate;
  price->drift = drift - 0.5 * volatility * volatility - jump_rate * mean_jump;
}

static hc_status compile_gbm(struct hc_price *price, const void *parameters,
                             const struct hc_grid *grid, struct hc_error *error) {
  (void)grid, (void)error;
  const struct hc_gbm_config *gbm = parameters;
  compensate(price, gbm->volatility, gbm->drift, 0.0, 0.0);
  return HC_OK;
}

/* Merton 1976: log jumps N(jump_mean, jump_volatility^2). */
static hc_status compile_merton(struct hc_price *price, const void *parameters,
                                const struct hc_grid *grid, struct hc_error *error) {
  (void)grid, (void)error;
  const struct hc_merton_config *merton = parameters;
  const double variance = merton->jump_volatility * merton->jump_volatility;
  compensate(price, merton->volatility, merton->drift, merton->jump_rate,
             hc_expm1(merton->jump_mean + 0.5 * variance));
  return HC_OK;
}
static double jump_merton(const struct hc_price *price, const double uniform[2]) {
  const struct hc_merton_config *merton = price->parameters;
  return merton->jump_mean + merton->jump_volatility * hc_normal_quantile(uniform[0]);
}

/* Kou 2002: double-exponential jumps; E[e^J] = p/(1 - m_u) + (1 - p)/(1 + m_d). */
static hc_status compile_kou(struct hc_price *price, const void *parameters,
                             const struct hc_grid *grid, struct hc_error *error) {
  (void)grid, (void)error;
  const struct hc_kou_config *kou = parameters;
  const double p = kou->jump_up_probability;
  compensate(price, kou->volatility, kou->drift, kou->jump_rate,
             p / (1.0 - kou->jump_up_mean) + (1.0 - p) / (1.0 + kou->jump_down_mean) - 1.0);
  return HC_OK;
}
static double jump_kou(const struct hc_price *price, const double uniform[2]) {
  const struct hc_kou_config *kou = price->parameters;
  if (uniform[0] < kou->jump_up_probability) return -kou->jump_up_mean * hc_log(uniform[1]);
  return kou->jump_down_mean * hc_log(uniform[1]);
}

static const struct hc_price_model gbm_model = {compile_gbm, NULL, NULL, NULL};
static const struct hc_price_model merton_model = {compile_merton, jump_merton, NULL, NULL};
static const struct hc_price_model kou_model = {compile_kou, jump_kou, NULL, NULL};

#define HC_TABLE_STRUCT hc_gbm_config
static const struct hc_field gbm_fields[] = {HC_GBM_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_merton_config
static const struct hc_field merton_fields[] = {HC_MERTON_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_kou_config
static const struct hc_field kou_fields[] = {HC_KOU_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_MODEL_TABLE(model, text)                                                         \
  static const struct hc_table model##_table = {#model, text, sizeof(struct hc_##model##_config), \
                                                sizeof model##_fields / sizeof *model##_fields,   \
                                                model##_fields, NULL};
HC_MODEL_TABLE(gbm, "Geometric Brownian motion.")
HC_MODEL_TABLE(merton, "Geometric Brownian motion with normal log jumps.")
HC_MODEL_TABLE(kou, "Geometric Brownian motion with double-exponential log jumps.")

const struct hc_variant hc_price_variant_gbm = {"gbm", "Geometric Brownian motion.", &gbm_table,
                                                &gbm_model};
const struct hc_variant hc_price_variant_merton = {
  "merton", "Brownian motion and Poisson jumps of normal log size (Merton 1976).", &merton_table,
  &merton_model};
const struct hc_variant hc_price_variant_kou = {
  "kou", "Brownian motion and Poisson jumps of double-exponential log size (Kou 2002).",
  &kou_table, &kou_model};
