/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/merge.h"

static const struct hc_variant *chosen(const struct hc_field *field, const struct hc_node *node) {
  const struct hc_entry *entry = hc_node_find(node, field->name);
  const struct hc_node *plain = entry ? hc_node_plain(entry->value) : NULL;
  const bool written = entry && !hc_node_is_null(plain);
  const char *name = written ? plain->text : field->default_text;
  return name ? hc_variant_find(field->sub, name) : NULL;
}

/* In a table with a VARIANT field: `from` is replaced by `to`. */
static void drop_parameters(const struct hc_table *table, const struct hc_variant *from,
                            const struct hc_variant *to, struct hc_node *base) {
  for (size_t i = base->count; i-- > 0;) {
    const char *key = base->entries[i].key;
    if (!hc_field_own(table, key) && hc_field_find(from->table, key) &&
        !hc_field_find(to->table, key))
      hc_node_remove(base, i);
  }
}

static void drop_replaced(const struct hc_table *table, struct hc_node *base,
                          const struct hc_node *over) {
  for (size_t i = 0; i < table->count; ++i) {
    const struct hc_field *field = &table->fields[i];
    if (field->kind != HC_KIND_VARIANT || !hc_node_find(over, field->name)) continue;
    const struct hc_variant *from = chosen(field, base), *to = chosen(field, over);
    if (from && to && from != to) drop_parameters(table, from, to, base);
  }
}

/* Merges two elements of the same name or two objects; true if that was possible. */
static bool merge_object(struct hc_arena *arena, const struct hc_table *table,
                         struct hc_entry *base, struct hc_node *over) {
  struct hc_node *below = hc_field_expand(arena, table, base->value);
  struct hc_node *above = hc_field_expand(arena, table, over);
  if (!below || !above) return false;
  if (below->type != HC_NODE_MAPPING || above->type != HC_NODE_MAPPING) return false;
  base->value = below;
  hc_merge(arena, table, below, above);
  return true;
}

static void put(struct hc_arena *arena, struct hc_node *base, const struct hc_entry *entry) {
  struct hc_entry *old = hc_node_find(base, entry->key);
  if (old) *old = *entry;
  else (void)hc_node_add(arena, base, *entry);
}

static bool merge_map(struct hc_arena *arena, const struct hc_table *table, struct hc_entry *base,
                      const struct hc_node *over) {
  struct hc_node *below = base->value;
  if (below->type != HC_NODE_MAPPING || over->type != HC_NODE_MAPPING) return false;
  for (size_t i = 0; i < over->count; ++i) {
    const struct hc_entry *entry = &over->entries[i];
    struct hc_entry *old = hc_node_find(below, entry->key);
    if (old && merge_object(arena, table, old, entry->value)) old->place = entry->place;
    else put(arena, below, entry);
  }
  return true;
}

static bool merge_field(struct hc_arena *arena, const struct hc_field *field,
                        struct hc_entry *base, const struct hc_entry *over) {
  switch ((int)field->kind) {
    case HC_KIND_OBJECT:
    case HC_KIND_OPTIONAL: return merge_object(arena, field->sub, base, over->value);
    case HC_KIND_MAP: return merge_map(arena, field->sub, base, over->value);
    default: return false;
  }
}

void hc_merge(struct hc_arena *arena, const struct hc_table *table, struct hc_node *base,
              const struct hc_node *over) {
  drop_replaced(table, base, over);
  for (size_t i = 0; i < over->count; ++i) {
    const struct hc_entry *entry = &over->entries[i];
    struct hc_entry *old = hc_node_find(base, entry->key);
    const struct hc_field *field = old ? hc_field_find(table, entry->key) : NULL;
    if (field && merge_field(arena, field, old, entry)) old->place = entry->place;
    else put(arena, base, entry);
  }
}
