/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EXPONENT = 100000 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *read_sign(const char *text, bool *negative) {
  static const char minus[] = "\xe2\x88\x92"; /* U+2212 */
  *negative = false;
  if (*text == '+') return text + 1;
  if (*text == '-') {
    *negative = true;
    return text + 1;
  }
  if (strncmp(text, minus, 3) != 0) return text;
  *negative = true;
  return text + 3;
}

/* Digits with underscores between them. False if there are too many. */
static bool read_digits(const char **text, struct hc_decimal *decimal) {
  const char *at = *text;
  while (is_digit(*at) || (*at == '_' && at > *text && is_digit(at[-1]) && is_digit(at[1]))) {
    if (*at != '_') {
      if (decimal->count == sizeof decimal->digits) return false;
      decimal->digits[decimal->count++] = *at;
    }
    ++at;
  }
  *text = at;
  return true;
}

static const char *read_exponent(const char *text, int *exponent) {
  if (*text != 'e' && *text != 'E') return text;
  bool negative;
  const char *at = read_sign(text + 1, &negative);
  if (!is_digit(*at)) return text;
  int value = 0;
  for (; is_digit(*at); ++at)
    if (value < MAX_EXPONENT) value = 10 * value + (*at - '0');
  *exponent += negative ? -value : value;
  return at;
}

/* One zero digit at least, and none at the ends of a longer number. */
static void trim(struct hc_decimal *decimal) {
  size_t zeros = 0;
  while (zeros + 1 < decimal->count && decimal->digits[zeros] == '0') ++zeros;
  decimal->count -= zeros;
  memmove(decimal->digits, decimal->digits + zeros, decimal->count);
  while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0') {
    decimal->count -= 1;
    decimal->exponent += 1;
  }
  if (decimal->count == 1 && decimal->digits[0] == '0') decimal->exponent = 0;
}

const char *hc_decimal_read(const char *text, struct hc_decimal *decimal) {
  decimal->count = 0;
  decimal->exponent = 0;
  const char *at = read_sign(text, &decimal->negative);
  if (!read_digits(&at, decimal)) return NULL;
  if (*at == '.') {
    const size_t whole = decimal->count;
    ++at;
    if (!read_digits(&at, decimal)) return NULL;
    decimal->exponent = -(int)(decimal->count - whole);
  }
  if (decimal->count == 0) return NULL;
  at = read_exponent(at, &decimal->exponent);
  trim(decimal);
  return at;
}

double hc_decimal_value(const struct hc_decimal *decimal, int shift) {
  char buffer[sizeof decimal->digits + 32];
  /* No decimal point in the text, so strtod does not depend on the locale. */
  (void)snprintf(buffer, sizeof buffer, "%s%.*se%d", decimal->negative ? "-" : "",
                 (int)decimal->count, decimal->digits, decimal->exponent + shift);
  return strtod(buffer, NULL);
}

bool hc_decimal_integer(const struct hc_decimal *decimal, int shift, int64_t *value) {
  const int exponent = decimal->exponent + shift;
  *value = 0;
  if (decimal->count == 1 && decimal->digits[0] == '0') return true;
  if (exponent < 0 || exponent > 18) return false; /* trimmed: a fraction is left */
  int64_t sum = 0;
  for (size_t i = 0; i < decimal->count + (size_t)exponent; ++i) {
    const int digit = i < decimal->count ? decimal->digits[i] - '0' : 0;
    if (sum < (INT64_MIN + digit) / 10) return false;
    sum = 10 * sum - digit; /* negative: INT64_MIN has no positive twin */
  }
  if (!decimal->negative && sum == INT64_MIN) return false;
  *value = decimal->negative ? sum : -sum;
  return true;
}

struct hc_decimal hc_decimal_shortest(double value) {
  struct hc_decimal decimal = {.negative = signbit(value) && value != 0};
  for (int digits = 1; digits <= 17; ++digits) {
    char buffer[64];
    (void)snprintf(buffer, sizeof buffer, "%.*e", digits - 1, fabs(value));
    decimal.count = 0;
    decimal.exponent = 0;
    const char *at = buffer;
    for (; *at && *at != 'e'; ++at) /* whatever the locale's point is */
      if (is_digit(*at)) decimal.digits[decimal.count++] = *at;
    (void)read_exponent(at, &decimal.exponent);
    decimal.exponent -= digits - 1;
    if (hc_decimal_value(&decimal, 0) == value) break;
  }
  trim(&decimal);
  return decimal;
}

int hc_decimal_places(const struct hc_decimal *decimal, int shift) {
  const int exponent = decimal->exponent + shift;
  return exponent < 0 ? -exponent : 0;
}

/* Digits `from` to `to`, with zeros where the number has none. */
static void write_digits(const struct hc_decimal *decimal, int from, int to,
                         struct hc_text *text) {
  for (int i = from; i < to; ++i) {
    const bool inside = i >= 0 && i < (int)decimal->count;
    hc_text_append(text, inside ? &decimal->digits[i] : "0", 1);
  }
}

void hc_decimal_write(const struct hc_decimal *decimal, int shift, struct hc_text *text) {
  const bool zero = decimal->count == 1 && decimal->digits[0] == '0';
  const int count = (int)decimal->count;
  const int point = zero ? 1 : count + decimal->exponent + shift; /* digits before the point */
  if (decimal->negative && !zero) hc_text_puts(text, "-");
  if (point > 15 || point < -5) {
    write_digits(decimal, 0, 1, text);
    if (count > 1) hc_text_puts(text, ".");
    write_digits(decimal, 1, count, text);
    hc_text_printf(text, "e%d", point - 1);
    return;
  }
  if (point <= 0) hc_text_puts(text, "0");
  write_digits(decimal, 0, point, text);
  if (count > point) hc_text_puts(text, ".");
  write_digits(decimal, point, count, text);
}
