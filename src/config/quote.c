/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/quote.h"

#include <string.h>

static bool is_plain(const char *string) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (!strchr(letters, *string) && *string != '/') return false;
  if (!*string || string[strspn(string, others)] != '\0') return false;
  return strcmp(string, "null") != 0 && strcmp(string, "Null") != 0 && strcmp(string, "NULL") != 0;
}

/* Bytes of the UTF-8 characters that YAML takes for line breaks or does not print. */
static size_t special(const unsigned char *at, unsigned *code) {
  if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) {
    *code = at[1];
    return 2;
  }
  const bool three = at[0] && at[1] && at[2];
  if (!three) return 0;
  *code = ((at[0] & 15U) << 12) | ((at[1] & 63U) << 6) | (at[2] & 63U);
  if ((at[0] & 0xf0) != 0xe0) return 0;
  return *code == 0x2028 || *code == 0x2029 || *code == 0xfeff || *code >= 0xfffe ? 3 : 0;
}

static void write_quoted(const char *string, struct hc_text *text) {
  hc_text_puts(text, "\"");
  for (size_t i = 0; string[i];) {
    const unsigned char c = (unsigned char)string[i];
    unsigned code = c;
    const size_t length = special((const unsigned char *)string + i, &code);
    if (length) hc_text_printf(text, "\\u%04x", code);
    else if (c < 0x20 || c == 0x7f) hc_text_printf(text, "\\u%04x", (unsigned)c);
    else if (c == '"' || c == '\\') hc_text_printf(text, "\\%c", c);
    else hc_text_append(text, &string[i], 1);
    i += length ? length : 1;
  }
  hc_text_puts(text, "\"");
}

void hc_quote_yaml(const char *string, struct hc_text *text) {
  if (is_plain(string)) hc_text_puts(text, string);
  else write_quoted(string, text);
}

void hc_quote_json(const char *string, struct hc_text *text) {
  if (string) write_quoted(string, text);
  else hc_text_puts(text, "null");
}
