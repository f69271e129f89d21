/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trading ends, and pauses: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* A long of 10,000 from 100 with 50,000 of collateral: bankrupt at 95. The price falls to 90. */
#define MARKET(move, pass)                                                                        \
  "simulation: {horizon: 10m, step: 1m, paths: 1}\n"                                              \
  "markets: {X: {price: {model: gbm, volatility: 0%, initial: 100, shock: {at: 30s, over: 0s, "   \
  "move: " move "}}, liquidity: {impact: linear, depth: 45M, spread: 0bp}, margin: {maintenance: " \
  "[{rate: 1%}], pass_through: " pass "}}}\nbook: {file: book.csv}\nliquidation: {fee: 0%}\n"       \
  "liquidity_providers: [{name: vault, deposits: 80k, profit: 20k}, {name: guild, kind: member, "  \
  "deposits: 10k, profit: 0}]\ninsurance_fund: {initial: 20k}\n"
#define HEAD "account,market,side,size_usd,entry,collateral\n"
#define LONG HEAD "a,X,long,1000000,100,50000\n"
#define OTHERS "b,X,short,1000000,100,50000\nc,X,long,100000,100,50000\n"

static struct hc_outcome run(const struct scene *scene, double *classes, struct hc_ledger *ledger) {
  struct hc_outcome outcome;
  struct hc_error error = {.status = HC_OK};
  if (hc_path_trace(scene->workspace, 0, &outcome, classes, ledger, &error) != HC_OK)
    fail_msg("%s", error.message);
  return outcome;
}

/* The mark after an order of 10,000 at 90, and what the long lacks at its fill. */
static double sold(double *mark) {
  const double impact = 0.01 * 900000.0 / 45e6;
  *mark = 90.0 * exp(-impact);
  return 10000.0 * (95.0 - 90.0 * exp(-0.5 * impact));
}

static void test_claims_share_what_is_missing(void **state) {
  (void)state;
  struct scene scene =
    scene_open(MARKET("-10%", "100%") "waterfall: [{verb: fund}, {verb: halt}]", LONG OTHERS, NULL);
  struct hc_ledger ledger = {0};
  double classes[HC_MAX_CLASSES], mark;
  const struct hc_outcome o = run(&scene, classes, &ledger);
  const double debt = sold(&mark);
  const double b = 50000.0 + 10000.0 * (100.0 - mark), c = 50000.0 - 1000.0 * (100.0 - mark);
  const double share = (debt - 20000.0) / (b + c + 100000.0 + 10000.0);
  assert_true(share > 0.05 && share < 0.15);
  assert_int_equal(o.halt_step, 1);
  assert_near(o.bad_debt, debt, 1e-6);
  assert_near(o.insurance_paid, 20000.0, 1e-6);
  assert_near(o.trader_paid, share * (b + c), 1e-6);
  assert_near(o.lp_loss, share * 100000.0, 1e-6);
  assert_near(o.lp_profit_paid, share * 20000.0, 1e-6);
  assert_near(o.member_paid, share * 10000.0, 1e-6);
  assert_near(classes[1], share * 10000.0, 1e-6);
  assert_near(o.uncovered, 0.0, 1e-9);
  assert_near(o.haircut_max, share, 1e-9);
  assert_int_equal(o.payers, 2);
  assert_int_equal(o.liquidations, 1);
  assert_near(o.money_residual, 0.0, 1e-6);
  assert_near(o.accounting_residual, 0.0, 1e-6);
  int halts = 0;
  for (size_t i = 0; i < ledger.count; i++) {
    if (ledger.rows[i].event != HC_EVENT_HALT) continue;
    halts++;
    assert_int_equal(ledger.rows[i].positions, 2);
    assert_near(ledger.rows[i].notional, 11000.0 * mark, 1e-6);
  }
  assert_int_equal(halts, 1);
  hc_ledger_free(&ledger);
  scene_close(&scene);
}

/* Margin prices do not see what orders do: d is solvent there, and less than that at the mark. */
static void test_those_below_zero_at_the_mark_leave_their_deficit(void **state) {
  (void)state;
  static const char *const shallow[] = {"markets.X.liquidity.depth=100k", NULL};
  struct scene scene = scene_open(MARKET("-10%", "0%") "waterfall: [{verb: raise, cap: 1k per path}, {verb: halt}]",
                                  LONG "d,X,long,100000,100,14000\n", shallow);
  struct hc_ledger ledger = {0};
  double classes[HC_MAX_CLASSES];
  const struct hc_outcome o = run(&scene, classes, &ledger);
  const double impact = 0.01 * 900000.0 / 1e5, mark = 90.0 * exp(-impact);
  const double debt = 10000.0 * (95.0 - 90.0 * (1.0 - exp(-impact)) / impact);
  const double deficit = 1000.0 * (86.0 - mark);
  assert_true(deficit > 0.0);
  assert_near(o.bad_debt, o.outside_paid + o.lp_loss + o.member_paid + o.uncovered, 1e-6);
  assert_near(o.bad_debt, debt + deficit, 0.01 * debt); /* the fill is close to the mean of the way */
  assert_near(o.outside_paid, 1000.0, 1e-9);
  assert_near(o.lp_loss, (o.bad_debt - 1000.0) * 10.0 / 11.0, 1e-6);
  assert_near(o.member_paid, (o.bad_debt - 1000.0) / 11.0, 1e-6);
  for (size_t i = 0; i < ledger.count; i++)
    if (ledger.rows[i].event == HC_EVENT_HALT) assert_near(ledger.rows[i].bad_debt, deficit, 1e-6);
  assert_near(o.money_residual, 0.0, 1e-6);
  hc_ledger_free(&ledger);
  scene_close(&scene);
}

/* What waits for recognition is due, the layers before pay once more, and nothing comes later. */
static void test_what_is_pending_is_due(void **state) {
  (void)state;
  struct scene scene = scene_open(
    MARKET("-10%", "100%") "fees: {volume: 1440M, rate: 1bp, to_lps: 100%}\nwaterfall: [{verb: assess, base: "
    "deposit, time: never, cap: 30k}, {verb: raise, cap: 5k}, {verb: halt}]", LONG OTHERS, NULL);
  struct hc_ledger ledger = {0};
  double classes[HC_MAX_CLASSES], mark;
  const struct hc_outcome o = run(&scene, classes, &ledger);
  const double left = sold(&mark) - 35000.0;
  const double b = 50000.0 + 10000.0 * (100.0 - mark), c = 50000.0 - 1000.0 * (100.0 - mark);
  /* The deferred layer pays up to its cap, the other has; claims have the fees of a minute. */
  const double share = left / (b + c + 110000.0 + 100.0 - 30000.0);
  assert_near(o.pending_end, 0.0, 0.0);
  assert_near(o.outside_paid, 5000.0, 1e-9);
  assert_near(o.lp_loss, 30000.0 + share * 70100.0, 1e-6);
  assert_near(o.lp_net, 100.0 - 30000.0 - share * 70100.0, 1e-6);
  assert_near(o.money_residual, 0.0, 1e-6);
  assert_near(o.accounting_residual, 0.0, 1e-6);
  hc_ledger_free(&ledger);
  scene_close(&scene);
}

/* A halt with a condition needs no loss; one whose switch stays off never comes. */
static void test_conditions(void **state) {
  (void)state;
  static const struct {
    const char *layer;
    int64_t step;
  } cases[] = {{"{verb: halt, when: fund.balance > 1}", 1}, {"{verb: halt, when: fund.balance > 1M}", -1},
               {"{verb: raise}, {verb: halt}", -1}, {"{verb: raise}, {verb: halt, when: fund.balance > 1}", 1}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    char yaml[1024];
    (void)snprintf(yaml, sizeof yaml, "%swaterfall: [%s]", MARKET("-8%", "100%"), cases[k].layer);
    struct scene scene = scene_open(yaml, HEAD "a,X,long,1000000,100,88500\n", NULL); /* solvent at 92 */
    struct hc_ledger ledger = {0};
    double classes[HC_MAX_CLASSES];
    const struct hc_outcome o = run(&scene, classes, &ledger);
    assert_int_equal(o.liquidations, 1);
    assert_near(o.bad_debt, 0.0, 0.0);
    assert_int_equal(o.halt_step, cases[k].step);
    hc_ledger_free(&ledger);
    scene_close(&scene);
  }
}

/* a makes a loss at step 1; liquidations pause for 3 steps, and e, triggered by the order, waits. */
static void test_liquidations_pause(void **state) {
  (void)state;
  static const char *const deep[] = {"markets.X.liquidity.depth=1M", NULL};
  static const char book[] = LONG "e,X,long,100000,90,1350\n"; /* liquidated just below 90 */
  static const struct {
    const char *pause;
    int64_t step;
  } cases[] = {{"", 1}, {"pause: {when: shortfall > 1k, lasts: 150s}\n", 4},
               {"pause: {when: shortfall > 1M, lasts: 150s}\n", 1},
               {"pause: {when: shortfall > 1k, lasts: 1d}\n", -1}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    char yaml[1024];
    (void)snprintf(yaml, sizeof yaml, "%s%swaterfall: [{verb: close, allocation: pro_rata, cap: 10k}, {verb: "
                   "takeover, unwind: 100%%, every: 60s}]", MARKET("-10%", "100%"), cases[k].pause);
    struct scene scene = scene_open(yaml, book, deep);
    struct hc_ledger ledger = {0};
    double classes[HC_MAX_CLASSES];
    const struct hc_outcome o = run(&scene, classes, &ledger);
    int64_t step = -1;
    for (size_t i = 0; i < ledger.count; i++)
      if (ledger.rows[i].event == HC_EVENT_ORDER) step = ledger.rows[i].step;
    /* The stock is sold at step 2, which triggers e. */
    assert_int_equal(step, cases[k].step == 1 ? 2 : cases[k].step);
    assert_near(o.money_residual, 0.0, 1e-6);
    hc_ledger_free(&ledger);
    scene_close(&scene);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_claims_share_what_is_missing),
    cmocka_unit_test(test_those_below_zero_at_the_mark_leave_their_deficit),
    cmocka_unit_test(test_what_is_pending_is_due),
    cmocka_unit_test(test_conditions),
    cmocka_unit_test(test_liquidations_pause),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
