/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers for people, and values for JSON and CSV. */
#ifndef HC_CLI_NUMBER_H
#define HC_CLI_NUMBER_H
#include <stdint.h>

#include "base/text.h"

/* A short text returned by value, so that several fit into one printf. */
struct hc_cli_short {
  char text[40];
};
struct hc_cli_short hc_cli_usd(double value);     /* 12.3M, -450k, 0, n/a */
struct hc_cli_short hc_cli_percent(double value); /* 1.23 %, 0 %, n/a */
struct hc_cli_short hc_cli_plain(double value);   /* 3 or 4 digits */
struct hc_cli_short hc_cli_count(uint64_t value); /* 1,234,567 */
struct hc_cli_short hc_cli_bytes(double value);   /* 1.2 GB */
struct hc_cli_short hc_cli_duration(double seconds); /* 1 d, 10 min, 1.5 s, 3.2 ms */
struct hc_cli_short hc_cli_clock(double seconds); /* 1d 02:03:04.500: days only where there are some */
struct hc_cli_short hc_cli_price(double value);   /* 8 digits */
struct hc_cli_short hc_cli_units(double value);   /* 4 digits; whole from 1,000 on */
struct hc_cli_short hc_cli_by_unit(double value, const char *unit, bool is_share);

/* 17 digits; null where JSON (CSV: nothing) has no number. */
void hc_cli_json_number(struct hc_text *text, double value);
void hc_cli_csv_number(struct hc_text *text, double value);
void hc_cli_json_string(struct hc_text *text, const char *string);
void hc_cli_csv_string(struct hc_text *text, const char *string);
#endif
