/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inputs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/digest.h"
#include "config/quote.h"
#include "store/files.h"

/* ---- finding the parameters ------------------------------------------------------------ */

struct walk {
  struct hc_inputs *inputs;
  bool failed;
};
static void walk_fields(struct walk *walk, const struct hc_table *table, const char *base,
                        const char *path);

static void add(struct walk *walk, const char *path, const char *file) {
  struct hc_inputs *inputs = walk->inputs;
  struct hc_kept_input *items = realloc(inputs->items, (inputs->count + 1) * sizeof *items);
  if (!items) {
    walk->failed = true;
    return;
  }
  inputs->items = items;
  struct hc_kept_input *item = &items[inputs->count++];
  *item = (struct hc_kept_input){.path = hc_strdup(path), .file = hc_strdup(file)};
  walk->failed = walk->failed || !item->path || !item->file;
}

static const char *name_of(const struct hc_table *table, const char *item) {
  for (size_t i = 0; i < table->count; ++i)
    if (strcmp(table->fields[i].name, "name") == 0)
      return *(char *const *)(item + table->fields[i].offset);
  return "";
}

static void walk_items(struct walk *walk, const struct hc_field *field, const struct hc_list *list,
                       const char *path) {
  const struct hc_table *table = field->sub;
  for (size_t i = 0; i < list->count; ++i) {
    const char *item = (const char *)list->items + i * table->size;
    char *below = field->kind == HC_KIND_MAP ? hc_format("%s.%s", path, name_of(table, item))
                                             : hc_format("%s[%zu]", path, i);
    if (below) walk_fields(walk, table, item, below);
    else walk->failed = true;
    free(below);
  }
}

static void walk_variant(struct walk *walk, const struct hc_field *field,
                         const struct hc_choice *choice, const char *parent) {
  const struct hc_registry *registry = field->sub;
  if (choice->index >= 0 && choice->parameters) /* its keys stand beside the selector */
    walk_fields(walk, registry->variants[choice->index]->table, choice->parameters, parent);
}

static void walk_field(struct walk *walk, const struct hc_field *field, const char *member,
                       const char *path, const char *parent) {
  const char *pointer = NULL;
  if (field->kind == HC_KIND_FILE || field->kind == HC_KIND_OPTIONAL)
    memcpy(&pointer, member, sizeof pointer);
  if (field->kind == HC_KIND_FILE && pointer) add(walk, path, pointer);
  else if (field->kind == HC_KIND_OPTIONAL && pointer) walk_fields(walk, field->sub, pointer, path);
  else if (field->kind == HC_KIND_OBJECT) walk_fields(walk, field->sub, member, path);
  else if (field->kind == HC_KIND_LIST || field->kind == HC_KIND_MAP)
    walk_items(walk, field, (const void *)member, path);
  else if (field->kind == HC_KIND_VARIANT)
    walk_variant(walk, field, (const void *)member, parent);
}

static void walk_fields(struct walk *walk, const struct hc_table *table, const char *base,
                        const char *path) {
  for (size_t i = 0; table && i < table->count; ++i) {
    const struct hc_field *field = &table->fields[i];
    char *below = *path ? hc_format("%s.%s", path, field->name) : hc_strdup(field->name);
    if (below) walk_field(walk, field, base + field->offset, below, path);
    else walk->failed = true;
    free(below);
  }
}

/* ---- names and texts ---------------------------------------------------------------------- */

static bool taken(const struct hc_inputs *inputs, const char *name, size_t before) {
  for (size_t i = 0; i < before; ++i)
    if (strcmp(inputs->items[i].name, name) == 0) return true;
  return false;
}

/* The last part of the file's name, harmless in YAML, on the command line and on disk. */
static char *plain_name(const struct hc_inputs *inputs, size_t index) {
  const char *file = inputs->items[index].file, *slash = strrchr(file, '/');
  char *name = hc_strdup(slash ? slash + 1 : file);
  for (char *c = name; c && *c; ++c)
    if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) *c = '_';
  if (name && isalpha((unsigned char)*name) && strchr(name, '.') && !taken(inputs, name, index)) return name;
  char *unique = name ? hc_format("input_%zu_%s", index, name) : NULL;
  free(name);
  return unique;
}

/* A book's text is at hand, as it was when the scenario was built. */
static hc_status read_text(struct hc_kept_input *input, const struct hc_scenario *scenario,
                           struct hc_error *error) {
  const struct hc_book *book = hc_scenario_book(scenario, 0);
  if (strcmp(input->path, "book.file") != 0 || !book || !book->csv)
    return hc_slurp(input->file, &input->text, &input->length, error);
  input->length = book->csv_length;
  input->text = malloc(input->length + 1);
  if (!input->text) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", input->file);
  memcpy(input->text, book->csv, input->length);
  input->text[input->length] = '\0';
  return HC_OK;
}

static hc_status read_texts(struct hc_inputs *inputs, const struct hc_scenario *scenario,
                            struct hc_error *error) {
  for (size_t i = 0; i < inputs->count; ++i) {
    struct hc_kept_input *input = &inputs->items[i];
    const hc_status status = read_text(input, scenario, error);
    if (status) return status;
    hc_sha256_hex(input->text, input->length, input->digest);
    input->name = plain_name(inputs, i);
    if (!input->name) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", input->file);
  }
  return HC_OK;
}

/* ---- the configuration with these names ---------------------------------------------------- */

/* Whether the value of a key, and all of it, stands at `at`. */
static bool is_value(const char *yaml, const char *at, size_t length) {
  static const char key[] = ": ", note[] = "{value: ";
  const size_t before = (size_t)(at - yaml);
  if (before < sizeof key - 1 || memcmp(at - (sizeof key - 1), key, sizeof key - 1) != 0)
    return false;
  if (at[length] == '\n') return true;
  return before >= sizeof note - 1 && memcmp(at - (sizeof note - 1), note, sizeof note - 1) == 0 &&
         strncmp(at + length, ", source: ", strlen(", source: ")) == 0;
}

static void replace(const char *yaml, const char *value, const char *name, struct hc_text *out) {
  const size_t length = strlen(value);
  const char *from = yaml;
  for (const char *at = yaml; (at = strstr(at, value)) != NULL; at += length) {
    if (!is_value(yaml, at, length)) continue;
    hc_text_append(out, from, (size_t)(at - from));
    hc_text_puts(out, name);
    from = at + length;
  }
  hc_text_puts(out, from);
}

/* The resolved configuration names its files from the root directory; the kept copies have
 * plain names. */
static hc_status rename_file(struct hc_inputs *inputs, const struct hc_kept_input *input) {
  struct hc_text value = {0}, out = {0};
  hc_quote_yaml(input->file, &value);
  if (!value.failed) replace(inputs->yaml, value.data, input->name, &out);
  char *yaml = NULL;
  const hc_status status = value.failed ? HC_NO_MEMORY : hc_text_take(&out, &yaml);
  hc_text_free(&value);
  if (status) return status;
  free(inputs->yaml);
  inputs->yaml = yaml;
  return HC_OK;
}

static hc_status write_yaml(struct hc_inputs *inputs, const struct hc_config *config,
                            struct hc_error *error) {
  hc_status status = hc_config_yaml(config, &inputs->yaml);
  for (size_t i = 0; i < inputs->count && !status; ++i)
    status = rename_file(inputs, &inputs->items[i]);
  return status ? hc_fail(error, status, "out of memory for the configuration") : HC_OK;
}

hc_status hc_inputs_read(struct hc_inputs *inputs, const struct hc_scenario *scenario,
                         struct hc_error *error) {
  *inputs = (struct hc_inputs){0};
  struct walk walk = {.inputs = inputs};
  walk_fields(&walk, &hc_root_table, (const void *)hc_scenario_values(scenario), "");
  if (walk.failed) return hc_fail(error, HC_NO_MEMORY, "out of memory for the list of inputs");
  const hc_status status = read_texts(inputs, scenario, error);
  return status ? status : write_yaml(inputs, hc_scenario_config(scenario), error);
}

void hc_inputs_free(struct hc_inputs *inputs) {
  for (size_t i = 0; i < inputs->count; ++i) {
    free(inputs->items[i].path);
    free(inputs->items[i].file);
    free(inputs->items[i].name);
    free(inputs->items[i].text);
  }
  free(inputs->items);
  free(inputs->yaml);
  *inputs = (struct hc_inputs){0};
}
