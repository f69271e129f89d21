/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Price models, compiled: x(k) = ln S0 + a k dt + sigma W(k) + J(k) + shock(k). */
#ifndef HC_MARKET_PRICE_H
#define HC_MARKET_PRICE_H

#include <stdint.h>

#include "haircut/market.h"

struct hc_grid { /* of the simulation */
  int64_t steps;
  double step, year; /* seconds; step in years of 365 days */
  uint64_t seed;
};

struct hc_price;

/* One model. A model that walks gives the whole line u at once; the others are lines of
 * the Brownian tree with drift and jumps. */
struct hc_price_model {
  hc_status (*compile)(struct hc_price *price, const void *parameters,
                       const struct hc_grid *grid, struct hc_error *error);
  double (*jump)(const struct hc_price *price, const double uniform[2]); /* size, logs */
  /* u[1 .. steps] of path `path`, u[0] given; NULL where the model does not walk. */
  void (*walk)(const struct hc_price *price, uint64_t path, uint32_t market, double *u);
  void (*free)(struct hc_price *price);
};

struct hc_price {
  const struct hc_price_model *model;
  const void *parameters;
  struct hc_grid grid;
  double initial, log_initial; /* USD, ln USD */
  double drift, sigma;         /* a and sigma, a year */
  double volatility;           /* of the Brownian part as configured; NaN: none */
  double jump_rate;            /* a year */
  double *shock;               /* steps + 1 values, or NULL */
  double shock_peak;           /* ln(1 + move) */
  double shock_turn;           /* time at which it is reached, seconds */
  void *data;                  /* the model's own */
};

hc_status hc_price_compile(const struct hc_price_config *config, const struct hc_grid *grid,
                           struct hc_price *price, struct hc_error *error) HC_CHECKED;
void hc_price_free(struct hc_price *price);
/* Range of the shock over steps a .. b (a bound). */
void hc_price_shock_range(const struct hc_price *price, int64_t a, int64_t b, double *low,
                          double *high);

extern const struct hc_variant hc_price_variant_gbm, hc_price_variant_merton,
  hc_price_variant_kou, hc_price_variant_replay;
#endif
