/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One configuration over another: later wins. */
#ifndef HC_CONFIG_MERGE_H
#define HC_CONFIG_MERGE_H
#include "config/fields.h"

/* Puts the entries of mapping `over` into mapping `base` of the same table: mappings are
 * merged key by key, lists and single values replaced whole. Where `over` chooses another
 * variant, parameters that only the variant in `base` has are dropped. A lack of memory
 * is kept in the arena. */
void hc_merge(struct hc_arena *arena, const struct hc_table *table, struct hc_node *base,
              const struct hc_node *over);
#endif
