/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/names.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo), its bits mixed by a multiplication (Knuth's golden ratio),
 * since names that differ in the last digits alone would form clusters. */
static uint32_t hash_of(const struct hc_name *name) {
  uint64_t hash = 14695981039346656037u;
  for (uint32_t i = 0; i < name->length; ++i)
    hash = (hash ^ (unsigned char)name->bytes[i]) * 1099511628211u;
  hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(hash >> 32);
}

static int is_same(const struct hc_name *a, const struct hc_name *b) {
  return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* The slot of the name, or the free one where it belongs. */
static struct hc_name_slot *find(const struct hc_name_set *set, const struct hc_name *name,
                                 uint32_t hash) {
  size_t at = hash & (set->slot_count - 1);
  while (set->slots[at].number && !(set->slots[at].hash == hash &&
                                    is_same(&set->names[set->slots[at].number - 1], name)))
    at = (at + 1) & (set->slot_count - 1);
  return &set->slots[at];
}

static hc_status grow_slots(struct hc_name_set *set, size_t slot_count) {
  struct hc_name_slot *slots = calloc(slot_count, sizeof *slots);
  if (!slots) return HC_NO_MEMORY;
  for (size_t i = 0; i < set->slot_count; ++i) {
    if (!set->slots[i].number) continue;
    size_t at = set->slots[i].hash & (slot_count - 1);
    while (slots[at].number) at = (at + 1) & (slot_count - 1);
    slots[at] = set->slots[i];
  }
  free(set->slots);
  set->slots = slots;
  set->slot_count = slot_count;
  return HC_OK;
}

static hc_status make_room(struct hc_name_set *set) {
  if (set->count < set->capacity) return HC_OK;
  const size_t capacity = set->capacity ? 2 * set->capacity : 1024;
  struct hc_name *names = realloc(set->names, capacity * sizeof *names);
  if (!names) return HC_NO_MEMORY;
  set->names = names;
  if (grow_slots(set, 2 * capacity) != HC_OK) return HC_NO_MEMORY;
  set->capacity = capacity;
  return HC_OK;
}

hc_status hc_name_set_add(struct hc_name_set *set, struct hc_name name, int *line) {
  *line = 0;
  if (make_room(set) != HC_OK) return HC_NO_MEMORY;
  const uint32_t hash = hash_of(&name);
  struct hc_name_slot *slot = find(set, &name, hash);
  if (slot->number) {
    *line = set->names[slot->number - 1].line;
    return HC_OK;
  }
  set->names[set->count++] = name;
  *slot = (struct hc_name_slot){hash, (uint32_t)set->count};
  return HC_OK;
}

void hc_name_set_free(struct hc_name_set *set) {
  free(set->slots);
  free(set->names);
  *set = (struct hc_name_set){0};
}
