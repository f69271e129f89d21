/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One side of a book, sorted by trigger level, with sums.
 *
 * With s = +1 for longs and -1 for shorts, a position is triggered when s*y <= s*key, y the
 * log margin price and key = ln L + s 1e-12; positions are kept in falling order of s*key, so
 * what has been triggered is always a prefix, and a path's state is one cursor a side.
 *
 * Positions lie in chunks of eight, with all that a round of a cascade asks of them: in a
 * large book nearly every round is a jump to memory that no cache holds, and the lines of a
 * chunk arrive together. Sums over a range are differences of prefix sums, kept in two doubles
 * each (Dekker 1971), so that no digits are lost, however small the range. */
#ifndef HC_BOOK_INDEX_H
#define HC_BOOK_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "haircut/book.h"

#define HC_CHUNK_BITS 3
#define HC_CHUNK (1 << HC_CHUNK_BITS)

/* The sum of two doubles of which `low` is the rounding error of `high`. */
struct hc_twin {
  double high, low;
};

struct hc_chunk {
  double key[HC_CHUNK];      /* s*key, falling; -HUGE_VAL after the last position */
  double quantity[HC_CHUNK]; /* units, > 0; 0 after the last position */
  double bankruptcy[HC_CHUNK];
  struct hc_twin quantity_before, value_before; /* sums of q and q b over all chunks before */
  double lowest_through; /* least s*b up to the end of this chunk */
  double highest_from;   /* greatest s*b from the start of this chunk on */
  double padding[2];     /* to whole cache lines */
};

struct hc_side {
  int sign;      /* +1 longs, -1 shorts */
  int64_t count; /* of positions */
  int64_t chunks; /* at least one key -HUGE_VAL is in the last */
  struct hc_chunk *chunk;
  int64_t cells;
  double grid_top, grid_scale; /* cell = (grid_top - s*y) grid_scale, cut to [0, cells) */
  uint32_t *cell; /* cells + 1: positions triggered where a cell of a grid over s*y begins */
  uint32_t *account;           /* position number in the book */
  void *mapping;               /* `chunk` and `cell` are in it */
  size_t mapped;               /* bytes, where it is a mapping; 0: from the heap */
};

static inline double hc_side_key(const struct hc_side *side, int64_t i) {
  return side->chunk[i >> HC_CHUNK_BITS].key[i & (HC_CHUNK - 1)];
}
static inline double hc_side_quantity(const struct hc_side *side, int64_t i) {
  return side->chunk[i >> HC_CHUNK_BITS].quantity[i & (HC_CHUNK - 1)];
}
static inline double hc_side_bankruptcy(const struct hc_side *side, int64_t i) {
  return side->chunk[i >> HC_CHUNK_BITS].bankruptcy[i & (HC_CHUNK - 1)];
}

/* Sums over a range of positions. */
struct hc_sums {
  double quantity; /* sum of q */
  double value;    /* sum of q b */
};

/* What closing a range at one fill gives. */
struct hc_closing {
  double quantity;  /* units closed */
  double fee;       /* USD */
  double remainder; /* equity left after the fee, USD */
  double bad_debt;  /* USD */
};

hc_status hc_side_create(const struct hc_book *book, int sign, struct hc_side *side) HC_CHECKED;
void hc_side_free(struct hc_side *side);

/* First position that is not triggered where s*y = `signed_price`. */
int64_t hc_side_search(const struct hc_side *side, double signed_price);
/* The same at or after `from`; most looks find nothing. */
static inline int64_t hc_side_triggered(const struct hc_side *side, int64_t from,
                                        double signed_price) {
  return hc_side_key(side, from) >= signed_price ? hc_side_search(side, signed_price) : from;
}
/* Whether a side is larger than caches usually are. */
static inline bool hc_side_is_large(const struct hc_side *side) { return side->mapped != 0; }
/* Starts to fetch what a search at about `signed_price` will read, unless that is beside position
 * `from`, where the last one was; whether it had to. */
bool hc_side_prefetch(const struct hc_side *side, int64_t from, double signed_price);
/* Sums of positions [from, to). */
struct hc_sums hc_side_sums(const struct hc_side *side, int64_t from, int64_t to);
/* Closes positions [from, to) at `fill` (USD) with fee rate `fee`: a position's equity is
 * s q (fill - b); where positive, the fee is min(equity, fee q fill); where negative it is bad
 * debt, unless below 1e-12 of q fill. `sums` is that of the range. Adds to `closing`. */
void hc_side_close(const struct hc_side *side, int64_t from, int64_t to,
                   const struct hc_sums *sums, double fill, double fee,
                   struct hc_closing *closing);
#endif
