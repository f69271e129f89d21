/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haircut/size.h"

/* ---- targets ---------------------------------------------------------------------------------- */

static void reads_targets(void **state) {
  (void)state;
  struct hc_target target;
  struct hc_error error = {0};
  assert_int_equal(hc_target_read("P(lp_loss>0) <= 1%", &target, &error), HC_OK);
  assert_int_equal(target.kind, HC_TARGET_P);
  assert_int_equal(target.column, HC_COLUMN_lp_loss);
  assert_true(target.limit >= 0.01 && target.limit <= 0.01);
  assert_int_equal(hc_target_read(" p( bad_debt > 2M ) <= 30bp ", &target, &error), HC_OK);
  assert_true(target.threshold >= 2e6 && target.threshold <= 2e6 && target.limit < 0.0030001);
  assert_int_equal(hc_target_read("mean(uncovered) < 100k", &target, &error), HC_OK);
  assert_int_equal(target.kind, HC_TARGET_MEAN);
  assert_int_equal(hc_target_read("es_99.9(social_loss) <= 5M", &target, &error), HC_OK);
  assert_int_equal(target.kind, HC_TARGET_ES);
  assert_true(fabs(target.share - 0.001) < 1e-12);
  assert_int_equal(hc_target_read("VaR95(lp_loss) <= 3M", &target, &error), HC_OK);
  assert_int_equal(target.kind, HC_TARGET_P);
  assert_true(target.threshold >= 3e6 && fabs(target.limit - 0.05) < 1e-12);
}

static void refuses_targets(void **state) {
  (void)state;
  static const char *const wrong[][2] = {
    {"", "begins with no measure"},         {"P(lp_loss>0)", "<= is missing"},
    {"P(lp_loss) <= 1%", "P needs >"},      {"P(lp_loss>0) <= 0%", "between 0 and 100 %"},
    {"P(lp_loss>0) <= 120%", "between 0"},  {"P(lp_los>0) <= 1%", "did you mean lp_loss"},
    {"P(payers>0) <= 1%", "no quantity"},   {"ES(lp_loss) <= 1M", "no measure that is known"},
    {"ES100(lp_loss) <= 1M", "no measure"}, {"mean lp_loss <= 1M", "( is missing"},
    {"mean(lp_loss <= 1M", ") is missing"}, {"mean(lp_loss) <= soon", "not a number"},
    {"mean(lp_loss) <= -1", "below 0"},     {"mean(lp_loss) >= 1M", "<= is missing"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct hc_target target;
    struct hc_error error = {0};
    assert_int_equal(hc_target_read(wrong[i][0], &target, &error), HC_INPUT);
    if (!strstr(error.message, wrong[i][1])) fail_msg("%s: %s", wrong[i][0], error.message);
  }
}

/* ---- from the required fund ---------------------------------------------------------------------- */

enum { PATHS = 10000 };

/* 0, 1, ..., 9999 in some order: quantiles are known. */
static double *ramp(void) {
  double *x = malloc(PATHS * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < PATHS; i++) x[i] = (double)(i * 7919 % PATHS);
  return x;
}

static struct hc_answer answer_of(const char *text, const double *x, double cap) {
  struct hc_target target;
  struct hc_error error = {0};
  struct hc_answer answer;
  const struct hc_sample sample = {x, PATHS, 1};
  assert_int_equal(hc_target_read(text, &target, &error), HC_OK);
  assert_int_equal(hc_size_required(&target, &sample, cap, &answer), HC_OK);
  return answer;
}

static void finds_funds(void **state) {
  (void)state;
  double *x = ramp();
  struct hc_answer answer = answer_of("P(lp_loss>0) <= 1%", x, INFINITY);
  assert_true(answer.value >= 9899.0 && answer.value <= 9899.0); /* 100 of 10,000 are above */
  assert_true(answer.at.value >= 0.01 && answer.at.value <= 0.01);
  assert_true(answer.low < answer.value && answer.value < answer.high && answer.high - answer.low < 60.0);
  answer = answer_of("P(lp_loss>500) <= 1%", x, INFINITY);
  assert_true(answer.value >= 9399.0 && answer.value <= 9399.0);
  answer = answer_of("P(lp_loss>500) <= 1%", x, 400.0); /* LPs have no more to lose */
  assert_true(answer.value <= 0.0);
  /* E(x - f)+ over a ramp: (9999 - f)(10000 - f)/20000. */
  answer = answer_of("mean(lp_loss) <= 100", x, INFINITY);
  assert_true(fabs((9999.0 - answer.value) * (10000.0 - answer.value) / 20000.0 - 100.0) < 0.1);
  assert_true(answer.at.value <= 100.0);
  assert_true(answer.low < answer.value && answer.value < answer.high);
  /* The mean of the worst 1 % less the fund. */
  answer = answer_of("ES99(lp_loss) <= 1000", x, INFINITY);
  assert_true(fabs(answer.value - (9949.5 - 1000.0)) < 1.0);
  answer = answer_of("ES99(lp_loss) <= 1000", x, 900.0);
  assert_true(answer.value <= 0.0);
  free(x);
}

static void weighs_costs(void **state) {
  (void)state;
  double *x = ramp();
  struct hc_answer answer;
  const struct hc_sample sample = {x, PATHS, 1};
  assert_int_equal(hc_size_cost(&sample, 0.05, 1.0, &answer), HC_OK);
  assert_true(answer.value >= 9499.0 && answer.value <= 9499.0);
  assert_int_equal(hc_size_cost(&sample, 2.0, 1.0, &answer), HC_OK);
  assert_true(answer.value <= 0.0 && answer.note[0]);
  assert_int_equal(hc_size_cost(&sample, 0.0, 1.0, &answer), HC_INPUT);
  free(x);
}

/* ---- search ------------------------------------------------------------------------------------------ */

struct line {
  double slope, at;
  size_t calls;
};
static hc_status on_line(void *self, double value, struct hc_estimate *estimate) {
  struct line *line = self;
  line->calls++;
  *estimate = (struct hc_estimate){.value = line->slope * (value - line->at), .se = 0.1};
  estimate->low = estimate->value - 0.2;
  estimate->high = estimate->value + 0.2;
  return HC_OK;
}

static struct hc_answer search(double slope, double at, double low, double high) {
  const struct hc_target target = {.kind = HC_TARGET_MEAN, .limit = 0.0};
  struct line line = {slope, at, 0};
  struct hc_answer answer;
  struct hc_size_point *points = NULL;
  size_t count = 0;
  assert_int_equal(hc_size_search(&target, low, high, 1e-4, on_line, &line, &answer, &points, &count), HC_OK);
  assert_int_equal(line.calls, count); /* nothing is looked at twice */
  for (size_t i = 1; i < count; i++) assert_true(points[i - 1].value < points[i].value);
  free(points);
  return answer;
}

static void searches(void **state) {
  (void)state;
  struct hc_answer answer = search(-1.0, 3.0, 0.0, 10.0);
  assert_true(answer.value >= 3.0 && answer.value < 3.002);
  assert_true(fabs(answer.low - 2.8) < 0.002 && fabs(answer.high - 3.2) < 0.002);
  answer = search(1.0, 3.0, 0.0, 10.0); /* more of it raises the measure: the greatest that meets */
  assert_true(answer.value <= 3.0 && answer.value > 2.998);
  assert_true(fabs(answer.low - 2.8) < 0.002 && fabs(answer.high - 3.2) < 0.002);
  answer = search(-1.0, 20.0, 0.0, 10.0);
  assert_true(isnan(answer.value) && strstr(answer.note, "not met"));
  answer = search(-1.0, -5.0, 0.0, 10.0);
  assert_true(answer.value <= 0.0 && strstr(answer.note, "met at both ends") && isnan(answer.low));
  answer = search(1.0, 25.0, 0.0, 10.0); /* rising, and below everywhere */
  assert_true(answer.value <= 0.0 && strstr(answer.note, "met at both ends"));
  answer = search(-1.0, 9.9, 0.0, 10.0); /* surely met nowhere in the range */
  assert_true(answer.value > 9.89 && isnan(answer.high) && answer.low < 9.8);
}

static hc_status broken(void *self, double value, struct hc_estimate *estimate) {
  (void)self, (void)estimate;
  return value > 5.0 ? HC_INTERRUPTED : HC_OK;
}

static hc_status wave(void *self, double value, struct hc_estimate *estimate) {
  (void)self;
  *estimate = (struct hc_estimate){.value = 1.0 - value + 3.0 * sin(4.0 * value)};
  estimate->low = estimate->high = estimate->value;
  return HC_OK;
}

static void tells_trouble(void **state) {
  (void)state;
  const struct hc_target target = {.kind = HC_TARGET_MEAN, .limit = 0.5};
  struct hc_answer answer;
  assert_int_equal(hc_size_search(&target, 0.0, 10.0, 1e-4, broken, NULL, &answer, NULL, NULL), HC_INTERRUPTED);
  assert_int_equal(hc_size_search(&target, 0.0, 10.0, 1e-4, wave, NULL, &answer, NULL, NULL), HC_OK);
  assert_non_null(strstr(answer.note, "other crossings"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(reads_targets), cmocka_unit_test(refuses_targets),
                                     cmocka_unit_test(finds_funds),   cmocka_unit_test(weighs_costs),
                                     cmocka_unit_test(searches),      cmocka_unit_test(tells_trouble)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
