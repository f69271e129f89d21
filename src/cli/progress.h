/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bar on standard error, where that is a terminal. */
#ifndef HC_CLI_PROGRESS_H
#define HC_CLI_PROGRESS_H
#include <stdbool.h>
#include <stdint.h>

struct hc_cli_progress {
  bool shown;
  double began, printed;  /* seconds of the monotonic clock */
  uint64_t before;        /* paths that were done at the start */
  const char *what;       /* "paths" */
  double scale;           /* how many units of `done` are one of these */
};
double hc_cli_now(void);
void hc_cli_progress_begin(struct hc_cli_progress *progress, bool quiet, uint64_t before);
/* For hc_run_options.progress; self is the struct. */
void hc_cli_progress_step(void *self, uint64_t done, uint64_t total);
/* For hc_sweep_options.progress: points and parts of them. */
void hc_cli_progress_points(void *self, double done, uint64_t total);
void hc_cli_progress_end(struct hc_cli_progress *progress);
#endif
