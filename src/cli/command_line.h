/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line as one text. */
#ifndef HC_CLI_COMMAND_LINE_H
#define HC_CLI_COMMAND_LINE_H
#include "base/text.h"
#include "cli/arguments.h"

/* Quoted for a shell; starts with `haircut`. With `resume`, --resume is added if missing. */
void hc_cli_command_line(const struct hc_cli_arguments *arguments, bool resume,
                         struct hc_text *text);
#endif
