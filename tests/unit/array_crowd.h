/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts in a plain array, so that waterfalls run without the engine. */
#ifndef TEST_ARRAY_CROWD_H
#define TEST_ARRAY_CROWD_H

#include <string.h>

#include "waterfall/crowd.h"

enum { ARRAY_CROWD_MAX = 64 };
struct array_crowd {
  struct hc_crowd base; /* first: ops get a pointer to it */
  size_t count;
  struct hc_trader trader[ARRAY_CROWD_MAX]; /* in account order; quantity 0: no position */
  struct hc_trader gathered[ARRAY_CROWD_MAX];
  double rate;    /* maintenance over notional */
  double rest[2]; /* units of the rest of the market: longs, shorts */
  /* What has been moved, by side (0: longs, 1: shorts). */
  double charged;        /* USD out of collaterals */
  double closed[2];      /* units of accounts */
  double added[2];       /* units of accounts */
  double rest_closed[2]; /* units */
  double rest_value;     /* sum of s q price of what the rest closed, USD */
  int trades, sessions;
};

static inline struct array_crowd *array_of(struct hc_crowd *crowd) { return (struct array_crowd *)crowd; }
static inline int array_side(double sign) { return sign > 0.0 ? 0 : 1; }
static inline struct hc_trader *array_find(struct array_crowd *array, uint32_t account) {
  for (size_t i = 0; i < array->count; i++)
    if (array->trader[i].account == account) return &array->trader[i];
  return NULL;
}

static inline hc_status array_gather(struct hc_crowd *crowd, int side, size_t *count,
                              const struct hc_trader **traders) {
  struct array_crowd *array = array_of(crowd);
  size_t used = 0;
  for (size_t i = 0; i < array->count; i++) {
    const struct hc_trader *t = &array->trader[i];
    if (t->quantity > 0.0 && (side == 0 || t->sign * side > 0.0)) array->gathered[used++] = *t;
  }
  *count = used;
  *traders = array->gathered;
  return HC_OK;
}
static inline double array_maintenance(const struct hc_crowd *crowd, double notional) {
  return ((const struct array_crowd *)crowd)->rate * notional;
}
static inline hc_status array_charge(struct hc_crowd *crowd, uint32_t account, double amount) {
  struct hc_trader *t = array_find(array_of(crowd), account);
  if (!t || !(amount >= 0.0)) return HC_BUG;
  t->collateral -= amount;
  array_of(crowd)->charged += amount;
  return HC_OK;
}
static inline hc_status array_trade(struct hc_crowd *crowd, uint32_t account, double quantity, double price) {
  struct array_crowd *array = array_of(crowd);
  struct hc_trader *t = array_find(array, account);
  if (!t || quantity < -t->quantity * (1.0 + 1e-9)) return HC_BUG;
  array->trades++;
  if (quantity >= 0.0) {
    const double sum = t->quantity + quantity;
    t->entry = t->quantity / sum * t->entry + quantity / sum * price;
    t->quantity = sum;
    array->added[array_side(t->sign)] += quantity;
    return HC_OK;
  }
  const double units = -quantity < t->quantity ? -quantity : t->quantity;
  t->collateral += t->sign * units * (price - t->entry);
  t->quantity = t->quantity - units > 1e-12 * t->quantity ? t->quantity - units : 0.0;
  array->closed[array_side(t->sign)] += units;
  return HC_OK;
}
static inline hc_status array_session(struct hc_crowd *crowd) {
  array_of(crowd)->sessions++;
  return HC_OK;
}
static inline double array_rest(const struct hc_crowd *crowd, int side) {
  return ((const struct array_crowd *)crowd)->rest[array_side(side)];
}
static inline void array_close_rest(struct hc_crowd *crowd, int side, double quantity, double price) {
  struct array_crowd *array = array_of(crowd);
  array->rest[array_side(side)] -= quantity;
  array->rest_closed[array_side(side)] += quantity;
  array->rest_value += side * quantity * price;
}

static const struct hc_crowd_ops array_crowd_ops = {
  array_gather, array_maintenance, array_charge, array_trade, array_session, array_rest,
  array_close_rest};

/* Without accounts; room that was reserved is kept. */
static inline void array_crowd_clear(struct array_crowd *array) {
  const struct hc_crowd base = array->base;
  *array = (struct array_crowd){.base = base, .rate = 0.005};
  array->base.ops = &array_crowd_ops;
}
static inline void array_crowd_add(struct array_crowd *array, int sign, double quantity, double entry,
                            double collateral) {
  const size_t i = array->count++;
  array->trader[i] = (struct hc_trader){
    .sign = sign, .quantity = quantity, .entry = entry, .collateral = collateral,
    .start_equity = collateral, .session_equity = collateral, .account = (uint32_t)i};
}
static inline double array_equity(const struct hc_trader *t, double mark) {
  return t->collateral + t->sign * t->quantity * (mark - t->entry);
}
#endif
