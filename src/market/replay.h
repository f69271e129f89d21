/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay model: history from a CSV of bars.
 *
 * A path goes through open, the extreme nearer to the open (in logs; a tie: the low), the other
 * extreme and close of each bar. The grid holds the close at the end of a bar: where the next
 * open differs from it, the first step of the next bar starts from that open.
 *
 * Times of the extremes, as shares v1 < v2 of the bar, do not depend on the step, and are then
 * rounded to the grid. With infill they are drawn per path and bar: uniform ordered pairs,
 * accepted with the likelihood of Brownian motion of the bar's Parkinson volatility making the
 * three moves in the three times, relative to the greatest (the best of 16 if none is accepted):
 * plain uniform times would squeeze whole crashes into seconds. Without infill they are the most
 * likely ones, at constant speed. An extreme that is the open (and on the grid) or the close is
 * not visited twice. Of bars of three steps and more both extremes are on the grid, exactly; of
 * two steps only the far one (the near one if the far one is the close); a bar of one step, and
 * steps of several bars, are closes alone.
 *
 * Infill is a Brownian bridge of the Parkinson (1980) variance ln(H/L)^2/(4 ln 2) a bar,
 * reflected at low and high.
 *
 * Draws are of purpose REPLAY. Bridges take their Brownian motion from the tree of the grid, with
 * indices as in path/walk.h: steps halved refine a path. The tree uses no index that ends in two
 * one bits, so try t of bar j of a path (from 0) is index 4 (16 j + t) + 3: words r0, r1 give the
 * times, r2 the acceptance, as (r + 1/2) 2^-32. Index 2^32 - 1: half 0 the start, half 1 the
 * normal of the Brownian motion from the last step to an anchor beyond it. Where steps are not
 * shorter than bars there is no tree, and step k in a bridged gap uses half 0 of index k. */
#ifndef HC_MARKET_REPLAY_H
#define HC_MARKET_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "market/price.h"

/* ---- the file --------------------------------------------------------------------- */

enum { HC_OPEN, HC_HIGH, HC_LOW, HC_CLOSE, HC_BAR_PRICES };

struct hc_replay_row {
  int64_t time;                /* ms since 1970, UTC */
  double price[HC_BAR_PRICES]; /* USD */
  int line, column;            /* of the time */
};

/* The first problem with its place, and how many there are. */
struct hc_replay_problems {
  const char *file;
  size_t count;
  char first[800];
};
void hc_replay_problem(struct hc_replay_problems *problems, int line, int column,
                       const char *format, ...) HC_PRINTF(4, 5);
/* HC_OK if there are none, else HC_INPUT with the first and the number of others. */
hc_status hc_replay_settle(const struct hc_replay_problems *problems,
                           struct hc_error *error) HC_CHECKED;

struct hc_replay_series {
  struct hc_replay_row *rows; /* of rising times */
  size_t count, capacity;
  char digest[65]; /* SHA-256 of the file */
};
hc_status hc_replay_read(const struct hc_replay_config *config, struct hc_replay_series *series,
                         struct hc_error *error) HC_CHECKED;

/* The whole file, zero-terminated. A file that is not there is HC_INPUT. */
hc_status hc_replay_load(const char *file, char **text, size_t *length,
                         struct hc_error *error) HC_CHECKED;

/* YYYY-MM-DD, then optionally HH:MM[:SS[.fff]] after a blank or T, and Z, UTC or +00:00; or
 * seconds, milliseconds or microseconds since 1970. */
bool hc_replay_time(const char *text, size_t length, int64_t *time);
struct hc_time_text {
  char text[48];
};
struct hc_time_text hc_replay_time_text(int64_t time); /* YYYY-MM-DD HH:MM:SS */
struct hc_time_text hc_replay_span_text(double seconds); /* 1h, 90s */

/* ---- bars ------------------------------------------------------------------------- */

struct hc_replay_bar {
  double open, high, low, close; /* logs; of a bridged gap: open and close of the gap */
  double sigma;                  /* Parkinson volatility, a root of a bar */
  int32_t gap, left;             /* bridged gap: its bars, and those from this one on; else 0 */
};

struct hc_replay {
  char digest[65]; /* comes first: the scenario's digest reads it */
  bool tree;       /* some bar or gap needs Brownian motion */
  bool bridge;     /* of bars */
  int64_t per_bar;  /* steps of a bar, where steps are shorter; else 0 */
  int64_t per_step; /* bars of a step, where they are not; else 0 */
  size_t needed;    /* bars of a path */
  struct hc_replay_bar *bars; /* without holes, from the first bar used */
  size_t count;
  int32_t *starts; /* bars to draw the start from; NULL: bar 0 */
  size_t start_count;
  double shift;    /* added to logs where the start is fixed */
};

/* The bars of `series` that paths use, and price->initial and volatility from them. */
hc_status hc_replay_compile_bars(const struct hc_replay_config *config,
                                 const struct hc_replay_series *series, struct hc_price *price,
                                 struct hc_replay *replay, struct hc_error *error) HC_CHECKED;

void hc_replay_walk(const struct hc_price *price, uint64_t path, uint32_t market, double *u);
/* W(k) of the tree, in roots of a step, to w[k], k = 1 .. steps. */
void hc_replay_tree(uint64_t seed, uint64_t path, uint32_t purpose, int64_t steps, double *w);

#endif
