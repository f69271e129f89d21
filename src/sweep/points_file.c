/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points from a CSV: a column a key, named in the header, a row a point. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "book/file.h"
#include "book/record.h"
#include "sweep/plan.h"

struct points_file {
  struct hc_planner *planner;
  const char *name;
  struct hc_csv_scanner scanner;
  struct hc_csv_record record;
};

static hc_status out_of_memory(const struct points_file *file) {
  return hc_fail(file->planner->error, HC_NO_MEMORY, "%s: out of memory", file->name);
}

static hc_status HC_PRINTF(3, 4)
  complain(struct points_file *file, const char *at, const char *format, ...) {
  struct hc_text text = {0};
  va_list arguments;
  va_start(arguments, format);
  hc_text_vprintf(&text, format, arguments);
  va_end(arguments);
  const struct hc_csv_place place = hc_csv_place(&file->record, at);
  const hc_status status = text.failed ? HC_NO_MEMORY
                                       : hc_diagnose(file->planner->diagnostics, file->name, place.line,
                                                     place.column, false, "%s", text.data);
  hc_text_free(&text);
  return status ? status : HC_INPUT;
}

/* HC_OK with *more false at the end. */
static hc_status next(struct points_file *file, bool *more) {
  const enum hc_csv_result result = hc_csv_next(&file->scanner, &file->record);
  *more = result == HC_CSV_RECORD;
  if (result == HC_CSV_BROKEN) return complain(file, file->scanner.problem_at, "%s", file->scanner.problem);
  if (result == HC_CSV_RECORD && file->record.count > HC_MAX_AXES)
    return complain(file, file->record.start, "%zu columns are too many; at most %d", file->record.count,
                    HC_MAX_AXES);
  return HC_OK;
}

static hc_status read_header(struct points_file *file) {
  struct hc_plan *plan = file->planner->plan;
  bool more;
  const hc_status status = next(file, &more);
  if (status) return status;
  if (!more)
    return hc_fail(file->planner->error, HC_INPUT,
                   "%s: is empty; expected a header of keys, e.g. "
                   "insurance_fund.initial,markets.BTC.price.volatility, and a row a point",
                   file->name);
  plan->axes = calloc(file->record.count, sizeof *plan->axes);
  if (!plan->axes) return out_of_memory(file);
  for (size_t i = 0; i < file->record.count; i++) {
    char *key = hc_csv_copy(&file->record.fields[i]);
    plan->axes[i].key = key;
    plan->axis_count = i + 1;
    if (!key) return out_of_memory(file);
    if (!*key) return complain(file, file->record.fields[i].bytes, "a key is expected in the header");
    const hc_status named = hc_plan_name(file->planner, i, NULL);
    if (named) return named;
  }
  return HC_OK;
}

static hc_status add_row(struct points_file *file, size_t *capacity) {
  struct hc_plan *plan = file->planner->plan;
  const size_t row = (size_t)plan->points, grown = *capacity ? 2 * *capacity : 64;
  if (file->record.count != plan->axis_count)
    return complain(file, file->record.start, "%zu values, but the header has %zu keys", file->record.count,
                    plan->axis_count);
  for (size_t i = 0; i < plan->axis_count; i++) {
    struct hc_axis *axis = &plan->axes[i];
    if (row == *capacity) {
      char **text = realloc(axis->text, grown * sizeof *text);
      if (text) axis->text = text;
      double *value = realloc(axis->value, grown * sizeof *value);
      if (value) axis->value = value;
      if (!text || !value) return out_of_memory(file);
    }
    axis->text[row] = hc_csv_copy(&file->record.fields[i]);
    if (!axis->text[row]) return out_of_memory(file);
    axis->count = row + 1;
    if (!*axis->text[row])
      return complain(file, file->record.fields[i].bytes, "a value of %s is expected", axis->key);
  }
  if (row == *capacity) *capacity = grown;
  plan->points++;
  return HC_OK;
}

static hc_status read_rows(struct points_file *file) {
  size_t capacity = 0;
  bool more = true;
  hc_status status = HC_OK;
  while (!status && more) {
    status = next(file, &more);
    if (!status && more) status = add_row(file, &capacity);
  }
  if (!status && !file->planner->plan->points)
    return hc_fail(file->planner->error, HC_INPUT,
                   "%s: has no points; expected a row of values below the header", file->name);
  return status;
}

static hc_status check_values(struct hc_planner *planner) {
  hc_status first = HC_OK;
  for (size_t i = 0; i < planner->plan->axis_count; i++) {
    const hc_status status = hc_axis_check(planner, &planner->plan->axes[i]);
    if (status && status != HC_INPUT) return status;
    if (status && planner->error->message[0]) return status;
    if (!first) first = status;
  }
  return first;
}

hc_status hc_points_file_read(struct hc_planner *planner, const char *name) {
  struct points_file file = {.planner = planner, .name = name};
  char *text = NULL;
  size_t length = 0;
  struct hc_error why = {0};
  hc_status status = hc_file_read(name, &text, &length, &why);
  if (status) {
    return hc_fail(planner->error, status == HC_IO ? HC_INPUT : status, "%s: sweep.points_file: %s", name,
                   why.message[0] ? why.message : hc_status_text(status));
  }
  const char *body = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
  file.scanner = (struct hc_csv_scanner){.at = body, .end = text + length, .line = 1};
  if (memchr(text, 0, length))
    status = hc_fail(planner->error, HC_INPUT, "%s: a zero byte: this is not a text", name);
  if (!status) status = read_header(&file);
  if (!status) status = read_rows(&file);
  if (!status) status = check_values(planner);
  free(text);
  return status;
}
