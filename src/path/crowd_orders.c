/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forced orders, whole and in part, and what is held back from them. */
#include <math.h>

#include "path/blame.h"
#include "path/crowd_private.h"

/* ---- forced orders --------------------------------------------------------------------------- */

/* The parts of [from, to) between what was taken out. */
struct parts {
  const uint64_t *out;
  int64_t at, to;
};
/* First rank from `at` on whose bit is `wanted`, at most `to`. */
static int64_t find_bit(const uint64_t *out, int64_t at, int64_t to, bool wanted) {
  while (at < to) {
    const uint64_t word = (wanted ? out[at >> 6] : ~out[at >> 6]) >> (at & 63);
    if (word) {
      at += __builtin_ctzll(word);
      return at < to ? at : to;
    }
    at = (at | 63) + 1;
  }
  return to;
}
static bool next_part(struct parts *parts, int64_t *from, int64_t *to) {
  *from = find_bit(parts->out, parts->at, parts->to, false);
  *to = find_bit(parts->out, *from, parts->to, true);
  parts->at = *to;
  return *from < *to;
}

int64_t hc_path_crowd_rank(const struct hc_path_crowd *crowd, int side, int64_t from, int64_t to) {
  return find_bit(crowd->side[side].out, from, to, false);
}

bool hc_path_crowd_changed_first(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot) {
  const struct hc_side *base = &crowd->book->side[side];
  if (lot->hit_from >= lot->hit_to) return false;
  if (lot->from >= lot->to) return true;
  const struct hc_changed *c = &crowd->changed[crowd->side[side].hit[lot->hit_from]];
  const uint32_t number = base->account[lot->from];
  const double level = base->sign * crowd->book->book.positions[number].level;
  const double changed = base->sign * c->position.level;
  return changed > level || (changed == level && c->number < number);
}

/* What the present order closes of a changed account. */
static double units_of(const struct hc_changed *c) { return c->partly ? c->part : c->position.quantity; }

int64_t hc_path_crowd_sums(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                           struct hc_sums *sums) {
  const struct hc_crowd_side *s = &crowd->side[side];
  struct parts parts = {s->out, lot->from, lot->to};
  int64_t from, to, count = 0;
  *sums = (struct hc_sums){0.0, 0.0};
  while (next_part(&parts, &from, &to)) {
    const struct hc_sums part = hc_side_sums(&crowd->book->side[side], from, to);
    sums->quantity += part.quantity;
    sums->value += part.value;
    count += to - from;
  }
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    const struct hc_changed *c = &crowd->changed[s->hit[i]];
    if (c->state != HC_CHANGED_LIVE) continue;
    const double units = units_of(c);
    sums->quantity += units;
    sums->value += units * c->position.bankruptcy;
    count++;
  }
  if (lot->venue) {
    sums->quantity += s->venue.quantity;
    sums->value += s->venue.value;
  }
  return count;
}

/* As hc_side_close, for one position. */
static void close_changed(const struct hc_position *p, double fill, double fee,
                          struct hc_closing *closing) {
  const double equity = equity_of(p, fill), full = fee * (p->quantity * fill);
  closing->quantity += p->quantity;
  if (equity >= full) {
    closing->fee += full;
    closing->remainder += equity - full;
  } else if (equity >= 0.0) {
    closing->fee += equity;
  } else if (-equity >= TOLERANCE * p->quantity * fill) {
    closing->bad_debt -= equity;
  }
}

double hc_venue_result(const struct hc_venue *venue, int side, double price) {
  const double result = (side == 0 ? 1.0 : -1.0) * (venue->quantity * price - venue->value);
  return fabs(result) < TOLERANCE * venue->quantity * price ? 0.0 : result;
}

/* ---- closing in part: docs/model.md, Partial liquidation -------------------------------------- */

static hc_status close_part(struct hc_path_crowd *crowd, uint32_t index, double fill) {
  struct hc_changed *c = &crowd->changed[index];
  struct hc_position *p = &c->position;
  const double units = units_of(c);
  keep_session(crowd, c);
  p->collateral += p->side * (units * (fill - p->entry)) - crowd->scenario->fee * (units * fill);
  p->quantity -= units;
  hc_position_levels(p, &crowd->scenario->market);
  c->partly = false;
  const struct hc_partial *rule = &crowd->scenario->partial;
  c->ready = -1;
  if (rule->cooldown == 0) return hc_crowd_push(crowd, index);
  const int64_t until = crowd->system->step + rule->cooldown;
  if (!rule->whole) return hc_path_crowd_wait(crowd, index, HC_WAIT_COOLDOWN, until, HUGE_VAL);
  c->whole_until = until;
  return hc_crowd_push(crowd, index);
}

hc_status hc_path_crowd_divide(struct hc_path_crowd *crowd, int side, struct hc_lot *lot, double mark,
                               bool *any) {
  const struct hc_partial *rule = &crowd->scenario->partial;
  const struct hc_side *base = &crowd->book->side[side];
  struct hc_crowd_side *s = &crowd->side[side];
  struct parts parts = {s->out, lot->from, lot->to};
  *any = false;
  /* What is taken out of the index joins the changed ones of the lot, behind which are none that count. */
  if (lot->hit_from == lot->hit_to) lot->hit_from = lot->hit_to = s->hit_count;
  else if (lot->from < lot->to) s->hit_count = lot->hit_to;
  for (int64_t from, to; next_part(&parts, &from, &to);) {
    for (int64_t rank = from; rank < to; rank++) {
      const double quantity = hc_side_quantity(base, rank);
      if (!(hc_partial_units(rule, quantity, mark) < quantity)) continue;
      void *hit = s->hit;
      if (!hc_crowd_take_out(crowd, base->account[rank]) ||
          !grow(&hit, sizeof *s->hit, s->hit_count, &s->hit_capacity))
        return HC_NO_MEMORY;
      s->hit = hit;
      s->hit[s->hit_count++] = (uint32_t)(crowd->count - 1);
      lot->hit_to++;
    }
  }
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    struct hc_changed *c = &crowd->changed[s->hit[i]];
    c->part = hc_partial_units(rule, c->position.quantity, mark);
    c->partly = c->part < c->position.quantity && c->whole_until <= crowd->system->step;
    *any = *any || c->partly;
  }
  return HC_OK;
}

bool hc_path_crowd_whole(struct hc_path_crowd *crowd, int side, const struct hc_lot *lot, double fill) {
  const struct hc_scenario *scenario = crowd->scenario;
  const double sign = crowd->book->side[side].sign;
  bool any = false;
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    struct hc_changed *c = &crowd->changed[crowd->side[side].hit[i]];
    if (!c->partly) continue;
    const double share = c->part / c->position.quantity;
    if (sign * c->position.bankruptcy < sign * fill - (scenario->fee * share + TOLERANCE) * fill) continue;
    c->partly = false;
    any = true;
  }
  return any;
}

int64_t hc_path_crowd_parts(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot) {
  int64_t count = 0;
  for (size_t i = lot->hit_from; i < lot->hit_to; i++)
    count += crowd->changed[crowd->side[side].hit[i]].partly;
  return count;
}

/* ---- all that an order closes ---------------------------------------------------------------- */

void hc_path_crowd_close(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                         double fill, double fee, struct hc_closing *closing, double *venue) {
  const struct hc_crowd_side *s = &crowd->side[side];
  struct parts parts = {s->out, lot->from, lot->to};
  int64_t from, to;
  while (next_part(&parts, &from, &to)) {
    const struct hc_sums part = hc_side_sums(&crowd->book->side[side], from, to);
    hc_side_close(&crowd->book->side[side], from, to, &part, fill, fee, closing);
  }
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    const struct hc_changed *c = &crowd->changed[s->hit[i]];
    if (c->state != HC_CHANGED_LIVE) continue;
    if (!c->partly) {
      close_changed(&c->position, fill, fee, closing);
    } else {
      const double units = units_of(c);
      closing->quantity += units;
      closing->fee += fee * (units * fill);
    }
  }
  *venue = 0.0;
  if (!lot->venue) return;
  closing->quantity += s->venue.quantity;
  *venue = hc_venue_result(&s->venue, side, fill);
  if (*venue < 0.0) closing->bad_debt -= *venue;
}

void hc_path_crowd_blame(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                         double fill, double venue) {
  const struct hc_crowd_side *s = &crowd->side[side];
  struct parts parts = {s->out, lot->from, lot->to};
  int64_t from, to;
  while (next_part(&parts, &from, &to))
    hc_blame_range(crowd->system, &crowd->book->side[side], from, to, fill);
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    const struct hc_changed *c = &crowd->changed[s->hit[i]];
    struct hc_closing closing = {0};
    if (c->state == HC_CHANGED_LIVE && !c->partly)
      close_changed(&c->position, fill, 0.0, &closing);
    if (closing.bad_debt > 0.0) hc_blame_account(crowd->system, c->number, closing.bad_debt);
  }
  if (venue < 0.0) hc_blame_venue(crowd->system, -venue);
}

hc_status hc_path_crowd_closed(struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                               double fill) {
  struct hc_crowd_side *s = &crowd->side[side];
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    struct hc_changed *c = &crowd->changed[s->hit[i]];
    if (c->state != HC_CHANGED_LIVE) continue;
    c->state = c->partly ? HC_CHANGED_LIVE : HC_CHANGED_GONE;
    if (c->partly && close_part(crowd, s->hit[i], fill) != HC_OK) return HC_NO_MEMORY;
  }
  if (lot->venue) s->venue = (struct hc_venue){0};
  hc_path_crowd_pass(crowd, side);
  return HC_OK;
}

hc_status hc_path_crowd_hold(struct hc_path_crowd *crowd, int side, struct hc_lot *lot,
                             double fill) {
  struct hc_crowd_side *s = &crowd->side[side];
  const struct hc_side *base = &crowd->book->side[side];
  struct parts parts = {s->out, lot->from, lot->to};
  int64_t from, to;
  for (size_t i = lot->hit_from; i < lot->hit_to; i++) {
    struct hc_changed *c = &crowd->changed[s->hit[i]];
    const double least = -TOLERANCE * c->position.quantity * fill;
    if (c->state != HC_CHANGED_LIVE || equity_of(&c->position, fill) > least) continue;
    c->state = HC_CHANGED_HELD;
    crowd->held++;
  }
  while (next_part(&parts, &from, &to)) {
    for (int64_t rank = from; rank < to; rank++) {
      const double q = hc_side_quantity(base, rank);
      const double equity = base->sign * (q * (fill - hc_side_bankruptcy(base, rank)));
      if (equity > -TOLERANCE * q * fill) continue;
      struct hc_changed *c = hc_crowd_take_out(crowd, base->account[rank]);
      if (!c) return HC_NO_MEMORY;
      s->stale = true;
      c->state = HC_CHANGED_HELD;
      crowd->held++;
    }
  }
  if (lot->venue && hc_venue_result(&s->venue, side, fill) < 0.0) {
    s->venue.held = true;
    lot->venue = false;
    crowd->held++;
  }
  return HC_OK;
}

hc_status hc_path_crowd_judge(struct hc_path_crowd *crowd, double mark, struct hc_record record[2],
                              int64_t *count) {
  double value[2] = {0.0, 0.0};
  *count = 0;
  for (size_t i = 0; i < crowd->count && crowd->held; i++) {
    struct hc_changed *c = &crowd->changed[i];
    const struct hc_position *p = &c->position;
    const int side = side_of(p);
    if (c->state != HC_CHANGED_HELD) continue;
    crowd->side[side].stale = true;
    c->state = HC_CHANGED_LIVE;
    const double equity = equity_of(p, mark);
    if (equity > -TOLERANCE * p->quantity * mark) continue;
    c->state = HC_CHANGED_GONE;
    record[side].shortfall -= equity;
    if (crowd->system->blame) hc_blame_account(crowd->system, c->number, -equity);
    record[side].quantity += p->quantity;
    value[side] += p->quantity * p->bankruptcy;
    crowd->system->closed_quantity[side] += p->quantity;
    ++*count;
  }
  crowd->held = 0;
  for (int side = 0; side < 2; side++) {
    struct hc_venue *venue = &crowd->side[side].venue;
    const double result = venue->held ? hc_venue_result(venue, side, mark) : 0.0;
    venue->held = false;
    if (result < 0.0) {
      record[side].shortfall -= result;
      if (crowd->system->blame) hc_blame_venue(crowd->system, -result);
      record[side].quantity += venue->quantity;
      value[side] += venue->value;
      *venue = (struct hc_venue){0};
    }
    if (record[side].quantity > 0.0) record[side].bankruptcy = value[side] / record[side].quantity;
  }
  return hc_path_crowd_refresh(crowd);
}

void hc_path_crowd_release(struct hc_path_crowd *crowd, const double quantity[2], double mark) {
  for (int side = 0; side < 2; side++) {
    crowd->side[side].venue.quantity += quantity[side];
    crowd->side[side].venue.value += quantity[side] * mark;
  }
}

double hc_path_crowd_equity(const struct hc_path_crowd *crowd, double mark) {
  double sum = 0.0;
  for (int side = 0; side < 2; side++) {
    const struct hc_side *base = &crowd->book->side[side];
    const struct hc_lot all = {.from = crowd->system->cursor[side], .to = base->count, .venue = true};
    struct hc_sums sums;
    (void)hc_path_crowd_sums(crowd, side, &all, &sums);
    sum += base->sign * (mark * sums.quantity - sums.value);
  }
  for (size_t i = 0; i < crowd->count; i++)
    if (crowd->changed[i].state == HC_CHANGED_LIVE) sum += equity_of(&crowd->changed[i].position, mark);
  return sum;
}
