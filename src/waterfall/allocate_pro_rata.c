/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pro_rata: x = min(c, theta w), theta such that the payments sum to the target. */
#include <float.h>

#include "waterfall/share.h"

/* The first passes fix all caps for most books. Caps that can only be found one by one are sorted
 * instead, so that the cost stays O(n log n). */
#define PASSES 4

static double weight_of(const struct hc_offer *offer, int by_weight) {
  return by_weight ? offer->weight : 1.0;
}

/* left * weight / sum for weight <= sum, without overflow and without loss below the range of
 * numbers: where theta itself is out of range the quotient of the weights is not, or the part is
 * nothing. */
static double part_of(double left, double weight, double sum) {
  const double theta = left / sum;
  return theta >= DBL_MIN && theta <= DBL_MAX ? theta * weight : left * (weight / sum);
}

/* One pass over the `open` offers in `scratch`: those whose cap is below their part of `left` pay
 * their cap. As they pay less than their part, theta only rises by it, and no such decision is
 * ever wrong (Michelot 1986). Returns how many stay open; paid[] holds their parts. */
static size_t fix_caps(double *left, size_t open, const struct hc_offer *offers, int by_weight,
                       uint32_t *scratch, double *paid) {
  struct hc_total weights = {0.0, 0.0}, rest = {*left, 0.0};
  for (size_t j = 0; j < open; j++)
    hc_total_add(&weights, weight_of(&offers[scratch[j]], by_weight));
  const double sum = hc_total_value(&weights);
  size_t kept = 0;
  for (size_t j = 0; j < open; j++) {
    const uint32_t i = scratch[j];
    paid[i] = part_of(*left, weight_of(&offers[i], by_weight), sum);
    if (offers[i].cap < paid[i]) {
      paid[i] = offers[i].cap;
      hc_total_add(&rest, -paid[i]);
    } else {
      scratch[kept++] = i;
    }
  }
  *left = fmax(0.0, hc_total_value(&rest));
  return kept;
}

/* The same in one go: caps bind in rising order of c / w. */
static void fix_sorted(double left, size_t open, const struct hc_offer *offers, int by_weight,
                       uint32_t *scratch, double *paid) {
  struct hc_heap heap = {.slots = scratch, .step = 1, .count = open, .key = paid, .offers = offers};
  for (size_t j = 0; j < open; j++) {
    const struct hc_offer *offer = &offers[scratch[j]];
    /* Roots keep the quotient in range, and the order. */
    paid[scratch[j]] = sqrt(offer->cap) / sqrt(weight_of(offer, by_weight));
  }
  hc_heap_order(&heap);
  while (heap.count > 0) (void)hc_heap_pop(&heap);
  /* Now the first to bind is last. Sums of the weights that do not bind before: only additions. */
  struct hc_total weights = {0.0, 0.0};
  for (size_t j = 0; j < open; j++) {
    hc_total_add(&weights, weight_of(&offers[scratch[j]], by_weight));
    paid[scratch[j]] = hc_total_value(&weights);
  }
  struct hc_total rest = {left, 0.0};
  double sum = 1.0;
  for (; open > 0; open--) {
    const uint32_t i = scratch[open - 1];
    sum = paid[i];
    left = fmax(0.0, hc_total_value(&rest));
    if (!(offers[i].cap <= part_of(left, weight_of(&offers[i], by_weight), sum))) break;
    paid[i] = offers[i].cap;
    hc_total_add(&rest, -paid[i]);
  }
  for (size_t j = 0; j < open; j++) {
    const struct hc_offer *offer = &offers[scratch[j]];
    paid[scratch[j]] = fmin(offer->cap, part_of(left, weight_of(offer, by_weight), sum));
  }
}

void hc_share_capped(double target, size_t count, const struct hc_offer *offers, int by_weight,
                     uint32_t *scratch, double *paid) {
  for (size_t i = 0; i < count; i++) scratch[i] = (uint32_t)i;
  double left = target;
  size_t open = count;
  for (int pass = 0; pass < PASSES && open > 0; pass++) {
    const size_t kept = fix_caps(&left, open, offers, by_weight, scratch, paid);
    if (kept == open) {
      hc_share_settle(target, count, offers, paid);
      return;
    }
    open = kept;
  }
  if (open == 0) return; /* all pay their cap */
  fix_sorted(left, open, offers, by_weight, scratch, paid);
  hc_share_settle(target, count, offers, paid);
}

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  hc_share_capped(target, count, offers, 1, scratch, paid);
}
static const struct hc_allocation_rule rule = {share, 0};
const struct hc_variant hc_allocation_pro_rata = {
  "pro_rata", "In proportion to the base; what somebody cannot pay is shared by the others.", NULL,
  &rule};
