/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HC_BOOK_CONCENTRATION_H
#define HC_BOOK_CONCENTRATION_H
#include "haircut/book.h"

/* Sum without the rounding of a plain one (Neumaier 1974). */
double hc_exact_sum(const double *values, size_t count);
/* Changes the sizes of one side so that its largest accounts hold the share asked for. */
hc_status hc_concentrate(const struct hc_concentration_config *config, double *sizes,
                         size_t count, struct hc_error *error) HC_CHECKED;
#endif
