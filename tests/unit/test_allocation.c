/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation rules and scores: worked examples, then properties of the whole registry. */
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
#include "waterfall/allocation.h"
#include "waterfall/score.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
enum { MOST = 50 };

/* A number in (0, 1) for the tests' own choices. */
static double chance(void) {
  static uint32_t index;
  double u[2];
  hc_uniforms(815, 3, index++, HC_PURPOSE_WORD(0xffff, 9), u);
  return u[0];
}

static const struct hc_allocation_rule *rule_of(const struct hc_variant *variant) {
  return variant->operations;
}
static void run(const struct hc_variant *variant, double target, size_t count,
                const struct hc_offer *offers, double price, double start, double *paid) {
  uint32_t scratch[MOST];
  for (size_t i = 0; i < count; i++) paid[i] = NAN;
  rule_of(variant)->share(target, count, offers, price, start, scratch, paid);
}
static void assert_paid(const struct hc_variant *variant, double target, size_t count,
                        const struct hc_offer *offers, double start, const double *expected,
                        double tolerance) {
  double paid[MOST];
  run(variant, target, count, offers, 100.0, start, paid);
  for (size_t i = 0; i < count; i++) assert_near(paid[i], expected[i], tolerance);
}
static double score_of(const char *name, const struct hc_standing *standing) {
  for (size_t i = 0; i < hc_scores.count; i++)
    if (strcmp(hc_scores.variants[i]->name, name) == 0)
      return ((const struct hc_score_ops *)hc_scores.variants[i]->operations)->score(standing);
  fail_msg("no score %s", name);
  return NAN;
}

/* ---- worked examples: mark 100, a bankrupt long of 50 --------------------------------- */

enum { S1, S2, S3, L1, L2, TRADERS };
static const struct hc_standing traders[TRADERS] = {
  {-1, 40, 125, 500, 100, 20}, {-1, 30, 110, 2000, 100, 15}, {-1, 10, 101, 100, 100, 5},
  {1, 20, 90, 500, 100, 10},   {1, 10, 98, 500, 100, 5}};

/* The three shorts, by score; caps in units. */
static void make_shorts(const char *score, struct hc_offer offers[3]) {
  for (uint32_t i = 0; i < 3; i++) {
    const struct hc_standing *a = &traders[i];
    offers[i] = (struct hc_offer){
      .weight = a->quantity, .cap = a->quantity, .score = score_of(score, a), .quantity = a->quantity,
      .equity = a->collateral + a->quantity * (a->entry - a->mark), .account = i};
  }
}

static void test_queues(void **state) {
  (void)state;
  struct hc_offer offers[3];
  make_shorts("bitmex", offers);
  for (int i = 0; i < 3; i++)
    assert_near(offers[i].score, (const double[]){.533, .119, .090}[i], 0.00095);
  assert_paid(&hc_allocation_ranked, 50, 3, offers, 0, (const double[]){40, 10, 0}, 0);
  make_shorts("hyperliquid", offers);
  for (int i = 0; i < 3; i++)
    assert_near(offers[i].score, (const double[]){3.33, 1.43, 9.18}[i], 0.0051);
  assert_paid(&hc_allocation_ranked, 50, 3, offers, 0, (const double[]){40, 0, 10}, 0);
  assert_paid(&hc_allocation_pro_rata, 50, 3, offers, 0, (const double[]){25, 18.75, 6.25}, 1e-14);
  assert_paid(&hc_allocation_equal, 50, 3, offers, 0, (const double[]){20, 20, 10}, 1e-14);
  assert_paid(&hc_allocation_smallest_first, 50, 3, offers, 0, (const double[]){10, 30, 10}, 0);
  assert_paid(&hc_allocation_fifo, 50, 3, offers, 0, (const double[]){40, 10, 0}, 0);
  assert_paid(&hc_allocation_rotate, 50, 3, offers, 0.3, (const double[]){40, 10, 0}, 0);
  assert_paid(&hc_allocation_rotate, 50, 3, offers, 0.4, (const double[]){10, 30, 10}, 0);
  assert_paid(&hc_allocation_rotate, 50, 3, offers, 0.7, (const double[]){40, 0, 10}, 0);
  for (int i = 0; i < 3; i++) offers[i].order = (const double[]){0.8, 0.1, 0.5}[i];
  assert_paid(&hc_allocation_random, 50, 3, offers, 0, (const double[]){10, 30, 10}, 0);
  /* All three end at 80 - 50 units over 39.1 a: leverage .76726. */
  assert_paid(&hc_allocation_water_filling, 50, 3, offers, 0,
              (const double[]){28.49105, 12.35294, 9.15601}, 1e-5);
  assert_paid(&hc_allocation_water_filling, 7, 3, offers, 0, (const double[]){0, 0, 7}, 1e-14);
}

static void test_haircuts(void **state) {
  (void)state;
  struct hc_offer offers[TRADERS] = {{0}};
  for (uint32_t i = 0; i < TRADERS; i++) {
    const double u = score_of("profit", &traders[i]);
    offers[i] = (struct hc_offer){.weight = u, .cap = u, .account = i};
  }
  const double haircut[] = {98.04, 29.41, 0.98, 19.61, 1.96};
  assert_paid(&hc_allocation_pro_rata, 150, TRADERS, offers, 0, haircut, 0.005);
  double paid[TRADERS];
  for (uint32_t i = 0; i < TRADERS; i++) /* by open interest, as an index: no caps */
    offers[i] = (struct hc_offer){.weight = traders[i].quantity, .cap = HUGE_VAL, .account = i};
  run(&hc_allocation_pro_rata, 150, TRADERS, offers, 100, 0, paid);
  for (int i = 0; i < TRADERS; i++) assert_near(paid[i] / traders[i].quantity, 1.3636, 0.00005);

  /* Chitra (2025), arXiv:2512.01112: profits 8, 4, 1/2 and a budget of 7.5. */
  struct hc_offer profits[3] = {{.weight = 8, .cap = 8, .score = 2, .account = 0},
                                {.weight = 4, .cap = 4, .score = 3, .account = 1},
                                {.weight = 0.5, .cap = 0.5, .score = 1, .account = 2}};
  assert_paid(&hc_allocation_ranked, 7.5, 3, profits, 0, (const double[]){3.5, 4, 0}, 0);
  assert_paid(&hc_allocation_pro_rata, 7.5, 3, profits, 0, (const double[]){4.8, 2.4, 0.3}, 1e-14);
  /* Loss socialisation as Vega's specification gives it: gains 7200, 800, 80, loss 100. */
  const double gains[] = {7200, 800, 80};
  for (int i = 0; i < 3; i++) profits[i].weight = profits[i].cap = gains[i];
  assert_paid(&hc_allocation_pro_rata, 100, 3, profits, 0, (const double[]){89.11, 9.90, 0.99},
              0.005);
}

static void test_scores(void **state) {
  (void)state;
  /* A loser: u -250, E 250, L 4. A short with less than a dollar: u 10, E 10.5. */
  const struct hc_standing loser = {1, 10, 125, 500, 100, 10}, poor = {-1, 1, 110, 0.5, 100, 2};
  const struct {
    const char *name;
    double s1, loser, poor;
  } rows[] = {{"bitmex", 0.2 * 40 / 15, -0.2 / 4, 10.0 / 110 * 100 / 10.5},
              {"binance", 2.0 * 20 / 1500, 0, 10 * 2 / 10.5},
              {"hyperliquid", 1.25 * 40 / 15, 0.8 * 4, 1.1 * 100 / 10.5},
              {"aevo", 2.0 * 20 / 1500, -0.5 * 10 / 250, 10 * 2 / 10.5},
              {"profit", 1000, -250, 10},
              {"leverage", 40.0 / 15, 4, 100 / 10.5},
              {"size", 40, 10, 1}};
  assert_int_equal(hc_scores.count, COUNT_OF(rows));
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    assert_string_equal(hc_scores.variants[i]->name, rows[i].name);
    assert_near(score_of(rows[i].name, &traders[S1]), rows[i].s1, 1e-12);
    assert_near(score_of(rows[i].name, &loser), rows[i].loser, 1e-12);
    assert_near(score_of(rows[i].name, &poor), rows[i].poor, 1e-12);
  }
  /* Without equity: behind all others, and never NaN. */
  for (double collateral = 250; collateral > 248; collateral--)
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
      const struct hc_standing broke = {1, 10, 125, collateral, 100, 10};
      const double score = score_of(rows[i].name, &broke);
      assert_true(score <= rows[i].loser || strcmp(rows[i].name, "size") == 0);
      if (strcmp(rows[i].name, "binance") == 0) assert_near(score, 0, 0);
    }
}

/* ---- properties of every rule ------------------------------------------------------------ */

static double scale(double digits) { return pow(10.0, digits * (2.0 * chance() - 1.0)); }

/* Offers in account order. Wild ones span the whole range of numbers; scores, orders and some
 * weights repeat, so that ties matter. */
static size_t make_offers(int wild, int units, struct hc_offer *offers) {
  const size_t count = 1 + (size_t)(chance() * MOST);
  uint32_t account = 0;
  for (size_t i = 0; i < count; i++) {
    const double q = units ? scale(6) : scale(2), pick = chance();
    double cap = pick < 0.15 ? 0.0 : pick < 0.3 ? HUGE_VAL : scale(wild ? 300 : 3);
    if (units) cap = pick < 0.15 ? 0.0 : pick < 0.6 ? q : q * chance();
    account += 1 + (uint32_t)(3 * chance());
    offers[i] = (struct hc_offer){
      .weight = chance() < 0.2 ? 2.0 : scale(wild ? 300 : 3), .cap = cap,
      .score = floor(12 * chance()) - 6, .quantity = q, .equity = scale(6),
      .order = floor(1 + 20 * chance()) / 22, .account = account};
  }
  return count;
}

static double sum_of_caps(size_t count, const struct hc_offer *offers) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += offers[i].cap;
  return sum;
}
static double make_target(size_t count, const struct hc_offer *offers) {
  double base = sum_of_caps(count, offers);
  if (isinf(base) || chance() < 0.3) base = offers[(size_t)(chance() * (double)count)].cap;
  if (isinf(base) || !(base > 0.0)) base = scale(3);
  base = fmax(base, 1e-270); /* numbers below 1e-300 have fewer digits */
  const double pick = chance();
  return pick < 0.1 ? base : pick < 0.2 ? 1e-12 * base : pick < 0.3 ? 2 * base : base * chance();
}

static void check_sum(double target, size_t count, const struct hc_offer *offers,
                      const double *paid) {
  long double sum = 0.0L;
  int all_full = 1;
  for (size_t i = 0; i < count; i++) {
    assert_true(paid[i] >= 0.0 && paid[i] <= offers[i].cap);
    sum += paid[i];
    all_full &= paid[i] == offers[i].cap;
  }
  const double total = (double)sum, due = fmin(target, sum_of_caps(count, offers));
  assert_true(total <= target * (1 + 1e-12));
  assert_near(total, due, 1e-14 * due);
  if (!all_full) assert_near((double)(sum - target), 0.0, 0x1p-52 * target);
}

/* One theta for all: against the greatest payment below its cap. */
static void check_proportional(double target, size_t count, const struct hc_offer *offers,
                               int by_weight, const double *paid) {
  size_t m = count;
  for (size_t i = 0; i < count; i++)
    if (paid[i] < offers[i].cap && (m == count || paid[i] > paid[m])) m = i;
  if (m == count) return;
  const double rounding = (paid[m] > 1e-3 * target ? 1e-290 : 1e-13) * target + 1e-300;
  for (size_t i = 0; i < count; i++) {
    const double ratio = by_weight ? offers[i].weight / offers[m].weight : 1.0;
    if (isinf(ratio)) assert_true(paid[m] <= rounding || paid[i] >= offers[i].cap); /* beyond all numbers */
    else if (paid[i] < offers[i].cap) assert_near(paid[i], paid[m] * ratio, 1e-11 * paid[i] + rounding);
    else if (offers[i].cap > 0.0)
      assert_true(offers[i].cap / ratio <= paid[m] * (1 + 1e-11) + rounding ||
                  offers[i].cap <= paid[m] * ratio + 1e-13 * target);
  }
}

/* Those who pay and have more to give end at one leverage; nobody who could still give is above
 * it, nobody who gave is below. Compared in units. */
static void check_level(double target, size_t count, const struct hc_offer *offers, double price,
                        const double *paid) {
  size_t m = count;
  for (size_t i = 0; i < count; i++)
    if (paid[i] > 0.0 && paid[i] < offers[i].cap && (m == count || offers[i].equity > offers[m].equity))
      m = i;
  if (m == count) return;
  const double lambda = (offers[m].quantity - paid[m]) * price / offers[m].equity;
  const double blur = 1e-14 * (offers[m].quantity + target) / offers[m].equity;
  for (size_t i = 0; i < count; i++) {
    const struct hc_offer *o = &offers[i];
    const double over = o->quantity - paid[i] - lambda * o->equity / price;
    const double tolerance = 1e-13 * (o->quantity + target) + blur * o->equity;
    if (paid[i] < o->cap && over > tolerance) fail_msg("%g units above the level", over);
    if (paid[i] > 0.0 && over < -tolerance) fail_msg("%g units below the level", -over);
  }
}

/* Payment in turn by its definition: again and again the first of those that have not paid. */
static double key_of(const struct hc_variant *rule, const struct hc_offer *offer, size_t i,
                     size_t count, double start) {
  if (rule == &hc_allocation_ranked) return -offer->score;
  if (rule == &hc_allocation_random) return offer->order;
  if (rule == &hc_allocation_smallest_first) return offer->weight;
  if (rule == &hc_allocation_fifo) return (double)i;
  const size_t first = (size_t)(start * (double)count);
  return (double)((i + count - first) % count);
}
static void check_turns(const struct hc_variant *rule, double target, size_t count,
                        const struct hc_offer *offers, double start, const double *paid) {
  int done[MOST] = {0};
  long double left = target;
  for (size_t k = 0; k < count; k++) {
    size_t next = count;
    for (size_t i = 0; i < count; i++) {
      if (done[i]) continue;
      const double key = key_of(rule, &offers[i], i, count, start);
      if (next == count || key < key_of(rule, &offers[next], next, count, start)) next = i;
    }
    done[next] = 1;
    const double part = offers[next].cap < (double)left ? offers[next].cap : (double)left;
    assert_near(paid[next], part, 1e-14 * target);
    left -= part;
  }
}

static int in_turn(const struct hc_variant *rule) {
  return rule != &hc_allocation_pro_rata && rule != &hc_allocation_equal &&
         rule != &hc_allocation_water_filling;
}

/* The same accounts in another order pay the same. */
static void check_permutation(const struct hc_variant *rule, double target, size_t count,
                              const struct hc_offer *offers, double price, const double *paid) {
  if (rule == &hc_allocation_rotate || rule == &hc_allocation_fifo) return; /* order is the rule */
  struct hc_offer shuffled[MOST];
  size_t from[MOST];
  double other[MOST];
  for (size_t i = 0; i < count; i++) from[i] = i;
  for (size_t i = count; i > 1; i--) {
    const size_t j = (size_t)(chance() * (double)i), keep = from[j];
    from[j] = from[i - 1];
    from[i - 1] = keep;
  }
  for (size_t i = 0; i < count; i++) shuffled[i] = offers[from[i]];
  run(rule, target, count, shuffled, price, 0.5, other);
  for (size_t i = 0; i < count; i++) {
    const size_t f = from[i];
    const double units = rule == &hc_allocation_water_filling ? 1e-13 * offers[f].quantity : 0.0;
    assert_near(other[i], paid[f], in_turn(rule) ? 0.0 : 1e-13 * target + units);
  }
}

/* A larger target lowers nobody's payment. */
static void check_monotone(const struct hc_variant *rule, double target, size_t count,
                           const struct hc_offer *offers, double price, double start,
                           const double *paid) {
  double more[MOST];
  const double larger = target * (chance() < 0.5 ? 1 + chance() : 1 + 1e-6 * chance());
  run(rule, larger, count, offers, price, start, more);
  for (size_t i = 0; i < count; i++) {
    const double units = rule == &hc_allocation_water_filling ? 1e-13 * offers[i].quantity : 0.0;
    assert_true(more[i] >= paid[i] - 1e-14 * larger - units);
  }
}

static void test_properties(void **state) {
  (void)state;
  static const char *const names[] = {"pro_rata", "equal",          "ranked",       "random", "rotate",
                                      "fifo",     "smallest_first", "water_filling"};
  assert_int_equal(hc_allocation_rules.count, COUNT_OF(names));
  for (size_t r = 0; r < hc_allocation_rules.count; r++) {
    const struct hc_variant *rule = hc_allocation_rules.variants[r];
    assert_string_equal(rule->name, names[r]);
    assert_int_equal(rule_of(rule)->needs_score, rule == &hc_allocation_ranked);
    const int units = rule == &hc_allocation_water_filling;
    for (int trial = 0; trial < 20000; trial++) {
      struct hc_offer offers[MOST];
      double paid[MOST];
      const size_t count = make_offers(trial % 2, units, offers);
      const double target = make_target(count, offers), price = scale(2), start = chance();
      run(rule, target, count, offers, price, start, paid);
      check_sum(target, count, offers, paid);
      check_monotone(rule, target, count, offers, price, start, paid);
      check_permutation(rule, target, count, offers, price, paid);
      if (units) check_level(target, count, offers, price, paid);
      else if (in_turn(rule)) check_turns(rule, target, count, offers, start, paid);
      else check_proportional(target, count, offers, rule == &hc_allocation_pro_rata, paid);
    }
  }
}

/* Each cap lies between the part that its payer would have had before the one ahead of him was
 * found short, and the part he has after: caps can only be found one by one. */
static void test_caps_one_by_one(void **state) {
  (void)state;
  enum { SHORT = 35, FREE = 5 };
  struct hc_offer offers[SHORT + FREE];
  double expected[SHORT + FREE], left = 1.0, weights = 0.0, before = 0.0;
  for (uint32_t i = 0; i < SHORT + FREE; i++) {
    offers[i] = (struct hc_offer){
      .weight = ldexp(1.0, -(int)(i < SHORT ? i : SHORT)), .cap = HUGE_VAL, .account = i};
    weights += offers[i].weight;
  }
  for (uint32_t i = 0; i < SHORT; i++) {
    const double theta = left / weights;
    expected[i] = offers[i].cap = 0.5 * (before + theta) * offers[i].weight;
    left -= offers[i].cap;
    weights -= offers[i].weight;
    before = theta;
  }
  for (uint32_t i = SHORT; i < SHORT + FREE; i++) expected[i] = left / FREE;
  double paid[SHORT + FREE];
  run(&hc_allocation_pro_rata, 1.0, SHORT + FREE, offers, 1, 0, paid);
  for (int i = 0; i < SHORT + FREE; i++) assert_near(paid[i], expected[i], 1e-15);
}

/* What remains behind a huge payer's cap is shared by the weights of the others, however small. */
static void test_far_scales(void **state) {
  (void)state;
  const struct hc_offer offers[] = {{.weight = 1e300, .cap = 1, .account = 0},
                                    {.weight = 1e-300, .cap = HUGE_VAL, .account = 1},
                                    {.weight = 2e-300, .cap = HUGE_VAL, .account = 2}};
  assert_paid(&hc_allocation_pro_rata, 10, 3, offers, 0, (const double[]){1, 3, 6}, 1e-14);
  const struct hc_offer large[] = {{.weight = 1e300, .cap = HUGE_VAL, .account = 0},
                                   {.weight = 3e300, .cap = HUGE_VAL, .account = 1}};
  assert_paid(&hc_allocation_pro_rata, 1e10, 2, large, 0, (const double[]){2.5e9, 7.5e9}, 1e-5);
  /* Caps that no leverage shows: the sum is the target none the less. */
  const struct hc_offer same[] = {{.cap = 1e-9, .quantity = 1e9, .equity = 1e9, .account = 0},
                                  {.cap = 1e-9, .quantity = 1e9, .equity = 1e9, .account = 1}};
  double paid[2];
  run(&hc_allocation_water_filling, 1.5e-9, 2, same, 1, 0, paid);
  assert_near(paid[0] + paid[1], 1.5e-9, 1e-24);
}

static void test_many_payers(void **state) {
  (void)state;
  enum { MANY = 100000 };
  struct hc_offer *offers = calloc(MANY, sizeof *offers);
  double *paid = calloc(MANY, sizeof *paid);
  uint32_t *scratch = calloc(MANY, sizeof *scratch);
  assert_true(offers && paid && scratch);
  double all = 0.0;
  for (uint32_t i = 0; i < MANY; i++) {
    const double q = scale(3);
    offers[i] = (struct hc_offer){.weight = scale(3), .cap = q, .score = chance(), .quantity = q,
                                  .equity = scale(3), .order = chance(), .account = i};
    all += q;
  }
  for (size_t r = 0; r < hc_allocation_rules.count; r++)
    for (int part = 1; part < 4; part++) {
      const double target = 0.3 * part * all;
      rule_of(hc_allocation_rules.variants[r])
        ->share(target, MANY, offers, 1, 0.37, scratch, paid);
      long double sum = 0.0L;
      for (size_t i = 0; i < MANY; i++) sum += paid[i];
      assert_near((double)(sum / target), 1.0, 4e-16);
    }
  free(offers), free(paid), free(scratch);
}

static void test_limit(void **state) {
  (void)state;
  for (int trial = 0; trial < 20000; trial++) {
    struct hc_offer offers[MOST] = {{0}}, kept[MOST];
    uint32_t scratch[MOST];
    const size_t count = make_offers(0, 0, offers), limit = (size_t)(chance() * (MOST + 2));
    memcpy(kept, offers, sizeof offers);
    const size_t left = hc_allocation_limit(kept, count, limit, scratch);
    assert_int_equal(left, limit < count ? limit : count);
    size_t k = 0;
    for (size_t i = 0; i < count; i++) {
      size_t ahead = 0;
      for (size_t j = 0; j < count; j++)
        ahead += offers[j].score > offers[i].score || (offers[j].score == offers[i].score && j < i);
      if (ahead >= limit) continue;
      assert_true(k < left && kept[k].account == offers[i].account && kept[k].cap == offers[i].cap);
      k++;
    }
    assert_int_equal(k, left);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_queues),          cmocka_unit_test(test_haircuts),
    cmocka_unit_test(test_scores),          cmocka_unit_test(test_properties),
    cmocka_unit_test(test_caps_one_by_one), cmocka_unit_test(test_far_scales),
    cmocka_unit_test(test_many_payers),     cmocka_unit_test(test_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
