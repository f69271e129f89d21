/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function a verb; each prints its own complaints. */
#ifndef HC_CLI_VERBS_H
#define HC_CLI_VERBS_H
#include "cli/arguments.h"

#define HC_CLI_VERB_FUNCTION(name, operands, doc)                                            \
  hc_status hc_cli_verb_##name(const struct hc_cli_arguments *arguments) HC_CHECKED;
HC_CLI_VERB_LIST(HC_CLI_VERB_FUNCTION)
#undef HC_CLI_VERB_FUNCTION
#endif
