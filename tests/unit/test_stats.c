/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fewer.h"
#include "haircut/random.h"
#include "haircut/stats.h"
#include "stats/bytes.h"
#include "stats/internal.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- helpers ------------------------------------------------------------------------------ */
static void assert_near(double value, double expected, double tolerance) {
  if (fabs(value - expected) <= tolerance || value == expected) return;
  fail_msg("%.17g is not within %g of %.17g", value, tolerance, expected);
}

static struct hc_stats_setup setup_of(size_t books) {
  return (struct hc_stats_setup){
    .books = books, .classes = 2, .fund_initial = 5, .lp_deposits = 1, .reflects = 1,
    .counterfactual = 1};
}

/* Writes path `path` of a test case. */
typedef void make_path(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class);

static void set_loss(struct hc_outcome *outcome, double *lp_class, double loss) {
  memset(outcome, 0, sizeof *outcome);
  outcome->lp_loss = outcome->social_loss = loss;
  outcome->bad_debt = loss > 0 ? loss + 5 : 0;
  outcome->insurance_paid = loss > 0 ? 5 : 0;
  outcome->fund_end = outcome->fund_min = loss > 0 ? 0 : 5;
  outcome->fund_required = outcome->bad_debt;
  outcome->bad_debt_no_impact = outcome->bad_debt / 4;
  outcome->lp_loss_no_impact = loss / 2;
  outcome->liquidations = loss > 0;
  outcome->weight = 1;
  outcome->first_loss_step = loss > 0 ? 7 : -1;
  lp_class[0] = 0.75 * loss;
  lp_class[1] = 0.25 * loss;
}

static double uniform(uint64_t path, uint64_t seed) {
  double u[2];
  hc_uniforms(seed, path, 0, HC_PURPOSE_WORD(HC_PURPOSES, 3), u);
  return u[0];
}

static void make_lognormal(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  set_loss(outcome, lp_class, hc_exp(hc_normal_quantile(uniform(path, seed))));
  outcome->mark_end = 100 + uniform(path, seed + 1);
}
/* A loss on one path in ten. */
static void make_rare(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  const double u = uniform(path, seed);
  set_loss(outcome, lp_class, u < 0.9 ? 0 : (u - 0.9) * 1000);
  outcome->mark_end = 100 + uniform(path, seed + 1);
  outcome->mark_low = 99 + uniform(path, seed + 2);
}
static void make_quiet(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  set_loss(outcome, lp_class, 0);
  outcome->mark_end = 100 + uniform(path, seed);
}
static void make_same(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  (void)path;
  (void)seed;
  set_loss(outcome, lp_class, 3);
}
/* The book decides: even paths lose more. */
static void make_by_book(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  set_loss(outcome, lp_class, uniform(path, seed) * (path % 8 < 4 ? 1.0 : 0.1));
}
static void make_missing(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  make_rare(path, seed, outcome, lp_class);
  outcome->lp_loss_share = path % 3 ? (double)(path % 7) : (double)NAN;
  outcome->fund_required = NAN;
}
static void make_integers(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  (void)seed;
  set_loss(outcome, lp_class, (double)(path + 1));
}

enum how { DIRECT, PACKED };

static void must_merge(struct hc_stats *stats, struct hc_granule_stats *granule,
                       struct hc_granule_stats *other, enum how how) {
  const void *bytes;
  size_t length;
  if (how == PACKED) {
    assert_int_equal(hc_granule_stats_pack(granule, &bytes, &length), HC_OK);
    assert_int_equal(hc_granule_stats_unpack(other, bytes, length), HC_OK);
    granule = other;
  }
  assert_int_equal(hc_stats_merge(stats, granule), HC_OK);
}

static struct hc_stats *run_setup(make_path *make, uint64_t seed, const struct hc_stats_setup *setup,
                                  uint64_t paths, enum how how) {
  struct hc_granule_stats *granule, *other;
  struct hc_stats *stats;
  struct hc_outcome *outcomes = calloc(HC_GRANULE, sizeof *outcomes);
  double *lp_class = calloc(HC_GRANULE * setup->classes, sizeof *lp_class);
  assert_non_null(outcomes);
  assert_non_null(lp_class);
  assert_int_equal(hc_granule_stats_create(setup, &granule), HC_OK);
  assert_int_equal(hc_granule_stats_create(setup, &other), HC_OK);
  assert_int_equal(hc_stats_create(setup, &stats), HC_OK);
  for (uint64_t first = 0; first < paths; first += HC_GRANULE) {
    const size_t count = paths - first < HC_GRANULE ? (size_t)(paths - first) : HC_GRANULE;
    for (size_t i = 0; i < count; ++i)
      make(first + i, seed, &outcomes[i], &lp_class[i * setup->classes]);
    assert_int_equal(hc_granule_stats_fill(granule, first, count, outcomes, lp_class), HC_OK);
    must_merge(stats, granule, other, how);
  }
  free(outcomes);
  free(lp_class);
  hc_granule_stats_free(granule);
  hc_granule_stats_free(other);
  return stats;
}

static struct hc_stats *run(make_path *make, uint64_t seed, size_t books, uint64_t paths) {
  const struct hc_stats_setup setup = setup_of(books);
  return run_setup(make, seed, &setup, paths, DIRECT);
}

static struct hc_estimate get(struct hc_stats *stats, const char *name) {
  const struct hc_estimate *estimates;
  size_t count;
  assert_int_equal(hc_stats_estimates(stats, &estimates, &count), HC_OK);
  for (size_t i = 0; i < count; ++i)
    if (!strcmp(estimates[i].name, name)) return estimates[i];
  fail_msg("no estimate %s", name);
  return estimates[0];
}

/* ---- intervals ------------------------------------------------------------------------------ */
static void test_wilson(void **state) {
  (void)state;
  double low, high;
  hc_wilson(10, 100, &low, &high);
  assert_near(low, 0.05522914, 1e-7);
  assert_near(high, 0.17436566, 1e-7);
  hc_wilson(50, 100, &low, &high);
  assert_near(low, 0.40383153, 1e-7);
  assert_near(high, 0.59616847, 1e-7);
  hc_wilson(0, 1e6, &low, &high);
  assert_true(low == 0);
  assert_near(high * 1e6, 3.6888794541, 1e-4);
  hc_wilson(0, 10, &low, &high);
  assert_near(high, 1 - pow(0.025, 0.1), 1e-14);
  hc_wilson(10, 10, &low, &high);
  assert_near(low, pow(0.025, 0.1), 1e-14);
  assert_true(high == 1);
}

static void test_none_of_n(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_quiet, 1, 8, 3000);
  const struct hc_estimate p = get(stats, "p_socialisation");
  assert_true(p.value == 0 && p.low == 0 && p.se == 0);
  assert_near(p.high, 1 - pow(0.025, 1.0 / 3000), 1e-14);
  assert_non_null(strstr(p.note, "0 of 3000"));
  hc_stats_free(stats);
}

/* ---- moments --------------------------------------------------------------------------------- */
static void test_moments(void **state) {
  (void)state;
  enum { N = 5000 };
  struct hc_stats *stats = run(make_rare, 5, 1, N);
  double sum = 0, square = 0, fourth = 0, hits = 0, positive = 0;
  struct hc_outcome o;
  double c[2];
  for (uint64_t i = 0; i < N; ++i) make_rare(i, 5, &o, c), sum += o.lp_loss, hits += o.lp_loss > 0;
  const double mean = sum / N;
  for (uint64_t i = 0; i < N; ++i) {
    make_rare(i, 5, &o, c);
    const double d = o.lp_loss - mean, e = o.lp_loss - sum / hits;
    square += d * d;
    fourth += d * d * d * d;
    if (o.lp_loss > 0) positive += e * e;
  }
  const double sd = sqrt(square / (N - 1));
  const struct hc_estimate m = get(stats, "mean_lp_loss"), s = get(stats, "sd_lp_loss");
  assert_near(m.value, mean, 1e-12 * mean);
  assert_near(m.se, sd / sqrt(N), 1e-12 * sd);
  assert_near(m.high - m.value, 1.959963984540054 * m.se, 1e-10);
  assert_near(s.value, sd, 1e-12 * sd);
  const double variance = square / N;
  assert_near(s.se, sqrt((fourth / N - variance * variance) / (N - 1)) / (2 * sd), 1e-9 * sd);
  const struct hc_estimate severity = get(stats, "mean_lp_loss_given_loss");
  assert_near(severity.value, sum / hits, 1e-11 * sum / hits);
  assert_near(severity.se, sqrt(positive / (hits - 1) / hits), 1e-8 * severity.se);
  assert_near(get(stats, "mean_lp_loss_class_0").value, 0.75 * mean, 1e-12 * mean);
  assert_near(get(stats, "mean_lp_loss_class_1").value, 0.25 * mean, 1e-12 * mean);
  assert_near(get(stats, "p_fund_depletion").value, hits / N, 0);
  assert_near(get(stats, "mean_insurance_paid").value, 5 * hits / N, 1e-12);
  hc_stats_free(stats);
}

static void test_cascade_share(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_rare, 5, 8, 5000);
  const struct hc_estimate debt = get(stats, "cascade_share_bad_debt");
  assert_near(debt.value, 0.75, 1e-12); /* twins are in proportion: no error at all */
  assert_near(debt.se, 0, 1e-8);
  assert_near(get(stats, "cascade_share_lp_loss").value, 0.5, 1e-12);
  hc_stats_free(stats);
}

/* s_b^2 / B of the book means, Student t with 7 degrees. */
static void test_books(void **state) {
  (void)state;
  enum { N = 8192 };
  struct hc_stats *stats = run(make_by_book, 3, 8, N);
  double mean[8] = {0}, all = 0, scatter = 0, c[2];
  struct hc_outcome o;
  for (uint64_t i = 0; i < N; ++i) make_by_book(i, 3, &o, c), mean[i % 8] += o.lp_loss / (N / 8);
  for (int b = 0; b < 8; ++b) all += mean[b] / 8;
  for (int b = 0; b < 8; ++b) scatter += (mean[b] - all) * (mean[b] - all);
  const struct hc_estimate m = get(stats, "mean_lp_loss");
  assert_near(m.se, sqrt(scatter / 7 / 8), 1e-12);
  assert_true(m.se > 10 * m.se_paths);
  assert_near(m.high - m.value, 2.3646242516 * m.se, 1e-9);
  const struct hc_estimate es = get(stats, "es_90_lp_loss");
  assert_true(es.se > 3 * es.se_paths);
  hc_stats_free(stats);
  stats = run(make_by_book, 3, 1, N);
  const struct hc_estimate one = get(stats, "mean_lp_loss");
  assert_near(one.se, one.se_paths, 0);
  hc_stats_free(stats);
  stats = run(make_by_book, 3, HC_MAX_BOOKS, N);
  assert_near(get(stats, "mean_lp_loss").value, one.value, 1e-14);
  hc_stats_free(stats);
}

/* A mean whose variance is `ratio` times that of paths alone, in which case the one found between books
 * is that times chi squared by its degrees. */
struct found {
  double ratio;
  size_t degrees;
};

/* At quantile u of what is found: how often the interval holds the truth. */
static double covered_at(double u, void *of) {
  const struct found *found = of;
  const double degrees = (double)found->degrees;
  const double variance = found->ratio * gsl_cdf_chisq_Pinv(u, degrees) / degrees;
  const struct hc_error_bars bars = hc_bars(1.0, (struct hc_between){variance, found->degrees});
  assert_true(bars.se >= bars.se_paths && bars.multiplier >= HC_Z975);
  return 1.0 - 2.0 * gsl_cdf_ugaussian_Q(bars.multiplier * bars.se / sqrt(found->ratio));
}

static void test_coverage_with_books(void **state) {
  (void)state;
  static const double ratios[] = {1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3, 4, 6, 10, 30, 1000};
  static const struct {
    size_t books;
    double low, high;
  } cases[] = {{2, 0.937, 0.984}, {3, 0.941, 0.976},  {4, 0.940, 0.970},  {5, 0.938, 0.966}, {6, 0.940, 0.966},
               {8, 0.944, 0.965}, {16, 0.945, 0.962}, {64, 0.945, 0.956}};
  gsl_integration_workspace *space = gsl_integration_workspace_alloc(1000);
  for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(ratios); ++i) {
    const size_t c = i / COUNT_OF(ratios);
    struct found found = {ratios[i % COUNT_OF(ratios)], cases[c].books - 1};
    gsl_function function = {covered_at, &found};
    double covered, error;
    assert_int_equal(gsl_integration_qags(&function, 0, 1, 1e-5, 0, 1000, space, &covered, &error), 0);
    if (covered < cases[c].low || covered > cases[c].high)
      fail_msg("%zu books, ratio %g: %g", cases[c].books, found.ratio, covered);
  }
  gsl_integration_workspace_free(space);
}

/* ---- tails ------------------------------------------------------------------------------------- */
static void test_integers(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_integers, 0, 1, 20000); /* losses 1 ... 20000 */
  assert_true(get(stats, "var_90_lp_loss").value == 18000);
  assert_true(get(stats, "var_99_lp_loss").value == 19800);
  assert_true(get(stats, "var_999_lp_loss").value == 19980);
  assert_near(get(stats, "es_99_lp_loss").value, 19900.5, 1e-8);
  assert_near(get(stats, "es_90_lp_loss").value, 19000.5, 1e-8);
  const struct hc_estimate few = get(stats, "es_999_lp_loss");
  assert_near(few.value, 19990.5, 1e-8);
  assert_true(isnan(few.low) && isnan(few.high));
  assert_string_equal(few.note, "too few tail paths (20)");
  hc_stats_free(stats);
  stats = run(make_integers, 0, 1, 1050); /* 10.5 paths in the tail: half of the boundary one */
  double sum = 0;
  for (int i = 0; i < 10; ++i) sum += 1050 - i;
  assert_near(get(stats, "es_99_lp_loss").value, (sum + 0.5 * 1040) / 10.5, 1e-9);
  assert_true(get(stats, "var_99_lp_loss").value == 1040);
  const struct hc_estimate open = get(stats, "var_999_lp_loss");
  assert_true(isnan(open.high));
  assert_string_equal(open.note, "interval reaches beyond the largest path");
  hc_stats_free(stats);
}

static void test_lognormal(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_lognormal, 11, 8, 200000);
  const struct hc_estimate var = get(stats, "var_99_lp_loss"), es = get(stats, "es_99_lp_loss");
  assert_near(var.value, 10.2404736563, 4 * var.se);
  assert_near(es.value, 15.2279603009, 4 * es.se);
  assert_true(var.low < var.value && var.value < var.high && es.se > 0 && es.se < 0.5);
  struct hc_quantiles q;
  assert_int_equal(hc_stats_quantiles(stats, HC_TAIL_lp_loss, &q), HC_OK);
  assert_int_equal(q.count, 10);
  assert_true(q.low[0] <= 1 && q.high[0] >= 0.98 && fabs(q.value[0] - 1) < 0.02); /* median 1 */
  hc_stats_free(stats);
}

/* Pareto(1.5): the Hill index of the worst 1 %. */
static void make_pareto(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  set_loss(outcome, lp_class, 0);
  outcome->bad_debt = outcome->fund_required = hc_pow(uniform(path, seed), -1 / 1.5);
}
static void test_tail_index(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_pareto, 2, 1, 100000);
  const struct hc_estimate index = get(stats, "tail_index_bad_debt");
  assert_near(index.value, 1.5, 4 * index.se);
  assert_near(index.se, index.value / sqrt(1000), 1e-12);
  const struct hc_estimate share = get(stats, "largest_share_es_99_bad_debt");
  assert_true(share.value > 0 && share.value < 1);
  hc_stats_free(stats);
}

static void test_quantile_coverage(void **state) {
  (void)state;
  int covered = 0, shortfall = 0;
  enum { RUNS = FEWER(200) };
  for (uint64_t seed = 0; seed < RUNS; ++seed) {
    struct hc_stats *stats = run(make_lognormal, seed, 1, 20000);
    const struct hc_estimate var = get(stats, "var_99_lp_loss"), es = get(stats, "es_99_lp_loss");
    covered += var.low <= 10.2404736563 && 10.2404736563 <= var.high;
    shortfall += es.low <= 15.2279603009 && 15.2279603009 <= es.high;
    hc_stats_free(stats);
  }
  assert_in_range(covered, RUNS * 92 / 100, RUNS - 1); /* 95 % of 200 = 190, sd 3.1; by ranks slightly more */
  assert_in_range(shortfall, RUNS * 88 / 100, RUNS - 1);
}

static void test_ties(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_same, 0, 8, 30000);
  const struct hc_estimate var = get(stats, "var_99_lp_loss"), es = get(stats, "es_99_lp_loss");
  assert_true(var.value == 3 && var.low == 3 && var.high == 3);
  assert_true(es.value == 3 && es.se == 0);
  assert_true(get(stats, "p_socialisation").value == 1);
  struct hc_curve curve;
  assert_int_equal(hc_stats_exceedance(stats, HC_TAIL_lp_loss, &curve), HC_OK);
  assert_int_equal(curve.count, 1);
  assert_true(curve.x[0] == 3 && curve.p[0] == 0);
  struct hc_histogram h;
  assert_int_equal(hc_stats_histogram(stats, HC_TAIL_lp_loss, &h), HC_OK);
  assert_true(h.count == 1 && h.counts[0] == 30000 && h.zero == 0);
  assert_true(h.edges[0] <= 3 && 3 < h.edges[1]);
  uint64_t paths[5];
  size_t count;
  assert_int_equal(hc_stats_worst(stats, 5, paths, &count), HC_OK);
  assert_int_equal(count, 5);
  for (uint64_t i = 0; i < 5; ++i) assert_int_equal(paths[i], i);
  hc_stats_free(stats);
}

static void test_all_zero(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_quiet, 1, 8, 2048);
  assert_true(get(stats, "var_99_lp_loss").value == 0);
  assert_true(get(stats, "var_90_lp_loss").high == 0);
  const struct hc_estimate es = get(stats, "es_99_lp_loss"), mean = get(stats, "mean_lp_loss");
  assert_true(es.value == 0 && isnan(es.high));
  assert_string_equal(es.note, "too few tail paths (0)");
  assert_true(mean.value == 0 && isnan(mean.high));
  struct hc_curve curve;
  struct hc_histogram h;
  assert_int_equal(hc_stats_exceedance(stats, HC_TAIL_bad_debt, &curve), HC_OK);
  assert_int_equal(curve.count, 0);
  assert_int_equal(hc_stats_histogram(stats, HC_TAIL_bad_debt, &h), HC_OK);
  assert_true(h.count == 0 && h.zero == 2048);
  struct hc_fund_curve fund;
  assert_int_equal(hc_stats_fund_curve(stats, &fund), HC_OK);
  assert_int_equal(fund.count, 101);
  assert_true(fund.p[0] == 0 && fund.mean_loss[0] == 0 && fund.fund[100] == 10);
  hc_stats_free(stats);
}

static void test_one_path(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_same, 0, 8, 1);
  const struct hc_estimate *estimates;
  size_t count;
  assert_int_equal(hc_stats_estimates(stats, &estimates, &count), HC_OK);
  const struct hc_estimate mean = get(stats, "mean_lp_loss");
  assert_true(mean.value == 3 && isnan(mean.se) && isnan(mean.low));
  assert_true(get(stats, "var_99_lp_loss").value == 3);
  struct hc_curve curve;
  struct hc_quantiles q;
  struct hc_fund_curve fund;
  for (int t = 0; t < HC_TAILS; ++t) {
    assert_int_equal(hc_stats_exceedance(stats, (enum hc_tail_metric)t, &curve), HC_OK);
    assert_int_equal(hc_stats_quantiles(stats, (enum hc_tail_metric)t, &q), HC_OK);
  }
  assert_int_equal(hc_stats_fund_curve(stats, &fund), HC_OK);
  hc_stats_free(stats);
}

static void test_no_path(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_same, 0, 8, 0);
  assert_true(isnan(get(stats, "mean_lp_loss").value) && isnan(get(stats, "p_bad_debt").value));
  uint64_t path;
  size_t count;
  assert_int_equal(hc_stats_worst(stats, 1, &path, &count), HC_OK);
  assert_int_equal(count, 0);
  hc_stats_free(stats);
}

static void test_nan_columns(void **state) {
  (void)state;
  struct hc_stats_setup setup = setup_of(8);
  setup.reflects = 0;
  struct hc_stats *stats = run_setup(make_missing, 9, &setup, 3000, PACKED);
  double sum = 0, n = 0;
  for (uint64_t i = 0; i < 3000; ++i)
    if (i % 3) sum += (double)(i % 7), n += 1;
  assert_near(get(stats, "mean_lp_loss_share").value, sum / n, 1e-12);
  const struct hc_estimate required = get(stats, "var_99_fund_required");
  assert_true(isnan(required.value));
  assert_string_equal(required.note, "not applicable");
  struct hc_fund_curve fund;
  assert_int_equal(hc_stats_fund_curve(stats, &fund), HC_OK);
  assert_int_equal(fund.count, 0);
  hc_stats_free(stats);
}

/* ---- beyond what is kept ---------------------------------------------------------------------- */
static int descending(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a < b) - (a > b);
}

enum { MANY = 400000 };
static double *sorted_losses(void) {
  double *x = malloc(MANY * sizeof *x), c[2];
  assert_non_null(x);
  struct hc_outcome o;
  for (uint64_t i = 0; i < MANY; ++i) make_lognormal(i, 21, &o, c), x[i] = o.lp_loss;
  qsort(x, MANY, sizeof *x, descending);
  return x;
}
static double mean_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += x[i];
  return sum / (double)n;
}

static void check_curve(struct hc_stats *stats, const double *x) {
  struct hc_curve curve;
  assert_int_equal(hc_stats_exceedance(stats, HC_TAIL_lp_loss, &curve), HC_OK);
  assert_true(curve.count > 100 && curve.count <= 200);
  assert_true(curve.x[0] == x[0] && curve.x[curve.count - 1] == x[MANY - 1]);
  for (size_t i = 0, at = 0; i < curve.count; ++i) {
    while (at < MANY && x[at] > curve.x[i]) ++at;
    assert_near(curve.p[i], (double)at / MANY, 1.1 / MANY);
    assert_true(curve.low[i] <= curve.p[i] && curve.p[i] <= curve.high[i]);
    assert_true(i == 0 || curve.x[i] < curve.x[i - 1]);
  }
}

static void check_fund_curve(struct hc_stats *stats, const double *x) {
  struct hc_fund_curve f;
  assert_int_equal(hc_stats_fund_curve(stats, &f), HC_OK);
  assert_int_equal(f.count, 101);
  for (size_t i = 0; i < f.count; i += 5) {
    double above = 0, loss = 0;
    for (size_t j = 0; j < MANY; ++j) { /* required = loss + 5 */
      above += x[j] + 5 > f.fund[i];
      loss += fmax(0, x[j] + 5 - f.fund[i]);
    }
    assert_near(f.p[i], above / MANY, 0.002);
    assert_near(f.mean_loss[i], loss / MANY, 1e-4 * loss / MANY + 1e-9);
    const double es = f.fund[i] < 10 ? mean_of(x, MANY / 100) + 5 - f.fund[i] : f.es99[i];
    assert_near(f.es99[i], es, 1e-9);
  }
}

/* Half of the loss beyond the fund stays uncovered: the curve has all of it. */
static void make_split(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  const double u = uniform(path, seed), loss = u < 0.9 ? 0 : (u - 0.9) * 40;
  set_loss(outcome, lp_class, loss);
  outcome->lp_loss = outcome->social_loss = outcome->uncovered = loss / 2;
}
static void test_all_behind_the_fund(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_split, 5, 8, 20000);
  struct hc_fund_curve f;
  assert_int_equal(hc_stats_fund_curve(stats, &f), HC_OK);
  size_t at = 0;
  while (at < f.count && f.fund[at] < 5) ++at;
  assert_true(at < f.count && f.fund[at] == 5);
  assert_near(f.mean_loss[at], get(stats, "mean_lp_loss").value + get(stats, "mean_uncovered").value, 1e-12);
  assert_near(f.p[at], get(stats, "p_socialisation").value, 1e-12);
  hc_stats_free(stats);
}

/* By book the index is uncertain too. */
static void make_heavy_books(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  set_loss(outcome, lp_class, 0);
  outcome->bad_debt = hc_pow(uniform(path, seed), path % 8 < 4 ? -1 : -0.5);
}
static void test_tail_index_of_books(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_heavy_books, 2, 8, 200000);
  const struct hc_estimate index = get(stats, "tail_index_bad_debt");
  assert_true(index.se >= index.se_paths && index.low < index.value && index.value < index.high);
  hc_stats_free(stats);
  stats = run(make_rare, 2, 1, 1900); /* 190 positive, a tail of 19 */
  assert_string_equal(get(stats, "tail_index_bad_debt").note, "too few tail paths (19)");
  hc_stats_free(stats);
}

static void test_more_than_kept(void **state) {
  (void)state;
  double *x = sorted_losses();
  struct hc_stats *stats = run(make_lognormal, 21, 8, MANY);
  assert_true(get(stats, "var_99_lp_loss").value == x[MANY / 100]);
  assert_true(get(stats, "var_90_lp_loss").value == x[MANY / 10]);
  assert_near(get(stats, "es_99_lp_loss").value, mean_of(x, MANY / 100), 1e-10);
  struct hc_quantiles q;
  assert_int_equal(hc_stats_quantiles(stats, HC_TAIL_lp_loss, &q), HC_OK);
  assert_near(q.value[0], x[MANY / 2], x[MANY / 2] / 64);
  assert_true(q.low[0] <= x[MANY / 2] && x[MANY / 2] <= q.high[0]);
  check_curve(stats, x);
  check_fund_curve(stats, x);
  struct hc_histogram h;
  assert_int_equal(hc_stats_histogram(stats, HC_TAIL_lp_loss, &h), HC_OK);
  int64_t total = h.zero;
  for (size_t i = 0; i < h.count; ++i) total += h.counts[i];
  assert_int_equal(total, MANY);
  hc_stats_free(stats);
  free(x);
}

/* Where the shortfall's own boundary is in the histogram it stays right and says so. */
static void test_histogram_shortfall(void **state) {
  (void)state;
  enum { N = 3000000 };
  struct hc_stats *stats = run(make_rare, 8, 8, N);
  const struct hc_estimate es = get(stats, "es_90_lp_loss"), var = get(stats, "var_95_lp_loss");
  assert_near(var.value, 50, 4 * var.se + 1);
  assert_true(var.low <= var.value && var.value <= var.high);
  assert_string_equal(var.note, "from histogram");
  assert_near(es.value, 50, 4 * es.se);
  hc_stats_free(stats);
}

/* ---- worst paths and residuals ------------------------------------------------------------------ */
static void make_worst(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  (void)seed;
  set_loss(outcome, lp_class, (double)(path % 5));
  outcome->bad_debt = (double)(path % 100);
  outcome->accounting_residual = path == 1234 ? -2e-9 : 1e-12;
  outcome->money_residual = path == 7 ? (double)NAN : 0;
}
static void test_worst(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_worst, 0, 8, 250000);
  uint64_t paths[2000];
  size_t count;
  assert_int_equal(hc_stats_worst(stats, 2000, paths, &count), HC_OK);
  assert_int_equal(count, 1000);
  for (uint64_t i = 0; i < 1000; ++i) assert_int_equal(paths[i], 99 + 100 * i);
  struct hc_residuals residuals;
  hc_stats_residuals(stats, &residuals);
  assert_true(residuals.accounting == 2e-9 && residuals.accounting_path == 1234);
  assert_true(isinf(residuals.money) && residuals.money_path == 7);
  hc_stats_free(stats);
}
static void make_three(uint64_t path, uint64_t seed, struct hc_outcome *outcome, double *lp_class) {
  (void)seed;
  set_loss(outcome, lp_class, path == 2 || path == 50 ? (double)path : 0);
}
static void test_few_worst(void **state) {
  (void)state;
  struct hc_stats *stats = run(make_three, 0, 8, 100);
  const uint64_t expected[] = {50, 2, 0, 1, 3, 4};
  uint64_t paths[6];
  size_t count;
  assert_int_equal(hc_stats_worst(stats, 6, paths, &count), HC_OK);
  assert_int_equal(count, 6);
  assert_memory_equal(paths, expected, sizeof expected);
  struct hc_residuals residuals;
  hc_stats_residuals(stats, &residuals);
  assert_near(residuals.reflection, 0, 1e-12);
  hc_stats_free(stats);
}

/* ---- packing -------------------------------------------------------------------------------------- */
static void assert_same_estimates(struct hc_stats *a, struct hc_stats *b) {
  const struct hc_estimate *ea, *eb;
  size_t na, nb;
  assert_int_equal(hc_stats_estimates(a, &ea, &na), HC_OK);
  assert_int_equal(hc_stats_estimates(b, &eb, &nb), HC_OK);
  assert_int_equal(na, nb);
  for (size_t i = 0; i < na; ++i) {
    assert_string_equal(ea[i].name, eb[i].name);
    assert_string_equal(ea[i].note, eb[i].note);
    assert_memory_equal(&ea[i].value, &eb[i].value, 5 * sizeof(double));
  }
}

static void test_pack_merges_alike(void **state) {
  (void)state;
  make_path *const makes[] = {make_rare, make_quiet, make_same, make_missing, make_lognormal};
  const size_t books[] = {1, 8, 100, HC_MAX_BOOKS};
  for (size_t m = 0; m < COUNT_OF(makes); ++m)
    for (size_t b = 0; b < COUNT_OF(books); ++b) {
      struct hc_stats_setup setup = setup_of(books[b]);
      setup.reflects = makes[m] != make_missing;
      struct hc_stats *direct = run_setup(makes[m], 4, &setup, 10000, DIRECT);
      struct hc_stats *packed = run_setup(makes[m], 4, &setup, 10000, PACKED);
      assert_same_estimates(direct, packed);
      hc_stats_free(direct);
      hc_stats_free(packed);
    }
}

/* Asking in between changes nothing. */
static void test_asking_changes_nothing(void **state) {
  (void)state;
  const struct hc_stats_setup setup = setup_of(8);
  struct hc_stats *asked, *plain;
  struct hc_granule_stats *granule;
  struct hc_outcome *outcomes = calloc(HC_GRANULE, sizeof *outcomes);
  double lp_class[2 * HC_GRANULE];
  assert_non_null(outcomes);
  assert_int_equal(hc_stats_create(&setup, &asked), HC_OK);
  assert_int_equal(hc_stats_create(&setup, &plain), HC_OK);
  assert_int_equal(hc_granule_stats_create(&setup, &granule), HC_OK);
  for (uint64_t first = 0; first < 300 * HC_GRANULE; first += HC_GRANULE) {
    for (size_t i = 0; i < HC_GRANULE; ++i)
      make_lognormal(first + i, 6, &outcomes[i], &lp_class[2 * i]);
    assert_int_equal(hc_granule_stats_fill(granule, first, HC_GRANULE, outcomes, lp_class), HC_OK);
    assert_int_equal(hc_stats_merge(asked, granule), HC_OK);
    assert_int_equal(hc_stats_merge(plain, granule), HC_OK);
    if (first % (70 * HC_GRANULE) == 0) (void)get(asked, "mean_lp_loss");
  }
  assert_int_equal(hc_stats_merge(asked, granule), HC_BUG); /* not the next one */
  assert_same_estimates(asked, plain);
  hc_granule_stats_free(granule);
  hc_stats_free(asked);
  hc_stats_free(plain);
  free(outcomes);
}

static struct hc_granule_stats *make_granule(make_path *make, const struct hc_stats_setup *setup) {
  struct hc_granule_stats *granule;
  struct hc_outcome *outcomes = calloc(HC_GRANULE, sizeof *outcomes);
  double lp_class[2 * HC_GRANULE];
  assert_non_null(outcomes);
  assert_int_equal(hc_granule_stats_create(setup, &granule), HC_OK);
  for (size_t i = 0; i < HC_GRANULE; ++i) make(i, 6, &outcomes[i], &lp_class[2 * i]);
  assert_int_equal(hc_granule_stats_fill(granule, 0, HC_GRANULE, outcomes, lp_class), HC_OK);
  free(outcomes);
  return granule;
}

static void test_quiet_is_small(void **state) {
  (void)state;
  const struct hc_stats_setup setup = setup_of(8);
  struct hc_granule_stats *granule = make_granule(make_quiet, &setup);
  const void *bytes;
  size_t length;
  assert_int_equal(hc_granule_stats_pack(granule, &bytes, &length), HC_OK);
  assert_true(length < 400);
  hc_granule_stats_free(granule);
}

/* With a forged checksum anything may come out but a crash. */
static void forge(struct hc_granule_stats *other, const struct hc_stats_setup *setup,
                  unsigned char *copy, size_t length) {
  const uint64_t sum = hc_bytes_sum(copy, length - 8);
  memcpy(copy + length - 8, &sum, 8);
  const hc_status status = hc_granule_stats_unpack(other, copy, length);
  assert_true(status == HC_OK || status == HC_FORMAT);
  if (status) return;
  struct hc_stats *stats;
  assert_int_equal(hc_stats_create(setup, &stats), HC_OK);
  if (hc_stats_merge(stats, other) == HC_OK) (void)get(stats, "mean_lp_loss");
  hc_stats_free(stats);
}

static void test_damage(void **state) {
  (void)state;
  const struct hc_stats_setup setup = setup_of(8);
  struct hc_granule_stats *granule = make_granule(make_missing, &setup), *other;
  assert_int_equal(hc_granule_stats_create(&setup, &other), HC_OK);
  const void *bytes;
  size_t length;
  assert_int_equal(hc_granule_stats_pack(granule, &bytes, &length), HC_OK);
  unsigned char *copy = malloc(length);
  assert_non_null(copy);
  for (size_t bit = 0; bit < 8 * length; ++bit) {
    memcpy(copy, bytes, length);
    copy[bit / 8] = (unsigned char)(copy[bit / 8] ^ 1u << bit % 8);
    assert_int_equal(hc_granule_stats_unpack(other, copy, length), HC_FORMAT);
    if (bit < 8 * (length - 8) && bit % 5 == 0) forge(other, &setup, copy, length);
  }
  for (size_t cut = 0; cut < length; ++cut)
    assert_int_equal(hc_granule_stats_unpack(other, bytes, cut), HC_FORMAT);
  hc_granule_stats_free(other);
  struct hc_stats_setup foreign = setup;
  foreign.fund_initial = 6;
  assert_int_equal(hc_granule_stats_create(&foreign, &other), HC_OK);
  assert_int_equal(hc_granule_stats_unpack(other, bytes, length), HC_FORMAT);
  free(copy);
  hc_granule_stats_free(other);
  hc_granule_stats_free(granule);
}

static void test_bad_calls(void **state) {
  (void)state;
  struct hc_stats_setup setup = setup_of(0);
  struct hc_granule_stats *granule;
  struct hc_stats *stats;
  assert_int_equal(hc_granule_stats_create(&setup, &granule), HC_BUG);
  assert_int_equal(hc_stats_create(&setup, &stats), HC_BUG);
  setup = setup_of(8);
  assert_int_equal(hc_granule_stats_create(&setup, &granule), HC_OK);
  struct hc_outcome outcome = {0};
  const double lp_class[2] = {0};
  const void *bytes;
  size_t length;
  assert_int_equal(hc_granule_stats_fill(granule, 1, 1, &outcome, lp_class), HC_BUG);
  assert_int_equal(hc_granule_stats_fill(granule, 0, 0, &outcome, lp_class), HC_BUG);
  assert_int_equal(hc_granule_stats_pack(granule, &bytes, &length), HC_BUG);
  hc_granule_stats_free(granule);
  hc_granule_stats_free(NULL);
  hc_stats_free(NULL);
}

/* ---- quantities of the caller's ------------------------------------------------------------- */
static void assert_same_estimate(struct hc_estimate ours, struct hc_estimate theirs) {
  const double tolerance = 1e-11 * (1 + fabs(theirs.value));
  assert_near(ours.value, theirs.value, tolerance);
  assert_int_equal(isnan(ours.se), isnan(theirs.se));
  assert_int_equal(isnan(ours.low), isnan(theirs.low));
  if (!isnan(theirs.se)) assert_near(ours.se, theirs.se, tolerance);
  if (!isnan(theirs.se_paths)) assert_near(ours.se_paths, theirs.se_paths, tolerance);
  if (!isnan(theirs.low)) assert_near(ours.low, theirs.low, tolerance);
  if (!isnan(theirs.high)) assert_near(ours.high, theirs.high, tolerance);
  assert_string_equal(ours.note, theirs.note);
}

/* From values path by path as from granules. */
static void test_samples(void **state) {
  (void)state;
  static make_path *const makes[] = {make_rare, make_by_book, make_lognormal, make_quiet};
  static const size_t books[] = {1, 8, 100}, paths[] = {1, 900, 20000};
  for (size_t i = 0; i < COUNT_OF(makes) * COUNT_OF(books) * COUNT_OF(paths); ++i) {
    make_path *const make = makes[i % COUNT_OF(makes)];
    const size_t many = books[i / COUNT_OF(makes) % COUNT_OF(books)];
    const size_t count = paths[i / COUNT_OF(makes) / COUNT_OF(books)];
    struct hc_stats *stats = run(make, 11, many, count);
    double *x = calloc(count, sizeof *x), *terms = calloc(count, sizeof *terms), lp_class[2];
    assert_non_null(x);
    assert_non_null(terms);
    for (size_t p = 0; p < count; ++p) {
      struct hc_outcome outcome;
      make(p, 11, &outcome, lp_class);
      x[p] = outcome.lp_loss;
    }
    const struct hc_sample sample = {x, count, many};
    struct hc_estimate estimate = {.name = "kept"}, column;
    hc_sample_mean(&sample, &estimate);
    assert_same_estimate(estimate, get(stats, "mean_lp_loss"));
    hc_sample_share(&sample, &estimate);
    assert_same_estimate(estimate, get(stats, "p_socialisation"));
    assert_int_equal(hc_sample_shortfall(&sample, terms, &estimate), HC_OK);
    assert_same_estimate(estimate, get(stats, "es_99_lp_loss"));
    assert_string_equal(estimate.name, "kept");
    hc_stats_mean(stats, HC_COLUMN_mark_end, &column);
    assert_memory_equal(&column, &(struct hc_estimate[]){get(stats, "mean_mark_end")}, sizeof column);
    hc_stats_free(stats);
    free(x);
    free(terms);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_wilson),        cmocka_unit_test(test_none_of_n),
    cmocka_unit_test(test_moments),       cmocka_unit_test(test_cascade_share),
    cmocka_unit_test(test_books),         cmocka_unit_test(test_coverage_with_books),
    cmocka_unit_test(test_integers),
    cmocka_unit_test(test_lognormal),     cmocka_unit_test(test_tail_index),
    cmocka_unit_test(test_all_behind_the_fund),
    cmocka_unit_test(test_tail_index_of_books),
    cmocka_unit_test(test_quantile_coverage), cmocka_unit_test(test_ties),
    cmocka_unit_test(test_all_zero),      cmocka_unit_test(test_one_path),
    cmocka_unit_test(test_no_path),       cmocka_unit_test(test_nan_columns),
    cmocka_unit_test(test_more_than_kept), cmocka_unit_test(test_histogram_shortfall),
    cmocka_unit_test(test_worst),         cmocka_unit_test(test_few_worst),
    cmocka_unit_test(test_pack_merges_alike), cmocka_unit_test(test_asking_changes_nothing),
    cmocka_unit_test(test_quiet_is_small), cmocka_unit_test(test_damage),
    cmocka_unit_test(test_bad_calls),     cmocka_unit_test(test_samples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
