/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One side of a book, sorted by trigger level, with sums over blocks.
 *
 * With s = +1 for longs and -1 for shorts, a position is triggered when s*y <= s*key, y the
 * log margin price and key = ln L + s 1e-12; positions are kept in falling order of s*key, so
 * what has been triggered is always a prefix, and a path's state is one cursor a side.
 * Sums are hierarchical (blocks of 16, blocks of blocks, ...), not prefix sums: nothing is
 * subtracted, so no digits are lost, and a range costs O(log N). */
#ifndef HC_BOOK_INDEX_H
#define HC_BOOK_INDEX_H

#include <stdint.h>

#include "haircut/book.h"

#define HC_FANOUT_BITS 4
#define HC_FANOUT (1 << HC_FANOUT_BITS)
#define HC_INDEX_DEPTH 7

struct hc_block_sums {
  double quantity;         /* sum of q */
  double value;            /* sum of q b */
  double lowest, highest;  /* of s*b */
};

/* One position, as summed. */
struct hc_lot {
  double quantity, bankruptcy;
};
#define HC_MIDDLE 8
#define HC_COARSE 64

struct hc_side {
  int sign;       /* +1 longs, -1 shorts */
  int64_t count;
  double *key;    /* s*key, falling; key[count] = -INFINITY */
  double *middle; /* every 8th key, padded with -INFINITY: a search touches one cache line a */
  double *coarse; /* level; and every 64th */
  struct hc_lot *lot;
  uint32_t *account; /* position number in the book */
  void *memory;      /* of all arrays but `account`, inside `mapping` */
  void *mapping;
  size_t mapped; /* bytes, where it is a mapping; 0: from the heap */
  int depth;
  struct hc_block_sums *blocks[HC_INDEX_DEPTH];
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

/* First position at or after `from` that is not triggered where s*y = `signed_price`. */
int64_t hc_side_triggered(const struct hc_side *side, int64_t from, double signed_price);
/* Sums and bounds of positions [from, to). */
struct hc_block_sums hc_side_sums(const struct hc_side *side, int64_t from, int64_t to);
/* Closes positions [from, to) at `fill` (USD) with fee rate `fee`: a position's equity is
 * s q (fill - b); where positive, the fee is min(equity, fee q fill); where negative it is bad
 * debt, unless below 1e-12 of q fill. `sums` is that of the range. Adds to `closing`. */
void hc_side_close(const struct hc_side *side, int64_t from, int64_t to,
                   const struct hc_block_sums *sums, double fill, double fee,
                   struct hc_closing *closing);
#endif
