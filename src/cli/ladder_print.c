/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/ladder.h"
#include "cli/number.h"

static const char *const directions[2] = {"down", "up"};

/* Ticks as a signed percentage with all its digits. */
static struct hc_cli_short move_text(int direction, int64_t ticks) {
  struct hc_cli_short result;
  (void)snprintf(result.text, sizeof result.text, "%+.4f %%",
                 (direction ? 1 : -1) * (double)ticks * HC_CLI_TICK * 100);
  return result;
}

static void text_rungs(const struct hc_cli_ladder *ladder, bool largest, struct hc_text *text) {
  for (size_t r = 0; r < ladder->count; r++) {
    const struct hc_cli_rung *rung = &ladder->rungs[r];
    const double *row = largest ? rung->extreme : rung->mean;
    hc_text_printf(text, "%+7.4g %%", 100 * rung->move);
    for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS && rung->books; i++) {
      if (i == HC_CLI_RUNG_mark_end)
        hc_text_printf(text, " %12.8g", row[i]);
      else
        hc_text_printf(text, " %11s", hc_cli_usd(row[i]).text);
    }
    if (rung->books < ladder->books)
      hc_text_printf(text, "   %zu of %zu books leave the range of the model",
                     ladder->books - rung->books, ladder->books);
    hc_text_puts(text, "\n");
  }
}

static void text_table(const struct hc_cli_ladder *ladder, bool largest, struct hc_text *text) {
  hc_text_printf(text, "%-9s", "move");
  for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS; i++)
    hc_text_printf(text, i == HC_CLI_RUNG_mark_end ? " %12s" : " %11s", hc_cli_rung_headings[i]);
  hc_text_puts(text, "\n");
  text_rungs(ladder, largest, text);
}

static void text_threshold(const struct hc_cli_ladder *ladder, int d, size_t i,
                           struct hc_text *text) {
  const struct hc_cli_reverse *reverse = &ladder->reverse[d];
  hc_text_printf(text, "  %-4s %-20s ", directions[d], hc_cli_threshold_texts[i]);
  if (!reverse->reached[i]) {
    hc_text_printf(text, "not reached up to %s", move_text(d, reverse->end).text);
    if (reverse->end < reverse->limit) hc_text_puts(text, ", where the model's range ends");
    hc_text_puts(text, "\n");
    return;
  }
  hc_text_puts(text, move_text(d, reverse->least[i]).text);
  if (ladder->books > 1)
    hc_text_printf(text, " (book %zu; to %s over %zu of %zu books)", reverse->book[i],
                   move_text(d, reverse->most[i]).text, reverse->reached[i], ladder->books);
  hc_text_puts(text, reverse->checked[i] ? "; one tick less does not reach\n" : "\n");
}

void hc_cli_ladder_text(const struct hc_cli_ladder *ladder, struct hc_text *text) {
  hc_text_printf(text, "%s: instant shocks from %.8g, no randomness; %zu book%s\n\n", ladder->name,
                 ladder->initial, ladder->books, ladder->books == 1 ? "" : "s");
  if (ladder->books > 1) hc_text_puts(text, "mean over the books (USD)\n");
  text_table(ladder, false, text);
  if (ladder->books > 1) {
    hc_text_puts(text, "\nlargest over the books (USD; end price: farthest from the start)\n");
    text_table(ladder, true, text);
  }
  hc_text_puts(text, "\nreverse stress: the smallest instant move that, in any book "
                     "(tick: 0.01 bp)\n");
  for (int d = 0; d < 2; d++)
    for (size_t i = 0; i < HC_CLI_THRESHOLDS; i++) text_threshold(ladder, d, i, text);
}

static void json_columns(const double *row, struct hc_text *text) {
  for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS; i++) {
    hc_text_printf(text, "%s\"%s\": ", i ? ", " : "{", hc_cli_rung_names[i]);
    hc_cli_json_number(text, row[i]);
  }
  hc_text_puts(text, "}");
}

static void json_reverse(const struct hc_cli_ladder *ladder, int d, struct hc_text *text) {
  const struct hc_cli_reverse *reverse = &ladder->reverse[d];
  const double sign = d ? HC_CLI_TICK : -HC_CLI_TICK;
  hc_text_printf(text, "    \"%s\": {\"searched_to\": %.17g", directions[d],
                 sign * (double)reverse->end);
  for (size_t i = 0; i < HC_CLI_THRESHOLDS; i++) {
    hc_text_printf(text, ",\n      \"%s\": {\"books\": %zu, \"least\": ", hc_cli_threshold_names[i],
                   reverse->reached[i]);
    const bool found = reverse->reached[i] > 0;
    hc_cli_json_number(text, found ? sign * (double)reverse->least[i] : NAN);
    hc_text_puts(text, ", \"most\": ");
    hc_cli_json_number(text, found ? sign * (double)reverse->most[i] : NAN);
    hc_text_puts(text, ", \"ticks\": ");
    hc_cli_json_number(text, found ? (double)reverse->least[i] : NAN);
    hc_text_printf(text, ", \"book\": %zu, \"one_tick_less_does_not_reach\": %s}", reverse->book[i],
                   reverse->checked[i] ? "true" : "false");
  }
  hc_text_puts(text, "}");
}

void hc_cli_ladder_json(const struct hc_cli_ladder *ladder, struct hc_text *text) {
  hc_text_puts(text, "{\n  \"name\": ");
  hc_cli_json_string(text, ladder->name);
  hc_text_printf(text, ",\n  \"books\": %zu,\n  \"initial\": %.17g,\n  \"rows\": [\n",
                 ladder->books, ladder->initial);
  for (size_t r = 0; r < ladder->count; r++) {
    const struct hc_cli_rung *rung = &ladder->rungs[r];
    hc_text_printf(text, "    {\"move\": %.17g, \"books\": %zu, \"mean\": ", rung->move,
                   rung->books);
    json_columns(rung->mean, text);
    hc_text_puts(text, ", \"largest\": ");
    json_columns(rung->extreme, text);
    hc_text_puts(text, r + 1 < ladder->count ? "},\n" : "}\n");
  }
  hc_text_puts(text, "  ],\n  \"tick\": 1e-06,\n  \"reverse\": {\n");
  json_reverse(ladder, 0, text);
  hc_text_puts(text, ",\n");
  json_reverse(ladder, 1, text);
  hc_text_puts(text, "\n  }\n}\n");
}

/* One table: shocks first, then the reverse stress as rows of kind `reverse`. */
void hc_cli_ladder_csv(const struct hc_cli_ladder *ladder, struct hc_text *text) {
  hc_text_puts(text, "kind,move,books");
  for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS; i++)
    hc_text_printf(text, ",%s_mean,%s_largest", hc_cli_rung_names[i], hc_cli_rung_names[i]);
  hc_text_puts(text, "\n");
  for (size_t r = 0; r < ladder->count; r++) {
    const struct hc_cli_rung *rung = &ladder->rungs[r];
    hc_text_printf(text, "shock,%.17g,%zu", rung->move, rung->books);
    for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS; i++)
      for (int largest = 0; largest < 2; largest++) {
        hc_text_puts(text, ",");
        hc_cli_csv_number(text, largest ? rung->extreme[i] : rung->mean[i]);
      }
    hc_text_puts(text, "\n");
  }
  for (int d = 0; d < 2; d++)
    for (size_t i = 0; i < HC_CLI_THRESHOLDS; i++) {
      const struct hc_cli_reverse *reverse = &ladder->reverse[d];
      hc_text_printf(text, "%s_%s,", directions[d], hc_cli_threshold_names[i]);
      if (reverse->reached[i])
        hc_text_printf(text, "%.17g", (d ? 1 : -1) * (double)reverse->least[i] * HC_CLI_TICK);
      hc_text_printf(text, ",%zu,,,,,,,,,,,,,,\n", reverse->reached[i]);
    }
}
