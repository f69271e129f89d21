/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts and caps. */
#include "waterfall/term.h"

#include <string.h>

#include "waterfall/term_amount.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char amount_expected[] = "an amount such as 10M or 30% of fund";
static const char share_expected[] = "a share such as 30%, 30bp or 0.3 before \"of\"";
static const char ratio_expected[] = "a share such as 30%, 30bp or 0.3";

hc_status hc_fund_name(const struct hc_lex *lex, struct hc_span span, char name[HC_TERM_NAME]) {
  /* Words of the grammar: a fund of that name could not be told from them. */
  static const char *const taken[] = {"and", "of", "per", "lp", "payer", "market"};
  static const char expected[] = "a fund: \"fund\", or a name in funds of at most 63 bytes";
  _Static_assert(HC_TERM_NAME == 64, "the message says how long a name may be");
  if (span.length >= HC_TERM_NAME)
    return hc_lex_fail(lex, span, ", which is too long", NULL, expected);
  for (size_t i = 0; i < COUNT_OF(taken); ++i)
    if (hc_span_is(span, taken[i]))
      return hc_lex_fail(lex, span, ", which is no name of a fund", NULL, expected);
  memset(name, 0, HC_TERM_NAME);
  memcpy(name, span.at, span.length);
  return HC_OK;
}

/* `.start` or `.peak(8h)`, where there is a point. */
static hc_status read_when(struct hc_lex *lex, struct hc_amount *amount) {
  static const char *const words[] = {"start", "peak"};
  const bool peaks = amount->of == HC_OF_FUND;
  if (!hc_lex_symbol(lex, ".")) return HC_OK;
  const struct hc_span next = hc_lex_next(lex);
  if (hc_lex_keyword(lex, "start")) {
    amount->when = HC_WHEN_START;
    return HC_OK;
  }
  if (!hc_lex_keyword(lex, "peak"))
    return hc_lex_unexpected(lex, peaks ? "start or peak(8h) after the point" : "start after the point",
                             words, peaks ? 2 : 1);
  if (!peaks) return hc_lex_fail(lex, next, ", which only funds have", NULL, "start, or nothing");
  amount->when = HC_WHEN_PEAK;
  return hc_lex_window(lex, &amount->window);
}

/* What follows `of`. */
static hc_status read_base(struct hc_lex *lex, bool payers, struct hc_amount *amount) {
  const char *expected = payers ? "fund, lp, payer or the name of a fund after \"of\""
                                : "fund, lp or the name of a fund after \"of\"";
  const struct hc_span name = hc_lex_name(lex);
  if (name.length == 0) return hc_lex_unexpected(lex, expected, NULL, 0);
  if (hc_span_is(name, "lp")) amount->of = HC_OF_LP;
  else if (!hc_span_is(name, "payer")) amount->of = HC_OF_FUND;
  else if (payers) amount->of = HC_OF_PAYER;
  else return hc_lex_fail(lex, name, ", which only a cap has", NULL, expected);
  if (amount->of == HC_OF_FUND) {
    const hc_status status = hc_fund_name(lex, name, amount->name);
    if (status != HC_OK) return status;
  }
  return read_when(lex, amount);
}

static hc_status check_share(const struct hc_lex *lex, const struct hc_number *number,
                             struct hc_span shown, const char *expected) {
  if (number->kind == HC_NUMBER_MONEY) return hc_lex_fail(lex, shown, NULL, NULL, expected);
  if (number->kind == HC_NUMBER_PLAIN && number->value > 1.0)
    return hc_lex_fail(lex, shown, ", more than all of it without a %", NULL, expected);
  return HC_OK;
}

hc_status hc_share_read(struct hc_lex *lex, double *share) {
  struct hc_number number;
  hc_status status = hc_lex_number(lex, ratio_expected, &number);
  if (status == HC_OK) status = check_share(lex, &number, number.span, ratio_expected);
  *share = status == HC_OK ? number.value : 0.0;
  return status;
}

hc_status hc_amount_read(struct hc_lex *lex, bool payers, struct hc_amount *amount) {
  static const char *const words[] = {"of"};
  struct hc_number number;
  hc_status status = hc_lex_number(lex, amount_expected, &number);
  if (status != HC_OK) return status;
  amount->value = number.value;
  const struct hc_span next = hc_lex_next(lex);
  if (hc_lex_keyword(lex, "of")) {
    status = check_share(lex, &number, hc_span_join(number.span, next), share_expected);
    return status == HC_OK ? read_base(lex, payers, amount) : status;
  }
  if (number.kind != HC_NUMBER_SHARE) return HC_OK;
  static const char expected[] = "\"of\" and what it is a share of, such as 30% of fund";
  if (next.length == 0)
    return hc_lex_fail(lex, number.span, " without \"of\"", NULL, expected);
  struct hc_lex ahead = *lex;
  if (hc_lex_keyword(&ahead, "per") || hc_lex_keyword(&ahead, "and"))
    return hc_lex_fail(lex, number.span, " without \"of\"", NULL, expected);
  return hc_lex_unexpected(lex, expected, words, COUNT_OF(words));
}

static hc_status read_per(struct hc_lex *lex, struct hc_cap *cap) {
  static const char *const words[] = {"path"};
  if (hc_lex_keyword(lex, "path")) {
    cap->per = HC_PER_PATH;
    return HC_OK;
  }
  struct hc_lex ahead = *lex;
  if (hc_lex_word(&ahead).length > 0)
    return hc_lex_unexpected(lex, "path or a duration such as 8h after \"per\"", words, COUNT_OF(words));
  cap->per = HC_PER_WINDOW;
  return hc_lex_duration(lex, &cap->window);
}

static hc_status read_cap(struct hc_lex *lex, struct hc_cap *cap) {
  static const char *const words[] = {"per", "of"};
  hc_status status = hc_amount_read(lex, true, &cap->amount);
  const bool per = status == HC_OK && hc_lex_keyword(lex, "per");
  if (per) status = read_per(lex, cap);
  if (status != HC_OK) return status;
  if (per) return hc_lex_end(lex, "the end of the cap", NULL, 0);
  return hc_lex_end(lex, "\"per path\", \"per 8h\" or the end of the cap", words, COUNT_OF(words));
}

hc_status hc_cap_parse(const char *text, struct hc_cap *cap, struct hc_error *error) {
  struct hc_lex lex = hc_lex_open(text, "cap", "30% of fund.peak(8h) per 8h", error);
  memset(cap, 0, sizeof *cap);
  const hc_status status = read_cap(&lex, cap);
  if (status != HC_OK) memset(cap, 0, sizeof *cap);
  return status;
}
