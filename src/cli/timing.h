/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line of --timing, which scripts/bench.sh reads. */
#ifndef HC_CLI_TIMING_H
#define HC_CLI_TIMING_H
#include "haircut/path.h"

/* `seconds`: wall time within hc_run. */
void hc_cli_print_timing(const struct hc_scenario *scenario, const struct hc_work *work,
                         double seconds, int threads);
#endif
