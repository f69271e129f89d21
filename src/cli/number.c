/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct hc_cli_short absent(void) { return (struct hc_cli_short){"n/a"}; }

/* Three digits, in steps of 1000; `suffix[0]` is for the plain value. */
static struct hc_cli_short scaled(double value, const char *const *suffix, int count) {
  struct hc_cli_short result = {""};
  if (isnan(value)) return absent();
  double size = fabs(value);
  int step = 0;
  while (step + 1 < count && size >= 999.5) {
    size /= 1000;
    step++;
  }
  int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  if (size == floor(size)) decimals = 0;
  (void)snprintf(result.text, sizeof result.text, "%s%.*f%s", value < 0 ? "-" : "", decimals, size,
                 suffix[step]);
  return result;
}

struct hc_cli_short hc_cli_usd(double value) {
  static const char *const suffix[] = {"", "k", "M", "B", "T", "e15", "e18"};
  if (fabs(value) < 0.005) value = 0;
  return scaled(value, suffix, 7);
}

struct hc_cli_short hc_cli_bytes(double value) {
  static const char *const suffix[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
  return scaled(value, suffix, 7);
}

struct hc_cli_short hc_cli_percent(double value) {
  struct hc_cli_short result = {""};
  if (isnan(value)) return absent();
  const double percent = 100 * value;
  const double near_one = fabs(100 - percent);
  const int digits = near_one > 0 && near_one < 0.1 ? 5 : 3;
  (void)snprintf(result.text, sizeof result.text, "%.*g %%", digits, percent);
  return result;
}

struct hc_cli_short hc_cli_plain(double value) {
  struct hc_cli_short result = {""};
  if (isnan(value)) return absent();
  (void)snprintf(result.text, sizeof result.text, "%.4g", value);
  return result;
}

struct hc_cli_short hc_cli_count(uint64_t value) {
  char digits[24];
  struct hc_cli_short result = {""};
  const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
  size_t at = 0;
  for (int i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0) result.text[at++] = ',';
    result.text[at++] = digits[i];
  }
  return result;
}

struct hc_cli_short hc_cli_duration(double seconds) {
  static const struct {
    double size;
    const char *unit;
  } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}};
  struct hc_cli_short result = {""};
  if (isnan(seconds)) return absent();
  size_t i = 0;
  while (i + 1 < sizeof units / sizeof *units && seconds < units[i].size) i++;
  if (seconds == 0) i = 3;
  (void)snprintf(result.text, sizeof result.text, "%.3g %s", seconds / units[i].size,
                 units[i].unit);
  return result;
}

struct hc_cli_short hc_cli_clock(double time) {
  struct hc_cli_short result = {""};
  const double days = floor(time / 86400);
  const int hours = (int)fmod(time / 3600, 24), minutes = (int)fmod(time / 60, 60);
  const double seconds = fmod(time, 60);
  char day[16] = "";
  if (days > 0) (void)snprintf(day, sizeof day, "%.0fd ", days);
  (void)snprintf(result.text, sizeof result.text, "%s%02d:%02d:%0*.*f", day, hours, minutes,
                 seconds == floor(seconds) ? 2 : 6, seconds == floor(seconds) ? 0 : 3, seconds);
  return result;
}

struct hc_cli_short hc_cli_price(double value) {
  struct hc_cli_short result = {""};
  if (isnan(value)) return absent();
  (void)snprintf(result.text, sizeof result.text, "%.8g", value);
  return result;
}

struct hc_cli_short hc_cli_units(double value) {
  return value >= 999.5 && value < 1e18 ? hc_cli_count((uint64_t)(value + 0.5)) : hc_cli_plain(value);
}

struct hc_cli_short hc_cli_by_unit(double value, const char *unit, bool is_share) {
  if (!strcmp(unit, "USD")) return hc_cli_usd(value);
  return is_share ? hc_cli_percent(value) : hc_cli_plain(value);
}

void hc_cli_json_number(struct hc_text *text, double value) {
  if (isfinite(value))
    hc_text_printf(text, "%.17g", value);
  else
    hc_text_puts(text, "null");
}

void hc_cli_csv_number(struct hc_text *text, double value) {
  if (!isnan(value)) hc_text_printf(text, "%.17g", value);
}

void hc_cli_json_string(struct hc_text *text, const char *string) {
  hc_text_puts(text, "\"");
  for (const char *c = string ? string : ""; *c; c++) {
    const unsigned char byte = (unsigned char)*c;
    if (*c == '"' || *c == '\\')
      hc_text_printf(text, "\\%c", *c);
    else if (*c == '\n')
      hc_text_puts(text, "\\n");
    else if (byte < 0x20)
      hc_text_printf(text, "\\u%04x", byte);
    else
      hc_text_append(text, c, 1);
  }
  hc_text_puts(text, "\"");
}

void hc_cli_csv_string(struct hc_text *text, const char *string) {
  if (!strpbrk(string, ",\"\n\r")) {
    hc_text_puts(text, string);
    return;
  }
  hc_text_puts(text, "\"");
  for (const char *c = string; *c; c++) {
    if (*c == '"') hc_text_puts(text, "\"");
    hc_text_append(text, c, 1);
  }
  hc_text_puts(text, "\"");
}
