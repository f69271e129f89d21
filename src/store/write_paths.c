/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "store/assembly.h"
#include "store/reader.h"

/* X(type, name, unit, long_name) of every outcome. */
struct outcome_column {
  struct hc_h5_column head;
  size_t offset;
};
static const struct outcome_column outcome_columns[] = {
#define KIND_F HC_H5_F8
#define KIND_I HC_H5_I8
#define COLUMN(type, name, unit, long_name) \
  {{#name, KIND_##type, unit, long_name, NULL}, offsetof(struct hc_outcome, name)},
  HC_OUTCOME_LIST(COLUMN)
#undef COLUMN
};

/* The columns open for writing and one chunk of each. */
struct samples {
  hid_t group, column[HC_OUTCOME_COLUMNS], lp_class;
  uint64_t *values; /* HC_OUTCOME_COLUMNS x HC_H5_CHUNK; eight bytes each, of either type */
  double *losses;   /* HC_H5_CHUNK x classes */
  size_t first, count;
};

static hid_t write_classes(struct hc_assembly *assembly, hid_t group) {
  struct hc_h5 *h5 = &assembly->h5;
  const char *names[HC_MAX_CLASSES] = {NULL};
  const size_t count = assembly->store->shape.classes;
  for (size_t i = 0; i < count && i < HC_MAX_CLASSES; ++i)
    names[i] = hc_scenario_class_name(assembly->store->scenario, i);
  const hid_t axis = hc_h5_index(h5, group, "class", "Class of liquidity providers", count);
  hc_h5_column(h5, group, &axis, 1,
               &(struct hc_h5_column){"class_name", HC_H5_TEXT, "1", "Name of the class", names});
  return axis;
}

static void open_columns(struct hc_assembly *assembly, struct samples *samples) {
  struct hc_h5 *h5 = &assembly->h5;
  samples->group = hc_h5_group(h5, h5->file, "paths");
  const hid_t path =
    hc_h5_index(h5, samples->group, "path", "Path", (size_t)assembly->report->paths);
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i)
    samples->column[i] =
      hc_h5_open_column(h5, samples->group, &path, 1, &outcome_columns[i].head);
  samples->lp_class = -1;
  if (assembly->store->shape.classes > 0) {
    const hid_t class = write_classes(assembly, samples->group);
    const hid_t axes[2] = {path, class};
    const struct hc_h5_column column = {"lp_loss_class", HC_H5_F8, "USD",
                                        "Loss of each class of liquidity providers", NULL};
    samples->lp_class = hc_h5_open_column(h5, samples->group, axes, 2, &column);
    hc_h5_close(h5, class);
  }
  hc_h5_close(h5, path);
}

static void open_samples(struct hc_assembly *assembly, struct samples *samples) {
  const size_t classes = assembly->store->shape.classes;
  *samples = (struct samples){.group = -1, .lp_class = -1};
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i) samples->column[i] = -1;
  samples->values = malloc(sizeof *samples->values * HC_OUTCOME_COLUMNS * HC_H5_CHUNK);
  samples->losses = malloc(sizeof *samples->losses * (classes + 1) * HC_H5_CHUNK);
  if (!samples->values || !samples->losses)
    hc_h5_fail(&assembly->h5, HC_NO_MEMORY, "out of memory");
  else open_columns(assembly, samples);
}

static void flush_samples(struct hc_assembly *assembly, struct samples *samples) {
  struct hc_h5 *h5 = &assembly->h5;
  const size_t width = HC_OUTCOME_COLUMNS + assembly->store->shape.classes;
  hc_assembly_room(assembly, 8 * width * samples->count);
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i)
    hc_h5_rows(h5, samples->column[i], outcome_columns[i].head.kind, samples->first,
               samples->count, samples->values + i * HC_H5_CHUNK);
  if (samples->lp_class >= 0)
    hc_h5_rows(h5, samples->lp_class, HC_H5_F8, samples->first, samples->count, samples->losses);
  samples->first += samples->count;
  samples->count = 0;
}

static void add_samples(struct hc_assembly *assembly, struct samples *samples,
                        const struct hc_reader *reader, size_t count) {
  const size_t classes = assembly->store->shape.classes;
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i) {
    uint64_t *values = samples->values + i * HC_H5_CHUNK + samples->count;
    for (size_t p = 0; p < count; ++p)
      memcpy(&values[p], (const char *)&reader->outcomes[p] + outcome_columns[i].offset,
             sizeof *values);
  }
  memcpy(samples->losses + samples->count * classes, reader->lp_class,
         count * classes * sizeof *samples->losses);
  samples->count += count;
  if (samples->count == HC_H5_CHUNK) flush_samples(assembly, samples);
}

static void close_samples(struct hc_assembly *assembly, struct samples *samples) {
  struct hc_h5 *h5 = &assembly->h5;
  if (!h5->status) flush_samples(assembly, samples);
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; ++i) hc_h5_close(h5, samples->column[i]);
  hc_h5_close(h5, samples->lp_class);
  hc_h5_close(h5, samples->group);
  free(samples->values);
  free(samples->losses);
}

/* Every granule once, in path order. */
static void merge_granules(struct hc_assembly *assembly, struct hc_reader *reader,
                           struct samples *samples) {
  const uint64_t paths = assembly->report->paths;
  for (uint64_t granule = 0; granule * HC_GRANULE < paths && !assembly->h5.status; ++granule) {
    const size_t count = hc_granule_paths(granule, paths);
    hc_status status = hc_reader_read(reader, granule, count, assembly->h5.error);
    if (!status) status = hc_stats_merge(assembly->stats, reader->stats);
    hc_assembly_take(assembly, status);
    if (samples && !status) add_samples(assembly, samples, reader, count);
  }
}

void hc_write_paths(struct hc_assembly *assembly) {
  struct hc_reader reader;
  if (assembly->h5.status) return;
  const hc_status status = hc_reader_open(&reader, assembly->store, assembly->h5.error);
  hc_assembly_take(assembly, status);
  if (status) return;
  if (assembly->store->shape.samples) {
    struct samples samples;
    open_samples(assembly, &samples);
    merge_granules(assembly, &reader, &samples);
    close_samples(assembly, &samples);
  } else merge_granules(assembly, &reader, NULL);
  hc_reader_close(&reader);
}
