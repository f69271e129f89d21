/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/model.md, Guards. */
#include <math.h>
#include <stdlib.h>

#include "haircut/book.h"

static int side_of(const struct hc_position *p) { return p->side > 0 ? 0 : 1; }

/* ---- smaller positions ------------------------------------------------------------------------ */

/* Factor of a position with all limits but that of its account, a side. */
static void side_factors(const double notional[2], const struct hc_book_limits *limits, double factor[2]) {
  double left[2];
  for (int i = 0; i < 2; i++) left[i] = fmin(notional[i], limits->open_interest);
  for (int i = 0; i < 2; i++) {
    const double most = left[1 - i] + limits->skew;
    factor[i] = notional[i] > 0.0 ? fmin(left[i], most) / notional[i] : 1.0;
  }
}

static double account_factor(const struct hc_position *p, double initial,
                             const struct hc_book_limits *limits) {
  const double notional = p->quantity * initial;
  return notional > limits->account ? limits->account / notional : 1.0;
}

static void scale(struct hc_book *book, const struct hc_book_market *market,
                  const struct hc_book_limits *limits) {
  double notional[2] = {0.0, 0.0}, factor[2];
  for (size_t i = 0; i < book->count; i++) {
    const struct hc_position *p = &book->positions[i];
    notional[side_of(p)] += p->quantity * market->initial * account_factor(p, market->initial, limits);
  }
  side_factors(notional, limits, factor);
  for (size_t i = 0; i < book->count; i++) {
    struct hc_position *p = &book->positions[i];
    const double by = factor[side_of(p)] * account_factor(p, market->initial, limits);
    if (!(by < 1.0)) continue;
    book->scaled++;
    book->cut += (1.0 - by) * p->quantity * market->initial;
    p->quantity *= by;
    p->collateral *= by;
    hc_position_levels(p, market);
  }
}

/* ---- fewer positions -------------------------------------------------------------------------- */

/* As a venue that sees them come in account order. */
static void refuse(struct hc_book *book, const struct hc_book_market *market,
                   const struct hc_book_limits *limits) {
  double notional[2] = {0.0, 0.0};
  size_t kept = 0;
  for (size_t i = 0; i < book->count; i++) {
    const struct hc_position *p = &book->positions[i];
    const int side = side_of(p);
    const double size = p->quantity * market->initial, total = notional[side] + size;
    if (size <= limits->account && total <= limits->open_interest &&
        total - notional[1 - side] <= limits->skew) {
      notional[side] = total;
      if (book->names) book->names[kept] = book->names[i];
      book->positions[kept] = *p;
      book->positions[kept].account = (uint32_t)kept;
      kept++;
      continue;
    }
    book->refused++;
    book->cut += size;
    if (book->names) free(book->names[i]);
  }
  book->count = kept;
}

void hc_book_guard(struct hc_book *book, const struct hc_book_market *market,
                   const struct hc_book_limits *limits) {
  if (isinf(limits->open_interest) && isinf(limits->skew) && isinf(limits->account)) return;
  if (limits->refuse) refuse(book, market, limits);
  else scale(book, market, limits);
}
