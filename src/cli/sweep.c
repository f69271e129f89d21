/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut sweep: the points of a design, or a part of them, into a directory. */
#include "haircut/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/capacity.h"
#include "cli/command_line.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/sweeping.h"
#include "cli/verbs.h"
#include "cluster/cluster.h"

struct verb {
  const struct hc_cli_arguments *arguments;
  struct hc_cli_input input;
  struct hc_cli_source source;
  struct hc_plan *plan;
  struct hc_sweep *sweep;
  int threads;
  bool quiet;
  uint64_t task, tasks;
};

/* ---- input ------------------------------------------------------------------------------- */

/* I/N */
static hc_status read_task(struct verb *verb) {
  const char *text = hc_cli_value(verb->arguments, task);
  if (!text) return HC_OK;
  char *end = NULL, *last = NULL;
  const bool digits = *text >= '0' && *text <= '9';
  const unsigned long long task = digits ? strtoull(text, &end, 10) : 0;
  const bool slash = end && *end == '/' && end[1] >= '0' && end[1] <= '9';
  const unsigned long long tasks = slash ? strtoull(end + 1, &last, 10) : 0;
  if (!last || *last || task < 1 || task > tasks || tasks > 1000000000)
    return hc_cli_complain(HC_INPUT, "sweep: --task %s: expected I/N with I from 1 to N, e.g. 3/16", text);
  verb->task = task - 1;
  verb->tasks = tasks;
  return HC_OK;
}

static hc_status prepare(struct verb *verb) {
  const struct hc_cli_arguments *arguments = verb->arguments;
  verb->quiet = verb->input.quiet = hc_cli_has(arguments, quiet) || !hc_cli_is_first(arguments);
  if (arguments->cluster && hc_cli_has(arguments, task))
    return hc_cli_complain(
      HC_INPUT, "sweep: --task is for processes that do not know each other; mpirun hands out the "
                "points itself");
  if (!hc_cli_has(arguments, output))
    return hc_cli_complain(
      HC_INPUT, "sweep: no -o DIR given: points are kept in a directory, from which a sweep goes on");
  hc_status status = read_task(verb);
  if (status == HC_OK) status = hc_cli_threads(arguments, &verb->threads);
  if (status == HC_OK) status = hc_cli_read_configs(&verb->input, arguments, NULL, 0);
  if (status == HC_OK) status = hc_cli_memory_check(verb->input.values, verb->threads);
  if (status == HC_OK) status = hc_cli_source_make(&verb->source, arguments);
  if (status == HC_OK)
    status =
      hc_cli_plan_make(&verb->source, &verb->source.source, verb->input.values, verb->quiet, &verb->plan);
  return status;
}

/* ---- work -------------------------------------------------------------------------------- */

static hc_status open_directory(struct verb *verb) {
  struct hc_error error = {0};
  const hc_status status =
    hc_sweep_create(hc_cli_value(verb->arguments, output), verb->plan, &verb->sweep, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  if (!verb->quiet)
    hc_cli_tell_faults(verb->sweep, hc_cli_value(verb->arguments, output),
                       "; their points are computed again");
  return HC_OK;
}

/* The first process makes the directory, others find it. */
static hc_status open_sweep(struct verb *verb) {
  const bool first = hc_cli_is_first(verb->arguments);
  const hc_status status = hc_cli_agree(verb->arguments, first ? open_directory(verb) : HC_OK);
  if (status != HC_OK) return status;
  return hc_cli_agree(verb->arguments, first ? HC_OK : open_directory(verb));
}

static hc_status interrupted(const struct verb *verb) {
  struct hc_text command = {0};
  const struct hc_sweep_count count = hc_sweep_count_of(verb->sweep);
  hc_cli_command_line(verb->arguments, false, &command);
  (void)fprintf(stderr, "haircut: interrupted at %" PRIu64 " of %" PRIu64 " points; go on with: %s\n",
                count.done + count.failed, verb->plan->points,
                command.failed ? "the same command" : command.data);
  hc_text_free(&command);
  return HC_INTERRUPTED;
}

static int next_of_cluster(void *self, uint64_t *first, uint64_t *last) {
  const struct hc_cluster *cluster = self;
  return cluster->next(cluster->self, first, last);
}

/* Points are handed out as processes come free. */
static void share_points(const struct verb *verb, struct hc_sweep_options *options) {
  struct hc_cluster *cluster = verb->arguments->cluster;
  const struct hc_sweep_count count = hc_sweep_count_of(verb->sweep);
  if (!cluster) return;
  cluster->share(cluster->self, verb->plan->points);
  options->next = next_of_cluster;
  options->next_self = cluster;
  options->label = "mpi";
  options->expected = (verb->plan->points - count.done - count.failed) / (uint64_t)cluster->size;
}

/* A process that fails lets the others stop after the points they have. */
static hc_status work_together(struct verb *verb, hc_status status) {
  struct hc_cluster *cluster = verb->arguments->cluster;
  struct hc_error error = {0};
  if (!cluster) return status;
  if (status != HC_OK) cluster->stop(cluster->self);
  status = hc_cli_agree(verb->arguments, status);
  if (status != HC_OK) return status;
  status = hc_sweep_scan(verb->sweep, &error);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

static hc_status work(struct verb *verb) {
  struct hc_error error = {0};
  struct hc_cli_progress progress;
  const char *task = hc_cli_value(verb->arguments, task);
  struct hc_sweep_options options = {.threads = verb->threads,
                                     .task = verb->task,
                                     .tasks = verb->tasks,
                                     .label = task ? task : "all",
                                     .stop = hc_cli_interrupt_flag(),
                                     .progress = hc_cli_progress_points,
                                     .progress_self = &progress};
  share_points(verb, &options);
  hc_cli_progress_begin(&progress, verb->quiet, 0);
  hc_status status = hc_sweep_run(verb->sweep, &verb->source.source, &options, &error);
  hc_cli_progress_end(&progress);
  if (status != HC_OK && status != HC_INTERRUPTED) hc_cli_complain_error(status, &error);
  status = work_together(verb, status);
  if (status != HC_INTERRUPTED || !hc_cli_is_first(verb->arguments)) return status;
  const hc_status scanned = hc_sweep_scan(verb->sweep, &error);
  return scanned == HC_OK ? interrupted(verb) : hc_cli_complain_error(scanned, &error);
}

/* ---- what was done ----------------------------------------------------------------------- */

static void summarise(const struct verb *verb, double seconds, uint64_t before, struct hc_text *text) {
  const struct hc_sweep_count count = hc_sweep_count_of(verb->sweep);
  const uint64_t there = count.done + count.failed, made = there - before, points = verb->plan->points;
  const char *directory = hc_cli_value(verb->arguments, output);
  hc_text_printf(text, "%s of %s points are in %s", hc_cli_count(there).text, hc_cli_count(points).text,
                 directory);
  if (count.failed) hc_text_printf(text, ", of which %s failed", hc_cli_count(count.failed).text);
  hc_text_puts(text, ".\n");
  if (made)
    hc_text_printf(text, "%s now, in %s: %s a second; each %s besides its simulation.\n",
                   hc_cli_count(made).text, hc_cli_duration(seconds).text,
                   hc_cli_plain((double)made / seconds).text,
                   hc_cli_duration(count.overhead / (double)there).text);
  if (there == points) hc_text_printf(text, "One file of all: haircut merge %s -o FILE.h5\n", directory);
  else hc_text_printf(text, "Others are missing: haircut status %s\n", directory);
}

static hc_status carry_out(struct verb *verb) {
  hc_status status = hc_cli_agree(verb->arguments, prepare(verb));
  if (status == HC_OK) status = open_sweep(verb);
  if (status != HC_OK) return status;
  const struct hc_sweep_count before = hc_sweep_count_of(verb->sweep);
  const double began = hc_cli_now();
  hc_cli_interrupt_watch();
  status = work(verb);
  if (status != HC_OK || verb->quiet) return status;
  struct hc_text text = {0};
  summarise(verb, hc_cli_now() - began, before.done + before.failed, &text);
  return hc_cli_emit(&text);
}

hc_status hc_cli_verb_sweep(const struct hc_cli_arguments *arguments) {
  struct verb verb = {.arguments = arguments};
  const hc_status status = carry_out(&verb);
  hc_sweep_close(verb.sweep);
  hc_plan_free(verb.plan);
  hc_cli_source_free(&verb.source);
  hc_cli_input_free(&verb.input);
  return status;
}
