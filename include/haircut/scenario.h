/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A scenario: the whole configuration, compiled into the immutable thing paths read. */
#ifndef HAIRCUT_SCENARIO_H
#define HAIRCUT_SCENARIO_H

#include "haircut/book.h"
#include "haircut/config.h"
#include "haircut/market.h"
#include "haircut/waterfall.h"

#ifdef __cplusplus
extern "C" {
#endif

enum hc_margin_to { HC_MARGIN_TO_TRADER, HC_MARGIN_TO_FUND };
enum hc_order_flow { HC_FLOW_BATCH, HC_FLOW_FIFO };
enum hc_meanwhile { HC_MEANWHILE_WAIT, HC_MEANWHILE_WHOLE };
enum hc_fund_beyond { HC_BEYOND_TREASURY, HC_BEYOND_LPS };
enum hc_samples { HC_SAMPLES_ALL, HC_SAMPLES_NONE };
enum hc_design { HC_DESIGN_GRID, HC_DESIGN_ZIP, HC_DESIGN_LHS, HC_DESIGN_SOBOL };
extern const struct hc_vocabulary hc_margin_to_words, hc_order_flow_words, hc_samples_words,
  hc_meanwhile_words, hc_fund_beyond_words, hc_design_words;

#define HC_PRECISION_FIELDS(X)                                                              \
  X(char *, metric, TEXT, "es_99_lp_loss", "", "",                                          \
    "An estimate of the summary, e.g. mean_bad_debt or p_socialisation; es99, var99 and mean stand for " \
    "those of LP loss.", NULL)                                                                    \
  X(double, relative, FRACTION, NULL, "(0, 1]", "1",                                        \
    "Standard error asked for, as a share of the estimate.", NULL)
#define HC_SIMULATION_FIELDS(X)                                                             \
  X(int64_t, paths, COUNT, "100000", "[1, 1e12]", "1", "Number of paths.", NULL)            \
  X(double, horizon, DURATION, "1d", "(0, inf)", "s", "Length of a path.", NULL)            \
  X(double, step, DURATION, "1s", "(0, inf)", "s",                                          \
    "Spacing of the grid on which positions are checked; horizon/step must be whole.", NULL) \
  X(int64_t, seed, COUNT, "20251010", "[0, 9223372036854775807]", "1",                      \
    "Seed; one seed and one horizon see the same market.", NULL)                            \
  X(struct hc_precision_config *, precision, OPTIONAL, NULL, "", "",                        \
    "Instead of a number of paths: `haircut run` goes on until an estimate is known so well.", \
    &hc_precision_table)                                                                    \
  X(int64_t, max_paths, COUNT, "10M", "[10240, 1e12]", "1",                                 \
    "With precision: paths at which it stops in any case.", NULL)
#define HC_PARTIAL_FIELDS(X)                                                                \
  X(double, share, FRACTION, "100%", "[0.01, 1]", "1",                                      \
    "Share of the units of a large position that an order closes; 100%: positions are "     \
    "closed whole.", NULL)                                                                  \
  X(double, above, USD, "0", "[0, 1e18]", "USD",                                            \
    "Positions of a notional (at the mark) up to this are closed whole.", NULL)             \
  X(double, most, USD, NULL, "[1, 1e18]", "USD",                                            \
    "Most of a large position, at the mark, that an order closes; without it there is no limit.", NULL) \
  X(double, cooldown, DURATION, "0s", "[0, inf)", "s",                                      \
    "How long a position that was closed in part is not looked at, or closed whole (see "  \
    "meanwhile); 0s: it is again in the next round of the step.", NULL)                     \
  X(int, meanwhile, ENUM, "wait", "", "1",                                                  \
    "What happens to a position during its cooldown.", &hc_meanwhile_words)
#define HC_CAPACITY_FIELDS(X)                                                               \
  X(double, notional, USD, NULL, "(0, 1e18]", "USD", "Most of it in each window of time.", NULL) \
  X(double, per, DURATION, NULL, "(0, inf)", "s",                                           \
    "Length of the windows, which are counted from the start.", NULL)
#define HC_LOSS_LIMIT_FIELDS(X)                                                             \
  X(double, loss, USD, NULL, "(0, 1e18]", "USD",                                            \
    "Bad debt that orders of a window may leave before the rest waits.", NULL)              \
  X(double, per, DURATION, NULL, "(0, inf)", "s",                                           \
    "Length of the windows, which are counted from the start.", NULL)
#define HC_BACKSTOP_FIELDS(X)                                                               \
  X(char *, who, TEXT, NULL, "", "",                                                        \
    "Who takes positions over before they are bankrupt: liquidity_providers, one of their " \
    "classes, or any other name: an outside taker. Without it there is no backstop.", NULL) \
  X(double, at, FRACTION, "100%", "(0, 1]", "1",                                            \
    "Share of the maintenance margin: a position whose equity is lower is offered.", NULL)  \
  X(char *, price, TEXT, "bankruptcy", "", "",                                              \
    "At what price, never worse for the position than its bankruptcy price: bankruptcy, mark, " \
    "oracle or blend(w).", NULL)                                                            \
  X(char *, hold, TEXT, "", "", "",                                                         \
    "Most the taker holds, at the mark: USD, or a share of lp or of a fund at the start.", NULL) \
  X(struct hc_capacity_config, capacity, OBJECT, "{}", "", "",                              \
    "Most the taker takes over in a window of time.", &hc_capacity_table)                   \
  X(char *, stop, TEXT, "", "", "",                                                         \
    "Loss at which the taker takes over nothing more: USD, or a share of lp or of a fund at the " \
    "start.", NULL)                                                                         \
  X(int, remaining, ENUM, "trader", "", "1", "Who keeps what that price leaves of the collateral.", \
    &hc_margin_to_words)                                                                    \
  X(double, unwind, FRACTION, NULL, "(0, 1]", "1", "Share of the stock that each order works off.", \
    NULL)                                                                                   \
  X(double, every, DURATION, NULL, "(0, inf)", "s", "Time between these orders.", NULL)
#define HC_LIQUIDATION_FIELDS(X)                                                            \
  X(double, fee, FRACTION, "50bp", "[0, 1)", "1",                                           \
    "Liquidation fee on the notional at the fill, at most the equity left.", NULL)          \
  X(double, fee_to_fund, FRACTION, "100%", "[0, 1]", "1", "Share of the fee to the fund.", NULL) \
  X(double, fee_to_lps, FRACTION, "0%", "[0, 1]", "1",                                      \
    "Share of the fee to the profits of liquidity providers, by deposits at start; the "    \
    "rest of the fee is the liquidator's.", NULL)                                           \
  X(int, remaining_margin, ENUM, "trader", "", "1",                                         \
    "Who keeps what is left of the collateral.", &hc_margin_to_words)                       \
  X(int, order_flow, ENUM, "batch", "", "1", "How a round of triggered positions is sold.", \
    &hc_order_flow_words)                                                                   \
  X(struct hc_partial_config, partial, OBJECT, "{}", "", "",                                \
    "Large positions are closed a part at a time.", &hc_partial_table)                      \
  X(double, delay, DURATION, "0s", "[0, inf)", "s",                                         \
    "From the step in which a position is triggered to its order, which comes only if it still " \
    "is.", NULL)                                                                            \
  X(struct hc_capacity_config, capacity, OBJECT, "{}", "", "",                              \
    "Most that orders of a window sell and buy; the rest waits for the next.", &hc_capacity_table) \
  X(struct hc_loss_limit_config, loss_limit, OBJECT, "{}", "", "",                          \
    "Most bad debt that orders of a window leave; the rest waits for the next.",            \
    &hc_loss_limit_table)                                                                   \
  X(struct hc_backstop_config, backstop, OBJECT, "{}", "", "",                              \
    "Somebody takes positions over before they are bankrupt.", &hc_backstop_table)
#define HC_FUND_FIELDS(X)                                                                   \
  X(double, initial, USD, "20M", "[0, 1e18]", "USD", "Insurance fund at start.", NULL) \
  X(double, in_asset, FRACTION, "0%", "[0, 1]", "1",                                        \
    "Share of it, at start, that is held in the market's asset and worth its mark.", NULL)  \
  X(double, target, USD, NULL, "(0, 1e18]", "USD",                                          \
    "Inflow fills the fund up to this; without it there is no limit.", NULL)                 \
  X(int, beyond, ENUM, "treasury", "", "1", "Where inflow beyond the target goes.", &hc_fund_beyond_words)
#define HC_TIMELINE_FIELDS(X)                                                               \
  X(int64_t, points, COUNT, "96", "[0, 10000]", "1", "Points in time of the quantile bands.", NULL) \
  X(int64_t, paths, COUNT, "10000", "[0, 1e6]", "1", "First paths the bands are made of.", NULL)
#define HC_OUTPUT_FIELDS(X)                                                                 \
  X(int, samples, ENUM, "all", "", "1", "Which path outcomes are kept.", &hc_samples_words) \
  X(int64_t, traces, COUNT, "10", "[0, 1000]", "1",                                         \
    "Paths with the greatest LP loss (bad debt breaks ties) whose ledger is kept.", NULL)   \
  X(bool, counterfactual, BOOL, "true", "", "1",                                            \
    "Also run each path without price impact, to tell gap from cascade.", NULL)             \
  X(bool, attribution, BOOL, "true", "", "1",                                               \
    "Also say who left the bad debt: by side, leverage and size, and the 20 accounts that " \
    "add most to its ES 99.", NULL)                                                         \
  X(struct hc_timeline_config, timeline, OBJECT, "{}", "", "", "Quantile bands over time.", \
    &hc_timeline_table)
#define HC_AXIS_FIELDS(X)                                                                   \
  X(char *, key, TEXT, NULL, "", "",                                                        \
    "The parameter, by its path, e.g. insurance_fund.initial; or scenario; or venue, for the presets that " \
    "`haircut venues` lists.", NULL)                                                        \
  X(char *, values, TEXT, NULL, "", "",                                                     \
    "Its values, with commas between; or LO:HI:N for N of them at equal distances, LO:HI:N:log for " \
    "equal ratios; with design lhs and sobol LO:HI or LO:HI:log.", NULL)                    \
  X(char *, name, TEXT, "", "", "",                                                         \
    "What the axis is called in the file; without it the last two parts of the key.", NULL)
#define HC_SWEEP_FIELDS(X)                                                                  \
  X(int, design, ENUM, "grid", "", "1", "Which points of the axes' space are simulated.",   \
    &hc_design_words)                                                                       \
  X(int64_t, points, COUNT, NULL, "[1, 1e8]", "1", "Number of points, for design lhs and sobol.", NULL) \
  X(int64_t, seed, COUNT, "1", "[0, 9223372036854775807]", "1",                             \
    "Seed of the points of design lhs and sobol; that of the paths is simulation.seed.", NULL) \
  X(char *, points_file, FILE, NULL, "", "",                                                \
    "CSV of points, in place of axes: a row a point, a column a key.", NULL)                \
  X(bool, samples, BOOL, "false", "", "1",                                                  \
    "Also keep what LPs, funds and others paid on every path of every point.", NULL)       \
  X(bool, counterfactual, BOOL, "false", "", "1",                                           \
    "Also run each path without price impact (output.counterfactual, which a sweep does not follow).", NULL) \
  X(struct hc_list, axes, LIST, "[]", "", "", "Parameters that vary.", &hc_axis_table)
#define HC_ROOT_FIELDS(X)                                                                   \
  X(char *, name, TEXT, "haircut", "", "", "Name of the run.", NULL)                        \
  X(char *, scenario, TEXT, "", "", "", "Which of `scenarios` is laid over the rest.", NULL) \
  X(struct hc_simulation_config, simulation, OBJECT, "{}", "", "", "Grid and sample size.", \
    &hc_simulation_table)                                                                   \
  X(struct hc_list, markets, MAP, "{BTC: {}}", "", "", "Markets by name.", &hc_market_table) \
  X(struct hc_book_config, book, OBJECT, "{}", "", "", "Positions.", &hc_book_table)        \
  X(struct hc_liquidation_config, liquidation, OBJECT, "{}", "", "", "Liquidation rules.",  \
    &hc_liquidation_table)                                                                  \
  X(struct hc_fund_config, insurance_fund, OBJECT, "{}", "", "", "Insurance fund.", &hc_fund_table) \
  X(struct hc_pause_config, pause, OBJECT, "{}", "", "", "Circuit breaker.", &hc_pause_table) \
  X(struct hc_guards_config, guards, OBJECT, "{}", "", "", "Limits on positions.", &hc_guards_table) \
  X(struct hc_fees_config, fees, OBJECT, "{}", "", "", "Income from trading.", &hc_fees_table) \
  X(struct hc_list, liquidity_providers, LIST, "[{name: lp}]", "", "",                      \
    "Classes of liquidity providers.", &hc_lp_table)                                        \
  X(struct hc_list, funds, MAP, "{}", "", "", "Funds besides the insurance fund, by name.", \
    &hc_pot_table)                                                                          \
  X(struct hc_list, switches, MAP, "{}", "", "", "Conditions that layers share, by name.",  \
    &hc_switch_table)                                                                       \
  X(struct hc_list, groups, MAP, "{}", "", "", "Groups of layers that share one demand, by name.", \
    &hc_group_table)                                                                        \
  X(struct hc_list, waterfall, LIST,                                                        \
    "[{verb: fund, who: insurance}, "                                                       \
    "{verb: assess, who: liquidity_providers, base: profit, allocation: pro_rata}, "        \
    "{verb: assess, who: liquidity_providers, base: deposit, allocation: pro_rata}]", "", "", \
    "Layers that pay bad debt, in order; what is left is uncovered.", &hc_layer_table)      \
  X(struct hc_output_config, output, OBJECT, "{}", "", "", "What is kept.", &hc_output_table) \
  X(struct hc_sweep_config, sweep, OBJECT, "{}", "", "",                                    \
    "What `haircut sweep` varies; other commands do not look at it.", &hc_sweep_table)

HC_DECLARE_STRUCT(hc_precision_config, HC_PRECISION_FIELDS);
HC_DECLARE_STRUCT(hc_simulation_config, HC_SIMULATION_FIELDS);
HC_DECLARE_STRUCT(hc_partial_config, HC_PARTIAL_FIELDS);
HC_DECLARE_STRUCT(hc_capacity_config, HC_CAPACITY_FIELDS);
HC_DECLARE_STRUCT(hc_loss_limit_config, HC_LOSS_LIMIT_FIELDS);
HC_DECLARE_STRUCT(hc_backstop_config, HC_BACKSTOP_FIELDS);
HC_DECLARE_STRUCT(hc_liquidation_config, HC_LIQUIDATION_FIELDS);
HC_DECLARE_STRUCT(hc_fund_config, HC_FUND_FIELDS);
HC_DECLARE_STRUCT(hc_timeline_config, HC_TIMELINE_FIELDS);
HC_DECLARE_STRUCT(hc_output_config, HC_OUTPUT_FIELDS);
HC_DECLARE_STRUCT(hc_axis_config, HC_AXIS_FIELDS);
HC_DECLARE_STRUCT(hc_sweep_config, HC_SWEEP_FIELDS);
HC_DECLARE_STRUCT(hc_root_config, HC_ROOT_FIELDS);
extern const struct hc_table hc_precision_table, hc_simulation_table, hc_partial_table, hc_capacity_table,
  hc_loss_limit_table, hc_backstop_table, hc_liquidation_table, hc_fund_table,
  hc_timeline_table, hc_output_table, hc_axis_table, hc_sweep_table, hc_root_table;

/* ---- the compiled scenario ------------------------------------------------------ */

struct hc_scenario; /* immutable; shared by all threads */

/** Cross-field checks, books drawn or read, indices sorted. Keeps a reference to `config`,
 *  which must outlive it. Errors of the input (with places) go to `diagnostics`. */
HC_API hc_status hc_scenario_create(const struct hc_config *config, struct hc_scenario **scenario,
                                    struct hc_diagnostics *diagnostics,
                                    struct hc_error *error) HC_CHECKED;
/** Keeps the books of the latest `most` kinds of scenario, for hc_scenario_create_with: scenarios that differ
 *  in nothing that books depend on share them. May be used by several threads at once. */
struct hc_book_cache;
HC_API hc_status hc_book_cache_create(size_t most, struct hc_book_cache **cache) HC_CHECKED;
HC_API void hc_book_cache_free(struct hc_book_cache *cache); /* scenarios may outlive it */
/** As hc_scenario_create, with books out of the cache (NULL: none) where it has them. */
HC_API hc_status hc_scenario_create_with(const struct hc_config *config, struct hc_book_cache *cache,
                                         struct hc_scenario **scenario,
                                         struct hc_diagnostics *diagnostics,
                                         struct hc_error *error) HC_CHECKED;
HC_API void hc_scenario_free(struct hc_scenario *scenario);

HC_API const struct hc_config *hc_scenario_config(const struct hc_scenario *scenario);
HC_API const struct hc_root_config *hc_scenario_values(const struct hc_scenario *scenario);
/** Most paths that a run of it can have: simulation.paths, or with simulation.precision max_paths. */
HC_API uint64_t hc_scenario_most_paths(const struct hc_scenario *scenario);
HC_API int64_t hc_scenario_steps(const struct hc_scenario *scenario);
HC_API size_t hc_scenario_books(const struct hc_scenario *scenario);
HC_API const struct hc_book *hc_scenario_book(const struct hc_scenario *scenario, size_t book);
HC_API const struct hc_book_market *hc_scenario_market(const struct hc_scenario *scenario,
                                                       size_t market);
HC_API size_t hc_scenario_classes(const struct hc_scenario *scenario);
HC_API const char *hc_scenario_class_name(const struct hc_scenario *scenario, size_t index);
/** Sum of deposits and of deposits plus positive profits at start, USD. */
HC_API double hc_scenario_deposits(const struct hc_scenario *scenario);
HC_API double hc_scenario_lp_equity(const struct hc_scenario *scenario);
/** Whether fund_required and the reflection identity apply (the fund is the first layer). */
HC_API int hc_scenario_reflects(const struct hc_scenario *scenario);
/** SHA-256 of all that decides outcomes (not paths, name or output), hex. */
HC_API void hc_scenario_digest(const struct hc_scenario *scenario, char hex[65]);

#ifdef __cplusplus
}
#endif
#endif
