/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/timing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/progress.h"
#include "haircut/random.h"
#include "random/kernels.h"

enum { BATCH = 64, ROUNDS = 4000, REPEATS = 5 };

/* Time of one normal from the vector kernels, ns: the best of a few measurements. */
static double normal_ns(void) {
  double uniform[BATCH], normal[BATCH], best = INFINITY;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    const double began = hc_cli_now();
    for (uint32_t i = 0; i < ROUNDS; i++)
      hc_kernels()->roots(1, 0, i, HC_PURPOSE_WORD(HC_PURPOSE_BROWNIAN, 0), BATCH, uniform, normal);
    best = fmin(best, hc_cli_now() - began);
  }
  return 1e9 * best / (double)BATCH / (double)ROUNDS;
}

void hc_cli_print_timing(const struct hc_scenario *scenario, const struct hc_work *work,
                         double seconds, int threads) {
  const double floor_ns = normal_ns() * (double)hc_scenario_steps(scenario);
  const double ns = work->paths ? 1e9 * seconds / (double)work->paths : 0;
  (void)fprintf(stderr,
                "timing: paths=%" PRIu64 " seconds=%.6f ns_per_path=%.1f draws=%" PRIu64
                " events=%" PRIu64 " rounds=%" PRIu64 " vector=%s threads=%d floor_ns=%.1f\n",
                work->paths, seconds, ns, work->normals, work->events, work->rounds,
                hc_vector_level(), threads, floor_ns);
}
