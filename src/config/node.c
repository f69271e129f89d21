/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/node.h"

#include <string.h>

struct hc_node *hc_node_new(struct hc_arena *arena, enum hc_node_type type,
                            struct hc_place place) {
  struct hc_node *node = hc_arena_new(arena, 1, sizeof *node);
  if (!node) return NULL;
  node->type = type;
  node->place = place;
  node->text = "";
  return node;
}

struct hc_node *hc_node_scalar(struct hc_arena *arena, const char *text, struct hc_place place) {
  struct hc_node *node = hc_node_new(arena, HC_NODE_SCALAR, place);
  if (!node) return NULL;
  node->text = hc_arena_string(arena, text);
  return node->text ? node : NULL;
}

bool hc_node_add(struct hc_arena *arena, struct hc_node *node, struct hc_entry entry) {
  struct hc_entry *entries =
    hc_arena_grow(arena, node->entries, node->count, &node->capacity, sizeof *entries);
  if (!entries) return false;
  node->entries = entries;
  entries[node->count++] = entry;
  return true;
}

struct hc_entry *hc_node_find(const struct hc_node *node, const char *key) {
  if (!node || node->type != HC_NODE_MAPPING) return NULL;
  for (size_t i = 0; i < node->count; ++i)
    if (strcmp(node->entries[i].key, key) == 0) return &node->entries[i];
  return NULL;
}

void hc_node_remove(struct hc_node *node, size_t index) {
  node->count -= 1;
  for (size_t i = index; i < node->count; ++i) node->entries[i] = node->entries[i + 1];
}

size_t hc_node_size(const struct hc_node *node) {
  size_t size = 1;
  for (size_t i = 0; i < node->count; ++i) size += hc_node_size(node->entries[i].value);
  return size;
}

struct hc_node *hc_node_copy(struct hc_arena *arena, const struct hc_node *node) {
  struct hc_node *copy = hc_node_new(arena, node->type, node->place);
  if (!copy) return NULL;
  copy->quoted = node->quoted;
  copy->text = node->text;
  for (size_t i = 0; i < node->count; ++i) {
    struct hc_entry entry = node->entries[i];
    entry.value = hc_node_copy(arena, entry.value);
    if (!entry.value || !hc_node_add(arena, copy, entry)) return NULL;
  }
  return copy;
}

bool hc_node_is_null(const struct hc_node *node) {
  static const char *const words[] = {"", "~", "null", "Null", "NULL"};
  if (!node) return true;
  if (node->type != HC_NODE_SCALAR || node->quoted) return false;
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    if (strcmp(node->text, words[i]) == 0) return true;
  return false;
}

bool hc_node_is_annotated(const struct hc_node *node) {
  const struct hc_entry *value = hc_node_find(node, "value");
  if (!value || value->value->type != HC_NODE_SCALAR) return false;
  if (node->count == 1) return true;
  const struct hc_entry *source = hc_node_find(node, "source");
  return node->count == 2 && source && source->value->type == HC_NODE_SCALAR;
}

const struct hc_node *hc_node_plain(const struct hc_node *node) {
  if (!node) return NULL;
  if (node->type == HC_NODE_SCALAR) return node;
  return hc_node_is_annotated(node) ? hc_node_find(node, "value")->value : NULL;
}

const char *hc_node_type_text(const struct hc_node *node) {
  switch (node->type) {
    case HC_NODE_SCALAR: return "a single value";
    case HC_NODE_SEQUENCE: return "a list";
    case HC_NODE_MAPPING: return "a mapping";
  }
  return "nothing";
}
