/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut compare: several mechanisms on the same paths, their differences path by path. */
#include "cli/compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/capacity.h"
#include "cli/command_line.h"
#include "cli/interrupt.h"
#include "cli/memory_sink.h"
#include "cli/number.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "cluster/share.h"

/* One bar over all mechanisms. */
struct bar {
  struct hc_cli_progress progress;
  uint64_t before, total;
};

static void step_bar(void *self, uint64_t done, uint64_t total) {
  struct bar *bar = self;
  (void)total;
  hc_cli_progress_step(&bar->progress, bar->before + done, bar->total);
}

static bool is_stopped(void) { return *hc_cli_interrupt_flag() != 0; }

static hc_status interrupted(const struct hc_cli_comparison *comparison) {
  const char *file = hc_cli_value(comparison->arguments, output);
  return hc_cli_complain(HC_INTERRUPTED, "interrupted; %s%s", file ? file : "nothing",
                         file ? " was not written" : " was printed");
}

/* ---- simulation ----------------------------------------------------------------------------- */

static hc_status run_paths(const struct hc_cli_comparison *comparison,
                           const struct hc_cli_mechanism *mechanism, int threads, struct bar *bar,
                           struct hc_cli_memory *memory) {
  struct hc_error error = {0};
  struct hc_work work = {0};
  struct hc_cluster_share share = {comparison->arguments->cluster, hc_cli_memory_sink(memory)};
  const struct hc_sink sink = hc_cluster_sink(&share);
  const struct hc_run_options options = {
    .threads = threads, .paths = comparison->paths, .stop = hc_cli_interrupt_flag(),
    .progress = step_bar, .progress_self = bar};
  const hc_status status = hc_run(mechanism->input.scenario, &options, &sink, &work, &error);
  if (status == HC_OK || status == HC_INTERRUPTED) return status;
  hc_cli_progress_end(&bar->progress);
  return hc_cli_complain(status, "%s: %s", mechanism->name,
                         error.message[0] ? error.message : hc_status_text(status));
}

/* The first process gets the outcomes of all. */
static hc_status collect(const struct hc_cli_comparison *comparison, struct hc_cli_memory *memory,
                         hc_status status) {
  const struct hc_cluster *cluster = comparison->arguments->cluster;
  const size_t size = sizeof *memory->outcomes;
  status = hc_cli_agree(comparison->arguments, status);
  if (!cluster || status != HC_OK) return status;
  return cluster->gather(cluster->self, memory->outcomes, HC_GRANULE * size, comparison->paths * size);
}

/* What later mechanisms and the file do not need is let go. */
static hc_status run_mechanism(const struct hc_cli_comparison *comparison, size_t index,
                               int threads, struct bar *bar, struct hc_cli_memory *memory) {
  struct hc_cli_mechanism *mechanism = &comparison->mechanisms[index];
  hc_status status = hc_cli_comparison_compile(comparison, mechanism);
  if (status == HC_OK) status = run_paths(comparison, mechanism, threads, bar, memory);
  status = collect(comparison, memory, status);
  const bool measured = status == HC_OK && hc_cli_is_first(comparison->arguments);
  if (measured) status = hc_cli_measure_mechanism(comparison, mechanism, memory->outcomes);
  if (measured && status == HC_OK && mechanism->first != index)
    status = hc_cli_measure_differences(comparison, mechanism, mechanism->first, mechanism->differences);
  if (measured && status == HC_OK && mechanism->same != index)
    status = hc_cli_measure_differences(comparison, mechanism, mechanism->same, mechanism->shifts);
  hc_scenario_free(mechanism->input.scenario);
  mechanism->input.scenario = NULL;
  const bool needed = mechanism->first == index || (comparison->scenarios > 1 && mechanism->same == index);
  if (!needed && !hc_cli_has(comparison->arguments, output)) hc_cli_samples_free(mechanism);
  bar->before += comparison->paths;
  return hc_cli_agree(comparison->arguments, status);
}

static hc_status simulate(struct hc_cli_comparison *comparison, int threads) {
  struct bar bar = {.total = (uint64_t)comparison->paths * comparison->count};
  struct hc_cli_memory memory = {0};
  hc_status made = hc_cli_memory_create(&memory, comparison->paths);
  if (made != HC_OK) made = hc_cli_complain(HC_NO_MEMORY, "out of memory");
  made = hc_cli_agree(comparison->arguments, made);
  if (made != HC_OK) {
    hc_cli_memory_free(&memory);
    return made;
  }
  const bool first = hc_cli_is_first(comparison->arguments);
  hc_cli_progress_begin(&bar.progress, hc_cli_has(comparison->arguments, quiet) || !first, 0);
  hc_status status = HC_OK;
  for (size_t i = 0; i < comparison->count && status == HC_OK; i++) {
    status = hc_cli_agree(comparison->arguments, is_stopped() ? HC_INTERRUPTED : HC_OK);
    if (status == HC_OK) status = run_mechanism(comparison, i, threads, &bar, &memory);
  }
  hc_cli_progress_end(&bar.progress);
  hc_cli_memory_free(&memory);
  return status;
}

/* ---- before and after ----------------------------------------------------------------------- */

static hc_status check_output(const struct hc_cli_comparison *comparison) {
  const char *file = hc_cli_value(comparison->arguments, output);
  return file ? hc_cli_output_check(file, hc_comparison_is, "file of haircut compare") : HC_OK;
}

/* All outcomes of one mechanism, and the samples that are kept. */
static hc_status check_memory(const struct hc_cli_comparison *comparison, int threads) {
  const bool all = hc_cli_has(comparison->arguments, output) || comparison->scenarios > 1;
  const double kept = all ? (double)comparison->count : 2;
  const double samples = 8 * (HC_COMPARISON_COLUMNS + HC_CLI_TERMS) * kept;
  const double needed =
    hc_cli_memory_needed(comparison->mechanisms[0].input.values, threads) +
    (double)comparison->paths * (sizeof(struct hc_outcome) + 16 + samples);
  const double available = hc_cli_memory_available();
  if (!(needed > available)) return HC_OK;
  return hc_cli_complain(HC_INPUT, "not enough memory: about %s needed, %s available; lower --paths "
                         "or compare fewer mechanisms", hc_cli_bytes(needed).text,
                         hc_cli_bytes(available).text);
}

static struct hc_compared compared(const struct hc_cli_comparison *comparison, size_t index) {
  const struct hc_cli_mechanism *mechanism = &comparison->mechanisms[index];
  struct hc_compared made = {.name = mechanism->name,
                             .scenario = mechanism->scenario,
                             .first = comparison->mechanisms[mechanism->first].name,
                             .same = comparison->mechanisms[mechanism->same].name,
                             .shifts = mechanism->shifts,
                             .shift_count = mechanism->same == index ? 0 : HC_CLI_DIFFERENCES,
                             .waterfall = mechanism->waterfall,
                             .config = mechanism->yaml,
                             .digest = mechanism->digest,
                             .estimates = mechanism->estimates,
                             .estimate_count = HC_CLI_ESTIMATES,
                             .differences = mechanism->differences,
                             .difference_count = mechanism->first == index ? 0 : HC_CLI_DIFFERENCES};
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; i++) made.sample[i] = mechanism->sample[i];
  return made;
}

static hc_status write_file(const struct hc_cli_comparison *comparison, double seconds) {
  struct hc_error error = {0};
  struct hc_text command = {0};
  struct hc_compared *mechanisms = calloc(comparison->count, sizeof *mechanisms);
  hc_cli_command_line(comparison->arguments, false, &command);
  if (!mechanisms || command.failed) {
    free(mechanisms);
    hc_text_free(&command);
    return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  }
  for (size_t i = 0; i < comparison->count; i++)
    mechanisms[i] = compared(comparison, i);
  const struct hc_simulation_config *simulation = &comparison->simulation;
  const struct hc_compare_file whole = {.market = comparison->mechanisms[0].input.values->name,
                                      .command = command.data,
                                      .paths = comparison->paths,
                                      .seed = simulation->seed,
                                      .books = comparison->books,
                                      .count = comparison->count,
                                      .horizon = simulation->horizon,
                                      .step = simulation->step,
                                      .seconds = seconds,
                                      .mechanisms = mechanisms};
  const hc_status status =
    hc_comparison_write(hc_cli_value(comparison->arguments, output), &whole, &error);
  free(mechanisms);
  hc_text_free(&command);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

static hc_status print(const struct hc_cli_comparison *comparison, int format) {
  struct hc_text text = {0};
  if (format == 1) hc_cli_comparison_json(comparison, &text);
  else hc_cli_comparison_text(comparison, &text);
  return hc_cli_emit(&text);
}

static hc_status carry_out(struct hc_cli_comparison *comparison) {
  static const char *const words[] = {"text", "json", NULL};
  const struct hc_cli_arguments *arguments = comparison->arguments;
  int format = 0, threads = 1;
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &format);
  if (status == HC_OK) status = hc_cli_threads(arguments, &threads);
  if (status == HC_OK) status = check_output(comparison);
  hc_cli_interrupt_watch();
  if (status == HC_OK) status = hc_cli_comparison_read(comparison);
  if (status == HC_OK) status = check_memory(comparison, threads);
  status = hc_cli_agree(arguments, status);
  const double began = hc_cli_now();
  if (status == HC_OK) status = simulate(comparison, threads);
  if (status == HC_OK && is_stopped()) status = HC_INTERRUPTED;
  if (!hc_cli_is_first(arguments)) return status;
  if (status == HC_INTERRUPTED) return interrupted(comparison);
  if (status == HC_OK && hc_cli_has(arguments, output))
    status = write_file(comparison, hc_cli_now() - began);
  if (status == HC_OK && !hc_cli_has(arguments, quiet)) status = print(comparison, format);
  return status;
}

hc_status hc_cli_verb_compare(const struct hc_cli_arguments *arguments) {
  struct hc_cli_comparison comparison = {.arguments = arguments};
  const hc_status status = carry_out(&comparison);
  hc_cli_comparison_free(&comparison);
  return status;
}
