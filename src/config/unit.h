/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with units, to and from text. */
#ifndef HC_CONFIG_UNIT_H
#define HC_CONFIG_UNIT_H
#include "haircut/config.h"

/* Seconds. */
#define HC_DAY 86400.0
#define HC_YEAR (365.0 * HC_DAY)

/* Reads a number of a kind stored as a double. Returns NULL, or what is wrong, to follow
 * the quoted text: `is not a fraction (expected 80%, 30bp or 0.8)`. */
const char *hc_unit_parse(enum hc_kind kind, const char *text, double *value);
const char *hc_unit_parse_count(const char *text, int64_t *value);
const char *hc_unit_parse_bool(const char *text, bool *value);
#endif
