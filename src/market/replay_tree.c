/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole Brownian tree of a path, by blocks of the vector kernels. */
#include <math.h>

#include "market/replay.h"
#include "random/kernels.h"
#include "random/scalar.h"

struct tree {
  struct hc_block_request request; /* W itself: level 0, no drift, sigma 1, a step of 1 */
  const struct hc_kernels *kernels;
  double *w;
};

static double node_normal(const struct tree *tree, int64_t m) {
  const struct hc_block_request *r = &tree->request;
  const uint32_t key = (uint32_t)m << r->shift;
  const uint32_t pair = (key & -key) << 1; /* bit above the lowest set one; 0: none */
  double uniform[2];
  hc_s_uniforms(r->seed, r->path, key & ~pair, r->purpose, uniform);
  return hc_s_quantile(uniform[(key & pair) != 0]);
}

/* The index inside (a, b) that is divisible by the highest power of two. */
static int64_t split_index(int64_t a, int64_t b) {
  const uint64_t last = (uint64_t)(b - 1);
  const int high = 63 - __builtin_clzll((uint64_t)a ^ last);
  return (int64_t)(last & ~(((uint64_t)1 << high) - 1));
}

static bool is_block(int64_t a, int64_t b) {
  const int64_t length = b - a;
  return length >= 8 && length <= HC_BLOCK && (length & (length - 1)) == 0 && a % length == 0;
}

static void fill(struct tree *tree, int64_t a, double w_a, int64_t b, double w_b) {
  tree->w[b] = w_b;
  if (b - a < 2) return;
  if (is_block(a, b)) {
    tree->request.first = (uint32_t)a;
    tree->request.levels = __builtin_ctzll((uint64_t)(b - a));
    tree->request.left = w_a;
    tree->request.right = w_b;
    tree->kernels->block(&tree->request, tree->w + a + 1);
    return;
  }
  const int64_t m = split_index(a, b);
  const double left = (double)(m - a), right = (double)(b - m), whole = (double)(b - a);
  const double w_m = w_a + left / whole * (w_b - w_a) +
                     sqrt(left * right / whole) * node_normal(tree, m);
  fill(tree, a, w_a, m, w_m);
  fill(tree, m, w_m, b, w_b);
}

void hc_replay_tree(uint64_t seed, uint64_t path, uint32_t purpose, int64_t steps, double *w) {
  int bits = 0;
  while (((int64_t)1 << bits) < steps) bits++;
  struct tree tree = {
    .request = {.seed = seed, .path = path, .purpose = purpose, .shift = 32 - bits, .dt = 1.0,
                .sigma = 1.0},
    .kernels = hc_kernels(),
    .w = w,
  };
  for (int j = 1; j < 7; j++) {
    const double half = (double)((int64_t)1 << (j - 1));
    tree.request.deviation[j] = sqrt(half * half / (2.0 * half));
  }
  double uniform[2];
  hc_s_uniforms(seed, path, 0, purpose, uniform);
  fill(&tree, 0, 0.0, steps, sqrt((double)steps) * hc_s_quantile(uniform[0]));
}
