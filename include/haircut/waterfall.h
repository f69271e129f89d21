/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Parameters of waterfall layers and of those they charge; docs/waterfall.md has the meaning. */
#ifndef HAIRCUT_WATERFALL_H
#define HAIRCUT_WATERFALL_H

#include "haircut/config.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct hc_registry hc_layer_verbs;      /* fund, assess, raise, close, ... */
extern const struct hc_registry hc_allocation_rules; /* pro_rata, ranked, ... */
extern const struct hc_registry hc_scores;           /* bitmex, binance, ... */

enum hc_base { HC_BASE_PROFIT, HC_BASE_DEPOSIT, HC_BASE_EQUITY, HC_BASE_UNREALISED_PROFIT,
               HC_BASE_SESSION_PROFIT, HC_BASE_SIZE, HC_BASE_NOTIONAL, HC_BASE_COLLATERAL };
enum hc_class_kind { HC_KIND_OF_LP, HC_KIND_OF_MEMBER, HC_KIND_OF_STAKER, HC_KIND_OF_DEPOSITOR,
                     HC_KIND_OF_TOKEN_HOLDER, HC_CLASS_KINDS };
enum hc_sees { HC_SEES_RECOGNISED, HC_SEES_PENDING };
enum hc_takes { HC_TAKES_SHARE, HC_TAKES_CASH };
enum hc_form { HC_FORM_CASH, HC_FORM_INDEX };
enum hc_bound { HC_BOUND_NONE, HC_BOUND_BANKRUPTCY };
extern const struct hc_vocabulary hc_base_words, hc_class_kind_words, hc_takes_words,
  hc_form_words, hc_bound_words, hc_sees_words;

#define HC_WITHDRAWALS_FIELDS(X)                                                            \
  X(double, epoch, DURATION, "1h", "(0, inf)", "s", "Times at which they may leave: multiples of it.", \
    NULL)                                                                                   \
  X(double, lock_up, DURATION, "0s", "[0, inf)", "s", "Nobody leaves before.", NULL)        \
  X(double, at_rest, FRACTION, "0%", "[0, 1]", "1", "Share that leaves each epoch anyway.", NULL) \
  X(double, per_drawdown, NUMBER, "0", "[0, 1e6]", "1",                                     \
    "Share that leaves each epoch per drawdown of a share's worth: at 2, a drawdown of 10 % makes " \
    "20 % leave.", NULL)                                                                    \
  X(double, per_depletion, NUMBER, "0", "[0, 1e6]", "1",                                    \
    "The same per depletion of the insurance fund.", NULL)                                  \
  X(double, gate, FRACTION, "100%", "[0, 1]", "1", "Most that can leave in an epoch.", NULL) \
  X(int, sees, ENUM, "recognised", "", "1", "Which losses they know of.", &hc_sees_words)

#define HC_LP_FIELDS(X)                                                                     \
  X(char *, name, TEXT, "lp", "", "", "Name of the class.", NULL)                           \
  X(int, kind, ENUM, "lp", "", "1", "What they are.", &hc_class_kind_words)                 \
  X(double, deposits, USD, "300M", "[0, 1e18]", "USD",                                      \
    "Deposits at start; contributions of members, stakes of stakers.", NULL)                \
  X(double, profit, USD, "15M", "[-1e18, 1e18]", "USD", "Profit accumulated at start.", NULL) \
  X(double, entered, DURATION, "0s", "[0, inf)", "s",                                       \
    "How long before the start it has entered; what it has earned of trading fees since adds to " \
    "its profit.", NULL)                                                                    \
  X(double, hurdle, FRACTION, "0%", "[-1, 100]", "1/y",                                     \
    "Return a year on deposits below which they are not paid for their risk.", NULL)        \
  X(double, fee_share, NUMBER, "1", "[0, 1e6]", "1",                                        \
    "Weight, by which its deposits count where fees are shared among liquidity providers.", NULL) \
  X(double, counterparty, FRACTION, "0%", "[0, 1]", "1",                                    \
    "Share of the other side of all positions that the class is: it pays traders what they "  \
    "win, and keeps what they lose. The rest of the market is the remainder.", NULL)         \
  X(double, payout_cap, FRACTION, NULL, "[0, 100]", "1",                                    \
    "Most that it pays traders for what they win, net, of its deposits and positive profit at " \
    "start; without it, all it has.", NULL)                                                 \
  X(struct hc_withdrawals_config, withdrawals, OBJECT, "{}", "", "", "Who leaves, and when.", \
    &hc_withdrawals_table)
#define HC_FEES_FIELDS(X)                                                                   \
  X(double, volume, USD, "0", "[0, 1e18]", "USD/d", "Traded a day.", NULL)                  \
  X(double, rate, FRACTION, "5bp", "[0, 1]", "1", "Fees on what is traded.", NULL)          \
  X(double, to_fund, FRACTION, "0%", "[0, 1]", "1", "Share of the fees to the insurance fund.", NULL) \
  X(double, to_lps, FRACTION, "0%", "[0, 1]", "1",                                          \
    "Share of the fees to the profits of liquidity providers, by deposits at start.", NULL)
#define HC_POT_FIELDS(X)                                                                    \
  X(char *, name, TEXT, "", "", "", "Name of the fund.", NULL)                              \
  X(double, initial, USD, "1M", "[0, 1e18]", "USD", "What is in it at start.", NULL)
#define HC_SWITCH_FIELDS(X)                                                                 \
  X(char *, name, TEXT, "", "", "", "Name of the switch.", NULL)                            \
  X(char *, when, TEXT, "", "", "", "Condition that turns it on.", NULL)                    \
  X(char *, until, TEXT, "", "", "",                                                        \
    "Condition that turns it off; without it, off as soon as `when` fails.", NULL)
#define HC_PAUSE_FIELDS(X)                                                                  \
  X(char *, when, TEXT, "", "", "", "Condition on which liquidations pause, e.g. shortfall > 10M.", NULL) \
  X(double, lasts, DURATION, "15m", "(0, inf)", "s", "For how long.", NULL)
#define HC_DELEVERAGE_FIELDS(X)                                                             \
  X(double, when, FRACTION, NULL, "(0, 1]", "1",                                            \
    "Unrealised profit of a side's traders against pools, as a share of these pools, from which " \
    "on its winners are closed.", NULL)                                                     \
  X(double, to, FRACTION, NULL, "[0, 1)", "1", "Down to this share.", NULL)                 \
  X(struct hc_choice, score, VARIANT, "profit", "", "1", "Whose positions come first.", &hc_scores)
#define HC_GUARDS_FIELDS(X)                                                                 \
  X(char *, open_interest, TEXT, "", "", "",                                                \
    "Most positions of one side at the start: USD, or a share of lp or of a fund, e.g. 150% of lp.", NULL) \
  X(char *, skew, TEXT, "", "", "",                                                         \
    "Most that one side has above the other at the start, likewise.", NULL)                 \
  X(char *, account, TEXT, "", "", "", "Greatest position at the start, likewise.", NULL)   \
  X(int, beyond, ENUM, "scale", "", "1", "What becomes of positions beyond them.", &hc_beyond_words) \
  X(struct hc_deleverage_config, deleverage, OBJECT, "{}", "", "",                          \
    "Winners are closed at the mark where pools owe them too much.", &hc_deleverage_table)
enum hc_beyond { HC_BEYOND_SCALE, HC_BEYOND_REFUSE };
extern const struct hc_vocabulary hc_beyond_words;
#define HC_GROUP_FIELDS(X)                                                                  \
  X(char *, name, TEXT, "", "", "", "Name of the group.", NULL)                             \
  X(bool, overflow, BOOL, "true", "", "1",                                                  \
    "Whether what a member cannot pay is offered to the others.", NULL)

#define HC_LAYER_FIELDS(X)                                                                  \
  X(struct hc_choice, verb, VARIANT, "fund", "", "1", "What the layer does.", &hc_layer_verbs) \
  X(double, severity, FRACTION, "100%", "[0, 1]", "1", "Share of the demand that is charged.", NULL) \
  X(char *, cap, TEXT, "", "", "", "Most it pays, e.g. 10M, 30% of fund per 8h.", NULL)     \
  X(char *, when, TEXT, "", "", "", "Condition that turns the layer on, e.g. "              \
    "fund.drawdown(8h) > 30%.", NULL)                                                       \
  X(char *, until, TEXT, "", "", "", "Condition that turns it off again.", NULL)            \
  X(char *, only_if, TEXT, "", "", "", "Switch that must be on.", NULL)                     \
  X(char *, unless, TEXT, "", "", "", "Switch that must be off.", NULL)                     \
  X(char *, group, TEXT, "", "", "", "Group of neighbouring layers that share one demand.", NULL) \
  X(double, share, FRACTION, NULL, "(0, 1]", "1", "Share of the group's demand.", NULL)
#define HC_LAYER_FUND_FIELDS(X)                                                             \
  X(char *, who, TEXT, "insurance", "", "", "The fund that pays.", NULL)                    \
  X(int, takes, ENUM, "share", "", "1", "What a payment does to the position.", &hc_takes_words)
#define HC_LAYER_ASSESS_FIELDS(X)                                                           \
  X(char *, who, TEXT, "liquidity_providers", "", "",                                       \
    "Who is charged: liquidity_providers, members, stakers, depositors, token_holders, "    \
    "the name of one class, all_traders or winners.", NULL)                                 \
  X(int, base, ENUM, "deposit", "", "1", "What is charged.", &hc_base_words)                \
  X(struct hc_choice, allocation, VARIANT, "pro_rata", "", "1", "How it is shared.",        \
    &hc_allocation_rules)                                                                   \
  X(struct hc_choice, score, VARIANT, NULL, "", "1", "Order of `ranked` and `limit`.", &hc_scores) \
  X(int64_t, limit, COUNT, NULL, "[1, 1e9]", "1", "Only so many, the best by score.", NULL) \
  X(int, form, ENUM, "cash", "", "1", "Whether an account can be charged beyond what it has.", \
    &hc_form_words)                                                                         \
  X(int, takes, ENUM, "share", "", "1", "What a payment does to the position.", &hc_takes_words) \
  X(char *, time, TEXT, "now", "", "", "When it is charged: now, session(8h), epoch(1d), "  \
    "delay(1h), on_withdrawal or never.", NULL)                                             \
  X(double, payback, FRACTION, "0%", "[0, 1]", "1",                                         \
    "Share of later inflow of the insurance fund that goes to classes for what they have paid " \
    "here, until they have it back.", NULL)                                                 \
  X(bool, netting, BOOL, "true", "", "1",                                                   \
    "Whether inflow of the insurance fund pays first what is pending.", NULL)
#define HC_LAYER_RAISE_FIELDS(X)                                                            \
  X(char *, who, TEXT, "treasury", "", "", "Where the money comes from.", NULL)             \
  X(int, takes, ENUM, "share", "", "1", "What a payment does to the position.", &hc_takes_words) \
  X(char *, time, TEXT, "now", "", "", "When it is paid, as in assess.", NULL)              \
  X(bool, netting, BOOL, "true", "", "1",                                                   \
    "Whether inflow of the insurance fund pays first what is pending.", NULL)
#define HC_LAYER_CLOSE_FIELDS(X)                                                            \
  X(char *, who, TEXT, "opposite", "", "", "Whose positions are closed: opposite.", NULL)   \
  X(int, base, ENUM, "size", "", "1", "Weight.", &hc_base_words)                            \
  X(struct hc_choice, allocation, VARIANT, "ranked", "", "1", "How it is shared.",          \
    &hc_allocation_rules)                                                                   \
  X(struct hc_choice, score, VARIANT, NULL, "", "1", "Order of `ranked` and `limit`.", &hc_scores) \
  X(int64_t, limit, COUNT, NULL, "[1, 1e9]", "1", "Only so many, the best by score.", NULL) \
  X(char *, price, TEXT, "bankruptcy", "", "", "At what price, e.g. mark, blend(0.5), "     \
    "bankruptcy + 10bp.", NULL)                                                             \
  X(int, bound, ENUM, "none", "", "1", "Clips the price.", &hc_bound_words)
#define HC_LAYER_TAKEOVER_FIELDS(X)                                                         \
  X(char *, who, TEXT, "liquidity_providers", "", "",                                       \
    "Who assumes the position: liquidity_providers, one of their classes, or any other name: an " \
    "outside taker.", NULL)                                                                 \
  X(char *, price, TEXT, "bankruptcy", "", "", "At what price.", NULL)                      \
  X(int, bound, ENUM, "none", "", "1", "Clips the price.", &hc_bound_words)                 \
  X(double, hold, USD, NULL, "[0, 1e18]", "USD", "Most the taker holds, at the mark.", NULL) \
  X(double, unwind, FRACTION, NULL, "(0, 1]", "1", "Share of the stock that each order works off.", \
    NULL)                                                                                   \
  X(double, every, DURATION, NULL, "(0, inf)", "s", "Time between these orders.", NULL)
#define HC_LAYER_REDISTRIBUTE_FIELDS(X)                                                     \
  X(char *, who, TEXT, "same_side", "", "", "Who takes the position over: same_side.", NULL) \
  X(int, base, ENUM, "size", "", "1", "Weight.", &hc_base_words)                            \
  X(struct hc_choice, allocation, VARIANT, "pro_rata", "", "1", "How it is shared.",        \
    &hc_allocation_rules)                                                                   \
  X(struct hc_choice, score, VARIANT, NULL, "", "1", "Order of `ranked` and `limit`.", &hc_scores) \
  X(int64_t, limit, COUNT, NULL, "[1, 1e9]", "1", "Only so many, the best by score.", NULL) \
  X(char *, price, TEXT, "bankruptcy", "", "", "At what price.", NULL)                      \
  X(int, bound, ENUM, "none", "", "1", "Clips the price.", &hc_bound_words)

HC_DECLARE_STRUCT(hc_withdrawals_config, HC_WITHDRAWALS_FIELDS);
HC_DECLARE_STRUCT(hc_lp_config, HC_LP_FIELDS);
HC_DECLARE_STRUCT(hc_fees_config, HC_FEES_FIELDS);
HC_DECLARE_STRUCT(hc_pot_config, HC_POT_FIELDS);
HC_DECLARE_STRUCT(hc_switch_config, HC_SWITCH_FIELDS);
HC_DECLARE_STRUCT(hc_pause_config, HC_PAUSE_FIELDS);
HC_DECLARE_STRUCT(hc_deleverage_config, HC_DELEVERAGE_FIELDS);
HC_DECLARE_STRUCT(hc_guards_config, HC_GUARDS_FIELDS);
HC_DECLARE_STRUCT(hc_group_config, HC_GROUP_FIELDS);
HC_DECLARE_STRUCT(hc_layer_config, HC_LAYER_FIELDS);
HC_DECLARE_STRUCT(hc_layer_fund_config, HC_LAYER_FUND_FIELDS);
HC_DECLARE_STRUCT(hc_layer_assess_config, HC_LAYER_ASSESS_FIELDS);
HC_DECLARE_STRUCT(hc_layer_raise_config, HC_LAYER_RAISE_FIELDS);
HC_DECLARE_STRUCT(hc_layer_close_config, HC_LAYER_CLOSE_FIELDS);
HC_DECLARE_STRUCT(hc_layer_takeover_config, HC_LAYER_TAKEOVER_FIELDS);
HC_DECLARE_STRUCT(hc_layer_redistribute_config, HC_LAYER_REDISTRIBUTE_FIELDS);
extern const struct hc_table hc_fees_table, hc_withdrawals_table, hc_lp_table, hc_pot_table,
  hc_switch_table, hc_pause_table, hc_deleverage_table, hc_guards_table, hc_group_table, hc_layer_table;

#ifdef __cplusplus
}
#endif
#endif
