/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizing against closed forms: over 200 seeds the stated interval has the true answer in it as often as it
 * says, within four standard errors of that count (docs/validation.md). */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_roots.h>

#include "stat/estimate.h"
#include "walk/scene.h"

enum { SEEDS = 200, PATHS = 4000 };

static size_t covered, found;
static void begin(void) { covered = found = 0; }

static void take(const struct hc_answer *answer, double truth) {
  found += isfinite(answer->low) && isfinite(answer->high);
  covered += answer->low <= truth && truth <= answer->high;
}

/* Intervals may be wide (order statistics), not narrow, and they have both ends. */
static void end(const char *what) {
  const double expected = 0.95 * SEEDS, se = sqrt(SEEDS * 0.95 * 0.05);
  const int good = (double)covered >= expected - 4.0 * se && found == SEEDS;
  estimate_failures += !good;
  (void)printf("%s %-58s %zu of %d intervals cover, %zu are whole\n", good ? "ok  " : "FAIL", what, covered, SEEDS,
               found);
}

static struct hc_target target_of(const char *text) {
  struct hc_target target;
  struct hc_error error = {.status = HC_OK};
  if (hc_target_read(text, &target, &error) != HC_OK) scene_fail(text, error.message);
  return target;
}

static struct hc_answer size(const char *text, const double *x, size_t count, double cap) {
  const struct hc_target target = target_of(text);
  const struct hc_sample sample = {x, count, 1};
  struct hc_answer answer;
  if (hc_size_required(&target, &sample, cap, &answer) != HC_OK) scene_fail(text, "no memory");
  return answer;
}

/* ---- puts: longs of two bankruptcy prices, one step, no impact ---------------------------------- */

static const double bankruptcy[] = {90.0, 94.0}, quantity[] = {2.0, 1.0};
static double debt_at(double price) {
  double sum = 0.0;
  for (int i = 0; i < 2; i++) sum += quantity[i] * fmax(0.0, bankruptcy[i] - price);
  return sum;
}

static void puts_portfolio(void) {
  static const char csv[] = "account,market,side,size_usd,entry,collateral\n"
                            "a,BTC,long,200,100,20\nb,BTC,long,100,100,6\n";
  static const char yaml[] = "simulation: {horizon: 1d, step: 1d}\n"
    "markets: {BTC: {price: {model: gbm, initial: 100, volatility: %.17g}, liquidity: {impact: none, spread: 0%%}, "
    "margin: {maintenance: 1%%}}}\nbook: {file: book.csv}\nliquidation: {fee: 0%%}\ninsurance_fund: {initial: 0}\n"
    "liquidity_providers: [{name: lp, deposits: 1M, profit: 0}]\noutput: {counterfactual: false}\n";
  const double sd = 0.06;
  const double price = 100.0 * exp(-0.5 * sd * sd + sd * gsl_cdf_ugaussian_Pinv(0.01));
  char text[900];
  (void)snprintf(text, sizeof text, yaml, sd * sqrt(365.0));
  begin();
  for (int seed = 0; seed < SEEDS; seed++) {
    char setting[40];
    (void)snprintf(setting, sizeof setting, "simulation.seed=%d", seed + 1);
    const char *const settings[] = {setting, NULL};
    struct scene scene = scene_open(text, csv, settings);
    const enum hc_outcome_column column = HC_COLUMN_fund_required;
    double *required;
    scene_columns(&scene, PATHS, 1, &column, &required);
    scene_close(&scene);
    const struct hc_answer answer = size("P(lp_loss>0) <= 1%", required, PATHS, 1e6);
    take(&answer, debt_at(price));
    free(required);
  }
  end("puts: fund for P(LP loss > 0) <= 1 %");
}

/* ---- Brownian net loss: drift -.5, sd 2, a year ----------------------------------------------------- */

static const double drift = -0.5, deviation = 2.0;

/* P(max > f), by reflection. */
static double beyond(double f, void *unused) {
  (void)unused;
  return gsl_cdf_ugaussian_P((drift - f) / deviation) +
         exp(2.0 * drift * f / (deviation * deviation)) * gsl_cdf_ugaussian_P((-f - drift) / deviation);
}

static double mean_beyond(double f) {
  double value, error;
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
  gsl_function function = {beyond, NULL};
  (void)gsl_integration_qagiu(&function, f, 1e-12, 1e-10, 1000, work, &value, &error);
  gsl_integration_workspace_free(work);
  return value;
}

struct level {
  int mean;
  double limit;
};
static double excess(double f, void *self) {
  const struct level *level = self;
  return (level->mean ? mean_beyond(f) : beyond(f, NULL)) - level->limit;
}

static double solve(struct level level) {
  gsl_function function = {excess, &level};
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  (void)gsl_root_fsolver_set(solver, &function, 0.0, 40.0);
  for (int i = 0; i < 100; i++) (void)gsl_root_fsolver_iterate(solver);
  const double root = gsl_root_fsolver_root(solver);
  gsl_root_fsolver_free(solver);
  return root;
}

/* The maximum given where it ends. */
static void draw(unsigned long seed, double *x, size_t count) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  for (size_t i = 0; i < count; i++) {
    const double at = drift + gsl_ran_gaussian_ziggurat(rng, deviation);
    x[i] = 0.5 * (at + sqrt(at * at - 2.0 * deviation * deviation * log(gsl_rng_uniform_pos(rng))));
  }
  gsl_rng_free(rng);
}

static void brownian(void) {
  static double x[5 * PATHS];
  estimate_check("Brownian net loss, closed form: P(L > 3)", beyond(3.0, NULL), 1e-10, .0899645762);
  estimate_check("Brownian net loss, closed form: E[(L - 3)+]", mean_beyond(3.0), 1e-9, .0717326387);
  static const struct {
    const char *text;
    struct level level;
  } cases[] = {{"P(lp_loss>0) <= 5%", {0, 0.05}}, {"P(lp_loss>0) <= 1%", {0, 0.01}}, {"mean(lp_loss) <= 0.05", {1, 0.05}}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    const double truth = solve(cases[c].level);
    begin();
    for (int seed = 0; seed < SEEDS; seed++) {
      draw((unsigned long)(1000 * c) + (unsigned long)seed + 1, x, 5 * PATHS);
      const struct hc_answer answer = size(cases[c].text, x, 5 * PATHS, INFINITY);
      take(&answer, truth);
    }
    end(cases[c].text);
  }
}

/* ---- the newsvendor: exponential losses ------------------------------------------------------------------ */

static void newsvendor(void) {
  static double x[PATHS];
  const double capital = 0.03, weight = 1.5, truth = -log(capital / weight);
  begin();
  for (unsigned long seed = 1; seed <= SEEDS; seed++) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (size_t i = 0; i < PATHS; i++) x[i] = gsl_ran_exponential(rng, 1.0);
    gsl_rng_free(rng);
    const struct hc_sample sample = {x, PATHS, 1};
    struct hc_answer answer;
    if (hc_size_cost(&sample, capital, weight, &answer) != HC_OK) scene_fail("newsvendor", "no memory");
    take(&answer, truth);
  }
  end("newsvendor: exponential losses");
}

int main(void) {
  puts_portfolio();
  brownian();
  newsvendor();
  return estimate_failures != 0;
}
