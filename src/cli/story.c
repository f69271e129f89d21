/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut explain: a path told from its ledger. Steps without a loss are told together, all others one
 * by one, in the order of the ledger; every number is a row of it or a sum over rows of one step. */
#include "cli/story.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli/layer_text.h"
#include "cli/number.h"
#include "scenario/scenario.h"

/* ---- what happens in a step --------------------------------------------------------------- */

struct orders { /* of one side in a step */
  int64_t positions, partial; /* closings; those in part */
  double quantity, notional, proceeds;
};
struct rescued { /* what the backstop takes of one side in a step */
  int64_t positions;
  double quantity, notional, proceeds, left, inflow;
};
struct doings { /* of one layer in a step */
  double paid, pending, released, quantity, proceeds;
  int64_t trades, charges;
};
struct step {
  const struct hc_ledger_row *rows;
  size_t count;
  int64_t rounds;
  struct orders sold, bought; /* longs liquidated, shorts liquidated */
  struct rescued longs, shorts;
  double before, after;       /* the mark around the orders; NaN: none */
  double bad_debt, inflow, uncovered, released;
  struct doings layer[HC_MAX_LAYERS];
  struct doings winners[2]; /* longs and shorts that are closed for pools */
  bool calm; /* nothing but jumps, orders and inflow */
};

static void add_order(struct step *step, const struct hc_ledger_row *row) {
  struct orders *side = row->side > 0 ? &step->sold : &step->bought;
  side->positions += row->positions;
  side->partial += row->partial;
  side->quantity += row->quantity;
  side->notional += row->notional;
  side->proceeds += row->quantity * row->fill;
  if (row->round > step->rounds) step->rounds = row->round;
  if (isnan(step->before)) step->before = row->mark_before;
  step->after = row->mark_after;
}

static void add_rescued(struct rescued *side, const struct hc_ledger_row *row) {
  side->positions++;
  side->quantity += row->quantity;
  side->notional += row->notional;
  side->proceeds += row->quantity * row->fill;
  side->left += row->amount;
  side->inflow += row->inflow;
}

static void add_row(struct step *step, const struct hc_ledger_row *row) {
  struct doings none;
  struct doings *layer = row->layer >= 0 && row->layer < HC_MAX_LAYERS ? &step->layer[row->layer] : &none;
  switch (row->event) {
  case HC_EVENT_JUMP: return;
  case HC_EVENT_ORDER: add_order(step, row); return;
  case HC_EVENT_SETTLE:
    step->bad_debt += row->bad_debt;
    step->inflow += row->inflow;
    step->calm = step->calm && !(row->bad_debt > 0.0);
    return;
  case HC_EVENT_BACKSTOP: add_rescued(row->side > 0 ? &step->longs : &step->shorts, row); return;
  case HC_EVENT_DELEVERAGE: {
    struct doings *side = &step->winners[row->side > 0 ? 0 : 1];
    side->trades++;
    side->quantity += row->quantity;
    side->proceeds += row->quantity * row->fill;
    side->paid += row->amount;
    break;
  }
  case HC_EVENT_REPAY:
  case HC_EVENT_BEYOND: return;
  case HC_EVENT_WAIT: return; /* nothing comes of it yet */
  case HC_EVENT_HOLD: return; /* nothing comes of it but what other rows say */
  case HC_EVENT_HALT: step->bad_debt += row->bad_debt; break;
  case HC_EVENT_LAYER: layer->paid += row->amount; break;
  case HC_EVENT_PENDING: layer->pending += row->amount; break;
  case HC_EVENT_CHARGE: layer->charges++; break;
  case HC_EVENT_TRADE:
    layer->trades++;
    layer->quantity += row->quantity;
    layer->proceeds += row->quantity * row->fill;
    break;
  case HC_EVENT_RELEASE: step->released += row->quantity; break;
  case HC_EVENT_UNCOVERED: step->uncovered += row->amount; break;
  default: break;
  }
  step->calm = false;
}

/* The rows from `first` on that are of one step. */
static struct step step_at(const struct hc_ledger *ledger, size_t first) {
  struct step step = {
      .rows = &ledger->rows[first], .before = (double)NAN, .after = (double)NAN, .calm = true};
  for (size_t i = first; i < ledger->count && ledger->rows[i].step == step.rows->step; i++, step.count++)
    if (ledger->rows[i].event != HC_EVENT_START && ledger->rows[i].event != HC_EVENT_END)
      add_row(&step, &ledger->rows[i]);
  return step;
}

/* ---- sentences ------------------------------------------------------------------------------ */

static const char *plural(int64_t count) { return count == 1 ? "" : "s"; }

static void tell_jumps(const struct step *step, struct hc_text *text) {
  for (size_t i = 0; i < step->count; i++)
    if (step->rows[i].event == HC_EVENT_JUMP)
      hc_text_printf(text, "  The price jumps by %s.\n",
                     hc_cli_percent(step->rows[i].mark_after / step->rows[i].mark_before - 1.0).text);
}

/* How many closings of so many leave a part of the position. */
static void tell_parts(int64_t positions, int64_t partial, struct hc_text *text) {
  if (partial > 0 && partial == positions) hc_text_puts(text, " in part");
  else if (partial > 0) hc_text_printf(text, " (%" PRId64 " in part)", partial);
}

static void tell_side(const struct orders *orders, const char *side, const char *verb, struct hc_text *text) {
  if (!(orders->quantity > 0.0)) return;
  hc_text_printf(text, "  %" PRId64 " %s%s %s liquidated", orders->positions, side,
                 plural(orders->positions), orders->positions == 1 ? "is" : "are");
  tell_parts(orders->positions, orders->partial, text);
  hc_text_printf(text, ": %s %s, at %s on average.\n", hc_cli_usd(orders->notional).text, verb,
                 hc_cli_price(orders->proceeds / orders->quantity).text);
}

static void tell_rescued(const struct rescued *side, const char *name, const struct hc_scenario *scenario,
                         struct hc_text *text) {
  const struct hc_backstop_config *backstop = &hc_scenario_values(scenario)->liquidation.backstop;
  if (side->positions == 0) return;
  hc_text_printf(text, "  The backstop (%s) takes over %" PRId64 " %s%s: %s, at %s on average", backstop->who,
                 side->positions, name, plural(side->positions), hc_cli_usd(side->notional).text,
                 hc_cli_price(side->proceeds / side->quantity).text);
  if (side->left > 0.0) hc_text_printf(text, ", which leaves their traders %s", hc_cli_usd(side->left).text);
  if (side->inflow > 0.0) hc_text_printf(text, ", which leaves the fund %s", hc_cli_usd(side->inflow).text);
  hc_text_puts(text, ".\n");
}

static void tell_orders(const struct step *step, const struct hc_scenario *scenario, struct hc_text *text) {
  tell_rescued(&step->longs, "long", scenario, text);
  tell_rescued(&step->shorts, "short", scenario, text);
  tell_side(&step->sold, "long", "sold", text);
  tell_side(&step->bought, "short", "bought back", text);
  if (isnan(step->before)) return;
  hc_text_printf(text, "  The orders of %" PRId64 " round%s move the mark from %s to %s (%s).\n",
                 step->rounds, plural(step->rounds), hc_cli_price(step->before).text,
                 hc_cli_price(step->after).text, hc_cli_percent(step->after / step->before - 1.0).text);
}

static void tell_settled(const struct hc_ledger_row *row, struct hc_text *text) {
  if (!(row->bad_debt > 0.0) && row->inflow == 0.0) return;
  if (row->bad_debt > 0.0)
    hc_text_printf(text, "  They leave bad debt of %s. ", hc_cli_usd(row->bad_debt).text);
  else
    hc_text_puts(text, "  ");
  hc_text_printf(text, "The insurance fund has %s, after an inflow of %s.\n", hc_cli_usd(row->fund).text,
                 hc_cli_usd(row->inflow).text);
}

static void tell_halt(const struct hc_ledger_row *row, struct hc_text *text) {
  hc_text_printf(text, "  Trading ends: %" PRId64 " position%s (%s) %s settled at %s", row->positions,
                 plural(row->positions), hc_cli_usd(row->notional).text, row->positions == 1 ? "is" : "are",
                 hc_cli_price(row->mark_after).text);
  if (row->bad_debt > 0.0)
    hc_text_printf(text, ", those below zero leave %s more", hc_cli_usd(row->bad_debt).text);
  hc_text_puts(text, ".\n");
}

/* Rows that are told one by one, in their order. */
static void tell_row(const struct hc_scenario *scenario, const struct hc_ledger_row *row,
                     struct hc_text *text) {
  switch (row->event) {
  case HC_EVENT_UNWIND:
    hc_text_printf(text,
                   "  %s units of a stock that was taken over are %s at %s; the mark moves from %s to %s.\n",
                   hc_cli_units(row->quantity).text, row->side > 0 ? "sold" : "bought back",
                   hc_cli_price(row->fill).text, hc_cli_price(row->mark_before).text,
                   hc_cli_price(row->mark_after).text);
    break;
  case HC_EVENT_HOLD:
    if (row->positions == 0)
      hc_text_printf(text, "  %s units of %ss released before are held and not sold.\n",
                     hc_cli_units(row->quantity).text, row->side > 0 ? "long" : "short");
    else
      hc_text_printf(text, "  %" PRId64 " %s%s of %s units, bankrupt at that fill, %s held and not sold.\n",
                     row->positions, row->side > 0 ? "long" : "short", plural(row->positions),
                     hc_cli_units(row->quantity).text, row->positions == 1 ? "is" : "are");
    break;
  case HC_EVENT_WAIT:
    hc_text_printf(text, "  %" PRId64 " %s%s of %s units %s until %s.\n", row->positions,
                   row->side > 0 ? "long" : "short", plural(row->positions), hc_cli_units(row->quantity).text,
                   row->positions == 1 ? "waits" : "wait", hc_cli_clock(row->until).text);
    break;
  case HC_EVENT_SETTLE: tell_settled(row, text); break;
  case HC_EVENT_HALT: tell_halt(row, text); break;
  case HC_EVENT_WITHDRAWAL:
    hc_text_printf(text, "  Those who leave %s receive %s.\n",
                   hc_scenario_class_name(scenario, (size_t)row->account), hc_cli_usd(row->amount).text);
    break;
  case HC_EVENT_REPAY:
    hc_text_printf(text, "  Those whom layer %" PRId64 " charged have %s back.\n", row->layer,
                   hc_cli_usd(row->amount).text);
    break;
  case HC_EVENT_BEYOND:
    hc_text_printf(text, "  %s of inflow is beyond the fund's target: it goes to %s.\n",
                   hc_cli_usd(row->amount).text,
                   hc_scenario_values(scenario)->insurance_fund.beyond == HC_BEYOND_LPS ? "LPs"
                                                                                        : "the treasury");
    break;
  case HC_EVENT_SURPLUS:
    hc_text_printf(text, "  %s more is charged than was missing: it goes to the insurance fund.\n",
                   hc_cli_usd(row->amount).text);
    break;
  default: break;
  }
}

/* "Layer 2, close opposite (ranked bitmex, at mark), ..." */
static void tell_layer(const struct hc_scenario *scenario, size_t index, const struct doings *done,
                       struct hc_text *text) {
  const struct hc_list *layers = &hc_scenario_values(scenario)->waterfall;
  const char *separator = ": ";
  if (done->paid == 0.0 && done->pending == 0.0 && done->trades == 0) return;
  hc_text_printf(text, "  Layer %zu, ", index);
  hc_cli_layer_text(&HC_ITEMS(*layers, struct hc_layer_config)[index], text);
  if (done->pending > 0.0) {
    hc_text_printf(text, "%sputs off %s", separator, hc_cli_usd(done->pending).text);
    separator = "; ";
  }
  if (done->trades > 0) {
    hc_text_printf(text, "%stakes %s units at %s on average in %" PRId64 " trade%s", separator,
                   hc_cli_units(done->quantity).text, hc_cli_price(done->proceeds / done->quantity).text,
                   done->trades, plural(done->trades));
    separator = ", ";
  }
  if (done->trades > 0 && done->paid != 0.0)
    hc_text_printf(text, "%s%s %s", separator, done->paid > 0.0 ? "which costs them" : "by which they gain",
                   hc_cli_usd(fabs(done->paid)).text);
  else if (done->paid != 0.0)
    hc_text_printf(text, "%spays %s", separator, hc_cli_usd(done->paid).text);
  if (done->charges > 0)
    hc_text_printf(text, ", from %" PRId64 " account%s", done->charges, plural(done->charges));
  hc_text_puts(text, ".\n");
}

static void tell_winners(const struct doings *done, const char *name, struct hc_text *text) {
  if (done->trades == 0) return;
  hc_text_printf(text, "  Pools owe %ss too much: %" PRId64 " of them %s closed, %s units at %s", name,
                 done->trades, done->trades == 1 ? "is" : "are", hc_cli_units(done->quantity).text,
                 hc_cli_price(done->proceeds / done->quantity).text);
  hc_text_printf(text, ", which pays them %s of profit.\n", hc_cli_usd(done->paid).text);
}

static void tell_step(const struct hc_cli_traced *traced, const struct step *step, struct hc_text *text) {
  const struct hc_ledger_row *last = &step->rows[step->count - 1];
  hc_text_printf(text, "%s\n", hc_cli_clock(step->rows->time).text);
  tell_jumps(step, text);
  tell_orders(step, traced->scenario, text);
  for (size_t i = 0; i < step->count; i++)
    if (step->rows[i].event != HC_EVENT_SETTLE && step->rows[i].event != HC_EVENT_SURPLUS &&
        step->rows[i].event != HC_EVENT_HALT)
      tell_row(traced->scenario, &step->rows[i], text);
  for (size_t i = 0; i < step->count; i++)
    if (step->rows[i].event == HC_EVENT_SETTLE || step->rows[i].event == HC_EVENT_HALT)
      tell_row(traced->scenario, &step->rows[i], text);
  const size_t layers = hc_scenario_values(traced->scenario)->waterfall.count;
  for (size_t i = 0; i < layers; i++) tell_layer(traced->scenario, i, &step->layer[i], text);
  for (size_t i = 0; i < step->count; i++)
    if (step->rows[i].event == HC_EVENT_SURPLUS) tell_row(traced->scenario, &step->rows[i], text);
  for (int i = 0; i < 2; i++) tell_winners(&step->winners[i], i == 0 ? "long" : "short", text);
  if (step->uncovered > 0.0) hc_text_printf(text, "  No layer pays %s.\n", hc_cli_usd(step->uncovered).text);
  if (step->released > 0.0)
    hc_text_printf(text, "  %s units are released, for the venue to sell.\n",
                   hc_cli_units(step->released).text);
  if (!(step->bad_debt > 0.0 || step->uncovered > 0.0)) return;
  hc_text_printf(text, "  That leaves the fund %s", hc_cli_usd(last->fund).text);
  if (hc_scenario_lp_equity(traced->scenario) > 0.0)
    hc_text_printf(text, " and LPs %s", hc_cli_usd(last->lp_equity).text);
  hc_text_puts(text, ".\n");
}

/* Steps in a row in which nothing is lost. */
struct calm {
  size_t steps;
  double from, to, notional, rescued_notional;
  int64_t positions, partial, rescued;
};
static void add_calm(struct calm *calm, const struct step *step) {
  const int64_t positions = step->sold.positions + step->bought.positions;
  const int64_t rescued = step->longs.positions + step->shorts.positions;
  if (positions == 0 && rescued == 0) return;
  if (!calm->steps++) calm->from = step->rows->time;
  calm->to = step->rows->time;
  calm->positions += positions;
  calm->partial += step->sold.partial + step->bought.partial;
  calm->notional += step->sold.notional + step->bought.notional;
  calm->rescued += rescued;
  calm->rescued_notional += step->longs.notional + step->shorts.notional;
}
static void tell_calm(struct calm *calm, const struct hc_scenario *scenario, struct hc_text *text) {
  if (calm->steps > 0)
    hc_text_printf(text, "%s to %s\n", hc_cli_clock(calm->from).text, hc_cli_clock(calm->to).text);
  if (calm->positions > 0) {
    hc_text_printf(text, "  %" PRId64 " position%s (%s) %s liquidated", calm->positions,
                   plural(calm->positions), hc_cli_usd(calm->notional).text,
                   calm->positions == 1 ? "is" : "are");
    tell_parts(calm->positions, calm->partial, text);
    hc_text_printf(text, " in %zu step%s without a loss.\n", calm->steps, plural((int64_t)calm->steps));
  }
  if (calm->rescued > 0)
    hc_text_printf(text, "  The backstop (%s) takes over %" PRId64 " position%s (%s).\n",
                   hc_scenario_values(scenario)->liquidation.backstop.who, calm->rescued,
                   plural(calm->rescued), hc_cli_usd(calm->rescued_notional).text);
  *calm = (struct calm){0};
}

/* ---- the whole -------------------------------------------------------------------------------- */

static void begin(const struct hc_cli_traced *traced, struct hc_text *text) {
  const struct hc_outcome *o = &traced->outcome;
  const size_t books = hc_scenario_books(traced->scenario);
  const struct hc_ledger *ledger = &traced->ledger;
  const double initial = ledger->count ? ledger->rows[0].mark_after : (double)NAN;
  hc_text_printf(text, "Path %" PRIu64 " (book %" PRIu64 " of %zu). ", traced->path, traced->path % books,
                 books);
  hc_text_printf(text, "LPs lose %s", hc_cli_usd(o->lp_loss).text);
  if (!isnan(o->lp_loss_share) && o->lp_loss > 0.0)
    hc_text_printf(text, ", %s of their deposits", hc_cli_percent(o->lp_loss_share).text);
  if (o->social_loss > o->lp_loss)
    hc_text_printf(text, "; all behind the fund lose %s", hc_cli_usd(o->social_loss).text);
  hc_text_printf(text, ".\nThe mark starts at %s, is %s at its lowest (%s) and %s at the end",
                 hc_cli_price(initial).text, hc_cli_price(o->mark_low).text,
                 hc_cli_percent(o->mark_low / initial - 1.0).text, hc_cli_price(o->mark_end).text);
  if (!isnan(o->mark_low_no_impact))
    hc_text_printf(text, ";\nwithout price impact it would be %s at its lowest, and bad debt %s",
                   hc_cli_price(o->mark_low_no_impact).text, hc_cli_usd(o->bad_debt_no_impact).text);
  hc_text_puts(text, ".\n\n");
}

/* Who paid in all: parts of the bad debt that are not 0. */
static void tell_payers(const struct hc_cli_traced *traced, struct hc_text *text) {
  const struct hc_outcome *o = &traced->outcome;
  const struct {
    double amount;
    const char *who;
  } parts[] = {{o->insurance_paid, "funds"},
               {o->lp_profit_paid, "LP profit"},
               {o->lp_deposit_paid, "LP deposits"},
               {o->trader_paid, "traders in cash"},
               {o->trader_forgone, "traders in positions"},
               {o->member_paid, "members"},
               {o->staker_paid, "stakers and depositors"},
               {o->taker_charge, "takers"},
               {o->outside_paid, "from outside"},
               {o->rest_charge, "rest of the market"},
               {o->pending_end, "pending"},
               {o->uncovered, "uncovered"},
               {-o->surplus, "charged too much"}};
  hc_text_printf(text, "In all\n  Bad debt %s:", hc_cli_usd(o->bad_debt).text);
  const char *separator = " ";
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (parts[i].amount == 0.0) continue;
    hc_text_printf(text, "%s%s %s", separator, parts[i].who, hc_cli_usd(parts[i].amount).text);
    separator = ", ";
  }
  hc_text_puts(text, ".\n");
  separator = "  By class: ";
  for (size_t c = 0; c < hc_scenario_classes(traced->scenario); c++) {
    if (!(traced->lp_class[c] > 0.0)) continue;
    hc_text_printf(text, "%s%s %s", separator, hc_scenario_class_name(traced->scenario, c),
                   hc_cli_usd(traced->lp_class[c]).text);
    separator = ", ";
  }
  if (separator[1] == ' ' && separator[0] == ',') hc_text_puts(text, ".\n");
  if (o->lp_trading != 0.0)
    hc_text_printf(text, "  As the other side of traders' positions LPs %s %s.\n",
                   o->lp_trading > 0.0 ? "win" : "lose", hc_cli_usd(fabs(o->lp_trading)).text);
  if (o->payout_owed > 0.0)
    hc_text_printf(text, "  Pools cannot pay %s of what traders have won.\n",
                   hc_cli_usd(o->payout_owed).text);
  if (o->lp_inventory != 0.0)
    hc_text_printf(text, "  The stock that LPs took over %s them %s.\n",
                   o->lp_inventory > 0.0 ? "gains" : "loses", hc_cli_usd(fabs(o->lp_inventory)).text);
  if (o->open_deficit > 0.0)
    hc_text_printf(text, "  Positions that still wait to be liquidated lack %s, which is in no sum above.\n",
                   hc_cli_usd(o->open_deficit).text);
}

/* The accounts that were charged most. */
struct bearer {
  int64_t account;
  double amount;
};
static int by_account(const void *a, const void *b) {
  const struct bearer *x = a, *y = b;
  return (x->account > y->account) - (x->account < y->account);
}
static int by_amount(const void *a, const void *b) {
  const struct bearer *x = a, *y = b;
  return x->amount != y->amount ? (x->amount < y->amount) - (x->amount > y->amount) : by_account(a, b);
}
static void tell_bearers(const struct hc_ledger *ledger, struct hc_text *text) {
  struct bearer *bearers = calloc(ledger->count + 1, sizeof *bearers);
  size_t rows = 0, count = 0;
  if (!bearers) {
    text->failed = true;
    return;
  }
  for (size_t i = 0; i < ledger->count; i++) {
    const struct hc_ledger_row *row = &ledger->rows[i];
    if (row->account >= 0 && (row->event == HC_EVENT_CHARGE || row->event == HC_EVENT_TRADE))
      bearers[rows++] = (struct bearer){row->account, row->amount};
  }
  qsort(bearers, rows, sizeof *bearers, by_account);
  for (size_t i = 0; i < rows; i++) {
    if (count > 0 && bearers[count - 1].account == bearers[i].account)
      bearers[count - 1].amount += bearers[i].amount;
    else bearers[count++] = bearers[i];
  }
  qsort(bearers, count, sizeof *bearers, by_amount);
  for (size_t i = 0; i < count && i < 3 && bearers[i].amount > 0.0; i++)
    hc_text_printf(text, "%saccount %" PRId64 " %s",
                   i ? ", " : "  Accounts that bear most: ", bearers[i].account,
                   hc_cli_usd(bearers[i].amount).text);
  if (count > 0 && bearers[0].amount > 0.0) hc_text_printf(text, ", of %zu charged.\n", count);
  free(bearers);
}

void hc_cli_story_text(const struct hc_cli_traced *traced, struct hc_text *text) {
  const struct hc_ledger *ledger = &traced->ledger;
  struct calm calm = {0};
  begin(traced, text);
  for (size_t i = 0; i < ledger->count;) {
    const struct step step = step_at(ledger, i);
    i += step.count;
    if (step.calm) {
      add_calm(&calm, &step);
      continue;
    }
    tell_calm(&calm, traced->scenario, text);
    tell_step(traced, &step, text);
  }
  tell_calm(&calm, traced->scenario, text);
  tell_payers(traced, text);
  tell_bearers(ledger, text);
  hc_text_puts(text, "\n");
}
