/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Body of the vector kernels; the includer defines HC_LEVEL (a token). Vectors are eight
 * doubles wide at every level, in as many registers as the level needs. */
#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#include "random/kernels.h"

typedef double lanes __attribute__((vector_size(64)));
typedef int64_t ilanes __attribute__((vector_size(64)));
typedef uint64_t ulanes __attribute__((vector_size(64)));

static inline lanes lanes_load(const double *p) {
  lanes v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void lanes_store(double *p, lanes v) { memcpy(p, &v, sizeof v); }
static inline lanes lanes_splat(double c) { return (lanes){c, c, c, c, c, c, c, c}; }

static inline ulanes ulanes_load(const uint64_t *p) {
  ulanes v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline ulanes ulanes_splat(uint64_t c) { return (ulanes){c, c, c, c, c, c, c, c}; }

static inline lanes lanes_sqrt(lanes x) {
#if defined(__AVX512F__)
  return (lanes)_mm512_sqrt_pd((__m512d)x);
#elif defined(__AVX__)
  union { lanes v; __m256d h[2]; } u = {.v = x};
  u.h[0] = _mm256_sqrt_pd(u.h[0]);
  u.h[1] = _mm256_sqrt_pd(u.h[1]);
  return u.v;
#else
  union { lanes v; __m128d h[4]; } u = {.v = x};
  for (int i = 0; i < 4; i++) u.h[i] = _mm_sqrt_pd(u.h[i]);
  return u.v;
#endif
}

/* Products of the low 32 bits of each lane. */
static inline ulanes lanes_multiply(ulanes a, uint32_t b) {
  const uint64_t wide = b;
#if defined(__AVX512F__)
  return (ulanes)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64((long long)wide));
#elif defined(__AVX2__)
  union { ulanes v; __m256i h[2]; } u = {.v = a};
  const __m256i c = _mm256_set1_epi64x((long long)wide);
  u.h[0] = _mm256_mul_epu32(u.h[0], c);
  u.h[1] = _mm256_mul_epu32(u.h[1], c);
  return u.v;
#else
  union { ulanes v; __m128i h[4]; } u = {.v = a};
  const __m128i c = _mm_set1_epi64x((long long)wide);
  for (int i = 0; i < 4; i++) u.h[i] = _mm_mul_epu32(u.h[i], c);
  return u.v;
#endif
}

/* A bit a lane from a mask of all ones or zeros. */
static inline unsigned lanes_bits(ilanes mask) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return (unsigned)_mm512_movepi64_mask((__m512i)mask);
#elif defined(__AVX__)
  union { ilanes v; __m256d h[2]; } u = {.v = mask};
  return (unsigned)_mm256_movemask_pd(u.h[0]) | (unsigned)_mm256_movemask_pd(u.h[1]) << 4;
#else
  union { ilanes v; __m128d h[4]; } u = {.v = mask};
  unsigned bits = 0;
  for (int i = 0; i < 4; i++) bits |= (unsigned)_mm_movemask_pd(u.h[i]) << (2 * i);
  return bits;
#endif
}

#define E(name) v_##name
#define REAL lanes
#define BITS ilanes
#define AS_BITS(x) ((ilanes)(x))
#define AS_REAL(i) ((lanes)(i))
#define LESS(a, b) ((ilanes)((a) < (b)))
#define SQRT(x) lanes_sqrt(x)
#define SPLAT(c) lanes_splat(c)
#define ISPLAT(c) ((ilanes){(c), (c), (c), (c), (c), (c), (c), (c)})
#define TO_REAL(i) __builtin_convertvector((i), lanes)
#define SHIFT_UP(i) ((i) << 52)
#include "random/elementary.h"

/* Eight calls of Philox4x32-10 (Salmon et al. 2011), a call a lane; words in the low halves. */
static inline void philox(uint64_t seed, ulanes c[4]) {
  const ulanes low = {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                      0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const ulanes p0 = lanes_multiply(c[0], 0xD2511F53u);
    const ulanes p1 = lanes_multiply(c[2], 0xCD9E8D57u);
    c[0] = (p1 >> 32) ^ c[1] ^ (uint64_t)k0;
    c[1] = p1 & low;
    c[2] = (p0 >> 32) ^ c[3] ^ (uint64_t)k1;
    c[3] = p0 & low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

static inline lanes to_uniform(ulanes high, ulanes low) {
  const ulanes x = (high << 32 | low) >> 12;
  /* Exact conversion of 52 bits: as the fraction of a double in [2^52, 2^53). */
  const ilanes bits = (ilanes)x | ISPLAT(0x4330000000000000);
  return ((lanes)bits - lanes_splat(0x1p52) + lanes_splat(0.5)) * lanes_splat(0x1p-52);
}

/* Normals in place of `count` uniforms (a multiple of 8): the central formula everywhere,
 * then the few in the tails, gathered. */
static void to_normals(double *u, int count) {
  double tail[HC_BLOCK + 8];
  uint8_t place[HC_BLOCK + 8];
  for (int done = 0; done < count; done += HC_BLOCK) {
    double *const p = u + done;
    const int size = count - done < HC_BLOCK ? count - done : HC_BLOCK;
    int tails = 0;
    for (int i = 0; i < size; i += 8) {
      const lanes x = lanes_load(p + i);
      const lanes q = x - lanes_splat(0.5);
      unsigned bits = lanes_bits(LESS(lanes_splat(0.425), q) | LESS(q, lanes_splat(-0.425)));
      for (; bits; bits &= bits - 1) {
        const int lane = i + __builtin_ctz(bits);
        tail[tails] = p[lane];
        place[tails++] = (uint8_t)lane;
      }
      lanes_store(p + i, v_quantile_central(x));
    }
    for (int i = tails; i & 7; i++) tail[i] = 0.01;
    for (int i = 0; i < tails; i += 8)
      lanes_store(tail + i, v_quantile_tail(lanes_load(tail + i)));
    for (int i = 0; i < tails; i++) p[place[i]] = tail[i];
  }
}

/* Grid offsets of the 32 calls that make the 63 normals of a block, coarse level first. The
 * first call serves the middle of the block and shares with a neighbour: see `middle`. */
static const uint32_t call_offset[32] = {32, 16, 8, 40, 4, 20, 36, 52, 2,  10, 18, 26, 34, 42, 50, 58,
                                         1,  5,  9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49, 53, 57, 61};

/* Merges n left ends and n midpoints (n a power of two up to 32) into 2n values in place. */
static inline void refine(double *line, const double *z0, const double *z1, int n,
                          double deviation) {
  double mid[HC_BLOCK / 2];
  for (int j = 0; j < n; j++) {
    const double z = j & 1 ? z1[j >> 1] : z0[j >> 1];
    mid[j] = line[j] + 0.5 * (line[j + 1] - line[j]) + deviation * z;
  }
  line[2 * n] = line[n];
  for (int j = n - 1; j >= 0; j--) {
    line[2 * j + 1] = mid[j];
    line[2 * j] = line[j];
  }
}

static void block_kernel(const struct hc_block_request *r, double *u) {
  double z[2 * HC_BLOCK / 2] __attribute__((aligned(64)));
  double line[HC_BLOCK + 8] __attribute__((aligned(64)));
  const int length = 1 << r->levels;
  /* Calls of spacing s serve offsets s(4j + 1) and s(4j + 3); a shorter block uses the calls
   * whose offsets, at the same place in the list, are scaled down. */
  const int scale = 6 - r->levels;
  const int calls = r->levels ? length / 2 : 0;
  int half = 0;
  for (int i = 0; i < calls; i += 8) {
    uint64_t key[8];
    for (int lane = 0; lane < 8; lane++) {
      uint32_t index = r->first + (call_offset[(i + lane) & 31] >> scale);
      if (i + lane == 0) {
        half = index & (uint32_t)length ? 1 : 0;
        index &= ~(uint32_t)length;
      }
      key[lane] = (uint32_t)(index << r->shift);
    }
    ulanes c[4] = {ulanes_splat((uint32_t)r->path), ulanes_splat(r->path >> 32),
                   ulanes_load(key), ulanes_splat(r->purpose)};
    philox(r->seed, c);
    lanes_store(z + i, to_uniform(c[1], c[0]));
    lanes_store(z + 32 + i, to_uniform(c[3], c[2]));
  }
  const int padded = (calls + 7) & ~7;
  if (padded == 32) {
    to_normals(z, HC_BLOCK);
  } else if (padded) {
    to_normals(z, padded);
    to_normals(z + 32, padded);
  }
  line[0] = r->left;
  line[1] = r->right;
  if (r->levels) {
    const double *const first = half ? z + 32 : z;
    refine(line, first, first, 1, r->deviation[r->levels]);
    int call = 1;
    for (int level = 1; level < r->levels; level++) {
      const int n = 1 << level;
      refine(line, z + call, z + 32 + call, n, r->deviation[r->levels - level]);
      call += n / 2;
    }
  }
  const double at = (double)(r->first + 1);
  const lanes ramp = {at, at + 1, at + 2, at + 3, at + 4, at + 5, at + 6, at + 7};
  for (int i = 0; i < length; i += 8) {
    const lanes time = (ramp + lanes_splat((double)i)) * lanes_splat(r->dt);
    const lanes base = lanes_splat(r->log_initial) + lanes_splat(r->drift) * time;
    const lanes v = base + lanes_splat(r->sigma) * lanes_load(line + 1 + i);
    lanes_store(u + i, v + lanes_splat(r->jumps));
  }
}

static uint64_t scan_kernel(const struct hc_scan_request *r) {
  const lanes lo = lanes_splat(r->lo), hi = lanes_splat(r->hi);
  const lanes offset = lanes_splat(r->offset), displacement = lanes_splat(r->displacement);
  uint64_t outside = 0;
  for (int i = 0; i < HC_BLOCK; i += 8) {
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
  for (int i = 0; i < count; i += 8) {
    uint64_t low[8], high[8];
    for (int lane = 0; lane < 8; lane++) {
      const uint64_t path = first + (uint64_t)(i + lane);
      low[lane] = (uint32_t)path;
      high[lane] = path >> 32;
    }
    ulanes c[4] = {ulanes_load(low), ulanes_load(high), ulanes_splat(index), ulanes_splat(purpose)};
    philox(seed, c);
    lanes_store(uniform + i, to_uniform(c[1], c[0]));
  }
  if (!normal) return;
  memcpy(normal, uniform, (size_t)count * sizeof *normal);
  to_normals(normal, count);
}

static void exp_kernel(const double *x, double *y, int count) {
  for (int i = 0; i < count; i += 8) lanes_store(y + i, v_exp(lanes_load(x + i)));
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
