/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of money that comes to the insurance fund: docs/waterfall.md, Inflow. */
#include "waterfall/evaluate.h"
#include "waterfall/providers.h"

static void note(struct hc_settlement *s, enum hc_log_kind kind, int layer, double amount) {
  if (s->log)
    s->log->add(s->log, &(struct hc_log_entry){kind, layer, -1, 0, 0.0, 0.0, amount});
}

/* In cash, which is what came in. */
static void leave_fund(struct hc_settlement *s, double amount) {
  s->pots->fund[0] -= amount;
  s->state->pnl -= amount;
}

/* What is pending comes first. */
static double net(struct hc_settlement *s, double inflow) {
  const struct hc_waterfall *w = s->waterfall;
  double left = inflow;
  for (size_t i = 0; w->defers && left > 0.0 && i < w->count; i++) {
    if (!w->layers[i].netting || !(s->state->layer[i].pending > 0.0)) continue;
    const double paid = hc_due_net(&s->state->layer[i], left);
    left -= paid;
    leave_fund(s, paid);
    s->paid->cash[HC_PAYER_FUND] += paid;
    s->paid->netted += paid;
    note(s, HC_LOG_CASH, -1, paid);
  }
  hc_state_sum_pending(w, s->state);
  return left;
}

/* To each class its share; it goes where the payment came from. */
static void repay(const struct hc_layer *layer, struct hc_settlement *s, double amount) {
  struct hc_layer_state *state = &s->state->layer[layer->index];
  const double share = amount < state->claims ? amount / state->claims : 1.0;
  for (size_t c = 0; c < s->pots->classes; c++) {
    const double part = share * state->claim[c];
    state->claim[c] -= part;
    if (layer->base == HC_BASE_DEPOSIT) s->pots->deposit[c] += part;
    else s->pots->profit[c] += part;
    s->state->repaid += part;
    if (s->waterfall->class_kind[c] == HC_KIND_OF_LP) s->state->lp_repaid += part;
  }
  state->claims = share < 1.0 ? state->claims - amount : 0.0;
  leave_fund(s, amount);
  note(s, HC_LOG_REPAY, (int)layer->index, amount);
}

static double due_back(const struct hc_layer *layer, const struct hc_settlement *s, double left) {
  const double claims = s->state->layer[layer->index].claims, most = layer->payback * left;
  if (!(layer->payback > 0.0 && claims > 0.0)) return 0.0;
  return most < claims ? most : claims;
}

void hc_inflow_share(struct hc_settlement *s, double amount) {
  const struct hc_waterfall *w = s->waterfall;
  double left = amount;
  if (!w->shares_inflow) return;
  for (size_t i = 0; left > 0.0 && i < w->count; i++) {
    const double part = due_back(&w->layers[i], s, left);
    if (!(part > 0.0)) continue;
    repay(&w->layers[i], s, part);
    left -= part;
  }
  const double above = s->pots->fund[0] - w->fund_target, beyond = above < left ? above : left;
  if (!(beyond > 0.0)) return;
  leave_fund(s, beyond);
  if (w->beyond_to_lps) hc_credit_lps(w, s->pots, beyond);
  *(w->beyond_to_lps ? &s->state->lp_beyond : &s->state->treasury) += beyond;
  note(s, HC_LOG_BEYOND, -1, beyond);
}

double hc_inflow_kept(const struct hc_settlement *s, double amount) {
  const struct hc_waterfall *w = s->waterfall;
  double left = amount;
  if (!w->shares_inflow) return amount;
  for (size_t i = 0; i < w->count; i++) left -= due_back(&w->layers[i], s, left);
  const double room = w->fund_target - s->pots->fund[0];
  return room > left ? left : room > 0.0 ? room : 0.0;
}

void hc_waterfall_inflow(struct hc_settlement *s, double inflow) {
  s->pots->fund[0] += inflow;
  s->state->pnl += inflow;
  hc_inflow_share(s, net(s, inflow));
}
