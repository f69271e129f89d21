/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread's scratch memory for one scenario. */
#ifndef HC_PATH_WORKSPACE_H
#define HC_PATH_WORKSPACE_H

#include "haircut/path.h"
#include "path/system.h"
#include "path/walk.h"

struct hc_turns;
struct hc_workspace {
  const struct hc_scenario *scenario;
  struct hc_walker walk;
  struct hc_system system;
  struct hc_work work;
  struct hc_outcome quiet; /* of a path on which nothing happens, but for its marks */
  double *lo, *hi;         /* initial boxes of the books */
  double no_jump;          /* uniforms below this surely mean no jump before the horizon */
  struct hc_lorenz *lorenz; /* curves of payments go there; or NULL */
  struct hc_blame *blame;   /* who left bad debt goes there; or NULL */
  struct hc_turns *turns;   /* of many paths at once, from when they are first run; or NULL */
  bool takes_turns;         /* hc_turns_pay */
  bool batched;            /* quiet paths can be told from their roots */
};

/* d at `step` where the state is `drift` (displacement without pass-through). */
double hc_displacement_at(const struct hc_scenario *s, const struct hc_impact *impact,
                          const struct hc_drift *drift, double displacement, int64_t step);
/* What a path comes to next: an event, or its end. */
struct hc_next {
  int64_t step;
  double line;         /* u + shock there */
  double displacement; /* d there, as it decays until then */
};
/* hc_simulate in parts: the state at step 0; the next event (false: the end of the path, which is in
 * `next`), at which the caller lets the system be touched; and the outcome. */
void hc_simulate_begin(struct hc_workspace *w, uint64_t path, bool with_impact);
bool hc_simulate_next(struct hc_workspace *w, struct hc_next *next);
hc_status hc_simulate_end(struct hc_workspace *w, const struct hc_next *end, struct hc_outcome *outcome,
                          double *lp_class, struct hc_error *error) HC_CHECKED;
/* Runs the system over the walk's present path from step 0, with or without impact. */
hc_status hc_simulate(struct hc_workspace *w, uint64_t path, bool with_impact,
                      struct hc_outcome *outcome, double *lp_class, struct hc_error *error) HC_CHECKED;
/* Whether the counterfactual has to be simulated: it is counted, and something was ordered. */
bool hc_needs_no_impact(const struct hc_scenario *scenario, const struct hc_outcome *outcome);
/* Fills the counterfactual's columns from its outcome, which is the path itself where nothing was
 * ordered. */
void hc_fill_no_impact(const struct hc_scenario *scenario, const struct hc_outcome *twin,
                       struct hc_outcome *outcome);
/* Fills the counterfactual's columns from the same draws, after hc_simulate with impact; where
 * nothing was ordered it is the path itself. */
hc_status hc_simulate_no_impact(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                                struct hc_error *error) HC_CHECKED;
#endif
