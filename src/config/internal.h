/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a configuration, shared by the files of this folder. */
#ifndef HC_CONFIG_INTERNAL_H
#define HC_CONFIG_INTERNAL_H
#include <stdarg.h>

#include "config/node.h"
#include "haircut/config.h"

/* Where values come from: the files in order, then the settings. */
struct hc_input {
  const char *name; /* file name or label, or "--set KEY=VALUE" */
  const char *file; /* what is opened; NULL: nothing */
  const char *directory; /* absolute, with a slash at the end */
  bool is_setting;
  int setting; /* its index */
};

/* Where a path was written, for complaints after loading. */
struct hc_written {
  const char *path;
  struct hc_place place;
};

struct hc_config {
  struct hc_arena arena;
  const struct hc_table *root;
  void *values;
  const char *here; /* the working directory, with a slash at the end */
  struct hc_input *inputs;
  size_t input_count, input_capacity;
  struct hc_source *sources;
  size_t source_count, source_capacity;
  struct hc_parameter *parameters;
  size_t parameter_count, parameter_capacity;
  const char **scenarios; /* names, in the order in which they were first written */
  size_t scenario_count, scenario_capacity;
  struct hc_written *written;
  size_t written_count, written_capacity;
};

/* Appends "path: message" at a place; a lack of memory is kept in the arena. */
void hc_config_report(struct hc_config *config, struct hc_diagnostics *diagnostics,
                      struct hc_place place, const char *path, const char *format, ...)
  HC_PRINTF(5, 6);
void hc_config_vreport(struct hc_config *config, struct hc_diagnostics *diagnostics, bool warning,
                       struct hc_place place, const char *path, const char *format,
                       va_list arguments) HC_PRINTF(6, 0);
/* By file, line and column; entries from `first` on, in a stable order. */
void hc_config_sort(const struct hc_config *config, struct hc_diagnostics *diagnostics,
                    size_t first);
/* The text in double quotes, shortened and without control characters. */
const char *hc_config_quote(struct hc_config *config, const char *text);
/* "; did you mean `x`?", or the known names. */
struct hc_names;
const char *hc_config_hint(struct hc_config *config, const char *name,
                           const struct hc_names *known);
void hc_config_mark_written(struct hc_config *config, const char *path, struct hc_place place);
#endif
