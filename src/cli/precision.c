/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/precision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"
#include "cli/report.h"
#include "config/nearest.h"
#include "haircut/run.h"

/* With fewer a standard error is not to be trusted to say when to stop. */
static const uint64_t least_support = 200;
/* Ten granules: 10,240 paths. */
static const uint64_t first_look = 10 * HC_GRANULE;

static hc_status out_of_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

static const char *alias(const char *name) {
  static const char *const rows[][2] = {{"es99", "es_99_lp_loss"},
                                        {"var99", "var_99_lp_loss"},
                                        {"mean", "mean_lp_loss"},
                                        {"p", "p_socialisation"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(rows[i][0], name)) return rows[i][1];
  return name;
}

/* Names of all estimates, from statistics of nothing. */
static hc_status find_metric(const struct hc_config *config, const char *name) {
  const struct hc_stats_setup setup = {.books = 1, .classes = HC_MAX_CLASSES};
  const struct hc_estimate *all = NULL;
  struct hc_stats *stats = NULL;
  struct hc_diagnostics diagnostics = {0};
  size_t count = 0;
  hc_status status = hc_stats_create(&setup, &stats);
  if (status == HC_OK) status = hc_stats_estimates(stats, &all, &count);
  const char **known = status == HC_OK ? calloc(count + 1, sizeof *known) : NULL;
  bool found = false;
  for (size_t i = 0; known && i < count; i++) {
    known[i] = all[i].name;
    found = found || !strcmp(all[i].name, name);
  }
  if (!known) status = out_of_memory();
  else if (!found) {
    const char *near = hc_nearest(name, known, count);
    (void)hc_config_complain(
      config, &diagnostics, false, "simulation.precision.metric", "no estimate is called \"%.60s\"%s%s%s",
      name, near ? "; did you mean " : "; expected e.g. ",
      near ? near : "es_99_lp_loss, mean_bad_debt or p_socialisation", near ? "?" : "");
    hc_cli_print_diagnostics(&diagnostics, false);
    hc_diagnostics_free(&diagnostics);
    status = HC_INPUT;
  }
  free(known);
  hc_stats_free(stats);
  return status;
}

hc_status hc_cli_precision_begin(struct hc_cli_precision *precision, const struct hc_config *config,
                                 const struct hc_root_config *values) {
  const struct hc_precision_config *asked = values->simulation.precision;
  *precision = (struct hc_cli_precision){.config = asked, .reached = (double)NAN};
  if (!asked) return HC_OK;
  precision->most = (uint64_t)values->simulation.max_paths;
  (void)snprintf(precision->metric, sizeof precision->metric, "%s",
                 alias(asked->metric ? asked->metric : ""));
  if (isnan(asked->relative)) {
    struct hc_diagnostics diagnostics = {0};
    (void)hc_config_complain(
      config, &diagnostics, false, "simulation.precision",
      "relative is missing: how small the standard error is to be, e.g. relative: 1%%");
    hc_cli_print_diagnostics(&diagnostics, false);
    hc_diagnostics_free(&diagnostics);
    return HC_INPUT;
  }
  return find_metric(config, precision->metric);
}

void hc_cli_precision_free(struct hc_cli_precision *precision) {
  hc_stats_free(precision->stats);
  precision->stats = NULL;
}

uint64_t hc_cli_precision_next(const struct hc_cli_precision *precision, uint64_t paths) {
  uint64_t next = paths ? (paths + paths / 2 + HC_GRANULE - 1) / HC_GRANULE * HC_GRANULE : first_look;
  return next < precision->most ? next : precision->most;
}

static hc_status put(void *self, int worker, const struct hc_granule *granule, struct hc_error *error) {
  (void)worker;
  const hc_status status = hc_stats_merge(self, granule->stats);
  return status ? hc_fail(error, status, "no memory for statistics") : HC_OK;
}

hc_status hc_cli_precision_look(struct hc_cli_precision *precision, struct hc_store *store,
                                const struct hc_scenario *scenario, uint64_t paths) {
  struct hc_error error = {0};
  const struct hc_estimate *all = NULL;
  size_t count = 0;
  if (!precision->stats) {
    const struct hc_stats_setup setup = hc_run_setup(scenario);
    if (hc_stats_create(&setup, &precision->stats) != HC_OK) return out_of_memory();
  }
  precision->books = hc_scenario_books(scenario);
  const struct hc_sink sink = {.self = precision->stats, .put = put};
  hc_status status = hc_store_replay(store, precision->paths, paths, &sink, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  precision->paths = paths;
  status = hc_stats_estimates(precision->stats, &all, &count);
  if (status != HC_OK) return out_of_memory();
  for (size_t i = 0; i < count; i++) {
    if (strcmp(all[i].name, precision->metric) != 0) continue;
    precision->support = hc_stats_support(precision->stats, &all[i]);
    precision->reached = all[i].se / fabs(all[i].value);
    precision->of_paths = all[i].se_paths / fabs(all[i].value);
  }
  const bool known = precision->support >= least_support;
  precision->met = known && precision->reached <= precision->config->relative;
  precision->floored = known && !precision->met && precision->of_paths <= 0.5 * precision->config->relative;
  return HC_OK;
}

void hc_cli_precision_text(const struct hc_cli_precision *precision, struct hc_text *text) {
  hc_text_printf(text, "Precision of %s: %s asked for, ", precision->metric,
                 hc_cli_percent(precision->config->relative).text);
  if (isnan(precision->reached)) hc_text_puts(text, "no standard error");
  else hc_text_printf(text, "%s", hc_cli_percent(precision->reached).text);
  hc_text_printf(text, " after %s paths (%s that count)", hc_cli_count(precision->paths).text,
                 hc_cli_count(precision->support).text);
  if (precision->floored)
    hc_text_printf(text,
                   ": not to be reached by more paths, since the %zu books differ by more; raise "
                   "book.generate.books",
                   precision->books);
  else if (!precision->met) hc_text_puts(text, ": not reached within simulation.max_paths");
}
