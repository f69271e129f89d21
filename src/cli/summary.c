/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/summary.h"

#include <inttypes.h>
#include <string.h>

#include "cli/number.h"
#include "cli/report.h"
#include "cli/summary_text.h"

hc_status hc_cli_summary_read(struct hc_cli_summary *summary, const struct hc_cli_input *input,
                              const char *file) {
  struct hc_error error = {0};
  struct hc_results *results = input->results;
  *summary = (struct hc_cli_summary){.file = file,
                                     .config = input->config,
                                     .values = input->values,
                                     .paths = hc_results_paths(results),
                                     .samples = hc_results_has_samples(results)};
  hc_status status = hc_results_digest(results, summary->digest, &error);
  if (status == HC_OK)
    status = hc_results_estimates(results, &summary->estimates, &summary->count, &error);
  if (status == HC_OK)
    status = hc_results_traced(results, &summary->traced, &summary->traced_count, &error);
  if (status == HC_OK)
    status = hc_results_checks(results, summary->checks, &summary->check_count, &error);
  if (status == HC_OK) status = hc_results_attribution(results, &summary->attribution, &error);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

const struct hc_estimate *hc_cli_estimate(const struct hc_cli_summary *summary, const char *name) {
  for (size_t i = 0; i < summary->count; i++)
    if (!strcmp(summary->estimates[i].name, name)) return &summary->estimates[i];
  return NULL;
}

static void json_estimate(const struct hc_estimate *estimate, struct hc_text *text) {
  const double numbers[] = {estimate->value, estimate->se, estimate->se_paths, estimate->low,
                            estimate->high};
  static const char *const keys[] = {"value", "se", "se_paths", "low", "high"};
  hc_text_puts(text, "    ");
  hc_cli_json_string(text, estimate->name);
  hc_text_puts(text, ": {");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    hc_text_printf(text, "\"%s\": ", keys[i]);
    hc_cli_json_number(text, numbers[i]);
    hc_text_puts(text, ", ");
  }
  hc_text_puts(text, "\"unit\": ");
  hc_cli_json_string(text, estimate->unit);
  hc_text_puts(text, ", \"note\": ");
  hc_cli_json_string(text, estimate->note);
  hc_text_puts(text, ", \"long_name\": ");
  hc_cli_json_string(text, estimate->long_name);
  hc_text_puts(text, "}");
}

static void json_parameter(const struct hc_parameter *parameter, struct hc_text *text) {
  hc_text_puts(text, "    ");
  hc_cli_json_string(text, parameter->path);
  hc_text_puts(text, ": {\"text\": ");
  hc_cli_json_string(text, parameter->text);
  hc_text_puts(text, ", \"value\": ");
  if (parameter->is_text)
    hc_text_puts(text, "null");
  else
    hc_cli_json_number(text, parameter->value);
  hc_text_puts(text, ", \"unit\": ");
  hc_cli_json_string(text, parameter->unit);
  hc_text_printf(text,
                 ", \"defaulted\": %s, \"source\": ", parameter->defaulted ? "true" : "false");
  hc_cli_json_string(text, parameter->source);
  hc_text_puts(text, "}");
}

static void json_checks(const struct hc_cli_summary *summary, struct hc_text *text) {
  hc_text_puts(text, "],\n  \"checks\": [");
  for (size_t i = 0; i < summary->check_count; i++) {
    const struct hc_check *check = &summary->checks[i];
    hc_text_puts(text, i ? ",\n    {\"name\": " : "\n    {\"name\": ");
    hc_cli_json_string(text, check->name);
    hc_text_puts(text, ", \"residual\": ");
    hc_cli_json_number(text, check->residual);
    hc_text_puts(text, ", \"tolerance\": ");
    hc_cli_json_number(text, check->tolerance);
    hc_text_printf(text, ", \"path\": %" PRIu64 ", \"held\": %s}", check->path,
                   check->held ? "true" : "false");
  }
}

void hc_cli_summary_json(const struct hc_cli_summary *summary, struct hc_text *text) {
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(summary->config, &parameters);
  hc_text_puts(text, "{\n  \"name\": ");
  hc_cli_json_string(text, summary->values->name);
  hc_text_puts(text, ",\n  \"file\": ");
  hc_cli_json_string(text, summary->file);
  hc_text_printf(text, ",\n  \"paths\": %" PRIu64 ",\n  \"samples\": %s,\n  \"digest\": \"%s\"",
                 summary->paths, summary->samples ? "true" : "false", summary->digest);
  hc_text_puts(text, ",\n  \"traced\": [");
  for (size_t i = 0; i < summary->traced_count; i++)
    hc_text_printf(text, "%s%" PRIu64, i ? ", " : "", summary->traced[i]);
  json_checks(summary, text);
  hc_text_puts(text, "],\n  \"summary\": {\n");
  for (size_t i = 0; i < summary->count; i++) {
    json_estimate(&summary->estimates[i], text);
    hc_text_puts(text, i + 1 < summary->count ? ",\n" : "\n");
  }
  hc_text_puts(text, "  },\n");
  hc_cli_attribution_json(summary, text);
  hc_text_puts(text, "  \"parameters\": {\n");
  for (size_t i = 0; i < count; i++) {
    json_parameter(&parameters[i], text);
    hc_text_puts(text, i + 1 < count ? ",\n" : "\n");
  }
  hc_text_puts(text, "  }\n}\n");
}

void hc_cli_summary_csv(const struct hc_cli_summary *summary, struct hc_text *text) {
  hc_text_puts(text, "name,value,se,se_paths,low,high,unit,note,long_name\n");
  for (size_t i = 0; i < summary->count; i++) {
    const struct hc_estimate *estimate = &summary->estimates[i];
    const double numbers[] = {estimate->value, estimate->se, estimate->se_paths, estimate->low,
                              estimate->high};
    const char *const words[] = {estimate->unit, estimate->note, estimate->long_name};
    hc_cli_csv_string(text, estimate->name);
    for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++) {
      hc_text_puts(text, ",");
      hc_cli_csv_number(text, numbers[j]);
    }
    for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
      hc_text_puts(text, ",");
      hc_cli_csv_string(text, words[j]);
    }
    hc_text_puts(text, "\n");
  }
}
