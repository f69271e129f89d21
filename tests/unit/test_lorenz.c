/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean Lorenz curve over paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "haircut/stats.h"

enum { PATHS = 3 * HC_GRANULE + 100, LAST = HC_LORENZ_POINTS - 1 };
enum how { DIRECT, PACKED };

static struct hc_stats_setup setup_of(size_t books) { return (struct hc_stats_setup){.books = books}; }

/* On a tenth of the paths of granules 0 and 2, x^a with a random a; on all of granule 3. */
static int pays(uint64_t path, double *power) {
  double u[2];
  hc_uniforms(1, path, 0, HC_PURPOSE_WORD(HC_PURPOSES, 5), u);
  *power = 1.0 + u[1] + (double)(path % 2); /* books differ */
  return path / HC_GRANULE == 3 || (path / HC_GRANULE != 1 && u[0] < 0.1);
}
static double point(double power, int i) {
  return i == 0 ? 0.0 : hc_exp(power * hc_log((double)i / LAST));
}

static void fill(struct hc_granule_stats *granule, uint64_t first, size_t count) {
  static struct hc_outcome outcomes[HC_GRANULE];
  static struct hc_lorenz_curve curves[HC_GRANULE];
  const double no_classes[1] = {0.0};
  struct hc_lorenz lorenz = {0, HC_GRANULE, curves};
  for (uint64_t path = first; path < first + count; path++) {
    double power;
    if (!pays(path, &power)) continue;
    struct hc_lorenz_curve *curve = &curves[lorenz.count++];
    curve->path = path;
    for (int i = 0; i <= LAST; i++) curve->share[i] = point(power, i);
  }
  assert_int_equal(hc_granule_stats_fill(granule, first, count, outcomes, no_classes), HC_OK);
  assert_int_equal(hc_granule_stats_lorenz(granule, &lorenz), HC_OK);
}

static struct hc_stats *run(size_t books, size_t paths, enum how how) {
  const struct hc_stats_setup setup = setup_of(books);
  struct hc_granule_stats *granule, *other;
  struct hc_stats *stats;
  assert_int_equal(hc_granule_stats_create(&setup, &granule), HC_OK);
  assert_int_equal(hc_granule_stats_create(&setup, &other), HC_OK);
  assert_int_equal(hc_stats_create(&setup, &stats), HC_OK);
  for (size_t first = 0; first < paths; first += HC_GRANULE) {
    const void *bytes;
    size_t length;
    fill(granule, first, paths - first < HC_GRANULE ? paths - first : HC_GRANULE);
    if (how == PACKED) {
      assert_int_equal(hc_granule_stats_pack(granule, &bytes, &length), HC_OK);
      assert_int_equal(hc_granule_stats_unpack(other, bytes, length), HC_OK);
    }
    assert_int_equal(hc_stats_merge(stats, how == PACKED ? other : granule), HC_OK);
  }
  hc_granule_stats_free(granule);
  hc_granule_stats_free(other);
  return stats;
}

static void test_means_and_errors(void **state) {
  (void)state;
  struct hc_stats *stats = run(1, PATHS, DIRECT);
  struct hc_mean_lorenz curve;
  hc_stats_lorenz(stats, &curve);
  assert_int_equal(curve.count, HC_LORENZ_POINTS);
  for (int i = 0; i <= LAST; i++) {
    double sum = 0.0, square = 0.0, n = 0.0, power;
    for (uint64_t path = 0; path < PATHS; path++) {
      if (!pays(path, &power)) continue;
      sum += point(power, i);
      n += 1.0;
    }
    const double mean = sum / n;
    for (uint64_t path = 0; path < PATHS; path++)
      if (pays(path, &power)) square += (point(power, i) - mean) * (point(power, i) - mean);
    const double se = sqrt(square / (n - 1.0) / n);
    assert_near(n, (double)curve.paths, 0.0);
    assert_near(curve.fraction[i], (double)i / LAST, 1e-15);
    assert_near(curve.share[i], mean, 1e-13);
    assert_near(curve.se[i], se, 1e-13);
    assert_near(curve.low[i], fmax(0.0, mean - 1.959963984540054 * se), 1e-13);
    assert_near(curve.high[i], mean + 1.959963984540054 * se, 1e-13);
  }
  hc_stats_free(stats);
}

/* Two books whose payers differ: the error is larger than that of the paths alone. */
static void test_books_are_clusters(void **state) {
  (void)state;
  struct hc_stats *one = run(1, PATHS, DIRECT), *two = run(2, PATHS, DIRECT);
  struct hc_mean_lorenz of_one, of_two;
  hc_stats_lorenz(one, &of_one);
  hc_stats_lorenz(two, &of_two);
  assert_near(of_two.share[50], of_one.share[50], 1e-13);
  assert_true(of_two.se[50] > 5.0 * of_one.se[50]);
  hc_stats_free(one);
  hc_stats_free(two);
}

static void test_packed_granules_give_the_same_bits(void **state) {
  (void)state;
  static const size_t books[] = {1, 2, 64, 100};
  for (size_t k = 0; k < sizeof books / sizeof *books; k++) {
    struct hc_stats *direct = run(books[k], PATHS, DIRECT), *packed = run(books[k], PATHS, PACKED);
    struct hc_mean_lorenz a, b;
    hc_stats_lorenz(direct, &a);
    hc_stats_lorenz(packed, &b);
    assert_int_equal(a.paths, b.paths);
    const double *const ours[] = {a.fraction, a.share, a.se, a.low, a.high};
    const double *const theirs[] = {b.fraction, b.share, b.se, b.low, b.high};
    for (size_t i = 0; i < 5; i++)
      assert_memory_equal(ours[i], theirs[i], HC_LORENZ_POINTS * sizeof(double));
    hc_stats_free(direct);
    hc_stats_free(packed);
  }
}

static void test_few_paths_have_no_interval(void **state) {
  (void)state;
  struct hc_stats *stats = run(1, 40, DIRECT);
  struct hc_mean_lorenz curve;
  hc_stats_lorenz(stats, &curve);
  assert_true(curve.paths > 0 && curve.paths < 10);
  assert_true(curve.share[50] > 0.0 && isnan(curve.low[50]) && isnan(curve.high[50]));
  hc_stats_free(stats);
}

static void test_no_curve_where_nobody_paid(void **state) {
  (void)state;
  const struct hc_stats_setup setup = setup_of(1);
  struct hc_stats *stats;
  struct hc_mean_lorenz curve;
  assert_int_equal(hc_stats_create(&setup, &stats), HC_OK);
  hc_stats_lorenz(stats, &curve);
  assert_int_equal(curve.count, 0);
  hc_stats_free(stats);
}

static void test_curves_of_other_paths_are_refused(void **state) {
  (void)state;
  const struct hc_stats_setup setup = setup_of(1);
  struct hc_granule_stats *granule;
  assert_int_equal(hc_granule_stats_create(&setup, &granule), HC_OK);
  fill(granule, HC_GRANULE, 10);
  static const uint64_t paths[][2] = {{HC_GRANULE - 1, HC_GRANULE}, {HC_GRANULE, HC_GRANULE + 10},
                                      {HC_GRANULE + 2, HC_GRANULE + 2}, {HC_GRANULE + 2, HC_GRANULE + 1}};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    struct hc_lorenz_curve curves[2] = {{.path = paths[i][0]}, {.path = paths[i][1]}};
    assert_int_equal(hc_granule_stats_lorenz(granule, &(struct hc_lorenz){2, 2, curves}), HC_BUG);
  }
  hc_granule_stats_free(granule);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_means_and_errors),
    cmocka_unit_test(test_books_are_clusters),
    cmocka_unit_test(test_packed_granules_give_the_same_bits),
    cmocka_unit_test(test_few_paths_have_no_interval),
    cmocka_unit_test(test_no_curve_where_nobody_paid),
    cmocka_unit_test(test_curves_of_other_paths_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
