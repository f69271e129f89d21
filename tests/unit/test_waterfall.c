/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "haircut/haircut.h"
#include "waterfall/waterfall.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void assert_near(double value, double expected, double tolerance) {
  if (fabs(value - expected) <= tolerance) return;
  fail_msg("%.17g is not within %g of %.17g", value, tolerance, expected);
}

/* A number in (0, 1) for the tests' own choices. */
static double chance(void) {
  static uint32_t index;
  double u[2];
  hc_uniforms(4711, 3, index++, HC_PURPOSE_WORD(HC_PURPOSES, 9), u);
  return u[0];
}

/* A waterfall and the pots of its classes, as a configuration makes them. */
struct venue {
  struct hc_config *config;
  struct hc_waterfall waterfall;
  size_t bad_layer;
  const char *field, *why;
};

static hc_status try_venue(const char *layers, const char *classes, struct venue *venue) {
  char yaml[2000];
  *venue = (struct venue){0};
  (void)snprintf(yaml, sizeof yaml, "liquidity_providers: %s\nwaterfall: %s\n", classes, layers);
  struct hc_diagnostics diagnostics = {0};
  const hc_status parsed = hc_config_parse(&hc_root_table, "venue", yaml, strlen(yaml), NULL, NULL,
                                           0, &venue->config, &diagnostics);
  if (parsed != HC_OK)
    fail_msg("%s: %s", layers, diagnostics.count ? diagnostics.items[0].message : "");
  hc_diagnostics_free(&diagnostics);
  const struct hc_root_config *root = hc_config_values(venue->config);
  return hc_waterfall_compile(&root->waterfall, &root->liquidity_providers, &venue->waterfall,
                              &venue->bad_layer, &venue->field, &venue->why);
}
static struct venue open_venue(const char *layers, const char *classes) {
  struct venue venue;
  if (try_venue(layers, classes, &venue) != HC_OK) fail_msg("%s: %s", layers, venue.why);
  return venue;
}

static const char FOUR[] =
  "[{name: a, deposits: 400}, {name: b, deposits: 300}, {name: c, deposits: 200}, {name: d, "
  "deposits: 100}]";
static const char DEFAULT[] =
  "[{verb: fund, who: insurance}, {verb: assess, who: liquidity_providers, base: profit}, {verb: "
  "assess, who: liquidity_providers, base: deposit}]";

static struct hc_payments pay(const struct venue *venue, struct hc_pots *pots, double bad_debt) {
  struct hc_payments payments = {0};
  assert_int_equal(hc_waterfall_pay(&venue->waterfall, pots, bad_debt, &payments), HC_OK);
  return payments;
}

/* ---- worked vectors ---------------------------------------------------- */

static void test_fund_then_providers_pro_rata(void **state) {
  (void)state;
  struct venue venue = open_venue(DEFAULT, FOUR);
  struct hc_pots pots = {.fund = 100, .classes = 4, .deposit = {400, 300, 200, 100}};
  const struct hc_payments p = pay(&venue, &pots, 250);
  const double shares[] = {60, 45, 30, 15};
  assert_near(p.insurance, 100, 0);
  assert_near(p.lp_deposit, 150, 1e-12);
  assert_near(p.lp_profit, 0, 0);
  assert_near(p.uncovered, 0, 0);
  for (int i = 0; i < 4; i++) {
    assert_near(p.lp_class[i], shares[i], 1e-12);
    assert_near(pots.deposit[i], (const double[]){340, 255, 170, 85}[i], 1e-12);
  }
  assert_near(pots.fund, 0, 0);
  hc_config_free(venue.config);
}

static void test_profit_goes_first_and_negatives_count_as_none(void **state) {
  (void)state;
  struct venue venue = open_venue(DEFAULT, FOUR);
  struct hc_pots pots = {.fund = 10, .classes = 4, .profit = {30, -50, 10, 0},
                         .deposit = {400, 300, 200, 100}};
  struct hc_payments p = pay(&venue, &pots, 30);
  assert_near(p.lp_class[0], 15, 1e-13);
  assert_near(p.lp_class[1], 0, 0);
  assert_near(p.lp_class[2], 5, 1e-13);
  assert_near(p.lp_profit, 20, 1e-13);
  p = pay(&venue, &pots, 20 + 500);
  assert_near(p.lp_profit, 20, 1e-13);
  assert_near(p.lp_deposit, 500, 1e-12);
  assert_near(p.lp_class[1], 150, 1e-12);
  p = pay(&venue, &pots, 700); /* more than there is */
  assert_near(p.lp_deposit, 500, 1e-12);
  assert_near(p.uncovered, 200, 1e-12);
  assert_near(pots.profit[1], -50, 0);
  for (int i = 0; i < 4; i++) assert_near(pots.deposit[i], 0, 1e-12);
  p = pay(&venue, &pots, 5);
  assert_near(p.uncovered, 5, 1e-12);
  hc_config_free(venue.config);
}

static void test_one_class_first(void **state) {
  (void)state;
  struct venue venue = open_venue(
    "[{verb: assess, who: c, base: deposit}, {verb: fund}, {verb: assess, who: liquidity_providers}]", FOUR);
  struct hc_pots pots = {.fund = 100, .classes = 4, .deposit = {400, 300, 200, 100}};
  const struct hc_payments p = pay(&venue, &pots, 340);
  assert_near(p.layer[0], 200, 0);
  assert_near(p.layer[1], 100, 0);
  assert_near(p.layer[2], 40, 1e-13);
  const double shares[] = {20, 15, 200, 5};
  for (int i = 0; i < 4; i++) assert_near(p.lp_class[i], shares[i], 1e-12);
  hc_config_free(venue.config);
}

static void test_no_layers(void **state) {
  (void)state;
  struct venue venue = open_venue("[]", FOUR);
  struct hc_pots pots = {.fund = 100, .classes = 4, .deposit = {400, 300, 200, 100}};
  const struct hc_payments p = pay(&venue, &pots, 7);
  assert_near(p.uncovered, 7, 0);
  assert_near(pots.fund, 100, 0);
  hc_config_free(venue.config);
}

/* ---- properties of every verb --------------------------------------------------------- */

/* Waterfalls of every verb of the registry, alone and in every order of two and three. */
enum { MAX_FORMS = 16 };
static size_t forms(char form[MAX_FORMS][120]) {
  size_t count = 0;
  for (size_t i = 0; i < hc_layer_verbs.count; i++) {
    const char *verb = hc_layer_verbs.variants[i]->name;
    (void)snprintf(form[count++], 120, "{verb: %s}", verb);
    if (strcmp(verb, "assess") != 0) continue;
    for (size_t b = 0; b < hc_base_words.count; b++)
      for (size_t a = 0; a < hc_allocation_words.count; a++)
        for (int one = 0; one < 2; one++)
          (void)snprintf(form[count++], 120, "{verb: assess, who: %s, base: %s, allocation: %s}",
                         one ? "b" : "liquidity_providers", hc_base_words.words[b].name,
                         hc_allocation_words.words[a].name);
  }
  assert_true(count <= MAX_FORMS);
  return count;
}

static struct hc_pots random_pots(void) {
  struct hc_pots pots = {.classes = 4};
  pots.fund = chance() < 0.3 ? 0.0 : exp(10.0 * chance());
  for (int i = 0; i < 4; i++) {
    pots.deposit[i] = chance() < 0.2 ? 0.0 : exp(10.0 * chance());
    pots.profit[i] = chance() < 0.3 ? -exp(8.0 * chance()) : chance() < 0.2 ? 0.0 : exp(8.0 * chance());
  }
  return pots;
}

static void check_payment(const struct venue *venue, const struct hc_pots *before, double bad_debt) {
  const size_t layers = venue->waterfall.count;
  struct hc_pots pots = *before;
  const struct hc_payments p = pay(venue, &pots, bad_debt);
  double sum = p.uncovered, classes = 0.0;
  for (size_t i = 0; i < layers; i++) {
    assert_true(p.layer[i] >= 0.0);
    sum += p.layer[i];
  }
  const double tolerance = 1e-12 * (bad_debt + before->fund + fabs(hc_pots_lp_equity(before)));
  assert_true(p.uncovered >= 0.0);
  assert_near(sum, bad_debt, 1e-13 * bad_debt);
  assert_near(p.insurance + p.lp_profit + p.lp_deposit + p.uncovered, bad_debt, 1e-13 * bad_debt);
  for (size_t i = 0; i < 4; i++) {
    assert_true(p.lp_class[i] >= 0.0);
    classes += p.lp_class[i];
    /* Nobody pays more than he has, or is paid. */
    assert_true(pots.deposit[i] >= 0.0 && pots.deposit[i] <= before->deposit[i]);
    assert_true(pots.profit[i] >= fmin(0.0, before->profit[i]) && pots.profit[i] <= before->profit[i]);
    assert_near(before->deposit[i] - pots.deposit[i] + before->profit[i] - pots.profit[i],
                p.lp_class[i], tolerance);
  }
  assert_true(pots.fund >= 0.0 && pots.fund <= before->fund);
  assert_near(before->fund - pots.fund, p.insurance, tolerance);
  assert_near(classes, p.lp_profit + p.lp_deposit, tolerance);
  /* A layer pays nothing while one before it has something left. */
  struct hc_pots after = pots;
  for (size_t i = 0; i + 1 < layers; i++) {
    const struct hc_layer *layer = &venue->waterfall.layers[i];
    if (p.layer[i + 1] > 0.0) assert_near(layer->ops->capacity(layer, &after), 0.0, tolerance);
  }
  if (p.uncovered > 0.0)
    for (size_t i = 0; i < layers; i++)
      assert_near(venue->waterfall.layers[i].ops->capacity(&venue->waterfall.layers[i], &after), 0.0,
                  tolerance);
}

static void check_no_debt_no_payment(const struct venue *venue, const struct hc_pots *before) {
  struct hc_pots pots = *before;
  const struct hc_payments p = pay(venue, &pots, 0.0), none = {0};
  assert_memory_equal(&p, &none, sizeof p);
  assert_memory_equal(&pots, before, sizeof pots);
}

static void check_larger_fund(const struct venue *venue, const struct hc_pots *before, double bad_debt) {
  struct hc_pots poor = *before, rich = *before;
  rich.fund += 100.0 * chance();
  const struct hc_payments p = pay(venue, &poor, bad_debt), r = pay(venue, &rich, bad_debt);
  const double slack = 1e-12 * (bad_debt + fabs(hc_pots_lp_equity(before)));
  assert_true(r.lp_profit + r.lp_deposit <= p.lp_profit + p.lp_deposit + slack);
  assert_true(r.uncovered <= p.uncovered + slack);
  for (int i = 0; i < 4; i++) assert_true(r.lp_class[i] <= p.lp_class[i] + slack);
}

/* The order of the classes is nobody's business (but where a layer names one). */
static void check_permutation(const struct venue *venue, const struct hc_pots *before, double bad_debt) {
  for (size_t i = 0; i < venue->waterfall.count; i++)
    if (venue->waterfall.layers[i].only_class >= 0) return;
  const size_t order[] = {2, 0, 3, 1};
  struct hc_pots pots = *before, mixed = *before;
  for (size_t i = 0; i < 4; i++) {
    mixed.deposit[i] = before->deposit[order[i]];
    mixed.profit[i] = before->profit[order[i]];
  }
  const struct hc_payments p = pay(venue, &pots, bad_debt), m = pay(venue, &mixed, bad_debt);
  for (size_t i = 0; i < 4; i++)
    assert_near(m.lp_class[i], p.lp_class[order[i]], 1e-12 * (bad_debt + 1.0));
}

static void check_waterfall(const char *layers) {
  struct venue venue = open_venue(layers, FOUR);
  for (int trial = 0; trial < 200; trial++) {
    const struct hc_pots pots = random_pots();
    const double everything = pots.fund + fabs(hc_pots_lp_equity(&pots));
    const double bad_debt = trial % 5 == 0 ? 1e-9 * (1.0 + everything)
                            : trial % 7 == 0 ? pots.fund + 1e-300
                                             : everything * 1.5 * chance() + 1e-12;
    check_payment(&venue, &pots, bad_debt);
    check_no_debt_no_payment(&venue, &pots);
    check_larger_fund(&venue, &pots, bad_debt);
    check_permutation(&venue, &pots, bad_debt);
  }
  hc_config_free(venue.config);
}

static void test_every_waterfall(void **state) {
  (void)state;
  char form[MAX_FORMS][120], layers[500];
  const size_t count = forms(form);
  assert_true(count >= hc_layer_verbs.count);
  for (size_t i = 0; i < count; i++) {
    (void)snprintf(layers, sizeof layers, "[%.119s]", form[i]);
    check_waterfall(layers);
    for (size_t j = 0; j < count; j++) {
      (void)snprintf(layers, sizeof layers, "[%.119s, %.119s]", form[i], form[j]);
      check_waterfall(layers);
      (void)snprintf(layers, sizeof layers, "[%.119s, %.119s, %.119s]", form[i], form[j],
                     form[(i + j) % count]);
      check_waterfall(layers);
    }
  }
}

/* Payments add to what the path has paid before. */
static void test_payments_accumulate(void **state) {
  (void)state;
  struct venue venue = open_venue(DEFAULT, FOUR);
  struct hc_pots pots = {.fund = 100, .classes = 4, .deposit = {400, 300, 200, 100}};
  struct hc_payments sum = {0};
  for (int i = 0; i < 5; i++)
    assert_int_equal(hc_waterfall_pay(&venue.waterfall, &pots, 50, &sum), HC_OK);
  assert_near(sum.insurance, 100, 1e-12);
  assert_near(sum.lp_deposit, 150, 1e-12);
  assert_near(sum.lp_class[0], 60, 1e-12);
  assert_near(sum.layer[0] + sum.layer[1] + sum.layer[2], 250, 1e-12);
  hc_config_free(venue.config);
}

/* ---- a rule that cheats is caught --------------------------------------------------------- */

static double ten(const struct hc_layer *layer, const struct hc_pots *pots) {
  (void)layer, (void)pots;
  return 10.0;
}
static void pays_half(const struct hc_layer *layer, struct hc_pots *pots, double amount,
                      struct hc_payments *payments) {
  (void)layer;
  pots->fund -= 0.5 * amount;
  payments->insurance += amount;
}
static void test_cheats_are_caught(void **state) {
  (void)state;
  const struct hc_layer_ops ops = {NULL, ten, pays_half};
  struct hc_waterfall waterfall = {.count = 1, .layers = {{.ops = &ops, .name = "cheat", .only_class = -1}}};
  struct hc_pots pots = {.fund = 100};
  struct hc_payments payments = {0};
  assert_int_equal(hc_waterfall_pay(&waterfall, &pots, 5, &payments), HC_BUG);
}

/* ---- sharing --------------------------------------------------------------------------------- */

static void test_shares(void **state) {
  (void)state;
  for (int trial = 0; trial < 5000; trial++) {
    double weight[HC_MAX_CLASSES], share[HC_MAX_CLASSES], total = 0.0, sum = 0.0;
    const size_t count = 1 + (size_t)(chance() * (HC_MAX_CLASSES - 1));
    for (size_t i = 0; i < count; i++) {
      weight[i] = chance() < 0.2 ? -chance() : exp(40.0 * chance() - 20.0);
      if (weight[i] > 0.0) total += weight[i];
    }
    const double amount = trial % 4 == 0 ? total : total * chance();
    hc_share_pro_rata(amount, weight, count, share);
    for (size_t i = 0; i < count; i++) {
      assert_true(share[i] >= 0.0 && share[i] <= fmax(0.0, weight[i]));
      if (weight[i] > 0.0) assert_near(share[i], amount * (weight[i] / total), 1e-14 * total);
      sum += share[i];
    }
    assert_near(sum, amount, 1e-14 * total);
  }
}

/* ---- what does not compile ----------------------------------------------------------------------- */

static void test_wrong_layers(void **state) {
  (void)state;
  const struct {
    const char *layers, *field, *word;
    size_t layer;
  } wrong[] = {
    {"[{verb: fund, who: treasury}]", "who", "fund", 0},
    {"[{verb: fund}, {verb: assess, who: nobody}]", "who", "nor the name", 1},
    {"[{verb: fund}, {verb: assess}, {verb: assess, who: insurance}]", "who", "nor the name", 2},
  };
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    struct venue venue;
    assert_int_equal(try_venue(wrong[i].layers, FOUR, &venue), HC_INPUT);
    assert_int_equal(venue.bad_layer, wrong[i].layer);
    assert_string_equal(venue.field, wrong[i].field);
    assert_non_null(strstr(venue.why, wrong[i].word));
    hc_config_free(venue.config);
  }
}

static void test_too_many_layers(void **state) {
  (void)state;
  char layers[1000] = "[{verb: fund}";
  for (int i = 1; i < HC_MAX_LAYERS; i++) (void)strcat(layers, ", {verb: fund}");
  const size_t end = strlen(layers);
  (void)strcat(layers, "]");
  struct venue venue;
  assert_int_equal(try_venue(layers, FOUR, &venue), HC_OK);
  hc_config_free(venue.config);
  (void)strcpy(layers + end, ", {verb: fund}]");
  assert_int_equal(try_venue(layers, FOUR, &venue), HC_INPUT);
  assert_non_null(strstr(venue.why, "at most 32"));
  hc_config_free(venue.config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_fund_then_providers_pro_rata),
    cmocka_unit_test(test_profit_goes_first_and_negatives_count_as_none),
    cmocka_unit_test(test_one_class_first),
    cmocka_unit_test(test_no_layers),
    cmocka_unit_test(test_every_waterfall),
    cmocka_unit_test(test_payments_accumulate),
    cmocka_unit_test(test_cheats_are_caught),
    cmocka_unit_test(test_shares),
    cmocka_unit_test(test_wrong_layers),
    cmocka_unit_test(test_too_many_layers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
