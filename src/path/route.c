/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/route.h"

#include <math.h>

#include "haircut/random.h"
#include "path/ledger.h"

#define TOLERANCE 1e-12 /* of the notional: equity below is 0 */

/* Windows are [0, window), [window, 2 window), ... */
double hc_path_quota_left(const struct hc_quota *quota, struct hc_used *spent, int64_t step) {
  const int64_t window = step / quota->window;
  if (window != spent->window) *spent = (struct hc_used){window, 0.0};
  return quota->amount - spent->amount;
}

/* ---- backstop ------------------------------------------------------------------------------- */

/* The stock has grown: its orders grow too, and go on. */
static void plan(struct hc_system *system, int which) {
  const struct hc_unwinding *unwinding = &system->scenario->waterfall.unwinding[which];
  const double units = fabs(system->pots.stock[which].quantity);
  struct hc_unwind *unwind = &system->state->unwind[which];
  if (!(unwinding->share > 0.0)) return;
  unwind->units = unwinding->share * units;
  if (!(units > 0.0)) unwind->next = INT64_MAX;
  else if (unwind->next == INT64_MAX) unwind->next = system->step + unwinding->every;
}

static double price_of(const struct hc_system *system, const struct hc_position *p, double line) {
  const struct hc_price_basis basis = {
    .sign = p->side, .mark = system->mark, .bankruptcy = p->bankruptcy,
    .oracle = hc_exp(line + (system->drift.offset + system->drift.displacement))};
  const double price = hc_exec_price_at(&system->scenario->backstop.price, &basis);
  return p->side * price > p->side * p->bankruptcy ? price : p->bankruptcy;
}

/* Of what was taken over so far, at the mark. */
static double loss_of_stock(const struct hc_system *system) {
  const struct hc_inventory *stock = &system->pots.stock[system->scenario->backstop.stock];
  return stock->cost - stock->quantity * system->mark;
}

static bool has_room(struct hc_system *system, const struct hc_position *p) {
  const struct hc_backstop *backstop = &system->scenario->backstop;
  if (loss_of_stock(system) >= backstop->stop) return false;
  const double notional = p->quantity * system->mark;
  const double held = p->side * system->pots.stock[backstop->stock].quantity * system->mark;
  return held + notional <= backstop->hold &&
         notional <= hc_path_quota_left(&backstop->quota, &system->backstop_used, system->step);
}

/* Offers a position to the backstop; whether it takes it, which leaves the mark where it is. */
static bool offer(struct hc_system *system, const struct hc_position *p, uint32_t number, double line) {
  const struct hc_backstop *backstop = &system->scenario->backstop;
  const double notional = p->quantity * system->mark;
  const double equity = p->side * p->quantity * (system->mark - p->bankruptcy);
  if (!(equity > TOLERANCE * notional) || !has_room(system, p)) return false;
  const double price = price_of(system, p, line);
  const double left = p->side * p->quantity * (price - p->bankruptcy);
  struct hc_inventory *stock = &system->pots.stock[backstop->stock];
  stock->quantity += p->side * p->quantity;
  stock->cost += p->side * p->quantity * price;
  if (backstop->to_fund) system->step_inflow += left;
  else system->trader += left;
  system->closed_quantity[p->side > 0 ? 0 : 1] += p->quantity;
  system->backstop_used.amount += notional;
  system->backstop_notional += notional;
  system->backstop_accounts++;
  system->acts++;
  plan(system, backstop->stock);
  if (system->ledger) {
    struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_BACKSTOP);
    row->round = system->round;
    row->side = p->side;
    row->account = (int64_t)number;
    row->positions = 1;
    row->quantity = p->quantity;
    row->notional = notional;
    row->mark_before = row->mark_after = system->mark;
    row->fill = price;
    row->inflow = backstop->to_fund ? left : 0.0;
    row->amount = backstop->to_fund ? 0.0 : left;
  }
  return true;
}

/* ---- routing ---------------------------------------------------------------------------------- */

/* What a look has found, one by one, in the order of levels. */
struct turn {
  struct hc_lot rest;
  bool changed;   /* the present one is a changed account */
  uint32_t index; /* in `changed`; or */
  int64_t rank;
  uint32_t number;
  const struct hc_position *position;
};

static bool next_turn(const struct hc_system *system, int side, struct turn *turn) {
  const struct hc_path_crowd *crowd = system->crowd;
  struct hc_lot *rest = &turn->rest;
  rest->from = hc_path_crowd_rank(crowd, side, rest->from, rest->to);
  turn->changed = hc_path_crowd_changed_first(crowd, side, rest);
  if (turn->changed) {
    turn->index = crowd->side[side].hit[rest->hit_from++];
    turn->number = crowd->changed[turn->index].number;
    turn->position = &crowd->changed[turn->index].position;
    return true;
  }
  if (rest->from >= rest->to) return false;
  turn->rank = rest->from++;
  turn->number = system->book->side[side].account[turn->rank];
  turn->position = &system->book->book.positions[turn->number];
  return true;
}

/* The present one is no longer in the index; its index in `changed`. */
static hc_status leave_index(struct hc_system *system, struct turn *turn) {
  return turn->changed ? HC_OK : hc_path_crowd_take_out(system->crowd, turn->number, &turn->index);
}

/* Those who wait are found at their backstop level alone. They are offered first; the lot is left
 * without them. */
static void offer_waiting(struct hc_system *system, int side, double line, struct hc_lot *lot) {
  struct hc_path_crowd *crowd = system->crowd;
  uint32_t *hit = crowd->side[side].hit;
  size_t kept = lot->hit_from;
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    struct hc_changed *c = &crowd->changed[hit[i]];
    if (!c->waits) {
      hit[kept++] = hit[i];
    } else if (offer(system, &c->position, c->number, line)) {
      c->state = HC_CHANGED_GONE;
    } else {
      c->declined = true;
    }
  }
  lot->hit_to = kept;
}

/* Positions that wait from now on, for the ledger. */
struct put_off {
  int64_t positions;
  double quantity;
};
static void note_wait(struct hc_system *system, int side, const struct put_off *off, int64_t until) {
  if (!system->ledger || off->positions == 0) return;
  struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_WAIT);
  row->round = system->round;
  row->side = side == 0 ? 1 : -1;
  row->positions = off->positions;
  row->quantity = off->quantity;
  row->mark_before = row->mark_after = system->mark;
  row->until = (double)until * system->scenario->grid.step;
}

static hc_status put_off(struct hc_system *system, struct turn *turn, enum hc_wait why, int64_t until,
                         struct put_off *off) {
  off->positions++;
  off->quantity += turn->position->quantity;
  const hc_status status = leave_index(system, turn);
  if (status != HC_OK) return status;
  return hc_path_crowd_wait(system->crowd, turn->index, why, until, turn->rest.signed_price);
}

hc_status hc_path_route(struct hc_system *system, int side, double line, struct hc_lot *lot) {
  const struct hc_scenario *scenario = system->scenario;
  struct hc_path_crowd *crowd = system->crowd;
  const int64_t until = system->step + scenario->delay;
  struct put_off off = {0};
  hc_status status = HC_OK;
  offer_waiting(system, side, line, lot);
  struct turn turn = {.rest = *lot};
  size_t kept = lot->hit_from;
  while (status == HC_OK && next_turn(system, side, &turn)) {
    const bool ready = turn.changed && crowd->changed[turn.index].ready == system->step;
    if (scenario->backstop.on && hc_path_crowd_beyond(crowd, turn.position, lot->signed_price) &&
        offer(system, turn.position, turn.number, line)) {
      status = leave_index(system, &turn);
      if (status == HC_OK) crowd->changed[turn.index].state = HC_CHANGED_GONE;
    } else if (scenario->delay > 0 && !ready) {
      status = put_off(system, &turn, HC_WAIT_DELAY, until, &off);
    } else if (turn.changed) {
      crowd->side[side].hit[kept++] = turn.index;
    }
  }
  lot->hit_to = kept;
  note_wait(system, side, &off, until);
  /* The cursor passes what is left: sent, or gone. */
  if (hc_path_crowd_rank(crowd, side, lot->from, lot->to) == lot->to) {
    if (system->cursor[side] < lot->to) system->cursor[side] = lot->to;
    lot->from = lot->to;
    hc_path_crowd_pass(crowd, side);
  }
  return status;
}

/* What an order would sell of a position, before anybody is closed whole for want of equity. */
static double wanted(const struct hc_system *system, const struct turn *turn) {
  const double units = turn->position->quantity;
  const bool whole = turn->changed && system->crowd->changed[turn->index].whole_until > system->step;
  return whole ? units : hc_partial_units(&system->scenario->partial, units, system->mark);
}

static int64_t next_window(const struct hc_quota *quota, int64_t step) {
  return (step / quota->window + 1) * quota->window;
}

/* Whether all of an order can be sent, told from its sums: no need to go through it. */
static bool has_room_for_all(const struct hc_system *system, int side, const struct hc_lot *lot, double left,
                             double may_lose) {
  const struct hc_path_crowd *crowd = system->crowd;
  struct hc_lot own = *lot;
  struct hc_sums sums;
  struct hc_closing closing = {0};
  double venue;
  own.venue = false;
  (void)hc_path_crowd_sums(crowd, side, &own, &sums);
  if (!(left > sums.quantity * system->mark)) return false;
  if (isinf(may_lose)) return true;
  hc_path_crowd_close(crowd, side, &own, system->mark, 0.0, &closing, &venue);
  return may_lose > closing.bad_debt;
}

hc_status hc_path_ration(struct hc_system *system, int side, struct hc_lot *lot) {
  const struct hc_quota *capacity = &system->scenario->capacity, *limit = &system->scenario->loss_limit;
  double left = hc_path_quota_left(capacity, &system->sent, system->step);
  double may_lose = hc_path_quota_left(limit, &system->lost, system->step);
  if (has_room_for_all(system, side, lot, left, may_lose)) return HC_OK;
  struct turn turn = {.rest = *lot};
  struct put_off full = {0}, lost = {0};
  hc_status status = HC_OK;
  struct hc_lot kept = {lot->from, lot->from, lot->hit_from, lot->hit_from, lot->venue, lot->signed_price};
  while (status == HC_OK && next_turn(system, side, &turn)) {
    const struct hc_position *p = turn.position;
    if (!(left > 0.0)) {
      status = put_off(system, &turn, HC_WAIT_CAPACITY, next_window(capacity, system->step), &full);
    } else if (!(may_lose > 0.0)) {
      status = put_off(system, &turn, HC_WAIT_LOSS, next_window(limit, system->step), &lost);
    } else {
      const double equity = p->side * p->quantity * (system->mark - p->bankruptcy);
      left -= wanted(system, &turn) * system->mark;
      if (equity < 0.0) may_lose += equity;
      kept.to = turn.rest.from;
      kept.hit_to = turn.rest.hit_from;
    }
  }
  note_wait(system, side, &full, next_window(capacity, system->step));
  note_wait(system, side, &lost, next_window(limit, system->step));
  *lot = kept;
  return status;
}
