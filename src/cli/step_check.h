/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How results move when the step is halved twice, on the same paths refined. */
#ifndef HC_CLI_STEP_CHECK_H
#define HC_CLI_STEP_CHECK_H
#include "base/text.h"
#include "cli/input.h"

/* Runs min(paths, 20000) paths at 2, 1, 1/2 and 1/4 of the step (2 only where it divides the
 * horizon) and appends a table to `text` and an object to `json`. */
hc_status hc_cli_step_check(const struct hc_cli_arguments *arguments,
                            const struct hc_root_config *values, int threads, struct hc_text *text,
                            struct hc_text *json) HC_CHECKED;
#endif
