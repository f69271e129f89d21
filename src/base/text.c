/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct hc_text *text, size_t extra) {
  if (text->failed) return false;
  const size_t need = text->length + extra + 1;
  if (need <= text->capacity) return true;
  size_t capacity = text->capacity ? text->capacity : 64;
  while (capacity < need) capacity *= 2;
  char *data = realloc(text->data, capacity);
  if (!data) {
    text->failed = true;
    return false;
  }
  text->data = data;
  text->capacity = capacity;
  return true;
}

void hc_text_append(struct hc_text *text, const char *bytes, size_t length) {
  if (!reserve(text, length)) return;
  if (length) memcpy(text->data + text->length, bytes, length);
  text->length += length;
  text->data[text->length] = '\0';
}

void hc_text_puts(struct hc_text *text, const char *string) {
  hc_text_append(text, string, strlen(string));
}

void hc_text_vprintf(struct hc_text *text, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) {
    text->failed = true;
    return;
  }
  if (!reserve(text, (size_t)length)) return;
  (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
  text->length += (size_t)length;
}

void hc_text_printf(struct hc_text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  hc_text_vprintf(text, format, arguments);
  va_end(arguments);
}

void hc_text_free(struct hc_text *text) {
  free(text->data);
  *text = (struct hc_text){0};
}

hc_status hc_text_take(struct hc_text *text, char **bytes) {
  if (!text->data) hc_text_append(text, "", 0);
  if (text->failed) {
    hc_text_free(text);
    *bytes = NULL;
    return HC_NO_MEMORY;
  }
  *bytes = text->data;
  *text = (struct hc_text){0};
  return HC_OK;
}

char *hc_strdup(const char *string) {
  if (!string) return NULL;
  const size_t size = strlen(string) + 1;
  char *copy = malloc(size);
  if (copy) memcpy(copy, string, size);
  return copy;
}
