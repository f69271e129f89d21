/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Granules out of a store, one at a time. */
#ifndef HC_STORE_READER_H
#define HC_STORE_READER_H
#include "store/internal.h"

struct hc_reader {
  struct hc_store *store;
  struct hc_granule_stats *stats;
  struct hc_outcome *outcomes; /* with samples: of the granule last read */
  double *lp_class;
  struct hc_workspace *workspace; /* for what samples do not tell; NULL until it is needed */
  struct hc_lorenz lorenz;
  struct hc_blame blame;
  char *bytes;
  size_t capacity;
};
hc_status hc_reader_open(struct hc_reader *reader, struct hc_store *store,
                         struct hc_error *error) HC_CHECKED;
void hc_reader_close(struct hc_reader *reader);
/* HC_BUG if the granule of `count` paths is not there. */
hc_status hc_reader_read(struct hc_reader *reader, uint64_t granule, size_t count,
                         struct hc_error *error) HC_CHECKED;
/* The entry and head of a granule in a shard. */
hc_status hc_reader_head(struct hc_store *store, uint64_t granule, size_t count,
                         struct hc_entry *entry, struct hc_record_head *head,
                         struct hc_error *error) HC_CHECKED;
hc_status hc_reader_bytes(struct hc_store *store, uint32_t shard, uint64_t offset, void *bytes,
                          size_t length, struct hc_error *error) HC_CHECKED;
#endif
