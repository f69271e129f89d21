/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/fields.h"

#include <string.h>

const char *hc_kind_name(enum hc_kind kind) {
  static const char *const names[] = {
#define KIND_NAME(name, text) #name,
    HC_KIND_LIST(KIND_NAME)
#undef KIND_NAME
  };
  return names[kind];
}

const char *hc_kind_text(enum hc_kind kind) {
  static const char *const texts[] = {
#define KIND_TEXT(name, text) text,
    HC_KIND_LIST(KIND_TEXT)
#undef KIND_TEXT
  };
  return texts[kind];
}

bool hc_kind_is_scalar(enum hc_kind kind) {
  return kind != HC_KIND_OBJECT && kind != HC_KIND_OPTIONAL && kind != HC_KIND_LIST &&
         kind != HC_KIND_MAP;
}

bool hc_kind_is_number(enum hc_kind kind) {
  return kind == HC_KIND_NUMBER || kind == HC_KIND_FRACTION || kind == HC_KIND_USD ||
         kind == HC_KIND_DURATION || kind == HC_KIND_DURATION_OR_NONE || kind == HC_KIND_PER_YEAR;
}

const struct hc_field *hc_field_own(const struct hc_table *table, const char *name) {
  for (size_t i = 0; table && i < table->count; ++i)
    if (strcmp(table->fields[i].name, name) == 0) return &table->fields[i];
  return NULL;
}

static const struct hc_field *find(const struct hc_table *table, const char *name, int depth) {
  const struct hc_field *own = hc_field_own(table, name);
  if (own || !table || depth > HC_MAX_TABLE_DEPTH) return own;
  for (size_t i = 0; i < table->count; ++i) {
    if (table->fields[i].kind != HC_KIND_VARIANT) continue;
    const struct hc_registry *registry = table->fields[i].sub;
    for (size_t v = 0; v < registry->count; ++v) {
      const struct hc_field *field = find(registry->variants[v]->table, name, depth + 1);
      if (field) return field;
    }
  }
  return NULL;
}

const struct hc_field *hc_field_find(const struct hc_table *table, const char *name) {
  return find(table, name, 0);
}

int hc_variant_index(const struct hc_registry *registry, const char *name) {
  for (size_t i = 0; i < registry->count; ++i)
    if (strcmp(registry->variants[i]->name, name) == 0) return (int)i;
  return -1;
}

const struct hc_variant *hc_variant_find(const struct hc_registry *registry, const char *name) {
  const int index = hc_variant_index(registry, name);
  return index < 0 ? NULL : registry->variants[index];
}

bool hc_names_add(struct hc_arena *arena, struct hc_names *names, const char *name) {
  for (size_t i = 0; i < names->count; ++i)
    if (strcmp(names->items[i], name) == 0) return true;
  const char **items =
    hc_arena_grow(arena, names->items, names->count, &names->capacity, sizeof *items);
  if (!items) return false;
  names->items = items;
  items[names->count++] = name;
  return true;
}

static void add_fields(struct hc_arena *arena, struct hc_names *names,
                       const struct hc_table *table, int depth) {
  if (!table || depth > HC_MAX_TABLE_DEPTH) return;
  for (size_t i = 0; i < table->count; ++i) {
    const struct hc_field *field = &table->fields[i];
    if (!hc_names_add(arena, names, field->name)) return;
    if (field->kind != HC_KIND_VARIANT) continue;
    const struct hc_registry *registry = field->sub;
    for (size_t v = 0; v < registry->count; ++v)
      add_fields(arena, names, registry->variants[v]->table, depth + 1);
  }
}

struct hc_names hc_field_names(struct hc_arena *arena, const struct hc_table *table) {
  struct hc_names names = {0};
  add_fields(arena, &names, table, 0);
  return names;
}

struct hc_names hc_variant_names(struct hc_arena *arena, const struct hc_registry *registry) {
  struct hc_names names = {0};
  for (size_t i = 0; i < registry->count; ++i)
    if (!hc_names_add(arena, &names, registry->variants[i]->name)) break;
  return names;
}

struct hc_names hc_word_names(struct hc_arena *arena, const struct hc_vocabulary *words) {
  struct hc_names names = {0};
  for (size_t i = 0; i < words->count; ++i)
    if (!hc_names_add(arena, &names, words->words[i].name)) break;
  return names;
}

const char *hc_names_join(struct hc_arena *arena, const struct hc_names *names) {
  const size_t most = 24;
  struct hc_text text = {0};
  for (size_t i = 0; i < names->count && i < most; ++i)
    hc_text_printf(&text, "%s%s", i ? ", " : "", names->items[i]);
  if (names->count > most) hc_text_puts(&text, ", ...");
  const char *joined = hc_arena_take(arena, &text);
  return joined ? joined : "";
}

struct hc_node *hc_field_expand(struct hc_arena *arena, const struct hc_table *table,
                                struct hc_node *node) {
  if (!table->shorthand || hc_node_is_null(node) || !hc_node_plain(node)) return node;
  if (node->type == HC_NODE_MAPPING && hc_field_find(table, "value")) return node;
  struct hc_node *mapping = hc_node_new(arena, HC_NODE_MAPPING, node->place);
  if (!mapping) return NULL;
  const struct hc_entry entry = {table->shorthand, node->place, node};
  return hc_node_add(arena, mapping, entry) ? mapping : NULL;
}

struct hc_node *hc_field_expand_list(struct hc_arena *arena, const struct hc_table *table,
                                     struct hc_node *node) {
  if (node->type == HC_NODE_SEQUENCE || hc_field_expand(arena, table, node) == node) return node;
  struct hc_node *sequence = hc_node_new(arena, HC_NODE_SEQUENCE, node->place);
  const struct hc_entry entry = {NULL, node->place, node};
  return sequence && hc_node_add(arena, sequence, entry) ? sequence : NULL;
}
