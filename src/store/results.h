/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HC_STORE_RESULTS_H
#define HC_STORE_RESULTS_H
#include <hdf5.h>

#include "haircut/store.h"

struct hc_results {
  hid_t file;
  char *name;
  uint64_t paths;
  size_t classes;
  bool samples;
  char *config, *digest, *setup;
  hid_t column[HC_OUTCOME_COLUMNS], lp_class; /* -1: not opened yet */
  struct hc_estimate *estimates;              /* read when asked for */
  size_t estimate_count;
  uint64_t *traced;
  size_t traced_count;
};
/* "NAME: WHAT; the file is damaged ..." */
hc_status hc_results_damaged(const struct hc_results *results, const char *what,
                             struct hc_error *error);
#endif
