/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths that take turns.
 *
 * In a book larger than the caches, a look at it waits for memory, several hundred nanoseconds a
 * time, and the next look depends on it. So a thread has a few paths under way: it begins to fetch what
 * one will read, works on the others, and comes back when it has arrived. What becomes of a path does
 * not depend on which others are under way. */
#ifndef HC_PATH_TURNS_H
#define HC_PATH_TURNS_H

#include "path/workspace.h"

/* A path to be run, and where its results go. */
struct hc_task {
  uint64_t path;
  double root_normal; /* of the root, where `known` */
  bool known;         /* and that there are no jumps */
  struct hc_outcome *outcome;
  double *lp_class; /* or NULL */
};
/* Turns the walk of a workspace to a task's path; HC_NO_MEMORY. */
hc_status hc_task_walk(struct hc_workspace *w, const struct hc_task *task, struct hc_error *error) HC_CHECKED;

/* Paths under way on a thread. The wait is two or three rounds of others; more would not be faster, but
 * crowd the nearest cache. */
enum { HC_LANES = 3 };

/* Whether paths of a scenario gain by taking turns: large books, of which nothing is changed. */
bool hc_turns_pay(const struct hc_scenario *scenario);
/* The lanes that turns take; HC_NO_MEMORY. */
hc_status hc_turns_create(const struct hc_scenario *scenario, struct hc_turns **turns,
                          struct hc_error *error) HC_CHECKED;
void hc_turns_free(struct hc_turns *turns);
/* Runs some paths; who left bad debt goes to `blame` (may be NULL), in order of path. Of several that
 * fail, the error is the first one's. */
hc_status hc_turns_run(struct hc_turns *turns, const struct hc_task *tasks, size_t count,
                       struct hc_blame *blame, struct hc_error *error) HC_CHECKED;
struct hc_work hc_turns_work(const struct hc_turns *turns);
#endif
