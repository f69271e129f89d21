/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A depth table: linear between rows and from (0, 0), extended with its last slope. */
#include <math.h>
#include <stdlib.h>

#include "market/impact.h"

static hc_status compile_book(struct hc_impact *impact, const void *parameters,
                              const struct hc_liquidity_config *liquidity, double volatility,
                              const char **why) {
  (void)liquidity, (void)volatility;
  const struct hc_book_law_config *law = parameters;
  const size_t rows = law->levels.count;
  const struct hc_level_config *levels = law->levels.items;
  if (rows == 0) {
    *why = "book impact needs levels, e.g. levels: [{bps: 10, usd: 20M}, {bps: 50, usd: 80M}]";
    return HC_INPUT;
  }
  for (size_t i = 1; i < rows; i++)
    if (levels[i].bps <= levels[i - 1].bps || levels[i].usd <= levels[i - 1].usd) {
      *why = "levels must rise in both bps and usd from row to row";
      return HC_INPUT;
    }
  impact->rows = rows;
  impact->row_log = calloc(rows + 1, sizeof *impact->row_log);
  impact->row_usd = calloc(rows + 1, sizeof *impact->row_usd);
  if (!impact->row_log || !impact->row_usd) return HC_NO_MEMORY;
  for (size_t i = 0; i < rows; i++) {
    impact->row_log[i + 1] = levels[i].bps * 1e-4;
    impact->row_usd[i + 1] = levels[i].usd;
  }
  return HC_OK;
}

/* Row whose segment to the next contains the size; the last segment reaches to infinity. */
static size_t segment(const struct hc_impact *impact, double size) {
  size_t low = 0, high = impact->rows - 1;
  while (low < high) {
    const size_t middle = (low + high + 1) / 2;
    if (impact->row_usd[middle] <= size) low = middle;
    else high = middle - 1;
  }
  return low;
}

static double slope(const struct hc_impact *impact, size_t i) {
  return (impact->row_log[i + 1] - impact->row_log[i]) /
         (impact->row_usd[i + 1] - impact->row_usd[i]);
}

static double at(const struct hc_impact *impact, double size) {
  const size_t i = segment(impact, size);
  return impact->row_log[i] + slope(impact, i) * (size - impact->row_usd[i]);
}

static double book_impact(const struct hc_impact *impact, double volume) {
  return volume < 0.0 ? -at(impact, -volume) : at(impact, volume);
}

/* Integral of I over (a, b), 0 <= a <= b, trapezoid by trapezoid (exact: I is piecewise
 * linear). */
static double integral(const struct hc_impact *impact, double a, double b) {
  double sum = 0.0;
  for (size_t i = segment(impact, a); a < b; i++) {
    const double end = i + 1 < impact->rows ? fmin(b, impact->row_usd[i + 1]) : b;
    sum += 0.5 * (at(impact, a) + at(impact, end)) * (end - a);
    a = end;
  }
  return sum;
}

static double book_excess(const struct hc_impact *impact, double volume, double order,
                          double before, double after) {
  (void)after;
  if (order == 0.0) return 0.0;
  const double end = volume + order;
  if ((volume >= 0.0) == (end >= 0.0)) {
    const double a = fmin(fabs(volume), fabs(end)), b = fmax(fabs(volume), fabs(end));
    const size_t i = segment(impact, a);
    /* Within one segment the mean lies half-way: no cancellation. */
    if (i + 1 >= impact->rows || b <= impact->row_usd[i + 1]) return 0.5 * slope(impact, i) * order;
  }
  const double a = fabs(volume), b = fabs(end);
  double area; /* of I over (volume, end): I is odd, its antiderivative even */
  if ((volume >= 0.0) != (end >= 0.0))
    area = integral(impact, 0.0, b) - integral(impact, 0.0, a);
  else
    area = b >= a ? integral(impact, a, b) : -integral(impact, b, a);
  return area / order - before;
}

static double no_decay(const struct hc_impact *impact) {
  (void)impact;
  return 0.0;
}

static const struct hc_impact_law book_law = {compile_book, book_impact, book_excess, no_decay};

#define HC_TABLE_STRUCT hc_level_config
static const struct hc_field level_fields[] = {HC_LEVEL_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table hc_level_table = {
  "level", "One row of a depth table.", sizeof(struct hc_level_config),
  sizeof level_fields / sizeof *level_fields, level_fields, NULL};
#define HC_TABLE_STRUCT hc_book_law_config
static const struct hc_field book_fields[] = {HC_BOOK_LAW_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const struct hc_table book_table = {
  "book", "Depth table.", sizeof(struct hc_book_law_config),
  sizeof book_fields / sizeof *book_fields, book_fields, NULL};

const struct hc_variant hc_impact_variant_book = {
  "book", "A depth table: cumulative USD against bps of log price, linear between rows.",
  &book_table, &book_law};
