/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Order-statistic interval of a quantile (David & Nagaraja 2003, 7.1): the number of values at
 * or below the p-quantile is binomial, so [X_(l), X_(u)] covers it with probability at least
 * P(l <= Bin(n, p) < u) for any continuous distribution. l is the largest rank with
 * P(Bin <= l - 1) <= 0.025, u the smallest with P(Bin <= u - 1) >= 0.975. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <limits.h>
#include <math.h>

#include "stats/internal.h"

/* Beyond this variance GSL's continued fraction may not converge, and the Cornish-Fisher
 * quantile is right within a rank. */
#define LARGE 1e5

/* The smallest k with P(Bin(n, p) <= k) >= at least; false if GSL gave no number. */
static bool exact_quantile(uint64_t n, double p, double at_least, uint64_t *quantile) {
  uint64_t low = 0, high = n;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const double below = gsl_cdf_binomial_P((unsigned)middle, p, (unsigned)n);
    if (isnan(below)) return false;
    if (below >= at_least)
      high = middle;
    else
      low = middle + 1;
  }
  *quantile = low;
  return true;
}

static uint64_t clamp(double rank, uint64_t n) {
  if (!(rank > 0.0)) return 0;
  return rank < (double)n ? (uint64_t)rank : n;
}

static uint64_t quantile_near(uint64_t n, double p, double z) {
  const double variance = (double)n * p * (1.0 - p);
  const double skew = (1.0 - 2.0 * p) * (z * z - 1.0) / 6.0;
  return clamp(ceil((double)n * p + z * sqrt(variance) + skew - 0.5), n);
}

static uint64_t binomial_quantile(uint64_t n, double p, double at_least, double z) {
  uint64_t quantile;
  if (n <= UINT_MAX && (double)n * p * (1.0 - p) <= LARGE &&
      exact_quantile(n, p, at_least, &quantile))
    return quantile;
  return quantile_near(n, p, z);
}

void hc_binomial_ranks(uint64_t n, unsigned level, uint64_t *low, uint64_t *high) {
  hc_binomial_ranks_at(n, (double)level / 10000.0, low, high);
}

void hc_binomial_ranks_at(uint64_t n, double p, uint64_t *low, uint64_t *high) {
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  *low = binomial_quantile(n, p, 0.025, -HC_Z975);      /* all below it: P <= 0.025 */
  *high = binomial_quantile(n, p, 0.975, HC_Z975) + 1;
  (void)gsl_set_error_handler(handler);
}
