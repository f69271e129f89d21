/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KEY=VALUE settings of the command line. */
#ifndef HC_CONFIG_SETTINGS_H
#define HC_CONFIG_SETTINGS_H
#include "config/internal.h"

/* Puts the value into the tree (a mapping of the root table). */
void hc_apply_setting(struct hc_config *config, struct hc_diagnostics *diagnostics,
                      struct hc_node *tree, int input, const char *setting);
/* The same for a key that a file has, with its value and place. */
void hc_apply_override(struct hc_config *config, struct hc_diagnostics *diagnostics,
                       struct hc_node *tree, const struct hc_entry *override);
#endif
