/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A layer of a waterfall in a few words. */
#ifndef HC_CLI_LAYER_TEXT_H
#define HC_CLI_LAYER_TEXT_H
#include "base/text.h"
#include "haircut/waterfall.h"

/* E.g. "close opposite (ranked bitmex, at bankruptcy)". */
void hc_cli_layer_text(const struct hc_layer_config *layer, struct hc_text *text);
#endif
