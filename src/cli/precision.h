/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs until an estimate is known so well: looked at after 10,240 paths, then after half as many again, and
 * so on, so that when a run stops depends on nothing but its paths. */
#ifndef HC_CLI_PRECISION_H
#define HC_CLI_PRECISION_H
#include <stdbool.h>

#include "base/text.h"
#include "haircut/scenario.h"
#include "haircut/store.h"

struct hc_cli_precision {
  const struct hc_precision_config *config; /* NULL: a number of paths was asked for */
  char metric[48];                          /* its name among the estimates */
  struct hc_stats *stats;                   /* of `paths` paths */
  uint64_t paths, most;
  double reached, of_paths; /* standard error over the estimate, that of paths alone; NaN: not known */
  uint64_t support;         /* paths that the estimate rests on */
  bool met;
  bool floored; /* books alone differ by more: more paths do not help */
  size_t books;
};
/* Checks that there is such an estimate. */
hc_status hc_cli_precision_begin(struct hc_cli_precision *precision, const struct hc_config *config,
                                 const struct hc_root_config *values) HC_CHECKED;
void hc_cli_precision_free(struct hc_cli_precision *precision);
/* The number of paths after which to look next; the first after 0. */
uint64_t hc_cli_precision_next(const struct hc_cli_precision *precision, uint64_t paths);
/* Looks at the granules in the store up to `paths`. */
hc_status hc_cli_precision_look(struct hc_cli_precision *precision, struct hc_store *store,
                                const struct hc_scenario *scenario, uint64_t paths) HC_CHECKED;
/* One line: what was asked for and what was reached. */
void hc_cli_precision_text(const struct hc_cli_precision *precision, struct hc_text *text);
#endif
