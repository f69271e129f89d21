/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each path adds to a measure, so that two samples on the same paths can be compared. */
#ifndef HC_CLI_PAIRED_H
#define HC_CLI_PAIRED_H
#include <stddef.h>

#include "haircut/outcome.h"
#include "haircut/status.h"

#define HC_CLI_MEASURE_LIST(X)                                                               \
  X(mean_bad_debt, "mean bad debt", "USD")                                                   \
  X(mean_lp_loss, "mean LP loss", "USD")                                                     \
  X(p_socialisation, "P(socialisation)", "1")                                                \
  X(es_99_lp_loss, "ES 99 of LP loss", "USD")                                                \
  X(es_99_bad_debt, "ES 99 of bad debt", "USD")
enum hc_cli_measure {
#define HC_CLI_MEASURE_ENUM(name, text, unit) HC_CLI_MEASURE_##name,
  HC_CLI_MEASURE_LIST(HC_CLI_MEASURE_ENUM)
#undef HC_CLI_MEASURE_ENUM
  HC_CLI_MEASURES
};

/* Each path's share x_p of a measure: the measure is the mean of x. For ES 99,
 * x = VaR + max(0, loss - VaR)/0.01. `x` has `count` elements. */
hc_status hc_cli_measure_terms(enum hc_cli_measure measure, const struct hc_outcome *outcomes,
                               size_t count, double *x) HC_CHECKED;
#endif
