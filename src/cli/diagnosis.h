/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be said of a scenario before running it. */
#ifndef HC_CLI_DIAGNOSIS_H
#define HC_CLI_DIAGNOSIS_H
#include "base/text.h"
#include "cli/input.h"

/* Appends lines that start with `# `, so that they may follow the YAML. */
hc_status hc_cli_diagnose_scenario(const struct hc_cli_input *input, int threads,
                                   struct hc_text *text) HC_CHECKED;
#endif
