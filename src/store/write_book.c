/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/assembly.h"

enum { MOST_BOOKS = 8, MOST_POSITIONS = 20000, BINS = 800 };
static const double span = 5; /* the map goes from initial/span to initial*span */

/* ---- positions of one book ------------------------------------------------------------- */

#define POSITION_LIST(X)                                                                     \
  X(I8, account, "1", "Account: its number in the book")                                     \
  X(I8, side, "1", "+1: long, -1: short")                                                    \
  X(F8, quantity, "1", "Units held")                                                         \
  X(F8, entry, "USD", "Entry price")                                                         \
  X(F8, collateral, "USD", "Collateral")                                                     \
  X(F8, bankruptcy, "USD", "Price at which the equity is 0")                                 \
  X(F8, level, "USD", "Price that triggers the liquidation; longs: not above 0: never")

union cell {
  double F8;
  int64_t I8;
};

static void write_positions(struct hc_h5 *h5, hid_t group, const struct hc_book *book,
                            union cell *cells) {
  const hid_t axis = hc_h5_index(h5, group, "position", "Position, in account order", book->count);
#define WRITE(kind, name, unit, text)                                                        \
  for (size_t i = 0; i < book->count; ++i) cells[i].kind = book->positions[i].name;          \
  hc_h5_column(h5, group, &axis, 1,                                                          \
               &(struct hc_h5_column){#name, HC_H5_##kind, unit, text, cells});
  POSITION_LIST(WRITE)
#undef WRITE
  hc_h5_close(h5, axis);
}

static void write_one(struct hc_h5 *h5, hid_t parent, size_t number, const struct hc_book *book,
                      union cell *cells) {
  char name[24];
  (void)snprintf(name, sizeof name, "%zu", number);
  const hid_t group = hc_h5_group(h5, parent, name);
  const double drawn = (double)book->redraws + (double)book->count;
  hc_h5_integer(h5, group, "count", (int64_t)book->count);
  hc_h5_integer(h5, group, "redraws", book->redraws);
  hc_h5_integer(h5, group, "dropped", book->dropped);
  hc_h5_integer(h5, group, "scaled", book->scaled);
  hc_h5_integer(h5, group, "refused", book->refused);
  hc_h5_real(h5, group, "cut", book->cut);
  hc_h5_real(h5, group, "redraws_share", drawn > 0 ? (double)book->redraws / drawn : 0);
  if (*book->digest) hc_h5_text(h5, group, "sha256", book->digest);
  if (book->count > 0 && book->count <= MOST_POSITIONS) write_positions(h5, group, book, cells);
  hc_h5_close(h5, group);
}

/* ---- the liquidation map ------------------------------------------------------------------ */

struct map {
  double price[BINS], low[BINS], high[BINS];
  double notional[2][BINS]; /* longs, shorts */
  double outside[2];
};

static void set_edges(struct map *map, double initial) {
  const double width = 2 * log(span) / BINS;
  for (int i = 0; i < BINS; ++i) {
    const double left = (i - BINS / 2) * width;
    map->low[i] = initial * exp(left);
    map->high[i] = initial * exp(left + width);
    map->price[i] = initial * exp(left + width / 2);
  }
}

static void add_book(struct map *map, const struct hc_book *book, double initial, double share) {
  for (size_t i = 0; i < book->count; ++i) {
    const struct hc_position *position = &book->positions[i];
    if (position->market != 0) continue;
    const int side = position->side > 0 ? 0 : 1;
    const double notional = share * position->quantity * initial;
    const double bin = position->level > 0
                         ? floor((log(position->level / initial) / (2 * log(span)) + 0.5) * BINS)
                         : -1;
    if (bin >= 0 && bin < BINS) map->notional[side][(int)bin] += notional;
    else map->outside[side] += notional;
  }
}

static void write_map(struct hc_h5 *h5, hid_t parent, const struct map *map) {
  const struct hc_h5_column columns[] = {
    {"low", HC_H5_F8, "USD", "Lower edge of the bin", map->low},
    {"high", HC_H5_F8, "USD", "Upper edge of the bin", map->high},
    {"long_notional", HC_H5_F8, "USD",
     "Longs triggered in the bin, at the initial price, mean over books", map->notional[0]},
    {"short_notional", HC_H5_F8, "USD",
     "Shorts triggered in the bin, at the initial price, mean over books", map->notional[1]},
  };
  const hid_t group = hc_h5_group(h5, parent, "map");
  const struct hc_h5_column price = {"price", HC_H5_F8, "USD", "Trigger price: middle of the bin",
                                     map->price};
  const hid_t axis = hc_h5_axis(h5, group, &price, BINS);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
    hc_h5_column(h5, group, &axis, 1, &columns[i]);
  hc_h5_real(h5, group, "long_notional_outside", map->outside[0]);
  hc_h5_real(h5, group, "short_notional_outside", map->outside[1]);
  hc_h5_close(h5, axis);
  hc_h5_close(h5, group);
}

static void write_books(struct hc_assembly *assembly, hid_t group, struct map *map,
                        union cell *cells) {
  const struct hc_scenario *scenario = assembly->store->scenario;
  const size_t books = hc_scenario_books(scenario);
  const double initial = hc_scenario_market(scenario, 0)->initial;
  set_edges(map, initial);
  for (size_t i = 0; i < books && !assembly->h5.status; ++i) {
    const struct hc_book *book = hc_scenario_book(scenario, i);
    add_book(map, book, initial, 1 / (double)books);
    hc_assembly_room(assembly, MOST_POSITIONS * 8 * sizeof *cells);
    if (i < MOST_BOOKS) write_one(&assembly->h5, group, i, book, cells);
  }
  write_map(&assembly->h5, group, map);
}

void hc_write_book(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  if (h5->status) return;
  const hid_t group = hc_h5_group(h5, h5->file, "book");
  struct map *map = calloc(1, sizeof *map);
  union cell *cells = malloc(MOST_POSITIONS * sizeof *cells);
  if (map && cells) write_books(assembly, group, map, cells);
  else hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  hc_h5_integer(h5, group, "books", (int64_t)hc_scenario_books(assembly->store->scenario));
  hc_h5_close(h5, group);
  free(map);
  free(cells);
}
