/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resolved configuration as YAML. The structs are walked in the order in which the
 * parameters were recorded, so each leaf takes the next parameter. */
#include <math.h>
#include <string.h>

#include "config/fields.h"
#include "config/internal.h"
#include "config/quote.h"

struct writer {
  const struct hc_config *config;
  size_t next;
  struct hc_text text;
};

static void write_fields(struct writer *writer, const struct hc_table *table, const char *base,
                         int indent, bool named);

static const struct hc_parameter *take(struct writer *writer) {
  static const struct hc_parameter nothing = {.path = "", .text = "unset", .source = ""};
  if (writer->next >= writer->config->parameter_count) {
    writer->next = writer->config->parameter_count + 1; /* out of step: a bug */
    return &nothing;
  }
  return &writer->config->parameters[writer->next++];
}

static void write_key(struct writer *writer, int indent, const char *key) {
  hc_text_printf(&writer->text, "%*s", indent, "");
  hc_quote_yaml(key, &writer->text);
  hc_text_puts(&writer->text, ":");
}

static bool is_unset(const struct hc_field *field, const void *member,
                     const struct hc_parameter *parameter) {
  if (hc_kind_is_number(field->kind)) return isnan(*(const double *)member) != 0;
  if (field->kind == HC_KIND_TEXT || field->kind == HC_KIND_FILE)
    return *(char *const *)member == NULL;
  return parameter->defaulted && strcmp(parameter->text, "unset") == 0;
}

static void write_leaf(struct writer *writer, const struct hc_field *field, const void *member,
                       int indent) {
  const struct hc_parameter *parameter = take(writer);
  if (is_unset(field, member, parameter)) return;
  const bool file = field->kind == HC_KIND_FILE; /* found from anywhere */
  const char *value = file ? *(char *const *)member : parameter->text;
  struct hc_text *text = &writer->text;
  write_key(writer, indent, field->name);
  hc_text_puts(text, *parameter->source ? " {value: " : " ");
  if (file || field->kind == HC_KIND_TEXT) hc_quote_yaml(value, text);
  else hc_text_puts(text, value);
  if (*parameter->source) {
    hc_text_puts(text, ", source: ");
    hc_quote_yaml(parameter->source, text);
    hc_text_puts(text, "}");
  }
  hc_text_puts(text, "\n");
}

static void cut(struct hc_text *text, size_t length) {
  if (text->failed || !text->data) return;
  text->length = length;
  text->data[length] = '\0';
}

/* "key:" and the fields below it; `{}` where none is set and the key has to stand. */
static void write_object(struct writer *writer, const char *key, const struct hc_table *table,
                         const char *base, int indent, bool named, bool keep) {
  const size_t before = writer->text.length;
  write_key(writer, indent, key);
  const size_t after = writer->text.length;
  hc_text_puts(&writer->text, "\n");
  write_fields(writer, table, base, indent + 2, named);
  if (writer->text.length != after + 1) return;
  cut(&writer->text, keep ? after : before);
  if (keep) hc_text_puts(&writer->text, " {}\n");
}

static void write_item(struct writer *writer, const struct hc_table *table, const char *base,
                       int indent) {
  const size_t start = writer->text.length;
  write_fields(writer, table, base, indent + 2, false);
  if (writer->text.length == start) hc_text_printf(&writer->text, "%*s- {}\n", indent, "");
  else if (!writer->text.failed) writer->text.data[start + (size_t)indent] = '-';
}

static void write_list(struct writer *writer, const struct hc_field *field,
                       const struct hc_list *list, int indent) {
  const struct hc_table *table = field->sub;
  const char *items = list->items;
  write_key(writer, indent, field->name);
  hc_text_puts(&writer->text, list->count ? "\n" : " []\n");
  if (list->count == 0) (void)take(writer);
  for (size_t i = 0; i < list->count; ++i)
    write_item(writer, table, items + i * table->size, indent);
}

static void write_map(struct writer *writer, const struct hc_field *field,
                      const struct hc_list *list, int indent) {
  const struct hc_table *table = field->sub;
  const struct hc_field *name = hc_field_own(table, "name");
  const char *items = list->items;
  write_key(writer, indent, field->name);
  hc_text_puts(&writer->text, list->count ? "\n" : " {}\n");
  if (list->count == 0) (void)take(writer);
  for (size_t i = 0; name && i < list->count; ++i) {
    const char *item = items + i * table->size;
    const void *member = item + name->offset;
    write_object(writer, *(char *const *)member, table, item, indent + 2, true, true);
  }
}

static void write_variant(struct writer *writer, const struct hc_field *field,
                          const struct hc_choice *choice, int indent) {
  write_leaf(writer, field, choice, indent);
  if (choice->index < 0 || !choice->parameters) return;
  const struct hc_registry *registry = field->sub;
  write_fields(writer, registry->variants[choice->index]->table, choice->parameters, indent,
               false);
}

static void write_optional(struct writer *writer, const struct hc_field *field,
                           const void *object, int indent) {
  if (!object) (void)take(writer);
  else write_object(writer, field->name, field->sub, object, indent, false, true);
}

static void write_field(struct writer *writer, const struct hc_field *field, const void *member,
                        int indent) {
  switch ((int)field->kind) {
    case HC_KIND_VARIANT: write_variant(writer, field, member, indent); return;
    case HC_KIND_OBJECT:
      write_object(writer, field->name, field->sub, member, indent, false, false);
      return;
    case HC_KIND_OPTIONAL:
      write_optional(writer, field, *(const void *const *)member, indent);
      return;
    case HC_KIND_LIST: write_list(writer, field, member, indent); return;
    case HC_KIND_MAP: write_map(writer, field, member, indent); return;
    default: write_leaf(writer, field, member, indent); return;
  }
}

/* `named`: an element of a MAP, whose name is its key. */
static void write_fields(struct writer *writer, const struct hc_table *table, const char *base,
                         int indent, bool named) {
  for (size_t i = 0; i < table->count; ++i) {
    const struct hc_field *field = &table->fields[i];
    if (named && strcmp(field->name, "name") == 0) continue;
    write_field(writer, field, base + field->offset, indent);
  }
}

hc_status hc_config_yaml(const struct hc_config *config, char **yaml) {
  *yaml = NULL;
  struct writer writer = {.config = config};
  write_fields(&writer, config->root, config->values, 0, false);
  if (writer.next != config->parameter_count) {
    hc_text_free(&writer.text);
    return HC_BUG;
  }
  return hc_text_take(&writer.text, yaml);
}
