/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "store/assembly.h"
#include "store/reader.h"
#include "store/select.h"

static const double levels[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
enum { LEVELS = sizeof levels / sizeof *levels, MOST_BYTES = 64 << 20 };

static const struct {
  const char *name, *mean, *text, *mean_text;
} quantities[] = {
  {"mark", "mark_mean", "Quantiles of the mark over paths", "Mean mark"},
  {"fund", "fund_mean", "Quantiles of the insurance fund over paths", "Mean insurance fund"},
  {"lp_equity", "lp_equity_mean", "Quantiles of deposits and profits of liquidity providers",
   "Mean deposits and profits of liquidity providers"},
  {"open_interest", "open_interest_mean", "Quantiles of the open interest of longs at the mark",
   "Mean open interest of longs at the mark"},
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

/* A block of columns (times) of one quantity, all paths: as many as fit in MOST_BYTES. */
struct slab {
  struct hc_assembly *assembly;
  size_t paths, points;   /* of the whole timeline */
  size_t first, width;    /* columns */
  double *values, *column;
  double *quantile, *mean; /* of the whole timeline */
};

static hc_status read_granule(const struct slab *slab, int quantity, uint64_t granule,
                              size_t *path) {
  struct hc_store *store = slab->assembly->store;
  struct hc_error *error = slab->assembly->h5.error;
  struct hc_entry entry;
  struct hc_record_head head;
  const size_t count = hc_granule_paths(granule, slab->assembly->report->paths);
  hc_status status = hc_reader_head(store, granule, count, &entry, &head, error);
  if (status) return status;
  const size_t paths = hc_shape_timeline(&store->shape, granule * HC_GRANULE, count);
  const uint64_t row = slab->points * sizeof(double);
  uint64_t offset = entry.offset + hc_record_length(&head) - head.timeline +
                    (uint64_t)quantity * head.timeline / QUANTITIES + slab->first * sizeof(double);
  for (size_t i = 0; i < paths && !status; ++i, offset += row)
    status = hc_reader_bytes(store, entry.shard, offset, slab->values + (*path)++ * slab->width,
                             slab->width * sizeof(double), error);
  return status;
}

static void summarise(const struct slab *slab, size_t column) {
  double sum = 0;
  for (size_t p = 0; p < slab->paths; ++p) {
    slab->column[p] = slab->values[p * slab->width + column];
    sum += slab->column[p];
  }
  const size_t time = slab->first + column;
  slab->mean[time] = sum / (double)slab->paths;
  hc_select_quantiles(slab->column, slab->paths, levels, LEVELS, slab->quantile + time * LEVELS);
}

static void fill_quantity(struct slab *slab, int quantity, size_t width) {
  for (slab->first = 0; slab->first < slab->points; slab->first += slab->width) {
    const size_t left = slab->points - slab->first;
    slab->width = left < width ? left : width;
    size_t path = 0;
    for (uint64_t granule = 0; path < slab->paths; ++granule) {
      hc_assembly_take(slab->assembly, read_granule(slab, quantity, granule, &path));
      if (slab->assembly->h5.status) return;
    }
    for (size_t i = 0; i < slab->width; ++i) summarise(slab, i);
  }
}

static void write_quantities(struct slab *slab, hid_t group, const hid_t axes[2], size_t width) {
  struct hc_h5 *h5 = &slab->assembly->h5;
  for (int i = 0; i < QUANTITIES && !h5->status; ++i) {
    fill_quantity(slab, i, width);
    hc_h5_column(h5, group, axes, 2,
                 &(struct hc_h5_column){quantities[i].name, HC_H5_F8, "USD", quantities[i].text,
                                        slab->quantile});
    hc_h5_column(h5, group, axes, 1,
                 &(struct hc_h5_column){quantities[i].mean, HC_H5_F8, "USD",
                                        quantities[i].mean_text, slab->mean});
  }
}

static void write_group(struct slab *slab, size_t width) {
  struct hc_h5 *h5 = &slab->assembly->h5;
  double *times = hc_assembly_times(slab->assembly, slab->points - 1);
  const hid_t group = hc_h5_group(h5, h5->file, "timeline");
  const struct hc_h5_column time = {"time", HC_H5_F8, "s", "Time since the start", times};
  const struct hc_h5_column level = {"quantile", HC_H5_F8, "1", "Probability", levels};
  const hid_t axes[2] = {hc_h5_axis(h5, group, &time, slab->points),
                         hc_h5_axis(h5, group, &level, LEVELS)};
  hc_h5_integer(h5, group, "paths", (int64_t)slab->paths);
  write_quantities(slab, group, axes, width);
  hc_h5_close(h5, axes[0]);
  hc_h5_close(h5, axes[1]);
  hc_h5_close(h5, group);
  free(times);
}

void hc_write_timeline(struct hc_assembly *assembly) {
  const struct hc_shape *shape = &assembly->store->shape;
  if (assembly->h5.status || shape->timeline_points == 0) return;
  const uint64_t most = assembly->report->paths;
  struct slab slab = {.assembly = assembly, .points = shape->timeline_points};
  slab.paths = (size_t)(shape->timeline_paths < most ? shape->timeline_paths : most);
  size_t width = MOST_BYTES / sizeof(double) / slab.paths;
  if (width < 1) width = 1;
  if (width > slab.points) width = slab.points;
  slab.values = malloc(slab.paths * width * sizeof(double));
  slab.column = malloc(slab.paths * sizeof(double));
  slab.quantile = malloc(slab.points * LEVELS * sizeof(double));
  slab.mean = malloc(slab.points * sizeof(double));
  if (slab.values && slab.column && slab.quantile && slab.mean) write_group(&slab, width);
  else hc_h5_fail(&assembly->h5, HC_NO_MEMORY, "out of memory");
  free(slab.values);
  free(slab.column);
  free(slab.quantile);
  free(slab.mean);
}
