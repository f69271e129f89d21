/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rotate: in account order from one that the path draws, and around. */
#include "waterfall/share.h"

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)price, (void)scratch;
  const size_t first = (size_t)floor(start * (double)count);
  hc_share_in_turn(target, count, offers, first < count ? first : 0, paid);
}
static const struct hc_allocation_rule rule = {share, 0};
const struct hc_variant hc_allocation_rotate = {
  "rotate", "In account order from one that the path draws, and around, each all he has.", NULL,
  &rule};
