/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text a value is written as: with a handy unit, and read back as the same value. */
#ifndef HC_CONFIG_CANONICAL_H
#define HC_CONFIG_CANONICAL_H
#include "base/text.h"
#include "haircut/config.h"

/* A finite or infinite number of a kind stored as a double; a count is rounded to a whole one. */
void hc_canonical(enum hc_kind kind, double value, struct hc_text *text);
#endif
