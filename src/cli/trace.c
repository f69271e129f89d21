/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut trace and explain: chosen paths, recomputed alone; their ledgers, or told in sentences. */
#include "cli/trace.h"

#include "cli/capacity.h"
#include "cli/choice.h"
#include "cli/report.h"
#include "cli/story.h"
#include "cli/verbs.h"

enum { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON, FORMAT_STORY };

struct trace {
  const struct hc_cli_arguments *arguments;
  struct hc_cli_input input;
  struct hc_cli_choice choice;
  int format;
};

static hc_status read_options(struct trace *trace) {
  static const char *const words[] = {"text", "csv", "json", NULL};
  const struct hc_cli_arguments *arguments = trace->arguments;
  const bool story = arguments->verb == HC_CLI_explain;
  trace->format = FORMAT_STORY;
  hc_status status = HC_OK;
  if (!story) status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &trace->format);
  if (status == HC_OK) status = hc_cli_choice_read(&trace->choice, story ? 1 : -1);
  return status == HC_OK ? hc_cli_threads(arguments, &trace->choice.threads) : status;
}

static hc_status read_input(struct trace *trace) {
  const struct hc_cli_arguments *arguments = trace->arguments;
  hc_status status;
  if (arguments->file_count == 1 && hc_results_is(arguments->files[0]))
    status = hc_cli_read_results(&trace->input, arguments, arguments->files[0]);
  else
    status = hc_cli_read_configs(&trace->input, arguments, NULL, 0);
  if (status == HC_OK) status = hc_cli_memory_check(trace->input.values, trace->choice.threads);
  return status == HC_OK ? hc_cli_compile(&trace->input) : status;
}

static void write_path(const struct trace *trace, size_t i, const struct hc_cli_traced *traced,
                       struct hc_text *text) {
  if (trace->format == FORMAT_TEXT) hc_cli_trace_text(traced, text);
  if (trace->format == FORMAT_STORY) hc_cli_story_text(traced, text);
  if (trace->format == FORMAT_CSV) hc_cli_trace_csv(traced, text);
  if (trace->format == FORMAT_JSON) {
    hc_text_puts(text, i ? ",\n" : "");
    hc_cli_trace_json(traced, text);
  }
}

static hc_status recompute(struct trace *trace, struct hc_workspace *workspace,
                           struct hc_text *text, struct hc_error *error) {
  hc_status status = HC_OK;
  for (size_t i = 0; i < trace->choice.count && status == HC_OK; i++) {
    struct hc_cli_traced traced = {.path = trace->choice.paths[i], .scenario = trace->input.scenario};
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
  struct trace trace = {.arguments = arguments, .choice = {.arguments = arguments}};
  trace.choice.input = &trace.input;
  hc_status status = read_options(&trace);
  if (status == HC_OK) status = read_input(&trace);
  if (status == HC_OK) status = hc_cli_choose(&trace.choice);
  if (status == HC_OK) status = print_paths(&trace);
  hc_cli_input_free(&trace.input);
  return status;
}

hc_status hc_cli_verb_explain(const struct hc_cli_arguments *arguments) {
  return hc_cli_verb_trace(arguments);
}
