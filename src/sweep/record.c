/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/record.h"

#include <stdlib.h>
#include <string.h>

#include "store/shard.h"

/* What is in front of the arrays. */
struct fixed {
  uint64_t paths, classes, estimates, samples;
  uint64_t tail_paths[HC_TAILS];
  struct hc_blocks blocks;
  char message[1000];
};

static uint32_t head_check(const struct hc_point_head *head) {
  return hc_check(0, head, offsetof(struct hc_point_head, check));
}

static size_t estimate_bytes(const struct fixed *fixed) {
  return (size_t)fixed->estimates * HC_POINT_NUMBERS * sizeof(double);
}

static size_t sample_bytes(const struct fixed *fixed) {
  return (size_t)fixed->samples * HC_COMPARISON_COLUMNS * sizeof(double);
}

hc_status hc_point_pack(const struct hc_point *point, struct hc_text *bytes) {
  struct fixed fixed;
  memset(&fixed, 0, sizeof fixed); /* padding too: the same point gives the same bytes */
  fixed.paths = point->paths;
  fixed.classes = point->classes;
  fixed.estimates = point->estimates;
  fixed.samples = point->sample ? point->paths : 0;
  memcpy(fixed.tail_paths, point->tail_paths, sizeof fixed.tail_paths);
  fixed.blocks = point->blocks;
  memcpy(fixed.message, point->message, sizeof fixed.message);
  struct hc_point_head head;
  memset(&head, 0, sizeof head);
  memcpy(head.magic, "HCPT", 4);
  head.status = (uint32_t)point->status;
  head.index = point->index;
  head.seconds = point->seconds;
  head.overhead = point->overhead;
  head.length = sizeof fixed + estimate_bytes(&fixed) + sample_bytes(&fixed);
  head.data_check = hc_check(0, &fixed, sizeof fixed);
  head.data_check = hc_check(head.data_check, point->estimate, estimate_bytes(&fixed));
  head.data_check = hc_check(head.data_check, point->sample, sample_bytes(&fixed));
  head.check = head_check(&head);
  hc_text_append(bytes, (const char *)&head, sizeof head);
  hc_text_append(bytes, (const char *)&fixed, sizeof fixed);
  if (point->estimate) hc_text_append(bytes, (const char *)point->estimate, estimate_bytes(&fixed));
  if (point->sample) hc_text_append(bytes, (const char *)point->sample, sample_bytes(&fixed));
  return bytes->failed ? HC_NO_MEMORY : HC_OK;
}

bool hc_point_plausible(const struct hc_point_head *head, uint64_t points) {
  return memcmp(head->magic, "HCPT", 4) == 0 && head->check == head_check(head) && head->index < points &&
         head->length >= sizeof(struct fixed);
}

static bool fits(const struct hc_point_head *head, const struct fixed *fixed) {
  return fixed->estimates < 100000 && fixed->samples < UINT32_MAX && fixed->classes <= HC_MAX_CLASSES &&
         head->length == sizeof *fixed + estimate_bytes(fixed) + sample_bytes(fixed);
}

static double *copy(const char *bytes, size_t length) {
  double *made = malloc(length);
  if (made) memcpy(made, bytes, length);
  return made;
}

hc_status hc_point_unpack(const struct hc_point_head *head, const char *bytes, struct hc_point *point) {
  struct fixed fixed;
  if (hc_check(0, bytes, (size_t)head->length) != head->data_check) return HC_FORMAT;
  memcpy(&fixed, bytes, sizeof fixed);
  if (!fits(head, &fixed)) return HC_FORMAT;
  *point = (struct hc_point){.index = head->index,
                             .status = (hc_status)head->status,
                             .paths = fixed.paths,
                             .seconds = head->seconds,
                             .overhead = head->overhead,
                             .classes = (size_t)fixed.classes,
                             .estimates = (size_t)fixed.estimates,
                             .blocks = fixed.blocks};
  memcpy(point->tail_paths, fixed.tail_paths, sizeof point->tail_paths);
  memcpy(point->message, fixed.message, sizeof point->message - 1);
  const char *at = bytes + sizeof fixed;
  if (fixed.estimates) point->estimate = copy(at, estimate_bytes(&fixed));
  if (fixed.samples) point->sample = copy(at + estimate_bytes(&fixed), sample_bytes(&fixed));
  if ((fixed.estimates && !point->estimate) || (fixed.samples && !point->sample)) {
    hc_point_free(point);
    return HC_NO_MEMORY;
  }
  return HC_OK;
}
