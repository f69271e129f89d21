/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of haircut size: the same paths at every value of the parameter. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/sizing.h"
#include "config/canonical.h"

static const double tolerance = 1e-3; /* of the bracket */

static hc_status out_of_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

hc_status hc_cli_sizing_load(struct hc_cli_sizing *sizing, const char *setting) {
  static const char *const fixed[] = {"output.traces=0", "output.counterfactual=false",
                                      "output.attribution=false", "output.timeline.points=0",
                                      "output.timeline.paths=0"};
  enum { FIXED = sizeof fixed / sizeof *fixed };
  const char *extra[FIXED + 1];
  size_t count = 0;
  if (setting) extra[count++] = setting;
  for (size_t i = 0; i < FIXED; i++) extra[count++] = fixed[i];
  hc_cli_input_free(&sizing->input);
  sizing->input.quiet = setting != NULL || hc_cli_has(sizing->arguments, quiet);
  sizing->input.cache = sizing->cache;
  const hc_status status = hc_cli_read_configs(&sizing->input, sizing->arguments, extra, count);
  return status == HC_OK ? hc_cli_compile(&sizing->input) : status;
}

/* ---- one run --------------------------------------------------------------------------------- */

struct columns {
  const enum hc_outcome_column *column;
  size_t count, paths;
  double **samples;
};

static double number_of(const struct hc_outcome *outcome, enum hc_outcome_column column) {
  double value;
  memcpy(&value, (const char *)outcome + (size_t)column * sizeof value, sizeof value);
  return value;
}

/* Granules do not overlap, so that no lock is needed. */
static hc_status put(void *self, int worker, const struct hc_granule *granule, struct hc_error *error) {
  const struct columns *columns = self;
  (void)worker, (void)error;
  for (size_t c = 0; c < columns->count; c++)
    for (size_t i = 0; i < granule->count; i++)
      columns->samples[c][granule->first + i] = number_of(&granule->outcomes[i], columns->column[c]);
  return HC_OK;
}

hc_status hc_cli_sizing_run(struct hc_cli_sizing *sizing, const enum hc_outcome_column *columns,
                            size_t count, double **samples) {
  struct columns all = {columns, count, sizing->paths, samples};
  struct hc_error error = {0};
  const struct hc_sink sink = {.self = &all, .put = put};
  const struct hc_run_options options = {.threads = sizing->threads,
                                         .paths = sizing->paths,
                                         .stop = hc_cli_interrupt_flag(),
                                         .progress = hc_cli_progress_step,
                                         .progress_self = &sizing->progress};
  for (size_t c = 0; c < count; c++) {
    samples[c] = malloc((sizing->paths + 1) * sizeof **samples);
    if (!samples[c]) return out_of_memory();
  }
  const hc_status status = hc_run(sizing->input.scenario, &options, &sink, NULL, &error);
  sizing->runs++;
  if (status == HC_OK || status == HC_INTERRUPTED) return status;
  hc_cli_progress_end(&sizing->progress);
  return hc_cli_complain_error(status, &error);
}

/* ---- at a value of the parameter ------------------------------------------------------------- */

static hc_status load_at(struct hc_cli_sizing *sizing, double value) {
  struct hc_text setting = {0};
  hc_text_printf(&setting, "%s=", sizing->key);
  hc_canonical(sizing->kind, value, &setting);
  const hc_status status = setting.failed ? out_of_memory() : hc_cli_sizing_load(sizing, setting.data);
  hc_text_free(&setting);
  return status;
}

static hc_status run_at(struct hc_cli_sizing *sizing, double value, double **sample) {
  hc_status status = load_at(sizing, value);
  *sample = NULL;
  if (status == HC_OK) status = hc_cli_sizing_run(sizing, &sizing->target.column, 1, sample);
  return status;
}

static hc_status evaluate(void *self, double value, struct hc_estimate *estimate) {
  struct hc_cli_sizing *sizing = self;
  double *x;
  hc_status status = run_at(sizing, value, &x);
  if (status == HC_OK) {
    const struct hc_sample sample = {x, sizing->paths, sizing->books};
    status = hc_target_measure(&sizing->target, &sample, estimate);
    if (status != HC_OK) out_of_memory();
  }
  free(x);
  return status;
}

/* A fund that is surely enough: doubled until the target is met with its interval, or there is no more
 * money. */
static hc_status find_high(struct hc_cli_sizing *sizing) {
  const double initial = sizing->input.values->insurance_fund.initial;
  if (sizing->bracketed) return HC_OK;
  for (sizing->high = fmax(1e6, 2.0 * initial); sizing->high < 1e13; sizing->high *= 2.0) {
    struct hc_estimate estimate = {.note = ""};
    const hc_status status = evaluate(sizing, sizing->high, &estimate);
    if (status != HC_OK) return status;
    if (estimate.value <= sizing->target.limit && !(estimate.high > sizing->target.limit)) return HC_OK;
  }
  return HC_OK;
}

hc_status hc_cli_sizing_search(struct hc_cli_sizing *sizing) {
  hc_status status = find_high(sizing);
  if (status != HC_OK) return status;
  status = hc_size_search(&sizing->target, sizing->low, sizing->high, tolerance, evaluate, sizing,
                          &sizing->answer, &sizing->points, &sizing->point_count);
  return status;
}

/* ---- the least cost ---------------------------------------------------------------------------- */

/* As what the loss stands in its blocks. */
static const enum hc_paired costed = HC_PAIRED_mean_lp_loss;
struct visit {
  double fund, mean;
  struct hc_blocks blocks; /* of the loss */
};
struct costs {
  struct hc_cli_sizing *sizing;
  struct visit *visit;
  size_t count, capacity;
  hc_status status;
};

static struct visit *visit(struct costs *costs, double fund) {
  struct hc_cli_sizing *sizing = costs->sizing;
  for (size_t i = 0; i < costs->count; i++)
    if (costs->visit[i].fund <= fund && costs->visit[i].fund >= fund) return &costs->visit[i];
  if (costs->count == costs->capacity) {
    const size_t capacity = costs->capacity ? 2 * costs->capacity : 32;
    struct visit *grown = realloc(costs->visit, capacity * sizeof *grown);
    if (!grown) {
      costs->status = out_of_memory();
      return NULL;
    }
    costs->visit = grown;
    costs->capacity = capacity;
  }
  double *x;
  costs->status = run_at(sizing, fund, &x);
  struct visit *made = &costs->visit[costs->count];
  if (costs->status == HC_OK) {
    *made = (struct visit){.fund = fund};
    for (size_t i = 0; i < sizing->paths; i++) made->mean += x[i] / (double)sizing->paths;
    const struct hc_sample sample = {x, sizing->paths, sizing->books};
    hc_sample_blocks(&sample, costed, &made->blocks);
    costs->count++;
  }
  free(x);
  return costs->status == HC_OK ? made : NULL;
}

static double cost_of(double fund, void *self) {
  struct costs *costs = self;
  const struct visit *at = costs->status == HC_OK ? visit(costs, fund) : NULL;
  if (!at) return INFINITY;
  return fund * costs->sizing->horizon_cost + costs->sizing->weight * at->mean;
}

/* Coarse first: costs need not have one valley where the fund feeds back. */
static hc_status scan(struct costs *costs, double *best, double *width) {
  enum { STEPS = 16 };
  const double low = costs->sizing->low, high = costs->sizing->high;
  double least = INFINITY;
  *width = (high - low) / STEPS;
  for (int i = 0; i <= STEPS && costs->status == HC_OK; i++) {
    const double fund = low + *width * i, cost = cost_of(fund, costs);
    if (cost < least) {
      least = cost;
      *best = fund;
    }
  }
  return costs->status;
}

static hc_status refine(struct costs *costs, double *best, double width) {
  const double low = fmax(costs->sizing->low, *best - width),
               high = fmin(costs->sizing->high, *best + width);
  if (!(low < *best && *best < high)) return HC_OK; /* at an end of the range */
  gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_goldensection);
  if (!minimizer) return out_of_memory();
  gsl_function function = {cost_of, costs};
  int code = gsl_min_fminimizer_set(minimizer, &function, *best, low, high);
  const double end = tolerance * (costs->sizing->high - costs->sizing->low);
  while (code == GSL_SUCCESS && costs->status == HC_OK &&
         gsl_min_fminimizer_x_upper(minimizer) - gsl_min_fminimizer_x_lower(minimizer) > end)
    code = gsl_min_fminimizer_iterate(minimizer);
  *best = gsl_min_fminimizer_x_minimum(minimizer);
  gsl_min_fminimizer_free(minimizer);
  return costs->status;
}

/* Funds whose cost is not surely greater, by the differences on the same paths. */
static void bound(struct costs *costs, double best) {
  struct hc_answer *answer = &costs->sizing->answer;
  const struct visit *least = visit(costs, best);
  if (!least) return;
  const struct visit kept = *least;
  answer->value = answer->low = answer->high = best;
  for (size_t i = 0; i < costs->count; i++) {
    struct hc_estimate difference = {.note = ""};
    const struct visit *at = &costs->visit[i];
    hc_blocks_difference(&at->blocks, &kept.blocks, costed, at->mean - kept.mean, &difference);
    const double surely =
      (at->fund - kept.fund) * costs->sizing->horizon_cost + costs->sizing->weight * difference.low;
    if (surely > 0.0) continue;
    answer->low = fmin(answer->low, at->fund);
    answer->high = fmax(answer->high, at->fund);
  }
}

static int by_fund(const void *a, const void *b) {
  const struct hc_size_point *x = a, *y = b;
  return (x->value > y->value) - (x->value < y->value);
}

static hc_status keep_points(struct costs *costs) {
  struct hc_cli_sizing *sizing = costs->sizing;
  sizing->points = calloc(costs->count + 1, sizeof *sizing->points);
  if (!sizing->points) return out_of_memory();
  for (size_t i = 0; i < costs->count; i++) {
    struct hc_size_point *point = &sizing->points[sizing->point_count++];
    point->value = costs->visit[i].fund;
    point->estimate.value = cost_of(point->value, costs);
    point->estimate.low = point->estimate.high = point->estimate.se = (double)NAN;
  }
  qsort(sizing->points, sizing->point_count, sizeof *sizing->points, by_fund);
  return HC_OK;
}

hc_status hc_cli_sizing_cost(struct hc_cli_sizing *sizing) {
  struct costs costs = {.sizing = sizing};
  double best = sizing->low, width = 0.0;
  if (!sizing->bracketed)
    return hc_cli_complain(HC_INPUT,
                           "size: here the fund's size feeds back, so its cost is searched for; say where: "
                           "--between LO:HI");
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  hc_status status = scan(&costs, &best, &width);
  if (status == HC_OK) status = refine(&costs, &best, width);
  (void)gsl_set_error_handler(handler);
  if (status == HC_OK) bound(&costs, best);
  if (costs.status == HC_OK) costs.status = keep_points(&costs);
  free(costs.visit);
  return costs.status != HC_OK ? costs.status : status;
}

/* ---- for pictures -------------------------------------------------------------------------------- */

hc_status hc_cli_sizing_curve(struct hc_cli_sizing *sizing) {
  enum { POINTS = 81 };
  const struct hc_sample required = {sizing->required, sizing->paths, sizing->books};
  const double value = sizing->answer.value,
               high = isnan(sizing->answer.high) ? value : sizing->answer.high;
  const double end = fmax(1e6, 2.0 * fmax(value, high));
  double *work = malloc((sizing->paths + 1) * sizeof *work);
  sizing->points = calloc(POINTS, sizeof *sizing->points);
  hc_status status = work && sizing->points ? HC_OK : HC_NO_MEMORY;
  for (size_t i = 0; i < POINTS && status == HC_OK; i++) {
    struct hc_size_point *point = &sizing->points[sizing->point_count++];
    point->value = end * (double)i / (POINTS - 1);
    status = hc_size_required_at(&sizing->target, &required, sizing->costs ? INFINITY : sizing->cap,
                                 point->value, work, &point->estimate);
    if (!sizing->costs) continue;
    const double capital = sizing->horizon_cost * point->value, weight = sizing->weight;
    point->estimate.value = capital + weight * point->estimate.value;
    point->estimate.low = capital + weight * point->estimate.low;
    point->estimate.high = capital + weight * point->estimate.high;
  }
  free(work);
  return status;
}
