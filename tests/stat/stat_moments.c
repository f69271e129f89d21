/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terminal moments of the price models against closed forms (docs/validation.md). */
#include "stat/estimate.h"
#include "walk/scene.h"

/* One long that owes nothing: never liquidated, so the mark is the fundamental. */
static const char LONE[] = "account,market,side,size_usd,entry,collateral\na,BTC,long,100,100,100\n";

static double *terminal(const char *price, const char *time, size_t paths, int in_logs) {
  char yaml[700];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {%s, seed: 1}\nmarkets: {BTC: {price: %s, liquidity: {impact: "
                 "none}}}\nbook: {file: book.csv}\noutput: {counterfactual: false}\n",
                 time, price);
  struct scene scene = scene_open(yaml, LONE, NULL);
  const enum hc_outcome_column column = HC_COLUMN_mark_end;
  double *x;
  scene_columns(&scene, paths, 1, &column, &x);
  scene_close(&scene);
  for (size_t i = 0; i < paths && in_logs; i++) x[i] = log(x[i] / 100.0);
  return x;
}

/* Cumulants of a compound Poisson process: rate * E[J^k]. */
static struct moments with_jumps(double mean, double variance, double rate, const double jump[5]) {
  const double c2 = variance + rate * jump[2];
  return (struct moments){mean + rate * jump[1], c2, rate * jump[3] / (c2 * sqrt(c2)),
                          rate * jump[4] / (c2 * c2)};
}

static void gbm(void) {
  const char *price = "{model: gbm, initial: 100, volatility: 80%, drift: 5%}";
  const size_t paths = 2000000;
  double *x = terminal(price, "horizon: 1y, step: 1y", paths, 0);
  estimate_check_mean("gbm, 1 y: mean", x, paths, 105.1271096376);
  const double mean = 105.1271096376, sd = 99.5371587106;
  for (size_t i = 0; i < paths; i++) x[i] = (x[i] - mean) * (x[i] - mean);
  estimate_check_mean("gbm, 1 y: variance", x, paths, sd * sd);
  free(x);
  x = terminal(price, "horizon: 1y, step: 1y", paths, 1);
  estimate_check_moments("gbm, 1 y, log", x, paths, &(struct moments){0.05 - 0.32, 0.64, 0.0, 0.0});
  free(x);
  x = terminal(price, "horizon: 1y, step: 73h", 200000, 1);
  estimate_check_moments("gbm, 120 steps, log", x, 200000, &(struct moments){-0.27, 0.64, 0.0, 0.0});
  free(x);
}

static void merton(void) {
  const char *price =
    "{model: merton, initial: 100, volatility: 50%, jump_rate: 20/y, jump_mean: -5%, "
    "jump_volatility: 10%}";
  const size_t paths = 2000000;
  const struct moments expected = {-.020132846849, .041095890411, -.3206373861, .4440833333};
  double *x = terminal(price, "horizon: 30d, step: 30d", paths, 1);
  estimate_check_moments("merton, 30 d, log", x, paths, &expected);
  for (size_t i = 0; i < paths; i++) x[i] = exp(x[i]);
  estimate_check_mean("merton, 30 d: driftless mean", x, paths, 1.0);
  free(x);
  x = terminal(price, "horizon: 30d, step: 6h", 300000, 1);
  estimate_check_moments("merton, 120 steps, log", x, 300000, &expected);
  free(x);
}

static void kou(void) {
  const char *price =
    "{model: kou, initial: 100, volatility: 40%, drift: 60%, jump_rate: 30/y, "
    "jump_up_probability: 30%, jump_up_mean: 5%, jump_down_mean: 8%}";
  const size_t paths = 2000000;
  const double p = 0.3, up = 0.05, down = 0.08, rate = 30.0, t = 0.2;
  double jump[5] = {1, 0, 0, 0, 0}, factorial = 1.0;
  for (int k = 1; k < 5; k++) {
    factorial *= k;
    jump[k] = factorial * (p * pow(up, k) + (1 - p) * pow(-down, k));
  }
  const double gain = p / (1 - up) + (1 - p) / (1 + down) - 1;
  const struct moments expected =
    with_jumps((0.6 - 0.08 - rate * gain) * t, 0.16 * t, rate * t, jump);
  double *x = terminal(price, "horizon: 73d, step: 73d", paths, 1);
  estimate_check_moments("kou, 73 d, log", x, paths, &expected);
  for (size_t i = 0; i < paths; i++) x[i] = exp(x[i]);
  estimate_check_mean("kou, 73 d: mean e^(drift T)", x, paths, exp(0.6 * t));
  free(x);
  x = terminal(price, "horizon: 73d, step: 1d", 200000, 1);
  estimate_check_moments("kou, 73 steps, log", x, 200000, &expected);
  free(x);
}

int main(void) {
  gbm();
  merton();
  kou();
  return estimate_failures != 0;
}
