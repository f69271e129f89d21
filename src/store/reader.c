/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/run.h"
#include "store/files.h"

hc_status hc_reader_open(struct hc_reader *reader, struct hc_store *store,
                         struct hc_error *error) {
  *reader = (struct hc_reader){.store = store};
  const size_t classes = store->shape.classes;
  const struct hc_stats_setup setup = hc_run_setup(store->scenario);
  reader->outcomes = malloc(HC_GRANULE * sizeof *reader->outcomes);
  reader->lp_class = malloc(HC_GRANULE * (classes + 1) * sizeof *reader->lp_class);
  if (reader->outcomes && reader->lp_class &&
      hc_granule_stats_create(&setup, &reader->stats) == HC_OK)
    return HC_OK;
  hc_reader_close(reader);
  return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", store->file);
}

void hc_reader_close(struct hc_reader *reader) {
  hc_granule_stats_free(reader->stats);
  free(reader->outcomes);
  free(reader->lp_class);
  free(reader->bytes);
  hc_workspace_free(reader->workspace);
  hc_lorenz_free(&reader->lorenz);
  hc_blame_free(&reader->blame);
  *reader = (struct hc_reader){0};
}

hc_status hc_reader_bytes(struct hc_store *store, uint32_t shard, uint64_t offset, void *bytes,
                          size_t length, struct hc_error *error) {
  const struct hc_shard file = hc_index_file(store, shard);
  size_t got;
  const int code = hc_read_at(file.descriptor, offset, bytes, length, &got);
  if (code) return hc_fail_errno(error, code, file.name, "read it");
  return got == length ? HC_OK : hc_fail(error, HC_FORMAT, "%s: was cut short", file.name);
}

static hc_status find(struct hc_store *store, uint64_t granule, size_t count,
                      struct hc_entry *entry, struct hc_error *error) {
  *entry = (struct hc_entry){0};
  if (granule < store->index_length) *entry = store->index[granule];
  if (entry->count == count) return HC_OK;
  return hc_fail(error, HC_BUG, "%s: paths from %" PRIu64 " are missing; run again with --resume",
                 store->directory, granule * HC_GRANULE);
}

hc_status hc_reader_head(struct hc_store *store, uint64_t granule, size_t count,
                         struct hc_entry *entry, struct hc_record_head *head,
                         struct hc_error *error) {
  hc_status status = find(store, granule, count, entry, error);
  if (!status) status = hc_reader_bytes(store, entry->shard, entry->offset, head, sizeof *head, error);
  if (status || hc_record_plausible(head, &store->shape)) return status;
  return hc_fail(error, HC_FORMAT, "%s: was damaged during the run; run again with --resume",
                 hc_index_file(store, entry->shard).name);
}

static hc_status read_data(struct hc_reader *reader, const struct hc_entry *entry,
                           const struct hc_record_head *head, struct hc_error *error) {
  const size_t length = (size_t)(head->stats + head->outcomes + head->lp_class);
  if (length > reader->capacity) {
    char *bytes = realloc(reader->bytes, length);
    if (!bytes) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", reader->store->file);
    reader->bytes = bytes;
    reader->capacity = length;
  }
  return hc_reader_bytes(reader->store, entry->shard, entry->offset + sizeof *head, reader->bytes,
                         length, error);
}

static hc_status unpack(struct hc_reader *reader, const struct hc_record_head *head) {
  const char *at = reader->bytes;
  const size_t stats = (size_t)head->stats, outcomes = (size_t)head->outcomes;
  if (hc_check(0, at, stats + outcomes + (size_t)head->lp_class) != head->data_check)
    return HC_FORMAT;
  if (outcomes) memcpy(reader->outcomes, at + stats, outcomes);
  if (head->lp_class) memcpy(reader->lp_class, at + stats + outcomes, (size_t)head->lp_class);
  return hc_granule_stats_unpack(reader->stats, at, stats);
}

static hc_status read_record(struct hc_reader *reader, uint64_t granule, size_t count,
                             struct hc_error *error) {
  struct hc_entry entry;
  struct hc_record_head head;
  hc_status status = hc_reader_head(reader->store, granule, count, &entry, &head, error);
  if (!status) status = read_data(reader, &entry, &head, error);
  if (status) return status;
  status = unpack(reader, &head);
  if (!status) return HC_OK;
  return hc_fail(error, status, "%s: the record of paths from %" PRIu64
                                " does not read back; run again with --resume",
                 hc_index_file(reader->store, entry.shard).name, granule * HC_GRANULE);
}

/* Curves of payments and who left bad debt are not among the samples: paths that have any of it are run
 * again. */
static hc_status run_again(struct hc_reader *reader, uint64_t first, size_t count,
                              struct hc_error *error) {
  const struct hc_scenario *scenario = reader->store->scenario;
  const bool attributes = hc_scenario_values(scenario)->output.attribution;
  hc_status status = HC_OK;
  reader->lorenz.count = reader->blame.count = 0;
  for (size_t i = 0; i < count && status == HC_OK; ++i) {
    struct hc_outcome outcome;
    const bool debt = attributes && reader->outcomes[i].bad_debt > 0.0;
    if (reader->outcomes[i].payers == 0 && !debt) continue;
    if (!reader->workspace) status = hc_workspace_create(scenario, &reader->workspace, error);
    if (status) return status;
    hc_workspace_lorenz(reader->workspace, &reader->lorenz);
    hc_workspace_blame(reader->workspace, &reader->blame);
    status = hc_path_again(reader->workspace, first + i, &outcome, error);
  }
  return status;
}

static hc_status read_previous(struct hc_reader *reader, uint64_t granule, size_t count,
                               struct hc_error *error) {
  const uint64_t first = granule * HC_GRANULE;
  hc_status status = hc_results_outcomes(reader->store->previous, first, count, reader->outcomes,
                                         reader->lp_class, error);
  if (!status) status = run_again(reader, first, count, error);
  if (status) return status;
  status = hc_granule_stats_fill(reader->stats, first, count, reader->outcomes, reader->lp_class);
  if (!status) status = hc_granule_stats_lorenz(reader->stats, &reader->lorenz);
  if (!status) status = hc_granule_stats_blame(reader->stats, &reader->blame);
  return status ? hc_fail(error, status, "%s: cannot read paths from %" PRIu64,
                          reader->store->file, first)
                : HC_OK;
}

hc_status hc_reader_read(struct hc_reader *reader, uint64_t granule, size_t count,
                         struct hc_error *error) {
  struct hc_entry entry;
  const hc_status status = find(reader->store, granule, count, &entry, error);
  if (status) return status;
  return entry.shard == HC_SHARD_PREVIOUS ? read_previous(reader, granule, count, error)
                                                    : read_record(reader, granule, count, error);
}
