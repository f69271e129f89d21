/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameter reference for programs. */
#include "config/fields.h"
#include "config/quote.h"

struct json {
  struct hc_text text;
  int depth;
};

static void write_table(struct json *json, const struct hc_table *table);

static void write_member(struct json *json, const char *key, const char *value) {
  hc_text_printf(&json->text, "\"%s\": ", key);
  hc_quote_json(value, &json->text);
}

static void newline(struct json *json) {
  hc_text_printf(&json->text, "\n%*s", 2 * json->depth, "");
}

static void write_words(struct json *json, const struct hc_vocabulary *words) {
  hc_text_puts(&json->text, ", \"words\": [");
  for (size_t i = 0; i < words->count; ++i) {
    hc_text_puts(&json->text, i ? ", {" : "{");
    write_member(json, "name", words->words[i].name);
    hc_text_puts(&json->text, ", ");
    write_member(json, "doc", words->words[i].doc);
    hc_text_puts(&json->text, "}");
  }
  hc_text_puts(&json->text, "]");
}

static void write_variants(struct json *json, const struct hc_registry *registry) {
  hc_text_puts(&json->text, ", \"variants\": [");
  for (size_t i = 0; i < registry->count; ++i) {
    const struct hc_variant *variant = registry->variants[i];
    hc_text_puts(&json->text, i ? ", {" : "{");
    write_member(json, "name", variant->name);
    hc_text_puts(&json->text, ", ");
    write_member(json, "doc", variant->doc);
    hc_text_puts(&json->text, ", \"parameters\": ");
    write_table(json, variant->table);
    hc_text_puts(&json->text, "}");
  }
  hc_text_puts(&json->text, "]");
}

static void write_field(struct json *json, const struct hc_field *field) {
  newline(json);
  hc_text_puts(&json->text, "{");
  write_member(json, "key", field->name);
  hc_text_puts(&json->text, ", ");
  write_member(json, "kind", hc_kind_name(field->kind));
  hc_text_puts(&json->text, ", ");
  write_member(json, "default", field->default_text);
  hc_text_puts(&json->text, ", ");
  write_member(json, "range", field->bounds);
  hc_text_puts(&json->text, ", ");
  write_member(json, "unit", field->unit);
  hc_text_puts(&json->text, ", ");
  write_member(json, "doc", field->doc);
  if (field->kind == HC_KIND_ENUM) write_words(json, field->sub);
  if (field->kind == HC_KIND_VARIANT) write_variants(json, field->sub);
  if (!hc_kind_is_scalar(field->kind)) {
    hc_text_puts(&json->text, ", \"table\": ");
    write_table(json, field->sub);
  }
  hc_text_puts(&json->text, "}");
}

static void write_table(struct json *json, const struct hc_table *table) {
  if (!table || json->depth > HC_MAX_TABLE_DEPTH) {
    hc_text_puts(&json->text, "null");
    return;
  }
  ++json->depth;
  hc_text_puts(&json->text, "{");
  write_member(json, "name", table->name);
  hc_text_puts(&json->text, ", ");
  write_member(json, "doc", table->doc);
  hc_text_puts(&json->text, ", ");
  write_member(json, "shorthand", table->shorthand);
  hc_text_puts(&json->text, ", \"fields\": [");
  for (size_t i = 0; i < table->count; ++i) {
    if (i) hc_text_puts(&json->text, ",");
    write_field(json, &table->fields[i]);
  }
  hc_text_puts(&json->text, "]}");
  --json->depth;
}

hc_status hc_schema_json(const struct hc_table *root, char **text) {
  struct json json = {0};
  write_table(&json, root);
  hc_text_puts(&json.text, "\n");
  return hc_text_take(&json.text, text);
}
