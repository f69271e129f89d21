/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
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

/* Memory of a side, on huge pages where the system grants them: cascades jump over the whole of
 * a large book, and page walks would cost more than data. */
#define LINE ((size_t)64)
#define HUGE_PAGE ((size_t)1 << 21)
static void *allocate(struct hc_side *side, size_t size) {
  if (size < HUGE_PAGE / 4) {
    side->mapping = aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);
    return side->mapping;
  }
  /* Fresh from the system: memory that was used before sits on small pages already. */
  const size_t length = (size + 2 * HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  void *mapping = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return NULL;
  (void)madvise(mapping, length, MADV_HUGEPAGE);
  side->mapping = mapping;
  side->mapped = length;
  return (void *)(((uintptr_t)mapping + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
}

static void release(struct hc_side *side) {
  if (side->mapped) (void)munmap(side->mapping, side->mapped);
  else free(side->mapping);
}

/* ---- sums in two doubles ------------------------------------------------------------- */

static inline struct hc_twin add(struct hc_twin sum, double x) {
  const double high = sum.high + x, rest = high - sum.high;
  const double error = (sum.high - (high - rest)) + (x - rest) + sum.low;
  const double total = high + error;
  return (struct hc_twin){total, error - (total - high)};
}

/* a - b, rounded. */
static inline double difference(struct hc_twin a, struct hc_twin b) {
  const double high = a.high - b.high, rest = high - a.high;
  const double error = (a.high - (high - rest)) - (b.high + rest);
  return high + (error + (a.low - b.low));
}

/* ---- building --------------------------------------------------------------------------- */

static void fill_chunks(struct hc_side *side, const struct hc_book *book,
                        const struct entry *entries) {
  struct hc_twin quantity = {0.0, 0.0}, value = {0.0, 0.0};
  double lowest = HUGE_VAL;
  for (int64_t c = 0, i = 0; c < side->chunks; c++) {
    struct hc_chunk *chunk = &side->chunk[c];
    *chunk = (struct hc_chunk){.quantity_before = quantity, .value_before = value};
    for (int j = 0; j < HC_CHUNK; j++, i++) {
      chunk->key[j] = -HUGE_VAL;
      if (i >= side->count) continue;
      const struct hc_position *position = &book->positions[entries[i].position];
      const double q = position->quantity, b = position->bankruptcy;
      chunk->key[j] = entries[i].key;
      chunk->quantity[j] = q;
      chunk->bankruptcy[j] = b;
      side->account[i] = entries[i].position;
      quantity = add(quantity, q);
      value = add(value, q * b);
      if (side->sign * b < lowest) lowest = side->sign * b;
    }
    chunk->lowest_through = lowest;
  }
  double highest = -HUGE_VAL;
  for (int64_t i = side->count; i-- > 0;) {
    const double signed_b = side->sign * hc_side_bankruptcy(side, i);
    if (signed_b > highest) highest = signed_b;
    if (i % HC_CHUNK == 0) side->chunk[i / HC_CHUNK].highest_from = highest;
  }
}

/* Where a price lies on the grid, in cells; it rises as the price falls, whatever the
 * rounding, so that cells order chunks. */
static inline double grid_place(const struct hc_side *side, double signed_price) {
  const double place = (side->grid_top - signed_price) * side->grid_scale;
  const double last = (double)(side->cells - 1);
  return place > 0.0 ? (place < last ? place : last) : 0.0;
}

static inline int64_t cell_of(const struct hc_side *side, double signed_price) {
  return (int64_t)grid_place(side, signed_price);
}

static void set_grid(struct hc_side *side) {
  /* The far tail shares the last cell: it is thin, and seldom reached. */
  int64_t bottom = side->count - side->count / 16;
  while (bottom > 0 && isinf(hc_side_key(side, bottom))) bottom--;
  side->grid_top = side->count ? hc_side_key(side, 0) : 0.0;
  if (isinf(side->grid_top)) side->grid_top = 0.0;
  const double width = side->grid_top - hc_side_key(side, bottom);
  const double scale = (double)side->cells / width;
  side->grid_scale = width > 0.0 && isfinite(scale) ? scale : 1.0;
}

static void fill_grid(struct hc_side *side) {
  int64_t i = 0;
  for (int64_t c = 0; c <= side->cells; c++) {
    while (i < side->count && cell_of(side, hc_side_key(side, i)) < c) i++;
    side->cell[c] = (uint32_t)i;
  }
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
  side->chunks = side->count / HC_CHUNK + 1;
  side->cells = side->chunks / 2 + 1;
  const size_t chunk_bytes = (size_t)side->chunks * sizeof *side->chunk;
  side->chunk = allocate(side, chunk_bytes + ((size_t)side->cells + 1) * sizeof *side->cell);
  side->account = malloc((count + 1) * sizeof *side->account);
  const hc_status status = side->chunk && side->account ? HC_OK : HC_NO_MEMORY;
  if (status == HC_OK) {
    side->cell = (uint32_t *)(void *)((char *)side->chunk + chunk_bytes);
    fill_chunks(side, book, entries);
    set_grid(side);
    fill_grid(side);
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

/* ---- searching -------------------------------------------------------------------------- */

/* About how many positions are triggered. */
static inline int64_t guess(const uint32_t *cell, double part) {
  return cell[0] + (int64_t)(part * (double)(cell[1] - cell[0]));
}

bool hc_side_prefetch(const struct hc_side *side, int64_t from, double signed_price) {
  const double place = grid_place(side, signed_price);
  const int64_t c = (int64_t)place;
  int64_t position = guess(&side->cell[c], place - (double)c) - HC_CHUNK / 2;
  if (position < from + HC_CHUNK) return false;
  const char *chunk = (const char *)&side->chunk[position >> HC_CHUNK_BITS];
  for (size_t at = 0; at < 2 * sizeof *side->chunk; at += LINE) __builtin_prefetch(chunk + at);
  return true;
}

/* The answer is in the cell, most often in the chunk guessed or the next. */
int64_t hc_side_search(const struct hc_side *side, double signed_price) {
  const double place = grid_place(side, signed_price);
  const int64_t c = (int64_t)place;
  const uint32_t *cell = &side->cell[c];
  int64_t low = cell[0] >> HC_CHUNK_BITS, high = cell[1] >> HC_CHUNK_BITS;
  int64_t chunk = guess(cell, place - (double)c) >> HC_CHUNK_BITS;
  if (high - low > 16) {
    while (high > low) {
      const int64_t middle = low + (high - low) / 2;
      if (side->chunk[middle].key[HC_CHUNK - 1] >= signed_price) low = middle + 1;
      else high = middle;
    }
    chunk = low;
  }
  while (chunk > low && !(side->chunk[chunk - 1].key[HC_CHUNK - 1] >= signed_price)) chunk--;
  while (chunk < high && side->chunk[chunk].key[HC_CHUNK - 1] >= signed_price) chunk++;
  int64_t found = chunk * HC_CHUNK;
  for (int i = 0; i < HC_CHUNK; i++) found += side->chunk[chunk].key[i] >= signed_price;
  return found < side->count ? found : side->count;
}

/* ---- sums and closing ------------------------------------------------------------------- */

_Static_assert(HC_CHUNK == 8 && sizeof(struct hc_chunk) % LINE == 0,
               "the window, the sums and the lines below are for chunks of eight");
/* Ones between zeros: HC_CHUNK of it are 1 from some index on, or up to one. */
static const double window[3 * HC_CHUNK] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
                                            1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
static inline const double *from_index(int64_t low) { return window + HC_CHUNK - low; }
static inline const double *up_to_index(int64_t high) { return window + 2 * HC_CHUNK - high; }

typedef double pair __attribute__((vector_size(2 * sizeof(double))));
static inline pair load(const double *x) {
  pair p;
  memcpy(&p, x, sizeof p);
  return p;
}

/* Adds the sums of one chunk, each position times its weight. */
static inline void add_chunk(const struct hc_chunk *chunk, const double *weight,
                             struct hc_sums *sums) {
  pair q[4], v[4];
  for (int i = 0; i < 4; i++) {
    q[i] = load(chunk->quantity + 2 * i) * load(weight + 2 * i);
    v[i] = q[i] * load(chunk->bankruptcy + 2 * i);
  }
  const pair quantity = (q[0] + q[2]) + (q[1] + q[3]), value = (v[0] + v[2]) + (v[1] + v[3]);
  sums->quantity += quantity[0] + quantity[1];
  sums->value += value[0] + value[1];
}

struct hc_sums hc_side_sums(const struct hc_side *side, int64_t from, int64_t to) {
  const struct hc_chunk *first = &side->chunk[from >> HC_CHUNK_BITS];
  const struct hc_chunk *last = &side->chunk[to >> HC_CHUNK_BITS];
  const int64_t low = from & (HC_CHUNK - 1), high = to & (HC_CHUNK - 1);
  struct hc_sums sums = {0.0, 0.0};
  if (first == last) {
    double weight[HC_CHUNK];
    for (int i = 0; i < HC_CHUNK; i++) weight[i] = from_index(low)[i] * up_to_index(high)[i];
    add_chunk(first, weight, &sums);
    return sums;
  }
  sums.quantity = difference(last->quantity_before, first[1].quantity_before);
  sums.value = difference(last->value_before, first[1].value_before);
  add_chunk(first, from_index(low), &sums);
  add_chunk(last, up_to_index(high), &sums);
  return sums;
}

/* Bounds on s*b: up to `full` the whole fee is paid, from `bad` on there is bad debt; between,
 * the equity is less than the fee and is taken whole. */
struct zones {
  double signed_fill, full, bad, fee_per_unit, fill;
};

static inline void close_one(const struct hc_side *side, int64_t i, const struct zones *zones,
                             struct hc_closing *closing) {
  const double q = hc_side_quantity(side, i);
  const double signed_b = side->sign * hc_side_bankruptcy(side, i);
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

/* Takes a range that surely lies in one zone as a whole. Level order is almost bankruptcy
 * order, so the bounds of a prefix and of the rest are nearly those of the range. */
static inline int close_whole(const struct hc_side *side, int64_t from, int64_t to,
                              const struct hc_sums *sums, const struct zones *zones,
                              struct hc_closing *closing) {
  const double highest = side->chunk[from >> HC_CHUNK_BITS].highest_from;
  const double lowest = side->chunk[(to - 1) >> HC_CHUNK_BITS].lowest_through;
  const double surplus = side->sign * (sums->quantity * zones->fill - sums->value);
  if (highest <= zones->full) {
    const double fee = sums->quantity * zones->fee_per_unit;
    closing->fee += fee;
    closing->remainder += surplus - fee;
  } else if (lowest >= zones->bad) {
    closing->bad_debt -= surplus;
  } else {
    return 0;
  }
  closing->quantity += sums->quantity;
  return 1;
}

/* Halves until a part lies in one zone, or is short. */
static void close_range(const struct hc_side *side, int64_t from, int64_t to,
                        const struct hc_sums *sums, const struct zones *zones,
                        struct hc_closing *closing) {
  if (to <= from || close_whole(side, from, to, sums, zones, closing)) return;
  if (to - from <= 2 * HC_CHUNK) {
    for (int64_t i = from; i < to; i++) close_one(side, i, zones, closing);
    return;
  }
  const int64_t middle = (from + (to - from) / 2) & ~(int64_t)(HC_CHUNK - 1);
  const struct hc_sums left = hc_side_sums(side, from, middle);
  const struct hc_sums right = hc_side_sums(side, middle, to);
  close_range(side, from, middle, &left, zones, closing);
  close_range(side, middle, to, &right, zones, closing);
}

void hc_side_close(const struct hc_side *side, int64_t from, int64_t to,
                   const struct hc_sums *sums, double fill, double fee,
                   struct hc_closing *closing) {
  const double signed_fill = side->sign * fill;
  const struct zones zones = {
    .signed_fill = signed_fill,
    .full = signed_fill - fee * fill,
    .bad = signed_fill + 1e-12 * fill,
    .fee_per_unit = fee * fill,
    .fill = fill,
  };
  close_range(side, from, to, sums, &zones, closing);
}
