/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A results file being written. Each part adds its groups; failures stick in `h5`. */
#ifndef HC_STORE_ASSEMBLY_H
#define HC_STORE_ASSEMBLY_H
#include "store/h5.h"
#include "store/internal.h"

struct hc_assembly {
  struct hc_store *store;
  const struct hc_report *report;
  struct hc_stats *stats; /* complete after hc_write_paths */
  struct hc_workspace *workspace;
  struct hc_h5 h5;
};
/* Parts that can fail outside HDF5 hand their status here. */
void hc_assembly_take(struct hc_assembly *assembly, hc_status status);
/* Fails while the library can still close the file, rather than when the disk is full. */
void hc_assembly_room(struct hc_assembly *assembly, uint64_t bytes);
/* Times of `points` + 1 equally spaced points, rounded down to steps; caller frees. */
double *hc_assembly_times(struct hc_assembly *assembly, size_t points);

/* A file that is no run's: `fill` writes its groups from `data`; whole or not at all. `bytes`: about how
 * large it is. */
typedef void hc_filler(struct hc_assembly *assembly, const void *data);
hc_status hc_write_file(const char *file, const struct hc_report *report, uint64_t bytes, hc_filler *fill,
                        const void *data, struct hc_error *error) HC_CHECKED;

void hc_write_root(struct hc_assembly *assembly);
void hc_write_code(struct hc_assembly *assembly);
void hc_write_config(struct hc_assembly *assembly);
void hc_write_paths(struct hc_assembly *assembly); /* and merges the statistics */
void hc_write_summary(struct hc_assembly *assembly);
/* A group with a table of estimates. */
void hc_write_estimates(struct hc_h5 *h5, hid_t parent, const char *name,
                        const struct hc_estimate *estimates, size_t count);
void hc_write_distribution(struct hc_assembly *assembly);
void hc_write_fund_curve(struct hc_assembly *assembly);
void hc_write_lorenz(struct hc_assembly *assembly);
void hc_write_attribution(struct hc_assembly *assembly);
void hc_write_timeline(struct hc_assembly *assembly);
void hc_write_book(struct hc_assembly *assembly);
void hc_write_ledger(struct hc_assembly *assembly);
void hc_write_checks(struct hc_assembly *assembly);
#endif
