/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elementary functions as templates over a lane type: instantiated for one double and for
 * eight (see elementary_lanes.h). Both do the same operations in the same order, without
 * contraction, so they agree bit for bit on every machine.
 *
 * The includer defines
 *   E(name)       name of the instance
 *   REAL, BITS    double and int64_t, or vectors of them
 *   AS_BITS(x), AS_REAL(i)   reinterpretation
 *   LESS(a, b)    all ones where a < b, else 0, as BITS
 *   SQRT(x)
 *   SPLAT(c)      constant as REAL;  ISPLAT(c) as BITS
 *   TO_REAL(i)    conversion of small integers
 *   SHIFT_UP(i)   i * 2^52 */

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

/* Central part of the inverse normal: |p - 1/2| <= 0.425 (Wichura 1988, AS 241). */
static inline REAL E(quantile_central)(REAL p) {
  const REAL q = p - SPLAT(0.5);
  const REAL r = SPLAT(0.180625) - q * q;
  REAL n = SPLAT(2.5090809287301226727e+3);
  n = n * r + SPLAT(3.3430575583588128105e+4);
  n = n * r + SPLAT(6.7265770927008700853e+4);
  n = n * r + SPLAT(4.5921953931549871457e+4);
  n = n * r + SPLAT(1.3731693765509461125e+4);
  n = n * r + SPLAT(1.9715909503065514427e+3);
  n = n * r + SPLAT(1.3314166789178437745e+2);
  n = n * r + SPLAT(3.3871328727963666080e+0);
  REAL d = SPLAT(5.2264952788528545610e+3);
  d = d * r + SPLAT(2.8729085735721942674e+4);
  d = d * r + SPLAT(3.9307895800092710610e+4);
  d = d * r + SPLAT(2.1213794301586595867e+4);
  d = d * r + SPLAT(5.3941960214247511077e+3);
  d = d * r + SPLAT(6.8718700749205790830e+2);
  d = d * r + SPLAT(4.2313330701600911252e+1);
  d = d * r + SPLAT(1.0);
  return q * n / d;
}

/* Upper tail from root = sqrt(-ln(tail probability)). */
static inline REAL E(quantile_from_root)(REAL root) {
  const BITS far = LESS(SPLAT(5.0), root);
#define HC_NEAR_OR_FAR(near_value, far_value) E(select)(far, SPLAT(far_value), SPLAT(near_value))
  const REAL r = root - HC_NEAR_OR_FAR(1.6, 5.0);
  REAL n = HC_NEAR_OR_FAR(7.74545014278341407640e-4, 2.01033439929228813265e-7);
  n = n * r + HC_NEAR_OR_FAR(2.27238449892691845833e-2, 2.71155556874348757815e-5);
  n = n * r + HC_NEAR_OR_FAR(2.41780725177450611770e-1, 1.24266094738807843860e-3);
  n = n * r + HC_NEAR_OR_FAR(1.27045825245236838258e+0, 2.65321895265761230930e-2);
  n = n * r + HC_NEAR_OR_FAR(3.64784832476320460504e+0, 2.96560571828504891230e-1);
  n = n * r + HC_NEAR_OR_FAR(5.76949722146069140550e+0, 1.78482653991729133580e+0);
  n = n * r + HC_NEAR_OR_FAR(4.63033784615654529590e+0, 5.46378491116411436990e+0);
  n = n * r + HC_NEAR_OR_FAR(1.42343711074968357734e+0, 6.65790464350110377720e+0);
  REAL d = HC_NEAR_OR_FAR(1.05075007164441684324e-9, 2.04426310338993978564e-15);
  d = d * r + HC_NEAR_OR_FAR(5.47593808499534494600e-4, 1.42151175831644588870e-7);
  d = d * r + HC_NEAR_OR_FAR(1.51986665636164571966e-2, 1.84631831751005468180e-5);
  d = d * r + HC_NEAR_OR_FAR(1.48103976427480074590e-1, 7.86869131145613259100e-4);
  d = d * r + HC_NEAR_OR_FAR(6.89767334985100004550e-1, 1.48753612908506148525e-2);
  d = d * r + HC_NEAR_OR_FAR(1.67638483018380384940e+0, 1.36929880922735805310e-1);
  d = d * r + HC_NEAR_OR_FAR(2.05319162663775882187e+0, 5.99832206555887937690e-1);
  d = d * r + SPLAT(1.0);
#undef HC_NEAR_OR_FAR
  return n / d;
}

/* Tails: |p - 1/2| > 0.425. */
static inline REAL E(quantile_tail)(REAL p) {
  const BITS lower = LESS(p, SPLAT(0.5));
  const REAL tail = E(select)(lower, p, SPLAT(1.0) - p);
  const REAL x = E(quantile_from_root)(SQRT(SPLAT(0.0) - E(log)(tail)));
  return E(select)(lower, SPLAT(0.0) - x, x);
}
