/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pools that are the other side of traders' positions: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* A long of 10,000 from 100, bankrupt at 95, and a short of 2,000 from 98 that cannot go bankrupt. The
 * price moves once, at step 1 of 10, without impact. */
#define BOOK                                                                       \
  "account,market,side,size_usd,entry,collateral\na,X,long,1000000,100,50000\n"     \
  "b,X,short,196000,98,900000\n"
static struct hc_outcome run(const char *move, const char *rest, double equity[3]) {
  char yaml[1024];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: 10m, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {at: 30s, move: %s}}, "
                 "liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: 1%%}]}}}\n"
                 "book: {file: book.csv}\nliquidation: {fee: 0%%}\ninsurance_fund: {initial: 10k}\n"
                 "waterfall: [{verb: fund}, {verb: assess, base: equity}]\nliquidity_providers: %s\n",
                 move, rest);
  struct scene scene = scene_open(yaml, BOOK, NULL);
  struct hc_outcome outcome, again;
  struct hc_error error = {.status = HC_OK};
  double mark[3], fund[3], interest[3];
  struct hc_timeline timeline = {mark, fund, equity, interest};
  if (hc_path_timeline(scene.workspace, 0, 2, &outcome, NULL, &timeline, &error) != HC_OK)
    fail_msg("%s", error.message);
  assert_int_equal(hc_path_run(scene.workspace, 0, &again, NULL, &error), HC_OK);
  assert_memory_equal(&again, &outcome, sizeof again);
  assert_near(outcome.money_residual, 0.0, 1e-6);
  assert_false(hc_scenario_reflects(scene.scenario));
  scene_close(&scene);
  return outcome;
}

static void test_it_loses_what_traders_win(void **state) {
  (void)state;
  double equity[3];
  /* The long wins 5 a unit, the short loses 5: 40,000 in all, of which the pool pays a quarter. */
  const struct hc_outcome o = run("5%", "[{name: pool, deposits: 1M, profit: 4k, counterparty: 25%}]", equity);
  assert_near(o.lp_trading, -10e3, 1e-6);
  assert_near(o.lp_loss, 10e3, 1e-6);
  assert_near(o.lp_net, -10e3, 1e-6);
  assert_near(o.social_loss, 0.0, 0.0);
  assert_near(o.payout_owed, 0.0, 0.0);
  assert_near(equity[0], 1004e3, 1e-6);
  assert_near(equity[1], 994e3, 1e-6);
  assert_near(equity[2], 994e3, 1e-6);
}

static void test_it_wins_what_traders_lose_but_for_bad_debt(void **state) {
  (void)state;
  double equity[3];
  /* The long is closed at 90: the other side has 100,000 of it, half of which it never had; the short
   * wins 20,000. The fund pays 10,000 of the 50,000. */
  const struct hc_outcome o = run("-10%", "[{name: pool, deposits: 1M, profit: 0, counterparty: 100%}]", equity);
  assert_near(o.bad_debt, 50e3, 1e-6);
  assert_near(o.lp_trading, 80e3, 1e-6);
  assert_near(o.lp_deposit_paid + o.lp_profit_paid, 40e3, 1e-6);
  assert_near(o.lp_net, 40e3, 1e-6);
  assert_near(o.lp_loss, 0.0, 0.0);
  assert_near(o.social_loss, 40e3, 1e-6);
  assert_near(equity[2], 1040e3, 1e-6);
}

static void test_a_pool_that_is_too_small(void **state) {
  (void)state;
  double equity[3];
  const char *two = "[{name: pool, deposits: 10k, profit: 1k, counterparty: 50%}, {name: other, deposits: 5M, profit: 0}]";
  const struct hc_outcome o = run("5%", two, equity);
  assert_near(o.lp_trading, -11e3, 1e-6);
  assert_near(o.payout_owed, 9e3, 1e-6);
  assert_near(o.lp_loss, 11e3, 1e-6);
  assert_near(equity[2], 5e6, 1e-6);
}

static void test_leavers_take_what_it_is_worth_then(void **state) {
  (void)state;
  double equity[3];
  /* Who leaves at 5 minutes leaves after the loss: a tenth of 960,000. */
  const struct hc_outcome o = run("5%", "[{name: pool, deposits: 1M, profit: 0, counterparty: 100%, withdrawals: {epoch: "
                                  "5m, at_rest: 10%, lock_up: 5m}}]", equity);
  assert_near(o.lp_withdrawn, 96e3 + 86.4e3, 1e-6);
  assert_near(o.leaver_loss_share, 0.04, 1e-12);
  assert_near(o.stayer_loss_share, 0.04, 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_it_loses_what_traders_win),
    cmocka_unit_test(test_it_wins_what_traders_lose_but_for_bad_debt),
    cmocka_unit_test(test_a_pool_that_is_too_small),
    cmocka_unit_test(test_leavers_take_what_it_is_worth_then),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
