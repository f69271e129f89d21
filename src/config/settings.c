/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

#include "config/fields.h"
#include "config/merge.h"
#include "config/read.h"

struct setting {
  struct hc_config *config;
  struct hc_diagnostics *diagnostics;
  struct hc_place place;
  const char *key;  /* the whole path */
  const char *rest; /* what of it is still to be walked */
  struct hc_node *value;
};

static void HC_PRINTF(2, 3) complain(struct setting *setting, const char *format, ...) {
  struct hc_arena *arena = &setting->config->arena;
  const char *walked =
    hc_arena_copy(arena, setting->key, (size_t)(setting->rest - setting->key));
  if (!walked) return;
  va_list arguments;
  va_start(arguments, format);
  hc_config_vreport(setting->config, setting->diagnostics, false, setting->place, walked, format,
                    arguments);
  va_end(arguments);
}

/* The next `length` bytes of the path as a name. */
static const char *take(struct setting *setting, size_t length) {
  const char *name = hc_arena_copy(&setting->config->arena, setting->rest, length);
  setting->rest += length;
  return name;
}

/* A node with one entry over the mapping `base` of `table`. */
static void put(struct setting *setting, const struct hc_table *table, struct hc_node *base,
                const char *name, struct hc_node *value) {
  struct hc_arena *arena = &setting->config->arena;
  struct hc_node *over = hc_node_new(arena, HC_NODE_MAPPING, setting->place);
  const struct hc_entry entry = {name, setting->place, value};
  if (over && hc_node_add(arena, over, entry)) hc_merge(arena, table, base, over);
}

static const struct hc_field *take_field(struct setting *setting, const struct hc_table *table) {
  const char *name = take(setting, strcspn(setting->rest, ".["));
  if (!name) return NULL;
  const struct hc_field *field = hc_field_find(table, name);
  if (field) return field;
  struct hc_arena *arena = &setting->config->arena;
  const struct hc_names names = hc_field_names(arena, table);
  complain(setting, "unknown key%s", hc_config_hint(setting->config, name, &names));
  return NULL;
}

/* The node below a nested field, made from the default if it is not written. NULL if that
 * is not possible or (the error comes later) something else is written there. */
static struct hc_node *descend(struct setting *setting, const struct hc_field *field,
                               struct hc_node *parent, enum hc_node_type type) {
  struct hc_arena *arena = &setting->config->arena;
  struct hc_entry *entry = hc_node_find(parent, field->name);
  struct hc_node *node = entry && !hc_node_is_null(entry->value) ? entry->value : NULL;
  if (!node)
    node = hc_read_default(setting->config, setting->diagnostics, field, field->name);
  if (!node) node = hc_node_new(arena, type, HC_DEFAULT_PLACE);
  if (node && field->kind == HC_KIND_LIST) node = hc_field_expand_list(arena, field->sub, node);
  else if (node && field->kind != HC_KIND_MAP) node = hc_field_expand(arena, field->sub, node);
  if (!node) return NULL;
  const struct hc_entry made = {field->name, node->place, node};
  if (entry) entry->value = node;
  else if (!hc_node_add(arena, parent, made)) return NULL;
  return node->type == type ? node : NULL;
}

/* ---- elements of lists -------------------------------------------------------------- */

static const char *element_name(const struct hc_table *table, const struct hc_node *element) {
  const struct hc_field *field = hc_field_own(table, "name");
  if (!field || field->kind != HC_KIND_TEXT) return NULL;
  const struct hc_entry *entry = hc_node_find(element, "name");
  const struct hc_node *plain = entry ? hc_node_plain(entry->value) : NULL;
  return hc_node_is_null(plain) ? field->default_text : plain->text;
}

static bool is_index(const char *text) {
  return *text && strlen(text) < 10 && text[strspn(text, "0123456789")] == '\0';
}

static struct hc_entry *complain_element(struct setting *setting, const struct hc_table *table,
                                         const struct hc_node *list, const char *name) {
  struct hc_names names = {0};
  for (size_t i = 0; i < list->count; ++i) {
    const char *known = element_name(table, list->entries[i].value);
    if (known) (void)hc_names_add(&setting->config->arena, &names, known);
  }
  if (is_index(name) || names.count == 0)
    complain(setting, "no such element; the list has %zu, counted from 0", list->count);
  else
    complain(setting, "no element of that name%s", hc_config_hint(setting->config, name, &names));
  return NULL;
}

/* [index] or [name] */
static struct hc_entry *take_element(struct setting *setting, const struct hc_table *table,
                                     struct hc_node *list) {
  const size_t length = *setting->rest == '[' ? strcspn(setting->rest, "]") : 0;
  if (length < 2 || setting->rest[length] != ']') {
    complain(setting, "this is a list; name an element, as in [0]");
    return NULL;
  }
  setting->rest += 1;
  const char *name = take(setting, length - 1);
  setting->rest += 1;
  if (!name) return NULL;
  for (size_t i = 0; i < list->count; ++i) {
    const char *known = element_name(table, list->entries[i].value);
    if (known && strcmp(known, name) == 0) return &list->entries[i];
  }
  const size_t index = is_index(name) ? (size_t)strtoul(name, NULL, 10) : list->count;
  return index < list->count ? &list->entries[index]
                             : complain_element(setting, table, list, name);
}

/* The mapping of a list element; NULL at the end of the path, when the value is put. */
static struct hc_node *enter_list(struct setting *setting, const struct hc_field *field,
                                  struct hc_node *parent) {
  struct hc_arena *arena = &setting->config->arena;
  struct hc_node *list = descend(setting, field, parent, HC_NODE_SEQUENCE);
  struct hc_entry *entry = list ? take_element(setting, field->sub, list) : NULL;
  if (!entry) return NULL;
  if (!*setting->rest) {
    entry->value = setting->value;
    return NULL;
  }
  if (hc_node_is_null(entry->value))
    entry->value = hc_node_new(arena, HC_NODE_MAPPING, HC_DEFAULT_PLACE);
  if (entry->value) entry->value = hc_field_expand(arena, field->sub, entry->value);
  return entry->value;
}

/* ---- elements of maps --------------------------------------------------------------- */

/* .name or [name]; a name may contain dots, so those that exist are tried first. */
static const char *take_name(struct setting *setting, const struct hc_node *map) {
  if (*setting->rest == '[') {
    setting->rest += 1;
    const char *name = take(setting, strcspn(setting->rest, "]"));
    setting->rest += *setting->rest == ']';
    return name;
  }
  setting->rest += 1;
  size_t length = strcspn(setting->rest, ".[");
  for (size_t i = 0; map && map->type == HC_NODE_MAPPING && i < map->count; ++i) {
    const size_t known = strlen(map->entries[i].key);
    const bool matches = strncmp(map->entries[i].key, setting->rest, known) == 0;
    if (matches && known > length && strchr(".[", setting->rest[known])) length = known;
  }
  return take(setting, length);
}

static bool written_in_files(const struct hc_config *config, const struct hc_node *map) {
  for (size_t i = 0; i < map->count; ++i) {
    const int input = map->entries[i].place.input;
    if (input >= 0 && !config->inputs[input].is_setting) return true;
  }
  return false;
}

/* Only where no file names any: else a mistyped name would make a new element. The
 * elements of the default give way, as they would to a file. */
static struct hc_entry *add_element(struct setting *setting, struct hc_node *map,
                                    const char *name) {
  struct hc_arena *arena = &setting->config->arena;
  if (written_in_files(setting->config, map)) {
    struct hc_names names = {0};
    for (size_t i = 0; i < map->count; ++i)
      (void)hc_names_add(arena, &names, map->entries[i].key);
    complain(setting, "unknown name%s", hc_config_hint(setting->config, name, &names));
    return NULL;
  }
  for (size_t i = map->count; i-- > 0;)
    if (map->entries[i].place.input < 0) hc_node_remove(map, i);
  struct hc_node *element = hc_node_new(arena, HC_NODE_MAPPING, setting->place);
  const struct hc_entry entry = {name, setting->place, element};
  if (!element || !hc_node_add(arena, map, entry)) return NULL;
  return &map->entries[map->count - 1];
}

static struct hc_node *enter_map(struct setting *setting, const struct hc_field *field,
                                 struct hc_node *parent) {
  struct hc_arena *arena = &setting->config->arena;
  struct hc_node *map = descend(setting, field, parent, HC_NODE_MAPPING);
  const char *name = map ? take_name(setting, map) : NULL;
  if (!name) return NULL;
  if (!*name) {
    complain(setting, "a name is expected, as in %s.NAME", field->name);
    return NULL;
  }
  struct hc_entry *entry = hc_node_find(map, name);
  if (!entry) entry = add_element(setting, map, name);
  if (!entry) return NULL;
  entry->place = setting->place;
  if (hc_node_is_null(entry->value))
    entry->value = hc_node_new(arena, HC_NODE_MAPPING, setting->place);
  if (entry->value) entry->value = hc_field_expand(arena, field->sub, entry->value);
  if (*setting->rest || !entry->value) return entry->value;
  struct hc_node *value = hc_field_expand(arena, field->sub, setting->value);
  if (value && value->type == HC_NODE_MAPPING && entry->value->type == HC_NODE_MAPPING)
    hc_merge(arena, field->sub, entry->value, value);
  else entry->value = value;
  return NULL;
}

/* ---- the walk ------------------------------------------------------------------------ */

static struct hc_node *enter(struct setting *setting, const struct hc_field *field,
                             struct hc_node *node) {
  switch ((int)field->kind) {
    case HC_KIND_LIST: return enter_list(setting, field, node);
    case HC_KIND_MAP: return enter_map(setting, field, node);
    case HC_KIND_OBJECT:
    case HC_KIND_OPTIONAL:
      if (*setting->rest == '.') return descend(setting, field, node, HC_NODE_MAPPING);
      complain(setting, "this is not a list; go on with .KEY");
      return NULL;
    default: complain(setting, "this is a single value and has no parts"); return NULL;
  }
}

static void walk(struct setting *setting, struct hc_node *node) {
  const struct hc_table *table = setting->config->root;
  while (node && node->type == HC_NODE_MAPPING) {
    const struct hc_field *field = take_field(setting, table);
    if (!field) return;
    if (!*setting->rest) {
      put(setting, table, node, field->name, setting->value);
      return;
    }
    node = enter(setting, field, node);
    if (!node) return;
    if (*setting->rest != '.') {
      complain(setting, "\"%.40s\" is not understood; go on with .KEY", setting->rest);
      return;
    }
    setting->rest += 1;
    table = field->sub;
  }
}

void hc_apply_setting(struct hc_config *config, struct hc_diagnostics *diagnostics,
                      struct hc_node *tree, int input, const char *text) {
  struct hc_arena *arena = &config->arena;
  struct setting setting = {.config = config, .diagnostics = diagnostics, .place = {input, 0, 0}};
  const char *equals = strchr(text, '=');
  if (!equals || equals == text) {
    hc_config_report(config, diagnostics, setting.place, "",
                     "KEY=VALUE is expected, as in name=test");
    return;
  }
  setting.key = setting.rest = hc_arena_copy(arena, text, (size_t)(equals - text));
  if (!setting.key) return;
  bool failed;
  setting.value = hc_read_yaml(config, diagnostics, input, setting.key, equals + 1,
                               strlen(equals + 1), &failed);
  if (failed) return;
  if (!setting.value) setting.value = hc_node_scalar(arena, "", setting.place);
  if (setting.value) walk(&setting, tree);
}

void hc_apply_override(struct hc_config *config, struct hc_diagnostics *diagnostics,
                       struct hc_node *tree, const struct hc_entry *override) {
  struct setting setting = {.config = config, .diagnostics = diagnostics, .place = override->place,
                            .key = override->key, .rest = override->key, .value = override->value};
  walk(&setting, tree);
}
