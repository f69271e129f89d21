/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as text: `key=value` lines. All that points depend on is in it, so that two plans are the same
 * where their texts are, and axes can be read back from it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/digest.h"
#include "store/code.h"
#include "store/setup.h"
#include "sweep/plan.h"

/* Version of the records of points. */
enum { FORMAT = 1 };
/* The end of the first block, as in setups of runs; parameters of the first point follow. */
static const char gap[] = "\n\n";

void hc_plan_differences(const char *ours, const char *theirs, struct hc_text *list) {
  const char *all[2] = {ours, theirs}, *rest[2];
  char *head[2] = {NULL, NULL};
  for (int i = 0; i < 2; i++) {
    const char *last = strstr(all[i], "\n" HC_PLAN_LAST), *end = strstr(all[i], gap);
    head[i] = last ? strndup(all[i], (size_t)(last + 1 - all[i])) : NULL;
    rest[i] = end ? end + 2 : "";
  }
  if (head[0] && head[1]) hc_setup_differences(head[0], head[1], list);
  if (list->length == 0) hc_setup_differences(rest[0], rest[1], list);
  if (list->length == 0) hc_text_puts(list, "the content of an input file differs");
  free(head[0]);
  free(head[1]);
}

static void write_escaped(struct hc_text *text, const char *value) {
  for (const char *c = value; *c; c++) {
    if (*c == '\n') hc_text_puts(text, "\\n");
    else if (*c == '\t') hc_text_puts(text, "\\t");
    else if (*c == '\\') hc_text_puts(text, "\\\\");
    else hc_text_append(text, c, 1);
  }
}

static void write_axis(struct hc_text *text, size_t index, const struct hc_axis *axis) {
  const struct {
    const char *name, *value;
  } texts[] = {{"key", axis->key},
               {"name", axis->name},
               {"unit", axis->unit ? axis->unit : ""},
               {"doc", axis->doc ? axis->doc : ""}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    hc_text_printf(text, "axis.%zu.%s=", index, texts[i].name);
    write_escaped(text, texts[i].value);
    hc_text_puts(text, "\n");
  }
  if (*axis->digest) hc_text_printf(text, "axis.%zu.digest=%s\n", index, axis->digest);
  hc_text_printf(text, "axis.%zu.kind=%s\naxis.%zu.count=%zu\naxis.%zu.values=", index,
                 axis->is_text ? "text" : "number", index, axis->count, index);
  for (size_t i = 0; i < axis->count; i++) {
    if (i) hc_text_puts(text, "\t");
    write_escaped(text, axis->text[i]);
    if (!axis->is_text) hc_text_printf(text, "\t%.17g", axis->value[i]);
  }
  hc_text_puts(text, "\n");
}

/* Values that are names of files stand for what is in them. */
static hc_status write_files(const struct hc_planner *planner, struct hc_text *text) {
  const struct hc_plan *plan = planner->plan;
  for (size_t i = 0; i < plan->axis_count; i++) {
    const char *key = plan->axes[i].key, *dot = strrchr(key, '.');
    if (!dot || strcmp(dot, ".file") != 0) continue;
    for (size_t j = 0; j < plan->axes[i].count; j++) {
      char hex[65];
      struct hc_error unused = {0};
      if (hc_sha256_file(plan->axes[i].text[j], hex, &unused) == HC_OK)
        hc_text_printf(text, "axis.%zu.file.%zu=%s\n", i, j, hex);
    }
  }
  return text->failed ? HC_NO_MEMORY : HC_OK;
}

static hc_status write_setup(const struct hc_planner *planner, const struct hc_scenario *scenario,
                             struct hc_text *text) {
  const struct hc_plan *plan = planner->plan;
  char digest[65];
  hc_scenario_digest(scenario, digest);
  hc_text_printf(text, "sweep=%d\ncode=%s\n", FORMAT, HC_CODE_TEXT);
  hc_text_printf(text, "title=");
  write_escaped(text, plan->title);
  hc_text_printf(
    text, "\npoints=%" PRIu64 "\npaths=%" PRIu64 "\nseed=%" PRId64 "\nsamples=%s\ncounterfactual=%s\n",
    plan->points, plan->paths, plan->seed, plan->samples ? "true" : "false",
    plan->counterfactual ? "true" : "false");
  hc_text_printf(text, "design=%s\naxes=%zu\n", plan->grid ? "grid" : "list", plan->axis_count);
  for (size_t i = 0; i < plan->axis_count; i++) write_axis(text, i, &plan->axes[i]);
  const hc_status status = write_files(planner, text);
  hc_text_printf(text, "%s%s\n\n", HC_PLAN_LAST, digest);
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(hc_scenario_config(scenario), &parameters);
  for (size_t i = 0; i < count; i++) {
    if (hc_setup_is_free(parameters[i].path)) continue;
    hc_text_printf(text, "%s=", parameters[i].path);
    write_escaped(text, parameters[i].text);
    hc_text_puts(text, "\n");
  }
  return status;
}

static hc_status describe(struct hc_planner *planner, const struct hc_config *config,
                          const struct hc_scenario *scenario) {
  struct hc_plan *plan = planner->plan;
  const struct hc_root_config *values = hc_config_values(config);
  struct hc_text text = {0};
  plan->title = hc_strdup(values->name ? values->name : "");
  hc_status status = plan->title ? write_setup(planner, scenario, &text) : HC_NO_MEMORY;
  if (status) hc_text_free(&text);
  else status = hc_text_take(&text, &plan->setup);
  if (!status) status = hc_config_yaml(config, &plan->config);
  return status ? hc_fail(planner->error, status, "out of memory") : HC_OK;
}

static hc_status try_point(struct hc_planner *planner, uint64_t point, struct hc_diagnostics *diagnostics,
                           struct hc_error *error) {
  struct hc_config *config = NULL;
  struct hc_scenario *scenario = NULL;
  hc_status status = hc_compose_point(planner->plan, planner->source, point, &config, diagnostics, error);
  if (!status) status = hc_scenario_create(config, &scenario, diagnostics, error);
  if (!status) status = describe(planner, config, scenario);
  hc_scenario_free(scenario);
  hc_config_free(config);
  return status;
}

/* The first point that can be; where none of the first can, what is wrong with the very first is told. */
hc_status hc_plan_describe(struct hc_planner *planner) {
  enum { TRIED = 100 };
  hc_status status = HC_INPUT;
  for (uint64_t i = 0; i < planner->plan->points && i < TRIED && status == HC_INPUT; i++) {
    struct hc_diagnostics diagnostics = {0};
    struct hc_error error = {0};
    status = try_point(planner, i, &diagnostics, &error);
    hc_diagnostics_free(&diagnostics);
    if (status && status != HC_INPUT) return hc_fail(planner->error, status, "%s", error.message);
  }
  return status ? try_point(planner, 0, planner->diagnostics, planner->error) : HC_OK;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The value of a line of the first block, escapes undone in place of a copy; NULL: not there. */
static char *take_line(const char *setup, const char *key) {
  const char *end = strstr(setup, gap);
  const size_t length = strlen(key);
  for (const char *at = setup; at && at < end; at = strchr(at, '\n') + 1)
    if (!strncmp(at, key, length) && at[length] == '=')
      return strndup(at + length + 1, strcspn(at + length + 1, "\n"));
  return NULL;
}

static void unescape(char *text) {
  char *to = text;
  for (const char *from = text; *from; from++) {
    if (*from != '\\' || !from[1]) *to++ = *from;
    else {
      from++;
      *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from;
    }
  }
  *to = '\0';
}

static char *take_text(const char *setup, const char *key) {
  char *text = take_line(setup, key);
  if (text) unescape(text);
  return text;
}

static bool take_count(const char *setup, const char *key, uint64_t *count) {
  char *text = take_line(setup, key), *end = NULL;
  if (text) *count = strtoull(text, &end, 10);
  const bool good = text && *text && !*end;
  free(text);
  return good;
}

static char *axis_text(const char *setup, size_t index, const char *what) {
  char key[40];
  (void)snprintf(key, sizeof key, "axis.%zu.%s", index, what);
  return what[0] == 'v' ? take_line(setup, key) : take_text(setup, key);
}

/* The next field of a line with tabs between, which is cut. */
static char *next_field(char **rest) {
  char *field = *rest;
  if (!field) return NULL;
  char *tab = strchr(field, '\t');
  *rest = tab ? tab + 1 : NULL;
  if (tab) *tab = '\0';
  unescape(field);
  return field;
}

static hc_status parse_values(struct hc_axis *axis, char *line) {
  for (size_t i = 0; i < axis->count; i++) {
    const char *field = next_field(&line), *number = axis->is_text || !field ? NULL : next_field(&line);
    if (!field || (!axis->is_text && !number)) return HC_FORMAT;
    axis->text[i] = hc_strdup(field);
    axis->value[i] = number ? strtod(number, NULL) : (double)NAN;
    if (!axis->text[i]) return HC_NO_MEMORY;
  }
  return line ? HC_FORMAT : HC_OK;
}

static hc_status parse_axis(const char *setup, size_t index, struct hc_axis *axis) {
  uint64_t count = 0;
  char key[40];
  (void)snprintf(key, sizeof key, "axis.%zu.count", index);
  axis->key = axis_text(setup, index, "key");
  axis->name = axis_text(setup, index, "name");
  axis->unit = axis_text(setup, index, "unit");
  axis->doc = axis_text(setup, index, "doc");
  char *kind = axis_text(setup, index, "kind"), *values = axis_text(setup, index, "values");
  hc_status status = HC_FORMAT;
  if (axis->key && axis->name && axis->unit && axis->doc && kind && values &&
      take_count(setup, key, &count) && count > 0 && count < SIZE_MAX / 16) {
    axis->is_text = !strcmp(kind, "text");
    axis->text = calloc((size_t)count, sizeof *axis->text);
    axis->value = calloc((size_t)count, sizeof *axis->value);
    if (axis->text && axis->value) axis->count = (size_t)count;
    status = axis->count ? parse_values(axis, values) : HC_NO_MEMORY;
  }
  free(kind);
  free(values);
  return status;
}

static hc_status parse(const char *setup, struct hc_plan *plan) {
  uint64_t axes = 0, format = 0, seed = 0;
  if (!strstr(setup, gap) || !take_count(setup, "sweep", &format) || format != FORMAT) return HC_FORMAT;
  char *design = take_line(setup, "design"), *samples = take_line(setup, "samples");
  char *counterfactual = take_line(setup, "counterfactual");
  const bool good = design && samples && counterfactual && take_count(setup, "points", &plan->points) &&
                    take_count(setup, "paths", &plan->paths) && take_count(setup, "seed", &seed) &&
                    take_count(setup, "axes", &axes) && axes >= 1 && axes <= HC_MAX_AXES;
  plan->seed = (int64_t)seed;
  plan->grid = design && !strcmp(design, "grid");
  plan->samples = samples && !strcmp(samples, "true");
  plan->counterfactual = counterfactual && !strcmp(counterfactual, "true");
  free(design);
  free(samples);
  free(counterfactual);
  if (!good) return HC_FORMAT;
  plan->title = take_text(setup, "title");
  plan->axes = calloc((size_t)axes, sizeof *plan->axes);
  if (!plan->axes || !plan->title) return HC_NO_MEMORY;
  hc_status status = HC_OK;
  for (size_t i = 0; i < axes && !status; i++) {
    plan->axis_count = i + 1;
    status = parse_axis(setup, i, &plan->axes[i]);
    if (!status && !plan->grid && plan->axes[i].count != plan->points) status = HC_FORMAT;
  }
  return status;
}

hc_status hc_plan_parse(const char *setup, struct hc_plan **result) {
  *result = NULL;
  struct hc_plan *plan = calloc(1, sizeof *plan);
  if (!plan) return HC_NO_MEMORY;
  plan->setup = hc_strdup(setup);
  const hc_status status = plan->setup ? parse(setup, plan) : HC_NO_MEMORY;
  if (status) hc_plan_free(plan);
  else *result = plan;
  return status;
}
