/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices and times. */
#include <string.h>

#include "waterfall/term.h"
#include "waterfall/term_lex.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- prices ------------------------------------------------------------------------------ */

static const char *const price_words[] = {
  [HC_PRICE_BANKRUPTCY] = "bankruptcy", [HC_PRICE_MARK] = "mark",
  [HC_PRICE_PREVIOUS_MARK] = "previous_mark", [HC_PRICE_ORACLE] = "oracle",
  [HC_PRICE_RESIDUAL] = "residual", [HC_PRICE_BLEND] = "blend", [HC_PRICE_FIXED] = "fixed"};

/* `0.667`, `66.7%` or `2/3`. */
static hc_status read_weight(struct hc_lex *lex, double *weight) {
  static const char expected[] = "a weight from 0 to 1 such as 0.667 or 2/3";
  struct hc_number number, divisor;
  hc_status status = hc_lex_number(lex, expected, &number);
  if (status != HC_OK) return status;
  if (number.kind == HC_NUMBER_MONEY) return hc_lex_fail(lex, number.span, NULL, NULL, expected);
  double value = number.value;
  struct hc_span shown = number.span;
  if (number.kind == HC_NUMBER_PLAIN && hc_lex_symbol(lex, "/")) {
    status = hc_lex_number(lex, expected, &divisor);
    if (status != HC_OK) return status;
    shown = hc_span_join(number.span, divisor.span);
    if (divisor.kind != HC_NUMBER_PLAIN) return hc_lex_fail(lex, shown, NULL, NULL, expected);
    if (!(divisor.value > 0.0))
      return hc_lex_fail(lex, shown, ", a division by 0", NULL, expected);
    value /= divisor.value;
  }
  if (!(value <= 1.0)) return hc_lex_fail(lex, shown, ", which is above 1", NULL, expected);
  *weight = value;
  return HC_OK;
}

static hc_status read_dollars(struct hc_lex *lex, double *dollars) {
  static const char expected[] = "a price above 0 in USD such as 95";
  struct hc_number number;
  const hc_status status = hc_lex_number(lex, expected, &number);
  if (status != HC_OK) return status;
  if (number.kind == HC_NUMBER_SHARE) return hc_lex_fail(lex, number.span, NULL, NULL, expected);
  if (!(number.value > 0.0))
    return hc_lex_fail(lex, number.span, ", which is not above 0", NULL, expected);
  *dollars = number.value;
  return HC_OK;
}

static hc_status read_parameter(struct hc_lex *lex, struct hc_exec_price *price) {
  const bool blend = price->kind == HC_PRICE_BLEND;
  if (!hc_lex_symbol(lex, "("))
    return hc_lex_unexpected(lex, blend ? "( and a weight, as in blend(0.667)"
                                        : "( and a price, as in fixed(95)", NULL, 0);
  const hc_status status =
    blend ? read_weight(lex, &price->parameter) : read_dollars(lex, &price->parameter);
  if (status != HC_OK) return status;
  return hc_lex_symbol(lex, ")") ? HC_OK : hc_lex_unexpected(lex, ") after the number", NULL, 0);
}

/* ` + 50bp`, ` - 0.5%`, or nothing. */
static hc_status read_concession(struct hc_lex *lex, struct hc_exec_price *price) {
  static const char expected[] = "a concession below 100% such as 50bp or 0.5% after the sign";
  const bool minus = hc_lex_minus(lex);
  if (!minus && !hc_lex_symbol(lex, "+")) return HC_OK;
  const struct hc_span next = hc_lex_next(lex);
  if (next.length && *next.at == '+') return hc_lex_unexpected(lex, expected, NULL, 0);
  struct hc_number number;
  const hc_status status = hc_lex_number(lex, expected, &number);
  if (status != HC_OK) return status;
  if (number.kind == HC_NUMBER_MONEY) return hc_lex_fail(lex, number.span, NULL, NULL, expected);
  if (!(number.value < 1.0))
    return hc_lex_fail(lex, number.span, ", which is not below 100%", NULL, expected);
  price->concession = minus ? 0.0 - number.value : number.value; /* never a negative 0 */
  return HC_OK;
}

static hc_status read_price(struct hc_lex *lex, struct hc_exec_price *price) {
  static const char expected[] =
    "bankruptcy, mark, previous_mark, oracle, residual, blend(0.667) or fixed(95)";
  size_t kind = 0;
  while (kind < COUNT_OF(price_words) && !hc_lex_keyword(lex, price_words[kind])) ++kind;
  if (kind == COUNT_OF(price_words)) return hc_lex_unexpected(lex, expected, price_words, kind);
  price->kind = (enum hc_price_kind)kind;
  hc_status status = HC_OK;
  if (price->kind == HC_PRICE_BLEND || price->kind == HC_PRICE_FIXED) status = read_parameter(lex, price);
  if (status == HC_OK) status = read_concession(lex, price);
  if (status != HC_OK) return status;
  return hc_lex_end(lex, "\"+ 50bp\", \"- 50bp\" or the end of the price", NULL, 0);
}

hc_status hc_exec_price_parse(const char *text, struct hc_exec_price *price, struct hc_error *error) {
  struct hc_lex lex = hc_lex_open(text, "price", "blend(0.667) + 50bp", error);
  memset(price, 0, sizeof *price);
  const hc_status status = read_price(&lex, price);
  if (status != HC_OK) memset(price, 0, sizeof *price);
  return status;
}

/* ---- times ------------------------------------------------------------------------------- */

static const char *const time_words[] = {
  [HC_TIME_NOW] = "now", [HC_TIME_SESSION] = "session", [HC_TIME_EPOCH] = "epoch",
  [HC_TIME_DELAY] = "delay", [HC_TIME_ON_WITHDRAWAL] = "on_withdrawal", [HC_TIME_NEVER] = "never"};

static hc_status read_time(struct hc_lex *lex, struct hc_time *time) {
  static const char expected[] = "now, session(8h), epoch(1d), delay(1h), on_withdrawal or never";
  size_t kind = 0;
  while (kind < COUNT_OF(time_words) && !hc_lex_keyword(lex, time_words[kind])) ++kind;
  if (kind == COUNT_OF(time_words)) return hc_lex_unexpected(lex, expected, time_words, kind);
  time->kind = (enum hc_time_kind)kind;
  if (time->kind == HC_TIME_SESSION || time->kind == HC_TIME_EPOCH || time->kind == HC_TIME_DELAY) {
    const hc_status status = hc_lex_window(lex, &time->length);
    if (status != HC_OK) return status;
  }
  return hc_lex_end(lex, "the end of the time", NULL, 0);
}

hc_status hc_time_parse(const char *text, struct hc_time *time, struct hc_error *error) {
  struct hc_lex lex = hc_lex_open(text, "time", "session(8h)", error);
  memset(time, 0, sizeof *time);
  const hc_status status = read_time(&lex, time);
  if (status != HC_OK) memset(time, 0, sizeof *time);
  return status;
}
