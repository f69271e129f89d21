/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fifo: in account order, as the offers come. */
#include "waterfall/share.h"

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start, (void)scratch;
  hc_share_in_turn(target, count, offers, 0, paid);
}
static const struct hc_allocation_rule rule = {share, 0};
const struct hc_variant hc_allocation_fifo = {
  "fifo", "In account order, each all he has.", NULL, &rule};
