/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut venues: the presets, each with its waterfall in a line; or the text of one. */
#include <stdlib.h>
#include <string.h>

#include "cli/layer_text.h"
#include "cli/number.h"
#include "cli/preset.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "haircut/scenario.h"

enum { WIDTH = 110 };
enum form { AS_TEXT, AS_JSON };

static hc_status load(const char *name, struct hc_config **config) {
  struct hc_diagnostics diagnostics = {0};
  char *file, *label;
  hc_status status = hc_cli_venue_find(name, name, &file, &label);
  if (status == HC_OK) {
    const char *const files[] = {file}, *const labels[] = {label};
    status = hc_config_load_as(&hc_root_table, files, labels, 1, NULL, 0, config, &diagnostics);
    hc_cli_print_diagnostics(&diagnostics, false);
    hc_diagnostics_free(&diagnostics);
  }
  free(file);
  free(label);
  return status;
}

static void new_line(struct hc_text *text, size_t indent, size_t *column) {
  hc_text_printf(text, "\n%*s", (int)indent, "");
  *column = indent;
}

/* Appends a layer, which begins on a new line where it does not fit behind what is there, and is
 * broken at blanks where it fits on no line; `*column` is where the line ends. */
static void put_wrapped(struct hc_text *text, size_t indent, size_t *column, const char *words) {
  if (*column + strlen(words) > WIDTH && *column > indent) new_line(text, indent, column);
  if (*column == indent) words += strspn(words, " ");
  while (*words) {
    size_t length = strlen(words);
    if (*column + length > WIDTH) length = strcspn(words + 1, " ") + 1;
    if (*column + length > WIDTH && *column > indent + 2) {
      new_line(text, indent + 2, column);
      words += strspn(words, " ");
      continue;
    }
    hc_text_append(text, words, length);
    *column += length;
    words += length;
  }
}

static void write_text(const char *name, size_t longest, const struct hc_root_config *values,
                       struct hc_text *text) {
  const struct hc_list *layers = &values->waterfall;
  struct hc_text backstop = {0};
  hc_cli_backstop_text(&values->liquidation.backstop, &backstop);
  const size_t indent = longest + 2;
  size_t column = indent;
  hc_text_printf(text, "%-*s", (int)indent, name);
  if (backstop.length) put_wrapped(text, indent, &column, backstop.data);
  for (size_t i = 0; i < layers->count; i++) {
    struct hc_text layer = {0};
    if (i || backstop.length) hc_text_puts(&layer, " > ");
    hc_cli_layer_text(&HC_ITEMS(*layers, struct hc_layer_config)[i], &layer);
    if (layer.failed) text->failed = true;
    else put_wrapped(text, indent, &column, layer.data);
    hc_text_free(&layer);
  }
  if (backstop.failed) text->failed = true;
  hc_text_free(&backstop);
  hc_text_puts(text, layers->count ? "\n" : "nobody pays\n");
}

static void write_json(const char *name, const struct hc_root_config *values, const char *source,
                       struct hc_text *text) {
  const struct hc_list *layers = &values->waterfall;
  struct hc_text backstop = {0};
  hc_cli_backstop_text(&values->liquidation.backstop, &backstop);
  hc_text_puts(text, "{\"name\": ");
  hc_cli_json_string(text, name);
  if (backstop.length) {
    hc_text_puts(text, ", \"backstop\": ");
    hc_cli_json_string(text, backstop.data);
  }
  if (backstop.failed) text->failed = true;
  hc_text_free(&backstop);
  hc_text_puts(text, ", \"waterfall\": [");
  for (size_t i = 0; i < layers->count; i++) {
    struct hc_text layer = {0};
    hc_cli_layer_text(&HC_ITEMS(*layers, struct hc_layer_config)[i], &layer);
    if (i) hc_text_puts(text, ", ");
    if (layer.failed) text->failed = true;
    else hc_cli_json_string(text, layer.data);
    hc_text_free(&layer);
  }
  hc_text_puts(text, "]");
  if (source) {
    hc_text_puts(text, ", \"text\": ");
    hc_cli_json_string(text, source);
  }
  hc_text_puts(text, "}");
}

static hc_status list(enum form form, struct hc_text *text) {
  struct hc_cli_names names = {0};
  char *directory;
  size_t longest = 0;
  hc_status status = hc_cli_preset_directory(&directory);
  if (status == HC_OK) status = hc_cli_venue_names(directory, &names);
  for (size_t i = 0; i < names.count; i++)
    if (strlen(names.items[i]) > longest) longest = strlen(names.items[i]);
  if (form == AS_JSON) hc_text_puts(text, "[");
  for (size_t i = 0; status == HC_OK && i < names.count; i++) {
    struct hc_config *config = NULL;
    status = load(names.items[i], &config);
    if (status != HC_OK) break;
    const struct hc_root_config *values = hc_config_values(config);
    if (form == AS_JSON) {
      hc_text_puts(text, i ? ",\n " : "");
      write_json(names.items[i], values, NULL, text);
    } else {
      write_text(names.items[i], longest, values, text);
    }
    hc_config_free(config);
  }
  if (form == AS_JSON) hc_text_puts(text, "]\n");
  hc_cli_names_free(&names);
  free(directory);
  return status;
}

static hc_status show(const char *name, enum form form, struct hc_text *text) {
  struct hc_config *config = NULL;
  const hc_status status = load(name, &config);
  if (status != HC_OK) return status;
  const struct hc_root_config *values = hc_config_values(config);
  const struct hc_source *sources;
  const size_t count = hc_config_sources(config, &sources);
  const char *source = count ? sources[0].text : "";
  if (form == AS_JSON) {
    write_json(name, values, source, text);
    hc_text_puts(text, "\n");
  } else {
    hc_text_puts(text, source);
  }
  hc_config_free(config);
  return HC_OK;
}

hc_status hc_cli_verb_venues(const struct hc_cli_arguments *arguments) {
  static const char *const words[] = {"text", "json", NULL};
  int form = 0;
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &form);
  if (status == HC_OK && arguments->file_count > 1)
    status = hc_cli_complain(HC_INPUT, "venues takes one NAME, not %zu: %s ...", arguments->file_count,
                             arguments->files[0]);
  if (status != HC_OK) return status;
  struct hc_text text = {0};
  status = arguments->file_count ? show(arguments->files[0], (enum form)form, &text)
                                 : list((enum form)form, &text);
  if (status == HC_OK) return hc_cli_emit(&text);
  hc_text_free(&text);
  return status == HC_IO ? HC_INPUT : status;
}
