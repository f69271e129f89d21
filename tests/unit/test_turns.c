/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of large books that take turns on a thread are those that run alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "path/turns.h"
#include "walk/scene.h"

#define COUNT 200
#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Two books of 25,000 accounts a side: larger than caches usually are. */
static const char LARGE[] =
  "simulation: {horizon: 1d, step: 5m, seed: 5}\n"
  "markets: {BTC: {price: {model: merton, initial: 100000, volatility: 90%, jump_rate: 100/y, jump_mean: -8%, "
  "jump_volatility: 5%}, liquidity: {impact: power, depth: 150M, half_life: 10m}, margin: {maintenance: 1.25%}}}\n"
  "book: {generate: {books: 2, accounts: 50000, open_interest: 3B, entry_spread: 3%, leverage: {distribution: "
  "lognormal, median: 8, sigma: 0.9, max: 50}, size: {distribution: lognormal, sigma: 1.5}}}\n"
  "insurance_fund: {initial: 1M}\n"
  "liquidity_providers: [{name: senior, deposits: 100M}, {name: junior, deposits: 20M, profit: 5M}]\n";

static bool is_same(const void *a, const void *b, size_t size) { return memcmp(a, b, size) == 0; }

/* `count` paths from `first`, at once and one by one; how many had events. */
static size_t compare(const struct scene *scene, uint64_t first, size_t count) {
  struct hc_error error = {.status = HC_OK};
  double *losses, loss[8];
  size_t lively = 0;
  const size_t classes = hc_scenario_classes(scene->scenario);
  struct hc_outcome *many = scene_run(scene, first, count, &losses), one;
  assert_true(classes <= 8);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(hc_path_run(scene->workspace, first + i, &one, loss, &error), HC_OK);
    assert_true(is_same(&one, &many[i], 8 * HC_OUTCOME_COLUMNS));
    assert_true(is_same(loss, losses + i * classes, classes * sizeof *loss));
    lively += one.liquidations > 0;
  }
  free(many);
  free(losses);
  return lively;
}

static void check(const char *const *settings, size_t least) {
  struct scene scene = scene_open(LARGE, NULL, settings);
  assert_true(hc_turns_pay(scene.scenario));
  assert_true(compare(&scene, 0, COUNT) >= least);
  for (size_t count = 1; count < 12; count++) (void)compare(&scene, 1000 + 7 * count, count);
  scene_close(&scene);
}

static void test_outcomes_are_those_of_paths_alone(void **state) {
  (void)state;
  check(SETTINGS("output.counterfactual=true"), COUNT * 9 / 10);
  check(SETTINGS("output.counterfactual=false", "liquidation.order_flow=fifo", "simulation.horizon=2h"), COUNT / 2);
  /* No batches of roots: a shock, and a model that walks. */
  check(SETTINGS("markets.BTC.price.shock={at: 10h, move: -20%, over: 30m, recovery: 50%, recovery_half_life: 1h}"), COUNT);
  check(SETTINGS("markets.BTC.margin.pass_through=50%", "markets.BTC.liquidity.impact=linear"), COUNT / 2);
}

static void test_who_is_to_blame_is_kept_in_order(void **state) {
  (void)state;
  struct scene scene = scene_open(LARGE, NULL, SETTINGS("output.attribution=true", "markets.BTC.price.jump_mean=-20%",
                                   "markets.BTC.price.jump_rate=300/y"));
  struct hc_error error = {.status = HC_OK};
  struct hc_blame together = {0}, alone = {0};
  struct hc_outcome *outcomes = calloc(COUNT, sizeof *outcomes), one;
  hc_workspace_blame(scene.workspace, &together);
  for (size_t first = 0; first < COUNT; first += 50)
    assert_int_equal(hc_path_run_many(scene.workspace, first, 50, outcomes + first, NULL, &error), HC_OK);
  hc_workspace_blame(scene.workspace, &alone);
  for (uint64_t path = 0; path < COUNT; path++)
    assert_int_equal(hc_path_run(scene.workspace, path, &one, NULL, &error), HC_OK);
  assert_true(alone.count > COUNT / 4);
  assert_int_equal(together.count, alone.count);
  for (size_t i = 0; i < alone.count; i++) {
    assert_int_equal(together.paths[i].path, alone.paths[i].path);
    assert_true(is_same(together.paths[i].cell, alone.paths[i].cell, sizeof alone.paths[i].cell));
  }
  hc_blame_free(&together);
  hc_blame_free(&alone);
  free(outcomes);
  scene_close(&scene);
}

/* Where several fail, the first does, as it would alone; and the workspace can go on. */
static void test_the_first_failure_counts(void **state) {
  (void)state;
  /* Only jumps reach the book, which then explodes. */
  struct scene scene = scene_open(
    LARGE, NULL, SETTINGS("markets.BTC.liquidity={impact: linear, depth: 2M}", "markets.BTC.price.volatility=20%",
                          "markets.BTC.price.jump_volatility=10%", "book.generate.leverage.max=5"));
  struct hc_outcome *outcomes = calloc(64, sizeof *outcomes), one;
  size_t failed = 0, good = 0;
  for (uint64_t first = 0; first < 256; first += 16) {
    struct hc_error expected = {.status = HC_OK}, error = {.status = HC_OK};
    hc_status status = HC_OK;
    for (uint64_t path = first; path < first + 16 && status == HC_OK; path++)
      status = hc_path_run(scene.workspace, path, &one, NULL, &expected);
    assert_int_equal(hc_path_run_many(scene.workspace, first, 16, outcomes, NULL, &error), status);
    assert_string_equal(error.message, expected.message);
    failed += status == HC_MODEL;
    good += status == HC_OK;
  }
  assert_true(failed > 2 && good > 2);
  free(outcomes);
  scene_close(&scene);
}

static void test_work_is_counted(void **state) {
  (void)state;
  struct scene scene = scene_open(LARGE, NULL, SETTINGS("output.counterfactual=true"));
  struct hc_outcome *outcomes = scene_run(&scene, 0, COUNT, NULL), one;
  struct hc_error error = {.status = HC_OK};
  const struct hc_work many = hc_workspace_work(scene.workspace);
  for (uint64_t path = 0; path < COUNT; path++)
    assert_int_equal(hc_path_run(scene.workspace, path, &one, NULL, &error), HC_OK);
  const struct hc_work both = hc_workspace_work(scene.workspace);
  assert_int_equal(many.paths, COUNT);
  assert_true(many.normals > COUNT && many.events > COUNT && many.rounds > many.events);
  assert_int_equal(both.paths, 2 * many.paths);
  assert_int_equal(both.events, 2 * many.events);
  assert_int_equal(both.rounds, 2 * many.rounds);
  free(outcomes);
  scene_close(&scene);
}

static void test_small_and_changing_books_do_not_wait(void **state) {
  (void)state;
  struct scene small = scene_open(LARGE, NULL, SETTINGS("book.generate.accounts=2000"));
  assert_false(hc_turns_pay(small.scenario));
  scene_close(&small);
  struct scene changing = scene_open(LARGE, NULL, SETTINGS("waterfall=[{verb: fund}, {verb: close, who: opposite, base: size, allocation: pro_rata, price: bankruptcy}]"));
  assert_false(hc_turns_pay(changing.scenario));
  scene_close(&changing);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_outcomes_are_those_of_paths_alone),
    cmocka_unit_test(test_who_is_to_blame_is_kept_in_order),
    cmocka_unit_test(test_the_first_failure_counts),
    cmocka_unit_test(test_work_is_counted),
    cmocka_unit_test(test_small_and_changing_books_do_not_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
