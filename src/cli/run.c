/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut run: checks, simulation into shards, one results file, its summary. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/capacity.h"
#include "cli/command_line.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/number.h"
#include "cli/output_file.h"
#include "cli/precision.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/step_check.h"
#include "cli/summary.h"
#include "cli/timing.h"
#include "cli/verbs.h"
#include "cluster/share.h"

struct run {
  const struct hc_cli_arguments *arguments;
  struct hc_cli_input input;
  char *file;
  int threads;
  int64_t batch;
  bool quiet, nothing_to_do;
  uint64_t paths;
  struct hc_store *store;
  struct hc_work work;
  double seconds;
  struct hc_text step_text, step_json, precision_text;
  struct hc_cli_precision precision;
};

/* Everything that can be refused before a random number is drawn. */
static hc_status prepare(struct run *run) {
  const struct hc_cli_arguments *arguments = run->arguments;
  run->quiet = run->input.quiet = hc_cli_has(arguments, quiet) || !hc_cli_is_first(arguments);
  hc_status status = hc_cli_threads(arguments, &run->threads);
  if (status == HC_OK)
    status = hc_cli_integer(arguments, HC_CLI_OPTION_batch, 1, 1000000, 1, &run->batch);
  if (status == HC_OK) status = hc_cli_read_configs(&run->input, arguments, NULL, 0);
  if (status != HC_OK) return status;
  status = hc_cli_precision_begin(&run->precision, run->input.config, run->input.values);
  if (status != HC_OK) return status;
  run->paths = (uint64_t)run->input.values->simulation.paths;
  status = hc_cli_output_name(arguments, run->input.values, &run->file);
  if (status == HC_OK)
    status = hc_cli_output_check(run->file, hc_results_is, "results file of haircut");
  if (status == HC_OK) status = hc_cli_memory_check(run->input.values, run->threads);
  if (status == HC_OK) status = hc_cli_compile(&run->input);
  if (status == HC_OK) status = hc_cli_disk_check(run->input.values, run->file);
  return status;
}

/* --resume where a finished file of this scenario already has the paths wanted. */
static hc_status compare_finished(struct run *run) {
  struct hc_error error = {0};
  struct hc_results *results = NULL;
  char theirs[65], ours[65];
  hc_status status = hc_results_open(run->file, &results, &error);
  if (status == HC_OK) status = hc_results_digest(results, theirs, &error);
  if (status == HC_OK) {
    hc_scenario_digest(run->input.scenario, ours);
    run->nothing_to_do = !strcmp(theirs, ours) && hc_results_paths(results) >= run->paths;
    if (run->nothing_to_do && !run->quiet)
      (void)printf("%s already has %s paths of this configuration; nothing to do\n", run->file,
                   hc_cli_count(hc_results_paths(results)).text);
  }
  hc_results_close(results);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

static hc_status look_at_finished(struct run *run) {
  if (!hc_cli_has(run->arguments, resume) || run->precision.config || hc_cli_has_shards(run->file) ||
      !hc_results_is(run->file))
    return HC_OK;
  return compare_finished(run);
}

/* Says what a new run puts another file in the place of. A file that cannot be read is no news:
 * it is replaced all the same. */
static void tell_replaced(const struct run *run) {
  struct hc_error error = {0};
  struct hc_results *results = NULL;
  char theirs[65], ours[65];
  if (run->quiet || hc_cli_has(run->arguments, resume) || !hc_results_is(run->file)) return;
  if (hc_results_open(run->file, &results, &error) == HC_OK &&
      hc_results_digest(results, theirs, &error) == HC_OK) {
    const uint64_t paths = hc_results_paths(results);
    hc_scenario_digest(run->input.scenario, ours);
    (void)fprintf(stderr, "haircut: replaces %s (%s path%s of %s configuration)\n", run->file,
                  hc_cli_count(paths).text, paths == 1 ? "" : "s",
                  strcmp(theirs, ours) ? "another" : "the same");
  }
  hc_results_close(results);
}

static hc_status open_as(struct run *run, enum hc_store_mode mode) {
  struct hc_error error = {0};
  const hc_status status =
    hc_store_open(run->input.scenario, run->file, run->threads, mode, &run->store, &error);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

/* The first process makes the directory and has its lock; others join it. */
static hc_status open_store(struct run *run) {
  const bool first = hc_cli_is_first(run->arguments), resume = hc_cli_has(run->arguments, resume);
  hc_status status = HC_OK;
  if (first) status = open_as(run, resume ? HC_STORE_RESUME : HC_STORE_NEW);
  status = hc_cli_agree(run->arguments, status);
  if (status == HC_OK && !first) status = open_as(run, resume ? HC_STORE_JOIN_RESUME : HC_STORE_JOIN_NEW);
  return hc_cli_agree(run->arguments, status);
}

/* All granules are on the disk before the first process looks for those of others. */
static hc_status collect(struct run *run, hc_status status) {
  struct hc_error error = {0};
  if (!run->arguments->cluster) return status;
  hc_status synced = hc_store_sync(run->store, &error);
  if (synced != HC_OK) synced = hc_cli_complain_error(synced, &error);
  status = hc_cli_agree(run->arguments, status == HC_OK ? synced : status);
  if ((status != HC_OK && status != HC_INTERRUPTED) || !hc_cli_is_first(run->arguments)) return status;
  synced = hc_store_rescan(run->store, &error);
  return synced == HC_OK ? status : hc_cli_complain_error(synced, &error);
}

static void print_how_to_resume(const struct run *run, const char *format) {
  struct hc_text command = {0};
  hc_cli_command_line(run->arguments, true, &command);
  (void)fprintf(stderr, format, command.failed ? "haircut run ... --resume" : command.data);
  hc_text_free(&command);
}

static hc_status interrupted(struct run *run) {
  struct hc_error error = {0};
  const hc_status status = hc_store_sync(run->store, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  (void)fprintf(stderr, "haircut: interrupted at %" PRIu64 " of %" PRIu64 " paths; ",
                hc_store_paths(run->store), run->paths);
  print_how_to_resume(run, "go on with: %s\n");
  return HC_INTERRUPTED;
}

/* Complains about a failure after which the shards can still be used. */
static hc_status failed(const struct run *run, hc_status status, const struct hc_error *error) {
  hc_cli_complain_error(status, error);
  if (status == HC_NO_SPACE || status == HC_IO)
    print_how_to_resume(run, "haircut: what was simulated is kept; make room and go on with: %s\n");
  return status;
}

static hc_status simulate(struct run *run) {
  struct hc_error error = {0};
  struct hc_cli_progress progress;
  struct hc_cluster_share share = {run->arguments->cluster, hc_store_sink(run->store)};
  const struct hc_sink sink = hc_cluster_sink(&share);
  hc_cli_progress_begin(&progress, run->quiet, hc_store_paths(run->store));
  const struct hc_run_options options = {
    .threads = run->threads,
    .batch = (size_t)run->batch,
    .walk = hc_cli_has(run->arguments, walk) ? HC_WALK_EVERY_STEP : HC_WALK_SEARCH,
    .paths = run->paths,
    .stop = hc_cli_interrupt_flag(),
    .progress = hc_cli_progress_step,
    .progress_self = &progress};
  const double began = hc_cli_now();
  const hc_status status = hc_run(run->input.scenario, &options, &sink, &run->work, &error);
  run->seconds += hc_cli_now() - began;
  hc_cli_progress_end(&progress);
  if (hc_cli_has(run->arguments, timing))
    hc_cli_print_timing(run->input.scenario, &run->work, run->seconds, run->threads);
  if (status == HC_OK || status == HC_INTERRUPTED) return status;
  return failed(run, status, &error);
}

/* Until the estimate is known well enough. The first process looks; all hear what it saw. */
static hc_status simulate_until(struct run *run) {
  const bool first = hc_cli_is_first(run->arguments);
  for (run->paths = 0;;) {
    run->paths = hc_cli_precision_next(&run->precision, run->paths);
    hc_status status = collect(run, simulate(run));
    if (status == HC_OK && first)
      status = hc_cli_precision_look(&run->precision, run->store, run->input.scenario, run->paths);
    status = hc_cli_agree(run->arguments, status);
    if (status != HC_OK) return status;
    /* Not a failure: the one thing that processes tell each other is a status. */
    const bool enough = run->precision.met || run->precision.floored;
    const hc_status met = hc_cli_agree(run->arguments, enough ? HC_INPUT : HC_OK);
    if (met == HC_INPUT || run->paths >= run->precision.most) return HC_OK;
  }
}

static hc_status assemble(struct run *run) {
  struct hc_error error = {0};
  struct hc_text command = {0};
  hc_cli_command_line(run->arguments, false, &command);
  if (command.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const struct hc_report report = {.paths = run->paths,
                                   .threads = run->threads,
                                   .seconds = run->seconds,
                                   .command = command.data,
                                   .step_check = run->step_json.data,
                                   .precision = run->precision_text.data};
  hc_status status = hc_store_assemble(run->store, &report, &error);
  hc_text_free(&command);
  if (status != HC_OK) return failed(run, status, &error);
  status = hc_store_remove(run->store, &error);
  run->store = NULL;
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

static hc_status print_summary(const struct run *run) {
  struct hc_cli_input input = {0};
  struct hc_cli_summary summary;
  struct hc_text text = {0};
  const struct hc_cli_arguments plain = {.verb = HC_CLI_show};
  hc_status status = hc_cli_read_results(&input, &plain, run->file);
  if (status == HC_OK) status = hc_cli_summary_read(&summary, &input, run->file);
  if (status == HC_OK) {
    hc_cli_summary_text(&summary, &text);
    if (run->precision_text.length) hc_text_printf(&text, "\n%s\n", run->precision_text.data);
    if (run->step_text.length) hc_text_printf(&text, "\n%s", run->step_text.data);
    status = hc_cli_emit(&text);
  }
  hc_cli_input_free(&input);
  return status;
}

/* What the first process alone does with the granules of all. */
static hc_status conclude(struct run *run, hc_status status) {
  if (status == HC_OK && hc_cli_has(run->arguments, step_check))
    status = hc_cli_step_check(run->arguments, run->input.values, run->threads, &run->step_text,
                               &run->step_json);
  if (status == HC_INTERRUPTED) return interrupted(run);
  if (status == HC_OK && run->precision.config) hc_cli_precision_text(&run->precision, &run->precision_text);
  if (status == HC_OK) status = assemble(run);
  if (status == HC_OK && !run->quiet) status = print_summary(run);
  return status;
}

/* Every process comes by the same agreements, whatever happens to it. */
static hc_status carry_out(struct run *run) {
  hc_status status = prepare(run);
  if (status == HC_OK) status = look_at_finished(run);
  status = hc_cli_agree(run->arguments, status);
  if (status != HC_OK || run->nothing_to_do) return status;
  hc_cli_interrupt_watch();
  status = open_store(run);
  if (status != HC_OK) return status;
  tell_replaced(run);
  status = run->precision.config ? simulate_until(run) : collect(run, simulate(run));
  return hc_cli_is_first(run->arguments) ? conclude(run, status) : status;
}

hc_status hc_cli_verb_run(const struct hc_cli_arguments *arguments) {
  struct run run = {.arguments = arguments};
  const hc_status status = carry_out(&run);
  if (run.store) hc_store_close(run.store);
  hc_text_free(&run.step_text);
  hc_text_free(&run.step_json);
  hc_text_free(&run.precision_text);
  hc_cli_precision_free(&run.precision);
  free(run.file);
  hc_cli_input_free(&run.input);
  return status;
}
