/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct hc_arena_block {
  struct hc_arena_block *next;
  max_align_t bytes[];
};

static void *fail(struct hc_arena *arena) {
  arena->failed = true;
  return NULL;
}

void *hc_arena_new(struct hc_arena *arena, size_t count, size_t size) {
  const size_t limit = SIZE_MAX / 4;
  if (arena->failed || (size && count > limit / size)) return fail(arena);
  struct hc_arena_block *block = calloc(1, sizeof *block + count * size + 1); /* never empty */
  if (!block) return fail(arena);
  block->next = arena->blocks;
  arena->blocks = block;
  return block->bytes;
}

char *hc_arena_copy(struct hc_arena *arena, const char *bytes, size_t length) {
  char *copy = hc_arena_new(arena, length + 1, 1);
  if (copy && length) memcpy(copy, bytes, length);
  return copy;
}

char *hc_arena_string(struct hc_arena *arena, const char *string) {
  return hc_arena_copy(arena, string, strlen(string));
}

char *hc_arena_take(struct hc_arena *arena, struct hc_text *text) {
  char *copy = text->failed ? fail(arena)
                            : hc_arena_copy(arena, text->data ? text->data : "", text->length);
  hc_text_free(text);
  return copy;
}

void *hc_arena_grow(struct hc_arena *arena, void *items, size_t count, size_t *capacity,
                    size_t size) {
  if (arena->failed) return NULL; /* a caller may have dropped what was grown before */
  if (count < *capacity) return items;
  const size_t wanted = *capacity ? *capacity * 2 : 8;
  void *larger = hc_arena_new(arena, wanted, size);
  if (!larger) return NULL;
  if (count) memcpy(larger, items, count * size);
  *capacity = wanted;
  return larger;
}

void hc_arena_free(struct hc_arena *arena) {
  struct hc_arena_block *block = arena->blocks;
  while (block) {
    struct hc_arena_block *next = block->next;
    free(block);
    block = next;
  }
  *arena = (struct hc_arena){0};
}
