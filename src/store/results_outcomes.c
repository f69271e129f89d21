/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/h5_read.h"
#include "store/results.h"

static const struct {
  const char *path;
  enum hc_h5_kind kind;
  size_t offset;
} columns[] = {
#define KIND_F HC_H5_F8
#define KIND_I HC_H5_I8
#define COLUMN(type, name, unit, long_name) \
  {"paths/" #name, KIND_##type, offsetof(struct hc_outcome, name)},
  HC_OUTCOME_LIST(COLUMN)
#undef COLUMN
};

/* Kept open: the library caches the chunk last unpacked. */
static bool open_once(struct hc_results *results, const char *path, hid_t *dataset) {
  if (*dataset < 0 && hc_h5_has(results->file, path))
    *dataset = H5Dopen2(results->file, path, H5P_DEFAULT);
  return *dataset >= 0;
}

static hc_status read_columns(struct hc_results *results, uint64_t first, size_t count,
                              struct hc_outcome *outcomes, struct hc_error *error) {
  uint64_t values[HC_GRANULE];
  for (size_t c = 0; c < HC_OUTCOME_COLUMNS; ++c) {
    if (!open_once(results, columns[c].path, &results->column[c]) ||
        !hc_h5_read_rows(results->column[c], columns[c].kind, first, count, 1, values))
      return hc_results_damaged(results, columns[c].path, error);
    for (size_t i = 0; i < count; ++i)
      memcpy((char *)&outcomes[i] + columns[c].offset, &values[i], sizeof *values);
  }
  return HC_OK;
}

static hc_status read_classes(struct hc_results *results, uint64_t first, size_t count,
                              double *lp_class, struct hc_error *error) {
  if (results->classes == 0) return HC_OK;
  const char *path = "paths/lp_loss_class";
  if (open_once(results, path, &results->lp_class) &&
      hc_h5_read_rows(results->lp_class, HC_H5_F8, first, count, results->classes, lp_class))
    return HC_OK;
  return hc_results_damaged(results, path, error);
}

static hc_status read_blocks(struct hc_results *results, uint64_t first, size_t count,
                             struct hc_outcome *outcomes, double *lp_class,
                             struct hc_error *error) {
  hc_status status = HC_OK;
  for (size_t done = 0; done < count && !status; done += HC_GRANULE) {
    const size_t rows = count - done < HC_GRANULE ? count - done : HC_GRANULE;
    status = read_columns(results, first + done, rows, outcomes + done, error);
    if (!status && lp_class)
      status = read_classes(results, first + done, rows, lp_class + done * results->classes, error);
  }
  return status;
}

hc_status hc_results_outcomes(const struct hc_results *opened, uint64_t first, size_t count,
                              struct hc_outcome *outcomes, double *lp_class,
                              struct hc_error *error) {
  struct hc_results *results = (struct hc_results *)(uintptr_t)opened;
  if (!results->samples)
    return hc_fail(error, HC_MISMATCH,
                   "%s: holds no paths one by one (output.samples: none); run it again with "
                   "output.samples=all",
                   results->name);
  if (first > results->paths || count > results->paths - first)
    return hc_fail(error, HC_INPUT, "%s: there is no path %" PRIu64 "; it has %" PRIu64,
                   results->name, first + count - 1, results->paths);
  const struct hc_h5_quiet quiet = hc_h5_hush();
  const hc_status status = read_blocks(results, first, count, outcomes, lp_class, error);
  hc_h5_unhush(&quiet);
  return status;
}
