/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fund with a target, and payers who have their money back out of later inflow: computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* A long of 10,000 units from 100 that is bankrupt at 90. The price is 85 from step 1 on: it lacks 50,000. Fees of
 * trading bring the fund 1,440 USD a day, that is 1 a minute; the path ends at minute 1,000. */
static struct hc_outcome run(const char *fund, const char *layers, double class_loss[2], struct hc_ledger *ledger) {
  char yaml[1600];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: 1000m, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {move: -15%%, at: 30s}}, "
                 "liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: 5%%}]}}}\n"
                 "book: {file: book.csv}\nfees: {volume: 1440k, rate: 10bp, to_fund: 100%%}\nliquidation: {fee: 0%%}\n"
                 "liquidity_providers: [{name: a, deposits: 60k, profit: 0}, {name: b, deposits: 20k, profit: 10k}]\n"
                 "insurance_fund: {%s}\nwaterfall: [%s]\n", fund, layers);
  struct scene scene = scene_open(yaml, "account,market,side,size_usd,entry,collateral\nl,X,long,1000000,100,100000\n", NULL);
  struct hc_outcome outcome, again;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_path_run(scene.workspace, 0, &outcome, class_loss, &error), HC_OK);
  if (ledger) assert_int_equal(hc_path_trace(scene.workspace, 0, &again, NULL, ledger, &error), HC_OK);
  assert_near(outcome.money_residual, 0.0, 1e-6);
  assert_near(outcome.accounting_residual, 0.0, 1e-6);
  assert_near(outcome.bad_debt, 50e3, 1e-6);
  scene_close(&scene);
  return outcome;
}

static void test_a_target(void **state) {
  (void)state;
  double lost[2];
  /* 10,001 pay; then 999 come, of which 800 stay. */
  const struct hc_outcome o = run("initial: 10k, target: 10800", "{verb: fund, cap: 9201}", lost, NULL);
  assert_near(o.insurance_paid, 9201, 1e-6);
  assert_near(o.fund_end, 1799, 1e-6);
  assert_near(o.treasury, 0, 0);
  const struct hc_outcome full = run("initial: 10k, target: 10100", "{verb: fund, cap: 100}", lost, NULL);
  assert_near(full.fund_end, 10100, 1e-6);
  assert_near(full.treasury, 1000 - 200, 1e-6);
  assert_near(full.lp_net, 0, 1e-9);
  assert_true(isnan(full.fund_required));
  const struct hc_outcome lps = run("initial: 10k, target: 10100, beyond: lps", "{verb: fund, cap: 100}", lost, NULL);
  assert_near(lps.fund_end, 10100, 1e-6);
  assert_near(lps.treasury, 0, 0);
  assert_near(lps.lp_net, 800, 1e-6);
}

static void test_who_paid_has_it_back(void **state) {
  (void)state;
  double lost[2];
  struct hc_ledger ledger = {0};
  /* Deposits pay 50,000, three quarters of it a; of 999 later 40 % go back to them, 60 % stay. */
  const struct hc_outcome o = run("initial: 0", "{verb: assess, base: deposit, payback: 40%}", lost, &ledger);
  assert_near(lost[0], 37500, 1e-6);
  assert_near(lost[1], 12500, 1e-6);
  assert_near(o.lp_repaid, 0.4 * 999, 1e-6);
  assert_near(o.lp_loss, 50e3, 1e-6);
  assert_near(o.lp_net, 0.4 * 999 - 50e3, 1e-6);
  assert_near(o.fund_end, 1 + 0.6 * 999, 1e-6);
  double repaid = 0;
  for (size_t i = 0; i < ledger.count; i++)
    if (ledger.rows[i].event == HC_EVENT_REPAY) repaid += ledger.rows[i].amount;
  assert_near(repaid, o.lp_repaid, 1e-6);
  hc_ledger_free(&ledger);
  /* All of it, until there is nothing left to pay back: profit of 500 is charged. */
  const struct hc_outcome all = run("initial: 0", "{verb: assess, base: profit, cap: 500, payback: 100%}", lost, NULL);
  assert_near(all.lp_repaid, 500, 1e-6);
  assert_near(all.lp_net, 0, 1e-6);
  assert_near(all.fund_end, 1 + 499, 1e-6);
  /* Two layers: a half of the inflow for the first, a half of what that leaves for the second. */
  const struct hc_outcome two = run("initial: 0, target: 1", "{verb: assess, base: deposit, cap: 10k, payback: 50%}, "
                                    "{verb: assess, base: profit, cap: 100, payback: 50%}", lost, NULL);
  assert_near(two.lp_repaid, 0.5 * 999 + 100, 1e-6);
  assert_near(two.fund_end, 1, 1e-6);
  assert_near(two.treasury, 999 - 0.5 * 999 - 100, 1e-6);
}

static void test_what_is_pending_comes_first(void **state) {
  (void)state;
  double lost[2];
  /* 49,500 are charged at once; the 500 behind wait, and the first 500 of inflow pay them. */
  const struct hc_outcome o = run("initial: 0", "{verb: assess, base: deposit, cap: 49500, payback: 100%}, "
                                  "{verb: raise, time: never}", lost, NULL);
  assert_near(o.pending_end, 0, 1e-6);
  assert_near(o.lp_repaid, 499, 1e-6);
}

/* By deposits, 600 and 200; or the second counts threefold. */
static void test_shares_of_fees(void **state) {
  (void)state;
  const struct {
    const char *share;
    double first;
  } cases[] = {{"1", 0.75}, {"3", 0.5}, {"0", 1.0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char yaml[1000];
    (void)snprintf(yaml, sizeof yaml,
                   "simulation: {horizon: 1000m, step: 1m, paths: 1}\n"
                   "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100}, liquidity: {impact: none}}}\n"
                   "book: {file: book.csv}\nfees: {volume: 1440k, rate: 10bp, to_lps: 100%%}\n"
                   "liquidity_providers: [{name: a, deposits: 600, profit: 0}, {name: b, deposits: 200, profit: 0, "
                   "fee_share: %s, withdrawals: {epoch: 1000m, at_rest: 100%%}}]\n", cases[i].share);
    struct scene scene = scene_open(yaml, "account,market,side,size_usd,entry,collateral\nl,X,long,1000,100,500\n", NULL);
    struct hc_outcome o;
    struct hc_error error = {.status = HC_OK};
    assert_int_equal(hc_path_run(scene.workspace, 0, &o, NULL, &error), HC_OK);
    assert_near(o.lp_net, 1000, 1e-9);
    assert_near(o.lp_withdrawn, 200 + 1000 * (1 - cases[i].first), 1e-9);
    scene_close(&scene);
  }
}

/* 1,440 a day to LPs, three quarters of it to the first, which has been there for 12 hours. */
static void test_what_was_earned_before(void **state) {
  (void)state;
  struct scene scene = scene_open(
    "simulation: {horizon: 1000m, step: 1m, paths: 1}\n"
    "markets: {X: {price: {model: gbm, volatility: 0%, initial: 100}, liquidity: {impact: none}}}\n"
    "book: {file: book.csv}\nfees: {volume: 1440k, rate: 10bp, to_lps: 100%}\n"
    "liquidity_providers: [{name: a, deposits: 600, profit: 5, entered: 12h, withdrawals: {epoch: 1000m, at_rest: 100%}}, "
    "{name: b, deposits: 200, profit: 0}]\n",
    "account,market,side,size_usd,entry,collateral\nl,X,long,1000,100,500\n", NULL);
  struct hc_outcome o;
  struct hc_error error = {.status = HC_OK};
  assert_near(hc_scenario_lp_equity(scene.scenario), 800 + 5 + 540, 1e-9);
  assert_int_equal(hc_path_run(scene.workspace, 0, &o, NULL, &error), HC_OK);
  assert_near(o.lp_net, 1000, 1e-9); /* what was earned before is not income */
  assert_near(o.lp_withdrawn, 600 + 5 + 540 + 750, 1e-9);
  scene_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_target),
    cmocka_unit_test(test_who_paid_has_it_back),
    cmocka_unit_test(test_what_is_pending_comes_first),
    cmocka_unit_test(test_shares_of_fees),
    cmocka_unit_test(test_what_was_earned_before),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
