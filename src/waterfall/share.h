/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the allocation rules have in common: sums, the order of payers, and payment in turn. */
#ifndef HC_WATERFALL_SHARE_H
#define HC_WATERFALL_SHARE_H

#include <math.h>

#include "waterfall/allocation.h"

/* A sum that carries its rounding error along (Neumaier 1974): a million payers, or a large one
 * that is taken out again, cost no digits. */
struct hc_total {
  double high, low;
};
static inline void hc_total_add(struct hc_total *total, double x) {
  const double sum = total->high + x;
  if (fabs(total->high) >= fabs(x)) total->low += (total->high - sum) + x;
  else total->low += (x - sum) + total->high;
  total->high = sum;
}
static inline double hc_total_value(const struct hc_total *total) {
  return total->high + total->low;
}

/* Offers in rising order of a key, ties by account: a binary heap (Williams 1964), so that the
 * first k of n cost O(n + k log n). Slot j is slots[j * step]: with step -1 it grows downwards. */
struct hc_heap {
  uint32_t *slots;
  ptrdiff_t step;
  size_t count;
  const double *key; /* by offer; NULL: falling score */
  const struct hc_offer *offers;
};
/* Numbers all `count` offers in the slots and orders them. */
void hc_heap_fill(struct hc_heap *heap, size_t count);
/* Orders the slots as they are. */
void hc_heap_order(struct hc_heap *heap);
uint32_t hc_heap_first(const struct hc_heap *heap);
/* Takes the first offer out; its number moves to the slot that this frees. */
uint32_t hc_heap_pop(struct hc_heap *heap);
void hc_heap_push(struct hc_heap *heap, uint32_t offer);

/* Pays in rising order of the keys in `paid`, ties by account, each his cap until `target` is
 * spent; the payments take the place of the keys. */
void hc_share_in_order(double target, size_t count, const struct hc_offer *offers,
                       uint32_t *scratch, double *paid);
/* Pays in order of the offers, from number `first` on and around. */
void hc_share_in_turn(double target, size_t count, const struct hc_offer *offers, size_t first,
                      double *paid);
/* x = min(c, theta w), w the weight or 1. */
void hc_share_capped(double target, size_t count, const struct hc_offer *offers, int by_weight,
                     uint32_t *scratch, double *paid);
/* Moves what rounding made of the sum of `paid` to `target`: by the greatest payment below its cap
 * first, where it shows least. Nobody who pays nothing is made to pay. */
void hc_share_settle(double target, size_t count, const struct hc_offer *offers, double *paid);
#endif
