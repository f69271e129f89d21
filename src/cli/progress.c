/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/number.h"

enum { BAR_WIDTH = 30 };

double hc_cli_now(void) { return hc_clock(); }

void hc_cli_progress_begin(struct hc_cli_progress *progress, bool quiet, uint64_t before) {
  const double now = hc_cli_now();
  *progress = (struct hc_cli_progress){
    .shown = !quiet && isatty(STDERR_FILENO) == 1, .began = now, .printed = now, .before = before,
    .what = "paths", .scale = 1};
}

void hc_cli_progress_step(void *self, uint64_t done, uint64_t total) {
  struct hc_cli_progress *progress = self;
  const double now = hc_cli_now();
  if (!progress->shown || !total || now - progress->printed < 0.1) return;
  progress->printed = now;
  const double share = (double)done / (double)total;
  const uint64_t fresh = done > progress->before ? done - progress->before : 0;
  const double rate = (double)fresh / fmax(now - progress->began, 1e-9);
  char bar[BAR_WIDTH + 1];
  memset(bar, '-', BAR_WIDTH);
  memset(bar, '#', (size_t)(share * BAR_WIDTH));
  bar[BAR_WIDTH] = '\0';
  (void)fprintf(stderr, "\r[%s] %5.1f %%  %s %s/s  %s left\033[K", bar, 100 * share,
                hc_cli_usd(rate / progress->scale).text, progress->what,
                rate > 0 ? hc_cli_duration((double)(total - done) / rate).text : "?");
  (void)fflush(stderr);
}

void hc_cli_progress_points(void *self, double done, uint64_t total) {
  struct hc_cli_progress *progress = self;
  progress->what = "points";
  progress->scale = 1000;
  hc_cli_progress_step(progress, (uint64_t)(done * progress->scale), total * (uint64_t)progress->scale);
}

void hc_cli_progress_end(struct hc_cli_progress *progress) {
  if (progress->shown) (void)fprintf(stderr, "\r\033[K");
  progress->shown = false;
}
