/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The open directory of a sweep:
 *
 *   plan            the setup text, written once
 *   config.yaml     the first point's resolved configuration
 *   shards/         HOST-PROCESS-N.points: records of finished points
 *   granules/       NUMBER.shards/: granules of a point under way
 *   heartbeats/     HOST-PROCESS.txt: who is at work */
#ifndef HC_SWEEP_SWEEP_H
#define HC_SWEEP_SWEEP_H
#include <pthread.h>
#include <stdbool.h>

#include "haircut/sweep.h"

/* Where the record of a point is. */
struct hc_found {
  uint32_t shard; /* number + 1; 0: nowhere */
  uint32_t failed;
  uint64_t offset; /* of its head */
};
/* A shard that was looked at up to some byte. */
struct hc_points_shard {
  char *name;
  int descriptor;
  uint64_t seen;
  bool closed_off; /* foreign or not one of ours */
};

struct hc_sweep {
  char *directory;
  struct hc_plan *plan;
  struct hc_found *found; /* by point */
  struct hc_sweep_count count;
  struct hc_points_shard *shards;
  size_t shard_count;
  struct hc_sweep_faults faults;
  pthread_mutex_t mutex; /* guards the writer */
  int descriptor;        /* of our own shard; -1: not yet created */
  char *own;
  uint64_t length; /* bytes in it */
};

/* ---- directory.c ------------------------------------------------------------------------- */
/* Appends the record of a point to our own shard, which is made at the first. */
hc_status hc_sweep_append(struct hc_sweep *sweep, const struct hc_point *point,
                          struct hc_error *error) HC_CHECKED;
char *hc_sweep_file(const struct hc_sweep *sweep, const char *folder, const char *name);

/* ---- heartbeat.c ------------------------------------------------------------------------- */
struct hc_heartbeat {
  const struct hc_sweep *sweep;
  char *file;
  struct hc_worker worker;
  double began, written; /* monotonic seconds */
};
/* A failure to write one is no failure of the sweep. */
void hc_heartbeat_begin(struct hc_heartbeat *heartbeat, const struct hc_sweep *sweep, const char *task,
                        int threads, uint64_t total);
void hc_heartbeat_step(struct hc_heartbeat *heartbeat, uint64_t done);
void hc_heartbeat_end(struct hc_heartbeat *heartbeat, hc_status status, const char *message);
#endif
