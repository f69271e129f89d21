/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path reports, and that nothing is lost on it. */
#include <math.h>
#include <string.h>

#include "haircut/random.h"
#include "path/ledger.h"
#include "path/payments.h"
#include "path/system.h"

/* Equity at `mark` of all accounts that still have a position, and of the venue's own, USD. */
static double alive(const struct hc_system *system, double mark) {
  const struct hc_scenario_book *book = system->book;
  if (system->crowd) return hc_path_crowd_equity(system->crowd, mark);
  double sum = 0.0;
  for (int i = 0; i < 2; i++) {
    const struct hc_side *side = &book->side[i];
    const struct hc_sums sums =
      system->cursor[i] ? hc_side_sums(side, system->cursor[i], side->count) : book->sums[i];
    sum += side->sign * (mark * sums.quantity - sums.value);
  }
  return sum;
}

/* What pools cannot pay traders, USD. */
static double owed(const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++) sum += pots->owed[i];
  return sum;
}

/* Wealth of all parties at the end less that at the start, less what nobody paid: 0. */
static double money_residual(const struct hc_system *system, double mark) {
  const struct hc_scenario_book *book = system->book;
  const struct hc_pots *pots = &system->pots;
  /* The other side starts opposite to the accounts' net position, at their entries; what classes have
   * won or lost of it is in their balances. */
  const struct hc_system first = {.book = book};
  const double start = hc_system_other_worth(&first, system->scenario->price.initial);
  const double worth = hc_system_other_worth(system, mark);
  const double rest = worth - system->scenario->waterfall.pooled * (worth - start) - owed(pots);
  const double taken = (pots->stock[HC_STOCK_LP].quantity + pots->stock[HC_STOCK_TAKER].quantity) * mark -
                       (pots->stock[HC_STOCK_LP].cost + pots->stock[HC_STOCK_TAKER].cost);
  const double end = alive(system, mark) + rest + taken + system->trader + system->liquidator +
                     hc_pots_balance(pots) + system->state->treasury + system->state->withdrawn -
                     system->state->fees -
                     system->paid.cash[HC_PAYER_OUTSIDE] - system->paid.uncovered -
                     system->state->pending - pots->fund_gain;
  return end - (book->collateral + hc_pots_balance(&system->scenario->waterfall.start));
}

/* Bad debt less all that was paid, charged, left uncovered or is pending: 0. */
static double accounting_residual(const struct hc_system *system) {
  const struct hc_payments *paid = &system->paid;
  const double left = paid->uncovered + system->state->pending - paid->surplus;
  double payers = left, layers = left + paid->netted;
  for (int i = 0; i < HC_PAYERS; i++) payers += paid->cash[i] + paid->charge[i];
  for (size_t i = 0; i < system->scenario->waterfall.count; i++) layers += paid->layer[i];
  const double by_payer = system->bad_debt - payers, by_layer = system->bad_debt - layers;
  return fabs(by_layer) <= fabs(by_payer) ? by_payer : by_layer;
}

static void finish_waterfall(const struct hc_system *system, double mark_end,
                             struct hc_outcome *outcome) {
  const struct hc_scenario *scenario = system->scenario;
  const struct hc_payments *paid = &system->paid;
  const struct hc_inventory *stock = &system->pots.stock[HC_STOCK_LP];
  const double inventory = stock->quantity * mark_end - stock->cost;
  const double cash = paid->cash[HC_PAYER_LP], trading = system->pots.trading;
  const double social = cash + (inventory < 0.0 ? -inventory : 0.0), loss = social - trading;
  outcome->lp_inventory = inventory;
  outcome->taker_inventory = system->pots.stock[HC_STOCK_TAKER].quantity * mark_end -
                             system->pots.stock[HC_STOCK_TAKER].cost;
  outcome->lp_trading = trading;
  outcome->payout_owed = owed(&system->pots);
  outcome->lp_loss = loss > 0.0 ? loss : 0.0;
  outcome->lp_loss_share = scenario->waterfall.deposits > 0.0
                             ? outcome->lp_loss / scenario->waterfall.deposits : (double)NAN;
  outcome->lp_net = system->lp_income + system->state->lp_beyond + system->state->lp_repaid - cash +
                    inventory + trading;
  outcome->lp_repaid = system->state->lp_repaid;
  outcome->treasury = system->state->treasury;
  outcome->insurance_paid = paid->cash[HC_PAYER_FUND];
  outcome->uncovered = paid->uncovered;
  outcome->lp_profit_paid = paid->lp_profit;
  outcome->lp_deposit_paid = paid->lp_deposit;
  outcome->trader_paid = paid->cash[HC_PAYER_TRADER];
  outcome->trader_forgone = paid->charge[HC_PAYER_TRADER];
  outcome->member_paid = paid->cash[HC_PAYER_MEMBER];
  outcome->staker_paid = paid->cash[HC_PAYER_STAKER];
  outcome->outside_paid = paid->cash[HC_PAYER_OUTSIDE];
  outcome->taker_charge = paid->charge[HC_PAYER_TAKER];
  outcome->rest_charge = paid->charge[HC_PAYER_REST];
  outcome->surplus = paid->surplus;
  outcome->adl_notional = paid->adl_notional;
  outcome->adl_accounts = paid->adl_accounts;
  outcome->social_loss = social + outcome->trader_paid +
                         (outcome->trader_forgone > 0.0 ? outcome->trader_forgone : 0.0) +
                         outcome->member_paid + outcome->staker_paid;
  outcome->pending_end = system->state->pending;
  outcome->pending_max = system->state->pending_max;
  outcome->first_social_step = system->first_social_step;
  outcome->halt_step = system->halt_step;
  const double lacking = scenario->waterfall.hurdle - outcome->lp_net;
  outcome->hurdle_shortfall = lacking > 0.0 ? lacking : 0.0;
  outcome->lp_withdrawn = system->state->lp_withdrawn;
  outcome->leaver_loss_share = hc_leaver_loss(system->state);
  outcome->stayer_loss_share =
    hc_stayer_loss(&scenario->waterfall, system->state, &system->pots, inventory);
}

/* Who is charged how much of what accounts pay; nobody looks at that of the counterfactual. */
static void finish_payments(const struct hc_system *system, struct hc_outcome *outcome) {
  struct hc_path_crowd *crowd = system->crowd;
  outcome->payers = 0;
  outcome->payment_gini = outcome->payment_top10 = outcome->haircut_max = (double)NAN;
  if (!crowd || system->impact != &system->scenario->impact) return;
  hc_path_crowd_payments(crowd);
  if (crowd->payers == 0) return;
  outcome->payers = (int64_t)crowd->payers;
  outcome->payment_gini = hc_payments_gini(crowd->payments, crowd->payers);
  outcome->payment_top10 = hc_payments_top(crowd->payments, crowd->payers, 10);
  outcome->haircut_max = crowd->haircut_max;
}

void hc_system_finish(struct hc_system *system, int64_t last, double line, double displacement,
                      struct hc_outcome *outcome, double *lp_class) {
  const struct hc_scenario *scenario = system->scenario;
  const struct hc_waterfall *w = &scenario->waterfall;
  if (w->flees) hc_system_pass_time(system, last);
  if (system->halt_step < 0 && (w->fees_to_fund > 0.0 || w->fees_to_lps > 0.0)) {
    system->step = last;
    struct hc_settlement settlement = hc_system_settlement(system, (double)NAN);
    struct hc_path_log log;
    if (system->ledger) settlement.log = hc_path_log(&log, system);
    hc_system_book_fees(system, &settlement);
    if (system->keep) hc_snapshot_keep(system);
  }
  const double log_end = line + (system->drift.offset + displacement);
  const double mark_end = hc_exp(log_end);
  const double initial = scenario->price.initial;
  hc_system_revalue(system, mark_end);
  finish_waterfall(system, mark_end, outcome);
  finish_payments(system, outcome);
  outcome->bad_debt = system->bad_debt;
  outcome->fund_end = system->pots.fund[0];
  outcome->fund_gain = system->pots.fund_gain;
  outcome->fund_min = system->fund_min;
  outcome->fund_required = scenario->reflects ? system->required : (double)NAN;
  outcome->backstop_notional = system->backstop_notional;
  outcome->backstop_accounts = system->backstop_accounts;
  outcome->open_deficit = system->crowd ? hc_path_crowd_deficit(system->crowd, mark_end) : 0.0;
  outcome->liquidated_notional = system->notional;
  outcome->liquidations = system->liquidations;
  outcome->cascade_rounds = system->rounds_max;
  outcome->displacement_max = system->displacement_max;
  outcome->first_loss_step = system->first_loss_step;
  const double low = system->log_low < log_end ? hc_exp(system->log_low) : mark_end;
  outcome->mark_low = low < initial ? low : initial;
  outcome->mark_end = mark_end;
  outcome->weight = 1.0;
  outcome->accounting_residual = accounting_residual(system);
  const bool moved = system->events || w->pooled > 0.0 || system->pots.fund_gain != 0.0 ||
                     system->state->fees > 0.0 || system->state->withdrawn > 0.0;
  outcome->money_residual = moved ? money_residual(system, mark_end) : 0.0;
  if (lp_class)
    memcpy(lp_class, system->paid.lp_class, scenario->waterfall.classes * sizeof *lp_class);
}
