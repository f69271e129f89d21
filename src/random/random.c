/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/random.h"

#include <math.h>

#include "random/scalar.h"

void hc_philox(uint64_t seed, uint64_t path, uint32_t index, uint32_t purpose, uint32_t word[4]) {
  const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  const philox4x32_ctr_t counter = {{(uint32_t)path, (uint32_t)(path >> 32), index, purpose}};
  const philox4x32_ctr_t r = philox4x32_R(10, counter, key);
  memcpy(word, r.v, sizeof r.v);
}

void hc_uniforms(uint64_t seed, uint64_t path, uint32_t index, uint32_t purpose,
                 double uniform[2]) {
  hc_s_uniforms(seed, path, index, purpose, uniform);
}

double hc_normal_quantile(double p) {
  if (!(p > 0.0 && p < 1.0))
    return p == 0.0 ? -HUGE_VAL : p == 1.0 ? HUGE_VAL : (double)NAN;
  if (p < 0x1p-1022) { /* subnormal */
    const double x = sqrt(-hc_log(p)) - 5.0, sign = -1.0;
    double value;
    hc_s_ratio(&hc_ratio_far, &x, &sign, &value, 1);
    return value;
  }
  return hc_s_quantile(p);
}

double hc_exp(double x) {
  if (x != x) return x;
  if (x > 709.782712893384) return HUGE_VAL;
  if (x < -745.2) return 0.0;
  if (x < -700.0) return hc_s_exp(x + 100.0) * 3.720075976020836e-44; /* e^-100: subnormals */
  return hc_s_exp(x);
}

double hc_log(double x) {
  if (x != x || x < 0.0) return (double)NAN;
  if (x == 0.0) return -HUGE_VAL;
  if (x == HUGE_VAL) return x;
  if (x < 0x1p-1022) return hc_s_log(x * 0x1p54) - 54.0 * 0.69314718055994530942;
  return hc_s_log(x);
}

double hc_exp2(double x) {
  if (x != x) return x;
  if (x >= 1024.0) return HUGE_VAL;
  if (x < -1075.0) return 0.0;
  if (x < -1020.0) return hc_exp2(x + 100.0) * 0x1p-100;
  int64_t k;
  const double n = hc_s_round(x, &k);
  return hc_s_exp_reduced((x - n) * 0.69314718055994530942, 0.0, k);
}

double hc_pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (y != y) return y;
  if (x == 0.0) return y > 0.0 ? 0.0 : HUGE_VAL;
  if (y == 1.0) return x;
  if (y == 0.5) return sqrt(x);
  return hc_exp(y * hc_log(x));
}

/* Kahan's device: exact to a few ulp also for small x. */
double hc_expm1(double x) {
  const double u = hc_exp(x);
  if (u == 1.0) return x;
  const double less_one = u - 1.0;
  if (less_one == -1.0 || u == HUGE_VAL) return less_one;
  return less_one * x / hc_log(u);
}
