/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that are near others, and where they were not. */
#ifndef HC_TEST_NEAR_H
#define HC_TEST_NEAR_H

#include <math.h>

static inline void near_at(int line, double value, double expected, double tolerance) {
  if (fabs(value - expected) <= tolerance) return;
  fail_msg("line %d: %.17g is not within %g of %.17g", line, value, tolerance, expected);
}
#define assert_near(...) near_at(__LINE__, __VA_ARGS__) /* value, expected, tolerance */
#endif
