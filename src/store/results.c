/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/results.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/files.h"
#include "store/h5_read.h"
#include "store/internal.h"

hc_status hc_results_damaged(const struct hc_results *results, const char *what,
                             struct hc_error *error) {
  return hc_fail(error, HC_FORMAT, "%s: cannot read %s: the file is damaged or was changed; run it again",
                 results->name, what);
}

static hc_status open_hdf5(struct hc_results *results, struct hc_error *error) {
  struct stat about;
  const char *name = results->name;
  if (stat(name, &about) != 0 || access(name, R_OK) != 0)
    return hc_fail_errno(error, errno, name, "open it");
  if (!S_ISREG(about.st_mode)) return hc_fail(error, HC_IO, "%s: is not a file", name);
  if (H5Fis_hdf5(name) <= 0)
    return hc_fail(error, HC_FORMAT, "%s: is not a results file of haircut (not HDF5)", name);
  results->file = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (results->file >= 0) return HC_OK;
  char reason[200];
  const hc_status status = hc_h5_reason(HC_FORMAT, reason, sizeof reason);
  return hc_fail(error, status, "%s: is damaged or was cut short (%s)", name, reason);
}

static hc_status check_format(struct hc_results *results, struct hc_error *error) {
  char *format = hc_h5_get_text(results->file, "format");
  const bool ours = format && strcmp(format, HC_RESULTS_FORMAT) == 0;
  free(format);
  int64_t version;
  if (!ours || !hc_h5_get_integer(results->file, "format_version", &version))
    return hc_fail(error, HC_FORMAT, "%s: is an HDF5 file, but not a results file of haircut",
                   results->name);
  if (version <= HC_FORMAT_VERSION) return HC_OK;
  return hc_fail(error, HC_FORMAT,
                 "%s: has format version %" PRId64 ", this haircut reads up to %d; use a newer one",
                 results->name, version, HC_FORMAT_VERSION);
}

static bool count_classes(struct hc_results *results) {
  if (!results->samples || !hc_h5_has(results->file, "paths/class")) return true;
  int64_t *classes =
    hc_h5_read_column(results->file, "paths/class", HC_H5_I8, &results->classes);
  free(classes);
  return classes != NULL && results->classes <= HC_MAX_CLASSES;
}

static hc_status read_root(struct hc_results *results, struct hc_error *error) {
  int64_t paths;
  if (!hc_h5_get_integer(results->file, "paths", &paths) || paths < 1)
    return hc_results_damaged(results, "the number of paths", error);
  results->paths = (uint64_t)paths;
  char *samples = hc_h5_get_text(results->file, "samples");
  results->samples = samples && strcmp(samples, "all") == 0;
  free(samples);
  results->digest = hc_h5_get_text(results->file, "digest");
  results->setup = hc_h5_get_text(results->file, "setup");
  results->config = hc_h5_read_text(results->file, "config/resolved_yaml");
  if (!results->digest || strlen(results->digest) != 64 || !results->setup)
    return hc_results_damaged(results, "the digest", error);
  if (!results->config) return hc_results_damaged(results, "the configuration", error);
  if (!count_classes(results)) return hc_results_damaged(results, "/paths/class", error);
  return HC_OK;
}

hc_status hc_results_open(const char *file, struct hc_results **opened, struct hc_error *error) {
  *opened = NULL;
  struct hc_results *results = calloc(1, sizeof *results);
  if (!results) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", file);
  results->file = results->lp_class = -1;
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i) results->column[i] = -1;
  results->name = hc_strdup(file);
  const struct hc_h5_quiet quiet = hc_h5_hush();
  hc_status status =
    results->name ? HC_OK : hc_fail(error, HC_NO_MEMORY, "%s: out of memory", file);
  if (!status) status = open_hdf5(results, error);
  if (!status) status = check_format(results, error);
  if (!status) status = read_root(results, error);
  hc_h5_unhush(&quiet);
  if (status) hc_results_close(results);
  else *opened = results;
  return status;
}

void hc_results_close(struct hc_results *results) {
  if (!results) return;
  const struct hc_h5_quiet quiet = hc_h5_hush();
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i)
    if (results->column[i] >= 0) (void)H5Dclose(results->column[i]);
  if (results->lp_class >= 0) (void)H5Dclose(results->lp_class);
  if (results->file >= 0) (void)H5Fclose(results->file);
  hc_h5_unhush(&quiet);
  free(results->estimates);
  free(results->traced);
  free(results->config);
  free(results->digest);
  free(results->setup);
  free(results->name);
  free(results);
}

static int is_of_format(const char *file, const char *wanted) {
  const struct hc_h5_quiet quiet = hc_h5_hush();
  bool is = H5Fis_hdf5(file) > 0;
  const hid_t opened = is ? H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT) : -1;
  char *format = opened >= 0 ? hc_h5_get_text(opened, "format") : NULL;
  /* A damaged HDF5 file is taken for ours, so that opening it says what is wrong. */
  is = is && (opened < 0 || (format && strcmp(format, wanted) == 0));
  free(format);
  if (opened >= 0) (void)H5Fclose(opened);
  hc_h5_unhush(&quiet);
  return is;
}

int hc_results_is(const char *file) { return is_of_format(file, HC_RESULTS_FORMAT); }
int hc_comparison_is(const char *file) { return is_of_format(file, HC_COMPARISON_FORMAT); }
int hc_sweep_is(const char *file) { return is_of_format(file, HC_SWEEP_FORMAT); }

uint64_t hc_results_paths(const struct hc_results *results) { return results->paths; }
int hc_results_has_samples(const struct hc_results *results) { return results->samples; }
const char *hc_results_config(const struct hc_results *results) { return results->config; }

hc_status hc_results_digest(const struct hc_results *results, char hex[65],
                            struct hc_error *error) {
  (void)error;
  memcpy(hex, results->digest, 65);
  return HC_OK;
}
