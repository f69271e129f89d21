/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "store/assembly.h"

static const char leaves_out[] =
  "Intervals are of sampling only: of the paths and of the generated books. They leave out that "
  "parameters are uncertain and that the model is a simplification.";

/* One column of the table of estimates: a text in the struct, or a double. */
struct column {
  struct hc_h5_column head;
  size_t offset;
};
#define MEMBER(name, kind, unit, text) \
  {{#name, HC_H5_##kind, unit, text, NULL}, offsetof(struct hc_estimate, name)}
static const struct column columns[] = {
  MEMBER(name, TEXT, "1", "Name of the estimate"),
  MEMBER(unit, TEXT, "1", "Unit of the row's numbers"),
  MEMBER(long_name, TEXT, "1", "What is estimated"),
  MEMBER(value, F8, "1", "Estimate, in the unit of its row"),
  MEMBER(se, F8, "1", "Standard error with the variance between books"),
  MEMBER(se_paths, F8, "1", "Standard error of the paths alone"),
  MEMBER(low, F8, "1", "Lower end of the 95 % interval"),
  MEMBER(high, F8, "1", "Upper end of the 95 % interval"),
  MEMBER(note, TEXT, "1", "Why there is no interval, where there is none"),
};
#undef MEMBER

union cell {
  const char *text;
  double number;
};

static void write_column(struct hc_h5 *h5, hid_t group, hid_t axis,
                         const struct hc_estimate *estimates, size_t count,
                         const struct column *column) {
  union cell *cells = malloc((count + 1) * sizeof *cells); /* both members fill a cell */
  if (!cells) hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  for (size_t i = 0; cells && i < count; ++i) {
    const char *member = (const char *)&estimates[i] + column->offset;
    if (column->head.kind == HC_H5_TEXT) cells[i].text = member;
    else cells[i].number = *(const double *)(const void *)member;
  }
  struct hc_h5_column head = column->head;
  head.data = cells;
  if (cells) hc_h5_column(h5, group, &axis, 1, &head);
  free(cells);
}
_Static_assert(sizeof(union cell) == sizeof(double) && sizeof(char *) == sizeof(double),
               "cells are eight bytes");

void hc_write_estimates(struct hc_h5 *h5, hid_t parent, const char *name,
                        const struct hc_estimate *estimates, size_t count) {
  const hid_t group = hc_h5_group(h5, parent, name);
  const hid_t axis = hc_h5_index(h5, group, "estimate", "Number of the estimate", count);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
    write_column(h5, group, axis, estimates, count, &columns[i]);
  hc_h5_text(h5, group, "leaves_out", leaves_out);
  hc_h5_close(h5, axis);
  hc_h5_close(h5, group);
}

void hc_write_summary(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  const struct hc_estimate *estimates;
  size_t count;
  if (h5->status) return;
  const hc_status status = hc_stats_estimates(assembly->stats, &estimates, &count);
  hc_assembly_take(assembly, status);
  if (status) return;
  hc_write_estimates(h5, h5->file, "summary", estimates, count);
}
