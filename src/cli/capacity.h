/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory and disk that a run will need, against what there is. */
#ifndef HC_CLI_CAPACITY_H
#define HC_CLI_CAPACITY_H
#include "haircut/scenario.h"

/* Bytes; from the configuration alone, before books are drawn. */
double hc_cli_memory_needed(const struct hc_root_config *values, int threads);
/* Shards and the results file, which exist together for a moment. */
double hc_cli_disk_needed(const struct hc_root_config *values);
/* NaN where the system does not tell. */
double hc_cli_memory_available(void);
double hc_cli_disk_available(const char *directory);

/* HC_INPUT with the numbers and what to change where it does not fit. */
hc_status hc_cli_memory_check(const struct hc_root_config *values, int threads) HC_CHECKED;
/* `file`: the results file; space taken by shards of an earlier run counts as free. */
hc_status hc_cli_disk_check(const struct hc_root_config *values, const char *file) HC_CHECKED;
#endif
