/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sobol indices: Saltelli, Annoni, Azzini, Campolongo, Ratto, Tarantola, Computer Physics Communications 181
 * (2010) 259; Jansen, Computer Physics Communications 117 (1999) 35. */
#include <math.h>
#include <stdlib.h>

#include "haircut/design.h"
#include "haircut/random.h"

enum { RESAMPLES = 1000 };

hc_status hc_sobol_points(uint64_t seed, size_t rows, size_t axes, double *x, struct hc_error *error) {
  double *both = calloc(rows ? rows * 2 * axes : 1, sizeof *both);
  if (!both) return hc_fail(error, HC_NO_MEMORY, "no memory for %zu rows of a design", rows);
  const hc_status status = 2 * axes <= HC_SOBOL_AXES ? hc_design_sobol(seed, rows, 2 * axes, both, error)
                                                     : hc_design_latin(seed, rows, 2 * axes, both, error);
  for (size_t row = 0; status == HC_OK && row < rows; row++) {
    const double *a = both + row * 2 * axes, *b = a + axes;
    for (size_t point = 0; point < axes + 2; point++, x += axes)
      for (size_t axis = 0; axis < axes; axis++)
        x[axis] = point == 1 || point == axis + 2 ? b[axis] : a[axis];
  }
  free(both);
  return status;
}

/* ---- estimates ------------------------------------------------------------------------------ */

struct data {
  const double *value, *noise;
  size_t rows, axes;
};

/* Sums over rows, and the numerators of indices by axis. */
struct sums {
  double rows, mean, square, noise;
  double *first, *total;
};

static double noise_at(const struct data *data, size_t at) { return data->noise ? data->noise[at] : 0.0; }

static void add_row(const struct data *data, size_t row, double times, double centre, struct sums *sums) {
  const size_t at = row * (data->axes + 2);
  const double a = data->value[at] - centre, b = data->value[at + 1] - centre;
  sums->rows += times;
  sums->mean += times * (a + b);
  sums->square += times * (a * a + b * b);
  sums->noise += times * (noise_at(data, at) + noise_at(data, at + 1));
  for (size_t axis = 0; axis < data->axes; axis++) {
    const double mixed = data->value[at + 2 + axis] - centre;
    sums->first[axis] += times * (b * (mixed - a));
    /* Half the squared difference has half of both errors' variances besides. */
    sums->total[axis] +=
      times * 0.5 * ((a - mixed) * (a - mixed) - noise_at(data, at) - noise_at(data, at + 2 + axis));
  }
}

static double variance_of(const struct sums *sums) {
  const double n = 2.0 * sums->rows, mean = sums->mean / n;
  return (sums->square / n - mean * mean) * (n / (n - 1.0)) - sums->noise / n;
}

static void clear(struct sums *sums, size_t axes) {
  sums->rows = sums->mean = sums->square = sums->noise = 0.0;
  for (size_t axis = 0; axis < axes; axis++) sums->first[axis] = sums->total[axis] = 0.0;
}

/* Rows drawn with replacement; the draws are a function of the seed and the resample. */
static void resample(const struct data *data, uint64_t seed, uint32_t number, double centre,
                     uint32_t *times, struct sums *sums) {
  for (size_t row = 0; row < data->rows; row++) times[row] = 0;
  for (size_t draw = 0; draw < data->rows; draw += 2) {
    double u[2];
    hc_uniforms(seed, number, (uint32_t)(draw / 2), HC_PURPOSE_WORD(HC_PURPOSE_DESIGN, 2), u);
    times[(size_t)(u[0] * (double)data->rows)]++;
    if (draw + 1 < data->rows) times[(size_t)(u[1] * (double)data->rows)]++;
  }
  clear(sums, data->axes);
  for (size_t row = 0; row < data->rows; row++)
    if (times[row]) add_row(data, row, times[row], centre, sums);
}

static int rising(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The middle 95 % of resampled values. */
static void interval(double *x, size_t count, double *low, double *high) {
  qsort(x, count, sizeof *x, rising);
  *low = x[(size_t)(0.025 * (double)count)];
  *high = x[(size_t)(0.975 * (double)count)];
}

static void set_intervals(const struct data *data, uint64_t seed, double centre, uint32_t *times,
                          struct sums *sums, double *drawn, struct hc_sobol_index *index) {
  size_t count = 0;
  for (uint32_t number = 0; number < RESAMPLES; number++) {
    resample(data, seed, number, centre, times, sums);
    const double variance = variance_of(sums);
    if (!(variance > 0.0)) continue;
    for (size_t axis = 0; axis < data->axes; axis++) {
      drawn[2 * axis * RESAMPLES + count] = sums->first[axis] / sums->rows / variance;
      drawn[(2 * axis + 1) * RESAMPLES + count] = sums->total[axis] / sums->rows / variance;
    }
    count++;
  }
  for (size_t axis = 0; axis < data->axes; axis++) {
    struct hc_sobol_index *at = &index[axis];
    at->first_low = at->first_high = at->total_low = at->total_high = (double)NAN;
    if (count < RESAMPLES / 2) continue; /* hardly any variance is left in most of them */
    interval(drawn + 2 * axis * RESAMPLES, count, &at->first_low, &at->first_high);
    interval(drawn + (2 * axis + 1) * RESAMPLES, count, &at->total_low, &at->total_high);
  }
}

static hc_status estimate(const struct data *data, uint64_t seed, struct sums *sums, uint32_t *times,
                          double *drawn, struct hc_sobol_index *index, double *variance,
                          struct hc_error *error) {
  double centre = 0.0;
  for (size_t row = 0; row < data->rows; row++)
    centre += data->value[row * (data->axes + 2)] + data->value[row * (data->axes + 2) + 1];
  centre /= 2.0 * (double)data->rows;
  clear(sums, data->axes);
  for (size_t row = 0; row < data->rows; row++) add_row(data, row, 1.0, centre, sums);
  *variance = variance_of(sums);
  if (!(*variance > 0.0))
    return hc_fail(error, HC_MODEL, "the function does not vary more than its noise, so nothing can be said "
                   "of what makes it vary; take more paths or wider ranges");
  for (size_t axis = 0; axis < data->axes; axis++) {
    index[axis].first = sums->first[axis] / sums->rows / *variance;
    index[axis].total = sums->total[axis] / sums->rows / *variance;
  }
  set_intervals(data, seed, centre, times, sums, drawn, index);
  return HC_OK;
}

hc_status hc_sobol_indices(const double *value, const double *noise, size_t rows, size_t axes, uint64_t seed,
                           struct hc_sobol_index *index, double *variance, struct hc_error *error) {
  const struct data data = {value, noise, rows, axes};
  *variance = (double)NAN;
  if (rows < 2 || axes == 0) return hc_fail(error, HC_INPUT, "Sobol indices need two rows and an axis");
  for (size_t i = 0; i < rows * (axes + 2); i++)
    if (!isfinite(value[i]) || !(noise_at(&data, i) >= 0.0) || isinf(noise_at(&data, i)))
      return hc_fail(error, HC_INPUT, "value %zu of row %zu is not a number", i % (axes + 2), i / (axes + 2));
  struct sums sums = {.first = calloc(axes, sizeof(double)), .total = calloc(axes, sizeof(double))};
  uint32_t *times = calloc(rows, sizeof *times);
  double *drawn = calloc(2 * axes * RESAMPLES, sizeof *drawn);
  const hc_status status = sums.first && sums.total && times && drawn
    ? estimate(&data, seed, &sums, times, drawn, index, variance, error)
    : hc_fail(error, HC_NO_MEMORY, "no memory for Sobol indices");
  free(sums.first);
  free(sums.total);
  free(times);
  free(drawn);
  return status;
}
