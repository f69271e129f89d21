/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/h5_read.h"
#include "store/results.h"

/* ---- estimates ------------------------------------------------------------------------- */

static bool read_numbers(struct hc_results *results, const char *path, size_t offset) {
  size_t count;
  double *numbers = hc_h5_read_column(results->file, path, HC_H5_F8, &count);
  const bool fits = numbers && count == results->estimate_count;
  for (size_t i = 0; fits && i < count; ++i)
    memcpy((char *)&results->estimates[i] + offset, &numbers[i], sizeof *numbers);
  free(numbers);
  return fits;
}

static bool read_texts(struct hc_results *results, const char *path, size_t offset, size_t size) {
  size_t count;
  char **texts = hc_h5_read_texts(results->file, path, &count);
  const bool fits = texts && count == results->estimate_count;
  for (size_t i = 0; fits && i < count; ++i)
    (void)snprintf((char *)&results->estimates[i] + offset, size, "%s", texts[i]);
  hc_h5_free_texts(texts, count);
  return fits;
}

static bool read_estimates(struct hc_results *results) {
#define TEXT(name) \
  read_texts(results, "summary/" #name, offsetof(struct hc_estimate, name), \
             sizeof results->estimates->name)
#define NUMBER(name) read_numbers(results, "summary/" #name, offsetof(struct hc_estimate, name))
  return TEXT(name) && TEXT(unit) && TEXT(long_name) && TEXT(note) && NUMBER(value) &&
         NUMBER(se) && NUMBER(se_paths) && NUMBER(low) && NUMBER(high);
#undef TEXT
#undef NUMBER
}

static hc_status load_estimates(struct hc_results *results, struct hc_error *error) {
  int64_t *rows =
    hc_h5_read_column(results->file, "summary/estimate", HC_H5_I8, &results->estimate_count);
  free(rows);
  if (!rows) return hc_results_damaged(results, "/summary", error);
  results->estimates = calloc(results->estimate_count + 1, sizeof *results->estimates);
  if (!results->estimates)
    return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", results->name);
  if (read_estimates(results)) return HC_OK;
  free(results->estimates);
  results->estimates = NULL;
  return hc_results_damaged(results, "/summary", error);
}

hc_status hc_results_estimates(const struct hc_results *opened, const struct hc_estimate **estimates,
                               size_t *count, struct hc_error *error) {
  struct hc_results *results = (struct hc_results *)(uintptr_t)opened; /* a cache in it */
  hc_status status = HC_OK;
  if (!results->estimates) {
    const struct hc_h5_quiet quiet = hc_h5_hush();
    status = load_estimates(results, error);
    hc_h5_unhush(&quiet);
  }
  *estimates = results->estimates;
  *count = status ? 0 : results->estimate_count;
  return status;
}

/* ---- traced paths ---------------------------------------------------------------------- */

static hc_status load_traced(struct hc_results *results, struct hc_error *error) {
  if (hc_h5_has(results->file, "ledger/traced/path")) {
    results->traced = hc_h5_read_column(results->file, "ledger/traced/path", HC_H5_I8,
                                        &results->traced_count);
    return results->traced ? HC_OK : hc_results_damaged(results, "/ledger/traced", error);
  }
  results->traced = calloc(1, sizeof *results->traced); /* none were traced */
  return results->traced ? HC_OK
                         : hc_fail(error, HC_NO_MEMORY, "%s: out of memory", results->name);
}

hc_status hc_results_traced(const struct hc_results *opened, const uint64_t **paths, size_t *count,
                            struct hc_error *error) {
  struct hc_results *results = (struct hc_results *)(uintptr_t)opened;
  hc_status status = HC_OK;
  if (!results->traced) {
    const struct hc_h5_quiet quiet = hc_h5_hush();
    status = load_traced(results, error);
    hc_h5_unhush(&quiet);
  }
  *paths = results->traced;
  *count = status ? 0 : results->traced_count;
  return status;
}

/* ---- inputs ------------------------------------------------------------------------------ */

/* A file from elsewhere does not get to write outside the directory. */
static bool is_plain(const char *name) {
  return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 250;
}

static hc_status extract(const struct hc_results *results, const char *path, const char *directory,
                         struct hc_error *error) {
  const hid_t dataset = H5Dopen2(results->file, path, H5P_DEFAULT);
  char *name = dataset < 0 ? NULL : hc_h5_get_text(dataset, "name");
  char *text = hc_h5_read_text(results->file, path);
  char *file = name && is_plain(name) ? hc_format("%s/%s", directory, name) : NULL;
  const hc_status status = file && text ? hc_spill(file, text, strlen(text), error)
                                        : hc_results_damaged(results, path, error);
  free(file);
  free(text);
  free(name);
  if (dataset >= 0) (void)H5Dclose(dataset);
  return status;
}

hc_status hc_results_inputs(const struct hc_results *results, const char *directory,
                            struct hc_error *error) {
  const struct hc_h5_quiet quiet = hc_h5_hush();
  hc_status status = HC_OK;
  for (size_t i = 0; !status; ++i) {
    char path[64];
    (void)snprintf(path, sizeof path, "config/inputs/input_%zu", i);
    if (!hc_h5_has(results->file, path)) break;
    status = extract(results, path, directory, error);
  }
  hc_h5_unhush(&quiet);
  return status;
}

/* One scalar of /checks; false if it is missing. */
static bool read_scalar(const struct hc_results *results, const char *check, const char *suffix,
                        enum hc_h5_kind kind, void *value, size_t size) {
  char path[64];
  (void)snprintf(path, sizeof path, "checks/%s%s", check, suffix);
  if (!hc_h5_has(results->file, path)) return false;
  const hid_t set = H5Dopen2(results->file, path, H5P_DEFAULT);
  if (set < 0) return false;
  const hid_t type = kind == HC_H5_F8 ? H5T_NATIVE_DOUBLE : kind == HC_H5_I1 ? H5T_NATIVE_SCHAR
                                                                              : H5T_NATIVE_LLONG;
  const bool right = H5Tget_size(type) == size &&
                     H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0;
  return (H5Dclose(set) >= 0) & right;
}

hc_status hc_results_checks(const struct hc_results *results, struct hc_check checks[3],
                            size_t *count, struct hc_error *error) {
  static const char *const names[] = {"accounting", "money", "reflection"};
  const struct hc_h5_quiet quiet = hc_h5_hush();
  *count = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct hc_check check = {.name = names[i]};
    int64_t path = 0;
    int8_t held = 0;
    if (read_scalar(results, names[i], "", HC_H5_F8, &check.residual, sizeof check.residual) &&
        read_scalar(results, names[i], "_tolerance", HC_H5_F8, &check.tolerance,
                    sizeof check.tolerance) &&
        read_scalar(results, names[i], "_path", HC_H5_I8, &path, sizeof path) &&
        read_scalar(results, names[i], "_held", HC_H5_I1, &held, sizeof held)) {
      check.path = (uint64_t)path;
      check.held = held;
      checks[(*count)++] = check;
    }
  }
  hc_h5_unhush(&quiet);
  return *count ? HC_OK : hc_fail(error, HC_FORMAT, "the file has no accounting checks");
}
