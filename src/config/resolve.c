/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/resolve.h"

#include <math.h>
#include <string.h>

#include "config/read.h"

/* One struct to fill: its table, the mapping (NULL: all defaults) and the memory. */
struct target {
  const struct hc_table *table;
  struct hc_node *node;
  char *base;
  const char *map_key; /* of an element of a MAP: its `name` is this key */
};

static void HC_PRINTF(3, 4) complain(struct hc_resolver *resolver, struct hc_place place,
                                     const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  hc_config_vreport(resolver->config, resolver->diagnostics, false, place,
                    hc_path_text(&resolver->path), format, arguments);
  va_end(arguments);
}

static struct hc_arena *arena_of(const struct hc_resolver *resolver) {
  return &resolver->config->arena;
}

/* ---- keys nobody asked for -------------------------------------------------------- */

static const struct hc_choice *choice_of(const struct hc_field *field, const char *base) {
  return (const struct hc_choice *)(const void *)(base + field->offset);
}

/* Whether the table and its chosen variants have the key. */
static bool is_known(const struct hc_table *table, const char *base, const char *key) {
  if (hc_field_own(table, key)) return true;
  for (size_t i = 0; base && i < table->count; ++i) {
    const struct hc_field *field = &table->fields[i];
    if (field->kind != HC_KIND_VARIANT) continue;
    const struct hc_choice *choice = choice_of(field, base);
    const struct hc_registry *registry = field->sub;
    if (choice->index < 0) {
      if (hc_field_find(table, key)) return true; /* the wrong choice is complained about */
      continue;
    }
    const struct hc_table *sub = registry->variants[choice->index]->table;
    if (sub && is_known(sub, choice->parameters, key)) return true;
  }
  return false;
}

static const char *owners(struct hc_resolver *resolver, const struct hc_registry *registry,
                          const char *key) {
  struct hc_names names = {0};
  for (size_t i = 0; i < registry->count; ++i)
    if (hc_field_find(registry->variants[i]->table, key))
      (void)hc_names_add(arena_of(resolver), &names, registry->variants[i]->name);
  return names.count ? hc_names_join(arena_of(resolver), &names) : NULL;
}

/* True if the key is a parameter of a variant that is not chosen. */
static bool complain_variant(struct hc_resolver *resolver, const struct target *target,
                             const struct hc_entry *entry) {
  for (size_t i = 0; i < target->table->count; ++i) {
    const struct hc_field *field = &target->table->fields[i];
    if (field->kind != HC_KIND_VARIANT) continue;
    const struct hc_registry *registry = field->sub;
    const struct hc_choice *choice = choice_of(field, target->base);
    const char *belongs = owners(resolver, registry, entry->key);
    if (!belongs || choice->index < 0) continue;
    if (!resolver->partial)
      complain(resolver, entry->place, "%s is not a parameter of %s %s (it belongs to %s)",
               entry->key, field->name, registry->variants[choice->index]->name, belongs);
    return true;
  }
  return false;
}

static void check_key(struct hc_resolver *resolver, const struct target *target,
                      const struct hc_entry *entry) {
  const bool named = target->map_key && strcmp(entry->key, "name") == 0;
  if (!named && is_known(target->table, target->base, entry->key)) return;
  const size_t length = hc_path_push(&resolver->path, entry->key);
  if (named) {
    complain(resolver, entry->place, "the name is the key, %s; leave this line out",
             target->map_key);
  } else if (!complain_variant(resolver, target, entry)) {
    const struct hc_names names = hc_field_names(arena_of(resolver), target->table);
    complain(resolver, entry->place, "unknown key%s",
             hc_config_hint(resolver->config, entry->key, &names));
  }
  hc_path_pop(&resolver->path, length);
}

/* ---- fields ----------------------------------------------------------------------- */

static void resolve_table(struct hc_resolver *resolver, struct target target);
static void resolve_fields(struct hc_resolver *resolver, const struct target *target);

static void *new_struct(struct hc_resolver *resolver, const struct hc_table *table,
                        size_t count) {
  return hc_arena_new(arena_of(resolver), count, table->size);
}

static void record_empty(struct hc_resolver *resolver, const struct hc_field *field,
                         const struct hc_node *node, const char *text) {
  hc_resolve_record(resolver, field, node, text, (double)NAN, true);
}

static struct hc_node *or_default(struct hc_resolver *resolver, const struct hc_field *field,
                                  struct hc_node *node) {
  if (!hc_node_is_null(node)) return node;
  return hc_read_default(resolver->config, resolver->diagnostics, field,
                         hc_path_text(&resolver->path));
}

static void resolve_variant(struct hc_resolver *resolver, const struct hc_field *field,
                            const struct target *parent) {
  const struct hc_registry *registry = field->sub;
  struct hc_choice *choice = (struct hc_choice *)(void *)(parent->base + field->offset);
  if (choice->index < 0) return;
  const struct hc_table *table = registry->variants[choice->index]->table;
  if (!table) return;
  choice->parameters = new_struct(resolver, table, 1);
  if (!choice->parameters) return;
  const struct target target = {table, parent->node, choice->parameters, NULL};
  resolve_fields(resolver, &target);
}

static void resolve_optional(struct hc_resolver *resolver, const struct hc_field *field,
                             struct hc_node *node, void **member) {
  if (!node) {
    record_empty(resolver, field, NULL, "unset");
    return;
  }
  *member = new_struct(resolver, field->sub, 1);
  if (*member) resolve_table(resolver, (struct target){field->sub, node, *member, NULL});
}

static void resolve_list(struct hc_resolver *resolver, const struct hc_field *field,
                         struct hc_node *node, struct hc_list *list) {
  const struct hc_table *table = field->sub;
  if (node) node = hc_field_expand_list(arena_of(resolver), table, node);
  if (node && node->type != HC_NODE_SEQUENCE) {
    complain(resolver, node->place, "a list is expected, found %s", hc_node_type_text(node));
    return;
  }
  if (!node || node->count == 0) {
    record_empty(resolver, field, node, "[]");
    return;
  }
  char *items = new_struct(resolver, table, node->count);
  if (!items) return;
  *list = (struct hc_list){node->count, items};
  for (size_t i = 0; i < node->count; ++i) {
    struct hc_node *element = node->entries[i].value;
    const size_t length = hc_path_push_index(&resolver->path, i);
    hc_config_mark_written(resolver->config, hc_path_text(&resolver->path), element->place);
    resolve_table(resolver, (struct target){table, element, items + i * table->size, NULL});
    hc_path_pop(&resolver->path, length);
  }
}

/* Names end up in paths and in file formats. */
static bool is_good_name(const char *name) {
  if (name[strcspn(name, "[]=\"'\\")] != '\0') return false;
  for (; *name; ++name)
    if ((unsigned char)*name <= 0x20 || *name == 0x7f) return false;
  return true;
}

static void resolve_element(struct hc_resolver *resolver, const struct hc_table *table,
                            const struct hc_entry *entry, char *item) {
  const size_t length = hc_path_push(&resolver->path, entry->key);
  hc_config_mark_written(resolver->config, hc_path_text(&resolver->path), entry->place);
  if (!is_good_name(entry->key))
    complain(resolver, entry->place, "a name must not contain spaces, quotes, [, ], = or \\");
  resolve_table(resolver, (struct target){table, entry->value, item, entry->key});
  hc_path_pop(&resolver->path, length);
}

static void resolve_map(struct hc_resolver *resolver, const struct hc_field *field,
                        const struct hc_node *node, struct hc_list *list) {
  const struct hc_table *table = field->sub;
  if (node && node->type != HC_NODE_MAPPING) {
    complain(resolver, node->place, "a mapping of names is expected, found %s",
             hc_node_type_text(node));
    return;
  }
  if (!node || node->count == 0) {
    record_empty(resolver, field, node, "{}");
    return;
  }
  char *items = new_struct(resolver, table, node->count);
  if (!items) return;
  *list = (struct hc_list){node->count, items};
  for (size_t i = 0; i < node->count; ++i)
    resolve_element(resolver, table, &node->entries[i], items + i * table->size);
}

static void resolve_nested(struct hc_resolver *resolver, const struct hc_field *field,
                           struct hc_node *node, void *member) {
  node = or_default(resolver, field, node);
  switch ((int)field->kind) {
    case HC_KIND_OBJECT:
      resolve_table(resolver, (struct target){field->sub, node, member, NULL});
      return;
    case HC_KIND_OPTIONAL: resolve_optional(resolver, field, node, member); return;
    case HC_KIND_LIST: resolve_list(resolver, field, node, member); return;
    default: resolve_map(resolver, field, node, member); return;
  }
}

static void resolve_field(struct hc_resolver *resolver, const struct hc_field *field,
                          const struct target *target) {
  struct hc_config *config = resolver->config;
  const struct hc_entry *entry = hc_node_find(target->node, field->name);
  struct hc_node *node = entry ? entry->value : NULL;
  void *member = target->base + field->offset;
  if (target->map_key && strcmp(field->name, "name") == 0) {
    *(char **)member = hc_arena_string(&config->arena, target->map_key);
    return;
  }
  const bool scalar = hc_kind_is_scalar(field->kind);
  const size_t length = hc_path_push(&resolver->path, field->name);
  if (entry)
    hc_config_mark_written(config, hc_path_text(&resolver->path),
                           scalar ? node->place : entry->place);
  if (scalar) hc_resolve_leaf(resolver, field, node, member);
  else resolve_nested(resolver, field, node, member);
  hc_path_pop(&resolver->path, length);
  if (field->kind == HC_KIND_VARIANT) resolve_variant(resolver, field, target);
}

static void resolve_fields(struct hc_resolver *resolver, const struct target *target) {
  if (resolver->depth > HC_MAX_TABLE_DEPTH) {
    complain(resolver, HC_DEFAULT_PLACE, "the tables are nested more than %d deep",
             HC_MAX_TABLE_DEPTH);
    return;
  }
  ++resolver->depth;
  for (size_t i = 0; i < target->table->count && !arena_of(resolver)->failed; ++i)
    resolve_field(resolver, &target->table->fields[i], target);
  --resolver->depth;
}

static void resolve_table(struct hc_resolver *resolver, struct target target) {
  if (hc_node_is_null(target.node)) target.node = NULL;
  if (target.node) {
    target.node = hc_field_expand(arena_of(resolver), target.table, target.node);
    if (!target.node) return;
  }
  if (target.node && target.node->type != HC_NODE_MAPPING) {
    complain(resolver, target.node->place, "a mapping of keys is expected, found %s",
             hc_node_type_text(target.node));
    target.node = NULL;
  }
  resolve_fields(resolver, &target);
  if (arena_of(resolver)->failed) return;
  for (size_t i = 0; target.node && i < target.node->count; ++i)
    check_key(resolver, &target, &target.node->entries[i]);
}

void hc_resolve(struct hc_config *config, struct hc_diagnostics *diagnostics,
                struct hc_node *tree, bool partial) {
  struct hc_resolver resolver = {.config = config, .diagnostics = diagnostics, .partial = partial};
  config->values = new_struct(&resolver, config->root, 1);
  if (!config->values) return;
  hc_config_mark_written(config, "", tree ? tree->place : HC_DEFAULT_PLACE);
  resolve_table(&resolver, (struct target){config->root, tree, config->values, NULL});
  if (resolver.path.failed) config->arena.failed = true;
  hc_text_free(&resolver.path);
}
