/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vector kernels: one source compiled for three instruction sets, chosen at run time. Every
 * level gives the same bits. */
#ifndef HC_RANDOM_KERNELS_H
#define HC_RANDOM_KERNELS_H

#include <stdint.h>

#define HC_BLOCK_BITS 6
#define HC_BLOCK (1 << HC_BLOCK_BITS) /* steps of an aligned block of the tree */

/* One aligned block of the Brownian tree and the line u of the price through it. */
struct hc_block_request {
  uint64_t seed, path;
  uint32_t purpose;
  uint32_t first; /* a: index of the left end, a multiple of HC_BLOCK */
  int shift;      /* 32 - ceil(log2 n): from grid indices to keys */
  int levels;     /* length is 2^levels <= HC_BLOCK */
  double left, right;        /* W(a), W(a + 2^levels) */
  double deviation[7];       /* deviation[j]: of the midpoint of an interval of length 2^j */
  double log_initial, drift; /* u(k) = ((log_initial + drift*(k*dt)) + sigma*W(k)) + jumps */
  double dt, sigma, jumps;
};

/* Which steps of a block lie outside (lo, hi): y = (u + shock) + (offset + shift*decay). */
struct hc_scan_request {
  const double *u;      /* HC_BLOCK values, for steps a + 1 ... */
  const double *shock;  /* the same steps, or NULL */
  const double *decay;  /* the same steps, or NULL: 1 */
  double offset, displacement, lo, hi;
};

struct hc_kernels {
  const char *level;
  /* u[0 .. 63] for steps a + 1 .. a + 64 (only 2^levels are set). */
  void (*block)(const struct hc_block_request *request, double *u);
  uint64_t (*scan)(const struct hc_scan_request *request);
  /* Uniforms (half 0) and their normals for `count` paths from `first`, one index; count is a
   * multiple of 8. `normal` may be NULL. */
  void (*roots)(uint64_t seed, uint64_t first, uint32_t index, uint32_t purpose, int count,
                double *uniform, double *normal);
  void (*exp)(const double *x, double *y, int count); /* |x| <= 700; count a multiple of 8 */
};

const struct hc_kernels *hc_kernels(void); /* the best this processor has, or the restricted */
extern const struct hc_kernels hc_kernels_sse2, hc_kernels_avx2, hc_kernels_avx512;
#endif
