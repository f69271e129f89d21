/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a waterfall remembers along a path: switches, caps used, windows, what is pending. */
#ifndef HC_WATERFALL_STATE_H
#define HC_WATERFALL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/outcome.h"
#include "haircut/status.h"

struct hc_waterfall;

/* Values over time for their greatest in a window: older values that a newer one reaches are
 * forgotten, so the greatest is the first. */
struct hc_peak {
  double window; /* steps */
  size_t first, count, capacity;
  struct hc_peak_item {
    double value;
    int64_t until; /* step from which it is no longer in force */
  } *items;
};
/* Payments over time for their sum in a window. */
struct hc_spent {
  size_t first, count, capacity;
  struct hc_spent_item {
    double value;
    int64_t step;
  } *items;
};
/* Deficits that wait for their recognition. */
struct hc_due {
  double amount; /* USD */
  int64_t step;  /* INT64_MAX: never */
};

enum { HC_STATE_PEAKS = 16 };
struct hc_layer_state {
  bool on;
  double used; /* since the start of the path: USD, or USD of notional */
  double used_now; /* in settlement `used_at` */
  int64_t used_at;
  struct hc_spent spent;
  double pending; /* USD, sum of `due` */
  double claims;  /* USD: what is to be paid back to */
  double claim[16]; /* each class */
  size_t due_first, due_count, due_capacity;
  struct hc_due *due;
};
struct hc_waterfall_state {
  struct hc_layer_state *layer; /* one a layer */
  bool on[16];                  /* switches */
  struct hc_peak peak[HC_STATE_PEAKS]; /* as listed in the waterfall */
  int64_t settlements;                 /* so far */
  double pnl;                          /* of the insurance fund: inflow less payments */
  double pending, pending_max; /* USD */
  double session_mark;  /* USD: mark at the start of the session */
  int64_t session_next; /* step of the next session; INT64_MAX: none */
  struct hc_unwind {
    int64_t next; /* step of the next order; INT64_MAX: none */
    double units; /* of each */
  } unwind[2];          /* as the stocks of pots */
  int64_t paused_until; /* step; INT64_MAX: liquidations do not pause */
  int64_t fees_until;   /* step up to which fees are booked */
  double fees;          /* booked so far, USD */
  double stayed[HC_MAX_CLASSES]; /* share of those of the start that have not left */
  int64_t leave_next[HC_MAX_CLASSES]; /* step at which some of a class may leave; INT64_MAX: none */
  double withdrawn, lp_withdrawn; /* USD received by leavers; of kind lp */
  double lp_repaid;               /* USD, to classes of kind lp */
  double repaid, lp_beyond, treasury; /* USD: to all classes; of inflow beyond the target */
  double lp_left;                 /* what the shares of the latter were worth at start, USD */
  bool failed;         /* no memory for something that had to be remembered */
};

hc_status hc_state_create(const struct hc_waterfall *waterfall,
                          struct hc_waterfall_state **state) HC_CHECKED;
void hc_state_free(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state);
/* Back to step 0, at the initial mark. */
void hc_state_start(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state,
                    double mark);

void hc_peak_add(struct hc_waterfall_state *state, struct hc_peak *peak, int64_t step, double value);
double hc_peak_get(struct hc_peak *peak, int64_t step);
void hc_spent_add(struct hc_waterfall_state *state, struct hc_spent *spent, int64_t step,
                  double value);
double hc_spent_get(struct hc_spent *spent, int64_t step, double window);
void hc_due_add(struct hc_waterfall_state *state, struct hc_layer_state *layer, int64_t step,
                double amount);
/* Takes what is due at `step` out of a layer's pending, USD. */
double hc_due_take(struct hc_layer_state *layer, int64_t step);
/* Takes at most `amount` out of it, oldest first; how much it was. */
double hc_due_net(struct hc_layer_state *layer, double amount);
/* First step at which something is due; INT64_MAX: none. */
int64_t hc_state_next_due(const struct hc_waterfall *waterfall,
                          const struct hc_waterfall_state *state);
/* Adds up what is pending in all layers. */
void hc_state_sum_pending(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state);
/* First step at or after `step` that is a multiple of `length` seconds (rounded up to the grid). */
int64_t hc_multiple(const struct hc_waterfall *waterfall, int64_t step, double length);
/* First step at or after `step` that is a multiple of `length` seconds (rounded up to the grid),
 * the last step at the latest. */
int64_t hc_boundary(const struct hc_waterfall *waterfall, int64_t step, double length);
#endif
