/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of a shard file: a header, then one record a granule, native byte order.
 *
 *   header   magic, length of the setup text, its CRC, the setup text
 *   record   struct hc_record_head, then packed statistics, outcomes, class losses, timeline
 *
 * A record is valid by itself, so a file may end in the middle of one (a killed run). */
#ifndef HC_STORE_SHARD_H
#define HC_STORE_SHARD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/run.h"
#include "store/setup.h"

struct hc_shard_head {
  char magic[8]; /* "HCSHARD" and the version */
  uint32_t length, check;
};
struct hc_record_head {
  char magic[4]; /* "HCGR" */
  uint32_t count;
  uint64_t granule;
  uint64_t stats, outcomes, lp_class, timeline; /* bytes of each part */
  uint32_t data_check;                          /* CRC of the first three parts */
  uint32_t timeline_check;
  uint32_t reserved;
  uint32_t check; /* CRC of the head before it */
};

uint32_t hc_check(uint32_t seed, const void *bytes, size_t length);
struct hc_shard_head hc_shard_head_of(const char *setup);

/* The parts of a record in order; the timeline's four arrays are parts of their own. */
enum { HC_PART_STATS, HC_PART_OUTCOMES, HC_PART_CLASS, HC_PART_TIMELINE, HC_PARTS = 7 };
struct hc_part {
  const void *bytes;
  size_t length;
};
/* Points `part` at the bytes of a granule and fills the head. */
hc_status hc_record_build(const struct hc_granule *granule, const struct hc_shape *shape,
                          struct hc_part part[HC_PARTS], struct hc_record_head *head) HC_CHECKED;
/* Whether a head read from disk is whole and has the sizes this run expects. */
bool hc_record_plausible(const struct hc_record_head *head, const struct hc_shape *shape);
uint64_t hc_record_length(const struct hc_record_head *head); /* with the head */
#endif
