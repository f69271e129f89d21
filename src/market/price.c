/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "market/price.h"

#include <math.h>
#include <stdlib.h>

#include "haircut/random.h"

static const struct hc_variant *const models[] = {
  &hc_price_variant_gbm,
  &hc_price_variant_merton,
  &hc_price_variant_kou,
  &hc_price_variant_replay,
};
const struct hc_registry hc_price_models = {"price models", sizeof models / sizeof *models, models};

static double shock_at(const struct hc_shock_config *shock, double peak, double t) {
  if (t <= shock->at) return 0.0;
  const double end = shock->at + shock->over;
  if (t <= end) return shock->over > 0.0 ? peak * fmin(1.0, (t - shock->at) / shock->over) : peak;
  if (shock->recovery == 0.0) return peak;
  return peak * (1.0 - shock->recovery * (1.0 - hc_exp2(-(t - end) / shock->recovery_half_life)));
}

static hc_status compile_shock(const struct hc_shock_config *shock, struct hc_price *price,
                               struct hc_error *error) {
  const int64_t steps = price->grid.steps;
  price->shock = calloc((size_t)steps + 1 + 64, sizeof *price->shock);
  if (!price->shock)
    return hc_fail(error, HC_NO_MEMORY, "no memory for a shock over %lld steps", (long long)steps);
  price->shock_peak = hc_log(1.0 + shock->move);
  price->shock_turn = shock->at + shock->over;
  for (int64_t k = 0; k <= steps; k++)
    price->shock[k] = shock_at(shock, price->shock_peak, (double)k * price->grid.step);
  return HC_OK;
}

hc_status hc_price_compile(const struct hc_price_config *config, const struct hc_grid *grid,
                           struct hc_price *price, struct hc_error *error) {
  const struct hc_variant *variant = models[config->model.index];
  *price = (struct hc_price){
    .model = variant->operations,
    .parameters = config->model.parameters,
    .grid = *grid,
    .initial = config->initial,
    .log_initial = hc_log(config->initial),
    .volatility = (double)NAN,
  };
  hc_status status = price->model->compile(price, config->model.parameters, grid, error);
  if (status == HC_OK && config->shock) status = compile_shock(config->shock, price, error);
  if (status != HC_OK) hc_price_free(price);
  return status;
}

void hc_price_free(struct hc_price *price) {
  if (price->model && price->model->free) price->model->free(price);
  free(price->shock);
  *price = (struct hc_price){0};
}

void hc_price_shock_range(const struct hc_price *price, int64_t a, int64_t b, double *low,
                          double *high) {
  const double at_a = price->shock[a], at_b = price->shock[b];
  *low = at_a < at_b ? at_a : at_b;
  *high = at_a < at_b ? at_b : at_a;
  /* Monotone before and after its peak. */
  if ((double)a * price->grid.step <= price->shock_turn &&
      price->shock_turn <= (double)b * price->grid.step) {
    if (price->shock_peak < *low) *low = price->shock_peak;
    if (price->shock_peak > *high) *high = price->shock_peak;
  }
}
