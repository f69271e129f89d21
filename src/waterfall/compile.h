/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the verbs where they read their parameters. */
#ifndef HC_WATERFALL_COMPILE_H
#define HC_WATERFALL_COMPILE_H

#include "waterfall/waterfall.h"

/* The complaint is about `key` of `path`; returns HC_INPUT. */
hc_status hc_complain_at(struct hc_complaint *complaint, const char *path, const char *key);
/* Appends a key to the path of the layer that is being compiled. */
hc_status hc_complain_key(struct hc_complaint *complaint, const char *key);
bool hc_given(const char *text);
/* Number of a fund by name (`fund` and `insurance` are 0); -1: none. */
int hc_waterfall_fund(const struct hc_waterfall *waterfall, const char *name);
hc_status hc_compile_condition(struct hc_waterfall *waterfall, const char *text,
                               struct hc_condition *condition, struct hc_error *error) HC_CHECKED;

/* Parameters that several verbs have; each complains at its own key. */
hc_status hc_compile_time(struct hc_layer *layer, const char *text, bool netting,
                          const struct hc_waterfall *waterfall,
                          struct hc_complaint *complaint) HC_CHECKED;
hc_status hc_compile_price(struct hc_layer *layer, const char *text, int bound,
                           struct hc_complaint *complaint) HC_CHECKED;
hc_status hc_compile_allocation(struct hc_layer *layer, const struct hc_choice *allocation,
                                const struct hc_choice *score, int64_t limit,
                                struct hc_complaint *complaint) HC_CHECKED;
/* Bits of the classes that a name stands for; 0: none. `*kind` is theirs. */
uint32_t hc_classes_named(const struct hc_waterfall *waterfall, const char *name, int *kind);
#endif
