/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut sensitivity: two sweeps, of one parameter at a time and of a box, and what they say. */
#include "cli/sensitivity.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "config/canonical.h"
#include "config/quote.h"

static hc_status out_of_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

/* ---- plans ------------------------------------------------------------------------------------- */

/* A plan whose axes are those of a `sweep` section in YAML: values of a point after values of a point. */
static hc_status make_plan(struct hc_cli_sensitivity *all, const struct hc_text *section,
                           const struct hc_sweep_source *source, struct hc_plan **plan) {
  struct hc_cli_input input = {.quiet = true};
  *plan = NULL;
  if (section->failed) return out_of_memory();
  const char *const extra[] = {section->data};
  hc_status status = hc_cli_read_configs(&input, all->arguments, extra, 1);
  if (status == HC_OK) status = hc_cli_plan_make(&all->source, source, input.values, all->quiet, plan);
  hc_cli_input_free(&input);
  return status;
}

static void begin_axis(struct hc_text *text, bool first, const char *key) {
  hc_text_puts(text, first ? "{key: " : ", {key: ");
  hc_quote_json(key, text);
  hc_text_puts(text, ", values: \"");
}

/* The base, then each parameter alone at its low and high end. */
static hc_status plan_local(struct hc_cli_sensitivity *all, struct hc_plan **plan) {
  struct hc_text text = {0};
  hc_text_puts(&text, "sweep={design: zip, axes: [");
  for (size_t i = 0; i < all->count; i++) {
    const struct hc_cli_vary *vary = &all->vary[i];
    begin_axis(&text, i == 0, vary->key);
    hc_text_puts(&text, vary->base_text);
    for (size_t j = 0; j < all->count; j++)
      hc_text_printf(&text, ",%s,%s", j == i ? vary->low_text : vary->base_text,
                     j == i ? vary->high_text : vary->base_text);
    hc_text_puts(&text, "\"}");
  }
  hc_text_puts(&text, "]}");
  const hc_status status = make_plan(all, &text, &all->source.source, plan);
  hc_text_free(&text);
  return status;
}

/* Every point has paths of its own, so that errors are independent, and the books of the base. */
static void write_box(const struct hc_cli_sensitivity *all, const double *u, struct hc_text *text) {
  hc_text_puts(text, "sweep={design: zip, axes: [");
  for (size_t i = 0; i < all->count; i++) {
    const struct hc_cli_vary *vary = &all->vary[i];
    begin_axis(text, i == 0, vary->key);
    for (size_t p = 0; p < all->points; p++) {
      if (p) hc_text_puts(text, ",");
      hc_canonical(vary->kind, vary->low + u[p * all->count + i] * (vary->high - vary->low), text);
    }
    hc_text_puts(text, "\"}");
  }
  begin_axis(text, false, "simulation.seed");
  for (size_t p = 0; p < all->points; p++)
    hc_text_printf(text, "%s%" PRIu64, p ? "," : "",
                   ((uint64_t)all->input.values->simulation.seed + 1 + p) & INT64_MAX);
  hc_text_puts(text, "\"}]}");
}

static hc_status plan_global(struct hc_cli_sensitivity *all, struct hc_plan **plan) {
  struct hc_error error = {0};
  struct hc_text text = {0};
  all->points = all->rows * (all->count + 2);
  double *u = calloc(all->points * all->count, sizeof *u);
  hc_status status = u ? hc_sobol_points(1, all->rows, all->count, u, &error) : HC_NO_MEMORY;
  if (status != HC_OK) hc_cli_complain_error(status, &error);
  if (status == HC_OK) {
    write_box(all, u, &text);
    status = make_plan(all, &text, &all->own_paths, plan);
  }
  free(u);
  hc_text_free(&text);
  return status;
}

/* ---- running ----------------------------------------------------------------------------- */

static hc_status run_plan(struct hc_cli_sensitivity *all, const struct hc_plan *plan, const char *folder,
                          const struct hc_sweep_source *source, struct hc_sweep **sweep) {
  struct hc_error error = {0};
  struct hc_text name = {0};
  const struct hc_sweep_options options = {.threads = all->threads,
                                           .label = folder,
                                           .stop = hc_cli_interrupt_flag(),
                                           .progress = hc_cli_progress_points,
                                           .progress_self = &all->progress};
  hc_text_printf(&name, "%s/%s", hc_cli_value(all->arguments, output), folder);
  if (name.failed) return out_of_memory();
  hc_status status = hc_sweep_create(name.data, plan, sweep, &error);
  if (status == HC_OK) {
    hc_cli_progress_begin(&all->progress, all->quiet, 0);
    status = hc_sweep_run(*sweep, source, &options, &error);
    hc_cli_progress_end(&all->progress);
  }
  if (status == HC_INTERRUPTED) hc_cli_complain(status, "interrupted; the same command goes on");
  else if (status != HC_OK) hc_cli_complain_error(status, &error);
  hc_text_free(&name);
  return status;
}

/* Index of the metric among the numbers of a point. */
static hc_status find_metric(const struct hc_cli_sensitivity *all, size_t *index) {
  struct hc_estimate *names;
  size_t count;
  if (hc_point_names(0, &names, &count) != HC_OK) return out_of_memory();
  for (size_t i = 0; i < count; i++)
    if (!strcmp(names[i].name, all->metric_name)) *index = i;
  free(names);
  return HC_OK;
}

static hc_status read_point(const struct hc_sweep *sweep, uint64_t index, struct hc_point *point) {
  struct hc_error error = {0};
  const hc_status status = hc_sweep_read(sweep, index, point, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  if (point->status == HC_OK) return HC_OK;
  char *where = NULL;
  const hc_status said = hc_plan_point_text(hc_sweep_plan(sweep), index, &where);
  hc_cli_complain(HC_INPUT, "sensitivity: at %s: %s; narrow the ranges", said == HC_OK ? where : "a point",
                  point->message);
  free(where);
  return HC_INPUT;
}

/* ---- what they say --------------------------------------------------------------------------------- */

static void take_change(const struct hc_cli_sensitivity *all, const struct hc_point *point,
                        const struct hc_point *base, size_t metric, double *value,
                        struct hc_estimate *change) {
  const double *ours = point->estimate + metric * HC_POINT_NUMBERS;
  const double *theirs = base->estimate + metric * HC_POINT_NUMBERS;
  *value = ours[HC_POINT_VALUE];
  hc_blocks_difference(&point->blocks, &base->blocks, all->metric,
                       ours[HC_POINT_VALUE] - theirs[HC_POINT_VALUE], change);
  if (isnan(ours[HC_POINT_SE]) || isnan(theirs[HC_POINT_SE]))
    change->se = change->low = change->high = (double)NAN;
}

static hc_status take_local(struct hc_cli_sensitivity *all, const struct hc_sweep *sweep) {
  struct hc_point base = {0};
  size_t metric = 0;
  hc_status status = find_metric(all, &metric);
  if (status == HC_OK) status = read_point(sweep, 0, &base);
  if (status == HC_OK) {
    const double *numbers = base.estimate + metric * HC_POINT_NUMBERS;
    all->base.value = numbers[HC_POINT_VALUE];
    all->base.low = numbers[HC_POINT_LOW];
    all->base.high = numbers[HC_POINT_HIGH];
  }
  for (size_t i = 0; i < 2 * all->count && status == HC_OK; i++) {
    struct hc_cli_vary *vary = &all->vary[i / 2];
    struct hc_point point = {0};
    status = read_point(sweep, i + 1, &point);
    if (status == HC_OK && i % 2 == 0)
      take_change(all, &point, &base, metric, &vary->at_low, &vary->change_low);
    if (status == HC_OK && i % 2 == 1)
      take_change(all, &point, &base, metric, &vary->at_high, &vary->change_high);
    hc_point_free(&point);
  }
  hc_point_free(&base);
  return status;
}

static hc_status read_values(struct hc_cli_sensitivity *all, const struct hc_sweep *sweep, double *value,
                             double *noise) {
  size_t metric = 0;
  hc_status status = find_metric(all, &metric);
  for (size_t i = 0; i < all->points && status == HC_OK; i++) {
    struct hc_point point = {0};
    status = read_point(sweep, i, &point);
    if (status == HC_OK) {
      const double *numbers = point.estimate + metric * HC_POINT_NUMBERS;
      const double error = numbers[HC_POINT_SE_PATHS];
      value[i] = numbers[HC_POINT_VALUE];
      noise[i] = isnan(error) ? 0.0 : error * error;
      all->noise += noise[i] / (double)all->points;
      if (isnan(error) && !all->why[0])
        (void)snprintf(all->why, sizeof all->why,
                       "%s has no error at some points: too few paths in the tail", all->metric_name);
    }
    hc_point_free(&point);
  }
  return status;
}

static hc_status take_global(struct hc_cli_sensitivity *all, const struct hc_sweep *sweep) {
  struct hc_error error = {0};
  double *value = calloc(all->points, sizeof *value), *noise = calloc(all->points, sizeof *noise);
  struct hc_sobol_index *index = calloc(all->count, sizeof *index);
  hc_status status = value && noise && index ? HC_OK : out_of_memory();
  if (status == HC_OK) status = read_values(all, sweep, value, noise);
  if (status == HC_OK && !all->why[0]) {
    const hc_status made =
      hc_sobol_indices(value, noise, all->rows, all->count, 1, index, &all->variance, &error);
    if (made == HC_MODEL) (void)snprintf(all->why, sizeof all->why, "%.190s", error.message);
    else if (made != HC_OK) status = hc_cli_complain_error(made, &error);
    all->is_global = made == HC_OK && all->noise <= all->variance;
    if (made == HC_OK && !all->is_global)
      (void)snprintf(all->why, sizeof all->why, "%s varies less than its Monte Carlo error does",
                     all->metric_name);
    for (size_t i = 0; i < all->count; i++) all->vary[i].index = index[i];
  }
  free(value);
  free(noise);
  free(index);
  return status;
}

typedef hc_status taker(struct hc_cli_sensitivity *all, const struct hc_sweep *sweep);

static hc_status carry_out(struct hc_cli_sensitivity *all, const struct hc_plan *plan, const char *folder,
                           const struct hc_sweep_source *source, taker *take) {
  struct hc_sweep *sweep = NULL;
  hc_status status = run_plan(all, plan, folder, source, &sweep);
  if (status == HC_OK) status = take(all, sweep);
  hc_sweep_close(sweep);
  return status;
}

static hc_status make_directory(const struct hc_cli_sensitivity *all) {
  const char *directory = hc_cli_value(all->arguments, output);
  struct stat about;
  if (mkdir(directory, 0777) == 0) return HC_OK;
  if (errno == EEXIST && stat(directory, &about) == 0 && S_ISDIR(about.st_mode)) return HC_OK;
  return hc_cli_complain(HC_INPUT, "%s: cannot create it: %s", directory, strerror(errno));
}

static hc_status work(struct hc_cli_sensitivity *all) {
  struct hc_plan *local = NULL, *global = NULL;
  hc_status status = plan_local(all, &local);
  if (status == HC_OK && all->rows) status = plan_global(all, &global);
  if (status == HC_OK) status = make_directory(all);
  if (status == HC_OK) status = carry_out(all, local, "local", &all->source.source, take_local);
  if (status == HC_OK && global) status = carry_out(all, global, "global", &all->own_paths, take_global);
  hc_plan_free(local);
  hc_plan_free(global);
  return status;
}

hc_status hc_cli_verb_sensitivity(const struct hc_cli_arguments *arguments) {
  struct hc_cli_sensitivity all = {.arguments = arguments};
  struct hc_text text = {0};
  hc_status status = hc_cli_sensitivity_read(&all);
  hc_cli_interrupt_watch();
  if (status == HC_OK) status = work(&all);
  if (status == HC_OK) {
    if (all.format == 1) hc_cli_sensitivity_json(&all, &text);
    else hc_cli_sensitivity_text(&all, &text);
    status = hc_cli_emit(&text);
  }
  hc_cli_sensitivity_free(&all);
  return status;
}
