/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "cli/layer_text.h"
#include "cli/number.h"
#include "cli/trace.h"

#define EVENT_WORD(name, text) text,
const char *const hc_cli_event_words[HC_EVENTS] = {HC_EVENT_LIST(EVENT_WORD)};

static const char *event_word(int64_t event) {
  return event >= 0 && event < HC_EVENTS ? hc_cli_event_words[event] : "?";
}

static void layer_name(const struct hc_scenario *scenario, int64_t layer, struct hc_text *text) {
  const struct hc_list *layers = &hc_scenario_values(scenario)->waterfall;
  hc_text_printf(text, "layer %" PRId64 " (", layer);
  hc_cli_layer_text(&HC_ITEMS(*layers, struct hc_layer_config)[layer], text);
  hc_text_puts(text, ")");
}

static void text_order(const struct hc_ledger_row *row, struct hc_text *text) {
  hc_text_printf(text, "round %" PRId64 ": %s %" PRId64 " %s, %s", row->round,
                 row->side > 0 ? "sell" : "buy back", row->positions,
                 row->positions == 1 ? "position" : "positions", hc_cli_usd(row->notional).text);
  if (row->partial > 0 && row->partial == row->positions) hc_text_puts(text, " (in part)");
  else if (row->partial > 0) hc_text_printf(text, " (%" PRId64 " of them in part)", row->partial);
  if (row->account >= 0) hc_text_printf(text, " (account %" PRId64 ")", row->account);
  hc_text_printf(text, " at %.8g; mark %.8g -> %.8g; fees %s, bad debt %s", row->fill,
                 row->mark_before, row->mark_after, hc_cli_usd(row->fee).text,
                 hc_cli_usd(row->bad_debt).text);
}

static void text_backstop(const struct hc_ledger_row *row, struct hc_text *text) {
  hc_text_printf(text, "round %" PRId64 ": account %" PRId64 ", %s units %s, %s at %.8g; %s", row->round,
                 row->account, hc_cli_units(row->quantity).text, row->side > 0 ? "long" : "short",
                 hc_cli_usd(row->notional).text, row->fill, hc_cli_usd(row->amount).text);
  hc_text_printf(text, " to the trader, %s to the fund", hc_cli_usd(row->inflow).text);
}

static void text_wait(const struct hc_ledger_row *row, struct hc_text *text) {
  hc_text_printf(text, "round %" PRId64 ": %" PRId64 " %s%s, %s units, until %s", row->round, row->positions,
                 row->side > 0 ? "long" : "short", row->positions == 1 ? "" : "s",
                 hc_cli_units(row->quantity).text, hc_cli_clock(row->until).text);
}

/* What layers do to single accounts, and what is neither order nor payment. */
static void text_other(const struct hc_cli_traced *traced, const struct hc_ledger_row *row,
                       struct hc_text *text) {
  if (row->layer >= 0) {
    layer_name(traced->scenario, row->layer, text);
    hc_text_puts(text, ": ");
  }
  if (row->event == HC_EVENT_WITHDRAWAL)
    hc_text_printf(text, "%s; ", hc_scenario_class_name(traced->scenario, (size_t)row->account));
  else if (row->account >= 0)
    hc_text_printf(text, "account %" PRId64 ", ", row->account);
  if (row->positions > 0)
    hc_text_printf(text, "%" PRId64 " %s%s, ", row->positions, row->side > 0 ? "long" : "short",
                   row->positions == 1 ? "" : "s");
  if (row->quantity > 0.0) hc_text_printf(text, "%s units", hc_cli_units(row->quantity).text);
  if (row->fill > 0.0) hc_text_printf(text, " at %.8g", row->fill);
  if (row->amount != 0.0 || !(row->quantity > 0.0))
    hc_text_printf(text, "%s%s", row->quantity > 0.0 ? ", " : "", hc_cli_usd(row->amount).text);
  if (row->mark_after != row->mark_before)
    hc_text_printf(text, "; mark %.8g -> %.8g", row->mark_before, row->mark_after);
}

static void text_state(const struct hc_ledger_row *row, struct hc_text *text) {
  hc_text_printf(text, "mark %.8g, fundamental %.8g, fund %s, LP equity %s", row->mark_after,
                 row->fundamental, hc_cli_usd(row->fund).text, hc_cli_usd(row->lp_equity).text);
}

static void text_row(const struct hc_cli_traced *traced, const struct hc_ledger_row *row,
                     struct hc_text *text) {
  hc_text_printf(text, "  %12s  %-9s ", hc_cli_clock(row->time).text, event_word(row->event));
  switch (row->event) {
  case HC_EVENT_JUMP:
    hc_text_printf(text, "mark %.8g -> %.8g", row->mark_before, row->mark_after);
    break;
  case HC_EVENT_ORDER: text_order(row, text); break;
  case HC_EVENT_BACKSTOP: text_backstop(row, text); break;
  case HC_EVENT_WAIT: text_wait(row, text); break;
  case HC_EVENT_SETTLE:
    hc_text_printf(text, "inflow %s, bad debt %s; fund %s, LP equity %s",
                   hc_cli_usd(row->inflow).text, hc_cli_usd(row->bad_debt).text,
                   hc_cli_usd(row->fund).text, hc_cli_usd(row->lp_equity).text);
    break;
  case HC_EVENT_LAYER:
    layer_name(traced->scenario, row->layer, text);
    hc_text_printf(text, " pays %s; fund %s, LP equity %s", hc_cli_usd(row->amount).text,
                   hc_cli_usd(row->fund).text, hc_cli_usd(row->lp_equity).text);
    break;
  case HC_EVENT_UNCOVERED:
    hc_text_printf(text, "%s that no layer pays", hc_cli_usd(row->amount).text);
    break;
  case HC_EVENT_HALT:
    hc_text_printf(text, "%" PRId64 " %s, %s, settled at %.8g; their deficits %s", row->positions,
                   row->positions == 1 ? "position" : "positions", hc_cli_usd(row->notional).text,
                   row->mark_after, hc_cli_usd(row->bad_debt).text);
    break;
  case HC_EVENT_START:
  case HC_EVENT_END: text_state(row, text); break;
  default: text_other(traced, row, text);
  }
  hc_text_puts(text, "\n");
}

void hc_cli_trace_text(const struct hc_cli_traced *traced, struct hc_text *text) {
  const struct hc_outcome *outcome = &traced->outcome;
  const size_t books = hc_scenario_books(traced->scenario);
  hc_text_printf(text, "path %" PRIu64 " (book %" PRIu64 " of %zu)\n", traced->path,
                 traced->path % books, books);
  hc_text_printf(text, "  bad debt %s: fund %s, LP profit %s, LP deposits %s, uncovered %s\n",
                 hc_cli_usd(outcome->bad_debt).text, hc_cli_usd(outcome->insurance_paid).text,
                 hc_cli_usd(outcome->lp_profit_paid).text,
                 hc_cli_usd(outcome->lp_deposit_paid).text, hc_cli_usd(outcome->uncovered).text);
  hc_text_printf(text, "  LP loss %s", hc_cli_usd(outcome->lp_loss).text);
  for (size_t c = 0; c < hc_scenario_classes(traced->scenario); c++)
    hc_text_printf(text, "%s%s %s", c ? ", " : ": ", hc_scenario_class_name(traced->scenario, c),
                   hc_cli_usd(traced->lp_class[c]).text);
  hc_text_printf(text,
                 "\n  liquidated %" PRId64 " positions, %s; mark_low %.8g, mark_min %.8g (over "
                                           "every "
                 "step), mark_end %.8g\n",
                 outcome->liquidations, hc_cli_usd(outcome->liquidated_notional).text,
                 outcome->mark_low, traced->ledger.mark_min, outcome->mark_end);
  for (size_t i = 0; i < traced->ledger.count; i++) text_row(traced, &traced->ledger.rows[i], text);
  hc_text_puts(text, "\n");
}

#define JSON_F(value) hc_cli_json_number(text, value);
#define JSON_I(value) hc_text_printf(text, "%" PRId64, value);

static void json_row(const struct hc_ledger_row *row, struct hc_text *text) {
  hc_text_puts(text, "    {");
#define JSON_CELL(type, name, unit, long_name)                                               \
  hc_text_puts(text, "\"" #name "\": ");                                                     \
  JSON_##type(row->name) hc_text_puts(text, ", ");
  HC_LEDGER_LIST(JSON_CELL)
#undef JSON_CELL
  hc_text_printf(text, "\"what\": \"%s\"}", event_word(row->event));
}

static void json_outcome(const struct hc_outcome *outcome, struct hc_text *text) {
  const char *separator = "{";
#define JSON_CELL(type, name, unit, long_name)                                               \
  hc_text_printf(text, "%s\"" #name "\": ", separator);                                      \
  separator = ", ";                                                                          \
  JSON_##type(outcome->name)
  HC_OUTCOME_LIST(JSON_CELL)
#undef JSON_CELL
  hc_text_puts(text, "}");
}

void hc_cli_trace_json(const struct hc_cli_traced *traced, struct hc_text *text) {
  hc_text_printf(text, "  {\"path\": %" PRIu64 ", \"mark_min\": ", traced->path);
  hc_cli_json_number(text, traced->ledger.mark_min);
  hc_text_puts(text, ",\n   \"outcome\": ");
  json_outcome(&traced->outcome, text);
  hc_text_puts(text, ",\n   \"lp_loss_class\": {");
  for (size_t c = 0; c < hc_scenario_classes(traced->scenario); c++) {
    hc_text_puts(text, c ? ", " : "");
    hc_cli_json_string(text, hc_scenario_class_name(traced->scenario, c));
    hc_text_puts(text, ": ");
    hc_cli_json_number(text, traced->lp_class[c]);
  }
  hc_text_puts(text, "},\n   \"events\": [\n");
  for (size_t i = 0; i < traced->ledger.count; i++) {
    json_row(&traced->ledger.rows[i], text);
    hc_text_puts(text, i + 1 < traced->ledger.count ? ",\n" : "\n");
  }
  hc_text_puts(text, "  ]}");
}

void hc_cli_trace_csv_header(struct hc_text *text) {
#define CSV_NAME(type, name, unit, long_name) hc_text_puts(text, #name ",");
  HC_LEDGER_LIST(CSV_NAME)
#undef CSV_NAME
  hc_text_puts(text, "what,mark_min\n");
}

#define CSV_F(value) hc_cli_csv_number(text, value);
#define CSV_I(value) hc_text_printf(text, "%" PRId64, value);

void hc_cli_trace_csv(const struct hc_cli_traced *traced, struct hc_text *text) {
  for (size_t i = 0; i < traced->ledger.count; i++) {
    const struct hc_ledger_row *row = &traced->ledger.rows[i];
#define CSV_CELL(type, name, unit, long_name) CSV_##type(row->name) hc_text_puts(text, ",");
    HC_LEDGER_LIST(CSV_CELL)
#undef CSV_CELL
    hc_text_printf(text, "%s,", event_word(row->event));
    hc_cli_csv_number(text, traced->ledger.mark_min);
    hc_text_puts(text, "\n");
  }
}
