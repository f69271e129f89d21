/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/attribution.h"
#include "store/files.h"
#include "store/h5_read.h"
#include "store/results.h"

/* All columns of a table into rows; how many rows, the same for each. False: damaged. */
static bool read_table(const struct hc_results *results, const char *group,
                       const struct hc_blame_table *table, void *rows, size_t most, size_t *count) {
  for (size_t c = 0; c < table->count; ++c) {
    char path[100];
    size_t length = 0;
    (void)snprintf(path, sizeof path, "%s/%s", group, table->column[c].head.name);
    uint64_t *column = hc_h5_read_column(results->file, path, table->column[c].head.kind, &length);
    const bool fits = column && length <= most && (c == 0 || length == *count);
    for (size_t i = 0; fits && i < length; ++i)
      memcpy((char *)rows + i * table->row + table->column[c].offset, &column[i], sizeof *column);
    *count = length;
    free(column);
    if (!fits) return false;
  }
  return true;
}

static bool read_names(const struct hc_results *results, struct hc_attribution *a) {
  size_t count = 0;
  char **names = hc_h5_read_texts(results->file, "attribution/accounts/name", &count);
  const bool fits = names && count == a->account_count;
  for (size_t i = 0; fits && i < count; ++i)
    (void)snprintf(a->name[i], sizeof a->name[i], "%s", names[i]);
  hc_h5_free_texts(names, count);
  return fits;
}

hc_status hc_results_attribution(const struct hc_results *results, struct hc_attribution *a,
                                 struct hc_error *error) {
  *a = (struct hc_attribution){0};
  const struct hc_h5_quiet quiet = hc_h5_hush();
  const bool there = hc_h5_has(results->file, "attribution");
  const bool whole =
    !there || (read_table(results, "attribution", &hc_blame_cells, a->cell, HC_BLAME_CELLS,
                          &a->cell_count) &&
               read_table(results, "attribution/accounts", &hc_blame_accounts, a->account,
                          HC_BLAME_TOP, &a->account_count) &&
               read_names(results, a));
  hc_h5_unhush(&quiet);
  if (whole) return HC_OK;
  *a = (struct hc_attribution){0};
  return hc_results_damaged(results, "/attribution", error);
}
