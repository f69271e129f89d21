/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A traced path, between the part that computes and the parts that print. */
#ifndef HC_CLI_TRACE_H
#define HC_CLI_TRACE_H
#include "base/text.h"
#include "haircut/path.h"

struct hc_cli_traced {
  uint64_t path;
  const struct hc_scenario *scenario;
  struct hc_outcome outcome;
  double lp_class[HC_MAX_CLASSES];
  struct hc_ledger ledger;
};

extern const char *const hc_cli_event_words[HC_EVENTS];
void hc_cli_trace_text(const struct hc_cli_traced *traced, struct hc_text *text);
/* One object of the list of paths. */
void hc_cli_trace_json(const struct hc_cli_traced *traced, struct hc_text *text);
void hc_cli_trace_csv_header(struct hc_text *text);
void hc_cli_trace_csv(const struct hc_cli_traced *traced, struct hc_text *text);
#endif
