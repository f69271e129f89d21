/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path has changed in its book, what is triggered next, and who waits. */
#include "path/crowd.h"

#include <math.h>
#include <string.h>

#include "haircut/random.h"
#include "path/crowd_private.h"

hc_status hc_path_crowd_create(const struct hc_scenario *scenario, struct hc_system *system,
                               struct hc_path_crowd **crowd) {
  size_t slots = 0;
  for (size_t b = 0; b < scenario->books; b++)
    if (scenario->book[b].book.count > slots) slots = scenario->book[b].book.count;
  struct hc_path_crowd *c = calloc(1, sizeof *c);
  *crowd = c;
  if (!c) return HC_NO_MEMORY;
  c->base.ops = &hc_path_crowd_ops;
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

struct hc_changed *hc_crowd_take_out(struct hc_path_crowd *crowd, uint32_t number) {
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
  if (!hc_crowd_take_out(crowd, number)) return HC_NO_MEMORY;
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

hc_status hc_crowd_push(struct hc_path_crowd *crowd, uint32_t index) {
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
  return is_sought(crowd, c) ? hc_crowd_push(crowd, index) : HC_OK;
}

hc_status hc_path_crowd_wake(struct hc_path_crowd *crowd, int64_t step) {
  for (int i = 0; i < HC_WAITS; i++) {
    struct hc_waiting *w = &crowd->waiting[i];
    while (w->first < w->count && w->waiter[w->first].step <= step) {
      const uint32_t index = w->waiter[w->first++].index;
      struct hc_changed *c = &crowd->changed[index];
      c->waits = c->declined = false;
      c->ready = step;
      if (c->state == HC_CHANGED_LIVE && hc_crowd_push(crowd, index) != HC_OK) return HC_NO_MEMORY;
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
