/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The summary of a results file, for people and programs. */
#ifndef HC_CLI_SUMMARY_H
#define HC_CLI_SUMMARY_H
#include "base/text.h"
#include "cli/input.h"

struct hc_cli_summary {
  const char *file;
  const struct hc_config *config;
  const struct hc_root_config *values;
  uint64_t paths;
  bool samples;
  char digest[65];
  const struct hc_estimate *estimates;
  size_t count;
  const uint64_t *traced;
  size_t traced_count;
  struct hc_check checks[3];
  size_t check_count;
  struct hc_attribution attribution;
};

/* `input` holds an open results file and its configuration. */
hc_status hc_cli_summary_read(struct hc_cli_summary *summary, const struct hc_cli_input *input,
                              const char *file) HC_CHECKED;
void hc_cli_summary_text(const struct hc_cli_summary *summary, struct hc_text *text);
void hc_cli_summary_json(const struct hc_cli_summary *summary, struct hc_text *text);
void hc_cli_summary_csv(const struct hc_cli_summary *summary, struct hc_text *text);
/* NULL if there is none of this name. */
const struct hc_estimate *hc_cli_estimate(const struct hc_cli_summary *summary, const char *name);
#endif
