/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the summary for people. */
#ifndef HC_CLI_SUMMARY_TEXT_H
#define HC_CLI_SUMMARY_TEXT_H

#include "cli/summary.h"

/* The value of an estimate; NaN if there is none of that name. */
double hc_cli_estimated(const struct hc_cli_summary *summary, const char *name);
/* The head of a table, and one line of it: value, standard error, interval or why there is none. */
void hc_cli_columns(const char *title, struct hc_text *text);
void hc_cli_row(const struct hc_estimate *estimate, const char *label, struct hc_text *text);
/* A table of the estimates that there are, by name and label. */
void hc_cli_rows(const struct hc_cli_summary *summary, const char *title,
                 const char *const (*names)[2], size_t count, struct hc_text *text);

/* What liquidity providers earn for what they risk, and who of them leaves; nothing where they
 * neither earn nor leave. */
void hc_cli_providers_text(const struct hc_cli_summary *summary, struct hc_text *text);

/* Who left the bad debt; nothing where that is not known. */
void hc_cli_attribution_text(const struct hc_cli_summary *summary, struct hc_text *text);
/* One member of an object. */
void hc_cli_attribution_json(const struct hc_cli_summary *summary, struct hc_text *text);
#endif
