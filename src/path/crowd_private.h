/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a path's crowd share, and nobody else sees. */
#ifndef HC_PATH_CROWD_PRIVATE_H
#define HC_PATH_CROWD_PRIVATE_H

#include <stdlib.h>

#include "path/crowd.h"
#include "path/system.h"

#define TOLERANCE 1e-12 /* of the notional: equity below is 0 */

static inline int side_of(const struct hc_position *position) { return position->side > 0 ? 0 : 1; }
static inline double equity_of(const struct hc_position *p, double mark) {
  return p->side * p->quantity * (mark - p->bankruptcy);
}

/* Room for one item more; false: no memory. */
static inline bool grow(void **items, size_t size, size_t count, size_t *capacity) {
  if (count < *capacity) return true;
  const size_t more = *capacity ? 2 * *capacity : 64;
  void *moved = realloc(*items, more * size);
  if (!moved) return false;
  *items = moved;
  *capacity = more;
  return true;
}

/* What the account had at the start of the session, before its position changes in it. */
static inline void keep_session(const struct hc_path_crowd *crowd, struct hc_changed *c) {
  if (c->session == crowd->session) return;
  c->session = crowd->session;
  c->session_equity = equity_of(&c->position, crowd->session_mark);
}

/* crowd.c */
/* Takes a position out of the book, to be changed; NULL: no memory. */
struct hc_changed *hc_crowd_take_out(struct hc_path_crowd *crowd, uint32_t number);
/* Adds a changed account to its heap. */
hc_status hc_crowd_push(struct hc_path_crowd *crowd, uint32_t index) HC_CHECKED;

/* crowd_accounts.c */
extern const struct hc_crowd_ops hc_path_crowd_ops;
#endif
