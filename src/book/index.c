/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/index.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

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

/* One block of memory for all arrays of a side, on huge pages where the system grants them:
 * cascades jump over the whole of a large book, and page walks would cost more than data. */
#define LINE ((size_t)64)
#define HUGE_PAGE ((size_t)1 << 21)
static hc_status allocate(struct hc_side *side, size_t size) {
  if (size < HUGE_PAGE / 4) {
    side->memory = side->mapping = aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);
    return side->memory ? HC_OK : HC_NO_MEMORY;
  }
  /* Fresh from the system: memory that was used before sits on small pages already. */
  const size_t length = (size + 2 * HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  void *mapping = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return HC_NO_MEMORY;
  (void)madvise(mapping, length, MADV_HUGEPAGE);
  side->mapping = mapping;
  side->mapped = length;
  side->memory = (void *)(((uintptr_t)mapping + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
  return HC_OK;
}

static void release(struct hc_side *side) {
  if (side->mapped) (void)munmap(side->mapping, side->mapped);
  else free(side->mapping);
}

static size_t lines(size_t bytes) { return (bytes + LINE - 1) / LINE * LINE; }

/* Points the arrays of a side of `count` positions into `memory`; returns the size needed. */
static size_t lay_out(struct hc_side *side, size_t count, char *memory) {
  const size_t padded = count / HC_COARSE + 2;
  size_t at = 0;
#define HC_PLACE(member, items)                                                             \
  side->member = memory ? (void *)(memory + at) : NULL;                                     \
  at += lines((items) * sizeof *side->member)
  HC_PLACE(key, padded * HC_COARSE);
  HC_PLACE(middle, padded * (HC_COARSE / HC_MIDDLE));
  HC_PLACE(coarse, padded);
  HC_PLACE(lot, count + 1);
  side->depth = 0;
  for (size_t blocks = count; blocks > 1 && side->depth < HC_INDEX_DEPTH; side->depth++) {
    blocks = (blocks + HC_FANOUT - 1) / HC_FANOUT;
    HC_PLACE(blocks[side->depth], blocks);
  }
#undef HC_PLACE
  return at;
}

static inline void include(struct hc_block_sums *sum, double quantity, double value, double lowest,
                           double highest) {
  sum->quantity += quantity;
  sum->value += value;
  sum->lowest = lowest < sum->lowest ? lowest : sum->lowest;
  sum->highest = highest > sum->highest ? highest : sum->highest;
}

static void sum_blocks(struct hc_side *side) {
  int64_t count = side->count;
  for (int level = 0; level < side->depth; level++) {
    const int64_t blocks = (count + HC_FANOUT - 1) / HC_FANOUT;
    for (int64_t block = 0; block < blocks; block++) {
      struct hc_block_sums sum = {0.0, 0.0, HUGE_VAL, -HUGE_VAL};
      const int64_t end = (block + 1) * HC_FANOUT < count ? (block + 1) * HC_FANOUT : count;
      for (int64_t i = block * HC_FANOUT; i < end; i++) {
        if (level == 0) {
          const double q = side->lot[i].quantity, b = side->lot[i].bankruptcy;
          include(&sum, q, q * b, side->sign * b, side->sign * b);
        } else {
          const struct hc_block_sums *child = &side->blocks[level - 1][i];
          include(&sum, child->quantity, child->value, child->lowest, child->highest);
        }
      }
      side->blocks[level][block] = sum;
    }
    count = blocks;
  }
}

static void fill(struct hc_side *side, const struct hc_book *book, const struct entry *entries) {
  const size_t count = (size_t)side->count, padded = count / HC_COARSE + 2;
  for (size_t i = 0; i < count; i++) {
    const struct hc_position *position = &book->positions[entries[i].position];
    side->key[i] = entries[i].key;
    side->lot[i] = (struct hc_lot){position->quantity, position->bankruptcy};
    side->account[i] = entries[i].position;
  }
  for (size_t i = count; i < padded * HC_COARSE; i++) side->key[i] = -HUGE_VAL;
  for (size_t i = 0; i < padded * (HC_COARSE / HC_MIDDLE); i++)
    side->middle[i] = side->key[i * HC_MIDDLE];
  for (size_t i = 0; i < padded; i++) side->coarse[i] = side->key[i * HC_COARSE];
  sum_blocks(side);
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
  hc_status status = allocate(side, lay_out(side, count, NULL));
  side->account = malloc((count + 1) * sizeof *side->account);
  if (!side->account) status = HC_NO_MEMORY;
  if (status == HC_OK) {
    (void)lay_out(side, count, side->memory);
    fill(side, book, entries);
  } else {
    hc_side_free(side);
  }
  free(entries);
  return status;
}

void hc_side_free(struct hc_side *side) {
  release(side);
  free(side->account);
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

/* What closing up to about `at` will read, while the last keys are still on their way. */
static inline void prefetch_end(const struct hc_side *side, int64_t at) {
  const char *lots = (const char *)&side->lot[at & ~(int64_t)(HC_FANOUT - 1)];
  for (int line = 0; line < 4; line++) __builtin_prefetch(lots + 64 * line);
  if (side->depth < 1) return;
  const int64_t block = at >> HC_FANOUT_BITS;
  const char *blocks = (const char *)&side->blocks[0][block & ~(int64_t)(HC_FANOUT - 1)];
  const char *end = (const char *)&side->blocks[0][block];
  for (; blocks < end; blocks += 64) __builtin_prefetch(blocks);
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
  }
  /* Within the block keys fall too, so counting finds the end, a cache line at a time. */
  const double *middle = side->middle + block * (HC_COARSE / HC_MIDDLE);
  int64_t group = -1;
  for (int i = 0; i < HC_COARSE / HC_MIDDLE; i++) group += middle[i] >= signed_price;
  if (group < 0) group = 0;
  const int64_t first = block * HC_COARSE + group * HC_MIDDLE;
  prefetch_end(side, first);
  int64_t count = 0;
  for (int i = 0; i < HC_MIDDLE; i++) count += key[first + i] >= signed_price;
  return first + count < side->count ? first + count : side->count;
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

static inline void add_lots(const struct hc_side *side, int64_t from, int64_t to,
                            struct hc_block_sums *sum) {
  const double sign = side->sign;
  for (int64_t i = from; i < to; i++) {
    const double q = side->lot[i].quantity, b = side->lot[i].bankruptcy;
    include(sum, q, q * b, sign * b, sign * b);
  }
}

static inline void add_blocks(const struct hc_side *side, int level, int64_t from, int64_t to,
                              struct hc_block_sums *sum) {
  const struct hc_block_sums *blocks = side->blocks[level];
  for (int64_t i = from; i < to; i++)
    include(sum, blocks[i].quantity, blocks[i].value, blocks[i].lowest, blocks[i].highest);
}

/* Singles up to the next block boundary on both ends, then the same one level up. */
struct hc_block_sums hc_side_sums(const struct hc_side *side, int64_t from, int64_t to) {
  struct hc_block_sums sum = {0.0, 0.0, HUGE_VAL, -HUGE_VAL};
  int64_t count = side->count; /* of entries at this level; the last block may be short */
  for (int level = -1;; level++) {
    const int64_t up = (from + HC_FANOUT - 1) & ~(int64_t)(HC_FANOUT - 1);
    const int64_t down = to == count ? to : to & ~(int64_t)(HC_FANOUT - 1);
    const int is_top = level + 1 >= side->depth || up >= down;
    if (is_top) {
      if (level < 0) add_lots(side, from, to, &sum);
      else add_blocks(side, level, from, to, &sum);
      return sum;
    }
    if (level < 0) {
      add_lots(side, from, up, &sum);
      add_lots(side, down, to, &sum);
    } else {
      add_blocks(side, level, from, up, &sum);
      add_blocks(side, level, down, to, &sum);
    }
    from = up >> HC_FANOUT_BITS;
    to = (down + HC_FANOUT - 1) >> HC_FANOUT_BITS;
    count = (count + HC_FANOUT - 1) >> HC_FANOUT_BITS;
  }
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
