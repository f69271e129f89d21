/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command_line.h"

#include <string.h>

static void quote(struct hc_text *text, const char *word) {
  static const char plain[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:%+@[]";
  if (*word && strspn(word, plain) == strlen(word)) {
    hc_text_puts(text, word);
    return;
  }
  hc_text_puts(text, "'");
  for (const char *c = word; *c; c++) {
    if (*c == '\'')
      hc_text_puts(text, "'\\''");
    else
      hc_text_append(text, c, 1);
  }
  hc_text_puts(text, "'");
}

void hc_cli_command_line(const struct hc_cli_arguments *arguments, bool resume,
                         struct hc_text *text) {
  hc_text_puts(text, "haircut");
  for (int i = 1; i < arguments->argc; i++) {
    hc_text_puts(text, " ");
    quote(text, arguments->argv[i]);
  }
  if (resume && !hc_cli_has(arguments, resume)) hc_text_puts(text, " --resume");
}
