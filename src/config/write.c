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
  bool comments; /* each key with what it means */
  struct hc_text text;
};
enum { WIDTH = 100 }; /* comments that would reach beyond go before their key */

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

static void cut(struct hc_text *text, size_t length) {
  if (text->failed || !text->data) return;
  text->length = length;
  text->data[length] = '\0';
}

/* Lines of comment, broken at blanks. */
static void write_comment(struct hc_text *text, int indent, const char *doc) {
  const size_t room = WIDTH - (size_t)indent - 2;
  while (*doc) {
    size_t length = strlen(doc);
    if (length > room) {
      length = room;
      while (length > 1 && doc[length] != ' ') --length;
      if (length == 1) length = strcspn(doc, " ");
    }
    hc_text_printf(text, "%*s# %.*s\n", indent, "", (int)length, doc);
    doc += length;
    doc += strspn(doc, " ");
  }
}

/* Ends the line that began at `start`, with its comment behind it or, where it is long, before. */
static void end_line(struct writer *writer, size_t start, int indent, const char *doc) {
  struct hc_text *text = &writer->text;
  const bool comment = writer->comments && doc && *doc && !text->failed;
  if (comment && text->length - start + strlen(doc) + 4 <= WIDTH) {
    hc_text_printf(text, "  # %s", doc);
  } else if (comment) {
    struct hc_text line = {0};
    hc_text_append(&line, text->data + start, text->length - start);
    if (line.failed) text->failed = true;
    cut(text, start);
    write_comment(text, indent, doc);
    if (line.data) hc_text_puts(text, line.data);
    hc_text_free(&line);
  }
  hc_text_puts(text, "\n");
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
  const size_t start = text->length;
  write_key(writer, indent, field->name);
  hc_text_puts(text, *parameter->source ? " {value: " : " ");
  if (file || field->kind == HC_KIND_TEXT) hc_quote_yaml(value, text);
  else hc_text_puts(text, value);
  if (*parameter->source) {
    hc_text_puts(text, ", source: ");
    hc_quote_yaml(parameter->source, text);
    hc_text_puts(text, "}");
  }
  end_line(writer, start, indent, field->doc);
}

/* "key:" and the fields below it; `{}` where none is set and the key has to stand. */
static void write_object(struct writer *writer, const char *key, const char *doc,
                         const struct hc_table *table, const char *base, int indent, bool named,
                         bool keep) {
  const size_t before = writer->text.length;
  write_key(writer, indent, key);
  end_line(writer, before, indent, doc);
  const size_t after = writer->text.length;
  write_fields(writer, table, base, indent + 2, named);
  if (writer->text.length != after) return;
  cut(&writer->text, before);
  if (!keep) return;
  write_key(writer, indent, key);
  hc_text_puts(&writer->text, " {}");
  end_line(writer, before, indent, doc);
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
  const size_t start = writer->text.length;
  write_key(writer, indent, field->name);
  if (list->count == 0) hc_text_puts(&writer->text, " []");
  end_line(writer, start, indent, field->doc);
  if (list->count == 0) (void)take(writer);
  for (size_t i = 0; i < list->count; ++i)
    write_item(writer, table, items + i * table->size, indent);
}

static void write_map(struct writer *writer, const struct hc_field *field,
                      const struct hc_list *list, int indent) {
  const struct hc_table *table = field->sub;
  const struct hc_field *name = hc_field_own(table, "name");
  const char *items = list->items;
  const size_t start = writer->text.length;
  write_key(writer, indent, field->name);
  if (list->count == 0) hc_text_puts(&writer->text, " {}");
  end_line(writer, start, indent, field->doc);
  if (list->count == 0) (void)take(writer);
  for (size_t i = 0; name && i < list->count; ++i) {
    const char *item = items + i * table->size;
    const void *member = item + name->offset;
    write_object(writer, *(char *const *)member, table->doc, table, item, indent + 2, true, true);
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
  else write_object(writer, field->name, field->doc, field->sub, object, indent, false, true);
}

static void write_field(struct writer *writer, const struct hc_field *field, const void *member,
                        int indent) {
  switch ((int)field->kind) {
    case HC_KIND_VARIANT: write_variant(writer, field, member, indent); return;
    case HC_KIND_OBJECT:
      write_object(writer, field->name, field->doc, field->sub, member, indent, false, false);
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

static hc_status write_all(const struct hc_config *config, bool comments, char **yaml) {
  *yaml = NULL;
  struct writer writer = {.config = config, .comments = comments};
  write_fields(&writer, config->root, config->values, 0, false);
  if (writer.next != config->parameter_count) {
    hc_text_free(&writer.text);
    return HC_BUG;
  }
  return hc_text_take(&writer.text, yaml);
}

hc_status hc_config_yaml(const struct hc_config *config, char **yaml) {
  return write_all(config, false, yaml);
}

hc_status hc_config_yaml_commented(const struct hc_config *config, char **yaml) {
  return write_all(config, true, yaml);
}
