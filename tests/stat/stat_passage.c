/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First passage: a 10x long with 0.5 % maintenance, checked on the grid. The exact discrete
 * probabilities are quadratures (docs/validation.md). */
#include "stat/estimate.h"
#include "walk/scene.h"

static void passage(const char *what, const char *time, const char *book, size_t paths,
                    double expected) {
  char yaml[600];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {%s, seed: 2}\n"
                 "markets: {BTC: {price: {model: gbm, initial: 100, volatility: 80%%}, liquidity: "
                 "{impact: none}, margin: {maintenance: 0.5%%}}}\n"
                 "book: {file: book.csv}\noutput: {counterfactual: false}\n",
                 time);
  char csv[200];
  (void)snprintf(csv, sizeof csv, "account,market,side,size_usd,entry,collateral\n%s\n", book);
  struct scene scene = scene_open(yaml, csv, NULL);
  const enum hc_outcome_column column = HC_COLUMN_liquidated_notional;
  double *notional;
  scene_columns(&scene, paths, 1, &column, &notional);
  size_t hits = 0;
  for (size_t i = 0; i < paths; i++) hits += notional[i] > 0.0;
  estimate_check_share(what, hits, paths, expected);
  free(notional);
  scene_close(&scene);
}

int main(void) {
  const char *ten = "a,BTC,long,1000,100,100";
  passage("1 d, 288 steps a day", "horizon: 1d, step: 5m", ten, 2000000, .0158977515);
  passage("7 d, 288 steps a day", "horizon: 7d, step: 5m", ten, 300000, .3766776388);
  passage("30 d, 288 steps a day", "horizon: 30d, step: 5m", ten, 60000, .6901856793);
  /* A second's grid is close to continuous monitoring (.0174043933): the shift of Broadie,
   * Glasserman and Kou, e^(-0.5826 sigma sqrt(dt)), is exact enough there. */
  const double year = 365.0 * 86400.0, sigma = 0.8, t = 1.0 / 365.0, s = sigma * sqrt(t);
  const double level = log(0.9 / 0.995) - .5825971579 * sigma * sqrt(1.0 / year);
  const double mu = -0.5 * sigma * sigma;
  const double p = 0.5 * erfc((mu * t - level) / s / sqrt(2.0)) +
                   exp(2.0 * mu * level / (sigma * sigma)) * 0.5 * erfc((-level - mu * t) / s / sqrt(2.0));
  passage("1 d, every second", "horizon: 1d, step: 1s", ten, 300000, p);
  return estimate_failures != 0;
}
