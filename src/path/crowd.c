/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/crowd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "path/blame.h"
#include "path/payments.h"
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
  c->room = malloc((2 * slots + 1) * sizeof *c->room);
  for (int i = 0; i < 2; i++) c->side[i].out = calloc(slots / 64 + 2, sizeof *c->side[i].out);
  const bool whole = c->slot && c->traders && c->room && c->side[0].out && c->side[1].out;
  return whole ? HC_OK : HC_NO_MEMORY;
}

void hc_path_crowd_free(struct hc_path_crowd *crowd) {
  if (!crowd) return;
  for (int i = 0; i < 2; i++) {
    free(crowd->side[i].out);
    free(crowd->side[i].heap);
    free(crowd->side[i].hit);
  }
  hc_crowd_release(&crowd->base);
  for (int i = 0; i < HC_WAITS; i++) free(crowd->waiting[i].waiter);
  free(crowd->slot);
  free(crowd->changed);
  free(crowd->traders);
  free(crowd->room);
  free(crowd);
}

static bool is_out(const struct hc_crowd_side *side, int64_t rank) {
  return side->out[rank >> 6] >> (rank & 63) & 1;
}

void hc_path_crowd_start(struct hc_path_crowd *crowd, const struct hc_scenario_book *book) {
  for (size_t i = 0; i < crowd->count; i++) {
    const struct hc_changed *c = &crowd->changed[i];
    crowd->slot[c->number] = 0;
    crowd->side[side_of(&c->position)].out[c->rank >> 6] = 0;
  }
  for (int i = 0; i < 2; i++) {
    struct hc_crowd_side *s = &crowd->side[i];
    for (int64_t rank = 0; rank < s->marked; rank++)
      crowd->slot[crowd->book->side[i].account[rank]] = 0;
    s->heap_count = s->hit_count = 0;
    s->key = -HUGE_VAL;
    s->marked = 0;
    s->stale = false;
    s->venue = (struct hc_venue){0};
  }
  hc_path_crowd_forget(crowd);
  crowd->count = crowd->held = 0;
  crowd->book = book;
  crowd->session_mark = crowd->scenario->price.initial;
  crowd->session = 0;
  crowd->haircut_max = 0.0;
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
  const int64_t rank = crowd->book->rank[number];
  void *changed = crowd->changed;
  if (!grow(&changed, sizeof *crowd->changed, crowd->count, &crowd->capacity)) return NULL;
  crowd->changed = changed;
  s->out[rank >> 6] |= (uint64_t)1 << (rank & 63);
  crowd->slot[number] = (uint32_t)++crowd->count;
  struct hc_changed *c = &crowd->changed[crowd->count - 1];
  *c = (struct hc_changed){
    .position = *p, .session = -1, .step = -1, .number = number, .rank = rank,
    .first = {p->quantity, p->quantity * p->entry}, .state = HC_CHANGED_LIVE, .ready = -1};
  return c;
}

hc_status hc_path_crowd_take_out(struct hc_path_crowd *crowd, uint32_t number, uint32_t *index) {
  if (!take_out(crowd, number)) return HC_NO_MEMORY;
  *index = (uint32_t)(crowd->count - 1);
  return HC_OK;
}

/* ---- what is triggered next --------------------------------------------------------------------- */

static bool comes_before(const struct hc_crowd_next *a, const struct hc_crowd_next *b) {
  if (a->signed_level != b->signed_level) return a->signed_level > b->signed_level;
  return a->number < b->number;
}
static void sift(struct hc_crowd_next *heap, size_t at, size_t count) {
  const struct hc_crowd_next moved = heap[at];
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && comes_before(&heap[child + 1], &heap[child])) child++;
    if (!comes_before(&heap[child], &moved)) break;
    heap[at] = heap[child];
  }
  heap[at] = moved;
}

/* s*key of a level, as in the index; but a short that has less than nothing is triggered at every price. */
static double key_of(int side, double level) {
  if (level > 0.0) return side * hc_log(level) + TOLERANCE;
  return side > 0 ? -HUGE_VAL : HUGE_VAL;
}

static double backstop_level(const struct hc_path_crowd *crowd, const struct hc_position *position) {
  struct hc_position p = *position;
  hc_position_levels(&p, &crowd->scenario->backstop.market);
  return p.level;
}

bool hc_path_crowd_beyond(const struct hc_path_crowd *crowd, const struct hc_position *position,
                          double signed_price) {
  return key_of(position->side, backstop_level(crowd, position)) >= signed_price;
}

static void take_top(struct hc_crowd_side *s) {
  s->heap[0] = s->heap[--s->heap_count];
  if (s->heap_count) sift(s->heap, 0, s->heap_count);
}

static bool is_void(const struct hc_path_crowd *crowd, const struct hc_crowd_next *next) {
  const struct hc_changed *c = &crowd->changed[next->index];
  return !c->queued || c->signed_level != next->signed_level;
}

static void set_key(const struct hc_path_crowd *crowd, struct hc_crowd_side *s) {
  while (s->heap_count && is_void(crowd, &s->heap[0])) take_top(s);
  const int side = s == &crowd->side[0] ? 1 : -1;
  s->key = s->heap_count ? key_of(side, side * s->heap[0].signed_level) : -HUGE_VAL;
}

/* Makes room for an entry of a heap, and says what it is; false: no memory. */
static bool queue(struct hc_path_crowd *crowd, struct hc_crowd_side *s, uint32_t index,
                  struct hc_crowd_next *next) {
  struct hc_changed *c = &crowd->changed[index];
  const struct hc_position *p = &c->position;
  void *heap = s->heap;
  if (!grow(&heap, sizeof *s->heap, s->heap_count, &s->heap_capacity)) return false;
  s->heap = heap;
  c->queued = true;
  c->signed_level = p->side * (c->waits ? backstop_level(crowd, p) : p->level);
  *next = (struct hc_crowd_next){c->signed_level, c->number, index};
  return true;
}

/* Whether a look can find a changed account. */
static bool is_sought(const struct hc_path_crowd *crowd, const struct hc_changed *c) {
  if (c->state != HC_CHANGED_LIVE) return false;
  return !c->waits || (crowd->scenario->backstop.on && !c->declined);
}

/* Adds a changed account to its heap. */
static hc_status push(struct hc_path_crowd *crowd, uint32_t index) {
  struct hc_crowd_side *s = &crowd->side[side_of(&crowd->changed[index].position)];
  struct hc_crowd_next next;
  if (!queue(crowd, s, index, &next)) return HC_NO_MEMORY;
  size_t at = s->heap_count++;
  for (; at > 0 && comes_before(&next, &s->heap[(at - 1) / 2]); at = (at - 1) / 2)
    s->heap[at] = s->heap[(at - 1) / 2];
  s->heap[at] = next;
  if (at == 0 || is_void(crowd, &s->heap[0])) set_key(crowd, s);
  return HC_OK;
}

static hc_status make_heap(struct hc_path_crowd *crowd, int side) {
  struct hc_crowd_side *s = &crowd->side[side];
  s->heap_count = s->hit_count = 0;
  for (size_t i = 0; i < crowd->count; i++) {
    struct hc_changed *c = &crowd->changed[i];
    struct hc_crowd_next next;
    if (side_of(&c->position) != side) continue;
    c->queued = false;
    if (!is_sought(crowd, c)) continue;
    if (!queue(crowd, s, (uint32_t)i, &next)) return HC_NO_MEMORY;
    s->heap[s->heap_count++] = next;
  }
  for (size_t i = s->heap_count / 2; i-- > 0;) sift(s->heap, i, s->heap_count);
  set_key(crowd, s);
  s->stale = false;
  return HC_OK;
}

void hc_path_crowd_pass(struct hc_path_crowd *crowd, int side) {
  int64_t *cursor = &crowd->system->cursor[side];
  while (*cursor < crowd->book->side[side].count && is_out(&crowd->side[side], *cursor)) ++*cursor;
}

hc_status hc_path_crowd_refresh(struct hc_path_crowd *crowd) {
  for (int side = 0; side < 2; side++) {
    if (!crowd->side[side].stale) continue;
    const hc_status status = make_heap(crowd, side);
    if (status != HC_OK) return status;
    hc_path_crowd_pass(crowd, side);
  }
  return HC_OK;
}

hc_status hc_path_crowd_look(struct hc_path_crowd *crowd, int side, double signed_price,
                             size_t *hits) {
  struct hc_crowd_side *s = &crowd->side[side];
  s->hit_count = 0;
  while (s->key >= signed_price && s->heap_count) {
    void *hit = s->hit;
    if (!grow(&hit, sizeof *s->hit, s->hit_count, &s->hit_capacity)) return HC_NO_MEMORY;
    s->hit = hit;
    s->hit[s->hit_count++] = s->heap[0].index;
    crowd->changed[s->heap[0].index].queued = false;
    take_top(s);
    set_key(crowd, s);
  }
  *hits = s->hit_count;
  return HC_OK;
}

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

/* ---- waiting: docs/model.md, Who waits -------------------------------------------------------- */

void hc_path_crowd_forget(struct hc_path_crowd *crowd) {
  for (int i = 0; i < HC_WAITS; i++) crowd->waiting[i].first = crowd->waiting[i].count = 0;
  crowd->wait_next = INT64_MAX;
}

static void set_wait_next(struct hc_path_crowd *crowd) {
  crowd->wait_next = INT64_MAX;
  for (int i = 0; i < HC_WAITS; i++) {
    const struct hc_waiting *w = &crowd->waiting[i];
    if (w->first < w->count && w->waiter[w->first].step < crowd->wait_next)
      crowd->wait_next = w->waiter[w->first].step;
  }
}

hc_status hc_path_crowd_wait(struct hc_path_crowd *crowd, uint32_t index, enum hc_wait why, int64_t step,
                             double signed_price) {
  struct hc_waiting *w = &crowd->waiting[why];
  struct hc_changed *c = &crowd->changed[index];
  if (w->first > 0 && w->count == w->capacity) {
    w->count -= w->first;
    memmove(w->waiter, w->waiter + w->first, w->count * sizeof *w->waiter);
    w->first = 0;
  }
  void *waiter = w->waiter;
  if (!grow(&waiter, sizeof *w->waiter, w->count, &w->capacity)) return HC_NO_MEMORY;
  w->waiter = waiter;
  w->waiter[w->count++] = (struct hc_waiter){step, index};
  set_wait_next(crowd);
  c->waits = true;
  c->declined = crowd->scenario->backstop.on && hc_path_crowd_beyond(crowd, &c->position, signed_price);
  return is_sought(crowd, c) ? push(crowd, index) : HC_OK;
}

hc_status hc_path_crowd_wake(struct hc_path_crowd *crowd, int64_t step) {
  for (int i = 0; i < HC_WAITS; i++) {
    struct hc_waiting *w = &crowd->waiting[i];
    while (w->first < w->count && w->waiter[w->first].step <= step) {
      const uint32_t index = w->waiter[w->first++].index;
      struct hc_changed *c = &crowd->changed[index];
      c->waits = c->declined = false;
      c->ready = step;
      if (c->state == HC_CHANGED_LIVE && push(crowd, index) != HC_OK) return HC_NO_MEMORY;
    }
  }
  set_wait_next(crowd);
  return HC_OK;
}

double hc_path_crowd_deficit(const struct hc_path_crowd *crowd, double mark) {
  double sum = 0.0;
  for (size_t i = 0; i < crowd->count; i++) {
    const struct hc_changed *c = &crowd->changed[i];
    const double equity = equity_of(&c->position, mark);
    if (c->state == HC_CHANGED_LIVE && c->waits && equity < 0.0) sum -= equity;
  }
  return sum;
}

/* ---- closing in part: docs/model.md, Partial liquidation -------------------------------------- */

/* What the account had at the start of the session, before its position changes in it. */
static void keep_session(const struct hc_path_crowd *crowd, struct hc_changed *c) {
  if (c->session == crowd->session) return;
  c->session = crowd->session;
  c->session_equity = equity_of(&c->position, crowd->session_mark);
}

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
  if (rule->cooldown == 0) return push(crowd, index);
  const int64_t until = crowd->system->step + rule->cooldown;
  if (!rule->whole) return hc_path_crowd_wait(crowd, index, HC_WAIT_COOLDOWN, until, HUGE_VAL);
  c->whole_until = until;
  return push(crowd, index);
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
      if (!take_out(crowd, base->account[rank]) ||
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
      struct hc_changed *c = take_out(crowd, base->account[rank]);
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
  struct hc_changed *c = slot ? &crowd->changed[slot - 1] : take_out(crowd, account);
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

static const struct hc_crowd_ops crowd_ops = {gather, maintenance, charge, trade, session, rest,
                                              close_rest};
