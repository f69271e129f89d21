/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sweeping.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"

static hc_status find_venue(void *self, const char *name, char **file, char **label) {
  struct hc_cli_source *source = self;
  const hc_status status = hc_cli_venue_find(name, name, file, label);
  source->told = source->told || status != HC_OK;
  return status;
}

hc_status hc_cli_source_make(struct hc_cli_source *source, const struct hc_cli_arguments *arguments) {
  const char *scenario = hc_cli_value(arguments, scenario);
  size_t count = 0;
  const hc_status status = hc_cli_files_find(&source->files, arguments->files, arguments->file_count);
  if (status != HC_OK) return status;
  source->settings = calloc(arguments->setting_count + 2, sizeof *source->settings);
  if (scenario) hc_text_printf(&source->scenario, "scenario=%s", scenario);
  if (!source->settings || source->scenario.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  if (scenario) source->settings[count++] = source->scenario.data;
  for (size_t i = 0; i < arguments->setting_count; i++) source->settings[count++] = arguments->settings[i];
  source->source = (struct hc_sweep_source){source->files.file,
                                            source->files.label,
                                            arguments->file_count,
                                            source->settings,
                                            count,
                                            find_venue,
                                            source};
  return HC_OK;
}

void hc_cli_source_free(struct hc_cli_source *source) {
  hc_cli_files_free(&source->files);
  hc_text_free(&source->scenario);
  free(source->settings);
}

hc_status hc_cli_plan_make(const struct hc_cli_source *teller, const struct hc_sweep_source *source,
                           const struct hc_root_config *values, bool quiet, struct hc_plan **plan) {
  struct hc_diagnostics diagnostics = {0};
  struct hc_error error = {0};
  const hc_status status = hc_plan_create(source, values, plan, &diagnostics, &error);
  hc_cli_print_diagnostics(&diagnostics, quiet);
  const bool told = teller->told || hc_diagnostics_errors(&diagnostics) > 0;
  hc_diagnostics_free(&diagnostics);
  if (status != HC_OK && (!told || error.message[0])) hc_cli_complain_error(status, &error);
  return status;
}

void hc_cli_tell_faults(const struct hc_sweep *sweep, const char *directory, const char *consequence) {
  const struct hc_sweep_faults *faults = hc_sweep_faults_of(sweep);
  if (!(faults->torn + faults->damaged + faults->foreign)) return;
  (void)fprintf(
    stderr,
    "haircut: %zu torn, %zu damaged and %zu foreign shards or records in %s are left out, e.g. %s%s\n",
    faults->torn, faults->damaged, faults->foreign, directory, faults->first, consequence);
}
