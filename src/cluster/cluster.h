/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several processes that work on one job: what is asked of them, whatever connects them. The one
 * implementation is MPI's, in a module of its own that is loaded only where a launcher started several
 * processes, so that programs on one machine do not wait for MPI to start. */
#ifndef HC_CLUSTER_CLUSTER_H
#define HC_CLUSTER_CLUSTER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

struct hc_cluster {
  int rank, size;
  void *self;
  /* Waits for all, without using the processor, and returns the gravest status that one of them gave. */
  hc_status (*agree)(void *self, hc_status status);
  /* Hands out 0 .. total-1 in ranges, ever smaller towards the end, to whoever asks; false at the end, or
   * after somebody called `stop`. All ranks call `share` before the first `next`. */
  void (*share)(void *self, uint64_t total);
  bool (*next)(void *self, uint64_t *first, uint64_t *last);
  void (*stop)(void *self);
  /* Of blocks of `block` bytes (the last may be shorter: `bytes` in all), number b is with rank b modulo
   * size; afterwards rank 0 has all. */
  hc_status (*gather)(void *self, void *data, size_t block, size_t bytes);
  /* Ends this process's part; `failed`: without waiting for others, who are ended too. */
  void (*close)(void *self, bool failed);
};

/* Whether a launcher (mpirun, srun) started this process as one of several. */
bool hc_cluster_wanted(void);
/* HC_INPUT, with what to do, where there is no module; HC_IO where MPI does not start. */
hc_status hc_cluster_open(struct hc_cluster *cluster, struct hc_error *error) HC_CHECKED;
void hc_cluster_close(struct hc_cluster *cluster, bool failed);

/* What the module exports. */
#define HC_CLUSTER_SYMBOL "hc_cluster_mpi"
typedef hc_status hc_cluster_opener(struct hc_cluster *cluster, struct hc_error *error);
#endif
