/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"
#include "cli/sensitivity.h"

static bool is_probability(const struct hc_cli_sensitivity *all) { return all->metric_name[0] == 'p'; }

static struct hc_cli_short metric(const struct hc_cli_sensitivity *all, double value) {
  return is_probability(all) ? hc_cli_percent(value) : hc_cli_usd(value);
}

static double swing(const struct hc_cli_vary *vary) {
  return fmax(fabs(vary->change_low.value), fabs(vary->change_high.value));
}

static int by_swing(const void *a, const void *b) {
  const double x = swing(*(const struct hc_cli_vary *const *)a),
               y = swing(*(const struct hc_cli_vary *const *)b);
  return (x < y) - (x > y);
}

static int by_total(const void *a, const void *b) {
  const double x = (*(const struct hc_cli_vary *const *)a)->index.total;
  const double y = (*(const struct hc_cli_vary *const *)b)->index.total;
  return (x < y) - (x > y);
}

/* +1.2M (900k to 1.5M) */
static void write_change(const struct hc_cli_sensitivity *all, const struct hc_estimate *change,
                         struct hc_text *text) {
  hc_text_printf(text, "  %9s", metric(all, change->value).text);
  if (isnan(change->low)) hc_text_printf(text, " %-24s", "(no interval)");
  else hc_text_printf(text, " (%s to %s)", metric(all, change->low).text, metric(all, change->high).text);
}

static void write_local(const struct hc_cli_sensitivity *all, const struct hc_cli_vary **order,
                        struct hc_text *text) {
  hc_text_printf(text, "%s is %s", all->metric_name, metric(all, all->base.value).text);
  if (!isnan(all->base.low))
    hc_text_printf(text, " (95 %%: %s to %s)", metric(all, all->base.low).text,
                   metric(all, all->base.high).text);
  hc_text_puts(
    text, "\n\nOne at a time, on the same paths: by how much it changes (95 % interval of the change)\n");
  qsort(order, all->count, sizeof *order, by_swing);
  for (size_t i = 0; i < all->count; i++) {
    const struct hc_cli_vary *vary = order[i];
    hc_text_printf(text, "%s, now %s\n  at %10s:", vary->key, vary->base_text, vary->low_text);
    write_change(all, &vary->change_low, text);
    hc_text_printf(text, "\n  at %10s:", vary->high_text);
    write_change(all, &vary->change_high, text);
    hc_text_puts(text, "\n");
  }
}

static void write_global(const struct hc_cli_sensitivity *all, const struct hc_cli_vary **order,
                         struct hc_text *text) {
  if (!all->rows) return;
  if (!all->is_global) {
    hc_text_printf(text, "\nOver the whole box there are no indices: %s; use more --paths or --rows.\n",
                   all->why);
    return;
  }
  qsort(order, all->count, sizeof *order, by_total);
  hc_text_printf(
    text, "\nOver the whole box (%s points, each on paths of its own): share of the variance of %s\n",
    hc_cli_count(all->points).text, all->metric_name);
  hc_text_printf(text, "%-42s %8s %-18s %8s %s\n", "", "alone", "(95 %)", "in all", "(95 %)");
  for (size_t i = 0; i < all->count; i++) {
    const struct hc_sobol_index *index = &order[i]->index;
    hc_text_printf(text, "%-42s %8.2f (%.2f to %.2f)%*s %8.2f (%.2f to %.2f)\n", order[i]->key,
                   index->first, index->first_low, index->first_high, 4, "", index->total, index->total_low,
                   index->total_high);
  }
  hc_text_printf(
    text,
    "Standard deviation over the box: %s. The variance of Monte Carlo errors, %s of that, is taken off.\n",
    metric(all, sqrt(all->variance)).text, hc_cli_percent(all->noise / all->variance).text);
}

void hc_cli_sensitivity_text(const struct hc_cli_sensitivity *all, struct hc_text *text) {
  const struct hc_cli_vary **order = calloc(all->count + 1, sizeof *order);
  if (!order) text->failed = true;
  for (size_t i = 0; order && i < all->count; i++) order[i] = &all->vary[i];
  if (order) write_local(all, order, text);
  if (order) write_global(all, order, text);
  free(order);
}

static void number(struct hc_text *text, const char *key, double value) {
  hc_text_printf(text, ", \"%s\": ", key);
  hc_cli_json_number(text, value);
}

static void write_vary(const struct hc_cli_sensitivity *all, const struct hc_cli_vary *vary,
                       struct hc_text *text) {
  hc_text_puts(text, "{\"key\": ");
  hc_cli_json_string(text, vary->key);
  hc_text_puts(text, ", \"unit\": ");
  hc_cli_json_string(text, vary->unit);
  hc_text_puts(text, ", \"low_text\": ");
  hc_cli_json_string(text, vary->low_text);
  hc_text_puts(text, ", \"high_text\": ");
  hc_cli_json_string(text, vary->high_text);
  hc_text_puts(text, ", \"base_text\": ");
  hc_cli_json_string(text, vary->base_text);
  number(text, "low", vary->low);
  number(text, "high", vary->high);
  number(text, "base", vary->base);
  number(text, "at_low", vary->at_low);
  number(text, "at_high", vary->at_high);
  number(text, "change_low", vary->change_low.value);
  number(text, "change_low_from", vary->change_low.low);
  number(text, "change_low_to", vary->change_low.high);
  number(text, "change_high", vary->change_high.value);
  number(text, "change_high_from", vary->change_high.low);
  number(text, "change_high_to", vary->change_high.high);
  const double nan = (double)NAN;
  const struct hc_sobol_index *index = &vary->index;
  const bool there = all->is_global;
  number(text, "first", there ? index->first : nan);
  number(text, "first_low", there ? index->first_low : nan);
  number(text, "first_high", there ? index->first_high : nan);
  number(text, "total", there ? index->total : nan);
  number(text, "total_low", there ? index->total_low : nan);
  number(text, "total_high", there ? index->total_high : nan);
  hc_text_puts(text, "}");
}

void hc_cli_sensitivity_json(const struct hc_cli_sensitivity *all, struct hc_text *text) {
  hc_text_puts(text, "{\"format\": \"haircut sensitivity\", \"name\": ");
  hc_cli_json_string(text, all->input.values->name);
  hc_text_printf(text, ", \"metric\": \"%s\", \"metric_unit\": \"%s\"", all->metric_name,
                 is_probability(all) ? "1" : "USD");
  hc_text_printf(text, ", \"paths\": %lld, \"rows\": %zu, \"points\": %zu",
                 (long long)all->input.values->simulation.paths, all->rows, all->points);
  number(text, "base", all->base.value);
  number(text, "base_low", all->base.low);
  number(text, "base_high", all->base.high);
  number(text, "variance", all->is_global ? all->variance : (double)NAN);
  number(text, "noise", all->is_global ? all->noise : (double)NAN);
  hc_text_puts(text, ", \"why\": ");
  hc_cli_json_string(text, all->why);
  hc_text_puts(text, ",\n \"parameters\": [");
  for (size_t i = 0; i < all->count; i++) {
    hc_text_puts(text, i ? ",\n  " : "\n  ");
    write_vary(all, &all->vary[i], text);
  }
  hc_text_puts(text, "]}\n");
}
