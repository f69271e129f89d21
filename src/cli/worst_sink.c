/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/worst_sink.h"

#include <stdlib.h>
#include <string.h>

hc_status hc_cli_worst_create(struct hc_cli_worst *worst, size_t keep) {
  *worst = (struct hc_cli_worst){.keep = keep};
  worst->paths = calloc(keep + 1, sizeof *worst->paths);
  if (!worst->paths || pthread_mutex_init(&worst->lock, NULL) != 0) return HC_NO_MEMORY;
  return HC_OK;
}

void hc_cli_worst_free(struct hc_cli_worst *worst) {
  free(worst->paths);
  worst->paths = NULL;
}

static bool before(const struct hc_cli_worst_path *a, const struct hc_cli_worst_path *b) {
  if (a->lp_loss != b->lp_loss) return a->lp_loss > b->lp_loss;
  if (a->bad_debt != b->bad_debt) return a->bad_debt > b->bad_debt;
  return a->path < b->path;
}

void hc_cli_worst_add(struct hc_cli_worst *worst, uint64_t path, const struct hc_outcome *outcome) {
  const struct hc_cli_worst_path entry = {path, outcome->lp_loss, outcome->bad_debt};
  size_t at = worst->count;
  while (at > 0 && before(&entry, &worst->paths[at - 1])) at--;
  if (at == worst->keep) return;
  memmove(worst->paths + at + 1, worst->paths + at, (worst->count - at) * sizeof *worst->paths);
  worst->paths[at] = entry;
  if (worst->count < worst->keep) worst->count++;
}

static bool has(void *self, uint64_t granule) {
  (void)self, (void)granule;
  return false;
}

static hc_status put(void *self, int worker, const struct hc_granule *granule,
                     struct hc_error *error) {
  struct hc_cli_worst *worst = self;
  (void)worker;
  if (pthread_mutex_lock(&worst->lock) != 0) return hc_fail(error, HC_BUG, "a lock failed");
  for (size_t i = 0; i < granule->count; i++)
    hc_cli_worst_add(worst, granule->first + i, &granule->outcomes[i]);
  (void)pthread_mutex_unlock(&worst->lock);
  return HC_OK;
}

struct hc_sink hc_cli_worst_sink(struct hc_cli_worst *worst) {
  return (struct hc_sink){.self = worst, .has = has, .put = put};
}
