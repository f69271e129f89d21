/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal numbers as written, so that a suffix shifts the exponent before the one
 * rounding to binary: 1.1% is the double nearest to 0.011. Independent of the locale. */
#ifndef HC_CONFIG_DECIMAL_H
#define HC_CONFIG_DECIMAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct hc_decimal {
  bool negative;
  size_t count;
  char digits[100]; /* no point; value = digits * 10^exponent */
  int exponent;
};

/* Reads [+-]1_000.5e6 from `text`; the first character after it, or NULL if there is no
 * number. A sign may be U+2212. */
const char *hc_decimal_read(const char *text, struct hc_decimal *decimal);
double hc_decimal_value(const struct hc_decimal *decimal, int shift);
/* False if it has a fraction or does not fit. */
bool hc_decimal_integer(const struct hc_decimal *decimal, int shift, int64_t *value);
/* The fewest digits that read back as `value` (finite). */
struct hc_decimal hc_decimal_shortest(double value);
/* Digits after the point when shifted by 10^shift. */
int hc_decimal_places(const struct hc_decimal *decimal, int shift);
void hc_decimal_write(const struct hc_decimal *decimal, int shift, struct hc_text *text);
#endif
