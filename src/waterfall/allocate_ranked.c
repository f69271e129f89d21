/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ranked: the queue of auto-deleveraging, the greatest score first. */
#include "waterfall/share.h"

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  for (size_t i = 0; i < count; i++) paid[i] = -offers[i].score;
  hc_share_in_order(target, count, offers, scratch, paid);
}
static const struct hc_allocation_rule rule = {share, 1};
const struct hc_variant hc_allocation_ranked = {
  "ranked", "In falling order of the score, each all he has.", NULL, &rule};
