/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "random/scalar.h"

#define BLOCK_SLOTS 4096

static const uint32_t PURPOSE = HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, 0);

static int ceil_log2(int64_t n) {
  int bits = 0;
  while (((int64_t)1 << bits) < n) bits++;
  return bits;
}

hc_status hc_walk_create(const struct hc_scenario *scenario, struct hc_walker *walk) {
  const struct hc_price *price = &scenario->price;
  *walk = (struct hc_walker){
    .scenario = scenario,
    .price = price,
    .kernels = hc_kernels(),
    .steps = scenario->grid.steps,
    .stop = INT64_MAX,
    .shift = 32 - ceil_log2(scenario->grid.steps),
  };
  const double dt = price->grid.year;
  for (int j = 1; j <= 32; j++) {
    const double half = (double)((int64_t)1 << (j - 1)), whole = (double)((int64_t)1 << j);
    walk->deviation[j] = sqrt(dt * half * half / whole);
  }
  if (price->model->walk) {
    walk->whole = calloc((size_t)walk->steps + 1 + 2 * HC_BLOCK, sizeof *walk->whole);
    return walk->whole ? HC_OK : HC_NO_MEMORY;
  }
  walk->node_slots = walk->steps / HC_BLOCK + 1;
  walk->block_slots = walk->node_slots < BLOCK_SLOTS ? walk->node_slots : BLOCK_SLOTS;
  walk->node_stamp = calloc((size_t)walk->node_slots, sizeof *walk->node_stamp);
  walk->node_w = calloc((size_t)walk->node_slots, sizeof *walk->node_w);
  walk->block_stamp = calloc((size_t)walk->block_slots, sizeof *walk->block_stamp);
  walk->block_key = calloc((size_t)walk->block_slots, sizeof *walk->block_key);
  walk->block_line = calloc((size_t)walk->block_slots, HC_BLOCK * sizeof *walk->block_line);
  if (walk->node_stamp && walk->node_w && walk->block_stamp && walk->block_key && walk->block_line)
    return HC_OK;
  hc_walk_free(walk);
  return HC_NO_MEMORY;
}

void hc_walk_free(struct hc_walker *walk) {
  free(walk->jumps);
  free(walk->node_stamp);
  free(walk->node_w);
  free(walk->block_stamp);
  free(walk->block_key);
  free(walk->block_line);
  free(walk->whole);
  *walk = (struct hc_walker){0};
}

/* ---- the tree -------------------------------------------------------------------- */

static double node_normal(struct hc_walker *walk, int64_t m) {
  const uint32_t key = (uint32_t)m << walk->shift;
  const uint32_t pair = (key & -key) << 1; /* bit above the lowest set one; 0: none */
  double uniform[2];
  hc_s_uniforms(walk->price->grid.seed, walk->path, key & ~pair, PURPOSE, uniform);
  walk->normals++;
  return hc_s_quantile(uniform[(key & pair) != 0]);
}

/* W(m) of the tree's own split of (a, b). */
static double split_value(struct hc_walker *walk, int64_t a, double w_a, int64_t b, double w_b,
                          int64_t m) {
  if (b - m == m - a) /* halves, as nearly all splits are: the same formula, tabulated */
    return w_a + 0.5 * (w_b - w_a) +
           walk->deviation[__builtin_ctzll((uint64_t)(b - a))] * node_normal(walk, m);
  const double left = (double)(m - a), right = (double)(b - m), whole = (double)(b - a);
  const double deviation = sqrt(walk->price->grid.year * left * right / whole);
  return w_a + left / whole * (w_b - w_a) + deviation * node_normal(walk, m);
}

/* The index inside (a, b) that is divisible by the highest power of two. */
static int64_t split_index(int64_t a, int64_t b) {
  const uint64_t last = (uint64_t)(b - 1);
  const uint64_t differ = (uint64_t)a ^ last;
  const int high = 63 - __builtin_clzll(differ);
  return (int64_t)(last & ~(((uint64_t)1 << high) - 1));
}

/* All nodes at multiples of HC_BLOCK inside (a, b), a whole subtree of them, by the kernel of blocks: they
 * are a tree of the same form, on a coarser grid. To descend through it one by one takes as long. */
static void fill_nodes(struct hc_walker *walk, int64_t a, double w_a, int64_t b, double w_b) {
  double w[HC_BLOCK];
  const int64_t first = a / HC_BLOCK, count = (b - a) / HC_BLOCK;
  struct hc_block_request request = {
    .seed = walk->price->grid.seed,
    .path = walk->path,
    .purpose = PURPOSE,
    .first = (uint32_t)first,
    .shift = walk->shift + HC_BLOCK_BITS,
    .levels = ceil_log2(count),
    .left = w_a,
    .right = w_b,
    .sigma = 1.0, /* the line is W itself */
  };
  memcpy(request.deviation, walk->deviation + HC_BLOCK_BITS, sizeof request.deviation);
  walk->kernels->block(&request, w);
  for (int64_t i = 1; i < count; i++) {
    walk->node_w[first + i] = w[i - 1];
    walk->node_stamp[first + i] = walk->stamp;
  }
  walk->normals += (uint64_t)count - 1;
}

static double node_value(struct hc_walker *walk, int64_t a, double w_a, int64_t b, double w_b,
                         int64_t m) {
  if (m % HC_BLOCK != 0) return split_value(walk, a, w_a, b, w_b, m);
  const int64_t slot = m / HC_BLOCK, length = b - a;
  if (walk->node_stamp[slot] == walk->stamp) return walk->node_w[slot];
  if ((length == 16 * HC_BLOCK || length == 8 * HC_BLOCK) && a % length == 0) {
    fill_nodes(walk, a, w_a, b, w_b);
  } else {
    walk->node_w[slot] = split_value(walk, a, w_a, b, w_b, m);
    walk->node_stamp[slot] = walk->stamp;
  }
  return walk->node_w[slot];
}

static double base_line(const struct hc_price *price, int64_t k) {
  return price->log_initial + price->drift * ((double)k * price->grid.year);
}

/* Blocks that are not whole subtrees: the last one of a grid that is no multiple of 64. */
static void fill_by_node(struct hc_walker *walk, int64_t a, double w_a, int64_t b, double w_b,
                         int64_t first, double *w) {
  if (b - a < 2) return;
  const int64_t m = split_index(a, b);
  const double w_m = split_value(walk, a, w_a, b, w_b, m);
  w[m - first - 1] = w_m;
  fill_by_node(walk, a, w_a, m, w_m, first, w);
  fill_by_node(walk, m, w_m, b, w_b, first, w);
}

static void fill_block(struct hc_walker *walk, int64_t a, double w_a, int64_t b, double w_b,
                       double *u) {
  const struct hc_price *price = walk->price;
  const int64_t length = b - a;
  if (length >= 8 && (length & (length - 1)) == 0 && a % length == 0) {
    struct hc_block_request request = {
      .seed = price->grid.seed,
      .path = walk->path,
      .purpose = PURPOSE,
      .first = (uint32_t)a,
      .shift = walk->shift,
      .levels = ceil_log2(length),
      .left = w_a,
      .right = w_b,
      .log_initial = price->log_initial,
      .drift = price->drift,
      .dt = price->grid.year,
      .sigma = price->sigma,
    };
    memcpy(request.deviation, walk->deviation, sizeof request.deviation);
    walk->kernels->block(&request, u);
    walk->normals += (uint64_t)length - 1;
  } else {
    double w[HC_BLOCK];
    fill_by_node(walk, a, w_a, b, w_b, a, w);
    w[length - 1] = w_b;
    for (int64_t i = 0; i < length; i++)
      u[i] = base_line(price, a + 1 + i) + price->sigma * w[i];
  }
}

/* Adds J(k) to the steps of a block. */
static void add_jumps(const struct hc_walker *walk, int64_t a, int64_t b, double *u) {
  size_t next = walk->jump_at;
  double total = next ? walk->jumps[next - 1].total : 0.0;
  for (int64_t k = a + 1; k <= b; k++) {
    for (; next < walk->jump_count && walk->jumps[next].step <= k; next++)
      total = walk->jumps[next].total;
    u[k - a - 1] += total;
  }
}

static void load_block(struct hc_walker *walk, int64_t b, double w_b) {
  const int64_t a = walk->at;
  const int64_t key = a / HC_BLOCK;
  const int64_t slot = key % walk->block_slots;
  double *u = walk->block_line + slot * HC_BLOCK;
  if (walk->block_stamp[slot] != walk->stamp || walk->block_key[slot] != key) {
    fill_block(walk, a, walk->w, b, w_b, u);
    if (walk->jump_count) add_jumps(walk, a, b, u);
    walk->block_stamp[slot] = walk->stamp;
    walk->block_key[slot] = key;
  }
  walk->block_first = a;
  walk->block_last = b;
  walk->block_w = w_b;
  walk->line = u;
}

/* ---- paths ------------------------------------------------------------------------ */

static hc_status draw_jumps(struct hc_walker *walk) {
  const struct hc_price *price = walk->price;
  walk->jump_count = 0;
  if (!(price->jump_rate > 0.0)) return HC_OK;
  const uint32_t time_word = HC_PURPOSE_WORD(HC_PURPOSE_JUMP_TIME, 0);
  const uint32_t size_word = HC_PURPOSE_WORD(HC_PURPOSE_JUMP_SIZE, 0);
  double time = 0.0, total = 0.0;
  for (uint32_t j = 0;; j++) {
    double uniform[2];
    hc_s_uniforms(price->grid.seed, walk->path, j, time_word, uniform);
    time += -hc_s_log(uniform[0]) / price->jump_rate;
    const double step = ceil(time / price->grid.year);
    if (!(step <= (double)walk->steps)) return HC_OK;
    if (walk->jump_count == walk->jump_capacity) {
      const size_t capacity = walk->jump_capacity ? 2 * walk->jump_capacity : 16;
      struct hc_jump *jumps = realloc(walk->jumps, capacity * sizeof *jumps);
      if (!jumps) return HC_NO_MEMORY;
      walk->jumps = jumps;
      walk->jump_capacity = capacity;
    }
    hc_s_uniforms(price->grid.seed, walk->path, j, size_word, uniform);
    total += price->model->jump(price, uniform);
    walk->jumps[walk->jump_count++] = (struct hc_jump){(int64_t)step, total};
  }
}

static void next_stamp(struct hc_walker *walk) {
  if (++walk->stamp != 0) return;
  for (int64_t i = 0; i < walk->node_slots; i++) walk->node_stamp[i] = 0;
  for (int64_t i = 0; i < walk->block_slots; i++) walk->block_stamp[i] = 0;
  walk->stamp = 1;
}

void hc_walk_path_known(struct hc_walker *walk, uint64_t path, double root_normal) {
  walk->path = path;
  next_stamp(walk);
  walk->jump_count = 0;
  walk->root = sqrt((double)walk->steps * walk->price->grid.year) * root_normal;
  hc_walk_rewind(walk);
}

hc_status hc_walk_path(struct hc_walker *walk, uint64_t path) {
  if (walk->whole) {
    walk->path = path;
    walk->whole[0] = walk->price->log_initial;
    walk->price->model->walk(walk->price, path, 0, walk->whole);
    walk->normals += (uint64_t)walk->steps;
    hc_walk_rewind(walk);
    return HC_OK;
  }
  double uniform[2];
  hc_s_uniforms(walk->price->grid.seed, path, 0, PURPOSE, uniform);
  walk->normals++;
  hc_walk_path_known(walk, path, hc_s_quantile(uniform[0]));
  return draw_jumps(walk);
}

void hc_walk_rewind(struct hc_walker *walk) {
  walk->at = 0;
  walk->w = 0.0;
  walk->jump_at = 0;
  walk->depth = 1;
  walk->stack[0] = (struct hc_node){walk->steps, walk->root};
  walk->block_first = walk->block_last = 0;
}

/* ---- the search -------------------------------------------------------------------- */

/* Margin displacement beta*d at a step, as the search sees it. */
static inline double decayed(const struct hc_walker *walk, const struct hc_drift *drift,
                             int64_t step) {
  const struct hc_scenario *s = walk->scenario;
  if (!s->decay) return drift->displacement;
  const double factor = s->decay[step - drift->origin];
  if (s->decay_exponent > 0.0) return drift->displacement * factor;
  return -s->pass_through * hc_impact(&s->impact, drift->volume * factor);
}

/* Which steps of the loaded block after `at` lie outside the box. */
static uint64_t scan_block(const struct hc_walker *walk, const struct hc_drift *drift, double lo,
                           double hi) {
  const struct hc_scenario *s = walk->scenario;
  const int64_t a = walk->block_first, length = walk->block_last - a, from = walk->at - a;
  const double *shock = walk->price->shock ? walk->price->shock + a + 1 : NULL;
  double decay[HC_BLOCK];
  struct hc_scan_request request = {walk->line, shock, NULL, drift->offset, drift->displacement,
                                    lo, hi};
  if (s->decay && drift->displacement != 0.0) {
    if (s->decay_exponent > 0.0) {
      request.decay = s->decay + (a + 1 - drift->origin);
    } else {
      for (int64_t i = 0; i < HC_BLOCK; i++)
        decay[i] = i >= from && i < length ? decayed(walk, drift, a + 1 + i) : 0.0;
      request.decay = decay;
      request.displacement = 1.0;
    }
  }
  uint64_t outside = walk->kernels->scan(&request);
  if (length < HC_BLOCK) outside &= ((uint64_t)1 << length) - 1;
  if (walk->stop > a && walk->stop <= a + length) outside |= (uint64_t)1 << (walk->stop - a - 1);
  return outside & ~(uint64_t)0 << from;
}

static double jumps_before(const struct hc_walker *walk) {
  return walk->jump_at ? walk->jumps[walk->jump_at - 1].total : 0.0;
}

/* Moves to node b and past the jumps up to it. */
static void move_to(struct hc_walker *walk, int64_t b, double w_b) {
  walk->at = b;
  walk->w = w_b;
  while (walk->jump_at < walk->jump_count && walk->jumps[walk->jump_at].step <= b) walk->jump_at++;
}

/* Whether nothing can happen in (at, b], up to a probability of 1e-12. */
static bool is_quiet(const struct hc_walker *walk, const struct hc_drift *drift, int64_t b,
                     double w_b, double lo, double hi) {
  const struct hc_price *price = walk->price;
  const int64_t a = walk->at;
  const double jump_a = jumps_before(walk);
  size_t next = walk->jump_at;
  if (next < walk->jump_count && walk->jumps[next].step < b) return false;
  double jump_b = jump_a;
  for (; next < walk->jump_count && walk->jumps[next].step == b; next++)
    jump_b = walk->jumps[next].total;
  const double u_a = base_line(price, a) + price->sigma * walk->w + jump_a;
  const double smooth_b = base_line(price, b) + price->sigma * w_b;
  const double before_b = smooth_b + jump_a, u_b = smooth_b + jump_b;
  double g_low = 0.0, g_high = 0.0, d_b = 0.0;
  if (drift->displacement != 0.0) {
    const double d_a = decayed(walk, drift, a);
    d_b = decayed(walk, drift, b);
    g_low = d_a < d_b ? d_a : d_b;
    g_high = d_a < d_b ? d_b : d_a;
  }
  double shock_b = 0.0, shock_low = 0.0, shock_high = 0.0;
  if (price->shock) {
    shock_b = price->shock[b];
    hc_price_shock_range(price, a, b, &shock_low, &shock_high);
  }
  g_low += drift->offset + shock_low;
  g_high += drift->offset + shock_high;
  /* Inside at b; at a it is, since that is where the search stands. */
  const double y_b = u_b + shock_b + (drift->offset + d_b);
  if (!(y_b > lo && y_b < hi)) return false;
  const double below_a = u_a + g_low - lo, below_b = before_b + g_low - lo;
  const double above_a = hi - u_a - g_high, above_b = hi - before_b - g_high;
  if (!(below_a > 0.0 && below_b > 0.0 && above_a > 0.0 && above_b > 0.0)) return false;
  const double least =
    HC_SAFE_PRODUCT * (price->sigma * price->sigma * price->grid.year * (double)(b - a));
  return below_a * below_b > least && above_a * above_b > least;
}

/* Where the whole line is at hand, blocks are windows on it. */
static void window(struct hc_walker *walk) {
  walk->block_first = walk->at;
  walk->block_last = walk->at + HC_BLOCK < walk->steps ? walk->at + HC_BLOCK : walk->steps;
  walk->line = walk->whole + walk->at + 1;
}

/* Loads the block at `at`, or moves or descends one level; false at the end of the path. */
static bool advance(struct hc_walker *walk, const struct hc_drift *drift, double lo, double hi,
                    int64_t wanted) {
  if (walk->at >= walk->steps) return false;
  if (walk->whole) {
    window(walk);
    return true;
  }
  for (;;) {
    const struct hc_node top = walk->stack[walk->depth - 1];
    const int64_t a = walk->at;
    const bool skip = drift ? !walk->every_step && top.index < walk->stop &&
                                is_quiet(walk, drift, top.index, top.w, lo, hi)
                            : top.index < wanted;
    if (skip) {
      move_to(walk, top.index, top.w);
      walk->depth--;
      if (walk->at >= walk->steps) return false;
      continue;
    }
    if (a / HC_BLOCK == (top.index - 1) / HC_BLOCK) {
      load_block(walk, top.index, top.w);
      return true;
    }
    const int64_t m = split_index(a, top.index);
    walk->stack[walk->depth++] =
      (struct hc_node){m, node_value(walk, a, walk->w, top.index, top.w, m)};
  }
}

/* Leaves a block that is done. */
static void leave_block(struct hc_walker *walk) {
  if (walk->whole) {
    walk->at = walk->block_last;
  } else {
    move_to(walk, walk->block_last, walk->block_w);
    walk->depth--;
  }
  walk->block_first = walk->block_last = walk->at;
}

int64_t hc_walk_next(struct hc_walker *walk, const struct hc_drift *drift, double lo, double hi,
                     double *line) {
  for (;;) {
    if (walk->block_last > walk->at) {
      const uint64_t outside = scan_block(walk, drift, lo, hi);
      if (outside) {
        const int64_t i = __builtin_ctzll(outside);
        walk->at = walk->block_first + 1 + i;
        *line = walk->line[i];
        return walk->at;
      }
      leave_block(walk);
    } else if (walk->block_last > walk->block_first) {
      leave_block(walk); /* the last event was at the end of the block */
    }
    if (!advance(walk, drift, lo, hi, 0)) return walk->steps + 1;
  }
}

double hc_walk_before(const struct hc_walker *walk) {
  const int64_t step = walk->at - 1;
  if (walk->whole) return walk->whole[step];
  if (step > walk->block_first) return walk->line[step - walk->block_first - 1];
  return base_line(walk->price, step) + walk->price->sigma * walk->w + jumps_before(walk);
}

double hc_walk_line(struct hc_walker *walk, int64_t step) {
  if (step == 0) return base_line(walk->price, 0);
  for (;;) {
    if (walk->block_last > walk->block_first && step <= walk->block_last) {
      if (step > walk->at) walk->at = step;
      return walk->line[step - walk->block_first - 1];
    }
    if (walk->block_last > walk->block_first) leave_block(walk);
    if (!walk->whole && walk->at == step)
      return base_line(walk->price, step) + walk->price->sigma * walk->w + jumps_before(walk);
    if (!advance(walk, NULL, 0.0, 0.0, step)) break;
  }
  if (walk->whole) return walk->whole[walk->steps];
  return base_line(walk->price, walk->steps) + walk->price->sigma * walk->root + jumps_before(walk);
}
