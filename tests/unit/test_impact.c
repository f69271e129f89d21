/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "haircut/haircut.h"
#include "market/impact.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A law as a configuration makes it: `liquidity` is the YAML of that key. */
struct law {
  struct hc_config *config;
  struct hc_impact impact;
};

static hc_status try_law(const char *liquidity, double volatility, struct law *law,
                         const char **why) {
  char yaml[600];
  (void)snprintf(yaml, sizeof yaml, "markets: {BTC: {liquidity: %s}}\n", liquidity);
  struct hc_diagnostics diagnostics = {0};
  const hc_status parsed = hc_config_parse(&hc_root_table, "law", yaml, strlen(yaml), NULL, NULL, 0,
                                           &law->config, &diagnostics);
  if (parsed != HC_OK) fail_msg("%s: %s", liquidity, diagnostics.count ? diagnostics.items[0].message : "");
  hc_diagnostics_free(&diagnostics);
  const struct hc_root_config *root = hc_config_values(law->config);
  const struct hc_market_config *market = root->markets.items;
  return hc_impact_compile(&market->liquidity, volatility, &law->impact, why);
}
static struct law open_law(const char *liquidity) {
  struct law law;
  const char *why = "";
  if (try_law(liquidity, 0.8, &law, &why) != HC_OK) fail_msg("%s: %s", liquidity, why);
  return law;
}
static void close_law(struct law *law) {
  hc_impact_free(&law->impact);
  hc_config_free(law->config);
}
static double excess(const struct law *law, double volume, double order) {
  const struct hc_impact *impact = &law->impact;
  return impact->law->excess(impact, volume, order, hc_impact(impact, volume),
                             hc_impact(impact, volume + order));
}

/* ---- every law of the registry ----------------------------------------------------- */

static double integrand(double volume, void *impact) { return hc_impact(impact, volume); }

/* Mean of I over (V, V + Q) less I(V), split at 0 and at the rows of a table. */
static double by_quadrature(struct law *law, double volume, double order) {
  double points[40];
  size_t count = 0;
  const double low = fmin(volume, volume + order), high = fmax(volume, volume + order);
  points[count++] = low;
  for (size_t i = law->impact.rows; i > 0; i--)
    if (-law->impact.row_usd[i] > low && -law->impact.row_usd[i] < high)
      points[count++] = -law->impact.row_usd[i];
  if (low < 0.0 && high > 0.0) points[count++] = 0.0;
  for (size_t i = 1; i <= law->impact.rows && law->impact.rows; i++)
    if (law->impact.row_usd[i] > low && law->impact.row_usd[i] < high)
      points[count++] = law->impact.row_usd[i];
  points[count++] = high;
  gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
  gsl_function function = {integrand, &law->impact};
  double sum = 0.0;
  for (size_t i = 0; i + 1 < count; i++) {
    double part, error;
    (void)gsl_integration_qags(&function, points[i], points[i + 1], 0.0, 1e-12, 1000, workspace,
                               &part, &error);
    sum += part;
  }
  gsl_integration_workspace_free(workspace);
  return sum / (high - low) - hc_impact(&law->impact, volume);
}

static void check_law(const char *liquidity) {
  struct law law = open_law(liquidity);
  const struct hc_impact *impact = &law.impact;
  const double volumes[] = {0, 1, 1e3, 1e5, 3e6, 1e7, 2.5e7, 1e8, 1e10};
  const double orders[] = {1e-3, 1, 1e4, 1e6, 1.7e7, 1e8, 5e9};
  double last = -1.0;
  for (size_t i = 0; i < COUNT_OF(volumes); i++) {
    const double v = volumes[i], at = hc_impact(impact, v);
    assert_true(at >= 0.0 && at >= last);
    assert_true(hc_impact(impact, -v) == -at);
    if (v == 0.0) assert_true(at == 0.0);
    last = at;
    assert_true(excess(&law, v, 0.0) == 0.0);
    for (size_t j = 0; j < COUNT_OF(orders); j++)
      for (int sign = -1; sign <= 1; sign += 2) {
        const double q = sign * orders[j], value = excess(&law, v, q);
        const double scale = at + hc_impact(impact, v + fabs(q));
        assert_near(value, by_quadrature(&law, v, q), 1e-9 * scale);
        assert_near(excess(&law, -v, -q), -value, 1e-15 * scale);
        /* A sell fills worse than the mark before it, never worse than the mark after. */
        const double moved = hc_impact(impact, v + q) - at;
        assert_true(sign * value >= -1e-15 * scale);
        assert_true(sign * (moved - value) >= -1e-15 * scale);
      }
  }
  /* I(V 2^-x) = I(V) 2^-(x decay), where the law says so. */
  const double decay = impact->law->decay(impact);
  if (decay > 0.0)
    for (double x = 0.0; x < 20.0; x += 1.7)
      assert_near(hc_impact(impact, 1e8 * exp2(-x)), hc_impact(impact, 1e8) * exp2(-x * decay),
                  1e-13 * hc_impact(impact, 1e8));
  close_law(&law);
}

static void test_every_law(void **state) {
  (void)state;
  (void)gsl_set_error_handler_off();
  for (size_t i = 0; i < hc_impact_laws.count; i++) {
    const char *name = hc_impact_laws.variants[i]->name;
    char liquidity[300];
    const char *levels = strcmp(name, "book") == 0
                           ? ", levels: [{bps: 10, usd: 1M}, {bps: 25, usd: 8M}, {bps: 200, usd: 40M}]"
                           : "";
    (void)snprintf(liquidity, sizeof liquidity, "{impact: %s, depth: 20M, daily_volume: 2B%s}", name,
                   levels);
    check_law(liquidity);
  }
  check_law("{impact: power, exponent: 0.3, depth: 5M}");
  check_law("{impact: power, exponent: 0.77, depth: 5M}");
  check_law("{impact: power, exponent: 1, depth: 5M}");
  check_law("{impact: book, levels: [{bps: 40, usd: 3M}]}");
}

/* ---- digits where orders are small ---------------------------------------------------------- */

/* ((1 + t)^(1 + d) - 1)/((1 + d) t) - 1 in long double. */
static long double relative_excess(long double d, long double t) {
  return (expm1l((1 + d) * log1pl(t)) / ((1 + d) * t)) - 1;
}

static void test_small_orders_keep_their_digits(void **state) {
  (void)state;
  const double exponents[] = {0.2, 0.5, 0.6, 1.0};
  for (size_t i = 0; i < COUNT_OF(exponents); i++) {
    char liquidity[100];
    (void)snprintf(liquidity, sizeof liquidity, "{impact: power, exponent: %g, depth: 5M}", exponents[i]);
    struct law law = open_law(liquidity);
    for (double t = 1e-6; t < 3.0; t *= 1.3)
      for (int sign = -1; sign <= 1; sign += 2) {
        if (sign * t <= -1.0) continue;
        const double v = 7.7e6, expected = hc_impact(&law.impact, v) *
                                           (double)relative_excess(exponents[i], sign * t);
        assert_near(excess(&law, v, sign * t * v), expected, 2e-11 * fabs(expected));
      }
    for (int sign = -1; sign <= 1; sign += 2) /* far below: the first term of the series */
      for (double t = 1e-7; t > 1e-15; t /= 10)
        assert_near(excess(&law, 1e6, sign * t * 1e6) / hc_impact(&law.impact, 1e6) / (sign * t),
                    0.5 * exponents[i], 1e-7);
    /* Where the series hands over. */
    const double v = 1e7, below = excess(&law, v, v * 0.02 * (1 - 1e-13)),
                 above = excess(&law, v, v * 0.02 * (1 + 1e-13));
    assert_near(above / below, 1.0, 1e-11);
    const double down = excess(&law, v, -v * 0.02 * (1 - 1e-13)),
                 up = excess(&law, v, -v * 0.02 * (1 + 1e-13));
    assert_near(up / down, 1.0, 1e-11);
    close_law(&law);
  }
}

/* ---- by hand ---------------------------------------------------------------------------------- */

static void test_hand_cases(void **state) {
  (void)state;
  struct law law = open_law("{impact: linear, depth: 200}");
  assert_near(hc_impact(&law.impact, 100), 0.005, 1e-17);
  assert_near(excess(&law, 0, 100), 0.0025, 1e-17);
  assert_near(excess(&law, 50, 100), 0.0025, 1e-17);
  assert_near(excess(&law, 50, -100), -0.0025, 1e-17);
  close_law(&law);
  law = open_law("{impact: power, exponent: 0.5, depth: 2000}");
  assert_near(hc_impact(&law.impact, 2000), 0.01, 1e-17);
  assert_near(hc_impact(&law.impact, 500), 0.005, 1e-17);
  assert_near(excess(&law, 0, 500), 0.005 / 1.5, 1e-17);
  assert_near(excess(&law, 500, 1500), (2000 * 0.01 - 500 * 0.005) / 1.5 / 1500 - 0.005, 1e-16);
  /* Through 0, as far out as in: the mean is 0. */
  assert_near(excess(&law, -500, 1000), 0.005, 1e-17);
  close_law(&law);
  law = open_law("{impact: square_root, Y: 1, daily_volatility: 4%, daily_volume: 30B}");
  assert_near(hc_impact(&law.impact, 300e6), 0.0040, 1e-17);
  close_law(&law);
  law = open_law("{impact: square_root, Y: 0.5, daily_volume: 30B}"); /* volatility 80 % a year */
  assert_near(hc_impact(&law.impact, 300e6), 0.5 * 0.8 / sqrt(365.0) * 0.1, 1e-17);
  close_law(&law);
  law = open_law("{impact: none, depth: 2M, permanent: 50%, spread: 30bp, half_life: 5m}");
  assert_near(law.impact.permanent, 0.01 * 0.5 / 2e6, 1e-23);
  assert_near(law.impact.half_spread, 0.0015, 1e-18);
  assert_near(law.impact.half_life, 300, 0);
  assert_true(hc_impact(&law.impact, 1e9) == 0.0 && excess(&law, 1e6, 1e6) == 0.0);
  close_law(&law);
}

static void test_depth_table(void **state) {
  (void)state;
  struct law law = open_law("{impact: book, levels: [{bps: 10, usd: 10M}, {bps: 50, usd: 30M}]}");
  const struct {
    double usd, bps;
  } points[] = {{0, 0}, {5e6, 5}, {10e6, 10}, {20e6, 30}, {30e6, 50}, {50e6, 90}, {130e6, 250}};
  for (size_t i = 0; i < COUNT_OF(points); i++) {
    assert_near(hc_impact(&law.impact, points[i].usd), points[i].bps * 1e-4, 1e-16);
    assert_near(hc_impact(&law.impact, -points[i].usd), -points[i].bps * 1e-4, 1e-16);
  }
  assert_near(excess(&law, 0, 10e6), 5e-4, 1e-17);
  assert_near(excess(&law, 0, 30e6), (5e-4 * 10 + 30e-4 * 20) / 30, 1e-16);
  assert_near(excess(&law, 30e6, 20e6), 20e-4, 1e-16);
  assert_near(excess(&law, -10e6, 20e6), 10e-4, 1e-16);
  assert_true(law.impact.law->decay(&law.impact) == 0.0);
  close_law(&law);
}

static void test_none_of_a_law_keeps_the_spread(void **state) {
  (void)state;
  struct law law = open_law("{impact: linear, depth: 200, permanent: 100%, spread: 2bp, half_life: 1m}");
  const struct hc_impact none = hc_impact_none(&law.impact);
  assert_true(hc_impact(&none, 1e6) == 0.0 && none.permanent == 0.0);
  assert_near(none.half_spread, 1e-4, 1e-19);
  close_law(&law);
}

static void test_what_cannot_be_compiled(void **state) {
  (void)state;
  const struct {
    const char *liquidity, *word;
    double volatility;
  } wrong[] = {
    {"{impact: square_root}", "daily_volatility", 0.0},
    {"{impact: square_root}", "daily_volatility", (double)NAN},
    {"{impact: book}", "levels", 0.8},
    {"{impact: book, levels: [{bps: 10, usd: 2M}, {bps: 9, usd: 3M}]}", "rise", 0.8},
    {"{impact: book, levels: [{bps: 10, usd: 2M}, {bps: 20, usd: 2M}]}", "rise", 0.8},
  };
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    struct law law;
    const char *why = "";
    assert_int_equal(try_law(wrong[i].liquidity, wrong[i].volatility, &law, &why), HC_INPUT);
    assert_non_null(strstr(why, wrong[i].word));
    hc_config_free(law.config);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_law),
    cmocka_unit_test(test_small_orders_keep_their_digits),
    cmocka_unit_test(test_hand_cases),
    cmocka_unit_test(test_depth_table),
    cmocka_unit_test(test_none_of_a_law_keeps_the_spread),
    cmocka_unit_test(test_what_cannot_be_compiled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
