/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread's scratch memory for one scenario. */
#ifndef HC_PATH_WORKSPACE_H
#define HC_PATH_WORKSPACE_H

#include "haircut/path.h"
#include "path/system.h"
#include "path/walk.h"

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
  bool batched;            /* quiet paths can be told from their roots */
};

/* d at `step` where the state is `drift` (displacement without pass-through). */
double hc_displacement_at(const struct hc_scenario *s, const struct hc_impact *impact,
                          const struct hc_drift *drift, double displacement, int64_t step);
/* Runs the system over the walk's present path from step 0, with or without impact. */
hc_status hc_simulate(struct hc_workspace *w, uint64_t path, bool with_impact,
                      struct hc_outcome *outcome, double *lp_class, struct hc_error *error) HC_CHECKED;
/* Fills the counterfactual's columns from the same draws, after hc_simulate with impact; where
 * nothing was ordered it is the path itself. */
hc_status hc_simulate_no_impact(struct hc_workspace *w, uint64_t path, struct hc_outcome *outcome,
                                struct hc_error *error) HC_CHECKED;
#endif
