/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One path: a pure function of (scenario, path number). */
#ifndef HAIRCUT_PATH_H
#define HAIRCUT_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "haircut/outcome.h"
#include "haircut/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- ledger -------------------------------------------------------------------- */

#define HC_EVENT_LIST(X)                                                                     \
  X(START, "start")             /* the state at step 0 */                                    \
  X(JUMP, "jump")               /* a jump of the model */                                    \
  X(ORDER, "order")             /* one forced order: a side of a round, or one account */    \
  X(BACKSTOP, "backstop")       /* a position that is taken over before it is bankrupt */    \
  X(DELEVERAGE, "deleverage")   /* a winner is closed for a pool that owes too much */       \
  X(WAIT, "wait")               /* positions that are triggered and not sold yet */          \
  X(UNWIND, "unwind")           /* an order that works off a stock that was taken over */    \
  X(SETTLE, "settle")           /* a step's inflow and bad debt */                           \
  X(LAYER, "layer")             /* what one layer paid, cash and charges */                  \
  X(HOLD, "hold")               /* positions that are held, not sold */                      \
  X(CHARGE, "charge")           /* cash from one account */                                  \
  X(TRADE, "trade")             /* units that a layer closed or moved, of one account */     \
  X(PENDING, "pending")         /* a loss whose recognition waits */                         \
  X(RELEASE, "release")         /* units that the venue will sell */                         \
  X(HALT, "halt")               /* trading ends: all positions are settled at the mark */    \
  X(WITHDRAWAL, "withdrawal")   /* what those of a class who leave receive */                \
  X(REPAY, "repay")             /* what classes have back, out of inflow of the fund */      \
  X(BEYOND, "beyond")           /* inflow beyond the target of the fund */                   \
  X(SURPLUS, "surplus")         /* charges above what was missing: to the fund */            \
  X(UNCOVERED, "uncovered")     /* what no layer paid */                                     \
  X(END, "end")                 /* the state at the horizon */
enum hc_event_kind {
#define HC_EVENT_ENUM(name, text) HC_EVENT_##name,
  HC_EVENT_LIST(HC_EVENT_ENUM)
#undef HC_EVENT_ENUM
  HC_EVENTS
};

/* X(type, name, unit, long_name): one row of the ledger. Prices that do not
 * apply are NaN, amounts 0, indices -1. */
#define HC_LEDGER_LIST(X)                                                                    \
  X(I, path, "1", "Path")                                                                    \
  X(I, step, "1", "Step")                                                                    \
  X(F, time, "s", "Time since the start")                                                    \
  X(I, event, "1", "Kind of event (see the attribute `words`)")                              \
  X(I, round, "1", "Round of the step's cascade, from 1; 0: none")                           \
  X(I, side, "1", "Side of the positions: +1 long, -1 short, 0: none")                 \
  X(I, layer, "1", "Layer of the waterfall; -1: none")                                       \
  X(I, account, "1", "Account (position number in the book); -1: several or none")               \
  X(I, positions, "1", "Positions closed by the order")                                      \
  X(I, partial, "1", "Of these, how many were closed in part")                               \
  X(F, quantity, "1", "Units closed, moved, held or released")                                           \
  X(F, notional, "USD", "Order at the mark before it")                                       \
  X(F, mark_before, "USD", "Mark before the event")                                          \
  X(F, mark_after, "USD", "Mark after the event")                                            \
  X(F, fundamental, "USD", "Fundamental price: the mark without any forced flow")            \
  X(F, fill, "USD", "Price of the order or trade")                                               \
  X(F, fee, "USD", "Liquidation fees")                                                       \
  X(F, bad_debt, "USD", "Bad debt made (order, halt) or settled (settle)")                   \
  X(F, inflow, "USD", "Inflow of the insurance fund")                                        \
  X(F, amount, "USD", "Payment or charge, what waits, or what stayed uncovered")                      \
  X(F, until, "s", "Time at which a wait ends")                                              \
  X(F, fund, "USD", "Insurance fund after the event")                                        \
  X(F, lp_equity, "USD", "Deposits and profits of liquidity providers after the event")
struct hc_ledger_row {
#define HC_LEDGER_MEMBER(type, name, unit, long_name) HC_OUTCOME_CTYPE_##type name;
  HC_LEDGER_LIST(HC_LEDGER_MEMBER)
#undef HC_LEDGER_MEMBER
};

/** A growing list of events; zero-initialise, free with hc_ledger_free. */
struct hc_ledger {
  size_t count, capacity;
  struct hc_ledger_row *rows;
  double mark_min; /* lowest mark over every step: walking the whole grid finds it */
};
HC_API void hc_ledger_free(struct hc_ledger *ledger);

/* ---- running ------------------------------------------------------------------- */

struct hc_workspace; /* one thread's scratch memory for one scenario */

HC_API hc_status hc_workspace_create(const struct hc_scenario *scenario,
                                     struct hc_workspace **workspace,
                                     struct hc_error *error) HC_CHECKED;
HC_API void hc_workspace_free(struct hc_workspace *workspace);

/** How next events are found; results are the same, bit for bit. */
enum hc_walk { HC_WALK_SEARCH, HC_WALK_EVERY_STEP };
HC_API void hc_workspace_walk(struct hc_workspace *workspace, enum hc_walk walk);

/** From now on every path that is run adds its curve to `lorenz` where accounts paid; NULL: none. */
HC_API void hc_workspace_lorenz(struct hc_workspace *workspace, struct hc_lorenz *lorenz);
HC_API void hc_lorenz_free(struct hc_lorenz *lorenz);

/** From now on every path that is run and leaves bad debt adds who left it to `blame` (the run without
 *  impact does not); NULL: none. Nothing comes without output.attribution. */
HC_API void hc_workspace_blame(struct hc_workspace *workspace, struct hc_blame *blame);
HC_API void hc_blame_free(struct hc_blame *blame);

/** Counters of work done, for benchmarks and the diagnosis. */
struct hc_work {
  uint64_t paths, normals, events, rounds;
};
HC_API struct hc_work hc_workspace_work(const struct hc_workspace *workspace);

/** Runs path `path`. `lp_class` (may be NULL) receives the loss of each class, USD.
 *  HC_MODEL if a cascade takes the mark beyond 100 times or below a 100th of where its step
 *  began; the message names the path. */
HC_API hc_status hc_path_run(struct hc_workspace *workspace, uint64_t path,
                             struct hc_outcome *outcome, double *lp_class,
                             struct hc_error *error) HC_CHECKED;

/** Runs `count` paths from `first`: the same outcomes as one by one, faster.
 *  `outcomes[count]`, `lp_class[count * classes]` (may be NULL). */
HC_API hc_status hc_path_run_many(struct hc_workspace *workspace, uint64_t first, size_t count,
                                  struct hc_outcome *outcomes, double *lp_class,
                                  struct hc_error *error) HC_CHECKED;

/** Runs a path once more for what hc_workspace_lorenz and hc_workspace_blame keep of it: as hc_path_run,
 *  but for the columns without impact, which are NaN. */
HC_API hc_status hc_path_again(struct hc_workspace *workspace, uint64_t path,
                               struct hc_outcome *outcome, struct hc_error *error) HC_CHECKED;

/** As hc_path_run, and appends the path's events to `ledger` (mark_min is set too). */
HC_API hc_status hc_path_trace(struct hc_workspace *workspace, uint64_t path,
                               struct hc_outcome *outcome, double *lp_class,
                               struct hc_ledger *ledger, struct hc_error *error) HC_CHECKED;

/** One row of the timeline: state of a path at `points + 1` equally spaced times from 0 to
 *  the horizon (rounded down to steps). Arrays of points + 1 each; outcome as hc_path_run. */
struct hc_timeline {
  double *mark, *fund, *lp_equity, *open_interest; /* USD; open interest: longs at the mark */
};
HC_API hc_status hc_path_timeline(struct hc_workspace *workspace, uint64_t path, size_t points,
                                  struct hc_outcome *outcome, double *lp_class,
                                  struct hc_timeline *timeline, struct hc_error *error) HC_CHECKED;

/** Mark with and without forced flow (`mark`, `fundamental`) of a path at the same times. */
HC_API hc_status hc_path_prices(struct hc_workspace *workspace, uint64_t path, size_t points,
                                double *mark, double *fundamental,
                                struct hc_error *error) HC_CHECKED;

/** One instant shock of the log price at step 0 on book `book` and its cascade: the rows of
 *  `haircut ladder`. No randomness. */
HC_API hc_status hc_path_instant(struct hc_workspace *workspace, size_t book, double log_move,
                                 struct hc_outcome *outcome, double *lp_class,
                                 struct hc_error *error) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
