/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path has changed in its book: copy on write over the shared index.
 *
 * The book and its index stay as they are. An account whose position a layer changes, or that is
 * held, is taken out of its side (`removed`) and kept here; those that can still be liquidated
 * are sorted by their own keys (`order`). Paths on which no position changes pay nothing. */
#ifndef HC_PATH_CROWD_H
#define HC_PATH_CROWD_H

#include <math.h>

#include "scenario/scenario.h"
#include "waterfall/crowd.h"

enum hc_changed_state { HC_CHANGED_LIVE, HC_CHANGED_HELD, HC_CHANGED_GONE };
struct hc_changed {
  struct hc_position position; /* as it is now */
  double key;                  /* s*key, as in the index */
  double session_equity;       /* USD */
  uint32_t number;             /* of the position in the book */
  enum hc_changed_state state;
};

/* Units that layers released: the venue's own, without collateral. */
struct hc_venue {
  double quantity; /* units, >= 0 */
  double value;    /* sum of q times the mark at which it was released, USD */
  bool held;
};

struct hc_path_crowd {
  struct hc_crowd base; /* first: what layers see */
  const struct hc_scenario *scenario;
  const struct hc_scenario_book *book;
  struct hc_system *system;
  size_t slots;
  uint32_t *slot; /* by position number: 0 as in the book, CLOSED, or index in `changed` + 1 */
  size_t count, capacity;
  struct hc_changed *changed;
  struct hc_crowd_side {
    size_t removed_count, removed_capacity, removed_at; /* _at: first at or after the cursor */
    int64_t *removed;                                   /* ranks in the index, rising */
    size_t order_count, order_capacity, order_at;       /* _at: first not yet triggered */
    uint32_t *order;                                    /* indices in `changed`, by falling key */
    int64_t marked; /* ranks below are marked as closed in `slot` */
    bool stale;     /* order and removed must be sorted again */
    struct hc_venue venue;
  } side[2];
  size_t held;
  struct hc_trader *traders; /* one a position of the book */
  double session_mark;       /* USD */
};

hc_status hc_path_crowd_create(const struct hc_scenario *scenario, struct hc_system *system,
                               struct hc_path_crowd **crowd) HC_CHECKED;
void hc_path_crowd_free(struct hc_path_crowd *crowd);
/* Back to step 0 on a book. */
void hc_path_crowd_start(struct hc_path_crowd *crowd, const struct hc_scenario_book *book);
/* Sorts what was added since, and moves cursors past what is gone. */
hc_status hc_path_crowd_refresh(struct hc_path_crowd *crowd) HC_CHECKED;

/* Key of the changed account that is triggered next; -HUGE_VAL: none. */
static inline double hc_path_crowd_key(const struct hc_path_crowd *crowd, int side) {
  const struct hc_crowd_side *s = &crowd->side[side];
  return s->order_at < s->order_count ? crowd->changed[s->order[s->order_at]].key : -HUGE_VAL;
}
/* First of `order` that is not triggered where s*y = `signed_price`. */
size_t hc_path_crowd_triggered(const struct hc_path_crowd *crowd, int side, double signed_price);

/* A forced order: positions of the index that are still there, changed ones, the venue's own. */
struct hc_lot {
  int64_t from, to;
  size_t order_from, order_to;
  bool venue;
};
/* How many accounts it is of; its sums. */
int64_t hc_path_crowd_sums(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                           struct hc_sums *sums);
/* Closes it at `fill`: adds to `closing`; `*venue` is the result of the venue's own, USD. */
void hc_path_crowd_close(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                         double fill, double fee, struct hc_closing *closing, double *venue);
/* Marks what an executed lot closed. */
void hc_path_crowd_closed(struct hc_path_crowd *crowd, int side, const struct hc_lot *lot);
/* Holds those of the lot whose equity at `fill` is negative. */
hc_status hc_path_crowd_hold(struct hc_path_crowd *crowd, int side, struct hc_lot *lot,
                             double fill) HC_CHECKED;
/* After the last order: held accounts become records at `mark` or return to the book. `*count`
 * is how many became records. */
hc_status hc_path_crowd_judge(struct hc_path_crowd *crowd, double mark, struct hc_record record[2],
                              int64_t *count) HC_CHECKED;
/* Released units, at `mark`. */
void hc_path_crowd_release(struct hc_path_crowd *crowd, const double quantity[2], double mark);
/* Equity at `mark` of all that have a position, and of the venue's own, USD. */
double hc_path_crowd_equity(const struct hc_path_crowd *crowd, double mark);
#endif
