/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/allocation.h"

#include <math.h>
#include <stdbool.h>

/* ---- in some order, each his cap ---------------------------------------------------------- */

/* Whether offer a comes before offer b: by key, greatest first, then by account. */
typedef double key_of(const struct hc_offer *offer);
static double key_score(const struct hc_offer *offer) { return offer->score; }
static double key_order(const struct hc_offer *offer) { return -offer->order; }
static double key_small(const struct hc_offer *offer) { return -offer->weight; }

static bool before(const struct hc_offer *a, const struct hc_offer *b, key_of *key) {
  const double ka = key(a), kb = key(b);
  if (ka != kb) return ka > kb;
  return a->account < b->account;
}

/* A heap with the first on top: often only the first few of many are needed. */
static void sift(uint32_t *heap, size_t at, size_t count, const struct hc_offer *offers, key_of *key) {
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && before(&offers[heap[child + 1]], &offers[heap[child]], key)) child++;
    if (!before(&offers[heap[child]], &offers[heap[at]], key)) return;
    const uint32_t swap = heap[at];
    heap[at] = heap[child];
    heap[child] = swap;
  }
}
static void make_heap(uint32_t *heap, size_t count, const struct hc_offer *offers, key_of *key) {
  for (size_t i = 0; i < count; i++) heap[i] = (uint32_t)i;
  for (size_t i = count / 2; i-- > 0;) sift(heap, i, count, offers, key);
}
static uint32_t pop(uint32_t *heap, size_t *count, const struct hc_offer *offers, key_of *key) {
  const uint32_t first = heap[0];
  heap[0] = heap[--*count];
  heap[*count] = first; /* popped ones gather behind the heap, last popped first */
  sift(heap, 0, *count, offers, key);
  return first;
}

static double least(double a, double b) { return a < b ? a : b; }

static void in_order(double target, size_t count, const struct hc_offer *offers, key_of *key,
                     uint32_t *scratch, double *paid) {
  for (size_t i = 0; i < count; i++) paid[i] = 0.0;
  make_heap(scratch, count, offers, key);
  for (size_t heap = count; heap > 0 && target > 0.0;) {
    const uint32_t i = pop(scratch, &heap, offers, key);
    paid[i] = least(offers[i].cap, target);
    target -= paid[i];
  }
}

static void share_ranked(double target, size_t count, const struct hc_offer *offers, double price,
                         double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  in_order(target, count, offers, key_score, scratch, paid);
}
static void share_random(double target, size_t count, const struct hc_offer *offers, double price,
                         double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  in_order(target, count, offers, key_order, scratch, paid);
}
static void share_smallest(double target, size_t count, const struct hc_offer *offers, double price,
                           double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  in_order(target, count, offers, key_small, scratch, paid);
}

static void share_from(double target, size_t count, const struct hc_offer *offers, size_t first,
                       double *paid) {
  for (size_t k = 0; k < count; k++) {
    const size_t i = first + k < count ? first + k : first + k - count;
    paid[i] = target > 0.0 ? least(offers[i].cap, target) : 0.0;
    target -= paid[i];
  }
}
static void share_fifo(double target, size_t count, const struct hc_offer *offers, double price,
                       double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start, (void)scratch;
  share_from(target, count, offers, 0, paid);
}
static void share_rotate(double target, size_t count, const struct hc_offer *offers, double price,
                         double start, uint32_t *scratch, double *paid) {
  (void)price, (void)scratch;
  const size_t first = (size_t)(start * (double)count);
  share_from(target, count, offers, first < count ? first : count - 1, paid);
}

size_t hc_allocation_limit(struct hc_offer *offers, size_t count, size_t limit, uint32_t *scratch) {
  if (count <= limit) return count;
  make_heap(scratch, count, offers, key_score);
  for (size_t heap = count, k = 0; k < limit; k++) (void)pop(scratch, &heap, offers, key_score);
  /* The kept are scratch[count - limit ...]; marked by a score of their own, then packed. */
  for (size_t i = 0; i < count - limit; i++) offers[scratch[i]].weight = -1.0;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (offers[i].weight >= 0.0) offers[kept++] = offers[i];
  return kept;
}

/* ---- in proportion, within caps ------------------------------------------------------------ */

/* x = min(c, theta w) with sum T: who is capped is found by rising c/w (water-filling on
 * payment over weight); until one is, all share what is left by weight. */
static void proportional(double target, size_t count, const struct hc_offer *offers, bool by_weight,
                         uint32_t *scratch, double *paid) {
  double greatest = 0.0, total = 0.0, caps = 0.0;
  size_t last = 0;
  for (size_t i = 0; i < count; i++)
    if (offers[i].weight > greatest) greatest = offers[i].weight;
  for (size_t i = 0; i < count; i++) {
    total += by_weight ? offers[i].weight / greatest : 1.0;
    caps += offers[i].cap;
  }
  if (caps <= target) {
    for (size_t i = 0; i < count; i++) paid[i] = offers[i].cap;
    return;
  }
  bool capped = false;
  double left = target;
  for (size_t i = 0; i < count; i++) {
    const double weight = by_weight ? offers[i].weight / greatest : 1.0;
    paid[i] = target * (weight / total);
    if (paid[i] > offers[i].cap) capped = true;
  }
  for (size_t i = 0; i < count; i++) {
    if (!capped && paid[i] > left) paid[i] = left;
    left -= paid[i];
    if (paid[i] > paid[last]) last = i;
  }
  if (!capped) { /* the greatest payer takes what rounding leaves */
    if (left > 0.0) paid[last] = least(paid[last] + left, offers[last].cap);
    return;
  }
  /* Rounds: those over their caps pay them, the rest share what is left; each round caps one
   * more at least. */
  for (size_t i = 0; i < count; i++) scratch[i] = 0;
  left = target;
  for (bool more = true; more;) {
    more = false;
    total = 0.0;
    for (size_t i = 0; i < count; i++)
      if (!scratch[i]) total += by_weight ? offers[i].weight / greatest : 1.0;
    const double now = left;
    for (size_t i = 0; i < count; i++) {
      if (scratch[i]) continue;
      const double weight = by_weight ? offers[i].weight / greatest : 1.0;
      paid[i] = now > 0.0 && total > 0.0 ? now * (weight / total) : 0.0;
      if (paid[i] < offers[i].cap) continue;
      paid[i] = offers[i].cap;
      scratch[i] = 1;
      left -= paid[i];
      more = true;
    }
  }
}
static void share_pro_rata(double target, size_t count, const struct hc_offer *offers, double price,
                           double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  proportional(target, count, offers, true, scratch, paid);
}
static void share_equal(double target, size_t count, const struct hc_offer *offers, double price,
                        double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  proportional(target, count, offers, false, scratch, paid);
}

/* ---- least greatest leverage ---------------------------------------------------------------- */

/* x(lambda) = min(c, max(0, q - lambda E/P)): falls as lambda rises. */
static double closed_at(double lambda, size_t count, const struct hc_offer *offers, double price,
                        double *paid) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) {
    const double x = offers[i].quantity - lambda * offers[i].equity / price;
    paid[i] = x > 0.0 ? least(x, offers[i].cap) : 0.0;
    sum += paid[i];
  }
  return sum;
}
static void share_water(double target, size_t count, const struct hc_offer *offers, double price,
                        double start, uint32_t *scratch, double *paid) {
  (void)start, (void)scratch;
  double high = 0.0, low = 0.0;
  for (size_t i = 0; i < count; i++) {
    const double leverage = offers[i].quantity * price / offers[i].equity;
    if (leverage > high) high = leverage;
  }
  if (closed_at(0.0, count, offers, price, paid) <= target) return;
  for (int k = 0; k < 200; k++) { /* to the last bit */
    const double middle = low + 0.5 * (high - low);
    if (middle <= low || middle >= high) break;
    if (closed_at(middle, count, offers, price, paid) > target) low = middle;
    else high = middle;
  }
  (void)closed_at(high, count, offers, price, paid);
}

#define HC_RULE(tag, word, function, needs, text)                                                 \
  static const struct hc_allocation_rule rule_##tag = {function, needs};                          \
  const struct hc_variant hc_allocation_##tag = {word, text, NULL, &rule_##tag};
HC_RULE(pro_rata, "pro_rata", share_pro_rata, 0, "In proportion to the base, within caps.")
HC_RULE(equal, "equal", share_equal, 0, "The same from everybody, within caps.")
HC_RULE(ranked, "ranked", share_ranked, 1, "By score, greatest first, each his cap.")
HC_RULE(random, "random", share_random, 0, "In a random order of the path, each his cap.")
HC_RULE(rotate, "rotate", share_rotate, 0, "In account order from a random start, each his cap.")
HC_RULE(fifo, "fifo", share_fifo, 0, "In account order, each his cap.")
HC_RULE(smallest_first, "smallest_first", share_smallest, 0, "By base, smallest first, each his cap.")
HC_RULE(water_filling, "water_filling", share_water, 0,
        "Closes so that the greatest leverage left is as small as can be.")
static const struct hc_variant *const rules[] = {
  &hc_allocation_pro_rata, &hc_allocation_equal, &hc_allocation_ranked, &hc_allocation_random,
  &hc_allocation_rotate, &hc_allocation_fifo, &hc_allocation_smallest_first,
  &hc_allocation_water_filling};
const struct hc_registry hc_allocation_rules = {"allocation rules", sizeof rules / sizeof *rules, rules};
