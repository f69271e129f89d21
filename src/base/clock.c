/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <time.h>

double hc_clock(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) return 0.0;
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}
