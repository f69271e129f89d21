/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "path/payments.h"
#include "path/turns.h"
#include "path/workspace.h"
#include "random/scalar.h"

#define BATCH 64

double hc_displacement_at(const struct hc_scenario *s, const struct hc_impact *impact,
                              const struct hc_drift *drift, double displacement, int64_t step) {
  if (displacement == 0.0 || !s->decay || step == drift->origin) return displacement;
  const double factor = s->decay[step - drift->origin];
  if (s->decay_exponent > 0.0) return displacement * factor;
  return -hc_impact(impact, drift->volume * factor);
}

hc_status hc_workspace_create(const struct hc_scenario *scenario, struct hc_workspace **workspace,
                              struct hc_error *error) {
  *workspace = NULL;
  struct hc_workspace *w = calloc(1, sizeof *w);
  if (!w) return hc_fail(error, HC_NO_MEMORY, "no memory for a workspace");
  w->scenario = scenario;
  w->lo = calloc(scenario->books, sizeof *w->lo);
  w->hi = calloc(scenario->books, sizeof *w->hi);
  if (!w->lo || !w->hi || hc_walk_create(scenario, &w->walk) != HC_OK ||
      hc_system_create(&w->system, scenario) != HC_OK) {
    hc_workspace_free(w);
    return hc_fail(error, HC_NO_MEMORY, "no memory for a path of %lld steps",
                   (long long)scenario->grid.steps);
  }
  for (size_t b = 0; b < scenario->books; b++) {
    hc_system_start(&w->system, scenario, b, 0, true);
    hc_system_box(&w->system, &w->lo[b], &w->hi[b]);
  }
  hc_system_finish(&w->system, scenario->grid.steps, scenario->price.log_initial, 0.0, &w->quiet, NULL);
  w->quiet.lp_loss_no_impact = w->quiet.bad_debt_no_impact = scenario->counterfactual ? 0.0 : (double)NAN;
  const struct hc_price *price = &scenario->price;
  w->batched = !price->shock && !price->model->walk && !(scenario->waterfall.pooled > 0.0);
  const double horizon = (double)scenario->grid.steps * price->grid.year;
  w->no_jump = price->jump_rate > 0.0 ? hc_exp(-price->jump_rate * horizon) * (1.0 - 1e-9) : 1.0;
  w->takes_turns = hc_turns_pay(scenario);
  *workspace = w;
  return HC_OK;
}

void hc_workspace_free(struct hc_workspace *workspace) {
  if (!workspace) return;
  hc_walk_free(&workspace->walk);
  hc_system_free(&workspace->system, workspace->scenario);
  hc_turns_free(workspace->turns);
  free(workspace->lo);
  free(workspace->hi);
  free(workspace);
}

void hc_workspace_walk(struct hc_workspace *workspace, enum hc_walk walk) {
  workspace->walk.every_step = walk == HC_WALK_EVERY_STEP;
}

void hc_workspace_lorenz(struct hc_workspace *workspace, struct hc_lorenz *lorenz) {
  workspace->lorenz = lorenz;
}

void hc_workspace_blame(struct hc_workspace *workspace, struct hc_blame *blame) {
  workspace->blame = workspace->scenario->values->output.attribution ? blame : NULL;
}

void hc_lorenz_free(struct hc_lorenz *lorenz) {
  free(lorenz->curves);
  *lorenz = (struct hc_lorenz){0};
}

/* The curve of a path that has just been finished; false: no memory. */
static bool keep_lorenz(struct hc_lorenz *lorenz, uint64_t path,
                        const struct hc_path_crowd *crowd) {
  if (lorenz->count == lorenz->capacity) {
    const size_t more = lorenz->capacity ? 2 * lorenz->capacity : 16;
    void *moved = realloc(lorenz->curves, more * sizeof *lorenz->curves);
    if (!moved) return false;
    lorenz->curves = moved;
    lorenz->capacity = more;
  }
  struct hc_lorenz_curve *curve = &lorenz->curves[lorenz->count++];
  curve->path = path;
  hc_payments_lorenz(crowd->payments, crowd->payers, curve->share);
  return true;
}

struct hc_work hc_workspace_work(const struct hc_workspace *workspace) {
  struct hc_work work = workspace->work;
  work.normals += workspace->walk.normals;
  if (!workspace->turns) return work;
  const struct hc_work turns = hc_turns_work(workspace->turns);
  return (struct hc_work){work.paths + turns.paths, work.normals + turns.normals,
                          work.events + turns.events, work.rounds + turns.rounds};
}

static hc_status no_memory(struct hc_error *error, uint64_t path) {
  return hc_fail(error, HC_NO_MEMORY, "no memory for path %llu", (unsigned long long)path);
}

/* Mark at the end of the step before `step`, at which the search stands. */
static double mark_before(const struct hc_workspace *w, int64_t step) {
  const struct hc_scenario *s = w->scenario;
  const struct hc_system *system = &w->system;
  double line = hc_walk_before(&w->walk);
  if (s->price.shock) line += s->price.shock[step - 1];
  const double d = hc_displacement_at(s, system->impact, &system->drift, system->displacement, step - 1);
  return hc_exp(line + (system->drift.offset + d));
}

void hc_simulate_begin(struct hc_workspace *w, uint64_t path, bool with_impact) {
  const struct hc_scenario *s = w->scenario;
  hc_system_start(&w->system, s, (size_t)(path % s->books), path, with_impact);
  if (with_impact) w->system.blame = w->blame;
}

bool hc_simulate_next(struct hc_workspace *w, struct hc_next *next) {
  const struct hc_scenario *s = w->scenario;
  struct hc_system *system = &w->system;
  struct hc_walker *walk = &w->walk;
  double lo, hi;
  hc_system_box(system, &lo, &hi);
  walk->stop = hc_system_due(system);
  next->step = hc_walk_next(walk, &system->drift, lo, hi, &next->line);
  const bool found = next->step <= walk->steps;
  if (!found) {
    next->step = walk->steps;
    next->line = hc_walk_line(walk, walk->steps);
  }
  if (s->price.shock) next->line += s->price.shock[next->step];
  if (found && s->waterfall.needs_previous) system->previous_mark = mark_before(w, next->step);
  next->displacement =
    hc_displacement_at(s, system->impact, &system->drift, system->displacement, next->step);
  return found;
}

hc_status hc_simulate_end(struct hc_workspace *w, const struct hc_next *end, struct hc_outcome *outcome,
                          double *lp_class, struct hc_error *error) {
  struct hc_system *system = &w->system;
  hc_system_finish(system, end->step, end->line, end->displacement, outcome, lp_class);
  if (outcome->payers > 0 && w->lorenz && !keep_lorenz(w->lorenz, system->path, system->crowd))
    return no_memory(error, system->path);
  if (system->blame && system->blame->failed) return no_memory(error, system->path);
  w->work.events += system->events;
  w->work.rounds += system->rounds;
  return HC_OK;
}

hc_status hc_simulate(struct hc_workspace *w, uint64_t path, bool with_impact,
                          struct hc_outcome *outcome, double *lp_class, struct hc_error *error) {
  struct hc_next next;
  hc_simulate_begin(w, path, with_impact);
  while (hc_simulate_next(w, &next)) {
    const hc_status status = hc_system_touch(&w->system, next.step, next.line, next.displacement, error);
    if (status != HC_OK) return status;
  }
  return hc_simulate_end(w, &next, outcome, lp_class, error);
}

bool hc_needs_no_impact(const struct hc_scenario *scenario, const struct hc_outcome *outcome) {
  /* stocks have orders too */
  return scenario->counterfactual && (outcome->liquidations > 0 || outcome->liquidated_notional > 0.0);
}

void hc_fill_no_impact(const struct hc_scenario *scenario, const struct hc_outcome *twin,
                       struct hc_outcome *outcome) {
  const bool known = scenario->counterfactual;
  outcome->lp_loss_no_impact = known ? twin->lp_loss : (double)NAN;
  outcome->bad_debt_no_impact = known ? twin->bad_debt : (double)NAN;
  outcome->mark_low_no_impact = known ? twin->mark_low : (double)NAN;
}

hc_status hc_simulate_no_impact(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                                struct hc_error *error) {
  struct hc_outcome twin = *outcome;
  if (hc_needs_no_impact(w->scenario, outcome)) {
    hc_walk_rewind(&w->walk);
    const hc_status status = hc_simulate(w, path, false, &twin, NULL, error);
    if (status != HC_OK) return status;
  }
  hc_fill_no_impact(w->scenario, &twin, outcome);
  return HC_OK;
}

static hc_status run_walked(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                            double *lp_class, struct hc_error *error) {
  w->work.paths++;
  hc_status status = hc_simulate(w, path, true, outcome, lp_class, error);
  if (status == HC_OK) status = hc_simulate_no_impact(w, path, outcome, error);
  return status;
}

hc_status hc_task_walk(struct hc_workspace *w, const struct hc_task *task, struct hc_error *error) {
  if (!task->known)
    return hc_walk_path(&w->walk, task->path) == HC_OK ? HC_OK : no_memory(error, task->path);
  hc_walk_path_known(&w->walk, task->path, task->root_normal);
  return HC_OK;
}

hc_status hc_path_run(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                      double *lp_class, struct hc_error *error) {
  if (hc_walk_path(&w->walk, path) != HC_OK) return no_memory(error, path);
  return run_walked(w, path, outcome, lp_class, error);
}

hc_status hc_path_again(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                        struct hc_error *error) {
  if (hc_walk_path(&w->walk, path) != HC_OK) return no_memory(error, path);
  outcome->lp_loss_no_impact = outcome->bad_debt_no_impact = outcome->mark_low_no_impact =
    (double)NAN;
  w->work.paths++;
  return hc_simulate(w, path, true, outcome, NULL, error);
}

/* Of a batch, the paths on which surely nothing happens, told from the root alone: no jump, and
 * the whole interval is quiet (see walk.c). */
static uint64_t quiet_paths(const struct hc_workspace *w, uint64_t first, int count,
                            const double *normal, const double *jump_uniform, double *log_end) {
  const struct hc_price *price = &w->scenario->price;
  const double steps = (double)w->walk.steps;
  const double root = sqrt(steps * price->grid.year);
  const double start = price->log_initial;
  const double base = price->log_initial + price->drift * (steps * price->grid.year);
  const double least = HC_SAFE_PRODUCT * (price->sigma * price->sigma * price->grid.year * steps);
  uint64_t quiet = 0;
  size_t book = (size_t)(first % w->scenario->books);
  for (int i = 0; i < count; i++) {
    const double u = base + price->sigma * (root * normal[i]);
    const double below = start - w->lo[book], below_end = u - w->lo[book];
    const double above = w->hi[book] - start, above_end = w->hi[book] - u;
    const bool is_quiet = below > 0.0 && below_end > 0.0 && above > 0.0 && above_end > 0.0 &&
                          below * below_end > least && above * above_end > least &&
                          (!jump_uniform || jump_uniform[i] < w->no_jump);
    quiet |= (uint64_t)is_quiet << i;
    log_end[i] = u;
    if (++book == w->scenario->books) book = 0;
  }
  return quiet;
}

/* The fund of a path on which nothing else happens. */
static void revalue_quiet(const struct hc_scenario *scenario, struct hc_outcome *outcome) {
  struct hc_pots pots = scenario->waterfall.start;
  hc_pots_revalue(&pots, outcome->mark_end);
  outcome->fund_end = pots.fund[0];
  outcome->fund_gain = pots.fund_gain;
}

static hc_status run_tasks(struct hc_workspace *w, const struct hc_task *tasks, size_t count,
                           struct hc_error *error) {
  hc_status status = HC_OK;
  const bool alone = w->walk.every_step || (w->blame && w->blame->by_account);
  if (w->takes_turns && !alone) {
    if (!w->turns) status = hc_turns_create(w->scenario, &w->turns, error);
    return status == HC_OK ? hc_turns_run(w->turns, tasks, count, w->blame, error) : status;
  }
  for (size_t i = 0; i < count && status == HC_OK; i++) {
    const struct hc_task *task = &tasks[i];
    status = hc_task_walk(w, task, error);
    if (status == HC_OK) status = run_walked(w, task->path, task->outcome, task->lp_class, error);
  }
  return status;
}

static hc_status run_batch(struct hc_workspace *w, uint64_t first, int count,
                           struct hc_outcome *outcomes, double *lp_class, struct hc_error *error) {
  const struct hc_price *price = &w->scenario->price;
  const size_t classes = w->scenario->waterfall.classes;
  double normal[BATCH], jump[BATCH], log_end[BATCH] = {0}, mark[BATCH];
  w->walk.kernels->roots(price->grid.seed, first, 0, HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, 0), BATCH,
                         mark, normal);
  const bool jumps = price->jump_rate > 0.0;
  if (jumps)
    w->walk.kernels->roots(price->grid.seed, first, 0, HC_PURPOSE_WORD(HC_PURPOSE_JUMP_TIME, 0),
                           BATCH, jump, NULL);
  const uint64_t quiet = w->walk.every_step
                           ? 0
                           : quiet_paths(w, first, count, normal, jumps ? jump : NULL, log_end);
  w->walk.kernels->exp(log_end, mark, BATCH);
  w->walk.normals += (uint64_t)count;
  const double initial = price->initial;
  struct hc_task tasks[BATCH];
  size_t todo = 0;
  for (int i = 0; i < count; i++) {
    double *losses = lp_class ? lp_class + (size_t)i * classes : NULL;
    if (quiet >> i & 1) {
      struct hc_outcome *outcome = &outcomes[i];
      *outcome = w->quiet;
      outcome->mark_end = mark[i];
      if (w->scenario->waterfall.start.fund_units > 0.0) revalue_quiet(w->scenario, outcome);
      outcome->mark_low = mark[i] < initial ? mark[i] : initial;
      outcome->mark_low_no_impact = w->scenario->counterfactual ? outcome->mark_low : (double)NAN;
      if (losses)
        for (size_t c = 0; c < classes; c++) losses[c] = 0.0;
      w->work.paths++;
      continue;
    }
    const bool known = !jumps || jump[i] < w->no_jump;
    tasks[todo++] = (struct hc_task){first + (uint64_t)i, normal[i], known, &outcomes[i], losses};
  }
  return run_tasks(w, tasks, todo, error);
}

hc_status hc_path_run_many(struct hc_workspace *w, uint64_t first, size_t count,
                           struct hc_outcome *outcomes, double *lp_class, struct hc_error *error) {
  const size_t classes = w->scenario->waterfall.classes;
  for (size_t done = 0; done < count;) {
    const size_t size = count - done < BATCH ? count - done : BATCH;
    double *losses = lp_class ? lp_class + done * classes : NULL;
    hc_status status = HC_OK;
    if (w->batched) {
      status = run_batch(w, first + done, (int)size, outcomes + done, losses, error);
    } else {
      struct hc_task tasks[BATCH];
      for (size_t i = 0; i < size; i++)
        tasks[i] = (struct hc_task){first + done + i, 0.0, false, &outcomes[done + i],
                                    losses ? losses + i * classes : NULL};
      status = run_tasks(w, tasks, size, error);
    }
    if (status != HC_OK) return status;
    done += size;
  }
  return HC_OK;
}

hc_status hc_path_instant(struct hc_workspace *w, size_t book, double log_move,
                          struct hc_outcome *outcome, double *lp_class, struct hc_error *error) {
  const struct hc_scenario *s = w->scenario;
  if (book >= s->books) return hc_fail(error, HC_INPUT, "there are only %zu books", s->books);
  struct hc_system *system = &w->system;
  hc_system_start(system, s, book, book, true);
  const double line = s->price.log_initial + log_move;
  const hc_status status = hc_system_touch(system, 0, line, 0.0, error);
  if (status != HC_OK) return status;
  hc_system_finish(system, 0, line, system->displacement, outcome, lp_class);
  outcome->lp_loss_no_impact = outcome->bad_debt_no_impact = outcome->mark_low_no_impact =
    (double)NAN;
  return HC_OK;
}
