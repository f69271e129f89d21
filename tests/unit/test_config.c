/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration machinery on a toy tree of tables with every kind. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/bounds.h"
#include "config/canonical.h"
#include "config/digest.h"
#include "config/nearest.h"
#include "config/unit.h"
#include "haircut/config.h"

/* ---- the toy tree ----------------------------------------------------------------- */

#define GBM_FIELDS(X)                                                                       \
  X(double, volatility, FRACTION, "60%", "[0, 20]", "y^-0.5", "Annual volatility.", NULL)   \
  X(double, drift, FRACTION, "0%", "[-20, 20]", "1/y", "Annual drift.", NULL)
#define MERTON_FIELDS(X)                                                                    \
  GBM_FIELDS(X)                                                                             \
  X(double, jump_rate, PER_YEAR, "20/y", "[0, 1e6]", "1/y", "Jumps a year.", NULL)
HC_DECLARE_STRUCT(gbm, GBM_FIELDS);
HC_DECLARE_STRUCT(merton, MERTON_FIELDS);
#define HC_TABLE_STRUCT gbm
static const struct hc_field gbm_fields[] = {GBM_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT merton
static const struct hc_field merton_fields[] = {MERTON_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define TABLE(tag, doc, shorthand)                                                          \
  static const struct hc_table tag##_table = {                                              \
    #tag, doc, sizeof(struct tag), sizeof tag##_fields / sizeof *tag##_fields, tag##_fields, \
    shorthand}
TABLE(gbm, "Brownian.", NULL);
TABLE(merton, "Jumps.", NULL);
static const struct hc_variant model_gbm = {"gbm", "Brownian motion.", &gbm_table, NULL};
static const struct hc_variant model_merton = {"merton", "With jumps.", &merton_table, NULL};
static const struct hc_variant model_kou = {"kou", "Other jumps.", &merton_table, NULL};
static const struct hc_variant model_still = {"still", "No motion.", NULL, NULL};
static const struct hc_variant *const model_list[] = {&model_gbm, &model_merton, &model_kou,
                                                      &model_still};
static const struct hc_registry models = {"models", 4, model_list};

#define SHOCK_FIELDS(X)                                                                     \
  X(double, at, DURATION, "0s", "[0, inf)", "s", "When.", NULL)                             \
  X(double, move, FRACTION, "-40%", "(-1, 100]", "1", "How far.", NULL)                     \
  X(double, back, DURATION, NULL, "(0, inf)", "s", "Half-life of the way back.", NULL)
HC_DECLARE_STRUCT(shock, SHOCK_FIELDS);
#define HC_TABLE_STRUCT shock
static const struct hc_field shock_fields[] = {SHOCK_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
TABLE(shock, "A shock.", "move");

#define PRICE_FIELDS(X)                                                                     \
  X(struct hc_choice, model, VARIANT, "gbm", "", "1", "Price model.", &models)              \
  X(double, initial, NUMBER, "100000", "(0, 1e12]", "USD", "Price at step 0.", NULL)        \
  X(struct shock *, shock, OPTIONAL, NULL, "", "", "A move.", &shock_table)
HC_DECLARE_STRUCT(price, PRICE_FIELDS);
#define HC_TABLE_STRUCT price
static const struct hc_field price_fields[] = {PRICE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
TABLE(price, "Price.", NULL);

#define TIER_FIELDS(X)                                                                      \
  X(double, up_to, USD, NULL, "(0, inf)", "USD", "Up to.", NULL)                            \
  X(double, rate, FRACTION, "1.25%", "[0, 1)", "1", "Rate.", NULL)
HC_DECLARE_STRUCT(tier, TIER_FIELDS);
#define HC_TABLE_STRUCT tier
static const struct hc_field tier_fields[] = {TIER_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
TABLE(tier, "A tier.", "rate");

#define MARKET_FIELDS(X)                                                                    \
  X(char *, name, TEXT, NULL, "", "", "Name (its key).", NULL)                              \
  X(struct price, price, OBJECT, "{}", "", "", "Price.", &price_table)                      \
  X(struct hc_list, maintenance, LIST, "[{up_to: 150M}, {rate: 2.5%}]", "", "", "Tiers.",   \
    &tier_table)
HC_DECLARE_STRUCT(market, MARKET_FIELDS);
#define HC_TABLE_STRUCT market
static const struct hc_field market_fields[] = {MARKET_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
TABLE(market, "A market.", NULL);

#define LP_FIELDS(X)                                                                        \
  X(char *, name, TEXT, "lp", "", "", "Name of the class.", NULL)                           \
  X(double, deposits, USD, "300M", "[0, 1e18]", "USD", "Deposits.", NULL)
HC_DECLARE_STRUCT(lp, LP_FIELDS);
#define HC_TABLE_STRUCT lp
static const struct hc_field lp_fields[] = {LP_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
TABLE(lp, "A class.", NULL);

enum { FLOW_BATCH = 3, FLOW_FIFO = 7 };
static const struct hc_word flow_list[] = {{"batch", FLOW_BATCH, "At once."},
                                           {"fifo", FLOW_FIFO, "One \"by\" one."}};
static const struct hc_vocabulary flow_words = {"flow", 2, flow_list};

#define ROOT_FIELDS(X)                                                                      \
  X(char *, name, TEXT, "haircut", "", "", "Name | of the run.", NULL)                      \
  X(int64_t, paths, COUNT, "100000", "[1, 1e12]", "1", "Paths.", NULL)                      \
  X(int64_t, extra, COUNT, NULL, "", "1", "Unset count.", NULL)                             \
  X(int64_t, seed, COUNT, "7", "[0, 9223372036854775807]", "1", "Seed.", NULL)              \
  X(double, half_life, DURATION_OR_NONE, "none", "(0, inf]", "s", "Half-life.", NULL)       \
  X(bool, counterfactual, BOOL, "true", "", "1", "Also without impact.", NULL)              \
  X(int, flow, ENUM, "batch", "", "1", "Order flow.", &flow_words)                          \
  X(char *, file, FILE, NULL, "", "", "A file.", NULL)                                      \
  X(struct hc_list, markets, MAP, "{BTC: {}}", "", "", "Markets.", &market_table)           \
  X(struct hc_list, lps, LIST, "[{name: a}, {name: b, deposits: 1M}]", "", "", "Classes.", &lp_table) \
  X(struct hc_list, nothing, LIST, NULL, "", "", "An empty list.", &tier_table)
HC_DECLARE_STRUCT(root, ROOT_FIELDS);
#define HC_TABLE_STRUCT root
static const struct hc_field root_fields[] = {ROOT_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
TABLE(root, "Everything.", NULL);

/* ---- helpers ---------------------------------------------------------------------- */

static struct hc_config *config;
static struct hc_diagnostics found;
static const struct root *values;

static int tear_down(void **state) {
  (void)state;
  hc_config_free(config);
  hc_diagnostics_free(&found);
  config = NULL;
  values = NULL;
  return 0;
}

#define MOST_SETTINGS 4
static hc_status parse_with(const char *text, const char *const *settings) {
  (void)tear_down(NULL);
  size_t count = 0;
  while (settings && settings[count]) ++count;
  const hc_status status = hc_config_parse(&root_table, "c.yaml", text, strlen(text), "/dir",
                                           settings, count, &config, &found);
  if (config) values = hc_config_values(config);
  return status;
}

static void good(const char *text) {
  const hc_status status = parse_with(text, NULL);
  if (found.count) fail_msg("%s: %s", text, found.items[0].message);
  assert_int_equal(status, HC_OK);
  assert_non_null(values);
}

static void good_set(const char *text, const char *a, const char *b) {
  const char *const settings[] = {a, b, NULL};
  const hc_status status = parse_with(text, settings);
  if (found.count) fail_msg("%s: %s", text, found.items[0].message);
  assert_int_equal(status, HC_OK);
}

static const char *shown(size_t index) {
  static char line[1200];
  assert_true(index < found.count);
  const struct hc_diagnostic *item = &found.items[index];
  if (item->line) (void)snprintf(line, sizeof line, "%s:%d:%d: %s", item->file, item->line,
                                 item->column, item->message);
  else (void)snprintf(line, sizeof line, "%s: %s", item->file ? item->file : "-", item->message);
  return line;
}

static void bad(const char *text, const char *message) {
  assert_int_equal(parse_with(text, NULL), HC_INPUT);
  assert_null(config);
  assert_string_equal(shown(0), message);
  assert_int_equal(found.count, 1);
}

static void bad_set(const char *text, const char *setting, const char *message) {
  const char *const settings[] = {setting, NULL};
  assert_int_equal(parse_with(text, settings), HC_INPUT);
  assert_null(config);
  assert_string_equal(shown(0), message);
  assert_int_equal(found.count, 1);
}

static const struct hc_parameter *parameter(const char *path) {
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(config, &parameters);
  for (size_t i = 0; i < count; ++i)
    if (strcmp(parameters[i].path, path) == 0) return &parameters[i];
  fail_msg("no parameter %s", path);
  return NULL;
}

static const struct market *market(size_t i) { return HC_ITEMS(values->markets, struct market) + i; }

static double number(enum hc_kind kind, const char *text) {
  double value;
  const char *problem = hc_unit_parse(kind, text, &value);
  if (problem) fail_msg("%s %s", text, problem);
  return value;
}

static void same(double a, double b) {
  if (!(a == b)) fail_msg("%.17g is not %.17g", a, b);
}

static void rejected(enum hc_kind kind, const char *text, const char *problem) {
  double value;
  const char *message = hc_unit_parse(kind, text, &value);
  if (!message) fail_msg("%s is accepted as %.17g", text, value);
  assert_string_equal(message, problem);
}

/* ---- units ------------------------------------------------------------------------ */

static void test_units(void **state) {
  (void)state;
  same(number(HC_KIND_FRACTION, "80%"), 0.8);
  same(number(HC_KIND_FRACTION, "1.1%"), 0.011);
  same(number(HC_KIND_FRACTION, "30bp"), 0.003);
  same(number(HC_KIND_FRACTION, "\xe2\x88\x92" "5 %"), -0.05);
  same(number(HC_KIND_FRACTION, "8e-1"), 0.8);
  same(number(HC_KIND_USD, "150M"), 150e6);
  same(number(HC_KIND_USD, "$1.5k"), 1500);
  same(number(HC_KIND_USD, "-$5M"), -5e6);
  same(number(HC_KIND_USD, "20k USD"), 20e3);
  same(number(HC_KIND_USD, "2T"), 2e12);
  same(number(HC_KIND_USD, "0"), 0);
  same(number(HC_KIND_DURATION, "1h30m"), 5400);
  same(number(HC_KIND_DURATION, "1h 30m"), 5400);
  same(number(HC_KIND_DURATION, "250ms"), 0.25);
  same(number(HC_KIND_DURATION, "1y"), 31536000);
  same(number(HC_KIND_DURATION, "2w"), 14 * 86400);
  same(number(HC_KIND_DURATION_OR_NONE, "none"), INFINITY);
  same(number(HC_KIND_PER_YEAR, "20/y"), 20);
  same(number(HC_KIND_PER_YEAR, "1/d"), 365);
  same(number(HC_KIND_PER_YEAR, "2/h"), 17520);
  same(number(HC_KIND_PER_YEAR, "0"), 0);
  same(number(HC_KIND_NUMBER, "1_000.5"), 1000.5);
  same(number(HC_KIND_NUMBER, "100k"), 1e5);
}

static void test_units_rejected(void **state) {
  (void)state;
  rejected(HC_KIND_FRACTION, "fast", "is not a fraction (expected 80%, 30bp or 0.8)");
  rejected(HC_KIND_DURATION, "10", "needs a unit, e.g. 10m");
  rejected(HC_KIND_DURATION, "none", "is not a duration (expected 1s, 10m, 6h, 1d or 1y)");
  rejected(HC_KIND_PER_YEAR, "20", "needs a time, e.g. 20/y");
  rejected(HC_KIND_USD, "1e999", "is too large or too small to be stored");
  const char *const texts[] = {"nan", "inf", "-inf", "NAN", "0x10", "", "-", "1e", ".", "1,5",
                               "1 2", "1__0", "_1", "1_", "--1", "%", "1%%", "infinity"};
  const enum hc_kind kinds[] = {HC_KIND_NUMBER, HC_KIND_FRACTION, HC_KIND_USD, HC_KIND_DURATION,
                                HC_KIND_DURATION_OR_NONE, HC_KIND_PER_YEAR};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
      double value;
      if (!hc_unit_parse(kinds[k], texts[i], &value)) fail_msg("kind %zu takes %s", k, texts[i]);
    }
}

static void test_counts(void **state) {
  (void)state;
  int64_t value;
  const struct {
    const char *text;
    int64_t value;
  } cases[] = {{"100000", 100000}, {"100_000", 100000}, {"1e6", 1000000}, {"100k", 100000},
               {"1M", 1000000}, {"1.5k", 1500}, {"-3", -3}, {"0", 0}, {"00", 0}, {"2.0", 2},
               {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    assert_null(hc_unit_parse_count(cases[i].text, &value));
    assert_true(value == cases[i].value);
  }
  assert_string_equal(hc_unit_parse_count("1.5", &value),
                      "is not a whole number (expected 100000, 100k or 1e6)");
  assert_non_null(hc_unit_parse_count("9223372036854775808", &value));
  assert_non_null(hc_unit_parse_count("1e30", &value));
  assert_non_null(hc_unit_parse_count("1e-3", &value));
}

static void canonical_is(enum hc_kind kind, double value, const char *text) {
  struct hc_text written = {0};
  hc_canonical(kind, value, &written);
  assert_string_equal(written.data, text);
  same(number(kind, written.data), value);
  hc_text_free(&written);
}

static void test_canonical(void **state) {
  (void)state;
  canonical_is(HC_KIND_FRACTION, 0.8, "80%");
  canonical_is(HC_KIND_FRACTION, 0.0125, "1.25%");
  canonical_is(HC_KIND_FRACTION, 0.0001, "1bp");
  canonical_is(HC_KIND_FRACTION, 0.005, "50bp");
  canonical_is(HC_KIND_FRACTION, 0, "0%");
  canonical_is(HC_KIND_FRACTION, -20, "-2000%");
  canonical_is(HC_KIND_USD, 150e6, "150M");
  canonical_is(HC_KIND_USD, 2.5e9, "2.5B");
  canonical_is(HC_KIND_USD, 1234567.89, "1234567.89");
  canonical_is(HC_KIND_USD, 1e18, "1e18");
  canonical_is(HC_KIND_DURATION, 600, "10m");
  canonical_is(HC_KIND_DURATION, 86400, "1d");
  canonical_is(HC_KIND_DURATION, 90, "90s");
  canonical_is(HC_KIND_DURATION, 0.25, "250ms");
  canonical_is(HC_KIND_DURATION, 777 * 60, "777m");
  canonical_is(HC_KIND_DURATION_OR_NONE, INFINITY, "none");
  canonical_is(HC_KIND_PER_YEAR, 20, "20/y");
  canonical_is(HC_KIND_NUMBER, 0.05, "0.05");
  canonical_is(HC_KIND_NUMBER, 5e-324, "5e-324");
}

/* Any double of any kind survives being written and read. */
static void test_canonical_round_trip(void **state) {
  (void)state;
  const enum hc_kind kinds[] = {HC_KIND_NUMBER, HC_KIND_FRACTION, HC_KIND_USD, HC_KIND_DURATION,
                                HC_KIND_PER_YEAR};
  uint64_t bits = 1;
  for (int i = 0; i < 20000; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    double value;
    memcpy(&value, &bits, sizeof value);
    if (i % 2) value = (double)(bits >> 40) / 1e4;
    if (!isfinite(value)) continue;
    struct hc_text text = {0};
    hc_canonical(kinds[i % 5], value, &text);
    same(number(kinds[i % 5], text.data), value);
    hc_text_free(&text);
  }
}

static void test_locale(void **state) {
  (void)state;
  const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (setlocale(LC_ALL, names[i])) break;
  same(number(HC_KIND_NUMBER, "1.5"), 1.5);
  canonical_is(HC_KIND_NUMBER, 2.25, "2.25");
  (void)setlocale(LC_ALL, "C");
}

static void test_bounds(void **state) {
  (void)state;
  struct hc_bounds bounds;
  assert_true(hc_bounds_parse("(0, 20]", &bounds));
  assert_false(hc_bounds_contain(&bounds, 0));
  assert_true(hc_bounds_contain(&bounds, 20));
  assert_false(hc_bounds_contain(&bounds, (double)NAN));
  assert_true(hc_bounds_parse("(-inf, inf)", &bounds));
  assert_true(hc_bounds_contain(&bounds, -1e300));
  assert_true(hc_bounds_parse("", &bounds));
  assert_false(hc_bounds_parse("0, 1", &bounds));
  assert_false(hc_bounds_parse("[0, 1", &bounds));
}

static void test_nearest(void **state) {
  (void)state;
  const char *const known[] = {"volatility", "drift", "at"};
  assert_string_equal(hc_nearest("volatilty", known, 3), "volatility");
  assert_string_equal(hc_nearest("Drfit", known, 3), "drift");
  assert_null(hc_nearest("colour", known, 3));
  assert_null(hc_nearest("", known, 3));
}

/* ---- values ----------------------------------------------------------------------- */

static void test_defaults(void **state) {
  (void)state;
  good("");
  assert_string_equal(values->name, "haircut");
  assert_true(values->paths == 100000 && values->extra == -1 && values->seed == 7);
  same(values->half_life, INFINITY);
  assert_true(values->counterfactual);
  assert_int_equal(values->flow, FLOW_BATCH);
  assert_null(values->file);
  assert_int_equal(values->markets.count, 1);
  assert_string_equal(market(0)->name, "BTC");
  assert_int_equal(market(0)->price.model.index, 0);
  same(((const struct gbm *)market(0)->price.model.parameters)->volatility, 0.6);
  assert_null(market(0)->price.shock);
  assert_int_equal(market(0)->maintenance.count, 2);
  assert_true(isnan(HC_ITEMS(market(0)->maintenance, struct tier)[1].up_to));
  assert_int_equal(values->lps.count, 2);
  assert_int_equal(values->nothing.count, 0);
  good("# only a comment\n");
  good("---\n...\n");
  good("~");
}

static const char full[] =
  "name: \"a: b\"\n"
  "paths: {value: 1e6, source: 'a note'}\n"
  "half_life: 25m\n"
  "counterfactual: false\n"
  "flow: fifo\n"
  "file: data/x.csv\n"
  "markets:\n"
  "  BTC:\n"
  "    price:\n"
  "      model: merton\n"
  "      volatility: 80%\n"
  "      jump_rate: 1/d\n"
  "      shock: {at: 2h, move: -12%, back: 10m}\n"
  "    maintenance: 1.25%\n"
  "  ETH:\n"
  "    price: {model: still, shock: -10%}\n"
  "    maintenance:\n"
  "    - up_to: 2M\n"
  "      rate: 0.5%\n"
  "    - 3%\n"
  "lps: []\n";

static void test_values(void **state) {
  (void)state;
  good(full);
  assert_string_equal(values->name, "a: b");
  assert_true(values->paths == 1000000);
  assert_string_equal(values->file, "/dir/data/x.csv");
  assert_int_equal(values->flow, FLOW_FIFO);
  assert_int_equal(values->markets.count, 2);
  const struct merton *merton = market(0)->price.model.parameters;
  same(merton->jump_rate, 365);
  same(merton->drift, 0);
  same(market(0)->price.shock->at, 7200);
  assert_int_equal(market(0)->maintenance.count, 1);
  same(HC_ITEMS(market(0)->maintenance, struct tier)[0].rate, 0.0125);
  assert_null(market(1)->price.model.parameters);
  same(market(1)->price.shock->move, -0.1);
  same(HC_ITEMS(market(1)->maintenance, struct tier)[1].rate, 0.03);
  assert_int_equal(values->lps.count, 0);
}

static void test_null_is_default(void **state) {
  (void)state;
  good("paths: ~\nmarkets: {BTC: {price: null, maintenance: }}\nname: null\n");
  assert_true(values->paths == 100000);
  assert_string_equal(values->name, "haircut");
  assert_int_equal(market(0)->maintenance.count, 2);
  good("name: \"null\"\n");
  assert_string_equal(values->name, "null");
}

static void test_anchors(void **state) {
  (void)state;
  good("markets:\n  A: &a {price: {volatility: 70%}}\n  B: *a\n");
  same(((const struct gbm *)market(1)->price.model.parameters)->volatility, 0.7);
  bad("name: *b\n", "c.yaml:1:7: name: no anchor &b ends before the alias *b");
}

static void test_provenance(void **state) {
  (void)state;
  good_set(full, "seed=8", NULL);
  const struct hc_parameter *paths = parameter("paths");
  assert_string_equal(paths->text, "1000000");
  assert_string_equal(paths->source, "a note");
  assert_string_equal(paths->origin, "c.yaml:2:16");
  assert_false(paths->defaulted);
  assert_string_equal(parameter("file")->text, "data/x.csv");
  assert_string_equal(parameter("seed")->origin, "--set");
  assert_string_equal(parameter("markets.BTC.price.drift")->origin, "default");
  assert_true(parameter("markets.BTC.price.drift")->defaulted);
  assert_string_equal(parameter("markets.BTC.price.model")->text, "merton");
  assert_true(parameter("markets.BTC.price.model")->is_text);
  assert_string_equal(parameter("markets.BTC.price.jump_rate")->text, "365/y");
  assert_string_equal(parameter("markets.ETH.maintenance[0].rate")->text, "50bp");
  assert_string_equal(parameter("markets.ETH.maintenance[1].up_to")->text, "unset");
  assert_true(isnan(parameter("markets.ETH.maintenance[1].up_to")->value));
  assert_string_equal(parameter("markets.ETH.maintenance[1].up_to")->unit, "USD");
  assert_string_equal(parameter("extra")->text, "unset");
  assert_string_equal(parameter("lps")->text, "[]");
  const struct hc_source *sources;
  assert_int_equal(hc_config_sources(config, &sources), 1);
  assert_string_equal(sources[0].text, full);
}

/* ---- errors ----------------------------------------------------------------------- */

static void test_value_errors(void **state) {
  (void)state;
  bad("markets:\n  BTC:\n    price:\n      volatility: fast\n",
      "c.yaml:4:19: markets.BTC.price.volatility: \"fast\" is not a fraction (expected 80%, 30bp "
      "or 0.8)");
  bad("markets: {BTC: {price: {volatility: -80%}}}\n",
      "c.yaml:1:37: markets.BTC.price.volatility: -80% is outside [0, 20]; use a value in [0%, "
      "2000%]");
  bad("paths: 0\n", "c.yaml:1:8: paths: 0 is outside [1, 1e12]");
  bad("extra: -1\n", "c.yaml:1:8: extra: -1 is negative; use a whole number from 0");
  bad("half_life: 10\n", "c.yaml:1:12: half_life: \"10\" needs a unit, e.g. 10m");
  bad("flow: fifoo\n", "c.yaml:1:7: flow: \"fifoo\" is not one of batch, fifo; did you mean `fifo`?");
  bad("flow: lifetime\n", "c.yaml:1:7: flow: \"lifetime\" is not one of batch, fifo");
  bad("counterfactual: maybe\n", "c.yaml:1:17: counterfactual: \"maybe\" is not true or false");
  bad("markets: {B: {price: {model: mertn, jump_rate: 1/d}}}\n",
      "c.yaml:1:30: markets.B.price.model: \"mertn\" is not a known model (known: gbm, merton, "
      "kou, still); did you mean `merton`?");
  bad("file: ''\n", "c.yaml:1:7: file: a file name is expected, found an empty text");
  bad("name: \"a\\0b\"\n", "c.yaml:1:7: name: a text must not contain a zero byte");
  bad("flow: \"a\\tb\"\n", "c.yaml:1:7: flow: \"a\\x09b\" is not one of batch, fifo");
}

static void test_key_errors(void **state) {
  (void)state;
  bad("markets:\n  BTC:\n    price:\n      volatilty: 1\n",
      "c.yaml:4:7: markets.BTC.price.volatilty: unknown key; did you mean `volatility`?");
  bad("markets: {BTC: {price: {zzz: 1}}}\n",
      "c.yaml:1:25: markets.BTC.price.zzz: unknown key (known: model, volatility, drift, "
      "jump_rate, initial, shock)");
  bad("markets: {BTC: {price: {jump_rate: 1/d}}}\n",
      "c.yaml:1:25: markets.BTC.price.jump_rate: jump_rate is not a parameter of model gbm (it "
      "belongs to merton, kou)");
  bad("paths: 1\nname: a\npaths: 2\n", "c.yaml:3:1: paths: the key is written twice, first in line 1");
  bad("markets: {BTC: {name: x}}\n",
      "c.yaml:1:17: markets.BTC.name: the name is the key, BTC; leave this line out");
  bad("markets: {'a b': {}}\n",
      "c.yaml:1:11: markets.a b: a name must not contain spaces, quotes, [, ], = or \\");
}

static void test_shape_errors(void **state) {
  (void)state;
  bad("paths: [1]\n",
      "c.yaml:1:8: paths: a single value is expected (whole number: 100000 or 100k), found a list");
  bad("paths: {value: 1, sorce: x}\n",
      "c.yaml:1:8: paths: a single value is expected (whole number: 100000 or 100k), found a mapping");
  bad("markets: 3\n", "c.yaml:1:10: markets: a mapping of names is expected, found a single value");
  bad("markets: {BTC: 3}\n",
      "c.yaml:1:16: markets.BTC: a mapping of keys is expected, found a single value");
  bad("lps: {name: x}\n", "c.yaml:1:6: lps: a list is expected, found a mapping");
  bad("lps: [x]\n", "c.yaml:1:7: lps[0]: a mapping of keys is expected, found a single value");
  bad("lps: x\n", "c.yaml:1:6: lps: a list is expected, found a single value");
  bad("- 1\n", "c.yaml:1:1: a mapping of keys is expected, found a list");
}

static void test_yaml_errors(void **state) {
  (void)state;
  bad("a: [b\n", "c.yaml:2:1: not valid YAML: did not find expected ',' or ']' (while parsing a "
                 "flow sequence that starts in line 1)");
  bad("a: \xff\n", "c.yaml:1:4: invalid leading UTF-8 octet; the text must be UTF-8");
  bad("a:\n\tb: 1\n", "c.yaml:2:1: not valid YAML: found character that cannot start any token");
  bad("name: a\n---\nname: b\n", "c.yaml:2:1: a second YAML document; only one is allowed");
  bad("<<: {}\n", "c.yaml:1:1: merge keys (<<) are not supported; write the keys out");
  bad("[a]: 1\n", "c.yaml:1:1: a key must be plain text");
  bad("a: &a [*a]\n", "c.yaml:1:8: a[0]: no anchor &a ends before the alias *a");
}

static void test_all_errors_in_order(void **state) {
  (void)state;
  assert_int_equal(parse_with("zzz: 1\nflow: x\npaths: many\npaths: 1\n", NULL), HC_INPUT);
  assert_int_equal(hc_diagnostics_errors(&found), 4);
  for (size_t i = 0; i < 4; ++i) assert_int_equal(found.items[i].line, (int)i + 1);
}

static void test_hostile(void **state) {
  (void)state;
  char *text = malloc(300001);
  assert_non_null(text);
  memset(text, '[', 300000);
  text[300000] = '\0';
  assert_int_equal(parse_with(text, NULL), HC_INPUT);
  for (size_t i = 0; i < 300000; i += 3) memcpy(text + i, "{a:", 3);
  assert_int_equal(parse_with(text, NULL), HC_INPUT);
  free(text);
  assert_int_equal(parse_with("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                              "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c]\n"
                              "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e]\n",
                              NULL), HC_INPUT);
  assert_string_equal(found.items[0].message, "f[0]: more than 100000 values");
}

/* ---- files ------------------------------------------------------------------------ */

static void write_file(const char *name, const char *text) {
  FILE *file = fopen(name, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
}

static char folder[64], first[80], second[80];

static int make_folder(void **state) {
  (void)state;
  (void)snprintf(folder, sizeof folder, "/tmp/haircut-config-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  (void)snprintf(first, sizeof first, "%s/1.yaml", folder);
  (void)snprintf(second, sizeof second, "%s/2.yaml", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)unlink(first);
  (void)unlink(second);
  (void)rmdir(folder);
  return tear_down(state);
}

static hc_status load(const char *one, const char *two) {
  (void)tear_down(NULL);
  write_file(first, one);
  write_file(second, two);
  const char *const files[] = {first, second};
  const hc_status status = hc_config_load(&root_table, files, 2, NULL, 0, &config, &found);
  if (config) values = hc_config_values(config);
  return status;
}

static void test_merge(void **state) {
  (void)state;
  assert_int_equal(load("paths: {value: 5, source: s}\nfile: x.csv\nname: a\nmarkets: {A: {price: "
                        "{model: merton, jump_rate: 9/y, drift: 2%, shock: -5%}, maintenance: 1%}}\n",
                        "paths: 6\nmarkets: {A: {price: {model: gbm, shock: {at: 1h}}}, B: {}}\n"),
                   HC_OK);
  assert_true(values->paths == 6);
  assert_string_equal(parameter("paths")->source, "");
  assert_string_equal(values->name, "a");
  char wanted[100];
  (void)snprintf(wanted, sizeof wanted, "%s/x.csv", folder);
  assert_string_equal(values->file, wanted);
  assert_int_equal(values->markets.count, 2);
  assert_int_equal(market(0)->price.model.index, 0);
  same(((const struct gbm *)market(0)->price.model.parameters)->drift, 0.02);
  same(market(0)->price.shock->at, 3600);
  same(market(0)->price.shock->move, -0.05);
  assert_int_equal(market(0)->maintenance.count, 1);
}

static void test_merge_errors(void **state) {
  (void)state;
  /* an error of the first file is not hidden by the second, nor the other way round */
  assert_int_equal(load("nme: a\n", "flow: x\n"), HC_INPUT);
  assert_int_equal(found.count, 2);
  assert_string_equal(found.items[0].file, first);
  assert_string_equal(found.items[1].file, second);
  assert_int_equal(load("markets: {A: {price: {model: gbm}}}\n",
                        "markets: {A: {price: {model: gbm, jump_rate: 1/y}}}\n"), HC_INPUT);
  assert_int_equal(load("name: [\n", "nme: a\n"), HC_INPUT);
  assert_int_equal(found.count, 2);
}

static void test_unreadable(void **state) {
  (void)state;
  const char *const files[] = {"/nonexistent/a.yaml", "/tmp"};
  (void)tear_down(NULL);
  assert_int_equal(hc_config_load(&root_table, files, 2, NULL, 0, &config, &found), HC_INPUT);
  assert_string_equal(shown(0), "/nonexistent/a.yaml: No such file or directory");
  assert_string_equal(shown(1), "/tmp: Is a directory");
}

/* ---- settings --------------------------------------------------------------------- */

static void test_settings(void **state) {
  (void)state;
  good_set("", "markets.BTC.price.volatility=90%", "lps[1].deposits=5k");
  same(((const struct gbm *)market(0)->price.model.parameters)->volatility, 0.9);
  same(HC_ITEMS(values->lps, struct lp)[1].deposits, 5000);
  assert_string_equal(HC_ITEMS(values->lps, struct lp)[0].name, "a");
  good_set("", "lps[a].deposits=7k", "name=");
  same(HC_ITEMS(values->lps, struct lp)[0].deposits, 7000);
  good_set(full, "markets.BTC.price.model=gbm", "markets.BTC.maintenance[0].up_to=3k");
  assert_int_equal(market(0)->price.model.index, 0);
  same(HC_ITEMS(market(0)->maintenance, struct tier)[0].up_to, 3000);
  same(HC_ITEMS(market(0)->maintenance, struct tier)[0].rate, 0.0125);
  good_set(full, "markets[ETH].price.shock.at=1h", "lps=[{name: z}]");
  same(market(1)->price.shock->at, 3600);
  same(market(1)->price.shock->move, -0.1);
  assert_string_equal(HC_ITEMS(values->lps, struct lp)[0].name, "z");
  good_set("", "markets.ETH.price.initial=3k", NULL);
  assert_int_equal(values->markets.count, 1);
  assert_string_equal(market(0)->name, "ETH");
  good_set("markets: {BRK.B: {}}", "markets.BRK.B.price.initial=3k", NULL);
  same(market(0)->price.initial, 3000);
  good_set("", "lps[0]={name: q}", "paths={value: 3, source: me}");
  assert_string_equal(HC_ITEMS(values->lps, struct lp)[0].name, "q");
  assert_string_equal(parameter("paths")->source, "me");
}

static void test_setting_errors(void **state) {
  (void)state;
  bad_set("", "pths=1", "--set pths=1: pths: unknown key; did you mean `paths`?");
  bad_set(full, "markets.BCT.price.drift=1",
          "--set markets.BCT.price.drift=1: markets.BCT: unknown name; did you mean `BTC`?");
  bad_set("", "lps[2].deposits=1",
          "--set lps[2].deposits=1: lps[2]: no such element; the list has 2, counted from 0");
  bad_set("", "lps[bb].deposits=1",
          "--set lps[bb].deposits=1: lps[bb]: no element of that name; did you mean `b`?");
  bad_set("", "lps.x=1", "--set lps.x=1: lps: this is a list; name an element, as in [0]");
  bad_set("", "paths.x=1", "--set paths.x=1: paths: this is a single value and has no parts");
  bad_set("", "paths=many",
          "--set paths=many: paths: \"many\" is not a whole number (expected 100000, 100k or 1e6)");
  bad_set("", "paths", "--set paths: KEY=VALUE is expected, as in name=test");
  bad_set("", "markets.BTC.price.jump_rate=1/y",
          "--set markets.BTC.price.jump_rate=1/y: markets.BTC.price.jump_rate: jump_rate is not a "
          "parameter of model gbm (it belongs to merton, kou)");
  bad_set("", "lps[0]x=1", "--set lps[0]x=1: lps[0]: \"x\" is not understood; go on with .KEY");
  bad_set("", "name=[a", "--set name=[a: not valid YAML: did not find expected ',' or ']'");
}

/* ---- output ----------------------------------------------------------------------- */

static void digest_of(char hex[65]) { hc_config_digest(config, NULL, hex); }

static void test_round_trip(void **state) {
  (void)state;
  good_set(full, "name=\"tab\\t \\u2028 \\\"q\\\"\"", "markets.BTC.price.initial=0.1");
  char *yaml, *again, before[65], after[65];
  assert_int_equal(hc_config_yaml(config, &yaml), HC_OK);
  digest_of(before);
  const char *const none[] = {NULL};
  hc_config_digest(config, none, after);
  assert_string_equal(before, after);
  good(yaml);
  assert_string_equal(values->file, "/dir/data/x.csv");
  assert_string_equal(parameter("paths")->source, "a note");
  assert_int_equal(hc_config_yaml(config, &again), HC_OK);
  assert_string_equal(yaml, again);
  /* the note and the file name as written are all that may differ */
  const char *const except[] = {"file", NULL};
  hc_config_digest(config, except, after);
  good_set(full, "name=\"tab\\t \\u2028 \\\"q\\\"\"", "markets.BTC.price.initial=0.1");
  hc_config_digest(config, except, before);
  assert_string_equal(before, after);
  free(yaml);
  free(again);
}

static void test_round_trip_of_defaults(void **state) {
  (void)state;
  char *yaml, before[65], after[65];
  good("");
  digest_of(before);
  assert_int_equal(hc_config_yaml(config, &yaml), HC_OK);
  good(yaml);
  digest_of(after);
  assert_string_equal(before, after);
  free(yaml);
}

static void test_digest(void **state) {
  (void)state;
  char a[65], b[65];
  hc_sha256_hex("abc", 3, a);
  assert_string_equal(a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  good("paths: 1k\n");
  digest_of(a);
  good("paths: 1000\nmarkets: {BTC: {price: {volatility: 0.6}}}\n");
  digest_of(b);
  assert_string_equal(a, b);
  good("paths: 1001\n");
  digest_of(b);
  assert_string_not_equal(a, b);
  const char *const except[] = {"paths", NULL};
  hc_config_digest(config, except, b);
  good("");
  hc_config_digest(config, except, a);
  assert_string_equal(a, b);
  assert_int_equal(hc_sha256_file("/nonexistent", a, NULL), HC_IO);
}

static void test_complain(void **state) {
  (void)state;
  good(full);
  assert_int_equal(hc_config_complain(config, &found, false, "markets.ETH.price.initial", "no %d", 1),
                   HC_OK);
  assert_string_equal(shown(0), "c.yaml:16:5: markets.ETH.price.initial: no 1");
  assert_int_equal(hc_config_complain(config, &found, true, "half_life", "hm"), HC_OK);
  assert_string_equal(shown(0), "c.yaml:3:12: half_life: hm");
  assert_int_equal(hc_diagnostics_errors(&found), 1);
  assert_int_equal(hc_config_complain(config, &found, false, "markets.ETH.maintenance[1].rate", "x"),
                   HC_OK);
  assert_string_equal(shown(2), "c.yaml:20:7: markets.ETH.maintenance[1].rate: x");
  assert_int_equal(hc_config_complain(config, &found, false, "seed", "x"), HC_OK);
  assert_string_equal(shown(0), "c.yaml:1:1: seed: x");
  good("");
  assert_int_equal(hc_config_complain(config, &found, false, "seed", "x"), HC_OK);
  assert_string_equal(shown(0), "-: seed: x");
}

static void test_schema(void **state) {
  (void)state;
  char *text;
  assert_int_equal(hc_schema_markdown(&root_table, &text), HC_OK);
  assert_non_null(strstr(text, "## `markets.<name>.price`"));
  assert_non_null(strstr(text, "## `markets.<name>.maintenance[i]`"));
  assert_non_null(strstr(text, "### `markets.<name>.price`: `model: merton`"));
  assert_non_null(strstr(text, "| `jump_rate` | rate per time: 20/y, 1/d | `20/y` | [0, 1e6] | 1/y"));
  assert_non_null(strstr(text, "- `fifo`: One \"by\" one."));
  assert_non_null(strstr(text, "Name \\| of the run."));
  free(text);
  assert_int_equal(hc_schema_json(&root_table, &text), HC_OK);
  assert_non_null(strstr(text, "\"doc\": \"One \\\"by\\\" one.\""));
  assert_non_null(strstr(text, "\"kind\": \"VARIANT\""));
  free(text);
}

/* ---- anything goes in, nothing breaks ----------------------------------------------- */

static uint32_t random_state = 12345;
static uint32_t draw(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)random_state * below) >> 32);
}

static void try_bytes(const char *bytes, size_t length) {
  (void)tear_down(NULL);
  const hc_status status =
    hc_config_parse(&root_table, "f", bytes, length, NULL, NULL, 0, &config, &found);
  assert_true(status == HC_OK ? config && !hc_diagnostics_errors(&found)
                              : status == HC_INPUT && !config && hc_diagnostics_errors(&found));
}

static void test_fuzz(void **state) {
  (void)state;
  char bytes[sizeof full];
  for (size_t length = 0; length < sizeof full; ++length) try_bytes(full, length);
  for (int round = 0; round < 3000; ++round) {
    memcpy(bytes, full, sizeof full);
    for (uint32_t i = 0, count = 1 + draw(6); i < count; ++i)
      bytes[draw(sizeof full - 1)] =
        draw(2) ? (char)draw(256) : "{}[]:-&*!|>'\"%@`#,?\n \t~0"[draw(24)];
    try_bytes(bytes, sizeof full - 1);
  }
  for (int round = 0; round < 1000; ++round) {
    const uint32_t length = draw(200);
    for (uint32_t i = 0; i < length; ++i) bytes[i] = (char)draw(256);
    try_bytes(bytes, length);
  }
}

static void test_fuzz_settings(void **state) {
  (void)state;
  static const char letters[] = "markets.BTC.price[0]lps={}:,1%- ";
  for (int round = 0; round < 3000; ++round) {
    char setting[40];
    const uint32_t length = draw(39);
    for (uint32_t i = 0; i < length; ++i) setting[i] = letters[draw(sizeof letters - 1)];
    if (draw(2)) (void)snprintf(setting, 9, "lps[%c].", (char)('0' + draw(4)));
    setting[length] = '\0';
    const char *const settings[] = {setting, NULL};
    const hc_status status = parse_with(draw(2) ? full : "", settings);
    assert_true(status == HC_OK || status == HC_INPUT);
  }
}

#ifdef HC_TEST_WRAP_MALLOC /* linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
static long allocations_left = -1;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
static int spend(void) { return allocations_left < 0 || allocations_left-- > 0; }
void *__wrap_malloc(size_t size) { return spend() ? __real_malloc(size) : NULL; }
void *__wrap_calloc(size_t count, size_t size) { return spend() ? __real_calloc(count, size) : NULL; }
void *__wrap_realloc(void *old, size_t size) { return spend() ? __real_realloc(old, size) : NULL; }

/* Runs with one more allocation each time until there are enough. */
static void each_allocation(const char *text, const char *const *settings, hc_status wanted) {
  for (long allowed = 0;; ++allowed) {
    (void)tear_down(NULL);
    allocations_left = allowed;
    const hc_status status = parse_with(text, settings);
    char *yaml = NULL;
    if (config) {
      (void)!hc_config_yaml(config, &yaml);
      (void)hc_config_complain(config, &found, false, "paths", "x");
    }
    const int enough = allocations_left > 0;
    allocations_left = -1;
    free(yaml);
    if (enough) {
      assert_int_equal(status, wanted);
      return;
    }
    assert_true(status == HC_NO_MEMORY || status == wanted);
    assert_true(status == HC_OK || !config);
  }
}

static void test_no_memory(void **state) {
  (void)state;
  const char *const settings[] = {"lps=[{name: a}]", "lps[a].deposits=3k",
                                  "markets.ETH.price.model=gbm", NULL};
  each_allocation(full, settings, HC_OK);
  each_allocation("zz: 1\nflow: x\npaths: [1]\npaths: 3\n", NULL, HC_INPUT);
  const char *const wrong[] = {"lpss=3", "lps[9].name=3", "markets.ETHH.name=3", NULL};
  each_allocation(full, wrong, HC_INPUT);
}
#endif

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
  const struct CMUnitTest tests[] = {
    TEST(test_units), TEST(test_units_rejected), TEST(test_counts), TEST(test_canonical),
    TEST(test_canonical_round_trip), TEST(test_locale), TEST(test_bounds), TEST(test_nearest),
    TEST(test_defaults), TEST(test_values), TEST(test_null_is_default), TEST(test_anchors),
    TEST(test_provenance), TEST(test_value_errors), TEST(test_key_errors), TEST(test_shape_errors),
    TEST(test_yaml_errors), TEST(test_all_errors_in_order), TEST(test_hostile),
    cmocka_unit_test_setup_teardown(test_merge, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown(test_merge_errors, make_folder, remove_folder),
    TEST(test_unreadable), TEST(test_settings), TEST(test_setting_errors), TEST(test_round_trip),
    TEST(test_round_trip_of_defaults), TEST(test_digest), TEST(test_complain), TEST(test_schema),
    TEST(test_fuzz), TEST(test_fuzz_settings),
#ifdef HC_TEST_WRAP_MALLOC
    TEST(test_no_memory),
#endif
  };
  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
