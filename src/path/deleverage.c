/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/deleverage.h"

#include <math.h>

#include "haircut/random.h"
#include "path/ledger.h"

#define TOLERANCE 1e-12 /* of a price */

/* What a side's traders have, at the mark, and the pool besides: U and D of docs/model.md. */
struct stand {
  double profit[2]; /* USD, unrealised, net */
  double pool;      /* USD, without what traders have not realised */
};

static struct stand look(const struct hc_system *system, double mark) {
  const struct hc_pots *pots = &system->pots;
  const struct hc_waterfall *w = &system->scenario->waterfall;
  struct stand s = {.pool = w->pooled * (hc_system_other_worth(system, mark) - system->other_worth)};
  for (size_t i = 0; i < pots->classes; i++)
    if (w->counterparty[i] > 0.0) s.pool += pots->deposit[i] + pots->profit[i] - pots->owed[i];
  for (int i = 0; i < 2; i++) {
    const double sign = i == 0 ? 1.0 : -1.0;
    s.profit[i] = sign * (system->entries[i].quantity * mark - system->entries[i].value);
    s.pool += w->pooled * s.profit[i];
  }
  return s;
}

/* Mark at which a side's profit is what starts it, or 0 or HUGE_VAL: never. */
static double level_of(const struct hc_system *system, const struct stand *s, int side) {
  const double sign = side == 0 ? 1.0 : -1.0, pool = s->pool > 0.0 ? s->pool : 0.0;
  const double most = system->scenario->deleverage.when * pool / system->scenario->waterfall.pooled;
  const struct hc_entries *entries = &system->entries[side];
  if (!(entries->quantity > 0.0)) return side == 0 ? HUGE_VAL : 0.0;
  const double level = (entries->value + sign * most) / entries->quantity;
  return level > 0.0 ? level : 0.0;
}

void hc_path_deleverage_box(const struct hc_system *system, double *lo, double *hi) {
  const struct stand s = look(system, system->mark);
  const double up = level_of(system, &s, 0), down = level_of(system, &s, 1);
  const double highest = up < HUGE_VAL ? (up > 0.0 ? hc_log(up) - TOLERANCE : -HUGE_VAL) : HUGE_VAL;
  const double lowest = down > 0.0 ? hc_log(down) + TOLERANCE : -HUGE_VAL;
  /* Profits are at the mark, and a box is of the margin price, from which the mark is as far at most as
   * it is now. */
  const double apart = (1.0 - system->pass_through) * system->displacement;
  const double up_to = highest - (apart > 0.0 ? apart : 0.0);
  const double down_to = lowest - (apart < 0.0 ? apart : 0.0);
  if (up_to < *hi) *hi = up_to;
  if (down_to > *lo) *lo = down_to;
}

/* Closes a part of a position at the mark. */
static hc_status close_part(struct hc_system *system, const struct hc_offer *offer, double sign,
                            double profit) {
  struct hc_crowd *crowd = &system->crowd->base;
  const double share = profit < offer->cap ? profit / offer->cap : 1.0;
  const double units = share * offer->quantity;
  const hc_status status = crowd->ops->trade(crowd, offer->account, -units, system->mark);
  if (status != HC_OK) return status;
  system->rest_quantity += sign * units;
  system->rest_cash -= sign * units * system->mark;
  system->paid.adl_notional += units * system->mark;
  system->paid.adl_accounts++;
  if (system->ledger) {
    struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_DELEVERAGE);
    row->side = sign > 0.0 ? 1 : -1;
    row->account = (int64_t)offer->account;
    row->positions = 1;
    row->quantity = units;
    row->notional = units * system->mark;
    row->mark_before = row->mark_after = system->mark;
    row->fill = system->mark;
    row->amount = profit;
  }
  return HC_OK;
}

/* Winners of a side offer their profits. */
struct winners {
  struct hc_system *system;
  size_t count;
};
static void offer(void *context, const struct hc_position *p, uint32_t number, double profit) {
  struct winners *winners = context;
  const struct hc_system *system = winners->system;
  struct hc_crowd *crowd = &system->crowd->base;
  const struct hc_score_ops *score = system->scenario->deleverage.score;
  const double maintenance =
    score->needs_maintenance ? crowd->ops->maintenance(crowd, p->quantity * system->mark) : (double)NAN;
  const struct hc_standing standing = {p->side, p->quantity, p->entry, p->collateral, system->mark,
                                       maintenance};
  crowd->offers[winners->count++] = (struct hc_offer){
    .weight = profit, .cap = profit, .quantity = p->quantity, .account = number,
    .score = score->score(&standing)};
}

static hc_status close_side(struct hc_system *system, int side, const struct stand *s) {
  const double to = system->scenario->deleverage.to, pooled = system->scenario->waterfall.pooled;
  const double pool = s->pool > 0.0 ? s->pool : 0.0;
  /* What is realised leaves the pool too. */
  const double target = (pooled * s->profit[side] - to * pool) / (pooled * (1.0 - to));
  struct hc_crowd *crowd = &system->crowd->base;
  const struct hc_allocation_rule *rule = hc_allocation_ranked.operations;
  struct winners winners = {system, 0};
  if (!(target > 0.0)) return HC_OK;
  hc_status status = hc_path_crowd_winners(system->crowd, side, offer, &winners);
  const size_t count = winners.count;
  if (status != HC_OK || count == 0) return status;
  rule->share(target, count, crowd->offers, system->mark, 0.0, crowd->scratch, crowd->paid);
  for (size_t i = 0; status == HC_OK && i < count; i++)
    if (crowd->paid[i] > 1e-13 * target)
      status = close_part(system, &crowd->offers[i], side == 0 ? 1.0 : -1.0, crowd->paid[i]);
  return status;
}

hc_status hc_path_deleverage(struct hc_system *system) {
  bool any = false;
  hc_status status = HC_OK;
  hc_path_crowd_entries(system->crowd, system->entries);
  if (system->halt_step >= 0 || system->state->paused_until != INT64_MAX) return HC_OK;
  for (int side = 0; side < 2 && status == HC_OK; side++) {
    const struct stand s = look(system, system->mark);
    const double level = level_of(system, &s, side), slack = TOLERANCE * level;
    if (side == 0 ? !(system->mark >= level - slack) : !(system->mark <= level + slack)) continue;
    any = true;
    hc_system_revalue(system, system->mark);
    status = close_side(system, side, &s);
    hc_path_crowd_entries(system->crowd, system->entries);
  }
  if (!any || status != HC_OK) return status;
  if (system->keep) hc_snapshot_keep(system);
  return hc_path_crowd_refresh(system->crowd);
}
