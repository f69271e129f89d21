/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/choice.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/worst_sink.h"

enum { BLOCK = 65536 };

hc_status hc_cli_choice_read(struct hc_cli_choice *choice, int64_t worst) {
  const struct hc_cli_arguments *arguments = choice->arguments;
  hc_status status = hc_cli_integer(arguments, HC_CLI_OPTION_path, 0, INT64_MAX, -1, &choice->path);
  if (status == HC_OK)
    status = hc_cli_integer(arguments, HC_CLI_OPTION_worst, 1, HC_CLI_MAX_WORST, -1, &choice->worst);
  if (status != HC_OK) return status;
  if (choice->path < 0 && choice->worst < 0) choice->worst = worst;
  if ((choice->path < 0) == (choice->worst < 0))
    return hc_cli_complain(HC_INPUT, "%s: give either --path ID or --worst N",
                           hc_cli_verb_names[arguments->verb]);
  return HC_OK;
}

/* Runs the configured paths, keeping the worst only. */
static hc_status worst_of_run(struct hc_cli_choice *choice, struct hc_cli_worst *worst) {
  struct hc_error error = {0};
  struct hc_work work = {0};
  struct hc_cli_progress progress;
  const struct hc_sink sink = hc_cli_worst_sink(worst);
  hc_cli_interrupt_watch();
  hc_cli_progress_begin(&progress, false, 0);
  const struct hc_run_options options = {
    .threads = choice->threads,
    .walk = hc_cli_has(choice->arguments, walk) ? HC_WALK_EVERY_STEP : HC_WALK_SEARCH,
    .paths = (uint64_t)choice->input->values->simulation.paths,
    .stop = hc_cli_interrupt_flag(),
    .progress = hc_cli_progress_step,
    .progress_self = &progress};
  const hc_status status = hc_run(choice->input->scenario, &options, &sink, &work, &error);
  hc_cli_progress_end(&progress);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

/* Looks through the samples of the results file. */
static hc_status worst_of_samples(struct hc_cli_choice *choice, struct hc_cli_worst *worst) {
  struct hc_error error = {0};
  const uint64_t paths = hc_results_paths(choice->input->results);
  struct hc_outcome *outcomes = calloc(BLOCK, sizeof *outcomes);
  if (!outcomes) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  hc_status status = HC_OK;
  for (uint64_t first = 0; first < paths && status == HC_OK; first += BLOCK) {
    const size_t count = paths - first < BLOCK ? (size_t)(paths - first) : BLOCK;
    status = hc_results_outcomes(choice->input->results, first, count, outcomes, NULL, &error);
    for (size_t i = 0; i < count && status == HC_OK; i++)
      hc_cli_worst_add(worst, first + i, &outcomes[i]);
  }
  free(outcomes);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

static hc_status collect_worst(struct hc_cli_choice *choice) {
  struct hc_cli_worst worst;
  if (hc_cli_worst_create(&worst, (size_t)choice->worst) != HC_OK)
    return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const hc_status status =
    choice->input->results ? worst_of_samples(choice, &worst) : worst_of_run(choice, &worst);
  for (; status == HC_OK && choice->count < worst.count; choice->count++)
    choice->paths[choice->count] = worst.paths[choice->count].path;
  hc_cli_worst_free(&worst);
  return status;
}

/* The paths whose ledger is in the file, where these suffice. With other settings than the
 * file's own they are still those the file calls worst. */
static hc_status worst_of_file(struct hc_cli_choice *choice, bool *enough) {
  struct hc_error error = {0};
  const uint64_t *traced = NULL;
  size_t count = 0;
  const hc_status status = hc_results_traced(choice->input->results, &traced, &count, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  *enough = count >= (size_t)choice->worst;
  for (; *enough && choice->count < (size_t)choice->worst; choice->count++)
    choice->paths[choice->count] = traced[choice->count];
  if (*enough || hc_results_has_samples(choice->input->results)) return HC_OK;
  return hc_cli_complain(HC_INPUT,
                         "%s: keeps the %zu worst paths and no samples; ask for %s",
                         choice->arguments->files[0], count,
                         count ? "--worst with no more than these, or trace the YAML"
                               : "--path ID, or trace the YAML");
}

hc_status hc_cli_choose(struct hc_cli_choice *choice) {
  const uint64_t paths = choice->input->results ? hc_results_paths(choice->input->results)
                                              : (uint64_t)choice->input->values->simulation.paths;
  if (choice->path >= 0) {
    if ((uint64_t)choice->path >= paths)
      return hc_cli_complain(HC_INPUT, "%s: --path %" PRId64 ": there are %" PRIu64
                             " paths, from 0 on",
                             hc_cli_verb_names[choice->arguments->verb], choice->path, paths);
    choice->paths[choice->count++] = (uint64_t)choice->path;
    return HC_OK;
  }
  bool enough = false;
  if (choice->input->results) {
    const hc_status status = worst_of_file(choice, &enough);
    if (status != HC_OK) return status;
  }
  return enough ? HC_OK : collect_worst(choice);
}
