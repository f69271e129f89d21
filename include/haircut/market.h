/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Markets: parameters of price models, liquidity and margin. */
#ifndef HAIRCUT_MARKET_H
#define HAIRCUT_MARKET_H

#include "haircut/config.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct hc_registry hc_price_models; /* gbm, merton, kou, replay */
extern const struct hc_registry hc_impact_laws;  /* none, linear, power, ... */

/* Deterministic shock added to the log price: for t > at it is
 * ln(1 + move) * min(1, (t - at)/over), times
 * 1 - recovery*(1 - 2^(-(t - at - over)/recovery_half_life)) once t > at + over. */
#define HC_SHOCK_FIELDS(X)                                                                  \
  X(double, at, DURATION, "0s", "[0, inf)", "s", "Time after which the shock acts.", NULL)  \
  X(double, over, DURATION, "0s", "[0, inf)", "s",                                          \
    "Time the move takes, linear in the log price; 0s: all at once.", NULL)                 \
  X(double, move, FRACTION, "-40%", "(-1, 100]", "1", "Relative move of the price.", NULL)  \
  X(double, recovery, FRACTION, "0%", "[0, 10]", "1",                                        \
    "Share of the log move that is recovered in the end.", NULL)                            \
  X(double, recovery_half_life, DURATION, NULL, "(0, inf)", "s",                            \
    "Half-life of the recovery; needed where recovery is above 0.", NULL)
HC_DECLARE_STRUCT(hc_shock_config, HC_SHOCK_FIELDS);

#define HC_PRICE_FIELDS(X)                                                                  \
  X(struct hc_choice, model, VARIANT, "gbm", "", "1", "Price model.", &hc_price_models)     \
  X(double, initial, NUMBER, "100000", "(0, 1e12]", "USD", "Price at step 0.", NULL)        \
  X(struct hc_shock_config *, shock, OPTIONAL, NULL, "", "",                                \
    "A move that every path makes on top of the model.", &hc_shock_table)
HC_DECLARE_STRUCT(hc_price_config, HC_PRICE_FIELDS);

#define HC_LIQUIDITY_FIELDS(X)                                                              \
  X(struct hc_choice, impact, VARIANT, "square_root", "", "1",                              \
    "Transient price impact of outstanding forced volume.", &hc_impact_laws)                \
  X(double, depth, USD, "150M", "(0, 1e18]", "USD",                                         \
    "Market orders that move the price by 1 %; used by linear and power impact, by "        \
    "permanent impact and by the diagnosis.", NULL)                                         \
  X(double, daily_volume, USD, "30B", "(0, 1e18]", "USD", "Traded volume a day.", NULL)     \
  X(double, half_life, DURATION_OR_NONE, "none", "(0, inf]", "s",                           \
    "Time in which outstanding forced volume halves; none: it stays.", NULL)                \
  X(double, permanent, FRACTION, "0%", "[0, 10]", "1",                                      \
    "Permanent impact, as a share of the linear impact 1 %/depth.", NULL)                   \
  X(double, spread, FRACTION, "1bp", "[0, 1)", "1",                                         \
    "Bid-ask spread; a forced fill pays half of it.", NULL)
HC_DECLARE_STRUCT(hc_liquidity_config, HC_LIQUIDITY_FIELDS);

#define HC_TIER_FIELDS(X)                                                                   \
  X(double, up_to, USD, NULL, "(0, inf)", "USD",                                            \
    "Notional up to which the rate applies; on the last tier: a position limit.", NULL)     \
  X(double, rate, FRACTION, "1.25%", "[0, 1)", "1",                                         \
    "Maintenance margin on the notional in this tier.", NULL)
HC_DECLARE_STRUCT(hc_tier_config, HC_TIER_FIELDS);

#define HC_MARGIN_FIELDS(X)                                                                 \
  X(struct hc_list, maintenance, LIST, "[{up_to: 150M, rate: 1.25%}, {rate: 2.5%}]", "", "",\
    "Maintenance margin: a rate, or tiers with rising rates.", &hc_tier_table)              \
  X(double, pass_through, FRACTION, "100%", "[0, 1]", "1",                                  \
    "Share of the transient displacement of this market that the margin price sees; "       \
    "below 100 % where marks follow an index of several venues.", NULL)
HC_DECLARE_STRUCT(hc_margin_config, HC_MARGIN_FIELDS);

#define HC_MARKET_FIELDS(X)                                                                 \
  X(char *, name, TEXT, NULL, "", "", "Name of the market (its key).", NULL)                \
  X(struct hc_price_config, price, OBJECT, "{}", "", "", "Fundamental price.", &hc_price_table) \
  X(struct hc_liquidity_config, liquidity, OBJECT, "{}", "", "",                            \
    "Order-book liquidity and price impact.", &hc_liquidity_table)                          \
  X(struct hc_margin_config, margin, OBJECT, "{}", "", "", "Margin rules.", &hc_margin_table)
HC_DECLARE_STRUCT(hc_market_config, HC_MARKET_FIELDS);

extern const struct hc_table hc_shock_table, hc_price_table, hc_liquidity_table,
  hc_tier_table, hc_margin_table, hc_market_table;

/* Parameters of the price models. */
#define HC_GBM_FIELDS(X)                                                                    \
  X(double, volatility, FRACTION, "60%", "[0, 20]", "y^-0.5",                               \
    "Annual volatility of the Brownian part.", NULL)                                        \
  X(double, drift, FRACTION, "0%", "[-1000, 1000]", "1/y",                                      \
    "Annual drift: E[S(T)] = S(0) e^(drift T) without forced flow and shock.", NULL)
#define HC_JUMP_RATE_FIELD(X)                                                               \
  X(double, jump_rate, PER_YEAR, "20/y", "[0, 1e6]", "1/y", "Jumps a year (Poisson).", NULL)
#define HC_MERTON_FIELDS(X) HC_GBM_FIELDS(X) HC_JUMP_RATE_FIELD(X)                          \
  X(double, jump_mean, FRACTION, "-5%", "[-5, 5]", "1", "Mean of the log jump.", NULL)      \
  X(double, jump_volatility, FRACTION, "10%", "[0, 5]", "1",                                \
    "Standard deviation of the log jump.", NULL)
#define HC_KOU_FIELDS(X) HC_GBM_FIELDS(X) HC_JUMP_RATE_FIELD(X)                             \
  X(double, jump_up_probability, FRACTION, "40%", "[0, 1]", "1",                            \
    "Share of jumps that go up.", NULL)                                                     \
  X(double, jump_up_mean, FRACTION, "4%", "(0, 1)", "1", "Mean log size of an up jump.", NULL) \
  X(double, jump_down_mean, FRACTION, "6%", "(0, 10)", "1",                                 \
    "Mean log size of a down jump (a positive number).", NULL)
HC_DECLARE_STRUCT(hc_gbm_config, HC_GBM_FIELDS);
HC_DECLARE_STRUCT(hc_merton_config, HC_MERTON_FIELDS);
HC_DECLARE_STRUCT(hc_kou_config, HC_KOU_FIELDS);

enum hc_infill { HC_INFILL_NONE, HC_INFILL_BRIDGE };
enum hc_gaps { HC_GAPS_ERROR, HC_GAPS_HOLD, HC_GAPS_BRIDGE };
enum hc_starts { HC_STARTS_FIXED, HC_STARTS_RANDOM };
extern const struct hc_vocabulary hc_infill_words, hc_gaps_words, hc_starts_words;
#define HC_REPLAY_FIELDS(X)                                                                 \
  X(char *, file, FILE, NULL, "", "", "CSV of historical bars, oldest first.", NULL)        \
  X(char *, time_column, TEXT, NULL, "", "",                                                \
    "Name of the time column; unset: the first of time, timestamp, date, datetime, "        \
    "date_utc, unix_timestamp that is there.", NULL)                                        \
  X(char *, open_column, TEXT, "open", "", "", "Name of the open column.", NULL)            \
  X(char *, high_column, TEXT, "high", "", "", "Name of the high column.", NULL)            \
  X(char *, low_column, TEXT, "low", "", "", "Name of the low column.", NULL)               \
  X(char *, close_column, TEXT, "close", "", "", "Name of the close column.", NULL)         \
  X(char *, start, TEXT, NULL, "", "",                                                      \
    "Time of step 0 (YYYY-MM-DD HH:MM:SS, UTC); unset: the first bar.", NULL)               \
  X(int, starts, ENUM, "fixed", "", "1",                                                    \
    "Whether every path starts at `start` or at a bar drawn at random.", &hc_starts_words)  \
  X(int, infill, ENUM, "bridge", "", "1",                                                   \
    "How a bar longer than a step is filled.", &hc_infill_words)                            \
  X(int, gaps, ENUM, "error", "", "1", "What to do where bars are missing.", &hc_gaps_words) \
  X(bool, rescale, BOOL, "false", "", "1",                                                  \
    "Scale history so that step 0 is at price.initial; else history's own level is used.", NULL)
HC_DECLARE_STRUCT(hc_replay_config, HC_REPLAY_FIELDS);

/* Parameters of the impact laws. */
#define HC_POWER_FIELDS(X)                                                                  \
  X(double, exponent, NUMBER, "0.5", "(0, 1]", "1",                                         \
    "Impact grows as (volume/depth)^exponent.", NULL)
#define HC_SQUARE_ROOT_FIELDS(X)                                                            \
  X(double, Y, NUMBER, "1", "[0, 100]", "1", "Prefactor of the square-root law, about 1.", NULL) \
  X(double, daily_volatility, FRACTION, NULL, "(0, 10]", "1",                               \
    "Daily volatility of the law; unset: price.volatility/sqrt(365) without jumps.", NULL)
#define HC_LEVEL_FIELDS(X)                                                                  \
  X(double, bps, NUMBER, "10", "(0, 1e4]", "1e-4", "Distance from the mid in bps of log price.", NULL) \
  X(double, usd, USD, "10M", "(0, inf)", "USD", "Cumulative volume up to that distance.", NULL)
#define HC_BOOK_LAW_FIELDS(X)                                                               \
  X(struct hc_list, levels, LIST, NULL, "", "", "Depth table, both columns rising.", &hc_level_table)
HC_DECLARE_STRUCT(hc_power_config, HC_POWER_FIELDS);
HC_DECLARE_STRUCT(hc_square_root_config, HC_SQUARE_ROOT_FIELDS);
HC_DECLARE_STRUCT(hc_level_config, HC_LEVEL_FIELDS);
HC_DECLARE_STRUCT(hc_book_law_config, HC_BOOK_LAW_FIELDS);

#ifdef __cplusplus
}
#endif
#endif
