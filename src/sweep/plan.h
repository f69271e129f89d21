/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a plan is made: axes as written, then the points of the design. */
#ifndef HC_SWEEP_PLAN_H
#define HC_SWEEP_PLAN_H
#include "haircut/sweep.h"

/* What the files of this module share while a plan is made. */
struct hc_planner {
  const struct hc_sweep_source *source;
  const struct hc_root_config *values;
  struct hc_plan *plan;
  struct hc_diagnostics *diagnostics;
  struct hc_error *error;
};

/* ---- axis.c ------------------------------------------------------------------------------ */
/* A text with commas between its parts, outside of brackets and quotes; blanks around them go. The caller
 * frees the parts and the array. */
struct hc_parts {
  char **text;
  size_t count;
};
hc_status hc_parts_split(const char *text, char separator, struct hc_parts *parts) HC_CHECKED;
void hc_parts_free(struct hc_parts *parts);
/* Fills the values of an axis from its text. */
hc_status hc_axis_read(struct hc_planner *planner, struct hc_axis *axis, const char *values) HC_CHECKED;
/* Looks up what values are and checks them all. */
hc_status hc_axis_check(struct hc_planner *planner, struct hc_axis *axis) HC_CHECKED;
/* Replaces the values of an axis by one a point: u in (0, 1), `stride` apart, of its range or list. */
hc_status hc_axis_place(struct hc_planner *planner, struct hc_axis *axis, const double *u, size_t stride,
                        size_t points) HC_CHECKED;
void hc_axis_free(struct hc_axis *axis);

/* ---- plan.c ------------------------------------------------------------------------------ */
/* Checks the key of axis `index` against those before it and names the axis: `given`, or after its key. */
hc_status hc_plan_name(struct hc_planner *planner, size_t index, const char *given) HC_CHECKED;

/* ---- points_file.c ----------------------------------------------------------------------- */
hc_status hc_points_file_read(struct hc_planner *planner, const char *file) HC_CHECKED;

/* ---- compose.c --------------------------------------------------------------------------- */
/* The configuration of values on some axes: settings KEY=VALUE after those of the source. */
struct hc_choice_of_axis {
  const char *key, *text;
};
hc_status hc_compose(const struct hc_sweep_source *source, const struct hc_choice_of_axis *choices,
                     size_t count, struct hc_config **config, struct hc_diagnostics *diagnostics,
                     struct hc_error *error) HC_CHECKED;
/* Index, among all settings of such a configuration, of the first choice. */
size_t hc_compose_first(const struct hc_sweep_source *source);
/* The configuration of a point. */
hc_status hc_compose_point(const struct hc_plan *plan, const struct hc_sweep_source *source, uint64_t point,
                           struct hc_config **config, struct hc_diagnostics *diagnostics,
                           struct hc_error *error) HC_CHECKED;
bool hc_axis_is_venue(const char *key);

/* ---- setup.c ----------------------------------------------------------------------------- */
/* Fills setup, config, title, from the compiled first point. */
hc_status hc_plan_describe(struct hc_planner *planner) HC_CHECKED;
/* The line of the first block that stands for all parameters comes last in it. */
#define HC_PLAN_LAST "first="
/* Appends what differs, by name. */
struct hc_text;
void hc_plan_differences(const char *ours, const char *theirs, struct hc_text *list);
/* A plan from its setup text, without configuration. */
hc_status hc_plan_parse(const char *setup, struct hc_plan **plan) HC_CHECKED;
#endif
