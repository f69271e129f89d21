/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fewer.h"
#include "near.h"
#include "walk/configs.h"
#include "walk/scene.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *column_name(size_t i) {
  static const char *const names[] = {
#define NAME(type, name, unit, long_name) #name,
    HC_OUTCOME_LIST(NAME)
#undef NAME
  };
  return names[i];
}

static void assert_same_outcome(const struct hc_outcome *a, const struct hc_outcome *b,
                                const char *what, uint64_t path) {
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; i++)
    if (memcmp((const char *)a + 8 * i, (const char *)b + 8 * i, 8) != 0)
      fail_msg("%s: path %llu differs in %s", what, (unsigned long long)path, column_name(i));
}

static struct hc_outcome run_one(const struct scene *scene, uint64_t path, double *lp_class) {
  struct hc_outcome outcome;
  struct hc_error error = {.status = HC_OK};
  if (hc_path_run(scene->workspace, path, &outcome, lp_class, &error) != HC_OK)
    fail_msg("%s", error.message);
  return outcome;
}

static struct hc_outcome instant(const struct scene *scene, double price_ratio, double *lp_class) {
  struct hc_outcome outcome;
  struct hc_error error = {.status = HC_OK};
  if (hc_path_instant(scene->workspace, 0, log(price_ratio), &outcome, lp_class, &error) != HC_OK)
    fail_msg("%s", error.message);
  return outcome;
}

/* ---- hand cases (docs/validation.md) --------------------------------------------------- */

#define HEADER "account,market,side,size_usd,entry,collateral\n"

static const char THREE_LONGS[] =
  HEADER "a,BTC,long,400,100,40\nb,BTC,long,600,100,120\nc,BTC,long,200,100,60\n";
static const char THREE_LONGS_YAML[] =
  "simulation: {horizon: 1m, step: 1m}\n"
  "markets: {BTC: {price: {model: gbm, initial: 100, volatility: 0%}, liquidity: {impact: linear, "
  "depth: 200, spread: 0%}, margin: {maintenance: 5%}}}\n"
  "book: {file: book.csv}\n"
  "liquidation: {fee: 0%}\n"
  "insurance_fund: {initial: 5}\n"
  "liquidity_providers: [{name: x, deposits: 60, profit: 0}, {name: y, deposits: 30, profit: 0}, "
  "{name: z, deposits: 10, profit: 0}]\n";

#define LINEAR "markets.BTC.liquidity.impact=linear", "markets.BTC.liquidity.depth=200"
#define POWER                                                                                \
  "markets.BTC.liquidity.impact=power", "markets.BTC.liquidity.exponent=0.5",                \
    "markets.BTC.liquidity.depth=2000"
#define BATCH "liquidation.order_flow=batch"
#define FIFO "liquidation.order_flow=fifo"

static void check_three(const char *const *settings, double price, int64_t liquidations,
                        double mark, double bad_debt) {
  struct scene scene = scene_open(THREE_LONGS_YAML, THREE_LONGS, settings);
  double lp[3];
  const struct hc_outcome o = instant(&scene, price / 100.0, lp);
  assert_int_equal(o.liquidations, liquidations);
  if (mark > 0) assert_near(o.mark_end, mark, 6e-11);
  assert_near(o.bad_debt, bad_debt, 6e-11);
  const double loss = fmax(0.0, bad_debt - 5.0);
  assert_near(o.lp_loss, loss, 6e-11);
  assert_near(o.insurance_paid, bad_debt - loss, 6e-11);
  for (int i = 0; i < 3; i++) assert_near(lp[i], loss * (const double[]){.6, .3, .1}[i], 6e-11);
  assert_near(o.fund_required, bad_debt, 6e-11);
  assert_near(o.accounting_residual, 0.0, 1e-12);
  assert_near(o.money_residual, 0.0, 1e-9);
  scene_close(&scene);
}

static void test_three_longs(void **state) {
  (void)state;
  check_three(SETTINGS(LINEAR, BATCH), 94, 1, 92.2493080676, 0.0);
  check_three(SETTINGS(LINEAR, FIFO), 94, 1, 92.2493080676, 0.0);
  check_three(SETTINGS(LINEAR, BATCH), 85, 2, 81.4982129108, 22.8777522266);
  check_three(SETTINGS(POWER, BATCH), 85, 1, 84.6502575299, 20.9332873401);
  check_three(SETTINGS(POWER, FIFO), 85, 1, 84.6502575299, 20.9332873401);
}
static void test_three_longs_batch_and_fifo_part(void **state) {
  (void)state;
  check_three(SETTINGS(LINEAR, BATCH), 80, 2, 76.8631551322, 55.8410613546);
  check_three(SETTINGS(LINEAR, FIFO), 80, 2, 76.8924412923, 55.7144605226);
  check_three(SETTINGS(POWER, BATCH), 80, 2, 79.4956322066, 43.3659950436);
  check_three(SETTINGS(POWER, FIFO), 80, 2, 79.4962346942, 43.3633070530);
}
static void test_three_longs_by_class(void **state) {
  (void)state;
  struct scene scene = scene_open(THREE_LONGS_YAML, THREE_LONGS, SETTINGS(LINEAR, BATCH));
  double lp[3];
  const struct hc_outcome o = instant(&scene, .85, lp);
  assert_near(o.lp_loss, 17.8777522266, 6e-11);
  assert_near(lp[0], 10.72665134, 6e-9);
  assert_near(lp[1], 5.36332567, 6e-9);
  assert_near(lp[2], 1.78777522, 6e-9);
  assert_near(o.lp_loss_share, .178777522266, 1e-12);
  scene_close(&scene);
}

/* The mirror image: a short is bought back after a rise. */
static void test_one_short_by_hand(void **state) {
  (void)state;
  struct scene scene = scene_open(THREE_LONGS_YAML, HEADER "a,BTC,short,400,100,40\n",
                                  SETTINGS(LINEAR, BATCH));
  const struct hc_outcome o = instant(&scene, 1.12, NULL);
  const double order = 4 * 112.0, fill = 112.0 * exp(0.5 * 0.01 * order / 200);
  assert_int_equal(o.liquidations, 1);
  assert_near(o.mark_end, 112.0 * exp(0.01 * order / 200), 1e-10);
  assert_near(o.bad_debt, 4 * (fill - 110), 1e-10);
  assert_near(o.liquidated_notional, order, 1e-10);
  assert_near(o.displacement_max, 0.01 * order / 200, 1e-14);
  assert_near(o.mark_low, 100, 1e-12);
  scene_close(&scene);
}

static void test_ten_times_long_is_liquidated_at_its_level(void **state) {
  (void)state;
  struct scene scene = scene_open(THREE_LONGS_YAML, HEADER "a,BTC,long,1000,100,100\n",
                                  SETTINGS("markets.BTC.margin.maintenance=0.5%",
                                           "markets.BTC.liquidity.impact=none"));
  assert_int_equal(instant(&scene, .90452261307, NULL).liquidations, 0);
  assert_int_equal(instant(&scene, .90452261306, NULL).liquidations, 1);
  const double level = 90.0 / 0.995;
  assert_near(hc_scenario_book(scene.scenario, 0)->positions[0].level, 90.452261, 5e-7);
  assert_int_equal(instant(&scene, level / 100 * (1 + 5e-13), NULL).liquidations, 1);
  assert_int_equal(instant(&scene, level / 100 * (1 + 5e-12), NULL).liquidations, 0);
  scene_close(&scene);
}

/* Fees, spread, remaining margin: one long sold at a profit to its margin, by hand. */
static void test_fees_by_hand(void **state) {
  (void)state;
  const char *const csv = HEADER "a,BTC,long,1000,100,100\nb,BTC,long,1000,100,60\n";
  const char *const common[] = {"liquidation.fee=1%", "liquidation.fee_to_fund=50%",
                                "liquidation.fee_to_lps=30%", "markets.BTC.liquidity.spread=20bp",
                                "markets.BTC.liquidity.impact=none",
                                "markets.BTC.margin.maintenance=4%", NULL, NULL};
  for (int to_fund = 0; to_fund < 2; to_fund++) {
    const char *settings[COUNT_OF(common)];
    memcpy(settings, common, sizeof settings);
    settings[6] = to_fund ? "liquidation.remaining_margin=fund" : NULL;
    struct scene scene = scene_open(THREE_LONGS_YAML, csv, settings);
    /* At 93.5, fill 93.5*0.999: a (bankrupt at 90, level 93.75) pays the full fee; b (bankrupt at
     * 94) is short of money. */
    const double fill = 93.5 * 0.999, fee = 0.01 * 10 * fill, debt = 10 * (94 - fill);
    const struct hc_outcome o = instant(&scene, .935, NULL);
    assert_int_equal(o.liquidations, 2);
    assert_near(o.bad_debt, debt, 1e-10);
    const double rest = 10 * (fill - 90) - fee;
    const double fund = 5 + 0.5 * fee + (to_fund ? rest : 0);
    assert_near(o.insurance_paid, fmin(debt, fund), 1e-10);
    assert_near(o.fund_end, fund - fmin(debt, fund), 1e-10);
    assert_near(o.fund_min, fmin(5, o.fund_end), 1e-10);
    assert_near(o.lp_net, 0.3 * fee - o.lp_loss, 1e-10);
    assert_near(o.fund_required, fmax(0, debt - (fund - 5)), 1e-10);
    scene_close(&scene);
  }
}

/* ---- cascade recursions -------------------------------------------------------------- */

enum { MANY = 100000 };

/* Positions of equal value at levels 100 e^{-i h}, h = 6e-7, without maintenance. */
static char *even_triggers(double per_log_unit) {
  const double h = 0.06 / MANY;
  char *text = malloc((size_t)MANY * 100 + 100);
  assert_non_null(text);
  char *end = text + sprintf(text, HEADER);
  for (int i = 1; i <= MANY; i++) {
    const double level = 100.0 * exp(-i * h), quantity = per_log_unit * h / level;
    end += sprintf(end, "p%d,BTC,long,%.17g,100,%.17g\n", i, quantity * 100.0,
                   quantity * (100.0 - level));
  }
  return text;
}

static const char EVEN_YAML[] =
  "simulation: {horizon: 1m, step: 1m}\n"
  "markets: {BTC: {price: {model: gbm, initial: 100, volatility: 0%}, liquidity: {impact: none, "
  "depth: 1M, permanent: 100%, spread: 0%}, margin: {maintenance: 0%}}}\n"
  "book: {file: book.csv}\n"
  "liquidity_providers: [{name: x, deposits: 1B, profit: 0}]\n";

static double fall(const char *csv, const char *flow, double shock, int64_t *liquidations) {
  struct scene scene = scene_open(EVEN_YAML, csv, SETTINGS(flow));
  const struct hc_outcome o = instant(&scene, exp(-shock), NULL);
  if (liquidations) *liquidations = o.liquidations;
  scene_close(&scene);
  return -log(o.mark_end / 100.0);
}

static double batch_limit(double n, double shock) {
  double sum = 0.0, part = shock;
  for (int i = 0; i < 2000 && part > 0.0; i++) {
    sum += part;
    part = n * (1.0 - exp(-part));
  }
  return sum;
}

static void test_cascade_recursions(void **state) {
  (void)state;
  const double shares[] = {0.6, 0.3}; /* n = 0.01 rho/D */
  for (size_t i = 0; i < COUNT_OF(shares); i++) {
    const double n = shares[i], s = 0.02;
    char *csv = even_triggers(n * 1e6 / 0.01);
    const double batch = fall(csv, BATCH, s, NULL), fifo = fall(csv, FIFO, s, NULL);
    free(csv);
    assert_near(fifo, log((exp(s) - n) / (1.0 - n)), 3e-6);
    assert_near(batch, batch_limit(n, s), 3e-6);
    if (i == 0) {
      assert_near(fifo, 0.0492694, 3e-6);
      assert_near(batch, 0.0495380, 3e-6);
    }
  }
}

static void test_supercritical_cascade_runs_to_the_end(void **state) {
  (void)state;
  char *csv = even_triggers(1.2 * 1e6 / 0.01);
  const char *const flows[] = {BATCH, FIFO};
  for (size_t i = 0; i < 2; i++) {
    int64_t liquidations;
    (void)fall(csv, flows[i], 0.001, &liquidations);
    assert_int_equal(liquidations, MANY);
  }
  free(csv);
}

/* ---- the path as anyone could recompute it ------------------------------------------------ */

/* docs/model.md, literally: the tree by recursion, one normal a node. */
struct tree {
  uint64_t seed, path;
  int64_t steps;
  double year; /* of a step */
  double *w;
};

static double normal_of(const struct tree *tree, int64_t m) {
  int bits = 0;
  while (((int64_t)1 << bits) < tree->steps) bits++;
  const uint64_t key = (uint64_t)m << (32 - bits);
  int lowest = 0;
  while (!(key >> lowest & 1)) lowest++;
  const uint64_t above = lowest < 31 ? (uint64_t)1 << (lowest + 1) : 0;
  double u[2];
  hc_uniforms(tree->seed, tree->path, (uint32_t)(key & ~above),
              HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, 0), u);
  return hc_normal_quantile(u[(key & above) != 0]);
}

static void fill_tree(struct tree *tree, int64_t a, int64_t b) {
  if (b - a < 2) return;
  int64_t m = a + 1, best = 0;
  for (int64_t k = a + 1; k < b; k++)
    if ((k & -k) > best) {
      best = k & -k;
      m = k;
    }
  const double whole = (double)(b - a), left = (double)(m - a), right = (double)(b - m);
  tree->w[m] = tree->w[a] + left / whole * (tree->w[b] - tree->w[a]) +
               sqrt(tree->year * left * right / whole) * normal_of(tree, m);
  fill_tree(tree, a, m);
  fill_tree(tree, m, b);
}

static void test_path_recomputed_from_the_model_page(void **state) {
  (void)state;
  const struct {
    const char *horizon;
    int64_t steps;
  } grids[] = {{"1m", 1}, {"2m", 2}, {"3m", 3}, {"64m", 64}, {"65m", 65},
               {"130m", 130}, {"1000m", 1000}, {"1024m", 1024}};
  for (size_t g = 0; g < COUNT_OF(grids); g++) {
    char horizon[64];
    (void)snprintf(horizon, sizeof horizon, "simulation.horizon=%s", grids[g].horizon);
    struct scene scene = scene_open(
      "simulation: {step: 1m, seed: 77}\n"
      "markets: {BTC: {price: {model: merton, initial: 50, volatility: 90%, drift: 30%, jump_rate: "
      "4000/y, jump_mean: 2%, jump_volatility: 3%}}}\nbook: {generate: {accounts: 2, leverage: "
      "{median: 1, sigma: 0, max: 1}}}\n",
      NULL, SETTINGS(horizon));
    const int64_t n = grids[g].steps;
    struct tree tree = {77, 5, n, 60.0 / (365.0 * 86400.0), calloc((size_t)n + 1, sizeof(double))};
    double *mark = calloc((size_t)n + 1, sizeof *mark), *base = calloc((size_t)n + 1, sizeof *base);
    double *jump = calloc((size_t)n + 1, sizeof *jump);
    double u[2];
    hc_uniforms(77, 5, 0, HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, 0), u);
    tree.w[n] = sqrt((double)n * tree.year) * hc_normal_quantile(u[0]);
    fill_tree(&tree, 0, n);
    double time = 0.0;
    for (uint32_t j = 0;; j++) {
      hc_uniforms(77, 5, j, HC_PURPOSE_WORD(HC_PURPOSE_JUMP_TIME, 0), u);
      time -= log(u[0]) / 4000.0;
      const double step = ceil(time / tree.year);
      if (step > (double)n) break;
      hc_uniforms(77, 5, j, HC_PURPOSE_WORD(HC_PURPOSE_JUMP_SIZE, 0), u);
      jump[(int64_t)step] += 0.02 + 0.03 * hc_normal_quantile(u[0]);
    }
    const double a = 0.3 - 0.5 * 0.9 * 0.9 - 4000.0 * (exp(0.02 + 0.5 * 0.03 * 0.03) - 1.0);
    struct hc_error error = {.status = HC_OK};
    assert_int_equal(hc_path_prices(scene.workspace, 5, (size_t)n, mark, base, &error), HC_OK);
    double jumps = 0.0;
    for (int64_t k = 0; k <= n; k++) {
      jumps += jump[k];
      const double expected =
        50.0 * exp(a * (double)k * tree.year + 0.9 * tree.w[k] + jumps);
      assert_near(base[k] / expected, 1.0, 1e-12);
    }
    free(mark);
    free(base);
    free(jump);
    free(tree.w);
    scene_close(&scene);
  }
}

/* Steps that differ by powers of two see the same path, refined. */
static void test_refinement(void **state) {
  (void)state;
  const char *const models[] = {
    "{model: gbm, initial: 50, volatility: 90%, drift: 30%}",
    "{model: kou, initial: 50, volatility: 60%, jump_rate: 3000/y}",
    ("{model: merton, initial: 50, volatility: 60%, jump_rate: 3000/y, shock: {at: 6h, over: 2h, "
     "move: -20%, recovery: 50%, recovery_half_life: 1h}}")};
  enum { COARSE = 45 };
  for (size_t i = 0; i < COUNT_OF(models); i++) {
    double coarse[COARSE + 1] = {0}, other[COARSE + 1];
    for (int halvings = 0; halvings < 7; halvings++) {
      char yaml[512], step[64];
      (void)snprintf(yaml, sizeof yaml,
                     "markets: {BTC: {price: %s, liquidity: {impact: none}}}\n"
                     "book: {generate: {accounts: 2, leverage: {median: 1, sigma: 0, max: 1}}}\n",
                     models[i]);
      (void)snprintf(step, sizeof step, "simulation.step=%ds", 1920 >> halvings);
      struct scene scene = scene_open(yaml, NULL, SETTINGS("simulation.horizon=1d", step));
      {
        const uint64_t path = 3;
        double mark[COARSE + 1];
        struct hc_error error = {.status = HC_OK};
        assert_int_equal(hc_path_prices(scene.workspace, path, COARSE, mark, other, &error), HC_OK);
        if (halvings == 0) memcpy(coarse, other, sizeof coarse);
        for (int k = 0; k <= COARSE; k++) assert_near(other[k] / coarse[k], 1.0, 1e-12);
        assert_near(run_one(&scene, path, NULL).mark_end / coarse[COARSE], 1.0, 1e-12);
      }
      scene_close(&scene);
    }
  }
}

/* ---- identities on every path of every configuration ----------------------------------------- */

enum { PATHS = FEWER(600) };

static void for_each_config(void (*check)(const struct walk_config *, const struct scene *)) {
  for (size_t i = 0; i < WALK_CONFIGS; i++) {
    struct scene scene = scene_open(walk_configs[i].yaml, NULL, NULL);
    check(&walk_configs[i], &scene);
    scene_close(&scene);
  }
}

static void check_identities(const struct walk_config *config, const struct scene *scene) {
  (void)config;
  double *by_class;
  struct hc_outcome *outcomes = scene_run(scene, 0, 5 * PATHS, &by_class);
  const size_t classes = hc_scenario_classes(scene->scenario);
  const struct hc_fund_config *held = &hc_scenario_values(scene->scenario)->insurance_fund;
  const double fund = held->initial;
  const bool asset_fund = held->in_asset > 0.0; /* which rises and falls between settlements */
  const double deposits = hc_scenario_deposits(scene->scenario);
  for (size_t i = 0; i < 5 * PATHS; i++) {
    const struct hc_outcome *o = &outcomes[i];
    const double slack = 1e-12 * o->liquidated_notional;
    const double lp_paid = o->lp_profit_paid + o->lp_deposit_paid;
    const double others = o->trader_paid + o->trader_forgone + o->member_paid + o->staker_paid +
                          o->taker_charge + o->outside_paid + o->rest_charge;
    const double left = o->uncovered + o->pending_end - o->surplus;
    assert_near(o->insurance_paid + lp_paid + others + left, o->bad_debt, 1e-9 * o->bad_debt + slack);
    assert_near(o->accounting_residual, 0.0, 1e-9 * o->bad_debt + slack);
    /* 1e8 and more of positions on each side: money is many digits. */
    assert_near(o->money_residual, 0.0, 1e-13 * 1e9 + slack);
    if (hc_scenario_reflects(scene->scenario)) {
      const double behind = o->lp_loss + o->uncovered;
      assert_near(behind, fmax(0.0, o->fund_required - fund), 1e-9 * behind + slack);
    } else {
      assert_true(isnan(o->fund_required));
    }
    const double lp_lost = lp_paid + fmax(0.0, -o->lp_inventory);
    assert_near(o->lp_loss, fmax(0.0, lp_lost - o->lp_trading), 1e-14 * lp_lost);
    assert_near(o->social_loss, lp_lost + o->trader_paid + fmax(0.0, o->trader_forgone),
                1e-9 * o->social_loss + slack);
    assert_near(o->lp_loss_share, o->lp_loss / deposits, 1e-15);
    double sum = 0.0;
    for (size_t c = 0; c < classes; c++) {
      assert_true(by_class[i * classes + c] >= 0.0);
      sum += by_class[i * classes + c];
    }
    assert_near(sum, lp_paid + o->member_paid + o->staker_paid, 1e-9 * (sum + o->lp_loss));
    assert_true(o->bad_debt >= 0.0 && o->insurance_paid >= 0.0 && o->uncovered >= 0.0);
    assert_true(o->fund_min >= 0.0);
    if (!asset_fund) assert_true(o->fund_min <= fund && o->fund_end >= o->fund_min);
    assert_true((o->first_loss_step >= 0) == (lp_paid > 0.0));
    /* A stock taken over at the mark loses only later, in no step's settlement. */
    assert_true((o->first_social_step >= 0) >= (o->social_loss > fmax(0.0, -o->lp_inventory)));
    assert_true((o->liquidations + o->backstop_accounts > 0) >= (o->liquidated_notional > 0.0));
    assert_true((o->liquidations + o->backstop_accounts > 0) == (o->cascade_rounds > 0));
    assert_true(o->open_deficit >= 0.0 && (o->backstop_notional > 0.0) == (o->backstop_accounts > 0));
    assert_true(o->mark_low <= o->mark_end && o->mark_low <= 100000.0);
    assert_true(o->weight == 1.0);
    assert_true(o->bad_debt_no_impact >= 0.0);
    if (o->liquidations + o->backstop_accounts == 0) {
      assert_true(o->mark_low_no_impact == o->mark_low);
      assert_true(o->displacement_max == 0.0 && o->bad_debt == 0.0);
    }
  }
  free(outcomes);
  free(by_class);
}
static void test_identities(void **state) {
  (void)state;
  for_each_config(check_identities);
}

static void check_many_is_one_by_one(const struct walk_config *config, const struct scene *scene) {
  double *by_class, one[HC_MAX_CLASSES];
  const size_t classes = hc_scenario_classes(scene->scenario);
  const uint64_t first = 12345;
  struct hc_outcome *many = scene_run(scene, first, PATHS, &by_class);
  struct scene fresh = scene_open(config->yaml, NULL, NULL);
  /* Backwards, so that nothing can hang over from path to path. */
  for (size_t i = PATHS; i-- > 0;) {
    const struct hc_outcome o = run_one(&fresh, first + i, one);
    assert_same_outcome(&o, &many[i], config->name, first + i);
    assert_memory_equal(one, by_class + i * classes, classes * sizeof *one);
  }
  struct hc_outcome *odd = scene_run(scene, first + 17, 100, NULL);
  for (size_t i = 0; i < 100; i++)
    assert_same_outcome(&odd[i], &many[17 + i], config->name, first + 17 + i);
  free(odd);
  free(many);
  free(by_class);
  scene_close(&fresh);
}
static void test_many_is_one_by_one(void **state) {
  (void)state;
  for_each_config(check_many_is_one_by_one);
}

static void check_search_is_walk(const struct walk_config *config, const struct scene *scene) {
  struct hc_outcome *search = scene_run(scene, 700, PATHS, NULL);
  hc_workspace_walk(scene->workspace, HC_WALK_EVERY_STEP);
  struct hc_outcome *walk = scene_run(scene, 700, PATHS, NULL);
  for (size_t i = 0; i < PATHS; i++)
    assert_same_outcome(&search[i], &walk[i], config->name, 700 + i);
  free(search);
  free(walk);
}
static void test_search_is_walk(void **state) {
  (void)state;
  for_each_config(check_search_is_walk);
}

static void test_instruction_sets_agree(void **state) {
  (void)state;
  const char *const levels[] = {"sse2", "avx2"};
  for (size_t i = 0; i < WALK_CONFIGS; i++) {
    assert_int_equal(hc_vector_restrict("avx512"), HC_OK);
    struct scene best = scene_open(walk_configs[i].yaml, NULL, NULL);
    struct hc_outcome *reference = scene_run(&best, 0, PATHS, NULL);
    for (size_t level = 0; level < 2; level++) {
      assert_int_equal(hc_vector_restrict(levels[level]), HC_OK);
      struct scene other = scene_open(walk_configs[i].yaml, NULL, NULL);
      struct hc_outcome *outcomes = scene_run(&other, 0, PATHS, NULL);
      for (size_t p = 0; p < PATHS; p++)
        assert_same_outcome(&outcomes[p], &reference[p], walk_configs[i].name, p);
      free(outcomes);
      scene_close(&other);
    }
    free(reference);
    scene_close(&best);
  }
  assert_int_equal(hc_vector_restrict("avx512"), HC_OK);
}

/* ---- ledgers, timelines ------------------------------------------------------------------------ */

struct ledger_sums {
  double notional, bad_debt, settled, layer[HC_MAX_CLASSES], uncovered, low, displacement;
  int64_t liquidations, rounds, first_loss;
};

static struct ledger_sums sum_ledger(const struct hc_ledger *ledger) {
  struct ledger_sums sums = {.low = HUGE_VAL, .first_loss = -1};
  for (size_t i = 0; i < ledger->count; i++) {
    const struct hc_ledger_row *row = &ledger->rows[i];
    switch (row->event) {
    case HC_EVENT_UNWIND:
    case HC_EVENT_ORDER:
      sums.notional += row->notional;
      sums.bad_debt += row->bad_debt;
      sums.liquidations += row->positions;
      if (row->round > sums.rounds) sums.rounds = row->round;
      sums.low = fmin(sums.low, fmin(row->mark_before, row->mark_after));
      sums.displacement = fmax(sums.displacement, fabs(log(row->mark_after / row->fundamental)));
      break;
    case HC_EVENT_BACKSTOP:
    case HC_EVENT_HOLD:
      if (row->round > sums.rounds) sums.rounds = row->round;
      break;
    case HC_EVENT_HALT:
    case HC_EVENT_SETTLE: sums.settled += row->bad_debt; break;
    case HC_EVENT_LAYER:
      sums.layer[row->layer] += row->amount;
      if (row->layer > 0 && sums.first_loss < 0) sums.first_loss = row->step;
      break;
    case HC_EVENT_UNCOVERED: sums.uncovered += row->amount; break;
    case HC_EVENT_START:
    case HC_EVENT_END: sums.low = fmin(sums.low, row->mark_after); break;
    default: break;
    }
  }
  return sums;
}

/* The generic rule: fund, profits, deposits. */
static void check_generic_layers(const struct ledger_sums *sums, const struct hc_outcome *o) {
  assert_near(sums->bad_debt, o->bad_debt, 1e-12 * o->liquidated_notional);
  assert_near(sums->layer[0], o->insurance_paid, 1e-9 * o->bad_debt);
  assert_near(sums->layer[1], o->lp_profit_paid, 1e-9 * o->bad_debt);
  assert_near(sums->layer[2], o->lp_deposit_paid, 1e-9 * o->bad_debt);
  assert_int_equal(sums->liquidations, o->liquidations);
  assert_int_equal(sums->first_loss, o->first_loss_step);
}

/* Any rule: what was held has no order, and inflow may have paid what was pending. */
static void check_any_layers(const struct ledger_sums *sums, const struct hc_outcome *o) {
  double behind = 0.0;
  for (size_t i = 1; i < sizeof sums->layer / sizeof *sums->layer; i++) behind += sums->layer[i];
  assert_true(sums->bad_debt <= o->bad_debt * (1.0 + 1e-9) + 1e-12 * o->liquidated_notional);
  assert_true(sums->layer[0] <= o->insurance_paid * (1.0 + 1e-9));
  assert_near(o->insurance_paid + behind + o->uncovered + o->pending_end - o->surplus, o->bad_debt,
              1e-9 * o->bad_debt);
  assert_true(sums->liquidations <= o->liquidations);
}

static void check_ledger(const struct hc_ledger *ledger, const struct hc_outcome *o, int generic) {
  const struct ledger_sums sums = sum_ledger(ledger);
  assert_near(sums.notional, o->liquidated_notional, 1e-12 * o->liquidated_notional);
  assert_near(sums.settled, o->bad_debt, 1e-12 * o->bad_debt);
  if (generic) check_generic_layers(&sums, o);
  else check_any_layers(&sums, o);
  assert_near(sums.uncovered, o->uncovered, 1e-9 * o->bad_debt);
  assert_int_equal(sums.rounds, o->cascade_rounds);
  assert_near(sums.low / o->mark_low, 1.0, 1e-14);
  assert_near(sums.displacement, o->displacement_max, 1e-12);
  assert_true(ledger->mark_min <= fmin(100000.0, o->mark_end) * (1.0 + 1e-14));
  if (o->liquidations + o->backstop_accounts == 0) assert_true(ledger->mark_min <= o->mark_low * (1.0 + 1e-14));
  const struct hc_ledger_row *first = ledger->rows, *last = &ledger->rows[ledger->count - 1];
  assert_int_equal(first->event, HC_EVENT_START);
  assert_int_equal(last->event, HC_EVENT_END);
  assert_near(last->fund, o->fund_end, 0.0);
  assert_near(last->mark_after, o->mark_end, 0.0);
  for (size_t i = 1; i < ledger->count; i++)
    assert_true(ledger->rows[i].step >= ledger->rows[i - 1].step);
}

static void check_traces(const struct walk_config *config, const struct scene *scene) {
  struct scene other = scene_open(config->yaml, NULL, NULL);
  for (uint64_t path = 0; path < 150; path++) {
    double by_class[HC_MAX_CLASSES] = {0}, traced_class[HC_MAX_CLASSES] = {0};
    const struct hc_outcome ran = run_one(&other, path, by_class);
    struct hc_outcome traced;
    struct hc_ledger ledger = {0};
    struct hc_error error = {.status = HC_OK};
    assert_int_equal(
      hc_path_trace(scene->workspace, path, &traced, traced_class, &ledger, &error), HC_OK);
    assert_same_outcome(&traced, &ran, config->name, path);
    assert_memory_equal(by_class, traced_class, sizeof by_class);
    check_ledger(&ledger, &ran, hc_scenario_reflects(scene->scenario));
    /* Two traces into one ledger. */
    const size_t count = ledger.count;
    assert_int_equal(hc_path_trace(scene->workspace, path, &traced, NULL, &ledger, &error), HC_OK);
    assert_int_equal(ledger.count, 2 * count);
    assert_memory_equal(ledger.rows, ledger.rows + count, count * sizeof *ledger.rows);
    hc_ledger_free(&ledger);
  }
  scene_close(&other);
}
static void test_traces(void **state) {
  (void)state;
  for_each_config(check_traces);
}

static void check_timelines(const struct walk_config *config, const struct scene *scene) {
  enum { POINTS = 96 };
  static double mark[POINTS + 1], fund[POINTS + 1], equity[POINTS + 1], interest[POINTS + 1];
  static double mark2[POINTS + 1], fundamental[POINTS + 1];
  struct hc_timeline timeline = {mark, fund, equity, interest};
  const struct hc_root_config *values = hc_scenario_values(scene->scenario);
  struct scene other = scene_open(config->yaml, NULL, NULL);
  /* Classes with a loss have only their deposits to lose. */
  double start_equity = 0.0;
  for (size_t i = 0; i < values->liquidity_providers.count; i++) {
    const struct hc_lp_config *lp = &HC_ITEMS(values->liquidity_providers, struct hc_lp_config)[i];
    if (lp->kind == HC_KIND_OF_LP) start_equity += lp->deposits + fmax(0.0, lp->profit);
  }
  for (uint64_t path = 0; path < 200; path++) {
    const struct hc_outcome ran = run_one(&other, path, NULL);
    struct hc_outcome o;
    struct hc_error error = {.status = HC_OK};
    assert_int_equal(hc_path_timeline(scene->workspace, path, POINTS, &o, NULL, &timeline, &error),
                     HC_OK);
    assert_same_outcome(&o, &ran, config->name, path);
    assert_true(mark[POINTS] == o.mark_end);
    assert_near(mark[0], 100000.0, 1e-9);
    assert_true(fund[POINTS] == o.fund_end);
    assert_near(fund[0], values->insurance_fund.initial, 1e-9);
    assert_near(equity[0], start_equity, 1e-7);
    /* Fees to the class with a loss fill that first, which is no equity. */
    const double end_equity = start_equity + o.lp_net - o.lp_inventory - o.lp_withdrawn;
    const bool fees = scene->scenario->fee_to_lps > 0.0 || scene->scenario->waterfall.fees_to_lps > 0.0;
    if (!fees) assert_near(equity[POINTS], end_equity, 1e-6);
    assert_true(equity[POINTS] >= end_equity - 1e6 - 1e-6);
    assert_true(equity[POINTS] <= end_equity + 1e-6);
    /* What is left of the longs is a difference: rounding may leave it just below 0. */
    for (int i = 0; i <= POINTS; i++)
      assert_true(interest[i] >= -1e-12 * interest[0] && mark[i] > 0.0);
    if (o.liquidations + o.backstop_accounts == 0) assert_near(interest[POINTS] / interest[0], mark[POINTS] / mark[0], 1e-12);
    assert_int_equal(hc_path_prices(scene->workspace, path, POINTS, mark2, fundamental, &error), HC_OK);
    assert_memory_equal(mark, mark2, sizeof mark);
    if (o.displacement_max == 0.0) assert_memory_equal(mark, fundamental, sizeof mark);
    for (int i = 0; i <= POINTS; i++)
      assert_true(fabs(log(mark[i] / fundamental[i])) <= o.displacement_max + 1e-12);
  }
  scene_close(&other);
}
static void test_timelines(void **state) {
  (void)state;
  for_each_config(check_timelines);
}

/* ---- every step against the model page ------------------------------------------------- */

/* The state that the ledger's orders leave, recomputed from their rows alone. */
struct audit {
  const struct hc_scenario *scenario;
  const struct hc_scenario_book *book;
  double volume, permanent; /* V, P */
  int64_t origin, cursor[2];
};

static void audit_decay(struct audit *audit, int64_t step) {
  const double elapsed = (double)(step - audit->origin) * audit->scenario->grid.step;
  audit->volume *= exp2(-elapsed / audit->scenario->impact.half_life); /* infinite: 1 */
  audit->origin = step;
}

static void audit_order(struct audit *audit, const struct hc_ledger_row *row, int first_of_step) {
  const struct hc_impact *impact = &audit->scenario->impact;
  if (row->step != audit->origin) audit_decay(audit, row->step);
  const double before = hc_impact(impact, audit->volume), order = (double)row->side * row->notional;
  const double mark = row->fundamental * exp(audit->permanent - before);
  assert_near(row->mark_before / mark, 1.0, 1e-11);
  assert_near(row->notional / (row->quantity * mark), 1.0, 1e-11);
  if (first_of_step) { /* it was due */
    const double y = log(row->fundamental) + audit->permanent - audit->scenario->pass_through * before;
    const int i = row->side > 0 ? 0 : 1;
    assert_true(hc_side_key(&audit->book->side[i], audit->cursor[i]) >= (double)row->side * y - 1e-9);
  }
  const double after = hc_impact(impact, audit->volume + order);
  const double excess = impact->law->excess(impact, audit->volume, order, before, after);
  const double moved = impact->permanent * order; /* 0.01 kappa Q/D */
  assert_near(row->fill / (mark * exp(-excess - 0.5 * moved) *
                           (1.0 - (double)row->side * impact->half_spread)), 1.0, 1e-11);
  audit->volume += order;
  audit->permanent -= moved;
  assert_near(row->mark_after / (row->fundamental * exp(audit->permanent - after)), 1.0, 1e-11);
  audit->cursor[row->side > 0 ? 0 : 1] += row->positions;
}

/* Orders do to the mark what docs/model.md says; and on no step of the grid is a position triggered that
 * is still there. Independent of the search, of its scan and of the system's own state. */
static void check_every_step(const struct walk_config *config, const struct scene *scene) {
  const struct hc_scenario *s = scene->scenario;
  if (s->needs_crowd) return; /* positions change: the twin's business */
  const size_t steps = (size_t)s->grid.steps;
  double *mark = calloc(steps + 1, sizeof *mark), *fundamental = calloc(steps + 1, sizeof *mark);
  for (uint64_t path = 0; path < 90; path++) {
    struct hc_ledger ledger = {0};
    struct hc_outcome outcome;
    struct hc_error error = {.status = HC_OK};
    assert_int_equal(hc_path_trace(scene->workspace, path, &outcome, NULL, &ledger, &error), HC_OK);
    assert_int_equal(hc_path_prices(scene->workspace, path, steps, mark, fundamental, &error), HC_OK);
    struct audit audit = {.scenario = s, .book = &s->book[path % s->books]};
    double lowest = HUGE_VAL;
    size_t row = 0;
    for (size_t k = 0; k <= steps; k++) {
      int first = 1;
      for (; row < ledger.count && ledger.rows[row].step <= (int64_t)k; row++)
        if (ledger.rows[row].event == HC_EVENT_ORDER) {
          audit_order(&audit, &ledger.rows[row], first);
          first = 0;
        }
      audit_decay(&audit, (int64_t)k);
      const double d = -hc_impact(&s->impact, audit.volume);
      assert_near(mark[k] / (fundamental[k] * exp(audit.permanent + d)), 1.0, 1e-11);
      const double y = log(fundamental[k]) + audit.permanent + s->pass_through * d;
      if (!(hc_side_key(&audit.book->side[0], audit.cursor[0]) < y + 1e-9) ||
          !(hc_side_key(&audit.book->side[1], audit.cursor[1]) < -y + 1e-9))
        fail_msg("%s: path %llu: a position triggered at step %zu is still there", config->name,
                 (unsigned long long)path, k);
      lowest = fmin(lowest, mark[k]);
    }
    assert_near(ledger.mark_min / lowest, 1.0, 1e-14);
    hc_ledger_free(&ledger);
  }
  free(mark);
  free(fundamental);
}
static void test_every_step_by_the_model_page(void **state) {
  (void)state;
  for_each_config(check_every_step);
}

/* ---- the fund curve ------------------------------------------------------------------------------- */

/* fund_required of one run tells the loss at any other fund, path by path. */
static void test_fund_required_is_re_simulation(void **state) {
  (void)state;
  const size_t configs[] = {2, 3, 8, 11};
  for (size_t c = 0; c < COUNT_OF(configs); c++) {
    const char *yaml = walk_configs[configs[c]].yaml;
    struct scene scene = scene_open(yaml, NULL, NULL);
    struct hc_outcome *base = scene_run(&scene, 0, PATHS, NULL);
    const double equity = hc_scenario_lp_equity(scene.scenario);
    scene_close(&scene);
    int lossy = 0, saved = 0;
    for (int k = 0; k < 20; k++) {
      const double fund = k == 0 ? 0.0 : 1000.0 * pow(1.8, k);
      char setting[64];
      (void)snprintf(setting, sizeof setting, "insurance_fund.initial=%.17g", fund);
      scene = scene_open(yaml, NULL, SETTINGS(setting));
      struct hc_outcome *other = scene_run(&scene, 0, PATHS, NULL);
      scene_close(&scene);
      for (size_t i = 0; i < PATHS; i++) {
        const struct hc_outcome *o = &other[i];
        const double expected = fmax(0.0, base[i].fund_required - fund);
        const double slack = 1e-9 * expected + 1e-12 * o->liquidated_notional;
        assert_near(o->lp_loss + o->uncovered, expected, slack);
        if (expected < equity) assert_near(o->uncovered, 0.0, slack);
        assert_true(o->fund_required == base[i].fund_required);
        assert_true(o->bad_debt == base[i].bad_debt && o->mark_end == base[i].mark_end);
        lossy += expected > 0.0;
        saved += base[i].fund_required > 0.0 && expected == 0.0;
      }
      free(other);
    }
    assert_true(lossy > 20 && saved > 20);
    free(base);
  }
}

static void test_no_fund_first_no_required(void **state) {
  (void)state;
  struct scene scene = scene_open(
    walk_configs[2].yaml, NULL,
    SETTINGS("waterfall=[{verb: assess, who: liquidity_providers, base: deposit}, {verb: fund}]"));
  struct hc_outcome *outcomes = scene_run(&scene, 0, 200, NULL);
  for (int i = 0; i < 200; i++) assert_true(isnan(outcomes[i].fund_required));
  assert_false(hc_scenario_reflects(scene.scenario));
  free(outcomes);
  scene_close(&scene);
}

/* ---- other promises ------------------------------------------------------------------------------- */

static void test_explosion_names_the_path(void **state) {
  (void)state;
  struct scene scene = scene_open(
    "simulation: {horizon: 1h, step: 1m}\n"
    "markets: {BTC: {price: {model: gbm, volatility: 10%, shock: {at: 30m, move: -30%}}, liquidity: "
    "{impact: linear, depth: 100k}}}\n" BOOK("100", "100M", "8", "11", "") LOSSES,
    NULL, NULL);
  struct hc_outcome outcome;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_path_run(scene.workspace, 4711, &outcome, NULL, &error), HC_MODEL);
  assert_int_equal(error.status, HC_MODEL);
  assert_non_null(strstr(error.message, "path 4711"));
  /* In the middle of many, too, and the workspace can go on. */
  struct hc_outcome many[100];
  struct hc_error second = {.status = HC_OK};
  assert_int_equal(hc_path_run_many(scene.workspace, 300, 100, many, NULL, &second), HC_MODEL);
  assert_non_null(strstr(second.message, "path 300"));
  struct hc_ledger ledger = {0};
  struct hc_error third = {.status = HC_OK};
  assert_int_equal(hc_path_trace(scene.workspace, 12, &outcome, NULL, &ledger, &third), HC_MODEL);
  hc_ledger_free(&ledger);
  scene_close(&scene);
}

/* A run must not be disturbed by what the workspace did before it. */
static void test_workspace_has_no_memory(void **state) {
  (void)state;
  struct scene scene = scene_open(walk_configs[2].yaml, NULL, NULL);
  struct hc_outcome *clean = scene_run(&scene, 0, 50, NULL), o;
  struct hc_error error = {.status = HC_OK};
  struct hc_ledger ledger = {0};
  double mark[11], fundamental[11];
  for (uint64_t path = 0; path < 50; path++) {
    assert_int_equal(hc_path_trace(scene.workspace, path + 7, &o, NULL, &ledger, &error), HC_OK);
    assert_int_equal(hc_path_instant(scene.workspace, 1, -0.2, &o, NULL, &error), HC_OK);
    assert_int_equal(hc_path_prices(scene.workspace, path + 3, 10, mark, fundamental, &error), HC_OK);
    o = run_one(&scene, path, NULL);
    assert_same_outcome(&o, &clean[path], "after others", path);
    hc_ledger_free(&ledger);
  }
  free(clean);
  scene_close(&scene);
}

/* One seed and one horizon see one market, whatever the book, the rules or the impact. */
static void test_common_random_numbers(void **state) {
  (void)state;
  enum { POINTS = 48 };
  double mark[POINTS + 1], a[POINTS + 1], b[POINTS + 1];
  struct hc_error error = {.status = HC_OK};
  struct scene one = scene_open(walk_configs[2].yaml, NULL, NULL);
  struct scene two = scene_open(walk_configs[2].yaml, NULL,
                                SETTINGS("markets.BTC.liquidity.depth=1B", "book.generate.accounts=20",
                                         FIFO, "insurance_fund.initial=0"));
  for (uint64_t path = 0; path < 100; path++) {
    assert_int_equal(hc_path_prices(one.workspace, path, POINTS, mark, a, &error), HC_OK);
    assert_int_equal(hc_path_prices(two.workspace, path, POINTS, mark, b, &error), HC_OK);
    assert_memory_equal(a, b, sizeof a);
  }
  scene_close(&one);
  scene_close(&two);
}

static void test_counterfactual_is_a_run_without_impact(void **state) {
  (void)state;
  const size_t configs[] = {0, 2, 4, 9, 10};
  for (size_t c = 0; c < COUNT_OF(configs); c++) {
    struct scene with = scene_open(walk_configs[configs[c]].yaml, NULL, NULL);
    struct scene without = scene_open(walk_configs[configs[c]].yaml, NULL,
                                      SETTINGS("markets.BTC.liquidity.impact=none",
                                               "markets.BTC.liquidity.permanent=0%"));
    struct hc_outcome *a = scene_run(&with, 0, PATHS, NULL);
    struct hc_outcome *b = scene_run(&without, 0, PATHS, NULL);
    for (size_t i = 0; i < PATHS; i++) {
      assert_true(a[i].bad_debt_no_impact == b[i].bad_debt);
      assert_true(a[i].lp_loss_no_impact == b[i].lp_loss);
      assert_true(a[i].mark_low_no_impact == b[i].mark_low);
      assert_true(b[i].bad_debt_no_impact == b[i].bad_debt);
    }
    free(a);
    free(b);
    scene_close(&with);
    scene_close(&without);
  }
}

static void test_deeper_instants_liquidate_more(void **state) {
  (void)state;
  struct scene scene = scene_open(walk_configs[0].yaml, NULL, NULL);
  int64_t last = 0;
  for (int i = 0; i <= 400; i++) {
    const int64_t now = instant(&scene, exp(-0.001 * i), NULL).liquidations;
    assert_true(now >= last);
    last = now;
  }
  assert_true(last > 10);
  struct hc_outcome o;
  struct hc_error error = {.status = HC_OK};
  assert_int_equal(hc_path_instant(scene.workspace, 3, 0.0, &o, NULL, &error), HC_INPUT);
  scene_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_three_longs),
    cmocka_unit_test(test_three_longs_batch_and_fifo_part),
    cmocka_unit_test(test_three_longs_by_class),
    cmocka_unit_test(test_one_short_by_hand),
    cmocka_unit_test(test_ten_times_long_is_liquidated_at_its_level),
    cmocka_unit_test(test_fees_by_hand),
    cmocka_unit_test(test_cascade_recursions),
    cmocka_unit_test(test_supercritical_cascade_runs_to_the_end),
    cmocka_unit_test(test_path_recomputed_from_the_model_page),
    cmocka_unit_test(test_refinement),
    cmocka_unit_test(test_identities),
    cmocka_unit_test(test_many_is_one_by_one),
    cmocka_unit_test(test_search_is_walk),
    cmocka_unit_test(test_instruction_sets_agree),
    cmocka_unit_test(test_traces),
    cmocka_unit_test(test_timelines),
    cmocka_unit_test(test_every_step_by_the_model_page),
    cmocka_unit_test(test_fund_required_is_re_simulation),
    cmocka_unit_test(test_no_fund_first_no_required),
    cmocka_unit_test(test_explosion_names_the_path),
    cmocka_unit_test(test_workspace_has_no_memory),
    cmocka_unit_test(test_common_random_numbers),
    cmocka_unit_test(test_counterfactual_is_a_run_without_impact),
    cmocka_unit_test(test_deeper_instants_liquidate_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
