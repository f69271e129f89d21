/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of a shard of points, native byte order: a header (magic, length of the plan's setup text, its
 * CRC, the text), then one record a point. A file may end in the middle of a record (a killed process). */
#ifndef HC_SWEEP_RECORD_H
#define HC_SWEEP_RECORD_H
#include <stdbool.h>

#include "base/text.h"
#include "haircut/sweep.h"

struct hc_points_head {
  char magic[8]; /* "HCPOINT" */
  uint32_t length, check;
};
struct hc_point_head {
  char magic[4]; /* "HCPT" */
  uint32_t status;
  uint64_t index, length; /* bytes behind the head */
  double seconds, overhead;
  uint32_t data_check, check; /* CRC of what follows, and of the head before it */
};

/* Appends head and content of a point. */
hc_status hc_point_pack(const struct hc_point *point, struct hc_text *bytes) HC_CHECKED;
/* Whether a head read from disk is one. */
bool hc_point_plausible(const struct hc_point_head *head, uint64_t points);
/* HC_FORMAT if the content is not what the head says. */
hc_status hc_point_unpack(const struct hc_point_head *head, const char *bytes,
                          struct hc_point *point) HC_CHECKED;
#endif
