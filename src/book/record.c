/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/record.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Length of the line ending at `at`, 0 if there is none. */
static size_t line_ending(const struct hc_csv_scanner *s, const char *at) {
  if (at < s->end && *at == '\n') return 1;
  if (at < s->end && *at == '\r' && (at + 1 == s->end || at[1] == '\n'))
    return at + 1 == s->end ? 1 : 2;
  return 0;
}

static void skip_blanks(struct hc_csv_scanner *s) {
  while (s->at < s->end && is_blank(*s->at)) ++s->at;
}

static void skip_blank_lines(struct hc_csv_scanner *s) {
  for (;;) {
    const char *start = s->at;
    skip_blanks(s);
    const size_t ending = line_ending(s, s->at);
    if (ending == 0) {
      if (s->at < s->end) s->at = start; /* blanks count in the column */
      return;
    }
    s->at += ending;
    s->line += 1;
  }
}

static bool fail(struct hc_csv_scanner *s, const char *at, const char *problem) {
  s->problem = problem;
  s->problem_at = at;
  return false;
}

static bool read_quoted(struct hc_csv_scanner *s, struct hc_csv_field *field) {
  const char *quote = s->at++;
  field->bytes = s->at;
  for (;; ++s->at) {
    if (s->at == s->end) return fail(s, quote, "this quote is never closed, expected a closing \"");
    if (*s->at == '\n') s->line += 1;
    if (*s->at != '"') continue;
    if (s->at[1] != '"') break;
    ++s->at;
  }
  field->length = (size_t)(s->at - field->bytes);
  ++s->at;
  skip_blanks(s);
  if (s->at == s->end || *s->at == ',' || line_ending(s, s->at)) return true;
  return fail(s, s->at, "text after a closing quote, expected a comma or the end of the line");
}

static bool read_plain(struct hc_csv_scanner *s, struct hc_csv_field *field) {
  field->bytes = s->at;
  while (s->at < s->end && *s->at != ',' && !line_ending(s, s->at)) {
    if (*s->at == '"')
      return fail(s, s->at, "quote inside a field, expected the whole field in quotes and its "
                            "quotes doubled");
    if (*s->at == '\r')
      return fail(s, s->at, "carriage return inside a line, expected lines that end in LF or "
                            "CR LF");
    ++s->at;
  }
  const char *last = s->at;
  while (last > field->bytes && is_blank(last[-1])) --last;
  field->length = (size_t)(last - field->bytes);
  return true;
}

static bool read_field(struct hc_csv_scanner *s, struct hc_csv_field *field) {
  skip_blanks(s);
  return s->at < s->end && *s->at == '"' ? read_quoted(s, field) : read_plain(s, field);
}

static void skip_line(struct hc_csv_scanner *s) {
  const char *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));
  s->at = newline ? newline + 1 : s->end;
  s->line += newline != NULL;
}

static bool read_record(struct hc_csv_scanner *s, struct hc_csv_record *record) {
  for (;; ++s->at) {
    struct hc_csv_field field;
    if (!read_field(s, &field)) return false;
    if (record->count < HC_RECORD_FIELDS) record->fields[record->count] = field;
    record->count += 1;
    if (s->at == s->end || *s->at != ',') return true;
  }
}

enum hc_csv_result hc_csv_next(struct hc_csv_scanner *scanner, struct hc_csv_record *record) {
  struct hc_csv_scanner *s = scanner;
  skip_blank_lines(s);
  if (s->at == s->end) return HC_CSV_END;
  record->start = s->at;
  record->line = s->line;
  record->count = 0;
  const bool whole = read_record(s, record);
  record->end = s->at;
  if (!whole) {
    skip_line(s);
    return HC_CSV_BROKEN;
  }
  const size_t ending = line_ending(s, s->at);
  s->at += ending;
  s->line += ending > 0;
  return HC_CSV_RECORD;
}

struct hc_csv_place hc_csv_place(const struct hc_csv_record *record, const char *at) {
  struct hc_csv_place place = {record->line, 1};
  for (const char *c = record->start; c < at; ++c) {
    if (*c == '\n') {
      place.line += 1;
      place.column = 1;
    } else if (((unsigned char)*c & 0xc0) != 0x80) {
      place.column += 1;
    }
  }
  return place;
}

/* The character at `at`, which goes behind it: only quoted fields have quotes, doubled. */
static char next_character(const struct hc_csv_field *field, size_t *at) {
  const char c = field->bytes[(*at)++];
  if (c == '"') *at += 1;
  return c;
}

bool hc_csv_is(const struct hc_csv_field *field, const char *text) {
  size_t at = 0;
  for (; at < field->length; ++text)
    if (*text == '\0' || next_character(field, &at) != *text) return false;
  return *text == '\0';
}

char *hc_csv_copy(const struct hc_csv_field *field) {
  char *text = malloc(field->length + 1);
  if (!text) return NULL;
  size_t length = 0;
  for (size_t at = 0; at < field->length;) text[length++] = next_character(field, &at);
  text[length] = '\0';
  return text;
}
