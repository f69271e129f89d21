/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts as scalars of YAML and strings of JSON. */
#ifndef HC_CONFIG_QUOTE_H
#define HC_CONFIG_QUOTE_H
#include "base/text.h"

/* Plain where that is safe in any place, else in double quotes. */
void hc_quote_yaml(const char *string, struct hc_text *text);
/* In double quotes; NULL is written as null. */
void hc_quote_json(const char *string, struct hc_text *text);
#endif
