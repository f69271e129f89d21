/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverse stress: the smallest move that reaches each of several thresholds, exact to a tick.
 *
 * Moves are whole ticks of 0.01 bp, so that "one tick less" has a meaning. Harm need not grow
 * with the move (a larger one may leave less to sell into a thin book), so nothing is bisected:
 * every 10 bp is looked at for the first cell that reaches, then every 1 bp inside that cell,
 * then every tick inside that basis point. */
#ifndef HC_CLI_LADDER_SEARCH_H
#define HC_CLI_LADDER_SEARCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

#define HC_CLI_TICK 1e-6 /* relative move of the price */
enum { HC_CLI_TICKS_FINE = 100, HC_CLI_TICKS_COARSE = 1000 };

/* Sets bit i of `reached` where the relative move reaches threshold i. HC_MODEL: the move is
 * beyond the model, and so is every larger one. */
typedef hc_status hc_cli_probe(void *self, double move, unsigned *reached, struct hc_error *error);

struct hc_cli_search {
  hc_cli_probe *probe;
  void *self;
  int direction;        /* -1 or +1 */
  int64_t limit;        /* ticks; a whole number of coarse cells */
  size_t thresholds;    /* at most 32 */
};
struct hc_cli_reach {
  bool found;
  int64_t ticks;     /* the smallest move that reaches */
  bool below_checked;/* one tick less was looked at again and does not reach */
};
/* `reach` has a row for each threshold; `*end` is where the search ended: the limit, or the
 * first coarse move that is beyond the model. */
hc_status hc_cli_search_run(const struct hc_cli_search *search, struct hc_cli_reach *reach,
                            int64_t *end, struct hc_error *error) HC_CHECKED;
#endif
