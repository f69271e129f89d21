/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of one process. Small points go to threads one each; a large one has all threads, and its
 * granules go to shards, so that it can be gone on with. What comes out is the same. */
#include <inttypes.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>
#include <errno.h>
#include <unistd.h>

#include "store/files.h"
#include "sweep/sweep.h"

/* Points of up to so many granules are lost, rather than gone on with, when a process is killed. */
enum { SMALL = 64 };
/* Kinds of books that are kept: those of neighbours on the slower axes come again. */
enum { KEPT_BOOKS = 4 };

struct job {
  struct hc_sweep *sweep;
  const struct hc_sweep_source *source;
  const struct hc_sweep_options *options;
  struct hc_book_cache *cache;
  struct hc_heartbeat heartbeat;
  uint64_t next, last, total, done;
  double under_way;   /* part of the large point that is done */
  _Atomic int failed; /* a hc_status */
  struct hc_error *error;
};

static bool is_stopped(const struct job *job) { return job->options->stop && *job->options->stop; }

/* ---- which points ------------------------------------------------------------------------ */

static bool is_mine(const struct job *job, uint64_t point) {
  const struct hc_sweep_options *options = job->options;
  if (hc_sweep_has(job->sweep, point)) return false;
  return options->next || !options->tasks || point % options->tasks == options->task;
}

/* The next point that is not there; false at the end. One thread at a time. */
static bool take_next(struct job *job, uint64_t *point) {
  for (;;) {
    for (; job->next < job->last; job->next++)
      if (is_mine(job, job->next)) {
        *point = job->next++;
        return true;
      }
    if (!job->options->next || !job->options->next(job->options->next_self, &job->next, &job->last))
      return false;
  }
}

static uint64_t count_mine(const struct job *job) {
  uint64_t count = 0;
  for (uint64_t i = 0; i < job->sweep->plan->points; i++) count += is_mine(job, i);
  return count;
}

/* ---- one after the other ----------------------------------------------------------------- */

static void fail(struct job *job, hc_status status, const struct hc_error *error) {
#pragma omp critical(haircut_sweep)
  {
    int none = HC_OK;
    if (atomic_compare_exchange_strong(&job->failed, &none, (int)status) && job->error)
      *job->error = *error;
  }
}

static void tell(struct job *job) {
  hc_heartbeat_step(&job->heartbeat, job->done);
  if (job->options->progress)
    job->options->progress(job->options->progress_self, (double)job->done + job->under_way, job->total);
}

static void step(void *self, uint64_t done, uint64_t total) {
  struct job *job = self;
#pragma omp critical(haircut_sweep)
  {
    job->under_way = (double)done / (double)total;
    tell(job);
  }
}

static void finish(struct job *job) {
#pragma omp critical(haircut_sweep)
  {
    job->done++;
    job->under_way = 0.0;
    tell(job);
  }
}

static hc_status run_point(struct job *job, uint64_t index, int threads, bool large,
                           struct hc_error *error) {
  struct hc_point point = {0};
  char *shards = NULL;
  if (large) {
    shards = hc_format("%s/granules/%09" PRIu64, job->sweep->directory, index);
    if (!shards) return hc_fail(error, HC_NO_MEMORY, "out of memory");
  }
  const struct hc_point_options options = {.threads = threads,
                                           .shards = shards,
                                           .cache = job->cache,
                                           .stop = job->options->stop,
                                           .progress = large ? step : NULL,
                                           .progress_self = job};
  hc_status status = hc_point_run(job->sweep->plan, job->source, index, &options, &point, error);
  free(shards);
  if (status) return status;
  status = hc_sweep_append(job->sweep, &point, error);
  if (!status) finish(job);
  hc_point_free(&point);
  return status;
}

static void work(struct job *job, int threads, bool large) {
  while (atomic_load(&job->failed) == HC_OK) {
    struct hc_error error = {0};
    uint64_t point = 0;
    bool more = false;
#pragma omp critical(haircut_next)
    more = !is_stopped(job) && take_next(job, &point);
    if (!more) {
      if (is_stopped(job)) fail(job, HC_INTERRUPTED, &error);
      return;
    }
    const hc_status status = run_point(job, point, threads, large, &error);
    if (status) fail(job, status, &error);
  }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* Two processes at the same points would do all work twice. The kernel drops the lock when the process
 * ends; where there are no locks, they may. */
static hc_status lock(const struct job *job, int *descriptor, struct hc_error *error) {
  const struct hc_sweep_options *options = job->options;
  *descriptor = -1;
  if (options->next) return HC_OK;
  char *name = hc_format("%s/heartbeats/task-%" PRIu64 "-of-%" PRIu64 ".lock", job->sweep->directory,
                         options->tasks ? options->task + 1 : 1, options->tasks ? options->tasks : 1);
  if (!name) return hc_fail(error, HC_NO_MEMORY, "out of memory");
  *descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  hc_status status = HC_OK;
  if (*descriptor < 0) status = hc_fail_errno(error, errno, name, "create it");
  else if (flock(*descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    status = hc_fail(error, HC_IO,
                     "%s: another process is at work on the same points; see haircut status, and wait "
                     "for it",
                     job->sweep->directory);
  free(name);
  return status;
}

static hc_status run(struct job *job, int threads) {
  const uint64_t granules = (job->sweep->plan->paths + HC_GRANULE - 1) / HC_GRANULE;
  const bool crowded = job->total >= 2 * (uint64_t)threads || granules < (uint64_t)threads;
  const bool large = granules > SMALL || (threads > 1 && !crowded);
  if (large) work(job, threads, true);
  else {
#pragma omp parallel num_threads(threads)
    work(job, 1, false);
  }
  return (hc_status)atomic_load(&job->failed);
}

hc_status hc_sweep_run(struct hc_sweep *sweep, const struct hc_sweep_source *source,
                       const struct hc_sweep_options *options, struct hc_error *error) {
  struct job job = {.sweep = sweep,
                    .source = source,
                    .options = options,
                    .error = error,
                    .last = options->next ? 0 : sweep->plan->points};
  const int threads = options->threads > 0 ? options->threads : omp_get_num_procs();
  int descriptor = -1;
  struct hc_error why = {0};
  hc_status status = lock(&job, &descriptor, error);
  if (!status) {
    job.total = options->next ? options->expected : count_mine(&job);
    status = hc_book_cache_create(KEPT_BOOKS + (size_t)threads, &job.cache);
    if (status) (void)hc_fail(error, status, "out of memory");
  }
  if (!status) {
    job.error = &why;
    hc_heartbeat_begin(&job.heartbeat, sweep, options->label ? options->label : "all", threads, job.total);
    tell(&job);
    status = run(&job, threads);
    hc_heartbeat_end(&job.heartbeat, status, why.message);
    if (status) (void)hc_fail(error, status, "%s", why.message);
    else status = hc_sweep_scan(sweep, error); /* our own too */
  }
  hc_book_cache_free(job.cache);
  if (descriptor >= 0) (void)close(descriptor);
  return status;
}
