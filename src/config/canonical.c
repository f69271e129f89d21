/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/canonical.h"

#include <math.h>

#include "config/decimal.h"

/* Shifting the decimal exponent is exact both ways, so these read back as they were. */
static void write_shifted(const struct hc_decimal *decimal, int shift, const char *unit,
                          struct hc_text *text) {
  hc_decimal_write(decimal, shift, text);
  hc_text_puts(text, unit);
}

static void write_fraction(double value, const struct hc_decimal *decimal, struct hc_text *text) {
  const bool small = value != 0 && fabs(value) < 0.01;
  if (small && hc_decimal_places(decimal, 4) <= 2) write_shifted(decimal, 4, "bp", text);
  else if (hc_decimal_places(decimal, 2) <= 6) write_shifted(decimal, 2, "%", text);
  else write_shifted(decimal, 0, "", text);
}

static void write_dollars(double value, const struct hc_decimal *decimal, struct hc_text *text) {
  static const struct {
    double least;
    int shift;
    const char *unit;
  } steps[] = {{1e12, 12, "T"}, {1e9, 9, "B"}, {1e6, 6, "M"}, {1e3, 3, "k"}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; ++i)
    if (fabs(value) >= steps[i].least && fabs(value) < 1e15 &&
        hc_decimal_places(decimal, -steps[i].shift) <= 2) {
      write_shifted(decimal, -steps[i].shift, steps[i].unit, text);
      return;
    }
  write_shifted(decimal, 0, "", text);
}

static void write_duration(double value, const struct hc_decimal *decimal, struct hc_text *text) {
  static const struct {
    double seconds;
    const char *unit;
  } units[] = {{31536000.0, "y"}, {86400.0, "d"}, {3600.0, "h"}, {60.0, "m"}};
  for (size_t i = 0; value != 0 && i < sizeof units / sizeof *units; ++i) {
    const double count = value / units[i].seconds;
    if (fabs(count) > 1e6 || count != floor(count)) continue;
    if (count * units[i].seconds != value) continue;
    const struct hc_decimal whole = hc_decimal_shortest(count);
    write_shifted(&whole, 0, units[i].unit, text);
    return;
  }
  const bool small = value != 0 && fabs(value) < 1.0;
  if (small && hc_decimal_places(decimal, 3) <= 3) write_shifted(decimal, 3, "ms", text);
  else write_shifted(decimal, 0, "s", text);
}

void hc_canonical(enum hc_kind kind, double value, struct hc_text *text) {
  if (!isfinite(value)) {
    const bool none = kind == HC_KIND_DURATION_OR_NONE && value > 0;
    hc_text_puts(text, isnan(value) ? "unset" : none ? "none" : value > 0 ? "inf" : "-inf");
    return;
  }
  const struct hc_decimal decimal = hc_decimal_shortest(value);
  switch ((int)kind) {
    case HC_KIND_FRACTION: write_fraction(value, &decimal, text); return;
    case HC_KIND_USD: write_dollars(value, &decimal, text); return;
    case HC_KIND_DURATION:
    case HC_KIND_DURATION_OR_NONE: write_duration(value, &decimal, text); return;
    case HC_KIND_COUNT: hc_text_printf(text, "%.0f", nearbyint(value)); return;
    case HC_KIND_PER_YEAR: write_shifted(&decimal, 0, "/y", text); return;
    default: write_shifted(&decimal, 0, "", text); return;
  }
}
