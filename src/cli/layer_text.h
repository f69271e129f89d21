/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A layer of a waterfall in a few words. */
#ifndef HC_CLI_LAYER_TEXT_H
#define HC_CLI_LAYER_TEXT_H
#include "base/text.h"
#include "haircut/scenario.h"

/* E.g. "close opposite (ranked bitmex, at bankruptcy)". */
void hc_cli_layer_text(const struct hc_layer_config *layer, struct hc_text *text);
/* Who takes positions over before they are bankrupt, e.g. "backstop hlp (below 66.667% of maintenance, at
 * bankruptcy)"; nothing where there is nobody. */
void hc_cli_backstop_text(const struct hc_backstop_config *backstop, struct hc_text *text);
#endif
