/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look-ups in tables. The parameters of a variant live in the mapping of its selector, so
 * "a field of the table" includes those of its variants. */
#ifndef HC_CONFIG_FIELDS_H
#define HC_CONFIG_FIELDS_H
#include "config/node.h"
#include "haircut/config.h"

/* Tables nested deeper than this (or that contain themselves) are cut off. */
enum { HC_MAX_TABLE_DEPTH = 32 };

struct hc_names {
  const char **items;
  size_t count, capacity;
};

const char *hc_kind_name(enum hc_kind kind); /* FRACTION */
const char *hc_kind_text(enum hc_kind kind); /* fraction: 80%, 30bp or 0.8 */
bool hc_kind_is_scalar(enum hc_kind kind);
bool hc_kind_is_number(enum hc_kind kind); /* stored as a double */

const struct hc_field *hc_field_own(const struct hc_table *table, const char *name);
const struct hc_field *hc_field_find(const struct hc_table *table, const char *name);
const struct hc_variant *hc_variant_find(const struct hc_registry *registry, const char *name);
int hc_variant_index(const struct hc_registry *registry, const char *name); /* -1: none */

bool hc_names_add(struct hc_arena *arena, struct hc_names *names, const char *name);
/* Every field with those of all variants, each name once. */
struct hc_names hc_field_names(struct hc_arena *arena, const struct hc_table *table);
struct hc_names hc_variant_names(struct hc_arena *arena, const struct hc_registry *registry);
struct hc_names hc_word_names(struct hc_arena *arena, const struct hc_vocabulary *words);
/* "a, b, c", cut after a dozen. */
const char *hc_names_join(struct hc_arena *arena, const struct hc_names *names);

/* A scalar in place of a mapping, as the mapping with the table's shorthand field; any
 * other node as it is. */
struct hc_node *hc_field_expand(struct hc_arena *arena, const struct hc_table *table,
                                struct hc_node *node);
/* The same where a list of the table is expected: a list of one. */
struct hc_node *hc_field_expand_list(struct hc_arena *arena, const struct hc_table *table,
                                     struct hc_node *node);
#endif
