/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut check: all errors at once; else the resolved configuration and a diagnosis. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/capacity.h"
#include "cli/diagnosis.h"
#include "cli/report.h"
#include "cli/verbs.h"

static hc_status write_book(const struct hc_cli_arguments *arguments,
                            const struct hc_scenario *scenario) {
  int64_t index = 0;
  const int64_t last = (int64_t)hc_scenario_books(scenario) - 1;
  hc_status status = hc_cli_integer(arguments, HC_CLI_OPTION_book, 0, last, 0, &index);
  if (status != HC_OK) return status;
  struct hc_text text = {0};
  char *csv = NULL;
  status =
    hc_book_csv(hc_scenario_book(scenario, (size_t)index), hc_scenario_market(scenario, 0), &csv);
  if (status != HC_OK) return hc_cli_complain_error(status, NULL);
  hc_text_puts(&text, csv);
  free(csv);
  return hc_cli_emit_to(hc_cli_value(arguments, write_book), &text);
}

static hc_status print_diagnosis(const struct hc_cli_input *input) {
  struct hc_text text = {0};
  char *yaml = NULL;
  hc_status status = hc_config_yaml(input->config, &yaml);
  if (status != HC_OK) return hc_cli_complain_error(status, NULL);
  hc_text_puts(&text, yaml);
  free(yaml);
  status = hc_cli_diagnose_scenario(input, hc_cli_processors(), &text);
  if (status == HC_OK) return hc_cli_emit(&text);
  hc_text_free(&text);
  return status;
}

/* Under each scenario too; what the base has warned about is not said again. */
static hc_status check_scenarios(const struct hc_cli_arguments *arguments, const struct hc_config *config) {
  const char *const *names;
  const size_t count = hc_cli_has(arguments, scenario) ? 0 : hc_config_scenarios(config, &names);
  hc_status first = HC_OK;
  for (size_t i = 0; i < count; i++) {
    struct hc_cli_input input = {.quiet = true};
    struct hc_cli_arguments under = *arguments;
    under.value[HC_CLI_OPTION_scenario] = names[i];
    hc_status status = hc_cli_read_configs(&input, &under, NULL, 0);
    if (status == HC_OK) status = hc_cli_compile(&input);
    hc_cli_input_free(&input);
    if (status != HC_OK) (void)hc_cli_complain(status, "check: that is under the scenario %s", names[i]);
    if (first == HC_OK) first = status;
  }
  return first;
}

static hc_status check(const struct hc_cli_arguments *arguments, struct hc_cli_input *input) {
  const char *file = hc_cli_value(arguments, write_book);
  if (!file && hc_cli_has(arguments, book))
    return hc_cli_complain(HC_INPUT, "check: --book goes with --write-book FILE");
  hc_status status = hc_cli_read_configs(input, arguments, NULL, 0);
  if (status == HC_OK) status = hc_cli_memory_check(input->values, 1);
  if (status == HC_OK) status = hc_cli_compile(input);
  if (status == HC_OK) status = check_scenarios(arguments, input->config);
  if (status == HC_OK && file) status = write_book(arguments, input->scenario);
  if (status == HC_OK && !(file && !strcmp(file, "-"))) status = print_diagnosis(input);
  return status;
}

hc_status hc_cli_verb_check(const struct hc_cli_arguments *arguments) {
  struct hc_cli_input input = {0};
  const hc_status status = check(arguments, &input);
  hc_cli_input_free(&input);
  return status;
}
