/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Worked examples of every verb, by hand, to the printed digits. */
#include "venue.h"

/* A bankrupt long of 50 from 120 with a collateral of 750, at 100. */
static const struct hc_record LONG_50 = {.shortfall = 250, .quantity = 50, .bankruptcy = 105};
static const struct hc_record NONE = {0};

#define FOUR_LPS                                                                                  \
  "liquidity_providers: [{name: a, deposits: 400, profit: 0}, {name: b, deposits: 300, profit: 0}, " \
  "{name: c, deposits: 200, profit: 0}, {name: d, deposits: 100, profit: 0}]\n"
#define FUND(amount) "insurance_fund: {initial: " #amount "}\n"
#define NO_LPS "liquidity_providers: []\n"

/* S1, S2, S3, L1, L2. */
static void add_five(struct venue *v) {
  array_crowd_add(&v->crowd, -1, 40, 125, 500);
  array_crowd_add(&v->crowd, -1, 30, 110, 2000);
  array_crowd_add(&v->crowd, -1, 10, 101, 100);
  array_crowd_add(&v->crowd, 1, 20, 90, 1e6);
  array_crowd_add(&v->crowd, 1, 10, 98, 1e6);
}
static void run_five(struct venue *v, const char *yaml) {
  open_venue(v, yaml);
  add_five(v);
  settle(v, 1, 0.0, LONG_50, NONE);
}
static double lost_collateral(const struct venue *v, size_t i) {
  static const double before[] = {500, 2000, 100, 1e6, 1e6};
  return before[i] - v->crowd.trader[i].collateral;
}
static double units_closed(const struct venue *v, size_t i) {
  static const double before[] = {40, 30, 10, 20, 10};
  return before[i] - v->crowd.trader[i].quantity;
}

/* ---- cash ------------------------------------------------------------------------------------ */

static void test_fund_pays_first_then_providers_pro_rata(void **state) {
  (void)state;
  static const double shares[] = {60, 45, 30, 15};
  struct venue v;
  run_five(&v, FUND(100) FOUR_LPS "waterfall: [{verb: fund}, {verb: assess}]");
  assert_near(v.paid.cash[HC_PAYER_FUND], 100, 0);
  assert_near(v.pots.fund[0], 0, 0);
  for (int i = 0; i < 4; i++) assert_near(v.paid.lp_class[i], shares[i], 1e-12);
  assert_near(v.paid.cash[HC_PAYER_LP], 150, 1e-12);
  assert_near(v.paid.lp_deposit, 150, 1e-12);
  assert_near(v.paid.uncovered, 0, 0);
  assert_near(v.settlement.released[0], 50, 1e-12);
  close_venue(&v);
}

static void test_profit_of_a_class_pays_before_its_deposit(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) "liquidity_providers: [{name: a, deposits: 100, profit: 30}, "
                 "{name: b, deposits: 100, profit: -50}]\n"
                 "waterfall: [{verb: assess, base: equity}]");
  lose(&v, 1, 0.0, 115);
  assert_near(v.paid.lp_class[0], 65, 1e-12); /* of 130 and 100 */
  assert_near(v.paid.lp_class[1], 50, 1e-12);
  assert_near(v.paid.lp_profit, 30, 1e-12);
  assert_near(v.paid.lp_deposit, 85, 1e-12);
  assert_near(v.pots.profit[0], 0, 1e-12);
  assert_near(v.pots.profit[1], -50, 0);
  assert_near(v.pots.deposit[0], 65, 1e-12);
  close_venue(&v);
  open_venue(&v, FUND(0) "liquidity_providers: [{name: a, deposits: 100, profit: 30}, "
                 "{name: b, deposits: 100, profit: -50}]\n"
                 "waterfall: [{verb: assess, base: profit}]");
  lose(&v, 1, 0.0, 115);
  assert_near(v.paid.lp_profit, 30, 0);
  assert_near(v.paid.uncovered, 85, 1e-12);
  close_venue(&v);
}

static void test_classes_by_equal_parts_in_order_and_smallest_first(void **state) {
  (void)state;
  static const struct {
    const char *rule;
    double paid[4];
  } cases[] = {{"equal", {150, 150, 150, 100}},
               {"fifo", {400, 150, 0, 0}},
               {"smallest_first", {0, 250, 200, 100}}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[600];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FOUR_LPS "waterfall: [{verb: assess, allocation: %s}]",
                   cases[k].rule);
    open_venue(&v, yaml);
    lose(&v, 1, 0.0, 550);
    for (int i = 0; i < 4; i++) assert_near(v.paid.lp_class[i], cases[k].paid[i], 1e-12);
    close_venue(&v);
  }
}

static void test_accounts_are_assessed_by_profit_or_size(void **state) {
  (void)state;
  static const struct {
    const char *layer;
    double paid[5];
  } cases[] = {
    {"who: winners, base: unrealised_profit", {98.04, 29.41, .98, 19.61, 1.96}},
    {"who: all_traders, base: size", {54.55, 40.91, 13.64, 27.27, 13.64}}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[600];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(100) FOUR_LPS "waterfall: [{verb: fund}, {verb: assess, %s}]",
                   cases[k].layer);
    run_five(&v, yaml);
    for (size_t i = 0; i < 5; i++) assert_near(lost_collateral(&v, i), cases[k].paid[i], 0.005);
    assert_near(v.paid.cash[HC_PAYER_TRADER], 150, 1e-9);
    assert_near(v.crowd.charged, 150, 1e-9);
    assert_near(v.paid.uncovered, 0, 0);
    close_venue(&v);
  }
}

/* Shorts of 1 unit with such profits at 100, and a collateral of 100 each. */
static void add_profits(struct venue *v, size_t count, const double *profit) {
  for (size_t i = 0; i < count; i++) array_crowd_add(&v->crowd, -1, 1, 100 + profit[i], 100);
}

static void test_gains_of_a_session_in_proportion(void **state) {
  (void)state;
  static const double gain[] = {7200, 800, 80}, paid[] = {89.11, 9.90, .99};
  static const char *const bases[] = {"base: session_profit, time: session(10s), netting: false",
                                      "base: profit", "base: unrealised_profit"};
  for (size_t k = 0; k < COUNT_OF(bases); k++) {
    char yaml[600];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, "simulation: {horizon: 10s, step: 1s}\n" FUND(2900) NO_LPS
                   "waterfall: [{verb: fund}, {verb: assess, who: all_traders, %s}]", bases[k]);
    open_venue(&v, yaml);
    add_profits(&v, 3, gain);
    lose(&v, 10, 0.0, 3000);
    for (size_t i = 0; i < 3; i++) assert_near(100 - v.crowd.trader[i].collateral, paid[i], 0.005);
    assert_int_equal(v.crowd.sessions, k == 0);
    close_venue(&v);
  }
}

static void test_half_of_a_deficit_by_rank_or_in_proportion(void **state) {
  (void)state;
  static const double profit[] = {8, 4, .5}, ranked[] = {3.5, 4, 0}, shared[] = {4.8, 2.4, .3};
  static const char *const rules[] = {"allocation: ranked, score: leverage", "allocation: pro_rata"};
  for (size_t k = 0; k < COUNT_OF(rules); k++) {
    char yaml[600];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(0) NO_LPS "waterfall: [{verb: assess, severity: 50%%, "
                   "who: winners, base: unrealised_profit, %s}]", rules[k]);
    open_venue(&v, yaml);
    add_profits(&v, 3, profit);
    v.crowd.trader[0].collateral = 40; /* leverage: 2.1, 7.1, 1 */
    v.crowd.trader[1].collateral = 10;
    lose(&v, 1, 0.0, 15);
    static const double before[] = {40, 10, 100};
    for (size_t i = 0; i < 3; i++)
      assert_near(before[i] - v.crowd.trader[i].collateral, (k ? shared : ranked)[i], 1e-12);
    assert_near(v.paid.uncovered, 7.5, 1e-12);
    close_venue(&v);
  }
}

/* What everybody can pay, by base, where the loss has no end. */
static void test_caps_of_accounts_by_base(void **state) {
  (void)state;
  static const struct {
    const char *layer;
    double paid[3];
  } cases[] = {
    {"base: collateral", {100, 15, 10}},
    {"base: equity", {180, 15, 15}},
    {"base: size", {180, 15, 15}},
    {"base: notional", {180, 15, 15}},
    {"base: unrealised_profit", {80, 0, 5}},
    {"base: profit", {80, 0, 5}},
    {"base: equity, cap: 50% of payer", {90, 7.5, 7.5}},
    {"base: unrealised_profit, cap: 50% of payer", {40, 0, 2.5}},
    {"base: equity, cap: 200% of payer", {180, 15, 15}}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[400];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(0) NO_LPS "waterfall: [{verb: assess, who: all_traders, %s}]",
                   cases[k].layer);
    open_venue(&v, yaml);
    array_crowd_add(&v.crowd, -1, 4, 120, 100); /* u 80 */
    array_crowd_add(&v.crowd, 1, 3, 105, 30);   /* u -15 */
    array_crowd_add(&v.crowd, 1, 1, 95, 10);    /* u 5 */
    array_crowd_add(&v.crowd, 1, 2, 150, 60);   /* equity -40: is not eligible */
    const double before[] = {100, 30, 10};
    lose(&v, 1, 0.0, 1e4);
    for (size_t i = 0; i < 3; i++)
      assert_near(before[i] - v.crowd.trader[i].collateral, cases[k].paid[i], 1e-12);
    assert_near(v.crowd.trader[3].collateral, 60, 0);
    close_venue(&v);
  }
}

static void test_an_index_charges_beyond_what_there_is(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: assess, who: all_traders, base: size, form: index}]");
  array_crowd_add(&v.crowd, -1, 3, 100, 10);
  array_crowd_add(&v.crowd, 1, 1, 100, 10);
  lose(&v, 1, 0.0, 100);
  assert_near(v.crowd.trader[0].collateral, 10 - 75, 1e-12);
  assert_near(v.crowd.trader[1].collateral, 10 - 25, 1e-12);
  assert_near(v.paid.uncovered, 0, 0);
  close_venue(&v);
}

static void test_limit_keeps_the_best_by_score(void **state) {
  (void)state;
  static const double profit[] = {5, 20, 10, 40};
  struct venue v;
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: assess, who: winners, base: unrealised_profit, "
                 "score: profit, limit: 2}]");
  add_profits(&v, 4, profit);
  lose(&v, 1, 0.0, 30);
  static const double left[] = {100, 90, 100, 80};
  for (size_t i = 0; i < 4; i++) assert_near(v.crowd.trader[i].collateral, left[i], 1e-12);
  close_venue(&v);
}

static void test_random_and_rotating_orders_follow_the_path(void **state) {
  (void)state;
  const double profit[] = {10, 10, 10, 10, 10};
  struct venue v;
  bool seen[5] = {false};
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: assess, who: winners, base: unrealised_profit, "
                 "allocation: random}]");
  for (uint64_t path = 0; path < 40; path++) {
    array_crowd_clear(&v.crowd);
    add_profits(&v, 5, profit);
    restart(&v, 100);
    v.settlement.path = path;
    lose(&v, 1, 0.0, 10);
    size_t first = 0;
    double least = 2.0;
    for (uint32_t i = 0; i < 5; i++) {
      double u[2];
      hc_uniforms(4711, path, i, 65536u * 7u, u);
      if (u[0] < least) {
        first = i;
        least = u[0];
      }
    }
    for (size_t i = 0; i < 5; i++) assert_near(v.crowd.trader[i].collateral, i == first ? 90 : 100, 1e-12);
    seen[first] = true;
  }
  for (size_t i = 0; i < 5; i++) assert_true(seen[i]);
  close_venue(&v);
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: assess, who: winners, base: unrealised_profit, "
                 "allocation: rotate}]");
  for (uint64_t path = 0; path < 40; path++) {
    double u[2];
    array_crowd_clear(&v.crowd);
    add_profits(&v, 5, profit);
    restart(&v, 100);
    v.settlement.path = path;
    lose(&v, 1, 0.0, 15);
    hc_uniforms(4711, path, 0xFFFFFFFFu, 65536u * 7u, u);
    const size_t first = (size_t)floor(u[0] * 5);
    for (size_t i = 0; i < 5; i++)
      assert_near(v.crowd.trader[i].collateral,
                  i == first ? 90 : i == (first + 1) % 5 ? 95 : 100, 1e-12);
  }
  close_venue(&v);
}

static void test_raise_pays_all_or_its_cap(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: raise}]");
  lose(&v, 1, 0.0, 500);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 500, 0);
  close_venue(&v);
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: raise, who: tokens, cap: 300 per path}]");
  lose(&v, 1, 0.0, 200);
  lose(&v, 2, 0.0, 200);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 300, 1e-12);
  assert_near(v.paid.uncovered, 100, 1e-12);
  close_venue(&v);
}

static void test_payer_classes_of_every_kind(void **state) {
  (void)state;
  static const struct {
    const char *who;
    enum hc_payer payer;
    double paid;
  } kinds[] = {
    {"liquidity_providers", HC_PAYER_LP, 10}, {"members", HC_PAYER_MEMBER, 20},
    {"stakers", HC_PAYER_STAKER, 30}, {"depositors", HC_PAYER_STAKER, 40},
    {"token_holders", HC_PAYER_STAKER, 50}, {"one", HC_PAYER_LP, 10}, {"three", HC_PAYER_STAKER, 30}};
  for (size_t k = 0; k < COUNT_OF(kinds); k++) {
    char yaml[900];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml,
                   "liquidity_providers: [{name: one, deposits: 10, profit: 0}, "
                   "{name: two, kind: member, deposits: 20, profit: 0}, "
                   "{name: three, kind: staker, deposits: 30, profit: 0}, "
                   "{name: four, kind: depositor, deposits: 40, profit: 0}, "
                   "{name: five, kind: token_holder, deposits: 50, profit: 0}]\n"
                   "waterfall: [{verb: assess, who: %s, base: stake}]", kinds[k].who);
    open_venue(&v, yaml);
    assert_near(v.waterfall.lp_equity, 10, 0);
    lose(&v, 1, 0.0, 1000);
    for (int p = 0; p < HC_PAYERS; p++)
      assert_near(v.paid.cash[p], p == (int)kinds[k].payer ? kinds[k].paid : 0.0, 0);
    assert_near(v.paid.lp_deposit, kinds[k].payer == HC_PAYER_LP ? 10.0 : 0.0, 0);
    close_venue(&v);
  }
}

static void test_several_funds_pay_in_order(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(100) NO_LPS "funds: {skin: {initial: 30}, pool: {initial: 500}}\n"
                 "waterfall: [{verb: fund, who: skin}, {verb: fund}, {verb: fund, who: pool}]");
  lose(&v, 1, 0.0, 150);
  assert_near(v.pots.fund[1], 0, 0);
  assert_near(v.pots.fund[0], 0, 0);
  assert_near(v.pots.fund[2], 480, 1e-12);
  assert_near(v.paid.layer[0], 30, 0);
  assert_near(v.paid.layer[2], 20, 1e-12);
  assert_near(v.paid.cash[HC_PAYER_FUND], 150, 1e-12);
  close_venue(&v);
}

/* ---- positions ---------------------------------------------------------------------------------- */

static void test_deleveraging_at_bankruptcy_by_each_ranking(void **state) {
  (void)state;
  static const struct {
    const char *rule;
    double closed[3];
  } cases[] = {
    {"score: bitmex", {40, 10, 0}},
    {"score: hyperliquid", {40, 0, 10}},
    {"allocation: pro_rata", {25, 18.75, 6.25}},
    {"allocation: equal", {20, 20, 10}},
    {"allocation: fifo", {40, 10, 0}},
    {"allocation: smallest_first", {10, 30, 10}},
    {"score: size", {40, 10, 0}},
    {"score: leverage", {40, 0, 10}}, /* 2.67, 1.30, 9.09 */
    {"score: profit, limit: 1, allocation: pro_rata", {40, 0, 0}},
    {"allocation: pro_rata, base: unrealised_profit", {38.168, 11.450, .382}},
    {"allocation: pro_rata, base: notional", {25, 18.75, 6.25}}};
  static const double entry[] = {125, 110, 101};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[300];
    struct venue v;
    double sum = 0.0;
    (void)snprintf(yaml, sizeof yaml, FUND(0) NO_LPS "waterfall: [{verb: close, %s}]", cases[k].rule);
    run_five(&v, yaml);
    for (size_t i = 0; i < 3; i++) {
      const double units = cases[k].closed[i];
      assert_near(units_closed(&v, i), units, 0.0005);
      assert_near(-lost_collateral(&v, i), units_closed(&v, i) * (entry[i] - 105), 1e-9);
      sum += units;
    }
    assert_near(v.paid.charge[HC_PAYER_TRADER], 5 * sum, 0.005);
    assert_near(v.paid.adl_notional, 100 * sum, 0.1);
    assert_near(v.paid.uncovered, 250 - 5 * sum, 0.005);
    assert_near(v.settlement.released[0], 50 - sum, 0.001);
    close_venue(&v);
  }
}

static void test_water_filling_evens_out_leverage(void **state) {
  (void)state;
  struct venue v;
  run_five(&v, FUND(0) NO_LPS "waterfall: [{verb: close, allocation: water_filling, price: mark}]");
  /* Units left are min(q, lambda E/P), 30 together. */
  const double equity[] = {1500, 2300, 110}, q[] = {40, 30, 10};
  double left = 0.0;
  for (size_t i = 0; i < 3; i++) left += q[i] - units_closed(&v, i);
  assert_near(left, 30, 1e-9);
  const double lambda = v.crowd.trader[1].quantity * 100 / equity[1];
  for (size_t i = 0; i < 3; i++) assert_near(v.crowd.trader[i].quantity * 100 / equity[i], lambda, 1e-9);
  close_venue(&v);
}

static void test_nobody_is_closed_beyond_his_equity(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: close, allocation: fifo}]");
  array_crowd_add(&v.crowd, -1, 40, 100, 20); /* 5 a unit: 4 units */
  array_crowd_add(&v.crowd, -1, 40, 100, 1000);
  settle(&v, 1, 0.0, LONG_50, NONE);
  assert_near(v.crowd.trader[0].quantity, 36, 1e-12);
  assert_near(array_equity(&v.crowd.trader[0], 100), 0, 1e-12);
  assert_near(v.crowd.trader[1].quantity, 0, 1e-12);
  assert_near(v.paid.uncovered, 30, 1e-12);
  close_venue(&v);
}

static void test_the_rest_of_the_market_takes_what_accounts_cannot(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: close, allocation: fifo}]");
  array_crowd_add(&v.crowd, 1, 12, 100, 1000);
  v.crowd.rest[0] = 30;
  /* A bankrupt short: at 90 it had nothing. */
  settle(&v, 1, 0.0, NONE, (struct hc_record){.shortfall = 500, .quantity = 50, .bankruptcy = 90});
  assert_near(v.paid.charge[HC_PAYER_TRADER], 120, 1e-12);
  assert_near(v.paid.charge[HC_PAYER_REST], 300, 1e-12);
  assert_near(v.crowd.rest_closed[0], 30, 1e-12);
  assert_near(v.paid.adl_notional, 1200, 1e-9);
  assert_int_equal(v.paid.adl_accounts, 1);
  assert_near(v.paid.uncovered, 80, 1e-12);
  assert_near(v.settlement.released[1], 8, 1e-12);
  close_venue(&v);
}

static void test_the_price_moves_cost_between_winners_and_fund(void **state) {
  (void)state;
  static const char *const prices[] = {"bankruptcy", "blend(0.4)", "mark"};
  static const double winners[] = {250, 100, 0};
  for (size_t k = 0; k < COUNT_OF(prices); k++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(300) NO_LPS
                   "waterfall: [{verb: close, score: bitmex, price: %s}, {verb: fund}]", prices[k]);
    run_five(&v, yaml);
    assert_near(v.paid.charge[HC_PAYER_TRADER], winners[k], 1e-9);
    assert_near(v.paid.cash[HC_PAYER_FUND], 250 - winners[k], 1e-9);
    assert_near(v.paid.uncovered, 0, 0);
    assert_near(v.settlement.released[0], 0, 0);
    close_venue(&v);
  }
}

static void test_a_fund_with_a_cap_then_closing_at_what_is_left(void **state) {
  (void)state;
  static const char *const takes[] = {"share", "cash"};
  for (size_t k = 0; k < 2; k++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(1M) NO_LPS
                   "waterfall: [{verb: fund, cap: 30%% of fund, takes: %s}, "
                   "{verb: close, score: profit, price: residual}]", takes[k]);
    open_venue(&v, yaml);
    array_crowd_add(&v.crowd, -1, 100000, 130, 1e6);
    settle(&v, 1, 0.0, (struct hc_record){.shortfall = 350e3, .quantity = 70e3, .bankruptcy = 105}, NONE);
    assert_near(v.paid.cash[HC_PAYER_FUND], 300e3, 1e-6);
    assert_near(v.paid.charge[HC_PAYER_TRADER], 50e3, 1e-6);
    assert_near(v.paid.uncovered, 0, 0);
    assert_near(v.crowd.closed[1], k == 0 ? 10e3 : 70e3, 1e-6);
    assert_near(v.settlement.released[0], k == 0 ? 60e3 : 0, 1e-6);
    assert_near(v.paid.surplus, 0, 1e-6);
    close_venue(&v);
  }
}

static void test_closing_at_the_blend_of_bankruptcy_and_mark(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, NO_LPS "waterfall: [{verb: takeover, who: backstop, price: blend(2/3)}]");
  v.settlement.record[0] = (struct hc_record){.shortfall = 1, .quantity = 20, .bankruptcy = 95};
  assert_near(hc_layer_price(&v.waterfall.layers[0], &v.settlement, 0), 96.667, 0.0005);
  close_venue(&v);
}

static void test_prices_by_hand(void **state) {
  (void)state;
  static const struct {
    const char *price;
    double longs, shorts;
  } cases[] = {
    {"bankruptcy", 105, 90}, {"mark", 100, 100}, {"previous_mark", 108, 108}, {"oracle", 101, 101},
    {"residual", 102, 96}, {"blend(0.25)", 101.25, 97.5}, {"fixed(77)", 77, 77},
    {"mark + 50bp", 99.5, 100.5}, {"mark - 50bp", 100.5, 99.5}, {"bankruptcy + 10%", 94.5, 99},
    {"previous_mark, bound: bankruptcy", 105, 100}, {"fixed(77), bound: bankruptcy", 100, 90},
    {"bankruptcy - 1%, bound: bankruptcy", 105, 90}, {"oracle, bound: bankruptcy", 101, 100}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, NO_LPS "waterfall: [{verb: takeover, who: backstop, price: %s}]",
                   cases[k].price);
    open_venue(&v, yaml);
    v.settlement.previous_mark = 108;
    v.settlement.oracle = 101;
    v.settlement.record[0] = (struct hc_record){.shortfall = 100, .quantity = 50, .bankruptcy = 105};
    v.settlement.record[1] = (struct hc_record){.shortfall = 80, .quantity = 20, .bankruptcy = 90};
    assert_near(hc_layer_price(&v.waterfall.layers[0], &v.settlement, 0), cases[k].longs, 1e-12);
    assert_near(hc_layer_price(&v.waterfall.layers[0], &v.settlement, 1), cases[k].shorts, 1e-12);
    close_venue(&v);
  }
}

static void test_takeover_up_to_what_a_taker_holds_on_both_sides(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: takeover, who: backstop, hold: 3000}]");
  settle(&v, 1, 0.0, LONG_50, NONE);
  assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, 30, 1e-12);
  assert_near(v.pots.stock[HC_STOCK_TAKER].cost, 30 * 105, 1e-9);
  assert_near(v.paid.charge[HC_PAYER_TAKER], 150, 1e-12);
  assert_near(v.paid.uncovered, 100, 1e-12);
  assert_near(v.settlement.released[0], 20, 1e-12);
  settle(&v, 2, 0.0, LONG_50, NONE);
  assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, 30, 1e-12); /* full */
  /* Shorts reduce the stock first: 30 long to 30 short. */
  settle(&v, 3, 0.0, NONE, (struct hc_record){.shortfall = 1000, .quantity = 100, .bankruptcy = 90});
  assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, -30, 1e-12);
  assert_near(v.pots.stock[HC_STOCK_TAKER].cost, 30 * 105 - 60 * 90, 1e-9);
  close_venue(&v);
}

static void test_providers_take_over_into_their_own_stock(void **state) {
  (void)state;
  struct venue v;
  run_five(&v, FUND(0) FOUR_LPS "waterfall: [{verb: takeover, price: mark}, {verb: assess}]");
  assert_near(v.pots.stock[HC_STOCK_LP].quantity, 50, 0);
  assert_near(v.pots.stock[HC_STOCK_LP].cost, 5000, 0);
  assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, 0, 0);
  assert_near(v.paid.cash[HC_PAYER_LP], 250, 1e-12);
  assert_near(v.settlement.released[0], 0, 0);
  close_venue(&v);
}

static void test_survivors_of_the_same_side_take_a_position_over(void **state) {
  (void)state;
  struct venue v;
  run_five(&v, FUND(0) NO_LPS "waterfall: [{verb: redistribute, base: size}]");
  assert_near(units_closed(&v, 3), -100.0 / 3, 1e-12);
  assert_near(units_closed(&v, 4), -50.0 / 3, 1e-12);
  assert_near(v.crowd.trader[3].entry, (20 * 90 + 100.0 / 3 * 105) / (20 + 100.0 / 3), 1e-9);
  assert_near(v.paid.charge[HC_PAYER_TRADER], 250, 1e-9);
  assert_near(v.paid.uncovered, 0, 0);
  assert_near(v.paid.adl_notional, 0, 0);
  assert_int_equal(v.paid.adl_accounts, 0);
  close_venue(&v);
  /* Who has 10 can bear 2 units at 5 each. */
  open_venue(&v, FUND(0) NO_LPS "waterfall: [{verb: redistribute, allocation: equal}]");
  array_crowd_add(&v.crowd, 1, 1, 100, 10);
  array_crowd_add(&v.crowd, 1, 1, 100, 1000);
  settle(&v, 1, 0.0, LONG_50, NONE);
  assert_near(v.crowd.trader[0].quantity, 3, 1e-12);
  assert_near(v.crowd.trader[1].quantity, 49, 1e-12);
  close_venue(&v);
}

static void test_cash_then_closing_at_the_residual_leaves_nothing(void **state) {
  (void)state;
  struct venue v;
  run_five(&v, FUND(110) NO_LPS "waterfall: [{verb: fund, takes: cash}, "
           "{verb: close, score: bitmex, price: residual}]");
  assert_near(v.paid.charge[HC_PAYER_TRADER], 140, 1e-9);
  assert_near(units_closed(&v, 0), 40, 1e-12);
  assert_near(-lost_collateral(&v, 0), 40 * (125 - 102.8), 1e-9);
  assert_true(v.paid.uncovered == 0.0);
  assert_near(v.paid.surplus, 0, 1e-9);
  assert_near(v.settlement.released[0], 0, 0);
  close_venue(&v);
}

static void test_closing_beyond_the_deficit_is_a_surplus_of_the_fund(void **state) {
  (void)state;
  static const char *const bounds[] = {"none", "bankruptcy"};
  for (size_t k = 0; k < 2; k++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(7) NO_LPS "waterfall: [{verb: close, score: bitmex, "
                   "price: previous_mark, bound: %s}]", bounds[k]);
    open_venue(&v, yaml);
    add_five(&v);
    v.settlement.previous_mark = 108;
    settle(&v, 1, 0.0, LONG_50, NONE);
    const double overshoot = k == 0 ? 150 : 0;
    assert_near(v.paid.charge[HC_PAYER_TRADER], 250 + overshoot, 1e-9);
    assert_near(v.paid.surplus, overshoot, 1e-9);
    assert_near(v.pots.fund[0], 7 + overshoot, 1e-9);
    assert_true(v.paid.uncovered == 0.0);
    close_venue(&v);
  }
}

static void test_counterparties_can_gain(void **state) {
  (void)state;
  struct venue v;
  /* 2 % off the mark for the takers: 50 units at 98 make the deficit 100 larger. */
  run_five(&v, FUND(1000) NO_LPS "waterfall: [{verb: close, score: bitmex, price: mark + 2%}, {verb: fund}]");
  assert_near(v.paid.charge[HC_PAYER_TRADER], -100, 1e-9);
  assert_near(v.paid.cash[HC_PAYER_FUND], 350, 1e-9);
  assert_near(v.paid.uncovered, 0, 0);
  close_venue(&v);
}

static void test_severity_and_caps_of_position_layers(void **state) {
  (void)state;
  struct venue v;
  run_five(&v, FUND(0) NO_LPS "waterfall: [{verb: close, score: bitmex, severity: 40%}]");
  assert_near(v.crowd.closed[1], 20, 1e-12);
  close_venue(&v);
  run_five(&v, FUND(0) NO_LPS "waterfall: [{verb: close, score: bitmex, cap: 1500}]");
  assert_near(v.crowd.closed[1], 15, 1e-12);
  assert_near(v.settlement.released[0], 35, 1e-12);
  close_venue(&v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_fund_pays_first_then_providers_pro_rata),
    cmocka_unit_test(test_profit_of_a_class_pays_before_its_deposit),
    cmocka_unit_test(test_classes_by_equal_parts_in_order_and_smallest_first),
    cmocka_unit_test(test_accounts_are_assessed_by_profit_or_size),
    cmocka_unit_test(test_gains_of_a_session_in_proportion),
    cmocka_unit_test(test_half_of_a_deficit_by_rank_or_in_proportion),
    cmocka_unit_test(test_caps_of_accounts_by_base),
    cmocka_unit_test(test_an_index_charges_beyond_what_there_is),
    cmocka_unit_test(test_limit_keeps_the_best_by_score),
    cmocka_unit_test(test_random_and_rotating_orders_follow_the_path),
    cmocka_unit_test(test_raise_pays_all_or_its_cap),
    cmocka_unit_test(test_payer_classes_of_every_kind),
    cmocka_unit_test(test_several_funds_pay_in_order),
    cmocka_unit_test(test_deleveraging_at_bankruptcy_by_each_ranking),
    cmocka_unit_test(test_water_filling_evens_out_leverage),
    cmocka_unit_test(test_nobody_is_closed_beyond_his_equity),
    cmocka_unit_test(test_the_rest_of_the_market_takes_what_accounts_cannot),
    cmocka_unit_test(test_the_price_moves_cost_between_winners_and_fund),
    cmocka_unit_test(test_a_fund_with_a_cap_then_closing_at_what_is_left),
    cmocka_unit_test(test_closing_at_the_blend_of_bankruptcy_and_mark),
    cmocka_unit_test(test_prices_by_hand),
    cmocka_unit_test(test_takeover_up_to_what_a_taker_holds_on_both_sides),
    cmocka_unit_test(test_providers_take_over_into_their_own_stock),
    cmocka_unit_test(test_survivors_of_the_same_side_take_a_position_over),
    cmocka_unit_test(test_cash_then_closing_at_the_residual_leaves_nothing),
    cmocka_unit_test(test_closing_beyond_the_deficit_is_a_surplus_of_the_fund),
    cmocka_unit_test(test_counterparties_can_gain),
    cmocka_unit_test(test_severity_and_caps_of_position_layers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
