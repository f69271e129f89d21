/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/internal.h"

size_t hc_granule_paths(uint64_t granule, uint64_t total) {
  const uint64_t first = granule * HC_GRANULE;
  if (first >= total) return 0;
  return total - first < HC_GRANULE ? (size_t)(total - first) : HC_GRANULE;
}

bool hc_index_has(struct hc_store *store, uint64_t granule) {
  (void)pthread_mutex_lock(&store->mutex);
  const bool has = granule < store->index_length && store->index[granule].count > 0;
  (void)pthread_mutex_unlock(&store->mutex);
  return has;
}

static bool grow(struct hc_store *store, uint64_t granule) {
  if (granule < store->index_length) return true;
  if (granule >= SIZE_MAX / sizeof *store->index / 4) return false;
  size_t length = store->index_length ? store->index_length : 256;
  while (length <= granule) length *= 2;
  struct hc_entry *index = realloc(store->index, length * sizeof *index);
  if (!index) return false;
  memset(index + store->index_length, 0, (length - store->index_length) * sizeof *index);
  store->index = index;
  store->index_length = length;
  return true;
}

hc_status hc_index_add(struct hc_store *store, uint64_t granule, struct hc_entry entry,
                       struct hc_error *error) {
  (void)pthread_mutex_lock(&store->mutex);
  const bool grown = grow(store, granule);
  if (grown && store->index[granule].count == 0) {
    store->index[granule] = entry;
    store->paths += entry.count;
  }
  (void)pthread_mutex_unlock(&store->mutex);
  return grown ? HC_OK
               : hc_fail(error, HC_NO_MEMORY, "%s: no memory for the list of finished paths",
                         store->directory);
}

void hc_index_drop(struct hc_store *store, uint32_t shard, uint64_t offset) {
  (void)pthread_mutex_lock(&store->mutex);
  for (size_t i = 0; i < store->index_length; ++i) {
    struct hc_entry *entry = &store->index[i];
    if (entry->count == 0 || entry->shard != shard || entry->offset < offset) continue;
    store->paths -= entry->count;
    entry->count = 0;
  }
  (void)pthread_mutex_unlock(&store->mutex);
}

static bool add_shard(struct hc_store *store, char *name, int descriptor) {
  struct hc_shard *shards = realloc(store->shards, (store->shard_count + 1) * sizeof *shards);
  if (!shards) return false;
  store->shards = shards;
  shards[store->shard_count++] = (struct hc_shard){name, descriptor};
  return true;
}

hc_status hc_index_shard(struct hc_store *store, const char *name, int descriptor,
                         uint32_t *number, struct hc_error *error) {
  char *copy = hc_strdup(name);
  (void)pthread_mutex_lock(&store->mutex);
  const bool added = copy && add_shard(store, copy, descriptor);
  if (added) *number = (uint32_t)store->shard_count - 1;
  (void)pthread_mutex_unlock(&store->mutex);
  if (added) return HC_OK;
  free(copy);
  (void)close(descriptor);
  return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", name);
}

struct hc_shard hc_index_file(struct hc_store *store, uint32_t shard) {
  (void)pthread_mutex_lock(&store->mutex);
  const struct hc_shard file = store->shards[shard];
  (void)pthread_mutex_unlock(&store->mutex);
  return file;
}
