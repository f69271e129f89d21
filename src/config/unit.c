/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/unit.h"

#include <math.h>
#include <string.h>

#include "config/decimal.h"

struct suffix {
  const char *text;
  int shift; /* power of ten */
};
static const struct suffix plain_suffixes[] = {{"", 0}, {"k", 3}, {"K", 3},
                                               {"M", 6}, {"B", 9}, {NULL, 0}};
static const struct suffix fraction_suffixes[] = {
  {"", 0}, {"%", -2}, {"bp", -4}, {"bps", -4}, {NULL, 0}};
static const struct suffix dollar_suffixes[] = {{"", 0},  {"k", 3}, {"K", 3},  {"M", 6},
                                                {"B", 9}, {"T", 12}, {NULL, 0}};

/* Seconds of a time unit; a year has 365 days. */
struct time_unit {
  const char *text;
  double seconds;
};
static const struct time_unit time_units[] = {
  {"ms", 0.001},  {"s", 1.0},      {"m", 60.0},        {"h", 3600.0},
  {"d", HC_DAY}, {"w", 604800.0}, {"y", HC_YEAR}};

static const char too_large[] = "is too large or too small to be stored";

static const char *skip_spaces(const char *text) {
  while (*text == ' ') ++text;
  return text;
}

static bool find_suffix(const struct suffix *suffixes, const char *text, int *shift) {
  for (; suffixes->text; ++suffixes)
    if (strcmp(text, suffixes->text) == 0) {
      *shift = suffixes->shift;
      return true;
    }
  return false;
}

static const char *parse_suffixed(const struct suffix *suffixes, const char *text, double *value,
                                  const char *problem) {
  struct hc_decimal decimal;
  const char *rest = hc_decimal_read(text, &decimal);
  int shift = 0;
  if (!rest || !find_suffix(suffixes, skip_spaces(rest), &shift)) return problem;
  *value = hc_decimal_value(&decimal, shift);
  return isfinite(*value) ? NULL : too_large;
}

/* "$150M", "-$5M", "20k USD" without the currency. False if too long to be a number. */
static bool strip_dollars(const char *text, char *out, size_t size) {
  const size_t length = strlen(text);
  if (length >= size) return false;
  memcpy(out, text, length + 1);
  char *sign = strchr(out, '$');
  if (sign && (sign - out <= 3 || sign[1] == '\0')) memmove(sign, sign + 1, strlen(sign));
  size_t end = strlen(out);
  if (end >= 3 && strcmp(out + end - 3, "USD") == 0) end -= 3;
  while (end && out[end - 1] == ' ') --end;
  out[end] = '\0';
  return true;
}

static const char *parse_dollars(const char *text, double *value) {
  static const char problem[] = "is not an amount in US dollars (expected 150M, 30B or 20000)";
  char number[160];
  if (!strip_dollars(text, number, sizeof number)) return problem;
  return parse_suffixed(dollar_suffixes, skip_spaces(number), value, problem);
}

/* The unit named by the letters at `*text`, moved behind them; NULL if there is none. */
static const struct time_unit *read_time_unit(const char **text) {
  size_t length = 0;
  while (((*text)[length] | 32) >= 'a' && ((*text)[length] | 32) <= 'z') ++length;
  for (size_t i = 0; i < sizeof time_units / sizeof *time_units; ++i)
    if (strlen(time_units[i].text) == length && strncmp(*text, time_units[i].text, length) == 0) {
      *text += length;
      return &time_units[i];
    }
  return NULL;
}

static double seconds(const struct hc_decimal *decimal, const struct time_unit *unit) {
  return unit->seconds < 1.0 ? hc_decimal_value(decimal, -3)
                             : hc_decimal_value(decimal, 0) * unit->seconds;
}

static const char *parse_duration(const char *text, double *value, const char *problem) {
  double sum = 0.0;
  bool negative = false;
  for (const char *at = text; *at;) {
    struct hc_decimal decimal;
    const bool first = at == text;
    if (!first && (*at == '-' || *at == '+')) return problem;
    const char *rest = hc_decimal_read(at, &decimal);
    if (!rest) return problem;
    rest = skip_spaces(rest);
    if (!*rest) return "needs a unit, e.g. 10m";
    const struct time_unit *unit = read_time_unit(&rest);
    if (!unit) return problem;
    if (first) negative = decimal.negative;
    decimal.negative = false;
    sum += seconds(&decimal, unit);
    at = skip_spaces(rest);
  }
  *value = negative ? -sum : sum;
  return isfinite(sum) ? NULL : too_large;
}

static const char *parse_rate(const char *text, double *value) {
  static const char problem[] = "is not a rate (expected 20/y, 1/d or 2/h)";
  struct hc_decimal decimal;
  const char *rest = hc_decimal_read(text, &decimal);
  if (!rest) return problem;
  rest = skip_spaces(rest);
  *value = hc_decimal_value(&decimal, 0);
  if (!*rest) return *value == 0.0 ? NULL : "needs a time, e.g. 20/y";
  if (*rest != '/') return problem;
  rest = skip_spaces(rest + 1);
  const struct time_unit *unit = read_time_unit(&rest);
  if (!unit || *rest) return problem;
  *value *= HC_YEAR / unit->seconds;
  return isfinite(*value) ? NULL : too_large;
}

const char *hc_unit_parse(enum hc_kind kind, const char *text, double *value) {
  *value = NAN;
  if (!*text) text = "?"; /* an empty text is no number of any kind */
  switch ((int)kind) {
    case HC_KIND_FRACTION:
      return parse_suffixed(fraction_suffixes, text, value,
                            "is not a fraction (expected 80%, 30bp or 0.8)");
    case HC_KIND_USD: return parse_dollars(text, value);
    case HC_KIND_DURATION_OR_NONE:
      if (strcmp(text, "none") == 0) {
        *value = INFINITY;
        return NULL;
      }
      return parse_duration(text, value,
                            "is not a duration (expected 1s, 10m, 6h, 1d, 1y or none)");
    case HC_KIND_DURATION:
      return parse_duration(text, value, "is not a duration (expected 1s, 10m, 6h, 1d or 1y)");
    case HC_KIND_PER_YEAR: return parse_rate(text, value);
    default:
      return parse_suffixed(plain_suffixes, text, value,
                            "is not a number (expected 1.5, 100000 or 100k)");
  }
}

const char *hc_unit_parse_count(const char *text, int64_t *value) {
  static const char problem[] = "is not a whole number (expected 100000, 100k or 1e6)";
  struct hc_decimal decimal;
  const char *rest = hc_decimal_read(text, &decimal);
  int shift = 0;
  *value = -1;
  if (!rest || !find_suffix(plain_suffixes, skip_spaces(rest), &shift)) return problem;
  const double size = fabs(hc_decimal_value(&decimal, shift));
  if (!(size <= 9223372036854775808.0)) return too_large;
  if (hc_decimal_integer(&decimal, shift, value)) return NULL;
  return size > 9e18 ? too_large : problem;
}

const char *hc_unit_parse_bool(const char *text, bool *value) {
  static const char *const words[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};
  for (int truth = 0; truth < 2; ++truth)
    for (int i = 0; i < 3; ++i)
      if (strcmp(text, words[truth][i]) == 0) {
        *value = truth != 0;
        return NULL;
      }
  return "is not true or false";
}
