/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut status: what of a sweep is done, by whom, and when it will be. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "haircut/sweep.h"

struct view {
  const struct hc_cli_arguments *arguments;
  struct hc_sweep *sweep;
  struct hc_worker *workers;
  size_t count;
};

static bool is(const struct hc_worker *worker, const char *state) { return !strcmp(worker->state, state); }

static double total_rate(const struct view *view) {
  double rate = 0;
  for (size_t i = 0; i < view->count; i++)
    if (is(&view->workers[i], "running")) rate += view->workers[i].rate;
  return rate;
}

static void write_text(const struct view *view, struct hc_text *text) {
  const struct hc_sweep_count count = hc_sweep_count_of(view->sweep);
  const struct hc_sweep_faults *faults = hc_sweep_faults_of(view->sweep);
  const uint64_t points = hc_sweep_plan(view->sweep)->points, there = count.done + count.failed;
  const double rate = total_rate(view);
  hc_text_printf(text, "%s: %s of %s points (%s), %s failed", view->arguments->files[0],
                 hc_cli_count(there).text, hc_cli_count(points).text,
                 hc_cli_percent((double)there / (double)points).text, hc_cli_count(count.failed).text);
  if (there == points) hc_text_puts(text, "; all there");
  else if (rate > 0)
    hc_text_printf(text, "; %s a second, %s left", hc_cli_plain(rate).text,
                   hc_cli_duration((double)(points - there) / rate).text);
  hc_text_puts(text, "\n");
  if (count.seconds > 0)
    hc_text_printf(text, "A point takes %s, of which %s is not simulation.\n",
                   hc_cli_duration(count.seconds / (double)there).text,
                   hc_cli_duration(count.overhead / (double)there).text);
  if (faults->torn + faults->damaged + faults->foreign)
    hc_text_printf(text, "Left out: %zu torn, %zu damaged and %zu foreign shards or records, e.g. %s\n",
                   faults->torn, faults->damaged, faults->foreign, faults->first);
  if (view->count)
    hc_text_printf(text, "\n%-24s %8s %9s %8s %10s %10s %10s %9s\n", "host", "process", "task", "threads",
                   "state", "done", "of", "heard");
  for (size_t i = 0; i < view->count; i++) {
    const struct hc_worker *worker = &view->workers[i];
    hc_text_printf(text, "%-24s %8ld %9s %8d %10s %10" PRIu64 " %10" PRIu64 " %9s\n", worker->host,
                   worker->process, worker->task, worker->threads, worker->state, worker->done,
                   worker->total, hc_cli_duration(worker->age < 0 ? 0 : worker->age).text);
    if (worker->message[0]) hc_text_printf(text, "    %s\n", worker->message);
  }
}

static void write_json(const struct view *view, struct hc_text *text) {
  const struct hc_sweep_count count = hc_sweep_count_of(view->sweep);
  const struct hc_sweep_faults *faults = hc_sweep_faults_of(view->sweep);
  hc_text_printf(text,
                 "{\"points\": %" PRIu64 ", \"done\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"torn\": %zu, "
                 "\"damaged\": %zu, \"foreign\": %zu, \"points_per_second\": ",
                 hc_sweep_plan(view->sweep)->points, count.done, count.failed, faults->torn,
                 faults->damaged, faults->foreign);
  hc_cli_json_number(text, total_rate(view));
  hc_text_puts(text, ", \"overhead\": ");
  hc_cli_json_number(text, count.overhead / (double)(count.done + count.failed));
  hc_text_puts(text, ",\n \"processes\": [");
  for (size_t i = 0; i < view->count; i++) {
    const struct hc_worker *worker = &view->workers[i];
    hc_text_puts(text, i ? ",\n  {\"host\": " : "\n  {\"host\": ");
    hc_cli_json_string(text, worker->host);
    hc_text_printf(text, ", \"process\": %ld, \"task\": ", worker->process);
    hc_cli_json_string(text, worker->task);
    hc_text_puts(text, ", \"state\": ");
    hc_cli_json_string(text, worker->state);
    hc_text_printf(text, ", \"threads\": %d, \"done\": %" PRIu64 ", \"total\": %" PRIu64 ", \"message\": ",
                   worker->threads, worker->done, worker->total);
    hc_cli_json_string(text, worker->message);
    hc_text_puts(text, "}");
  }
  hc_text_puts(text, "]}\n");
}

static hc_status look(struct view *view) {
  struct hc_error error = {0};
  hc_status status = hc_sweep_open(view->arguments->files[0], &view->sweep, &error);
  if (status == HC_OK)
    status = hc_sweep_workers(view->arguments->files[0], &view->workers, &view->count, &error);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

hc_status hc_cli_verb_status(const struct hc_cli_arguments *arguments) {
  static const char *const words[] = {"text", "json", NULL};
  struct view view = {.arguments = arguments};
  struct hc_text text = {0};
  int format = 0;
  hc_status status = hc_cli_one_file(arguments);
  if (status == HC_OK) status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &format);
  if (status == HC_OK) status = look(&view);
  if (status == HC_OK) {
    if (format == 1) write_json(&view, &text);
    else write_text(&view, &text);
    status = hc_cli_emit(&text);
  }
  hc_sweep_close(view.sweep);
  free(view.workers);
  return status;
}
