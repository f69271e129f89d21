/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/term_lex.h"

#include <stdio.h>
#include <string.h>

#include "config/nearest.h"

static const char minus_sign[] = "\xe2\x88\x92"; /* U+2212 */

struct hc_lex hc_lex_open(const char *text, const char *noun, const char *example,
                          struct hc_error *error) {
  if (!text) text = "";
  return (struct hc_lex){text, text, noun, example, error};
}

/* The C library's own tests of characters depend on the locale. */
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void skip_blanks(struct hc_lex *lex) {
  while (is_blank(*lex->at)) ++lex->at;
}

/* ---- messages ---------------------------------------------------------------------------- */

static bool continues(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* Bytes of the character there: 0 if it is no UTF-8. */
static size_t character(const char *at, size_t left) {
  const unsigned char c = (unsigned char)at[0];
  const size_t length = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 4;
  if (length == 1) return 1;
  if (c < 0xc2 || c > 0xf4 || left < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if (!continues(at[i])) return 0;
  const unsigned char second = (unsigned char)at[1];
  const bool shortest = !(c == 0xe0 && second < 0xa0) && !(c == 0xf0 && second < 0x90);
  const bool exists = !(c == 0xed && second >= 0xa0) && !(c == 0xf4 && second >= 0x90);
  return shortest && exists ? length : 0;
}

static bool is_control(const char *at, size_t length) {
  const unsigned char c = (unsigned char)at[0];
  return c < 0x20 || c == 0x7f || (length == 2 && c == 0xc2 && (unsigned char)at[1] < 0xa0);
}

/* The bytes between quotes, fit to be shown on one line of a terminal. */
static void quote(struct hc_span span, char *out, size_t size) {
  static const char more[] = "...\"";
  size_t n = 0, i = 0;
  out[n++] = '"';
  while (i < span.length) {
    const size_t length = character(span.at + i, span.length - i);
    const bool shown = length > 0 && !is_control(span.at + i, length);
    const size_t needed = shown ? length : 1;
    if (n + needed + sizeof more > size) break;
    if (shown) memcpy(out + n, span.at + i, length);
    else out[n] = '?';
    n += needed;
    i += length ? length : 1;
  }
  (void)snprintf(out + n, size - n, "%s", i < span.length ? more : "\"");
}

hc_status hc_lex_fail(const struct hc_lex *lex, struct hc_span span, const char *remark,
                      const char *suggestion, const char *expected) {
  char text[120], found[80];
  const size_t length = strlen(lex->text);
  quote((struct hc_span){lex->text, length}, text, sizeof text);
  while (span.length && span.at[span.length - 1] == ' ') --span.length;
  if (span.length) quote(span, found, sizeof found);
  else (void)snprintf(found, sizeof found, "%s", length ? "the end of the text" : "nothing");
  return hc_fail(lex->error, HC_INPUT, "%s is not a %s: found %s%s%s%s%s, expected %s (e.g. %s)",
                 text, lex->noun, found, remark ? remark : "",
                 suggestion ? " (did you mean \"" : "", suggestion ? suggestion : "",
                 suggestion ? "\"?)" : "", expected, lex->example);
}

static bool is_in(char c, const char *set) { return c && strchr(set, c); }

/* The word or number at hand as a whole, one operator, or one character. */
struct hc_span hc_lex_next(struct hc_lex *lex) {
  static const char operators[] = "<>=!&|";
  skip_blanks(lex);
  const char *at = lex->at;
  if (!*at) return (struct hc_span){at, 0};
  if (is_in(*at, operators)) return (struct hc_span){at, is_in(at[1], operators) ? 2 : 1};
  size_t n = strncmp(at, minus_sign, 3) == 0 ? 3 : *at == '+' ? 1 : 0;
  while (is_letter(at[n]) || is_digit(at[n]) || is_in(at[n], ".$%-")) ++n;
  if (n == 0) n = character(at, strnlen(at, 4));
  return (struct hc_span){at, n ? n : 1};
}

hc_status hc_lex_unexpected(struct hc_lex *lex, const char *expected, const char *const *known,
                            size_t count) {
  const struct hc_span next = hc_lex_next(lex);
  struct hc_lex ahead = *lex;
  const struct hc_span word = hc_lex_word(&ahead);
  char name[65] = "";
  if (word.length < sizeof name) memcpy(name, word.at, word.length);
  return hc_lex_fail(lex, next, NULL, *name ? hc_nearest(name, known, count) : NULL, expected);
}

hc_status hc_lex_end(struct hc_lex *lex, const char *expected, const char *const *known,
                     size_t count) {
  skip_blanks(lex);
  return *lex->at ? hc_lex_unexpected(lex, expected, known, count) : HC_OK;
}

/* ---- words ----------------------------------------------------------------------------------- */

static struct hc_span read_word(struct hc_lex *lex, bool hyphens) {
  skip_blanks(lex);
  struct hc_span span = {lex->at, 0};
  if (!is_letter(*lex->at)) return span;
  while (is_letter(*lex->at) || is_digit(*lex->at) || (hyphens && *lex->at == '-')) ++lex->at;
  span.length = (size_t)(lex->at - span.at);
  return span;
}

struct hc_span hc_lex_word(struct hc_lex *lex) { return read_word(lex, false); }
struct hc_span hc_lex_name(struct hc_lex *lex) { return read_word(lex, true); }

bool hc_span_is(struct hc_span span, const char *word) {
  return strlen(word) == span.length && memcmp(span.at, word, span.length) == 0;
}

struct hc_span hc_span_join(struct hc_span first, struct hc_span last) {
  return (struct hc_span){first.at, (size_t)(last.at - first.at) + last.length};
}

bool hc_lex_keyword(struct hc_lex *lex, const char *word) {
  struct hc_lex ahead = *lex;
  if (!hc_span_is(hc_lex_word(&ahead), word)) return false;
  lex->at = ahead.at;
  return true;
}

bool hc_lex_symbol(struct hc_lex *lex, const char *symbol) {
  skip_blanks(lex);
  const size_t length = strlen(symbol);
  if (strncmp(lex->at, symbol, length) != 0) return false;
  lex->at += length;
  return true;
}

bool hc_lex_minus(struct hc_lex *lex) {
  return hc_lex_symbol(lex, "-") || hc_lex_symbol(lex, minus_sign);
}
