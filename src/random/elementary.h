/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elementary functions as templates over a lane type: instantiated for one double and for
 * eight (see elementary_lanes.h). Both do the same operations in the same order, without
 * contraction, so they agree bit for bit on every machine.
 *
 * The includer defines
 *   E(name)       name of the instance
 *   REAL, BITS    double and int64_t, or vectors of them
 *   AS_BITS(x), AS_REAL(i)   reinterpretation
 *   LESS(a, b)    all ones where a < b, else 0, as BITS;  ANY(mask) whether it is so anywhere
 *   SQRT(x)
 *   SPLAT(c)      constant as REAL;  ISPLAT(c) as BITS
 *   TO_REAL(i)    conversion of small integers
 *   SHIFT_UP(i)   i * 2^52 */
#include "random/ratios.h"

static inline REAL E(select)(BITS mask, REAL yes, REAL no) {
  return AS_REAL((AS_BITS(yes) & mask) | (AS_BITS(no) & ~mask));
}

/* Natural logarithm of a positive normal number: x = 2^k m, sqrt(1/2) < m < sqrt(2),
 * ln m = 2 atanh(f/(2 + f)), f = m - 1, by the minimax polynomial of FreeBSD's e_log.c
 * (error below 1 ulp). */
static inline REAL E(log)(REAL x) {
  const BITS bits = AS_BITS(x);
  /* Offset such that the exponent steps at sqrt(1/2). */
  const BITS shifted = bits - ISPLAT(0x3fe6a09e00000000);
  const BITS k = shifted >> 52;
  const REAL m = AS_REAL(bits - SHIFT_UP(k));
  const REAL f = m - SPLAT(1.0);
  const REAL s = f / (SPLAT(2.0) + f);
  const REAL z = s * s;
  const REAL w = z * z;
  const REAL t1 = w * (SPLAT(3.999999999940941908e-01) +
                       w * (SPLAT(2.222219843214978396e-01) + w * SPLAT(1.531383769920937332e-01)));
  const REAL t2 =
    z * (SPLAT(6.666666666666735130e-01) +
         w * (SPLAT(2.857142874366239149e-01) +
              w * (SPLAT(1.818357216161805012e-01) + w * SPLAT(1.479819860511658591e-01))));
  const REAL r = t2 + t1;
  const REAL half_square = SPLAT(0.5) * f * f;
  const REAL exponent = TO_REAL(k);
  return exponent * SPLAT(6.93147180369123816490e-01) -
         ((half_square - (s * (half_square + r) + exponent * SPLAT(1.90821492927058770002e-10))) - f);
}

/* e^(hi - lo) * 2^k for |hi - lo| <= ln(2)/2 and k in the normal range: the rational
 * approximation of FreeBSD's e_exp.c (error below 1 ulp). `k` is a whole number. */
static inline REAL E(exp_reduced)(REAL hi, REAL lo, BITS k) {
  const REAL x = hi - lo;
  const REAL t = x * x;
  const REAL c =
    x - t * (SPLAT(1.66666666666666019037e-01) +
             t * (SPLAT(-2.77777777770155933842e-03) +
                  t * (SPLAT(6.61375632143793436117e-05) +
                       t * (SPLAT(-1.65339022054652515390e-06) + t * SPLAT(4.13813679705723846039e-08)))));
  const REAL y = SPLAT(1.0) - ((lo - (x * c) / (SPLAT(2.0) - c)) - hi);
  /* Two factors reach every normal result. */
  const BITS k1 = k >> 1, k2 = k - k1;
  return y * AS_REAL(SHIFT_UP(k1 + ISPLAT(1023))) * AS_REAL(SHIFT_UP(k2 + ISPLAT(1023)));
}

/* Rounds to the nearest whole number and gives it also as an integer, for |x| < 2^31. */
static inline REAL E(round)(REAL x, BITS *whole) {
  const REAL magic = SPLAT(6755399441055744.0); /* 1.5 * 2^52 */
  const REAL shifted = x + magic;
  *whole = AS_BITS(shifted) - ISPLAT(0x4338000000000000);
  return shifted - magic;
}

/* e^x for |x| <= 700. */
static inline REAL E(exp)(REAL x) {
  BITS k;
  const REAL n = E(round)(x * SPLAT(1.44269504088896338700), &k);
  const REAL hi = x - n * SPLAT(6.93147180369123816490e-01);
  return E(exp_reduced)(hi, n * SPLAT(1.90821492927058770002e-10), k);
}

/* ---- inverse normal: Wichura 1988, AS 241 -----------------------------------------------------------
 *
 * Each takes `count` values, at most HC_AT_ONCE, whose operations take turns: one by one they would
 * wait for each other. */

#ifndef HC_AT_ONCE
#define HC_AT_ONCE 4
#endif

/* scale * ratio(x). */
static inline __attribute__((always_inline)) void E(ratio)(const struct hc_ratio *c, const REAL *x,
                                                           const REAL *scale, REAL *value, int count) {
  REAL n[HC_AT_ONCE], d[HC_AT_ONCE];
  for (int i = 0; i < count; i++) n[i] = SPLAT(c->over[0]);
  for (int i = 0; i < count; i++) d[i] = SPLAT(c->under[0]);
  for (int k = 1; k < 8; k++) {
    for (int i = 0; i < count; i++) n[i] = n[i] * x[i] + SPLAT(c->over[k]);
    for (int i = 0; i < count; i++) d[i] = d[i] * x[i] + SPLAT(c->under[k]);
  }
  for (int i = 0; i < count; i++) value[i] = scale[i] * n[i] / d[i];
}

/* |p - 1/2| <= 0.425. */
static inline __attribute__((always_inline)) void E(quantiles_central)(const REAL *p, REAL *value,
                                                                       int count) {
  REAL q[HC_AT_ONCE], x[HC_AT_ONCE];
  for (int i = 0; i < count; i++) q[i] = p[i] - SPLAT(0.5);
  for (int i = 0; i < count; i++) x[i] = SPLAT(0.180625) - q[i] * q[i];
  E(ratio)(&hc_ratio_central, x, q, value, count);
}

/* |p - 1/2| > 0.425. */
static inline __attribute__((always_inline)) void E(quantiles_tail)(const REAL *p, REAL *value, int count) {
  REAL root[HC_AT_ONCE], x[HC_AT_ONCE], sign[HC_AT_ONCE];
  BITS far = ISPLAT(0);
  for (int i = 0; i < count; i++) {
    const BITS lower = LESS(p[i], SPLAT(0.5));
    const REAL tail = E(select)(lower, p[i], SPLAT(1.0) - p[i]);
    sign[i] = E(select)(lower, SPLAT(-1.0), SPLAT(1.0));
    root[i] = SQRT(SPLAT(0.0) - E(log)(tail));
    far |= LESS(SPLAT(5.0), root[i]);
  }
  for (int i = 0; i < count; i++) x[i] = root[i] - SPLAT(1.6);
  E(ratio)(&hc_ratio_near, x, sign, value, count);
  if (!ANY(far)) return; /* all but one in 10^10 */
  for (int i = 0; i < count; i++) {
    REAL beyond;
    x[0] = root[i] - SPLAT(5.0);
    E(ratio)(&hc_ratio_far, x, &sign[i], &beyond, 1);
    value[i] = E(select)(LESS(SPLAT(5.0), root[i]), beyond, value[i]);
  }
}
