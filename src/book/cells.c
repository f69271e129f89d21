/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells by which bad debt is attributed: what a venue can set limits by before it happens. */
#include <math.h>

#include "haircut/book.h"

const double hc_blame_leverage[HC_BLAME_LEVERAGES] = {2, 5, 10, 20, 50, INFINITY};
const double hc_blame_size[HC_BLAME_SIZES] = {1e4, 1e5, 1e6, 1e7, 1e8, INFINITY};

/* Leverage drawn as a whole number comes back from collateral with a rounding error. */
static size_t find(const double *edge, double x) {
  size_t i = 0;
  while (x > edge[i] * (1.0 + 1e-9)) i++;
  return i;
}

size_t hc_position_cell(const struct hc_position *p) {
  const double notional = p->quantity * p->entry;
  const size_t side = p->side > 0 ? 0 : 1;
  const size_t leverage = find(hc_blame_leverage, notional / p->collateral);
  return (side * HC_BLAME_LEVERAGES + leverage) * HC_BLAME_SIZES + find(hc_blame_size, notional);
}
