/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/payments.h"

#include <stdint.h>
#include <string.h>

enum { DIGITS = sizeof(double), DIGIT_VALUES = 256 };

static unsigned digit_of(double x, unsigned digit) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (unsigned)(bits >> (8 * digit) & (DIGIT_VALUES - 1));
}

/* By the bytes of their bits, which are in the order of the numbers, least byte first: ten times as
 * fast as a sort by comparisons, which would show in the time of a run. */
double *hc_payments_sort(double *payments, double *spare, size_t count) {
  size_t place[DIGITS][DIGIT_VALUES] = {{0}};
  double *from = payments, *to = spare;
  for (size_t i = 0; i < count; i++)
    for (unsigned d = 0; d < DIGITS; d++) place[d][digit_of(from[i], d)]++;
  for (unsigned d = 0; d < DIGITS && count; d++) {
    if (place[d][digit_of(from[0], d)] == count) continue;
    for (size_t v = 0, next = 0; v < DIGIT_VALUES; v++) {
      const size_t here = place[d][v];
      place[d][v] = next;
      next += here;
    }
    for (size_t i = 0; i < count; i++) to[place[d][digit_of(from[i], d)]++] = from[i];
    double *const sorted = to;
    to = from;
    from = sorted;
  }
  return from;
}

static double sum_of(const double *payments, size_t count) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += payments[i];
  return sum;
}

/* Mean absolute difference over twice the mean, from pairs of equal distance to both ends: no term is
 * below 0, and equal payments give exactly 0. */
double hc_payments_gini(const double *payments, size_t count) {
  double differences = 0.0;
  for (size_t i = 0; i < count / 2; i++)
    differences += (double)(count - 1 - 2 * i) * (payments[count - 1 - i] - payments[i]);
  return differences / ((double)count * sum_of(payments, count));
}

double hc_payments_top(const double *payments, size_t count, size_t most) {
  if (count <= most) return 1.0;
  const double rest = sum_of(payments, count - most), top = sum_of(payments + count - most, most);
  return top / (rest + top);
}

void hc_payments_lorenz(const double *payments, size_t count, double share[HC_LORENZ_POINTS]) {
  const size_t last = HC_LORENZ_POINTS - 1;
  const double all = sum_of(payments, count);
  double below = 0.0;
  size_t payer = 0;
  for (size_t i = 0; i < last; i++) {
    const size_t whole = i * count / last, rest = i * count % last;
    while (payer < whole) below += payments[payer++];
    share[i] = (below + payments[whole] * ((double)rest / (double)last)) / all;
  }
  share[last] = 1.0;
}
