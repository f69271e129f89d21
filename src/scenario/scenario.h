/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compiled scenario: everything a path reads, immutable and shared by all threads. */
#ifndef HC_SCENARIO_SCENARIO_H
#define HC_SCENARIO_SCENARIO_H

#include "book/index.h"
#include "haircut/scenario.h"
#include "market/impact.h"
#include "market/price.h"
#include "waterfall/waterfall.h"

/* What positions were entered for. */
struct hc_entries {
  double quantity, value; /* units; sum of q e, USD */
};

struct hc_scenario_book {
  struct hc_book book;
  struct hc_side side[2]; /* longs, shorts */
  struct hc_sums sums[2]; /* of all positions, a side */
  double entry_cash;            /* sum of s q e: what rest_of_market was paid */
  double collateral;            /* sum, USD */
  struct hc_entries *from_rank[2]; /* of positions from a rank on, a side; NULL where nobody asks */
  uint32_t *rank;               /* of a position in its side; NULL unless positions change */
  uint8_t *cell;                /* of a position, for attribution; NULL where nobody asks */
};

/* Books with their indices, of all scenarios that have the same. */
struct hc_books;

/* At most so much in each window of time. */
struct hc_quota {
  double amount;   /* USD; HUGE_VAL: any */
  int64_t window;  /* steps, counted from the start */
};

/* Who takes positions over before they are bankrupt. */
struct hc_backstop {
  bool on;
  int stock;                    /* HC_STOCK_LP or HC_STOCK_TAKER */
  struct hc_book_market market; /* whose levels are the backstop's: tiers times `at` */
  struct hc_exec_price price;
  double hold; /* USD; HUGE_VAL: any */
  double stop; /* loss of its stock, USD; HUGE_VAL: none */
  struct hc_quota quota;
  bool to_fund; /* what is left of the equity */
};

/* When the winners of a side are closed for pools that owe them too much. */
struct hc_deleverage {
  bool on;
  double when, to; /* shares of the pools */
  const struct hc_score_ops *score;
};

/* Which positions an order closes in part. */
struct hc_partial {
  bool on;
  double share, above; /* of the units; USD: a greater notional is closed in part */
  double most;         /* USD an order; HUGE_VAL: any */
  int64_t cooldown;    /* steps */
  int whole;           /* those that cool down are looked at, and closed whole */
};
/* Units that an order at `mark` closes of `quantity`. */
static inline double hc_partial_units(const struct hc_partial *rule, double quantity, double mark) {
  if (!(quantity * mark > rule->above)) return quantity;
  const double part = rule->share * quantity, most = rule->most / mark;
  return part < most ? part : most;
}

struct hc_scenario {
  const struct hc_config *config;
  const struct hc_root_config *values;
  struct hc_grid grid;
  /* One market for now; the walk and the system meet in safe_box and touch (path/). */
  struct hc_price price;
  struct hc_impact impact, impact_none;
  double pass_through;
  struct hc_book_market market;
  double *rate, *deduction;
  struct hc_book_limits limits;
  struct hc_books *shared; /* which own the next two */
  size_t books;
  struct hc_scenario_book *book;
  /* Decay of the displacement j steps after the last order: 2^(-j dt decay/half_life); NULL
   * where it does not decay. For laws without such an exponent: of the volume. */
  double *decay, *decay_store;
  double decay_exponent; /* 0: `decay` is that of the volume */
  double fee, fee_to_fund, fee_to_lps;
  int margin_to_fund, fifo;
  struct hc_partial partial;
  int64_t delay;            /* steps from trigger to order */
  struct hc_quota capacity; /* of orders */
  struct hc_quota loss_limit; /* bad debt that they leave */
  bool rations; /* one of these two is finite */
  struct hc_backstop backstop;
  double *backstop_tiers;   /* its rates, then its deductions */
  struct hc_deleverage deleverage;
  bool needs_crowd; /* positions change along a path */
  double fund;
  struct hc_waterfall waterfall;
  int reflects, counterfactual;
  char digest[65];
};
#endif
