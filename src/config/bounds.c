/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/bounds.h"

#include <math.h>
#include <string.h>

#include "config/canonical.h"
#include "config/decimal.h"

static const char *read_limit(const char *text, double *limit) {
  while (*text == ' ') ++text;
  const bool negative = *text == '-';
  if (strncmp(text + negative, "inf", 3) == 0) {
    *limit = negative ? -INFINITY : INFINITY;
    return text + negative + 3;
  }
  struct hc_decimal decimal;
  const char *rest = hc_decimal_read(text, &decimal);
  if (rest) *limit = hc_decimal_value(&decimal, 0);
  return rest;
}

bool hc_bounds_parse(const char *text, struct hc_bounds *bounds) {
  *bounds = (struct hc_bounds){.any = true};
  if (!text || !*text) return true;
  if (*text != '(' && *text != '[') return false;
  bounds->open_low = *text == '(';
  const char *at = read_limit(text + 1, &bounds->low);
  if (!at || *at != ',') return false;
  at = read_limit(at + 1, &bounds->high);
  if (!at || (*at != ')' && *at != ']') || at[1]) return false;
  bounds->open_high = *at == ')';
  bounds->any = false;
  return true;
}

bool hc_bounds_contain(const struct hc_bounds *bounds, double value) {
  if (bounds->any) return true;
  const bool low = bounds->open_low ? value > bounds->low : value >= bounds->low;
  const bool high = bounds->open_high ? value < bounds->high : value <= bounds->high;
  return low && high;
}

void hc_bounds_write(const struct hc_bounds *bounds, enum hc_kind kind, struct hc_text *text) {
  hc_text_puts(text, bounds->open_low ? "(" : "[");
  hc_canonical(kind, bounds->low, text);
  hc_text_puts(text, ", ");
  hc_canonical(kind, bounds->high, text);
  hc_text_puts(text, bounds->open_high ? ")" : "]");
}
