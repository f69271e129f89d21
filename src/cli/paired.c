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
