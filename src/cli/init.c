/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut init: one commented file with a market, a book and the rules of a venue. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/preset.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "config/quote.h"
#include "haircut/scenario.h"

struct start {
  const char *venue, *market;
  char *base, *file, *label; /* btc-perp.yaml; the venue's file and its name */
  struct hc_config *config;
};

static hc_status check_arguments(const struct hc_cli_arguments *arguments, struct start *start) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const char *file = hc_cli_value(arguments, output);
  struct stat info;
  start->venue = hc_cli_has(arguments, venue) ? hc_cli_value(arguments, venue) : "generic";
  start->market = hc_cli_has(arguments, market) ? hc_cli_value(arguments, market) : "BTC";
  if (start->market[strspn(start->market, letters)])
    return hc_cli_complain(HC_INPUT, "init: --market %s: expected letters, digits, - and _, e.g. ETH",
                           start->market);
  if (file && strcmp(file, "-") != 0 && lstat(file, &info) == 0)
    return hc_cli_complain(HC_INPUT, "-o: %s exists; not overwriting it", file);
  return HC_OK;
}

static hc_status find_files(struct start *start) {
  struct hc_text text = {0};
  char *directory;
  hc_status status = hc_cli_preset_directory(&directory);
  if (status != HC_OK) return status;
  hc_text_printf(&text, "%s/btc-perp.yaml", directory);
  free(directory);
  status = hc_text_take(&text, &start->base);
  if (status != HC_OK) return hc_cli_complain(status, "out of memory");
  struct hc_text given = {0};
  hc_text_printf(&given, "--venue %s", start->venue);
  status = hc_cli_venue_find(given.failed ? start->venue : given.data, start->venue, &start->file,
                             &start->label);
  hc_text_free(&given);
  return status;
}

/* The two files as one; its name is that of the market and the venue, in lower case. */
static hc_status load(struct start *start) {
  const char *const files[] = {start->base, start->file};
  const char *const labels[] = {"btc-perp.yaml", start->label};
  struct hc_diagnostics diagnostics = {0};
  struct hc_text name = {0};
  hc_text_printf(&name, "name=%s-%s", start->market, start->venue);
  if (name.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  for (char *c = name.data; *c; c++)
    if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
  const char *const settings[] = {name.data};
  const hc_status status = hc_config_load_as(&hc_root_table, files, labels, 2, settings, 1,
                                             &start->config, &diagnostics);
  hc_cli_print_diagnostics(&diagnostics, false);
  hc_diagnostics_free(&diagnostics);
  hc_text_free(&name);
  return status == HC_IO ? HC_INPUT : status;
}

/* The comments at the head of a file, without its licence. */
static void put_head(const char *source, struct hc_text *text) {
  while (*source == '#') {
    const size_t length = strcspn(source, "\n");
    if (strncmp(source, "# SPDX", 6) != 0) {
      hc_text_append(text, source, length);
      hc_text_puts(text, "\n");
    }
    source += length + (source[length] == '\n');
  }
}

/* `yaml` with the market's key replaced. */
static void put_renamed(const char *yaml, const char *from, const char *to, struct hc_text *text) {
  struct hc_text key = {0};
  hc_text_puts(&key, "\n  ");
  hc_quote_yaml(from, &key);
  hc_text_puts(&key, ":");
  const char *markets = strstr(yaml, "\nmarkets:");
  const char *place = markets && !key.failed ? strstr(markets, key.data) : NULL;
  if (place) {
    hc_text_append(text, yaml, (size_t)(place - yaml));
    hc_text_puts(text, "\n  ");
    hc_quote_yaml(to, text);
    hc_text_puts(text, ":");
    yaml = place + key.length;
  }
  hc_text_puts(text, yaml);
  hc_text_free(&key);
}

static hc_status compose(const struct start *start, struct hc_text *text) {
  const struct hc_root_config *values = hc_config_values(start->config);
  const struct hc_source *sources;
  const size_t count = hc_config_sources(start->config, &sources);
  char *yaml = NULL;
  const hc_status status = hc_config_yaml_commented(start->config, &yaml);
  if (status != HC_OK) return hc_cli_complain_error(status, NULL);
  hc_text_printf(text, "# To start from: the market and the book of btc-perp.yaml, the rules of the "
                 "venue %s. All numbers\n# are there to be changed; `haircut check` on this file says "
                 "what they lead to.\n#\n", start->venue);
  if (count) put_head(sources[count - 1].text, text);
  if (values->markets.count)
    put_renamed(yaml, HC_ITEMS(values->markets, struct hc_market_config)[0].name, start->market, text);
  else hc_text_puts(text, yaml);
  free(yaml);
  return HC_OK;
}

hc_status hc_cli_verb_init(const struct hc_cli_arguments *arguments) {
  struct start start = {0};
  struct hc_text text = {0};
  hc_status status = check_arguments(arguments, &start);
  if (status == HC_OK) status = find_files(&start);
  if (status == HC_OK) status = load(&start);
  if (status == HC_OK) status = compose(&start, &text);
  if (status == HC_OK) status = hc_cli_emit_to(hc_cli_value(arguments, output), &text);
  else hc_text_free(&text);
  hc_config_free(start.config);
  free(start.base);
  free(start.file);
  free(start.label);
  return status;
}
