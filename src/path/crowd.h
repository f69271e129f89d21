/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path has changed in its book: copy on write over the shared index.
 *
 * The book and its index stay as they are. An account whose position a layer changes, or that is
 * held, is taken out of its side (`out`) and kept here; a heap has those that can still be
 * liquidated, the next on top, since seldom more than a few of them are. Paths on which no
 * position changes pay nothing. */
#ifndef HC_PATH_CROWD_H
#define HC_PATH_CROWD_H

#include <math.h>

#include "scenario/scenario.h"
#include "waterfall/crowd.h"

enum hc_changed_state { HC_CHANGED_LIVE, HC_CHANGED_HELD, HC_CHANGED_GONE };
struct hc_changed {
  struct hc_position position; /* as it is now */
  double session_equity;       /* USD, at the start of session `session` */
  int64_t session;             /* in which the position was last changed */
  double paid;                 /* USD, on the path: cash and charges above 0 */
  double step_equity, step_paid; /* USD: at the mark before the settlement of `step`; paid in it */
  int64_t step;                /* of the last settlement that changed it */
  uint32_t number;             /* of the position in the book */
  int64_t rank;                /* in its side */
  struct hc_entries first;     /* in the book */
  enum hc_changed_state state;
  double part;   /* units of it that the present order closes, where */
  bool partly;   /* it closes a part */
  bool waits;    /* only the backstop can have it */
  bool declined; /* which has not taken it, for as long as it waits */
  bool queued;   /* has an entry in its heap, of */
  double signed_level; /* this level */
  int64_t whole_until; /* step before which it is closed whole */
  int64_t ready;       /* step in which its last wait ended; -1: none has */
};

/* Why positions wait. All of a kind wait as long, or until the same step: what began first ends first. */
enum hc_wait { HC_WAIT_COOLDOWN, HC_WAIT_DELAY, HC_WAIT_CAPACITY, HC_WAIT_LOSS, HC_WAITS };
struct hc_waiting {
  size_t first, count, capacity;
  struct hc_waiter {
    int64_t step; /* at which it ends */
    uint32_t index;
  } *waiter;
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
    uint64_t *out;  /* a bit a rank of the index: taken out */
    size_t heap_count, heap_capacity;
    struct hc_crowd_next {
      double signed_level; /* s*L, greatest on top; ties by account */
      uint32_t number, index;
    } *heap;               /* an entry whose account is no longer queued at its level is void */
    double key;            /* s*key of the top, which is not void; -HUGE_VAL: none */
    size_t hit_count, hit_capacity;
    uint32_t *hit;         /* triggered by the last look: indices in `changed`, first first */
    int64_t marked; /* ranks below are marked as closed in `slot` */
    bool stale;     /* the heap must be made again */
    struct hc_venue venue;
  } side[2];
  size_t held;
  struct hc_waiting waiting[HC_WAITS];
  int64_t wait_next; /* step at which the next wait ends; INT64_MAX: none */
  struct hc_trader *traders; /* one a position of the book */
  double session_mark;       /* USD */
  int64_t session;           /* number of the session */
  double haircut_max;        /* greatest payment in a settlement over equity before it */
  double *room;              /* two numbers a position of the book */
  size_t payers;             /* as last looked at: accounts that paid, */
  const double *payments;    /* what each has paid on the path, USD, in rising order */
};

hc_status hc_path_crowd_create(const struct hc_scenario *scenario, struct hc_system *system,
                               struct hc_path_crowd **crowd) HC_CHECKED;
void hc_path_crowd_free(struct hc_path_crowd *crowd);
/* Back to step 0 on a book. */
void hc_path_crowd_start(struct hc_path_crowd *crowd, const struct hc_scenario_book *book);
/* Makes heaps again after changes, and moves cursors past what is gone. */
hc_status hc_path_crowd_refresh(struct hc_path_crowd *crowd) HC_CHECKED;

/* Key of the changed account that is triggered next; -HUGE_VAL: none. */
static inline double hc_path_crowd_key(const struct hc_path_crowd *crowd, int side) {
  return crowd->side[side].key;
}
/* Moves what is triggered where s*y = `signed_price` from the heap to `hit`; how many. */
hc_status hc_path_crowd_look(struct hc_path_crowd *crowd, int side, double signed_price,
                             size_t *hits) HC_CHECKED;

/* A forced order: positions of the index that are still there, changed ones, the venue's own. */
struct hc_lot {
  int64_t from, to;       /* ranks */
  size_t hit_from, hit_to;
  bool venue;
  double signed_price; /* s*y of the look that found it */
};
/* How many accounts it is of; its sums. */
int64_t hc_path_crowd_sums(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                           struct hc_sums *sums);
/* Closes it at `fill`: adds to `closing`; `*venue` is the result of the venue's own, USD. */
void hc_path_crowd_close(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                         double fill, double fee, struct hc_closing *closing, double *venue);
/* Who of it left bad debt; `venue` as above. */
void hc_path_crowd_blame(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                         double fill, double venue);
/* Books what an executed lot closed at `fill`, whole or in part. */
hc_status hc_path_crowd_closed(struct hc_path_crowd *crowd, int side, const struct hc_lot *lot,
                               double fill) HC_CHECKED;

/* Partial liquidation. Takes the large positions of a lot out of the index, and has all large ones
 * closed in part; `*any`: there are some. */
hc_status hc_path_crowd_divide(struct hc_path_crowd *crowd, int side, struct hc_lot *lot, double mark,
                               bool *any) HC_CHECKED;
/* Has those closed whole that would have nothing left at `fill`; whether there are any. */
bool hc_path_crowd_whole(struct hc_path_crowd *crowd, int side, const struct hc_lot *lot, double fill);
/* How many positions of a lot are closed in part. */
int64_t hc_path_crowd_parts(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot);

/* Those that still have a position and are not held, a side; where the book has such sums. */
void hc_path_crowd_entries(const struct hc_path_crowd *crowd, struct hc_entries entries[2]);
/* Shows those of them on one side that win at the system's mark, in account order, with their profit, USD;
 * there is room for as many offers then. */
typedef void hc_crowd_winner(void *context, const struct hc_position *position, uint32_t number,
                             double profit);
hc_status hc_path_crowd_winners(struct hc_path_crowd *crowd, int side, hc_crowd_winner *winner,
                                void *context) HC_CHECKED;

/* Takes a position of the index out of it, to be changed; its index in `changed`. */
hc_status hc_path_crowd_take_out(struct hc_path_crowd *crowd, uint32_t number, uint32_t *index) HC_CHECKED;
/* A changed account waits until `step`; `signed_price` is where the backstop has seen it: what lies at
 * its level or beyond has been declined. */
hc_status hc_path_crowd_wait(struct hc_path_crowd *crowd, uint32_t index, enum hc_wait why, int64_t step,
                             double signed_price) HC_CHECKED;
/* Ends the waits that last until `step`. */
hc_status hc_path_crowd_wake(struct hc_path_crowd *crowd, int64_t step) HC_CHECKED;
/* Forgets all waits. */
void hc_path_crowd_forget(struct hc_path_crowd *crowd);
/* What those who wait would lack at `mark`, USD. */
double hc_path_crowd_deficit(const struct hc_path_crowd *crowd, double mark);

/* Moves the cursor of a side to a position that is still in the index. */
void hc_path_crowd_pass(struct hc_path_crowd *crowd, int side);
/* First rank of [from, to) that is still in the index; `to`: none. */
int64_t hc_path_crowd_rank(const struct hc_path_crowd *crowd, int side, int64_t from, int64_t to);
/* Whether, of what is left of a lot, a changed account comes before those of the index. */
bool hc_path_crowd_changed_first(const struct hc_path_crowd *crowd, int side, const struct hc_lot *lot);
/* Whether a position is at its backstop level or beyond, where s*y = `signed_price`. */
bool hc_path_crowd_beyond(const struct hc_path_crowd *crowd, const struct hc_position *position,
                          double signed_price);

/* Holds those of the lot whose equity at `fill` is negative. */
hc_status hc_path_crowd_hold(struct hc_path_crowd *crowd, int side, struct hc_lot *lot,
                             double fill) HC_CHECKED;
/* After the last order: held accounts become records at `mark` or return to the book. `*count`
 * is how many became records. */
hc_status hc_path_crowd_judge(struct hc_path_crowd *crowd, double mark, struct hc_record record[2],
                              int64_t *count) HC_CHECKED;
/* What the venue's own units give at a price, USD; a loss within rounding is none. */
double hc_venue_result(const struct hc_venue *venue, int side, double price);
/* Takes USD of what an account received when its position was closed. */
hc_status hc_path_crowd_bear(struct hc_path_crowd *crowd, uint32_t account, double amount) HC_CHECKED;
/* Released units, at `mark`. */
void hc_path_crowd_release(struct hc_path_crowd *crowd, const double quantity[2], double mark);
/* Looks at what accounts have paid. */
void hc_path_crowd_payments(struct hc_path_crowd *crowd);
/* Equity at `mark` of all that have a position, and of the venue's own, USD. */
double hc_path_crowd_equity(const struct hc_path_crowd *crowd, double mark);
#endif
