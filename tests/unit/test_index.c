/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "book/index.h"
#include "haircut/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const int64_t SIZES[] = {0, 1, 2, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 5000, 70000};

/* A number in (0, 1) for the tests' own choices. */
static double chance(void) {
  static uint32_t index;
  double u[2];
  hc_uniforms(4711, 2, index++, HC_PURPOSE_WORD(HC_PURPOSES, 9), u);
  return u[0];
}
static int64_t whole(int64_t count) { return (int64_t)(chance() * (double)count); }

static void assert_near(long double value, long double expected, long double tolerance) {
  if (fabsl(value - expected) <= tolerance) return;
  fail_msg("%.20Lg is not within %Lg of %.20Lg", value, tolerance, expected);
}

/* Tiers with deductions, so that the order of levels is not that of bankruptcy prices. */
static const double RATES[] = {0.005, 0.02, 0.1}, DEDUCTIONS[] = {0, 1500, 81500};
static const struct hc_book_market MARKET = {"BTC", 100, 3, RATES, DEDUCTIONS, INFINITY};

static struct hc_book random_book(int64_t count, double longs) {
  struct hc_book book = {.count = (size_t)count};
  book.positions = calloc((size_t)count + 1, sizeof *book.positions);
  assert_non_null(book.positions);
  for (int64_t i = 0; i < count; i++) {
    struct hc_position *p = &book.positions[i];
    p->side = chance() < longs ? 1 : -1;
    p->account = (uint32_t)i;
    p->entry = 95.0 + 10.0 * chance();
    p->quantity = exp(6.0 * hc_normal_quantile(chance()) / 3.0 + 3.0);
    const double leverage = chance() < 0.02 ? 0.8 : 2.0 + 8.0 * chance();
    p->collateral = p->quantity * p->entry / leverage;
    /* Ties of the level. */
    if (i && chance() < 0.1) {
      const uint32_t account = p->account;
      *p = p[-1];
      p->account = account;
    }
    hc_position_levels(p, &MARKET);
  }
  return book;
}

/* ---- order and triggers ---------------------------------------------------------- */

static void check_order(const struct hc_book *book, const struct hc_side *side) {
  int64_t count = 0;
  for (size_t i = 0; i < book->count; i++) count += book->positions[i].side == side->sign;
  assert_int_equal(side->count, count);
  char *seen = calloc(book->count + 1, 1);
  assert_non_null(seen);
  for (int64_t i = 0; i < count; i++) {
    const struct hc_position *p = &book->positions[side->account[i]];
    assert_int_equal(seen[side->account[i]]++, 0);
    assert_int_equal(p->side, side->sign);
    assert_true(hc_side_quantity(side, i) == p->quantity && hc_side_bankruptcy(side, i) == p->bankruptcy);
    if (p->level > 0.0)
      assert_true(hc_side_key(side, i) == side->sign * hc_log(p->level) + 1e-12);
    else
      assert_true(hc_side_key(side, i) == -INFINITY);
    if (i == 0) continue;
    assert_true(hc_side_key(side, i) <= hc_side_key(side, i - 1));
    if (hc_side_key(side, i) == hc_side_key(side, i - 1)) assert_true(side->account[i] > side->account[i - 1]);
  }
  assert_true(hc_side_key(side, count) == -INFINITY);
  free(seen);
}

static void check_triggers(const struct hc_book *book, const struct hc_side *side) {
  for (int trial = 0; trial < 200; trial++) {
    double y = log(60.0) + chance() * log(140.0 / 60.0);
    if (side->count && trial % 3 == 0) { /* exactly on a level, or a hair beside it */
      const double key = hc_side_key(side, whole(side->count));
      if (isfinite(key)) y = side->sign * (trial % 2 ? key : nextafter(key, INFINITY));
    }
    const int64_t from = side->count ? whole(side->count + 1) : 0;
    int64_t expected = from;
    while (expected < side->count && hc_side_key(side, expected) >= side->sign * y) expected++;
    assert_int_equal(hc_side_triggered(side, from, side->sign * y), expected);
    /* What is triggered is a prefix, whatever the side: the linear scan of the book. */
    if (trial % 20 != 0) continue;
    int64_t triggered = 0;
    for (size_t i = 0; i < book->count; i++) {
      const struct hc_position *p = &book->positions[i];
      if (p->side == side->sign) triggered += hc_position_triggered(p, y) != 0;
    }
    assert_int_equal(hc_side_triggered(side, 0, side->sign * y), triggered);
  }
}

/* Fetching reads nothing: it must not fail at any price. It is for what is far off. */
static void check_prefetch(const struct hc_side *side) {
  for (int trial = 0; trial < 200; trial++) {
    const double signed_price = side->sign * (log(60.0) + chance() * log(140.0 / 60.0));
    const int64_t from = (int64_t)(chance() * (double)(side->count + 1));
    (void)hc_side_prefetch(side, from, signed_price);
    assert_false(hc_side_prefetch(side, from, INFINITY));
    assert_false(hc_side_prefetch(side, side->count, signed_price));
  }
  if (side->count > 1000) assert_true(hc_side_prefetch(side, 0, -INFINITY));
}

static void test_order_and_triggers(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
    struct hc_book book = random_book(SIZES[i], 0.6);
    for (int sign = -1; sign <= 1; sign += 2) {
      struct hc_side side;
      assert_int_equal(hc_side_create(&book, sign, &side), HC_OK);
      check_order(&book, &side);
      check_triggers(&book, &side);
      check_prefetch(&side);
      hc_side_free(&side);
    }
    free(book.positions);
  }
}

static void test_levels_are_not_in_bankruptcy_order(void **state) {
  (void)state;
  struct hc_book book = random_book(5000, 1.0);
  struct hc_side side;
  assert_int_equal(hc_side_create(&book, 1, &side), HC_OK);
  int inversions = 0;
  for (int64_t i = 1; i < side.count; i++) inversions += hc_side_bankruptcy(&side, i) > hc_side_bankruptcy(&side, i - 1);
  assert_true(inversions > 100); /* else the other tests would show less */
  hc_side_free(&side);
  free(book.positions);
}

/* ---- sums and closing ---------------------------------------------------------------- */

struct exact {
  long double quantity, value, fee, remainder, bad_debt, scale;
  double lowest, highest; /* of s*b */
};

static struct hc_closing close_range(const struct hc_side *side, int64_t from, int64_t to,
                                     double fill, double fee) {
  const struct hc_sums sums = hc_side_sums(side, from, to);
  struct hc_closing closing = {0};
  hc_side_close(side, from, to, &sums, fill, fee, &closing);
  return closing;
}

static struct exact close_by_hand(const struct hc_side *side, int64_t from, int64_t to, double fill,
                                  double fee) {
  struct exact sum = {.lowest = INFINITY, .highest = -INFINITY};
  for (int64_t i = from; i < to; i++) {
    const long double q = hc_side_quantity(side, i), b = hc_side_bankruptcy(side, i);
    const long double equity = side->sign * q * ((long double)fill - b);
    const long double full = (long double)fee * q * fill;
    sum.lowest = fmin(sum.lowest, side->sign * hc_side_bankruptcy(side, i));
    sum.highest = fmax(sum.highest, side->sign * hc_side_bankruptcy(side, i));
    sum.quantity += q;
    sum.value += q * b;
    sum.scale += q * fill;
    if (equity >= 0) {
      const long double paid = equity < full ? equity : full;
      sum.fee += paid;
      sum.remainder += equity - paid;
    } else if (-equity >= 1e-12L * q * fill) {
      sum.bad_debt -= equity;
    }
  }
  return sum;
}

static void check_range(const struct hc_side *side, int64_t from, int64_t to, double fill,
                        double fee) {
  const struct exact e = close_by_hand(side, from, to, fill, fee);
  const struct hc_sums sums = hc_side_sums(side, from, to);
  const struct hc_closing c = close_range(side, from, to, fill, fee);
  assert_near(c.quantity, e.quantity, 1e-14L * e.quantity);
  assert_near(sums.quantity, e.quantity, 1e-14L * e.quantity);
  assert_near(sums.value, e.value, 1e-14L * fabsl(e.value) + 1e-15L * e.scale);
  if (to > from) { /* what the index says of the range is true of every position */
    assert_true(side->chunk[(to - 1) / HC_CHUNK].lowest_through <= e.lowest);
    assert_true(side->chunk[from / HC_CHUNK].highest_from >= e.highest);
  }
  assert_near(c.fee, e.fee, 2e-14L * e.scale);
  assert_near(c.remainder, e.remainder, 2e-14L * e.scale);
  assert_near(c.bad_debt, e.bad_debt, 2e-14L * e.scale);
  assert_true(c.bad_debt >= 0.0 && c.fee >= 0.0 && c.remainder >= -1e-15 * (double)e.scale);
  /* Money in is money out. */
  assert_near((long double)c.fee + c.remainder - c.bad_debt, side->sign * (e.quantity * fill - e.value),
              4e-14L * e.scale);
}

static void test_closing_is_account_by_account(void **state) {
  (void)state;
  const double fees[] = {0.0, 0.005, 0.05};
  for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
    struct hc_book book = random_book(SIZES[i], 0.5);
    for (int sign = -1; sign <= 1; sign += 2) {
      struct hc_side side;
      assert_int_equal(hc_side_create(&book, sign, &side), HC_OK);
      const int trials = side.count > 10000 ? 30 : 150;
      for (int trial = 0; trial < trials; trial++) {
        int64_t from = whole(side.count + 1), to = whole(side.count + 1);
        if (trial == 0) from = 0, to = side.count;
        if (trial % 5 == 1) from &= ~(int64_t)15, to &= ~(int64_t)15;
        if (from > to) {
          const int64_t keep = from;
          from = to;
          to = keep;
        }
        double fill = 60.0 + 90.0 * chance();
        /* At a bankruptcy price, and just above and below. */
        if (to > from && trial % 4 == 0)
          fill = hc_side_bankruptcy(&side, from) * (1.0 + (trial % 3 - 1) * 3e-12);
        if (!(fill > 0.0)) fill = 100.0;
        check_range(&side, from, to, fill, fees[trial % 3]);
      }
      hc_side_free(&side);
    }
    free(book.positions);
  }
}

/* Bad debt below 1e-12 of the notional is none. */
static void test_rounding_is_no_bad_debt(void **state) {
  (void)state;
  struct hc_position p = {.quantity = 4, .entry = 100, .collateral = 40, .side = 1};
  struct hc_book book = {.count = 1, .positions = &p};
  hc_position_levels(&p, &MARKET);
  struct hc_side side;
  assert_int_equal(hc_side_create(&book, 1, &side), HC_OK);
  assert_true(close_range(&side, 0, 1, 90.0 * (1.0 - 5e-13), 0.0).bad_debt == 0.0);
  const double debt = close_range(&side, 0, 1, 90.0 * (1.0 - 5e-12), 0.0).bad_debt;
  assert_true(debt > 1e-9 && debt < 2e-9);
  hc_side_free(&side);
}

/* One account of a million times the others' size must not cost their digits. */
static void test_one_whale_among_a_million(void **state) {
  (void)state;
  enum { MANY = 1000000 };
  struct hc_book book = {.count = MANY};
  book.positions = calloc(MANY, sizeof *book.positions);
  assert_non_null(book.positions);
  for (int i = 0; i < MANY; i++) {
    struct hc_position *p = &book.positions[i];
    p->side = 1;
    p->quantity = i == 1234 ? 1e9 : 0.01 * (1.0 + chance());
    p->entry = 100.0;
    p->collateral = p->quantity * (10.0 + 20.0 * chance());
    if (i == 1234) p->collateral = p->quantity * 5.0; /* the first to go */
    p->bankruptcy = p->entry - p->collateral / p->quantity;
    p->level = p->bankruptcy / 0.995;
  }
  struct hc_side side;
  assert_int_equal(hc_side_create(&book, 1, &side), HC_OK);
  assert_int_equal(side.account[0], 1234);
  for (int trial = 0; trial < 40; trial++) {
    int64_t from = 1 + whole(MANY - 1), to = from + 1 + whole(trial % 2 ? 100 : 100000);
    if (to > MANY) to = MANY;
    const double fill = hc_side_bankruptcy(&side, from) * (0.8 + 0.4 * chance());
    const struct exact e = close_by_hand(&side, from, to, fill, 0.005);
    const struct hc_closing c = close_range(&side, from, to, fill, 0.005);
    assert_near(c.quantity, e.quantity, 1e-12L * e.quantity);
    assert_near(c.fee, e.fee, 1e-12L * e.scale);
    assert_near(c.bad_debt, e.bad_debt, 1e-12L * e.scale);
    assert_near(c.remainder, e.remainder, 1e-12L * e.scale);
  }
  hc_side_free(&side);
  free(book.positions);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_order_and_triggers),
    cmocka_unit_test(test_levels_are_not_in_bankruptcy_order),
    cmocka_unit_test(test_closing_is_account_by_account),
    cmocka_unit_test(test_rounding_is_no_bad_debt),
    cmocka_unit_test(test_one_whale_among_a_million),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
