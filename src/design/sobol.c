/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_qrng.h>

#include "haircut/design.h"
#include "haircut/random.h"

hc_status hc_design_sobol(uint64_t seed, size_t points, size_t axes, double *x, struct hc_error *error) {
  if (points == 0 || axes == 0) return hc_fail(error, HC_INPUT, "a design needs points and axes");
  if (axes > HC_SOBOL_AXES)
    return hc_fail(error, HC_INPUT, "a Sobol design has at most %d axes; a Latin hypercube any number",
                   HC_SOBOL_AXES);
  if (points > INT32_MAX) return hc_fail(error, HC_INPUT, "a Sobol design has fewer than 2^31 points");
  gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)axes);
  if (!sequence) return hc_fail(error, HC_NO_MEMORY, "no memory for a Sobol sequence");
  uint32_t shift[HC_SOBOL_AXES];
  for (size_t axis = 0; axis < axes; axis++) {
    uint32_t word[4];
    hc_philox(seed, (uint64_t)axis, 0, HC_PURPOSE_WORD(HC_PURPOSE_DESIGN, 1), word);
    shift[axis] = word[0];
  }
  for (size_t i = 0; i < points; i++) {
    double point[HC_SOBOL_AXES] = {0};
    /* GSL leaves out the origin, which is a point like any other once it is shifted. */
    if (i > 0) (void)gsl_qrng_get(sequence, point);
    for (size_t axis = 0; axis < axes; axis++) {
      const uint32_t digits = (uint32_t)(point[axis] * 0x1p32) ^ shift[axis];
      x[i * axes + axis] = ((double)digits + 0.5) * 0x1p-32; /* the middle of its cell */
    }
  }
  gsl_qrng_free(sequence);
  return HC_OK;
}
