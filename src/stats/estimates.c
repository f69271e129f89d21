/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of estimates, in a fixed order whatever the setup: what does not apply is NaN and
 * says so. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats/internal.h"

struct hc_estimate *hc_estimate_new(struct hc_builder *builder, const char *unit,
                                    const char *long_name, const char *name_format, ...) {
  struct hc_estimate *made = &builder->stats->estimates[builder->count++];
  const double nan = (double)NAN;
  *made = (struct hc_estimate){.value = nan, .se = nan, .se_paths = nan, .low = nan, .high = nan};
  va_list arguments;
  va_start(arguments, name_format);
  (void)vsnprintf(made->name, sizeof made->name, name_format, arguments);
  va_end(arguments);
  (void)snprintf(made->unit, sizeof made->unit, "%s", unit);
  (void)snprintf(made->long_name, sizeof made->long_name, "%s", long_name);
  return made;
}

void hc_note(struct hc_estimate *estimate, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(estimate->note, sizeof estimate->note, format, arguments);
  va_end(arguments);
}

void hc_clear_interval(struct hc_estimate *estimate) {
  estimate->low = estimate->high = (double)NAN;
}

void hc_estimate_bars(struct hc_estimate *estimate, struct hc_error_bars bars) {
  estimate->se = bars.se;
  estimate->se_paths = bars.se_paths;
  estimate->low = estimate->value - bars.multiplier * bars.se;
  estimate->high = estimate->value + bars.multiplier * bars.se;
}

hc_status hc_stats_estimates(struct hc_stats *stats, const struct hc_estimate **estimates,
                             size_t *count) {
  for (int t = 0; t < HC_TAILS; ++t) {
    const hc_status status = hc_tail_prepare(stats, (enum hc_tail_metric)t);
    if (status) return status;
  }
  if (!stats->estimates) stats->estimates = calloc(HC_ESTIMATES, sizeof *stats->estimates);
  if (!stats->estimates) return HC_NO_MEMORY;
  struct hc_builder builder = {stats, 0};
  hc_estimate_events(&builder);
  hc_estimate_moments(&builder);
  hc_estimate_severity(&builder);
  hc_estimate_means(&builder);
  hc_estimate_tails(&builder);
  hc_estimate_shares(&builder);
  hc_estimate_classes(&builder);
  hc_estimate_heaviness(&builder);
  *estimates = stats->estimates;
  *count = builder.count;
  return HC_OK;
}
