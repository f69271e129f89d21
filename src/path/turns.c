/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/turns.h"

#include <stdlib.h>

#include "path/blame.h"

/* One path under way. */
struct lane {
  struct hc_workspace *workspace;
  const struct hc_task *task; /* NULL: none */
  bool begun;
  bool visiting; /* at an event, between two of its rounds */
  bool without;  /* in the counterfactual, which goes to `twin` */
  struct hc_outcome twin;
  struct hc_blame blame;
};

_Static_assert((int)HC_LANES <= (int)HC_BLAME_SOURCES, "blame is collected from all lanes at once");
struct hc_turns {
  struct lane lane[HC_LANES];
};

bool hc_turns_pay(const struct hc_scenario *scenario) {
  if (scenario->needs_crowd) return false;
  for (size_t b = 0; b < scenario->books; b++)
    for (int i = 0; i < 2; i++)
      if (hc_side_is_large(&scenario->book[b].side[i])) return true;
  return false;
}

hc_status hc_turns_create(const struct hc_scenario *scenario, struct hc_turns **turns,
                          struct hc_error *error) {
  *turns = calloc(1, sizeof **turns);
  if (!*turns) return hc_fail(error, HC_NO_MEMORY, "no memory for paths");
  hc_status status = HC_OK;
  for (int i = 0; i < HC_LANES && status == HC_OK; i++)
    status = hc_workspace_create(scenario, &(*turns)->lane[i].workspace, error);
  if (status == HC_OK) return HC_OK;
  hc_turns_free(*turns);
  *turns = NULL;
  return status;
}

void hc_turns_free(struct hc_turns *turns) {
  if (!turns) return;
  for (int i = 0; i < HC_LANES; i++) {
    hc_workspace_free(turns->lane[i].workspace);
    hc_blame_free(&turns->lane[i].blame);
  }
  free(turns);
}

struct hc_work hc_turns_work(const struct hc_turns *turns) {
  struct hc_work sum = {0};
  for (int i = 0; i < HC_LANES; i++) {
    const struct hc_work work = hc_workspace_work(turns->lane[i].workspace);
    sum.paths += work.paths;
    sum.normals += work.normals;
    sum.events += work.events;
    sum.rounds += work.rounds;
  }
  return sum;
}

static hc_status begin(struct lane *lane, struct hc_error *error) {
  struct hc_workspace *w = lane->workspace;
  const struct hc_task *task = lane->task;
  lane->begun = true;
  lane->visiting = lane->without = false;
  w->work.paths++;
  const hc_status status = hc_task_walk(w, task, error);
  if (status != HC_OK) return status;
  hc_simulate_begin(w, task->path, true);
  return HC_OK;
}

/* At the end of a walk: the counterfactual comes, or the lane is free. */
static hc_status end(struct lane *lane, const struct hc_next *last, struct hc_error *error) {
  struct hc_workspace *w = lane->workspace;
  struct hc_outcome *outcome = lane->task->outcome;
  hc_status status;
  if (lane->without) {
    status = hc_simulate_end(w, last, &lane->twin, NULL, error);
    hc_fill_no_impact(w->scenario, &lane->twin, outcome);
    lane->task = NULL;
    return status;
  }
  status = hc_simulate_end(w, last, outcome, lane->task->lp_class, error);
  if (hc_needs_no_impact(w->scenario, outcome)) {
    lane->without = true;
    lane->twin = *outcome;
    hc_walk_rewind(&w->walk);
    hc_simulate_begin(w, lane->task->path, false);
  } else {
    hc_fill_no_impact(w->scenario, outcome, outcome);
    lane->task = NULL;
  }
  return status;
}

/* What there is to do until the next wait for memory. */
static hc_status turn(struct lane *lane, struct hc_error *error) {
  struct hc_workspace *w = lane->workspace;
  hc_status status = lane->begun ? HC_OK : begin(lane, error);
  while (status == HC_OK) {
    while (lane->visiting && status == HC_OK) {
      status = hc_system_round(&w->system, &lane->visiting, error);
      if (!lane->visiting && status == HC_OK) status = hc_system_leave(&w->system, error);
      else if (w->system.waits) return status;
    }
    struct hc_next next;
    if (status != HC_OK) break;
    if (!hc_simulate_next(w, &next)) return end(lane, &next, error);
    lane->visiting = true;
    status = hc_system_arrive(&w->system, next.step, next.line, next.displacement, error);
    if (w->system.waits) break;
  }
  return status;
}

static hc_status run_lanes(struct hc_turns *turns, const struct hc_task *tasks, size_t count,
                           struct hc_error *error) {
  struct hc_error reason = {0};
  hc_status failed = HC_OK;
  size_t next = 0;
  for (bool busy = true; busy;) {
    busy = false;
    for (int i = 0; i < HC_LANES; i++) {
      struct lane *lane = &turns->lane[i];
      if (!lane->task) {
        if (next >= count) continue;
        lane->task = &tasks[next++];
        lane->begun = lane->visiting = false;
      }
      const size_t number = (size_t)(lane->task - tasks);
      if (number >= count) continue; /* one before it has failed */
      busy = true;
      const hc_status status = turn(lane, &reason);
      if (status == HC_OK) continue;
      failed = status;
      count = number; /* those before it go on: one of them may fail as well */
      if (error) *error = reason;
      reason = (struct hc_error){0};
    }
  }
  return failed;
}

hc_status hc_turns_run(struct hc_turns *turns, const struct hc_task *tasks, size_t count,
                       struct hc_blame *blame, struct hc_error *error) {
  struct hc_blame *from[HC_LANES];
  for (int i = 0; i < HC_LANES; i++) {
    struct lane *lane = &turns->lane[i];
    lane->task = NULL;
    lane->blame.count = 0;
    from[i] = &lane->blame;
    hc_workspace_blame(lane->workspace, blame ? &lane->blame : NULL);
  }
  const hc_status status = run_lanes(turns, tasks, count, error);
  if (status == HC_OK && blame && !hc_blame_take(blame, from, HC_LANES))
    return hc_fail(error, HC_NO_MEMORY, "no memory for who left bad debt");
  return status;
}
