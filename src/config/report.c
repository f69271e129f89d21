/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "config/fields.h"
#include "config/internal.h"
#include "config/nearest.h"

enum { MOST_ENTRIES = 1000 }; /* hostile input does not get a message a key */

/* Keys of the input stand in messages; they do not get to steer the terminal. */
static void disarm(char *text) {
  for (; *text; ++text)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
}

void hc_config_vreport(struct hc_config *config, struct hc_diagnostics *diagnostics, bool warning,
                       struct hc_place place, const char *path, const char *format,
                       va_list arguments) {
  if (diagnostics->count > MOST_ENTRIES) return;
  if (diagnostics->count == MOST_ENTRIES) {
    if (hc_diagnose(diagnostics, NULL, 0, 0, warning, "too many errors; the rest is left out"))
      config->arena.failed = true;
    return;
  }
  struct hc_text text = {0};
  if (*path) hc_text_printf(&text, "%s: ", path);
  hc_text_vprintf(&text, format, arguments);
  if (text.data) disarm(text.data);
  const char *file = place.input >= 0 ? config->inputs[place.input].name : NULL;
  if (text.failed || hc_diagnose(diagnostics, file, place.line, place.column, warning, "%s",
                                 text.data) != HC_OK)
    config->arena.failed = true;
  hc_text_free(&text);
}

void hc_config_report(struct hc_config *config, struct hc_diagnostics *diagnostics,
                      struct hc_place place, const char *path, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  hc_config_vreport(config, diagnostics, false, place, path, format, arguments);
  va_end(arguments);
}

static size_t rank(const struct hc_config *config, const char *file) {
  for (size_t i = 0; file && i < config->input_count; ++i)
    if (strcmp(config->inputs[i].name, file) == 0) return i;
  return config->input_count;
}

static bool after(const struct hc_config *config, const struct hc_diagnostic *a,
                  const struct hc_diagnostic *b) {
  const size_t rank_a = rank(config, a->file), rank_b = rank(config, b->file);
  if (rank_a != rank_b) return rank_a > rank_b;
  if (a->line != b->line) return a->line > b->line;
  return a->column > b->column;
}

/* Insertion sort: stable, short lists, mostly in order already. */
void hc_config_sort(const struct hc_config *config, struct hc_diagnostics *diagnostics,
                    size_t first) {
  struct hc_diagnostic *items = diagnostics->items;
  for (size_t i = first + 1; i < diagnostics->count; ++i) {
    const struct hc_diagnostic item = items[i];
    size_t j = i;
    for (; j > first && after(config, &items[j - 1], &item); --j) items[j] = items[j - 1];
    items[j] = item;
  }
}

const char *hc_config_quote(struct hc_config *config, const char *text) {
  const size_t most = 60;
  struct hc_text quoted = {0};
  hc_text_puts(&quoted, "\"");
  size_t i = 0;
  for (; text[i]; ++i) {
    const unsigned char c = (unsigned char)text[i];
    if (i >= most && (c & 0xc0) != 0x80) break; /* not within a character */
    if (c < 0x20 || c == 0x7f) hc_text_printf(&quoted, "\\x%02x", c);
    else hc_text_append(&quoted, &text[i], 1);
  }
  hc_text_puts(&quoted, text[i] ? "...\"" : "\"");
  const char *result = hc_arena_take(&config->arena, &quoted);
  return result ? result : "";
}

const char *hc_config_hint(struct hc_config *config, const char *name,
                           const struct hc_names *known) {
  struct hc_text text = {0};
  const char *near = hc_nearest(name, known->items, known->count);
  if (near) hc_text_printf(&text, "; did you mean `%s`?", near);
  else if (known->count)
    hc_text_printf(&text, " (known: %s)", hc_names_join(&config->arena, known));
  const char *hint = hc_arena_take(&config->arena, &text);
  return hint ? hint : "";
}

void hc_config_mark_written(struct hc_config *config, const char *path, struct hc_place place) {
  if (place.input < 0) return;
  struct hc_written *written =
    hc_arena_grow(&config->arena, config->written, config->written_count,
                  &config->written_capacity, sizeof *written);
  const char *copy = hc_arena_string(&config->arena, path);
  if (!written || !copy) return;
  config->written = written;
  written[config->written_count++] = (struct hc_written){copy, place};
}

static const struct hc_written *find_written(const struct hc_config *config, const char *path,
                                             size_t length) {
  for (size_t i = 0; i < config->written_count; ++i) {
    const char *known = config->written[i].path;
    if (strlen(known) == length && strncmp(known, path, length) == 0) return &config->written[i];
  }
  return NULL;
}

/* The path without its last part. */
static size_t parent(const char *path, size_t length) {
  while (length > 0 && path[length - 1] != '.' && path[length - 1] != '[') --length;
  return length > 0 ? length - 1 : 0;
}

static struct hc_place nearest_place(const struct hc_config *config, const char *path) {
  for (size_t length = strlen(path);; length = parent(path, length)) {
    const struct hc_written *written = find_written(config, path, length);
    if (written) return written->place;
    if (length == 0) return HC_DEFAULT_PLACE;
  }
}

hc_status hc_config_complain(const struct hc_config *config, struct hc_diagnostics *diagnostics,
                             bool warning, const char *path, const char *format, ...) {
  const struct hc_place place = nearest_place(config, path);
  const char *file = place.input >= 0 ? config->inputs[place.input].name : NULL;
  struct hc_text text = {0};
  if (*path) hc_text_printf(&text, "%s: ", path);
  va_list arguments;
  va_start(arguments, format);
  hc_text_vprintf(&text, format, arguments);
  va_end(arguments);
  hc_status status = text.failed ? HC_NO_MEMORY : HC_OK;
  if (status == HC_OK)
    status = hc_diagnose(diagnostics, file, place.line, place.column, warning, "%s", text.data);
  hc_text_free(&text);
  if (status == HC_OK) hc_config_sort(config, diagnostics, 0);
  return status;
}
