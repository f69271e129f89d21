/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut trace: the ledger of chosen paths, recomputed alone. */
#include "cli/trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/capacity.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "cli/worst_sink.h"

enum { MAX_WORST = 1000, BLOCK = 65536 };
enum { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };

struct trace {
  const struct hc_cli_arguments *arguments;
  struct hc_cli_input input;
  int64_t path, worst; /* one of them; -1: not given */
  int format, threads;
  size_t count;
  uint64_t paths[MAX_WORST];
};

static hc_status read_options(struct trace *trace) {
  static const char *const words[] = {"text", "csv", "json", NULL};
  const struct hc_cli_arguments *arguments = trace->arguments;
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &trace->format);
  if (status == HC_OK)
    status = hc_cli_integer(arguments, HC_CLI_OPTION_path, 0, INT64_MAX, -1, &trace->path);
  if (status == HC_OK)
    status = hc_cli_integer(arguments, HC_CLI_OPTION_worst, 1, MAX_WORST, -1, &trace->worst);
  if (status == HC_OK) status = hc_cli_threads(arguments, &trace->threads);
  if (status != HC_OK) return status;
  if ((trace->path < 0) == (trace->worst < 0))
    return hc_cli_complain(HC_INPUT, "trace: give either --path ID or --worst N");
  return HC_OK;
}

static hc_status read_input(struct trace *trace) {
  const struct hc_cli_arguments *arguments = trace->arguments;
  hc_status status;
  if (arguments->file_count == 1 && hc_results_is(arguments->files[0]))
    status = hc_cli_read_results(&trace->input, arguments, arguments->files[0]);
  else
    status = hc_cli_read_configs(&trace->input, arguments, NULL, 0);
  if (status == HC_OK) status = hc_cli_memory_check(trace->input.values, trace->threads);
  return status == HC_OK ? hc_cli_compile(&trace->input) : status;
}

/* Runs the configured paths, keeping the worst only. */
static hc_status worst_of_run(struct trace *trace, struct hc_cli_worst *worst) {
  struct hc_error error = {0};
  struct hc_work work = {0};
  struct hc_cli_progress progress;
  const struct hc_sink sink = hc_cli_worst_sink(worst);
  hc_cli_interrupt_watch();
  hc_cli_progress_begin(&progress, false, 0);
  const struct hc_run_options options = {
    .threads = trace->threads,
    .walk = hc_cli_has(trace->arguments, walk) ? HC_WALK_EVERY_STEP : HC_WALK_SEARCH,
    .paths = (uint64_t)trace->input.values->simulation.paths,
    .stop = hc_cli_interrupt_flag(),
    .progress = hc_cli_progress_step,
    .progress_self = &progress};
  const hc_status status = hc_run(trace->input.scenario, &options, &sink, &work, &error);
  hc_cli_progress_end(&progress);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

/* Looks through the samples of the results file. */
static hc_status worst_of_samples(struct trace *trace, struct hc_cli_worst *worst) {
  struct hc_error error = {0};
  const uint64_t paths = hc_results_paths(trace->input.results);
  struct hc_outcome *outcomes = calloc(BLOCK, sizeof *outcomes);
  if (!outcomes) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  hc_status status = HC_OK;
  for (uint64_t first = 0; first < paths && status == HC_OK; first += BLOCK) {
    const size_t count = paths - first < BLOCK ? (size_t)(paths - first) : BLOCK;
    status = hc_results_outcomes(trace->input.results, first, count, outcomes, NULL, &error);
    for (size_t i = 0; i < count && status == HC_OK; i++)
      hc_cli_worst_add(worst, first + i, &outcomes[i]);
  }
  free(outcomes);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

static hc_status collect_worst(struct trace *trace) {
  struct hc_cli_worst worst;
  if (hc_cli_worst_create(&worst, (size_t)trace->worst) != HC_OK)
    return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const hc_status status =
    trace->input.results ? worst_of_samples(trace, &worst) : worst_of_run(trace, &worst);
  for (; status == HC_OK && trace->count < worst.count; trace->count++)
    trace->paths[trace->count] = worst.paths[trace->count].path;
  hc_cli_worst_free(&worst);
  return status;
}

/* The paths whose ledger is in the file, where these suffice. With other settings than the
 * file's own they are still those the file calls worst. */
static hc_status worst_of_file(struct trace *trace, bool *enough) {
  struct hc_error error = {0};
  const uint64_t *traced = NULL;
  size_t count = 0;
  const hc_status status = hc_results_traced(trace->input.results, &traced, &count, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  *enough = count >= (size_t)trace->worst;
  for (; *enough && trace->count < (size_t)trace->worst; trace->count++)
    trace->paths[trace->count] = traced[trace->count];
  if (*enough || hc_results_has_samples(trace->input.results)) return HC_OK;
  return hc_cli_complain(HC_INPUT,
                         "%s: keeps the %zu worst paths and no samples; ask for %s",
                         trace->arguments->files[0], count,
                         count ? "--worst with no more than these, or trace the YAML"
                               : "--path ID, or trace the YAML");
}

static hc_status choose(struct trace *trace) {
  const uint64_t paths = trace->input.results ? hc_results_paths(trace->input.results)
                                              : (uint64_t)trace->input.values->simulation.paths;
  if (trace->path >= 0) {
    if ((uint64_t)trace->path >= paths)
      return hc_cli_complain(HC_INPUT, "trace: --path %" PRId64 ": there are %" PRIu64
                             " paths, from 0 on", trace->path, paths);
    trace->paths[trace->count++] = (uint64_t)trace->path;
    return HC_OK;
  }
  bool enough = false;
  if (trace->input.results) {
    const hc_status status = worst_of_file(trace, &enough);
    if (status != HC_OK) return status;
  }
  return enough ? HC_OK : collect_worst(trace);
}

static void write_path(const struct trace *trace, size_t i, const struct hc_cli_traced *traced,
                       struct hc_text *text) {
  if (trace->format == FORMAT_TEXT) hc_cli_trace_text(traced, text);
  if (trace->format == FORMAT_CSV) hc_cli_trace_csv(traced, text);
  if (trace->format == FORMAT_JSON) {
    hc_text_puts(text, i ? ",\n" : "");
    hc_cli_trace_json(traced, text);
  }
}

static hc_status recompute(struct trace *trace, struct hc_workspace *workspace,
                           struct hc_text *text, struct hc_error *error) {
  hc_status status = HC_OK;
  for (size_t i = 0; i < trace->count && status == HC_OK; i++) {
    struct hc_cli_traced traced = {.path = trace->paths[i], .scenario = trace->input.scenario};
    status = hc_path_trace(workspace, traced.path, &traced.outcome, traced.lp_class, &traced.ledger,
                           error);
    if (status == HC_OK) write_path(trace, i, &traced, text);
    hc_ledger_free(&traced.ledger);
  }
  return status;
}

static hc_status print_paths(struct trace *trace) {
  struct hc_error error = {0};
  struct hc_workspace *workspace = NULL;
  struct hc_text text = {0};
  hc_status status = hc_workspace_create(trace->input.scenario, &workspace, &error);
  if (status == HC_OK) {
    if (hc_cli_has(trace->arguments, walk)) hc_workspace_walk(workspace, HC_WALK_EVERY_STEP);
    if (trace->format == FORMAT_CSV) hc_cli_trace_csv_header(&text);
    if (trace->format == FORMAT_JSON) hc_text_puts(&text, "{\"paths\": [\n");
    status = recompute(trace, workspace, &text, &error);
    if (trace->format == FORMAT_JSON) hc_text_puts(&text, "\n]}\n");
  }
  hc_workspace_free(workspace);
  if (status == HC_OK) return hc_cli_emit_to(hc_cli_value(trace->arguments, output), &text);
  hc_text_free(&text);
  return hc_cli_complain_error(status, &error);
}

hc_status hc_cli_verb_trace(const struct hc_cli_arguments *arguments) {
  struct trace trace = {.arguments = arguments};
  hc_status status = read_options(&trace);
  if (status == HC_OK) status = read_input(&trace);
  if (status == HC_OK) status = choose(&trace);
  if (status == HC_OK) status = print_paths(&trace);
  hc_cli_input_free(&trace.input);
  return status;
}
