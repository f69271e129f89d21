/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delay before orders, and a capacity of orders: paths computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* Three longs and a short of 1,000 units from 100, 5 % of the notional needed. Levels of the longs 94.74,
 * 93.68, 92.63 and bankrupt at 90, 89, 88; the short's 107.62 and 113. No impact, no fee. */
static const char book[] = "account,market,side,size_usd,entry,collateral\n"
                           "c,X,long,100000,100,12000\n"
                           "b,X,long,100000,100,11000\n"
                           "a,X,long,100000,100,10000\n"
                           "s,X,short,100000,100,13000\n";

static struct hc_outcome run(const char *shock, const char *horizon, const char *liquidation,
                             struct hc_ledger *ledger) {
  char yaml[1400];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: %s, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {%s}}, "
                 "liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: 5%%}]}}}\n"
                 "book: {file: book.csv}\ninsurance_fund: {initial: 1M}\n"
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

/* 94.13 at step 4, 92.72 at step 5, then no more. */
static const char fall[] = "move: -7.278349763437508%, at: 0s, over: 5m";

static void test_a_delay_is_waited_for(void **state) {
  (void)state;
  const double four = 100 * pow(0.985, 4), five = 100 * pow(0.985, 5);
  const struct hc_outcome now = run(fall, "10m", "delay: 0s", NULL);
  assert_int_equal(now.liquidations, 2);
  assert_near(now.liquidated_notional, 1000 * (four + five), 1e-6);
  /* Sold a step later, and both at the same price. */
  const struct hc_outcome late = run(fall, "10m", "delay: 1m", NULL);
  assert_int_equal(late.liquidations, 2);
  assert_near(late.liquidated_notional, 2000 * five, 1e-6);
  /* 61 s are two steps: a is sold at step 6, b at step 7. */
  assert_int_equal(run(fall, "5m", "delay: 61s", NULL).liquidations, 0);
  assert_int_equal(run(fall, "6m", "delay: 61s", NULL).liquidations, 1);
  assert_int_equal(run(fall, "7m", "delay: 61s", NULL).liquidations, 2);
}

static void test_who_recovers_is_not_sold(void **state) {
  (void)state;
  static const char dip[] = "move: -8%, at: 30s, recovery: 100%, recovery_half_life: 1m";
  assert_int_equal(run(dip, "30m", "delay: 0s", NULL).liquidations, 1);
  assert_int_equal(run(dip, "30m", "delay: 5m", NULL).liquidations, 0);
}

static void test_what_waits_at_the_end_is_no_bad_debt(void **state) {
  (void)state;
  /* At 85 a, b and c lack 5, 4 and 3 a unit. */
  const struct hc_outcome o = run("move: -15%, at: 30s", "3m", "delay: 2m", NULL);
  assert_int_equal(o.liquidations, 3);
  assert_near(o.bad_debt, 12e3, 1e-6);
  assert_near(o.open_deficit, 0.0, 0.0);
  const struct hc_outcome open = run("move: -15%, at: 90s", "3m", "delay: 2m", NULL);
  assert_int_equal(open.liquidations, 0);
  assert_near(open.bad_debt, 0.0, 0.0);
  assert_near(open.open_deficit, 12e3, 1e-6);
}

/* Who is sold at which step. */
static void assert_orders(const struct hc_ledger *ledger, size_t count, const int64_t step[],
                          const int64_t account[]) {
  size_t found = 0;
  for (size_t i = 0; i < ledger->count; i++) {
    const struct hc_ledger_row *row = &ledger->rows[i];
    if (row->event != HC_EVENT_ORDER) continue;
    assert_true(found < count);
    assert_int_equal(row->step, step[found]);
    assert_int_equal(row->account, account[found]);
    found++;
  }
  assert_int_equal(found, count);
}

static void test_capacity_serves_the_worst_first(void **state) {
  (void)state;
  static const char *const flows[] = {"batch", "fifo"};
  for (size_t i = 0; i < 2; i++) {
    char text[160];
    struct hc_ledger ledger = {0};
    (void)snprintf(text, sizeof text, "order_flow: %s, capacity: {notional: 50k, per: 1m}", flows[i]);
    const struct hc_outcome o = run("move: -15%, at: 30s", "10m", text, &ledger);
    assert_int_equal(o.liquidations, 3);
    assert_orders(&ledger, 3, (const int64_t[]){1, 2, 3}, (const int64_t[]){2, 1, 0});
    hc_ledger_free(&ledger);
    /* The last of a window may go beyond: 85,000 of 100,000, and then another. Windows begin at steps 0, 2, 4. */
    (void)snprintf(text, sizeof text, "order_flow: %s, capacity: {notional: 100k, per: 2m}", flows[i]);
    assert_int_equal(run("move: -15%, at: 30s", "1m", text, NULL).liquidations, 2);
    const struct hc_outcome two = run("move: -15%, at: 30s", "2m", text, NULL);
    assert_int_equal(two.liquidations, 3);
    assert_near(two.liquidated_notional, 255e3, 1e-6);
    /* Enough for all. */
    (void)snprintf(text, sizeof text, "order_flow: %s, capacity: {notional: 170001, per: 2m}", flows[i]);
    assert_int_equal(run("move: -15%, at: 30s", "1m", text, NULL).liquidations, 3);
  }
}

static void test_capacity_tells_who_waits(void **state) {
  (void)state;
  struct hc_ledger ledger = {0};
  (void)run("move: -15%, at: 30s", "10m", "capacity: {notional: 50k, per: 3m}", &ledger);
  const double until[] = {180, 360};
  const int64_t positions[] = {2, 1};
  size_t found = 0;
  for (size_t i = 0; i < ledger.count; i++) {
    const struct hc_ledger_row *row = &ledger.rows[i];
    if (row->event != HC_EVENT_WAIT) continue;
    assert_true(found < 2);
    assert_int_equal(row->positions, positions[found]);
    assert_near(row->quantity, 1000.0 * (double)positions[found], 1e-9);
    assert_near(row->until, until[found], 0.0);
    found++;
  }
  assert_int_equal(found, 2);
  hc_ledger_free(&ledger);
}

static void test_a_delay_is_not_begun_again_by_capacity(void **state) {
  (void)state;
  struct hc_ledger ledger = {0};
  (void)run("move: -15%, at: 30s", "20m", "delay: 5m, capacity: {notional: 50k, per: 1m}", &ledger);
  assert_orders(&ledger, 3, (const int64_t[]){6, 7, 8}, (const int64_t[]){2, 1, 0});
  hc_ledger_free(&ledger);
}

static void test_both_sides_share_it(void **state) {
  (void)state;
  /* At 94.5 at step 1, which sells a; near 111 from step 2 on, past the short's level. */
  struct hc_ledger ledger = {0};
  (void)run("move: -6.6%, at: 59s, recovery: 250%, recovery_half_life: 10s", "10m",
            "capacity: {notional: 94k, per: 4m}", &ledger);
  assert_orders(&ledger, 2, (const int64_t[]){1, 4}, (const int64_t[]){2, 3});
  hc_ledger_free(&ledger);
}

/* Parts count for what they are: a quarter of 85,000 each. */
static void test_parts_use_less_of_it(void **state) {
  (void)state;
  struct hc_ledger ledger = {0};
  (void)run("move: -6.5%, at: 30s", "3m", "partial: {share: 25%}, capacity: {notional: 20k, per: 1m}", &ledger);
  double sold = 0;
  for (size_t i = 0; i < ledger.count; i++) {
    const struct hc_ledger_row *row = &ledger.rows[i];
    if (row->event != HC_EVENT_ORDER || row->step != 1) continue;
    sold += row->notional;
  }
  assert_near(sold, 250 * 93.5, 1e-6); /* a's part; the rest, and b, wait */
  hc_ledger_free(&ledger);
}

/* At 85 a, b and c lack 5,000, 4,000 and 3,000: what has been lost before one in the order counts. */
static void test_a_loss_limit(void **state) {
  (void)state;
  static const struct {
    const char *limit;
    int64_t step[3];
  } cases[] = {{"loss: 1, per: 1m", {1, 2, 3}},         {"loss: 4999, per: 1m", {1, 2, 2}},
               {"loss: 5001, per: 1m", {1, 1, 2}},      {"loss: 9001, per: 1m", {1, 1, 1}},
               {"loss: 5001, per: 3m", {1, 1, 3}},      {"loss: 83, per: 1s", {1, 2, 2}}, /* 4,980 a step */
               {"loss: 84, per: 1s", {1, 1, 2}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[160];
    struct hc_ledger ledger = {0};
    (void)snprintf(text, sizeof text, "order_flow: fifo, loss_limit: {%s}", cases[i].limit);
    const struct hc_outcome o = run("move: -15%, at: 30s", "10m", text, &ledger);
    assert_near(o.bad_debt, 12e3, 1e-6);
    assert_orders(&ledger, 3, cases[i].step, (const int64_t[]){2, 1, 0});
    hc_ledger_free(&ledger);
  }
  /* Who is not bankrupt uses none of it, and one order may hold many. */
  assert_int_equal(run("move: -8%, at: 30s", "1m", "loss_limit: {loss: 1, per: 1m}", NULL).liquidations, 3);
  assert_int_equal(run("move: -15%, at: 30s", "1m", "loss_limit: {loss: 5001, per: 1m}", NULL).liquidations, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_delay_is_waited_for),
    cmocka_unit_test(test_who_recovers_is_not_sold),
    cmocka_unit_test(test_what_waits_at_the_end_is_no_bad_debt),
    cmocka_unit_test(test_capacity_serves_the_worst_first),
    cmocka_unit_test(test_capacity_tells_who_waits),
    cmocka_unit_test(test_a_delay_is_not_begun_again_by_capacity),
    cmocka_unit_test(test_both_sides_share_it),
    cmocka_unit_test(test_parts_use_less_of_it),
    cmocka_unit_test(test_a_loss_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
