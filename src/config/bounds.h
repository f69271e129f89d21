/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges of allowed values: "(0, 20]". */
#ifndef HC_CONFIG_BOUNDS_H
#define HC_CONFIG_BOUNDS_H
#include "base/text.h"
#include "haircut/config.h"

struct hc_bounds {
  bool any; /* no bounds */
  bool open_low, open_high;
  double low, high;
};
/* False if the text of a table is malformed. */
bool hc_bounds_parse(const char *text, struct hc_bounds *bounds);
bool hc_bounds_contain(const struct hc_bounds *bounds, double value);
/* The same in the units of the kind: "[0%, 2000%]". */
void hc_bounds_write(const struct hc_bounds *bounds, enum hc_kind kind, struct hc_text *text);
#endif
