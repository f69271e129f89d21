/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments with standard errors, and checks within four of them. Seeds are fixed: a check that
 * passes once passes always. */
#ifndef HC_TEST_ESTIMATE_H
#define HC_TEST_ESTIMATE_H

#include <math.h>
#include <stdio.h>

static int estimate_failures;

static inline void estimate_check(const char *what, double value, double se, double expected) {
  const int good = fabs(value - expected) <= 4.0 * se && se < 0.2 * (1.0 + fabs(expected));
  estimate_failures += !good;
  (void)printf("%s %-58s %.9g +- %.2g, expected %.10g (%+.1f)\n", good ? "ok  " : "FAIL", what,
               value, se, expected, se > 0.0 ? (value - expected) / se : 0.0);
}

static inline double estimate_mean(const double *x, size_t n, double *se) {
  double sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  const double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
  *se = sqrt(squares / (double)n / (double)n);
  return mean;
}

static inline void estimate_check_mean(const char *what, const double *x, size_t n,
                                       double expected) {
  double se;
  const double mean = estimate_mean(x, n, &se);
  estimate_check(what, mean, se, expected);
}

/* Share of k in n, with the standard error under the expected one. */
static inline void estimate_check_share(const char *what, size_t k, size_t n, double expected) {
  estimate_check(what, (double)k / (double)n, sqrt(expected * (1.0 - expected) / (double)n),
                 expected);
}

struct moments {
  double mean, variance, skew, kurtosis;
};

/* Standard errors from the influence functions of the four moments. */
static inline void estimate_check_moments(const char *what, const double *x, size_t n,
                                          const struct moments *expected) {
  double sum = 0.0, m2 = 0.0, m3 = 0.0, m4 = 0.0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  const double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) {
    const double d = x[i] - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  m2 /= (double)n, m3 /= (double)n, m4 /= (double)n;
  const double sd = sqrt(m2), skew = m3 / (m2 * sd), kurtosis = m4 / (m2 * m2);
  double v2 = 0.0, v3 = 0.0, v4 = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double z = (x[i] - mean) / sd, z2 = z * z;
    const double i2 = z2 - 1.0;
    const double i3 = z * z2 - skew - 3.0 * z - 1.5 * skew * i2;
    const double i4 = z2 * z2 - kurtosis - 4.0 * skew * z - 2.0 * kurtosis * i2;
    v2 += i2 * i2, v3 += i3 * i3, v4 += i4 * i4;
  }
  const double root = (double)n;
  char label[100];
  (void)snprintf(label, sizeof label, "%s: mean", what);
  estimate_check(label, mean, sd / sqrt(root), expected->mean);
  (void)snprintf(label, sizeof label, "%s: variance", what);
  estimate_check(label, m2, m2 * sqrt(v2) / root, expected->variance);
  (void)snprintf(label, sizeof label, "%s: skew", what);
  estimate_check(label, skew, sqrt(v3) / root, expected->skew);
  (void)snprintf(label, sizeof label, "%s: excess kurtosis", what);
  estimate_check(label, kurtosis - 3.0, sqrt(v4) / root, expected->kurtosis);
}
#endif
