/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "config/nearest.h"
#include "waterfall/term.h"
#include "waterfall/term_amount.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char metric_expected[] =
  "fund.balance, fund.drawdown(8h), market.pnl_drawdown(8h), unfilled, shortfall or loss/equity";

/* A word that begins no metric: what was meant, be it only a part of it. */
static hc_status unknown_metric(struct hc_lex *lex, struct hc_span word) {
  static const struct {
    const char *word, *metric;
  } likely[] = {{"unfilled", "unfilled"},
                {"shortfall", "shortfall"},
                {"loss", "loss/equity"},
                {"balance", "fund.balance"},
                {"drawdown", "fund.drawdown(8h)"},
                {"pnl_drawdown", "market.pnl_drawdown(8h)"},
                {"fund", "fund.balance"},
                {"market", "market.pnl_drawdown(8h)"}};
  char name[HC_TERM_NAME] = "";
  if (word.length < sizeof name) memcpy(name, word.at, word.length);
  const char *words[COUNT_OF(likely)], *meant = NULL;
  for (size_t i = 0; i < COUNT_OF(likely); ++i) words[i] = likely[i].word;
  const char *near = *name ? hc_nearest(name, words, COUNT_OF(likely)) : NULL;
  for (size_t i = 0; i < COUNT_OF(likely); ++i)
    if (near == words[i]) meant = likely[i].metric;
  return hc_lex_fail(lex, word, NULL, meant, metric_expected);
}

static hc_status read_loss(struct hc_lex *lex, struct hc_comparison_term *term) {
  static const char *const words[] = {"equity"};
  if (!hc_lex_symbol(lex, "/")) return hc_lex_unexpected(lex, "/equity after \"loss\"", NULL, 0);
  if (!hc_lex_keyword(lex, "equity"))
    return hc_lex_unexpected(lex, "equity after \"loss/\"", words, COUNT_OF(words));
  term->metric = HC_METRIC_LOSS_TO_EQUITY;
  return HC_OK;
}

/* `NAME.` was read. */
static hc_status read_quantity(struct hc_lex *lex, struct hc_span owner, struct hc_comparison_term *term) {
  static const char *const of_fund[] = {"balance", "drawdown"};
  static const char *const of_market[] = {"pnl_drawdown"};
  const bool market = hc_span_is(owner, "market");
  if (market && hc_lex_keyword(lex, "pnl_drawdown")) {
    term->metric = HC_METRIC_PNL_DRAWDOWN;
    return hc_lex_window(lex, &term->window);
  }
  if (market)
    return hc_lex_unexpected(lex, "pnl_drawdown(8h) after \"market.\"", of_market, COUNT_OF(of_market));
  const hc_status status = hc_fund_name(lex, owner, term->name);
  if (status != HC_OK) return status;
  term->metric = HC_METRIC_BALANCE;
  if (hc_lex_keyword(lex, "balance")) return HC_OK;
  if (!hc_lex_keyword(lex, "drawdown"))
    return hc_lex_unexpected(lex, "balance or drawdown(8h) after the name of a fund", of_fund,
                             COUNT_OF(of_fund));
  term->metric = HC_METRIC_DRAWDOWN;
  return hc_lex_window(lex, &term->window);
}

static hc_status read_metric(struct hc_lex *lex, struct hc_comparison_term *term) {
  const struct hc_span word = hc_lex_name(lex);
  if (word.length == 0) return hc_lex_unexpected(lex, metric_expected, NULL, 0);
  /* A fund may be called `loss` or `unfilled`: the point after it tells. */
  if (hc_lex_symbol(lex, ".")) return read_quantity(lex, word, term);
  if (hc_span_is(word, "loss")) return read_loss(lex, term);
  if (hc_span_is(word, "unfilled")) term->metric = HC_METRIC_UNFILLED;
  else if (hc_span_is(word, "shortfall")) term->metric = HC_METRIC_SHORTFALL;
  else return unknown_metric(lex, word);
  return HC_OK;
}

static hc_status read_comparison(struct hc_lex *lex, enum hc_comparison *comparison) {
  static const char *const symbols[] = {
    [HC_LESS] = "<", [HC_LESS_EQUAL] = "<=", [HC_GREATER] = ">", [HC_GREATER_EQUAL] = ">="};
  const struct hc_span next = hc_lex_next(lex);
  for (size_t i = 0; i < COUNT_OF(symbols); ++i)
    if (hc_span_is(next, symbols[i]) && hc_lex_symbol(lex, symbols[i])) {
      *comparison = (enum hc_comparison)i;
      return HC_OK;
    }
  return hc_lex_unexpected(lex, "<, <=, > or >= after the metric", NULL, 0);
}

static hc_status read_term(struct hc_lex *lex, struct hc_comparison_term *term) {
  hc_status status = read_metric(lex, term);
  if (status == HC_OK) status = read_comparison(lex, &term->comparison);
  if (status != HC_OK) return status;
  const bool ratio = term->metric == HC_METRIC_DRAWDOWN || term->metric == HC_METRIC_PNL_DRAWDOWN ||
                     term->metric == HC_METRIC_LOSS_TO_EQUITY;
  if (!ratio) return hc_amount_read(lex, false, &term->value);
  status = hc_share_read(lex, &term->value.value);
  if (status != HC_OK) return status;
  const struct hc_span next = hc_lex_next(lex);
  if (hc_lex_keyword(lex, "of"))
    return hc_lex_fail(lex, next, NULL, NULL, "no \"of\", as this metric is itself a ratio");
  return HC_OK;
}

static hc_status read_condition(struct hc_lex *lex, struct hc_condition *condition) {
  static const char *const words[] = {"and"};
  for (;;) {
    hc_status status = read_term(lex, &condition->term[condition->count]);
    if (status != HC_OK) return status;
    condition->count += 1;
    const struct hc_span next = hc_lex_next(lex);
    if (!hc_lex_keyword(lex, "and"))
      return hc_lex_end(lex, "\"and\" or the end of the condition", words, COUNT_OF(words));
    if (condition->count == HC_CONDITION_MAX) {
      _Static_assert(HC_CONDITION_MAX == 4, "the message says how many there may be");
      return hc_lex_fail(lex, next, " after 4 comparisons", NULL, "at most 4");
    }
  }
}

hc_status hc_condition_parse(const char *text, struct hc_condition *condition, struct hc_error *error) {
  struct hc_lex lex =
    hc_lex_open(text, "condition", "fund.balance < 10% of fund.start and unfilled > 0", error);
  memset(condition, 0, sizeof *condition);
  if (hc_lex_next(&lex).length == 0) return HC_OK;
  const hc_status status = read_condition(&lex, condition);
  if (status != HC_OK) memset(condition, 0, sizeof *condition);
  return status;
}
