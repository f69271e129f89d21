/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions that are closed a part at a time: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* A long of 10,000 from 100 with 100,000 behind it, and 5 % of its notional needed. The price falls
 * once, at step 1; no impact, so all that is closed is closed there. 1 % of it is the fee. */
static struct hc_outcome run(const char *move, const char *horizon, const char *partial,
                             struct hc_ledger *ledger) {
  char yaml[1024];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: %s, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {"
                 "move: %s}}, liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: "
                 "5%%}]}}}\nbook: {file: book.csv}\ninsurance_fund: {initial: 1M}\n"
                 "liquidation: {fee: 1%%, fee_to_fund: 100%%, partial: %s}\nwaterfall: [{verb: fund}]\n",
                 horizon, move, partial);
  struct scene scene =
    scene_open(yaml, "account,market,side,size_usd,entry,collateral\na,X,long,1000000,100,100000\n", NULL);
  struct hc_outcome outcome, again;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_path_run(scene.workspace, 0, &outcome, NULL, &error), HC_OK);
  if (ledger) assert_int_equal(hc_path_trace(scene.workspace, 0, &again, NULL, ledger, &error), HC_OK);
  assert_near(outcome.money_residual, 0.0, 1e-6);
  assert_true(outcome.bad_debt == outcome.insurance_paid);
  scene_close(&scene);
  return outcome;
}

/* Equity 20,000 of 46,000 needed: 2,500, 1,875, 1,406.25, 1,054.6875 and 791.015625 units go, then what
 * is left, 2,373.046875, needs 10,916 and has 12,983. */
static const double sold = 7626.953125;

static void test_a_round_a_part(void **state) {
  (void)state;
  const struct hc_outcome once = run("-6%, at: 30s", "10m", "{share: 25%}", NULL);
  assert_int_equal(once.liquidations, 1);
  assert_near(once.liquidated_notional, 2500 * 94.0, 1e-6);
  assert_near(once.fund_end, 1e6 + 25 * 94.0, 1e-6);
  struct hc_ledger ledger = {0};
  const struct hc_outcome o = run("-8%, at: 30s", "10m", "{share: 25%}", &ledger);
  assert_int_equal(o.liquidations, 5);
  assert_int_equal(o.cascade_rounds, 5);
  assert_near(o.liquidated_notional, sold * 92, 1e-6);
  assert_near(o.fund_end, 1e6 + 0.01 * sold * 92, 1e-6);
  assert_near(o.bad_debt, 0.0, 0.0);
  double part = 2500;
  size_t orders = 0;
  for (size_t i = 0; i < ledger.count; i++) {
    const struct hc_ledger_row *row = &ledger.rows[i];
    if (row->event != HC_EVENT_ORDER) continue;
    assert_int_equal(row->partial, 1);
    assert_int_equal(row->positions, 1);
    assert_near(row->quantity, part, 1e-9);
    assert_near(row->fee, 0.01 * part * 92, 1e-7);
    part *= 0.75;
    orders++;
  }
  assert_int_equal(orders, 5);
  hc_ledger_free(&ledger);
}

static void test_small_ones_go_whole(void **state) {
  (void)state;
  /* 388,125 is the last above 300,000: the fifth closing takes all. */
  const struct hc_outcome o = run("-8%, at: 30s", "10m", "{share: 25%, above: 300k}", NULL);
  assert_int_equal(o.liquidations, 5);
  assert_near(o.liquidated_notional, 920e3, 1e-6);
  assert_near(o.fund_end, 1e6 + 9200, 1e-6);
  const struct hc_outcome whole = run("-8%, at: 30s", "10m", "{share: 25%, above: 920001}", NULL);
  assert_int_equal(whole.liquidations, 1);
  assert_near(whole.liquidated_notional, 920e3, 1e-6);
}

static void test_a_cooldown_is_waited_for(void **state) {
  (void)state;
  const struct {
    const char *horizon;
    int closings;
  } cases[] = {{"1m", 1}, {"2m", 1}, {"3m", 2}, {"6m", 3}, {"8m", 4}, {"9m", 5}, {"20m", 5}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    /* 70 s are two steps: closings at steps 1, 3, 5, 7, 9. */
    const struct hc_outcome o = run("-8%, at: 30s", cases[i].horizon, "{share: 25%, cooldown: 70s}", NULL);
    assert_int_equal(o.liquidations, cases[i].closings);
    assert_int_equal(o.cascade_rounds, 1);
    assert_near(o.liquidated_notional, 920e3 * (1 - pow(0.75, cases[i].closings)), 1e-6);
  }
}

static void test_whole_within_the_cooldown(void **state) {
  (void)state;
  /* A quarter, and in the next round all that is left. */
  const struct hc_outcome o = run("-8%, at: 30s", "10m", "{share: 25%, cooldown: 70s, meanwhile: whole}", NULL);
  assert_int_equal(o.liquidations, 2);
  assert_int_equal(o.cascade_rounds, 2);
  assert_near(o.liquidated_notional, 920e3, 1e-6);
  /* A part is enough here. */
  const struct hc_outcome once = run("-6%, at: 30s", "10m", "{share: 25%, cooldown: 70s, meanwhile: whole}", NULL);
  assert_int_equal(once.liquidations, 1);
}

/* 98.5 % of the price a step, to step 5. A part at step 4, at 94.13, is enough until step 5, at 92.72. */
static void test_after_the_cooldown_a_part_again(void **state) {
  (void)state;
  const struct {
    const char *cooldown;
    double second; /* units */
  } cases[] = {{"{share: 25%, cooldown: 61s, meanwhile: whole}", 7500},
               {"{share: 25%, cooldown: 60s, meanwhile: whole}", 1875},
               {"{share: 25%}", 1875}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *fall = "-7.278349763437508%, at: 0s, over: 5m";
    const struct hc_outcome o = run(fall, "10m", cases[i].cooldown, NULL);
    assert_int_equal(o.liquidations, 2);
    assert_near(o.liquidated_notional, 2500 * 100 * pow(0.985, 4) + cases[i].second * 100 * pow(0.985, 5), 1e-3);
  }
}

static void test_the_bankrupt_go_whole(void **state) {
  (void)state;
  const struct hc_outcome o = run("-15%, at: 30s", "10m", "{share: 25%, cooldown: 2m}", NULL);
  assert_int_equal(o.liquidations, 1);
  assert_near(o.bad_debt, 50e3, 1e-6);
  assert_near(o.liquidated_notional, 850e3, 1e-6);
  /* 1,000 left is less than the fee of a quarter, 2,252.5: whole, and the fee is what is left. */
  const struct hc_outcome fee = run("-9.9%, at: 30s", "10m", "{share: 25%}", NULL);
  assert_int_equal(fee.liquidations, 1);
  assert_near(fee.bad_debt, 0.0, 0.0);
  assert_near(fee.fund_end, 1e6 + 1000, 1e-6);
}

/* Of 940,000 in orders of 300,000: equity 40,000 against 47,000 needed, of 640,000 still 37,000 against 32,000. */
static void test_no_more_than_the_most(void **state) {
  (void)state;
  const struct hc_outcome o = run("-6%, at: 30s", "10m", "{most: 300k}", NULL);
  assert_int_equal(o.liquidations, 1);
  assert_near(o.liquidated_notional, 300e3, 1e-6);
  assert_near(o.fund_end, 1e6 + 3e3, 1e-6);
  /* The smaller of the two. */
  assert_near(run("-6%, at: 30s", "10m", "{most: 300k, share: 50%}", NULL).liquidated_notional, 300e3, 1e-6);
  assert_near(run("-6%, at: 30s", "10m", "{most: 300k, share: 25%}", NULL).liquidated_notional, 235e3, 1e-6);
  assert_near(run("-6%, at: 30s", "10m", "{most: 2M}", NULL).liquidated_notional, 940e3, 1e-6);
  assert_near(run("-6%, at: 30s", "10m", "{most: 300k, above: 950k}", NULL).liquidated_notional, 940e3, 1e-6);
  assert_near(run("-15%, at: 30s", "10m", "{most: 300k}", NULL).liquidated_notional, 850e3, 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_round_a_part),
    cmocka_unit_test(test_small_ones_go_whole),
    cmocka_unit_test(test_a_cooldown_is_waited_for),
    cmocka_unit_test(test_whole_within_the_cooldown),
    cmocka_unit_test(test_after_the_cooldown_a_part_again),
    cmocka_unit_test(test_the_bankrupt_go_whole),
    cmocka_unit_test(test_no_more_than_the_most),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
