/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "store/assembly.h"

enum { PRICE_POINTS = 512 };

struct ledger_column {
  struct hc_h5_column head;
  size_t offset;
};
static const struct ledger_column ledger_columns[] = {
#define KIND_F HC_H5_F8
#define KIND_I HC_H5_I8
#define COLUMN(type, name, unit, long_name) \
  {{#name, KIND_##type, unit, long_name, NULL}, offsetof(struct hc_ledger_row, name)},
  HC_LEDGER_LIST(COLUMN)
#undef COLUMN
};
enum { COLUMNS = sizeof ledger_columns / sizeof *ledger_columns };

/* The traced paths, and the ledger's columns open for appending. */
struct traces {
  struct hc_assembly *assembly;
  size_t count, total; /* paths, rows so far */
  uint64_t *path;
  int64_t *first_row, *rows;
  double *mark_min, *mark, *fundamental; /* prices: count x (PRICE_POINTS + 1) */
  hid_t group, axis, column[COLUMNS];
};

static void open_ledger(struct traces *traces) {
  static const char *const words[] = {
#define WORD(name, text) text,
    HC_EVENT_LIST(WORD)
#undef WORD
  };
  struct hc_h5 *h5 = &traces->assembly->h5;
  const struct hc_h5_column row = {"row", HC_H5_I8, "1", "Row of the ledger", NULL};
  traces->group = hc_h5_group(h5, h5->file, "ledger");
  traces->axis = hc_h5_open_axis(h5, traces->group, &row);
  for (size_t i = 0; i < COLUMNS; ++i) {
    traces->column[i] =
      hc_h5_open_column(h5, traces->group, &traces->axis, 1, &ledger_columns[i].head);
    if (strcmp(ledger_columns[i].head.name, "event") == 0)
      hc_h5_texts(h5, traces->column[i], "words", words, sizeof words / sizeof *words);
  }
  hc_h5_texts(h5, traces->group, "words", words, sizeof words / sizeof *words);
}

static void append(struct traces *traces, const struct hc_ledger *ledger, uint64_t *cells) {
  struct hc_h5 *h5 = &traces->assembly->h5;
  hc_assembly_room(traces->assembly, (COLUMNS + 1) * ledger->count * sizeof *cells);
  hc_h5_grow(h5, traces->axis, traces->total + ledger->count);
  for (size_t i = 0; i < ledger->count; ++i) cells[i] = traces->total + i;
  hc_h5_rows(h5, traces->axis, HC_H5_I8, traces->total, ledger->count, cells);
  for (size_t c = 0; c < COLUMNS; ++c) {
    for (size_t i = 0; i < ledger->count; ++i)
      memcpy(&cells[i], (const char *)&ledger->rows[i] + ledger_columns[c].offset, sizeof *cells);
    hc_h5_grow(h5, traces->column[c], traces->total + ledger->count);
    hc_h5_rows(h5, traces->column[c], ledger_columns[c].head.kind, traces->total, ledger->count,
               cells);
  }
}

static void trace_one(struct traces *traces, size_t index) {
  struct hc_assembly *assembly = traces->assembly;
  struct hc_outcome outcome;
  struct hc_ledger ledger = {0};
  const uint64_t path = traces->path[index];
  hc_status status =
    hc_path_trace(assembly->workspace, path, &outcome, NULL, &ledger, assembly->h5.error);
  uint64_t *cells = status ? NULL : malloc((ledger.count + 1) * sizeof *cells);
  if (cells) append(traces, &ledger, cells);
  else if (!status) status = HC_NO_MEMORY;
  traces->first_row[index] = (int64_t)traces->total;
  traces->rows[index] = (int64_t)ledger.count;
  traces->mark_min[index] = ledger.mark_min;
  traces->total += ledger.count;
  free(cells);
  hc_ledger_free(&ledger);
  const size_t row = index * (PRICE_POINTS + 1);
  if (!status)
    status = hc_path_prices(assembly->workspace, path, PRICE_POINTS, traces->mark + row,
                            traces->fundamental + row, assembly->h5.error);
  hc_assembly_take(assembly, status);
}

static void write_traced(struct traces *traces) {
  struct hc_h5 *h5 = &traces->assembly->h5;
  const struct hc_h5_column columns[] = {
    {"path", HC_H5_I8, "1", "Path", traces->path},
    {"first_row", HC_H5_I8, "1", "Its first row in the ledger", traces->first_row},
    {"rows", HC_H5_I8, "1", "Its rows in the ledger", traces->rows},
    {"mark_min", HC_H5_F8, "USD", "Lowest mark over every step", traces->mark_min},
  };
  const hid_t group = hc_h5_group(h5, traces->group, "traced");
  const hid_t axis = hc_h5_index(h5, group, "trace", "Rank of the path, worst first", traces->count);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
    hc_h5_column(h5, group, &axis, 1, &columns[i]);
  hc_h5_close(h5, axis);
  hc_h5_close(h5, group);
}

static void write_prices(struct traces *traces) {
  struct hc_h5 *h5 = &traces->assembly->h5;
  double *times = hc_assembly_times(traces->assembly, PRICE_POINTS);
  const struct hc_h5_column time = {"time", HC_H5_F8, "s", "Time since the start", times};
  const hid_t group = hc_h5_group(h5, traces->group, "prices");
  const hid_t axes[2] = {
    hc_h5_index(h5, group, "trace", "Rank of the path, worst first", traces->count),
    hc_h5_axis(h5, group, &time, PRICE_POINTS + 1)};
  hc_h5_column(h5, group, axes, 2,
               &(struct hc_h5_column){"mark", HC_H5_F8, "USD", "Mark", traces->mark});
  hc_h5_column(h5, group, axes, 2,
               &(struct hc_h5_column){"fundamental", HC_H5_F8, "USD",
                                      "Mark without any forced flow", traces->fundamental});
  hc_h5_close(h5, axes[0]);
  hc_h5_close(h5, axes[1]);
  hc_h5_close(h5, group);
  free(times);
}

static void write_all(struct traces *traces) {
  struct hc_h5 *h5 = &traces->assembly->h5;
  open_ledger(traces);
  for (size_t i = 0; i < traces->count && !h5->status; ++i) trace_one(traces, i);
  for (size_t i = 0; i < COLUMNS; ++i) hc_h5_close(h5, traces->column[i]);
  hc_h5_close(h5, traces->axis);
  write_traced(traces);
  write_prices(traces);
  hc_h5_close(h5, traces->group);
}

static bool allocate(struct traces *traces, size_t capacity) {
  traces->path = malloc((capacity + 1) * sizeof *traces->path);
  traces->first_row = malloc((capacity + 1) * sizeof *traces->first_row);
  traces->rows = malloc((capacity + 1) * sizeof *traces->rows);
  traces->mark_min = malloc((capacity + 1) * sizeof *traces->mark_min);
  traces->mark = malloc((capacity + 1) * (PRICE_POINTS + 1) * sizeof *traces->mark);
  traces->fundamental = malloc((capacity + 1) * (PRICE_POINTS + 1) * sizeof *traces->fundamental);
  return traces->path && traces->first_row && traces->rows && traces->mark_min && traces->mark &&
         traces->fundamental;
}

void hc_write_ledger(struct hc_assembly *assembly) {
  const int64_t wanted = hc_scenario_values(assembly->store->scenario)->output.traces;
  if (assembly->h5.status || wanted < 1) return;
  struct traces traces = {.assembly = assembly};
  if (!allocate(&traces, (size_t)wanted))
    hc_h5_fail(&assembly->h5, HC_NO_MEMORY, "out of memory");
  else
    hc_assembly_take(assembly, hc_stats_worst(assembly->stats, (size_t)wanted, traces.path,
                                              &traces.count));
  if (!assembly->h5.status && traces.count > 0) write_all(&traces);
  free(traces.path);
  free(traces.first_row);
  free(traces.rows);
  free(traces.mark_min);
  free(traces.mark);
  free(traces.fundamental);
}
