/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/waterfall.md, Halts and pauses. */
#include "path/halt.h"

#include <math.h>

#include "path/blame.h"
#include "path/ledger.h"

#define TOLERANCE 1e-12 /* of the notional: equity below is 0 */

/* What closing gives, USD: to those above 0, and what those below lack. */
struct closed {
  double claims, deficit, notional;
};

static double equity_of(const struct hc_trader *t, double mark) {
  const double equity = t->collateral + t->sign * t->quantity * (mark - t->entry);
  return fabs(equity) <= TOLERANCE * t->quantity * mark ? 0.0 : equity;
}

/* The rest of the market takes signed units at the mark. */
static void to_rest(struct hc_system *system, double quantity) {
  system->rest_quantity += quantity;
  system->rest_cash -= quantity * system->mark;
}

static hc_status close_accounts(struct hc_system *system, size_t count, const struct hc_trader *traders,
                                struct closed *closed) {
  const struct hc_crowd *crowd = &system->crowd->base;
  for (size_t i = 0; i < count; i++) {
    const struct hc_trader *t = &traders[i];
    const double equity = equity_of(t, system->mark);
    const hc_status status =
      crowd->ops->trade(&system->crowd->base, t->account, -t->quantity, system->mark);
    if (status != HC_OK) return status;
    to_rest(system, t->sign * t->quantity);
    closed->notional += t->quantity * system->mark;
    if (equity > 0.0) closed->claims += equity;
    if (!(equity < 0.0)) continue;
    closed->deficit -= equity;
    if (system->blame) hc_blame_account(system, t->account, -equity);
    system->trader -= equity;
  }
  return HC_OK;
}

/* What the venue holds or was about to sell; its gains are the fund's. */
static void close_venue(struct hc_system *system, struct hc_settlement *s, struct closed *closed) {
  for (int side = 0; side < 2; side++) {
    struct hc_venue *venue = &system->crowd->side[side].venue;
    const double sign = side == 0 ? 1.0 : -1.0;
    const double result = hc_venue_result(venue, side, system->mark);
    to_rest(system, sign * (venue->quantity + s->record[side].quantity + s->released[side]));
    closed->notional += venue->quantity * system->mark;
    *venue = (struct hc_venue){0};
    s->released[side] = s->record[side].quantity = 0.0;
    if (result < 0.0) {
      closed->deficit -= result;
      if (system->blame) hc_blame_venue(system, -result);
    }
    if (!(result > 0.0)) continue;
    system->inflow += result;
    system->pots.fund[0] += result;
    system->state->pnl += result;
  }
}

/* Stocks keep the worth that they have at the mark. */
static void close_stocks(struct hc_system *system) {
  for (int i = 0; i < HC_STOCKS; i++) {
    struct hc_inventory *stock = &system->pots.stock[i];
    to_rest(system, stock->quantity);
    stock->cost -= stock->quantity * system->mark;
    stock->quantity = 0.0;
    system->state->unwind[i].next = INT64_MAX;
  }
}

static void stop(struct hc_system *system) {
  struct hc_waterfall_state *state = system->state;
  for (size_t i = 0; i < system->scenario->waterfall.classes; i++) state->leave_next[i] = INT64_MAX;
  state->session_next = state->paused_until = INT64_MAX;
  hc_path_crowd_forget(system->crowd);
  system->halt_step = system->step;
}

static hc_status cut_accounts(struct hc_system *system, struct hc_settlement *s, size_t count,
                              const struct hc_trader *traders, double share) {
  const int layer = (int)s->waterfall->halt;
  for (size_t i = 0; share > 0.0 && i < count; i++) {
    const double amount = share * fmax(0.0, equity_of(&traders[i], system->mark));
    if (!(amount > 0.0)) continue;
    if (hc_path_crowd_bear(system->crowd, traders[i].account, amount) != HC_OK) return HC_NO_MEMORY;
    if (s->log)
      s->log->add(s->log, &(struct hc_log_entry){.kind = HC_LOG_CASH, .layer = layer, .amount = amount,
                                                 .account = traders[i].account});
  }
  return HC_OK;
}

hc_status hc_system_halt(struct hc_system *system, struct hc_settlement *s) {
  struct closed closed = {0};
  const struct hc_trader *traders;
  size_t count;
  hc_status status = system->crowd->base.ops->gather(&system->crowd->base, 0, &count, &traders);
  if (status == HC_OK) status = close_accounts(system, count, traders, &closed);
  if (status != HC_OK) return status;
  close_venue(system, s, &closed);
  close_stocks(system);
  stop(system);
  system->bad_debt += closed.deficit;
  if (system->ledger) {
    struct hc_ledger_row *row = hc_ledger_add(system, HC_EVENT_HALT);
    row->layer = (int64_t)s->waterfall->halt;
    row->positions = (int64_t)count;
    row->notional = closed.notional;
    row->bad_debt = closed.deficit;
    row->mark_before = row->mark_after = system->mark;
  }
  status = hc_waterfall_final(s, closed.deficit);
  if (status != HC_OK) return status;
  return cut_accounts(system, s, count, traders, hc_waterfall_haircut(s, closed.claims));
}
