/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random: a queue that the path draws. */
#include "waterfall/share.h"

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  for (size_t i = 0; i < count; i++) paid[i] = offers[i].order;
  hc_share_in_order(target, count, offers, scratch, paid);
}
static const struct hc_allocation_rule rule = {share, 0};
const struct hc_variant hc_allocation_random = {
  "random", "In an order drawn by the path, each all he has.", NULL, &rule};
