/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of operations of a settlement (docs/waterfall.md). */
#include "waterfall/evaluate.h"

#include <math.h>
#include <string.h>

#define CHEAT 1e-9 /* relative: more than this above what was asked is no rounding */

static void note(struct hc_settlement *s, enum hc_log_kind kind, int layer, int side,
                 double quantity, double amount) {
  if (s->log)
    s->log->add(s->log, &(struct hc_log_entry){kind, layer, -1, side, quantity, s->mark, amount});
}

/* ---- what verbs book --------------------------------------------------------------------- */

void hc_book_cash(const struct hc_layer *layer, struct hc_settlement *s, enum hc_payer payer,
                  double amount) {
  s->paid->cash[payer] += amount;
  s->paid->layer[layer->index] += amount;
  if (amount > 0.0) note(s, HC_LOG_CASH, (int)layer->index, 0, 0.0, amount);
}

void hc_book_charge(const struct hc_layer *layer, struct hc_settlement *s, int side,
                    enum hc_payer payer, double quantity, double price) {
  struct hc_record *record = &s->record[side];
  const double sign = side == 0 ? 1.0 : -1.0;
  const double charge = sign * quantity * (price - s->mark);
  const double left = record->quantity - quantity;
  s->paid->charge[payer] += charge;
  s->paid->layer[layer->index] += charge;
  record->shortfall -= charge;
  record->quantity = left > HC_NOTHING * record->quantity ? left : 0.0;
}

void hc_log_trade(const struct hc_layer *layer, struct hc_settlement *s, int64_t account, int side,
                  double quantity, double price, double charge) {
  if (s->log)
    s->log->add(s->log, &(struct hc_log_entry){HC_LOG_TRADE, (int)layer->index, account, side,
                                               quantity, price, charge});
}

/* ---- records ----------------------------------------------------------------------------- */

/* A cash payment reduces both records in proportion to their S, and releases its share. */
static void spread(const struct hc_layer *layer, struct hc_settlement *s, double payment) {
  const double total = s->record[0].shortfall + s->record[1].shortfall;
  const double share = payment >= total * (1.0 - HC_NOTHING) ? 1.0 : payment / total;
  for (int i = 0; i < 2; i++) {
    struct hc_record *record = &s->record[i];
    if (!(record->shortfall > 0.0)) continue;
    record->shortfall *= 1.0 - share;
    if (layer->takes == HC_TAKES_CASH || !(record->quantity > 0.0)) continue;
    const double released = record->quantity * share;
    s->released[i] += released;
    record->quantity -= released;
    note(s, HC_LOG_RELEASE, (int)layer->index, i == 0 ? 1 : -1, released, 0.0);
  }
}

/* Charges beyond what was missing are inflow of the insurance fund. */
static void settle_surplus(struct hc_settlement *s, int side, double notional) {
  struct hc_record *record = &s->record[side];
  if (record->quantity == 0.0 && fabs(record->shortfall) <= HC_NOTHING * notional)
    record->shortfall = 0.0;
  if (!(record->shortfall < 0.0)) return;
  const double surplus = -record->shortfall;
  record->shortfall = 0.0;
  s->paid->surplus += surplus;
  s->pots->fund[0] += surplus;
  s->state->pnl += surplus;
  note(s, HC_LOG_SURPLUS, -1, 0, 0.0, surplus);
}

/* ---- one layer --------------------------------------------------------------------------- */

static void use_cap(const struct hc_layer *layer, struct hc_settlement *s, double amount) {
  if (!layer->has_cap) return;
  struct hc_layer_state *state = &s->state->layer[layer->index];
  state->used += amount;
  if (layer->cap.per == HC_PER_WINDOW) hc_spent_add(s->state, &state->spent, s->step, amount);
}

static int64_t recognition(const struct hc_layer *layer, const struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  switch (layer->time.kind) {
    case HC_TIME_SESSION:
    case HC_TIME_EPOCH: return hc_boundary(w, s->step, layer->time.length);
    case HC_TIME_DELAY: {
      const double steps = (double)s->step + ceil(layer->time.length / w->step - 1e-9);
      return steps < (double)w->steps ? (int64_t)steps : w->steps;
    }
    default: return INT64_MAX;
  }
}

/* Cash: takes at most `target` USD, now or (unless `recognised`) later. */
static hc_status draw(const struct hc_layer *layer, struct hc_settlement *s, double target,
                      bool recognised, double *taken) {
  const double room = hc_cap_room(layer, s);
  *taken = 0.0;
  if (room < target) target = room;
  if (!(target > 0.0)) return HC_OK;
  if (layer->time.kind != HC_TIME_NOW && !recognised) {
    hc_due_add(s->state, &s->state->layer[layer->index], recognition(layer, s), target);
    note(s, HC_LOG_PENDING, (int)layer->index, 0, 0.0, target);
    *taken = target;
  } else {
    const hc_status status = layer->ops->take(layer, s, 0, target, taken);
    if (status != HC_OK) return status;
    if (!(*taken >= 0.0 && *taken <= target * (1.0 + CHEAT))) return HC_BUG;
    use_cap(layer, s, *taken);
  }
  spread(layer, s, *taken);
  return HC_OK;
}

/* Position: takes at most `target` units of a record. */
static hc_status move(const struct hc_layer *layer, struct hc_settlement *s, int side,
                      double target, double *taken) {
  const double room = hc_cap_room(layer, s) / s->mark;
  *taken = 0.0;
  if (room < target) target = room;
  if (!(target > 0.0)) return HC_OK;
  const hc_status status = layer->ops->take(layer, s, side, target, taken);
  if (status != HC_OK) return status;
  if (!(*taken >= 0.0 && *taken <= target * (1.0 + CHEAT))) return HC_BUG;
  use_cap(layer, s, *taken * s->mark);
  settle_surplus(s, side, *taken * s->mark);
  return HC_OK;
}

static bool is_on(const struct hc_layer *layer, struct hc_settlement *s) {
  if (layer->only_if >= 0 && !s->state->on[layer->only_if]) return false;
  if (layer->unless >= 0 && s->state->on[layer->unless]) return false;
  if (layer->when.count == 0) return true;
  return hc_condition_switch(&layer->when, &layer->until, s, &s->state->layer[layer->index].on);
}

static double demand(const struct hc_layer *layer, const struct hc_settlement *s, int side) {
  return layer->ops->position ? s->record[side].quantity
                              : s->record[0].shortfall + s->record[1].shortfall;
}

static hc_status offer(const struct hc_layer *layer, struct hc_settlement *s, int side,
                       double target, double *taken) {
  return layer->ops->position ? move(layer, s, side, target, taken)
                              : draw(layer, s, target, false, taken);
}

static hc_status run_layer(const struct hc_layer *layer, struct hc_settlement *s) {
  if (!is_on(layer, s)) return HC_OK;
  const int sides = layer->ops->position ? 2 : 1;
  for (int side = 0; side < sides; side++) {
    const double needed = demand(layer, s, side);
    double taken;
    if (!(needed > 0.0)) continue;
    const hc_status status = offer(layer, s, side, layer->severity * needed, &taken);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

/* ---- groups ------------------------------------------------------------------------------ */

/* Offers what is left to those who are not full, by their shares, until it or they are gone. */
static hc_status overflow(struct hc_settlement *s, size_t first, size_t count, int side, bool *full,
                          double needed, double left) {
  const struct hc_layer *layers = s->waterfall->layers;
  for (size_t round = 0; round <= count && left > HC_NOTHING * needed; round++) {
    double shares = 0.0, paid = 0.0;
    for (size_t i = 0; i < count; i++)
      if (!full[i]) shares += layers[first + i].share;
    if (!(shares > 0.0)) return HC_OK;
    for (size_t i = 0; i < count; i++) {
      if (full[i]) continue;
      const double target = left * layers[first + i].share / shares;
      double taken;
      const hc_status status = offer(&layers[first + i], s, side, target, &taken);
      if (status != HC_OK) return status;
      if (taken < target * (1.0 - HC_NOTHING)) full[i] = true;
      paid += taken;
    }
    left -= paid;
  }
  return HC_OK;
}

static hc_status run_group(struct hc_settlement *s, size_t first, size_t count) {
  const struct hc_waterfall *w = s->waterfall;
  const struct hc_layer *layers = &w->layers[first];
  bool on[HC_MAX_LAYERS];
  for (size_t i = 0; i < count; i++) on[i] = is_on(&layers[i], s);
  const int sides = layers[0].ops->position ? 2 : 1;
  for (int side = 0; side < sides; side++) {
    const double needed = demand(&layers[0], s, side);
    bool full[HC_MAX_LAYERS];
    double left = 0.0;
    if (!(needed > 0.0)) continue;
    for (size_t i = 0; i < count; i++) {
      const double target = layers[i].severity * layers[i].share * needed;
      double taken = 0.0;
      if (on[i]) {
        const hc_status status = offer(&layers[i], s, side, target, &taken);
        if (status != HC_OK) return status;
      }
      full[i] = !on[i] || taken < target * (1.0 - HC_NOTHING);
      left += target - taken;
    }
    if (!w->group_overflow[layers[0].group]) continue;
    const hc_status status = overflow(s, first, count, side, full, needed, left);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static size_t group_size(const struct hc_waterfall *w, size_t first) {
  size_t count = 1;
  while (first + count < w->count && w->layers[first + count].group == w->layers[first].group) count++;
  return count;
}

static hc_status run_from(struct hc_settlement *s, size_t first) {
  const struct hc_waterfall *w = s->waterfall;
  for (size_t i = first; i < w->count;) {
    const bool grouped = w->layers[i].group >= 0;
    const size_t count = grouped ? group_size(w, i) : 1;
    const hc_status status = grouped ? run_group(s, i, count) : run_layer(&w->layers[i], s);
    if (status != HC_OK) return status;
    i += count;
  }
  for (int side = 0; side < 2; side++) {
    struct hc_record *record = &s->record[side];
    if (record->shortfall > 0.0) {
      s->paid->uncovered += record->shortfall;
      note(s, HC_LOG_UNCOVERED, -1, side == 0 ? 1 : -1, record->quantity, record->shortfall);
    }
    if (record->quantity > 0.0) note(s, HC_LOG_RELEASE, -1, side == 0 ? 1 : -1, record->quantity, 0.0);
    s->released[side] += record->quantity;
    *record = (struct hc_record){0};
  }
  return HC_OK;
}

/* ---- a settlement ------------------------------------------------------------------------ */

static hc_status observe(struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  struct hc_waterfall_state *state = s->state;
  for (size_t i = 0; i < w->peaks; i++)
    hc_peak_add(state, &state->peak[i], s->step,
                w->peak[i].fund < 0 ? state->pnl : s->pots->fund[w->peak[i].fund]);
  if (state->pending > state->pending_max) state->pending_max = state->pending;
  return state->failed ? HC_NO_MEMORY : HC_OK;
}

hc_status hc_waterfall_inflow(struct hc_settlement *s, double inflow) {
  const struct hc_waterfall *w = s->waterfall;
  struct hc_waterfall_state *state = s->state;
  s->pots->fund[0] += inflow;
  if (!w->defers && !w->peaks) return HC_OK;
  state->pnl += inflow;
  double left = inflow;
  for (size_t i = 0; w->defers && left > 0.0 && i < w->count; i++) {
    if (!w->layers[i].netting || !(state->layer[i].pending > 0.0)) continue;
    const double paid = hc_due_net(&state->layer[i], left);
    left -= paid;
    state->pending -= paid;
    state->pnl -= paid;
    s->pots->fund[0] -= paid;
    s->paid->cash[HC_PAYER_FUND] += paid;
    s->paid->netted += paid;
    note(s, HC_LOG_CASH, -1, 0, 0.0, paid);
  }
  return observe(s);
}

hc_status hc_waterfall_run(struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  const bool lost = s->record[0].shortfall > 0.0 || s->record[1].shortfall > 0.0 ||
                    s->record[0].quantity > 0.0 || s->record[1].quantity > 0.0;
  if (!lost && !w->always) return HC_OK;
  for (size_t i = 0; i < w->switches; i++)
    (void)hc_condition_switch(&w->switch_[i].when, &w->switch_[i].until, s, &s->state->on[i]);
  const hc_status status = run_from(s, 0);
  if (status != HC_OK) return status;
  return w->peaks || w->defers ? observe(s) : HC_OK;
}

hc_status hc_waterfall_recognise(struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  struct hc_waterfall_state *state = s->state;
  for (size_t i = 0; w->defers && i < w->count; i++) {
    const struct hc_layer *layer = &w->layers[i];
    const double due = hc_due_take(&state->layer[i], s->step);
    if (!(due > 0.0)) continue;
    state->pending = state->pending > due ? state->pending - due : 0.0;
    s->record[0] = (struct hc_record){.shortfall = due};
    hc_status status = HC_OK;
    double taken;
    if (is_on(layer, s)) status = draw(layer, s, due, true, &taken);
    if (status == HC_OK) status = run_from(s, i + 1);
    if (status != HC_OK) return status;
  }
  if (s->step >= state->session_next) {
    state->session_mark = s->mark;
    state->session_next = s->step < w->steps ? hc_boundary(w, s->step + 1, w->session) : INT64_MAX;
    const hc_status status = s->crowd->ops->session(s->crowd);
    if (status != HC_OK) return status;
  }
  return w->peaks || w->defers ? observe(s) : HC_OK;
}

/* ---- looking ahead ------------------------------------------------------------------------ */

/* What of `needed` the cash layers of a group (or one layer) could take, as things are. */
static hc_status could_take(struct hc_settlement *s, size_t first, size_t count, const bool *on,
                            double needed, double *taken) {
  const struct hc_waterfall *w = s->waterfall;
  double most = 0.0, split = 0.0;
  for (size_t i = first; i < first + count; i++) {
    const struct hc_layer *layer = &w->layers[i];
    bool mine = s->state->layer[i].on;
    double capacity = HUGE_VAL;
    if ((layer->only_if >= 0 && !on[layer->only_if]) || (layer->unless >= 0 && on[layer->unless]) ||
        !hc_condition_switch(&layer->when, &layer->until, s, &mine))
      continue;
    if (layer->time.kind == HC_TIME_NOW) {
      const hc_status status = layer->ops->capacity(layer, s, &capacity);
      if (status != HC_OK) return status;
    }
    const double room = hc_cap_room(layer, s);
    if (room < capacity) capacity = room;
    const double target = layer->severity * (layer->group >= 0 ? layer->share : 1.0) * needed;
    split += target < capacity ? target : capacity;
    most += capacity;
  }
  const bool pooled = w->layers[first].group >= 0 && w->group_overflow[w->layers[first].group];
  *taken = pooled ? (most < needed ? most : needed) : split;
  return HC_OK;
}

hc_status hc_waterfall_absorbs(struct hc_settlement *s, double inflow, double shortfall,
                               bool *absorbs) {
  const struct hc_waterfall *w = s->waterfall;
  const double balance = s->pots->fund[0];
  bool on[HC_MAX_SWITCHES];
  double netted = 0.0, left = shortfall;
  hc_status status = HC_OK;
  for (size_t i = 0; w->defers && i < w->count; i++)
    if (w->layers[i].netting) netted += s->state->layer[i].pending;
  s->pots->fund[0] += inflow > netted ? inflow - netted : 0.0;
  memcpy(on, s->state->on, sizeof on);
  for (size_t i = 0; i < w->switches; i++)
    (void)hc_condition_switch(&w->switch_[i].when, &w->switch_[i].until, s, &on[i]);
  for (size_t i = 0; i < w->first_position && left > 0.0 && status == HC_OK;) {
    const size_t count = w->layers[i].group >= 0 ? group_size(w, i) : 1;
    double taken = 0.0;
    status = could_take(s, i, count, on, left, &taken);
    left = taken >= left * (1.0 - HC_NOTHING) ? 0.0 : left - taken;
    i += count;
  }
  s->pots->fund[0] = balance;
  *absorbs = !(left > 0.0);
  return status;
}

/* ---- pots ---------------------------------------------------------------------------------- */

double hc_pots_lp_equity(const struct hc_waterfall *w, const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++)
    if (w->class_kind[i] == HC_KIND_OF_LP)
      sum += pots->deposit[i] + (pots->profit[i] > 0.0 ? pots->profit[i] : 0.0);
  return sum;
}

double hc_pots_balance(const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++) sum += pots->deposit[i] + pots->profit[i];
  for (size_t i = 0; i < pots->funds; i++) sum += pots->fund[i];
  return sum;
}
