/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bad debt is a put: longs, one step, no impact (docs/validation.md). */
#include <gsl/gsl_cdf.h>

#include "stat/estimate.h"
#include "walk/scene.h"

#define PATHS 4000000

static void run(const char *csv, double fund, double **debt, double **loss) {
  /* Log standard deviation .06 over the step of a day. */
  char yaml[700];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: 1d, step: 1d, seed: 3}\n"
                 "markets: {BTC: {price: {model: gbm, initial: 100, volatility: %.17g}, liquidity: "
                 "{impact: none, spread: 0%%}, margin: {maintenance: 1%%}}}\n"
                 "book: {file: book.csv}\nliquidation: {fee: 0%%}\n"
                 "insurance_fund: {initial: %.17g}\n"
                 "liquidity_providers: [{name: lp, deposits: 1M, profit: 0}]\n"
                 "output: {counterfactual: false}\n",
                 0.06 * sqrt(365.0), fund);
  struct scene scene = scene_open(yaml, csv, NULL);
  const enum hc_outcome_column columns[] = {HC_COLUMN_bad_debt, HC_COLUMN_lp_loss};
  double *out[2];
  scene_columns(&scene, PATHS, 2, columns, out);
  scene_close(&scene);
  *debt = out[0];
  *loss = out[1];
}

static double put(double strike) {
  const double sd = 0.06, d = (log(100.0 / strike) + 0.5 * sd * sd) / sd;
  return strike * gsl_cdf_ugaussian_P(sd - d) - 100.0 * gsl_cdf_ugaussian_P(-d);
}

static void one_put(void) {
  const char *csv = "account,market,side,size_usd,entry,collateral\na,BTC,long,100,100,10\n";
  estimate_check("closed form itself", put(90.0), 1e-10, .0906706665);
  double *debt, *loss;
  run(csv, 2.0, &debt, &loss);
  size_t bad = 0;
  for (size_t i = 0; i < PATHS; i++) bad += debt[i] > 0.0;
  estimate_check_mean("one long: E[D]", debt, PATHS, .0906706665);
  estimate_check_share("one long: P(D > 0)", bad, PATHS, .0421729333);
  estimate_check_mean("one long: E[LP loss], fund of 2", loss, PATHS, .0334355670);
  free(debt);
  free(loss);
}

/* ---- twenty longs: D(S) = sum of q max(0, b - S) falls in S, so all is exact ------------- */

enum { LONGS = 20 };
static double bankruptcy[LONGS], quantity[LONGS];

static double debt_at(double price) {
  double sum = 0.0;
  for (int i = 0; i < LONGS; i++) sum += quantity[i] * fmax(0.0, bankruptcy[i] - price);
  return sum;
}

static double price_at(double probability) {
  return 100.0 * exp(0.06 * gsl_cdf_ugaussian_Pinv(probability) - 0.0018);
}

/* Price at which the debt is `amount`. */
static double price_of_debt(double amount) {
  double low = 1.0, high = 100.0;
  for (int i = 0; i < 200; i++) {
    const double middle = 0.5 * (low + high);
    if (debt_at(middle) > amount) low = middle;
    else high = middle;
  }
  return low;
}

static double chance_below(double price) {
  return gsl_cdf_ugaussian_P((log(price / 100.0) + 0.0018) / 0.06);
}

/* E[D; S < price] by closed form, each long a put struck at the lower of b and the price. */
static double debt_below(double price) {
  double sum = 0.0;
  for (int i = 0; i < LONGS; i++) {
    const double strike = fmin(bankruptcy[i], price);
    sum += quantity[i] * (put(strike) + (bankruptcy[i] - strike) * chance_below(strike));
  }
  return sum;
}

static void portfolio(void) {
  char csv[4000];
  char *end = csv + sprintf(csv, "account,market,side,size_usd,entry,collateral\n");
  double all = 0.0;
  for (int i = 0; i < LONGS; i++) {
    bankruptcy[i] = 80.0 + i * 0.9;
    quantity[i] = 1.0 + (i * 7 % 5);
    end += sprintf(end, "a%d,BTC,long,%.17g,100,%.17g\n", i, 100.0 * quantity[i],
                   quantity[i] * (100.0 - bankruptcy[i]));
    all += quantity[i] * put(bankruptcy[i]);
  }
  const double fund = 50.0, edge = price_of_debt(fund), p = 0.01;
  const double var = debt_at(price_at(p)) - fund, es = debt_below(price_at(p)) / p - fund;
  double *debt, *loss, *tail = calloc(PATHS, sizeof *tail);
  run(csv, fund, &debt, &loss);
  if (!tail) scene_fail("portfolio", "out of memory");
  size_t hit = 0, beyond = 0;
  for (size_t i = 0; i < PATHS; i++) {
    tail[i] = var + fmax(0.0, loss[i] - var) / p; /* its mean is the ES */
    hit += loss[i] > 0.0;
    beyond += loss[i] > var;
  }
  estimate_check_mean("twenty longs: E[D], a sum of puts", debt, PATHS, all);
  estimate_check_share("twenty longs: P(LP loss)", hit, PATHS, chance_below(edge));
  estimate_check_mean("twenty longs: E[LP loss]", loss, PATHS,
                      debt_below(edge) - fund * chance_below(edge));
  estimate_check_share("twenty longs: P(LP loss > VaR 99)", beyond, PATHS, p);
  estimate_check_mean("twenty longs: ES 99 of LP loss", tail, PATHS, es);
  free(debt);
  free(loss);
  free(tail);
}

int main(void) {
  one_put();
  portfolio();
  return estimate_failures != 0;
}
