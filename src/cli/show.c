/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut show: the summary of a results file. */
#include "cli/report.h"
#include "cli/summary.h"
#include "cli/verbs.h"

hc_status hc_cli_verb_show(const struct hc_cli_arguments *arguments) {
  static const char *const words[] = {"text", "json", "csv", NULL};
  static void (*const writers[])(const struct hc_cli_summary *, struct hc_text *) = {
    hc_cli_summary_text, hc_cli_summary_json, hc_cli_summary_csv};
  int format = 0;
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &format);
  if (status == HC_OK) status = hc_cli_one_file(arguments);
  if (status != HC_OK) return status;
  struct hc_cli_input input = {0};
  struct hc_cli_summary summary;
  struct hc_text text = {0};
  status = hc_cli_read_results(&input, arguments, arguments->files[0]);
  if (status == HC_OK) status = hc_cli_summary_read(&summary, &input, arguments->files[0]);
  if (status == HC_OK) {
    writers[format](&summary, &text);
    status = hc_cli_emit(&text);
  }
  hc_cli_input_free(&input);
  return status;
}
