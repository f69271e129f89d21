/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdlib.h>

#include "base/text.h"
#include "haircut/config.h"

void hc_diagnostics_free(struct hc_diagnostics *diagnostics) {
  for (size_t i = 0; i < diagnostics->count; ++i) {
    free(diagnostics->items[i].file);
    free(diagnostics->items[i].message);
  }
  free(diagnostics->items);
  *diagnostics = (struct hc_diagnostics){0};
}

size_t hc_diagnostics_errors(const struct hc_diagnostics *diagnostics) {
  size_t errors = 0;
  for (size_t i = 0; i < diagnostics->count; ++i) errors += !diagnostics->items[i].warning;
  return errors;
}

static hc_status reserve(struct hc_diagnostics *diagnostics) {
  if (diagnostics->count < diagnostics->capacity) return HC_OK;
  const size_t capacity = diagnostics->capacity ? 2 * diagnostics->capacity : 8;
  struct hc_diagnostic *items = realloc(diagnostics->items, capacity * sizeof *items);
  if (!items) return HC_NO_MEMORY;
  diagnostics->items = items;
  diagnostics->capacity = capacity;
  return HC_OK;
}

hc_status hc_diagnose(struct hc_diagnostics *diagnostics, const char *file, int line, int column,
                      bool warning, const char *format, ...) {
  if (reserve(diagnostics) != HC_OK) return HC_NO_MEMORY;
  struct hc_diagnostic entry = {.line = line, .column = column, .warning = warning};
  struct hc_text text = {0};
  va_list arguments;
  va_start(arguments, format);
  hc_text_vprintf(&text, format, arguments);
  va_end(arguments);
  if (hc_text_take(&text, &entry.message) != HC_OK) return HC_NO_MEMORY;
  entry.file = hc_strdup(file);
  if (file && !entry.file) {
    free(entry.message);
    return HC_NO_MEMORY;
  }
  diagnostics->items[diagnostics->count++] = entry;
  return HC_OK;
}
