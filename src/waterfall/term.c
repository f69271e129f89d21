/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/term.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "config/nearest.h"
#include "config/unit.h"

/* What is left to read, and what to say when it cannot be. */
struct reader {
  const char *at;
  const char *what, *example; /* "a cap", "10M or 30% of fund per 8h" */
  struct hc_error *error;
};
struct token {
  char text[HC_TERM_NAME];
};

static void skip_blanks(struct reader *reader) {
  while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n') reader->at++;
}

/* A copy for messages: control characters and what is no ASCII as ?, cut where long. */
static struct token shown(const char *text) {
  struct token token = {{0}};
  for (size_t i = 0; i + 1 < sizeof token.text && text[i]; i++)
    token.text[i] = text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
  return token;
}

static hc_status expected(const struct reader *reader, const char *found, const char *wanted) {
  const struct token token = shown(found);
  if (!token.text[0])
    return hc_fail(reader->error, HC_INPUT, "ends where %s was expected; %s looks like %s", wanted,
                   reader->what, reader->example);
  return hc_fail(reader->error, HC_INPUT, "\"%s\" is not %s; %s looks like %s", token.text, wanted,
                 reader->what, reader->example);
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A word of letters, digits, _, - and, where `path` is set, dots and slashes inside. */
static struct token read_word(struct reader *reader, bool path) {
  struct token token = {{0}};
  size_t length = 0;
  skip_blanks(reader);
  const char *at = reader->at;
  if (!is_letter(*at)) return token;
  while (length + 1 < sizeof token.text &&
         (is_letter(at[length]) || is_digit(at[length]) || at[length] == '-' ||
          (path && (at[length] == '.' || at[length] == '/')))) {
    token.text[length] = at[length];
    length++;
  }
  if (is_letter(at[length]) || is_digit(at[length])) return (struct token){{0}}; /* too long */
  reader->at += length;
  return token;
}

/* A number with its unit: up to a blank, a bracket or a comparison. */
static struct token read_number(struct reader *reader) {
  struct token token = {{0}};
  size_t length = 0;
  skip_blanks(reader);
  const char *at = reader->at;
  while (length + 1 < sizeof token.text && at[length] > ' ' && !strchr("()<>=,", at[length])) {
    token.text[length] = at[length];
    length++;
  }
  reader->at += length;
  return token;
}

static bool ends(struct reader *reader) {
  skip_blanks(reader);
  return *reader->at == '\0';
}

static bool accept(struct reader *reader, char c) {
  skip_blanks(reader);
  if (*reader->at != c) return false;
  reader->at++;
  return true;
}

static bool accept_word(struct reader *reader, const char *word) {
  const struct reader before = *reader;
  if (strcmp(read_word(reader, false).text, word) == 0) return true;
  *reader = before;
  return false;
}

static hc_status read_duration(struct reader *reader, double *seconds) {
  const struct token token = read_number(reader);
  if (hc_unit_parse(HC_KIND_DURATION, token.text, seconds) || !(*seconds > 0.0))
    return expected(reader, token.text, "a duration such as 8h");
  return HC_OK;
}

/* (8h) */
static hc_status read_window(struct reader *reader, double *seconds) {
  if (!accept(reader, '(')) return expected(reader, reader->at, "a window such as (8h)");
  const hc_status status = read_duration(reader, seconds);
  if (status != HC_OK) return status;
  return accept(reader, ')') ? HC_OK : expected(reader, reader->at, "a closing bracket");
}

/* ---- amounts ------------------------------------------------------------------------------- */

/* `fund.peak(8h)`, `lp.start`, `payer`, `skin`. */
static hc_status read_of(struct reader *reader, struct hc_amount *amount) {
  const struct token name = read_word(reader, false);
  if (!name.text[0]) return expected(reader, reader->at, "the name of a fund, lp or payer");
  amount->of = strcmp(name.text, "lp") == 0      ? HC_OF_LP
               : strcmp(name.text, "payer") == 0 ? HC_OF_PAYER
                                                 : HC_OF_FUND;
  if (amount->of == HC_OF_FUND) memcpy(amount->name, name.text, sizeof amount->name);
  if (!accept(reader, '.')) return HC_OK;
  const struct reader before = *reader;
  const struct token when = read_word(reader, false);
  if (strcmp(when.text, "start") == 0 && amount->of != HC_OF_PAYER) {
    amount->when = HC_WHEN_START;
    return HC_OK;
  }
  if (strcmp(when.text, "peak") == 0 && amount->of == HC_OF_FUND) {
    amount->when = HC_WHEN_PEAK;
    return read_window(reader, &amount->window);
  }
  return expected(reader, before.at, amount->of == HC_OF_FUND ? "start or peak(8h)"
                                     : amount->of == HC_OF_LP ? "start (lp and lp.start are known)"
                                                              : "an end (payers have no past)");
}

static hc_status read_amount(struct reader *reader, struct hc_amount *amount) {
  const struct token token = read_number(reader);
  *amount = (struct hc_amount){.of = HC_OF_NOTHING};
  double share = 0.0, money = 0.0;
  const bool is_share = !hc_unit_parse(HC_KIND_FRACTION, token.text, &share);
  const bool is_money = !hc_unit_parse(HC_KIND_USD, token.text, &money);
  if (!token.text[0] || (!is_share && !is_money))
    return expected(reader, token.text, "an amount (10M) or a share (30% of fund)");
  if (accept_word(reader, "of")) {
    if (!is_share || !(share >= 0.0))
      return expected(reader, token.text, "a share of something, such as 30%");
    amount->value = share;
    return read_of(reader, amount);
  }
  if (!is_money || !(money >= 0.0))
    return expected(reader, token.text, is_share && share >= 0.0
                                          ? "an amount in USD; say of what it is a share (30% of fund)"
                                          : "an amount of 0 or more");
  amount->value = money;
  return HC_OK;
}

hc_status hc_cap_parse(const char *text, struct hc_cap *cap, struct hc_error *error) {
  struct reader reader = {text, "a cap", "10M, 5M per path or 30% of fund per 8h", error};
  *cap = (struct hc_cap){.per = HC_PER_SETTLEMENT};
  hc_status status = read_amount(&reader, &cap->amount);
  if (status != HC_OK) return status;
  if (accept_word(&reader, "per")) {
    cap->per = HC_PER_PATH;
    if (!accept_word(&reader, "path")) {
      cap->per = HC_PER_WINDOW;
      status = read_duration(&reader, &cap->window);
      if (status != HC_OK) return status;
    }
  }
  return ends(&reader) ? HC_OK : expected(&reader, reader.at, "`per path`, `per 8h` or the end");
}

/* ---- conditions ------------------------------------------------------------------------------ */

static hc_status read_metric(struct reader *reader, struct hc_comparison_term *term) {
  static const char *const known[] = {"fund.balance", "fund.drawdown", "market.pnl_drawdown",
                                      "unfilled", "shortfall", "loss/equity"};
  const struct reader before = *reader;
  struct token word = read_word(reader, true);
  char *dot = strchr(word.text, '.');
  if (strcmp(word.text, "unfilled") == 0) return term->metric = HC_METRIC_UNFILLED, HC_OK;
  if (strcmp(word.text, "shortfall") == 0) return term->metric = HC_METRIC_SHORTFALL, HC_OK;
  if (strcmp(word.text, "loss/equity") == 0) return term->metric = HC_METRIC_LOSS_TO_EQUITY, HC_OK;
  if (strcmp(word.text, "market.pnl_drawdown") == 0) {
    term->metric = HC_METRIC_PNL_DRAWDOWN;
    return read_window(reader, &term->window);
  }
  if (dot) {
    const bool balance = strcmp(dot, ".balance") == 0, drawdown = strcmp(dot, ".drawdown") == 0;
    memcpy(term->name, word.text, (size_t)(dot - word.text));
    if (balance) return term->metric = HC_METRIC_BALANCE, HC_OK;
    if (drawdown) return term->metric = HC_METRIC_DRAWDOWN, read_window(reader, &term->window);
  }
  const char *near = word.text[0] ? hc_nearest(word.text, known, sizeof known / sizeof *known) : NULL;
  const struct token found = shown(word.text[0] ? word.text : before.at);
  return hc_fail(reader->error, HC_INPUT, "\"%s\" is not something to compare%s%s%s; expected "
                 "fund.balance (or a fund's name), fund.drawdown(8h), market.pnl_drawdown(8h), unfilled, "
                 "shortfall or loss/equity", found.text, near ? ", did you mean " : "",
                 near ? near : "", near ? "?" : "");
}

static hc_status read_comparison(struct reader *reader, struct hc_comparison_term *term) {
  *term = (struct hc_comparison_term){0};
  hc_status status = read_metric(reader, term);
  if (status != HC_OK) return status;
  const bool less = accept(reader, '<');
  if (!less && !accept(reader, '>')) return expected(reader, reader->at, "<, <=, > or >=");
  const bool equal = *reader->at == '=';
  if (equal) reader->at++;
  term->comparison = less ? (equal ? HC_LESS_EQUAL : HC_LESS) : equal ? HC_GREATER_EQUAL : HC_GREATER;
  const bool ratio = term->metric == HC_METRIC_DRAWDOWN || term->metric == HC_METRIC_PNL_DRAWDOWN ||
                     term->metric == HC_METRIC_LOSS_TO_EQUITY;
  if (!ratio) {
    status = read_amount(reader, &term->value);
    if (status == HC_OK && term->value.of == HC_OF_PAYER)
      return expected(reader, "payer", "something that a condition can know: a fund or lp");
    return status;
  }
  const struct token token = read_number(reader);
  if (hc_unit_parse(HC_KIND_FRACTION, token.text, &term->value.value))
    return expected(reader, token.text, "a share such as 30%");
  return HC_OK;
}

hc_status hc_condition_parse(const char *text, struct hc_condition *condition,
                             struct hc_error *error) {
  struct reader reader = {text, "a condition", "fund.balance <= 0 and fund.drawdown(8h) > 30%", error};
  *condition = (struct hc_condition){0};
  if (ends(&reader)) return HC_OK;
  do {
    if (condition->count == HC_CONDITION_MAX)
      return hc_fail(error, HC_INPUT, "a condition has at most %d parts joined by and", HC_CONDITION_MAX);
    const hc_status status = read_comparison(&reader, &condition->term[condition->count++]);
    if (status != HC_OK) return status;
  } while (accept_word(&reader, "and"));
  return ends(&reader) ? HC_OK : expected(&reader, reader.at, "`and` or the end");
}

/* ---- prices ---------------------------------------------------------------------------------- */

static hc_status read_parameter(struct reader *reader, struct hc_exec_price *price) {
  if (!accept(reader, '(')) return expected(reader, reader->at, "a value in brackets, e.g. blend(0.5)");
  const struct token token = read_number(reader);
  char *slash = strchr(token.text, '/');
  double low = 1.0;
  struct token top = token;
  if (slash) {
    top.text[slash - token.text] = '\0';
    if (hc_unit_parse(HC_KIND_NUMBER, slash + 1, &low) || !(low > 0.0))
      return expected(reader, token.text, "a number");
  }
  if (hc_unit_parse(price->kind == HC_PRICE_FIXED ? HC_KIND_NUMBER : HC_KIND_FRACTION, top.text,
                    &price->parameter))
    return expected(reader, token.text, "a number");
  price->parameter /= low;
  if (!accept(reader, ')')) return expected(reader, reader->at, "a closing bracket");
  if (price->kind == HC_PRICE_BLEND && !(price->parameter >= 0.0 && price->parameter <= 1.0))
    return expected(reader, token.text, "a weight between 0 and 1 on the bankruptcy price");
  if (price->kind == HC_PRICE_FIXED && !(price->parameter > 0.0 && price->parameter < 1e18))
    return expected(reader, token.text, "a price above 0");
  return HC_OK;
}

hc_status hc_exec_price_parse(const char *text, struct hc_exec_price *price, struct hc_error *error) {
  static const char *const words[] = {"bankruptcy", "mark", "previous_mark", "oracle", "residual",
                                      "blend", "fixed"};
  enum { COUNT = sizeof words / sizeof *words };
  struct reader reader = {text, "a price", "bankruptcy, mark + 50bp or blend(0.5)", error};
  *price = (struct hc_exec_price){0};
  skip_blanks(&reader);
  const char *start = reader.at;
  const struct token word = read_word(&reader, false);
  int kind = 0;
  while (kind < COUNT && strcmp(words[kind], word.text) != 0) kind++;
  if (kind == COUNT) {
    const char *near = word.text[0] ? hc_nearest(word.text, words, COUNT) : NULL;
    const struct token found = shown(word.text[0] ? word.text : start);
    return hc_fail(error, HC_INPUT, "\"%s\" is not a price%s%s%s; expected bankruptcy, mark, "
                   "previous_mark, oracle, residual, blend(w) or fixed(x), with + 50bp or - 50bp behind",
                   found.text, near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
  }
  price->kind = (enum hc_price_kind)kind;
  if (price->kind == HC_PRICE_BLEND || price->kind == HC_PRICE_FIXED) {
    const hc_status status = read_parameter(&reader, price);
    if (status != HC_OK) return status;
  }
  if (ends(&reader)) return HC_OK;
  const bool plus = accept(&reader, '+');
  if (!plus && !accept(&reader, '-')) return expected(&reader, reader.at, "+ 50bp, - 50bp or the end");
  const struct token token = read_number(&reader);
  double concession;
  if (hc_unit_parse(HC_KIND_FRACTION, token.text, &concession) ||
      !(concession >= 0.0 && concession < 1.0))
    return expected(&reader, token.text, "a share below 100%, such as 50bp");
  price->concession = plus ? concession : -concession;
  return ends(&reader) ? HC_OK : expected(&reader, reader.at, "the end");
}

/* ---- times ----------------------------------------------------------------------------------- */

hc_status hc_time_parse(const char *text, struct hc_time *time, struct hc_error *error) {
  static const char *const words[] = {"now", "session", "epoch", "delay", "on_withdrawal", "never"};
  enum { COUNT = sizeof words / sizeof *words };
  struct reader reader = {text, "a time", "now, session(8h), epoch(1d), delay(1h) or never", error};
  *time = (struct hc_time){0};
  const char *start = text;
  const struct token word = read_word(&reader, false);
  int kind = 0;
  while (kind < COUNT && strcmp(words[kind], word.text) != 0) kind++;
  if (kind == COUNT) {
    const char *near = word.text[0] ? hc_nearest(word.text, words, COUNT) : NULL;
    const struct token found = shown(word.text[0] ? word.text : start);
    return hc_fail(error, HC_INPUT, "\"%s\" is not a time%s%s%s; expected now, session(8h), epoch(1d), "
                   "delay(1h), on_withdrawal or never", found.text, near ? ", did you mean " : "",
                   near ? near : "", near ? "?" : "");
  }
  time->kind = (enum hc_time_kind)kind;
  if (kind >= HC_TIME_SESSION && kind <= HC_TIME_DELAY) {
    const hc_status status = read_window(&reader, &time->length);
    if (status != HC_OK) return status;
  }
  return ends(&reader) ? HC_OK : expected(&reader, reader.at, "the end");
}
