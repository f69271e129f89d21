/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with their units in the middle of a text: their extent here, their value by unit.h. */
#include <stdio.h>
#include <string.h>

#include "config/decimal.h"
#include "config/unit.h"
#include "waterfall/term_lex.h"

/* A longer number would be no number to unit.h. */
enum { LONGEST = 128, LONGEST_UNIT = 16 };

static bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_one_of(const char *unit, const char *const *list, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (strcmp(unit, list[i]) == 0) return true;
  return false;
}
static const char *const shares[] = {"%", "bp", "bps"};
static const char *const multiples[] = {"k", "K", "M", "B", "T"};
static const char *const currencies[] = {"USD", "$"};

#define IS_ONE_OF(unit, list) is_one_of(unit, list, sizeof(list) / sizeof *(list))

/* What is attached to a number: letters, and a % or $ after which a new word can begin. */
static size_t unit_length(const char *at) {
  size_t n = 0;
  while (is_alphanumeric(at[n])) ++n;
  if ((n == 0 && at[n] == '%') || at[n] == '$') ++n;
  return n;
}

/* The unit at the lexer, to be appended to `unit`: false if it cannot be one. A detached word
 * is taken only if it is one, since "10 per path" is right. */
static bool append_unit(struct hc_lex *lex, char *unit, bool attached) {
  char word[LONGEST_UNIT] = "";
  const struct hc_span next = hc_lex_next(lex);
  const size_t length = unit_length(next.at), before = strlen(unit);
  if (length == 0) return true;
  if (length >= sizeof word) return !attached;
  memcpy(word, next.at, length);
  if (!attached) {
    const bool first = before == 0 && (IS_ONE_OF(word, shares) || IS_ONE_OF(word, multiples));
    if (!first && !(IS_ONE_OF(word, currencies) && !IS_ONE_OF(unit, shares))) return true;
  }
  if (before + length >= LONGEST_UNIT) return false;
  memcpy(unit + before, word, length + 1);
  lex->at += length;
  return true;
}

/* Without $ or USD at its end; whether there was one. */
static bool strip_currency(char *unit) {
  for (size_t i = 0; i < sizeof currencies / sizeof *currencies; ++i) {
    const size_t length = strlen(unit), end = strlen(currencies[i]);
    if (length < end || strcmp(unit + length - end, currencies[i]) != 0) continue;
    unit[length - end] = '\0';
    return true;
  }
  return false;
}

static bool kind_of(const char *unit, bool currency, enum hc_number_kind *kind) {
  *kind = HC_NUMBER_PLAIN;
  if (IS_ONE_OF(unit, shares)) {
    *kind = HC_NUMBER_SHARE;
    return !currency;
  }
  if (IS_ONE_OF(unit, multiples) || currency) *kind = HC_NUMBER_MONEY;
  return !*unit || IS_ONE_OF(unit, multiples);
}

/* The digits from `digits` to `end` and the unit, without signs and blanks, are for unit.h. */
static hc_status convert(const struct hc_lex *lex, const char *digits, const char *end,
                         const char *unit, const char *expected, struct hc_number *number) {
  char text[LONGEST + LONGEST_UNIT], remark[LONGEST];
  const size_t length = (size_t)(end - digits);
  if (length >= LONGEST) return hc_lex_fail(lex, number->span, ", which is too long", NULL, expected);
  (void)snprintf(text, sizeof text, "%.*s%s", (int)length, digits, unit);
  const enum hc_kind kind = number->kind == HC_NUMBER_SHARE ? HC_KIND_FRACTION : HC_KIND_USD;
  const char *problem = hc_unit_parse(kind, text, &number->value);
  if (!problem) return HC_OK;
  (void)snprintf(remark, sizeof remark, ", which %s", problem);
  return hc_lex_fail(lex, number->span, remark, NULL, expected);
}

hc_status hc_lex_number(struct hc_lex *lex, const char *expected, struct hc_number *number) {
  char unit[LONGEST_UNIT] = "";
  struct hc_decimal decimal;
  const struct hc_span next = hc_lex_next(lex);
  *number = (struct hc_number){.span = next};
  struct hc_lex ahead = *lex;
  const bool negative = hc_lex_minus(&ahead);
  if (!negative) (void)hc_lex_symbol(&ahead, "+");
  const bool dollars = hc_lex_symbol(&ahead, "$");
  const char *digits = hc_lex_next(&ahead).at;
  const bool sign = *digits == '+' || *digits == '-' || (unsigned char)*digits >= 0x80;
  const char *end = sign ? NULL : hc_decimal_read(digits, &decimal);
  if (!end) return hc_lex_unexpected(lex, expected, NULL, 0);
  ahead.at = end;
  const bool attached = unit_length(end) > 0;
  bool right = append_unit(&ahead, unit, attached);
  /* `20 k USD`, `20k USD`: a multiple, then a currency. */
  if (right && !IS_ONE_OF(unit, currencies)) right = append_unit(&ahead, unit, false);
  const bool currency = strip_currency(unit) || dollars;
  if (!right || !kind_of(unit, currency, &number->kind))
    return hc_lex_fail(lex, next, NULL, NULL, expected);
  number->span.length = (size_t)(ahead.at - next.at);
  if (negative) return hc_lex_fail(lex, number->span, ", which is negative", NULL, expected);
  lex->at = ahead.at;
  return convert(lex, digits, end, unit, expected, number);
}

/* The numbers and units that follow each other there. Only the first may have a sign. */
static struct hc_span duration_span(struct hc_lex *lex) {
  const struct hc_span next = hc_lex_next(lex);
  struct hc_lex ahead = *lex;
  const char *end = ahead.at;
  while (end == next.at || (*ahead.at >= '0' && *ahead.at <= '9') || *ahead.at == '.') {
    struct hc_decimal decimal;
    const char *rest = hc_decimal_read(ahead.at, &decimal);
    if (!rest) break;
    end = ahead.at = rest;
    const char *unit = hc_lex_next(&ahead).at;
    while ((*ahead.at >= 'a' && *ahead.at <= 'z') || (*ahead.at >= 'A' && *ahead.at <= 'Z')) ++ahead.at;
    if (ahead.at == unit) break;
    end = ahead.at;
    (void)hc_lex_next(&ahead);
  }
  return (struct hc_span){next.at, (size_t)(end - next.at)};
}

hc_status hc_lex_duration(struct hc_lex *lex, double *seconds) {
  static const char expected[] = "a duration above 0 such as 8h";
  char text[LONGEST], remark[LONGEST];
  const struct hc_span span = duration_span(lex);
  *seconds = 0.0;
  if (span.length == 0) return hc_lex_unexpected(lex, expected, NULL, 0);
  if (span.length >= sizeof text) return hc_lex_fail(lex, span, ", which is too long", NULL, expected);
  for (size_t i = 0; i < span.length; ++i) /* the only blank that unit.h knows is the space */
    text[i] = span.at[i] == '\t' || span.at[i] == '\n' || span.at[i] == '\r' ? ' ' : span.at[i];
  text[span.length] = '\0';
  double value = 0.0;
  const char *problem = hc_unit_parse(HC_KIND_DURATION, text, &value);
  if (!problem && !(value > 0.0)) problem = "is not above 0";
  if (problem) {
    (void)snprintf(remark, sizeof remark, ", which %s", problem);
    return hc_lex_fail(lex, span, remark, NULL, expected);
  }
  *seconds = value;
  lex->at = span.at + span.length;
  return HC_OK;
}

hc_status hc_lex_window(struct hc_lex *lex, double *seconds) {
  *seconds = 0.0;
  if (!hc_lex_symbol(lex, "("))
    return hc_lex_unexpected(lex, "( and a duration such as (8h)", NULL, 0);
  const hc_status status = hc_lex_duration(lex, seconds);
  if (status != HC_OK) return status;
  return hc_lex_symbol(lex, ")") ? HC_OK : hc_lex_unexpected(lex, ") after the duration", NULL, 0);
}
