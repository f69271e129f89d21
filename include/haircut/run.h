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

/** Runs every granule of 0 .. paths-1 that the sink does not have. */
HC_API hc_status hc_run(const struct hc_scenario *scenario, const struct hc_run_options *options,
                        const struct hc_sink *sink, struct hc_work *work,
                        struct hc_error *error) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
