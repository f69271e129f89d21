/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Price impact of forced flow, compiled from the configuration (docs/model.md). */
#ifndef HC_MARKET_IMPACT_H
#define HC_MARKET_IMPACT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "haircut/market.h"

struct hc_impact;

/* One law: transient impact I(V) in logs, odd in V (USD, sells positive). */
struct hc_impact_law {
  hc_status (*compile)(struct hc_impact *impact, const void *parameters,
                       const struct hc_liquidity_config *liquidity, double volatility,
                       const char **why);
  double (*impact)(const struct hc_impact *impact, double volume); /* ask hc_impact instead */
  /* Mean of I over (V, V + Q) less I(V): how much worse than the mark an order fills;
   * before = I(V), after = I(V + Q). */
  double (*excess)(const struct hc_impact *impact, double volume, double order, double before,
                   double after);
  /* I(V 2^-x) = I(V) 2^-(x decay) for all V, x: 0 where there is no such exponent. */
  double (*decay)(const struct hc_impact *impact);
};

enum { HC_IMPACT_TERMS = 8 };
struct hc_impact {
  const struct hc_impact_law *law;
  double scale, inverse_depth, exponent; /* power laws: scale (|V| inverse_depth)^exponent */
  bool is_root;                          /* a power law of exponent 1/2 */
  double series[HC_IMPACT_TERMS];        /* binomial(exponent, j)/(j + 1), from j = 1 */
  double permanent;                      /* logs a USD: 0.01 kappa/D */
  double half_spread;                    /* s/2 */
  double half_life;                      /* seconds; INFINITY: none */
  size_t rows;                           /* depth table: logs against cumulative USD */
  double *row_log, *row_usd;             /* rows + 1 each, from (0, 0) */
};

/* `volatility`: annual, of the Brownian part, for the square-root law; may be NaN. On
 * HC_INPUT `*why` names the missing or wrong parameter and what to do. */
hc_status hc_impact_compile(const struct hc_liquidity_config *liquidity, double volatility,
                            struct hc_impact *impact, const char **why) HC_CHECKED;
void hc_impact_free(struct hc_impact *impact);
/* The same without transient and permanent impact; the spread stays. */
struct hc_impact hc_impact_none(const struct hc_impact *impact);

/* Transient impact of outstanding volume V, logs. The law that most scenarios have is here, since a
 * cascade asks at every order. */
static inline double hc_impact(const struct hc_impact *impact, double volume) {
  if (!impact->is_root) return impact->law->impact(impact, volume);
  return copysign(impact->scale * sqrt(fabs(volume) * impact->inverse_depth), volume);
}

extern const struct hc_variant hc_impact_variant_none, hc_impact_variant_linear,
  hc_impact_variant_power, hc_impact_variant_square_root, hc_impact_variant_book;
extern const struct hc_impact_law hc_impact_law_none, hc_impact_law_power;
#endif
