/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Designs of experiments: which points of a space of parameters to look at. */
#ifndef HAIRCUT_DESIGN_H
#define HAIRCUT_DESIGN_H

#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most axes of a Sobol design: the direction numbers that GSL has. */
#define HC_SOBOL_AXES 40

/** A Latin hypercube (McKay, Beckman, Conover 1979): `points` x `axes` numbers in (0, 1), point by point, of
 *  which each axis has one in each of the strata [i/points, (i + 1)/points), at a uniform place in it. It
 *  depends on the seed and the axis, not on how many axes there are. HC_INPUT for 0 points or axes, and
 *  for 2^32 points or more. */
HC_API hc_status hc_design_latin(uint64_t seed, size_t points, size_t axes, double *x,
                                 struct hc_error *error) HC_CHECKED;

/** The first points of a Sobol sequence (GSL's, Bratley and Fox 1988), each axis shifted digitally by random
 *  bits of the seed, so that each point is uniform: `points` x `axes` numbers in (0, 1), point by point. Of
 *  the first 2^k points each axis has one in each of 2^k strata. HC_INPUT for 0 points or axes, more than
 *  HC_SOBOL_AXES axes, and 2^31 points or more. */
HC_API hc_status hc_design_sobol(uint64_t seed, size_t points, size_t axes, double *x,
                                 struct hc_error *error) HC_CHECKED;

/** Number of points of a grid of axes with `length[i]` values; HC_INPUT where it is 0 or beyond 2^53. */
HC_API hc_status hc_design_grid(const size_t *length, size_t axes, uint64_t *points,
                                struct hc_error *error) HC_CHECKED;
/** The number of the value on each axis of a grid's point; the last axis goes fastest. */
HC_API void hc_design_grid_at(const size_t *length, size_t axes, uint64_t point, size_t *value);

/* ---- Sobol indices ------------------------------------------------------------------------- */

/** Which share of the variance of a function of `axes` independent numbers is due to each (Sobol 1993):
 *  `first` by itself, `total` with all that it does together with others; 95 % intervals by resampling. */
struct hc_sobol_index {
  double first, first_low, first_high;
  double total, total_low, total_high;
};
/** The evaluations that indices are made of (Saltelli 2010): `rows` rows of axes + 2 points, row by row: A,
 *  B, then for each axis A with that axis from B; rows x (axes + 2) x axes numbers in (0, 1). Rows are points
 *  of a Sobol design, above HC_SOBOL_AXES/2 axes of a Latin hypercube. Errors as there. */
HC_API hc_status hc_sobol_points(uint64_t seed, size_t rows, size_t axes, double *x,
                                 struct hc_error *error) HC_CHECKED;
/** Indices from `value`, rows x (axes + 2) in the order of the points: first order by Saltelli et al. (2010),
 *  total by Jansen (1999). `noise`: the variance of each value's error where these are independent, e.g.
 *  squared standard errors of Monte Carlo runs with seeds of their own, which is taken off: it would add to
 *  the variance and to all totals; NULL: none. `variance` is that of the function, noise taken off. HC_MODEL
 *  where it is not positive: the function does not vary more than its noise; HC_INPUT for fewer than 2 rows
 *  or values that are not finite. */
HC_API hc_status hc_sobol_indices(const double *value, const double *noise, size_t rows, size_t axes,
                                  uint64_t seed, struct hc_sobol_index *index, double *variance,
                                  struct hc_error *error) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
