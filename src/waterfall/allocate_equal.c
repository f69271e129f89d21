/* SPDX-License-Identifier: GPL-3.0-or-later */
/* equal: pro rata to heads. */
#include "waterfall/share.h"

static void share(double target, size_t count, const struct hc_offer *offers, double price,
                  double start, uint32_t *scratch, double *paid) {
  (void)price, (void)start;
  hc_share_capped(target, count, offers, 0, scratch, paid);
}
static const struct hc_allocation_rule rule = {share, 0};
const struct hc_variant hc_allocation_equal = {
  "equal", "The same for everybody; what somebody cannot pay is shared by the others.", NULL, &rule};
