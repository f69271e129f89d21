/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "cli/number.h"
#include "cli/sizing.h"

static struct hc_cli_short as_value(const struct hc_cli_sizing *sizing, double value) {
  if (sizing->kind == HC_KIND_USD) return hc_cli_usd(value);
  if (sizing->kind == HC_KIND_FRACTION) return hc_cli_percent(value);
  if (!strcmp(sizing->unit, "s")) return hc_cli_duration(value);
  return hc_cli_plain(value);
}

static struct hc_cli_short as_measure(const struct hc_cli_sizing *sizing, double value) {
  return sizing->target.kind == HC_TARGET_P && !sizing->costs ? hc_cli_percent(value) : hc_cli_usd(value);
}

static const char *what(const struct hc_cli_sizing *sizing) {
  return sizing->costs ? "the least cost" : hc_cli_value(sizing->arguments, target);
}

/* (29.8M to 33M), with what is not known as such. */
static void write_interval(const struct hc_cli_sizing *sizing, struct hc_text *text) {
  const struct hc_answer *answer = &sizing->answer;
  if (isnan(answer->low) && isnan(answer->high)) return;
  hc_text_printf(text, " (95 %%: %s to %s)", isnan(answer->low) ? "?" : as_value(sizing, answer->low).text,
                 isnan(answer->high) ? "?" : as_value(sizing, answer->high).text);
}

static void write_how(const struct hc_cli_sizing *sizing, struct hc_text *text) {
  const char *paths = hc_cli_count(sizing->paths).text;
  if (sizing->by_required)
    hc_text_printf(
      text,
      "From the required fund of %s paths: the fund's size does not feed back, so one run says all%s.\n",
      paths,
      sizing->target.kind == HC_TARGET_P || sizing->costs
        ? ", and the interval is that of an order statistic"
        : "");
  else
    hc_text_printf(text, "From %zu runs of %s paths, the same paths at every value.\n", sizing->runs,
                   paths);
  hc_text_puts(
    text,
    "The interval is of paths and books alone: it leaves out what model and parameters may be wrong by.\n");
}

void hc_cli_sizing_text(const struct hc_cli_sizing *sizing, struct hc_text *text) {
  const struct hc_answer *answer = &sizing->answer;
  if (isnan(answer->value)) {
    hc_text_printf(text, "No %s from %s to %s meets %s: %s.\n", sizing->key,
                   as_value(sizing, sizing->low).text, as_value(sizing, sizing->high).text, what(sizing),
                   answer->note);
    return;
  }
  hc_text_printf(text, "%s for %s: %s", sizing->key, what(sizing), as_value(sizing, answer->value).text);
  write_interval(sizing, text);
  hc_text_puts(text, "\n");
  if (!sizing->costs) {
    const struct hc_estimate *at = &answer->at;
    hc_text_printf(text, "There it is %s", as_measure(sizing, at->value).text);
    if (!isnan(at->low))
      hc_text_printf(text, " (95 %%: %s to %s)", as_measure(sizing, at->low).text,
                     as_measure(sizing, at->high).text);
    hc_text_printf(text, "%s%s%s.\n", at->note[0] ? " [" : "", at->note, at->note[0] ? "]" : "");
    if (!isnan(answer->high) && sizing->is_fund)
      hc_text_printf(text, "To be sure of it, take the upper end: %s.\n",
                     as_value(sizing, answer->high).text);
  }
  if (answer->note[0]) hc_text_printf(text, "Note: %s.\n", answer->note);
  write_how(sizing, text);
}

static void write_number(struct hc_text *text, const char *key, double value) {
  hc_text_printf(text, "\"%s\": ", key);
  hc_cli_json_number(text, value);
}

static void write_estimate(struct hc_text *text, const struct hc_estimate *estimate) {
  write_number(text, "measure", estimate->value);
  hc_text_puts(text, ", ");
  write_number(text, "measure_low", estimate->low);
  hc_text_puts(text, ", ");
  write_number(text, "measure_high", estimate->high);
}

void hc_cli_sizing_json(const struct hc_cli_sizing *sizing, struct hc_text *text) {
  const struct hc_answer *answer = &sizing->answer;
  hc_text_puts(text, "{\"format\": \"haircut size\", \"name\": ");
  hc_cli_json_string(text, sizing->input.values->name);
  hc_text_puts(text, ", \"key\": ");
  hc_cli_json_string(text, sizing->key);
  hc_text_puts(text, ", \"unit\": ");
  hc_cli_json_string(text, sizing->unit);
  hc_text_puts(text, ", \"target\": ");
  hc_cli_json_string(text, sizing->costs ? "least cost" : hc_cli_value(sizing->arguments, target));
  hc_text_printf(text, ", \"measure_unit\": \"%s\", ",
                 sizing->target.kind == HC_TARGET_P && !sizing->costs ? "1" : "USD");
  write_number(text, "limit", sizing->costs ? (double)NAN : sizing->target.limit);
  hc_text_printf(text, ", \"paths\": %zu, \"runs\": %zu, \"method\": \"%s\",\n ", sizing->paths,
                 sizing->runs, sizing->by_required ? "required fund" : "search");
  write_number(text, "value", answer->value);
  hc_text_puts(text, ", ");
  write_number(text, "low", answer->low);
  hc_text_puts(text, ", ");
  write_number(text, "high", answer->high);
  hc_text_puts(text, ", ");
  write_estimate(text, &answer->at);
  hc_text_puts(text, ", \"note\": ");
  hc_cli_json_string(text, answer->note);
  hc_text_puts(text, ",\n \"curve\": [");
  for (size_t i = 0; i < sizing->point_count; i++) {
    hc_text_puts(text, i ? ",\n  {" : "\n  {");
    write_number(text, "value", sizing->points[i].value);
    hc_text_puts(text, ", ");
    write_estimate(text, &sizing->points[i].estimate);
    hc_text_puts(text, "}");
  }
  hc_text_puts(text, "]}\n");
}
