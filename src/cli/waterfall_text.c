/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/layer_text.h"

/* Index of the layer a parameter is of, and the rest of its path; NULL: of none. */
static const char *layer_key(const char *path, unsigned long *layer) {
  static const char lead[] = "waterfall[";
  if (strncmp(path, lead, sizeof lead - 1) != 0) return NULL;
  char *end;
  *layer = strtoul(path + sizeof lead - 1, &end, 10);
  return end[0] == ']' && end[1] == '.' ? end + 2 : NULL;
}

static void write_value(const char *key, const struct hc_parameter *parameter,
                        struct hc_text *text) {
  if (!strcmp(key, "verb")) hc_text_puts(text, parameter->text);
  else if (!strcmp(key, "who")) hc_text_printf(text, " %s", parameter->text);
  else if (!parameter->defaulted) hc_text_printf(text, " %s=%s", key, parameter->text);
}

/* The payer right after the verb, whatever the order of keys. */
static void write_layer(const struct hc_parameter *parameters, size_t count, unsigned long layer,
                        struct hc_text *text) {
  static const char *const first[] = {"verb", "who"};
  unsigned long at;
  for (size_t pass = 0; pass < 3; pass++)
    for (size_t i = 0; i < count; i++) {
      const char *key = layer_key(parameters[i].path, &at);
      if (!key || at != layer) continue;
      const bool early = !strcmp(key, first[0]) || !strcmp(key, first[1]);
      if (pass < 2 ? !strcmp(key, first[pass]) : !early) write_value(key, &parameters[i], text);
    }
}

void hc_cli_waterfall_text(const struct hc_config *config, struct hc_text *text) {
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(config, &parameters);
  const struct hc_root_config *values = hc_config_values(config);
  hc_cli_backstop_text(&values->liquidation.backstop, text);
  if (text->length) hc_text_puts(text, "; ");
  for (size_t layer = 0; layer < values->waterfall.count; layer++) {
    if (layer) hc_text_puts(text, "; ");
    write_layer(parameters, count, layer, text);
  }
  if (!values->waterfall.count) hc_text_puts(text, "nobody pays");
}
