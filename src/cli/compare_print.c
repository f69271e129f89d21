/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison for people, within 110 columns, and for programs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/number.h"

enum { WIDTH = 110, LEAST_NAME = 10, MOST_NAME = 26 };

#define TEXT_OF(name, unit, text) text,
#define DIFFERENCE_TEXT(name, text) text,
static const char *const titles[] = {HC_CLI_COMPARED_LIST(TEXT_OF)};
static const char *const difference_titles[] = {HC_CLI_DIFFERENCE_LIST(DIFFERENCE_TEXT)};

static int name_width(const struct hc_cli_comparison *comparison) {
  size_t width = LEAST_NAME;
  for (size_t i = 0; i < comparison->count; i++) {
    const size_t length = strlen(comparison->mechanisms[i].name);
    if (length > width) width = length;
  }
  return width < MOST_NAME ? (int)width : MOST_NAME;
}

/* ---- who is compared ------------------------------------------------------------------------ */

/* The layers, broken between words. */
static void wrap(const char *line, int indent, struct hc_text *text) {
  int column = indent;
  while (*line) {
    const size_t length = strcspn(line, " ");
    if (column > indent && column + 1 + (int)length > WIDTH) {
      hc_text_printf(text, "\n%*s", indent, "");
      column = indent;
    }
    hc_text_printf(text, "%s%.*s", column > indent ? " " : "", (int)length, line);
    column += (int)length + (column > indent);
    line += length + (line[length] == ' ');
  }
  hc_text_puts(text, "\n");
}

static void heading(const struct hc_cli_comparison *comparison, int width, struct hc_text *text) {
  const struct hc_simulation_config *simulation = &comparison->simulation;
  const size_t count = comparison->count / comparison->scenarios;
  hc_text_printf(text, "%s: %zu mechanism%s", comparison->mechanisms[0].input.values->name, count,
                 count == 1 ? "" : "s");
  if (comparison->mechanisms[0].scenario)
    hc_text_printf(text, " under %zu scenario%s", comparison->scenarios,
                   comparison->scenarios == 1 ? "" : "s");
  hc_text_printf(text, " on the same %s path%s of %s in steps of %s, seed %" PRId64
                 ", %zu book%s\n\n", hc_cli_count(comparison->paths).text,
                 comparison->paths == 1 ? "" : "s", hc_cli_duration(simulation->horizon).text,
                 hc_cli_duration(simulation->step).text, simulation->seed, comparison->books,
                 comparison->books == 1 ? "" : "s");
  for (size_t i = 0; i < comparison->count; i++) {
    hc_text_printf(text, "%-*.*s  ", width, width, comparison->mechanisms[i].name);
    wrap(comparison->mechanisms[i].waterfall, width + 2, text);
  }
}

/* ---- blocks of two quantities --------------------------------------------------------------- */

static struct hc_cli_short shown(const struct hc_estimate *estimate, double value) {
  const bool share = !strncmp(estimate->name, "p_", 2) || !strcmp(estimate->name, "mean_payment_top10");
  return hc_cli_by_unit(value, estimate->unit, share);
}

static void interval(const struct hc_estimate *estimate, char *to, size_t size) {
  struct hc_cli_short low = shown(estimate, estimate->low);
  char *unit = strchr(low.text, ' '); /* once is enough */
  if (unit) *unit = '\0';
  if (isnan(estimate->low) || isnan(estimate->high))
    (void)snprintf(to, size, "%s", "-");
  else
    (void)snprintf(to, size, "%s to %s", low.text, shown(estimate, estimate->high).text);
}

static void cell(const struct hc_estimate *estimate, bool last, struct hc_text *text) {
  char ends[96];
  interval(estimate, ends, sizeof ends);
  hc_text_printf(text, " %9s %9s  ", shown(estimate, estimate->value).text,
                 isnan(estimate->se) ? "-" : shown(estimate, estimate->se).text);
  if (last) hc_text_printf(text, "%s\n", ends);
  else hc_text_printf(text, "%-20s", ends);
}

/* The second title may be NULL: then there is one quantity. */
static void block_head(int width, const char *one, const char *two, struct hc_text *text) {
  static const char columns[] = "     value        se  95 % interval";
  if (two) hc_text_printf(text, "\n%-*s  %-40s  %s\n", width, "", one, two);
  else hc_text_printf(text, "\n%-*s  %s\n", width, "", one);
  if (two) hc_text_printf(text, "%-*s%-42s%s\n", width, "", columns, columns);
  else hc_text_printf(text, "%-*s%s\n", width, "", columns);
}

static void estimate_block(const struct hc_cli_comparison *comparison, int width, size_t one,
                           size_t two, struct hc_text *text) {
  block_head(width, titles[one], titles[two], text);
  for (size_t i = 0; i < comparison->count; i++) {
    const struct hc_cli_mechanism *mechanism = &comparison->mechanisms[i];
    hc_text_printf(text, "%-*.*s", width, width, mechanism->name);
    cell(&mechanism->estimates[one], false, text);
    cell(&mechanism->estimates[two], true, text);
  }
}

static bool accounts_pay(const struct hc_cli_comparison *comparison) {
  for (size_t i = 0; i < comparison->count; i++)
    if (!isnan(comparison->mechanisms[i].estimates[HC_CLI_COMPARED_mean_payment_gini].value)) return true;
  return false;
}

/* Within scenarios, or between them. */
static void difference_block(const struct hc_cli_comparison *comparison, int width, bool between, size_t one,
                             size_t two, struct hc_text *text) {
  const bool both = two < HC_CLI_DIFFERENCES;
  block_head(width, difference_titles[one], both ? difference_titles[two] : NULL, text);
  for (size_t i = 0; i < comparison->count; i++) {
    const struct hc_cli_mechanism *mechanism = &comparison->mechanisms[i];
    const struct hc_estimate *differences = between ? mechanism->shifts : mechanism->differences;
    if ((between ? mechanism->same : mechanism->first) == i) continue;
    hc_text_printf(text, "%-*.*s", width, width, mechanism->name);
    cell(&differences[one], !both, text);
    if (both) cell(&differences[two], true, text);
  }
}

/* ---- who pays ------------------------------------------------------------------------------- */

static void payers(const struct hc_cli_comparison *comparison, int width, struct hc_text *text) {
#define HEAD_ABOVE(column, above, below) above,
#define HEAD_BELOW(column, above, below) below,
  static const char *const above[] = {HC_CLI_PAYER_LIST(HEAD_ABOVE)};
  static const char *const below[] = {HC_CLI_PAYER_LIST(HEAD_BELOW)};
  hc_text_printf(text, "\nWho pays: mean USD a path; a row adds up to bad debt and surplus\n%-*s",
                 width, "");
  for (size_t i = 0; i < HC_CLI_PAYERS; i++) hc_text_printf(text, "%7s", above[i]);
  hc_text_printf(text, "\n%-*s", width, "");
  for (size_t i = 0; i < HC_CLI_PAYERS; i++) hc_text_printf(text, "%7s", below[i]);
  hc_text_puts(text, "\n");
  for (size_t i = 0; i < comparison->count; i++) {
    const struct hc_cli_mechanism *mechanism = &comparison->mechanisms[i];
    hc_text_printf(text, "%-*.*s", width, width, mechanism->name);
    for (size_t j = 0; j < HC_CLI_PAYERS; j++)
      hc_text_printf(text, "%7s",
                     hc_cli_usd(mechanism->estimates[HC_CLI_COMPARED_PAYERS + j].value).text);
    hc_text_puts(text, "\n");
  }
}

static void difference_blocks(const struct hc_cli_comparison *comparison, int width, bool between,
                              struct hc_text *text) {
  difference_block(comparison, width, between, HC_CLI_DIFFERENCE_mean_lp_loss,
                   HC_CLI_DIFFERENCE_mean_social_loss, text);
  difference_block(comparison, width, between, HC_CLI_DIFFERENCE_es_99_lp_loss,
                   HC_CLI_DIFFERENCE_es_99_social_loss, text);
  difference_block(comparison, width, between, HC_CLI_DIFFERENCE_mean_insurance_paid, HC_CLI_DIFFERENCES,
                   text);
}

static void differences(const struct hc_cli_comparison *comparison, int width,
                        struct hc_text *text) {
  const struct hc_cli_mechanism *first = &comparison->mechanisms[0];
  if (comparison->count > comparison->scenarios) {
    hc_text_printf(text, "\nDifferences to %s, path by path (USD; below 0: less than there)\n",
                   first->scenario ? "the first mechanism of each scenario" : first->name);
    difference_blocks(comparison, width, false, text);
  }
  if (comparison->scenarios < 2) return;
  hc_text_printf(text, "\nDifferences to the same mechanism under %s, path by path (USD)\n", first->scenario);
  difference_blocks(comparison, width, true, text);
}

static void closing(const struct hc_cli_comparison *comparison, struct hc_text *text) {
  hc_text_puts(text,
               "\nSocialised loss: what LPs, traders (cash and charges), members and stakers lose.\n"
               "-: no interval, since too few paths count or differ; --format json says how many.\n"
               "Intervals hold for the draw of paths and books. They leave out what is not known of\n"
               "the parameters, and what people do differently under another mechanism.\n");
  const char *file = hc_cli_value(comparison->arguments, output);
  if (file) hc_text_printf(text, "\ncomparison: %s\nnext:       scripts/plot.py %s\n", file, file);
}

void hc_cli_comparison_text(const struct hc_cli_comparison *comparison, struct hc_text *text) {
  const int width = name_width(comparison);
  heading(comparison, width, text);
  estimate_block(comparison, width, HC_CLI_COMPARED_p_socialisation, HC_CLI_COMPARED_p_uncovered,
                 text);
  estimate_block(comparison, width, HC_CLI_COMPARED_mean_lp_loss, HC_CLI_COMPARED_mean_social_loss,
                 text);
  estimate_block(comparison, width, HC_CLI_COMPARED_es_99_lp_loss,
                 HC_CLI_COMPARED_es_99_social_loss, text);
  estimate_block(comparison, width, HC_CLI_COMPARED_mean_bad_debt, HC_CLI_COMPARED_mean_surplus,
                 text);
  estimate_block(comparison, width, HC_CLI_COMPARED_p_pending, HC_CLI_COMPARED_mean_adl_accounts,
                 text);
  if (accounts_pay(comparison))
    estimate_block(comparison, width, HC_CLI_COMPARED_mean_payment_gini,
                   HC_CLI_COMPARED_mean_payment_top10, text);
  payers(comparison, width, text);
  differences(comparison, width, text);
  closing(comparison, text);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void json_estimates(const char *key, const struct hc_estimate *estimates, size_t count,
                           struct hc_text *text) {
  static const char *const keys[] = {"value", "se", "se_paths", "low", "high"};
  hc_text_printf(text, ",\n     \"%s\": {", key);
  for (size_t i = 0; i < count; i++) {
    const struct hc_estimate *at = &estimates[i];
    const double numbers[] = {at->value, at->se, at->se_paths, at->low, at->high};
    hc_text_printf(text, "%s\n      \"%s\": {", i ? "," : "", at->name);
    for (size_t j = 0; j < sizeof keys / sizeof *keys; j++) {
      hc_text_printf(text, "\"%s\": ", keys[j]);
      hc_cli_json_number(text, numbers[j]);
      hc_text_puts(text, ", ");
    }
    hc_text_puts(text, "\"unit\": ");
    hc_cli_json_string(text, at->unit);
    hc_text_puts(text, ", \"note\": ");
    hc_cli_json_string(text, at->note);
    hc_text_puts(text, "}");
  }
  hc_text_puts(text, "}");
}

static void json_mechanism(const struct hc_cli_comparison *comparison, size_t index,
                           struct hc_text *text) {
  const struct hc_cli_mechanism *mechanism = &comparison->mechanisms[index];
  hc_text_printf(text, "%s\n    {\"name\": ", index == 0 ? "" : ",");
  hc_cli_json_string(text, mechanism->name);
  if (mechanism->scenario) {
    hc_text_puts(text, ", \"scenario\": ");
    hc_cli_json_string(text, mechanism->scenario);
  }
  hc_text_puts(text, ", \"waterfall\": ");
  hc_cli_json_string(text, mechanism->waterfall);
  hc_text_printf(text, ", \"digest\": \"%s\"", mechanism->digest);
  json_estimates("estimates", mechanism->estimates, HC_CLI_ESTIMATES, text);
  if (mechanism->first != index)
    json_estimates("differences", mechanism->differences, HC_CLI_DIFFERENCES, text);
  if (mechanism->same != index) json_estimates("shifts", mechanism->shifts, HC_CLI_DIFFERENCES, text);
  hc_text_puts(text, "}");
}

void hc_cli_comparison_json(const struct hc_cli_comparison *comparison, struct hc_text *text) {
  const struct hc_simulation_config *simulation = &comparison->simulation;
  hc_text_puts(text, "{\"market\": ");
  hc_cli_json_string(text, comparison->mechanisms[0].input.values->name);
  hc_text_printf(text, ", \"paths\": %zu, \"seed\": %" PRId64 ", \"horizon\": %.17g, \"step\": %.17g, "
                 "\"books\": %zu,\n  \"mechanisms\": [", comparison->paths, simulation->seed,
                 simulation->horizon, simulation->step, comparison->books);
  for (size_t i = 0; i < comparison->count; i++)
    json_mechanism(comparison, i, text);
  hc_text_puts(text, "]}\n");
}
