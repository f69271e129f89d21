/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run on several processes: granules by rank, without a dispatcher. */
#ifndef HC_CLUSTER_SHARE_H
#define HC_CLUSTER_SHARE_H
#include "cluster/cluster.h"
#include "haircut/run.h"

/* A sink that takes the granules of this rank, those whose number modulo size it is, and says of others
 * that they are there. */
struct hc_cluster_share {
  const struct hc_cluster *cluster; /* NULL: all granules */
  struct hc_sink inner;
};
struct hc_sink hc_cluster_sink(struct hc_cluster_share *share);
#endif
