/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that lives as long as a configuration. One malloc an object, so that the
 * sanitizers see every overrun. */
#ifndef HC_CONFIG_ARENA_H
#define HC_CONFIG_ARENA_H
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct hc_arena_block;
struct hc_arena {
  struct hc_arena_block *blocks;
  bool failed; /* sticky: an allocation failed, and from then on every one does */
};

/* `count` zeroed objects of `size` bytes; NULL and `failed` when there is no memory. */
void *hc_arena_new(struct hc_arena *arena, size_t count, size_t size);
char *hc_arena_copy(struct hc_arena *arena, const char *bytes, size_t length);
char *hc_arena_string(struct hc_arena *arena, const char *string);
/* Moves the text into the arena and empties it. */
char *hc_arena_take(struct hc_arena *arena, struct hc_text *text);
/* Makes room for one more item after `count`; NULL (and `items` still valid) on failure. */
void *hc_arena_grow(struct hc_arena *arena, void *items, size_t count, size_t *capacity,
                    size_t size);
void hc_arena_free(struct hc_arena *arena);
#endif
