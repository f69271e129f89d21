/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fees, and liquidity providers who leave: cases computed by hand. */
#include "venue.h"

#include "waterfall/providers.h"

/* All who leave up to a step; fees that the fund nets against what is pending are the engine's. */
static void pass(struct venue *v, int64_t last) {
  for (int64_t next; (next = hc_withdrawal_next(&v->waterfall, v->state)) <= last;) {
    v->settlement.step = next;
    hc_withdraw(&v->settlement);
  }
}
static double stayers(const struct venue *v) {
  return hc_stayer_loss(&v->waterfall, v->state, &v->pots, 0.0);
}
static double leavers(const struct venue *v) { return hc_leaver_loss(v->state); }

#define ONE_RUN(time, share)                                                                      \
  "simulation: {horizon: 2h, step: 1m}\ninsurance_fund: {initial: 0}\n"                           \
  "liquidity_providers: [{name: lp, deposits: 900, profit: 100, withdrawals: {epoch: 2h, at_rest: " \
  share "}}]\nwaterfall: [{verb: assess, base: equity, time: " time "}]"

/* A deficit of 15 %; a share w leaves at par: those who stay bear 0.15/(1 - w). */
static void test_a_run_at_par_is_borne_by_those_who_stay(void **state) {
  (void)state;
  static const struct {
    const char *yaml;
    double left, borne;
  } runs[] = {{ONE_RUN("never", "0%"), 0.0, 0.15},
              {ONE_RUN("never", "20%"), 0.2, 0.1875},
              {ONE_RUN("never", "40%"), 0.4, 0.25},
              {ONE_RUN("never", "90%"), 0.9, 1.0}}; /* 100 are left of a claim of 150 */
  for (size_t i = 0; i < COUNT_OF(runs); i++) {
    struct venue v;
    open_venue(&v, runs[i].yaml);
    lose(&v, 1, 0.0, 150.0);
    pass(&v, 120);
    assert_near(stayers(&v), runs[i].borne, 1e-12);
    assert_near(v.state->lp_withdrawn, 1000.0 * runs[i].left, 1e-9);
    assert_near(v.state->pending, 150.0, 1e-12);
    assert_near(v.paid.cash[HC_PAYER_LP], 0.0, 0.0);
    if (runs[i].left > 0.0) assert_near(leavers(&v), 0.0, 1e-12);
    else assert_true(isnan(leavers(&v)));
    close_venue(&v);
  }
}

/* A loss recognised on withdrawal follows who leaves, and charges nobody who stays. */
static void test_a_loss_on_withdrawal_follows_who_leaves(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, ONE_RUN("on_withdrawal", "40%"));
  lose(&v, 1, 0.0, 150.0);
  pass(&v, 119);
  assert_near(v.state->withdrawn, 0.0, 0.0);
  pass(&v, 120);
  assert_near(v.state->lp_withdrawn, 340.0, 1e-9);
  assert_near(v.state->pending, 90.0, 1e-9);
  assert_near(v.paid.cash[HC_PAYER_LP], 60.0, 1e-9);
  assert_near(v.paid.lp_profit, 6.0, 1e-9);
  assert_near(v.paid.lp_deposit, 54.0, 1e-9);
  assert_near(v.paid.lp_class[0], 60.0, 1e-9);
  assert_near(v.pots.deposit[0], 540.0, 1e-9); /* whole, as nobody who stays was charged */
  assert_near(v.pots.profit[0], 60.0, 1e-9);
  assert_near(leavers(&v), 0.15, 1e-12);
  assert_near(stayers(&v), 0.15, 1e-12);
  close_venue(&v);
}

/* All leave when more is pending than there is: they receive nothing. */
static void test_more_can_be_pending_than_there_is(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, ONE_RUN("on_withdrawal", "100%"));
  lose(&v, 1, 0.0, 1500.0);
  pass(&v, 120);
  assert_near(v.state->withdrawn, 0.0, 1e-9);
  assert_near(v.paid.cash[HC_PAYER_LP], 1000.0, 1e-9);
  assert_near(v.state->pending, 500.0, 1e-9);
  assert_near(leavers(&v), 1.0, 1e-12);
  assert_true(isnan(stayers(&v)));
  close_venue(&v);
}

/* Drawdown and depletion make them leave, a gate holds them up, a lock-up altogether. */
static void test_what_makes_them_leave(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v,
             "simulation: {horizon: 4h, step: 1m}\ninsurance_fund: {initial: 100}\n"
             "liquidity_providers: [\n"
             " {name: fast, deposits: 400, profit: 0, withdrawals: {epoch: 1h, per_drawdown: 2}},\n"
             " {name: shy, deposits: 400, profit: 0, withdrawals: {epoch: 90m, per_depletion: 0.4, gate: 30%}},\n"
             " {name: locked, deposits: 200, profit: 0, withdrawals: {epoch: 1h, lock_up: 150m, per_drawdown: 1}}]\n"
             "waterfall: [{verb: fund}, {verb: assess, base: equity}]");
  assert_true(v.waterfall.flees);
  assert_false(v.waterfall.plain);
  assert_int_equal(hc_withdrawal_next(&v.waterfall, v.state), 60);
  pass(&v, 60); /* nothing has happened */
  assert_near(v.state->withdrawn, 0.0, 0.0);
  lose(&v, 61, 0.0, 200.0); /* fund 100, then 10 % of 1000 */
  pass(&v, 90);
  assert_near(v.pots.deposit[1], 360.0 * 0.7, 1e-9); /* 40 %, but for the gate */
  pass(&v, 120);
  assert_near(v.pots.deposit[0], 360.0 * 0.8, 1e-9);
  pass(&v, 179);
  assert_near(v.pots.deposit[2], 180.0, 1e-9);
  pass(&v, 180);
  assert_near(v.pots.deposit[0], 360.0 * 0.64, 1e-9); /* as worth as before */
  assert_near(v.pots.deposit[1], 360.0 * 0.49, 1e-9);
  assert_near(v.pots.deposit[2], 180.0 * 0.9, 1e-9); /* the first multiple of 1h behind 150m */
  assert_near(leavers(&v), 0.1, 1e-12);
  assert_near(stayers(&v), 0.1, 1e-12);
  close_venue(&v);
}

/* Who sees what is pending leaves at par; who does not, pays for it at the session's end. */
static void test_informed_providers_run_first(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v,
             "simulation: {horizon: 4h, step: 1m}\ninsurance_fund: {initial: 0}\n"
             "liquidity_providers: [\n"
             " {name: informed, deposits: 500, profit: 0, withdrawals: {per_drawdown: 5, sees: pending}},\n"
             " {name: others, deposits: 500, profit: 0, withdrawals: {per_drawdown: 5}}]\n"
             "waterfall: [{verb: assess, base: equity, time: session(2h)}]");
  lose(&v, 1, 0.0, 100.0);
  pass(&v, 60); /* 10 % of all balances is pending: half of the informed go */
  assert_near(v.pots.deposit[0], 250.0, 1e-9);
  assert_near(v.pots.deposit[1], 500.0, 1e-9);
  lose(&v, 120, 0.0, 0.0); /* 100 on 750 */
  assert_near(v.paid.cash[HC_PAYER_LP], 100.0, 1e-9);
  assert_near(v.paid.lp_class[1], 100.0 * 2.0 / 3.0, 1e-9);
  assert_near(v.state->pending, 0.0, 1e-12);
  assert_near(stayers(&v), 100.0 / 750.0, 1e-12);
  assert_near(leavers(&v), 0.0, 1e-12);
  pass(&v, 120); /* now both know: 5 * 13.3 % */
  assert_near(v.state->stayed[0], 0.5 / 3.0, 1e-12);
  assert_near(v.state->stayed[1], 1.0 / 3.0, 1e-12);
  close_venue(&v);
}

static void test_a_negative_profit_stays(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v,
             "simulation: {horizon: 1h, step: 1m}\n"
             "liquidity_providers: [{name: lp, deposits: 500, profit: -100, withdrawals: {at_rest: 50%}}]\n"
             "waterfall: [{verb: fund}]");
  pass(&v, 60);
  assert_near(v.pots.deposit[0], 250.0, 1e-9);
  assert_near(v.pots.profit[0], -100.0, 0.0);
  assert_near(v.state->withdrawn, 250.0, 1e-9);
  close_venue(&v);
}

static void test_fees_are_earned_evenly(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v,
             "simulation: {horizon: 1d, step: 1m}\n"
             "fees: {volume: 144M, rate: 10bp, to_fund: 20%, to_lps: 50%}\n"
             "liquidity_providers: [{name: a, deposits: 300}, {name: b, deposits: 100}, {name: m, kind: member}]\n"
             "waterfall: [{verb: fund}]");
  const struct hc_earned hour = hc_fees_earned(&v.waterfall, v.state, 60);
  assert_near(hour.fund, 1200.0, 1e-9);
  assert_near(hour.lps, 3000.0, 1e-9);
  v.state->fees_until = 30;
  assert_near(hc_fees_earned(&v.waterfall, v.state, 60).fund, 600.0, 1e-9);
  const double member = v.pots.profit[2];
  v.pots.profit[0] = v.pots.profit[1] = 0.0;
  hc_credit_lps(&v.waterfall, &v.pots, 400.0);
  assert_near(v.pots.profit[0], 300.0, 1e-9);
  assert_near(v.pots.profit[1], 100.0, 1e-9);
  assert_near(v.pots.profit[2], member, 0.0);
  assert_true(v.waterfall.plain); /* inflow like any other: the reflection identity holds */
  close_venue(&v);
}

static void test_what_nobody_could_mean_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *path, *fragment;
  } wrong[] = {
    {"simulation: {horizon: 1h, step: 1m}\nliquidity_providers: [{name: a}, {name: b, withdrawals: {epoch: 2h, at_rest: 1%}}]",
     "liquidity_providers[1].withdrawals.epoch", "longer than the horizon"},
    {"simulation: {horizon: 1h, step: 1m}\nliquidity_providers: [{name: b, withdrawals: {lock_up: 2h, at_rest: 1%}}]",
     "liquidity_providers[0].withdrawals.lock_up", "longer than the horizon"},
    {"fees: {volume: 1M, to_fund: 60%, to_lps: 60%}", "fees.to_lps", "more than 100 %"},
    {"fees: {volume: 1M, to_lps: 60%}\nliquidity_providers: []", "fees.to_lps", "no liquidity provider"}};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    struct venue v;
    assert_int_equal(compile_venue(&v, wrong[i].yaml), HC_INPUT);
    assert_string_equal(v.complaint.path, wrong[i].path);
    assert_non_null(strstr(v.complaint.error.message, wrong[i].fragment));
    hc_config_free(v.config);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_a_run_at_par_is_borne_by_those_who_stay),
    cmocka_unit_test(test_a_loss_on_withdrawal_follows_who_leaves),
    cmocka_unit_test(test_more_can_be_pending_than_there_is),
    cmocka_unit_test(test_what_makes_them_leave),
    cmocka_unit_test(test_informed_providers_run_first),
    cmocka_unit_test(test_a_negative_profit_stays),
    cmocka_unit_test(test_fees_are_earned_evenly),
    cmocka_unit_test(test_what_nobody_could_mean_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
