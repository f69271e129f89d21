/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/diagnosis.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli/capacity.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "haircut/path.h"
#include "haircut/random.h"
#include "scenario/scenario.h"

static const double moves[] = {0.05, 0.10, 0.20};
static const double shocks[] = {-0.01, -0.03, -0.10, 0.01, 0.03, 0.10};
enum { MOVES = sizeof moves / sizeof *moves, SHOCKS = sizeof shocks / sizeof *shocks };
enum { DOWN, UP };
static const double pilot_seconds = 0.3;
static const double long_horizon = 3 * 86400.0;

struct books { /* means over the books */
  double accounts, open_interest[2], triggered[MOVES][2];
  double redraws, dropped, scaled, refused, cut;
};

/* Whether a move takes the price to the position's level. */
static bool triggers(const struct hc_position *position, double price, int direction) {
  if (direction == DOWN) return position->side > 0 && position->level >= price;
  return position->side < 0 && position->level <= price;
}

static void add_book(struct books *books, const struct hc_book *book, double initial) {
  books->accounts += (double)book->count;
  books->redraws += (double)book->redraws;
  books->dropped += (double)book->dropped;
  books->scaled += (double)book->scaled;
  books->refused += (double)book->refused;
  books->cut += book->cut;
  for (size_t i = 0; i < book->count; i++) {
    const struct hc_position *position = &book->positions[i];
    const double notional = position->quantity * initial;
    books->open_interest[position->side > 0 ? DOWN : UP] += notional;
    for (size_t m = 0; m < MOVES; m++)
      for (int d = DOWN; d <= UP; d++)
        if (triggers(position, initial * (d ? 1 + moves[m] : 1 - moves[m]), d))
          books->triggered[m][d] += notional;
  }
}

static struct books look_at_books(const struct hc_scenario *scenario) {
  struct books books = {0};
  const size_t count = hc_scenario_books(scenario);
  for (size_t b = 0; b < count; b++)
    add_book(&books, hc_scenario_book(scenario, b), hc_scenario_market(scenario, 0)->initial);
  const double share = 1 / (double)count;
  books.accounts *= share;
  books.scaled *= share;
  books.refused *= share;
  books.cut *= share;
  for (int d = DOWN; d <= UP; d++) {
    books.open_interest[d] *= share;
    for (size_t m = 0; m < MOVES; m++) books.triggered[m][d] *= share;
  }
  return books;
}

static void tell_books(const struct hc_cli_input *input, const struct books *books,
                       struct hc_text *text) {
  const struct hc_scenario *scenario = input->scenario;
  const double depth = HC_ITEMS(input->values->markets, struct hc_market_config)[0].liquidity.depth;
  hc_text_printf(text, "# steps             %s of %s\n",
                 hc_cli_count((uint64_t)hc_scenario_steps(scenario)).text,
                 hc_cli_duration(input->values->simulation.step).text);
  hc_text_printf(text, "# books             %zu of %s positions", hc_scenario_books(scenario),
                 hc_cli_count((uint64_t)books->accounts).text);
  if (books->redraws > 0)
    hc_text_printf(text, "; %.3g %% of draws redrawn, as liquidatable at the start",
                   100 * books->redraws /
                     (books->redraws + books->accounts * (double)hc_scenario_books(scenario)));
  if (books->dropped > 0) hc_text_printf(text, "; %.0f rows dropped", books->dropped);
  hc_text_puts(text, "\n");
  if (books->cut > 0)
    hc_text_printf(text, "# guards            %s positions made smaller, %s kept out: %s less\n",
                   hc_cli_count((uint64_t)(books->scaled + 0.5)).text,
                   hc_cli_count((uint64_t)(books->refused + 0.5)).text, hc_cli_usd(books->cut).text);
  hc_text_printf(text, "# open interest     longs %s, shorts %s; %.3g times the depth (%s)\n",
                 hc_cli_usd(books->open_interest[DOWN]).text,
                 hc_cli_usd(books->open_interest[UP]).text, books->open_interest[DOWN] / depth,
                 hc_cli_usd(depth).text);
  for (size_t m = 0; m < MOVES; m++)
    hc_text_printf(text, "# within %2.0f %%       triggers of longs %s (%s), of shorts %s (%s)\n",
                   100 * moves[m], hc_cli_usd(books->triggered[m][DOWN]).text,
                   hc_cli_percent(books->triggered[m][DOWN] / books->open_interest[DOWN]).text,
                   hc_cli_usd(books->triggered[m][UP]).text,
                   hc_cli_percent(books->triggered[m][UP] / books->open_interest[UP]).text);
}

/* Branching ratio n, measured: an instant move triggers `direct` by itself, and the cascade in
 * the end sells `total`; a branching process sells total = direct/(1 - n), so n = 1 - direct/total.
 * Positive feedback is n > 0; towards 1 a cascade feeds itself. Mean over the books of the sums. */
static hc_status branching(const struct hc_scenario *scenario, struct hc_workspace *workspace,
                           double move, double *n, struct hc_error *error) {
  const double initial = hc_scenario_market(scenario, 0)->initial, price = initial * (1 + move);
  double direct = 0, total = 0;
  for (size_t b = 0; b < hc_scenario_books(scenario); b++) {
    struct hc_outcome outcome;
    const struct hc_book *book = hc_scenario_book(scenario, b);
    const hc_status status = hc_path_instant(workspace, b, hc_log(1 + move), &outcome, NULL, error);
    if (status != HC_OK) return status;
    for (size_t i = 0; i < book->count; i++)
      if (triggers(&book->positions[i], price, move > 0))
        direct += book->positions[i].quantity * price;
    total += outcome.liquidated_notional;
  }
  *n = total > 0 ? fmax(0, 1 - direct / total) : NAN;
  return HC_OK;
}

static hc_status tell_branching(const struct hc_scenario *scenario, struct hc_workspace *workspace,
                                struct hc_text *text) {
  hc_text_puts(text, "# branching ratio   ");
  for (size_t i = 0; i < SHOCKS; i++) {
    struct hc_error error = {0};
    const double move = shocks[i];
    double n = NAN;
    const hc_status status = branching(scenario, workspace, move, &n, &error);
    hc_text_printf(text, "%s", i == 0 ? "" : ", ");
    if (status == HC_OK)
      hc_text_printf(text, "%s at %+.0f %%",
                     isnan(n) ? "none" : hc_cli_plain(round(n * 1e3) / 1e3).text, 100 * move);
    else if (status == HC_MODEL)
      hc_text_printf(text, "runaway at %+.0f %%", 100 * move);
    else
      return hc_cli_complain_error(status, &error);
  }
  hc_text_puts(text, "\n#                   (of what an instant move liquidates, the share that\n"
                     "#                   only the impact of liquidations triggers; near 1 a\n"
                     "#                   cascade feeds itself)\n");
  return HC_OK;
}

static void tell_impact(const struct hc_scenario *scenario, const struct books *books,
                        struct hc_text *text) {
  const struct hc_impact *impact = &scenario->impact;
  const double tenth = 0.1 * books->open_interest[DOWN];
  const double orders[] = {1e6, 1e7, 1e8, tenth};
  hc_text_puts(text, "# price impact      ");
  for (size_t i = 0; i < 4; i++) {
    const double logs = hc_impact(impact, orders[i]) + impact->permanent * orders[i];
    hc_text_printf(text, "%s%s %s", i ? ", " : "sell ", hc_cli_usd(orders[i]).text,
                   hc_cli_percent(expm1(-logs)).text);
  }
  hc_text_puts(text, " (the last: 10 % of open interest)\n");
}

static void tell_walk(const struct hc_scenario *scenario, const struct hc_cli_input *input,
                      struct hc_text *text) {
  const struct hc_market_config *market = HC_ITEMS(input->values->markets, struct hc_market_config);
  if (scenario->price.model->walk)
    hc_text_printf(text, "# walks the grid    yes: markets.%s.price.model %s needs every step\n",
                   market->name, hc_price_models.variants[market->price.model.index]->name);
  else
    hc_text_puts(text, "# walks the grid    no: only where something can happen is looked at\n");
}

/* Paths for some tenths of a second, on one thread. */
static hc_status pilot(const struct hc_scenario *scenario, struct hc_workspace *workspace,
                       uint64_t paths, double *seconds_a_path, struct hc_error *error) {
  const double began = hc_cli_now();
  struct hc_outcome *outcomes = calloc(HC_GRANULE, sizeof *outcomes);
  hc_status status = outcomes ? HC_OK : HC_NO_MEMORY;
  uint64_t done = 0;
  double elapsed = 0;
  for (size_t count = 1; status == HC_OK && elapsed < pilot_seconds && done < paths;) {
    if (count > paths - done) count = (size_t)(paths - done);
    status = hc_path_run_many(workspace, done, count, outcomes, NULL, error);
    done += count;
    elapsed = hc_cli_now() - began;
    if (count < HC_GRANULE) count *= 2;
  }
  free(outcomes);
  (void)scenario;
  *seconds_a_path = elapsed / (double)done;
  return status;
}

static hc_status tell_cost(const struct hc_cli_input *input, struct hc_workspace *workspace,
                           int threads, struct hc_text *text) {
  struct hc_error error = {0};
  const uint64_t paths = (uint64_t)input->values->simulation.paths;
  double seconds;
  const hc_status status = pilot(input->scenario, workspace, paths, &seconds, &error);
  if (status != HC_OK && status != HC_MODEL) return hc_cli_complain_error(status, &error);
  if (status == HC_MODEL)
    hc_text_printf(text, "# expected time     the run will fail: %s\n", error.message);
  else
    hc_text_printf(text, "# expected time     %s for %s paths on %d threads (%s a path on one)\n",
                   hc_cli_duration(seconds * (double)paths / threads).text,
                   hc_cli_count(paths).text, threads, hc_cli_duration(seconds).text);
  hc_text_printf(text, "# memory and disk   at most %s (%s available) and %s (%s available here)\n",
                 hc_cli_bytes(hc_cli_memory_needed(input->values, threads)).text,
                 hc_cli_bytes(hc_cli_memory_available()).text,
                 hc_cli_bytes(hc_cli_disk_needed(input->values)).text,
                 hc_cli_bytes(hc_cli_disk_available(".")).text);
  return HC_OK;
}

hc_status hc_cli_diagnose_scenario(const struct hc_cli_input *input, int threads,
                                   struct hc_text *text) {
  struct hc_error error = {0};
  struct hc_workspace *workspace = NULL;
  const struct books books = look_at_books(input->scenario);
  hc_text_puts(text, "#\n# diagnosis\n");
  tell_books(input, &books, text);
  hc_status status = hc_workspace_create(input->scenario, &workspace, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  status = tell_branching(input->scenario, workspace, text);
  tell_impact(input->scenario, &books, text);
  tell_walk(input->scenario, input, text);
  if (status == HC_OK) status = tell_cost(input, workspace, threads, text);
  if (input->values->simulation.horizon > long_horizon)
    hc_text_puts(text, "# warning: the horizon is beyond 3 days; a book without turnover is a\n"
                       "#          statement about hours to days\n");
  hc_workspace_free(workspace);
  return status;
}
