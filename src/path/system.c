/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/system.h"

#include <math.h>
#include <stdlib.h>

#include "path/blame.h"
#include "path/deleverage.h"
#include "path/halt.h"
#include "path/ledger.h"
#include "path/route.h"
#include "haircut/random.h"
#include "random/scalar.h"

#define LOG_100 4.6051701859880914

hc_status hc_system_create(struct hc_system *system, const struct hc_scenario *scenario) {
  const hc_status status = hc_state_create(&scenario->waterfall, &system->state);
  if (status != HC_OK || !scenario->needs_crowd) return status;
  return hc_path_crowd_create(scenario, system, &system->crowd);
}

void hc_system_free(struct hc_system *system, const struct hc_scenario *scenario) {
  hc_state_free(&scenario->waterfall, system->state);
  hc_path_crowd_free(system->crowd);
  free(system->snapshots);
}

void hc_system_start(struct hc_system *system, const struct hc_scenario *scenario, size_t book,
                     uint64_t path, bool with_impact) {
  struct hc_snapshot *snapshots = system->snapshots;
  const size_t capacity = system->snapshot_capacity;
  struct hc_ledger *ledger = system->ledger;
  const bool keep = system->keep;
  struct hc_waterfall_state *state = system->state;
  struct hc_path_crowd *crowd = system->crowd;
  *system = (struct hc_system){
    .scenario = scenario,
    .book = &scenario->book[book],
    .impact = with_impact ? &scenario->impact : &scenario->impact_none,
    .pass_through = scenario->pass_through,
    .pots = scenario->waterfall.start,
    .state = state,
    .crowd = crowd,
    .fund_min = scenario->fund,
    .log_low = HUGE_VAL,
    .first_loss_step = -1,
    .first_social_step = -1,
    .halt_step = -1,
    .mark = scenario->price.initial,
    .previous_mark = scenario->price.initial,
    .path = path,
    .ledger = ledger,
    .snapshots = snapshots,
    .snapshot_capacity = capacity,
    .keep = keep,
  };
  hc_state_start(&scenario->waterfall, state, scenario->price.initial);
  system->due = hc_state_next_due(&scenario->waterfall, state);
  if (crowd) hc_path_crowd_start(crowd, system->book);
  if (scenario->deleverage.on) hc_path_crowd_entries(crowd, system->entries);
  system->other_worth = hc_system_other_worth(system, system->mark);
}

/* e^x; a short series where x is as small as an order's slippage usually is. */
static double exp_small(double x) {
  if (!(x < 0.01 && x > -0.01)) return hc_exp(x);
  return 1.0 + x * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 +
                    x * (1.0 / 720.0 + x * (1.0 / 5040.0)))))));
}

/* In a large book a look waits for memory. While a first look at a side or an order is worked
 * on, this fetches what the look after the next will read, as guessed from the grid. */
static inline void prefetch_ahead(const struct hc_system *system, int side_index, double line) {
  const struct hc_side *side = &system->book->side[side_index];
  if (!hc_side_is_large(side)) return;
  const double sign = side->sign, anchor = line + system->drift.offset;
  const double next = sign * (anchor + system->drift.displacement);
  const double order = hc_side_estimate(side, next) - system->closed_quantity[side_index];
  if (!(order > 0.0)) return;
  const double after = hc_impact(system->impact, system->drift.volume + sign * order * system->mark);
  hc_side_prefetch(side, sign * (anchor - system->pass_through * after));
}

/* What an order of some quantity does to the mark, and its fill. */
struct execution {
  double order, signed_order; /* Q, USD */
  double after, permanent;    /* I(V + Q), logs */
  double fill;                /* USD */
};
static inline struct execution price_order(const struct hc_system *system, double sign,
                                           double quantity) {
  const struct hc_impact *impact = system->impact;
  struct execution e;
  e.order = quantity * system->mark;
  e.signed_order = sign * e.order;
  e.after = hc_impact(impact, system->drift.volume + e.signed_order);
  const double excess = impact->law->excess(impact, system->drift.volume, e.signed_order,
                                            -system->displacement, e.after);
  e.permanent = impact->permanent * e.signed_order;
  e.fill = system->mark * exp_small(-excess - 0.5 * e.permanent) * (1.0 - sign * impact->half_spread);
  return e;
}

/* Who gets what an order leaves; `venue` is the result of the venue's own units. The inflow of the
 * fund, USD. */
static inline double book_closing(struct hc_system *system, int side_index,
                                  const struct hc_closing *closing, double venue) {
  const struct hc_scenario *scenario = system->scenario;
  const double to_fund = closing->fee * scenario->fee_to_fund;
  const double to_lps = closing->fee * scenario->fee_to_lps;
  const double kept = scenario->margin_to_fund ? closing->remainder : 0.0;
  const double inflow = to_fund + kept + (venue > 0.0 ? venue : 0.0);
  system->step_inflow += inflow;
  system->step_to_lps += to_lps;
  system->step_bad_debt[side_index] += closing->bad_debt;
  system->liquidator += closing->fee - to_fund - to_lps;
  system->trader += closing->remainder - kept;
  return inflow;
}

/* Moves the mark by an order of `quantity` units, which the rest of the market takes. */
static inline struct hc_order place(struct hc_system *system, double sign, double quantity,
                                    double line) {
  const double log_before = line + (system->drift.offset + system->displacement);
  const double mark = system->mark;
  const struct execution e = price_order(system, sign, quantity);
  system->drift.volume += e.signed_order;
  system->drift.offset -= e.permanent;
  system->displacement = -e.after;
  system->drift.displacement = system->pass_through * system->displacement;
  const double log_after = line + (system->drift.offset + system->displacement);
  system->mark = mark * exp_small(log_after - log_before);
  return (struct hc_order){sign, quantity, e.order, e.fill, log_before, log_after, line};
}

/* What an order leaves behind in the totals of the path. */
static hc_status book_order(struct hc_system *system, const struct hc_order *order,
                            struct hc_error *error) {
  system->rest_quantity += order->sign * order->quantity;
  system->rest_cash -= order->sign * order->quantity * order->fill;
  system->notional += order->notional;
  const double moved = fabs(system->drift.offset + system->displacement);
  const double log_after = order->log_after;
  if (moved > system->displacement_max) system->displacement_max = moved;
  if (order->log_before < system->log_low) system->log_low = order->log_before;
  if (log_after < system->log_low) system->log_low = log_after;
  if (fabs(log_after - system->step_log_mark) <= LOG_100) return HC_OK;
  return hc_fail(error, HC_MODEL,
                 "path %llu: the cascade of step %lld takes the mark from %.6g to %.6g, beyond a "
                 "hundredfold of where the step began; impact is too large for the book (raise "
                 "depth or daily_volume, or lower open_interest)",
                 (unsigned long long)system->path, (long long)system->step,
                 hc_exp(system->step_log_mark), log_after < 600.0 ? hc_exp(log_after) : HUGE_VAL);
}

/* The account of a lot that is of one alone, or -1. */
static int64_t only_account(const struct hc_system *system, const struct hc_side *side,
                            const struct hc_lot *lot, int64_t accounts) {
  if (accounts != 1) return -1;
  if (lot->to == lot->from + 1) return (int64_t)side->account[lot->from];
  if (lot->hit_to != lot->hit_from + 1) return -1;
  const struct hc_path_crowd *crowd = system->crowd;
  return (int64_t)crowd->changed[crowd->side[side->sign > 0 ? 0 : 1].hit[lot->hit_from]].number;
}

static hc_status no_memory(const struct hc_system *system, struct hc_error *error) {
  return hc_fail(error, HC_NO_MEMORY, "path %llu: no memory for its accounts",
                 (unsigned long long)system->path);
}

/* One forced order of a side, at one fill. */
static hc_status execute(struct hc_system *system, int side_index, const struct hc_lot *lot,
                         double line, struct hc_error *error) {
  const struct hc_scenario *scenario = system->scenario;
  const struct hc_side *side = &system->book->side[side_index];
  struct hc_path_crowd *crowd = system->crowd;
  const double sign = side->sign;
  struct hc_sums sums;
  int64_t accounts = lot->to - lot->from;
  if (crowd) accounts = hc_path_crowd_sums(crowd, side_index, lot, &sums);
  else sums = hc_side_sums(side, lot->from, lot->to);
  const double quantity = sums.quantity;
  system->closed_quantity[side_index] += quantity;
  if (scenario->rations)
    system->sent.amount +=
      (quantity - (lot->venue ? crowd->side[side_index].venue.quantity : 0.0)) * system->mark;
  const struct hc_order order = place(system, sign, quantity, line);
  prefetch_ahead(system, side_index, line);

  struct hc_closing closing = {0};
  double venue = 0.0;
  int64_t parts = 0;
  if (crowd) {
    if (system->ledger) parts = hc_path_crowd_parts(crowd, side_index, lot);
    hc_path_crowd_close(crowd, side_index, lot, order.fill, scenario->fee, &closing, &venue);
    if (system->blame && closing.bad_debt > 0.0)
      hc_path_crowd_blame(crowd, side_index, lot, order.fill, venue);
    if (scenario->rations) system->lost.amount += closing.bad_debt + (venue < 0.0 ? venue : 0.0);
    if (lot->venue) system->closed_quantity[side_index] -= crowd->side[side_index].venue.quantity;
    if (hc_path_crowd_closed(crowd, side_index, lot, order.fill) != HC_OK) return no_memory(system, error);
  } else {
    hc_side_close(side, lot->from, lot->to, &sums, order.fill, scenario->fee, &closing);
    if (system->blame && closing.bad_debt > 0.0)
      hc_blame_range(system, side, lot->from, lot->to, order.fill);
  }
  const double inflow = book_closing(system, side_index, &closing, venue);
  system->liquidations += accounts;
  system->acts++;
  if (system->ledger) {
    struct hc_ledger_row *row = hc_ledger_order(system, HC_EVENT_ORDER, &order);
    row->positions = accounts;
    row->partial = parts;
    row->account = only_account(system, side, lot, accounts);
    row->fee = closing.fee;
    row->bad_debt = closing.bad_debt;
    row->inflow = inflow;
  }
  return book_order(system, &order, error);
}

/* Works off a part of a stock that was taken over. */
static hc_status unwind(struct hc_system *system, int which, double line, struct hc_error *error) {
  struct hc_unwind *plan = &system->state->unwind[which];
  struct hc_inventory *stock = &system->pots.stock[which];
  const struct hc_unwinding *rule = &system->scenario->waterfall.unwinding[which];
  const double sign = stock->quantity > 0.0 ? 1.0 : -1.0, held = fabs(stock->quantity);
  const bool last = plan->units >= held - 1e-9 * (plan->units / rule->share);
  const double quantity = last ? held : plan->units;
  const struct hc_order order = place(system, sign, quantity, line);
  stock->quantity = last ? 0.0 : stock->quantity - sign * quantity;
  stock->cost -= sign * quantity * order.fill;
  plan->next = last ? INT64_MAX : system->step + rule->every;
  if (system->ledger) (void)hc_ledger_order(system, HC_EVENT_UNWIND, &order);
  return book_order(system, &order, error);
}

/* Orders of stocks that come at this step, before anything is looked at. */
static hc_status unwind_all(struct hc_system *system, double line, bool *any, struct hc_error *error) {
  hc_status status = HC_OK;
  *any = false;
  for (int i = 0; i < HC_STOCKS && status == HC_OK; i++) {
    if (system->state->unwind[i].next > system->step) continue;
    *any = true;
    status = unwind(system, i, line, error);
  }
  return status;
}

void hc_system_revalue(struct hc_system *system, double mark) {
  const struct hc_waterfall *w = &system->scenario->waterfall;
  hc_pots_revalue(&system->pots, mark);
  if (!(w->pooled > 0.0)) return;
  const double worth = hc_system_other_worth(system, mark);
  hc_pots_trade(w, &system->pots, worth - system->other_worth);
  system->other_worth = worth;
}

struct hc_settlement hc_system_settlement(struct hc_system *system, double oracle) {
  const struct hc_scenario *scenario = system->scenario;
  hc_system_revalue(system, system->mark);
  return (struct hc_settlement){
    .waterfall = &scenario->waterfall,
    .state = system->state,
    .pots = &system->pots,
    .paid = &system->paid,
    .crowd = system->crowd ? &system->crowd->base : NULL,
    .step = system->step,
    .mark = system->mark,
    .previous_mark = system->previous_mark,
    .oracle = oracle,
    .seed = scenario->grid.seed,
    .path = system->path,
  };
}

/* Before an order is sent: if its shortfalls are more than the cash layers before the first
 * position layer could pay, the bankrupt of it are held. `*some` says whether anything is left. */
static hc_status look_before(struct hc_system *system, int side_index, struct hc_lot *lot,
                             bool *some, struct hc_error *error) {
  struct hc_path_crowd *crowd = system->crowd;
  const struct hc_scenario *scenario = system->scenario;
  const double sign = system->book->side[side_index].sign;
  struct hc_sums sums;
  struct hc_closing closing = {0};
  double venue;
  bool absorbs = true;
  (void)hc_path_crowd_sums(crowd, side_index, lot, &sums);
  *some = sums.quantity > 0.0;
  if (!*some) return HC_OK;
  const struct execution e = price_order(system, sign, sums.quantity);
  hc_path_crowd_close(crowd, side_index, lot, e.fill, scenario->fee, &closing, &venue);
  if (!(closing.bad_debt > 0.0)) return HC_OK;
  struct hc_settlement settlement = hc_system_settlement(system, system->mark);
  hc_status status = hc_waterfall_absorbs(
    &settlement, system->step_inflow,
    system->step_bad_debt[0] + system->step_bad_debt[1] + closing.bad_debt, &absorbs);
  if (status == HC_OK && !absorbs) {
    const size_t before = crowd->held;
    system->acts++;
    const bool venue_before = lot->venue;
    status = hc_path_crowd_hold(crowd, side_index, lot, e.fill);
    if (status == HC_OK) {
      const struct hc_sums all = sums;
      (void)hc_path_crowd_sums(crowd, side_index, lot, &sums);
      *some = sums.quantity > 0.0;
      if (system->ledger)
        hc_ledger_hold(system, side_index, (int64_t)(crowd->held - before) - (venue_before != lot->venue),
                       all.quantity - sums.quantity);
      /* Past the cursor all are either held, or about to be sent. */
      if (!*some) status = hc_path_crowd_closed(crowd, side_index, lot, e.fill);
    }
  }
  if (status != HC_OK) return hc_fail(error, status, "path %llu: %s", (unsigned long long)system->path,
                                      hc_status_text(status));
  return HC_OK;
}

/* Which positions of an order are closed in part: all large ones, but for those that would have
 * nothing left at its fill, which makes it larger. */
static hc_status divide(struct hc_system *system, int side_index, struct hc_lot *lot,
                        struct hc_error *error) {
  struct hc_path_crowd *crowd = system->crowd;
  bool again;
  if (hc_path_crowd_divide(crowd, side_index, lot, system->mark, &again) != HC_OK)
    return no_memory(system, error);
  while (again) {
    struct hc_sums sums;
    (void)hc_path_crowd_sums(crowd, side_index, lot, &sums);
    const struct execution e =
      price_order(system, system->book->side[side_index].sign, sums.quantity);
    again = hc_path_crowd_whole(crowd, side_index, lot, e.fill);
  }
  return HC_OK;
}

static inline bool finds(const struct hc_lot *lot) {
  return lot->to > lot->from || lot->hit_to > lot->hit_from || lot->venue;
}

static hc_status send(struct hc_system *system, int side_index, struct hc_lot *lot, double line,
                      struct hc_error *error) {
  if (system->scenario->rations) {
    if (hc_path_ration(system, side_index, lot) != HC_OK) return no_memory(system, error);
    hc_path_crowd_pass(system->crowd, side_index);
    if (!finds(lot)) return HC_OK;
  }
  if (system->scenario->partial.on) {
    const hc_status status = divide(system, side_index, lot, error);
    if (status != HC_OK) return status;
  }
  if (system->crowd && system->scenario->waterfall.first_position < system->scenario->waterfall.count) {
    bool some;
    const hc_status status = look_before(system, side_index, lot, &some, error);
    if (status != HC_OK || !some) return status;
  }
  return execute(system, side_index, lot, line, error);
}

/* One at a time, highest level first for longs, lowest for shorts; ties by account. */
static hc_status send_each(struct hc_system *system, int side_index, const struct hc_lot *all,
                           double line, struct hc_error *error) {
  struct hc_lot rest = *all;
  for (;;) {
    /* Passes what is no longer in the index. */
    if (system->crowd) rest.from = hc_path_crowd_rank(system->crowd, side_index, rest.from, rest.to);
    if (!rest.venue && rest.from >= rest.to && rest.hit_from >= rest.hit_to) break;
    struct hc_lot one = {rest.from, rest.from, rest.hit_from, rest.hit_from, rest.venue, rest.signed_price};
    if (rest.venue) {
      rest.venue = false;
    } else if (system->crowd && hc_path_crowd_changed_first(system->crowd, side_index, &rest)) {
      one.hit_to = ++rest.hit_from;
    } else {
      one.to = ++rest.from;
      system->cursor[side_index] = one.to;
    }
    const hc_status status = send(system, side_index, &one, line, error);
    if (status != HC_OK) return status;
  }
  if (system->cursor[side_index] < all->to) system->cursor[side_index] = all->to;
  return HC_OK;
}

static hc_status send_side(struct hc_system *system, int side_index, struct hc_lot *lot, double line,
                           struct hc_error *error) {
  if (lot->to == lot->from && lot->hit_to == lot->hit_from && !lot->venue) return HC_OK;
  if (system->scenario->fifo) return send_each(system, side_index, lot, line, error);
  system->cursor[side_index] = lot->to;
  return send(system, side_index, lot, line, error);
}

/* What a look at the margin price finds on a side; false: no memory. */
static inline bool look(struct hc_system *system, int side_index, double signed_price,
                        struct hc_lot *lot) {
  const int64_t from = system->cursor[side_index];
  struct hc_path_crowd *crowd = system->crowd;
  *lot = (struct hc_lot){
    from, hc_side_triggered(&system->book->side[side_index], from, signed_price), 0, 0, false, signed_price};
  if (!crowd) return true;
  lot->venue = system->round == 0 && crowd->side[side_index].venue.quantity > 0.0;
  return hc_path_crowd_look(crowd, side_index, signed_price, &lot->hit_to) == HC_OK;
}
/* What the backstop takes, and who waits. */
static hc_status route(struct hc_system *system, struct hc_lot *longs, struct hc_lot *shorts,
                       double line) {
  const struct hc_scenario *scenario = system->scenario;
  if (!scenario->backstop.on && scenario->delay == 0) return HC_OK;
  const hc_status status = hc_path_route(system, 0, line, longs);
  return status == HC_OK ? hc_path_route(system, 1, line, shorts) : status;
}

/* The same where positions never change, as most are: nobody waits and nothing is held. */
static hc_status cascade_unchanged(struct hc_system *system, double line, struct hc_error *error) {
  const struct hc_side *side = system->book->side;
  for (system->round = 0;;) {
    const double y = line + (system->drift.offset + system->drift.displacement);
    const int64_t longs = hc_side_triggered(&side[0], system->cursor[0], y);
    const int64_t shorts = hc_side_triggered(&side[1], system->cursor[1], -y);
    const int64_t to[2] = {longs, shorts};
    if (longs == system->cursor[0] && shorts == system->cursor[1]) return HC_OK;
    system->round++;
    for (int i = 0; i < 2; i++) {
      if (to[i] == system->cursor[i]) continue;
      struct hc_lot lot = {.from = system->cursor[i], .to = to[i]};
      const hc_status status = send_side(system, i, &lot, line, error);
      if (status != HC_OK) return status;
    }
  }
}

/* Rounds until a look finds nothing. */
static hc_status cascade(struct hc_system *system, double line, struct hc_error *error) {
  if (!system->crowd) return cascade_unchanged(system, line, error);
  for (system->round = 0;;) {
    const double y = line + (system->drift.offset + system->drift.displacement);
    struct hc_lot longs, shorts;
    if (!look(system, 0, y, &longs) || !look(system, 1, -y, &shorts))
      return no_memory(system, error);
    if (!finds(&longs) && !finds(&shorts)) return HC_OK;
    system->round++;
    const uint64_t before = system->acts;
    hc_status status = route(system, &longs, &shorts, line);
    if (status != HC_OK) return no_memory(system, error);
    status = send_side(system, 0, &longs, line, error);
    if (status == HC_OK) status = send_side(system, 1, &shorts, line, error);
    if (status != HC_OK) return status;
    if (system->acts == before) { /* they all wait */
      system->round--;
      return HC_OK;
    }
  }
}

static void credit_lps(struct hc_system *system, double amount) {
  if (!(amount > 0.0)) return;
  hc_credit_lps(&system->scenario->waterfall, &system->pots, amount);
  system->lp_income += amount;
}

/* Fees that trading has earned by the present step become a part of its inflow. */
static void earn(struct hc_system *system) {
  const struct hc_waterfall *w = &system->scenario->waterfall;
  system->step_inflow = system->step_to_lps = 0.0;
  if (!(w->fees_to_fund > 0.0 || w->fees_to_lps > 0.0)) return;
  const struct hc_earned earned = hc_fees_earned(w, system->state, system->step);
  system->step_inflow = earned.fund;
  system->step_to_lps = earned.lps;
}
static void book_earned(struct hc_system *system) {
  const struct hc_waterfall *w = &system->scenario->waterfall;
  if (!(w->fees_to_fund > 0.0 || w->fees_to_lps > 0.0)) return;
  const struct hc_earned earned = hc_fees_earned(w, system->state, system->step);
  system->state->fees += earned.fund + earned.lps;
  system->state->fees_until = system->step;
}

/* The records of the step: what was sold below zero, and what was held and is bankrupt. */
static double fill_records(struct hc_system *system, struct hc_record record[2]) {
  double lost = 0.0;
  for (int i = 0; i < 2; i++) {
    record[i] = system->held[i];
    record[i].shortfall += system->step_bad_debt[i];
    lost += record[i].shortfall;
  }
  return lost;
}

/* Runs the waterfall over what the step has lost, USD, and what is due. */
static hc_status run_waterfall(struct hc_system *system, double line, double lost,
                               const struct hc_record record[2], struct hc_error *error) {
  const struct hc_waterfall *w = &system->scenario->waterfall;
  struct hc_settlement settlement = hc_system_settlement(
    system, hc_exp(line + (system->drift.offset + system->drift.displacement)));
  struct hc_path_log log;
  struct hc_payments before;
  settlement.record[0] = record[0];
  settlement.record[1] = record[1];
  if (system->ledger) {
    before = system->paid;
    settlement.log = hc_path_log(&log, system);
  }
  hc_waterfall_inflow(&settlement, system->step_inflow);
  if (system->ledger) hc_ledger_settle(system, lost);
  hc_status status = hc_waterfall_run(&settlement);
  if (status == HC_OK && settlement.halted) status = hc_system_halt(system, &settlement);
  /* What the run has put off may be due at once. */
  if (w->defers) system->due = hc_state_next_due(w, system->state);
  const bool due = !settlement.halted && system->step >= system->due;
  if (status == HC_OK && due) status = hc_waterfall_recognise(&settlement);
  if (status == HC_OK) status = hc_waterfall_end(&settlement);
  if (status == HC_OK && system->crowd) {
    hc_path_crowd_release(system->crowd, settlement.released, system->mark);
    if (system->step < system->scenario->grid.steps) status = hc_path_crowd_refresh(system->crowd);
  }
  if (status != HC_OK)
    return hc_fail(error, status, "path %llu, step %lld: %s", (unsigned long long)system->path,
                   (long long)system->step, status == HC_BUG
                     ? "a waterfall layer did not pay what it was asked" : hc_status_text(status));
  if (w->defers || w->session > 0.0) system->due = hc_state_next_due(w, system->state);
  if (system->ledger) hc_ledger_layers(system, &before);
  return HC_OK;
}

static void note_first(struct hc_system *system, double lp_before, int64_t social_before) {
  if (system->first_loss_step < 0 && system->paid.cash[HC_PAYER_LP] > lp_before)
    system->first_loss_step = system->step;
  if (system->first_social_step < 0 && system->paid.social > social_before)
    system->first_social_step = system->step;
}

void hc_system_book_fees(struct hc_system *system, struct hc_settlement *settlement) {
  earn(system);
  system->inflow += system->step_inflow;
  credit_lps(system, system->step_to_lps);
  hc_waterfall_inflow(settlement, system->step_inflow);
  book_earned(system);
}

void hc_system_pass_time(struct hc_system *system, int64_t last) {
  const struct hc_waterfall *w = &system->scenario->waterfall;
  const int64_t step = system->step;
  for (int64_t next; (next = hc_withdrawal_next(w, system->state)) <= last;) {
    const struct hc_payments before = system->paid;
    struct hc_path_log log;
    system->step = next;
    struct hc_settlement settlement = hc_system_settlement(system, (double)NAN);
    if (system->ledger) settlement.log = hc_path_log(&log, system);
    hc_system_book_fees(system, &settlement);
    hc_withdraw(&settlement);
    note_first(system, before.cash[HC_PAYER_LP], before.social);
    if (system->ledger) hc_ledger_layers(system, &before);
    if (system->keep) hc_snapshot_keep(system);
  }
  system->step = step;
}

/* The step's inflow, then one draw, then what is due. */
static hc_status settle(struct hc_system *system, double line, struct hc_error *error) {
  const struct hc_waterfall *w = &system->scenario->waterfall;
  const double lp_before = system->paid.cash[HC_PAYER_LP];
  const int64_t social_before = system->paid.social;
  struct hc_record record[2];
  system->inflow += system->step_inflow;
  credit_lps(system, system->step_to_lps);
  book_earned(system);
  const double lost = fill_records(system, record);
  system->bad_debt += lost;
  /* Most steps lose nothing, and nothing then looks at them but the fund. */
  const bool plain = !(lost > 0.0) && !w->always && !w->defers && !w->peaks && !system->ledger &&
                     !w->shares_inflow &&
                     system->step < system->due;
  if (plain) {
    hc_system_revalue(system, system->mark);
    system->pots.fund[0] += system->step_inflow;
    system->state->pnl += system->step_inflow;
  } else {
    const hc_status status = run_waterfall(system, line, lost, record, error);
    if (status != HC_OK) return status;
    note_first(system, lp_before, social_before);
  }
  if (system->pots.fund[0] < system->fund_min) system->fund_min = system->pots.fund[0];
  const double required = system->bad_debt - system->inflow;
  if (required > system->required) system->required = required;
  if (system->keep) hc_snapshot_keep(system);
  return HC_OK;
}

static hc_status touch(struct hc_system *system, int64_t step, double line, double displacement_now,
                       struct hc_error *error) {
  const double margin = line + (system->drift.offset + system->pass_through * displacement_now);
  if (system->scenario->waterfall.flees) hc_system_pass_time(system, step - 1);
  const int hit = hc_side_key(&system->book->side[0], system->cursor[0]) >= margin ? 0 : 1;
  const struct hc_side *side = &system->book->side[hit];
  if (hc_side_is_large(side)) hc_side_prefetch(side, side->sign * margin);
  /* Bring the closed form of the state up to this step. */
  const struct hc_drift before = system->drift;
  const double displacement_before = system->displacement;
  const double elapsed = (double)(step - system->drift.origin) * system->scenario->grid.step;
  if (system->drift.volume != 0.0 && !isinf(system->impact->half_life))
    system->drift.volume *= hc_exp2(-elapsed / system->impact->half_life);
  system->displacement = displacement_now;
  system->drift.displacement = system->pass_through * displacement_now;
  system->drift.origin = step;
  system->step = step;
  if (step >= system->state->paused_until) system->state->paused_until = INT64_MAX;
  const bool pauses = system->state->paused_until != INT64_MAX;
  if (system->crowd && !pauses && system->crowd->wait_next <= step &&
      hc_path_crowd_wake(system->crowd, step) != HC_OK)
    return no_memory(system, error);
  earn(system);
  system->step_bad_debt[0] = system->step_bad_debt[1] = 0.0;
  system->step_log_mark = line + (system->drift.offset + system->displacement);
  system->mark = hc_exp(system->step_log_mark);
  prefetch_ahead(system, hit, line);
  bool unwound;
  hc_status status = unwind_all(system, line, &unwound, error);
  system->round = 0;
  if (status == HC_OK && !pauses) status = cascade(system, line, error);
  if (status != HC_OK) return status;
  if (system->round == 0 && !unwound) { /* rounding at the edge of the box, or something that is due */
    status = step >= system->due ? settle(system, line, error) : HC_OK;
    system->drift = before;
    system->displacement = displacement_before;
    return status;
  }
  system->events++;
  system->rounds += (uint64_t)system->round;
  if (system->round > system->rounds_max) system->rounds_max = system->round;
  if (!system->crowd) return settle(system, line, error);
  int64_t bankrupt;
  status = hc_path_crowd_judge(system->crowd, system->mark, system->held, &bankrupt);
  if (status != HC_OK) return no_memory(system, error);
  system->liquidations += bankrupt;
  status = settle(system, line, error);
  system->held[0] = system->held[1] = (struct hc_record){0};
  return status;
}

hc_status hc_system_touch(struct hc_system *system, int64_t step, double line,
                          double displacement_now, struct hc_error *error) {
  hc_status status = touch(system, step, line, displacement_now, error);
  if (status == HC_OK && system->scenario->deleverage.on) {
    status = hc_path_deleverage(system);
    if (status != HC_OK) return no_memory(system, error);
  }
  /* What leavers of a pool take goes with the mark, so they leave while it is known. */
  const struct hc_waterfall *w = &system->scenario->waterfall;
  if (status == HC_OK && w->flees && w->pooled > 0.0) hc_system_pass_time(system, step);
  return status;
}
