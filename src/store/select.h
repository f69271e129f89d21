/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Order statistics. */
#ifndef HC_STORE_SELECT_H
#define HC_STORE_SELECT_H
#include <stddef.h>

/* `quantile[i]`: the ceil(level[i] * count)-th smallest value; levels rise. Reorders. */
void hc_select_quantiles(double *values, size_t count, const double *level, size_t levels,
                         double *quantile);
#endif
