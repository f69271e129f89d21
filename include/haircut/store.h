/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Results on disk: granule shards while running, one HDF5 file when whole. */
#ifndef HAIRCUT_STORE_H
#define HAIRCUT_STORE_H

#include "haircut/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the layout of results files, written at the root. */
#define HC_FORMAT_VERSION 1

struct hc_store; /* an open directory of shards */

enum hc_store_mode {
  HC_STORE_NEW,    /* shards of an earlier run there: HC_MISMATCH, message says how to go on */
  HC_STORE_RESUME, /* go on: every valid granule there is kept; other configuration or code
                      format: HC_MISMATCH; torn or damaged records are dropped */
  /* Beside another process that opened it so and has the lock; this one writes shards of its own. */
  HC_STORE_JOIN_NEW, HC_STORE_JOIN_RESUME
};

/** Opens `<file>.shards/` beside the results file for `workers` writers. With RESUME and no
 *  shards but a finished results file of the same scenario, its samples serve as granules
 *  (extending a run); if it has no samples, HC_MISMATCH says so. */
HC_API hc_status hc_store_open(const struct hc_scenario *scenario, const char *file, int workers,
                               enum hc_store_mode mode, struct hc_store **store,
                               struct hc_error *error) HC_CHECKED;
HC_API struct hc_sink hc_store_sink(struct hc_store *store);
/** Paths already held by whole granules. */
HC_API uint64_t hc_store_paths(const struct hc_store *store);
/** Hands the granules from path `first`, that of a granule, up to `paths` to a sink in path order; what is
 *  not kept (timelines; outcomes without samples) is not there. HC_BUG if one is missing. */
HC_API hc_status hc_store_replay(struct hc_store *store, uint64_t first, uint64_t paths,
                                 const struct hc_sink *sink, struct hc_error *error) HC_CHECKED;
/** Looks for granules that other processes have written since. */
HC_API hc_status hc_store_rescan(struct hc_store *store, struct hc_error *error) HC_CHECKED;
/** Flushes and syncs the shards. */
HC_API hc_status hc_store_sync(struct hc_store *store, struct hc_error *error) HC_CHECKED;
/** Closes; the shards stay on disk. */
HC_API void hc_store_close(struct hc_store *store);
/** Closes and removes the shards (after the results file is in place). */
HC_API hc_status hc_store_remove(struct hc_store *store, struct hc_error *error) HC_CHECKED;

/** What else goes into the results file. */
struct hc_report {
  uint64_t paths;
  int threads;             /* for what is run again; 0: all processors */
  double seconds;          /* wall time of the simulation; an attribute, not a dataset */
  const char *command;     /* command line */
  const char *step_check;  /* JSON text of the step check, or NULL */
  const char *precision;   /* what was asked for and reached, or NULL */
};

/** Merges all granules in path order, traces the worst paths, and writes the HDF5 file under
 *  a temporary name, synced, then renamed: whole or not at all. */
HC_API hc_status hc_store_assemble(struct hc_store *store, const struct hc_report *report,
                                   struct hc_error *error) HC_CHECKED;

/* ---- reading ----------------------------------------------------------------------- */
struct hc_results; /* an open results file, read only */
HC_API hc_status hc_results_open(const char *file, struct hc_results **results,
                                 struct hc_error *error) HC_CHECKED;
HC_API void hc_results_close(struct hc_results *results);
/** Whether a file is a results file of ours (by signature and root attribute). */
HC_API int hc_results_is(const char *file);
HC_API uint64_t hc_results_paths(const struct hc_results *results);
HC_API int hc_results_has_samples(const struct hc_results *results);
/** The configuration in the file as one YAML text that loads on its own (CSV inputs are
 *  extracted by hc_results_inputs); zero-terminated, owned by `results`. */
HC_API const char *hc_results_config(const struct hc_results *results);
/** Writes the CSV copies kept in the file into `directory`, where relative names of the
 *  configuration find them. */
HC_API hc_status hc_results_inputs(const struct hc_results *results, const char *directory,
                                   struct hc_error *error) HC_CHECKED;
HC_API hc_status hc_results_digest(const struct hc_results *results, char hex[65],
                                   struct hc_error *error) HC_CHECKED;
HC_API hc_status hc_results_estimates(const struct hc_results *results,
                                      const struct hc_estimate **estimates, size_t *count,
                                      struct hc_error *error) HC_CHECKED;
/** One accounting identity as checked on every path: its largest residual, where, and whether
 *  it is within 1e-9 of the bad debt plus 1e-12 of the notional. */
struct hc_check {
  const char *name; /* accounting, money, reflection */
  double residual, tolerance; /* USD */
  uint64_t path;
  int held;
};
/** Fills up to three checks (the reflection identity only where it applies). */
HC_API hc_status hc_results_checks(const struct hc_results *results, struct hc_check checks[3],
                                   size_t *count, struct hc_error *error) HC_CHECKED;
/** Who left the bad debt; both counts are 0 where the file does not say, or there was none. */
HC_API hc_status hc_results_attribution(const struct hc_results *results,
                                        struct hc_attribution *attribution,
                                        struct hc_error *error) HC_CHECKED;
/** Reads outcomes `first .. first+count-1` (and class losses, may be NULL). */
HC_API hc_status hc_results_outcomes(const struct hc_results *results, uint64_t first, size_t count,
                                     struct hc_outcome *outcomes, double *lp_class,
                                     struct hc_error *error) HC_CHECKED;
/** The paths whose ledger is in the file, worst first. */
HC_API hc_status hc_results_traced(const struct hc_results *results, const uint64_t **paths,
                                   size_t *count, struct hc_error *error) HC_CHECKED;

/* ---- comparisons ---------------------------------------------------------------------- */

/* X(name, long_name): what a comparison keeps of each path, USD; parts of outcomes (outcome.h)
 * but for lp_paid (lp_profit_paid and lp_deposit_paid) and social_loss. */
#define HC_COMPARISON_LIST(X)                                                               \
  X(lp_loss, "Loss of liquidity providers (profit and deposits)")                           \
  X(social_loss, "Losses of LPs, traders, members and stakers together")                    \
  X(bad_debt, "Bad debt: negative equity of positions when closed")                         \
  X(insurance_paid, "Bad debt paid by funds")                                               \
  X(lp_paid, "Bad debt paid in cash by liquidity providers")                                \
  X(trader_paid, "Bad debt paid in cash by traders")                                        \
  X(trader_forgone, "Charges of traders whose positions were closed or enlarged, signed")   \
  X(member_paid, "Bad debt paid by members")                                                \
  X(staker_paid, "Bad debt paid by stakers, depositors and token holders")                  \
  X(taker_charge, "Charges of those who took positions over, signed")                       \
  X(outside_paid, "Bad debt paid from outside")                                             \
  X(rest_charge, "Charges of the rest of the market, signed")                               \
  X(uncovered, "Bad debt that no layer paid")                                               \
  X(pending_end, "Losses not recognised at the horizon")                                    \
  X(surplus, "Overshoot: charges above what was missing")                                   \
  X(lp_net, "Income of liquidity providers since step 0 less their loss")
enum hc_comparison_column {
#define HC_COMPARISON_ENUM(name, long_name) HC_COMPARISON_##name,
  HC_COMPARISON_LIST(HC_COMPARISON_ENUM)
#undef HC_COMPARISON_ENUM
  HC_COMPARISON_COLUMNS
};

/** Fills them from the outcome of a path. */
HC_API void hc_comparison_values(const struct hc_outcome *outcome, double values[HC_COMPARISON_COLUMNS]);

struct hc_compared { /* one mechanism, under one scenario where there are some */
  const char *name, *waterfall, *config, *digest;
  const char *scenario;     /* or NULL */
  const char *first, *same; /* names: what differences and what shifts are to */
  const double *sample[HC_COMPARISON_COLUMNS];
  const struct hc_estimate *estimates;
  const struct hc_estimate *differences; /* to the first mechanism of the scenario */
  const struct hc_estimate *shifts;      /* to the same mechanism under the first scenario */
  size_t estimate_count, difference_count, shift_count;
};
struct hc_compare_file {
  const char *market, *command;
  uint64_t paths;
  int64_t seed;
  size_t books, count;
  double horizon, step, seconds;
  const struct hc_compared *mechanisms;
};
/** Writes the comparison as one HDF5 file, whole or not at all. */
HC_API hc_status hc_comparison_write(const char *file, const struct hc_compare_file *comparison,
                                     struct hc_error *error) HC_CHECKED;
/** Whether a file is such a file (by signature and root attribute). */
HC_API int hc_comparison_is(const char *file);

/* ---- sweeps ------------------------------------------------------------------------------ */

struct hc_sweep_axis { /* a dimension of a grid, or a column along the dimension `point` */
  const char *key, *name, *unit, *doc;
  int is_text; /* of text, else of value */
  size_t count;
  const char *const *text;
  const double *value;
};
struct hc_sweep_column { /* a value a point, in the order of points */
  char name[80], unit[8], long_name[200];
  const double *value; /* one of the three; points, or points x blocks */
  const int64_t *integer;
  const char *const *text;
  int by_block;
};
struct hc_sweep_file {
  const char *title, *command, *config, *setup;
  int grid;
  uint64_t points, paths, failed, missing;
  int64_t reference; /* the point that differences are to: the first that is done; -1: none */
  int64_t seed;
  double seconds; /* of all points, summed */
  size_t axis_count, column_count, blocks;
  const struct hc_sweep_axis *axes;
  const struct hc_sweep_column *columns;
  /* Fills HC_COMPARISON_COLUMNS x paths values of a point; NULL: no samples. */
  hc_status (*samples)(void *self, uint64_t point, double *sample, struct hc_error *error);
  void *self;
};
/** Writes the file of a sweep, whole or not at all. */
HC_API hc_status hc_sweep_write(const char *file, const struct hc_sweep_file *sweep,
                                struct hc_error *error) HC_CHECKED;
/** Whether a file is such a file. */
HC_API int hc_sweep_is(const char *file);

#ifdef __cplusplus
}
#endif
#endif
