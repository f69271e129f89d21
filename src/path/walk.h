/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The price of one path, and the search for the next step at which something happens.
 *
 * The line u(k) = ((ln S0 + a (k dt)) + sigma W(k)) + J(k) is random; what is deterministic
 * between events, g(k) = shock(k) + P + shift*decay(k - k0), is a closed form of its value at
 * the step k0 of the last order. A step is an event when u + g leaves the open box (lo, hi). */
#ifndef HC_PATH_WALK_H
#define HC_PATH_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "random/kernels.h"
#include "scenario/scenario.h"

/* A bridge between u_a and u_b crosses a level with probability exp(-2 A B/(sigma^2 dt n)),
 * A and B the distances of its ends: below 1e-12 where A B > (ln(1e12)/2) sigma^2 dt n. */
#define HC_SAFE_PRODUCT 13.8155

struct hc_jump {
  int64_t step;
  double total; /* sum of all jumps up to and with this one, logs */
};

/* Deterministic part of the margin price between events. */
struct hc_drift {
  int64_t origin;      /* k0 */
  double offset;       /* P */
  double displacement; /* beta * d at k0 */
  double volume;       /* V at k0, for laws whose displacement has no closed decay */
};

struct hc_node {
  int64_t index;
  double w;
};

struct hc_walker {
  const struct hc_scenario *scenario;
  const struct hc_price *price;
  const struct hc_kernels *kernels;
  int64_t steps;
  int shift;             /* of grid indices to keys */
  double deviation[33];  /* of the midpoint of an interval of 2^j steps */
  bool every_step;       /* no skipping: the reference walk */
  int64_t stop;          /* a step to be found whatever the price; INT64_MAX: none */

  uint64_t path;
  uint32_t stamp; /* of the path, for the caches */
  double root;    /* W(steps) */
  size_t jump_count, jump_capacity;
  struct hc_jump *jumps;

  /* Position of the search. */
  int64_t at;        /* step reached */
  double w;          /* W(at) where `at` is a node: the left end of what is ahead */
  size_t jump_at;    /* jumps with step <= at */
  int depth;
  struct hc_node stack[64]; /* right ends, nearest last */
  int64_t block_first, block_last; /* steps block_first + 1 .. block_last are in `line` */
  double block_w;          /* W(block_last) */
  const double *line;      /* u of the block */

  /* Caches that let the second walk over the same path (without impact) draw nothing. */
  int64_t node_slots;
  uint32_t *node_stamp;
  double *node_w;
  int64_t block_slots;
  uint32_t *block_stamp;
  int64_t *block_key;
  double *block_line; /* HC_BLOCK a slot */
  double *whole;      /* u of every step, for models that walk; NULL else */
  uint64_t normals;   /* drawn so far, ever */
};

hc_status hc_walk_create(const struct hc_scenario *scenario, struct hc_walker *walk) HC_CHECKED;
void hc_walk_free(struct hc_walker *walk);

/* Turns to a path: draws its root and its jumps. HC_NO_MEMORY only. */
hc_status hc_walk_path(struct hc_walker *walk, uint64_t path) HC_CHECKED;
/* As hc_walk_path where the root's normal is known and there are no jumps. */
void hc_walk_path_known(struct hc_walker *walk, uint64_t path, double root_normal);
/* Back to step 0 of the same path. */
void hc_walk_rewind(struct hc_walker *walk);

/* First step after `walk->at` whose margin log price lies outside (lo, hi), or `walk->stop`;
 * steps + 1 if there is none. Moves there; `*line` is u of that step. */
int64_t hc_walk_next(struct hc_walker *walk, const struct hc_drift *drift, double lo, double hi,
                     double *line);

/* u at the step before the one that hc_walk_next has just found. */
double hc_walk_before(const struct hc_walker *walk);

/* u at a step at or after the present position (steps must not fall from call to call). */
double hc_walk_line(struct hc_walker *walk, int64_t step);
#endif
