/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/shard.h"

#include <string.h>
#include <zlib.h>

uint32_t hc_check(uint32_t seed, const void *bytes, size_t length) {
  return length ? (uint32_t)crc32_z(seed, bytes, length) : seed;
}

struct hc_shard_head hc_shard_head_of(const char *setup) {
  const size_t length = strlen(setup);
  return (struct hc_shard_head){"HCSHARD", (uint32_t)length, hc_check(0, setup, length)};
}

static uint32_t head_check(const struct hc_record_head *head) {
  return hc_check(0, head, offsetof(struct hc_record_head, check));
}

static size_t class_bytes(const struct hc_shape *shape, size_t count) {
  return shape->samples ? count * shape->classes * sizeof(double) : 0;
}

static size_t outcome_bytes(const struct hc_shape *shape, size_t count) {
  return shape->samples ? count * sizeof(struct hc_outcome) : 0;
}

static size_t timeline_bytes(const struct hc_shape *shape, uint64_t first, size_t count) {
  return hc_shape_timeline(shape, first, count) * shape->timeline_points * sizeof(double);
}

static void set_head(const struct hc_granule *granule, const struct hc_part part[HC_PARTS],
                     struct hc_record_head *head) {
  *head = (struct hc_record_head){
    .magic = {'H', 'C', 'G', 'R'},
    .count = (uint32_t)granule->count,
    .granule = granule->first / HC_GRANULE,
    .stats = part[HC_PART_STATS].length,
    .outcomes = part[HC_PART_OUTCOMES].length,
    .lp_class = part[HC_PART_CLASS].length,
    .timeline = 4 * (uint64_t)part[HC_PART_TIMELINE].length,
  };
  for (size_t i = 0; i < HC_PART_TIMELINE; ++i)
    head->data_check = hc_check(head->data_check, part[i].bytes, part[i].length);
  for (size_t i = HC_PART_TIMELINE; i < HC_PARTS; ++i)
    head->timeline_check = hc_check(head->timeline_check, part[i].bytes, part[i].length);
  head->check = head_check(head);
}

hc_status hc_record_build(const struct hc_granule *granule, const struct hc_shape *shape,
                          struct hc_part part[HC_PARTS], struct hc_record_head *head) {
  const size_t timeline = timeline_bytes(shape, granule->first, granule->count);
  const bool right = granule->count > 0 && granule->count <= HC_GRANULE &&
                     granule->first % HC_GRANULE == 0 &&
                     (timeline == 0 || granule->timeline_paths * granule->timeline_points *
                                           sizeof(double) == timeline);
  if (!right) return HC_BUG;
  const hc_status status =
    hc_granule_stats_pack(granule->stats, &part[HC_PART_STATS].bytes, &part[HC_PART_STATS].length);
  if (status) return status;
  part[HC_PART_OUTCOMES] =
    (struct hc_part){granule->outcomes, outcome_bytes(shape, granule->count)};
  part[HC_PART_CLASS] = (struct hc_part){granule->lp_class, class_bytes(shape, granule->count)};
  part[HC_PART_TIMELINE] = (struct hc_part){granule->mark, timeline};
  part[HC_PART_TIMELINE + 1] = (struct hc_part){granule->fund, timeline};
  part[HC_PART_TIMELINE + 2] = (struct hc_part){granule->lp_equity, timeline};
  part[HC_PART_TIMELINE + 3] = (struct hc_part){granule->open_interest, timeline};
  set_head(granule, part, head);
  return HC_OK;
}

bool hc_record_plausible(const struct hc_record_head *head, const struct hc_shape *shape) {
  if (memcmp(head->magic, "HCGR", 4) != 0 || head->check != head_check(head)) return false;
  if (head->count == 0 || head->count > HC_GRANULE) return false;
  if (head->granule > UINT64_MAX / HC_GRANULE - 1 || head->stats > UINT32_MAX) return false;
  return head->outcomes == outcome_bytes(shape, head->count) &&
         head->lp_class == class_bytes(shape, head->count) &&
         head->timeline == 4 * timeline_bytes(shape, head->granule * HC_GRANULE, head->count);
}

uint64_t hc_record_length(const struct hc_record_head *head) {
  return sizeof *head + head->stats + head->outcomes + head->lp_class + head->timeline;
}
