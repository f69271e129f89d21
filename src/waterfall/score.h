/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rankings of accounts: one registry line a score. */
#ifndef HC_WATERFALL_SCORE_H
#define HC_WATERFALL_SCORE_H

#include "haircut/config.h"

/* An account with a position, at mark P. */
struct hc_standing {
  double sign;        /* +1 long, -1 short */
  double quantity;    /* q > 0, units */
  double entry;       /* e, USD a unit */
  double collateral;  /* C, USD */
  double mark;        /* P */
  double maintenance; /* M at P, USD */
};
typedef double hc_score(const struct hc_standing *standing);
struct hc_score_ops {
  hc_score *score;
  int needs_maintenance; /* else it need not be known */
};
extern const struct hc_registry hc_scores; /* operations: hc_score_ops */
#endif
