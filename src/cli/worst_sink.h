/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sink that keeps the worst paths only: greatest LP loss, then bad debt, then lower path. */
#ifndef HC_CLI_WORST_SINK_H
#define HC_CLI_WORST_SINK_H
#include <pthread.h>

#include "haircut/run.h"

struct hc_cli_worst_path {
  uint64_t path;
  double lp_loss, bad_debt;
};
struct hc_cli_worst {
  size_t keep, count;
  struct hc_cli_worst_path *paths; /* worst first */
  pthread_mutex_t lock;
};
hc_status hc_cli_worst_create(struct hc_cli_worst *worst, size_t keep) HC_CHECKED;
void hc_cli_worst_free(struct hc_cli_worst *worst);
void hc_cli_worst_add(struct hc_cli_worst *worst, uint64_t path, const struct hc_outcome *outcome);
struct hc_sink hc_cli_worst_sink(struct hc_cli_worst *worst);
#endif
