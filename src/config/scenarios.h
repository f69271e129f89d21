/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named overrides: `scenarios: {NAME: {KEY: VALUE}}`. They are no parameters of a run; the one that
 * `scenario` names is laid over all files, and under all settings. */
#ifndef HC_CONFIG_SCENARIOS_H
#define HC_CONFIG_SCENARIOS_H
#include "config/internal.h"

/* Takes `scenarios` out of the mapping of an input; `*all` is a mapping of name to overrides, in which a
 * name may come several times, later ones to win. */
void hc_scenarios_take(struct hc_config *config, struct hc_diagnostics *diagnostics, struct hc_node *input,
                       struct hc_node **all);
/* Lays the one that settings or the tree name over the tree. A text without any (`lenient`) is one that has
 * been resolved before. */
void hc_scenarios_apply(struct hc_config *config, struct hc_diagnostics *diagnostics, struct hc_node *tree,
                        const struct hc_node *all, const char *const *settings, size_t setting_count,
                        bool lenient);
#endif
