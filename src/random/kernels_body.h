/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Body of the vector kernels; the includer defines HC_LEVEL (a token). Vectors are as wide as
 * the level's registers; loops step by LANES, which divides 8. */
#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#include "random/kernels.h"

#if defined(__AVX512F__)
#define LANES 8
#define LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#elif defined(__AVX2__)
#define LANES 4
#define LOW_HALVES 0, 4, 1, 5
#define HIGH_HALVES 2, 6, 3, 7
#else
#define LANES 2
#define LOW_HALVES 0, 2
#define HIGH_HALVES 1, 3
#endif

typedef double lanes __attribute__((vector_size(8 * LANES)));
typedef int64_t ilanes __attribute__((vector_size(8 * LANES)));
typedef uint64_t ulanes __attribute__((vector_size(8 * LANES)));

static inline lanes lanes_load(const double *p) {
  lanes v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void lanes_store(double *p, lanes v) { memcpy(p, &v, sizeof v); }
static inline ulanes ulanes_load(const uint64_t *p) {
  ulanes v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline ilanes ilanes_splat(int64_t c) { return (ilanes){0} + c; }
static inline ulanes ulanes_splat(uint64_t c) { return (ulanes){0} + c; }
static inline lanes lanes_splat(double c) {
  int64_t bits;
  memcpy(&bits, &c, sizeof bits);
  return (lanes)ilanes_splat(bits);
}

static inline lanes lanes_sqrt(lanes x) {
#if LANES == 8
  return (lanes)_mm512_sqrt_pd((__m512d)x);
#elif LANES == 4
  return (lanes)_mm256_sqrt_pd((__m256d)x);
#else
  return (lanes)_mm_sqrt_pd((__m128d)x);
#endif
}

/* Products of the low 32 bits of each lane. */
static inline ulanes lanes_multiply(ulanes a, uint32_t b) {
  const ulanes c = ulanes_splat(b);
#if LANES == 8
  return (ulanes)_mm512_mul_epu32((__m512i)a, (__m512i)c);
#elif LANES == 4
  return (ulanes)_mm256_mul_epu32((__m256i)a, (__m256i)c);
#else
  return (ulanes)_mm_mul_epu32((__m128i)a, (__m128i)c);
#endif
}

/* A bit a lane from a mask of all ones or zeros. */
static inline unsigned lanes_bits(ilanes mask) {
#if LANES == 8
  return (unsigned)_mm512_movepi64_mask((__m512i)mask);
#elif LANES == 4
  return (unsigned)_mm256_movemask_pd((__m256d)mask);
#else
  return (unsigned)_mm_movemask_pd((__m128d)mask);
#endif
}

#define E(name) v_##name
#define REAL lanes
#define BITS ilanes
#define AS_BITS(x) ((ilanes)(x))
#define AS_REAL(i) ((lanes)(i))
#define LESS(a, b) ((ilanes)((a) < (b)))
#define ANY(mask) (lanes_bits(mask) != 0)
#define SQRT(x) lanes_sqrt(x)
#define SPLAT(c) lanes_splat(c)
#define ISPLAT(c) ilanes_splat(c)
#define TO_REAL(i) __builtin_convertvector((i), lanes)
#define SHIFT_UP(i) ((i) << 52)
#include "random/elementary.h"

/* Calls of Philox4x32-10 (Salmon et al. 2011), a call a lane of `count` counters, whose rounds take
 * turns; words in the low halves. What gathers in the high halves of the second and fourth goes no
 * further than the high halves of the others, which products do not read. */
static inline __attribute__((always_inline)) void philox(uint64_t seed, ulanes (*c)[4], int count) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < count; i++) {
      const ulanes p0 = lanes_multiply(c[i][0], 0xD2511F53u);
      const ulanes p1 = lanes_multiply(c[i][2], 0xCD9E8D57u);
      c[i][0] = (p1 >> 32) ^ c[i][1] ^ (uint64_t)k0;
      c[i][1] = p1;
      c[i][2] = (p0 >> 32) ^ c[i][3] ^ (uint64_t)k1;
      c[i][3] = p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < count; i++)
    for (int word = 0; word < 4; word++) c[i][word] &= ulanes_splat(0xffffffff);
}

static inline lanes to_uniform(ulanes high, ulanes low) {
  const ulanes x = (high << 32 | low) >> 12;
  /* Exact conversion of 52 bits: as the fraction of a double in [2^52, 2^53). */
  const ilanes bits = (ilanes)x | ISPLAT(0x4330000000000000);
  return ((lanes)bits - lanes_splat(0x1p52) + lanes_splat(0.5)) * lanes_splat(0x1p-52);
}

static inline __attribute__((always_inline)) void central(double *p, int vectors) {
  lanes value[4];
  for (int i = 0; i < vectors; i++) value[i] = lanes_load(p + i * LANES);
  v_quantiles_central(value, value, vectors);
  for (int i = 0; i < vectors; i++) lanes_store(p + i * LANES, value[i]);
}

/* Of 64 values some ten are in the tails. */
#if LANES == 8
#define TAILS_AT_ONCE 2
#else
#define TAILS_AT_ONCE 3
#endif

/* Normals in place of `count` uniforms (a multiple of 8, at most HC_BLOCK): the central formula
 * everywhere, then the few in the tails, gathered. */
static inline __attribute__((always_inline)) void to_normals(double *p, int count) {
  double tail[HC_BLOCK + TAILS_AT_ONCE * LANES];
  uint8_t place[HC_BLOCK];
  int tails = 0;
  uint64_t far = 0;
  for (int i = 0; i < count; i += LANES) {
    const lanes q = lanes_load(p + i) - lanes_splat(0.5);
    far |= (uint64_t)lanes_bits(LESS(lanes_splat(0.425), q) | LESS(q, lanes_splat(-0.425))) << i;
  }
  for (; far; far &= far - 1) {
    const int lane = __builtin_ctzll(far);
    tail[tails] = p[lane];
    place[tails++] = (uint8_t)lane;
  }
  /* `count` is a multiple of 8, so of two vectors; in small chunks only of those. */
  int i = 0;
  for (; i + 4 * LANES <= count; i += 4 * LANES) central(p + i, 4);
  for (; i < count; i += LANES) central(p + i, 1);
  for (i = tails; i % (TAILS_AT_ONCE * LANES) != 0; i++) tail[i] = 0.01;
  for (i = 0; i < tails; i += TAILS_AT_ONCE * LANES) {
    lanes value[TAILS_AT_ONCE];
    for (int j = 0; j < TAILS_AT_ONCE; j++) value[j] = lanes_load(tail + i + j * LANES);
    v_quantiles_tail(value, value, TAILS_AT_ONCE);
    for (int j = 0; j < TAILS_AT_ONCE; j++) lanes_store(tail + i + j * LANES, value[j]);
  }
  for (i = 0; i < tails; i++) p[place[i]] = tail[i];
}

/* ---- blocks ------------------------------------------------------------------------------------
 *
 * Calls of spacing s make the normals at offsets s(4j + 1), their halves 0, and s(4j + 3), halves 1;
 * the first call serves the middle of a block, and shares with a neighbour. In z are halves 0, from
 * z + 32 on halves 1, coarse level first: those of spacing s < 32 from 16/s on. */

/* Offsets by which calls are made, for blocks that are not whole: in order. */
static const uint64_t offset_in_order[32] = {32, 16, 8, 40, 4, 20, 36, 52, 2,  10, 18, 26, 34, 42, 50, 58,
                                             1,  5,  9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49, 53, 57, 61};
/* For whole ones: a lane c has the offsets 64/LANES c to 64/LANES (c + 1), so that all but the coarsest
 * levels are refined lane by lane. */
#if LANES == 8
static const uint64_t offset_by_lane[32] = {32, 16, 8,  40, 4, 20, 36, 52, 2, 10, 18, 26, 34, 42, 50, 58,
                                            1,  9,  17, 25, 33, 41, 49, 57, 5, 13, 21, 29, 37, 45, 53, 61};
#elif LANES == 4
static const uint64_t offset_by_lane[32] = {32, 16, 8,  40, 4, 20, 36, 52, 2, 18, 34, 50, 10, 26, 42, 58,
                                            1,  17, 33, 49, 5, 21, 37, 53, 9, 25, 41, 57, 13, 29, 45, 61};
#else
static const uint64_t offset_by_lane[32] = {32, 16, 8, 40, 4, 36, 20, 52, 2, 34, 10, 42, 18, 50, 26, 58,
                                            1,  33, 5, 37, 9, 41, 13, 45, 17, 49, 21, 53, 25, 57, 29, 61};
#endif

/* Uniforms of a block's calls, then normals. Returns which half the middle takes. */
static inline __attribute__((always_inline)) int block_normals(const struct hc_block_request *r,
                                                               const uint64_t *offset, double *z) {
  const int length = 1 << r->levels, scale = 6 - r->levels, calls = length / 2;
  const uint32_t middle = r->first + (uint32_t)(offset[0] >> scale);
  for (int i = 0; i < calls; i += 2 * LANES) {
    ulanes c[2][4];
    for (int j = 0; j < 2; j++) {
      ulanes index = (ulanes_load(offset + i + j * LANES) >> scale) + (uint64_t)r->first;
      if (i == 0 && j == 0) index[0] = middle & ~(uint32_t)length;
      c[j][0] = ulanes_splat((uint32_t)r->path);
      c[j][1] = ulanes_splat(r->path >> 32);
      c[j][2] = index << r->shift & ulanes_splat(0xffffffff);
      c[j][3] = ulanes_splat(r->purpose);
    }
    philox(r->seed, c, 2);
    for (int j = 0; j < 2; j++) {
      lanes_store(z + i + j * LANES, to_uniform(c[j][1], c[j][0]));
      lanes_store(z + 32 + i + j * LANES, to_uniform(c[j][3], c[j][2]));
    }
  }
  if (calls == 32) {
    to_normals(z, HC_BLOCK);
  } else {
    for (int i = calls; i & 7; i++) z[i] = z[32 + i] = 0.5;
    to_normals(z, (calls + 7) & ~7);
    to_normals(z + 32, (calls + 7) & ~7);
  }
  return (middle & (uint32_t)length) != 0;
}

/* From n left ends and the right end of all (n + 1 values) to 2n + 1 values. */
static inline void refine_few(double *line, const double *z0, const double *z1, int n,
                              double deviation) {
  line[2 * n] = line[n];
  for (int j = n - 1; j >= 0; j--) {
    const double z = j & 1 ? z1[j >> 1] : z0[j >> 1];
    const double left = line[j];
    line[2 * j + 1] = left + 0.5 * (line[2 * j + 2] - left) + deviation * z;
    line[2 * j] = left;
  }
}

/* Between two points, in all lanes. */
static inline lanes refine(lanes left, lanes right, double deviation, lanes z) {
  return left + lanes_splat(0.5) * (right - left) + lanes_splat(deviation) * z;
}

/* u at steps first + i + 1 ... from W there, a vector at a time. */
static inline __attribute__((always_inline)) void store_line(const struct hc_block_request *r,
                                                             lanes w, int i, double *u) {
  lanes ramp = {0};
  for (int lane = 0; lane < LANES; lane++) ramp[lane] = (double)(lane + 1);
  const lanes time = (ramp + lanes_splat((double)(r->first + (uint32_t)i))) * lanes_splat(r->dt);
  const lanes base = lanes_splat(r->log_initial) + lanes_splat(r->drift) * time;
  const lanes v = base + lanes_splat(r->sigma) * w;
  lanes_store(u + i, v + lanes_splat(r->jumps));
}

/* A block of another length than HC_BLOCK. */
static void short_block(const struct hc_block_request *r, double *u) {
  double z[64 + 8] __attribute__((aligned(64)));
  double line[HC_BLOCK + 8];
  const int half = block_normals(r, offset_in_order, z);
  line[0] = r->left;
  line[1] = r->right;
  refine_few(line, half ? z + 32 : z, NULL, 1, r->deviation[r->levels]);
  for (int level = 1, call = 1; level < r->levels; call += 1 << level++ >> 1)
    refine_few(line, z + call, z + 32 + call, 1 << level, r->deviation[r->levels - level]);
  for (int i = 0; i < 1 << r->levels; i += LANES) store_line(r, lanes_load(line + 1 + i), i, u);
}

/* LANES vectors into LANES others, lanes and vectors exchanged. */
static inline __attribute__((always_inline)) void transpose(const lanes *v, lanes *t) {
  lanes s[LANES];
  for (int j = 0; j < LANES; j++) t[j] = v[j];
  /* Each round interleaves the first half with the second. */
  for (int width = 1; width < LANES; width *= 2) {
    for (int j = 0; j < LANES; j++) s[j] = t[j];
    for (int j = 0; j < LANES / 2; j++) {
      t[2 * j] = __builtin_shufflevector(s[j], s[j + LANES / 2], LOW_HALVES);
      t[2 * j + 1] = __builtin_shufflevector(s[j], s[j + LANES / 2], HIGH_HALVES);
    }
  }
}

static void block_kernel(const struct hc_block_request *r, double *u) {
  enum { EACH = HC_BLOCK / LANES };
  double z[64 + 8] __attribute__((aligned(64)));
  if (r->levels != 6) {
    short_block(r, u);
    return;
  }
  const int half = block_normals(r, offset_by_lane, z);
  /* Where lanes begin and end. */
  double coarse[8 + 1 + 8] = {r->left, r->right};
  refine_few(coarse, half ? z + 32 : z, NULL, 1, r->deviation[6]);
  for (int n = 2, call = 1; n < LANES; call += n / 2, n *= 2)
    refine_few(coarse, z + call, z + 32 + call, n, r->deviation[6 - __builtin_ctz((unsigned)n)]);
  lanes w[EACH + 1];
  w[0] = lanes_load(coarse);
  w[EACH] = lanes_load(coarse + 1);
  const int middle = LANES / 2; /* of each lane: the call is 16/(EACH/2) */
  const lanes z_middle =
    __builtin_shufflevector(lanes_load(z + middle), lanes_load(z + 32 + middle), LOW_HALVES);
  w[EACH / 2] = refine(w[0], w[EACH], r->deviation[__builtin_ctz(EACH)], z_middle);
  for (int s = EACH / 4; s > 0; s /= 2) {
    const double deviation = r->deviation[__builtin_ctz((unsigned)s) + 1], *z0 = z + 16 / s;
    for (int i = 0; i < EACH; i += 4 * s, z0 += LANES) {
      w[i + s] = refine(w[i], w[i + 2 * s], deviation, lanes_load(z0));
      w[i + 3 * s] = refine(w[i + 2 * s], w[i + 4 * s], deviation, lanes_load(z0 + 32));
    }
  }
  for (int i = 0; i < EACH; i += LANES) {
    lanes t[LANES];
    transpose(w + 1 + i, t);
    for (int lane = 0; lane < LANES; lane++) store_line(r, t[lane], lane * EACH + i, u);
  }
}

static uint64_t scan_kernel(const struct hc_scan_request *r) {
  const lanes lo = lanes_splat(r->lo), hi = lanes_splat(r->hi);
  const lanes offset = lanes_splat(r->offset), displacement = lanes_splat(r->displacement);
  uint64_t outside = 0;
  for (int i = 0; i < HC_BLOCK; i += LANES) {
    lanes x = lanes_load(r->u + i);
    if (r->shock) x = x + lanes_load(r->shock + i);
    const lanes g = r->decay ? offset + displacement * lanes_load(r->decay + i) : offset + displacement;
    const lanes y = x + g;
    outside |= (uint64_t)lanes_bits((ilanes)(y <= lo) | (ilanes)(y >= hi)) << i;
  }
  return outside;
}

static void roots_kernel(uint64_t seed, uint64_t first, uint32_t index, uint32_t purpose,
                         int count, double *uniform, double *normal) {
  ulanes ramp = {0};
  for (int i = 0; i < LANES; i++) ramp[i] = (uint64_t)i;
  for (int i = 0; i < count; i += LANES) {
    const ulanes path = ramp + (first + (uint64_t)i);
    ulanes c[4] = {path & ulanes_splat(0xffffffff), path >> 32, ulanes_splat(index),
                   ulanes_splat(purpose)};
    philox(seed, &c, 1);
    lanes_store(uniform + i, to_uniform(c[1], c[0]));
  }
  if (!normal) return;
  memcpy(normal, uniform, (size_t)count * sizeof *normal);
  for (int i = 0; i < count; i += HC_BLOCK)
    to_normals(normal + i, count - i < HC_BLOCK ? count - i : HC_BLOCK);
}

static void exp_kernel(const double *x, double *y, int count) {
  for (int i = 0; i < count; i += LANES) lanes_store(y + i, v_exp(lanes_load(x + i)));
}

#define HC_JOIN2(a, b) a##b
#define HC_JOIN(a, b) HC_JOIN2(a, b)
#define HC_STRING2(a) #a
#define HC_STRING(a) HC_STRING2(a)
const struct hc_kernels HC_JOIN(hc_kernels_, HC_LEVEL) = {
  .level = HC_STRING(HC_LEVEL),
  .block = block_kernel,
  .scan = scan_kernel,
  .roots = roots_kernel,
  .exp = exp_kernel,
};
