/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands that run sweeps share: where points come from, and what is said of plans and directories.
 */
#ifndef HC_CLI_SWEEPING_H
#define HC_CLI_SWEEPING_H
#include "base/text.h"
#include "cli/input.h"
#include "cli/preset.h"
#include "haircut/sweep.h"

struct hc_cli_source {
  struct hc_sweep_source source; /* files and settings, as hc_cli_read_configs takes them */
  struct hc_cli_files files;
  const char **settings; /* with room for one more */
  struct hc_text scenario;
  bool told; /* what was wrong with a venue's name */
};
/* It stays where it is: `source` refers to it. */
hc_status hc_cli_source_make(struct hc_cli_source *source,
                             const struct hc_cli_arguments *arguments) HC_CHECKED;
void hc_cli_source_free(struct hc_cli_source *source);

/* hc_plan_create with its complaints; `teller` knows which were said. */
hc_status hc_cli_plan_make(const struct hc_cli_source *teller, const struct hc_sweep_source *source,
                           const struct hc_root_config *values, bool quiet,
                           struct hc_plan **plan) HC_CHECKED;
/* What of a directory is of no use, if anything is; `consequence` ends the sentence. */
void hc_cli_tell_faults(const struct hc_sweep *sweep, const char *directory, const char *consequence);
#endif
