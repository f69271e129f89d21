/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "store/files.h"
#include "store/h5_read.h"
#include "store/internal.h"
#include "store/results.h"

/* The file's setup in the form of ours: what decides outcomes, then the parameters. */
static char *setup_of_file(const struct hc_results *file) {
  size_t names = 0, values = 0;
  const struct hc_h5_quiet quiet = hc_h5_hush();
  char **name = hc_h5_read_texts(file->file, "config/name", &names);
  char **value = hc_h5_read_texts(file->file, "config/value", &values);
  hc_h5_unhush(&quiet);
  struct hc_text text = {0};
  hc_text_printf(&text, "%s\n", file->setup);
  for (size_t i = 0; name && value && i < names && i < values; ++i)
    if (!hc_setup_is_free(name[i])) hc_text_printf(&text, "%s=%s\n", name[i], value[i]);
  hc_h5_free_texts(name, names);
  hc_h5_free_texts(value, values);
  char *taken;
  return hc_text_take(&text, &taken) == HC_OK ? taken : NULL;
}

static hc_status check_setup(const struct hc_store *store, const struct hc_results *file,
                             struct hc_error *error) {
  char *ours = hc_setup_of_outcomes(store->setup), *theirs = setup_of_file(file);
  const hc_status status =
    ours && theirs
      ? hc_setup_compare(ours, theirs, store->file,
                         "extend it with what it was made with, or run anew without --resume",
                         error)
      : hc_fail(error, HC_NO_MEMORY, "%s: out of memory", store->file);
  free(ours);
  free(theirs);
  return status;
}

static hc_status check_samples(const struct hc_store *store, const struct hc_results *file,
                               struct hc_error *error) {
  if (hc_results_has_samples(file)) return HC_OK;
  return hc_fail(error, HC_MISMATCH,
                 "%s: is a finished run of %" PRIu64
                 " paths without samples (output.samples: none), so it cannot be extended; run "
                 "anew without --resume",
                 store->file, hc_results_paths(file));
}

/* The timeline of each path is not in the file: granules that need it are run again. */
static hc_status add_granules(struct hc_store *store, struct hc_error *error) {
  const uint64_t paths = hc_results_paths(store->previous);
  for (uint64_t granule = 0; granule * HC_GRANULE < paths; ++granule) {
    const uint64_t first = granule * HC_GRANULE;
    const size_t count = hc_granule_paths(granule, store->wanted);
    if (count == 0 || count > paths - first) return HC_OK;
    if (hc_shape_timeline(&store->shape, first, count) > 0) continue;
    const struct hc_entry entry = {HC_SHARD_PREVIOUS, (uint32_t)count, 0};
    const hc_status status = hc_index_add(store, granule, entry, error);
    if (status) return status;
  }
  return HC_OK;
}

static hc_status take_file(struct hc_store *store, struct hc_error *error) {
  hc_status status = hc_results_open(store->file, &store->previous, error);
  if (!status) status = check_setup(store, store->previous, error);
  if (!status) status = check_samples(store, store->previous, error);
  return status ? status : add_granules(store, error);
}

hc_status hc_extend(struct hc_store *store, struct hc_error *error) {
  if (access(store->file, F_OK) != 0) return HC_OK;
  struct hc_error why = {0};
  const hc_status status = take_file(store, &why);
  if (!status) return HC_OK;
  hc_results_close(store->previous);
  store->previous = NULL;
  /* The shards of this run come first; a file of another one is only replaced in the end. */
  if (store->paths > 0) return HC_OK;
  return hc_fail(error, status, "%s", why.message);
}
