/* SPDX-License-Identifier: GPL-3.0-or-later */
/* water_filling: the greatest leverage becomes as small as the target can make it.
 *
 * A payer of leverage l = qP/E above the level lambda gives up x = a (l - lambda) units, a = E/P,
 * which is q - lambda a; from m = l - c/a down he pays his cap. The level falls from the greatest
 * leverage to where the payments sum to the target; between two neighbouring l and m the sum is
 * linear, so that the last step is exact. */
#include "waterfall/share.h"

/* Offers are waiting (key -l), then open (key -m), then full (their cap); what waits is in the
 * front of the scratch, what is open in its back. */
struct level {
  struct hc_heap waiting, open;
  double lambda;
  struct hc_total full, partial, slope; /* units paid by the full and by the open; sum of a */
};

static double limit(double x) { return fmin(fmax(x, 1e-290), 1e290); } /* no overflow below */
static double slope_of(const struct hc_offer *offer, double price) {
  return limit(offer->equity / price);
}
static double leverage_of(const struct hc_offer *offer, double price) {
  return fmin(offer->quantity / slope_of(offer, price), 1e290);
}
static double room_of(const struct hc_offer *offer) { return fmin(offer->cap, offer->quantity); }

static void open_next(struct level *level, const struct hc_offer *offers, double price,
                      double *paid) {
  const uint32_t i = hc_heap_pop(&level->waiting);
  const double a = slope_of(&offers[i], price);
  paid[i] = -fmax(0.0, leverage_of(&offers[i], price) - room_of(&offers[i]) / a);
  hc_heap_push(&level->open, i);
  hc_total_add(&level->slope, a);
}

static void fill_next(struct level *level, const struct hc_offer *offers, double price,
                      double *paid) {
  const uint32_t i = hc_heap_pop(&level->open);
  const double a = slope_of(&offers[i], price);
  hc_total_add(&level->partial, -a * (leverage_of(&offers[i], price) + paid[i]));
  hc_total_add(&level->slope, -a);
  paid[i] = room_of(&offers[i]);
  hc_total_add(&level->full, paid[i]);
  if (level->open.count == 0) level->partial = level->slope = (struct hc_total){0.0, 0.0};
}

/* Lowers the level until the next step would reach the target. Returns what that step has to pay,
 * or -1 if all are full before. */
static double lower(struct level *level, double target, const struct hc_offer *offers,
                    double price, double *paid) {
  while (level->waiting.count > 0 || level->open.count > 0) {
    const double start = level->waiting.count > 0 ? -paid[hc_heap_first(&level->waiting)] : -1.0;
    const double stop = level->open.count > 0 ? -paid[hc_heap_first(&level->open)] : -1.0;
    const double next = fmax(start, stop);
    const double left = target - hc_total_value(&level->full) - hc_total_value(&level->partial);
    const double step =
      level->open.count > 0 ? hc_total_value(&level->slope) * (level->lambda - next) : 0.0;
    if (step >= left) return fmax(0.0, left);
    hc_total_add(&level->partial, step);
    level->lambda = next;
    if (stop >= start) fill_next(level, offers, price, paid);
    else open_next(level, offers, price, paid);
  }
  /* A cap too small to show in the leverages may have gone over the target at one stroke. */
  return hc_total_value(&level->full) > target ? 0.0 : -1.0;
}

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)start;
  struct level level = {
    .waiting = {.slots = scratch, .step = 1, .key = paid, .offers = offers},
    .open = {.slots = scratch + (count - 1), .step = -1, .key = paid, .offers = offers}};
  for (size_t i = 0; i < count; i++) {
    paid[i] = room_of(&offers[i]) > 0.0 ? -leverage_of(&offers[i], price) : 0.0;
    if (room_of(&offers[i]) > 0.0) scratch[level.waiting.count++] = (uint32_t)i;
  }
  hc_heap_order(&level.waiting);
  const double rest = lower(&level, target, offers, price, paid);
  if (rest < 0.0) return;
  const double slope = hc_total_value(&level.slope);
  for (size_t j = 0; j < level.waiting.count; j++) paid[scratch[j]] = 0.0;
  for (size_t j = 0; j < level.open.count; j++) {
    const uint32_t i = scratch[count - 1 - j];
    const double a = slope_of(&offers[i], price);
    /* The last step apart from what was paid before it: small targets keep their digits. */
    const double x = a * (leverage_of(&offers[i], price) - level.lambda) + rest * (a / slope);
    paid[i] = fmin(room_of(&offers[i]), fmax(0.0, x));
  }
  hc_share_settle(target, count, offers, paid);
  for (size_t i = 0; i < count; i++) paid[i] = fmin(paid[i], room_of(&offers[i]));
}
static const struct hc_allocation_rule rule = {share, 0};
const struct hc_variant hc_allocation_water_filling = {
  "water_filling", "Positions are cut so that the greatest leverage becomes the least possible.",
  NULL, &rule};
