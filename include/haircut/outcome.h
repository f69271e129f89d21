/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What one path reports. One list makes the struct, the columns of the results file,
 *  the samples in the shards and the names in the documentation. */
#ifndef HAIRCUT_OUTCOME_H
#define HAIRCUT_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

/* X(type, name, unit, long_name): type is F (double) or I (int64_t), 8 bytes each. */
#define HC_OUTCOME_LIST(X)                                                                 \
  X(F, lp_loss, "USD", "Loss of liquidity providers (profit and deposits)")                \
  X(F, lp_loss_share, "1", "Loss of liquidity providers as a share of deposits at start")  \
  X(F, lp_net, "USD", "Income of liquidity providers since step 0 less their loss")        \
  X(F, bad_debt, "USD", "Bad debt: negative equity of positions when closed")              \
  X(F, insurance_paid, "USD", "Bad debt paid by the insurance fund")                       \
  X(F, fund_end, "USD", "Insurance fund at the horizon")                                   \
  X(F, fund_min, "USD", "Lowest insurance fund after any step's draw")                     \
  X(F, fund_required, "USD", "Least initial fund that leaves those behind it untouched")   \
  X(F, uncovered, "USD", "Bad debt that no layer paid")                                    \
  X(F, liquidated_notional, "USD", "Forced orders at the mark before each")                \
  X(I, liquidations, "1", "Positions liquidated")                                          \
  X(I, cascade_rounds, "1", "Most liquidation rounds in one step")                         \
  X(F, displacement_max, "1", "Largest displacement of the log mark by forced flow")       \
  X(I, first_loss_step, "1", "First step in which a liquidity provider pays; -1: never")   \
  X(F, mark_low, "USD", "Lowest mark at start, around orders and at the horizon")          \
  X(F, mark_end, "USD", "Mark at the horizon")                                             \
  X(F, weight, "1", "Sampling weight of the path")                                         \
  X(F, lp_loss_no_impact, "USD", "lp_loss on the same draws without price impact")         \
  X(F, bad_debt_no_impact, "USD", "bad_debt on the same draws without price impact")       \
  X(F, mark_low_no_impact, "USD", "mark_low on the same draws without price impact")       \
  X(F, lp_profit_paid, "USD", "Bad debt paid out of the profits of liquidity providers")   \
  X(F, lp_deposit_paid, "USD", "Bad debt paid out of the deposits of liquidity providers") \
  X(F, social_loss, "USD", "Loss of LPs, traders, members and stakers: all behind the fund") \
  X(F, lp_inventory, "USD", "Result of positions taken over by LPs, to the mark at the horizon") \
  X(F, taker_inventory, "USD", "Result of positions taken over from outside, to the mark at the horizon") \
  X(F, lp_trading, "USD", "What liquidity providers won from traders as their counterparty")\
  X(F, payout_owed, "USD", "Profits of traders that their counterparties cannot pay, at the horizon") \
  X(F, trader_paid, "USD", "Bad debt paid in cash by traders")                             \
  X(F, trader_forgone, "USD", "Charges of traders whose positions were closed or enlarged, signed") \
  X(F, member_paid, "USD", "Bad debt paid by members")                                     \
  X(F, staker_paid, "USD", "Bad debt paid by stakers, depositors and token holders")       \
  X(F, outside_paid, "USD", "Bad debt paid from outside")                                  \
  X(F, taker_charge, "USD", "Charges of those who took positions over, signed")            \
  X(F, rest_charge, "USD", "Charges of the rest of the market, signed")                    \
  X(F, surplus, "USD", "Overshoot: charges above what was missing")                        \
  X(F, adl_notional, "USD", "Notional at the mark of accounts' positions closed by layers") \
  X(I, adl_accounts, "1", "Closings of accounts' positions by layers")                     \
  X(F, pending_end, "USD", "Losses not recognised at the horizon")                         \
  X(F, pending_max, "USD", "Greatest losses that waited for recognition")                  \
  X(I, first_social_step, "1", "First step in which LPs, traders, members or stakers pay; -1: never") \
  X(F, fund_gain, "USD", "Gain of what the insurance fund holds in the market's asset")    \
  X(F, lp_repaid, "USD", "What liquidity providers had back of their payments, out of inflow of the fund") \
  X(F, treasury, "USD", "Inflow beyond the target of the insurance fund that left for the treasury") \
  X(I, halt_step, "1", "Step in which trading ended; -1: never")                           \
  X(F, lp_withdrawn, "USD", "What liquidity providers who left received")                   \
  X(F, leaver_loss_share, "1", "Loss of those who left, of what their shares were worth at start") \
  X(F, stayer_loss_share, "1", "Loss of those who stayed, pending losses included, of the same") \
  X(F, hurdle_shortfall, "USD", "What liquidity providers' net income lacks to their hurdle") \
  X(I, payers, "1", "Accounts that paid: cash, or charges above 0")                        \
  X(F, payment_gini, "1", "Gini coefficient of payments among the accounts that paid")      \
  X(F, payment_top10, "1", "Share of what accounts paid that the 10 greatest payers paid")  \
  X(F, haircut_max, "1", "Greatest payment of an account in a settlement over its equity before") \
  X(F, backstop_notional, "USD", "Notional at the mark of positions that the backstop took over") \
  X(I, backstop_accounts, "1", "Positions that the backstop took over")                    \
  X(F, open_deficit, "USD", "What positions that wait to be liquidated lack at the horizon") \
  X(F, accounting_residual, "USD", "Bad debt less all that layers paid and left uncovered")\
  X(F, money_residual, "USD", "Money out less money in, over all parties")

struct hc_outcome {
#define HC_OUTCOME_CTYPE_F double
#define HC_OUTCOME_CTYPE_I int64_t
#define HC_OUTCOME_MEMBER(type, name, unit, long_name) HC_OUTCOME_CTYPE_##type name;
  HC_OUTCOME_LIST(HC_OUTCOME_MEMBER)
#undef HC_OUTCOME_MEMBER
};

enum hc_outcome_column {
#define HC_OUTCOME_ENUM(type, name, unit, long_name) HC_COLUMN_##name,
  HC_OUTCOME_LIST(HC_OUTCOME_ENUM)
#undef HC_OUTCOME_ENUM
  HC_OUTCOME_COLUMNS
};

/** Lorenz curves of what accounts paid, of paths on which some did: point i is the share of the
 *  payments that the fraction i/100 of the payers paid who paid least, linear between payers.
 *  Zero-initialise, free with hc_lorenz_free. */
#define HC_LORENZ_POINTS 101
struct hc_lorenz {
  size_t count, capacity;
  struct hc_lorenz_curve {
    uint64_t path;
    double share[HC_LORENZ_POINTS];
  } *curves;
};

/** Who left bad debt: positions by side, leverage at entry and size at entry (USD), as they were at
 *  the start. Cell (side * HC_BLAME_LEVERAGES + leverage) * HC_BLAME_SIZES + size, longs first. */
#define HC_BLAME_LEVERAGES 6
#define HC_BLAME_SIZES 6
#define HC_BLAME_OTHER (2 * HC_BLAME_LEVERAGES * HC_BLAME_SIZES) /* nobody's: units the venue sold */
#define HC_BLAME_CELLS (HC_BLAME_OTHER + 1)
/** Bad debt by cell of the paths that had some, in the order in which they were run; and of the last of
 *  them, where `by_account` is set, by account. Zero-initialise, free with hc_blame_free. */
struct hc_blame {
  int by_account;
  size_t count, capacity;
  struct hc_blame_path {
    uint64_t path;
    double cell[HC_BLAME_CELLS]; /* USD */
  } *paths;
  size_t parts, part_capacity;
  struct hc_blame_part {
    uint32_t account; /* position number in the book */
    double amount;    /* USD */
  } *part;
  int failed; /* no memory: what is here is not whole */
};

/** Greatest number of liquidity-provider classes, so that a path allocates nothing. */
#define HC_MAX_CLASSES 16

#endif
