/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of one path between events, and what happens at an event.
 *
 * The contract with the walk is two functions: the safe box, the levels that the margin price
 * must leave for anything to happen, and touch, which handles a step at which it did. */
#ifndef HC_PATH_SYSTEM_H
#define HC_PATH_SYSTEM_H

#include "haircut/path.h"
#include "path/crowd.h"
#include "path/walk.h"
#include "scenario/scenario.h"
#include "waterfall/providers.h"

/* State after a step at which something was settled, for timelines. */
struct hc_snapshot {
  int64_t step;
  struct hc_drift drift;
  double displacement; /* d, not times pass-through */
  struct hc_pots pots;
  double mark;       /* at which they are valued */
  double other_side; /* units of the other side of all positions */
  double long_quantity;
};

/* What a quota has let through in a window. */
struct hc_used {
  int64_t window;
  double amount; /* USD */
};

/* A step at which the path is looked at. */
struct hc_visit {
  struct hc_drift drift; /* before it, with `displacement` */
  double displacement;
  double line;  /* u + shock */
  bool unwound; /* orders of stocks came */
};

struct hc_system {
  const struct hc_scenario *scenario;
  const struct hc_scenario_book *book;
  const struct hc_impact *impact;
  double pass_through;

  struct hc_drift drift;
  double displacement;  /* d at drift.origin */
  int64_t cursor[2];    /* positions closed, a side */
  struct hc_pots pots;
  struct hc_payments paid;
  struct hc_waterfall_state *state; /* what the waterfall remembers */
  struct hc_path_crowd *crowd;      /* what it changed in the book; NULL where it cannot */
  int64_t halt_step;                /* trading ended in it; -1: it goes on */
  int64_t due;                      /* next step at which it must be run; INT64_MAX: none */

  /* Totals of the path. */
  double bad_debt, inflow, required, fund_min, notional, displacement_max;
  double log_low;                       /* lowest log mark around orders */
  double trader, liquidator, lp_income; /* USD */
  double rest_quantity, rest_cash;      /* of forced fills */
  struct hc_entries entries[2]; /* of open positions, a side, where winners may be closed for pools */
  double other_worth; /* of the other side of all positions, when it was valued last, USD */
  int64_t liquidations, rounds_max, first_loss_step, first_social_step;
  struct hc_used sent, lost, backstop_used; /* of capacity and loss limit of orders, of the backstop's */
  double backstop_notional;             /* USD at the mark */
  int64_t backstop_accounts;
  uint64_t events, rounds;
  double closed_quantity[2];

  /* Within a step. */
  struct hc_visit visit;
  double step_inflow, step_to_lps, step_log_mark;
  double step_bad_debt[2]; /* of longs, of shorts */
  struct hc_record held[2]; /* what was held and is bankrupt at the end of the step */
  double mark;      /* USD: now, followed from order to order */
  double previous_mark; /* USD: at the end of the step before; where a layer asks for it */
  int64_t step, round;
  bool waits;    /* what the next look will read is on its way from memory */
  uint64_t acts; /* orders, takings and holdings so far */

  uint64_t path;
  struct hc_ledger *ledger; /* or NULL */
  struct hc_blame *blame;   /* who leaves bad debt goes there; or NULL */
  bool ledger_failed;
  struct hc_snapshot *snapshots; /* kept where `keep` is set */
  size_t snapshot_count, snapshot_capacity;
  bool keep, keep_failed;
};

/* Memory for what a path remembers and changes. */
hc_status hc_system_create(struct hc_system *system, const struct hc_scenario *scenario) HC_CHECKED;
void hc_system_free(struct hc_system *system, const struct hc_scenario *scenario);

/* HC_NO_MEMORY, and which path it is of. */
hc_status hc_system_no_memory(const struct hc_system *system, struct hc_error *error);

/* State at step 0. `with_impact` false: the counterfactual. */
void hc_system_start(struct hc_system *system, const struct hc_scenario *scenario, size_t book,
                     uint64_t path, bool with_impact);

/* Next step at which something happens whatever the price; INT64_MAX: none. */
static inline int64_t hc_system_due(const struct hc_system *system) {
  int64_t due = system->due;
  if (system->state->paused_until < due) due = system->state->paused_until;
  for (int i = 0; i < HC_STOCKS; i++)
    if (system->state->unwind[i].next < due) due = system->state->unwind[i].next;
  if (system->crowd && system->state->paused_until == INT64_MAX && system->crowd->wait_next < due)
    due = system->crowd->wait_next;
  /* Those who leave a pool that goes with the mark. */
  if (system->scenario->waterfall.pooled > 0.0) {
    const int64_t next = hc_withdrawal_next(&system->scenario->waterfall, system->state);
    if (next < due) due = next;
  }
  return due;
}

/* Units of the other side of all positions, signed; what it is worth at a mark, USD. */
static inline double hc_system_other_side(const struct hc_system *system) {
  return system->rest_quantity - (system->book->sums[0].quantity - system->book->sums[1].quantity);
}
static inline double hc_system_other_worth(const struct hc_system *system, double mark) {
  return hc_system_other_side(system) * mark + (system->rest_cash + system->book->entry_cash);
}

/* Narrows a box to where no winner is closed for a pool: deleverage.c. */
void hc_path_deleverage_box(const struct hc_system *system, double *lo, double *hi);
/* Values at a mark what the fund and LPs hold that goes with it. */
void hc_system_revalue(struct hc_system *system, double mark);

/* Open box of the margin log price in which nothing happens. */
static inline void hc_system_box(const struct hc_system *system, double *lo, double *hi) {
  const struct hc_side *side = system->book->side;
  *lo = -HUGE_VAL;
  *hi = HUGE_VAL;
  if (system->halt_step >= 0 || system->state->paused_until != INT64_MAX) return;
  *lo = hc_side_key(&side[0], system->cursor[0]);
  *hi = -hc_side_key(&side[1], system->cursor[1]);
  const struct hc_path_crowd *crowd = system->crowd;
  if (!crowd) return;
  const double changed_lo = hc_path_crowd_key(crowd, 0), changed_hi = -hc_path_crowd_key(crowd, 1);
  if (changed_lo > *lo) *lo = changed_lo;
  if (changed_hi < *hi) *hi = changed_hi;
  if (system->scenario->deleverage.on) hc_path_deleverage_box(system, lo, hi);
  /* What the venue has to sell makes the next step an event. */
  if (!(crowd->side[0].venue.quantity > 0.0 || crowd->side[1].venue.quantity > 0.0)) return;
  *lo = HUGE_VAL;
  *hi = -HUGE_VAL;
}

/* The cascade and the settlement of step `step`; `line` is u + shock there. HC_MODEL if the
 * mark leaves a hundredfold range, HC_BUG if a layer cheats. */
hc_status hc_system_touch(struct hc_system *system, int64_t step, double line,
                          double displacement_now, struct hc_error *error) HC_CHECKED;
/* The same in parts, so that other paths can be worked on meanwhile: arriving at the step, one round
 * (`*more`: there may be another), and leaving it after the last. */
hc_status hc_system_arrive(struct hc_system *system, int64_t step, double line, double displacement_now,
                           struct hc_error *error) HC_CHECKED;
hc_status hc_system_round(struct hc_system *system, bool *more, struct hc_error *error) HC_CHECKED;
hc_status hc_system_leave(struct hc_system *system, struct hc_error *error) HC_CHECKED;

/* The state as layers see it; `oracle` is the margin price, USD. */
struct hc_settlement hc_system_settlement(struct hc_system *system, double oracle);
/* Books the fees of the time up to the present step at once, where nothing else happens in it. */
void hc_system_book_fees(struct hc_system *system, struct hc_settlement *settlement);
/* Lets leave those who leave at steps up to `last`. */
void hc_system_pass_time(struct hc_system *system, int64_t last);

/* Fills the outcome of a path that ends at step `last`; `line` is u + shock there, `displacement`
 * d. The counterfactual's columns are left alone. */
void hc_system_finish(struct hc_system *system, int64_t last, double line, double displacement,
                      struct hc_outcome *outcome, double *lp_class);
#endif
