/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms get their values from the state of a settlement. */
#include <math.h>

#include "waterfall/evaluate.h"

static double peak_of(const struct hc_settlement *settlement, int fund, double window, double now) {
  const struct hc_waterfall *w = settlement->waterfall;
  for (size_t i = 0; i < w->peaks; i++) {
    if (w->peak[i].fund != fund || w->peak[i].window != window) continue;
    const double peak = hc_peak_get(&settlement->state->peak[i], settlement->step);
    return peak > now ? peak : now;
  }
  return now;
}

double hc_amount_value(const struct hc_amount *amount, const struct hc_settlement *settlement) {
  const struct hc_waterfall *w = settlement->waterfall;
  const struct hc_pots *pots = settlement->pots;
  double of = 1.0;
  if (amount->of == HC_OF_FUND) {
    const double now = pots->fund[amount->fund];
    of = amount->when == HC_WHEN_NOW     ? now
         : amount->when == HC_WHEN_START ? w->start.fund[amount->fund]
                                         : peak_of(settlement, amount->fund, amount->window, now);
  } else if (amount->of == HC_OF_LP) {
    of = amount->when == HC_WHEN_START ? w->lp_equity : hc_pots_lp_equity(w, pots);
  }
  return amount->value * of;
}

/* A fall from a peak as a share of `whole`. */
static double fall(double peak, double now, double whole) {
  return whole > 0.0 ? (peak - now) / whole : 0.0;
}

static double metric(const struct hc_comparison_term *term, const struct hc_settlement *settlement) {
  const struct hc_pots *pots = settlement->pots;
  const double balance = pots->fund[term->fund];
  switch (term->metric) {
    case HC_METRIC_BALANCE: return balance;
    case HC_METRIC_DRAWDOWN: {
      const double peak = peak_of(settlement, term->fund, term->window, balance);
      return fall(peak, balance, peak);
    }
    case HC_METRIC_PNL_DRAWDOWN: {
      const double pnl = settlement->state->pnl;
      return fall(peak_of(settlement, -1, term->window, pnl), pnl,
                  peak_of(settlement, 0, term->window, pots->fund[0]));
    }
    case HC_METRIC_UNFILLED:
      return (settlement->record[0].quantity + settlement->record[1].quantity) * settlement->mark;
    case HC_METRIC_SHORTFALL:
      return settlement->record[0].shortfall + settlement->record[1].shortfall;
    case HC_METRIC_LOSS_TO_EQUITY: {
      const double equity = settlement->waterfall->lp_equity;
      return equity > 0.0 ? settlement->paid->cash[HC_PAYER_LP] / equity : 0.0;
    }
  }
  return (double)NAN;
}

static bool holds(const struct hc_condition *condition, const struct hc_settlement *settlement) {
  for (size_t i = 0; i < condition->count; i++) {
    const struct hc_comparison_term *term = &condition->term[i];
    const double left = metric(term, settlement), right = hc_amount_value(&term->value, settlement);
    const bool is = term->comparison == HC_LESS         ? left < right
                    : term->comparison == HC_LESS_EQUAL ? left <= right
                    : term->comparison == HC_GREATER    ? left > right
                                                        : left >= right;
    if (!is) return false;
  }
  return true;
}

bool hc_condition_switch(const struct hc_condition *when, const struct hc_condition *until,
                         const struct hc_settlement *settlement, bool *on) {
  if (when->count == 0) return *on = true;
  *on = *on && until->count ? !holds(until, settlement) : holds(when, settlement);
  return *on;
}

double hc_cap_room(const struct hc_layer *layer, struct hc_settlement *settlement) {
  if (!layer->has_cap) return HUGE_VAL;
  struct hc_layer_state *state = &settlement->state->layer[layer->index];
  double used = state->used_at == settlement->state->settlements ? state->used_now : 0.0;
  if (layer->cap.per == HC_PER_PATH) used = state->used;
  else if (layer->cap.per == HC_PER_WINDOW)
    used = hc_spent_get(&state->spent, settlement->step,
                        layer->cap.window / settlement->waterfall->step);
  const double most = hc_amount_value(&layer->cap.amount, settlement), room = most - used;
  return room > HC_NOTHING * most ? room : 0.0;
}

double hc_payer_share(const struct hc_layer *layer) {
  if (!layer->payer_cap) return 1.0;
  return layer->cap.amount.value < 1.0 ? layer->cap.amount.value : 1.0;
}

double hc_exec_price_at(const struct hc_exec_price *price, const struct hc_price_basis *basis) {
  double p = basis->mark;
  switch (price->kind) {
    case HC_PRICE_BANKRUPTCY: p = basis->bankruptcy; break;
    case HC_PRICE_MARK: break;
    case HC_PRICE_PREVIOUS_MARK: p = basis->previous_mark; break;
    case HC_PRICE_ORACLE: p = basis->oracle; break;
    case HC_PRICE_RESIDUAL: p = basis->mark + basis->sign * basis->missing; break;
    case HC_PRICE_BLEND:
      p = price->parameter * basis->bankruptcy + (1.0 - price->parameter) * basis->mark;
      break;
    case HC_PRICE_FIXED: p = price->parameter; break;
  }
  return p * (1.0 - basis->sign * price->concession);
}

double hc_layer_price(const struct hc_layer *layer, const struct hc_settlement *settlement,
                      int side) {
  const struct hc_record *record = &settlement->record[side];
  const struct hc_price_basis basis = {
    .sign = side == 0 ? 1.0 : -1.0, .mark = settlement->mark, .previous_mark = settlement->previous_mark,
    .oracle = settlement->oracle, .bankruptcy = record->bankruptcy,
    .missing = record->shortfall / record->quantity};
  const double price = hc_exec_price_at(&layer->price, &basis), mark = basis.mark, bp = basis.bankruptcy;
  if (layer->bound == HC_BOUND_NONE) return price;
  const double low = bp < mark ? bp : mark, high = bp < mark ? mark : bp;
  return price < low ? low : price > high ? high : price;
}
