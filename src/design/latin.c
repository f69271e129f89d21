/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "haircut/design.h"
#include "haircut/random.h"

static double uniform(uint64_t seed, size_t axis, size_t index, int half) {
  double u[2];
  hc_uniforms(seed, (uint64_t)axis, (uint32_t)index, HC_PURPOSE_WORD(HC_PURPOSE_DESIGN, 0), u);
  return u[half];
}

/* Shuffles 0 .. count-1 (Fisher and Yates, in Durstenfeld's form). */
static void shuffle(uint64_t seed, size_t axis, size_t count, uint32_t *order) {
  for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
  for (size_t i = count; i > 1; i--) {
    const size_t j = (size_t)(uniform(seed, axis, i - 1, 0) * (double)i);
    const uint32_t kept = order[j];
    order[j] = order[i - 1];
    order[i - 1] = kept;
  }
}

hc_status hc_design_latin(uint64_t seed, size_t points, size_t axes, double *x, struct hc_error *error) {
  if (points == 0 || axes == 0) return hc_fail(error, HC_INPUT, "a design needs points and axes");
  if (points > UINT32_MAX) return hc_fail(error, HC_INPUT, "a Latin hypercube has fewer than 2^32 points");
  uint32_t *order = malloc(points * sizeof *order);
  if (!order) return hc_fail(error, HC_NO_MEMORY, "no memory for a design of %zu points", points);
  for (size_t axis = 0; axis < axes; axis++) {
    shuffle(seed, axis, points, order);
    for (size_t i = 0; i < points; i++)
      x[i * axes + axis] = ((double)order[i] + uniform(seed, axis, i, 1)) / (double)points;
  }
  free(order);
  return HC_OK;
}
