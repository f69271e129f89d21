/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations that come with the program, by name: btc-perp.yaml, venues/NAME.yaml. */
#ifndef HC_CLI_PRESET_H
#define HC_CLI_PRESET_H
#include <stdbool.h>
#include <stddef.h>

#include "haircut/status.h"

/* The directory: HAIRCUT_CONFIGS of the environment, else as installed, else of the sources.
 * Complains where there is none; caller frees. */
hc_status hc_cli_preset_directory(char **directory) HC_CHECKED;

/* Names of the venues there, in alphabetical order. */
struct hc_cli_names {
  char **items;
  size_t count;
};
hc_status hc_cli_venue_names(const char *directory, struct hc_cli_names *names) HC_CHECKED;
void hc_cli_names_free(struct hc_cli_names *names);

/* The file of a venue, and NAME.yaml, which stands for it in messages and results. Complains about
 * unknown names (`given` is how the user wrote it), with those that are near; caller frees. */
hc_status hc_cli_venue_find(const char *given, const char *name, char **file,
                            char **label) HC_CHECKED;

/* Operands as files: venue:NAME is a venue, the rest as it is. */
struct hc_cli_files {
  const char **file, **label; /* label: NULL where it is the file itself */
  char **made;                /* what is to be freed */
  size_t made_count;
};
hc_status hc_cli_files_find(struct hc_cli_files *files, const char *const *operands,
                            size_t count) HC_CHECKED;
void hc_cli_files_free(struct hc_cli_files *files);
#endif
