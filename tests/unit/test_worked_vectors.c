/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worked examples of docs/waterfall.md's rules, to the printed digits, through the public headers alone: a
 * configuration, a CSV of positions, a path whose price falls from 107 to 100, and its ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haircut/haircut.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Mark 100 after the fall: the long of 50 from 120 is bankrupt at 105 and short of 250. */
static const char BOOK[] =
  "account,market,side,size_usd,entry,collateral\n"
  "bankrupt,BTC,long,6000,120,750\n"
  "S1,BTC,short,5000,125,500\n"
  "S2,BTC,short,3300,110,2000\n"
  "S3,BTC,short,1010,101,100\n"
  "L1,BTC,long,1800,90,900\n"
  "L2,BTC,long,980,98,490\n";
static const char MARKET[] =
  "simulation: {paths: 1, horizon: 10m, step: 1m, seed: 1}\n"
  "markets: {BTC: {price: {model: gbm, initial: 107, volatility: 0%, drift: 0%, shock: {at: 1m, over: 0s, "
  "move: -6.5420560747663551%}}, liquidity: {impact: none, spread: 0bp}, margin: {maintenance: 0.01%}}}\n"
  "liquidation: {fee: 0%}\n"
  "output: {counterfactual: false}\n";

static const char PROVIDERS[] =
  "liquidity_providers: [{name: a, deposits: 400, profit: 0}, {name: b, deposits: 300, profit: 0}, "
  "{name: c, deposits: 200, profit: 0}, {name: d, deposits: 100, profit: 0}]\n";

enum { ACCOUNTS = 6, CLASSES = 4 };
struct run {
  struct hc_outcome outcome;
  double by_class[CLASSES];
  double cash[ACCOUNTS], units[ACCOUNTS], charge[ACCOUNTS]; /* of the ledger, by account */
};

static struct run run(const char *rules) {
  char name[] = "/tmp/haircut-worked-XXXXXX", yaml[4000];
  const int file = mkstemp(name);
  assert_true(file >= 0);
  assert_int_equal(write(file, BOOK, sizeof BOOK - 1), sizeof BOOK - 1);
  (void)close(file);
  (void)snprintf(yaml, sizeof yaml, "%sbook: {file: %s}\n%s%s", MARKET, name,
                 strstr(rules, "liquidity_providers: [") ? "" : PROVIDERS, rules);
  struct hc_config *config = NULL;
  struct hc_scenario *scenario = NULL;
  struct hc_workspace *workspace = NULL;
  struct hc_diagnostics diagnostics = {0};
  struct hc_error error = {.status = HC_OK};
  hc_status status = hc_config_parse(&hc_root_table, "worked", yaml, strlen(yaml), NULL, NULL, 0, &config,
                                     &diagnostics);
  if (status == HC_OK) status = hc_scenario_create(config, &scenario, &diagnostics, &error);
  if (status != HC_OK)
    fail_msg("%s: %s", rules, diagnostics.count ? diagnostics.items[0].message : error.message);
  assert_int_equal(hc_workspace_create(scenario, &workspace, &error), HC_OK);
  struct run run = {0};
  struct hc_ledger ledger = {0};
  assert_int_equal(hc_path_trace(workspace, 0, &run.outcome, run.by_class, &ledger, &error), HC_OK);
  for (size_t i = 0; i < ledger.count; i++) {
    const struct hc_ledger_row *row = &ledger.rows[i];
    if (row->account < 0) continue;
    if (row->event == HC_EVENT_CHARGE) run.cash[row->account] += row->amount;
    if (row->event != HC_EVENT_TRADE) continue;
    run.units[row->account] += row->quantity;
    run.charge[row->account] += row->amount;
  }
  assert_true(fabs(run.outcome.accounting_residual) < 1e-9 && fabs(run.outcome.money_residual) < 1e-9);
  assert_true(fabs(run.outcome.bad_debt - 250.0) < 1e-9);
  hc_ledger_free(&ledger);
  hc_workspace_free(workspace);
  hc_scenario_free(scenario);
  hc_diagnostics_free(&diagnostics);
  hc_config_free(config);
  (void)unlink(name);
  return run;
}

/* To the digits that are given. */
static void assert_prints(const char *what, double value, const char *expected) {
  const char *point = strchr(expected, '.');
  char text[40];
  (void)snprintf(text, sizeof text, "%.*f", point ? (int)strlen(point + 1) : 0, value + 1e-9);
  if (strcmp(text, expected) != 0) fail_msg("%s is %s, not %s", what, text, expected);
}
static void assert_all(const char *what, const double *values, const char *const *expected, size_t count) {
  for (size_t i = 0; i < count; i++) assert_prints(what, values[i], expected[i]);
}

static void test_fund_then_providers(void **state) {
  (void)state;
  const struct run r = run("insurance_fund: {initial: 100}\nwaterfall: [{verb: fund}, {verb: assess, base: deposit}]\n");
  assert_prints("fund", r.outcome.insurance_paid, "100");
  assert_all("class", r.by_class, (const char *const[]){"60", "45", "30", "15"}, CLASSES);
  assert_int_equal(r.outcome.payers, 0);
  assert_true(isnan(r.outcome.payment_gini) && isnan(r.outcome.payment_top10) && isnan(r.outcome.haircut_max));
}

static void test_haircut_on_unrealised_profit(void **state) {
  (void)state;
  const struct run r = run("insurance_fund: {initial: 100}\nwaterfall: [{verb: fund}, {verb: assess, who: winners, "
                           "base: unrealised_profit}]\n");
  assert_all("cash", r.cash, (const char *const[]){"0", "98.04", "29.41", "0.98", "19.61", "1.96"}, ACCOUNTS);
  assert_prints("trader_paid", r.outcome.trader_paid, "150.00");
  assert_int_equal(r.outcome.payers, 5);
  assert_prints("payment_gini", r.outcome.payment_gini, "0.590850"); /* 4520/(5*1530) */
  assert_prints("payment_top10", r.outcome.payment_top10, "1");
  assert_prints("haircut_max", r.outcome.haircut_max, "0.065359"); /* S1: 98.04 of 500 + 40*25 */
}

static void test_open_interest(void **state) {
  (void)state;
  const struct run r = run("insurance_fund: {initial: 100}\nwaterfall: [{verb: fund}, {verb: assess, who: all_traders, "
                           "base: size}]\n");
  assert_all("cash", r.cash, (const char *const[]){"0", "54.55", "40.91", "13.64", "27.27", "13.64"}, ACCOUNTS);
}

/* Three rankings, three orders. */
static void test_deleveraging(void **state) {
  (void)state;
  static const struct {
    const char *rule, *units[ACCOUNTS], *charge[ACCOUNTS], *gini, *haircut;
  } cases[] = {
    {"score: bitmex", {"0", "40", "10", "0", "0", "0"}, {"0", "200", "50", "0", "0", "0"}, "0.3", "0.133333"},
    {"score: hyperliquid", {"0", "40", "0", "10", "0", "0"}, {"0", "200", "0", "50", "0", "0"}, "0.3", "0.454545"},
    {"allocation: pro_rata", {"0", "25.00", "18.75", "6.25", "0", "0"}, {"0", "125", "93.75", "31.25", "0", "0"},
     "0.25", "0.284091"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char rules[300];
    (void)snprintf(rules, sizeof rules, "insurance_fund: {initial: 0}\nwaterfall: [{verb: close, %s}]\n", cases[i].rule);
    const struct run r = run(rules);
    assert_all(cases[i].rule, r.units, cases[i].units, ACCOUNTS);
    assert_all(cases[i].rule, r.charge, cases[i].charge, ACCOUNTS);
    assert_prints("forgone", r.outcome.trader_forgone, "250.00");
    assert_prints("payment_gini", r.outcome.payment_gini, cases[i].gini);
    assert_prints("haircut_max", r.outcome.haircut_max, cases[i].haircut);
  }
}

/* Closing at the mark moves the cost from winners to the fund; the sum is the same. */
static void test_price_moves_the_cost(void **state) {
  (void)state;
  static const struct {
    const char *price, *forgone, *fund;
  } cases[] = {{"bankruptcy", "250", "0"}, {"mark", "0", "250"}, {"blend(0.4)", "100", "150"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char rules[300];
    (void)snprintf(rules, sizeof rules, "insurance_fund: {initial: 1000}\nwaterfall: [{verb: close, score: bitmex, "
                   "price: %s}, {verb: fund}]\n", cases[i].price);
    const struct run r = run(rules);
    assert_prints("forgone", r.outcome.trader_forgone, cases[i].forgone);
    assert_prints("fund", r.outcome.insurance_paid, cases[i].fund);
  }
}

static void test_tranches(void **state) {
  (void)state;
  const struct run r = run(
    "insurance_fund: {initial: 100}\ngroups: {tranches: {}}\nwaterfall: [{verb: fund}, {verb: assess, who: a, group: "
    "tranches, share: 65%}, {verb: assess, who: b, group: tranches, share: 35%}]\n");
  assert_all("class", r.by_class, (const char *const[]){"97.5", "52.5", "0", "0"}, CLASSES);
  const struct run over = run(
    "insurance_fund: {initial: 0}\ngroups: {tranches: {}}\nwaterfall: [{verb: assess, who: a, group: "
    "tranches, share: 35%}, {verb: assess, who: d, group: tranches, share: 65%}]\n");
  assert_all("overflow", over.by_class, (const char *const[]){"150", "0", "0", "100"}, CLASSES);
}

/* The fund bears what its cap allows, the counterparties the rest. */
static void test_fund_to_its_drawdown(void **state) {
  (void)state;
  const struct run r = run("insurance_fund: {initial: 500}\nwaterfall: [{verb: fund, cap: 30% of fund.peak(8h) per 8h, "
                           "takes: cash}, {verb: close, score: bitmex, price: residual}]\n");
  assert_prints("fund", r.outcome.insurance_paid, "150");
  assert_prints("forgone", r.outcome.trader_forgone, "100");
  assert_prints("closed", r.units[1] + r.units[2] + r.units[3], "50");
}

static void test_severity(void **state) {
  (void)state;
  const struct run r = run("insurance_fund: {initial: 0}\nwaterfall: [{verb: assess, base: deposit, severity: 50%}, "
                           "{verb: raise, cap: 25}]\n");
  assert_prints("LPs", r.outcome.lp_loss, "125");
  assert_prints("outside", r.outcome.outside_paid, "25");
  assert_prints("uncovered", r.outcome.uncovered, "100");
}

static void test_never_recognised_charges_nobody(void **state) {
  (void)state;
  static const char *const times[] = {"never", "on_withdrawal"};
  for (size_t i = 0; i < COUNT_OF(times); i++) {
    char rules[200];
    (void)snprintf(rules, sizeof rules, "insurance_fund: {initial: 100}\nwaterfall: [{verb: fund}, {verb: assess, time: "
                   "%s}]\n", times[i]);
    const struct run r = run(rules);
    assert_prints("LPs", r.outcome.lp_loss, "0");
    assert_prints("pending", r.outcome.pending_end, "150");
    assert_prints("uncovered", r.outcome.uncovered, "0");
  }
}

/* Drift: insurance up to the limit of the contract's tier, life to date, then all open positions alike. */
static void test_insurance_up_to_the_limit_of_a_tier(void **state) {
  (void)state;
  static const struct {
    const char *limit, *insurance, *a_unit;
  } tiers[] = {{"100k", "250", "0.00"}, {"200", "200", "0.45"}, {"10", "10", "2.18"}, {"0", "0", "2.27"}};
  for (size_t i = 0; i < COUNT_OF(tiers); i++) {
    char rules[300];
    (void)snprintf(rules, sizeof rules, "insurance_fund: {initial: 20k}\nwaterfall: [{verb: fund, cap: %s per path}, "
                   "{verb: assess, who: all_traders, base: size, form: index}]\n", tiers[i].limit);
    const struct run r = run(rules);
    static const double units[ACCOUNTS] = {0, 40, 30, 10, 20, 10};
    assert_prints("insurance", r.outcome.insurance_paid, tiers[i].insurance);
    for (size_t k = 1; k < ACCOUNTS; k++) assert_prints("a unit", r.cash[k] / units[k], tiers[i].a_unit);
  }
}

/* A deficit of 15 % of equity 1000 that is never charged: who leaves does so at par, who stays bears it all;
 * charged on withdrawal, it follows who leaves, and charges nobody who stays. */
static void test_a_run(void **state) {
  (void)state;
  static const struct {
    const char *time;
    int leave;
    const char *stayers, *leavers, *paid;
  } runs[] = {{"never", 0, "15.00", "nan", "0"}, {"never", 20, "18.75", "0.00", "0"},
              {"never", 40, "25.00", "0.00", "0"}, {"on_withdrawal", 40, "15.00", "15.00", "60"}};
  for (size_t i = 0; i < COUNT_OF(runs); i++) {
    char rules[400];
    (void)snprintf(rules, sizeof rules, "insurance_fund: {initial: 100}\nliquidity_providers: [{name: lp, deposits: 1000, "
                   "profit: 0, withdrawals: {epoch: 10m, at_rest: %d%%}}]\n"
                   "waterfall: [{verb: fund}, {verb: assess, time: %s}]\n", runs[i].leave, runs[i].time);
    const struct run r = run(rules);
    assert_prints("stayers", 100.0 * r.outcome.stayer_loss_share, runs[i].stayers);
    assert_prints("leavers", 100.0 * r.outcome.leaver_loss_share, runs[i].leavers);
    assert_prints("LPs", r.outcome.lp_loss, runs[i].paid);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_fund_then_providers),
    cmocka_unit_test(test_haircut_on_unrealised_profit),
    cmocka_unit_test(test_open_interest),
    cmocka_unit_test(test_deleveraging),
    cmocka_unit_test(test_price_moves_the_cost),
    cmocka_unit_test(test_tranches),
    cmocka_unit_test(test_fund_to_its_drawdown),
    cmocka_unit_test(test_severity),
    cmocka_unit_test(test_never_recognised_charges_nobody),
    cmocka_unit_test(test_insurance_up_to_the_limit_of_a_tier),
    cmocka_unit_test(test_a_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
