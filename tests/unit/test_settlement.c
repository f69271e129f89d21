/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a waterfall remembers along a path: what is pending, windows, switches, caps, groups. */
#include "venue.h"

#define ONE_LP "liquidity_providers: [{name: a, deposits: 1000, profit: 0}]\n"
#define TWO_LPS \
  "liquidity_providers: [{name: a, deposits: 100, profit: 0}, {name: b, deposits: 1000, profit: 0}]\n"
#define FUND(amount) "insurance_fund: {initial: " #amount "}\n"
#define GRID "simulation: {horizon: 25s, step: 1s}\n"

static const struct hc_record NONE = {0};

static double pending(const struct venue *v) { return v->state->pending; }
static double by_lps(const struct venue *v) { return v->paid.cash[HC_PAYER_LP]; }

/* ---- deferral ---------------------------------------------------------------------------------- */

static void test_sessions_charge_at_their_end(void **state) {
  (void)state;
  static const char *const times[] = {"session(10s)", "epoch(10s)", "session(9.5s)"};
  for (size_t k = 0; k < COUNT_OF(times); k++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, GRID FUND(0) ONE_LP "waterfall: [{verb: assess, time: %s}]", times[k]);
    open_venue(&v, yaml);
    lose(&v, 3, 0, 100);
    assert_near(pending(&v), 100, 0);
    assert_near(by_lps(&v), 0, 0);
    assert_near(v.paid.uncovered, 0, 0);
    assert_int_equal(hc_state_next_due(&v.waterfall, v.state), 10);
    lose(&v, 7, 0, 50);
    assert_near(pending(&v), 150, 0);
    lose(&v, 9, 0, 0);
    assert_near(by_lps(&v), 0, 0);
    lose(&v, 10, 0, 20); /* what is lost at the end of a session belongs to it */
    assert_near(by_lps(&v), 170, 1e-12);
    assert_near(pending(&v), 0, 0);
    assert_int_equal(hc_state_next_due(&v.waterfall, v.state), INT64_MAX);
    lose(&v, 12, 0, 40);
    assert_int_equal(hc_state_next_due(&v.waterfall, v.state), k == 2 ? 19 : 20);
    lose(&v, 20, 0, 0);
    assert_near(by_lps(&v), 210, 1e-12);
    lose(&v, 22, 0, 5); /* the last step is no multiple */
    assert_int_equal(hc_state_next_due(&v.waterfall, v.state), 25);
    lose(&v, 25, 0, 1);
    assert_near(by_lps(&v), 216, 1e-12);
    assert_near(pending(&v), 0, 0);
    assert_near(v.state->pending_max, 150, 0);
    close_venue(&v);
  }
}

static void test_delays_charge_each_deficit_after_its_own_time(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, GRID FUND(0) ONE_LP "waterfall: [{verb: assess, time: delay(4s)}]");
  lose(&v, 3, 0, 100);
  lose(&v, 5, 0, 30);
  lose(&v, 7, 0, 0);
  assert_near(by_lps(&v), 100, 0);
  assert_near(pending(&v), 30, 1e-12);
  lose(&v, 9, 0, 0);
  assert_near(by_lps(&v), 130, 1e-12);
  lose(&v, 23, 0, 7);
  assert_int_equal(hc_state_next_due(&v.waterfall, v.state), 25);
  lose(&v, 25, 0, 2);
  assert_near(by_lps(&v), 139, 1e-12);
  close_venue(&v);
  open_venue(&v, GRID FUND(0) ONE_LP "waterfall: [{verb: assess, time: delay(3.5s)}]");
  lose(&v, 3, 0, 100);
  assert_int_equal(hc_state_next_due(&v.waterfall, v.state), 7);
  close_venue(&v);
}

static void test_what_is_never_charged_stays_pending(void **state) {
  (void)state;
  static const char *const times[] = {"never", "on_withdrawal"};
  for (size_t k = 0; k < 2; k++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, GRID FUND(0) ONE_LP "waterfall: [{verb: assess, time: %s}]", times[k]);
    open_venue(&v, yaml);
    lose(&v, 3, 0, 100);
    lose(&v, 25, 30, 0);
    assert_near(pending(&v), 70, 1e-12);
    assert_near(by_lps(&v), 0, 0);
    assert_near(v.paid.netted, 30, 0);
    assert_near(v.paid.cash[HC_PAYER_FUND], 30, 0);
    assert_near(v.pots.fund[0], 0, 1e-12);
    close_venue(&v);
  }
}

static void test_netting_pays_with_inflow_what_is_pending(void **state) {
  (void)state;
  for (int netting = 0; netting < 2; netting++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, GRID FUND(5) ONE_LP
                   "waterfall: [{verb: assess, time: session(10s), netting: %s}]", netting ? "true" : "false");
    open_venue(&v, yaml);
    lose(&v, 3, 0, 100);
    lose(&v, 8, 60, 0);
    assert_near(pending(&v), netting ? 40 : 100, 1e-12);
    assert_near(v.pots.fund[0], netting ? 5 : 65, 1e-12);
    lose(&v, 10, 0, 0);
    assert_near(by_lps(&v), netting ? 40 : 100, 1e-12);
    lose(&v, 12, 0, 10);
    lose(&v, 13, 25, 0); /* more than is pending */
    assert_near(pending(&v), netting ? 0 : 10, 1e-12);
    assert_near(v.pots.fund[0], netting ? 20 : 90, 1e-12);
    assert_near(v.paid.netted, netting ? 70 : 0, 1e-12);
    assert_near(v.paid.cash[HC_PAYER_FUND], v.paid.netted, 0);
    close_venue(&v);
  }
}

static void test_netting_goes_by_list_then_oldest_first(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, GRID FUND(0) TWO_LPS
             "waterfall: [{verb: assess, who: a, severity: 50%, time: delay(10s)}, {verb: assess, who: b, "
             "time: delay(5s)}]");
  lose(&v, 1, 0, 40); /* 20 for each, due at 11 and 6 */
  lose(&v, 3, 0, 20); /* 10 for each, due at 13 and 8 */
  assert_near(v.state->layer[0].pending, 30, 0);
  assert_near(v.state->layer[1].pending, 30, 0);
  lose(&v, 4, 25, 0);
  assert_near(v.state->layer[0].pending, 5, 1e-12);
  assert_near(v.state->layer[1].pending, 30, 1e-12);
  lose(&v, 5, 10, 0); /* 5 to the first, 5 to the second */
  assert_near(v.state->layer[0].pending, 0, 0);
  assert_near(v.state->layer[1].pending, 25, 1e-12);
  lose(&v, 6, 0, 0);
  assert_near(v.paid.lp_class[1], 15, 1e-12);
  lose(&v, 8, 0, 0);
  assert_near(v.paid.lp_class[1], 25, 1e-12);
  lose(&v, 13, 0, 0);
  assert_near(v.paid.lp_class[0], 0, 0);
  assert_near(pending(&v), 0, 1e-12);
  close_venue(&v);
}

static void test_what_a_deferred_layer_cannot_charge_runs_on(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, GRID FUND(0) TWO_LPS
             "waterfall: [{verb: raise, cap: 10 per path}, {verb: assess, who: a, time: session(10s)}, "
             "{verb: assess, who: b, severity: 50%}]");
  lose(&v, 3, 0, 160);
  assert_near(pending(&v), 150, 0);
  assert_near(v.paid.lp_class[1], 0, 0);
  lose(&v, 10, 0, 0);
  assert_near(v.paid.lp_class[0], 100, 1e-12);
  assert_near(v.paid.lp_class[1], 25, 1e-12);
  assert_near(v.paid.uncovered, 25, 1e-12);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 10, 0); /* the layers before are not asked again */
  close_venue(&v);
}

static void test_a_deferred_layer_charges_the_whole_of_what_is_pending(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, GRID FUND(0) ONE_LP
             "waterfall: [{verb: assess, severity: 50%, time: session(10s)}, {verb: raise}]");
  lose(&v, 3, 0, 100);
  assert_near(pending(&v), 50, 0);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 50, 0);
  lose(&v, 10, 0, 0);
  assert_near(by_lps(&v), 50, 1e-12); /* its severity has been applied */
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 50, 1e-12);
  close_venue(&v);
}

static void test_caps_and_switches_hold_at_recognition(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, GRID FUND(0) ONE_LP
             "waterfall: [{verb: assess, cap: 60 per path, time: session(10s)}, {verb: raise}]");
  lose(&v, 3, 0, 100); /* 60 wait, 40 go on */
  lose(&v, 5, 0, 50);  /* nothing is used of the cap yet */
  assert_near(pending(&v), 110, 0);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 40, 0);
  lose(&v, 10, 0, 0);
  assert_near(by_lps(&v), 60, 1e-12);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 90, 1e-12);
  lose(&v, 12, 0, 30);
  assert_near(pending(&v), 0, 0);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 120, 1e-12);
  close_venue(&v);
  open_venue(&v, GRID FUND(0) ONE_LP "waterfall: [{verb: assess, when: fund.balance < 10, netting: false, "
             "time: session(10s)}, {verb: raise}]");
  lose(&v, 3, 0, 100);
  lose(&v, 10, 20, 0);
  assert_near(by_lps(&v), 0, 0); /* off by then */
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 100, 1e-12);
  close_venue(&v);
}

static void test_deferred_layers_in_a_row_recognise_at_one_time(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, GRID FUND(0) TWO_LPS "waterfall: [{verb: assess, who: a, time: session(10s)}, "
             "{verb: assess, who: b, time: session(10s)}]");
  lose(&v, 3, 0, 150);
  lose(&v, 10, 0, 0);
  assert_near(v.paid.lp_class[0], 100, 1e-12);
  assert_near(v.paid.lp_class[1], 50, 1e-12);
  assert_near(pending(&v), 0, 0);
  close_venue(&v);
}

static void test_sessions_begin_at_their_boundaries(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, "simulation: {horizon: 11s, step: 1s}\n" FUND(0) "liquidity_providers: []\n"
             "waterfall: [{verb: assess, who: winners, base: session_profit, time: session(2.5s)}]");
  static const int64_t starts[] = {3, 5, 8, 10, 11};
  int begun = 0;
  for (int64_t step = 1; step <= 11; step++) {
    assert_int_equal(hc_state_next_due(&v.waterfall, v.state), starts[begun]);
    v.settlement.mark = (double)(100 + step);
    lose(&v, step, 0, 0);
    if (step == starts[begun]) {
      begun++;
      assert_near(v.state->session_mark, (double)(100 + step), 0);
    }
    assert_int_equal(v.crowd.sessions, begun);
  }
  assert_int_equal(hc_state_next_due(&v.waterfall, v.state), INT64_MAX);
  close_venue(&v);
}

static void test_boundaries_against_a_list_of_them(void **state) {
  (void)state;
  for (int trial = 0; trial < 3000; trial++) {
    struct hc_waterfall w = {.step = trial % 3 == 0 ? 0.1 : trial % 3 == 1 ? 1.0 : 60.0,
                             .steps = 1 + (int64_t)pick(200)};
    const double half_steps = 1.0 + (double)pick(trial % 2 ? 40 : 120);
    const double length = half_steps * w.step * (trial % 2 ? 0.5 : 1.0);
    for (int64_t step = 0; step <= w.steps; step++) {
      int64_t expected = w.steps;
      for (int64_t k = 0;; k++) { /* k lengths, in half steps, rounded up */
        const int64_t halves = k * (int64_t)half_steps * (trial % 2 ? 1 : 2);
        const int64_t at = (halves + 1) / 2;
        if (at >= w.steps) break;
        if (at < step) continue;
        expected = at;
        break;
      }
      if (hc_boundary(&w, step, length) != expected)
        fail_msg("boundary of %g s behind step %d of %d of %g s: %d, not %d", length, (int)step,
                 (int)w.steps, w.step, (int)hc_boundary(&w, step, length), (int)expected);
    }
  }
}

/* ---- windows -------------------------------------------------------------------------------------- */

enum { HISTORY = 400 };

static void test_peaks_against_the_whole_history(void **state) {
  (void)state;
  for (int trial = 0; trial < 300; trial++) {
    struct hc_waterfall_state s = {0};
    struct hc_peak peak = {.window = 0.5 * (double)(1 + pick(60))};
    double value[HISTORY];
    int64_t at[HISTORY], step = 0;
    for (size_t n = 0; n < HISTORY; n++) {
      if (n > 0) step += (int64_t)pick(trial % 3 ? 3 : 12);
      value[n] = trial % 4 == 0 ? (double)pick(5) : chance() - 0.5;
      if (trial % 5 == 0) value[n] += trial % 2 ? -(double)n : (double)n;
      at[n] = step;
      hc_peak_add(&s, &peak, step, value[n]);
      double greatest = value[n]; /* in force until the next one */
      for (size_t i = 0; i < n; i++)
        if ((double)at[i + 1] > (double)step - peak.window) greatest = fmax(greatest, value[i]);
      assert_true(hc_peak_get(&peak, step) == greatest);
      if (pick(3) > 0) continue;
      const int64_t later = step + (int64_t)pick(20); /* time passes and nothing happens */
      greatest = value[n];
      for (size_t i = 0; i < n; i++)
        if ((double)at[i + 1] > (double)later - peak.window) greatest = fmax(greatest, value[i]);
      assert_true(hc_peak_get(&peak, later) == greatest);
      step = later;
    }
    assert_false(s.failed);
    free(peak.items);
  }
}

static void test_rolling_payments_against_the_whole_history(void **state) {
  (void)state;
  for (int trial = 0; trial < 300; trial++) {
    struct hc_waterfall_state s = {0};
    struct hc_spent spent = {0};
    const double window = 0.5 * (double)(1 + pick(60));
    double value[HISTORY];
    int64_t at[HISTORY], step = 0;
    for (size_t n = 0; n < HISTORY; n++) {
      step += (int64_t)pick(trial % 3 ? 3 : 12);
      value[n] = (double)pick(1000);
      at[n] = step;
      hc_spent_add(&s, &spent, step, value[n]);
      double sum = 0.0;
      for (size_t i = 0; i <= n; i++)
        if ((double)at[i] > (double)step - window) sum += value[i];
      assert_true(hc_spent_get(&spent, step, window) == sum);
    }
    assert_false(s.failed);
    free(spent.items);
  }
}

static void test_what_is_due_against_a_plain_list(void **state) {
  (void)state;
  for (int trial = 0; trial < 300; trial++) {
    struct hc_waterfall_state s = {0};
    struct hc_layer_state layer = {0};
    double amount[HISTORY] = {0};
    int64_t due[HISTORY] = {0};
    size_t count = 0;
    for (int64_t step = 0; step < 150; step++) {
      for (size_t k = pick(3); k > 0; k--) {
        amount[count] = (double)(1 + pick(100));
        due[count] = step + 10;
        hc_due_add(&s, &layer, due[count], amount[count]);
        count++;
      }
      double sum = 0.0;
      for (size_t i = 0; i < count; i++) {
        if (due[i] > step) continue;
        sum += amount[i];
        amount[i] = 0.0;
      }
      assert_true(hc_due_take(&layer, step) == sum);
      if (pick(3) == 0) {
        const double inflow = (double)pick(300);
        double left = inflow;
        for (size_t i = 0; i < count; i++) {
          const double part = fmin(left, amount[i]);
          amount[i] -= part;
          left -= part;
        }
        assert_true(hc_due_net(&layer, inflow) == inflow - left);
      }
      sum = 0.0;
      for (size_t i = 0; i < count; i++) sum += amount[i];
      assert_true(layer.pending == sum);
    }
    free(layer.due);
  }
}

/* ---- switches ---------------------------------------------------------------------------------------- */

static void test_hysteresis_turns_on_at_one_level_and_off_at_another(void **state) {
  (void)state;
  static const char *const forms[] = {
    "waterfall: [{verb: raise, when: fund.drawdown(1d) > 30%, until: fund.drawdown(1d) < 25%}, {verb: fund}]",
    "switches: {low: {when: fund.drawdown(1d) > 30%, until: fund.drawdown(1d) < 25%}}\n"
    "waterfall: [{verb: raise, only_if: low}, {verb: fund}]",
    "switches: {low: {when: fund.drawdown(1d) > 30%, until: fund.drawdown(1d) < 25%}}\n"
    "waterfall: [{verb: fund, unless: low}, {verb: raise}]"};
  static const struct {
    double inflow, loss, outside; /* outside: paid so far */
  } steps[] = {{0, 200, 0},  {0, 150, 0},           /* 20 %, then 35 % */
               {0, 10, 10},  {80, 5, 15},           /* on, and still at 27 % */
               {30, 0, 15},  {0, 30, 15},           /* off at 24 %, and still at 27 % */
               {0, 50, 15},  {0, 40, 55}};          /* 32 %: on */
  for (size_t k = 0; k < COUNT_OF(forms); k++) {
    char yaml[600];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, "simulation: {horizon: 1d}\n" FUND(1000) "%s", forms[k]);
    open_venue(&v, yaml);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
      lose(&v, (int64_t)i + 1, steps[i].inflow, steps[i].loss);
      assert_near(v.paid.cash[HC_PAYER_OUTSIDE], steps[i].outside, 1e-9);
    }
    close_venue(&v);
  }
}

static void test_without_until_a_switch_follows_its_condition(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(1000) "waterfall: [{verb: raise, when: fund.drawdown(1d) > 30%}, {verb: fund}]");
  lose(&v, 1, 0, 350);
  lose(&v, 2, 0, 10);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 10, 0);
  lose(&v, 3, 60, 10); /* 29 % */
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 10, 0);
  close_venue(&v);
}

static void test_every_metric_and_comparison(void **state) {
  (void)state;
  static const struct {
    const char *condition;
    bool on;
  } cases[] = {
    {"fund.balance <= 700", true}, {"fund.balance < 700", false}, {"fund.balance >= 700", true},
    {"fund.balance > 700", false}, {"skin.balance < 31", true}, {"skin.balance < 30", false},
    {"shortfall > 99", true}, {"shortfall > 100", false}, {"shortfall <= 100", true},
    {"unfilled >= 1500", true}, {"unfilled > 1500", false},
    {"loss/equity >= 20%", true}, {"loss/equity > 20%", false},
    {"fund.drawdown(10s) >= 30%", true}, {"fund.drawdown(10s) > 30%", false},
    {"fund.drawdown(3s) > 0%", false}, {"skin.drawdown(10s) >= 50%", true},
    {"market.pnl_drawdown(10s) >= 30%", true}, {"market.pnl_drawdown(10s) > 30%", false},
    {"market.pnl_drawdown(3s) > 0%", false},
    {"fund.balance < 70% of fund.start", false}, {"fund.balance <= 70% of fund.start", true},
    {"fund.balance <= 70% of fund.peak(10s)", true}, {"fund.balance <= 70% of fund.peak(3s)", false},
    {"fund.balance > 87% of lp", true}, {"fund.balance > 88% of lp", false},
    {"fund.balance >= 70% of lp.start", true}, {"fund.balance >= 71% of lp.start", false},
    {"shortfall > 1 and unfilled > 1", true}, {"shortfall > 1 and unfilled > 2k", false},
    {"shortfall > 1k and unfilled > 1", false}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[700];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(1000) ONE_LP
                   "funds: {skin: {initial: 60}}\nswitches: {watch: {when: %s}}\n"
                   "waterfall: [{verb: raise, when: %s}, {verb: fund, when: shortfall >= 300}, "
                   "{verb: fund, who: skin, cap: 30 per path, when: shortfall >= 30}, {verb: assess}]",
                   cases[k].condition, cases[k].condition);
    open_venue(&v, yaml);
    /* The fund loses 300 and skin 30, then LPs 200; the first layer is watched at step 6. */
    v.waterfall.layers[0].severity = 0.0;
    lose(&v, 1, 0, 300);
    lose(&v, 2, 0, 230 - 0.0);
    v.waterfall.layers[0].severity = 1.0;
    assert_near(v.pots.fund[0], 700, 1e-12);
    assert_near(v.pots.fund[1], 30, 1e-12);
    assert_near(by_lps(&v), 200, 1e-12);
    const double before = v.paid.cash[HC_PAYER_OUTSIDE];
    settle(&v, 6, 0, (struct hc_record){.shortfall = 60, .quantity = 10, .bankruptcy = 106},
           (struct hc_record){.shortfall = 40, .quantity = 5, .bankruptcy = 92});
    if ((v.paid.cash[HC_PAYER_OUTSIDE] > before) != cases[k].on || v.state->on[0] != cases[k].on)
      fail_msg("%s was %s", cases[k].condition, cases[k].on ? "off" : "on");
    close_venue(&v);
  }
}

/* ---- caps ------------------------------------------------------------------------------------------------ */

static void test_caps_along_a_path(void **state) {
  (void)state;
  static const struct {
    const char *cap;
    double paid[5]; /* of 60 lost at each of the steps 1, 3, 6, 7, 20 */
  } cases[] = {
    {"40", {40, 40, 40, 40, 40}},
    {"100 per path", {60, 40, 0, 0, 0}},
    {"100 per 5s", {60, 40, 60, 0, 60}}, /* step 6 does not look back at step 1 */
    {"100 per 6s", {60, 40, 0, 60, 60}},
    {"10% of fund", {40, 36, 32.4, 29.16, 26.244}},
    {"10% of fund.start", {40, 40, 40, 40, 40}},
    {"25% of fund.start per path", {60, 40, 0, 0, 0}},
    {"10% of fund.peak(5s)", {40, 40, 36, 36, 24.8}},
    {"2% of lp", {20, 19.2, 18.384, 17.55168, 16.7027136}},
    {"2% of lp.start", {20, 20, 20, 20, 20}},
    {"10% of skin", {50, 50, 50, 50, 50}}};
  static const int64_t at[] = {1, 3, 6, 7, 20};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[500];
    struct venue v;
    double before = 0.0;
    (void)snprintf(yaml, sizeof yaml, FUND(400) ONE_LP "funds: {skin: {initial: 500}}\n"
                   "waterfall: [{verb: fund, cap: %s}, {verb: assess}]", cases[k].cap);
    open_venue(&v, yaml);
    for (size_t i = 0; i < 5; i++) {
      lose(&v, at[i], 0, 60);
      assert_near(v.paid.cash[HC_PAYER_FUND] - before, cases[k].paid[i], 1e-9);
      before = v.paid.cash[HC_PAYER_FUND];
    }
    assert_near(before + by_lps(&v), 300, 1e-9);
    close_venue(&v);
  }
}

static void test_a_cap_on_each_payer(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(400) TWO_LPS "waterfall: [{verb: fund, cap: 25% of payer}, "
             "{verb: assess, allocation: equal, cap: 20% of payer}]");
  lose(&v, 1, 0, 250);
  assert_near(v.paid.cash[HC_PAYER_FUND], 100, 1e-12);
  assert_near(v.paid.lp_class[0], 20, 1e-12);
  assert_near(v.paid.lp_class[1], 130, 1e-12);
  lose(&v, 2, 0, 1000);
  assert_near(v.paid.cash[HC_PAYER_FUND], 175, 1e-12);
  assert_near(v.paid.lp_class[0], 36, 1e-12);
  assert_near(v.paid.lp_class[1], 130 + 174, 1e-12);
  close_venue(&v);
}

static void test_caps_of_position_layers_are_notional(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) "waterfall: [{verb: takeover, who: backstop, cap: 3000 per path}, {verb: raise}]");
  const struct hc_record record = {.shortfall = 100, .quantity = 20, .bankruptcy = 105};
  settle(&v, 1, 0, record, NONE);
  settle(&v, 2, 0, NONE, (struct hc_record){.shortfall = 100, .quantity = 20, .bankruptcy = 95});
  assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, 10, 1e-12);
  assert_near(v.paid.charge[HC_PAYER_TAKER], 150, 1e-12);
  assert_near(v.paid.cash[HC_PAYER_OUTSIDE], 50, 1e-12);
  close_venue(&v);
}

/* ---- groups --------------------------------------------------------------------------------------------- */

static void test_groups_share_a_demand(void **state) {
  (void)state;
  static const struct {
    double a, b; /* deposits */
    bool overflow;
    double paid_a, paid_b, behind;
  } cases[] = {
    {1000, 1000, false, 97.5, 52.5, 0}, {1000, 1000, true, 97.5, 52.5, 0},
    {1000, 20, false, 97.5, 20, 32.5},  {1000, 20, true, 130, 20, 0},
    {20, 1000, false, 20, 52.5, 77.5},  {20, 1000, true, 20, 130, 0},
    {20, 30, false, 20, 30, 100},       {20, 30, true, 20, 30, 100},
    {100, 40, true, 100, 40, 10},       {0, 1000, true, 0, 150, 0}};
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char yaml[600];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(100)
                   "liquidity_providers: [{name: a, deposits: %g, profit: 0}, {name: b, deposits: %g, profit: 0}]\n"
                   "groups: {both: {overflow: %s}}\nwaterfall: [{verb: fund}, "
                   "{verb: assess, who: a, group: both, share: 65%%}, "
                   "{verb: assess, who: b, group: both, share: 35%%}, {verb: raise}]",
                   cases[k].a, cases[k].b, cases[k].overflow ? "true" : "false");
    open_venue(&v, yaml);
    lose(&v, 1, 0, 250);
    assert_near(v.paid.cash[HC_PAYER_FUND], 100, 0);
    assert_near(v.paid.lp_class[0], cases[k].paid_a, 1e-9);
    assert_near(v.paid.lp_class[1], cases[k].paid_b, 1e-9);
    assert_near(v.paid.cash[HC_PAYER_OUTSIDE], cases[k].behind, 1e-9);
    close_venue(&v);
  }
}

static void test_a_group_of_three_overflows_by_share_until_it_is_paid(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(10) "funds: {x: {initial: 40}, y: {initial: 500}}\ngroups: {g: {overflow: true}}\n"
             "waterfall: [{verb: fund, group: g, share: 50%}, {verb: fund, who: x, group: g, share: 30%}, "
             "{verb: fund, who: y, group: g, share: 20%}]");
  lose(&v, 1, 0, 100);
  /* 10, 30, 20; of the 40 left x gets 24 and has 10; y pays the rest. */
  assert_near(v.paid.layer[0], 10, 1e-12);
  assert_near(v.paid.layer[1], 40, 1e-12);
  assert_near(v.paid.layer[2], 50, 1e-9);
  assert_near(v.paid.uncovered, 0, 0);
  close_venue(&v);
}

static void test_a_member_that_is_off_leaves_its_share_to_the_others(void **state) {
  (void)state;
  for (int overflow = 0; overflow < 2; overflow++) {
    char yaml[500];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(1000) ONE_LP "groups: {g: {overflow: %s}}\n"
                   "waterfall: [{verb: fund, when: shortfall > 1k, group: g, share: 50%%}, "
                   "{verb: assess, group: g, share: 50%%}, {verb: raise}]", overflow ? "true" : "false");
    open_venue(&v, yaml);
    lose(&v, 1, 0, 100);
    assert_near(v.paid.cash[HC_PAYER_FUND], 0, 0);
    assert_near(by_lps(&v), overflow ? 100 : 50, 1e-12);
    assert_near(v.paid.cash[HC_PAYER_OUTSIDE], overflow ? 0 : 50, 1e-12);
    close_venue(&v);
  }
}

static void test_position_layers_share_units_record_by_record(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(0) "groups: {g: {overflow: true}}\n"
             "waterfall: [{verb: close, score: size, group: g, share: 60%}, "
             "{verb: takeover, who: backstop, price: mark, group: g, share: 40%}]");
  array_crowd_add(&v.crowd, -1, 100, 110, 1000);
  array_crowd_add(&v.crowd, 1, 6, 90, 1000);
  settle(&v, 1, 0, (struct hc_record){.shortfall = 250, .quantity = 50, .bankruptcy = 105},
         (struct hc_record){.shortfall = 100, .quantity = 20, .bankruptcy = 95});
  assert_near(v.crowd.closed[1], 30, 1e-12);
  assert_near(v.crowd.closed[0], 6, 1e-12); /* of 12 */
  assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, 20 - 14, 1e-12);
  assert_near(v.paid.charge[HC_PAYER_TRADER], 180, 1e-9);
  assert_near(v.paid.uncovered, 100 + 70, 1e-9);
  close_venue(&v);
}

/* ---- two records ------------------------------------------------------------------------------------------ */

static void test_cash_pays_both_records_in_proportion(void **state) {
  (void)state;
  static const char *const takes[] = {"share", "cash"};
  for (int cash = 0; cash < 2; cash++) {
    char yaml[300];
    struct venue v;
    (void)snprintf(yaml, sizeof yaml, FUND(100) "waterfall: [{verb: fund, takes: %s}, "
                   "{verb: takeover, who: backstop}]", takes[cash]);
    open_venue(&v, yaml);
    settle(&v, 1, 0, (struct hc_record){.shortfall = 300, .quantity = 50, .bankruptcy = 105},
           (struct hc_record){.shortfall = 100, .quantity = 20, .bankruptcy = 95});
    /* 225 and 75 are left; at bankruptcy 5 a unit are charged. */
    const double longs = cash ? 50 : 37.5, shorts = cash ? 20 : 15;
    assert_near(v.pots.stock[HC_STOCK_TAKER].quantity, longs - shorts, 1e-12);
    assert_near(v.paid.charge[HC_PAYER_TAKER], 5 * (longs + shorts), 1e-9);
    assert_near(v.settlement.released[0], 50 - longs, 1e-12);
    assert_near(v.settlement.released[1], 20 - shorts, 1e-12);
    assert_near(v.paid.surplus, cash ? 250 - 225 + 100 - 75 : 0, 1e-9);
    assert_near(v.paid.uncovered, cash ? 0 : 225 - 187.5, 1e-9);
    close_venue(&v);
  }
}

static void test_without_layers_all_is_uncovered_and_released(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(100) "waterfall: []");
  settle(&v, 1, 3, (struct hc_record){.shortfall = 300, .quantity = 50, .bankruptcy = 105},
         (struct hc_record){.shortfall = 100, .quantity = 20, .bankruptcy = 95});
  assert_near(v.paid.uncovered, 400, 0);
  assert_near(v.settlement.released[0], 50, 0);
  assert_near(v.settlement.released[1], 20, 0);
  assert_near(v.pots.fund[0], 103, 0);
  close_venue(&v);
}

/* ---- looking ahead ------------------------------------------------------------------------------------------ */

static bool absorbs(struct venue *v, double inflow, double shortfall) {
  bool can = false;
  const struct hc_pots before = v->pots;
  assert_int_equal(hc_waterfall_absorbs(&v->settlement, inflow, shortfall, &can), HC_OK);
  assert_memory_equal(&before, &v->pots, sizeof before);
  return can;
}

static void test_what_can_be_absorbed_by_hand(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, FUND(100) ONE_LP "waterfall: [{verb: fund}, {verb: takeover, who: x}, {verb: assess}]");
  assert_true(absorbs(&v, 0, 100));
  assert_false(absorbs(&v, 0, 100.001));
  assert_true(absorbs(&v, 50, 150));
  assert_false(absorbs(&v, 50, 150.001));
  close_venue(&v);
  open_venue(&v, FUND(100) ONE_LP "waterfall: [{verb: takeover, who: x}, {verb: fund}]");
  assert_false(absorbs(&v, 0, 1e-6));
  close_venue(&v);
  open_venue(&v, FUND(100) ONE_LP "waterfall: [{verb: fund, severity: 50%}, {verb: takeover, who: x}]");
  assert_false(absorbs(&v, 0, 10));
  close_venue(&v);
  /* Inflow pays first what is pending. */
  open_venue(&v, GRID FUND(0) ONE_LP
             "waterfall: [{verb: fund}, {verb: assess, cap: 70 per path, time: session(10s)}, "
             "{verb: takeover, who: x}]");
  assert_true(absorbs(&v, 0, 70));
  assert_false(absorbs(&v, 0, 71));
  lose(&v, 1, 0, 40);
  assert_false(absorbs(&v, 40, 71));
  assert_true(absorbs(&v, 50, 80));
  assert_false(absorbs(&v, 50, 81));
  close_venue(&v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_sessions_charge_at_their_end),
    cmocka_unit_test(test_delays_charge_each_deficit_after_its_own_time),
    cmocka_unit_test(test_what_is_never_charged_stays_pending),
    cmocka_unit_test(test_netting_pays_with_inflow_what_is_pending),
    cmocka_unit_test(test_netting_goes_by_list_then_oldest_first),
    cmocka_unit_test(test_what_a_deferred_layer_cannot_charge_runs_on),
    cmocka_unit_test(test_a_deferred_layer_charges_the_whole_of_what_is_pending),
    cmocka_unit_test(test_caps_and_switches_hold_at_recognition),
    cmocka_unit_test(test_deferred_layers_in_a_row_recognise_at_one_time),
    cmocka_unit_test(test_sessions_begin_at_their_boundaries),
    cmocka_unit_test(test_boundaries_against_a_list_of_them),
    cmocka_unit_test(test_peaks_against_the_whole_history),
    cmocka_unit_test(test_rolling_payments_against_the_whole_history),
    cmocka_unit_test(test_what_is_due_against_a_plain_list),
    cmocka_unit_test(test_hysteresis_turns_on_at_one_level_and_off_at_another),
    cmocka_unit_test(test_without_until_a_switch_follows_its_condition),
    cmocka_unit_test(test_every_metric_and_comparison),
    cmocka_unit_test(test_caps_along_a_path),
    cmocka_unit_test(test_a_cap_on_each_payer),
    cmocka_unit_test(test_caps_of_position_layers_are_notional),
    cmocka_unit_test(test_groups_share_a_demand),
    cmocka_unit_test(test_a_group_of_three_overflows_by_share_until_it_is_paid),
    cmocka_unit_test(test_a_member_that_is_off_leaves_its_share_to_the_others),
    cmocka_unit_test(test_position_layers_share_units_record_by_record),
    cmocka_unit_test(test_cash_pays_both_records_in_proportion),
    cmocka_unit_test(test_without_layers_all_is_uncovered_and_released),
    cmocka_unit_test(test_what_can_be_absorbed_by_hand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
