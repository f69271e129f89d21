/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/system.h"

#include <math.h>
#include <string.h>

#include "path/ledger.h"
#include "haircut/random.h"
#include "random/scalar.h"

#define LOG_100 4.6051701859880914

void hc_system_start(struct hc_system *system, const struct hc_scenario *scenario, size_t book,
                     uint64_t path, bool with_impact) {
  struct hc_snapshot *snapshots = system->snapshots;
  const size_t capacity = system->snapshot_capacity;
  struct hc_ledger *ledger = system->ledger;
  const bool keep = system->keep;
  *system = (struct hc_system){
    .scenario = scenario,
    .book = &scenario->book[book],
    .impact = with_impact ? &scenario->impact : &scenario->impact_none,
    .pass_through = scenario->pass_through,
    .pots = scenario->pots,
    .fund_min = scenario->fund,
    .log_low = HUGE_VAL,
    .first_loss_step = -1,
    .path = path,
    .ledger = ledger,
    .snapshots = snapshots,
    .snapshot_capacity = capacity,
    .keep = keep,
  };
}

/* e^x; a short series where x is as small as an order's slippage usually is. */
static double exp_small(double x) {
  if (!(x < 0.01 && x > -0.01)) return hc_exp(x);
  return 1.0 + x * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 +
                    x * (1.0 / 720.0 + x * (1.0 / 5040.0)))))));
}

/* In a large book a look waits for memory. While a first look at a side or an order is worked
 * on, this fetches what the look after the next will read, as guessed from the grid. */
static inline void prefetch_ahead(const struct hc_system *system, int side_index, double line) {
  const struct hc_side *side = &system->book->side[side_index];
  if (!hc_side_is_large(side)) return;
  const double sign = side->sign, anchor = line + system->drift.offset;
  const double next = sign * (anchor + system->drift.displacement);
  const double order = hc_side_estimate(side, next) - system->closed_quantity[side_index];
  if (!(order > 0.0)) return;
  const double after = hc_impact(system->impact, system->drift.volume + sign * order * system->mark);
  hc_side_prefetch(side, sign * (anchor - system->pass_through * after));
}

/* One forced order of a side: positions [from, to) at one fill. */
static hc_status execute(struct hc_system *system, int side_index, int64_t from, int64_t to,
                         double line, struct hc_error *error) {
  const struct hc_scenario *scenario = system->scenario;
  const struct hc_impact *impact = system->impact;
  const struct hc_side *side = &system->book->side[side_index];
  const double sign = side->sign;
  const double log_before = line + (system->drift.offset + system->displacement);
  const double mark = system->mark;
  const struct hc_sums sums = hc_side_sums(side, from, to);
  const double quantity = sums.quantity;
  const double order = quantity * mark; /* Q, USD */
  const double signed_order = sign * order;
  const double after = hc_impact(impact, system->drift.volume + signed_order);
  const double excess = impact->law->excess(impact, system->drift.volume, signed_order,
                                            -system->displacement, after);
  const double permanent = impact->permanent * signed_order;
  const double fill =
    mark * exp_small(-excess - 0.5 * permanent) * (1.0 - sign * impact->half_spread);

  system->closed_quantity[side_index] += quantity;
  system->drift.volume += signed_order;
  system->drift.offset -= permanent;
  system->displacement = -after;
  system->drift.displacement = system->pass_through * system->displacement;
  const double log_after = line + (system->drift.offset + system->displacement);
  system->mark = mark * exp_small(log_after - log_before);
  prefetch_ahead(system, side_index, line);

  struct hc_closing closing = {0};
  hc_side_close(side, from, to, &sums, fill, scenario->fee, &closing);
  const double to_fund = closing.fee * scenario->fee_to_fund;
  const double to_lps = closing.fee * scenario->fee_to_lps;
  const double kept = scenario->margin_to_fund ? closing.remainder : 0.0;
  system->step_inflow += to_fund + kept;
  system->step_to_lps += to_lps;
  system->step_bad_debt += closing.bad_debt;
  system->liquidator += closing.fee - to_fund - to_lps;
  system->trader += closing.remainder - kept;
  system->rest_quantity += sign * quantity;
  system->rest_cash -= sign * quantity * fill;
  system->notional += order;
  system->liquidations += to - from;
  const double moved = fabs(system->drift.offset + system->displacement);
  if (moved > system->displacement_max) system->displacement_max = moved;
  if (log_before < system->log_low) system->log_low = log_before;
  if (log_after < system->log_low) system->log_low = log_after;
  if (system->ledger) hc_ledger_order(system, side, from, to, quantity, order, log_before, log_after,
                                      line, fill, &closing, to_fund + kept);
  if (!(fabs(log_after - system->step_log_mark) <= LOG_100))
    return hc_fail(error, HC_MODEL,
                   "path %llu: the cascade of step %lld takes the mark from %.6g to %.6g, beyond a "
                   "hundredfold of where the step began; impact is too large for the book (raise "
                   "depth or daily_volume, or lower open_interest)",
                   (unsigned long long)system->path, (long long)system->step,
                   hc_exp(system->step_log_mark), log_after < 600.0 ? hc_exp(log_after) : HUGE_VAL);
  return HC_OK;
}

static hc_status execute_side(struct hc_system *system, int side_index, int64_t to, double line,
                              struct hc_error *error) {
  const int64_t from = system->cursor[side_index];
  if (to == from) return HC_OK;
  system->cursor[side_index] = to;
  if (!system->scenario->fifo) return execute(system, side_index, from, to, line, error);
  for (int64_t i = from; i < to; i++) {
    const hc_status status = execute(system, side_index, i, i + 1, line, error);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

/* Rounds until a look finds nothing. */
static hc_status cascade(struct hc_system *system, double line, struct hc_error *error) {
  const struct hc_side *side = system->book->side;
  for (system->round = 0;;) {
    const double y = line + (system->drift.offset + system->drift.displacement);
    const int64_t longs = hc_side_triggered(&side[0], system->cursor[0], y);
    const int64_t shorts = hc_side_triggered(&side[1], system->cursor[1], -y);
    if (longs == system->cursor[0] && shorts == system->cursor[1]) return HC_OK;
    system->round++;
    hc_status status = execute_side(system, 0, longs, line, error);
    if (status == HC_OK) status = execute_side(system, 1, shorts, line, error);
    if (status != HC_OK) return status;
  }
}

/* The step's inflow, then one draw. */
static hc_status settle(struct hc_system *system, struct hc_error *error) {
  const struct hc_scenario *scenario = system->scenario;
  struct hc_pots *pots = &system->pots;
  pots->fund += system->step_inflow;
  system->inflow += system->step_inflow;
  if (system->step_to_lps > 0.0) {
    double share[HC_MAX_CLASSES];
    for (size_t i = 0; i < pots->classes; i++) {
      share[i] = system->step_to_lps * (scenario->pots.deposit[i] / scenario->deposits);
      pots->profit[i] += share[i];
    }
    system->lp_income += system->step_to_lps;
  }
  const double bad_debt = system->step_bad_debt;
  struct hc_payments before;
  if (system->ledger) before = system->paid;
  if (bad_debt > 0.0) {
    system->bad_debt += bad_debt;
    const double lps = system->paid.lp_profit + system->paid.lp_deposit;
    const hc_status status =
      hc_waterfall_pay(&scenario->waterfall, pots, bad_debt, &system->paid);
    if (status != HC_OK)
      return hc_fail(error, status, "path %llu, step %lld: a waterfall layer did not pay what it "
                     "was asked", (unsigned long long)system->path, (long long)system->step);
    if (system->first_loss_step < 0 && system->paid.lp_profit + system->paid.lp_deposit > lps)
      system->first_loss_step = system->step;
  }
  if (pots->fund < system->fund_min) system->fund_min = pots->fund;
  const double required = system->bad_debt - system->inflow;
  if (required > system->required) system->required = required;
  if (system->ledger) hc_ledger_settle(system, &before);
  if (system->keep) hc_snapshot_keep(system);
  return HC_OK;
}

hc_status hc_system_touch(struct hc_system *system, int64_t step, double line,
                          double displacement_now, struct hc_error *error) {
  const double margin = line + (system->drift.offset + system->pass_through * displacement_now);
  const int hit = hc_side_key(&system->book->side[0], system->cursor[0]) >= margin ? 0 : 1;
  const struct hc_side *side = &system->book->side[hit];
  if (hc_side_is_large(side)) hc_side_prefetch(side, side->sign * margin);
  /* Bring the closed form of the state up to this step. */
  const struct hc_drift before = system->drift;
  const double displacement_before = system->displacement;
  const double elapsed = (double)(step - system->drift.origin) * system->scenario->grid.step;
  if (system->drift.volume != 0.0 && !isinf(system->impact->half_life))
    system->drift.volume *= hc_exp2(-elapsed / system->impact->half_life);
  system->displacement = displacement_now;
  system->drift.displacement = system->pass_through * displacement_now;
  system->drift.origin = step;
  system->step = step;
  system->step_inflow = system->step_to_lps = system->step_bad_debt = 0.0;
  system->step_log_mark = line + (system->drift.offset + system->displacement);
  system->mark = hc_exp(system->step_log_mark);
  prefetch_ahead(system, hit, line);
  const hc_status status = cascade(system, line, error);
  if (status != HC_OK) return status;
  if (system->round == 0) { /* rounding at the edge of the box: nothing was there */
    system->drift = before;
    system->displacement = displacement_before;
    return HC_OK;
  }
  system->events++;
  system->rounds += (uint64_t)system->round;
  if (system->round > system->rounds_max) system->rounds_max = system->round;
  return settle(system, error);
}

/* Wealth of all parties at the end less that at the start, less what stayed uncovered: 0. */
static double money_residual(const struct hc_system *system, double mark) {
  const struct hc_scenario_book *book = system->book;
  double alive = 0.0;
  for (int i = 0; i < 2; i++) {
    const struct hc_side *side = &book->side[i];
    const struct hc_sums sums =
      system->cursor[i] ? hc_side_sums(side, system->cursor[i], side->count) : book->sums[i];
    alive += side->sign * (mark * sums.quantity - sums.value);
  }
  /* rest_of_market starts opposite to the accounts' net position, at their entries. */
  const double net = book->sums[0].quantity - book->sums[1].quantity;
  const double rest = (system->rest_quantity - net) * mark + (system->rest_cash + book->entry_cash);
  const struct hc_scenario *scenario = system->scenario;
  const double end = alive + rest + system->trader + system->liquidator + system->pots.fund +
                     hc_pots_lp_balance(&system->pots) - system->paid.uncovered;
  const double start = book->collateral + scenario->fund + hc_pots_lp_balance(&scenario->pots);
  return end - start;
}

void hc_system_finish(struct hc_system *system, double line, double displacement,
                      struct hc_outcome *outcome, double *lp_class) {
  const struct hc_scenario *scenario = system->scenario;
  const struct hc_payments *paid = &system->paid;
  const double log_end = line + (system->drift.offset + displacement);
  const double mark_end = hc_exp(log_end);
  const double initial = scenario->price.initial;
  outcome->lp_loss = paid->lp_profit + paid->lp_deposit;
  outcome->lp_loss_share =
    scenario->deposits > 0.0 ? outcome->lp_loss / scenario->deposits : (double)NAN;
  outcome->lp_net = system->lp_income - outcome->lp_loss;
  outcome->bad_debt = system->bad_debt;
  outcome->insurance_paid = paid->insurance;
  outcome->fund_end = system->pots.fund;
  outcome->fund_min = system->fund_min;
  outcome->fund_required = scenario->reflects ? system->required : (double)NAN;
  outcome->uncovered = paid->uncovered;
  outcome->liquidated_notional = system->notional;
  outcome->liquidations = system->liquidations;
  outcome->cascade_rounds = system->rounds_max;
  outcome->displacement_max = system->displacement_max;
  outcome->first_loss_step = system->first_loss_step;
  const double low = system->log_low < log_end ? hc_exp(system->log_low) : mark_end;
  outcome->mark_low = low < initial ? low : initial;
  outcome->mark_end = mark_end;
  outcome->weight = 1.0;
  outcome->lp_profit_paid = paid->lp_profit;
  outcome->lp_deposit_paid = paid->lp_deposit;
  double layers = 0.0;
  for (size_t i = 0; i < scenario->waterfall.count; i++) layers += paid->layer[i];
  outcome->accounting_residual = system->bad_debt - (paid->insurance + paid->lp_profit +
                                                     paid->lp_deposit + paid->uncovered);
  if (!(fabs(layers + paid->uncovered - system->bad_debt) <= fabs(outcome->accounting_residual)))
    outcome->accounting_residual = system->bad_debt - (layers + paid->uncovered);
  outcome->money_residual = system->events ? money_residual(system, mark_end) : 0.0;
  if (lp_class) memcpy(lp_class, paid->lp_class, scenario->pots.classes * sizeof *lp_class);
}
