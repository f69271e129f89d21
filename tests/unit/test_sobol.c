/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sobol indices of functions that are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"
#include "haircut/design.h"
#include "haircut/random.h"

#define PI 3.14159265358979323846

typedef double function(const double *x, size_t axes);
/* Ishigami and Homma (1990) with a = 7, b = 0.1 on (-pi, pi)^3. */
static double ishigami(const double *x, size_t axes) {
  (void)axes;
  const double a = PI * (2 * x[0] - 1), b = PI * (2 * x[1] - 1), c = PI * (2 * x[2] - 1);
  return sin(a) + 7 * sin(b) * sin(b) + 0.1 * pow(c, 4) * sin(a);
}
static double additive(const double *x, size_t axes) {
  double sum = 0;
  for (size_t i = 0; i < axes; i++) sum += (double)(i + 1) * x[i];
  return sum;
}
static double constant(const double *x, size_t axes) {
  (void)x, (void)axes;
  return 1e9;
}

struct study {
  struct hc_sobol_index index[24];
  double variance;
  hc_status status;
  struct hc_error error;
};
/* Values with normal noise of a deviation; `known`: its variance is given. */
static struct study study(function *f, size_t axes, size_t rows, double deviation, int known, uint64_t seed) {
  const size_t count = rows * (axes + 2);
  double *x = calloc(count * axes, sizeof *x), *value = calloc(count, sizeof *value);
  double *noise = calloc(count, sizeof *noise);
  struct study s = {.status = HC_OK};
  assert_int_equal(hc_sobol_points(seed, rows, axes, x, &s.error), HC_OK);
  for (size_t i = 0; i < count; i++) {
    double u[2];
    hc_uniforms(seed, 1, (uint32_t)i, HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, 0), u);
    value[i] = f(x + i * axes, axes) + deviation * hc_normal_quantile(u[0]);
    noise[i] = deviation * deviation;
  }
  s.status = hc_sobol_indices(value, known ? noise : NULL, rows, axes, seed, s.index, &s.variance, &s.error);
  free(x);
  free(value);
  free(noise);
  return s;
}

static const double ishigami_first[] = {0.313905, 0.442411, 0.0};
static const double ishigami_total[] = {0.557589, 0.442411, 0.243684};

static void test_ishigami(void **state) {
  (void)state;
  const struct study s = study(ishigami, 3, 1 << 14, 0.0, 0, 1);
  assert_int_equal(s.status, HC_OK);
  assert_near(s.variance, 13.844588, 0.02);
  for (size_t i = 0; i < 3; i++) {
    assert_near(s.index[i].first, ishigami_first[i], 0.005);
    assert_near(s.index[i].total, ishigami_total[i], 0.005);
    assert_true(s.index[i].first_low < ishigami_first[i] && ishigami_first[i] < s.index[i].first_high);
    assert_true(s.index[i].total_low < ishigami_total[i] && ishigami_total[i] < s.index[i].total_high);
    assert_true(s.index[i].first_high - s.index[i].first_low < 0.08);
  }
}

/* Noise with a third of the function's own variance. */
static void test_noise_is_taken_off(void **state) {
  (void)state;
  const double deviation = sqrt(13.844588 / 3);
  const struct study known = study(ishigami, 3, 1 << 15, deviation, 1, 2);
  const struct study not_known = study(ishigami, 3, 1 << 15, deviation, 0, 2);
  assert_near(known.variance, 13.844588, 0.3);
  assert_near(not_known.variance, 13.844588 * 4 / 3, 0.3);
  for (size_t i = 0; i < 3; i++) {
    assert_near(known.index[i].first, ishigami_first[i], 0.03);
    assert_near(known.index[i].total, ishigami_total[i], 0.03);
    assert_near(not_known.index[i].total, (ishigami_total[i] + 1.0 / 3) * 3 / 4, 0.03);
  }
}

/* Shares of squares, and no interactions; above 20 axes by a Latin hypercube. */
static void test_additive(void **state) {
  (void)state;
  static const size_t axes[] = {1, 4, 24};
  for (size_t a = 0; a < sizeof axes / sizeof *axes; a++) {
    const struct study s = study(additive, axes[a], 1 << 12, 0.0, 0, 3);
    double squares = 0;
    for (size_t i = 0; i < axes[a]; i++) squares += (double)((i + 1) * (i + 1));
    for (size_t i = 0; i < axes[a]; i++) {
      const double share = (double)((i + 1) * (i + 1)) / squares;
      assert_near(s.index[i].first, share, 0.03);
      assert_near(s.index[i].total, share, 0.03);
    }
  }
}

/* 95 % intervals hold what is true in 95 % of studies, or more: rows are spread more evenly than random ones. */
static void test_intervals(void **state) {
  (void)state;
  enum { STUDIES = 200 };
  int first = 0, total = 0;
  for (uint64_t seed = 0; seed < STUDIES; seed++) {
    const struct study s = study(ishigami, 3, 256, 1.0, 1, seed);
    first += s.index[0].first_low <= ishigami_first[0] && ishigami_first[0] <= s.index[0].first_high;
    total += s.index[1].total_low <= ishigami_total[1] && ishigami_total[1] <= s.index[1].total_high;
  }
  assert_true(first > 0.91 * STUDIES);
  assert_true(total > 0.91 * STUDIES);
}

static void test_refusals(void **state) {
  (void)state;
  const struct study s = study(constant, 2, 64, 0.0, 0, 4);
  assert_int_equal(s.status, HC_MODEL);
  assert_non_null(strstr(s.error.message, "does not vary"));
  const struct study noisy = study(constant, 2, 64, 1.0, 1, 5);
  assert_true(noisy.status == HC_MODEL || noisy.variance < 0.5);
  double value[6] = {1, 2, 3, 4, 5, (double)NAN}, variance;
  struct hc_sobol_index index[1];
  struct hc_error error = {0};
  assert_int_equal(hc_sobol_indices(value, NULL, 2, 1, 1, index, &variance, &error), HC_INPUT);
  assert_int_equal(hc_sobol_indices(value, NULL, 1, 1, 1, index, &variance, &error), HC_INPUT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_ishigami),
    cmocka_unit_test(test_noise_is_taken_off),
    cmocka_unit_test(test_additive),
    cmocka_unit_test(test_intervals),
    cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
