/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/step_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/interrupt.h"
#include "cli/memory_sink.h"
#include "cli/number.h"
#include "cli/paired.h"
#include "cli/report.h"
#include "haircut/stats.h"

enum { MAX_PATHS = 20000, VARIANTS = 4, BASE = 1, ENOUGH_TAIL = 100 };
static const double factors[VARIANTS] = {2, 1, 0.5, 0.25};

#define MEASURE_ROW(name, text, unit) {#name, text, unit},
static const struct {
  const char *name, *text, *unit;
} measures[HC_CLI_MEASURES] = {HC_CLI_MEASURE_LIST(MEASURE_ROW)};

/* The terms of every measure at one step, their means, and those of the differences to the base's. */
struct variant {
  double step;
  bool there;
  double *terms[HC_CLI_MEASURES];
  struct hc_estimate value[HC_CLI_MEASURES], change[HC_CLI_MEASURES];
};
struct check {
  const struct hc_cli_arguments *arguments;
  int threads;
  size_t paths, books;
  struct variant variants[VARIANTS];
};

static hc_status simulate(const struct check *check, const struct hc_scenario *scenario,
                          struct hc_cli_memory *memory) {
  struct hc_error error = {0};
  struct hc_work work = {0};
  const struct hc_sink sink = hc_cli_memory_sink(memory);
  const struct hc_run_options options = {
    .threads = check->threads, .paths = check->paths, .stop = hc_cli_interrupt_flag()};
  const hc_status status = hc_run(scenario, &options, &sink, &work, &error);
  return status == HC_OK || status == HC_INTERRUPTED ? status
                                                     : hc_cli_complain_error(status, &error);
}

static hc_status measure(const struct check *check, struct variant *variant,
                         const struct hc_outcome *outcomes) {
  for (size_t m = 0; m < HC_CLI_MEASURES; m++) {
    variant->terms[m] = malloc(check->paths * sizeof(double));
    if (!variant->terms[m] || hc_cli_measure_terms((enum hc_cli_measure)m, outcomes, check->paths,
                                                   variant->terms[m]) != HC_OK)
      return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  }
  variant->there = true;
  return HC_OK;
}

static hc_status run_variant(struct check *check, struct variant *variant) {
  char step[64];
  (void)snprintf(step, sizeof step, "simulation.step=%.17gs", variant->step);
  const char *const extra[] = {step, "output.samples=none", "output.traces=0",
                               "output.counterfactual=false", "output.attribution=false",
                               "output.timeline.points=0", "output.timeline.paths=0"};
  struct hc_cli_input input = {.quiet = true};
  struct hc_cli_memory memory = {0};
  hc_status status =
    hc_cli_read_configs(&input, check->arguments, extra, sizeof extra / sizeof *extra);
  if (status == HC_OK) status = hc_cli_compile(&input);
  if (status == HC_OK && hc_cli_memory_create(&memory, check->paths) != HC_OK)
    status = hc_cli_complain(HC_NO_MEMORY, "out of memory");
  if (status == HC_OK) status = simulate(check, input.scenario, &memory);
  if (status == HC_OK) {
    check->books = hc_scenario_books(input.scenario);
    status = measure(check, variant, memory.outcomes);
  }
  hc_cli_memory_free(&memory);
  hc_cli_input_free(&input);
  return status;
}

/* An expected shortfall at 99 % is said only where at least 100 paths lie beyond. */
static bool is_tail(size_t measure) {
  return measure == HC_CLI_MEASURE_es_99_lp_loss || measure == HC_CLI_MEASURE_es_99_bad_debt;
}
static size_t tail_paths(const struct check *check) { return check->paths / 100; }
static bool too_few(const struct check *check, size_t measure) {
  return is_tail(measure) && tail_paths(check) < ENOUGH_TAIL;
}

/* Terms of variants other than the base become differences. */
static void estimate(const struct check *check, struct variant *variant, size_t m) {
  const struct variant *base = &check->variants[BASE];
  const struct hc_sample sample = {variant->terms[m], check->paths, check->books};
  hc_sample_mean(&sample, &variant->value[m]);
  if (variant == base) return;
  for (size_t p = 0; p < check->paths; p++) variant->terms[m][p] -= base->terms[m][p];
  hc_sample_mean(&sample, &variant->change[m]);
}

static void estimate_all(struct check *check) {
  for (size_t v = 0; v < VARIANTS; v++)
    for (size_t m = 0; m < HC_CLI_MEASURES && check->variants[v].there; m++)
      estimate(check, &check->variants[v], m);
}

static void write_row(const struct check *check, size_t v, size_t m, struct hc_text *text) {
  const char *unit = measures[m].unit;
  if (too_few(check, m)) {
    hc_text_printf(text, "  %-18s %8s   too few tail paths (%zu)\n", measures[m].text,
                   hc_cli_duration(check->variants[v].step).text, tail_paths(check));
    return;
  }
  const struct hc_estimate value = check->variants[v].value[m], change = check->variants[v].change[m];
  hc_text_printf(
    text, "  %-18s %8s %12s %10s", measures[m].text, hc_cli_duration(check->variants[v].step).text,
    hc_cli_by_unit(value.value, unit, true).text, hc_cli_by_unit(value.se, unit, true).text);
  if (v == BASE)
    hc_text_puts(text, "    (this run's step)\n");
  else
    hc_text_printf(text, " %14s %10s\n", hc_cli_by_unit(change.value, unit, true).text,
                   hc_cli_by_unit(change.se, unit, true).text);
}

static void write_text(const struct check *check, struct hc_text *text) {
  hc_text_printf(text,
                 "step check: %s path%s, the same at every step, refined\n"
                 "  %-18s %8s %12s %10s %14s %10s\n",
                 hc_cli_count(check->paths).text, check->paths == 1 ? "" : "s", "", "step",
                 "value", "se", "change", "se");
  for (size_t m = 0; m < HC_CLI_MEASURES; m++)
    for (size_t v = 0; v < VARIANTS; v++)
      if (check->variants[v].there) write_row(check, v, m, text);
  hc_text_puts(text, "  A change within two of its standard errors is noise; a larger one is what "
                     "the\n"
                     "  step adds: positions are looked at once a step and closed whole.\n");
}

static void write_json_measure(const struct check *check, size_t v, size_t m,
                               struct hc_text *json) {
  const struct hc_estimate value = check->variants[v].value[m], change = check->variants[v].change[m];
  const double numbers[] = {value.value, value.se, change.value, change.se};
  static const char *const keys[] = {"value", "se", "change", "change_se"};
  hc_text_printf(json, "%s\"%s\": {", m ? ", " : "", measures[m].name);
  for (size_t i = 0; i < 4; i++) {
    hc_text_printf(json, "%s\"%s\": ", i ? ", " : "", keys[i]);
    hc_cli_json_number(json, too_few(check, m) ? (double)NAN : numbers[i]);
  }
  hc_text_printf(json, ", \"unit\": \"%s\"}", measures[m].unit);
}

static void write_json(const struct check *check, struct hc_text *json) {
  hc_text_printf(json, "{\"paths\": %zu, \"base_step\": %.17g, \"steps\": [", check->paths,
                 check->variants[BASE].step);
  bool first = true;
  for (size_t v = 0; v < VARIANTS; v++) {
    if (!check->variants[v].there) continue;
    hc_text_printf(json, "%s{\"step\": %.17g, ", first ? "" : ", ", check->variants[v].step);
    for (size_t m = 0; m < HC_CLI_MEASURES; m++) write_json_measure(check, v, m, json);
    hc_text_puts(json, "}");
    first = false;
  }
  hc_text_puts(json, "]}");
}

static bool divides(double horizon, double step) {
  const double steps = horizon / step;
  return step <= horizon && fabs(steps - round(steps)) <= 1e-9 * steps;
}

hc_status hc_cli_step_check(const struct hc_cli_arguments *arguments,
                            const struct hc_root_config *values, int threads, struct hc_text *text,
                            struct hc_text *json) {
  const int64_t paths = values->simulation.paths;
  struct check check = {.arguments = arguments, .threads = threads,
                        .paths = (size_t)(paths < MAX_PATHS ? paths : MAX_PATHS)};
  hc_status status = HC_OK;
  for (size_t v = 0; v < VARIANTS && status == HC_OK; v++) {
    check.variants[v].step = values->simulation.step * factors[v];
    if (divides(values->simulation.horizon, check.variants[v].step))
      status = run_variant(&check, &check.variants[v]);
  }
  if (status == HC_OK) {
    estimate_all(&check);
    write_text(&check, text);
    write_json(&check, json);
    if (text->failed || json->failed) status = hc_cli_complain(HC_NO_MEMORY, "out of memory");
  }
  for (size_t v = 0; v < VARIANTS; v++)
    for (size_t m = 0; m < HC_CLI_MEASURES; m++) free(check.variants[v].terms[m]);
  return status;
}
