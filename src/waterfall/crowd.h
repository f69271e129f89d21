/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accounts, as layers see them: whoever keeps them implements these functions. */
#ifndef HC_WATERFALL_CROWD_H
#define HC_WATERFALL_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"
#include "waterfall/allocation.h"
#include "waterfall/score.h"

/* One account with a position. */
struct hc_trader {
  double sign;          /* +1 long, -1 short */
  double quantity;      /* units, > 0 */
  double entry;         /* USD a unit */
  double collateral;    /* USD */
  double start_equity;  /* at the start of the path, USD */
  double session_equity; /* at the start of the session, USD */
  uint32_t account;
};

struct hc_crowd;
struct hc_crowd_ops {
  /* Those with a position on one side (+1, -1) or on both (0), in account order; valid until
   * the next call of any of these. */
  hc_status (*gather)(struct hc_crowd *crowd, int side, size_t *count,
                      const struct hc_trader **traders);
  double (*maintenance)(const struct hc_crowd *crowd, double notional);
  /* Takes USD out of the collateral of an account. */
  hc_status (*charge)(struct hc_crowd *crowd, uint32_t account, double amount);
  /* Closes (negative) or adds (positive) units of an account's position at a price. */
  hc_status (*trade)(struct hc_crowd *crowd, uint32_t account, double quantity, double price);
  /* A session begins. */
  hc_status (*session)(struct hc_crowd *crowd);
  /* Units that the rest of the market has on a side, >= 0, and closing some of them. */
  double (*rest)(const struct hc_crowd *crowd, int side);
  void (*close_rest)(struct hc_crowd *crowd, int side, double quantity, double price);
};
struct hc_crowd {
  const struct hc_crowd_ops *ops;
  /* Room for a layer's work on `capacity` accounts. */
  size_t capacity;
  struct hc_offer *offers;
  double *paid;
  uint32_t *scratch;
};
hc_status hc_crowd_reserve(struct hc_crowd *crowd, size_t count) HC_CHECKED;
void hc_crowd_release(struct hc_crowd *crowd);
#endif
