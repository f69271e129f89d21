/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/cascade.h"

#include <math.h>

#include "haircut/random.h"
#include "path/blame.h"
#include "path/ledger.h"
#include "path/route.h"

#define LOG_100 4.6051701859880914

/* e^x; a short series where x is as small as an order's slippage usually is: in pairs, since a round
 * waits for it. */
static inline double exp_small(double x) {
  if (!(x < 0.01 && x > -0.01)) return hc_exp(x);
  const double x2 = x * x;
  const double high = (1.0 / 24.0 + x * (1.0 / 120.0)) + x2 * (1.0 / 720.0 + x * (1.0 / 5040.0));
  return 1.0 + (x + x2 * ((0.5 + x * (1.0 / 6.0)) + x2 * high));
}

void hc_cascade_fetch(struct hc_system *system, int side_index, double margin) {
  const struct hc_side *side = &system->book->side[side_index];
  system->waits = hc_side_is_large(side) &&
                  hc_side_prefetch(side, system->cursor[side_index], side->sign * margin);
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
static inline hc_status book_order(struct hc_system *system, const struct hc_order *order,
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

/* The row of an order in the ledger. */
static void add_row(struct hc_system *system, const struct hc_order *order, const struct hc_closing *closing,
                    double inflow, int64_t accounts, int64_t parts, int64_t account) {
  struct hc_ledger_row *row = hc_ledger_order(system, HC_EVENT_ORDER, order);
  row->positions = accounts;
  row->partial = parts;
  row->account = account;
  row->fee = closing->fee;
  row->bad_debt = closing->bad_debt;
  row->inflow = inflow;
}

/* One forced order of a side, of all up to `to`, at one fill, where positions never change. */
static inline hc_status execute_unchanged(struct hc_system *system, int side_index, int64_t to,
                                          double line, struct hc_error *error) {
  const struct hc_side *side = &system->book->side[side_index];
  const int64_t from = system->cursor[side_index];
  const struct hc_sums sums = hc_side_sums(side, from, to);
  system->cursor[side_index] = to;
  system->closed_quantity[side_index] += sums.quantity;
  const struct hc_order order = place(system, side->sign, sums.quantity, line);
  hc_cascade_fetch(system, side_index, line + (system->drift.offset + system->drift.displacement));
  struct hc_closing closing = {0};
  hc_side_close(side, from, to, &sums, order.fill, system->scenario->fee, &closing);
  if (system->blame && closing.bad_debt > 0.0) hc_blame_range(system, side, from, to, order.fill);
  const double inflow = book_closing(system, side_index, &closing, 0.0);
  system->liquidations += to - from;
  if (system->ledger)
    add_row(system, &order, &closing, inflow, to - from, 0,
            to == from + 1 ? (int64_t)side->account[from] : -1);
  return book_order(system, &order, error);
}

/* The same where positions change. */
static hc_status execute(struct hc_system *system, int side_index, const struct hc_lot *lot,
                         double line, struct hc_error *error) {
  const struct hc_scenario *scenario = system->scenario;
  const struct hc_side *side = &system->book->side[side_index];
  struct hc_path_crowd *crowd = system->crowd;
  struct hc_sums sums;
  const int64_t accounts = hc_path_crowd_sums(crowd, side_index, lot, &sums);
  const double quantity = sums.quantity;
  system->closed_quantity[side_index] += quantity;
  if (scenario->rations)
    system->sent.amount +=
      (quantity - (lot->venue ? crowd->side[side_index].venue.quantity : 0.0)) * system->mark;
  const struct hc_order order = place(system, side->sign, quantity, line);
  hc_cascade_fetch(system, side_index, line + (system->drift.offset + system->drift.displacement));

  struct hc_closing closing = {0};
  double venue = 0.0;
  const int64_t parts = system->ledger ? hc_path_crowd_parts(crowd, side_index, lot) : 0;
  hc_path_crowd_close(crowd, side_index, lot, order.fill, scenario->fee, &closing, &venue);
  if (system->blame && closing.bad_debt > 0.0)
    hc_path_crowd_blame(crowd, side_index, lot, order.fill, venue);
  if (scenario->rations) system->lost.amount += closing.bad_debt + (venue < 0.0 ? venue : 0.0);
  if (lot->venue) system->closed_quantity[side_index] -= crowd->side[side_index].venue.quantity;
  if (hc_path_crowd_closed(crowd, side_index, lot, order.fill) != HC_OK)
    return hc_system_no_memory(system, error);
  const double inflow = book_closing(system, side_index, &closing, venue);
  system->liquidations += accounts;
  system->acts++;
  if (system->ledger)
    add_row(system, &order, &closing, inflow, accounts, parts, only_account(system, side, lot, accounts));
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

hc_status hc_cascade_unwind(struct hc_system *system, double line, bool *any, struct hc_error *error) {
  hc_status status = HC_OK;
  *any = false;
  for (int i = 0; i < HC_STOCKS && status == HC_OK; i++) {
    if (system->state->unwind[i].next > system->step) continue;
    *any = true;
    status = unwind(system, i, line, error);
  }
  return status;
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
    return hc_system_no_memory(system, error);
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
    if (hc_path_ration(system, side_index, lot) != HC_OK) return hc_system_no_memory(system, error);
    hc_path_crowd_pass(system->crowd, side_index);
    if (!finds(lot)) return HC_OK;
  }
  if (system->scenario->partial.on) {
    const hc_status status = divide(system, side_index, lot, error);
    if (status != HC_OK) return status;
  }
  if (system->scenario->waterfall.first_position < system->scenario->waterfall.count) {
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
    rest.from = hc_path_crowd_rank(system->crowd, side_index, rest.from, rest.to);
    if (!rest.venue && rest.from >= rest.to && rest.hit_from >= rest.hit_to) break;
    struct hc_lot one = {rest.from, rest.from, rest.hit_from, rest.hit_from, rest.venue, rest.signed_price};
    if (rest.venue) {
      rest.venue = false;
    } else if (hc_path_crowd_changed_first(system->crowd, side_index, &rest)) {
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
static inline hc_status round_unchanged(struct hc_system *system, double line, bool *more,
                                        struct hc_error *error) {
  const struct hc_side *side = system->book->side;
  const double y = line + (system->drift.offset + system->drift.displacement);
  const int64_t from[2] = {system->cursor[0], system->cursor[1]};
  const int64_t to[2] = {hc_side_triggered(&side[0], from[0], y), hc_side_triggered(&side[1], from[1], -y)};
  hc_status status = HC_OK;
  *more = to[0] != from[0] || to[1] != from[1];
  if (!*more) return HC_OK;
  system->round++;
  for (int i = 0; i < 2 && status == HC_OK; i++) {
    if (to[i] == from[i]) continue;
    if (!system->scenario->fifo) status = execute_unchanged(system, i, to[i], line, error);
    else /* highest level first for longs, lowest for shorts; ties by account */
      while (system->cursor[i] < to[i] && status == HC_OK)
        status = execute_unchanged(system, i, system->cursor[i] + 1, line, error);
  }
  return status;
}

static hc_status round_changing(struct hc_system *system, double line, bool *more,
                                struct hc_error *error) {
  const double y = line + (system->drift.offset + system->drift.displacement);
  struct hc_lot longs, shorts;
  *more = false;
  if (!look(system, 0, y, &longs) || !look(system, 1, -y, &shorts)) return hc_system_no_memory(system, error);
  if (!finds(&longs) && !finds(&shorts)) return HC_OK;
  system->round++;
  const uint64_t before = system->acts;
  hc_status status = route(system, &longs, &shorts, line);
  if (status != HC_OK) return hc_system_no_memory(system, error);
  status = send_side(system, 0, &longs, line, error);
  if (status == HC_OK) status = send_side(system, 1, &shorts, line, error);
  *more = system->acts != before;
  if (!*more) system->round--; /* they all wait */
  return status;
}

hc_status hc_cascade(struct hc_system *system, double line, struct hc_error *error) {
  hc_status status = HC_OK;
  bool more = true;
  system->round = 0;
  if (system->crowd)
    while (more && status == HC_OK) status = round_changing(system, line, &more, error);
  else
    while (more && status == HC_OK) status = round_unchanged(system, line, &more, error);
  return status;
}

hc_status hc_cascade_round(struct hc_system *system, double line, bool *more, struct hc_error *error) {
  return system->crowd ? round_changing(system, line, more, error)
                       : round_unchanged(system, line, more, error);
}
