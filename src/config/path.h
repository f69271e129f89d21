/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key paths such as waterfall[1].base, grown and cut back while a tree is walked. */
#ifndef HC_CONFIG_PATH_H
#define HC_CONFIG_PATH_H
#include "base/text.h"

/* Each push returns the length to cut back to. */
size_t hc_path_push(struct hc_text *path, const char *name);
size_t hc_path_push_index(struct hc_text *path, size_t index);
void hc_path_pop(struct hc_text *path, size_t length);
const char *hc_path_text(const struct hc_text *path);
#endif
