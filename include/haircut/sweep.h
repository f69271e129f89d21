/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Sweeps: one configuration at many points of a space of parameters, on the same paths.
 *
 *  A plan says which points there are. Whoever has the plan can compute any point alone, and what comes out
 *  does not depend on who did; records of finished points, each with a checksum, are appended to shards in
 *  a directory that any number of processes share, and merged into one file. */
#ifndef HAIRCUT_SWEEP_H
#define HAIRCUT_SWEEP_H

#include "haircut/run.h"
#include "haircut/scenario.h"
#include "haircut/stats.h"
#include "haircut/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most axes: what results files can have, less the axes of blocks and paths. */
#define HC_MAX_AXES 28

/* ---- the plan ---------------------------------------------------------------------------- */

/** One parameter that varies. A grid has all combinations of the values; other designs have as many values
 *  as points, one each. */
struct hc_axis {
  char *key, *name, *unit, *doc;
  int is_text; /* `value` is NaN */
  size_t count;
  char digest[65]; /* of the configurations that texts make, which may stand for much, as a venue's name; or
                      "" */
  char **text;     /* as it is set */
  double *value;   /* in `unit` */
};
struct hc_plan {
  int grid;
  uint64_t points, paths;
  int64_t seed; /* of the paths */
  int samples, counterfactual;
  size_t axis_count;
  struct hc_axis *axes;
  char *title;  /* name of the configuration */
  char *setup;  /* lines of all that points depend on; what shards must agree in */
  char *config; /* the first point's resolved configuration, YAML */
};
/** What configurations are made of: files (later ones win), then a venue's, then settings. */
struct hc_sweep_source {
  const char *const *files, *const *labels;
  size_t file_count;
  const char *const *settings;
  size_t setting_count;
  /** The file and label of a venue, for axis `venue`; the caller frees both. Says itself what is wrong with
   * a name. May be NULL. */
  hc_status (*venue)(void *self, const char *name, char **file, char **label);
  void *self;
};

/** Reads `sweep` of the configuration `values` (of the source) and checks every value of every axis. Errors
 * of the input go to `diagnostics`, or to `error` where they have no place. */
HC_API hc_status hc_plan_create(const struct hc_sweep_source *source, const struct hc_root_config *values,
                                struct hc_plan **plan, struct hc_diagnostics *diagnostics,
                                struct hc_error *error) HC_CHECKED;
HC_API void hc_plan_free(struct hc_plan *plan);
/** Number of the value of an axis that a point has. */
HC_API size_t hc_plan_value(const struct hc_plan *plan, uint64_t point, size_t axis);
/** `key=value` of every axis with blanks between; the caller frees. */
HC_API hc_status hc_plan_point_text(const struct hc_plan *plan, uint64_t point, char **text) HC_CHECKED;

/* ---- one point --------------------------------------------------------------------------- */

/* SE_PATHS: of paths alone, without what books add. */
enum { HC_POINT_VALUE, HC_POINT_SE, HC_POINT_SE_PATHS, HC_POINT_LOW, HC_POINT_HIGH, HC_POINT_NUMBERS };
/** What is kept of a point. A point that cannot be simulated has a status and a message. */
struct hc_point {
  uint64_t index;
  hc_status status;
  char message[1000];
  uint64_t paths;
  double seconds, overhead; /* wall time, and what of it was not simulation */
  size_t classes, estimates;
  double *estimate; /* estimates x HC_POINT_NUMBERS, in the order of hc_point_names */
  uint64_t tail_paths[HC_TAILS];
  struct hc_blocks blocks;
  double *sample; /* HC_COMPARISON_COLUMNS x paths, or NULL */
};
HC_API void hc_point_free(struct hc_point *point);
/** Name, unit and long_name of the estimates of points with so many classes of LPs: those of classes come
 *  last, so that others have the same place everywhere. The caller frees the array. */
HC_API hc_status hc_point_names(size_t classes, struct hc_estimate **names, size_t *count) HC_CHECKED;

struct hc_point_options {
  int threads;
  const char
    *shards; /* name of a results file beside which granules are kept; NULL: in memory, one thread */
  struct hc_book_cache *cache;
  const volatile int *stop;
  void (*progress)(void *self, uint64_t done, uint64_t total); /* paths; may be NULL */
  void *progress_self;
};
/** Simulates a point. Bad input and paths that leave the range of the model are results (point->status);
 *  what can pass, as a full disk, is returned. */
HC_API hc_status hc_point_run(const struct hc_plan *plan, const struct hc_sweep_source *source,
                              uint64_t index, const struct hc_point_options *options,
                              struct hc_point *point, struct hc_error *error) HC_CHECKED;

/* ---- the directory ----------------------------------------------------------------------- */

struct hc_sweep; /* an open directory */

/** What was found that is of no use. Points concerned are computed again. */
struct hc_sweep_faults {
  size_t torn;     /* shards that end within a record: a process was killed while it wrote */
  size_t damaged;  /* records whose checksum is wrong */
  size_t foreign;  /* shards of another configuration or program */
  char first[300]; /* which was found first */
};

/** Makes the directory of a plan, or goes on with it; HC_MISMATCH where it is of another plan. */
HC_API hc_status hc_sweep_create(const char *directory, const struct hc_plan *plan, struct hc_sweep **sweep,
                                 struct hc_error *error) HC_CHECKED;
/** Opens a directory for its results; HC_INPUT where there is no sweep. */
HC_API hc_status hc_sweep_open(const char *directory, struct hc_sweep **sweep,
                               struct hc_error *error) HC_CHECKED;
HC_API void hc_sweep_close(struct hc_sweep *sweep);
HC_API const struct hc_plan *hc_sweep_plan(const struct hc_sweep *sweep);
HC_API const struct hc_sweep_faults *hc_sweep_faults_of(const struct hc_sweep *sweep);
/** Looks for records that others have written since. */
HC_API hc_status hc_sweep_scan(struct hc_sweep *sweep, struct hc_error *error) HC_CHECKED;
/** Whether a point is there: 0 no, 1 done, 2 failed. */
HC_API int hc_sweep_has(const struct hc_sweep *sweep, uint64_t point);
struct hc_sweep_count {
  uint64_t done, failed;
  double seconds, overhead; /* sums over points */
};
HC_API struct hc_sweep_count hc_sweep_count_of(const struct hc_sweep *sweep);
/** Reads the record of a point; zero-initialise it, free it with hc_point_free. */
HC_API hc_status hc_sweep_read(const struct hc_sweep *sweep, uint64_t index, struct hc_point *point,
                               struct hc_error *error) HC_CHECKED;

struct hc_sweep_options {
  int threads;
  uint64_t task, tasks; /* of points 0 .. points-1 those that are task modulo tasks; tasks 0: all */
  const char *label;    /* of the task, in heartbeats */
  /** Hands out ranges of points [*first, *last) instead, of which those that are not there are computed;
   * false at the end. Called by one thread at a time. May be NULL. */
  int (*next)(void *self, uint64_t *first, uint64_t *last);
  void *next_self;
  uint64_t expected; /* with `next`: about how many points this process will get */
  const volatile int *stop;
  /** Called now and then by one thread at a time: points done of those to do, with the parts of those under
   *  way. */
  void (*progress)(void *self, double done, uint64_t total);
  void *progress_self;
};
/** Computes points that are not there and appends them. HC_INTERRUPTED when stopped. */
HC_API hc_status hc_sweep_run(struct hc_sweep *sweep, const struct hc_sweep_source *source,
                              const struct hc_sweep_options *options, struct hc_error *error) HC_CHECKED;
/** Writes the file of all points, whole or not at all. HC_MISMATCH where points are missing, unless
 * `partial`: these are NaN then, and their state says so. `command` goes into the file. */
HC_API hc_status hc_sweep_merge(const struct hc_sweep *sweep, const char *file, const char *command,
                                int partial, struct hc_error *error) HC_CHECKED;

/* ---- who is at work ---------------------------------------------------------------------- */

/** One process that works, or worked, on a sweep: from its heartbeat, a small text file. */
struct hc_worker {
  char host[64], task[32], state[16]; /* state: running, finished, interrupted, failed; or lost */
  long process;
  int threads;
  uint64_t done, total;
  double rate; /* points a second */
  double age;  /* seconds since it was written */
  char message[200];
};
/** A running process that has not been heard of for this long is lost, s. */
#define HC_LOST_AFTER 60.0
HC_API hc_status hc_sweep_workers(const char *directory, struct hc_worker **workers, size_t *count,
                                  struct hc_error *error) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
