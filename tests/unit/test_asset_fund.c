/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fund that is held in the market's asset: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* A long of 10,000 from 100, bankrupt at 95. The price falls to 90 at step 1, and comes half of the
 * way back by the end. No impact: it closes at 90, and lacks 50,000. */
#define MARKET                                                                                    \
  "simulation: {horizon: 10m, step: 1m, paths: 1}\n"                                              \
  "markets: {X: {price: {model: gbm, volatility: 0%, initial: 100, shock: {at: 30s, over: 0s, "   \
  "move: -10%, recovery: 50%, recovery_half_life: 2m}}, liquidity: {impact: none, spread: 0bp}, "  \
  "margin: {maintenance: [{rate: 1%}]}}}\nbook: {file: book.csv}\nliquidation: {fee: 0%}\n"        \
  "liquidity_providers: [{name: vault, deposits: 80k, profit: 0}]\n"                              \
  "waterfall: [{verb: fund}, {verb: assess, base: deposit}]\n"
#define LONG "account,market,side,size_usd,entry,collateral\na,X,long,1000000,100,50000\n"

static struct hc_outcome run(const char *fund, double mark[3], double balance[3]) {
  char yaml[1024];
  (void)snprintf(yaml, sizeof yaml, "%sinsurance_fund: %s\n", MARKET, fund);
  struct scene scene = scene_open(yaml, LONG, NULL);
  struct hc_outcome outcome, again;
  struct hc_error error = {.status = HC_OK};
  double equity[3], interest[3];
  struct hc_timeline timeline = {mark, balance, equity, interest};
  if (hc_path_timeline(scene.workspace, 0, 2, &outcome, NULL, &timeline, &error) != HC_OK)
    fail_msg("%s", error.message);
  assert_int_equal(hc_path_run(scene.workspace, 0, &again, NULL, &error), HC_OK);
  assert_near(again.fund_end, outcome.fund_end, 0.0);
  assert_false(hc_scenario_reflects(scene.scenario) && outcome.fund_gain != 0.0);
  scene_close(&scene);
  return outcome;
}

static void test_it_pays_what_it_is_worth(void **state) {
  (void)state;
  double mark[3], balance[3], low[3], other[3];
  const struct hc_outcome cash = run("{initial: 60k}", low, other);
  assert_near(cash.fund_gain, 0.0, 0.0);
  assert_near(cash.insurance_paid, cash.bad_debt, 1e-6);
  /* All of it in the asset: 300 units, worth 27,000 less what the price is below 90 at step 1. */
  const struct hc_outcome all = run("{initial: 30k, in_asset: 100%}", mark, balance);
  const double at = 95.0 - all.bad_debt / 10000.0; /* the mark at the settlement */
  assert_near(all.insurance_paid, 300.0 * at, 1e-6);
  assert_near(all.lp_loss, all.bad_debt - 300.0 * at, 1e-6);
  assert_near(all.fund_gain, 300.0 * (at - 100.0), 1e-6);
  assert_near(all.fund_end, 0.0, 1e-9);
  assert_near(all.money_residual, 0.0, 1e-6);
}

static void test_what_is_left_goes_with_the_price(void **state) {
  (void)state;
  double mark[3], balance[3];
  const struct hc_outcome o = run("{initial: 100k, in_asset: 40%}", mark, balance);
  const double at = 95.0 - o.bad_debt / 10000.0;
  /* 400 units and 60,000 in cash: both pay in proportion. */
  const double before = 60000.0 + 400.0 * at, left = 1.0 - o.bad_debt / before;
  assert_near(o.insurance_paid, o.bad_debt, 1e-6);
  assert_near(o.fund_min, before * left, 1e-6);
  assert_near(o.fund_end, left * (60000.0 + 400.0 * o.mark_end), 1e-6);
  assert_near(o.fund_gain, 400.0 * (at - 100.0) + left * 400.0 * (o.mark_end - at), 1e-6);
  assert_true(o.mark_end > at + 1.0);
  assert_near(balance[0], 100000.0, 1e-9);
  assert_near(balance[1], left * (60000.0 + 400.0 * mark[1]), 1e-6);
  assert_near(balance[2], o.fund_end, 1e-9);
  assert_near(o.money_residual, 0.0, 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_it_pays_what_it_is_worth),
    cmocka_unit_test(test_what_is_left_goes_with_the_price),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
