/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/memory_sink.h"

#include <stdlib.h>
#include <string.h>

hc_status hc_cli_memory_create(struct hc_cli_memory *memory, uint64_t paths) {
  memory->paths = paths;
  memory->outcomes = calloc((size_t)paths, sizeof *memory->outcomes);
  return memory->outcomes ? HC_OK : HC_NO_MEMORY;
}

void hc_cli_memory_free(struct hc_cli_memory *memory) {
  free(memory->outcomes);
  *memory = (struct hc_cli_memory){0};
}

static bool has(void *self, uint64_t granule) {
  (void)self, (void)granule;
  return false;
}

/* Granules do not overlap, so that no lock is needed. */
static hc_status put(void *self, int worker, const struct hc_granule *granule,
                     struct hc_error *error) {
  struct hc_cli_memory *memory = self;
  (void)worker;
  if (granule->first + granule->count > memory->paths)
    return hc_fail(error, HC_BUG, "a granule beyond the last path");
  memcpy(memory->outcomes + granule->first, granule->outcomes,
         granule->count * sizeof *granule->outcomes);
  return HC_OK;
}

struct hc_sink hc_cli_memory_sink(struct hc_cli_memory *memory) {
  return (struct hc_sink){.self = memory, .has = has, .put = put};
}
