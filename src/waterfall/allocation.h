/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a target is shared among payers: one file and one registry line a rule. */
#ifndef HC_WATERFALL_ALLOCATION_H
#define HC_WATERFALL_ALLOCATION_H

#include <stddef.h>
#include <stdint.h>

#include "haircut/config.h"

/* One payer as a layer sees it on entry. */
struct hc_offer {
  double weight;   /* w > 0: the base */
  double cap;      /* c >= 0, HUGE_VAL: none; in what is shared (USD or units) */
  double score;    /* ranked: greatest first */
  double quantity; /* water_filling: q, units */
  double equity;   /* water_filling: E, USD */
  double order;    /* random: the account's uniform */
  uint32_t account; /* ties, fifo, rotate; offers come in rising order of it */
};

struct hc_allocation_rule {
  /* Shares `target` > 0 over `count` >= 1 offers: paid[i] in [0, cap], their sum at most target
   * and, within rounding, min(target, sum of caps). `price` is P (water_filling), `start` the
   * uniform of rotate. `scratch` holds `count` numbers. Pure. */
  void (*share)(double target, size_t count, const struct hc_offer *offers, double price,
                double start, uint32_t *scratch, double *paid);
  int needs_score; /* 1: `score` must be given */
};

extern const struct hc_registry hc_allocation_rules; /* operations: hc_allocation_rule */

extern const struct hc_variant hc_allocation_pro_rata, hc_allocation_equal,
  hc_allocation_ranked, hc_allocation_random, hc_allocation_rotate, hc_allocation_fifo,
  hc_allocation_smallest_first, hc_allocation_water_filling;

/* Keeps the `limit` offers of greatest score (ties by account), in account order; returns
 * how many are left. */
size_t hc_allocation_limit(struct hc_offer *offers, size_t count, size_t limit, uint32_t *scratch);
#endif
