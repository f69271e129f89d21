/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut schema: the reference, from the tables. */
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/verbs.h"
#include "haircut/scenario.h"

hc_status hc_cli_verb_schema(const struct hc_cli_arguments *arguments) {
  static const char *const words[] = {"markdown", "json", NULL};
  int format = 0;
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &format);
  if (status != HC_OK) return status;
  char *reference = NULL;
  status = format ? hc_schema_json(&hc_root_table, &reference)
                  : hc_schema_markdown(&hc_root_table, &reference);
  if (status != HC_OK) return hc_cli_complain_error(status, NULL);
  struct hc_text text = {0};
  hc_text_puts(&text, reference);
  if (text.length && text.data[text.length - 1] != '\n') hc_text_puts(&text, "\n");
  free(reference);
  return hc_cli_emit(&text);
}
