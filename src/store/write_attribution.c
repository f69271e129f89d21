/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who left the bad debt: a table by cell, and one of accounts. */
#include "store/attribution.h"

#include <stdlib.h>
#include <string.h>

#include "store/assembly.h"

#define KIND_F HC_H5_F8
#define KIND_I HC_H5_I8
#define CELL(type, name, unit, long_name) \
  {{#name, KIND_##type, unit, long_name, NULL}, offsetof(struct hc_blame_cell, name)},
#define ACCOUNT(type, name, unit, long_name) \
  {{#name, KIND_##type, unit, long_name, NULL}, offsetof(struct hc_blame_account, name)},
static const struct hc_blame_column cells[] = {HC_BLAME_CELL_LIST(CELL)};
static const struct hc_blame_column accounts[] = {HC_BLAME_ACCOUNT_LIST(ACCOUNT)};

const struct hc_blame_table hc_blame_cells = {cells, sizeof cells / sizeof *cells,
                                              sizeof(struct hc_blame_cell)};
const struct hc_blame_table hc_blame_accounts = {accounts, sizeof accounts / sizeof *accounts,
                                                 sizeof(struct hc_blame_account)};

static void write_table(struct hc_h5 *h5, hid_t group, hid_t axis, const struct hc_blame_table *table,
                        const void *rows, size_t count) {
  uint64_t column[HC_BLAME_CELLS] = {0}; /* cells of either type */
  for (size_t c = 0; c < table->count; ++c) {
    struct hc_h5_column head = table->column[c].head;
    for (size_t i = 0; i < count; ++i)
      memcpy(&column[i], (const char *)rows + i * table->row + table->column[c].offset, 8);
    head.data = column;
    hc_h5_column(h5, group, &axis, 1, &head);
  }
}

static void write_accounts(struct hc_h5 *h5, hid_t parent, const struct hc_attribution *a) {
  const char *names[HC_BLAME_TOP];
  const hid_t group = hc_h5_group(h5, parent, "accounts");
  const hid_t axis = hc_h5_index(h5, group, "rank", "Rank by contribution to ES 99 of bad debt",
                                 a->account_count);
  for (size_t i = 0; i < a->account_count; ++i) names[i] = a->name[i];
  write_table(h5, group, axis, &hc_blame_accounts, a->account, a->account_count);
  hc_h5_column(h5, group, &axis, 1,
               &(struct hc_h5_column){"name", HC_H5_TEXT, "1", "Name of the account in the CSV", names});
  hc_h5_close(h5, axis);
  hc_h5_close(h5, group);
}

void hc_write_attribution(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  const struct hc_scenario *scenario = assembly->store->scenario;
  if (h5->status || !hc_scenario_values(scenario)->output.attribution) return;
  struct hc_attribution *a = malloc(sizeof *a);
  if (!a) {
    hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
    return;
  }
  hc_assembly_take(assembly, hc_attribute(scenario, assembly->stats, assembly->report->threads, a,
                                          h5->error));
  if (!h5->status && a->cell_count > 0) {
    const hid_t group = hc_h5_group(h5, h5->file, "attribution");
    const hid_t axis = hc_h5_index(h5, group, "cell", "Cell: side x leverage x size", a->cell_count);
    write_table(h5, group, axis, &hc_blame_cells, a->cell, a->cell_count);
    hc_h5_close(h5, axis);
    write_accounts(h5, group, a);
    hc_h5_close(h5, group);
  }
  free(a);
}
