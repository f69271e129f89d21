/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haircut/book.h"
#include "haircut/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const double FLAT_RATE[] = {0.005}, ZERO[] = {0};
static const double RATES[] = {0.005, 0.01, 0.025}, DEDUCTIONS[] = {0, 10000, 130000};
static const struct hc_book_market FLAT = {"BTC", 100, 1, FLAT_RATE, ZERO, INFINITY};
static const struct hc_book_market TIERED = {"BTC", 100, 3, RATES, DEDUCTIONS, INFINITY};

/* A number in [0, 1) for the tests' own choices. */
static double chance(uint32_t index) {
  double u[2];
  hc_uniforms(4242, 0, index, HC_PURPOSE_WORD(HC_PURPOSES, 7), u);
  return u[0];
}

/* ---- levels ------------------------------------------------------------------- */

static struct hc_position position(int side, double size, double entry, double leverage,
                                   const struct hc_book_market *market) {
  struct hc_position p = {.quantity = size / entry, .entry = entry,
                          .collateral = size / leverage, .side = side};
  hc_position_levels(&p, market);
  return p;
}

static void test_level_of_ten_times_long(void **state) {
  (void)state;
  const struct hc_position p = position(1, 1000, 100, 10, &FLAT);
  assert_near(p.bankruptcy, 90, 1e-12);
  assert_near(p.level, 90.452261306532663, 1e-12);
  assert_int_equal(p.tier, 0);
}

static void test_level_of_short(void **state) {
  (void)state;
  const struct hc_position p = position(-1, 1000, 100, 10, &FLAT);
  assert_near(p.bankruptcy, 110, 1e-12);
  assert_near(p.level, 110 / 1.005, 1e-12);
}

static void test_unlevered_long_is_never_liquidated(void **state) {
  (void)state;
  const struct hc_position p = position(1, 1000, 100, 0.5, &FLAT);
  assert_true(p.level <= 0);
  assert_false(hc_position_triggered(&p, -700));
}

static double maintenance(const struct hc_book_market *market, double notional) {
  double most = 0;
  for (size_t j = 0; j < market->tiers; ++j)
    most = fmax(most, market->rate[j] * notional - market->deduction[j]);
  return most;
}

/* At the level, equity is the maintenance margin of the notional there, whatever the tier. */
static void test_level_meets_maintenance(void **state) {
  (void)state;
  int seen[3] = {0};
  for (uint32_t i = 0; i < 3000; ++i) {
    const int side = chance(3 * i) < 0.5 ? 1 : -1;
    const double size = exp(16 * chance(3 * i + 1) + 4), leverage = 2 + 28 * chance(3 * i + 2);
    const struct hc_position p = position(side, size, 97, leverage, &TIERED);
    const double equity = p.collateral + side * p.quantity * (p.level - p.entry);
    assert_near(equity, maintenance(&TIERED, p.quantity * p.level), 1e-12 * size);
    assert_near(p.collateral + side * p.quantity * (p.bankruptcy - p.entry), 0, 1e-12 * size);
    assert_in_range(p.tier, 0, 2);
    seen[p.tier] += 1;
  }
  assert_true(seen[0] && seen[1] && seen[2]);
}

static void test_level_is_the_formula_bit_for_bit(void **state) {
  (void)state;
  for (int side = -1; side <= 1; side += 2) {
    const struct hc_position p = position(side, 5e6, 101, 9, &TIERED);
    double best = side > 0 ? -INFINITY : INFINITY;
    for (size_t j = 0; j < 3; ++j) {
      const double margin = (p.collateral + DEDUCTIONS[j]) / p.quantity;
      best = side > 0 ? fmax(best, (p.entry - margin) / (1 - RATES[j]))
                      : fmin(best, (p.entry + margin) / (1 + RATES[j]));
    }
    assert_true(p.level == best);
  }
}

static void test_trigger_has_a_tolerance_towards_it(void **state) {
  (void)state;
  const struct hc_position l = position(1, 1000, 100, 10, &FLAT);
  const struct hc_position s = position(-1, 1000, 100, 10, &FLAT);
  assert_true(hc_position_triggered(&l, hc_log(l.level) + 0.9e-12));
  assert_false(hc_position_triggered(&l, hc_log(l.level) + 1.1e-12));
  assert_true(hc_position_triggered(&s, hc_log(s.level) - 0.9e-12));
  assert_false(hc_position_triggered(&s, hc_log(s.level) - 1.1e-12));
}

/* ---- generator ---------------------------------------------------------------- */

static struct hc_size_lognormal_config lognormal_size = {.sigma = 1.5};
static struct hc_size_pareto_config pareto_size = {.alpha = 2.5};
static struct hc_leverage_lognormal_config lognormal_leverage = {.median = 8, .sigma = 0.9};
static struct hc_leverage_level_config level_items[] = {{5, 1}, {10, 0}, {25, 2}, {80, 1}};
static struct hc_leverage_discrete_config discrete_leverage = {{4, level_items}};
static struct hc_leverage_beta_config beta_leverage = {.a = 2, .b = 5};

static struct law {
  const char *name;
  void *parameters;
} size_cases[] = {{"lognormal", &lognormal_size}, {"pareto", &pareto_size}},
  leverage_cases[] = {{"lognormal", &lognormal_leverage},
                      {"discrete", &discrete_leverage},
                      {"beta", &beta_leverage}};

static struct hc_generate_config settings(int size, int leverage, int64_t accounts) {
  return (struct hc_generate_config){
    .books = 1, .accounts = accounts, .open_interest = 1e7, .long_share = 0.4,
    .entry_spread = 0.03,
    .leverage = {{leverage, leverage_cases[leverage].parameters}, 50},
    .size = {{size, size_cases[size].parameters}}};
}

static struct hc_book draw(const struct hc_generate_config *config,
                           const struct hc_book_market *market, uint32_t index) {
  struct hc_book book;
  struct hc_error error = {0};
  const hc_status status = hc_book_generate(config, market, 11, index, &book, &error);
  if (status != HC_OK) fail_msg("%s", error.message);
  return book;
}

static void assert_refused(const struct hc_generate_config *config,
                           const struct hc_book_market *market, const char *fragment) {
  struct hc_book book;
  struct hc_error error = {0};
  assert_int_equal(hc_book_generate(config, market, 11, 0, &book, &error), HC_INPUT);
  if (!strstr(error.message, fragment)) fail_msg("\"%s\" lacks \"%s\"", error.message, fragment);
  assert_null(book.positions);
}

static void test_every_law_has_a_case(void **state) {
  (void)state;
  assert_int_equal(hc_size_laws.count, COUNT_OF(size_cases));
  for (size_t i = 0; i < COUNT_OF(size_cases); ++i)
    assert_string_equal(hc_size_laws.variants[i]->name, size_cases[i].name);
  assert_int_equal(hc_leverage_laws.count, COUNT_OF(leverage_cases));
  for (size_t i = 0; i < COUNT_OF(leverage_cases); ++i)
    assert_string_equal(hc_leverage_laws.variants[i]->name, leverage_cases[i].name);
}

static double side_quantity(const struct hc_book *book, int side, size_t *count) {
  double sum = 0;
  *count = 0;
  for (size_t i = 0; i < book->count; ++i) {
    if (book->positions[i].side != side) continue;
    sum += book->positions[i].quantity;
    *count += 1;
  }
  return sum;
}

static void check_positions(const struct hc_book *book, const struct hc_book_market *market) {
  for (size_t i = 0; i < book->count; ++i) {
    const struct hc_position *p = &book->positions[i];
    const double leverage = p->quantity * p->entry / p->collateral;
    assert_true(leverage > 1 - 1e-12 && leverage < 50 + 1e-10);
    assert_false(hc_position_triggered(p, hc_log(market->initial)));
    assert_int_equal(p->account, i);
    assert_int_equal(p->market, 0);
    struct hc_position again = *p;
    hc_position_levels(&again, market);
    assert_memory_equal(&again, p, sizeof again);
  }
}

static void test_generated_books_are_valid(void **state) {
  (void)state;
  for (int size = 0; size < (int)COUNT_OF(size_cases); ++size)
    for (int leverage = 0; leverage < (int)COUNT_OF(leverage_cases); ++leverage) {
      const struct hc_generate_config config = settings(size, leverage, 5000);
      struct hc_book book = draw(&config, &TIERED, 3);
      size_t longs, shorts;
      const double sum = side_quantity(&book, 1, &longs);
      assert_near(side_quantity(&book, -1, &shorts) / sum, 1, 1e-12);
      assert_near(sum * 100 / 1e7, 1, 1e-12);
      assert_int_equal(longs, 2000);
      assert_int_equal(shorts, 3000);
      assert_null(book.names);
      assert_string_equal(book.digest, "");
      check_positions(&book, &TIERED);
      hc_book_free(&book);
    }
}

static void test_books_are_functions_of_seed_and_index(void **state) {
  (void)state;
  const struct hc_generate_config config = settings(0, 2, 500);
  struct hc_book a = draw(&config, &TIERED, 3), b = draw(&config, &TIERED, 3);
  struct hc_book other = draw(&config, &TIERED, 4);
  const size_t bytes = a.count * sizeof *a.positions;
  assert_memory_equal(a.positions, b.positions, bytes);
  assert_int_equal(a.redraws, b.redraws);
  assert_memory_not_equal(a.positions, other.positions, bytes);
  hc_book_free(&a);
  hc_book_free(&b);
  hc_book_free(&other);
}

static double leverage_of(const struct hc_position *p) {
  return p->quantity * p->entry / p->collateral;
}

/* An account's leverage and ratios of sizes do not depend on how many accounts are drawn. */
static void test_accounts_do_not_depend_on_their_number(void **state) {
  (void)state;
  struct hc_generate_config config = settings(0, 0, 100);
  config.long_share = 0.5;
  struct hc_book few = draw(&config, &FLAT, 0);
  config.accounts = 1000;
  struct hc_book many = draw(&config, &FLAT, 0);
  const struct hc_position *f = few.positions, *m = many.positions;
  for (size_t i = 0; i < 98; ++i) {
    assert_int_equal(f[i].side, m[i].side);
    assert_near(leverage_of(&f[i]), leverage_of(&m[i]), 1e-10);
    assert_near(f[i].quantity / f[i + 2].quantity * m[i + 2].quantity / m[i].quantity, 1, 1e-12);
  }
  hc_book_free(&few);
  hc_book_free(&many);
}

struct moments {
  double n, mean, variance, fourth;
};
static struct moments moments_of(const double *values, size_t count) {
  struct moments m = {.n = (double)count};
  for (size_t i = 0; i < count; ++i) m.mean += values[i] / m.n;
  for (size_t i = 0; i < count; ++i) {
    const double d = values[i] - m.mean;
    m.variance += d * d / m.n;
    m.fourth += d * d * d * d / m.n;
  }
  return m;
}

/* Within four standard errors. */
static void assert_moments(const double *values, size_t count, double mean, double variance) {
  const struct moments m = moments_of(values, count);
  assert_near(m.mean, mean, 4 * sqrt(m.variance / m.n));
  assert_near(m.variance, variance, 4 * sqrt((m.fourth - m.variance * m.variance) / m.n));
}

enum { SAMPLE = 40000 };
static double sample[SAMPLE];

static void sample_leverage(int law, double max) {
  struct hc_generate_config config = settings(0, law, SAMPLE);
  config.leverage.max = max;
  config.entry_spread = 0.1;
  struct hc_book book = draw(&config, &FLAT, 1);
  for (size_t i = 0; i < SAMPLE; ++i) sample[i] = leverage_of(&book.positions[i]);
  hc_book_free(&book);
}

static void test_moments_of_lognormal_leverage(void **state) {
  (void)state;
  const struct hc_leverage_lognormal_config kept = lognormal_leverage;
  lognormal_leverage = (struct hc_leverage_lognormal_config){.median = 30, .sigma = 0.4};
  sample_leverage(0, 1000);
  for (size_t i = 0; i < SAMPLE; ++i) sample[i] = log(sample[i]);
  assert_moments(sample, SAMPLE, log(30), 0.16);
  lognormal_leverage = kept;
}

static void test_moments_of_discrete_leverage(void **state) {
  (void)state;
  sample_leverage(1, 50); /* 5, 25 twice, 80 cut to 50 */
  assert_moments(sample, SAMPLE, 105.0 / 4, (25 + 2 * 625 + 2500) / 4.0 - 105.0 * 105 / 16);
  for (size_t i = 0; i < SAMPLE; ++i) assert_true(fabs(sample[i] - 10) > 1);
}

static void test_moments_of_beta_leverage(void **state) {
  (void)state;
  static const double shapes[][2] = {{2, 5}, {0.3, 0.7}, {1, 1}, {0.01, 0.02},
                                      {500, 900}, {0.5, 40}};
  const struct hc_leverage_beta_config kept = beta_leverage;
  for (size_t k = 0; k < COUNT_OF(shapes); ++k) {
    const double a = shapes[k][0], b = shapes[k][1], s = a + b;
    beta_leverage = (struct hc_leverage_beta_config){.a = a, .b = b};
    sample_leverage(2, 41);
    for (size_t i = 0; i < SAMPLE; ++i) sample[i] = (sample[i] - 1) / 40;
    assert_moments(sample, SAMPLE, a / s, a * b / (s * s * (s + 1)));
  }
  beta_leverage = (struct hc_leverage_beta_config){.a = 5e-324, .b = 1000};
  sample_leverage(2, 50);
  for (size_t i = 0; i < SAMPLE; ++i) assert_near(sample[i], 1, 1e-12);
  beta_leverage = kept;
}

static void test_uniform_beta_is_uniform(void **state) {
  (void)state;
  const struct hc_leverage_beta_config kept = beta_leverage;
  beta_leverage = (struct hc_leverage_beta_config){.a = 1, .b = 1};
  sample_leverage(2, 41);
  int bins[20] = {0};
  for (size_t i = 0; i < SAMPLE; ++i) bins[(int)((sample[i] - 1) / 40 * 19.999999)] += 1;
  double chi = 0;
  for (int i = 0; i < 20; ++i) chi += pow(bins[i] - SAMPLE / 20.0, 2) / (SAMPLE / 20.0);
  assert_true(chi < 19 + 4 * sqrt(38));
  beta_leverage = kept;
}

/* Log quantities of longs, from their mean; their count. */
static size_t sample_sizes(int law) {
  const struct hc_generate_config config = settings(law, 0, SAMPLE);
  struct hc_book book = draw(&config, &FLAT, 2);
  size_t count = 0;
  for (size_t i = 0; i < SAMPLE; ++i)
    if (book.positions[i].side > 0) sample[count++] = log(book.positions[i].quantity);
  hc_book_free(&book);
  return count;
}

static void test_moments_of_sizes(void **state) {
  (void)state;
  size_t count = sample_sizes(0);
  assert_moments(sample, count, moments_of(sample, count).mean, 2.25);
  count = sample_sizes(1);
  double least = INFINITY;
  for (size_t i = 0; i < count; ++i) least = fmin(least, sample[i]);
  for (size_t i = 0; i < count; ++i) sample[i] -= least;
  assert_moments(sample, count, 1 / 2.5, 1 / 6.25);
}

static void test_moments_of_entries_and_independence_of_side(void **state) {
  (void)state;
  struct hc_generate_config config = settings(0, 0, SAMPLE);
  config.leverage.max = 1.5; /* no redraws */
  struct hc_book book = draw(&config, &FLAT, 5);
  assert_int_equal(book.redraws, 0);
  for (size_t i = 0; i < SAMPLE; ++i) sample[i] = log(book.positions[i].entry / 100);
  assert_moments(sample, SAMPLE, 0, 0.0009);
  double mean[2] = {0};
  for (size_t i = 0; i < SAMPLE; ++i) {
    const int is_short = book.positions[i].side < 0;
    mean[is_short] += log(book.positions[i].entry / 100) / (SAMPLE * (is_short ? 0.6 : 0.4));
  }
  assert_near(mean[0], mean[1], 4 * 0.03 * sqrt(1 / (SAMPLE * 0.4) + 1 / (SAMPLE * 0.6)));
  hc_book_free(&book);
}

static void test_redraws_are_counted(void **state) {
  (void)state;
  struct hc_generate_config config = settings(0, 1, 2000);
  struct hc_book book = draw(&config, &TIERED, 0);
  assert_in_range(book.redraws, 100, 1000);
  hc_book_free(&book);
}

static void test_few_accounts(void **state) {
  (void)state;
  for (int64_t accounts = 1; accounts < 12; ++accounts)
    for (int step = 0; step <= 4; ++step) {
      struct hc_generate_config config = settings(0, 0, accounts);
      config.long_share = 0.01 + 0.245 * step;
      struct hc_book book = draw(&config, &FLAT, 0);
      size_t longs, shorts;
      (void)side_quantity(&book, 1, &longs);
      (void)side_quantity(&book, -1, &shorts);
      assert_int_equal(longs + shorts, accounts);
      if (accounts > 1) assert_true(longs && shorts);
      hc_book_free(&book);
    }
}

static int descending(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a < b) - (a > b);
}

static double share_of_largest(const struct hc_book *book, int side, size_t k) {
  size_t count = 0;
  double largest = 0, all = 0;
  for (size_t i = 0; i < book->count; ++i)
    if (book->positions[i].side == side) sample[count++] = book->positions[i].quantity;
  qsort(sample, count, sizeof *sample, descending);
  for (size_t i = 0; i < count; ++i) {
    all += sample[i];
    if (i < k) largest += sample[i];
  }
  return largest / all;
}

static void test_concentration_is_met(void **state) {
  (void)state;
  static const double shares[] = {0.006, 0.01, 0.05, 0.2, 0.5, 0.95};
  for (int size = 0; size < (int)COUNT_OF(size_cases); ++size)
    for (size_t k = 0; k < COUNT_OF(shares); ++k) {
      struct hc_concentration_config concentration = {.accounts = 10, .share = shares[k]};
      struct hc_generate_config config = settings(size, 0, 5000);
      config.concentration = &concentration;
      struct hc_book book = draw(&config, &FLAT, 0);
      assert_near(share_of_largest(&book, 1, 10), shares[k], 1e-11);
      assert_near(share_of_largest(&book, -1, 10), shares[k], 1e-11);
      size_t count;
      assert_near(side_quantity(&book, 1, &count) / 1e5, 1, 1e-12);
      assert_near(side_quantity(&book, -1, &count) / 1e5, 1, 1e-12);
      hc_book_free(&book);
    }
}

static void test_generator_refuses(void **state) {
  (void)state;
  struct hc_concentration_config concentration = {.accounts = 10, .share = 0.2};
  struct hc_generate_config config = settings(0, 0, 20);
  config.concentration = &concentration;
  assert_refused(&config, &FLAT, "10 largest accounts of the 8 of a side");
  config.accounts = 80;
  assert_refused(&config, &FLAT, "hold at least 0.3125 of the side");

  config = settings(0, 1, 50);
  config.entry_spread = 0;
  static const double high[] = {0.05};
  const struct hc_book_market strict = {"BTC", 100, 1, high, ZERO, INFINITY};
  assert_refused(&config, &strict, "set leverage.max below 20");
  const struct hc_book_market limited = {"BTC", 100, 1, FLAT_RATE, ZERO, 1e5};
  config = settings(0, 0, 50);
  assert_refused(&config, &limited, "beyond the limit of 100000 USD");

  const struct hc_leverage_level_config kept = level_items[0];
  struct hc_leverage_discrete_config none = {{0, NULL}}, weightless = {{1, level_items}};
  level_items[0].weight = 0;
  config = settings(0, 1, 50);
  config.leverage.distribution.parameters = &none;
  assert_refused(&config, &FLAT, "empty, expected leverages");
  config.leverage.distribution.parameters = &weightless;
  assert_refused(&config, &FLAT, "add up to 0, expected a positive");
  level_items[0] = kept;

  struct hc_size_pareto_config wild = {.alpha = 1e-4};
  config = settings(1, 0, 50);
  config.size.distribution.parameters = &wild;
  assert_refused(&config, &FLAT, "lower its sigma or raise its alpha");
}

/* ---- CSV ---------------------------------------------------------------------- */

static char csv_name[] = "/tmp/haircut-test-book-XXXXXX";

static void write_csv(const char *text, size_t length) {
  FILE *stream = fopen(csv_name, "wb");
  assert_non_null(stream);
  assert_int_equal(fwrite(text, 1, length, stream), length);
  assert_int_equal(fclose(stream), 0);
}

static const struct hc_book_market MARKETS[] = {
  {"BTC", 100, 3, RATES, DEDUCTIONS, 1e8}, {"ETH \"2\", perp", 10, 1, FLAT_RATE, ZERO, INFINITY}};

struct reading {
  struct hc_book book;
  struct hc_diagnostics diagnostics;
  hc_status status;
};
static struct reading read_csv(const char *text, size_t length, struct hc_book_config config) {
  struct reading r = {0};
  write_csv(text, length);
  config.file = csv_name;
  r.status = hc_book_read(&config, MARKETS, 2, &r.book, &r.diagnostics);
  assert_int_equal(r.status == HC_OK, hc_diagnostics_errors(&r.diagnostics) == 0);
  return r;
}
static void done(struct reading *r) {
  hc_book_free(&r->book);
  hc_diagnostics_free(&r->diagnostics);
}
static const struct hc_book_config STRICT = {0};

#define HEADER "account,market,side,size_usd,entry,collateral\n"

static void test_read_plain_csv(void **state) {
  (void)state;
  static const char text[] = HEADER "a,BTC,long,1000,100,100\nb,BTC,short,2e3,1.25e2,+.5e3\n";
  struct reading r = read_csv(text, strlen(text), STRICT);
  assert_int_equal(r.status, HC_OK);
  assert_int_equal(r.book.count, 2);
  assert_string_equal(r.book.names[0], "a");
  const struct hc_position *p = r.book.positions;
  assert_true(p[0].quantity == 10 && p[0].entry == 100 && p[0].collateral == 100);
  assert_near(p[0].level, 90.452261306532663, 1e-12);
  assert_true(p[1].quantity == 16 && p[1].side == -1 && p[1].collateral == 500);
  assert_int_equal(p[1].account, 1);
  assert_string_equal(r.book.csv, text);
  assert_int_equal(r.book.csv_length, strlen(text));
  assert_int_equal(strlen(r.book.digest), 64);
  done(&r);
}

static void test_digest_is_of_the_bytes(void **state) {
  (void)state;
  static const char text[] = HEADER "a,BTC,long,1000,100,100\n";
  struct reading r = read_csv(text, strlen(text), STRICT);
  assert_string_equal(r.book.digest,
                      "aea7157d0722692f606ac636eb6a36b93ff915a4187ec4a1644b1c49683a7b9b");
  done(&r);
}

/* BOM, CR LF, order of columns, comment, quotes, blanks, blank lines, no last newline. */
static void test_read_every_liberty(void **state) {
  (void)state;
  static const char text[] =
    "\xef\xbb\xbf\r\n  comment , side,entry,\"collateral\",size_usd,market,account\r\n\r\n \t\r\n"
    "\"a, \"\"quoted\"\"\nremark\",long,\t10 ,\"1\",8,\"ETH \"\"2\"\", perp\", \"x \"\"y\"\",z\" \r\n"
    ",short,100,100,1000,BTC,\xc3\xa9t\xc3\xa9";
  struct reading r = read_csv(text, strlen(text), STRICT);
  assert_int_equal(r.status, HC_OK);
  assert_int_equal(r.book.count, 2);
  assert_string_equal(r.book.names[0], "x \"y\",z");
  assert_string_equal(r.book.names[1], "\xc3\xa9t\xc3\xa9");
  assert_int_equal(r.book.positions[0].market, 1);
  assert_true(r.book.positions[0].quantity == 0.8);
  assert_int_equal(r.book.positions[1].side, -1);
  done(&r);
}

static void test_already_liquidatable_is_dropped(void **state) {
  (void)state;
  static const char text[] = HEADER "a,BTC,long,1000,120,10\nb,BTC,long,1000,100,100\n"
                                    "c,BTC,short,1000,90,10\n";
  struct hc_book_config config = {.already_liquidatable = HC_ALREADY_DROP};
  struct reading r = read_csv(text, strlen(text), config);
  assert_int_equal(r.status, HC_OK);
  assert_int_equal(r.book.count, 1);
  assert_int_equal(r.book.dropped, 2);
  assert_string_equal(r.book.names[0], "b");
  assert_int_equal(r.book.positions[0].account, 0);
  done(&r);
}

static void test_as_isolated(void **state) {
  (void)state;
  static const char text[] = HEADER "a,BTC,long,1000,100,100\na,BTC,short,1000,100,100\n";
  struct hc_book_config config = {.as_isolated = true};
  struct reading r = read_csv(text, strlen(text), config);
  assert_int_equal(r.book.count, 2);
  assert_string_equal(r.book.names[1], "a");
  assert_int_equal(r.book.positions[1].account, 1);
  done(&r);
}

#define ROW "a,BTC,long,1000,100,100\n"
static const struct malformed {
  const char *text;
  int line, column;
  const char *message;
} malformed[] = {
  {"", 1, 1, "the file is empty, expected a header account,market,side"},
  {"\n \r\n\t", 1, 1, "the file is empty"},
  {"\xef\xbb\xbf", 1, 1, "the file is empty"},
  {HEADER, 1, 1, "there are no positions, expected rows after the header"},
  {"a,BTC,long,1000,100,100\n", 1, 1, "header: unknown column \"a\", expected account,market"},
  {"account,market,side,entry,collateral\n" ROW, 1, 37, "header: column size_usd is missing"},
  {"account,market,side,size_usd,entry,collateral,side\n", 1, 47,
   "header: column side appears twice, expected it once"},
  {"account,market,side,size_usd,entry,collateral,fee\n", 1, 47, "header: unknown column \"fee\""},
  {"account;market;side\n", 1, 1, "header: unknown column \"account;market;side\""},
  {"Account,market,side,size_usd,entry,collateral\n", 1, 1, "header: unknown column \"Account\""},
  {"account,market,side,size_usd,entry,collateral,\n", 1, 47, "header: unknown column \"\""},
  {"\"account,market\n", 1, 1, "this quote is never closed"},
  {HEADER "a,BTC,long,1000,100\n", 2, 20, "the row has 5 fields, expected 6 as in the header"},
  {HEADER "a\n", 2, 2, "the row has 1 field, expected 6"},
  {HEADER "a,BTC,long,1,000,100,100\n", 2, 22, "the row has 7 fields, expected 6"},
  {HEADER "a,DOGE,long,1000,100,100\n", 2, 3,
   "market: unknown market \"DOGE\", expected one of: BTC, ETH \"2\", perp"},
  {HEADER ROW "b,btc,long,1000,100,100\n", 3, 3, "market: unknown market \"btc\""},
  {HEADER "a,BTC,buy,1000,100,100\n", 2, 7, "side: \"buy\" is not a side, expected long or short"},
  {HEADER "a,BTC,Long,1000,100,100\n", 2, 7, "side: \"Long\" is not a side"},
  {HEADER "a,BTC,,1000,100,100\n", 2, 7, "side: \"\" is not a side"},
  {HEADER ",BTC,long,1000,100,100\n", 2, 1, "account: empty, expected a name"},
  {HEADER "a,BTC,long,-1000,100,100\n", 2, 12,
   "size_usd: -1000 is not above 0, expected a positive number of USD"},
  {HEADER "a,BTC,long,0,100,100\n", 2, 12, "size_usd: 0 is not above 0"},
  {HEADER "a,BTC,long,1e-999,100,100\n", 2, 12, "size_usd: 1e-999 is not above 0"},
  {HEADER "a,BTC,long,1e999,100,100\n", 2, 12, "size_usd: 1e999 is too large for a double"},
  {HEADER "a,BTC,long,1k,100,100\n", 2, 12,
   "size_usd: \"1k\" is not a plain number, expected USD such as 1250000 or 1.25e6"},
  {HEADER "a,BTC,long,\"1,000\",100,100\n", 2, 13, "size_usd: \"1,000\" is not a plain number"},
  {HEADER "a,BTC,long,1_000,100,100\n", 2, 12, "size_usd: \"1_000\" is not a plain number"},
  {HEADER "a,BTC,long,1000,inf,100\n", 2, 17, "entry: \"inf\" is not a plain number"},
  {HEADER "a,BTC,long,1000,nan,100\n", 2, 17, "entry: \"nan\" is not a plain number"},
  {HEADER "a,BTC,long,1000,0x64,100\n", 2, 17, "entry: \"0x64\" is not a plain number"},
  {HEADER "a,BTC,long,1000,$100,100\n", 2, 17, "entry: \"$100\" is not a plain number"},
  {HEADER "a,BTC,long,1000,,100\n", 2, 17, "entry: \"\" is not a plain number"},
  {HEADER "a,BTC,long,1000,1e,100\n", 2, 17, "entry: \"1e\" is not a plain number"},
  {HEADER "a,BTC,long,1000,.,100\n", 2, 17, "entry: \".\" is not a plain number"},
  {HEADER "a,BTC,long,1000,1 0,100\n", 2, 17, "entry: \"1 0\" is not a plain number"},
  {HEADER "a,BTC,long,1000,100,0\n", 2, 21, "collateral: 0 is not above 0"},
  {HEADER "a,BTC,long,1000,100,-5\n", 2, 21, "collateral: -5 is not above 0"},
  {HEADER "a,BTC,long,1e300,1e-300,1\n", 2, 12, "size_usd: size, entry and collateral are too far"},
  {HEADER "a,BTC,long,1e-300,1e10,1e300\n", 2, 12, "size_usd: size, entry and collateral are too"},
  {HEADER ROW "\n" ROW, 4, 1, "account: \"a\" is on line 2 and again on line 4, expected one row"},
  {HEADER ROW "\"a\",BTC,long,1000,100,100\n", 3, 2, "--as-isolated (book.as_isolated: true)"},
  {HEADER "a,BTC,long,1000,110,10\n", 2, 1,
   "account: \"a\" is liquidatable at the start: the level of its long is 109.4472362, expected "
   "one below the initial price 100; book.already_liquidatable: drop"},
  {HEADER "a,BTC,short,1000,95,10\n", 2, 1, "expected one above the initial price 100"},
  {HEADER "a,BTC,long,2e8,100,5e7\n", 2, 12,
   "size_usd: 200000000 is beyond the position limit of BTC, expected at most 100000000"},
  {HEADER "\"a,BTC,long,1000,100,100\n" ROW, 2, 1, "this quote is never closed"},
  {HEADER "a\"b,BTC,long,1000,100,100\n", 2, 2, "quote inside a field"},
  {HEADER "\"a\"b,BTC,long,1000,100,100\n", 2, 4, "text after a closing quote"},
  {HEADER "a,BTC,long,10\r00,100,100\n", 2, 14, "carriage return inside a line"},
  {HEADER "\xc3\xa9\xc3\xa9,BTC,up,1000,100,100\n", 2, 8, "side: \"up\" is not a side"},
  {HEADER "\"a\nb\",BTC,up,1000,100,100\n", 3, 8, "side: \"up\" is not a side"},
  {HEADER "a,BTC,\"\x1b[31m\",1000,100,100\n", 2, 8, "side: \"?[31m\" is not a side"},
};

static void assert_diagnostic(const struct hc_diagnostic *d, const struct malformed *m) {
  if (d->line == m->line && d->column == m->column && strstr(d->message, m->message)) return;
  fail_msg("%d:%d: %s\ninstead of %d:%d: %s", d->line, d->column, d->message, m->line, m->column,
           m->message);
}

static void test_malformed(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(malformed); ++i) {
    struct reading r = read_csv(malformed[i].text, strlen(malformed[i].text), STRICT);
    assert_int_equal(r.status, HC_INPUT);
    assert_null(r.book.positions);
    assert_string_equal(r.diagnostics.items[0].file, csv_name);
    assert_diagnostic(&r.diagnostics.items[0], &malformed[i]);
    done(&r);
  }
}

static void test_errors_of_a_file_come_together(void **state) {
  (void)state;
  static const char text[] = HEADER "a,DOGE,up,x,-1,0\nb\"\n\"c\"d,e\nd,BTC,long,1,2\n";
  static const struct malformed expected[] = {
    {"", 2, 3, "market"},   {"", 2, 8, "side"},        {"", 2, 11, "size_usd"},
    {"", 2, 13, "entry"},   {"", 2, 16, "collateral"}, {"", 3, 2, "quote inside a field"},
    {"", 4, 4, "text after"}, {"", 5, 15, "the row has 5 fields"}};
  struct reading r = read_csv(text, strlen(text), STRICT);
  assert_int_equal(r.diagnostics.count, COUNT_OF(expected));
  for (size_t i = 0; i < COUNT_OF(expected); ++i)
    assert_diagnostic(&r.diagnostics.items[i], &expected[i]);
  done(&r);
}

static void test_at_most_a_hundred_errors(void **state) {
  (void)state;
  char text[8000] = HEADER;
  for (int i = 0; i < 150; ++i) strcat(text, "a,BTC,up,1,1,1,\n");
  struct reading r = read_csv(text, strlen(text), STRICT);
  assert_int_equal(r.status, HC_INPUT);
  assert_int_equal(r.diagnostics.count, 101);
  assert_non_null(strstr(r.diagnostics.items[100].message, "... and more"));
  assert_int_equal(r.diagnostics.items[100].line, 102);
  done(&r);
}

static void test_zero_byte(void **state) {
  (void)state;
  static const char text[] = HEADER "a,BT\0C,long,1000,100,100\n";
  struct reading r = read_csv(text, sizeof text - 1, STRICT);
  static const struct malformed expected = {
    "", 2, 5, "a zero byte: this is a binary file or UTF-16"};
  assert_diagnostic(&r.diagnostics.items[0], &expected);
  done(&r);
}

static void test_all_dropped(void **state) {
  (void)state;
  static const char text[] = HEADER "a,BTC,long,1000,120,10\n";
  struct hc_book_config config = {.already_liquidatable = HC_ALREADY_DROP};
  struct reading r = read_csv(text, strlen(text), config);
  assert_int_equal(r.status, HC_INPUT);
  assert_non_null(strstr(r.diagnostics.items[0].message, "every position is liquidatable"));
  done(&r);
}

static void assert_unreadable(char *file, hc_status status, const char *fragment) {
  struct hc_book_config config = {.file = file};
  struct hc_book book;
  struct hc_diagnostics diagnostics = {0};
  assert_int_equal(hc_book_read(&config, MARKETS, 2, &book, &diagnostics), status);
  assert_int_equal(diagnostics.count, 1);
  if (!strstr(diagnostics.items[0].message, fragment)) fail_msg("%s", diagnostics.items[0].message);
  hc_diagnostics_free(&diagnostics);
}

static void test_unreadable(void **state) {
  (void)state;
  char missing[] = "/nonexistent/book.csv", folder[] = "/tmp", zeros[] = "/dev/zero";
  assert_unreadable(missing, HC_IO, "cannot be opened: No such file");
  assert_unreadable(folder, HC_IO, "is a directory");
  assert_unreadable(zeros, HC_INPUT, "a zero byte");
  assert_unreadable(NULL, HC_INPUT, "book.file: not set");
  write_csv("", 0);
  assert_int_equal(truncate(csv_name, 5000000000), 0);
  assert_unreadable(csv_name, HC_INPUT, "larger than 2 GiB");
}

static void assert_same_numbers(const struct hc_book *a, const struct hc_book *b) {
  assert_int_equal(a->count, b->count);
  assert_memory_equal(a->positions, b->positions, a->count * sizeof *a->positions);
}

/* Writing and reading a drawn book gives the same bits, levels too. */
static void test_generated_book_makes_the_round_trip(void **state) {
  (void)state;
  for (int size = 0; size < (int)COUNT_OF(size_cases); ++size) {
    const struct hc_generate_config config = settings(size, 2, 20000);
    struct hc_book book = draw(&config, &MARKETS[0], 6);
    char *text = NULL;
    assert_int_equal(hc_book_csv(&book, MARKETS, &text), HC_OK);
    struct reading r = read_csv(text, strlen(text), STRICT);
    assert_int_equal(r.status, HC_OK);
    assert_same_numbers(&book, &r.book);
    assert_string_equal(r.book.names[17], "a17");
    free(text);
    hc_book_free(&book);
    done(&r);
  }
}

static void test_csv_makes_the_round_trip(void **state) {
  (void)state;
  static const char text[] = HEADER
    "\" blank \",BTC,long,1000.1,100.3,99.7\n\"a,\"\"b\"\"\n\",\"ETH \"\"2\"\", perp\",short,3,9.1,1e-3\n"
    "plain,BTC,short,0.1,300,.7\n";
  const struct hc_book_config config = {.already_liquidatable = HC_ALREADY_DROP};
  struct reading r = read_csv(text, strlen(text), config);
  assert_int_equal(r.book.count, 2);
  char *again = NULL;
  assert_int_equal(hc_book_csv(&r.book, MARKETS, &again), HC_OK);
  struct reading second = read_csv(again, strlen(again), STRICT);
  assert_same_numbers(&r.book, &second.book);
  for (size_t i = 0; i < r.book.count; ++i)
    assert_string_equal(r.book.names[i], second.book.names[i]);
  free(again);
  done(&r);
  done(&second);
}

/* Skipped where the machine has no such locale. */
static void test_locale_does_not_matter(void **state) {
  (void)state;
  if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) skip();
  test_generated_book_makes_the_round_trip(state);
  (void)setlocale(LC_ALL, "C");
}

static void test_truncated_and_mutated(void **state) {
  (void)state;
  static const char valid[] = "\xef\xbb\xbf" "account,market,side,size_usd,entry,collateral,comment\r\n"
    "a,BTC,long,1000.1,100.3,99.7,\"x\"\"y\"\n\n\"b\",\"ETH \"\"2\"\", perp\",short,3,9.1,1e-1,\n"
    "c,BTC,short,1e3,1e2,.7e2,\"two\nlines\"\r\n";
  static const char bytes[] = "\",\n\r\t e.+-0aB\xc3\xff";
  char text[sizeof valid];
  for (uint32_t i = 0; i < 4000; ++i) {
    memcpy(text, valid, sizeof valid);
    const size_t length = (size_t)(chance(8 * i) * sizeof valid);
    for (uint32_t j = 1; j < 4 && i % 2; ++j)
      text[(size_t)(chance(8 * i + j) * (sizeof valid - 1))] =
        bytes[(size_t)(chance(8 * i + j + 3) * sizeof bytes)];
    struct reading r = read_csv(text, length, (struct hc_book_config){.as_isolated = i % 4 < 2});
    assert_true(r.status == HC_OK || r.status == HC_INPUT);
    done(&r);
  }
}

int main(void) {
  const int made = mkstemp(csv_name);
  if (made < 0) return 1;
  (void)close(made);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_level_of_ten_times_long),
    cmocka_unit_test(test_level_of_short),
    cmocka_unit_test(test_unlevered_long_is_never_liquidated),
    cmocka_unit_test(test_level_meets_maintenance),
    cmocka_unit_test(test_level_is_the_formula_bit_for_bit),
    cmocka_unit_test(test_trigger_has_a_tolerance_towards_it),
    cmocka_unit_test(test_every_law_has_a_case),
    cmocka_unit_test(test_generated_books_are_valid),
    cmocka_unit_test(test_books_are_functions_of_seed_and_index),
    cmocka_unit_test(test_accounts_do_not_depend_on_their_number),
    cmocka_unit_test(test_moments_of_lognormal_leverage),
    cmocka_unit_test(test_moments_of_discrete_leverage),
    cmocka_unit_test(test_moments_of_beta_leverage),
    cmocka_unit_test(test_uniform_beta_is_uniform),
    cmocka_unit_test(test_moments_of_sizes),
    cmocka_unit_test(test_moments_of_entries_and_independence_of_side),
    cmocka_unit_test(test_redraws_are_counted),
    cmocka_unit_test(test_few_accounts),
    cmocka_unit_test(test_concentration_is_met),
    cmocka_unit_test(test_generator_refuses),
    cmocka_unit_test(test_read_plain_csv),
    cmocka_unit_test(test_digest_is_of_the_bytes),
    cmocka_unit_test(test_read_every_liberty),
    cmocka_unit_test(test_already_liquidatable_is_dropped),
    cmocka_unit_test(test_as_isolated),
    cmocka_unit_test(test_malformed),
    cmocka_unit_test(test_errors_of_a_file_come_together),
    cmocka_unit_test(test_at_most_a_hundred_errors),
    cmocka_unit_test(test_zero_byte),
    cmocka_unit_test(test_all_dropped),
    cmocka_unit_test(test_unreadable),
    cmocka_unit_test(test_generated_book_makes_the_round_trip),
    cmocka_unit_test(test_csv_makes_the_round_trip),
    cmocka_unit_test(test_locale_does_not_matter),
    cmocka_unit_test(test_truncated_and_mutated),
  };
  const int failed = cmocka_run_group_tests_name("book", tests, NULL, NULL);
  (void)unlink(csv_name);
  return failed;
}
