/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results file to be: its name, and whether it can be written. */
#ifndef HC_CLI_OUTPUT_FILE_H
#define HC_CLI_OUTPUT_FILE_H
#include "cli/arguments.h"
#include "haircut/scenario.h"

/* -o, or <name>.h5; caller frees. */
hc_status hc_cli_output_name(const struct hc_cli_arguments *arguments,
                             const struct hc_root_config *values, char **file) HC_CHECKED;
/* Complains (HC_INPUT) unless the directory takes files and the file is not there, empty, or of a
 * kind that may be replaced. */
hc_status hc_cli_output_check(const char *file, int (*is_ours)(const char *),
                              const char *kind) HC_CHECKED;
/* Directory part of a file name; caller frees; NULL: no memory. */
char *hc_cli_directory_of(const char *file);
/* Whether `<file>.shards` is there. */
bool hc_cli_has_shards(const char *file);
#endif
