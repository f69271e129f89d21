/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one-double instance of the elementary functions, and scalar Philox, inline for the
 * model path. */
#ifndef HC_RANDOM_SCALAR_H
#define HC_RANDOM_SCALAR_H

#include <stdint.h>
#include <string.h>

#include <Random123/philox.h>

static inline int64_t hc_bits_of(double x) {
  int64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
static inline double hc_real_of(int64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#define E(name) hc_s_##name
#define REAL double
#define BITS int64_t
#define AS_BITS(x) hc_bits_of(x)
#define AS_REAL(i) hc_real_of(i)
#define LESS(a, b) (-(int64_t)((a) < (b)))
#define ANY(mask) ((mask) != 0)
#define SQRT(x) __builtin_sqrt(x)
#define SPLAT(c) (c)
#define ISPLAT(c) ((int64_t)(c))
#define TO_REAL(i) ((double)(i))
#define SHIFT_UP(i) ((int64_t)((uint64_t)(i) << 52))
#include "random/elementary.h"
#undef E
#undef REAL
#undef BITS
#undef AS_BITS
#undef AS_REAL
#undef LESS
#undef ANY
#undef SQRT
#undef SPLAT
#undef ISPLAT
#undef TO_REAL
#undef SHIFT_UP

/* u = ((x >> 12) + 1/2) 2^-52: exact, symmetric, never 0 or 1. */
static inline double hc_s_uniform(uint32_t high, uint32_t low) {
  const uint64_t x = (uint64_t)high << 32 | low;
  return ((double)(int64_t)(x >> 12) + 0.5) * 0x1p-52;
}

static inline void hc_s_uniforms(uint64_t seed, uint64_t path, uint32_t index, uint32_t purpose,
                                 double uniform[2]) {
  const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  const philox4x32_ctr_t counter = {{(uint32_t)path, (uint32_t)(path >> 32), index, purpose}};
  const philox4x32_ctr_t r = philox4x32_R(10, counter, key);
  uniform[0] = hc_s_uniform(r.v[1], r.v[0]);
  uniform[1] = hc_s_uniform(r.v[3], r.v[2]);
}

static inline double hc_s_quantile(double p) {
  const double q = p - 0.5;
  double value;
  if (q <= 0.425 && q >= -0.425) hc_s_quantiles_central(&p, &value, 1);
  else hc_s_quantiles_tail(&p, &value, 1);
  return value;
}
#endif
