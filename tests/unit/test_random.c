/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "haircut/random.h"
#include "random/kernels.h"
#include "random/scalar.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A number in (0, 1) for the tests' own choices. */
static double chance(void) {
  static uint32_t index;
  double u[2];
  hc_uniforms(4711, 1, index++, HC_PURPOSE_WORD(HC_PURPOSES, 9), u);
  return u[0];
}
static double between(double low, double high) { return low + (high - low) * chance(); }

/* ---- Philox and uniforms ---------------------------------------------------------- */

/* Known answers of Random123. */
static void test_philox_known_answers(void **state) {
  (void)state;
  const struct {
    uint32_t counter[4], key[2], word[4];
  } known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    const uint64_t seed = (uint64_t)known[i].key[1] << 32 | known[i].key[0];
    const uint64_t path = (uint64_t)known[i].counter[1] << 32 | known[i].counter[0];
    uint32_t word[4];
    hc_philox(seed, path, known[i].counter[2], known[i].counter[3], word);
    assert_memory_equal(word, known[i].word, sizeof word);
    /* x = r1 2^32 + r0, u = ((x >> 12) + 1/2) 2^-52. */
    double u[2];
    hc_uniforms(seed, path, known[i].counter[2], known[i].counter[3], u);
    const uint64_t x[2] = {(uint64_t)word[1] << 32 | word[0], (uint64_t)word[3] << 32 | word[2]};
    for (int half = 0; half < 2; half++)
      assert_true((long double)u[half] == ((long double)(x[half] >> 12) + 0.5L) * 0x1p-52L);
  }
}

static void test_uniforms_are_exact_and_symmetric(void **state) {
  (void)state;
  assert_true(hc_s_uniform(0, 0) == 0x1p-53);
  assert_true(hc_s_uniform(~0u, ~0u) == 1.0 - 0x1p-53);
  for (int i = 0; i < 10000; i++) {
    const uint32_t high = (uint32_t)(chance() * 4294967296.0), low = (uint32_t)(chance() * 4294967296.0);
    const double u = hc_s_uniform(high, low), mirror = hc_s_uniform(~high, ~low);
    assert_true(u > 0.0 && u < 1.0);
    assert_true(1.0 - u == mirror);
    assert_true((long double)u + (long double)mirror == 1.0L);
  }
}

static void test_draws_differ_by_all_that_names_them(void **state) {
  (void)state;
  const struct {
    uint64_t seed, path;
    uint32_t index, purpose;
  } names[] = {{1, 2, 3, 4}, {2, 2, 3, 4}, {1 + (1ull << 32), 2, 3, 4}, {1, 3, 3, 4},
               {1, 2 + (1ull << 32), 3, 4}, {1, 2, 4, 4}, {1, 2, 3, 5}, {1, 2, 3, 65540}};
  for (size_t i = 0; i < COUNT_OF(names); i++)
    for (size_t j = 0; j < i; j++) {
      double a[2], b[2];
      hc_uniforms(names[i].seed, names[i].path, names[i].index, names[i].purpose, a);
      hc_uniforms(names[j].seed, names[j].path, names[j].index, names[j].purpose, b);
      assert_true(a[0] != b[0] && a[1] != b[1] && a[0] != b[1]);
    }
}

/* ---- the inverse normal --------------------------------------------------------------- */

/* Newton's method in long double on the complementary error function. */
static double quantile_reference(double p) {
  const int upper = p > 0.5;
  const double tail = upper ? 1.0 - p : p; /* exact */
  long double x = gsl_cdf_ugaussian_Pinv(tail);
  for (int i = 0; i < 4; i++) {
    const long double density = expl(-0.5L * x * x) / sqrtl(2.0L * acosl(-1.0L));
    /* Near the middle the error function itself keeps the digits. */
    const long double excess = tail > 0.25
                                 ? 0.5L * erfl(x / sqrtl(2.0L)) - ((long double)tail - 0.5L)
                                 : 0.5L * erfcl(-x / sqrtl(2.0L)) - (long double)tail;
    x -= excess / density;
  }
  return (double)(upper ? -x : x);
}

static void check_quantile(double p) {
  const double reference = quantile_reference(p), value = hc_normal_quantile(p);
  if (!(fabs(value - reference) <= 1e-14 * fabs(reference)))
    fail_msg("quantile(%.17g) = %.17g, not %.17g", p, value, reference);
}

static void test_normal_quantile(void **state) {
  (void)state;
  assert_true(hc_normal_quantile(0.5) == 0.0);
  assert_true(fabs(hc_normal_quantile(0.975) - 1.9599639845400545) < 4e-15);
  check_quantile(1e-300);
  for (int i = 1; i < 2000; i++) check_quantile(i / 2000.0);
  for (int i = 0; i < 20000; i++) check_quantile(chance());
  for (int i = 1; i <= 3000; i++) check_quantile(pow(10.0, -0.1 * i));
  for (int i = 1; i <= 150; i++) check_quantile(1.0 - pow(10.0, -0.1 * i));
  for (int i = 2; i <= 53; i++) {
    check_quantile(0x1p-1 - ldexp(1.0, -i));
    check_quantile(ldexp(1.0, -i));
    check_quantile(1.0 - ldexp(1.0, -i));
  }
  /* Where the formulas meet. */
  const double seams[] = {0.075, 0.925, exp(-25.0), 1.0 - exp(-25.0)};
  for (size_t i = 0; i < COUNT_OF(seams); i++)
    for (int step = -20; step <= 20; step++) check_quantile(seams[i] * (1.0 + step * DBL_EPSILON));
}
static void test_normal_quantile_is_odd(void **state) {
  (void)state;
  for (int i = 0; i < 10000; i++) {
    const double u = chance();
    assert_true(hc_normal_quantile(1.0 - u) == -hc_normal_quantile(u));
  }
}
static void test_normal_quantile_at_the_ends(void **state) {
  (void)state;
  assert_true(hc_normal_quantile(0.0) == -HUGE_VAL);
  assert_true(hc_normal_quantile(1.0) == HUGE_VAL);
  assert_true(isnan(hc_normal_quantile(-0.1)) && isnan(hc_normal_quantile(1.1)));
  assert_true(isnan(hc_normal_quantile((double)NAN)));
}
static void test_normal_quantile_of_subnormals(void **state) {
  (void)state;
  check_quantile(DBL_MIN);
  check_quantile(1e-310);
  check_quantile(0x1p-1074);
}

/* ---- elementary functions --------------------------------------------------------------- */

static double ulps(double value, long double reference) {
  const double rounded = (double)reference;
  if (value == rounded) return 0.0;
  if (isinf(value) || isinf(rounded)) return HUGE_VAL;
  const double size = fabs(rounded) < DBL_MIN ? DBL_MIN : fabs(rounded);
  const int exponent = ilogb(size);
  return (double)fabsl(((long double)value - reference) / ldexpl(1.0L, exponent - 52));
}

static void check_ulps(const char *name, double x, double value, long double reference,
                       double most) {
  if (!(ulps(value, reference) <= most))
    fail_msg("%s(%.17g) = %.17g is %g ulp from %.20Lg", name, x, value, ulps(value, reference),
             reference);
}
#define CHECK_WITHIN(name, most, argument)                                                   \
  do {                                                                                       \
    const double x_ = (argument);                                                            \
    check_ulps(#name, x_, hc_##name(x_), name##l((long double)x_), most);                    \
  } while (0)
#define CHECK(name, argument) CHECK_WITHIN(name, 2.0, argument)

static void test_exp(void **state) {
  (void)state;
  for (int i = 0; i < 100000; i++) {
    CHECK(exp, between(-745.0, 709.7));
    CHECK(exp2, between(-1074.0, 1023.9));
    CHECK(exp, between(-1.0, 1.0));
    CHECK(exp2, between(-1.0, 1.0));
    CHECK(exp, ldexp(between(-1.0, 1.0), -(i % 60)));
  }
  for (int k = -1074; k <= 1023; k++) assert_true(hc_exp2(k) == ldexp(1.0, k));
  assert_true(hc_exp(0.0) == 1.0 && hc_exp(-0.0) == 1.0 && hc_exp2(0.0) == 1.0);
}
static void test_log(void **state) {
  (void)state;
  for (int i = 0; i < 100000; i++) {
    CHECK(log, exp(between(-708.0, 709.0)));
    CHECK(log, between(0.5, 2.0));
    CHECK(log, 1.0 + ldexp(between(-1.0, 1.0), -(i % 53)));
    CHECK(log, ldexp(chance(), -1022 - i % 50));
  }
  assert_true(hc_log(1.0) == 0.0);
  CHECK(log, 0x1p-1074);
  CHECK(log, DBL_MAX);
}
static void test_expm1(void **state) {
  (void)state;
  for (int i = 0; i < 100000; i++) {
    CHECK_WITHIN(expm1, 3.0, between(-40.0, 700.0));
    CHECK_WITHIN(expm1, 3.0, between(-1.0, 1.0));
    CHECK_WITHIN(expm1, 3.0, ldexp(between(-1.0, 1.0), -(i % 60)));
  }
  assert_true(hc_expm1(0.0) == 0.0 && hc_expm1(-800.0) == -1.0 && hc_expm1(1e-300) == 1e-300);
}
static void check_pow(double x, double y) {
  const long double reference = powl(x, y);
  const double value = hc_pow(x, y);
  if (!(fabsl((long double)value - reference) <= 1e-14L * reference))
    fail_msg("pow(%.17g, %.17g) = %.17g, not %.20Lg", x, y, value, reference);
}
/* The ratios of volume to depth and the exponents of impact. */
static void test_pow_of_impact(void **state) {
  (void)state;
  for (int i = 0; i < 100000; i++) check_pow(exp(between(-40.0, 20.0)), chance());
}
/* The error grows with |y ln x|, since the logarithm is rounded to a double. */
static void test_pow_within_its_range(void **state) {
  (void)state;
  for (int i = 0; i < 100000; i++) check_pow(exp(between(-6.0, 6.0)), between(-6.0, 6.0));
}

static void test_special_values(void **state) {
  (void)state;
  const double inf = HUGE_VAL, nan = (double)NAN;
  assert_true(hc_exp(inf) == inf && hc_exp(-inf) == 0.0 && isnan(hc_exp(nan)));
  assert_true(hc_exp(709.79) == inf && hc_exp(-746.0) == 0.0);
  assert_true(hc_exp(-745.13) == 0x1p-1074);
  assert_true(hc_exp2(inf) == inf && hc_exp2(-inf) == 0.0 && isnan(hc_exp2(nan)));
  assert_true(hc_exp2(1024.0) == inf && hc_exp2(-1076.0) == 0.0);
  assert_true(hc_log(0.0) == -inf && hc_log(-0.0) == -inf && hc_log(inf) == inf);
  assert_true(isnan(hc_log(-1.0)) && isnan(hc_log(nan)) && isnan(hc_log(-inf)));
  assert_true(hc_expm1(inf) == inf && hc_expm1(-inf) == -1.0 && isnan(hc_expm1(nan)));
  assert_true(hc_pow(0.0, 0.5) == 0.0 && hc_pow(0.0, 0.3) == 0.0 && hc_pow(5.0, 0.0) == 1.0);
  assert_true(hc_pow(1.0, 7.0) == 1.0 && hc_pow(7.0, 1.0) == 7.0 && hc_pow(0.0, -1.0) == inf);
  assert_true(hc_pow(inf, 0.3) == inf && hc_pow(inf, -0.3) == 0.0 && isnan(hc_pow(nan, 0.3)));
  assert_true(hc_pow(2.0, 0.5) == sqrt(2.0));
}

/* ---- vector kernels ------------------------------------------------------------------------ */

static size_t kernels_here(const struct hc_kernels *kernels[3]) {
  size_t count = 0;
  kernels[count++] = &hc_kernels_sse2;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) kernels[count++] = &hc_kernels_avx2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    kernels[count++] = &hc_kernels_avx512;
  return count;
}

static void assert_same_bits(const double *a, const double *b, int count, const char *what,
                             const char *level) {
  for (int i = 0; i < count; i++)
    if (memcmp(&a[i], &b[i], sizeof *a) != 0)
      fail_msg("%s of %s differs at %d: %.17g, %.17g", what, level, i, a[i], b[i]);
}

/* The tree for one interval of the block, one node at a time. */
static void scalar_tree(const struct hc_block_request *r, double *w, int a, int levels) {
  if (levels == 0) return;
  const int half = 1 << (levels - 1), m = a + half, b = a + 2 * half;
  const uint32_t key = (uint32_t)((uint64_t)(r->first + (uint32_t)m) << r->shift);
  const uint32_t pair = (key & (0u - key)) << 1;
  double u[2];
  hc_s_uniforms(r->seed, r->path, key & ~pair, r->purpose, u);
  w[m] = w[a] + 0.5 * (w[b] - w[a]) + r->deviation[levels] * hc_normal_quantile(u[(key & pair) != 0]);
  scalar_tree(r, w, a, levels - 1);
  scalar_tree(r, w, m, levels - 1);
}
static void scalar_block(const struct hc_block_request *r, double *u) {
  double w[HC_BLOCK + 1];
  const int length = 1 << r->levels;
  w[0] = r->left;
  w[length] = r->right;
  scalar_tree(r, w, 0, r->levels);
  for (int i = 0; i < length; i++) {
    const double k = (double)(r->first + 1 + (uint32_t)i);
    u[i] = ((r->log_initial + r->drift * (k * r->dt)) + r->sigma * w[i + 1]) + r->jumps;
  }
}

static void test_block_kernel(void **state) {
  (void)state;
  const struct hc_kernels *kernels[3];
  const size_t count = kernels_here(kernels);
  for (int trial = 0; trial < 3000; trial++) {
    struct hc_block_request r = {
      .seed = (uint64_t)(chance() * 0x1p63),
      .path = (uint64_t)(chance() * (trial & 1 ? 0x1p40 : 0x1p20)),
      .purpose = HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, trial % 3),
      .levels = 3 + trial % 4,
      .left = between(-1.0, 1.0),
      .right = between(-1.0, 1.0),
      .log_initial = 11.5,
      .drift = between(-1.0, 1.0),
      .dt = 1.0 / 31536000.0,
      .sigma = between(0.0, 2.0),
      .jumps = trial & 1 ? between(-0.1, 0.1) : 0.0,
    };
    /* Grids of 2^bits steps, the block somewhere in it. */
    const int bits = r.levels + (int)(chance() * (32 - r.levels));
    r.shift = 32 - bits;
    const double places = ldexp(1.0, bits - r.levels);
    r.first = (uint32_t)floor(chance() * places) << r.levels;
    for (int j = 1; j < 7; j++) r.deviation[j] = sqrt(r.dt * ldexp(1.0, j - 2));
    double expected[HC_BLOCK], u[HC_BLOCK];
    scalar_block(&r, expected);
    for (size_t i = 0; i < count; i++) {
      kernels[i]->block(&r, u);
      assert_same_bits(u, expected, 1 << r.levels, "block", kernels[i]->level);
    }
  }
}

static void test_scan_kernel(void **state) {
  (void)state;
  const struct hc_kernels *kernels[3];
  const size_t count = kernels_here(kernels);
  for (int trial = 0; trial < 3000; trial++) {
    double u[HC_BLOCK], shock[HC_BLOCK], decay[HC_BLOCK];
    for (int i = 0; i < HC_BLOCK; i++) {
      u[i] = between(-1.0, 1.0);
      shock[i] = between(-0.2, 0.2);
      decay[i] = chance();
    }
    struct hc_scan_request r = {u, trial & 1 ? shock : NULL, trial & 2 ? decay : NULL,
                                between(-0.1, 0.1), between(-0.3, 0.3), -0.8, 0.9};
    if (trial % 5 == 0) r.lo = -HUGE_VAL;
    if (trial % 7 == 0) r.hi = HUGE_VAL;
    if (trial % 3 == 0) { /* on the edge: outside */
      r.decay = NULL;
      r.shock = NULL;
      r.lo = u[trial % HC_BLOCK] + (r.offset + r.displacement);
    }
    uint64_t expected = 0;
    for (int i = 0; i < HC_BLOCK; i++) {
      const double x = r.shock ? u[i] + shock[i] : u[i];
      const double y = x + (r.decay ? r.offset + r.displacement * decay[i] : r.offset + r.displacement);
      expected |= (uint64_t)(y <= r.lo || y >= r.hi) << i;
    }
    for (size_t i = 0; i < count; i++) assert_true(kernels[i]->scan(&r) == expected);
  }
}

static void test_roots_and_exp_kernels(void **state) {
  (void)state;
  const struct hc_kernels *kernels[3];
  const size_t count = kernels_here(kernels);
  const uint64_t firsts[] = {0, 12345, 0xfffffff0, 0x123456789abcdef0};
  for (size_t f = 0; f < COUNT_OF(firsts); f++)
    for (int size = 8; size <= 256; size *= 2) {
      double uniform[256], normal[256], u[256], z[256], x[256], e[256], y[256];
      for (int i = 0; i < size; i++) {
        double pair[2];
        hc_s_uniforms(99, firsts[f] + (uint64_t)i, 7, 3, pair);
        uniform[i] = pair[0];
        normal[i] = hc_normal_quantile(pair[0]);
        x[i] = between(-700.0, 700.0);
        e[i] = hc_s_exp(x[i]);
      }
      for (size_t i = 0; i < count; i++) {
        kernels[i]->roots(99, firsts[f], 7, 3, size, u, z);
        assert_same_bits(u, uniform, size, "uniforms", kernels[i]->level);
        assert_same_bits(z, normal, size, "normals", kernels[i]->level);
        memset(u, 0, sizeof u);
        kernels[i]->roots(99, firsts[f], 7, 3, size, u, NULL);
        assert_same_bits(u, uniform, size, "uniforms", kernels[i]->level);
        kernels[i]->exp(x, y, size);
        assert_same_bits(y, e, size, "exp", kernels[i]->level);
      }
    }
}

/* Tails are rare in any one block: all of a row of tails, none, and each lane alone. */
static void test_normals_of_many_paths_have_their_moments(void **state) {
  (void)state;
  enum { MANY = 1 << 20 };
  double u[256], z[256], sum = 0.0, squares = 0.0, fourth = 0.0;
  int beyond = 0;
  for (uint64_t first = 0; first < MANY; first += 256) {
    hc_kernels()->roots(5, first, 0, 0, 256, u, z);
    for (int i = 0; i < 256; i++) {
      sum += z[i];
      squares += z[i] * z[i];
      fourth += z[i] * z[i] * z[i] * z[i];
      beyond += z[i] < -3.0;
    }
  }
  const double n = MANY, p = gsl_cdf_ugaussian_P(-3.0);
  assert_true(fabs(sum / n) < 4.0 / sqrt(n));
  assert_true(fabs(squares / n - 1.0) < 4.0 * sqrt(2.0 / n));
  assert_true(fabs(fourth / n - 3.0) < 4.0 * sqrt(96.0 / n));
  assert_true(fabs(beyond / n - p) < 4.0 * sqrt(p / n));
}

static void test_vector_restrict(void **state) {
  (void)state;
  const struct hc_kernels *kernels[3];
  const size_t count = kernels_here(kernels);
  const char *const names[] = {"sse2", "avx2", "avx512"};
  assert_int_equal(hc_vector_restrict("avx1024"), HC_INPUT);
  assert_int_equal(hc_vector_restrict(""), HC_INPUT);
  assert_int_equal(hc_vector_restrict(NULL), HC_INPUT);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(hc_vector_restrict(names[i]), HC_OK);
    assert_string_equal(hc_vector_level(), kernels[i < count ? i : count - 1]->level);
    assert_ptr_equal(hc_kernels(), kernels[i < count ? i : count - 1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_philox_known_answers),
    cmocka_unit_test(test_uniforms_are_exact_and_symmetric),
    cmocka_unit_test(test_draws_differ_by_all_that_names_them),
    cmocka_unit_test(test_normal_quantile),
    cmocka_unit_test(test_normal_quantile_is_odd),
    cmocka_unit_test(test_normal_quantile_at_the_ends),
    cmocka_unit_test(test_normal_quantile_of_subnormals),
    cmocka_unit_test(test_exp),
    cmocka_unit_test(test_log),
    cmocka_unit_test(test_expm1),
    cmocka_unit_test(test_pow_of_impact),
    cmocka_unit_test(test_pow_within_its_range),
    cmocka_unit_test(test_special_values),
    cmocka_unit_test(test_block_kernel),
    cmocka_unit_test(test_scan_kernel),
    cmocka_unit_test(test_roots_and_exp_kernels),
    cmocka_unit_test(test_normals_of_many_paths_have_their_moments),
    cmocka_unit_test(test_vector_restrict),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
