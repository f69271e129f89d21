/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/book.h"
#include "haircut/random.h"

/* Towards the trigger, so that a price that meets a level up to rounding triggers it. */
static const double LOG_TOLERANCE = 1e-12;

/* Equity meets E = r_j q S - d_j at this price; of the tiers the one reached first binds. */
static double tier_level(const struct hc_position *p, const struct hc_book_market *market,
                         size_t tier) {
  const double margin = (p->collateral + market->deduction[tier]) / p->quantity;
  return p->side > 0 ? (p->entry - margin) / (1 - market->rate[tier])
                     : (p->entry + margin) / (1 + market->rate[tier]);
}

void hc_position_levels(struct hc_position *position, const struct hc_book_market *market) {
  struct hc_position *p = position;
  const double cushion = p->collateral / p->quantity;
  p->bankruptcy = p->side > 0 ? p->entry - cushion : p->entry + cushion;
  p->level = p->bankruptcy;
  p->tier = 0;
  for (size_t tier = 0; tier < market->tiers; ++tier) {
    const double level = tier_level(p, market, tier);
    if (tier > 0 && !(p->side > 0 ? level > p->level : level < p->level)) continue;
    p->level = level;
    p->tier = (int32_t)tier;
  }
}

int hc_position_triggered(const struct hc_position *position, double log_price) {
  if (position->side > 0)
    return position->level > 0 && log_price <= hc_log(position->level) + LOG_TOLERANCE;
  return log_price >= hc_log(position->level) - LOG_TOLERANCE;
}
