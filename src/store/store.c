/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/files.h"
#include "store/internal.h"
#include "store/reader.h"

static void free_store(struct hc_store *store) {
  hc_results_close(store->previous);
  for (int i = 0; i < store->workers; ++i) {
    free(store->writers[i].buffer);
    (void)pthread_mutex_destroy(&store->writers[i].mutex);
  }
  for (size_t i = 0; i < store->shard_count; ++i) {
    (void)close(store->shards[i].descriptor);
    free(store->shards[i].name);
  }
  hc_directory_close(store);
  hc_inputs_free(&store->inputs);
  (void)pthread_mutex_destroy(&store->mutex);
  free(store->shards);
  free(store->index);
  free(store->writers);
  free(store->setup);
  free(store->lock_name);
  free(store->directory);
  free(store->file);
  free(store);
}

static hc_status make_writers(struct hc_store *store, int workers) {
  store->writers = calloc((size_t)workers, sizeof *store->writers);
  if (!store->writers) return HC_NO_MEMORY;
  for (; store->workers < workers; ++store->workers) {
    struct hc_writer *writer = &store->writers[store->workers];
    writer->number = store->workers;
    writer->descriptor = -1;
    if (pthread_mutex_init(&writer->mutex, NULL) != 0) return HC_NO_MEMORY;
  }
  return HC_OK;
}

static hc_status fill(struct hc_store *store, const struct hc_scenario *scenario, const char *file,
                      int workers) {
  store->scenario = scenario;
  store->shape = hc_shape_of(scenario);
  store->wanted = hc_scenario_most_paths(scenario);
  store->file = hc_strdup(file);
  store->directory = hc_format("%s.shards", file);
  store->lock_name = hc_format("%s.shards/lock", file);
  if (!store->file || !store->directory || !store->lock_name) return HC_NO_MEMORY;
  const hc_status status = hc_setup_text(scenario, &store->setup);
  return status ? status : make_writers(store, workers);
}

static hc_status refuse_shard(struct hc_store *store, const char *name, struct hc_error *error) {
  (void)name;
  return hc_fail(error, HC_MISMATCH,
                 "%s: an interrupted run is there; go on with --resume, or remove %s",
                 store->directory, store->directory);
}

static hc_status start(struct hc_store *store, enum hc_store_mode mode, struct hc_error *error) {
  hc_status status = hc_inputs_read(&store->inputs, store->scenario, error);
  const bool joins = mode == HC_STORE_JOIN_NEW || mode == HC_STORE_JOIN_RESUME;
  if (!status && !joins) status = hc_directory_open(store, error);
  if (status || mode == HC_STORE_JOIN_NEW) return status;
  if (!joins) hc_directory_tidy(store);
  if (mode == HC_STORE_NEW) return hc_directory_each(store, refuse_shard, error);
  status = hc_scan(store, error);
  return status ? status : hc_extend(store, error);
}

hc_status hc_store_open(const struct hc_scenario *scenario, const char *file, int workers,
                        enum hc_store_mode mode, struct hc_store **result,
                        struct hc_error *error) {
  *result = NULL;
  if (workers < 1) return hc_fail(error, HC_BUG, "%s: no workers", file);
  struct hc_store *store = calloc(1, sizeof *store);
  if (!store) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", file);
  store->lock = -1;
  hc_status status = HC_NO_MEMORY;
  if (pthread_mutex_init(&store->mutex, NULL) != 0) {
    free(store);
    return hc_fail(error, status, "%s: out of memory", file);
  }
  status = fill(store, scenario, file, workers);
  if (status) (void)hc_fail(error, status, "%s: out of memory", file);
  else status = start(store, mode, error);
  if (status) free_store(store);
  else *result = store;
  return status;
}

static bool sink_has(void *self, uint64_t granule) { return hc_index_has(self, granule); }

static hc_status sink_put(void *self, int worker, const struct hc_granule *granule,
                          struct hc_error *error) {
  struct hc_store *store = self;
  if (worker < 0 || worker >= store->workers)
    return hc_fail(error, HC_BUG, "%s: no worker %d", store->directory, worker);
  return hc_writer_put(store, &store->writers[worker], granule, error);
}

struct hc_sink hc_store_sink(struct hc_store *store) {
  return (struct hc_sink){store, sink_has, sink_put};
}

uint64_t hc_store_paths(const struct hc_store *store) { return store->paths; }

hc_status hc_store_replay(struct hc_store *store, uint64_t first, uint64_t paths, const struct hc_sink *sink,
                          struct hc_error *error) {
  struct hc_reader reader;
  hc_status status = hc_store_sync(store, error);
  if (!status) status = hc_reader_open(&reader, store, error);
  if (status) return status;
  for (uint64_t granule = first / HC_GRANULE; granule * HC_GRANULE < paths && !status; ++granule) {
    const size_t count = hc_granule_paths(granule, paths);
    status = hc_reader_read(&reader, granule, count, error);
    const struct hc_granule read = {.first = granule * HC_GRANULE,
                                    .count = count,
                                    .outcomes = reader.outcomes,
                                    .lp_class = reader.lp_class,
                                    .stats = reader.stats};
    if (!status) status = sink->put(sink->self, 0, &read, error);
  }
  hc_reader_close(&reader);
  return status;
}

hc_status hc_store_rescan(struct hc_store *store, struct hc_error *error) {
  const hc_status status = hc_store_sync(store, error);
  return status ? status : hc_scan(store, error);
}

hc_status hc_store_sync(struct hc_store *store, struct hc_error *error) {
  hc_status status = HC_OK;
  for (int i = 0; i < store->workers && !status; ++i) {
    struct hc_writer *writer = &store->writers[i];
    status = hc_writer_flush(store, writer, error);
    if (!status && writer->descriptor >= 0 && fsync(writer->descriptor) != 0)
      status = hc_fail_errno(error, errno, hc_index_file(store, writer->shard).name,
                             "bring it to disk");
  }
  return status;
}

/* A shard without a whole record is of no use to anyone. */
static void drop_empty(const struct hc_store *store) {
  for (int i = 0; i < store->workers; ++i)
    if (store->writers[i].descriptor >= 0 && store->writers[i].committed == 0)
      (void)unlink(store->shards[store->writers[i].shard].name);
}

void hc_store_close(struct hc_store *store) {
  if (!store) return;
  for (int i = 0; i < store->workers; ++i) {
    const hc_status status = hc_writer_flush(store, &store->writers[i], NULL);
    (void)status; /* what does not fit is run again */
  }
  drop_empty(store);
  free_store(store);
}

static hc_status remove_shard(struct hc_store *store, const char *name, struct hc_error *error) {
  (void)store;
  return unlink(name) == 0 ? HC_OK : hc_fail_errno(error, errno, name, "remove it");
}

hc_status hc_store_remove(struct hc_store *store, struct hc_error *error) {
  const hc_status status = hc_directory_each(store, remove_shard, error);
  free_store(store);
  return status;
}
