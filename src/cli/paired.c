/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tail = 0.01; /* of ES 99 */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The term of each path in ES 99 = min over v of v + E[max(0, x - v)]/tail (Rockafellar and
 * Uryasev 2000), at v the empirical quantile. */
static hc_status shortfall_terms(double *x, size_t count) {
  double *sorted = malloc((count + 1) * sizeof *sorted);
  if (!sorted) return HC_NO_MEMORY;
  memcpy(sorted, x, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, ascending);
  const size_t above = (size_t)floor((double)count * tail);
  const double value = sorted[count - 1 - (above < count ? above : count - 1)];
  for (size_t i = 0; i < count; i++) x[i] = value + fmax(0, x[i] - value) / tail;
  free(sorted);
  return HC_OK;
}

hc_status hc_cli_measure_terms(enum hc_cli_measure measure, const struct hc_outcome *outcomes,
                               size_t count, double *x) {
  const int debt =
    measure == HC_CLI_MEASURE_mean_bad_debt || measure == HC_CLI_MEASURE_es_99_bad_debt;
  for (size_t i = 0; i < count; i++) x[i] = debt ? outcomes[i].bad_debt : outcomes[i].lp_loss;
  if (measure == HC_CLI_MEASURE_p_socialisation)
    for (size_t i = 0; i < count; i++) x[i] = outcomes[i].social_loss > 0;
  if (measure == HC_CLI_MEASURE_es_99_lp_loss || measure == HC_CLI_MEASURE_es_99_bad_debt)
    return shortfall_terms(x, count);
  return HC_OK;
}

static double term(const double *x, const double *y, size_t i) { return y ? x[i] - y[i] : x[i]; }

static double mean_from(const double *x, const double *y, size_t first, size_t stride,
                        size_t count) {
  double sum = 0, number = 0;
  for (size_t i = first; i < count; i += stride, number++) sum += term(x, y, i);
  return number > 0 ? sum / number : 0;
}

struct hc_cli_mean hc_cli_paired_mean(const double *x, const double *y, size_t count,
                                      size_t books) {
  struct hc_cli_mean result = {mean_from(x, y, 0, 1, count), NAN};
  if (count < 2) return result;
  double paths = 0, between = 0;
  for (size_t i = 0; i < count; i++) {
    const double deviation = term(x, y, i) - result.value;
    paths += deviation * deviation;
  }
  paths /= (double)(count - 1) * (double)count;
  for (size_t b = 0; b < books && books > 1 && books * 2 <= count; b++) {
    const double deviation = mean_from(x, y, b, books, count) - result.value;
    between += deviation * deviation;
  }
  if (books > 1) between /= (double)(books - 1) * (double)books;
  result.se = sqrt(fmax(paths, between));
  return result;
}
