/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/share.h"

static bool has(void *self, uint64_t granule) {
  const struct hc_cluster_share *share = self;
  const struct hc_cluster *cluster = share->cluster;
  if (cluster && granule % (uint64_t)cluster->size != (uint64_t)cluster->rank) return true;
  return share->inner.has && share->inner.has(share->inner.self, granule);
}

static hc_status put(void *self, int worker, const struct hc_granule *granule, struct hc_error *error) {
  const struct hc_cluster_share *share = self;
  return share->inner.put(share->inner.self, worker, granule, error);
}

struct hc_sink hc_cluster_sink(struct hc_cluster_share *share) {
  return (struct hc_sink){share, has, put};
}
