/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of a YAML text, each key and value with its place. */
#ifndef HC_CONFIG_NODE_H
#define HC_CONFIG_NODE_H
#include "config/arena.h"

enum hc_node_type { HC_NODE_SCALAR, HC_NODE_SEQUENCE, HC_NODE_MAPPING };

/* `input` counts the files and then the settings; -1: a default of a table. Line and
 * column start at 1; 0 where there is none (settings). */
struct hc_place {
  int input, line, column;
};
#define HC_DEFAULT_PLACE ((struct hc_place){.input = -1})

struct hc_node;
struct hc_entry {
  const char *key; /* NULL in a sequence */
  struct hc_place place;
  struct hc_node *value;
};
struct hc_node {
  enum hc_node_type type;
  struct hc_place place;
  bool quoted;
  const char *text;
  size_t count, capacity;
  struct hc_entry *entries;
};

struct hc_node *hc_node_new(struct hc_arena *arena, enum hc_node_type type, struct hc_place place);
struct hc_node *hc_node_scalar(struct hc_arena *arena, const char *text, struct hc_place place);
/* Appends; false when there is no memory. */
bool hc_node_add(struct hc_arena *arena, struct hc_node *node, struct hc_entry entry);
/* The entry of a mapping; NULL if there is none (or no mapping). */
struct hc_entry *hc_node_find(const struct hc_node *node, const char *key);
void hc_node_remove(struct hc_node *node, size_t index);
/* The nodes below and with `node`. */
size_t hc_node_size(const struct hc_node *node);
struct hc_node *hc_node_copy(struct hc_arena *arena, const struct hc_node *node);
/* Nothing, ~ or null: back to the default. */
bool hc_node_is_null(const struct hc_node *node);
/* {value: ..., source: ...}, where a scalar is expected. */
bool hc_node_is_annotated(const struct hc_node *node);
/* The scalar of a scalar or of an annotated one; NULL if it is neither. */
const struct hc_node *hc_node_plain(const struct hc_node *node);
const char *hc_node_type_text(const struct hc_node *node);
#endif
