/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which paths --path and --worst mean, of a configuration or of a results file. */
#ifndef HC_CLI_CHOICE_H
#define HC_CLI_CHOICE_H
#include "cli/input.h"

enum { HC_CLI_MAX_WORST = 1000 };
struct hc_cli_choice {
  const struct hc_cli_arguments *arguments;
  const struct hc_cli_input *input;
  int threads;         /* to run a configuration with */
  int64_t path, worst; /* one of them; -1: not given */
  size_t count;
  uint64_t paths[HC_CLI_MAX_WORST];
};
/* Reads the two options; without both, the `worst` worst (-1: that is an error). */
hc_status hc_cli_choice_read(struct hc_cli_choice *choice, int64_t worst) HC_CHECKED;
/* Fills the list, worst first. */
hc_status hc_cli_choose(struct hc_cli_choice *choice) HC_CHECKED;
#endif
