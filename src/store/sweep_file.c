/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a sweep: every metric along the axes, in the root group, where xarray looks. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "haircut/design.h"
#include "store/assembly.h"
#include "store/code.h"

static const struct {
  const char *name, *text;
} samples[HC_COMPARISON_COLUMNS] = {
#define SAMPLE(name, long_name) {#name, long_name},
  HC_COMPARISON_LIST(SAMPLE)
#undef SAMPLE
};

struct writing {
  const struct hc_sweep_file *sweep;
  struct hc_h5 *h5;
  hid_t axis[HC_H5_RANK];
  int rank;
};

static void write_root(struct hc_h5 *h5, const struct hc_sweep_file *sweep) {
  const time_t now = time(NULL);
  struct tm fields;
  char created[32] = "";
  hc_h5_text(h5, h5->file, "title", "Loss socialisation at many points of a space of parameters");
  hc_h5_text(h5, h5->file, "format", HC_SWEEP_FORMAT);
  hc_h5_integer(h5, h5->file, "format_version", HC_FORMAT_VERSION);
  hc_h5_text(h5, h5->file, "haircut_version", HC_VERSION);
  hc_h5_text(h5, h5->file, "name", sweep->title);
  hc_h5_text(h5, h5->file, "design", sweep->grid ? "grid" : "list");
  hc_h5_integer(h5, h5->file, "points", (int64_t)sweep->points);
  hc_h5_integer(h5, h5->file, "points_failed", (int64_t)sweep->failed);
  hc_h5_integer(h5, h5->file, "points_missing", (int64_t)sweep->missing);
  hc_h5_integer(h5, h5->file, "reference_point", sweep->reference);
  hc_h5_integer(h5, h5->file, "paths", (int64_t)sweep->paths);
  hc_h5_integer(h5, h5->file, "seed", sweep->seed);
  if (gmtime_r(&now, &fields) && strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &fields))
    hc_h5_text(h5, h5->file, "created", created);
}

static struct hc_h5_column axis_column(const struct hc_sweep_axis *axis) {
  return (struct hc_h5_column){axis->name, axis->is_text ? HC_H5_TEXT : HC_H5_F8,
                               *axis->unit ? axis->unit : "1", *axis->doc ? axis->doc : axis->key,
                               axis->is_text ? (const void *)axis->text : (const void *)axis->value};
}

/* A number is also there as it was written, e.g. 20M. */
static void describe_axis(struct writing *writing, hid_t dataset, const struct hc_sweep_axis *axis) {
  if (dataset < 0) return;
  hc_h5_text(writing->h5, dataset, "key", axis->key);
  if (!axis->is_text && axis->count <= 1000)
    hc_h5_texts(writing->h5, dataset, "texts", axis->text, axis->count);
}

/* The dimensions: the axes of a grid; else `point`, with the axes along it. */
static void write_axes(struct writing *writing) {
  const struct hc_sweep_file *sweep = writing->sweep;
  struct hc_h5 *h5 = writing->h5;
  if (!sweep->grid) {
    writing->axis[writing->rank++] = hc_h5_index(h5, h5->file, "point", "Point", (size_t)sweep->points);
  }
  for (size_t i = 0; i < sweep->axis_count; ++i) {
    const struct hc_h5_column column = axis_column(&sweep->axes[i]);
    const hid_t dataset = sweep->grid ? hc_h5_axis(h5, h5->file, &column, sweep->axes[i].count)
                                      : hc_h5_open_column(h5, h5->file, writing->axis, 1, &column);
    describe_axis(writing, dataset, &sweep->axes[i]);
    if (sweep->grid) writing->axis[writing->rank++] = dataset;
    else hc_h5_close(h5, dataset);
  }
}

static void write_columns(struct writing *writing) {
  const struct hc_sweep_file *sweep = writing->sweep;
  struct hc_h5 *h5 = writing->h5;
  const hid_t block =
    hc_h5_index(h5, h5->file, "block", "Block of paths, the same paths at every point", sweep->blocks);
  for (size_t i = 0; i < sweep->column_count; ++i) {
    const struct hc_sweep_column *from = &sweep->columns[i];
    const struct hc_h5_column column = {from->name,
                                        from->text      ? HC_H5_TEXT
                                        : from->integer ? HC_H5_I8
                                                        : HC_H5_F8,
                                        from->unit, from->long_name,
                                        from->text      ? (const void *)from->text
                                        : from->integer ? (const void *)from->integer
                                                        : (const void *)from->value};
    writing->axis[writing->rank] = block;
    hc_h5_column(h5, h5->file, writing->axis, writing->rank + (from->by_block ? 1 : 0), &column);
  }
  hc_h5_close(h5, block);
}

/* Where a point is along the dimensions. */
static void locate(const struct hc_sweep_file *sweep, uint64_t point, size_t *index) {
  size_t length[HC_H5_RANK];
  index[0] = (size_t)point;
  if (!sweep->grid) return;
  for (size_t i = 0; i < sweep->axis_count; ++i) length[i] = sweep->axes[i].count;
  hc_design_grid_at(length, sweep->axis_count, point, index);
}

static void write_samples(struct writing *writing) {
  const struct hc_sweep_file *sweep = writing->sweep;
  struct hc_h5 *h5 = writing->h5;
  const size_t paths = (size_t)sweep->paths;
  if (!sweep->samples) return;
  hid_t dataset[HC_COMPARISON_COLUMNS];
  const hid_t path = hc_h5_index(h5, h5->file, "path", "Path, the same at every point", paths);
  writing->axis[writing->rank] = path;
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; ++i)
    dataset[i] =
      hc_h5_open_column(h5, h5->file, writing->axis, writing->rank + 1,
                        &(struct hc_h5_column){samples[i].name, HC_H5_F8, "USD", samples[i].text, NULL});
  hc_h5_close(h5, path);
  double *sample = malloc(HC_COMPARISON_COLUMNS * paths * sizeof *sample);
  if (!sample) hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  for (uint64_t point = 0; sample && point < sweep->points && !h5->status; ++point) {
    size_t index[HC_H5_RANK];
    const hc_status status = sweep->samples(sweep->self, point, sample, h5->error);
    if (status) h5->status = status;
    locate(sweep, point, index);
    for (size_t i = 0; i < HC_COMPARISON_COLUMNS; ++i)
      hc_h5_cell(h5, dataset[i], HC_H5_F8, index, paths, sample + i * paths);
  }
  free(sample);
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; ++i) hc_h5_close(h5, dataset[i]);
}

static void write_config(struct hc_h5 *h5, const struct hc_sweep_file *sweep) {
  const hid_t group = hc_h5_group(h5, h5->file, "config");
  const struct hc_h5_column config = {"first_point", HC_H5_TEXT, "1",
                                      "Resolved configuration of the first point, YAML", &sweep->config};
  const struct hc_h5_column setup = {"plan", HC_H5_TEXT, "1", "Axes, and all that points depend on",
                                     &sweep->setup};
  hc_h5_scalar(h5, group, &config);
  hc_h5_scalar(h5, group, &setup);
  hc_h5_close(h5, group);
}

static uint64_t bytes_of(const struct hc_sweep_file *sweep) {
  uint64_t bytes = sweep->samples ? 8 * HC_COMPARISON_COLUMNS * sweep->points * sweep->paths : 0;
  for (size_t i = 0; i < sweep->column_count; ++i)
    bytes += 8 * sweep->points * (sweep->columns[i].by_block ? sweep->blocks : 1);
  return bytes / 4; /* it is compressed */
}

static void write_whole(struct hc_assembly *assembly, const void *data) {
  const struct hc_sweep_file *sweep = data;
  struct writing writing = {.sweep = sweep, .h5 = &assembly->h5};
  write_root(&assembly->h5, sweep);
  hc_write_code(assembly);
  write_config(&assembly->h5, sweep);
  write_axes(&writing);
  write_columns(&writing);
  write_samples(&writing);
  for (int i = 0; i < writing.rank; ++i) hc_h5_close(&assembly->h5, writing.axis[i]);
}

hc_status hc_sweep_write(const char *file, const struct hc_sweep_file *sweep, struct hc_error *error) {
  const struct hc_report report = {
    .paths = sweep->paths, .seconds = sweep->seconds, .command = sweep->command};
  if (sweep->axis_count + 1 > HC_H5_RANK) return hc_fail(error, HC_BUG, "%s: too many axes", file);
  return hc_write_file(file, &report, bytes_of(sweep), write_whole, sweep, error);
}
