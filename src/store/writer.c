/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/files.h"
#include "store/internal.h"

enum { BUFFER = 4 << 20 };           /* bytes gathered before a write */
static const double most_age = 0.25; /* s that a finished granule may wait in memory */

static void append(struct hc_writer *writer, const void *bytes, size_t length) {
  if (length) memcpy(writer->buffer + writer->length, bytes, length);
  writer->length += length;
}

static hc_status reserve(struct hc_writer *writer, uint64_t length, struct hc_error *error) {
  if (writer->length + length <= writer->capacity) return HC_OK;
  const uint64_t capacity = writer->length + length > BUFFER ? writer->length + length : BUFFER;
  char *buffer = capacity <= SIZE_MAX / 2 ? realloc(writer->buffer, (size_t)capacity) : NULL;
  if (!buffer)
    return hc_fail(error, HC_NO_MEMORY, "no memory for %" PRIu64 " bytes of results", capacity);
  writer->buffer = buffer;
  writer->capacity = (size_t)capacity;
  return HC_OK;
}

/* A new file each time: nothing is ever appended to what a killed run left. */
static int create_unique(const struct hc_store *store, int number, char **name) {
  for (int attempt = 0;; ++attempt) {
    *name = attempt ? hc_format("%s/worker-%03d.%d.shard", store->directory, number, attempt)
                    : hc_format("%s/worker-%03d.shard", store->directory, number);
    if (!*name) return -ENOMEM;
    const int descriptor = open(*name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return descriptor;
    const int code = errno;
    if (code == EEXIST) {
      free(*name);
      continue;
    }
    return -code;
  }
}

static hc_status create(struct hc_store *store, struct hc_writer *writer, struct hc_error *error) {
  const struct hc_shard_head head = hc_shard_head_of(store->setup);
  const hc_status room = reserve(writer, sizeof head + head.length, error);
  if (room) return room;
  char *name;
  const int descriptor = create_unique(store, writer->number, &name);
  if (descriptor < 0) {
    const hc_status status =
      hc_fail_errno(error, -descriptor, name ? name : store->directory, "create it");
    free(name);
    return status;
  }
  const hc_status status = hc_index_shard(store, name, descriptor, &writer->shard, error);
  free(name);
  if (status) return status;
  writer->descriptor = descriptor;
  writer->flushed_at = hc_clock();
  append(writer, &head, sizeof head);
  append(writer, store->setup, head.length);
  return HC_OK;
}

static uint64_t kept_paths(struct hc_store *store) {
  (void)pthread_mutex_lock(&store->mutex);
  const uint64_t paths = store->paths;
  (void)pthread_mutex_unlock(&store->mutex);
  return paths;
}

/* What did not fit is forgotten, so that the file ends with a whole record. */
static hc_status fail_flush(struct hc_store *store, struct hc_writer *writer, int code,
                            struct hc_error *error) {
  writer->length = 0;
  writer->failed = true;
  const int cut = ftruncate(writer->descriptor, (off_t)writer->committed);
  (void)cut; /* a torn record would be dropped by its checksum anyway */
  hc_index_drop(store, writer->shard, writer->committed);
  return hc_fail(error, hc_errno_status(code),
                 "%s: cannot write: %s; up to %" PRIu64 " finished paths are kept in %s: %s, then "
                 "go on with --resume",
                 hc_index_file(store, writer->shard).name, strerror(code), kept_paths(store),
                 store->directory,
                 hc_errno_status(code) == HC_NO_SPACE ? "free some space" : "mend the cause");
}

static hc_status flush(struct hc_store *store, struct hc_writer *writer, struct hc_error *error) {
  writer->flushed_at = hc_clock();
  if (writer->length == 0) return HC_OK;
  const int code = hc_write_whole(writer->descriptor, writer->buffer, writer->length);
  if (code) return fail_flush(store, writer, code, error);
  writer->committed += writer->length;
  writer->length = 0;
  return HC_OK;
}

static hc_status put(struct hc_store *store, struct hc_writer *writer,
                     const struct hc_granule *granule, struct hc_error *error) {
  struct hc_part part[HC_PARTS];
  struct hc_record_head head;
  if (writer->failed)
    return hc_fail(error, HC_IO, "%s: an earlier write failed; go on with --resume",
                   store->directory);
  hc_status status = hc_record_build(granule, &store->shape, part, &head);
  if (status)
    return hc_fail(error, status, "%s: cannot pack paths from %" PRIu64, store->directory,
                   granule->first);
  if (writer->descriptor < 0) status = create(store, writer, error);
  const uint64_t length = hc_record_length(&head);
  if (!status && writer->length + length > BUFFER) status = flush(store, writer, error);
  if (!status) status = reserve(writer, length, error);
  if (status) return status;
  const struct hc_entry entry = {writer->shard, head.count, writer->committed + writer->length};
  append(writer, &head, sizeof head);
  for (size_t i = 0; i < HC_PARTS; ++i) append(writer, part[i].bytes, part[i].length);
  status = hc_index_add(store, head.granule, entry, error);
  if (status || hc_clock() - writer->flushed_at < most_age) return status;
  return flush(store, writer, error);
}

hc_status hc_writer_put(struct hc_store *store, struct hc_writer *writer,
                        const struct hc_granule *granule, struct hc_error *error) {
  (void)pthread_mutex_lock(&writer->mutex);
  const hc_status status = put(store, writer, granule, error);
  (void)pthread_mutex_unlock(&writer->mutex);
  return status;
}

hc_status hc_writer_flush(struct hc_store *store, struct hc_writer *writer,
                          struct hc_error *error) {
  (void)pthread_mutex_lock(&writer->mutex);
  const hc_status status = flush(store, writer, error);
  (void)pthread_mutex_unlock(&writer->mutex);
  return status;
}
