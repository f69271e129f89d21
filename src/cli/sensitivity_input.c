/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of haircut sensitivity: ranges, and where they are now. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/parameter.h"
#include "cli/report.h"
#include "cli/sensitivity.h"
#include "config/nearest.h"

static const char *const metrics[HC_PAIRED] = {
#define METRIC(name, metric, what) #name,
  HC_PAIRED_LIST(METRIC)
#undef METRIC
};

static hc_status out_of_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

static hc_status read_metric(struct hc_cli_sensitivity *all) {
  const char *name = hc_cli_value(all->arguments, metric);
  if (!name) name = metrics[HC_PAIRED_mean_lp_loss];
  for (size_t i = 0; i < HC_PAIRED; i++) {
    if (strcmp(metrics[i], name) != 0) continue;
    all->metric = (enum hc_paired)i;
    all->metric_name = metrics[i];
    return HC_OK;
  }
  const char *near = hc_nearest(name, metrics, HC_PAIRED);
  return hc_cli_complain(HC_INPUT,
                         "sensitivity: --metric %s: expected e.g. mean_lp_loss, p_socialisation or "
                         "es_99_bad_debt%s%s%s",
                         name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static hc_status find_base(struct hc_cli_sensitivity *all, struct hc_cli_vary *vary, const char *path) {
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(all->input.config, &parameters);
  for (size_t i = 0; path && i < count; i++) {
    if (strcmp(parameters[i].path, path) != 0) continue;
    if (isnan(parameters[i].value)) break;
    vary->base = parameters[i].value;
    vary->base_text = hc_strdup(parameters[i].text);
    return vary->base_text ? HC_OK : out_of_memory();
  }
  return hc_cli_complain(HC_INPUT,
                         "sensitivity: --vary %s: the configuration has no value to vary around; set one "
                         "with --set",
                         vary->key);
}

static hc_status read_vary(struct hc_cli_sensitivity *all, const char *text) {
  struct hc_cli_vary *vary = &all->vary[all->count++];
  const char *equals = strchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;
  if (!equals || equals == text || !colon || colon == equals + 1 || !colon[1] || strchr(colon + 1, ':'))
    return hc_cli_complain(HC_INPUT, "sensitivity: --vary %s: expected KEY=LO:HI", text);
  vary->key = strndup(text, (size_t)(equals - text));
  vary->low_text = strndup(equals + 1, (size_t)(colon - equals - 1));
  vary->high_text = hc_strdup(colon + 1);
  if (!vary->key || !vary->low_text || !vary->high_text) return out_of_memory();
  for (size_t i = 0; i + 1 < all->count; i++)
    if (!strcmp(all->vary[i].key, vary->key))
      return hc_cli_complain(HC_INPUT, "sensitivity: --vary %s is there twice", vary->key);
  struct hc_cli_parameter low, high = {.path = NULL};
  hc_status status = hc_cli_parameter_read(all->arguments, "--vary", vary->key, vary->low_text, &low);
  if (status == HC_OK)
    status = hc_cli_parameter_read(all->arguments, "--vary", vary->key, vary->high_text, &high);
  vary->low = low.value;
  vary->high = high.value;
  vary->kind = low.kind;
  memcpy(vary->unit, low.unit, sizeof vary->unit);
  if (status == HC_OK && !(vary->low < vary->high))
    status = hc_cli_complain(HC_INPUT, "sensitivity: --vary %s: the lower end comes first", text);
  if (status == HC_OK) status = find_base(all, vary, low.path);
  free(low.path);
  free(high.path);
  return status;
}

/* The source with the books of the base, whatever the seed of the paths. */
static hc_status keep_books(struct hc_cli_sensitivity *all) {
  const struct hc_root_config *values = all->input.values;
  all->own_paths = all->source.source;
  if (values->book.file || !values->book.generate || values->book.generate->seed >= 0) return HC_OK;
  hc_text_printf(&all->books, "book.generate.seed=%" PRId64, values->simulation.seed);
  if (all->books.failed) return out_of_memory();
  all->source.settings[all->own_paths.setting_count++] = all->books.data;
  return HC_OK;
}

hc_status hc_cli_sensitivity_read(struct hc_cli_sensitivity *all) {
  static const char *const words[] = {"text", "json", NULL};
  const struct hc_cli_arguments *arguments = all->arguments;
  int64_t rows = 0;
  all->quiet = all->input.quiet = hc_cli_has(arguments, quiet);
  if (!hc_cli_has(arguments, output))
    return hc_cli_complain(HC_INPUT, "sensitivity: no -o DIR given: points are kept in a directory");
  if (!arguments->axis_count)
    return hc_cli_complain(HC_INPUT, "sensitivity: nothing varies; give --vary KEY=LO:HI");
  if (arguments->axis_count > HC_MAX_AXES - 2)
    return hc_cli_complain(HC_INPUT, "sensitivity: %zu parameters are too many; at most %d",
                           arguments->axis_count, HC_MAX_AXES - 2);
  hc_status status = read_metric(all);
  if (status == HC_OK) status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &all->format);
  if (status == HC_OK) status = hc_cli_threads(arguments, &all->threads);
  if (status == HC_OK) status = hc_cli_integer(arguments, HC_CLI_OPTION_rows, 0, 1000000, 64, &rows);
  if (status == HC_OK && rows == 1)
    status = hc_cli_complain(HC_INPUT, "sensitivity: --rows 1: indices need two rows or more; 0: none");
  if (status == HC_OK) status = hc_cli_read_configs(&all->input, arguments, NULL, 0);
  if (status == HC_OK) status = hc_cli_source_make(&all->source, arguments);
  if (status == HC_OK) status = keep_books(all);
  all->rows = (size_t)rows;
  all->vary = calloc(arguments->axis_count, sizeof *all->vary);
  if (!all->vary) return out_of_memory();
  for (size_t i = 0; i < arguments->axis_count && status == HC_OK; i++)
    status = read_vary(all, arguments->axes[i]);
  return status;
}

void hc_cli_sensitivity_free(struct hc_cli_sensitivity *all) {
  for (size_t i = 0; i < all->count; i++) {
    free(all->vary[i].key);
    free(all->vary[i].low_text);
    free(all->vary[i].high_text);
    free(all->vary[i].base_text);
  }
  free(all->vary);
  hc_cli_source_free(&all->source);
  hc_text_free(&all->books);
  hc_cli_input_free(&all->input);
}
