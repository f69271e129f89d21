/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backstop takes positions over before they are bankrupt: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* A long of 10,000 units from 100 that is bankrupt at 90; with 5 % of its notional it is triggered at
 * 94.74, with a half of that it is at 92.31. No impact, no fee; the fund has 1M, LPs have 2M. */
static const char one[] = "account,market,side,size_usd,entry,collateral\na,X,long,1000000,100,100000\n";

static struct hc_outcome run_book(const char *book, const char *shock, const char *horizon,
                                  const char *liquidation, struct hc_ledger *ledger) {
  char yaml[1400];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: %s, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {%s}}, "
                 "liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: 5%%}]}}}\n"
                 "book: {file: book.csv}\ninsurance_fund: {initial: 1M}\n"
                 "liquidity_providers: [{name: vault, deposits: 2M}]\n"
                 "liquidation: {fee: 0%%, %s}\nwaterfall: [{verb: fund}]\n", horizon, shock, liquidation);
  struct scene scene = scene_open(yaml, book, NULL);
  struct hc_outcome outcome, again;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_path_run(scene.workspace, 0, &outcome, NULL, &error), HC_OK);
  if (ledger) assert_int_equal(hc_path_trace(scene.workspace, 0, &again, NULL, ledger, &error), HC_OK);
  assert_near(outcome.money_residual, 0.0, 1e-6);
  assert_true(outcome.bad_debt == outcome.insurance_paid);
  scene_close(&scene);
  return outcome;
}
static struct hc_outcome run(const char *move, const char *backstop, struct hc_ledger *ledger) {
  char shock[100], liquidation[300];
  (void)snprintf(shock, sizeof shock, "move: %s, at: 30s", move);
  (void)snprintf(liquidation, sizeof liquidation, "backstop: {%s}", backstop);
  return run_book(one, shock, "10m", liquidation, ledger);
}

static void test_margin_goes_with_the_position(void **state) {
  (void)state;
  struct hc_ledger ledger = {0};
  const struct hc_outcome o = run("-6%", "who: vault", &ledger);
  assert_int_equal(o.backstop_accounts, 1);
  assert_near(o.backstop_notional, 940e3, 1e-6);
  assert_int_equal(o.liquidations, 0);
  assert_near(o.liquidated_notional, 0.0, 0.0);
  assert_near(o.lp_inventory, 40e3, 1e-6);
  assert_near(o.lp_net, 40e3, 1e-6);
  assert_near(o.fund_end, 1e6, 0.0);
  size_t rows = 0;
  for (size_t i = 0; i < ledger.count; i++) {
    const struct hc_ledger_row *row = &ledger.rows[i];
    if (row->event != HC_EVENT_BACKSTOP) continue;
    rows++;
    assert_int_equal(row->account, 0);
    assert_int_equal(row->side, 1);
    assert_near(row->quantity, 10e3, 0.0);
    assert_near(row->fill, 90.0, 1e-9);
    assert_near(row->amount, 0.0, 1e-6);
    assert_near(row->mark_after, 94.0, 1e-9);
  }
  assert_int_equal(rows, 1);
  hc_ledger_free(&ledger);
  /* An outside taker's stock is not the LPs'. */
  assert_near(run("-6%", "who: desk", NULL).lp_inventory, 0.0, 0.0);
}

/* What the price leaves of 40,000, and who has it. */
static void test_prices(void **state) {
  (void)state;
  const struct {
    const char *price;
    double stock, left;
  } cases[] = {{"bankruptcy", 40e3, 0},      {"mark", 0, 40e3},         {"oracle", 0, 40e3},
               {"blend(3/4)", 30e3, 10e3},   {"mark + 1%", 9400, 30600}, {"mark - 1%", -9400, 49400},
               {"mark + 10%", 40e3, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[120];
    (void)snprintf(text, sizeof text, "who: vault, price: %s, remaining: fund", cases[i].price);
    const struct hc_outcome o = run("-6%", text, NULL);
    assert_int_equal(o.backstop_accounts, 1);
    assert_near(o.lp_inventory, cases[i].stock, 1e-6);
    assert_near(o.fund_end, 1e6 + cases[i].left, 1e-6);
    assert_near(run("-6%", "who: vault, price: mark", NULL).fund_end, 1e6, 0.0);
  }
}

/* The published example: the mark at 100, bankrupt at 95, takers buy at two thirds of the way: 96.667. */
static void test_the_published_blend(void **state) {
  (void)state;
  struct hc_ledger ledger = {0};
  struct hc_outcome o;
  struct hc_error error = {.status = HC_OK};
  struct scene scene = scene_open(
    "simulation: {horizon: 10m, step: 1m, paths: 1}\n"
    "markets: {X: {price: {model: gbm, volatility: 0%, initial: 110, shock: {move: -9.090909090909091%, at: 30s}}, "
    "liquidity: {impact: none, spread: 0bp}, margin: {maintenance: 6%}}}\nbook: {file: book.csv}\n"
    "insurance_fund: {initial: 0}\nliquidity_providers: []\nwaterfall: [{verb: fund}]\n"
    "liquidation: {fee: 0%, backstop: {who: providers, price: blend(2/3), remaining: fund}}\n",
    "account,market,side,size_usd,entry,collateral\nl,X,long,110000,110,15000\n", NULL);
  assert_int_equal(hc_path_trace(scene.workspace, 0, &o, NULL, &ledger, &error), HC_OK);
  for (size_t i = 0; i < ledger.count; i++)
    if (ledger.rows[i].event == HC_EVENT_BACKSTOP) assert_near(ledger.rows[i].fill, 290.0 / 3.0, 1e-9);
  assert_int_equal(o.backstop_accounts, 1);
  assert_near(o.fund_end, 1000 * 5.0 / 3.0, 1e-6); /* the last third of 5,000 */
  assert_near(o.taker_inventory, 1000 * 10.0 / 3.0, 1e-6);
  hc_ledger_free(&ledger);
  scene_close(&scene);
}

/* At half the margin: orders before it, and for those who are bankrupt at once. */
static void test_at_its_level(void **state) {
  (void)state;
  const struct {
    const char *move;
    int sold, taken;
  } cases[] = {{"-6%", 1, 0}, {"-7.6%", 1, 0}, {"-7.7%", 0, 1}, {"-9.9%", 0, 1}, {"-10%", 1, 0}, {"-12%", 1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct hc_outcome o = run(cases[i].move, "who: vault, at: 50%", NULL);
    assert_int_equal(o.liquidations, cases[i].sold);
    assert_int_equal(o.backstop_accounts, cases[i].taken);
  }
  assert_near(run("-12%", "who: vault, at: 50%", NULL).bad_debt, 20e3, 1e-6);
}

static void test_those_who_wait_are_taken(void **state) {
  (void)state;
  /* 94.13 at step 4, 92.72 at 5, 91.33 at 6 and after. */
  static const char fall[] = "move: -8.669174516985945%, at: 0s, over: 6m";
  const double six = 100 * pow(0.985, 6);
  const struct {
    const char *rules;
    int sold, taken;
  } cases[] = {{"delay: 1m", 1, 0}, {"delay: 2m", 0, 1}, {"delay: 9m", 0, 1},
               {"delay: 5m, order_flow: fifo", 0, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[200];
    struct hc_ledger ledger = {0};
    (void)snprintf(text, sizeof text, "%s, backstop: {who: vault, at: 50%%}", cases[i].rules);
    const struct hc_outcome o = run_book(one, fall, "20m", text, &ledger);
    assert_int_equal(o.liquidations, cases[i].sold);
    assert_int_equal(o.backstop_accounts, cases[i].taken);
    if (cases[i].taken) assert_near(o.backstop_notional, 10e3 * six, 1e-6);
    for (size_t r = 0; r < ledger.count; r++)
      if (ledger.rows[r].event == HC_EVENT_BACKSTOP) assert_int_equal(ledger.rows[r].step, 6);
    hc_ledger_free(&ledger);
  }
  /* A quarter at step 4, and the rest is taken while it cools down. */
  const struct hc_outcome part = run_book(one, fall, "12m", "partial: {share: 25%, cooldown: 10m}, "
                                          "backstop: {who: vault, at: 50%}", NULL);
  assert_int_equal(part.liquidations, 1);
  assert_near(part.liquidated_notional, 2500 * 100 * pow(0.985, 4), 1e-6);
  assert_int_equal(part.backstop_accounts, 0); /* its requirement fell with it */
  const struct hc_outcome rest = run_book(one, "move: -9.5%, at: 0s, over: 6m", "20m",
                                          "partial: {share: 25%, cooldown: 10m}, backstop: {who: vault, at: 50%}",
                                          NULL);
  assert_int_equal(rest.liquidations, 1);
  assert_int_equal(rest.backstop_accounts, 1);
  assert_near(rest.backstop_notional, 7500 * 90.5, 1e-6);
}

/* Five longs of 1,000 units from 100, bankrupt at 90, 89.5, 89, 88.5 and 88, and a short like them. */
static const char five[] = "account,market,side,size_usd,entry,collateral\n"
                           "e,X,long,100000,100,12000\nd,X,long,100000,100,11500\n"
                           "c,X,long,100000,100,11000\nb,X,long,100000,100,10500\n"
                           "a,X,long,100000,100,10000\ns,X,short,100000,100,6000\n";

static void test_limits(void **state) {
  (void)state;
  /* At 92.5 the first four are triggered, the last at 92.63 too. */
  const struct {
    const char *limits;
    int taken, sold;
  } cases[] = {{"", 5, 0},
               {", hold: 0", 0, 5},
               {", hold: 92k", 0, 5},
               {", hold: 93k", 1, 4},
               {", hold: 277501", 3, 2},
               {", hold: 0.6% of lp", 1, 4}, /* of 17M */
               {", hold: 20% of fund", 2, 3},
               {", capacity: {notional: 93k, per: 1m}", 1, 4},
               {", capacity: {notional: 200k, per: 1h}", 2, 3},
               {", hold: 93k, capacity: {notional: 200k, per: 1h}", 1, 4}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[200];
    struct hc_ledger ledger = {0};
    (void)snprintf(text, sizeof text, "backstop: {who: vault%s}", cases[i].limits);
    const struct hc_outcome o = run_book(five, "move: -7.5%, at: 30s", "10m", text, &ledger);
    assert_int_equal(o.backstop_accounts, cases[i].taken);
    assert_int_equal(o.liquidations, cases[i].sold);
    int64_t account = 4; /* the worst first */
    for (size_t r = 0; r < ledger.count; r++)
      if (ledger.rows[r].event == HC_EVENT_BACKSTOP) assert_int_equal(ledger.rows[r].account, account--);
    hc_ledger_free(&ledger);
  }
}

static void test_the_other_side_makes_room(void **state) {
  (void)state;
  /* A long taken at 94.3; then up to 103, where the short is beyond its level of 100.95. */
  static const char shock[] = "move: -6.3%, at: 59s, recovery: 150%, recovery_half_life: 10s";
  const struct hc_outcome o = run_book(five, shock, "10m", "backstop: {who: vault, hold: 100k}", NULL);
  assert_int_equal(o.backstop_accounts, 2);
  /* 90 to 106, whatever the mark. */
  assert_near(o.lp_inventory, 1000.0 * (106 - 90), 1e-6);
}

static void test_the_stock_is_worked_off(void **state) {
  (void)state;
  /* Half of it each two steps: at steps 3, 5 and 7 5,000 units and the rest of 10,000. */
  struct hc_ledger ledger = {0};
  const struct hc_outcome o = run_book(one, "move: -6%, at: 30s", "20m",
                                       "backstop: {who: vault, unwind: 50%, every: 2m}", &ledger);
  const int64_t steps[] = {3, 5};
  size_t orders = 0;
  for (size_t r = 0; r < ledger.count; r++) {
    if (ledger.rows[r].event != HC_EVENT_UNWIND) continue;
    assert_true(orders < 2);
    assert_int_equal(ledger.rows[r].step, steps[orders++]);
    assert_near(ledger.rows[r].quantity, 5000.0, 1e-9);
    assert_near(ledger.rows[r].fill, 94.0, 1e-9);
  }
  assert_int_equal(orders, 2);
  assert_near(o.lp_inventory, 40e3, 1e-6);
  hc_ledger_free(&ledger);
  /* What is taken later makes orders larger and does not put them off. */
  const struct hc_outcome later = run_book(five, "move: -7.5%, at: 0s, over: 5m", "20m",
                                           "backstop: {who: vault, unwind: 100%, every: 1m}", NULL);
  assert_int_equal(later.backstop_accounts, 5);
  assert_near(later.money_residual, 0.0, 1e-6);
  assert_true(later.liquidated_notional > 460e3);
}

/* What it has lost by what it took over, at the mark. */
static void test_it_stops_when_it_has_lost(void **state) {
  (void)state;
  /* Two are taken over at 93.94, two at 92.96, when it has lost 1,960, and one at 92.00, when it has lost 5,790. */
  static const char fall[] = "move: -8%, at: 0s, over: 8m";
  const struct {
    const char *stop;
    int taken;
  } cases[] = {{"", 5}, {", stop: 1M", 5}, {", stop: 3600", 4}, {", stop: 900", 2}, {", stop: 0", 0}, {", stop: 0.36% of fund", 4}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[160];
    (void)snprintf(text, sizeof text, "backstop: {who: vault, price: mark%s}", cases[i].stop);
    const struct hc_outcome o = run_book(five, fall, "20m", text, NULL);
    assert_int_equal(o.backstop_accounts, cases[i].taken);
    assert_int_equal(o.liquidations, 5 - cases[i].taken);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_margin_goes_with_the_position),
    cmocka_unit_test(test_prices),
    cmocka_unit_test(test_the_published_blend),
    cmocka_unit_test(test_at_its_level),
    cmocka_unit_test(test_those_who_wait_are_taken),
    cmocka_unit_test(test_limits),
    cmocka_unit_test(test_the_other_side_makes_room),
    cmocka_unit_test(test_the_stock_is_worked_off),
    cmocka_unit_test(test_it_stops_when_it_has_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
