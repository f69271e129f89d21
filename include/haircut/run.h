/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Running many paths: granules on threads, into a sink, in slices that say why they stop. */
#ifndef HAIRCUT_RUN_H
#define HAIRCUT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/path.h"
#include "haircut/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One finished granule, as handed to the sink. Timeline: `timeline_paths` x (points + 1)
 *  per quantity, path-major, for the granule's paths below output.timeline.paths. */
struct hc_granule {
  uint64_t first;
  size_t count;
  const struct hc_outcome *outcomes;
  const double *lp_class; /* count x classes */
  struct hc_granule_stats *stats;
  size_t timeline_paths, timeline_points; /* points + 1 columns */
  const double *mark, *fund, *lp_equity, *open_interest;
};

/** Where granules go. Called by several threads at once, each with its own worker number. */
struct hc_sink {
  void *self;
  bool (*has)(void *self, uint64_t granule); /* already there: skip it (resume) */
  hc_status (*put)(void *self, int worker, const struct hc_granule *granule,
                   struct hc_error *error);
};

struct hc_run_options {
  int threads;               /* 0: all processors */
  size_t batch;              /* granules a worker takes at a time; 0: 1 */
  enum hc_walk walk;
  uint64_t paths;            /* total wanted */
  const volatile int *stop;  /* nonzero: finish what is under way and return HC_INTERRUPTED */
  /* Called now and then by one thread at a time with granules' paths done; may be NULL. */
  void (*progress)(void *self, uint64_t done, uint64_t total);
  void *progress_self;
};

/** What the statistics of a scenario need to know. */
HC_API struct hc_stats_setup hc_run_setup(const struct hc_scenario *scenario);

/* X(type, name, unit, long_name): one row of the table of who left bad debt. */
#define HC_BLAME_CELL_LIST(X)                                                               \
  X(I, side, "1", "Side: +1 long, -1 short; 0: nobody's, units the venue sold")              \
  X(F, leverage_low, "1", "Leverage at entry is more than this")                             \
  X(F, leverage_high, "1", "Leverage at entry is at most this")                              \
  X(F, size_low, "USD", "Notional at entry is more than this")                               \
  X(F, size_high, "USD", "Notional at entry is at most this")                                \
  X(F, positions, "1", "Positions at the start, mean over books")                             \
  X(F, notional, "USD", "Their notional at entry, mean over books")                          \
  X(F, mean_bad_debt, "USD", "Mean bad debt that they leave")                                \
  X(F, mean_bad_debt_se, "USD", "Its standard error")                                        \
  X(F, es_99_bad_debt, "USD", "Their contribution to ES 99 of bad debt")                     \
  X(F, es_99_bad_debt_se, "USD", "Its standard error")                                       \
  X(F, es_99_lp_loss, "USD", "Their contribution to ES 99 of the loss of liquidity providers") \
  X(F, es_99_lp_loss_se, "USD", "Its standard error")
/* The same of an account; which account is `account` of `book`. */
#define HC_BLAME_ACCOUNT_LIST(X)                                                            \
  X(I, book, "1", "Book: paths of this number modulo the number of books use it")            \
  X(I, account, "1", "Account (position number in the book)")                                \
  X(I, side, "1", "Side: +1 long, -1 short")                                                 \
  X(F, leverage, "1", "Leverage at entry")                                                   \
  X(F, notional, "USD", "Notional at entry")                                                 \
  X(F, collateral, "USD", "Collateral")                                                      \
  X(I, tail_paths, "1", "Paths of ES 99 of bad debt on which it left some")                  \
  X(F, es_99_bad_debt, "USD", "Its contribution to ES 99 of bad debt")                       \
  X(F, es_99_bad_debt_se, "USD", "Its standard error, of paths alone")                       \
  X(F, book_share, "1", "The same as a share of what the paths of its book contribute")      \
  X(F, es_99_lp_loss, "USD", "Its contribution to ES 99 of the loss of liquidity providers") \
  X(F, es_99_lp_loss_se, "USD", "Its standard error, of paths alone")
/** Who left the bad debt. The cells' means add up to the mean of bad debt, their contributions to its
 *  ES 99 and to that of LP loss. LP loss of a path is shared as its bad debt is (cell 0 side: also what
 *  LPs lost where there was none). Accounts are the `account_count` greatest contributors to ES 99 of bad
 *  debt; accounts of different books are different accounts. */
#define HC_BLAME_TOP 20
struct hc_attribution {
  size_t cell_count, account_count;
#define HC_BLAME_MEMBER(type, name, unit, long_name) HC_OUTCOME_CTYPE_##type name;
  struct hc_blame_cell {
    HC_BLAME_CELL_LIST(HC_BLAME_MEMBER)
  } cell[HC_BLAME_CELLS];
  struct hc_blame_account {
    HC_BLAME_ACCOUNT_LIST(HC_BLAME_MEMBER)
  } account[HC_BLAME_TOP];
#undef HC_BLAME_MEMBER
  char name[HC_BLAME_TOP][64]; /* of the accounts, where the book has names */
};
/** From the merged statistics of a run; the paths of ES 99 are run again, on `threads` (0: all). Without
 *  bad debt both counts are 0. */
HC_API hc_status hc_attribute(const struct hc_scenario *scenario, struct hc_stats *stats, int threads,
                              struct hc_attribution *attribution, struct hc_error *error) HC_CHECKED;

/** Runs every granule of 0 .. paths-1 that the sink does not have. */
HC_API hc_status hc_run(const struct hc_scenario *scenario, const struct hc_run_options *options,
                        const struct hc_sink *sink, struct hc_work *work,
                        struct hc_error *error) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
