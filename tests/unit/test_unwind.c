/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stocks that were taken over are worked off by orders: a path computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A long of 10,000 from 100 with 50,000 of collateral: bankrupt at 95. The price falls to 90. */
#define MARKET                                                                                    \
  "simulation: {horizon: 10m, step: 1m, paths: 1}\n"                                              \
  "markets: {X: {price: {model: gbm, volatility: 0%, initial: 100, shock: {at: 30s, over: 0s, "   \
  "move: -10%}}, liquidity: {impact: linear, depth: 45M, spread: 0bp}, margin: {maintenance: "    \
  "[{rate: 1%}]}}}\nbook: {file: book.csv}\nliquidity_providers: [{name: vault}]\n"
#define LONG "account,market,side,size_usd,entry,collateral\na,X,long,1000000,100,50000\n"

static struct hc_outcome run(const struct scene *scene, struct hc_ledger *ledger) {
  struct hc_outcome outcome;
  double classes[HC_MAX_CLASSES];
  struct hc_error error = {.status = HC_OK};
  if (hc_path_trace(scene->workspace, 0, &outcome, classes, ledger, &error) != HC_OK)
    fail_msg("%s", error.message);
  return outcome;
}

/* Sells a part of the stock `times` times; result of the stock at the mark at the end, USD. */
static double result(int times, double units, double held, double *mark) {
  const double cost = held * 95.0;
  double cash = 0.0;
  for (int i = 0; i < times; i++) {
    const double order = units * *mark, impact = 0.01 * order / 45e6;
    cash += units * *mark * exp(-0.5 * impact);
    *mark *= exp(-impact);
  }
  return cash + (held - times * units) * *mark - cost;
}

static void test_a_stock_is_worked_off(void **state) {
  (void)state;
  static const struct {
    const char *yaml;
    int orders, every;
    double units;
    bool lps;
  } cases[] = {
    {MARKET "waterfall: [{verb: takeover, unwind: 50%, every: 2m}]", 2, 2, 5000.0, true},
    {MARKET "waterfall: [{verb: takeover, who: desk, unwind: 25%, every: 1m}]", 4, 1, 2500.0, false},
    {MARKET "waterfall: [{verb: takeover, unwind: 100%, every: 90s}]", 1, 2, 10000.0, true},
    {MARKET "waterfall: [{verb: takeover, unwind: 10%, every: 2m}]", 4, 2, 1000.0, true}, /* and the end */
    {MARKET "waterfall: [{verb: takeover}]", 0, 1, 0.0, true}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    struct scene scene = scene_open(cases[k].yaml, LONG, NULL);
    struct hc_ledger ledger = {0};
    const struct hc_outcome o = run(&scene, &ledger);
    double mark = 90.0;
    const double stock = result(cases[k].orders, cases[k].units, 10000.0, &mark);
    int orders = 0;
    for (size_t i = 0; i < ledger.count; i++) {
      const struct hc_ledger_row *row = &ledger.rows[i];
      assert_true(row->event != HC_EVENT_ORDER); /* the position itself is never sold */
      if (row->event != HC_EVENT_UNWIND) continue;
      assert_int_equal(row->step, 1 + ++orders * cases[k].every);
      assert_int_equal(row->side, 1);
      assert_near(row->quantity, cases[k].units, 1e-9);
    }
    assert_int_equal(orders, cases[k].orders);
    assert_near(o.mark_end, mark, 1e-9);
    assert_near(o.lp_inventory, cases[k].lps ? stock : 0.0, 1e-6);
    assert_near(o.lp_loss, cases[k].lps ? fmax(0.0, -stock) : 0.0, 1e-6);
    assert_near(o.taker_charge, 50000.0, 1e-6);
    assert_near(o.money_residual, 0.0, 1e-6);
    assert_int_equal(o.liquidations, 1);
    hc_ledger_free(&ledger);
    scene_close(&scene);
  }
}

/* The orders move the mark: one of them liquidates a long that the fall had spared. */
static void test_an_order_can_start_a_cascade(void **state) {
  (void)state;
  static const char book[] = LONG "b,X,long,100000,90,1350\n"; /* liquidated at 1 %: just below 90 */
  static const char *const deep[] = {"markets.X.liquidity.depth=1M", NULL};
  struct scene scene =
    scene_open(MARKET "waterfall: [{verb: takeover, unwind: 50%, every: 3m}]", book, deep);
  struct hc_ledger ledger = {0};
  const struct hc_outcome o = run(&scene, &ledger);
  bool unwound = false, sold = false;
  for (size_t i = 0; i < ledger.count; i++) {
    if (ledger.rows[i].event == HC_EVENT_UNWIND) unwound = true;
    if (ledger.rows[i].event != HC_EVENT_ORDER) continue;
    assert_true(unwound);
    assert_int_equal(ledger.rows[i].step, 4); /* in the step of the first order */
    sold = true;
  }
  assert_true(sold);
  assert_int_equal(o.liquidations, 2);
  assert_near(o.money_residual, 0.0, 1e-6);
  hc_ledger_free(&ledger);
  scene_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_stock_is_worked_off),
    cmocka_unit_test(test_an_order_can_start_a_cascade),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
