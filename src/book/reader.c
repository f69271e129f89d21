/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/reader.h"

#include <string.h>

#include "base/text.h"

struct hc_excerpt hc_excerpt(const struct hc_csv_field *field) {
  struct hc_excerpt excerpt = {{0}};
  size_t length = field->length < 40 ? field->length : 40;
  if (length < field->length) /* not inside a character of UTF-8 */
    while (length > 0 && ((unsigned char)field->bytes[length] & 0xc0) == 0x80) --length;
  for (size_t i = 0; i < length; ++i) {
    const unsigned char c = (unsigned char)field->bytes[i];
    excerpt.text[i] = c < 0x20 || c == 0x7f ? '?' : field->bytes[i];
  }
  if (length < field->length) memcpy(excerpt.text + length, "...", 3);
  return excerpt;
}

void hc_reader_no_memory(struct hc_reader *reader) {
  reader->status = HC_NO_MEMORY;
  reader->stop = true;
}

static void complain_at(struct hc_reader *reader, struct hc_csv_place place, const char *message) {
  const char *file = reader->config->file;
  if (hc_diagnose(reader->diagnostics, file, place.line, place.column, false, "%s", message) !=
      HC_OK)
    hc_reader_no_memory(reader);
}

void hc_reader_complain(struct hc_reader *reader, const char *at, const char *format, ...) {
  if (reader->stop) return;
  const struct hc_csv_place place = hc_csv_place(&reader->record, at);
  if (reader->errors++ == HC_BOOK_MAX_ERRORS) {
    complain_at(reader, place, "... and more errors, from here on; the first 100 are listed");
    reader->stop = true;
    return;
  }
  struct hc_text text = {0};
  va_list arguments;
  va_start(arguments, format);
  hc_text_vprintf(&text, format, arguments);
  va_end(arguments);
  if (text.failed) hc_reader_no_memory(reader);
  else complain_at(reader, place, text.data);
  hc_text_free(&text);
}
