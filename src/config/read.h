/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML text to a tree of nodes. */
#ifndef HC_CONFIG_READ_H
#define HC_CONFIG_READ_H
#include "config/internal.h"

/* The tree of one document, NULL if it is empty or (with an error reported) malformed.
 * `input` is the index of the input it belongs to, -1 for the default text of a table;
 * `path` stands in front of messages. `*failed` is set if the tree is not usable. */
struct hc_node *hc_read_yaml(struct hc_config *config, struct hc_diagnostics *diagnostics,
                             int input, const char *path, const char *text, size_t length,
                             bool *failed);
/* The tree of a field's default text; NULL if it has none. */
struct hc_node *hc_read_default(struct hc_config *config, struct hc_diagnostics *diagnostics,
                                const struct hc_field *field, const char *path);
/* The bytes of a file, in the arena, and a zero; NULL with an error reported. */
char *hc_read_file(struct hc_config *config, struct hc_diagnostics *diagnostics, int input,
                   size_t *length);
#endif
