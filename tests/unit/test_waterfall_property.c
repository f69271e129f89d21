/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold for every waterfall, on random ones. */
#include "fewer.h"
#include "random_waterfall.h"

static const struct hc_record NONE = {0};

/* ---- what everybody has ----------------------------------------------------------------------------- */

struct books {
  struct hc_pots pots;
  struct hc_payments paid;
  struct array_crowd crowd;
  double pending;
};
static void keep(const struct venue *v, struct books *b) {
  b->pots = v->pots;
  b->paid = v->paid;
  b->crowd = v->crowd;
  b->pending = v->state->pending;
}

static double at_mark(const struct hc_inventory *stock, double mark) {
  return stock->quantity * mark - stock->cost;
}
/* Of everybody but who comes from outside: accounts, pots, stocks, the rest of the market. */
static double wealth(const struct hc_pots *pots, const struct array_crowd *crowd, double mark) {
  double sum = hc_pots_balance(pots) + at_mark(&pots->stock[HC_STOCK_LP], mark) + at_mark(&pots->stock[HC_STOCK_TAKER], mark) +
               crowd->rest_value - mark * (crowd->rest_closed[0] - crowd->rest_closed[1]);
  for (size_t i = 0; i < crowd->count; i++) sum += array_equity(&crowd->trader[i], mark);
  return sum;
}
static double gross(const struct venue *v, const struct hc_record record[2]) {
  const double mark = v->settlement.mark;
  double sum = v->state->pending + record[0].shortfall + record[1].shortfall +
               mark * (record[0].quantity + record[1].quantity) +
               mark * (fabs(v->pots.stock[HC_STOCK_LP].quantity) + fabs(v->pots.stock[HC_STOCK_TAKER].quantity)) + fabs(v->pots.stock[HC_STOCK_LP].cost) +
               fabs(v->pots.stock[HC_STOCK_TAKER].cost) + v->paid.surplus;
  for (size_t i = 0; i < v->pots.funds; i++) sum += v->pots.fund[i];
  for (size_t i = 0; i < v->pots.classes; i++) sum += v->pots.deposit[i] + fabs(v->pots.profit[i]);
  for (size_t i = 0; i < v->crowd.count; i++)
    sum += v->crowd.trader[i].quantity * mark + fabs(v->crowd.trader[i].collateral);
  return sum;
}

/* Units that takers took over, by side, as logged. */
struct taken_log {
  struct hc_log base;
  const struct hc_waterfall *waterfall;
  double taken[2], released[2], uncovered, surplus;
};
static void log_add(struct hc_log *log, const struct hc_log_entry *entry) {
  struct taken_log *taken = (struct taken_log *)log;
  const int side = entry->side > 0 ? 0 : 1;
  if (entry->kind == HC_LOG_TRADE &&
      strcmp(taken->waterfall->layers[entry->layer].name, "takeover") == 0)
    taken->taken[side] += entry->quantity;
  if (entry->kind == HC_LOG_RELEASE) taken->released[side] += entry->quantity;
  if (entry->kind == HC_LOG_UNCOVERED) taken->uncovered += entry->amount;
  if (entry->kind == HC_LOG_SURPLUS) taken->surplus += entry->amount;
}

/* ---- one settlement ------------------------------------------------------------------------------------- */

static void check_money(const struct venue *v, const struct books *before, double inflow,
                        const struct hc_record record[2], double scale) {
  const double mark = v->settlement.mark, lost = record[0].shortfall + record[1].shortfall;
  double spent = 0.0, layers = 0.0, ever = 0.0; /* `ever`: sums whose differences are looked at */
  for (int p = 0; p < HC_PAYERS; p++) {
    const double cash = v->paid.cash[p] - before->paid.cash[p];
    assert_true(cash >= 0.0);
    ever += v->paid.cash[p] + fabs(v->paid.charge[p]);
    spent += cash + v->paid.charge[p] - before->paid.charge[p];
  }
  for (size_t i = 0; i < v->waterfall.count; i++) layers += v->paid.layer[i] - before->paid.layer[i];
  const double uncovered = v->paid.uncovered - before->paid.uncovered;
  const double surplus = v->paid.surplus - before->paid.surplus;
  const double netted = v->paid.netted - before->paid.netted;
  assert_true(uncovered >= 0.0 && surplus >= 0.0);
  const double tolerance = 1e-9 * (lost + before->pending + mark * (record[0].quantity + record[1].quantity) +
                                   v->paid.surplus) + 1e-12 * scale + 1e-14 * ever;
  assert_near(spent + uncovered + v->state->pending - surplus, lost + before->pending, tolerance);
  assert_near(layers + netted, spent, tolerance);
  const double outside = v->paid.cash[HC_PAYER_OUTSIDE] - before->paid.cash[HC_PAYER_OUTSIDE];
  assert_near(wealth(&v->pots, &v->crowd, mark) - outside - uncovered - v->state->pending,
              wealth(&before->pots, &before->crowd, mark) + inflow - lost - before->pending,
              1e-9 * scale + 1e-14 * ever);
  double classes = 0.0, kinds = 0.0;
  for (size_t i = 0; i < v->pots.classes; i++) classes += v->paid.lp_class[i];
  kinds = v->paid.cash[HC_PAYER_LP] + v->paid.cash[HC_PAYER_MEMBER] + v->paid.cash[HC_PAYER_STAKER];
  assert_near(classes, kinds, 1e-9 * (1.0 + kinds));
  assert_near(v->paid.lp_profit + v->paid.lp_deposit, v->paid.cash[HC_PAYER_LP],
              1e-9 * (1.0 + v->paid.cash[HC_PAYER_LP]));
  assert_near(v->crowd.charged - before->crowd.charged,
              v->paid.cash[HC_PAYER_TRADER] - before->paid.cash[HC_PAYER_TRADER], 1e-9 * scale);
}

static void check_nobody_is_bankrupted(const struct venue *v, const struct books *before, bool index,
                                       double scale) {
  const double mark = v->settlement.mark, rounding = -1e-10 * scale;
  for (size_t i = 0; i < v->pots.funds; i++) assert_true(v->pots.fund[i] >= rounding);
  for (size_t i = 0; i < v->pots.classes; i++) {
    assert_true(v->pots.deposit[i] >= rounding && v->pots.deposit[i] <= before->pots.deposit[i]);
    assert_true(v->pots.profit[i] >= fmin(0.0, before->pots.profit[i]) + rounding);
    assert_true(v->pots.profit[i] <= before->pots.profit[i]);
  }
  for (size_t i = 0; i < v->crowd.count; i++) {
    const struct hc_trader *was = &before->crowd.trader[i], *is = &v->crowd.trader[i];
    const double had = array_equity(was, mark), has = array_equity(is, mark);
    assert_true(is->quantity >= 0.0);
    if (!(had > 0.0)) assert_memory_equal(was, is, sizeof *was);
    else if (!index) assert_true(has >= rounding);
  }
}

static void check_units(const struct venue *v, const struct books *before, const struct taken_log *log,
                        const struct hc_record record[2]) {
  const struct array_crowd *now = &v->crowd, *was = &before->crowd;
  for (int side = 0; side < 2; side++) {
    const int other = 1 - side;
    const double moved = now->closed[other] - was->closed[other] + now->rest_closed[other] -
                         was->rest_closed[other] + now->added[side] - was->added[side] + log->taken[side];
    const double released = v->settlement.released[side];
    assert_near(moved + released, record[side].quantity, 1e-9 * record[side].quantity);
    assert_near(log->released[side], released, 1e-9 * record[side].quantity);
    assert_true(released >= 0.0 && now->rest[side] >= -1e-9);
    assert_true(v->settlement.record[side].shortfall == 0.0 && v->settlement.record[side].quantity == 0.0);
  }
  const double stock = v->pots.stock[HC_STOCK_LP].quantity + v->pots.stock[HC_STOCK_TAKER].quantity - before->pots.stock[HC_STOCK_LP].quantity -
                       before->pots.stock[HC_STOCK_TAKER].quantity;
  assert_near(stock, log->taken[0] - log->taken[1], 1e-9 * (record[0].quantity + record[1].quantity) +
              1e-12 * (fabs(v->pots.stock[HC_STOCK_LP].quantity) + fabs(v->pots.stock[HC_STOCK_TAKER].quantity)));
}

static void check_caps(const struct venue *v) {
  double pending = 0.0;
  for (size_t i = 0; i < v->waterfall.count; i++) {
    const struct hc_layer *layer = &v->waterfall.layers[i];
    const struct hc_layer_state *state = &v->state->layer[i];
    assert_true(state->pending >= -1e-9);
    pending += state->pending;
    if (layer->has_cap && layer->cap.per == HC_PER_PATH && layer->cap.amount.of == HC_OF_NOTHING)
      assert_true(state->used <= layer->cap.amount.value * (1.0 + 1e-9));
  }
  assert_near(v->state->pending, pending, 1e-9 * (1.0 + pending));
  if (v->waterfall.defers) assert_true(v->state->pending_max >= v->state->pending);
}

static void settle_and_check(struct venue *v, const struct script *script, int64_t step) {
  struct books before;
  struct hc_settlement *s = &v->settlement;
  s->mark = 100.0 * exp(0.2 * (chance() - 0.5));
  s->previous_mark = s->mark * exp(0.1 * (chance() - 0.5));
  s->oracle = s->mark * exp(0.02 * (chance() - 0.5));
  if (v->waterfall.needs_crowd) fill_crowd(&v->crowd, s->mark);
  const size_t sides = pick(4);
  const struct hc_record record[2] = {
    sides == 1 ? NONE : any_record(0, s->mark, script->positions),
    sides == 0 || sides == 3 ? NONE : any_record(1, s->mark, script->positions)};
  const double inflow = pick(3) ? 0.0 : 150.0 * chance();
  struct taken_log log = {.base = {log_add}, .waterfall = &v->waterfall};
  s->log = &log.base;
  keep(v, &before);
  const double scale = gross(v, record) + inflow;
  settle(v, step, inflow, record[0], record[1]);
  check_money(v, &before, inflow, record, scale);
  check_nobody_is_bankrupted(v, &before, script->index, scale);
  check_units(v, &before, &log, record);
  check_caps(v);
  const double rounding = 1e-9 * scale + 1e-14 * (v->paid.uncovered + v->paid.surplus);
  assert_near(log.uncovered, v->paid.uncovered - before.paid.uncovered, rounding);
  assert_near(log.surplus, v->paid.surplus - before.paid.surplus, rounding);
  s->log = NULL;
}

/* Without a loss, and with nothing due, nothing moves. */
static void settle_nothing(struct venue *v, int64_t step) {
  struct books before;
  if (step >= hc_state_next_due(&v->waterfall, v->state)) return;
  keep(v, &before);
  settle(v, step, 0.0, NONE, NONE);
  assert_memory_equal(&v->pots, &before.pots, sizeof before.pots);
  assert_memory_equal(&v->paid, &before.paid, sizeof before.paid);
  assert_memory_equal(v->crowd.trader, before.crowd.trader, sizeof before.crowd.trader);
  assert_int_equal(v->crowd.trades, before.crowd.trades);
}

enum { WATERFALLS = FEWER(4000), PATHS = 4, SETTLEMENTS = 8 };

static void test_money_and_positions_balance_for_every_waterfall(void **state) {
  (void)state;
  size_t cases = 0;
  for (int trial = 0; trial < WATERFALLS; trial++) {
    struct script script = {.switching = trial % 2 == 0, .deferring = trial % 3 == 0,
                            .positions = trial % 4 != 3, .fund_caps = true};
    struct venue v;
    write_waterfall(&script, pick(7));
    open_venue(&v, script.text);
    for (int path = 0; path < PATHS; path++) {
      int64_t step = 0;
      restart(&v, 100.0);
      v.settlement.path = (uint64_t)path;
      for (int n = 0; n < SETTLEMENTS; n++, cases++) {
        step += 1 + (int64_t)pick(6);
        if (n == SETTLEMENTS - 1 || step > 40) step = 40;
        settle_and_check(&v, &script, step);
        if (step == 40) break;
        if (pick(4) == 0) settle_nothing(&v, ++step);
      }
    }
    close_venue(&v);
  }
  assert_true(cases >= FEWER(100000));
}

/* ---- who is called what ---------------------------------------------------------------------------------- */

/* The accounts of one crowd in another order, under other numbers. */
static void shuffle(const struct array_crowd *from, struct array_crowd *to, size_t *place) {
  array_crowd_clear(to);
  to->count = from->count;
  to->rest[0] = from->rest[0];
  to->rest[1] = from->rest[1];
  for (size_t i = 0; i < from->count; i++) place[i] = i;
  for (size_t i = from->count; i > 1; i--) {
    const size_t j = pick(i), swap = place[j];
    place[j] = place[i - 1];
    place[i - 1] = swap;
  }
  for (size_t i = 0; i < from->count; i++) {
    to->trader[place[i]] = from->trader[i];
    to->trader[place[i]].account = (uint32_t)(place[i] * 3 + 1);
  }
}

static void test_numbers_of_accounts_do_not_matter(void **state) {
  (void)state;
  size_t checked = 0;
  for (int trial = 0; checked < 20000; trial++) {
    struct script script = {.switching = trial % 2 == 0, .positions = true, .fund_caps = true};
    struct venue v, w;
    write_waterfall(&script, 1 + pick(5));
    if (script.by_account || script.account_layers == 0 || (script.limits && script.account_layers > 1) ||
        (script.levelled && script.account_layers > 1))
      continue;
    open_venue(&v, script.text);
    open_venue(&w, script.text);
    for (int path = 0; path < 40; path++, checked++) {
      size_t place[ARRAY_CROWD_MAX];
      const struct hc_record longs = any_record(0, 100, true), shorts = any_record(1, 100, true);
      restart(&v, 100.0);
      restart(&w, 100.0);
      fill_crowd(&v.crowd, 100.0);
      shuffle(&v.crowd, &w.crowd, place);
      const double tolerance = 1e-8 * gross(&v, (const struct hc_record[2]){longs, shorts});
      settle(&v, 1, 0.0, longs, shorts);
      settle(&w, 1, 0.0, longs, shorts);
      for (int p = 0; p < HC_PAYERS; p++) {
        assert_near(w.paid.cash[p], v.paid.cash[p], tolerance);
        assert_near(w.paid.charge[p], v.paid.charge[p], tolerance);
      }
      for (size_t i = 0; i < v.crowd.count; i++) {
        const struct hc_trader *a = &v.crowd.trader[i], *b = &w.crowd.trader[place[i]];
        if (fabs(a->quantity - b->quantity) * 100.0 > tolerance)
          fail_msg("%s\naccount %zu has %.17g or %.17g units", script.text, i, a->quantity, b->quantity);
        if (fabs(b->collateral - a->collateral) > tolerance)
          fail_msg("%s\naccount %zu has %.17g or %.17g USD", script.text, i, a->collateral, b->collateral);
      }
    }
    close_venue(&v);
    close_venue(&w);
  }
}

/* ---- a fund before all others -------------------------------------------------------------------------------- */

static void test_what_passes_the_fund_is_reflection(void **state) {
  (void)state;
  struct venue v;
  open_venue(&v, "insurance_fund: {initial: 500}\nliquidity_providers: [{name: a, deposits: 2k, profit: 100}]\n"
             "waterfall: [{verb: fund}, {verb: assess, base: equity}]");
  assert_true(v.waterfall.plain);
  for (int path = 0; path < 400; path++) {
    double balance = 0.0, worst = 0.0;
    restart(&v, 100.0);
    for (int64_t step = 1; step <= 60; step++) {
      const double inflow = pick(2) ? 120.0 * chance() : 0.0, deficit = pick(2) ? 120.0 * chance() : 0.0;
      lose(&v, step, inflow, deficit);
      balance += deficit - inflow;
      worst = fmax(worst, balance);
      assert_near(v.paid.cash[HC_PAYER_LP] + v.paid.uncovered, fmax(0.0, worst - 500.0), 1e-9);
      assert_near(v.pots.fund[0], 500.0 - balance + fmax(0.0, worst - 500.0), 1e-9);
    }
  }
  close_venue(&v);
}

/* What providers lose with a fund of such an amount in place of its own. */
static double loss_with(struct venue *v, const struct array_crowd *crowd, double fund,
                        struct hc_record longs, struct hc_record shorts) {
  restart(v, 100.0);
  const struct hc_crowd base = v->crowd.base;
  v->crowd = *crowd;
  v->crowd.base = base;
  v->pots.fund[0] = fund;
  settle(v, 1, 0.0, longs, shorts);
  return v->paid.cash[HC_PAYER_LP];
}

static void test_a_larger_fund_never_costs_providers_more_at_one_loss(void **state) {
  (void)state;
  for (int trial = 0; trial < 1500; trial++) {
    struct script script = {0};
    struct venue v;
    write_waterfall(&script, 1 + pick(6));
    open_venue(&v, script.text);
    for (int path = 0; path < 10; path++) {
      struct array_crowd crowd = v.crowd;
      const struct hc_record longs = any_record(0, 100, false), shorts = any_record(1, 100, false);
      fill_crowd(&crowd, 100.0);
      const double fund = 400.0 * chance(), more = fund + 200.0 * chance();
      const double poor = loss_with(&v, &crowd, fund, longs, shorts);
      const double rich = loss_with(&v, &crowd, more, longs, shorts);
      if (rich > poor + 1e-9 * (1.0 + longs.shortfall + shorts.shortfall))
        fail_msg("providers lose %.17g with a fund of %.17g, %.17g with %.17g\n%s", poor, fund, rich, more,
                 script.text);
    }
    close_venue(&v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_money_and_positions_balance_for_every_waterfall),
    cmocka_unit_test(test_numbers_of_accounts_do_not_matter),
    cmocka_unit_test(test_what_passes_the_fund_is_reflection),
    cmocka_unit_test(test_a_larger_fund_never_costs_providers_more_at_one_loss),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
