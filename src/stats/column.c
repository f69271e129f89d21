/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of one column of one granule. Nearly all columns of a quiet granule hold one number,
 * so equal bits are looked for first, over all columns at once, and only what varies is
 * gathered. Sums run in eight lanes, path i in lane i mod 8: one order on every processor. */
#include <math.h>
#include <string.h>

#include "stats/internal.h"

#define LANES 8
#define SPARSE 8 /* sums over the values other than 0 where they are an eighth at most */

static double add_lanes(const double lane[LANES]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Inlined with constant widths below, so that the differences stay in registers. */
static inline __attribute__((always_inline)) void
differences(const hc_word *row, size_t stride, size_t count, size_t width, uint64_t *out) {
  uint64_t differ[HC_OUTCOME_COLUMNS] = {0};
  const hc_word *first = row;
  for (size_t i = 1; i < count; ++i) {
    row += stride;
    for (size_t j = 0; j < width; ++j) differ[j] |= row[j] ^ first[j];
  }
  for (size_t j = 0; j < width; ++j) out[j] = differ[j];
}

void hc_rows_same(const struct hc_rows *rows, bool *same) {
  uint64_t differ[HC_ALL_COLUMNS];
  size_t done = 0;
  for (; done + 8 <= rows->stride; done += 8)
    differences(rows->cell + done, rows->stride, rows->count, 8, differ + done);
  for (; done < rows->stride; ++done)
    differences(rows->cell + done, rows->stride, rows->count, 1, differ + done);
  for (size_t j = 0; j < rows->stride; ++j) same[j] = differ[j] == 0;
}

bool hc_column_is_integer(size_t column) {
  enum { F, I };
#define HC_IS_INTEGER(type, name, unit, long_name) type == I,
  static const bool integer[HC_OUTCOME_COLUMNS] = {HC_OUTCOME_LIST(HC_IS_INTEGER)};
#undef HC_IS_INTEGER
  return column < HC_OUTCOME_COLUMNS && integer[column];
}

static inline double cell(hc_word bits, bool integer) {
  const uint64_t plain = bits;
  double real;
  memcpy(&real, &plain, sizeof real);
  return integer ? (double)(int64_t)plain : real;
}

double hc_rows_first(const struct hc_rows *rows, size_t column, bool integer) {
  return cell(rows->cell[column], integer);
}

void hc_rows_column(const struct hc_rows *rows, size_t column, bool integer, double *x) {
  const hc_word *from = rows->cell + column;
  if (integer)
    for (size_t i = 0; i < rows->count; ++i) x[i] = cell(from[i * rows->stride], true);
  else
    for (size_t i = 0; i < rows->count; ++i) x[i] = cell(from[i * rows->stride], false);
}

void hc_column_constant(struct hc_column *column, double value, size_t count) {
  const bool number = !isnan(value);
  column->kind = !number ? HC_KIND_EMPTY : value == 0.0 ? HC_KIND_ZERO : HC_KIND_SAME;
  column->count = number ? (uint16_t)count : 0;
  column->nonzero = column->kind == HC_KIND_SAME ? (uint16_t)count : 0;
  column->mean = column->min = column->max = number ? value + 0.0 : NAN;
  column->m2 = 0.0;
}

/* Two passes: mean, then squared deviations less the square of what rounding left of their
 * sum (Chan, Golub & LeVeque 1983, "corrected two-pass"). */
static void deviations(struct hc_column *column, const double *x, size_t n) {
  double square[LANES] = {0}, left[LANES] = {0};
  const double mean = column->mean;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; ++j) {
      const double d = x[i + j] - mean;
      square[j] += d * d;
      left[j] += d;
    }
  for (size_t j = 0; i < n; ++i, ++j) {
    const double d = x[i] - mean;
    square[j] += d * d;
    left[j] += d;
  }
  const double rest = add_lanes(left);
  column->m2 = fmax(0.0, add_lanes(square) - rest * rest / (double)n);
}

static void extremes_and_mean(struct hc_column *column, const double *x, size_t n) {
  double sum[LANES] = {0}, low[LANES], high[LANES];
  for (size_t j = 0; j < LANES; ++j) low[j] = high[j] = x[0];
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; ++j) {
      const double v = x[i + j];
      sum[j] += v;
      low[j] = v < low[j] ? v : low[j];
      high[j] = v > high[j] ? v : high[j];
    }
  for (size_t j = 0; i < n; ++i, ++j) {
    sum[j] += x[i];
    low[j] = x[i] < low[j] ? x[i] : low[j];
    high[j] = x[i] > high[j] ? x[i] : high[j];
  }
  for (size_t j = 1; j < LANES; ++j) {
    low[0] = low[j] < low[0] ? low[j] : low[0];
    high[0] = high[j] > high[0] ? high[j] : high[0];
  }
  column->min = low[0];
  column->max = high[0];
  column->mean = add_lanes(sum) / (double)n;
}

/* Adds x to the sums of groups, in path order. Where groups repeat with a period of their
 * number, as they do for up to HC_GROUPS books, whole periods vectorise. */
static void add_groups(struct hc_column *column, const double *x, const struct hc_grouping *by,
                       size_t n) {
  double *sum = column->group_sum;
  size_t i = 0;
  for (; by->periodic && i < n && by->of[i] != 0; ++i) sum[by->of[i]] += x[i];
  for (; by->periodic && i + by->groups <= n; i += by->groups)
    for (size_t g = 0; g < by->groups; ++g) sum[g] += x[i + g];
  for (; i < n; ++i) sum[by->of[i]] += x[i];
}

static void dense(struct hc_column *column, const double *x, const struct hc_grouping *by, size_t n) {
  column->count = (uint16_t)n;
  extremes_and_mean(column, x, n);
  deviations(column, x, n);
  if (by->groups == 1) column->group_sum[0] = column->mean * (double)n;
  else add_groups(column, x, by, n);
}

/* Indices of what is not 0 (NaN is not), without a branch. */
static size_t find_nonzero(const double *x, size_t count, uint16_t *at) {
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    at[found] = (uint16_t)i;
    found += x[i] != 0.0;
  }
  return found;
}

static size_t find_not_numbers(const double *x, const uint16_t *at, size_t nonzero) {
  size_t bad = 0;
  for (size_t k = 0; k < nonzero; ++k) bad += x[at[k]] != x[at[k]];
  return bad;
}

/* Rare values other than 0: all others count by their number. */
static void sparse(struct hc_column *column, const double *x, const struct hc_grouping *by, size_t n,
                   const uint16_t *at, size_t nonzero) {
  double sum = 0.0, low = 0.0, high = 0.0, square = 0.0;
  for (size_t k = 0; k < nonzero; ++k) {
    const double v = x[at[k]];
    sum += v;
    low = v < low ? v : low;
    high = v > high ? v : high;
    column->group_sum[by->of[at[k]]] += v;
  }
  const double mean = sum / (double)n;
  for (size_t k = 0; k < nonzero; ++k) square += (x[at[k]] - mean) * (x[at[k]] - mean);
  column->count = (uint16_t)n;
  column->min = low;
  column->max = high;
  column->mean = mean;
  column->m2 = square + (double)(n - nonzero) * (mean * mean);
}

/* Where some values are NaN the others move together, with their groups. */
static void mixed(struct hc_column *column, const double *x, const struct hc_grouping *by,
                  size_t count) {
  double rest[HC_GRANULE];
  struct hc_grouping rest_by = {.groups = by->groups, .periodic = false};
  size_t n = 0;
  memset(column->group_count, 0, sizeof column->group_count);
  for (size_t i = 0; i < count; ++i) {
    if (isnan(x[i])) continue;
    rest_by.of[n] = by->of[i];
    rest[n++] = x[i];
    ++column->group_count[by->of[i]];
  }
  if (n == 0) {
    hc_column_constant(column, NAN, count);
    return;
  }
  column->kind = HC_KIND_MIXED;
  dense(column, rest, &rest_by, n);
}

void hc_column_fill(struct hc_column *column, const double *x, const struct hc_grouping *by,
                    size_t count) {
  uint16_t at[HC_GRANULE + 1];
  memset(column->group_sum, 0, sizeof column->group_sum);
  const size_t nonzero = find_nonzero(x, count, at);
  const size_t bad = find_not_numbers(x, at, nonzero);
  column->kind = HC_KIND_FULL;
  column->nonzero = (uint16_t)(nonzero - bad);
  if (bad) mixed(column, x, by, count);
  else if (nonzero <= count / SPARSE) sparse(column, x, by, count, at, nonzero);
  else dense(column, x, by, count);
}

double hc_comoment(const double *x, double mean_x, const double *y, double mean_y, size_t count) {
  double lane[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES)
    for (size_t j = 0; j < LANES; ++j) lane[j] += (x[i + j] - mean_x) * (y[i + j] - mean_y);
  for (size_t j = 0; i < count; ++i, ++j) lane[j] += (x[i] - mean_x) * (y[i] - mean_y);
  return add_lanes(lane);
}
