/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of `haircut compare`: a group a mechanism, with samples and estimates. */
#include <stdlib.h>
#include <time.h>

#include "store/assembly.h"
#include "store/code.h"

static const char *const column_name[HC_COMPARISON_COLUMNS] = {
#define COLUMN_NAME(name, long_name) #name,
  HC_COMPARISON_LIST(COLUMN_NAME)
#undef COLUMN_NAME
};
static const char *const column_text[HC_COMPARISON_COLUMNS] = {
#define COLUMN_TEXT(name, long_name) long_name,
  HC_COMPARISON_LIST(COLUMN_TEXT)
#undef COLUMN_TEXT
};

void hc_comparison_values(const struct hc_outcome *outcome, double values[HC_COMPARISON_COLUMNS]) {
#define COLUMN_VALUE(name, long_name) values[HC_COMPARISON_##name] = VALUE_##name;
#define VALUE_lp_loss outcome->lp_loss
#define VALUE_social_loss outcome->social_loss
#define VALUE_bad_debt outcome->bad_debt
#define VALUE_insurance_paid outcome->insurance_paid
#define VALUE_lp_paid (outcome->lp_profit_paid + outcome->lp_deposit_paid)
#define VALUE_trader_paid outcome->trader_paid
#define VALUE_trader_forgone outcome->trader_forgone
#define VALUE_member_paid outcome->member_paid
#define VALUE_staker_paid outcome->staker_paid
#define VALUE_taker_charge outcome->taker_charge
#define VALUE_outside_paid outcome->outside_paid
#define VALUE_rest_charge outcome->rest_charge
#define VALUE_uncovered outcome->uncovered
#define VALUE_pending_end outcome->pending_end
#define VALUE_surplus outcome->surplus
#define VALUE_lp_net outcome->lp_net
  HC_COMPARISON_LIST(COLUMN_VALUE)
#undef COLUMN_VALUE
}

static void write_root(struct hc_h5 *h5, const struct hc_compare_file *comparison) {
  const time_t now = time(NULL);
  struct tm fields;
  char created[32] = "";
  hc_h5_text(h5, h5->file, "title", "Mechanisms of loss socialisation on the same paths");
  hc_h5_text(h5, h5->file, "format", HC_COMPARISON_FORMAT);
  hc_h5_integer(h5, h5->file, "format_version", HC_FORMAT_VERSION);
  hc_h5_text(h5, h5->file, "haircut_version", HC_VERSION);
  hc_h5_text(h5, h5->file, "name", comparison->market);
  hc_h5_integer(h5, h5->file, "paths", (int64_t)comparison->paths);
  hc_h5_integer(h5, h5->file, "seed", comparison->seed);
  hc_h5_integer(h5, h5->file, "books", (int64_t)comparison->books);
  hc_h5_real(h5, h5->file, "horizon", comparison->horizon);
  hc_h5_real(h5, h5->file, "step", comparison->step);
  if (gmtime_r(&now, &fields) && strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &fields))
    hc_h5_text(h5, h5->file, "created", created);
}

static void write_samples(struct hc_h5 *h5, hid_t parent, const struct hc_compared *mechanism,
                          uint64_t paths) {
  const hid_t group = hc_h5_group(h5, parent, "paths");
  const hid_t path = hc_h5_index(h5, group, "path", "Path", (size_t)paths);
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; ++i)
    hc_h5_column(h5, group, &path, 1,
                 &(struct hc_h5_column){column_name[i], HC_H5_F8, "USD", column_text[i],
                                        mechanism->sample[i]});
  hc_h5_close(h5, path);
  hc_h5_close(h5, group);
}

static void write_mechanism(struct hc_h5 *h5, hid_t parent, const struct hc_compare_file *comparison,
                            size_t index) {
  const struct hc_compared *mechanism = &comparison->mechanisms[index];
  const hid_t group = hc_h5_group(h5, parent, mechanism->name);
  hc_h5_integer(h5, group, "index", (int64_t)index);
  hc_h5_text(h5, group, "name", mechanism->name);
  hc_h5_text(h5, group, "waterfall", mechanism->waterfall);
  hc_h5_text(h5, group, "digest", mechanism->digest);
  hc_h5_text(h5, group, "config", mechanism->config);
  if (mechanism->scenario) hc_h5_text(h5, group, "scenario", mechanism->scenario);
  if (mechanism->difference_count) hc_h5_text(h5, group, "differences_to", mechanism->first);
  if (mechanism->shift_count) hc_h5_text(h5, group, "shifts_to", mechanism->same);
  write_samples(h5, group, mechanism, comparison->paths);
  hc_write_estimates(h5, group, "estimates", mechanism->estimates, mechanism->estimate_count);
  if (mechanism->difference_count)
    hc_write_estimates(h5, group, "differences", mechanism->differences,
                       mechanism->difference_count);
  if (mechanism->shift_count)
    hc_write_estimates(h5, group, "shifts", mechanism->shifts, mechanism->shift_count);
  hc_h5_close(h5, group);
}

static void write_mechanisms(struct hc_h5 *h5, const struct hc_compare_file *comparison) {
  const hid_t group = hc_h5_group(h5, h5->file, "mechanisms");
  const char **names = calloc(comparison->count + 1, sizeof *names);
  if (!names) hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  for (size_t i = 0; names && i < comparison->count; ++i) names[i] = comparison->mechanisms[i].name;
  if (names) hc_h5_texts(h5, group, "order", names, comparison->count);
  free(names);
  for (size_t i = 0; i < comparison->count; ++i) write_mechanism(h5, group, comparison, i);
  hc_h5_close(h5, group);
}

static void write_whole(struct hc_assembly *assembly, const void *data) {
  const struct hc_compare_file *comparison = data;
  write_root(&assembly->h5, comparison);
  hc_write_code(assembly);
  write_mechanisms(&assembly->h5, comparison);
}

hc_status hc_comparison_write(const char *file, const struct hc_compare_file *comparison,
                              struct hc_error *error) {
  const struct hc_report report = {.paths = comparison->paths, .seconds = comparison->seconds,
                                   .command = comparison->command};
  const uint64_t bytes = 8 * HC_COMPARISON_COLUMNS * comparison->paths * comparison->count;
  return hc_write_file(file, &report, bytes, write_whole, comparison, error);
}
