/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Granules of paths on threads. What threads take is whole granules, and what they make of one
 * depends on nothing but the scenario, so results do not depend on who did what. */
#include "haircut/run.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SLICE 64 /* paths between looks at the stop flag */

/* Shared by all workers of one run. */
struct run {
  const struct hc_scenario *scenario;
  const struct hc_run_options *options;
  const struct hc_sink *sink;
  uint64_t granules;
  size_t timeline_points, timeline_paths, classes;
  _Atomic uint64_t next, done;
  _Atomic int failed; /* a hc_status */
  struct hc_error *error;
  struct hc_work work;
};

/* One thread's buffers. */
struct worker {
  struct hc_workspace *workspace;
  struct hc_granule_stats *stats;
  struct hc_outcome *outcomes;
  double *lp_class;
  struct hc_lorenz lorenz; /* of the granule */
  struct hc_blame blame;   /* of the granule */
  double *timeline[4]; /* granule x (points + 1) each, or NULL */
};

static void worker_free(struct worker *worker) {
  hc_workspace_free(worker->workspace);
  hc_granule_stats_free(worker->stats);
  free(worker->outcomes);
  free(worker->lp_class);
  hc_lorenz_free(&worker->lorenz);
  hc_blame_free(&worker->blame);
  for (int i = 0; i < 4; i++) free(worker->timeline[i]);
}

static hc_status worker_create(const struct run *run, struct worker *worker,
                               struct hc_error *error) {
  *worker = (struct worker){0};
  hc_status status = hc_workspace_create(run->scenario, &worker->workspace, error);
  if (status != HC_OK) return status;
  hc_workspace_walk(worker->workspace, run->options->walk);
  hc_workspace_lorenz(worker->workspace, &worker->lorenz);
  hc_workspace_blame(worker->workspace, &worker->blame);
  const struct hc_stats_setup setup = hc_run_setup(run->scenario);
  status = hc_granule_stats_create(&setup, &worker->stats);
  worker->outcomes = calloc(HC_GRANULE, sizeof *worker->outcomes);
  worker->lp_class = calloc(HC_GRANULE * (run->classes + 1), sizeof *worker->lp_class);
  if (status != HC_OK || !worker->outcomes || !worker->lp_class)
    return hc_fail(error, HC_NO_MEMORY, "no memory for a worker");
  for (int i = 0; run->timeline_paths && i < 4; i++) {
    worker->timeline[i] =
      calloc(HC_GRANULE * (run->timeline_points + 1), sizeof *worker->timeline[i]);
    if (!worker->timeline[i]) return hc_fail(error, HC_NO_MEMORY, "no memory for the timeline");
  }
  return HC_OK;
}

static int stopped(const struct run *run) {
  return run->options->stop && *run->options->stop;
}

static hc_status run_timeline_paths(const struct run *run, struct worker *worker, uint64_t first,
                                    size_t count, struct hc_error *error) {
  for (size_t i = 0; i < count; i++) {
    const size_t at = i * (run->timeline_points + 1);
    struct hc_timeline timeline = {worker->timeline[0] + at, worker->timeline[1] + at,
                                   worker->timeline[2] + at, worker->timeline[3] + at};
    if (i % SLICE == 0 && stopped(run)) return HC_INTERRUPTED;
    const hc_status status =
      hc_path_timeline(worker->workspace, first + i, run->timeline_points, &worker->outcomes[i],
                       worker->lp_class + i * run->classes, &timeline, error);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static hc_status run_granule(const struct run *run, struct worker *worker, int number,
                             uint64_t granule, struct hc_error *error) {
  const uint64_t first = granule * HC_GRANULE;
  const uint64_t left = run->options->paths - first;
  const size_t count = left < HC_GRANULE ? (size_t)left : HC_GRANULE;
  size_t timed = 0;
  worker->lorenz.count = worker->blame.count = 0;
  if (first < run->timeline_paths)
    timed = run->timeline_paths - first < count ? (size_t)(run->timeline_paths - first) : count;
  hc_status status = run_timeline_paths(run, worker, first, timed, error);
  for (size_t done = timed; done < count && status == HC_OK;) {
    if (stopped(run)) return HC_INTERRUPTED;
    const size_t size = count - done < SLICE ? count - done : SLICE;
    status = hc_path_run_many(worker->workspace, first + done, size, worker->outcomes + done,
                              worker->lp_class + done * run->classes, error);
    done += size;
  }
  if (status != HC_OK) return status;
  status = hc_granule_stats_fill(worker->stats, first, count, worker->outcomes, worker->lp_class);
  if (status == HC_OK) status = hc_granule_stats_lorenz(worker->stats, &worker->lorenz);
  if (status == HC_OK) status = hc_granule_stats_blame(worker->stats, &worker->blame);
  if (status != HC_OK) return hc_fail(error, status, "no memory for statistics");
  const struct hc_granule result = {
    .first = first,
    .count = count,
    .outcomes = worker->outcomes,
    .lp_class = worker->lp_class,
    .stats = worker->stats,
    .timeline_paths = timed,
    .timeline_points = run->timeline_points + 1,
    .mark = worker->timeline[0],
    .fund = worker->timeline[1],
    .lp_equity = worker->timeline[2],
    .open_interest = worker->timeline[3],
  };
  return run->sink->put(run->sink->self, number, &result, error);
}

/* Keeps the first failure and lets everyone stop. */
static void fail(struct run *run, hc_status status, const struct hc_error *error) {
#pragma omp critical(haircut_run)
  {
    int none = HC_OK;
    if (atomic_compare_exchange_strong(&run->failed, &none, (int)status) && run->error &&
        error->status != HC_OK)
      *run->error = *error;
  }
}

static void report_progress(struct run *run, size_t paths) {
  const uint64_t done = atomic_fetch_add(&run->done, paths) + paths;
  if (!run->options->progress) return;
#pragma omp critical(haircut_progress)
  run->options->progress(run->options->progress_self, done, run->options->paths);
}

static void work(struct run *run, int number) {
  struct worker worker;
  struct hc_error error = {0};
  hc_status status = worker_create(run, &worker, &error);
  const uint64_t batch = run->options->batch ? run->options->batch : 1;
  while (status == HC_OK && atomic_load(&run->failed) == HC_OK) {
    const uint64_t start = atomic_fetch_add(&run->next, batch);
    if (start >= run->granules) break;
    const uint64_t end = start + batch < run->granules ? start + batch : run->granules;
    for (uint64_t granule = start; granule < end && status == HC_OK; granule++) {
      if (stopped(run)) status = HC_INTERRUPTED;
      else if (!run->sink->has || !run->sink->has(run->sink->self, granule))
        status = run_granule(run, &worker, number, granule, &error);
      const uint64_t left = run->options->paths - granule * HC_GRANULE;
      if (status == HC_OK) report_progress(run, left < HC_GRANULE ? (size_t)left : HC_GRANULE);
    }
  }
  if (status != HC_OK) fail(run, status, &error);
  if (worker.workspace) {
    const struct hc_work done = hc_workspace_work(worker.workspace);
#pragma omp critical(haircut_run)
    {
      run->work.paths += done.paths;
      run->work.normals += done.normals;
      run->work.events += done.events;
      run->work.rounds += done.rounds;
    }
  }
  worker_free(&worker);
}

struct hc_stats_setup hc_run_setup(const struct hc_scenario *scenario) {
  const struct hc_root_config *values = hc_scenario_values(scenario);
  return (struct hc_stats_setup){
    .books = hc_scenario_books(scenario),
    .classes = hc_scenario_classes(scenario),
    .fund_initial = values->insurance_fund.initial,
    .lp_profit = hc_scenario_lp_equity(scenario) - hc_scenario_deposits(scenario),
    .lp_deposits = hc_scenario_deposits(scenario),
    .reflects = hc_scenario_reflects(scenario),
    .counterfactual = values->output.counterfactual,
  };
}

hc_status hc_run(const struct hc_scenario *scenario, const struct hc_run_options *options,
                 const struct hc_sink *sink, struct hc_work *work_done, struct hc_error *error) {
  const struct hc_output_config *output = &hc_scenario_values(scenario)->output;
  struct run run = {
    .scenario = scenario,
    .options = options,
    .sink = sink,
    .granules = (options->paths + HC_GRANULE - 1) / HC_GRANULE,
    .timeline_points = (size_t)output->timeline.points,
    .timeline_paths = output->timeline.points > 0 ? (size_t)output->timeline.paths : 0,
    .classes = hc_scenario_classes(scenario),
    .error = error,
  };
  const int threads = options->threads > 0 ? options->threads : omp_get_num_procs();
#pragma omp parallel num_threads(threads)
  work(&run, omp_get_thread_num());
  if (work_done) *work_done = run.work;
  return (hc_status)atomic_load(&run.failed);
}
