/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "path/system.h"

#include <math.h>
#include <stdlib.h>

#include "path/cascade.h"
#include "path/deleverage.h"
#include "path/halt.h"
#include "path/ledger.h"
#include "haircut/random.h"

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

hc_status hc_system_no_memory(const struct hc_system *system, struct hc_error *error) {
  return hc_fail(error, HC_NO_MEMORY, "path %llu: no memory for its accounts",
                 (unsigned long long)system->path);
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

/* Whether nothing is looked at for now. */
static inline bool pauses(const struct hc_system *system) {
  return system->state->paused_until != INT64_MAX;
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

hc_status hc_system_arrive(struct hc_system *system, int64_t step, double line,
                           double displacement_now, struct hc_error *error) {
  const double margin = line + (system->drift.offset + system->pass_through * displacement_now);
  if (system->scenario->waterfall.flees) hc_system_pass_time(system, step - 1);
  hc_cascade_fetch(system, hc_side_key(&system->book->side[0], system->cursor[0]) >= margin ? 0 : 1,
                   margin);
  /* Bring the closed form of the state up to this step. */
  system->visit = (struct hc_visit){system->drift, system->displacement, line, false};
  const double elapsed = (double)(step - system->drift.origin) * system->scenario->grid.step;
  if (system->drift.volume != 0.0 && !isinf(system->impact->half_life))
    system->drift.volume *= hc_exp2(-elapsed / system->impact->half_life);
  system->displacement = displacement_now;
  system->drift.displacement = system->pass_through * displacement_now;
  system->drift.origin = step;
  system->step = step;
  if (step >= system->state->paused_until) system->state->paused_until = INT64_MAX;
  if (system->crowd && !pauses(system) && system->crowd->wait_next <= step &&
      hc_path_crowd_wake(system->crowd, step) != HC_OK)
    return hc_system_no_memory(system, error);
  earn(system);
  system->step_bad_debt[0] = system->step_bad_debt[1] = 0.0;
  system->step_log_mark = line + (system->drift.offset + system->displacement);
  system->mark = hc_exp(system->step_log_mark);
  system->round = 0;
  return hc_cascade_unwind(system, line, &system->visit.unwound, error);
}

hc_status hc_system_round(struct hc_system *system, bool *more, struct hc_error *error) {
  *more = false;
  return pauses(system) ? HC_OK : hc_cascade_round(system, system->visit.line, more, error);
}

/* What a step at which something was ordered or found leaves. */
static hc_status close_step(struct hc_system *system, struct hc_error *error) {
  const double line = system->visit.line;
  system->events++;
  system->rounds += (uint64_t)system->round;
  if (system->round > system->rounds_max) system->rounds_max = system->round;
  if (!system->crowd) return settle(system, line, error);
  int64_t bankrupt;
  hc_status status = hc_path_crowd_judge(system->crowd, system->mark, system->held, &bankrupt);
  if (status != HC_OK) return hc_system_no_memory(system, error);
  system->liquidations += bankrupt;
  status = settle(system, line, error);
  system->held[0] = system->held[1] = (struct hc_record){0};
  return status;
}

hc_status hc_system_leave(struct hc_system *system, struct hc_error *error) {
  const struct hc_visit *visit = &system->visit;
  hc_status status = HC_OK;
  if (system->round > 0 || visit->unwound) {
    status = close_step(system, error);
  } else { /* rounding at the edge of the box, or something that is due */
    if (system->step >= system->due) status = settle(system, visit->line, error);
    system->drift = visit->drift;
    system->displacement = visit->displacement;
  }
  if (status == HC_OK && system->scenario->deleverage.on) {
    status = hc_path_deleverage(system);
    if (status != HC_OK) return hc_system_no_memory(system, error);
  }
  /* What leavers of a pool take goes with the mark, so they leave while it is known. */
  const struct hc_waterfall *w = &system->scenario->waterfall;
  if (status == HC_OK && w->flees && w->pooled > 0.0) hc_system_pass_time(system, system->step);
  return status;
}

hc_status hc_system_touch(struct hc_system *system, int64_t step, double line,
                          double displacement_now, struct hc_error *error) {
  hc_status status = hc_system_arrive(system, step, line, displacement_now, error);
  if (status == HC_OK && !pauses(system)) status = hc_cascade(system, line, error);
  return status == HC_OK ? hc_system_leave(system, error) : status;
}
