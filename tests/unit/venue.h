/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A waterfall, from the YAML text of a configuration, and everything that it works on. */
#ifndef TEST_VENUE_H
#define TEST_VENUE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/haircut.h"
#include "array_crowd.h"
#include "waterfall/evaluate.h"
#include "waterfall/waterfall.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static inline void near_at(double value, double expected, double tolerance, const char *what, int line) {
  if (fabs(value - expected) <= tolerance) return;
  fail_msg("line %d: %s is %.17g, not within %g of %.17g", line, what, value, tolerance, expected);
}
#define assert_near(value, expected, tolerance) near_at(value, expected, tolerance, #value, __LINE__)

struct venue {
  struct hc_config *config;
  struct hc_waterfall waterfall;
  struct hc_complaint complaint;
  struct hc_waterfall_state *state;
  struct hc_pots pots;
  struct hc_payments paid;
  struct array_crowd crowd;
  struct hc_settlement settlement;
};

/* Compiles the waterfall of a configuration; what it leaves out is none (but the fund). */
static inline hc_status compile_venue(struct venue *venue, const char *yaml) {
  *venue = (struct venue){0};
  struct hc_diagnostics diagnostics = {0};
  const hc_status parsed = hc_config_parse(&hc_root_table, "venue", yaml, strlen(yaml), NULL, NULL, 0,
                                           &venue->config, &diagnostics);
  if (parsed != HC_OK)
    fail_msg("%s: %s", yaml, diagnostics.count ? diagnostics.items[0].message : "");
  hc_diagnostics_free(&diagnostics);
  const struct hc_root_config *root = hc_config_values(venue->config);
  const double step = root->simulation.step;
  const struct hc_waterfall_inputs inputs = {
    .layers = &root->waterfall, .classes = &root->liquidity_providers, .funds = &root->funds,
    .switches = &root->switches, .groups = &root->groups,
    .insurance = root->insurance_fund.initial, .fees = &root->fees, .step = step,
    .steps = (int64_t)(root->simulation.horizon / step + 0.5)};
  return hc_waterfall_compile(&inputs, &venue->waterfall, &venue->complaint);
}

/* Back to the start of a path. Accounts stay. */
static inline void restart(struct venue *v, double mark) {
  hc_state_start(&v->waterfall, v->state, mark);
  v->pots = v->waterfall.start;
  v->paid = (struct hc_payments){0};
  v->settlement = (struct hc_settlement){
    .waterfall = &v->waterfall, .state = v->state, .pots = &v->pots, .paid = &v->paid,
    .crowd = &v->crowd.base, .mark = mark, .previous_mark = mark, .oracle = mark,
    .seed = 4711, .path = 5};
}

static inline void open_venue(struct venue *v, const char *yaml) {
  if (compile_venue(v, yaml) != HC_OK)
    fail_msg("%s: %s: %s", yaml, v->complaint.path, v->complaint.error.message);
  if (hc_state_create(&v->waterfall, &v->state) != HC_OK) fail_msg("no memory");
  array_crowd_clear(&v->crowd);
  restart(v, 100.0);
}
static inline void close_venue(struct venue *v) {
  hc_state_free(&v->waterfall, v->state);
  hc_crowd_release(&v->crowd.base);
  hc_config_free(v->config);
}

/* One settlement, as the engine runs it. */
static inline void settle(struct venue *v, int64_t step, double inflow, struct hc_record longs,
                          struct hc_record shorts) {
  struct hc_settlement *s = &v->settlement;
  s->step = step;
  s->record[0] = longs;
  s->record[1] = shorts;
  s->released[0] = s->released[1] = 0.0;
  hc_waterfall_inflow(s, inflow);
  if (hc_waterfall_run(s) != HC_OK) fail_msg("run failed");
  if (step >= hc_state_next_due(&v->waterfall, v->state) && hc_waterfall_recognise(s) != HC_OK)
    fail_msg("recognition failed");
  if (hc_waterfall_end(s) != HC_OK) fail_msg("end failed");
}
/* A loss in cash. */
static inline void lose(struct venue *v, int64_t step, double inflow, double shortfall) {
  settle(v, step, inflow, (struct hc_record){.shortfall = shortfall}, (struct hc_record){0});
}

/* A number in (0, 1) for the tests' own choices. */
static inline double chance(void) {
  static uint32_t index;
  double u[2];
  hc_uniforms(4711, 3, index++, HC_PURPOSE_WORD(HC_PURPOSES, 9), u);
  return u[0];
}
static inline size_t pick(size_t count) { return (size_t)(chance() * (double)count); }
#endif
