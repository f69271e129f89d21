/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who left the bad debt: by path, by mean and by contribution to ES 99. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fewer.h"
#include "near.h"
#include "walk/configs.h"
#include "walk/scene.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- a run in memory ----------------------------------------------------------------------- */

struct kept {
  struct hc_stats *stats;
  struct hc_granule_stats *spare; /* granules go through their bytes */
};

static hc_status put(void *self, int worker, const struct hc_granule *granule, struct hc_error *error) {
  struct kept *kept = self;
  const void *bytes;
  size_t length;
  (void)worker;
  hc_status status = hc_granule_stats_pack(granule->stats, &bytes, &length);
  if (status == HC_OK) status = hc_granule_stats_unpack(kept->spare, bytes, length);
  if (status == HC_OK) status = hc_stats_merge(kept->stats, kept->spare);
  return status == HC_OK ? HC_OK : hc_fail(error, status, "cannot be kept");
}

static struct kept run(const struct scene *scene, uint64_t paths) {
  const struct hc_stats_setup setup = hc_run_setup(scene->scenario);
  const struct hc_run_options options = {.threads = 1, .paths = paths};
  struct kept kept;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_stats_create(&setup, &kept.stats), HC_OK);
  assert_int_equal(hc_granule_stats_create(&setup, &kept.spare), HC_OK);
  const struct hc_sink sink = {&kept, NULL, put};
  if (hc_run(scene->scenario, &options, &sink, NULL, &error) != HC_OK) fail_msg("%s", error.message);
  return kept;
}

static void forget(struct kept *kept) {
  hc_stats_free(kept->stats);
  hc_granule_stats_free(kept->spare);
}

static struct hc_attribution attribute(const struct scene *scene, struct hc_stats *stats, int threads) {
  struct hc_attribution a;
  struct hc_error error = {.status = HC_OK};
  if (hc_attribute(scene->scenario, stats, threads, &a, &error) != HC_OK) fail_msg("%s", error.message);
  return a;
}

static const struct hc_estimate *estimate(struct hc_stats *stats, const char *name) {
  const struct hc_estimate *all;
  size_t count;
  assert_int_equal(hc_stats_estimates(stats, &all, &count), HC_OK);
  for (size_t i = 0; i < count; i++)
    if (strcmp(all[i].name, name) == 0) return &all[i];
  fail_msg("there is no %s", name);
  return NULL;
}

/* ---- cells ------------------------------------------------------------------------------------ */

static size_t cell_of(int side, double size, double leverage) {
  const struct hc_position p = {
    .quantity = size / 100.0, .entry = 100.0, .collateral = size / leverage, .side = side};
  return hc_position_cell(&p);
}

static size_t cell(size_t side, size_t leverage, size_t size) {
  return (side * HC_BLAME_LEVERAGES + leverage) * HC_BLAME_SIZES + size;
}

static void test_cells(void **state) {
  (void)state;
  assert_int_equal(cell_of(1, 1.0, 0.5), cell(0, 0, 0));
  assert_int_equal(cell_of(-1, 1e12, 1e3), cell(1, HC_BLAME_LEVERAGES - 1, HC_BLAME_SIZES - 1));
  assert_int_equal(cell(1, HC_BLAME_LEVERAGES - 1, HC_BLAME_SIZES - 1) + 1, HC_BLAME_OTHER);
  for (size_t i = 0; i + 1 < HC_BLAME_LEVERAGES; i++)
    for (size_t j = 0; j + 1 < HC_BLAME_SIZES; j++) { /* edges belong to the cell below */
      const double leverage = hc_blame_leverage[i], size = hc_blame_size[j];
      assert_int_equal(cell_of(1, size, leverage), cell(0, i, j));
      assert_int_equal(cell_of(-1, size * 1.001, leverage * 1.001), cell(1, i + 1, j + 1));
      assert_int_equal(cell_of(1, size / 3.0 * 3.0, leverage / 7.0 * 7.0), cell(0, i, j));
    }
}

/* ---- by hand -------------------------------------------------------------------------------------- */

/* At 80: a loses 10 (90 - 80) = 100 and b 200 (95 - 80) = 3,000; c and d have enough. */
static const char HAND_BOOK[] =
  "account,market,side,size_usd,entry,collateral\na,BTC,long,1000,100,100\nb,BTC,long,20000,100,1000\n"
  "c,BTC,long,1000,100,500\nd,BTC,short,1000,100,100\n";
static const char HAND[] =
  "simulation: {horizon: 2m, step: 1m}\n"
  "markets: {BTC: {price: {model: gbm, initial: 100, volatility: 0%, shock: {at: 30s, over: 0s, move: "
  "-20%}}, liquidity: {impact: none, spread: 0%}, margin: {maintenance: 1%}}}\n"
  "book: {file: book.csv}\nliquidation: {fee: 0%}\ninsurance_fund: {initial: 100}\n"
  "liquidity_providers: [{name: x, deposits: 10000}]\n";

static void check_hand(const char *flow) {
  struct scene scene = scene_open(HAND, HAND_BOOK, SETTINGS(flow));
  struct kept kept = run(&scene, 1050); /* 10 in the tail, and half of the path at VaR */
  const struct hc_attribution a = attribute(&scene, kept.stats, 2);
  const size_t at_a = cell(0, 2, 0), at_b = cell(0, 3, 1);
  assert_int_equal(a.cell_count, HC_BLAME_CELLS);
  for (size_t c = 0; c < a.cell_count; c++) {
    const double part = c == at_a ? 100.0 : c == at_b ? 3000.0 : 0.0;
    assert_near(a.cell[c].mean_bad_debt, part, 1e-9);
    assert_near(a.cell[c].es_99_bad_debt, part, 1e-9);
    assert_near(a.cell[c].es_99_lp_loss, part * 3000.0 / 3100.0, 1e-9);
    assert_true(isnan(a.cell[c].es_99_bad_debt_se)); /* of 10 paths */
  }
  assert_near(a.cell[at_b].positions, 1.0, 0.0);
  assert_near(a.cell[at_b].notional, 20000.0, 1e-9);
  assert_int_equal(a.account_count, 2);
  assert_string_equal(a.name[0], "b");
  assert_string_equal(a.name[1], "a");
  assert_int_equal(a.account[0].account, 1);
  assert_int_equal(a.account[0].tail_paths, 11);
  assert_near(a.account[0].leverage, 20.0, 1e-12);
  assert_near(a.account[0].es_99_bad_debt, 3000.0, 1e-9);
  assert_near(a.account[1].book_share, 100.0 / 3100.0, 1e-12);
  forget(&kept);
  scene_close(&scene);
}

static void test_by_hand(void **state) {
  (void)state;
  check_hand("liquidation.order_flow=batch");
  check_hand("liquidation.order_flow=fifo");
}

/* ---- sums ------------------------------------------------------------------------------------------- */

#define CLOSING "waterfall=[{verb: fund}, {verb: close, score: bitmex}]"
#define TAKING "waterfall=[{verb: fund}, {verb: takeover, who: liquidity_providers}, {verb: close, score: bitmex}]"
#define CHARGING "waterfall=[{verb: fund}, {verb: assess, who: winners, base: unrealised_profit}]"
#define HALTING "waterfall=[{verb: fund}, {verb: close, score: bitmex, severity: 50%}, {verb: halt, when: shortfall > 100k}]"

static double sum_of(const struct hc_blame_path *row) {
  double sum = 0.0;
  for (size_t c = 0; c < HC_BLAME_CELLS; c++) sum += row->cell[c];
  return sum;
}

/* On each path the cells add up to its bad debt, and the accounts to the cells but the venue's. */
static uint64_t check_paths(struct scene *scene, uint64_t paths) {
  struct hc_blame blame = {.by_account = 1};
  struct hc_error error = {.status = HC_OK};
  uint64_t some = 0;
  hc_workspace_blame(scene->workspace, &blame);
  for (uint64_t path = 0; path < paths; path++) {
    struct hc_outcome outcome;
    blame.count = 0;
    if (hc_path_run(scene->workspace, path, &outcome, NULL, &error) != HC_OK) fail_msg("%s", error.message);
    assert_int_equal(blame.count, outcome.bad_debt > 0.0);
    if (!blame.count) continue;
    some++;
    assert_near(sum_of(&blame.paths[0]), outcome.bad_debt, 1e-9 * outcome.bad_debt);
    double accounts = blame.paths[0].cell[HC_BLAME_OTHER];
    for (size_t i = 0; i < blame.parts; i++) accounts += blame.part[i].amount;
    assert_near(accounts, outcome.bad_debt, 1e-9 * outcome.bad_debt);
  }
  hc_workspace_blame(scene->workspace, NULL);
  hc_blame_free(&blame);
  return some;
}

static void check_sums(const struct scene *scene, uint64_t paths) {
  struct kept kept = run(scene, paths);
  const struct hc_attribution a = attribute(scene, kept.stats, 1), b = attribute(scene, kept.stats, 3);
  double mean = 0.0, debt = 0.0, loss = 0.0, top = 0.0;
  assert_memory_equal(a.cell, b.cell, sizeof a.cell);
  assert_memory_equal(a.account, b.account, sizeof a.account);
  for (size_t c = 0; c < a.cell_count; c++) {
    mean += a.cell[c].mean_bad_debt;
    debt += a.cell[c].es_99_bad_debt;
    loss += a.cell[c].es_99_lp_loss;
  }
  const double es = estimate(kept.stats, "es_99_bad_debt")->value;
  const double lp = estimate(kept.stats, "es_99_lp_loss")->value;
  const double all = estimate(kept.stats, "mean_bad_debt")->value;
  assert_near(mean, all, 1e-9 * all);
  assert_near(debt, es, 1e-9 * es);
  assert_near(loss, lp, 1e-9 * lp);
  for (size_t i = 0; i < a.account_count; i++) {
    if (i) assert_true(a.account[i].es_99_bad_debt <= a.account[i - 1].es_99_bad_debt);
    top += a.account[i].es_99_bad_debt;
  }
  assert_true((a.account_count > 0) == (es > 0.0) && top <= es * (1.0 + 1e-9));
  forget(&kept);
}

static void test_sums(void **state) {
  (void)state;
  uint64_t some = 0;
  for (size_t i = 0; i < COUNT_OF(walk_configs); i++) {
    struct scene scene = scene_open(walk_configs[i].yaml, NULL, SETTINGS("name=test"));
    some += check_paths(&scene, FEWER(300));
    check_sums(&scene, FEWER(3000));
    scene_close(&scene);
  }
  assert_true(some > FEWER(300));
}

static void test_sums_where_layers_change_positions(void **state) {
  (void)state;
  static const char *const waterfalls[] = {CLOSING, TAKING, CHARGING, HALTING};
  static const char *const flows[] = {"liquidation.order_flow=batch", "liquidation.order_flow=fifo"};
  for (size_t w = 0; w < COUNT_OF(waterfalls); w++)
    for (size_t f = 0; f < COUNT_OF(flows); f++) {
      struct scene scene = scene_open(walk_configs[2].yaml, NULL, SETTINGS(waterfalls[w], flows[f]));
      assert_true(check_paths(&scene, 300) > 30);
      check_sums(&scene, 2000);
      scene_close(&scene);
    }
}

/* Nothing is kept where nobody asks, and without impact nothing is attributed. */
static void test_off(void **state) {
  (void)state;
  struct scene scene = scene_open(HAND, HAND_BOOK, SETTINGS("output.attribution=false"));
  struct hc_blame blame = {0};
  struct hc_outcome outcome;
  struct hc_error error = {.status = HC_OK};
  hc_workspace_blame(scene.workspace, &blame);
  assert_int_equal(hc_path_run(scene.workspace, 0, &outcome, NULL, &error), HC_OK);
  assert_near(outcome.bad_debt, 3100.0, 1e-9);
  assert_int_equal(blame.count, 0);
  scene_close(&scene);
}

/* ---- errors ------------------------------------------------------------------------------------------- */

/* The error of all causes together is that of ES, and the mean's that of the mean. */
static void test_errors_of_one_cause(void **state) {
  (void)state;
  struct scene scene = scene_open(walk_configs[2].yaml, NULL, SETTINGS("name=test"));
  struct kept kept = run(&scene, 20000);
  struct hc_es_tail tail;
  assert_int_equal(hc_stats_es_tail(kept.stats, HC_TAIL_bad_debt, &tail), HC_OK);
  struct hc_es_part part = {0};
  double group[64] = {0};
  for (size_t i = 0; i < tail.count; i++) {
    hc_es_part_add(&part, &tail.path[i], tail.path[i].value);
    if (tail.path[i].weight >= 1.0) group[tail.path[i].group] += tail.path[i].value;
  }
  struct hc_estimate made;
  hc_es_part_estimate(&tail, &part, group, &made);
  const struct hc_estimate *es = estimate(kept.stats, "es_99_bad_debt");
  assert_near(made.value, es->value, 1e-12 * es->value);
  assert_near(made.se, es->se, 1e-9 * es->se);
  assert_near(made.se_paths, es->se_paths, 1e-9 * es->se_paths);
  hc_es_tail_free(&tail);
  forget(&kept);
  scene_close(&scene);
}

/* Repeated runs scatter as their standard errors say. */
static void test_errors_cover(void **state) {
  (void)state;
  enum { RUNS = FEWER(40) };
  double sum = 0.0, square = 0.0, variance = 0.0;
  for (int r = 0; r < RUNS; r++) {
    char seed[40];
    (void)snprintf(seed, sizeof seed, "simulation.seed=%d", 1000 + r);
    struct scene scene =
      scene_open(walk_configs[2].yaml, NULL, SETTINGS(seed, "output.counterfactual=false", "simulation.step=10m"));
    struct kept kept = run(&scene, 10500);
    const struct hc_attribution a = attribute(&scene, kept.stats, 1);
    const struct hc_blame_cell *of = &a.cell[cell(0, 2, 3)]; /* longs at 5 to 10 times, 1M to 10M */
    const double value = of->es_99_bad_debt, se = of->es_99_bad_debt_se;
    sum += value;
    square += value * value;
    variance += se * se;
    forget(&kept);
    scene_close(&scene);
  }
  const double scatter = sqrt((square - sum * sum / RUNS) / (RUNS - 1)), said = sqrt(variance / RUNS);
  assert_true(scatter > 0.6 * said && scatter < 1.6 * said);
}

/* ---- more tail paths than are kept ----------------------------------------------------------------------- */

static void test_more_than_are_kept(void **state) {
  (void)state;
  const uint64_t paths = (uint64_t)14000 * HC_GRANULE;
  const struct hc_stats_setup setup = {.books = 3};
  static struct hc_outcome outcomes[HC_GRANULE];
  const double no_classes[1] = {0.0};
  struct kept kept;
  assert_int_equal(hc_stats_create(&setup, &kept.stats), HC_OK);
  assert_int_equal(hc_granule_stats_create(&setup, &kept.spare), HC_OK);
  for (uint64_t first = 0; first < paths; first += HC_GRANULE) {
    for (uint64_t i = 0; i < HC_GRANULE; i++) {
      const uint64_t mixed = (first + i) * UINT64_C(0x9E3779B97F4A7C15);
      outcomes[i].bad_debt = 1e5 / (1e-4 + (double)(mixed >> 11) * 0x1p-53);
    }
    assert_int_equal(hc_granule_stats_fill(kept.spare, first, HC_GRANULE, outcomes, no_classes), HC_OK);
    assert_int_equal(hc_stats_merge(kept.stats, kept.spare), HC_OK);
  }
  struct hc_es_tail tail;
  assert_int_equal(hc_stats_es_tail(kept.stats, HC_TAIL_bad_debt, &tail), HC_OK);
  struct hc_es_part part = {0};
  for (size_t i = 0; i < tail.count; i++) {
    hc_es_part_add(&part, &tail.path[i], tail.path[i].value);
    if (i) assert_true(tail.path[i].path > tail.path[i - 1].path);
  }
  const double es = estimate(kept.stats, "es_99_bad_debt")->value;
  assert_true(tail.count < paths / 100);
  assert_near(tail.scale * part.weighted, es, 1e-9 * es);
  hc_es_tail_free(&tail);
  forget(&kept);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_cells),
    cmocka_unit_test(test_by_hand),
    cmocka_unit_test(test_sums),
    cmocka_unit_test(test_sums_where_layers_change_positions),
    cmocka_unit_test(test_off),
    cmocka_unit_test(test_errors_of_one_cause),
    cmocka_unit_test(test_errors_cover),
    cmocka_unit_test(test_more_than_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
