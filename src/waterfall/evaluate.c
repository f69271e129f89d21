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
  if (amount > 0.0 && (payer == HC_PAYER_LP || payer == HC_PAYER_TRADER ||
                       payer == HC_PAYER_MEMBER || payer == HC_PAYER_STAKER))
    s->paid->social++;
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
  if (charge > 0.0 && (payer == HC_PAYER_TRADER || (payer == HC_PAYER_TAKER && layer->classes)))
    s->paid->social++;
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
  hc_inflow_share(s, surplus);
}

/* ---- one layer --------------------------------------------------------------------------- */

void hc_cap_use(const struct hc_layer *layer, struct hc_settlement *s, double amount) {
  if (!layer->has_cap) return;
  struct hc_layer_state *state = &s->state->layer[layer->index];
  state->used += amount;
  if (state->used_at != s->state->settlements) state->used_now = 0.0;
  state->used_at = s->state->settlements;
  state->used_now += amount;
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
  if (layer->time.kind != HC_TIME_NOW && !recognised && !s->final) {
    hc_due_add(s->state, &s->state->layer[layer->index], recognition(layer, s), target);
    note(s, HC_LOG_PENDING, (int)layer->index, 0, 0.0, target);
    *taken = target;
  } else {
    const hc_status status = layer->ops->take(layer, s, 0, target, taken);
    if (status != HC_OK) return status;
    if (!(*taken >= 0.0 && *taken <= target * (1.0 + CHEAT))) return HC_BUG;
    hc_cap_use(layer, s, *taken);
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
  hc_cap_use(layer, s, *taken * s->mark);
  settle_surplus(s, side, *taken * s->mark);
  return HC_OK;
}

/* `own` is the state of the layer's own condition, `on` those of the named switches. */
static bool lets(const struct hc_layer *layer, bool own, const bool *on) {
  return own && (layer->only_if < 0 || on[layer->only_if]) &&
         (layer->unless < 0 || !on[layer->unless]);
}
/* Looks at the layer's own condition, whatever the named switches say. */
static bool is_on(const struct hc_layer *layer, struct hc_settlement *s) {
  bool *own = &s->state->layer[layer->index].on;
  return lets(layer, hc_condition_switch(&layer->when, &layer->until, s, own), s->state->on);
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
  if (layer->ops->ends || !is_on(layer, s)) return HC_OK; /* recognitions do not reach a halt */
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

/* What a layer is asked for of a demand, where the others do not matter. */
static double own_target(const struct hc_layer *layer, double needed) {
  return layer->severity * (layer->group >= 0 ? layer->share : 1.0) * needed;
}

/* The most a layer could take now: USD, or units of record `side`. */
static hc_status most_of(const struct hc_layer *layer, struct hc_settlement *s, int side,
                         double *most) {
  const double room = hc_cap_room(layer, s) / (layer->ops->position ? s->mark : 1.0);
  *most = HUGE_VAL;
  if (layer->time.kind == HC_TIME_NOW || s->final) {
    const hc_status status = layer->ops->capacity(layer, s, side, most);
    if (status != HC_OK) return status;
  }
  if (room < *most) *most = room;
  return HC_OK;
}

/* What each member is asked for. With overflow, what some cannot pay is asked of the others in
 * proportion to their shares: payments are min(most, theta * severity * share). */
static hc_status group_targets(struct hc_settlement *s, size_t first, size_t count, int side,
                               const bool *on, double needed, double *target) {
  const struct hc_waterfall *w = s->waterfall;
  const struct hc_layer *layers = &w->layers[first];
  const bool pooled = layers[0].group >= 0 && w->group_overflow[layers[0].group];
  struct hc_offer offers[HC_MAX_LAYERS];
  uint32_t scratch[HC_MAX_LAYERS];
  double shared[HC_MAX_LAYERS], total = 0.0;
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    target[i] = on[i] ? own_target(&layers[i], needed) : 0.0;
    total += own_target(&layers[i], needed);
    if (!pooled || !(target[i] > 0.0)) continue;
    struct hc_offer *offer = &offers[used++];
    *offer = (struct hc_offer){.weight = target[i], .account = (uint32_t)i};
    const hc_status status = most_of(&layers[i], s, side, &offer->cap);
    if (status != HC_OK) return status;
  }
  if (!used || !(total > 0.0)) return HC_OK;
  const struct hc_allocation_rule *rule = hc_allocation_pro_rata.operations;
  rule->share(total, used, offers, s->mark, 0.0, scratch, shared);
  for (size_t i = 0; i < used; i++) target[offers[i].account] = shared[i];
  return HC_OK;
}

static hc_status run_group(struct hc_settlement *s, size_t first, size_t count) {
  const struct hc_layer *layers = &s->waterfall->layers[first];
  bool on[HC_MAX_LAYERS];
  for (size_t i = 0; i < count; i++) on[i] = is_on(&layers[i], s);
  const int sides = layers[0].ops->position ? 2 : 1;
  for (int side = 0; side < sides; side++) {
    double target[HC_MAX_LAYERS];
    const double needed = demand(&layers[0], s, side);
    if (!(needed > 0.0)) continue;
    hc_status status = group_targets(s, first, count, side, on, needed, target);
    for (size_t i = 0; i < count && status == HC_OK; i++) {
      double taken;
      if (target[i] > 0.0) status = offer(&layers[i], s, side, target[i], &taken);
    }
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static size_t group_size(const struct hc_waterfall *w, size_t first) {
  size_t count = 1;
  while (first + count < w->count && w->layers[first + count].group == w->layers[first].group) count++;
  return count;
}

/* The layer behind this one, or behind its group. */
static size_t after_group(const struct hc_waterfall *w, size_t i) {
  return i + (w->layers[i].group >= 0 ? group_size(w, i) : 1);
}

static hc_status run_layers(struct hc_settlement *s, size_t first, size_t end) {
  const struct hc_waterfall *w = s->waterfall;
  for (size_t i = first; i < end;) {
    const bool grouped = w->layers[i].group >= 0;
    const size_t count = grouped ? group_size(w, i) : 1;
    hc_status status = HC_OK;
    if (!s->final || !w->layers[i].ops->position)
      status = grouped ? run_group(s, i, count) : run_layer(&w->layers[i], s);
    if (status != HC_OK) return status;
    i += count;
  }
  return HC_OK;
}

static hc_status run_from(struct hc_settlement *s, size_t first) {
  const hc_status status = run_layers(s, first, s->waterfall->count);
  if (status != HC_OK) return status;
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

hc_status hc_waterfall_end(struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  struct hc_waterfall_state *state = s->state;
  for (size_t i = 0; i < w->peaks; i++)
    hc_peak_add(state, &state->peak[i], s->step,
                w->peak[i].fund < 0 ? state->pnl : s->pots->fund[w->peak[i].fund]);
  hc_state_sum_pending(w, state); /* of what is there, not of what came and went: no rounding stays */
  if (state->pending > state->pending_max) state->pending_max = state->pending;
  state->settlements++;
  return state->failed ? HC_NO_MEMORY : HC_OK;
}

/* Whether trading ends at this layer, now that the ones before it have run. */
static bool halts(const struct hc_layer *layer, struct hc_settlement *s) {
  return is_on(layer, s) &&
         (layer->when.count > 0 || s->record[0].shortfall + s->record[1].shortfall > 0.0);
}

hc_status hc_waterfall_run(struct hc_settlement *s) {
  const struct hc_waterfall *w = s->waterfall;
  const bool lost = s->record[0].shortfall > 0.0 || s->record[1].shortfall > 0.0 ||
                    s->record[0].quantity > 0.0 || s->record[1].quantity > 0.0;
  if (!lost && !w->always) return HC_OK;
  for (size_t i = 0; i < w->switches; i++)
    (void)hc_condition_switch(&w->switch_[i].when, &w->switch_[i].until, s, &s->state->on[i]);
  bool pauses = false;
  const struct hc_condition never = {0};
  if (w->pause.count && hc_condition_switch(&w->pause, &never, s, &pauses))
    s->state->paused_until = s->step + w->pause_steps;
  if (w->halt == w->count) return run_from(s, 0);
  const hc_status status = run_layers(s, 0, w->halt);
  if (status != HC_OK) return status;
  s->halted = halts(&w->layers[w->halt], s);
  return s->halted ? HC_OK : run_from(s, w->halt + 1);
}

hc_status hc_waterfall_final(struct hc_settlement *s, double deficit) {
  const struct hc_waterfall *w = s->waterfall;
  double missing = deficit;
  for (int side = 0; side < 2; side++) {
    missing += s->record[side].shortfall;
    s->record[side] = (struct hc_record){0};
  }
  for (size_t i = 0; w->defers && i < w->count; i++)
    missing += hc_due_net(&s->state->layer[i], s->state->layer[i].pending);
  s->record[0].shortfall = missing;
  s->final = true;
  return missing > 0.0 ? run_layers(s, 0, w->halt) : HC_OK;
}

/* What a class gives of what it has. */
static void haircut_class(const struct hc_layer *layer, struct hc_settlement *s, size_t i, double share) {
  static const enum hc_payer payers[HC_CLASS_KINDS] = {HC_PAYER_LP, HC_PAYER_MEMBER, HC_PAYER_STAKER,
                                                       HC_PAYER_STAKER, HC_PAYER_STAKER};
  struct hc_pots *pots = s->pots;
  const double deposit = pots->deposit[i] > 0.0 ? share * pots->deposit[i] : 0.0;
  const double profit = pots->profit[i] > 0.0 ? share * pots->profit[i] : 0.0;
  if (!(deposit + profit > 0.0)) return;
  pots->deposit[i] -= deposit;
  pots->profit[i] -= profit;
  s->paid->lp_class[i] += deposit + profit;
  if (s->waterfall->class_kind[i] == HC_KIND_OF_LP) {
    s->paid->lp_deposit += deposit;
    s->paid->lp_profit += profit;
  }
  hc_book_cash(layer, s, payers[s->waterfall->class_kind[i]], deposit + profit);
}

double hc_waterfall_haircut(struct hc_settlement *s, double accounts) {
  const struct hc_waterfall *w = s->waterfall;
  const struct hc_layer *layer = &w->layers[w->halt];
  const double missing = s->record[0].shortfall;
  double claims = accounts;
  s->record[0] = (struct hc_record){0};
  if (!(missing > 0.0)) return 0.0;
  for (size_t i = 0; i < w->classes; i++) {
    if (s->pots->deposit[i] > 0.0) claims += s->pots->deposit[i];
    if (s->pots->profit[i] > 0.0) claims += s->pots->profit[i];
  }
  const double share = missing < claims ? missing / claims : 1.0;
  for (size_t i = 0; i < w->classes; i++) haircut_class(layer, s, i, share);
  if (accounts > 0.0) hc_book_cash(layer, s, HC_PAYER_TRADER, share * accounts);
  if (!(missing > claims)) return claims > 0.0 ? share : 0.0;
  s->paid->uncovered += missing - claims;
  note(s, HC_LOG_UNCOVERED, -1, 0, 0.0, missing - claims);
  return share;
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
    /* Its switch was looked at in this settlement, and its severity is in what is pending. */
    if (lets(layer, state->layer[i].on || layer->when.count == 0, state->on))
      status = draw(layer, s, due, true, &taken);
    if (status == HC_OK) status = run_from(s, after_group(w, i));
    if (status != HC_OK) return status;
  }
  if (s->step >= state->session_next) {
    state->session_mark = s->mark;
    state->session_next = s->step < w->steps ? hc_boundary(w, s->step + 1, w->session) : INT64_MAX;
    return s->crowd->ops->session(s->crowd);
  }
  return HC_OK;
}

/* ---- looking ahead ------------------------------------------------------------------------ */

/* One layer of a dry run, on balances that are copies; accounts are not charged, so that a second
 * layer on the same accounts would count them twice. */
static hc_status try_layer(const struct hc_layer *layer, struct hc_settlement *dry, double target,
                           double *taken) {
  const double room = hc_cap_room(layer, dry);
  *taken = target < room ? target : room;
  if (!(*taken > 0.0) || layer->time.kind != HC_TIME_NOW) return HC_OK;
  if (!layer->accounts) return layer->ops->take(layer, dry, 0, *taken, taken);
  double capacity;
  const hc_status status = layer->ops->capacity(layer, dry, 0, &capacity);
  if (capacity < *taken) *taken = capacity;
  return status;
}

/* A layer, or a group. */
static hc_status try_layers(struct hc_settlement *dry, size_t first, size_t count,
                            const bool *switches, double needed, double *taken) {
  const struct hc_layer *layers = &dry->waterfall->layers[first];
  bool on[HC_MAX_LAYERS];
  double target[HC_MAX_LAYERS];
  *taken = 0.0;
  if (layers[0].ops->ends) return HC_OK; /* pays nothing */
  for (size_t i = 0; i < count; i++) {
    bool own = dry->state->layer[first + i].on;
    (void)hc_condition_switch(&layers[i].when, &layers[i].until, dry, &own);
    on[i] = lets(&layers[i], own, switches);
  }
  hc_status status = group_targets(dry, first, count, 0, on, needed, target);
  for (size_t i = 0; i < count && status == HC_OK; i++) {
    double now = 0.0;
    if (target[i] > 0.0) status = try_layer(&layers[i], dry, target[i], &now);
    *taken += now;
  }
  return status;
}

hc_status hc_waterfall_absorbs(struct hc_settlement *s, double inflow, double shortfall,
                               bool *absorbs) {
  const struct hc_waterfall *w = s->waterfall;
  const double pnl = s->state->pnl;
  struct hc_pots pots = *s->pots;
  struct hc_payments paid = *s->paid;
  struct hc_settlement dry = *s;
  bool on[HC_MAX_SWITCHES];
  double netted = 0.0, left = shortfall;
  hc_status status = HC_OK;
  dry.pots = &pots;
  dry.paid = &paid;
  dry.log = NULL;
  dry.dry = true;
  for (size_t i = 0; w->defers && i < w->count; i++)
    if (w->layers[i].netting) netted += s->state->layer[i].pending;
  pots.fund[0] += inflow > netted ? hc_inflow_kept(s, inflow - netted) : 0.0;
  dry.record[0] = (struct hc_record){.shortfall = left};
  dry.record[1] = (struct hc_record){0};
  memcpy(on, s->state->on, sizeof on);
  for (size_t i = 0; i < w->switches; i++)
    (void)hc_condition_switch(&w->switch_[i].when, &w->switch_[i].until, &dry, &on[i]);
  for (size_t i = 0; i < w->first_position && left > 0.0 && status == HC_OK; i = after_group(w, i)) {
    double taken = 0.0;
    dry.record[0].shortfall = left;
    status = try_layers(&dry, i, after_group(w, i) - i, on, left, &taken);
    left = taken >= left * (1.0 - HC_NOTHING) ? 0.0 : left - taken;
  }
  s->state->pnl = pnl;
  *absorbs = !(left > 0.0);
  return status;
}
