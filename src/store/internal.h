/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The open directory of shards, as the files of this module share it. */
#ifndef HC_STORE_INTERNAL_H
#define HC_STORE_INTERNAL_H
#include <pthread.h>

#include "haircut/store.h"
#include "store/inputs.h"
#include "store/shard.h"

/* The root attribute `format` of our files. */
#define HC_RESULTS_FORMAT "haircut results"
#define HC_COMPARISON_FORMAT "haircut compare"
#define HC_SWEEP_FORMAT "haircut sweep"

/* Where the record of a granule is; count 0: nowhere. */
struct hc_entry {
  uint32_t shard, count;
  uint64_t offset; /* of its head */
};
#define HC_SHARD_PREVIOUS UINT32_MAX /* not in a shard: in the results file to be extended */

/* A shard file, open for reading at any offset. */
struct hc_shard {
  char *name;
  int descriptor;
};

/* One worker's own file; created at its first granule. */
struct hc_writer {
  pthread_mutex_t mutex;
  int number, descriptor; /* descriptor -1: not yet created */
  bool failed;
  uint32_t shard;
  char *buffer;
  size_t length, capacity;
  uint64_t committed; /* bytes of whole records in the file */
  double flushed_at;  /* monotonic seconds */
};

struct hc_store {
  const struct hc_scenario *scenario;
  char *file, *directory, *lock_name, *setup;
  int lock;
  struct hc_shape shape;
  uint64_t wanted; /* paths of the configuration: how long its last granule is */
  struct hc_inputs inputs;
  struct hc_results *previous; /* finished file being extended, or NULL */

  int workers;
  struct hc_writer *writers;

  pthread_mutex_t mutex; /* guards the rest */
  struct hc_entry *index;
  size_t index_length;
  uint64_t paths;
  struct hc_shard *shards;
  size_t shard_count;
};

/* ---- index.c ----------------------------------------------------------------------- */
/* Paths granule `granule` has when `total` are wanted. */
size_t hc_granule_paths(uint64_t granule, uint64_t total);
bool hc_index_has(struct hc_store *store, uint64_t granule);
/* First come, first kept. */
hc_status hc_index_add(struct hc_store *store, uint64_t granule, struct hc_entry entry,
                       struct hc_error *error) HC_CHECKED;
/* Forgets granules of a shard from `offset` on: they never reached the disk. */
void hc_index_drop(struct hc_store *store, uint32_t shard, uint64_t offset);
/* Takes over `descriptor`; makes its own copy of the name. */
hc_status hc_index_shard(struct hc_store *store, const char *name, int descriptor,
                         uint32_t *number, struct hc_error *error) HC_CHECKED;
struct hc_shard hc_index_file(struct hc_store *store, uint32_t shard);

/* ---- writer.c ---------------------------------------------------------------------- */
hc_status hc_writer_put(struct hc_store *store, struct hc_writer *writer,
                        const struct hc_granule *granule, struct hc_error *error) HC_CHECKED;
hc_status hc_writer_flush(struct hc_store *store, struct hc_writer *writer,
                          struct hc_error *error) HC_CHECKED;

/* ---- scan.c ------------------------------------------------------------------------ */
/* Reads every shard of the directory into the index. */
hc_status hc_scan(struct hc_store *store, struct hc_error *error) HC_CHECKED;

/* ---- directory.c ------------------------------------------------------------------- */
/* Creates and locks the directory. */
hc_status hc_directory_open(struct hc_store *store, struct hc_error *error) HC_CHECKED;
/* Unlocks; removes the directory if no shard is in it. */
void hc_directory_close(struct hc_store *store);
/* Calls `visit` on each shard's full name, sorted by name. */
typedef hc_status hc_visit(struct hc_store *store, const char *name, struct hc_error *error);
hc_status hc_directory_each(struct hc_store *store, hc_visit *visit,
                            struct hc_error *error) HC_CHECKED;
/* Removes what killed runs left of the results file. */
void hc_directory_tidy(const struct hc_store *store);

/* ---- extend.c ---------------------------------------------------------------------- */
/* Takes the granules of a finished results file, if there is one. */
hc_status hc_extend(struct hc_store *store, struct hc_error *error) HC_CHECKED;
#endif
