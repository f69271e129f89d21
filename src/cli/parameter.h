/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters that commands vary: what a text is as a value of one. */
#ifndef HC_CLI_PARAMETER_H
#define HC_CLI_PARAMETER_H
#include "cli/input.h"

struct hc_cli_parameter {
  double value; /* in `unit` */
  enum hc_kind kind;
  char unit[16];
  char *path; /* as parameters are listed; the caller frees */
};
/* Loads the configuration with KEY=TEXT. Errors of the input are said; HC_INPUT, said with `option`, also
 * where the key is not one finite number. */
hc_status hc_cli_parameter_read(const struct hc_cli_arguments *arguments, const char *option,
                                const char *key, const char *text,
                                struct hc_cli_parameter *parameter) HC_CHECKED;
#endif
