/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of allocation rules, and what they have in common. */
#include "waterfall/allocation.h"

#include "waterfall/share.h"

static const struct hc_variant *const rules[] = {
  &hc_allocation_pro_rata, &hc_allocation_equal,          &hc_allocation_ranked,
  &hc_allocation_random,   &hc_allocation_rotate,         &hc_allocation_fifo,
  &hc_allocation_smallest_first, &hc_allocation_water_filling};
const struct hc_registry hc_allocation_rules = {"allocation", sizeof rules / sizeof *rules, rules};

/* ---- the order of payers -------------------------------------------------- */

static uint32_t *slot(const struct hc_heap *heap, size_t j) {
  return heap->slots + (ptrdiff_t)j * heap->step;
}

static int comes_before(const struct hc_heap *heap, uint32_t a, uint32_t b) {
  const double key_a = heap->key ? heap->key[a] : -heap->offers[a].score;
  const double key_b = heap->key ? heap->key[b] : -heap->offers[b].score;
  if (key_a < key_b) return 1;
  if (key_a > key_b) return 0;
  return heap->offers[a].account < heap->offers[b].account;
}

static void sink(const struct hc_heap *heap, size_t place, uint32_t offer) {
  for (size_t child; (child = 2 * place + 1) < heap->count; place = child) {
    if (child + 1 < heap->count && comes_before(heap, *slot(heap, child + 1), *slot(heap, child)))
      child++;
    if (!comes_before(heap, *slot(heap, child), offer)) break;
    *slot(heap, place) = *slot(heap, child);
  }
  *slot(heap, place) = offer;
}

void hc_heap_order(struct hc_heap *heap) {
  for (size_t j = heap->count / 2; j-- > 0;) sink(heap, j, *slot(heap, j));
}

void hc_heap_fill(struct hc_heap *heap, size_t count) {
  heap->count = count;
  for (size_t j = 0; j < count; j++) *slot(heap, j) = (uint32_t)j;
  hc_heap_order(heap);
}

uint32_t hc_heap_first(const struct hc_heap *heap) { return *slot(heap, 0); }

uint32_t hc_heap_pop(struct hc_heap *heap) {
  const uint32_t first = *slot(heap, 0), last = *slot(heap, --heap->count);
  if (heap->count > 0) sink(heap, 0, last);
  *slot(heap, heap->count) = first;
  return first;
}

void hc_heap_push(struct hc_heap *heap, uint32_t offer) {
  size_t place = heap->count++;
  while (place > 0) {
    const size_t parent = (place - 1) / 2;
    if (!comes_before(heap, offer, *slot(heap, parent))) break;
    *slot(heap, place) = *slot(heap, parent);
    place = parent;
  }
  *slot(heap, place) = offer;
}

size_t hc_allocation_limit(struct hc_offer *offers, size_t count, size_t limit, uint32_t *scratch) {
  if (limit >= count) return count;
  struct hc_heap heap = {.slots = scratch, .step = 1, .offers = offers};
  hc_heap_fill(&heap, count);
  uint32_t last = 0;
  for (size_t k = 0; k < limit; k++) last = hc_heap_pop(&heap);
  /* All that do not come behind the last one taken, in the order they have. */
  const double score = limit > 0 ? offers[last].score : 0.0;
  const uint32_t account = limit > 0 ? offers[last].account : 0;
  size_t kept = 0;
  for (size_t i = 0; i < count && kept < limit; i++)
    if (offers[i].score > score || (offers[i].score == score && offers[i].account <= account))
      offers[kept++] = offers[i];
  return kept;
}

/* ---- payment in turn -------------------------------------------------------- */

/* What one payer pays of what is left, if that is more than `nothing`; takes it off. */
static double take(struct hc_total *left, double cap, double nothing) {
  const double rest = hc_total_value(left);
  if (!(rest > nothing)) return 0.0;
  if (cap < rest) hc_total_add(left, -cap);
  else *left = (struct hc_total){0.0, 0.0}; /* and what rounding to one number leaves of it */
  return cap < rest ? cap : rest;
}

/* Numbers of offers, of which [from, to) may still pay more or less than all they have. */
struct segment {
  uint32_t *slots;
  size_t from, to;
};

static void swap(uint32_t *a, uint32_t *b) {
  const uint32_t kept = *a;
  *a = *b;
  *b = kept;
}

/* Moves all that come before one of the segment to its start; where that one then is. */
static size_t partition(const struct segment *s, const struct hc_heap *order) {
  uint32_t *slots = s->slots, *last = &slots[s->to - 1];
  uint32_t *first = &slots[s->from], *middle = &slots[s->from + (s->to - s->from) / 2];
  if (comes_before(order, *middle, *first)) swap(first, middle);
  if (comes_before(order, *last, *middle)) swap(middle, last);
  if (comes_before(order, *middle, *first)) swap(first, middle);
  swap(middle, last); /* the median of three */
  size_t at = s->from;
  for (size_t j = s->from; j + 1 < s->to; j++)
    if (comes_before(order, slots[j], *last)) swap(&slots[at++], &slots[j]);
  swap(&slots[at], last);
  return at;
}

/* Finds who pays a part of what he has by halves (Hoare 1961), without ordering those before and
 * behind him: they pay all, or nothing. */
static void narrow(struct segment *s, const struct hc_heap *order, struct hc_total *left,
                   double nothing, double *paid) {
  while (s->to - s->from > 32 && hc_total_value(left) > nothing) {
    const size_t at = partition(s, order);
    struct hc_total sum = {0.0, 0.0};
    for (size_t j = s->from; j < at; j++) hc_total_add(&sum, order->offers[s->slots[j]].cap);
    if (hc_total_value(&sum) < hc_total_value(left)) {
      for (size_t j = s->from; j < at; j++) paid[s->slots[j]] = order->offers[s->slots[j]].cap;
      hc_total_add(left, -sum.high);
      hc_total_add(left, -sum.low);
      paid[s->slots[at]] = take(left, order->offers[s->slots[at]].cap, nothing);
      s->from = at + 1;
    } else {
      for (size_t j = at; j < s->to; j++) paid[s->slots[j]] = 0.0;
      s->to = at;
    }
  }
}

void hc_share_in_order(double target, size_t count, const struct hc_offer *offers,
                       uint32_t *scratch, double *paid) {
  struct segment open = {scratch, 0, count};
  struct hc_heap heap = {.slots = scratch, .step = 1, .key = paid, .offers = offers};
  struct hc_total left = {target, 0.0};
  for (size_t j = 0; j < count; j++) scratch[j] = (uint32_t)j;
  const double nothing = 0x1p-80 * target; /* what rounding of its parts leaves of it */
  narrow(&open, &heap, &left, nothing, paid);
  heap.slots = scratch + open.from;
  heap.count = open.to - open.from;
  hc_heap_order(&heap);
  while (heap.count > 0 && hc_total_value(&left) > nothing) {
    const uint32_t i = hc_heap_pop(&heap);
    paid[i] = take(&left, offers[i].cap, nothing);
  }
  for (size_t j = 0; j < heap.count; j++) paid[heap.slots[j]] = 0.0;
}

void hc_share_in_turn(double target, size_t count, const struct hc_offer *offers, size_t first,
                      double *paid) {
  struct hc_total left = {target, 0.0};
  for (size_t i = first; i < count; i++) paid[i] = take(&left, offers[i].cap, 0.0);
  for (size_t i = 0; i < first; i++) paid[i] = take(&left, offers[i].cap, 0.0);
}

/* ---- rounding ----------------------------------------------------------------- */

/* Changes one payment by `missing`, as far as it can; returns what remains. */
static double adjust(double missing, double cap, double *paid) {
  const double before = *paid;
  double after = before + missing;
  if (after < 0.0) after = 0.0;
  if (after > cap) after = cap;
  *paid = after;
  return missing - (after - before);
}

void hc_share_settle(double target, size_t count, const struct hc_offer *offers, double *paid) {
  struct hc_total sum = {-target, 0.0};
  for (size_t i = 0; i < count; i++) hc_total_add(&sum, paid[i]);
  double missing = -hc_total_value(&sum);
  size_t greatest = count;
  for (size_t i = 0; i < count; i++)
    if (paid[i] > 0.0 && paid[i] < offers[i].cap &&
        (greatest == count || paid[i] > paid[greatest]))
      greatest = i;
  if (greatest < count) missing = adjust(missing, offers[greatest].cap, &paid[greatest]);
  /* Less than the spacing of numbers near the target is as good as nothing. */
  for (size_t i = 0; i < count && fabs(missing) > 0x1p-52 * target; i++)
    if (paid[i] > 0.0) missing = adjust(missing, offers[i].cap, &paid[i]);
}
