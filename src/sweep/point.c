/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One point: its configuration compiled, its paths run, what is kept of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "haircut/outcome.h"
#include "sweep/plan.h"

void hc_point_free(struct hc_point *point) {
  free(point->estimate);
  free(point->sample);
  *point = (struct hc_point){0};
}

/* ---- estimates in the order that all points share ---------------------------------------- */

static bool is_of_class(const struct hc_estimate *estimate) {
  return strncmp(estimate->name, "mean_lp_loss_class_", 19) == 0;
}

/* Index of each estimate, those of classes behind the rest. */
static void put_in_order(const struct hc_estimate *all, size_t count, size_t *order) {
  size_t made = 0;
  for (int classes = 0; classes < 2; classes++)
    for (size_t i = 0; i < count; i++)
      if (is_of_class(&all[i]) == (classes != 0)) order[made++] = i;
}

hc_status hc_point_names(size_t classes, struct hc_estimate **names, size_t *count) {
  const struct hc_stats_setup setup = {.books = 1, .classes = classes};
  const struct hc_estimate *all = NULL;
  struct hc_stats *stats = NULL;
  *names = NULL;
  hc_status status = hc_stats_create(&setup, &stats);
  if (!status) status = hc_stats_estimates(stats, &all, count);
  size_t *order = status ? NULL : malloc(*count * sizeof *order);
  struct hc_estimate *made = status ? NULL : malloc(*count * sizeof *made);
  if (!status && (!order || !made)) status = HC_NO_MEMORY;
  if (!status) {
    put_in_order(all, *count, order);
    for (size_t i = 0; i < *count; i++) made[i] = all[order[i]];
    *names = made;
  } else free(made);
  free(order);
  hc_stats_free(stats);
  return status;
}

static hc_status take_estimates(struct hc_stats *stats, struct hc_point *point) {
  const struct hc_estimate *all;
  hc_status status = hc_stats_estimates(stats, &all, &point->estimates);
  if (status) return status;
  size_t *order = malloc(point->estimates * sizeof *order);
  point->estimate = malloc(point->estimates * HC_POINT_NUMBERS * sizeof *point->estimate);
  if (order && point->estimate) {
    put_in_order(all, point->estimates, order);
    for (size_t i = 0; i < point->estimates; i++) {
      const struct hc_estimate *from = &all[order[i]];
      double *to = point->estimate + i * HC_POINT_NUMBERS;
      to[HC_POINT_VALUE] = from->value;
      to[HC_POINT_SE] = from->se;
      to[HC_POINT_SE_PATHS] = from->se_paths;
      to[HC_POINT_LOW] = from->low;
      to[HC_POINT_HIGH] = from->high;
    }
    for (int t = 0; t < HC_TAILS; t++)
      point->tail_paths[t] = hc_stats_tail_paths(stats, (enum hc_tail_metric)t);
    status = hc_stats_blocks(stats, &point->blocks);
  } else status = HC_NO_MEMORY;
  free(order);
  return status;
}

/* ---- paths ------------------------------------------------------------------------------- */

/* A sink for one thread, whose granules come in path order. */
struct memory {
  struct hc_stats *stats;
  struct hc_point *point;
};

static hc_status put(void *self, int worker, const struct hc_granule *granule, struct hc_error *error) {
  struct memory *memory = self;
  (void)worker;
  if (memory->point->sample)
    for (size_t i = 0; i < granule->count; i++) {
      double values[HC_COMPARISON_COLUMNS];
      hc_comparison_values(&granule->outcomes[i], values);
      for (size_t c = 0; c < HC_COMPARISON_COLUMNS; c++)
        memory->point->sample[c * memory->point->paths + granule->first + i] = values[c];
    }
  const hc_status status = hc_stats_merge(memory->stats, granule->stats);
  return status ? hc_fail(error, status, "no memory for statistics") : HC_OK;
}

static hc_status run_in_memory(const struct hc_scenario *scenario, const struct hc_run_options *options,
                               struct memory *memory, struct hc_error *error) {
  const struct hc_sink sink = {.self = memory, .put = put};
  return hc_run(scenario, options, &sink, NULL, error);
}

/* Granules go to shards first, from which the point goes on after an interruption. */
static hc_status run_in_shards(const struct hc_scenario *scenario, const struct hc_run_options *options,
                               const char *shards, struct memory *memory, struct hc_error *error) {
  struct hc_store *store = NULL;
  hc_status status = hc_store_open(scenario, shards, options->threads, HC_STORE_RESUME, &store, error);
  if (status) return status;
  const struct hc_sink sink = hc_store_sink(store);
  status = hc_run(scenario, options, &sink, NULL, error);
  const struct hc_sink all = {.self = memory, .put = put};
  if (!status) status = hc_store_replay(store, 0, options->paths, &all, error);
  if (!status) return hc_store_remove(store, error);
  hc_store_close(store);
  return status;
}

static hc_status run_paths(const struct hc_plan *plan, const struct hc_scenario *scenario,
                           const struct hc_point_options *options, struct hc_point *point,
                           struct hc_error *error) {
  const struct hc_run_options run = {.threads = options->shards ? options->threads : 1,
                                     .paths = plan->paths,
                                     .stop = options->stop,
                                     .progress = options->progress,
                                     .progress_self = options->progress_self};
  const struct hc_stats_setup setup = hc_run_setup(scenario);
  struct memory memory = {.point = point};
  point->paths = plan->paths;
  point->classes = setup.classes;
  hc_status status = hc_stats_create(&setup, &memory.stats);
  if (!status && plan->samples) {
    point->sample = malloc(HC_COMPARISON_COLUMNS * (size_t)plan->paths * sizeof *point->sample);
    if (!point->sample) status = HC_NO_MEMORY;
  }
  if (status) (void)hc_fail(error, status, "no memory for a point's results");
  const double began = hc_clock();
  if (!status)
    status = options->shards ? run_in_shards(scenario, &run, options->shards, &memory, error)
                             : run_in_memory(scenario, &run, &memory, error);
  point->overhead = -(hc_clock() - began);
  if (!status) {
    status = take_estimates(memory.stats, point);
    if (status) (void)hc_fail(error, status, "no memory for a point's results");
  }
  hc_stats_free(memory.stats);
  return status;
}

/* ---- the whole --------------------------------------------------------------------------- */

static void take_message(struct hc_point *point, const struct hc_diagnostics *diagnostics,
                         const struct hc_error *error) {
  const char *text = error->message;
  for (size_t i = 0; i < diagnostics->count && !*text; i++)
    if (!diagnostics->items[i].warning) text = diagnostics->items[i].message;
  (void)snprintf(point->message, sizeof point->message, "%s", *text ? text : hc_status_text(point->status));
}

/* What another attempt would only repeat. */
static bool is_result(hc_status status) { return status == HC_INPUT || status == HC_MODEL; }

hc_status hc_point_run(const struct hc_plan *plan, const struct hc_sweep_source *source, uint64_t index,
                       const struct hc_point_options *options, struct hc_point *point,
                       struct hc_error *error) {
  struct hc_config *config = NULL;
  struct hc_scenario *scenario = NULL;
  struct hc_diagnostics diagnostics = {0};
  struct hc_error why = {0};
  const double began = hc_clock();
  *point = (struct hc_point){.index = index};
  hc_status status = hc_compose_point(plan, source, index, &config, &diagnostics, &why);
  if (!status) status = hc_scenario_create_with(config, options->cache, &scenario, &diagnostics, &why);
  if (!status) status = run_paths(plan, scenario, options, point, &why);
  hc_scenario_free(scenario);
  hc_config_free(config);
  if (is_result(status)) {
    hc_point_free(point);
    *point = (struct hc_point){.index = index, .status = status, .paths = plan->paths};
    take_message(point, &diagnostics, &why);
    status = HC_OK;
  }
  point->seconds = hc_clock() - began;
  point->overhead += point->seconds;
  hc_diagnostics_free(&diagnostics);
  if (!status) return HC_OK;
  hc_point_free(point);
  return hc_fail(error, status, "%s", why.message[0] ? why.message : hc_status_text(status));
}
