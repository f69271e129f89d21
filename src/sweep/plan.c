/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the configuration's `sweep` to the points. */
#include "sweep/plan.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "haircut/design.h"

static hc_status out_of_memory(const struct hc_planner *planner) {
  return hc_fail(planner->error, HC_NO_MEMORY, "out of memory");
}

/* ---- keys -------------------------------------------------------------------------------- */

static hc_status check_key(const struct hc_planner *planner, size_t index, const char *key) {
  const struct hc_plan *plan = planner->plan;
  if (!*key)
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: axis %zu has no key; expected e.g. {key: "
                   "insurance_fund.initial, values: \"10M, 20M, 40M\"}",
                   index + 1);
  for (size_t i = 0; i < index; i++)
    if (!strcmp(plan->axes[i].key, key))
      return hc_fail(planner->error, HC_INPUT, "sweep: axis %s is there twice; give all its values at once",
                     key);
  if (!strcmp(key, "simulation.paths"))
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: axis %s: all points have the same number of paths; set it with "
                   "--paths",
                   key);
  if (!strncmp(key, "sweep", 5) || !strcmp(key, "name") || !strncmp(key, "output", 6))
    return hc_fail(planner->error, HC_INPUT, "sweep: axis %s: it does not change what is simulated", key);
  return HC_OK;
}

/* ---- names ------------------------------------------------------------------------------- */

/* Of markets.BTC.price.volatility: price_volatility; of liquidity_providers[lp].deposits: lp_deposits. */
static char *short_name(const char *key) {
  const char *from = key + strlen(key);
  for (int parts = 0; from > key; from--) {
    if (!strchr(".[", from[-1])) continue;
    if (++parts == 2) break;
  }
  char *name = hc_strdup(from), *to = name;
  for (const char *at = name; at && *at; at++) {
    const bool plain = isalnum((unsigned char)*at) || *at == '_';
    if (plain) *to++ = *at;
    else if (to > name && to[-1] != '_') *to++ = '_';
  }
  if (!name) return NULL;
  while (to > name && to[-1] == '_') to--;
  *to = '\0';
  return name;
}

/* Names that the file has for something else. */
static bool is_reserved(const char *name) {
  static const char *const words[] = {"path", "block", "point", "state", "message", "config", "code", NULL};
  for (size_t i = 0; words[i]; i++)
    if (!strcmp(words[i], name)) return true;
  return !strncmp(name, "mean_", 5) || !strncmp(name, "difference_", 11) || !strncmp(name, "block_", 6);
}

static bool is_taken(const struct hc_plan *plan, size_t before, const char *name) {
  for (size_t i = 0; i < before; i++)
    if (plan->axes[i].name && !strcmp(plan->axes[i].name, name)) return true;
  return is_reserved(name);
}

hc_status hc_plan_name(struct hc_planner *planner, size_t index, const char *given) {
  struct hc_axis *axis = &planner->plan->axes[index];
  const hc_status checked = check_key(planner, index, axis->key);
  if (checked) return checked;
  char *name = given && *given ? hc_strdup(given) : short_name(axis->key);
  if (!name) return out_of_memory(planner);
  const bool fits =
    isalpha((unsigned char)*name) && name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
  axis->name = name;
  if (given && *given && (!fits || is_taken(planner->plan, index, name)))
    return hc_fail(planner->error, HC_INPUT, "sweep: axis %s: \"%.60s\" cannot be its name: %s", axis->key,
                   name, fits ? "it is taken" : "a letter, then letters, digits and _ are expected");
  for (unsigned number = 2; is_taken(planner->plan, index, axis->name); number++) {
    struct hc_text text = {0};
    hc_text_printf(&text, "%s_%u", name, number);
    char *longer = NULL;
    if (hc_text_take(&text, &longer) != HC_OK) return out_of_memory(planner);
    if (axis->name != name) free(axis->name);
    axis->name = longer;
  }
  if (axis->name != name) free(name);
  return HC_OK;
}

/* ---- axes -------------------------------------------------------------------------------- */

static hc_status read_axis(struct hc_planner *planner, const struct hc_axis_config *config) {
  struct hc_plan *plan = planner->plan;
  struct hc_axis *axis = &plan->axes[plan->axis_count];
  axis->key = hc_strdup(config->key ? config->key : "");
  if (!axis->key) return out_of_memory(planner);
  plan->axis_count++;
  const hc_status named = hc_plan_name(planner, plan->axis_count - 1, config->name);
  if (named) return named;
  if (!config->values || !*config->values)
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: axis %s has no values; expected A,B,C or LO:HI:N[:log]", axis->key);
  return hc_axis_read(planner, axis, config->values);
}

/* All axes are looked at, so that all errors are told at once. */
static hc_status read_axes(struct hc_planner *planner) {
  const struct hc_list *list = &planner->values->sweep.axes;
  struct hc_plan *plan = planner->plan;
  if (list->count == 0)
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: nothing varies; give --axis KEY=V1,V2,... or KEY=LO:HI:N, "
                   "--points-file, or axes in the configuration's `sweep`");
  if (list->count > HC_MAX_AXES)
    return hc_fail(planner->error, HC_INPUT, "sweep: %zu axes are too many; at most %d", list->count,
                   HC_MAX_AXES);
  plan->axes = calloc(list->count, sizeof *plan->axes);
  if (!plan->axes) return out_of_memory(planner);
  hc_status first = HC_OK;
  for (size_t i = 0; i < list->count; i++) {
    const hc_status status = read_axis(planner, &HC_ITEMS(*list, struct hc_axis_config)[i]);
    if (status && status != HC_INPUT) return status;
    if (status && planner->error->message[0]) return status;
    if (!first) first = status;
  }
  return first;
}

/* ---- designs ----------------------------------------------------------------------------- */

/* 10^8 records would be a terabyte; nobody means that. */
static const uint64_t most_points = 100000000;

static hc_status plan_grid(struct hc_planner *planner) {
  struct hc_plan *plan = planner->plan;
  size_t length[HC_MAX_AXES];
  for (size_t i = 0; i < plan->axis_count; i++) length[i] = plan->axes[i].count;
  plan->grid = 1;
  if (planner->values->sweep.points > 0)
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: points is for design lhs and sobol; a grid has every "
                   "combination of the values");
  const hc_status status = hc_design_grid(length, plan->axis_count, &plan->points, planner->error);
  if (status || plan->points <= most_points) return status;
  return hc_fail(planner->error, HC_INPUT,
                 "sweep: the grid has %" PRIu64 " points, more than 100 million; use fewer "
                 "values, or --design lhs --points N",
                 plan->points);
}

static hc_status plan_zip(struct hc_planner *planner) {
  struct hc_plan *plan = planner->plan;
  if (planner->values->sweep.points > 0)
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: points is for design lhs and sobol; zip has as many as each axis "
                   "has values");
  for (size_t i = 1; i < plan->axis_count; i++)
    if (plan->axes[i].count != plan->axes[0].count)
      return hc_fail(planner->error, HC_INPUT,
                     "sweep: design zip takes one value of each axis a point, but %s has %zu "
                     "and %s %zu",
                     plan->axes[0].key, plan->axes[0].count, plan->axes[i].key, plan->axes[i].count);
  plan->points = plan->axes[0].count;
  return HC_OK;
}

static hc_status plan_placed(struct hc_planner *planner, bool sobol) {
  struct hc_plan *plan = planner->plan;
  const struct hc_sweep_config *config = &planner->values->sweep;
  if (config->points < 1)
    return hc_fail(planner->error, HC_INPUT, "sweep: design %s needs the number of points: --points N",
                   sobol ? "sobol" : "lhs");
  const size_t points = (size_t)config->points, axes = plan->axis_count;
  double *u = calloc(points * axes, sizeof *u);
  if (!u) return hc_fail(planner->error, HC_NO_MEMORY, "no memory for %zu points", points);
  hc_status status = sobol ? hc_design_sobol((uint64_t)config->seed, points, axes, u, planner->error)
                           : hc_design_latin((uint64_t)config->seed, points, axes, u, planner->error);
  for (size_t i = 0; i < axes && !status; i++)
    status = hc_axis_place(planner, &plan->axes[i], u + i, axes, points);
  free(u);
  plan->points = points;
  return status;
}

static hc_status make_points(struct hc_planner *planner) {
  const struct hc_sweep_config *config = &planner->values->sweep;
  if (config->points_file) {
    if (config->axes.count)
      return hc_fail(planner->error, HC_INPUT,
                     "sweep: axes and points_file are both given; the file's columns are the "
                     "axes, so leave one out");
    return hc_points_file_read(planner, config->points_file);
  }
  const hc_status status = read_axes(planner);
  if (status) return status;
  switch (config->design) {
  case HC_DESIGN_ZIP: return plan_zip(planner);
  case HC_DESIGN_LHS: return plan_placed(planner, false);
  case HC_DESIGN_SOBOL: return plan_placed(planner, true);
  default: return plan_grid(planner);
  }
}

/* ---- the whole --------------------------------------------------------------------------- */

hc_status hc_plan_create(const struct hc_sweep_source *source, const struct hc_root_config *values,
                         struct hc_plan **result, struct hc_diagnostics *diagnostics,
                         struct hc_error *error) {
  struct hc_error unused = {0};
  *result = NULL;
  struct hc_plan *plan = calloc(1, sizeof *plan);
  struct hc_planner planner = {source, values, plan, diagnostics, error ? error : &unused};
  if (!plan) return hc_fail(planner.error, HC_NO_MEMORY, "out of memory");
  plan->paths = (uint64_t)values->simulation.paths;
  if (values->simulation.precision) {
    free(plan);
    return hc_fail(planner.error, HC_INPUT, "sweep: all points have the same number of paths; leave "
                   "simulation.precision out");
  }
  plan->seed = values->simulation.seed;
  plan->samples = values->sweep.samples;
  plan->counterfactual = values->sweep.counterfactual;
  hc_status status = make_points(&planner);
  if (!status) status = hc_plan_describe(&planner);
  if (status) hc_plan_free(plan);
  else *result = plan;
  return status;
}

void hc_plan_free(struct hc_plan *plan) {
  if (!plan) return;
  for (size_t i = 0; i < plan->axis_count; i++) hc_axis_free(&plan->axes[i]);
  free(plan->axes);
  free(plan->title);
  free(plan->setup);
  free(plan->config);
  free(plan);
}

size_t hc_plan_value(const struct hc_plan *plan, uint64_t point, size_t axis) {
  if (!plan->grid) return (size_t)point;
  size_t length[HC_MAX_AXES], value[HC_MAX_AXES];
  for (size_t i = 0; i < plan->axis_count; i++) length[i] = plan->axes[i].count;
  hc_design_grid_at(length, plan->axis_count, point, value);
  return value[axis];
}

hc_status hc_plan_point_text(const struct hc_plan *plan, uint64_t point, char **text) {
  struct hc_text made = {0};
  for (size_t i = 0; i < plan->axis_count; i++)
    hc_text_printf(&made, "%s%s=%s", i ? " " : "", plan->axes[i].key,
                   plan->axes[i].text[hc_plan_value(plan, point, i)]);
  return hc_text_take(&made, text);
}
