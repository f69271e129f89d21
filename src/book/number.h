/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HC_BOOK_NUMBER_H
#define HC_BOOK_NUMBER_H
#include "book/record.h"

/* Reads a field that is, whole, [+-]digits[.digits][e[+-]digits]; call with the plain
 * locale. Too large a number is infinite, too small a one 0. */
bool hc_plain_number(const struct hc_csv_field *field, double *value);
#endif
