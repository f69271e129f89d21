/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How evenly accounts are charged: numbers computed by hand, properties of random payments, and what an
 * account pays over a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"
#include "haircut/random.h"
#include "path/payments.h"
#include "path/system.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
enum { MOST = 3000, LAST = HC_LORENZ_POINTS - 1 };

/* ---- by hand ------------------------------------------------------------------------------------ */

static void test_known_payments(void **state) {
  (void)state;
  static const struct {
    size_t count;
    double payments[5], gini, half; /* share of the half that paid least */
  } cases[] = {
    {1, {7}, 0, 0.5},
    {2, {3, 3}, 0, 0.5},
    {4, {0.1, 0.1, 0.1, 0.1}, 0, 0.5},
    {2, {1, 3}, 0.25, 0.25},
    {4, {1, 2, 3, 4}, 0.25, 0.3},
    {3, {1, 1, 1e17}, 2.0 / 3.0, 0},
    /* the haircut on unrealised profits of 1000, 300, 10, 200 and 20 */
    {5, {10, 20, 200, 300, 1000}, 4520.0 / 7650.0, 130.0 / 1530.0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    double share[HC_LORENZ_POINTS];
    assert_near(hc_payments_gini(cases[i].payments, cases[i].count), cases[i].gini, 1e-15);
    if (cases[i].gini == 0.0) assert_true(hc_payments_gini(cases[i].payments, cases[i].count) == 0.0);
    assert_true(hc_payments_top(cases[i].payments, cases[i].count, 10) == 1.0);
    hc_payments_lorenz(cases[i].payments, cases[i].count, share);
    assert_near(share[LAST / 2], cases[i].half, 1e-14);
    assert_true(share[0] == 0.0 && share[LAST] == 1.0);
  }
}

static void test_the_ten_greatest(void **state) {
  (void)state;
  double payments[20];
  for (int i = 0; i < 20; i++) payments[i] = i + 1;
  assert_near(hc_payments_top(payments, 20, 10), 155.0 / 210.0, 1e-15);
  assert_near(hc_payments_top(payments, 11, 10), 65.0 / 66.0, 1e-15);
  assert_near(hc_payments_gini(payments, 20), 19.0 / 60.0, 1e-15);
}

/* ---- properties ----------------------------------------------------------------------------------- */

static double payment_of(uint64_t seed, size_t i, int law) {
  double u[2];
  hc_uniforms(seed, i, 0, HC_PURPOSE_WORD(HC_PURPOSES, 5), u);
  if (law == 0) return u[0];
  if (law == 1) return hc_exp(40.0 * (u[0] - 0.5));    /* over many orders of magnitude */
  if (law == 2) return 1.0 + floor(4.0 * u[0]);         /* many are equal */
  return 1.0 / (u[0] + 1e-9);                           /* a few pay most */
}
static int rising(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Mean absolute difference over all pairs, over twice the mean. */
static double gini_of_pairs(const double *x, size_t count) {
  double sum = 0.0, apart = 0.0;
  for (size_t i = 0; i < count; i++) {
    sum += x[i];
    for (size_t j = 0; j < i; j++) apart += fabs(x[i] - x[j]);
  }
  return apart / ((double)count * sum);
}

/* Rises from 0 to 1, ever faster, and never above what equal payments give. */
static void check_curve(const double *sorted, size_t count, double gini) {
  double share[HC_LORENZ_POINTS], area = 0.0;
  hc_payments_lorenz(sorted, count, share);
  for (int i = 1; i <= LAST; i++) {
    assert_true(share[i] >= share[i - 1]);
    assert_true(share[i] <= (double)i / LAST + 1e-12);
    area += 0.5 * (share[i] + share[i - 1]) / LAST;
    if (i > 1) assert_true(share[i] - share[i - 1] >= share[i - 1] - share[i - 2] - 1e-12);
  }
  assert_true(1.0 - 2.0 * area <= gini + 1e-12);
  if (LAST % count == 0) assert_near(1.0 - 2.0 * area, gini, 1e-12);
}

static void test_random_payments(void **state) {
  (void)state;
  static const size_t counts[] = {1, 2, 3, 4, 5, 10, 11, 25, 100, 101, 257, MOST};
  static double payments[MOST], spare[MOST], sorted[MOST], scaled[MOST];
  for (uint64_t seed = 0; seed < 40; seed++) {
    const size_t count = counts[seed % COUNT_OF(counts)];
    for (size_t i = 0; i < count; i++) payments[i] = sorted[i] = payment_of(seed, i, (int)(seed % 4));
    qsort(sorted, count, sizeof *sorted, rising);
    const double *found = hc_payments_sort(payments, spare, count);
    assert_memory_equal(found, sorted, count * sizeof *sorted);
    const double gini = hc_payments_gini(sorted, count), top = hc_payments_top(sorted, count, 10);
    assert_near(gini, gini_of_pairs(sorted, count), 1e-10);
    assert_true(gini >= 0.0 && gini <= (double)(count - 1) / (double)count);
    assert_true(top >= 10.0 / (double)count * (1.0 - 1e-12) || count < 10);
    assert_true(top <= 1.0);
    for (size_t i = 0; i < count; i++) scaled[i] = 1024.0 * sorted[i];
    assert_true(hc_payments_gini(scaled, count) == gini && hc_payments_top(scaled, count, 10) == top);
    check_curve(sorted, count, gini);
  }
}

static void test_nothing_to_sort(void **state) {
  (void)state;
  double none[1], spare[1];
  assert_ptr_equal(hc_payments_sort(none, spare, 0), none);
}

/* ---- what an account pays ------------------------------------------------------------------------- */

/* At 100, a has 1000 and b 500; c is a short with 2000. */
#define MARKET                                                                                    \
  "simulation: {horizon: 10m, step: 1m, paths: 1}\n"                                              \
  "markets: {X: {price: {model: gbm, volatility: 0%, initial: 100}, liquidity: {impact: none, "   \
  "spread: 0bp}, margin: {maintenance: 1%}}}\nbook: {file: book.csv}\n"                           \
  "waterfall: [{verb: assess, who: all_traders, base: equity}]\n"
#define BOOK                                                                                      \
  "account,market,side,size_usd,entry,collateral\n"                                               \
  "a,X,long,2000,100,1000\nb,X,long,1000,100,500\nc,X,short,4000,100,2000\n"

static void test_payments_of_a_path(void **state) {
  (void)state;
  struct scene scene = scene_open(MARKET, BOOK, NULL);
  struct hc_system system = {.step = 0};
  assert_int_equal(hc_system_create(&system, scene.scenario), HC_OK);
  hc_system_start(&system, scene.scenario, 0, 0, true);
  struct hc_path_crowd *crowd = system.crowd;
  struct hc_crowd *base = &crowd->base;
  const struct hc_crowd_ops *ops = base->ops;
  hc_path_crowd_payments(crowd);
  assert_int_equal(crowd->payers, 0);

  system.mark = 100.0;
  system.step = 1;
  assert_int_equal(ops->charge(base, 0, 100.0), HC_OK);
  assert_int_equal(ops->charge(base, 0, 150.0), HC_OK); /* one settlement: 250 of 1000 */
  assert_near(crowd->haircut_max, 0.25, 1e-15);
  system.step = 2;
  assert_int_equal(ops->charge(base, 0, 150.0), HC_OK); /* 150 of 750 */
  assert_near(crowd->haircut_max, 0.25, 1e-15);
  assert_int_equal(ops->trade(base, 1, -5.0, 110.0), HC_OK); /* a gain is no payment */
  assert_int_equal(ops->trade(base, 2, -1.0, 100.0), HC_OK); /* nor is a price at the mark */
  hc_path_crowd_payments(crowd);
  assert_int_equal(crowd->payers, 1);
  assert_near(crowd->payments[0], 400.0, 1e-12);

  system.step = 3;
  assert_int_equal(ops->trade(base, 2, -19.0, 140.0), HC_OK); /* forgoes 19 * 40 = 760 of 2000 */
  assert_near(crowd->haircut_max, 0.38, 1e-15);
  assert_int_equal(ops->trade(base, 1, 5.0, 106.0), HC_OK); /* takes over above the mark: 30 of 550 */
  hc_path_crowd_payments(crowd);
  assert_int_equal(crowd->payers, 3);
  assert_near(crowd->payments[0], 30.0, 1e-12);
  assert_near(crowd->payments[1], 400.0, 1e-12);
  assert_near(crowd->payments[2], 760.0, 1e-12);
  assert_near(crowd->haircut_max, 0.38, 1e-15);

  system.step = 4;
  system.mark = 75.0; /* a has 1000 - 400 - 500 */
  assert_int_equal(ops->charge(base, 0, 80.0), HC_OK);
  assert_near(crowd->haircut_max, 0.8, 1e-12);

  hc_system_start(&system, scene.scenario, 0, 1, true);
  hc_path_crowd_payments(crowd);
  assert_int_equal(crowd->payers, 0);
  assert_true(crowd->haircut_max == 0.0);
  hc_system_free(&system, scene.scenario);
  scene_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_known_payments),
    cmocka_unit_test(test_the_ten_greatest),
    cmocka_unit_test(test_random_payments),
    cmocka_unit_test(test_nothing_to_sort),
    cmocka_unit_test(test_payments_of_a_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
