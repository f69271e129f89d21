/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means of blocks of paths, and the errors of differences that are made from them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "near.h"
#include "stats/internal.h"

/* Statistics of losses x[0 .. count-1]. */
static struct hc_stats *stats_of(const double *x, size_t count, size_t books) {
  static const double no_classes[1];
  const struct hc_stats_setup setup = {.books = books};
  struct hc_stats *stats = NULL;
  struct hc_granule_stats *granule = NULL;
  struct hc_outcome *outcomes = calloc(HC_GRANULE, sizeof *outcomes);
  assert_non_null(outcomes);
  assert_int_equal(hc_stats_create(&setup, &stats), HC_OK);
  assert_int_equal(hc_granule_stats_create(&setup, &granule), HC_OK);
  for (size_t first = 0; first < count; first += HC_GRANULE) {
    const size_t part = count - first < HC_GRANULE ? count - first : HC_GRANULE;
    for (size_t i = 0; i < part; i++) outcomes[i].lp_loss = x[first + i];
    assert_int_equal(hc_granule_stats_fill(granule, first, part, outcomes, no_classes), HC_OK);
    assert_int_equal(hc_stats_merge(stats, granule), HC_OK);
  }
  hc_granule_stats_free(granule);
  free(outcomes);
  return stats;
}

static struct hc_blocks blocks_of(const double *x, size_t count, size_t books) {
  struct hc_blocks blocks;
  struct hc_stats *stats = stats_of(x, count, books);
  assert_int_equal(hc_stats_blocks(stats, &blocks), HC_OK);
  hc_stats_free(stats);
  return blocks;
}

/* No block spans two groups of books, there are 64 to 126 of them, and together they are all paths. */
static void divide_paths(void **state) {
  (void)state;
  for (size_t books = 1; books <= 200; books++) {
    const size_t blocks = hc_block_count(books), groups = books < HC_GROUPS ? books : HC_GROUPS;
    assert_in_range(blocks, HC_GROUPS, HC_BLOCKS_MAX);
    for (uint64_t path = 0; path < 2000; path++) {
      const size_t block = hc_block_of(path, books, blocks);
      assert_true(block < blocks);
      assert_int_equal(block % groups, hc_group_of(path, books, groups));
    }
  }
}

enum { PATHS = 20000 };
static double x[PATHS], y[PATHS];

static void draw(unsigned long seed, double both, double own) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  for (size_t i = 0; i < PATHS; i++) {
    const double common = gsl_rng_uniform(rng) < 0.3 ? both * gsl_ran_exponential(rng, 1.0) : 0.0;
    x[i] = common > 0.0 ? common + own * gsl_rng_uniform(rng) : 0.0;
    y[i] = common;
  }
  gsl_rng_free(rng);
}

static void hold_the_means(void **state) {
  (void)state;
  draw(1, 10.0, 1.0);
  for (size_t books = 1; books <= 100; books += 9) {
    const struct hc_blocks blocks = blocks_of(x, PATHS, books);
    double sum = 0.0, hits = 0.0, shortfall = 0.0, paths = 0.0;
    for (size_t b = 0; b < blocks.count; b++) {
      sum += blocks.paths[b] * blocks.mean[HC_PAIRED_mean_lp_loss][b];
      hits += blocks.paths[b] * blocks.mean[HC_PAIRED_p_lp_loss][b];
      shortfall += blocks.paths[b] * blocks.mean[HC_PAIRED_es_99_lp_loss][b];
      paths += blocks.paths[b];
    }
    double expected = 0.0, positive = 0.0;
    for (size_t i = 0; i < PATHS; i++) {
      expected += x[i];
      positive += x[i] > 0.0;
    }
    assert_true(paths >= PATHS && paths <= PATHS);
    assert_near(sum, expected, 1e-9 * expected);
    assert_near(hits, positive, 1e-6);
    struct hc_stats *stats = stats_of(x, PATHS, books);
    struct hc_shortfall es;
    assert_int_equal(hc_tail_prepare(stats, HC_TAIL_lp_loss), HC_OK);
    hc_shortfall_of(stats, HC_TAIL_lp_loss, 9900, 0.0, INFINITY, &es);
    assert_near(shortfall / paths, es.value, 1e-9 * es.value);
    assert_int_equal(hc_stats_tail_paths(stats, HC_TAIL_lp_loss), 200);
    hc_stats_free(stats);
  }
}

static double difference_of_means(void) {
  double sum = 0.0;
  for (size_t i = 0; i < PATHS; i++) sum += x[i] - y[i];
  return sum / PATHS;
}

/* Far surer than a level, as sure as path by path, and as sure as they say. */
static void tell_differences(void **state) {
  (void)state;
  size_t covered = 0;
  double ratio = 0.0;
  enum { SEEDS = 200 };
  for (unsigned long seed = 1; seed <= SEEDS; seed++) {
    draw(seed, 10.0, 1.0); /* the difference is 0.3 x U(0, 1) in the mean: 0.15 */
    const struct hc_blocks ours = blocks_of(x, PATHS, 4), theirs = blocks_of(y, PATHS, 4);
    struct hc_estimate difference = {.note = ""};
    hc_blocks_difference(&ours, &theirs, HC_PAIRED_mean_lp_loss, difference_of_means(), &difference);
    covered += difference.low <= 0.15 && 0.15 <= difference.high;
    ratio += difference.se_paths / sqrt((0.3 / 3.0 - 0.15 * 0.15) / PATHS) / SEEDS;
  }
  assert_in_range(covered, 178, 200); /* of 190, within four standard errors */
  assert_near(ratio, 1.0, 0.05);
}

static void tell_what_is_the_same(void **state) {
  (void)state;
  draw(3, 10.0, 1.0);
  const struct hc_blocks ours = blocks_of(x, PATHS, 4), others = blocks_of(x, PATHS - 7, 4);
  struct hc_estimate difference = {.note = ""};
  hc_blocks_difference(&ours, &ours, HC_PAIRED_es_99_lp_loss, 0.0, &difference);
  assert_true(difference.se <= 0.0 && difference.low >= 0.0 && difference.high <= 0.0);
  assert_string_equal(difference.note, "no path differs");
  hc_blocks_difference(&ours, &others, HC_PAIRED_mean_lp_loss, 0.0, &difference);
  assert_true(isnan(difference.se));
  assert_string_equal(difference.note, "not the same paths");
  const struct hc_blocks one = blocks_of(x, 1, 1);
  hc_blocks_difference(&one, &one, HC_PAIRED_mean_lp_loss, 0.0, &difference);
  assert_true(isnan(difference.se));
}

/* Where books decide, their scatter is the error. */
static void books_count(void **state) {
  (void)state;
  enum { BOOKS = 8 };
  for (size_t i = 0; i < PATHS; i++) {
    y[i] = 1.0 + (double)(i % 7) / 7.0;
    x[i] = y[i] + (double)(i % BOOKS);
  }
  const struct hc_blocks ours = blocks_of(x, PATHS, BOOKS), theirs = blocks_of(y, PATHS, BOOKS);
  struct hc_estimate difference = {.note = ""};
  hc_blocks_difference(&ours, &theirs, HC_PAIRED_mean_lp_loss, difference_of_means(), &difference);
  assert_near(difference.se, sqrt(6.0 / BOOKS), 0.01); /* sample variance of 0 .. 7 is 6 */
  assert_near(difference.high - difference.value, 2.3646 * difference.se, 0.01);
  assert_true(difference.se_paths < 0.5 * difference.se);
}

/* What an estimate rests on, by its name. */
static void support(void **state) {
  (void)state;
  draw(5, 10.0, 1.0);
  struct hc_stats *stats = stats_of(x, PATHS, 1);
  size_t positive = 0;
  for (size_t i = 0; i < PATHS; i++) positive += x[i] > 0.0;
  const struct hc_estimate *all;
  size_t count;
  assert_int_equal(hc_stats_estimates(stats, &all, &count), HC_OK);
  static const char *const names[] = {"p_lp_loss", "mean_lp_loss", "sd_lp_loss", "es_99_lp_loss", "var_95_lp_loss",
                                      "es_999_lp_loss", "cascade_share_lp_loss", "mean_bad_debt"};
  const uint64_t expected[] = {positive, positive, positive, 200, 1000, 20, PATHS, 0};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
    bool found = false;
    for (size_t i = 0; i < count; i++) {
      if (strcmp(all[i].name, names[n]) != 0) continue;
      assert_int_equal(hc_stats_support(stats, &all[i]), expected[n]);
      found = true;
    }
    assert_true(found);
  }
  hc_stats_free(stats);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(divide_paths),     cmocka_unit_test(hold_the_means),
                                     cmocka_unit_test(tell_differences), cmocka_unit_test(tell_what_is_the_same),
                                     cmocka_unit_test(books_count),      cmocka_unit_test(support)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
