/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A traced path told in sentences. */
#ifndef HC_CLI_STORY_H
#define HC_CLI_STORY_H
#include "cli/trace.h"

void hc_cli_story_text(const struct hc_cli_traced *traced, struct hc_text *text);
#endif
