/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/index.h"

#include <math.h>
#include <stdlib.h>

#include "haircut/random.h"

struct entry {
  double key;
  uint32_t position;
};

/* Falling key; ties (of the level) by account order. */
static int compare(const void *left, const void *right) {
  const struct entry *a = left, *b = right;
  if (a->key != b->key) return a->key > b->key ? -1 : 1;
  return a->position < b->position ? -1 : a->position > b->position;
}

static inline void include(struct hc_block_sums *sum, double quantity, double value, double lowest,
                           double highest) {
  sum->quantity += quantity;
  sum->value += value;
  sum->lowest = lowest < sum->lowest ? lowest : sum->lowest;
  sum->highest = highest > sum->highest ? highest : sum->highest;
}

static hc_status sum_blocks(struct hc_side *side) {
  int64_t count = side->count;
  for (side->depth = 0; count > 1 && side->depth < HC_INDEX_DEPTH; side->depth++) {
    const int64_t blocks = (count + HC_FANOUT - 1) / HC_FANOUT;
    struct hc_block_sums *sums = calloc((size_t)blocks, sizeof *sums);
    if (!sums) return HC_NO_MEMORY;
    side->blocks[side->depth] = sums;
    for (int64_t block = 0; block < blocks; block++) {
      struct hc_block_sums sum = {0.0, 0.0, HUGE_VAL, -HUGE_VAL};
      const int64_t end = (block + 1) * HC_FANOUT < count ? (block + 1) * HC_FANOUT : count;
      for (int64_t i = block * HC_FANOUT; i < end; i++) {
        if (side->depth == 0) {
          const double q = side->lot[i].quantity, b = side->lot[i].bankruptcy;
          include(&sum, q, q * b, side->sign * b, side->sign * b);
        } else {
          const struct hc_block_sums *child = &side->blocks[side->depth - 1][i];
          include(&sum, child->quantity, child->value, child->lowest, child->highest);
        }
      }
      sums[block] = sum;
    }
    count = blocks;
  }
  return HC_OK;
}

hc_status hc_side_create(const struct hc_book *book, int sign, struct hc_side *side) {
  *side = (struct hc_side){.sign = sign};
  struct entry *entries = calloc(book->count + 1, sizeof *entries);
  if (!entries) return HC_NO_MEMORY;
  size_t count = 0;
  for (size_t i = 0; i < book->count; i++) {
    const struct hc_position *position = &book->positions[i];
    if (position->side != sign) continue;
    /* A level at or below 0 is never reached. */
    const double key = position->level > 0.0 ? sign * hc_log(position->level) + 1e-12 : -HUGE_VAL;
    entries[count++] = (struct entry){key, (uint32_t)i};
  }
  qsort(entries, count, sizeof *entries, compare);
  side->count = (int64_t)count;
  side->key = malloc((count + 1) * sizeof *side->key);
  side->coarse = malloc((count / HC_COARSE + 2) * sizeof *side->coarse);
  side->lot = malloc((count + 1) * sizeof *side->lot);
  side->account = malloc((count + 1) * sizeof *side->account);
  hc_status status = HC_NO_MEMORY;
  if (!side->key || !side->coarse || !side->lot || !side->account) goto out;
  for (size_t i = 0; i < count; i++) {
    const struct hc_position *position = &book->positions[entries[i].position];
    side->key[i] = entries[i].key;
    side->lot[i] = (struct hc_lot){position->quantity, position->bankruptcy};
    side->account[i] = entries[i].position;
  }
  side->key[count] = -HUGE_VAL;
  for (size_t i = 0; i < count; i += HC_COARSE) side->coarse[i / HC_COARSE] = side->key[i];
  status = sum_blocks(side);
out:
  free(entries);
  if (status != HC_OK) hc_side_free(side);
  return status;
}

void hc_side_free(struct hc_side *side) {
  free(side->key);
  free(side->coarse);
  free(side->lot);
  free(side->account);
  for (int level = 0; level < HC_INDEX_DEPTH; level++) free(side->blocks[level]);
  *side = (struct hc_side){0};
}

/* In keys falling over [low, high), low triggered: the first that is not, or high. */
static inline int64_t bisect(const double *key, int64_t low, int64_t high, double signed_price) {
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (key[middle] >= signed_price) low = middle;
    else high = middle;
  }
  return high;
}

int64_t hc_side_triggered(const struct hc_side *side, int64_t from, double signed_price) {
  const double *key = side->key, *coarse = side->coarse;
  if (!(key[from] >= signed_price) || from >= side->count) return from;
  const int64_t blocks = (side->count + HC_COARSE - 1) / HC_COARSE;
  int64_t block = from / HC_COARSE, stride = 1;
  if (block + 1 < blocks && coarse[block + 1] >= signed_price) {
    /* Gallop over blocks, then bisect: the answer is usually near. */
    block++;
    while (block + stride < blocks && coarse[block + stride] >= signed_price) {
      block += stride;
      stride *= 2;
    }
    const int64_t end = block + stride < blocks ? block + stride : blocks;
    block = bisect(coarse, block, end, signed_price) - 1;
    from = block * HC_COARSE;
  }
  const int64_t end = (block + 1) * HC_COARSE;
  return bisect(key, from, end < side->count ? end : side->count, signed_price);
}

/* Largest aligned block at `at` that ends by `to`: level + 1, or 0 for one position. */
static inline int widest(const struct hc_side *side, int64_t at, int64_t to) {
  int level = 0;
  while (level < side->depth) {
    const int64_t size = (int64_t)HC_FANOUT << (HC_FANOUT_BITS * level);
    if ((at & (size - 1)) != 0) break;
    const int64_t end = at + size;
    if (end > to && !(to == side->count && at + size >= side->count)) break;
    level++;
  }
  return level;
}

struct hc_block_sums hc_side_sums(const struct hc_side *side, int64_t from, int64_t to) {
  struct hc_block_sums sum = {0.0, 0.0, HUGE_VAL, -HUGE_VAL};
  const double sign = side->sign;
  for (int64_t i = from; i < to;) {
    const int level = widest(side, i, to);
    if (level == 0) {
      const double q = side->lot[i].quantity, b = side->lot[i].bankruptcy;
      include(&sum, q, q * b, sign * b, sign * b);
      i++;
    } else {
      const int shift = HC_FANOUT_BITS * level;
      const struct hc_block_sums *block = &side->blocks[level - 1][i >> shift];
      include(&sum, block->quantity, block->value, block->lowest, block->highest);
      i += (int64_t)1 << shift;
    }
  }
  return sum;
}

/* Bounds on s*b: up to `full` the whole fee is paid, from `bad` on there is bad debt; between,
 * the equity is less than the fee and is taken whole. */
struct zones {
  double signed_fill, full, bad, fee_per_unit, fill;
};

static inline void close_one(const struct hc_side *side, int64_t i, const struct zones *zones,
                             struct hc_closing *closing) {
  const double q = side->lot[i].quantity;
  const double signed_b = side->sign * side->lot[i].bankruptcy;
  const double equity = q * (zones->signed_fill - signed_b);
  closing->quantity += q;
  if (signed_b <= zones->full) {
    closing->fee += q * zones->fee_per_unit;
    closing->remainder += equity - q * zones->fee_per_unit;
  } else if (equity >= 0.0) {
    closing->fee += equity;
  } else if (signed_b >= zones->bad) {
    closing->bad_debt -= equity;
  }
}

/* Takes a whole block if it lies in one zone. */
static inline int close_block(const struct hc_side *side, const struct hc_block_sums *block,
                              const struct zones *zones, struct hc_closing *closing) {
  if (block->highest <= zones->full) {
    const double equity = side->sign * (block->quantity * zones->fill - block->value);
    const double fee = block->quantity * zones->fee_per_unit;
    closing->fee += fee;
    closing->remainder += equity - fee;
  } else if (block->lowest >= zones->bad) {
    closing->bad_debt += side->sign * (block->value - block->quantity * zones->fill);
  } else {
    return 0;
  }
  closing->quantity += block->quantity;
  return 1;
}

void hc_side_close(const struct hc_side *side, int64_t from, int64_t to,
                   const struct hc_block_sums *sums, double fill, double fee,
                   struct hc_closing *closing) {
  const double signed_fill = side->sign * fill;
  const struct zones zones = {
    .signed_fill = signed_fill,
    .full = signed_fill - fee * fill,
    .bad = signed_fill + 1e-12 * fill,
    .fee_per_unit = fee * fill,
    .fill = fill,
  };
  if (close_block(side, sums, &zones, closing)) return; /* nearly always */
  for (int64_t i = from; i < to;) {
    int level = widest(side, i, to);
    while (level > 0) {
      const int shift = HC_FANOUT_BITS * level;
      if (close_block(side, &side->blocks[level - 1][i >> shift], &zones, closing)) {
        i += (int64_t)1 << shift;
        break;
      }
      level--;
    }
    if (level == 0) close_one(side, i++, &zones, closing);
  }
}
