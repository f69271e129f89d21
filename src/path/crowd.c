/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/crowd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "path/system.h"

#define CLOSED UINT32_MAX
#define TOLERANCE 1e-12 /* of the notional: equity below is 0 */

static int side_of(const struct hc_position *position) { return position->side > 0 ? 0 : 1; }

static double equity_of(const struct hc_position *p, double mark) {
  return p->side * p->quantity * (mark - p->bankruptcy);
}

/* ---- keeping ---------------------------------------------------------------------------- */

static const struct hc_crowd_ops crowd_ops;

hc_status hc_path_crowd_create(const struct hc_scenario *scenario, struct hc_system *system,
                               struct hc_path_crowd **crowd) {
  size_t slots = 0;
  for (size_t b = 0; b < scenario->books; b++)
    if (scenario->book[b].book.count > slots) slots = scenario->book[b].book.count;
  struct hc_path_crowd *c = calloc(1, sizeof *c);
  *crowd = c;
  if (!c) return HC_NO_MEMORY;
  c->base.ops = &crowd_ops;
  c->scenario = scenario;
  c->system = system;
  c->slots = slots;
  c->slot = calloc(slots + 1, sizeof *c->slot);
  c->traders = malloc((slots + 1) * sizeof *c->traders);
  return c->slot && c->traders ? HC_OK : HC_NO_MEMORY;
}

void hc_path_crowd_free(struct hc_path_crowd *crowd) {
  if (!crowd) return;
  for (int i = 0; i < 2; i++) {
    free(crowd->side[i].removed);
    free(crowd->side[i].order);
  }
  hc_crowd_release(&crowd->base);
  free(crowd->slot);
  free(crowd->changed);
  free(crowd->traders);
  free(crowd);
}

void hc_path_crowd_start(struct hc_path_crowd *crowd, const struct hc_scenario_book *book) {
  for (size_t i = 0; i < crowd->count; i++) crowd->slot[crowd->changed[i].number] = 0;
  for (int i = 0; i < 2; i++) {
    struct hc_crowd_side *s = &crowd->side[i];
    for (int64_t rank = 0; rank < s->marked; rank++)
      crowd->slot[crowd->book->side[i].account[rank]] = 0;
    s->removed_count = s->removed_at = s->order_count = s->order_at = 0;
    s->marked = 0;
    s->stale = false;
    s->venue = (struct hc_venue){0};
  }
  crowd->count = crowd->held = 0;
  crowd->book = book;
  crowd->session_mark = crowd->scenario->price.initial;
}

static bool grow(void **items, size_t size, size_t count, size_t *capacity) {
  if (count < *capacity) return true;
  const size_t more = *capacity ? 2 * *capacity : 64;
  void *moved = realloc(*items, more * size);
  if (!moved) return false;
  *items = moved;
  *capacity = more;
  return true;
}

/* Takes a position out of the book, to be changed; NULL: no memory. */
static struct hc_changed *take_out(struct hc_path_crowd *crowd, uint32_t number) {
  const struct hc_position *p = &crowd->book->book.positions[number];
  struct hc_crowd_side *s = &crowd->side[side_of(p)];
  void *changed = crowd->changed, *removed = s->removed;
  if (!grow(&changed, sizeof *crowd->changed, crowd->count, &crowd->capacity)) return NULL;
  crowd->changed = changed;
  if (!grow(&removed, sizeof *s->removed, s->removed_count, &s->removed_capacity)) return NULL;
  s->removed = removed;
  s->removed[s->removed_count++] = crowd->book->rank[number];
  s->stale = true;
  crowd->slot[number] = (uint32_t)++crowd->count;
  struct hc_changed *c = &crowd->changed[crowd->count - 1];
  *c = (struct hc_changed){
    .position = *p,
    .key = hc_side_key(&crowd->book->side[side_of(p)], crowd->book->rank[number]),
    .session_equity = equity_of(p, crowd->session_mark),
    .number = number,
    .state = HC_CHANGED_LIVE};
  return c;
}

/* ---- order ---------------------------------------------------------------------------------- */

static int by_rank(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return a < b ? -1 : a > b;
}

/* Falling key; ties by account. Heapsort, since qsort takes no context. */
static bool comes_after(const struct hc_changed *changed, uint32_t a, uint32_t b) {
  if (changed[a].key != changed[b].key) return changed[a].key < changed[b].key;
  return changed[a].number > changed[b].number;
}
static void sift(const struct hc_changed *changed, uint32_t *order, size_t at, size_t count) {
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && comes_after(changed, order[child + 1], order[child])) child++;
    if (!comes_after(changed, order[child], order[at])) return;
    const uint32_t swap = order[at];
    order[at] = order[child];
    order[child] = swap;
  }
}
static void sort_order(const struct hc_changed *changed, uint32_t *order, size_t count) {
  for (size_t i = count / 2; i-- > 0;) sift(changed, order, i, count);
  for (size_t i = count; i-- > 1;) {
    const uint32_t swap = order[0];
    order[0] = order[i];
    order[i] = swap;
    sift(changed, order, 0, i);
  }
}

static hc_status refresh_side(struct hc_path_crowd *crowd, int side) {
  struct hc_crowd_side *s = &crowd->side[side];
  qsort(s->removed, s->removed_count, sizeof *s->removed, by_rank);
  s->order_count = s->order_at = s->removed_at = 0;
  for (size_t i = 0; i < crowd->count; i++) {
    const struct hc_changed *c = &crowd->changed[i];
    if (c->state != HC_CHANGED_LIVE || side_of(&c->position) != side) continue;
    void *order = s->order;
    if (!grow(&order, sizeof *s->order, s->order_count, &s->order_capacity)) return HC_NO_MEMORY;
    s->order = order;
    s->order[s->order_count++] = (uint32_t)i;
  }
  sort_order(crowd->changed, s->order, s->order_count);
  s->stale = false;
  return HC_OK;
}

/* The cursor stands at a position that is still in the index. */
static void pass_removed(struct hc_path_crowd *crowd, int side) {
  struct hc_crowd_side *s = &crowd->side[side];
  int64_t *cursor = &crowd->system->cursor[side];
  while (s->removed_at < s->removed_count && s->removed[s->removed_at] <= *cursor) {
    if (s->removed[s->removed_at] == *cursor) ++*cursor;
    s->removed_at++;
  }
}

hc_status hc_path_crowd_refresh(struct hc_path_crowd *crowd) {
  for (int side = 0; side < 2; side++) {
    if (!crowd->side[side].stale) continue;
    const hc_status status = refresh_side(crowd, side);
    if (status != HC_OK) return status;
    pass_removed(crowd, side);
  }
  return HC_OK;
}

size_t hc_path_crowd_triggered(const struct hc_path_crowd *crowd, int side, double signed_price) {
  const struct hc_crowd_side *s = &crowd->side[side];
  size_t to = s->order_at;
  while (to < s->order_count && crowd->changed[s->order[to]].key >= signed_price) to++;
  return to;
}

/* ---- forced orders --------------------------------------------------------------------------- */

/* The parts of [from, to) between removed positions. */
struct parts {
  const struct hc_crowd_side *side;
  size_t removed, count; /* `count` of them are sorted */
  int64_t at, to;
};
static struct parts parts_of(const struct hc_crowd_side *side, const struct hc_lot *lot) {
  struct parts parts = {side, side->removed_at, side->removed_count, lot->from, lot->to};
  while (parts.removed < parts.count && side->removed[parts.removed] < lot->from)
    parts.removed++;
  return parts;
}
static bool next_part(struct parts *parts, int64_t *from, int64_t *to) {
  while (parts->at < parts->to) {
    const bool gap = parts->removed < parts->count &&
                     parts->side->removed[parts->removed] < parts->to;
    *from = parts->at;
    *to = gap ? parts->side->removed[parts->removed++] : parts->to;
    parts->at = *to + (gap ? 1 : 0);
    if (*to > *from) return true;
  }
  return false;
}

int64_t hc_path_crowd_sums(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                           struct hc_sums *sums) {
  const struct hc_crowd_side *s = &crowd->side[side];
  struct parts parts = parts_of(s, lot);
  int64_t from, to, count = 0;
  *sums = (struct hc_sums){0.0, 0.0};
  while (next_part(&parts, &from, &to)) {
    const struct hc_sums part = hc_side_sums(&crowd->book->side[side], from, to);
    sums->quantity += part.quantity;
    sums->value += part.value;
    count += to - from;
  }
  for (size_t i = lot->order_from; i < lot->order_to; i++) {
    const struct hc_changed *c = &crowd->changed[s->order[i]];
    if (c->state != HC_CHANGED_LIVE) continue;
    sums->quantity += c->position.quantity;
    sums->value += c->position.quantity * c->position.bankruptcy;
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

/* What the venue's own units give at a price; a loss within rounding is none. */
static double venue_result(const struct hc_venue *venue, int side, double price) {
  const double result = (side == 0 ? 1.0 : -1.0) * (venue->quantity * price - venue->value);
  return fabs(result) < TOLERANCE * venue->quantity * price ? 0.0 : result;
}

void hc_path_crowd_close(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                         double fill, double fee, struct hc_closing *closing, double *venue) {
  const struct hc_crowd_side *s = &crowd->side[side];
  struct parts parts = parts_of(s, lot);
  int64_t from, to;
  while (next_part(&parts, &from, &to)) {
    const struct hc_sums part = hc_side_sums(&crowd->book->side[side], from, to);
    hc_side_close(&crowd->book->side[side], from, to, &part, fill, fee, closing);
  }
  for (size_t i = lot->order_from; i < lot->order_to; i++) {
    const struct hc_changed *c = &crowd->changed[s->order[i]];
    if (c->state == HC_CHANGED_LIVE) close_changed(&c->position, fill, fee, closing);
  }
  *venue = 0.0;
  if (!lot->venue) return;
  closing->quantity += s->venue.quantity;
  *venue = venue_result(&s->venue, side, fill);
  if (*venue < 0.0) closing->bad_debt -= *venue;
}

void hc_path_crowd_closed(struct hc_path_crowd *crowd, int side, const struct hc_lot *lot) {
  struct hc_crowd_side *s = &crowd->side[side];
  for (size_t i = lot->order_from; i < lot->order_to; i++) {
    struct hc_changed *c = &crowd->changed[s->order[i]];
    if (c->state == HC_CHANGED_LIVE) c->state = HC_CHANGED_GONE;
  }
  s->order_at = lot->order_to;
  if (lot->venue) s->venue = (struct hc_venue){0};
  pass_removed(crowd, side);
}

hc_status hc_path_crowd_hold(struct hc_path_crowd *crowd, int side, struct hc_lot *lot,
                             double fill) {
  struct hc_crowd_side *s = &crowd->side[side];
  const struct hc_side *base = &crowd->book->side[side];
  struct parts parts = parts_of(s, lot);
  int64_t from, to;
  for (size_t i = lot->order_from; i < lot->order_to; i++) {
    struct hc_changed *c = &crowd->changed[s->order[i]];
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
      struct hc_changed *c = take_out(crowd, base->account[rank]);
      if (!c) return HC_NO_MEMORY;
      c->state = HC_CHANGED_HELD;
      crowd->held++;
    }
  }
  /* What was taken out went to the end of the list; later looks read it in order. */
  if (s->removed_count > parts.count)
    qsort(s->removed, s->removed_count, sizeof *s->removed, by_rank);
  if (lot->venue && venue_result(&s->venue, side, fill) < 0.0) {
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
    record[side].quantity += p->quantity;
    value[side] += p->quantity * p->bankruptcy;
    crowd->system->closed_quantity[side] += p->quantity;
    ++*count;
  }
  crowd->held = 0;
  for (int side = 0; side < 2; side++) {
    struct hc_venue *venue = &crowd->side[side].venue;
    const double result = venue->held ? venue_result(venue, side, mark) : 0.0;
    venue->held = false;
    if (result < 0.0) {
      record[side].shortfall -= result;
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
    const struct hc_crowd_side *s = &crowd->side[side];
    const struct hc_lot all = {crowd->system->cursor[side], base->count, s->order_at, s->order_count,
                               true};
    struct hc_sums sums;
    (void)hc_path_crowd_sums(crowd, side, &all, &sums);
    sum += base->sign * (mark * sums.quantity - sums.value);
  }
  return sum;
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
      session = c->session_equity;
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
  return slot ? &crowd->changed[slot - 1] : take_out(crowd, account);
}

static void set_levels(struct hc_path_crowd *crowd, struct hc_changed *c) {
  struct hc_position *p = &c->position;
  hc_position_levels(p, &crowd->scenario->market);
  /* A long's level at or below 0 is never reached; a short's, which has less than nothing, is. */
  c->key = p->level > 0.0 ? p->side * hc_log(p->level) + TOLERANCE
                          : p->side > 0 ? -HUGE_VAL : HUGE_VAL;
  crowd->side[side_of(p)].stale = true;
}

static hc_status charge(struct hc_crowd *base, uint32_t account, double amount) {
  struct hc_path_crowd *crowd = of(base);
  struct hc_changed *c = changed_account(crowd, account);
  if (!c) return HC_NO_MEMORY;
  c->position.collateral -= amount;
  set_levels(crowd, c);
  return HC_OK;
}

static hc_status trade(struct hc_crowd *base, uint32_t account, double quantity, double price) {
  struct hc_path_crowd *crowd = of(base);
  struct hc_changed *c = changed_account(crowd, account);
  if (!c) return HC_NO_MEMORY;
  struct hc_position *p = &c->position;
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
  for (size_t i = 0; i < crowd->count; i++) {
    struct hc_changed *c = &crowd->changed[i];
    if (c->state == HC_CHANGED_LIVE) c->session_equity = equity_of(&c->position, crowd->session_mark);
  }
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

static const struct hc_crowd_ops crowd_ops = {gather, maintenance, charge, trade, session, rest,
                                              close_rest};
