/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Winners are closed for a pool that owes their side too much: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* Longs of 10,000 from 100 and of 5,000 from 102, which have 15,000 m - 1,510,000 at the mark m; a short of 1,000
 * from 100. None is ever near its level. */
#define BOOK                                                                                        \
  "account,market,side,size_usd,entry,collateral\na,X,long,1000000,100,900000\n"                     \
  "b,X,long,510000,102,500000\nc,X,short,100000,100,900000\n"
static struct hc_outcome run(const char *shock, const char *guard, const char *pools, struct hc_ledger *ledger) {
  char yaml[1200];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: 10m, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {%s}}, "
                 "liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: 1%%}]}}}\n"
                 "book: {file: book.csv}\nliquidation: {fee: 0%%}\ninsurance_fund: {initial: 10k}\n"
                 "guards: {deleverage: {%s}}\nwaterfall: [{verb: fund}, {verb: assess, base: equity}]\n"
                 "liquidity_providers: %s\n", shock, guard, pools);
  struct scene scene = scene_open(yaml, BOOK, NULL);
  struct hc_outcome outcome, again;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_path_run(scene.workspace, 0, &outcome, NULL, &error), HC_OK);
  hc_workspace_walk(scene.workspace, HC_WALK_EVERY_STEP);
  assert_int_equal(hc_path_run(scene.workspace, 0, &again, NULL, &error), HC_OK);
  assert_memory_equal(&again, &outcome, sizeof again);
  if (ledger) assert_int_equal(hc_path_trace(scene.workspace, 0, &again, NULL, ledger, &error), HC_OK);
  assert_near(outcome.money_residual, 0.0, 1e-6);
  assert_near(outcome.trader_forgone, 0.0, 1e-6);
  assert_false(hc_scenario_reflects(scene.scenario));
  scene_close(&scene);
  return outcome;
}
static const char pool[] = "[{name: pool, deposits: 90k, profit: 10k, counterparty: 100%}]";

/* What the pool has without traders' profits is 90,000: at the start longs have lost 10,000 already. At 105 they have
 * 65,000, of which 48,333 must go to leave 40 %. */
static void test_the_greatest_profit_first(void **state) {
  (void)state;
  struct hc_ledger ledger = {0};
  const struct hc_outcome o = run("move: 5%, at: 30s", "when: 60%, to: 40%", pool, &ledger);
  const double gone = (65e3 - 0.4 * 90e3) / 0.6;
  assert_int_equal(o.adl_accounts, 1);
  assert_near(o.adl_notional, gone / 50e3 * 10e3 * 105, 1e-4);
  assert_near(o.lp_trading, -70e3, 1e-6); /* as without it, since the price stays */
  size_t rows = 0;
  for (size_t i = 0; i < ledger.count; i++) {
    const struct hc_ledger_row *row = &ledger.rows[i];
    if (row->event != HC_EVENT_DELEVERAGE) continue;
    rows++;
    assert_int_equal(row->step, 1);
    assert_int_equal(row->account, 0);
    assert_near(row->quantity, gone / 50e3 * 10e3, 1e-6);
    assert_near(row->amount, gone, 1e-6);
    assert_near(row->fill, 105.0, 1e-9);
  }
  assert_int_equal(rows, 1);
  hc_ledger_free(&ledger);
}

/* 39 % of 90,000 are reached at 103.00667. */
static void test_at_its_level(void **state) {
  (void)state;
  assert_int_equal(run("move: 3.006%, at: 30s", "when: 39%, to: 10%", pool, NULL).adl_accounts, 0);
  assert_int_equal(run("move: 3.007%, at: 30s", "when: 39%, to: 10%", pool, NULL).adl_accounts, 1);
  /* A pool that is half of the other side owes 32,500 of 95,000. */
  static const char half[] = "[{name: pool, deposits: 90k, profit: 10k, counterparty: 50%}]";
  assert_int_equal(run("move: 5%, at: 30s", "when: 35%, to: 20%", half, NULL).adl_accounts, 0);
  assert_int_equal(run("move: 5%, at: 30s", "when: 34%, to: 20%", half, NULL).adl_accounts, 1);
  /* All, down to nothing. */
  const struct hc_outcome all = run("move: 5%, at: 30s", "when: 39%, to: 0%, score: size", pool, NULL);
  assert_int_equal(all.adl_accounts, 2);
  assert_near(all.adl_notional, 15e3 * 105, 1e-4);
}

static void test_shorts_too(void **state) {
  (void)state;
  /* At 70 the short has 30,000; longs lack 460,000, which the pool has won but not been paid. */
  const struct hc_outcome o = run("move: -30%, at: 30s", "when: 20%, to: 10%", pool, NULL);
  assert_int_equal(o.adl_accounts, 1);
  assert_near(o.adl_notional, (30e3 - 0.1 * 90e3) / 0.9 / 30 * 70, 1e-4);
}

static void test_time_and_again(void **state) {
  (void)state;
  /* From 100 to 110 in ten steps; what was closed wins no more, so the pool loses less than the 140,000 that it would. */
  const struct hc_outcome o = run("move: 10%, at: 0s, over: 10m", "when: 30%, to: 20%", pool, NULL);
  assert_true(o.adl_accounts > 2);
  assert_true(o.lp_loss < 100e3 && o.payout_owed == 0.0);
  const struct hc_outcome none = run("move: 10%, at: 0s, over: 10m", "when: 100%, to: 99%",
                                     "[{name: pool, deposits: 1M, profit: 0, counterparty: 100%}]", NULL);
  assert_int_equal(none.adl_accounts, 0);
  assert_near(none.lp_trading, -(150e3 - 10e3), 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_the_greatest_profit_first),
    cmocka_unit_test(test_at_its_level),
    cmocka_unit_test(test_shorts_too),
    cmocka_unit_test(test_time_and_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
