/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/providers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "waterfall/compile.h"
#include "waterfall/evaluate.h"

static double positive(double value) { return value > 0.0 ? value : 0.0; }
static double worth(const struct hc_pots *pots, size_t i) {
  return positive(pots->deposit[i]) + positive(pots->profit[i]);
}

hc_status hc_compile_withdrawals(struct hc_waterfall *w, size_t index,
                                 const struct hc_withdrawals_config *config,
                                 struct hc_complaint *complaint) {
  struct hc_leaving *leaving = &w->leaving[index];
  char path[64];
  *leaving = (struct hc_leaving){
    .leaves = config->gate > 0.0 &&
              (config->at_rest > 0.0 || config->per_drawdown > 0.0 || config->per_depletion > 0.0),
    .sees_pending = config->sees == HC_SEES_PENDING, .epoch = config->epoch,
    .lock_up = config->lock_up, .at_rest = config->at_rest, .per_drawdown = config->per_drawdown,
    .per_depletion = config->per_depletion, .gate = config->gate};
  w->flees = w->flees || leaving->leaves;
  if (!leaving->leaves) return HC_OK;
  (void)snprintf(path, sizeof path, "liquidity_providers[%zu].withdrawals", index);
  hc_complain_at(complaint, path, "epoch");
  const double horizon = (double)w->steps * w->step;
  if (leaving->epoch > horizon * (1.0 + 1e-9))
    return hc_fail(&complaint->error, HC_INPUT, "longer than the horizon: nobody could ever leave");
  hc_complain_at(complaint, path, "lock_up");
  if (leaving->lock_up > horizon * (1.0 + 1e-9))
    return hc_fail(&complaint->error, HC_INPUT, "longer than the horizon: nobody could ever leave");
  return HC_OK;
}

/* First boundary of a class at or after `step`. */
static int64_t boundary(const struct hc_waterfall *w, size_t i, int64_t step) {
  const struct hc_leaving *leaving = &w->leaving[i];
  const int64_t free = hc_multiple(w, 1, leaving->lock_up);
  const int64_t at = hc_multiple(w, step > free ? step : free, leaving->epoch);
  return at <= w->steps ? at : INT64_MAX;
}

void hc_providers_start(const struct hc_waterfall *w, struct hc_waterfall_state *state) {
  state->fees_until = 0;
  state->fees = state->withdrawn = state->lp_withdrawn = state->lp_left = 0.0;
  if (!w->flees) return;
  for (size_t i = 0; i < w->classes; i++) {
    state->stayed[i] = 1.0;
    state->leave_next[i] = w->leaving[i].leaves ? boundary(w, i, 1) : INT64_MAX;
  }
}

/* ---- fees --------------------------------------------------------------------------------- */

struct hc_earned hc_fees_earned(const struct hc_waterfall *w, const struct hc_waterfall_state *state,
                                int64_t step) {
  const double steps = (double)(step - state->fees_until);
  return (struct hc_earned){w->fees_to_fund * steps, w->fees_to_lps * steps};
}

void hc_credit_lps(const struct hc_waterfall *w, struct hc_pots *pots, double amount) {
  for (size_t i = 0; i < w->classes; i++)
    if (w->fee_weight[i] > 0.0) pots->profit[i] += amount * (w->fee_weight[i] / w->fee_weights);
}

/* ---- withdrawals -------------------------------------------------------------------------- */

int64_t hc_withdrawal_next(const struct hc_waterfall *w, const struct hc_waterfall_state *state) {
  int64_t next = INT64_MAX;
  for (size_t i = 0; w->flees && i < w->classes; i++)
    if (state->leave_next[i] < next) next = state->leave_next[i];
  return next;
}

/* Share of their balances that those whom a deferred layer charges have pending with it. */
static double pending_share(const struct hc_layer *layer, const struct hc_settlement *s) {
  const double pending = s->state->layer[layer->index].pending;
  double balances = 0.0;
  if (!(pending > 0.0) || layer->accounts) return 0.0;
  for (size_t i = 0; i < s->pots->classes; i++)
    if (layer->classes >> i & 1) balances += worth(s->pots, i);
  return balances > 0.0 ? pending / balances : 0.0;
}

/* What a class knows of before anybody leaves at a step. */
struct knowledge {
  double pending;              /* g: share that pending losses are */
  double follows;              /* f: share that follows those who leave */
  double layer[HC_MAX_LAYERS]; /* f by layer, where it follows them */
};
static struct knowledge know(const struct hc_settlement *s, size_t class) {
  const struct hc_waterfall *w = s->waterfall;
  struct knowledge k = {0};
  for (size_t i = 0; w->defers && i < w->count; i++) {
    const struct hc_layer *layer = &w->layers[i];
    if (!(layer->classes >> class & 1) || layer->ops->position) continue;
    const double share = pending_share(layer, s);
    k.pending += share;
    if (layer->time.kind != HC_TIME_ON_WITHDRAWAL) continue;
    k.layer[i] = share;
    k.follows += share;
  }
  if (k.pending > 1.0) k.pending = 1.0;
  if (k.follows > 1.0) {
    for (size_t i = 0; i < w->count; i++) k.layer[i] /= k.follows;
    k.follows = 1.0;
  }
  return k;
}

static double leaving_share(const struct hc_settlement *s, size_t i, const struct knowledge *k) {
  const struct hc_waterfall *w = s->waterfall;
  const struct hc_leaving *leaving = &w->leaving[i];
  const double start = worth(&w->start, i) * s->state->stayed[i];
  const double fund_start = w->start.fund[0];
  double value = start > 0.0 ? worth(s->pots, i) / start : 1.0;
  if (leaving->sees_pending) value *= 1.0 - k->pending;
  const double depletion = fund_start > 0.0 ? positive(1.0 - s->pots->fund[0] / fund_start) : 0.0;
  const double share = leaving->at_rest + leaving->per_drawdown * positive(1.0 - value) +
                       leaving->per_depletion * depletion;
  const double most = leaving->gate < 1.0 ? leaving->gate : 1.0;
  return share < most ? share : most;
}

/* What leavers of a class bear of what is pending; `part` of it is out of profit. */
static double charge_leavers(struct hc_settlement *s, size_t class, const struct knowledge *k,
                             double value, double part) {
  const struct hc_waterfall *w = s->waterfall;
  double sum = 0.0;
  for (size_t i = 0; k->follows > 0.0 && i < w->count; i++) {
    const struct hc_layer *layer = &w->layers[i];
    if (!(k->layer[i] > 0.0)) continue;
    const double amount = hc_due_net(&s->state->layer[i], k->layer[i] * value);
    sum += amount;
    s->paid->lp_class[class] += amount;
    if (layer->payer == HC_PAYER_LP) {
      s->paid->lp_profit += part * amount;
      s->paid->lp_deposit += amount - part * amount;
    }
    hc_book_cash(layer, s, layer->payer, amount);
    hc_cap_use(layer, s, amount);
  }
  return sum;
}

static void leave(struct hc_settlement *s, size_t i, const struct knowledge *k) {
  struct hc_waterfall_state *state = s->state;
  struct hc_pots *pots = s->pots;
  const double share = leaving_share(s, i, k);
  const double deposit = share * positive(pots->deposit[i]);
  const double profit = share * positive(pots->profit[i]);
  const double value = deposit + profit;
  if (!(share > 0.0)) return;
  if (s->waterfall->class_kind[i] == HC_KIND_OF_LP)
    state->lp_left += worth(&s->waterfall->start, i) * state->stayed[i] * share;
  state->stayed[i] *= 1.0 - share;
  if (!(value > 0.0)) return;
  const double received = value - charge_leavers(s, i, k, value, profit / value);
  pots->deposit[i] -= deposit;
  pots->eaten[i] *= 1.0 - share;
  for (size_t l = 0; s->waterfall->shares_inflow && l < s->waterfall->count; l++) {
    struct hc_layer_state *layer = &state->layer[l]; /* who leaves gives up what would come back */
    layer->claims -= share * layer->claim[i];
    layer->claim[i] *= 1.0 - share;
  }
  pots->profit[i] -= profit;
  state->withdrawn += received;
  if (s->waterfall->class_kind[i] == HC_KIND_OF_LP) state->lp_withdrawn += received;
  if (s->log)
    s->log->add(s->log, &(struct hc_log_entry){HC_LOG_WITHDRAWAL, -1, (int64_t)i, 0, 0.0, 0.0, received});
}

void hc_withdraw(struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  struct hc_waterfall_state *state = s->state;
  struct knowledge known[HC_MAX_CLASSES];
  for (size_t i = 0; i < w->classes; i++)
    if (state->leave_next[i] == s->step) known[i] = know(s, i);
  for (size_t i = 0; i < w->classes; i++) {
    if (state->leave_next[i] != s->step) continue;
    leave(s, i, &known[i]);
    state->leave_next[i] = boundary(w, i, s->step + 1);
  }
  state->settlements++; /* what they pay uses up no cap of the next */
  hc_state_sum_pending(w, state);
}

/* ---- at the end ---------------------------------------------------------------------------- */

double hc_stayer_loss(const struct hc_waterfall *w, const struct hc_waterfall_state *state,
                      const struct hc_pots *pots, double inventory) {
  double has = inventory, start = 0.0;
  for (size_t i = 0; i < w->classes; i++) {
    if (w->class_kind[i] != HC_KIND_OF_LP) continue;
    has += worth(pots, i);
    start += worth(&w->start, i) * (w->flees ? state->stayed[i] : 1.0);
  }
  for (size_t i = 0; w->defers && i < w->count; i++)
    if (w->layers[i].payer == HC_PAYER_LP) has -= state->layer[i].pending;
  return start > 0.0 ? 1.0 - positive(has) / start : (double)NAN;
}

double hc_leaver_loss(const struct hc_waterfall_state *state) {
  return state->lp_left > 0.0 ? 1.0 - state->lp_withdrawn / state->lp_left : (double)NAN;
}
