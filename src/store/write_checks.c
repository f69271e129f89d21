/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "store/assembly.h"

/* Rounding, per path: relative to the amounts that cancel, and to all that is at stake. */
static const double of_value = 1e-9, of_notional = 1e-12;

struct check {
  const char *residual, *text, *path, *tolerance, *held;
  double value;
  uint64_t where;
};

/* Open notional of longs and shorts at the start, of the largest book. */
static double total_notional(const struct hc_scenario *scenario) {
  double most = 0;
  for (size_t b = 0; b < hc_scenario_books(scenario); ++b) {
    const struct hc_book *book = hc_scenario_book(scenario, b);
    double sum = 0;
    for (size_t i = 0; i < book->count; ++i) {
      const struct hc_book_market *market =
        hc_scenario_market(scenario, book->positions[i].market);
      sum += book->positions[i].quantity * (market ? market->initial : 0);
    }
    if (sum > most) most = sum;
  }
  return most;
}

static void real(struct hc_h5 *h5, hid_t group, const char *name, const char *text, double value) {
  hc_h5_scalar(h5, group, &(struct hc_h5_column){name, HC_H5_F8, "USD", text, &value});
}

static void write_check(struct hc_assembly *assembly, hid_t group, const struct check *check,
                        double notional) {
  struct hc_h5 *h5 = &assembly->h5;
  struct hc_outcome outcome = {0};
  if (h5->status) return;
  hc_assembly_take(assembly, hc_path_run(assembly->workspace, check->where, &outcome, NULL,
                                         h5->error));
  const double tolerance = of_value * fabs(outcome.bad_debt) + of_notional * notional;
  const int64_t path = (int64_t)check->where;
  const int8_t held = (int8_t)!(check->value > tolerance); /* NaN: the identity does not apply */
  real(h5, group, check->residual, check->text, check->value);
  hc_h5_scalar(h5, group,
               &(struct hc_h5_column){check->path, HC_H5_I8, "1", "Path of that residual", &path});
  real(h5, group, check->tolerance, "Tolerance there: 1e-9 bad debt + 1e-12 notional", tolerance);
  hc_h5_scalar(h5, group,
               &(struct hc_h5_column){check->held, HC_H5_I1, "1", "1: within the tolerance",
                                      &held});
}

void hc_write_checks(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  struct hc_residuals r;
  hc_stats_residuals(assembly->stats, &r);
  const struct check checks[] = {
    {"accounting", "Largest |bad debt - all that layers paid and left uncovered|",
     "accounting_path", "accounting_tolerance", "accounting_held", r.accounting,
     r.accounting_path},
    {"money", "Largest |money out - money in| over all parties", "money_path", "money_tolerance",
     "money_held", r.money, r.money_path},
    {"reflection", "Largest residual of the reflection identity of the fund", "reflection_path",
     "reflection_tolerance", "reflection_held", r.reflection, r.reflection_path},
  };
  const hid_t group = hc_h5_group(h5, h5->file, "checks");
  const double notional = total_notional(assembly->store->scenario);
  real(h5, group, "notional", "Open notional at the start, longs and shorts, largest book",
       notional);
  const size_t count =
    sizeof checks / sizeof *checks - (hc_scenario_reflects(assembly->store->scenario) ? 0 : 1);
  for (size_t i = 0; i < count; ++i) write_check(assembly, group, &checks[i], notional);
  if (assembly->report->step_check)
    hc_h5_scalar(h5, group,
                 &(struct hc_h5_column){"step_check", HC_H5_TEXT, "1",
                                        "Outcomes on finer and coarser steps, as JSON",
                                        &assembly->report->step_check});
  if (assembly->report->precision)
    hc_h5_scalar(h5, group,
                 &(struct hc_h5_column){"precision", HC_H5_TEXT, "1",
                                        "How well an estimate was to be known, and is",
                                        &assembly->report->precision});
  hc_h5_close(h5, group);
}
