/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Randomness as a pure function of (seed, path, purpose, index), and the elementary
 *  functions of the model path, which give the same bits on every x86-64 processor. */
#ifndef HAIRCUT_RANDOM_H
#define HAIRCUT_RANDOM_H

#include <stdint.h>

#include "haircut/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One consecutive list; the purpose word of a draw is kind * 65536 + market. */
#define HC_PURPOSE_LIST(X)                                                     \
  X(BROWNIAN) X(JUMP_TIME) X(JUMP_SIZE) X(VARIANCE) X(REGIME) X(SYSTEMIC_JUMP) \
  X(BOOK) X(WATERFALL) X(LP_BEHAVIOUR) X(REPLAY) X(DESIGN)
enum hc_purpose {
#define HC_PURPOSE_ENUM(name) HC_PURPOSE_##name,
  HC_PURPOSE_LIST(HC_PURPOSE_ENUM)
#undef HC_PURPOSE_ENUM
  HC_PURPOSES
};
#define HC_PURPOSE_WORD(kind, market) ((uint32_t)(kind) << 16 | (uint32_t)(market))

/** The two uniforms in (0, 1) of one call: Philox4x32-10 (Salmon et al. 2011), key =
 *  seed, counter = (path low, path high, index, purpose word). */
HC_API void hc_uniforms(uint64_t seed, uint64_t path, uint32_t index, uint32_t purpose,
                        double uniform[2]);
/** The four output words of the same call. */
HC_API void hc_philox(uint64_t seed, uint64_t path, uint32_t index, uint32_t purpose,
                      uint32_t word[4]);

/** Inverse of the standard normal distribution function, relative error below 1e-14
 *  (Wichura 1988, AS 241 PPND16), p in (0, 1). */
HC_API double hc_normal_quantile(double p);

/* e^x, ln x, 2^x within 2 ulp, e^x - 1 within 3, x^y (x >= 0) within 1e-14 relative while
 * |y ln x| < 100; the same bits everywhere: only +, -, *, / and integer operations, in one
 * order, no contraction. */
HC_API double hc_exp(double x);
HC_API double hc_log(double x);
HC_API double hc_exp2(double x);
HC_API double hc_pow(double x, double y);
HC_API double hc_expm1(double x);

/** Instruction set of the vector kernels: "sse2", "avx2" or "avx512". */
HC_API const char *hc_vector_level(void);
/** Restricts the kernels to at most `level`; HC_INPUT if it is unknown. Results do not
 *  change, only speed. Call before starting threads. */
HC_API hc_status hc_vector_restrict(const char *level);

#ifdef __cplusplus
}
#endif
#endif
