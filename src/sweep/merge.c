/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From records of points to the columns of the file. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sweep/sweep.h"

static const char *const suffix[HC_POINT_NUMBERS] = {"", "_se", "_se_paths", "_low", "_high"};
static const char *const meaning[HC_POINT_NUMBERS] = {
  "", "Standard error (shared by all points): ", "Standard error of paths alone: ",
  "95 % interval, lower end: ", "95 % interval, upper end: "};
static const struct {
  const char *name;
  enum hc_tail_metric metric;
} paired[HC_PAIRED] = {
#define PAIRED(name, metric, what) {#name, HC_TAIL_##metric},
  HC_PAIRED_LIST(PAIRED)
#undef PAIRED
};
static const char *const tail_name[HC_TAILS] = {
#define TAIL_NAME(name, text) #name,
  HC_TAIL_LIST(TAIL_NAME)
#undef TAIL_NAME
};

/* All numbers of all points: metric x number x point. */
struct table {
  const struct hc_sweep *sweep;
  size_t points, metrics, block_count;
  size_t index[HC_PAIRED]; /* of the paired measures among the metrics */
  struct hc_estimate *names;
  double *value;          /* metrics x HC_POINT_NUMBERS x points */
  double *difference;     /* HC_PAIRED x HC_POINT_NUMBERS x points */
  double *block;          /* HC_PAIRED x points x block_count */
  int64_t *tail, *state;  /* HC_TAILS x points; points */
  const char **message;   /* points */
  char **made;            /* those that were copied */
  struct hc_blocks first; /* of the first point that is there */
  uint64_t reference;     /* which that is; points: none */
  double reference_value[HC_PAIRED];
  int reference_sure[HC_PAIRED];
  uint64_t failed, missing;
};

static void table_free(struct table *table) {
  for (size_t i = 0; table->made && i < table->points; i++) free(table->made[i]);
  free(table->made);
  free(table->message);
  free(table->names);
  free(table->value);
  free(table->difference);
  free(table->block);
  free(table->tail);
  free(table->state);
}

static hc_status no_memory(const struct table *table, struct hc_error *error) {
  return hc_fail(error, HC_NO_MEMORY, "no memory for the results of %zu points", table->points);
}

static double *unknown(size_t count) {
  double *made = malloc((count + 1) * sizeof *made);
  for (size_t i = 0; made && i < count; i++) made[i] = (double)NAN;
  return made;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* What points have most of, from a look at all of them: classes differ where venues do. */
static hc_status measure(struct table *table, struct hc_error *error) {
  size_t classes = 0;
  table->reference = table->points;
  for (size_t i = 0; i < table->points; i++) {
    struct hc_point point = {0};
    if (hc_sweep_has(table->sweep, i) != 1) continue;
    const hc_status status = hc_sweep_read(table->sweep, i, &point, error);
    if (status) return status;
    if (point.classes > classes) classes = point.classes;
    if (point.blocks.count > table->block_count) table->block_count = point.blocks.count;
    hc_point_free(&point);
  }
  const hc_status status = hc_point_names(classes, &table->names, &table->metrics);
  if (status) return no_memory(table, error);
  for (size_t p = 0; p < HC_PAIRED; p++)
    for (size_t m = 0; m < table->metrics; m++)
      if (!strcmp(table->names[m].name, paired[p].name)) table->index[p] = m;
  return HC_OK;
}

static hc_status allocate(struct table *table, struct hc_error *error) {
  const size_t points = table->points;
  table->value = unknown(table->metrics * HC_POINT_NUMBERS * points);
  table->difference = unknown((size_t)HC_PAIRED * HC_POINT_NUMBERS * points);
  table->block = unknown(HC_PAIRED * points * table->block_count);
  table->tail = calloc(HC_TAILS * points + 1, sizeof *table->tail);
  table->state = calloc(points + 1, sizeof *table->state);
  table->message = calloc(points + 1, sizeof *table->message);
  table->made = calloc(points + 1, sizeof *table->made);
  const bool whole = table->value && table->difference && table->block && table->tail && table->state &&
                     table->message && table->made;
  return whole ? HC_OK : no_memory(table, error);
}

/* A shortfall of too few paths has no error, nor has a difference with it. */
static void take_differences(struct table *table, const struct hc_point *point) {
  for (size_t p = 0; p < HC_PAIRED; p++) {
    const double *ours = point->estimate + table->index[p] * HC_POINT_NUMBERS;
    struct hc_estimate estimate = {.note = ""};
    const double value = ours[HC_POINT_VALUE] - table->reference_value[p];
    hc_blocks_difference(&point->blocks, &table->first, (enum hc_paired)p, value, &estimate);
    if (isnan(ours[HC_POINT_SE]) || !table->reference_sure[p])
      estimate.se = estimate.low = estimate.high = (double)NAN;
    const double numbers[HC_POINT_NUMBERS] = {estimate.value, estimate.se, estimate.se_paths, estimate.low,
                                              estimate.high};
    for (size_t n = 0; n < HC_POINT_NUMBERS; n++)
      table->difference[(p * HC_POINT_NUMBERS + n) * table->points + point->index] = numbers[n];
  }
}

static void take_reference(struct table *table, const struct hc_point *point) {
  if (table->reference < table->points) return;
  table->reference = point->index;
  table->first = point->blocks;
  for (size_t p = 0; p < HC_PAIRED; p++) {
    const double *from = point->estimate + table->index[p] * HC_POINT_NUMBERS;
    table->reference_value[p] = from[HC_POINT_VALUE];
    table->reference_sure[p] = !isnan(from[HC_POINT_SE]);
  }
}

static void take_numbers(struct table *table, const struct hc_point *point) {
  for (size_t m = 0; m < point->estimates && m < table->metrics; m++)
    for (size_t n = 0; n < HC_POINT_NUMBERS; n++)
      table->value[(m * HC_POINT_NUMBERS + n) * table->points + point->index] =
        point->estimate[m * HC_POINT_NUMBERS + n];
  for (size_t t = 0; t < HC_TAILS; t++)
    table->tail[t * table->points + point->index] = (int64_t)point->tail_paths[t];
  for (size_t p = 0; p < HC_PAIRED; p++)
    memcpy(table->block + (p * table->points + point->index) * table->block_count, point->blocks.mean[p],
           point->blocks.count * sizeof(double));
}

static hc_status take_point(struct table *table, size_t index, struct hc_error *error) {
  struct hc_point point = {0};
  table->message[index] = "";
  if (!hc_sweep_has(table->sweep, index)) {
    table->missing++;
    return HC_OK;
  }
  const hc_status status = hc_sweep_read(table->sweep, index, &point, error);
  if (status) return status;
  table->state[index] = point.status ? 2 : 1;
  if (point.status) {
    table->failed++;
    table->made[index] = hc_strdup(point.message);
    table->message[index] = table->made[index] ? table->made[index] : "";
  } else {
    take_numbers(table, &point);
    take_reference(table, &point);
    take_differences(table, &point);
  }
  hc_point_free(&point);
  return HC_OK;
}

/* ---- columns ----------------------------------------------------------------------------- */

struct list {
  struct hc_sweep_column *column;
  size_t count;
};

static struct hc_sweep_column *add(struct list *list, const char *unit) {
  struct hc_sweep_column *made = &list->column[list->count++];
  *made = (struct hc_sweep_column){.name = ""};
  (void)snprintf(made->unit, sizeof made->unit, "%s", unit);
  return made;
}

static void add_state(struct list *list, const struct table *table) {
  struct hc_sweep_column *state = add(list, "1");
  (void)snprintf(state->name, sizeof state->name, "state");
  (void)snprintf(state->long_name, sizeof state->long_name,
                 "Whether the point is there: 0 missing, 1 done, 2 failed");
  state->integer = table->state;
  struct hc_sweep_column *message = add(list, "1");
  (void)snprintf(message->name, sizeof message->name, "message");
  (void)snprintf(message->long_name, sizeof message->long_name, "Why a point failed");
  message->text = table->message;
  for (size_t t = 0; t < HC_TAILS; t++) {
    struct hc_sweep_column *tail = add(list, "1");
    (void)snprintf(tail->name, sizeof tail->name, "tail_paths_%s", tail_name[t]);
    (void)snprintf(tail->long_name, sizeof tail->long_name,
                   "Paths that ES 99 of %s rests on; below 100 it has no interval", tail_name[t]);
    tail->integer = table->tail + t * table->points;
  }
}

static void add_metrics(struct list *list, const struct table *table) {
  for (size_t m = 0; m < table->metrics; m++)
    for (size_t n = 0; n < HC_POINT_NUMBERS; n++) {
      const struct hc_estimate *metric = &table->names[m];
      struct hc_sweep_column *made = add(list, metric->unit);
      (void)snprintf(made->name, sizeof made->name, "%s%s", metric->name, suffix[n]);
      (void)snprintf(made->long_name, sizeof made->long_name, "%s%s", meaning[n], metric->long_name);
      made->value = table->value + (m * HC_POINT_NUMBERS + n) * table->points;
    }
}

static void add_paired(struct list *list, const struct table *table) {
  for (size_t p = 0; p < HC_PAIRED; p++) {
    const struct hc_estimate *metric = &table->names[table->index[p]];
    for (size_t n = 0; n < HC_POINT_NUMBERS; n++) {
      struct hc_sweep_column *made = add(list, metric->unit);
      (void)snprintf(made->name, sizeof made->name, "difference_%s%s", metric->name, suffix[n]);
      (void)snprintf(made->long_name, sizeof made->long_name,
                     "%sDifference to the first point, on the same paths: %s",
                     n == HC_POINT_SE ? "Standard error: " : meaning[n], metric->long_name);
      made->value = table->difference + (p * HC_POINT_NUMBERS + n) * table->points;
    }
    struct hc_sweep_column *blocks = add(list, metric->unit);
    (void)snprintf(blocks->name, sizeof blocks->name, "block_%s", metric->name);
    (void)snprintf(blocks->long_name, sizeof blocks->long_name,
                   "Of each block of paths, from which any two points' difference has its error: %s",
                   metric->long_name);
    blocks->value = table->block + p * table->points * table->block_count;
    blocks->by_block = 1;
  }
}

/* ---- the file ---------------------------------------------------------------------------- */

static hc_status read_samples(void *self, uint64_t index, double *sample, struct hc_error *error) {
  const struct hc_sweep *sweep = self;
  const size_t count = HC_COMPARISON_COLUMNS * (size_t)sweep->plan->paths;
  struct hc_point point = {0};
  const hc_status status =
    hc_sweep_has(sweep, index) == 1 ? hc_sweep_read(sweep, index, &point, error) : HC_OK;
  for (size_t i = 0; i < count; i++) sample[i] = point.sample ? point.sample[i] : (double)NAN;
  hc_point_free(&point);
  return status;
}

static hc_status write(const struct table *table, const char *file, const char *command,
                       struct hc_error *error) {
  const struct hc_plan *plan = table->sweep->plan;
  struct hc_sweep_axis axes[HC_MAX_AXES];
  struct list list = {
    calloc(8 + HC_TAILS + (table->metrics + 2 * HC_PAIRED) * HC_POINT_NUMBERS, sizeof *list.column), 0};
  if (!list.column) return no_memory(table, error);
  for (size_t i = 0; i < plan->axis_count; i++) {
    const struct hc_axis *from = &plan->axes[i];
    axes[i] = (struct hc_sweep_axis){from->key,
                                     from->name,
                                     from->unit,
                                     from->doc,
                                     from->is_text,
                                     from->count,
                                     (const char *const *)from->text,
                                     from->value};
  }
  add_state(&list, table);
  add_metrics(&list, table);
  add_paired(&list, table);
  const int64_t reference = table->reference < table->points ? (int64_t)table->reference : -1;
  const struct hc_sweep_file whole = {.title = plan->title,
                                      .command = command,
                                      .config = plan->config ? plan->config : "",
                                      .setup = plan->setup,
                                      .grid = plan->grid,
                                      .points = plan->points,
                                      .paths = plan->paths,
                                      .failed = table->failed,
                                      .missing = table->missing,
                                      .reference = reference,
                                      .seed = plan->seed,
                                      .seconds = table->sweep->count.seconds,
                                      .axis_count = plan->axis_count,
                                      .column_count = list.count,
                                      .blocks = table->block_count,
                                      .axes = axes,
                                      .columns = list.column,
                                      .samples = plan->samples ? read_samples : NULL,
                                      .self = (void *)(uintptr_t)table->sweep};
  const hc_status status = hc_sweep_write(file, &whole, error);
  free(list.column);
  return status;
}

/* The first that is missing, for the message. */
static hc_status check_whole(const struct hc_sweep *sweep, struct hc_error *error) {
  uint64_t missing = 0, first = 0;
  for (uint64_t i = 0; i < sweep->plan->points; i++)
    if (!hc_sweep_has(sweep, i) && missing++ == 0) first = i;
  if (!missing) return HC_OK;
  return hc_fail(error, HC_MISMATCH,
                 "%s: %" PRIu64 " of %" PRIu64 " points are missing, the first is point %" PRIu64
                 "; run the sweep again to compute them, or give --partial",
                 sweep->directory, missing, sweep->plan->points, first);
}

hc_status hc_sweep_merge(const struct hc_sweep *sweep, const char *file, const char *command, int partial,
                         struct hc_error *error) {
  hc_status status = partial ? HC_OK : check_whole(sweep, error);
  if (status) return status;
  struct table table = {.sweep = sweep, .points = (size_t)sweep->plan->points};
  status = measure(&table, error);
  if (!status) status = allocate(&table, error);
  for (size_t i = 0; i < table.points && !status; i++) status = take_point(&table, i, error);
  if (!status) status = write(&table, file, command, error);
  table_free(&table);
  return status;
}
