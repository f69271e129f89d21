/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sink that keeps all outcomes in memory, for samples of a bounded size. */
#ifndef HC_CLI_MEMORY_SINK_H
#define HC_CLI_MEMORY_SINK_H
#include "haircut/run.h"

struct hc_cli_memory {
  uint64_t paths;
  struct hc_outcome *outcomes;
};
hc_status hc_cli_memory_create(struct hc_cli_memory *memory, uint64_t paths) HC_CHECKED;
void hc_cli_memory_free(struct hc_cli_memory *memory);
struct hc_sink hc_cli_memory_sink(struct hc_cli_memory *memory);
#endif
