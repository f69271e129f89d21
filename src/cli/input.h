/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From operands to a scenario, with every complaint printed. */
#ifndef HC_CLI_INPUT_H
#define HC_CLI_INPUT_H
#include "cli/arguments.h"
#include "haircut/scenario.h"
#include "haircut/store.h"

struct hc_cli_input {
  struct hc_config *config;
  const struct hc_root_config *values; /* of config */
  struct hc_scenario *scenario;
  struct hc_results *results; /* where the operand was a results file */
  char *directory;            /* temporary, with the inputs of the results file */
  bool quiet;                 /* warnings are not printed */
  struct hc_book_cache *cache; /* the caller's; NULL: none */
};

/* Reads the CONFIGs and settings; `extra` (may be NULL) are more settings, which win. */
hc_status hc_cli_read_configs(struct hc_cli_input *input, const struct hc_cli_arguments *arguments,
                              const char *const *extra, size_t extra_count) HC_CHECKED;
/* Opens a results file and reads the configuration kept in it. */
hc_status hc_cli_read_results(struct hc_cli_input *input, const struct hc_cli_arguments *arguments,
                              const char *file) HC_CHECKED;
/* Compiles the configuration that was read. */
hc_status hc_cli_compile(struct hc_cli_input *input) HC_CHECKED;
void hc_cli_input_free(struct hc_cli_input *input);

/* Processors this process may use. */
int hc_cli_processors(void);
/* The option --threads, or all processors. */
hc_status hc_cli_threads(const struct hc_cli_arguments *arguments, int *threads) HC_CHECKED;
#endif
