/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of the tables of /attribution, for writing and for reading. */
#ifndef HC_STORE_ATTRIBUTION_H
#define HC_STORE_ATTRIBUTION_H
#include "haircut/run.h"
#include "store/h5.h"

struct hc_blame_column {
  struct hc_h5_column head;
  size_t offset; /* in a row */
};
struct hc_blame_table {
  const struct hc_blame_column *column;
  size_t count, row; /* columns; bytes of a row */
};
extern const struct hc_blame_table hc_blame_cells, hc_blame_accounts;
#endif
