/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a tree and a table to the structs and the list of parameters. */
#ifndef HC_CONFIG_RESOLVE_H
#define HC_CONFIG_RESOLVE_H
#include "config/fields.h"
#include "config/internal.h"
#include "config/path.h"

struct hc_resolver {
  struct hc_config *config;
  struct hc_diagnostics *diagnostics;
  struct hc_text path;
  int depth;
  bool partial; /* a file is missing from the tree: no complaints about what it may hold */
};

/* Sets config->values and config->parameters; `tree` may be NULL (all defaults). */
void hc_resolve(struct hc_config *config, struct hc_diagnostics *diagnostics,
                struct hc_node *tree, bool partial);
/* One scalar field from its node (NULL: the default) into the struct member. */
void hc_resolve_leaf(struct hc_resolver *resolver, const struct hc_field *field,
                     const struct hc_node *node, void *member);
/* Appends a parameter at the current path. */
void hc_resolve_record(struct hc_resolver *resolver, const struct hc_field *field,
                       const struct hc_node *node, const char *text, double value, bool is_text);
#endif
