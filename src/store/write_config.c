/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "store/assembly.h"

/* One column of the table of parameters. */
struct column {
  struct hc_h5_column head;
  size_t offset; /* of a text in struct hc_parameter */
};

static void write_texts(struct hc_h5 *h5, hid_t group, hid_t axis,
                        const struct hc_parameter *parameters, size_t count,
                        const struct column *column) {
  const char **texts = malloc((count + 1) * sizeof *texts);
  if (!texts) hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  for (size_t i = 0; texts && i < count; ++i) {
    const char *const *text = (const void *)((const char *)&parameters[i] + column->offset);
    texts[i] = *text ? *text : "";
  }
  struct hc_h5_column head = column->head;
  head.data = texts;
  if (texts) hc_h5_column(h5, group, &axis, 1, &head);
  free(texts);
}

static void write_numbers(struct hc_h5 *h5, hid_t group, hid_t axis,
                          const struct hc_parameter *parameters, size_t count) {
  double *numbers = malloc((count + 1) * sizeof *numbers);
  int8_t *defaulted = malloc(count + 1);
  if (!numbers || !defaulted) hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  for (size_t i = 0; numbers && defaulted && i < count; ++i) {
    numbers[i] = parameters[i].value;
    defaulted[i] = parameters[i].defaulted;
  }
  hc_h5_column(h5, group, &axis, 1,
               &(struct hc_h5_column){"number", HC_H5_F8, "1",
                                      "Value in the unit of its row of `unit`; NaN for texts",
                                      numbers});
  hc_h5_column(h5, group, &axis, 1,
               &(struct hc_h5_column){"defaulted", HC_H5_I1, "1",
                                      "1: not written in any file, the default was used",
                                      defaulted});
  free(numbers);
  free(defaulted);
}

static void write_table(struct hc_h5 *h5, hid_t group, const struct hc_config *config) {
  static const struct column columns[] = {
    {{"name", HC_H5_TEXT, "1", "Parameter", NULL}, offsetof(struct hc_parameter, path)},
    {{"value", HC_H5_TEXT, "1", "Value as text", NULL}, offsetof(struct hc_parameter, text)},
    {{"unit", HC_H5_TEXT, "1", "Unit of `number`", NULL}, offsetof(struct hc_parameter, unit)},
    {{"origin", HC_H5_TEXT, "1", "Where it was set: file:line:column, --set, or default", NULL},
     offsetof(struct hc_parameter, origin)},
    {{"source", HC_H5_TEXT, "1", "Note of the user on where the value comes from", NULL},
     offsetof(struct hc_parameter, source)},
  };
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(config, &parameters);
  const hid_t axis = hc_h5_index(h5, group, "parameter", "Number of the parameter", count);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
    write_texts(h5, group, axis, parameters, count, &columns[i]);
  write_numbers(h5, group, axis, parameters, count);
  hc_h5_close(h5, axis);
}

/* A text as a scalar dataset: attributes end at 64 KB. */
static hid_t open_text(struct hc_h5 *h5, hid_t group, const char *name, const char *long_name,
                       const char *text) {
  const struct hc_h5_column column = {name, HC_H5_TEXT, "1", long_name, &text};
  return hc_h5_open_column(h5, group, NULL, 0, &column);
}

static void write_sources(struct hc_h5 *h5, hid_t parent, const struct hc_config *config) {
  const struct hc_source *sources;
  const size_t count = hc_config_sources(config, &sources);
  const hid_t group = hc_h5_group(h5, parent, "sources");
  for (size_t i = 0; i < count; ++i) {
    char name[32];
    (void)snprintf(name, sizeof name, "source_%zu", i);
    const hid_t text = open_text(h5, group, name, "Configuration file as it was read",
                                 sources[i].text);
    hc_h5_text(h5, text, "file", sources[i].name);
    hc_h5_close(h5, text);
  }
  hc_h5_close(h5, group);
}

static void write_inputs(struct hc_assembly *assembly, hid_t parent) {
  struct hc_h5 *h5 = &assembly->h5;
  const struct hc_inputs *inputs = &assembly->store->inputs;
  const hid_t group = hc_h5_group(h5, parent, "inputs");
  for (size_t i = 0; i < inputs->count; ++i) {
    const struct hc_kept_input *input = &inputs->items[i];
    hc_assembly_room(assembly, input->length);
    char name[32];
    (void)snprintf(name, sizeof name, "input_%zu", i);
    const hid_t text = open_text(h5, group, name, "Input file as it was read", input->text);
    hc_h5_text(h5, text, "parameter", input->path);
    hc_h5_text(h5, text, "file", input->file);
    hc_h5_text(h5, text, "name", input->name);
    hc_h5_text(h5, text, "sha256", input->digest);
    hc_h5_close(h5, text);
  }
  hc_h5_close(h5, group);
}

void hc_write_config(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  const struct hc_config *config = hc_scenario_config(assembly->store->scenario);
  const hid_t group = hc_h5_group(h5, h5->file, "config");
  char digest[65];
  hc_scenario_digest(assembly->store->scenario, digest);
  hc_h5_text(h5, group, "digest", digest);
  write_table(h5, group, config);
  const hid_t yaml = open_text(h5, group, "resolved_yaml",
                               "The whole configuration; its input files are in `inputs`",
                               assembly->store->inputs.yaml);
  hc_h5_close(h5, yaml);
  write_sources(h5, group, config);
  write_inputs(assembly, group);
  hc_h5_close(h5, group);
}
