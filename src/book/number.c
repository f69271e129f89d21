/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/number.h"

#include <stdlib.h>

static size_t count_digits(const char *at) {
  size_t count = 0;
  while (at[count] >= '0' && at[count] <= '9') ++count;
  return count;
}

static bool is_plain_number(const struct hc_csv_field *field) {
  const char *at = field->bytes;
  if (*at == '+' || *at == '-') ++at;
  size_t digits = count_digits(at);
  at += digits;
  if (*at == '.') {
    const size_t decimals = count_digits(++at);
    at += decimals;
    digits += decimals;
  }
  if (digits == 0) return false;
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (count_digits(at) == 0) return false;
    at += count_digits(at);
  }
  return at == field->bytes + field->length;
}

/* The text goes on after the field with a character that strtod cannot take for more of
 * the number: comma, quote, blank, line ending or zero. */
bool hc_plain_number(const struct hc_csv_field *field, double *value) {
  if (!is_plain_number(field)) return false;
  *value = strtod(field->bytes, NULL);
  return true;
}
