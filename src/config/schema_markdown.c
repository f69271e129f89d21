/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameter reference for people: one section a table, headed by its place. */
#include <string.h>

#include "config/fields.h"
#include "config/path.h"

struct page {
  struct hc_text text;
  struct hc_text path;
  int depth;
};

static void write_section(struct page *page, const struct hc_table *table, bool named);

/* Text of a table cell. */
static void cell(struct page *page, const char *string) {
  for (; *string; ++string) {
    if (*string == '|') hc_text_puts(&page->text, "\\|");
    else hc_text_append(&page->text, *string == '\n' ? " " : string, 1);
  }
  hc_text_puts(&page->text, " | ");
}

static void code_cell(struct page *page, const char *string) {
  hc_text_puts(&page->text, "`");
  for (; *string; ++string) {
    if (*string == '|') hc_text_puts(&page->text, "\\");
    hc_text_append(&page->text, string, 1);
  }
  hc_text_puts(&page->text, "` | ");
}

static void write_default(struct page *page, const struct hc_field *field) {
  const char *text = field->default_text;
  const bool list = field->kind == HC_KIND_LIST || field->kind == HC_KIND_MAP;
  if (field->kind == HC_KIND_OBJECT && (!text || strcmp(text, "{}") == 0)) cell(page, "");
  else if (!text && field->kind == HC_KIND_OPTIONAL) cell(page, "absent");
  else if (list && (!text || !*text)) cell(page, "empty");
  else if (!text) cell(page, "unset");
  else if (!*text) cell(page, "empty text");
  else code_cell(page, text);
}

static void write_row(struct page *page, const struct hc_field *field) {
  const char *unit = field->unit && strcmp(field->unit, "1") != 0 ? field->unit : "";
  hc_text_puts(&page->text, "| ");
  code_cell(page, field->name);
  cell(page, hc_kind_text(field->kind));
  write_default(page, field);
  cell(page, field->bounds ? field->bounds : "");
  cell(page, unit);
  cell(page, field->doc ? field->doc : "");
  if (page->text.length) --page->text.length; /* no space at the end of the line */
  hc_text_puts(&page->text, "\n");
}

static void write_words(struct page *page, const struct hc_field *field) {
  const struct hc_vocabulary *words = field->sub;
  hc_text_printf(&page->text, "\nWords of `%s`:\n\n", field->name);
  for (size_t i = 0; i < words->count; ++i)
    hc_text_printf(&page->text, "- `%s`: %s\n", words->words[i].name,
                   words->words[i].doc ? words->words[i].doc : "");
}

static void write_table(struct page *page, const struct hc_table *table, bool named);

static void write_variants(struct page *page, const struct hc_field *field) {
  const struct hc_registry *registry = field->sub;
  for (size_t i = 0; i < registry->count; ++i) {
    const struct hc_variant *variant = registry->variants[i];
    hc_text_printf(&page->text, "\n### `%s`: `%s: %s`\n\n%s\n", hc_path_text(&page->path),
                   field->name, variant->name, variant->doc ? variant->doc : "");
    if (variant->table) write_table(page, variant->table, false);
    else hc_text_puts(&page->text, "\nIt has no parameters.\n");
  }
}

static bool is_key(const struct hc_field *field, bool named) {
  return named && strcmp(field->name, "name") == 0;
}

/* The fields, their words, and the parameters of their variants. */
static void write_table(struct page *page, const struct hc_table *table, bool named) {
  if (page->depth > HC_MAX_TABLE_DEPTH) return;
  ++page->depth;
  hc_text_puts(&page->text, "\n| key | kind | default | range | unit | description |\n"
                            "|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < table->count; ++i)
    if (!is_key(&table->fields[i], named)) write_row(page, &table->fields[i]);
  for (size_t i = 0; i < table->count; ++i) {
    if (table->fields[i].kind == HC_KIND_ENUM) write_words(page, &table->fields[i]);
    if (table->fields[i].kind == HC_KIND_VARIANT) write_variants(page, &table->fields[i]);
  }
  --page->depth;
}

static void write_nested(struct page *page, const struct hc_table *table) {
  for (size_t i = 0; i < table->count; ++i) {
    const struct hc_field *field = &table->fields[i];
    if (field->kind == HC_KIND_VARIANT) {
      const struct hc_registry *registry = field->sub;
      for (size_t v = 0; v < registry->count; ++v)
        if (registry->variants[v]->table) write_nested(page, registry->variants[v]->table);
    }
    if (hc_kind_is_scalar(field->kind)) continue;
    const size_t length = hc_path_push(&page->path, field->name);
    if (field->kind == HC_KIND_LIST) hc_text_puts(&page->path, "[i]");
    if (field->kind == HC_KIND_MAP) hc_text_puts(&page->path, ".<name>");
    write_section(page, field->sub, field->kind == HC_KIND_MAP);
    hc_path_pop(&page->path, length);
  }
}

static void write_section(struct page *page, const struct hc_table *table, bool named) {
  if (page->depth > HC_MAX_TABLE_DEPTH) return;
  ++page->depth;
  const char *path = hc_path_text(&page->path);
  if (*path) hc_text_printf(&page->text, "\n## `%s`\n\n", path);
  else hc_text_puts(&page->text, "## Top level\n\n");
  hc_text_printf(&page->text, "%s\n", table->doc ? table->doc : "");
  if (table->shorthand)
    hc_text_printf(&page->text, "\nA bare value in its place sets `%s`.\n", table->shorthand);
  write_table(page, table, named);
  write_nested(page, table);
  --page->depth;
}

hc_status hc_schema_markdown(const struct hc_table *root, char **text) {
  struct page page = {0};
  write_section(&page, root, false);
  if (page.path.failed) page.text.failed = true;
  hc_text_free(&page.path);
  return hc_text_take(&page.text, text);
}
