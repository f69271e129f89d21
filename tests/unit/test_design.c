/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Designs are what they say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haircut/design.h"

typedef hc_status design(uint64_t seed, size_t points, size_t axes, double *x, struct hc_error *error);

static double *make(design *of, uint64_t seed, size_t points, size_t axes) {
  struct hc_error error = {0};
  double *x = calloc(points * axes, sizeof *x);
  assert_non_null(x);
  if (of(seed, points, axes, x, &error) != HC_OK) fail_msg("%s", error.message);
  return x;
}

/* Each axis has one of `points` numbers, from row `first` on, in each of as many strata. */
static void assert_strata(const double *x, size_t first, size_t points, size_t axes) {
  char *seen = calloc(points, 1);
  for (size_t axis = 0; axis < axes; axis++) {
    memset(seen, 0, points);
    for (size_t i = first; i < first + points; i++) {
      const double u = x[i * axes + axis];
      assert_true(u > 0.0 && u < 1.0);
      const size_t stratum = (size_t)(u * (double)points);
      assert_false(seen[stratum]);
      seen[stratum] = 1;
    }
  }
  free(seen);
}

static void test_latin(void **state) {
  (void)state;
  static const size_t sizes[][2] = {{1, 1}, {2, 3}, {7, 5}, {100, 10}, {1000, 41}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (uint64_t seed = 0; seed < 5; seed++) {
      double *x = make(hc_design_latin, seed, sizes[i][0], sizes[i][1]);
      assert_strata(x, 0, sizes[i][0], sizes[i][1]);
      free(x);
    }
}

/* Places in a stratum and strata of two axes are independent: moments of many. */
static void test_latin_is_random(void **state) {
  (void)state;
  enum { POINTS = 20, SEEDS = 4000 };
  double place = 0, square = 0, product = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    double *x = make(hc_design_latin, seed, POINTS, 2);
    for (size_t i = 0; i < POINTS; i++) {
      const double u = x[2 * i] * POINTS - floor(x[2 * i] * POINTS);
      place += u;
      square += u * u;
    }
    product += (x[0] - 0.5) * (x[1] - 0.5);
    free(x);
  }
  const double n = (double)POINTS * SEEDS;
  assert_true(fabs(place / n - 0.5) < 4 * sqrt(1.0 / 12 / n));
  assert_true(fabs(square / n - 1.0 / 3) < 4 * sqrt(4.0 / 45 / n));
  assert_true(fabs(product / SEEDS) < 4 * (1.0 / 12) / sqrt(SEEDS));
}

static void test_sobol(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 5; seed++) {
    double *x = make(hc_design_sobol, seed, 1024, HC_SOBOL_AXES);
    for (size_t k = 1; k <= 1024; k *= 2) assert_strata(x, 0, k, HC_SOBOL_AXES);
    assert_strata(x, 512, 512, HC_SOBOL_AXES); /* aligned parts too */
    free(x);
  }
  /* Two axes together: a point in each of 16 x 16 cells. */
  double *x = make(hc_design_sobol, 7, 256, 2);
  char seen[256] = {0};
  for (size_t i = 0; i < 256; i++) {
    const size_t cell = (size_t)(x[2 * i] * 16) * 16 + (size_t)(x[2 * i + 1] * 16);
    assert_false(seen[cell]);
    seen[cell] = 1;
  }
  free(x);
}

/* Shifted, every point is uniform. */
static void test_sobol_is_random(void **state) {
  (void)state;
  enum { SEEDS = 20000 };
  double sum[3] = {0}, square = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    double *x = make(hc_design_sobol, seed, 3, 1);
    for (int i = 0; i < 3; i++) sum[i] += x[i];
    square += x[2] * x[2];
    free(x);
  }
  for (int i = 0; i < 3; i++) assert_true(fabs(sum[i] / SEEDS - 0.5) < 4 * sqrt(1.0 / 12 / SEEDS));
  assert_true(fabs(square / SEEDS - 1.0 / 3) < 4 * sqrt(4.0 / 45 / SEEDS));
}

/* The same seed and axis give the same bits; more points of a Sobol design begin with fewer. */
static void test_depends_on_the_seed(void **state) {
  (void)state;
  static design *const designs[] = {hc_design_latin, hc_design_sobol};
  for (size_t d = 0; d < 2; d++) {
    double *a = make(designs[d], 3, 50, 4), *b = make(designs[d], 3, 50, 4), *c = make(designs[d], 4, 50, 4);
    double *more = make(designs[d], 3, 50, 6);
    assert_memory_equal(a, b, 200 * sizeof *a);
    assert_true(memcmp(a, c, 200 * sizeof *a) != 0);
    for (size_t i = 0; i < 50; i++) assert_memory_equal(a + 4 * i, more + 6 * i, 4 * sizeof *a);
    free(a);
    free(b);
    free(c);
    free(more);
  }
  double *few = make(hc_design_sobol, 3, 50, 4), *many = make(hc_design_sobol, 3, 100, 4);
  assert_memory_equal(few, many, 200 * sizeof *few);
  free(few);
  free(many);
}

static void test_refusals(void **state) {
  (void)state;
  struct hc_error error = {0};
  double x[64];
  uint64_t points;
  assert_int_equal(hc_design_latin(1, 0, 1, x, &error), HC_INPUT);
  assert_int_equal(hc_design_latin(1, 1, 0, x, &error), HC_INPUT);
  assert_int_equal(hc_design_latin(1, (size_t)1 << 32, 1, x, &error), HC_INPUT);
  assert_int_equal(hc_design_sobol(1, 0, 1, x, &error), HC_INPUT);
  error = (struct hc_error){0};
  assert_int_equal(hc_design_sobol(1, 1, HC_SOBOL_AXES + 1, x, &error), HC_INPUT);
  assert_non_null(strstr(error.message, "at most 40 axes"));
  assert_int_equal(hc_design_sobol(1, (size_t)1 << 31, 1, x, &error), HC_INPUT);
  assert_int_equal(hc_design_grid((const size_t[]){2, 0}, 2, &points, &error), HC_INPUT);
  assert_int_equal(hc_design_grid(NULL, 0, &points, &error), HC_INPUT);
  const size_t huge[] = {(size_t)1 << 30, (size_t)1 << 30};
  assert_int_equal(hc_design_grid(huge, 2, &points, &error), HC_INPUT);
}

static void test_grid(void **state) {
  (void)state;
  static const size_t length[] = {3, 1, 4, 2};
  struct hc_error error = {0};
  uint64_t points;
  assert_int_equal(hc_design_grid(length, 4, &points, &error), HC_OK);
  assert_int_equal(points, 24);
  uint64_t p = 0;
  for (size_t a = 0; a < 3; a++)
    for (size_t c = 0; c < 4; c++)
      for (size_t d = 0; d < 2; d++) {
        size_t value[4];
        hc_design_grid_at(length, 4, p++, value);
        assert_int_equal(value[0], a);
        assert_int_equal(value[1], 0);
        assert_int_equal(value[2], c);
        assert_int_equal(value[3], d);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_latin),
    cmocka_unit_test(test_latin_is_random),
    cmocka_unit_test(test_sobol),
    cmocka_unit_test(test_sobol_is_random),
    cmocka_unit_test(test_depends_on_the_seed),
    cmocka_unit_test(test_refusals),
    cmocka_unit_test(test_grid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
