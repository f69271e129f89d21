/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins from the bits of a double: exponent and top six bits of the mantissa. What is below the
 * first edge is in bin 0, what is beyond the last in the last. */
#include <string.h>

#include "stats/internal.h"

#define SHIFT 46
#define FIRST ((uint64_t)(1023 - 10) << 6)

size_t hc_bin_of(double positive) {
  uint64_t bits;
  memcpy(&bits, &positive, sizeof bits);
  bits >>= SHIFT;
  if (bits <= FIRST) return 0;
  return bits - FIRST < HC_BINS ? (size_t)(bits - FIRST) : HC_BINS - 1;
}

double hc_bin_edge(size_t bin) {
  const uint64_t bits = (FIRST + bin) << SHIFT;
  double edge;
  memcpy(&edge, &bits, sizeof edge);
  return edge;
}
