/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --help and --version. */
#ifndef HC_CLI_HELP_H
#define HC_CLI_HELP_H
#include "base/text.h"
#include "cli/arguments.h"

void hc_cli_help(struct hc_text *text);
void hc_cli_verb_help(struct hc_text *text, enum hc_cli_verb verb);
void hc_cli_version(struct hc_text *text);
#endif
