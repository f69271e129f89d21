/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grammar of caps, conditions, prices and times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waterfall/term.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static uint32_t random_state = 2026;
static uint32_t draw(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)random_state * below) >> 32);
}

/* ---- one struct for all four texts -------------------------------------------------------- */

enum kind { CAP, CONDITION, PRICE, TIME, KINDS };
struct any {
  struct hc_cap cap;
  struct hc_condition condition;
  struct hc_exec_price price;
  struct hc_time time;
};

static hc_status parse(enum kind kind, const char *text, struct any *any, struct hc_error *error) {
  memset(any, 0, sizeof *any);
  memset(error, 0, sizeof *error);
  switch (kind) {
    case CAP: return hc_cap_parse(text, &any->cap, error);
    case CONDITION: return hc_condition_parse(text, &any->condition, error);
    case PRICE: return hc_exec_price_parse(text, &any->price, error);
    default: return hc_time_parse(text, &any->time, error);
  }
}

static struct any right(enum kind kind, const char *text) {
  struct any any;
  struct hc_error error;
  if (parse(kind, text, &any, &error) != HC_OK) fail_msg("%s: %s", text ? text : "NULL", error.message);
  assert_string_equal(error.message, "");
  return any;
}

static void assert_amount(const char *text, const struct hc_amount *a, const struct hc_amount *b) {
  if (a->value == b->value && a->of == b->of && a->when == b->when && a->window == b->window &&
      memcmp(a->name, b->name, sizeof a->name) == 0 && signbit(a->value) == signbit(b->value))
    return;
  fail_msg("%s: %.17g of %d.%d(%g) %s, not %.17g of %d.%d(%g) %s", text, a->value, (int)a->of,
           (int)a->when, a->window, a->name, b->value, (int)b->of, (int)b->when, b->window, b->name);
}
static void assert_cap(const char *text, const struct hc_cap *a, const struct hc_cap *b) {
  assert_amount(text, &a->amount, &b->amount);
  if (a->per != b->per || a->window != b->window) fail_msg("%s: another window", text);
}
static void assert_comparison(const char *text, const struct hc_comparison_term *a,
                              const struct hc_comparison_term *b) {
  assert_amount(text, &a->value, &b->value);
  if (a->metric != b->metric || memcmp(a->name, b->name, sizeof a->name) != 0 ||
      a->window != b->window || a->comparison != b->comparison)
    fail_msg("%s: another metric", text);
}
static void assert_price(const char *text, const struct hc_exec_price *a, const struct hc_exec_price *b) {
  if (a->kind != b->kind || a->parameter != b->parameter || a->concession != b->concession ||
      signbit(a->concession) != signbit(b->concession))
    fail_msg("%s: %d(%.17g) + %.17g", text, (int)a->kind, a->parameter, a->concession);
}

/* ---- right texts ------------------------------------------------------------------------------ */

#define FUND(amount, at, length, fund) {.value = amount, .of = HC_OF_FUND, .when = at, .window = length, .name = fund}
#define USD(amount) {.value = amount}

static void test_caps(void **state) {
  (void)state;
  const struct {
    const char *text;
    struct hc_cap cap;
  } caps[] = {
    {"10M", {USD(1e7), HC_PER_SETTLEMENT, 0}},
    {"  $10M\t\n", {USD(1e7), HC_PER_SETTLEMENT, 0}},
    {"10 M USD per path", {USD(1e7), HC_PER_PATH, 0}},
    {"10MUSD", {USD(1e7), HC_PER_SETTLEMENT, 0}},
    {"10$", {USD(10), HC_PER_SETTLEMENT, 0}},
    {"+1_000.5e3 per 1d 12h", {USD(1000500), HC_PER_WINDOW, 129600}},
    {"20 per path", {USD(20), HC_PER_PATH, 0}},
    {"0", {USD(0), HC_PER_SETTLEMENT, 0}},
    {"1M per path", {USD(1e6), HC_PER_PATH, 0}},
    {"30% of fund", {FUND(0.3, HC_WHEN_NOW, 0, "fund"), HC_PER_SETTLEMENT, 0}},
    {"30%of fund", {FUND(0.3, HC_WHEN_NOW, 0, "fund"), HC_PER_SETTLEMENT, 0}},
    {"0.3 of fund", {FUND(0.3, HC_WHEN_NOW, 0, "fund"), HC_PER_SETTLEMENT, 0}},
    {"1 of fund", {FUND(1, HC_WHEN_NOW, 0, "fund"), HC_PER_SETTLEMENT, 0}},
    {"150 % of fund . start", {FUND(1.5, HC_WHEN_START, 0, "fund"), HC_PER_SETTLEMENT, 0}},
    {"30 bp of skin-2_b.peak( 1h30m )", {FUND(0.003, HC_WHEN_PEAK, 5400, "skin-2_b"), HC_PER_SETTLEMENT, 0}},
    {"20% of skin", {FUND(0.2, HC_WHEN_NOW, 0, "skin"), HC_PER_SETTLEMENT, 0}},
    {"30% of fund.peak(8h) per 8h", {FUND(0.3, HC_WHEN_PEAK, 28800, "fund"), HC_PER_WINDOW, 28800}},
    {"30%\nof\tfund.peak(8\th)per\r8h", {FUND(0.3, HC_WHEN_PEAK, 28800, "fund"), HC_PER_WINDOW, 28800}},
    {"5% of lp", {{0.05, HC_OF_LP, HC_WHEN_NOW, 0, ""}, HC_PER_SETTLEMENT, 0}},
    {"5% of lp.start", {{0.05, HC_OF_LP, HC_WHEN_START, 0, ""}, HC_PER_SETTLEMENT, 0}},
    {"10% of payer", {{0.1, HC_OF_PAYER, HC_WHEN_NOW, 0, ""}, HC_PER_SETTLEMENT, 0}},
    {"10bps of payer.start per path", {{0.001, HC_OF_PAYER, HC_WHEN_START, 0, ""}, HC_PER_PATH, 0}},
  };
  for (size_t i = 0; i < COUNT_OF(caps); i++) {
    const struct any any = right(CAP, caps[i].text);
    assert_cap(caps[i].text, &any.cap, &caps[i].cap);
  }
}

static void test_conditions(void **state) {
  (void)state;
  const struct {
    const char *text;
    size_t count;
    struct hc_comparison_term last;
  } conditions[] = {
    {"fund.balance <= 0", 1, {HC_METRIC_BALANCE, "fund", 0, HC_LESS_EQUAL, USD(0)}},
    {"fund.balance<=0", 1, {HC_METRIC_BALANCE, "fund", 0, HC_LESS_EQUAL, USD(0)}},
    {"fund.balance < 10% of fund.start and fund.drawdown(8h) > 30%", 2,
     {HC_METRIC_DRAWDOWN, "fund", 28800, HC_GREATER, USD(0.3)}},
    {"fund.balance < 10% of fund.start", 1,
     {HC_METRIC_BALANCE, "fund", 0, HC_LESS, FUND(0.1, HC_WHEN_START, 0, "fund")}},
    {"market.pnl_drawdown(8h) > 30%", 1, {HC_METRIC_PNL_DRAWDOWN, "", 28800, HC_GREATER, USD(0.3)}},
    {"skin.balance < 1M", 1, {HC_METRIC_BALANCE, "skin", 0, HC_LESS, USD(1e6)}},
    {"unfilled > 0", 1, {HC_METRIC_UNFILLED, "", 0, HC_GREATER, USD(0)}},
    {"unfilled.balance > 0", 1, {HC_METRIC_BALANCE, "unfilled", 0, HC_GREATER, USD(0)}},
    {"shortfall > 1M", 1, {HC_METRIC_SHORTFALL, "", 0, HC_GREATER, USD(1e6)}},
    {"shortfall >= 5% of lp.start", 1,
     {HC_METRIC_SHORTFALL, "", 0, HC_GREATER_EQUAL, {0.05, HC_OF_LP, HC_WHEN_START, 0, ""}}},
    {"loss/equity > 5%", 1, {HC_METRIC_LOSS_TO_EQUITY, "", 0, HC_GREATER, USD(0.05)}},
    {"loss / equity>0.3", 1, {HC_METRIC_LOSS_TO_EQUITY, "", 0, HC_GREATER, USD(0.3)}},
    {"unfilled > 0 and unfilled > 1 and unfilled > 2 and shortfall < 3", 4,
     {HC_METRIC_SHORTFALL, "", 0, HC_LESS, USD(3)}},
  };
  for (size_t i = 0; i < COUNT_OF(conditions); i++) {
    const struct any any = right(CONDITION, conditions[i].text);
    assert_int_equal(any.condition.count, conditions[i].count);
    assert_comparison(conditions[i].text, &any.condition.term[any.condition.count - 1], &conditions[i].last);
  }
  assert_int_equal(right(CONDITION, "").condition.count, 0);
  assert_int_equal(right(CONDITION, " \n").condition.count, 0);
  assert_int_equal(right(CONDITION, NULL).condition.count, 0);
}

static void test_prices(void **state) {
  (void)state;
  const struct {
    const char *text;
    struct hc_exec_price price;
  } prices[] = {
    {"bankruptcy", {HC_PRICE_BANKRUPTCY, 0, 0}},
    {" mark ", {HC_PRICE_MARK, 0, 0}},
    {"mark-50bp", {HC_PRICE_MARK, 0, -0.005}},
    {"mark \xe2\x88\x92 50 bp", {HC_PRICE_MARK, 0, -0.005}},
    {"mark - 0bp", {HC_PRICE_MARK, 0, 0}},
    {"previous_mark + 50bp", {HC_PRICE_PREVIOUS_MARK, 0, 0.005}},
    {"oracle+0.01", {HC_PRICE_ORACLE, 0, 0.01}},
    {"residual - 0.5%", {HC_PRICE_RESIDUAL, 0, -0.005}},
    {"blend(0.667)", {HC_PRICE_BLEND, 0.667, 0}},
    {"blend ( 2 / 3 ) + 1%", {HC_PRICE_BLEND, 2.0 / 3.0, 0.01}},
    {"blend(66.7%)", {HC_PRICE_BLEND, 0.667, 0}},
    {"blend(0)", {HC_PRICE_BLEND, 0, 0}},
    {"blend(1)", {HC_PRICE_BLEND, 1, 0}},
    {"fixed(95)", {HC_PRICE_FIXED, 95, 0}},
    {"fixed($100k) + 99.9%", {HC_PRICE_FIXED, 100000, 0.999}},
  };
  for (size_t i = 0; i < COUNT_OF(prices); i++) {
    const struct any any = right(PRICE, prices[i].text);
    assert_price(prices[i].text, &any.price, &prices[i].price);
  }
}

static void test_times(void **state) {
  (void)state;
  const struct {
    const char *text;
    struct hc_time time;
  } times[] = {
    {"now", {HC_TIME_NOW, 0}},
    {"session(8h)", {HC_TIME_SESSION, 28800}},
    {" epoch ( 1d ) ", {HC_TIME_EPOCH, 86400}},
    {"delay(+1h 30 m)", {HC_TIME_DELAY, 5400}},
    {"on_withdrawal", {HC_TIME_ON_WITHDRAWAL, 0}},
    {"never", {HC_TIME_NEVER, 0}},
  };
  for (size_t i = 0; i < COUNT_OF(times); i++) {
    const struct any any = right(TIME, times[i].text);
    assert_int_equal(any.time.kind, times[i].time.kind);
    assert_true(any.time.length == times[i].time.length);
  }
}

/* ---- wrong texts ------------------------------------------------------------------------------ */

#define NAME_63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const struct {
  enum kind kind;
  const char *text, *found, *expected;
} wrongs[] = {
  {CAP, "", "found nothing", "an amount such as 10M"},
  {CAP, "  ", "the end of the text", "30% of fund"},
  {CAP, "30%", "\"30%\" without \"of\"", "30% of fund"},
  {CAP, "30bp per path", "\"30bp\" without \"of\"", "a share of"},
  {CAP, "30% off fund", "\"off\" (did you mean \"of\"?)", "\"of\" and"},
  {CAP, "10M of fund", "\"10M of\"", "a share such as 30%"},
  {CAP, "20 of fund", "\"20 of\"", "a share such as 30%"},
  {CAP, "30% of", "the end of the text", "the name of a fund"},
  {CAP, "30% of 5", "\"5\"", "the name of a fund"},
  {CAP, "30% of per path", "\"per\", which is no name", "a fund"},
  {CAP, "30% of market", "\"market\", which is no name", "a fund"},
  {CAP, "10% of payer.peak(8h)", "\"peak\"", "start"},
  {CAP, "10% of lp.peak(8h)", "\"peak\", which only funds have", "start"},
  {CAP, "10% of fund.peek(8h)", "\"peek\" (did you mean \"peak\"?)", "peak(8h)"},
  {CAP, "10% of fund.", "the end of the text", "start or peak(8h)"},
  {CAP, "10% of fund.peak", "the end of the text", "(8h)"},
  {CAP, "10% of fund.peak()", "\")\"", "a duration above 0"},
  {CAP, "10% of fund.peak(8h per 8h", "\"per\"", ") after the duration"},
  {CAP, "10% of fund.peak(0s)", "\"0s\", which is not above 0", "a duration above 0"},
  {CAP, "10% of fund.peak(8)", "\"8\", which needs a unit", "such as 8h"},
  {CAP, "10% of fund.start(8h)", "\"(\"", "per path"},
  {CAP, "10% of " NAME_63 "x", "aaaa", "at most 63 bytes"},
  {CAP, "10M pre path", "\"pre\" (did you mean \"per\"?)", "\"per path\""},
  {CAP, "10M per paht", "\"paht\" (did you mean \"path\"?)", "path or a duration"},
  {CAP, "10M per -8h", "\"-8h\", which is not above 0", "a duration above 0"},
  {CAP, "10M per 8x", "\"8x\", which is not a duration", "8h"},
  {CAP, "10M per path per 8h", "\"per\"", "the end of the cap"},
  {CAP, "-5M", "\"-5M\", which is negative", "an amount such as 10M"},
  {CAP, "\xe2\x88\x92 0", "which is negative", "an amount such as 10M"},
  {CAP, "10X", "\"10X\"", "an amount such as 10M"},
  {CAP, "$30% of fund", "\"$30%\"", "an amount such as 10M"},
  {CAP, "nan", "\"nan\"", "an amount such as 10M"},
  {CAP, "inf of fund", "\"inf\"", "an amount such as 10M"},
  {CAP, "1e999", "\"1e999\", which is too large", "an amount such as 10M"},
  {CAP, "1e999% of fund", "too large", "an amount such as 10M"},
  {CAP, "10M\x01", "\"?\"", "the end of the cap"},
  {CAP, "\x1b[31m", "\"?\"", "an amount such as 10M"},
  {CAP, "10M \xff", "\"?\"", "the end of the cap"},
  {CAP, "10M \xe2\x82\xac", "\"\xe2\x82\xac\"", "the end of the cap"},
  {CONDITION, "balance <= 0", "\"balance\" (did you mean \"fund.balance\"?)", "fund.balance"},
  {CONDITION, "fund <= 0", "\"fund\" (did you mean \"fund.balance\"?)", "fund.balance"},
  {CONDITION, "unfiled > 0", "\"unfiled\" (did you mean \"unfilled\"?)", "shortfall"},
  {CONDITION, "> 0", "\">\"", "fund.balance"},
  {CONDITION, "fund.balanse < 0", "\"balanse\" (did you mean \"balance\"?)", "drawdown(8h)"},
  {CONDITION, "fund.pnl_drawdown(8h) > 3%", "\"pnl_drawdown\"", "balance or drawdown(8h)"},
  {CONDITION, "market.drawdown(8h) > 3%", "\"drawdown\"", "pnl_drawdown(8h)"},
  {CONDITION, "lp.balance < 0", "\"lp\", which is no name", "a fund"},
  {CONDITION, "fund.drawdown > 30%", "\">\"", "(8h)"},
  {CONDITION, "fund.drawdown(8h) > 30", "\"30\"", "a share such as 30%"},
  {CONDITION, "fund.drawdown(8h) > 1M", "\"1M\"", "a share such as 30%"},
  {CONDITION, "fund.drawdown(8h) > 30% of fund", "\"of\"", "no \"of\""},
  {CONDITION, "loss > 5%", "\">\"", "/equity"},
  {CONDITION, "loss/equty > 5%", "\"equty\" (did you mean \"equity\"?)", "equity after"},
  {CONDITION, "unfilled == 0", "\"==\"", "<, <=, > or >="},
  {CONDITION, "unfilled => 0", "\"=>\"", "<, <=, > or >="},
  {CONDITION, "unfilled", "the end of the text", "<, <=, > or >="},
  {CONDITION, "unfilled >", "the end of the text", "an amount such as 10M"},
  {CONDITION, "unfilled > 5%", "\"5%\" without \"of\"", "30% of fund"},
  {CONDITION, "unfilled > 5% and shortfall > 0", "\"5%\" without \"of\"", "30% of fund"},
  {CONDITION, "unfilled > 5% of payer", "\"payer\", which only a cap has", "the name of a fund"},
  {CONDITION, "unfilled > -1", "\"-1\", which is negative", "an amount"},
  {CONDITION, "unfilled > 0 adn shortfall > 0", "\"adn\" (did you mean \"and\"?)", "\"and\""},
  {CONDITION, "unfilled > 0 or shortfall > 0", "\"or\"", "\"and\""},
  {CONDITION, "unfilled > 0 and", "the end of the text", "fund.balance"},
  {CONDITION, "unfilled > 0 per path", "\"per\"", "\"and\""},
  {CONDITION, "unfilled>0 and unfilled>0 and unfilled>0 and unfilled>0 and unfilled>0",
   "\"and\" after 4", "at most 4"},
  {PRICE, "", "found nothing", "bankruptcy, mark"},
  {PRICE, "bankrupcy", "\"bankrupcy\" (did you mean \"bankruptcy\"?)", "bankruptcy, mark"},
  {PRICE, "Mark", "(did you mean \"mark\"?)", "bankruptcy, mark"},
  {PRICE, "marks", "\"marks\" (did you mean \"mark\"?)", "bankruptcy, mark"},
  {PRICE, "mark 50bp", "\"50bp\"", "+ 50bp"},
  {PRICE, "mark +", "the end of the text", "a concession below 100%"},
  {PRICE, "mark + -50bp", "\"-50bp\", which is negative", "a concession"},
  {PRICE, "mark + +50bp", "\"+50bp\"", "a concession"},
  {PRICE, "mark + 100%", "\"100%\", which is not below 100%", "a concession"},
  {PRICE, "mark + 50", "\"50\", which is not below 100%", "a concession"},
  {PRICE, "mark - 5M", "\"5M\"", "a concession"},
  {PRICE, "mark + 50bp + 50bp", "\"+\"", "the end of the price"},
  {PRICE, "mark(3)", "\"(\"", "the end of the price"},
  {PRICE, "blend", "the end of the text", "blend(0.667)"},
  {PRICE, "blend(1.01)", "\"1.01\", which is above 1", "from 0 to 1"},
  {PRICE, "blend(-0.1)", "\"-0.1\", which is negative", "from 0 to 1"},
  {PRICE, "blend(3/2)", "\"3/2\", which is above 1", "from 0 to 1"},
  {PRICE, "blend(0/0)", "\"0/0\", a division by 0", "from 0 to 1"},
  {PRICE, "blend(2/3%)", "\"2/3%\"", "from 0 to 1"},
  {PRICE, "blend(1k)", "\"1k\"", "from 0 to 1"},
  {PRICE, "blend(nan)", "\"nan\"", "from 0 to 1"},
  {PRICE, "blend(0.5", "the end of the text", ") after the number"},
  {PRICE, "fixed(0)", "\"0\", which is not above 0", "a price above 0"},
  {PRICE, "fixed(-1)", "\"-1\", which is negative", "a price above 0"},
  {PRICE, "fixed(5%)", "\"5%\"", "a price above 0"},
  {PRICE, "fixed 95", "\"95\"", "fixed(95)"},
  {TIME, "", "found nothing", "now, session(8h)"},
  {TIME, "sesion(8h)", "\"sesion\" (did you mean \"session\"?)", "session(8h)"},
  {TIME, "session", "the end of the text", "(8h)"},
  {TIME, "session(8)", "\"8\", which needs a unit", "a duration above 0"},
  {TIME, "session(0h)", "\"0h\", which is not above 0", "a duration above 0"},
  {TIME, "session(1e999y)", "too large", "a duration above 0"},
  {TIME, "session(none)", "\"none\"", "a duration above 0"},
  {TIME, "session(1d -2h)", "\"-2h\"", ") after the duration"},
  {TIME, "now(8h)", "\"(\"", "the end of the time"},
  {TIME, "now never", "\"never\"", "the end of the time"},
  {TIME, "later", "\"later\"", "on_withdrawal or never"},
};

static void test_wrong_texts(void **state) {
  (void)state;
  static const char *const nouns[KINDS] = {"cap", "condition", "price", "time"};
  for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
    const enum kind kind = wrongs[i].kind;
    struct any any, nothing;
    struct hc_error error;
    memset(&nothing, 0, sizeof nothing);
    if (parse(kind, wrongs[i].text, &any, &error) != HC_INPUT) fail_msg("%s was read", wrongs[i].text);
    const char *found = strstr(error.message, ": found ");
    const char *expected = strstr(error.message, ", expected ");
    if (!found || !expected || !strstr(found, wrongs[i].found) || !strstr(expected, wrongs[i].expected) ||
        !strstr(expected, " (e.g. ") || !strstr(error.message, nouns[kind]))
      fail_msg("%s: %s", wrongs[i].text, error.message);
    assert_memory_equal(&any, &nothing, sizeof any);
  }
}

/* The longest name is read; every prefix of a text gives a message that is a line. */
static void test_names_and_lengths(void **state) {
  (void)state;
  const struct any any = right(CAP, "10% of " NAME_63 ".start");
  assert_string_equal(any.cap.amount.name, NAME_63);
  struct any other;
  struct hc_error error;
  static char digits[5000];
  memset(digits, '1', sizeof digits - 1);
  for (int kind = 0; kind < KINDS; kind++) {
    assert_int_equal(parse((enum kind)kind, digits, &other, &error), HC_INPUT);
    assert_true(strlen(error.message) < 700);
  }
  memcpy(digits, "1e", 2);
  memset(digits + 2, '0', sizeof digits - 3);
  assert_int_equal(parse(CAP, digits, &other, &error), HC_INPUT);
  assert_non_null(strstr(error.message, "too long"));
  for (int kind = 0; kind < KINDS; kind++) { /* an error need not be wanted */
    assert_int_equal(hc_cap_parse("?", &other.cap, NULL), HC_INPUT);
    assert_int_equal(hc_time_parse("?", &other.time, NULL), HC_INPUT);
  }
}

/* ---- printed and read again ------------------------------------------------------------------- */

static const char *blank(void) {
  static const char *const blanks[] = {"", "", " ", "  ", "\t", "\n "};
  return blanks[draw(COUNT_OF(blanks))];
}
static const char *gap(void) { /* where words would run together */
  static const char *const gaps[] = {" ", "  ", "\t", " \n"};
  return gaps[draw(COUNT_OF(gaps))];
}
static void add(char *text, size_t size, const char *piece) {
  const size_t length = strlen(text);
  assert_true(length + strlen(piece) < size);
  (void)strcpy(text + length, piece);
}

/* A number and its text. Suffixes shift the decimal: the value is that of strtod on the shifted text. */
static double put_number(char *text, size_t size, const char *const *suffix, const int *shift, size_t count) {
  char piece[80];
  const uint32_t digits = 1 + draw(999999999);
  const int exponent = -(int)draw(10);
  const size_t unit = draw((uint32_t)count);
  (void)snprintf(piece, sizeof piece, "%u.%ue%d", digits / 1000, digits % 1000, exponent);
  add(text, size, piece);
  if (suffix[unit][0]) add(text, size, blank());
  add(text, size, suffix[unit]);
  (void)snprintf(piece, sizeof piece, "%u.%ue%d", digits / 1000, digits % 1000, exponent + shift[unit]);
  return strtod(piece, NULL);
}
static double put_money(char *text, size_t size) {
  static const char *const suffix[] = {"", "k", "K", "M", "B", "T", "USD", "k USD", "$"};
  static const int shift[] = {0, 3, 3, 6, 9, 12, 0, 3, 0};
  if (draw(4) == 0) {
    add(text, size, "$");
    return put_number(text, size, suffix, shift, 6);
  }
  return put_number(text, size, suffix, shift, COUNT_OF(shift));
}
static double put_share(char *text, size_t size) {
  static const char *const suffix[] = {"%", "bp", "bps"};
  static const int shift[] = {-2, -4, -4};
  if (draw(5) == 0) {
    add(text, size, "0.3");
    return 0.3;
  }
  return put_number(text, size, suffix, shift, COUNT_OF(shift));
}
static double put_duration(char *text, size_t size) {
  static const char *const units[] = {"s", "m", "h", "d", "w"};
  static const double seconds[] = {1, 60, 3600, 86400, 604800};
  char piece[40];
  double sum = 0.0;
  for (uint32_t i = 0, count = 1 + draw(3); i < count; i++) {
    const uint32_t n = 1 + draw(100), unit = draw(COUNT_OF(units));
    (void)snprintf(piece, sizeof piece, "%u%s%s%s", n, blank(), units[unit], blank());
    add(text, size, piece);
    sum += n * seconds[unit];
  }
  return sum;
}
static double put_window(char *text, size_t size) {
  add(text, size, blank());
  add(text, size, "(");
  add(text, size, blank());
  const double seconds = put_duration(text, size);
  add(text, size, ")");
  return seconds;
}
static void put_name(char *text, size_t size, char name[HC_TERM_NAME]) {
  static const char *const names[] = {"fund", "skin", "a-b_c-9", "_", "start", "peak", NAME_63, "lps"};
  memset(name, 0, HC_TERM_NAME);
  (void)strcpy(name, names[draw(COUNT_OF(names))]);
  add(text, size, name);
}

static void put_amount(char *text, size_t size, bool payers, struct hc_amount *amount) {
  if (draw(3) == 0) {
    amount->value = put_money(text, size);
    return;
  }
  amount->value = put_share(text, size);
  add(text, size, gap());
  add(text, size, "of");
  add(text, size, gap());
  amount->of = (enum hc_of)(HC_OF_FUND + draw(payers ? 3 : 2));
  if (amount->of == HC_OF_FUND) put_name(text, size, amount->name);
  else add(text, size, amount->of == HC_OF_LP ? "lp" : "payer");
  amount->when = (enum hc_when)draw(amount->of == HC_OF_FUND ? 3 : 2);
  if (amount->when == HC_WHEN_NOW) return;
  add(text, size, blank());
  add(text, size, ".");
  add(text, size, blank());
  add(text, size, amount->when == HC_WHEN_START ? "start" : "peak");
  if (amount->when == HC_WHEN_PEAK) amount->window = put_window(text, size);
}

static void put_cap(char *text, size_t size, struct hc_cap *cap) {
  put_amount(text, size, true, &cap->amount);
  cap->per = (enum hc_per)draw(3);
  if (cap->per == HC_PER_SETTLEMENT) return;
  add(text, size, gap());
  add(text, size, "per");
  add(text, size, gap());
  if (cap->per == HC_PER_PATH) add(text, size, "path");
  else cap->window = put_duration(text, size);
}

static void put_comparison(char *text, size_t size, struct hc_comparison_term *term) {
  static const char *const metrics[] = {".balance", ".drawdown", "market.pnl_drawdown", "unfilled",
                                        "shortfall", "loss/equity"};
  static const char *const comparisons[] = {"<", "<=", ">", ">="};
  term->metric = (enum hc_metric)draw(COUNT_OF(metrics));
  if (term->metric <= HC_METRIC_DRAWDOWN) put_name(text, size, term->name);
  add(text, size, metrics[term->metric]);
  if (term->metric == HC_METRIC_DRAWDOWN || term->metric == HC_METRIC_PNL_DRAWDOWN)
    term->window = put_window(text, size);
  term->comparison = (enum hc_comparison)draw(COUNT_OF(comparisons));
  add(text, size, blank());
  add(text, size, comparisons[term->comparison]);
  add(text, size, blank());
  if (term->window > 0.0 || term->metric == HC_METRIC_LOSS_TO_EQUITY)
    term->value.value = put_share(text, size);
  else
    put_amount(text, size, false, &term->value);
}

static void put_price(char *text, size_t size, struct hc_exec_price *price) {
  static const char *const words[] = {"bankruptcy", "mark", "previous_mark", "oracle", "residual",
                                      "blend", "fixed"};
  char piece[40];
  price->kind = (enum hc_price_kind)draw(COUNT_OF(words));
  add(text, size, words[price->kind]);
  if (price->kind >= HC_PRICE_BLEND) add(text, size, "(");
  if (price->kind == HC_PRICE_BLEND) {
    const uint32_t below = 1 + draw(1000), above = draw(below + 1);
    (void)snprintf(piece, sizeof piece, "%u%s/%s%u", above, blank(), blank(), below);
    add(text, size, piece);
    price->parameter = (double)above / below;
  }
  if (price->kind == HC_PRICE_FIXED) price->parameter = put_money(text, size);
  if (price->kind >= HC_PRICE_BLEND) add(text, size, ")");
  if (draw(2)) return;
  const bool minus = draw(2);
  const uint32_t points = draw(10000);
  (void)snprintf(piece, sizeof piece, "%s%s%s%ubp", blank(), minus ? "-" : "+", blank(), points);
  add(text, size, piece);
  (void)snprintf(piece, sizeof piece, "%ue-4", points);
  price->concession = minus ? 0.0 - strtod(piece, NULL) : strtod(piece, NULL);
}

static void put_time(char *text, size_t size, struct hc_time *when) {
  static const char *const words[] = {"now", "session", "epoch", "delay", "on_withdrawal", "never"};
  when->kind = (enum hc_time_kind)draw(COUNT_OF(words));
  add(text, size, words[when->kind]);
  if (when->kind >= HC_TIME_SESSION && when->kind <= HC_TIME_DELAY)
    when->length = put_window(text, size);
}

static void test_round_trip(void **state) {
  (void)state;
  for (int round = 0; round < 20000; round++) {
    char text[KINDS][2000] = {"", "", "", ""};
    struct any made;
    memset(&made, 0, sizeof made);
    for (int kind = 0; kind < KINDS; kind++) add(text[kind], sizeof text[kind], blank());
    put_cap(text[CAP], sizeof text[CAP], &made.cap);
    made.condition.count = 1 + draw(HC_CONDITION_MAX);
    for (size_t i = 0; i < made.condition.count; i++) {
      if (i > 0) {
        add(text[CONDITION], sizeof text[CONDITION], gap());
        add(text[CONDITION], sizeof text[CONDITION], "and");
        add(text[CONDITION], sizeof text[CONDITION], gap());
      }
      put_comparison(text[CONDITION], sizeof text[CONDITION], &made.condition.term[i]);
    }
    put_price(text[PRICE], sizeof text[PRICE], &made.price);
    put_time(text[TIME], sizeof text[TIME], &made.time);
    for (int kind = 0; kind < KINDS; kind++) add(text[kind], sizeof text[kind], blank());
    const struct any cap = right(CAP, text[CAP]), condition = right(CONDITION, text[CONDITION]);
    const struct any price = right(PRICE, text[PRICE]), when = right(TIME, text[TIME]);
    assert_cap(text[CAP], &cap.cap, &made.cap);
    assert_int_equal(condition.condition.count, made.condition.count);
    for (size_t i = 0; i < made.condition.count; i++)
      assert_comparison(text[CONDITION], &condition.condition.term[i], &made.condition.term[i]);
    assert_price(text[PRICE], &price.price, &made.price);
    assert_int_equal(when.time.kind, made.time.kind);
    assert_true(when.time.length == made.time.length);
  }
}

/* ---- anything goes in, nothing breaks --------------------------------------------------------- */

static bool sane_amount(const struct hc_amount *amount) {
  return isfinite(amount->value) && !signbit(amount->value) && isfinite(amount->window) &&
         amount->window >= 0.0 && (amount->of == HC_OF_FUND) == (amount->name[0] != '\0') &&
         (amount->when == HC_WHEN_PEAK) == (amount->window > 0.0) &&
         amount->name[HC_TERM_NAME - 1] == '\0';
}
static bool sane(enum kind kind, const struct any *any) {
  if (kind == CAP)
    return sane_amount(&any->cap.amount) && (any->cap.per == HC_PER_WINDOW) == (any->cap.window > 0.0);
  if (kind == PRICE)
    return fabs(any->price.concession) < 1.0 && isfinite(any->price.parameter) &&
           any->price.parameter >= 0.0 && (any->price.kind != HC_PRICE_BLEND || any->price.parameter <= 1.0);
  if (kind == TIME) return any->time.length >= 0.0 && isfinite(any->time.length);
  if (any->condition.count > HC_CONDITION_MAX) return false;
  for (size_t i = 0; i < any->condition.count; i++)
    if (!sane_amount(&any->condition.term[i].value)) return false;
  return true;
}

/* Exactly as long as its text, so that a sanitizer sees a byte too much. */
static void try_text(const char *bytes, size_t length, size_t read[KINDS]) {
  char *text = malloc(length + 1);
  assert_non_null(text);
  memcpy(text, bytes, length);
  text[length] = '\0';
  for (int kind = 0; kind < KINDS; kind++) {
    struct any any;
    struct hc_error error;
    const hc_status status = parse((enum kind)kind, text, &any, &error);
    if (status == HC_OK) {
      read[kind]++;
      if (error.message[0] || !sane((enum kind)kind, &any)) fail_msg("%s was read wrongly", text);
      continue;
    }
    assert_int_equal(status, HC_INPUT);
    assert_true(strstr(error.message, ": found ") && strstr(error.message, ", expected ") &&
                strstr(error.message, " (e.g. ") && strlen(error.message) < sizeof error.message - 1);
    for (const char *c = error.message; *c; c++) assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
  }
  free(text);
}

static void test_fuzz(void **state) {
  (void)state;
  static const char *const pieces[] = {
    "10M", "30%", "0.3", "50bp", "8h", "1d 12h", "0", "1e999", "-5", "nan", "inf", "$", "USD", "k", "of",
    "fund", "lp", "payer", "market", ".start", ".peak(8h)", "per", "path", "and", ".balance", ".drawdown(8h)",
    ".pnl_drawdown(8h)", "unfilled", "shortfall", "loss", "/", "equity", "<", "<=", ">", ">=", "=", "(", ")",
    "+", "-", "\xe2\x88\x92", "bankruptcy", "mark", "blend(", "2/3", "fixed(", "now", "session(", "epoch(1d)",
    "delay", "never", " ", "_", "%", "1_0", ".", "e5", "\xc2\x85", "\xed\xa0\x80", "\xe2"};
  size_t read[KINDS] = {0};
  char text[600];
  for (int round = 0; round < 100000; round++) {
    size_t length = 0;
    for (uint32_t i = 0, count = draw(9); i < count; i++) {
      const char *piece = pieces[draw(COUNT_OF(pieces))];
      const size_t more = strlen(piece);
      memcpy(text + length, piece, more);
      length += more;
      if (draw(3)) text[length++] = ' ';
    }
    for (uint32_t i = 0, count = draw(4) ? 0 : 1 + draw(20); i < count; i++)
      text[length++] = (char)(1 + draw(255));
    if (length && draw(3) == 0) text[draw((uint32_t)length)] = (char)(1 + draw(255));
    try_text(text, length, read);
  }
  for (int kind = 0; kind < KINDS; kind++) assert_true(read[kind] > 20); /* some are right by chance */
}

/* Right and wrong texts with one byte changed, left out or cut off. */
static void test_mutations(void **state) {
  (void)state;
  size_t read[KINDS] = {0};
  char text[300];
  for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
    const size_t length = strlen(wrongs[i].text);
    for (size_t cut = 0; cut <= length; cut++) try_text(wrongs[i].text, cut, read);
    for (int round = 0; length && round < 200; round++) {
      memcpy(text, wrongs[i].text, length);
      text[draw((uint32_t)length)] = (char)(1 + draw(255));
      try_text(text, length, read);
    }
  }
}

/* A comma for a decimal point changes nothing, if the machine has such a locale. */
static void test_locale(void **state) {
  (void)state;
  if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) skip();
  assert_true(right(CAP, "0.5M").cap.amount.value == 5e5);
  assert_true(right(PRICE, "blend(0.667) + 0.5%").price.parameter == 0.667);
  (void)setlocale(LC_ALL, "C");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_caps),
    cmocka_unit_test(test_conditions),
    cmocka_unit_test(test_prices),
    cmocka_unit_test(test_times),
    cmocka_unit_test(test_wrong_texts),
    cmocka_unit_test(test_names_and_lengths),
    cmocka_unit_test(test_round_trip),
    cmocka_unit_test(test_fuzz),
    cmocka_unit_test(test_mutations),
    cmocka_unit_test(test_locale),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
