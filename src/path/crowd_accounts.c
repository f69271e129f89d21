/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accounts of a path, as layers see and change them. */
#include <math.h>

#include "path/crowd_private.h"
#include "path/payments.h"

#define CLOSED UINT32_MAX

void hc_path_crowd_entries(const struct hc_path_crowd *crowd, struct hc_entries entries[2]) {
  const struct hc_scenario_book *book = crowd->book;
  const int64_t *cursor = crowd->system->cursor;
  for (int side = 0; side < 2; side++) entries[side] = book->from_rank[side][cursor[side]];
  for (size_t i = 0; i < crowd->count; i++) {
    const struct hc_changed *c = &crowd->changed[i];
    struct hc_entries *sum = &entries[side_of(&c->position)];
    if (c->rank >= cursor[side_of(&c->position)]) {
      sum->quantity -= c->first.quantity;
      sum->value -= c->first.value;
    }
    if (c->state != HC_CHANGED_LIVE) continue;
    sum->quantity += c->position.quantity;
    sum->value += c->position.quantity * c->position.entry;
  }
}

void hc_path_crowd_payments(struct hc_path_crowd *crowd) {
  size_t count = 0;
  for (size_t i = 0; i < crowd->count; i++)
    if (crowd->changed[i].paid > 0.0) crowd->room[count++] = crowd->changed[i].paid;
  crowd->payers = count;
  crowd->payments = hc_payments_sort(crowd->room, crowd->room + crowd->slots, count);
}

/* ---- what layers see and do ------------------------------------------------------------------- */

static struct hc_path_crowd *of(const struct hc_crowd *crowd) {
  return (struct hc_path_crowd *)(uintptr_t)crowd;
}

static void mark_closed(struct hc_path_crowd *crowd) {
  for (int side = 0; side < 2; side++) {
    const struct hc_side *base = &crowd->book->side[side];
    struct hc_crowd_side *s = &crowd->side[side];
    for (; s->marked < crowd->system->cursor[side]; s->marked++) {
      uint32_t *slot = &crowd->slot[base->account[s->marked]];
      if (*slot == 0) *slot = CLOSED;
    }
  }
}

static hc_status gather(struct hc_crowd *base, int side, size_t *count,
                        const struct hc_trader **traders) {
  struct hc_path_crowd *crowd = of(base);
  const struct hc_book *book = &crowd->book->book;
  const double initial = crowd->scenario->price.initial;
  size_t used = 0;
  mark_closed(crowd);
  for (size_t i = 0; i < book->count; i++) {
    const struct hc_position *start = &book->positions[i], *p = start;
    const uint32_t slot = crowd->slot[i];
    if ((side != 0 && p->side != side) || slot == CLOSED) continue;
    double session = 0.0;
    if (slot) {
      const struct hc_changed *c = &crowd->changed[slot - 1];
      if (c->state != HC_CHANGED_LIVE) continue;
      p = &c->position;
      session = c->session == crowd->session ? c->session_equity : equity_of(p, crowd->session_mark);
    } else {
      session = equity_of(p, crowd->session_mark);
    }
    crowd->traders[used++] = (struct hc_trader){
      .sign = p->side, .quantity = p->quantity, .entry = p->entry, .collateral = p->collateral,
      .start_equity = equity_of(start, initial), .session_equity = session, .account = (uint32_t)i};
  }
  *count = used;
  *traders = crowd->traders;
  return HC_OK;
}

hc_status hc_path_crowd_winners(struct hc_path_crowd *crowd, int side, hc_crowd_winner *winner,
                                void *context) {
  const struct hc_book *book = &crowd->book->book;
  const int sign = side == 0 ? 1 : -1;
  mark_closed(crowd);
  const hc_status status = hc_crowd_reserve(&crowd->base, book->count);
  for (size_t i = 0; status == HC_OK && i < book->count; i++) {
    const struct hc_position *p = &book->positions[i];
    const uint32_t slot = crowd->slot[i];
    if (p->side != sign || slot == CLOSED) continue;
    if (slot && crowd->changed[slot - 1].state != HC_CHANGED_LIVE) continue;
    if (slot) p = &crowd->changed[slot - 1].position;
    const double profit = sign * p->quantity * (crowd->system->mark - p->entry);
    if (profit > 0.0) winner(context, p, (uint32_t)i, profit);
  }
  return status;
}

static double maintenance(const struct hc_crowd *base, double notional) {
  const struct hc_book_market *market = &of(base)->scenario->market;
  double most = 0.0;
  for (size_t j = 0; j < market->tiers; j++) {
    const double needed = market->rate[j] * notional - market->deduction[j];
    if (needed > most) most = needed;
  }
  return most;
}

static struct hc_changed *changed_account(struct hc_path_crowd *crowd, uint32_t account) {
  const uint32_t slot = crowd->slot[account];
  struct hc_changed *c = slot ? &crowd->changed[slot - 1] : hc_crowd_take_out(crowd, account);
  if (c && !slot) crowd->side[side_of(&c->position)].stale = true;
  if (c) keep_session(crowd, c);
  if (c && c->step != crowd->system->step) {
    c->step = crowd->system->step;
    c->step_equity = equity_of(&c->position, crowd->system->mark);
    c->step_paid = 0.0;
  }
  return c;
}

static void note_payment(struct hc_path_crowd *crowd, struct hc_changed *c, double amount) {
  c->paid += amount;
  c->step_paid += amount;
  const double haircut = c->step_paid / c->step_equity;
  if (haircut > crowd->haircut_max) crowd->haircut_max = haircut;
}

hc_status hc_path_crowd_bear(struct hc_path_crowd *crowd, uint32_t account, double amount) {
  struct hc_changed *c = changed_account(crowd, account);
  if (!c) return HC_NO_MEMORY;
  note_payment(crowd, c, amount);
  crowd->system->trader -= amount;
  return HC_OK;
}

static void set_levels(struct hc_path_crowd *crowd, struct hc_changed *c) {
  struct hc_position *p = &c->position;
  hc_position_levels(p, &crowd->scenario->market);
  crowd->side[side_of(p)].stale = true;
}

static hc_status charge(struct hc_crowd *base, uint32_t account, double amount) {
  struct hc_path_crowd *crowd = of(base);
  struct hc_changed *c = changed_account(crowd, account);
  if (!c) return HC_NO_MEMORY;
  note_payment(crowd, c, amount);
  c->position.collateral -= amount;
  set_levels(crowd, c);
  return HC_OK;
}

static hc_status trade(struct hc_crowd *base, uint32_t account, double quantity, double price) {
  struct hc_path_crowd *crowd = of(base);
  struct hc_changed *c = changed_account(crowd, account);
  if (!c) return HC_NO_MEMORY;
  struct hc_position *p = &c->position;
  const double forgone = p->side * quantity * (price - crowd->system->mark);
  if (forgone > TOLERANCE * fabs(quantity) * price) note_payment(crowd, c, forgone);
  crowd->system->closed_quantity[side_of(p)] -= quantity;
  if (quantity > 0.0) {
    p->entry = (p->quantity * p->entry + quantity * price) / (p->quantity + quantity);
    p->quantity += quantity;
    set_levels(crowd, c);
    return HC_OK;
  }
  const double left = p->quantity + quantity;
  p->collateral += p->side * -quantity * (price - p->entry);
  if (left > TOLERANCE * p->quantity) {
    p->quantity = left;
    set_levels(crowd, c);
    return HC_OK;
  }
  c->state = HC_CHANGED_GONE;
  crowd->side[side_of(p)].stale = true;
  crowd->system->trader += p->collateral;
  return HC_OK;
}

static hc_status session(struct hc_crowd *base) {
  struct hc_path_crowd *crowd = of(base);
  crowd->session_mark = crowd->system->mark;
  crowd->session++;
  return HC_OK;
}

static double rest(const struct hc_crowd *base, int side) {
  const struct hc_path_crowd *crowd = of(base);
  const struct hc_scenario_book *book = crowd->book;
  const double net = book->sums[0].quantity - book->sums[1].quantity;
  const double there = side * (crowd->system->rest_quantity - net);
  return there > 0.0 ? there : 0.0;
}

static void close_rest(struct hc_crowd *base, int side, double quantity, double price) {
  struct hc_system *system = of(base)->system;
  system->rest_quantity -= side * quantity;
  system->rest_cash += side * quantity * price;
}

const struct hc_crowd_ops hc_path_crowd_ops = {gather, maintenance, charge, trade, session, rest,
                                              close_rest};
