/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How evenly payments are spread over those who pay: `count` >= 1 of them, above 0, in rising
 * order. */
#ifndef HC_PATH_PAYMENTS_H
#define HC_PATH_PAYMENTS_H

#include <stddef.h>

#include "haircut/outcome.h"

/* Sorts numbers >= 0; `spare` has as much room. Where the sorted ones are: in either of them. */
double *hc_payments_sort(double *payments, double *spare, size_t count);
/* 0: all pay the same; (n - 1)/n: one of n pays nearly all. */
double hc_payments_gini(const double *payments, size_t count);
/* Share of the `most` greatest. */
double hc_payments_top(const double *payments, size_t count, size_t most);
void hc_payments_lorenz(const double *payments, size_t count, double share[HC_LORENZ_POINTS]);
#endif
