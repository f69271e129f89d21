/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The waterfall: ordered layers through which the records of a settlement pass
 * (docs/waterfall.md defines every word). */
#ifndef HC_WATERFALL_WATERFALL_H
#define HC_WATERFALL_WATERFALL_H

#include <stdbool.h>
#include <stddef.h>

#include "haircut/outcome.h"
#include "haircut/waterfall.h"
#include "waterfall/allocation.h"
#include "waterfall/crowd.h"
#include "waterfall/state.h"
#include "waterfall/term.h"

enum { HC_MAX_LAYERS = 32, HC_MAX_FUNDS = 16, HC_MAX_SWITCHES = 16, HC_MAX_GROUPS = 16 };

/* Positions that somebody assumed: s*q units, and what was paid for them. */
struct hc_inventory {
  double quantity; /* signed, units */
  double cost;     /* sum of s q P_exec, USD */
};

enum { HC_STOCK_LP, HC_STOCK_TAKER, HC_STOCKS };

/* Everything layers can take from and give to, on one path, but for the accounts. */
struct hc_pots {
  size_t funds;
  double fund[HC_MAX_FUNDS]; /* 0: the insurance fund */
  double fund_units;         /* of the market's asset, that are a part of it, valued at */
  double fund_mark;          /* this mark, USD */
  double fund_gain;          /* of them so far, USD */
  size_t classes;
  double profit[HC_MAX_CLASSES], deposit[HC_MAX_CLASSES];
  double trading;               /* what classes have won from traders so far, USD */
  double eaten[HC_MAX_CLASSES]; /* of a class's deposits by traders, until it wins that back, USD */
  double won[HC_MAX_CLASSES];   /* by a class from traders, net, what they are owed not counted, USD */
  double owed[HC_MAX_CLASSES];  /* what a class cannot pay traders, USD */
  struct hc_inventory stock[HC_STOCKS]; /* of LPs; of everybody else who takes over */
};

/* Who pays, for the accounts of a run. */
#define HC_PAYER_LIST(X) X(FUND) X(LP) X(TRADER) X(MEMBER) X(STAKER) X(TAKER) X(OUTSIDE) X(REST)
enum hc_payer {
#define HC_PAYER_ENUM(name) HC_PAYER_##name,
  HC_PAYER_LIST(HC_PAYER_ENUM)
#undef HC_PAYER_ENUM
  HC_PAYERS
};

/* What layers took, on one path. */
struct hc_payments {
  double layer[HC_MAX_LAYERS];  /* cash and charges, USD */
  double cash[HC_PAYERS];       /* by payer class, USD */
  double charge[HC_PAYERS];     /* signed, USD */
  double lp_profit, lp_deposit; /* parts of cash[HC_PAYER_LP] */
  double lp_class[HC_MAX_CLASSES];
  double uncovered, surplus;
  double adl_notional; /* USD at the mark */
  int64_t adl_accounts;
  int64_t social; /* payments of LPs, traders, members or stakers, and charges above 0 of
                     traders or of LPs who take over */
  double netted; /* part of cash[HC_PAYER_FUND] that inflow paid of what was pending, USD */
};

/* What is missing on one side of the market. */
struct hc_record {
  double shortfall;  /* S, USD */
  double quantity;   /* Q, units */
  double bankruptcy; /* BP, USD a unit; where Q > 0 */
};

struct hc_layer;
struct hc_settlement;
struct hc_waterfall;
struct hc_complaint;

struct hc_layer_ops {
  /* Resolves names against the waterfall; on HC_INPUT the error is set. */
  hc_status (*compile)(struct hc_layer *layer, const void *parameters,
                       const struct hc_waterfall *waterfall, struct hc_complaint *complaint);
  bool position; /* works on Q, not on S */
  bool ends;     /* trading ends where a run reaches it; nothing is taken */
  /* What the payers have, USD; or the units of record `side` that they could take. */
  hc_status (*capacity)(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                        double *capacity);
  /* Takes at most `target`: USD of both records, or units of record `side`; `*taken` says how
   * much. Books all but the records themselves. */
  hc_status (*take)(const struct hc_layer *layer, struct hc_settlement *settlement, int side,
                    double target, double *taken);
};

struct hc_layer {
  const struct hc_layer_ops *ops;
  const char *name; /* of the verb */
  size_t index;
  double severity;
  bool has_cap, payer_cap;
  struct hc_cap cap;
  struct hc_condition when, until;
  int only_if, unless; /* switches, or -1 */
  int group;           /* or -1 */
  double share;
  enum hc_payer payer;

  int fund;            /* fund: which */
  uint32_t classes;    /* assess, takeover: bits of LP classes */
  bool accounts;       /* assess: accounts, not classes */
  bool winners;        /* only those with unrealised profit */
  int base, form, takes, bound;
  const struct hc_allocation_rule *rule;
  const struct hc_score_ops *score; /* or NULL */
  int64_t limit;                    /* or -1 */
  struct hc_exec_price price;
  double hold; /* NAN: no limit */
  double unwind, every; /* takeover: share of the stock and s between orders; NAN: kept */
  struct hc_time time;
  bool netting;
  double payback; /* assess: share of later inflow, until what classes paid is paid back */
};

struct hc_switch {
  const char *name;
  struct hc_condition when, until;
};

/* Who of a class leaves, and when. */
struct hc_leaving {
  bool leaves, sees_pending;
  double epoch, lock_up; /* s */
  double at_rest, per_drawdown, per_depletion, gate;
};

/* Compiled and immutable. */
struct hc_waterfall {
  size_t count;
  struct hc_layer layers[HC_MAX_LAYERS];
  size_t funds;
  const char *fund_name[HC_MAX_FUNDS];
  size_t classes;
  const char *class_name[HC_MAX_CLASSES];
  int class_kind[HC_MAX_CLASSES];
  struct hc_leaving leaving[HC_MAX_CLASSES];
  bool flees; /* some class may leave */
  double counterparty[HC_MAX_CLASSES]; /* share of the other side of all positions */
  double pooled;                       /* their sum */
  double payout[HC_MAX_CLASSES];       /* most that a class pays traders, net, USD; HUGE_VAL: all it has */
  struct hc_unwinding {
    double share;  /* of the stock, each order; 0: it is kept */
    int64_t every; /* steps */
  } unwinding[HC_STOCKS];
  double fees_to_fund, fees_to_lps; /* USD a step */
  double fee_weight[HC_MAX_CLASSES]; /* deposits at start times fee_share; 0: not of kind lp */
  double fee_weights;                /* their sum */
  double fund_target;               /* USD; HUGE_VAL: none */
  bool beyond_to_lps;               /* what is beyond it; else it leaves for the treasury */
  bool shares_inflow;               /* not all of it stays in the fund */
  double hurdle; /* of LPs, over the horizon, USD */
  size_t switches;
  struct hc_switch switch_[HC_MAX_SWITCHES];
  size_t groups;
  const char *group_name[HC_MAX_GROUPS];
  bool group_overflow[HC_MAX_GROUPS];
  struct hc_pots start;        /* at step 0 */
  double deposits;             /* of LPs at step 0, USD */
  double lp_equity;            /* at step 0 */
  size_t first_position;       /* layer; count where there is none */
  size_t halt;                 /* layer; count where there is none */
  struct hc_condition pause;   /* liquidations pause on it; count 0: never */
  int64_t pause_steps;
  bool needs_crowd;            /* some layer reads or changes accounts */
  bool needs_previous;         /* some price is the mark of the step before */
  bool needs_session;          /* some base is the profit of a session */
  double session;              /* s: its length; 0: the whole path */
  size_t peaks;                /* windows that look back at a fund */
  struct hc_peak_key {
    int fund;      /* -1: inflow less payments of the insurance fund */
    double window; /* s */
  } peak[HC_STATE_PEAKS];
  double step;                 /* s */
  int64_t steps;
  bool always;                 /* must be run though nothing was lost: it has switches to keep */
  bool defers;                 /* some layer's time is not now */
  bool plain;                  /* first layer is an unconditional insurance fund, all others pay now,
                                  in cash: fund_required and the reflection identity */
};

/* One settlement of one path, as its layers see it. */
struct hc_settlement {
  const struct hc_waterfall *waterfall;
  struct hc_waterfall_state *state;
  struct hc_pots *pots;
  struct hc_payments *paid;
  struct hc_crowd *crowd; /* NULL unless needs_crowd */
  struct hc_record record[2]; /* of longs, of shorts */
  int64_t step;
  double mark, previous_mark, oracle; /* USD */
  uint64_t seed, path;
  double released[2]; /* units, out */
  bool halted;        /* out: trading ends; the layers behind the halt did not run */
  bool final;         /* in the final settlement: nothing is put off */
  double surplus;     /* USD, out: inflow of the insurance fund that is already booked */
  struct hc_log *log; /* or NULL */
  bool dry; /* on copies: what the waterfall remembers must not change */
};

/* What a trace wants to know. */
enum hc_log_kind { HC_LOG_CASH, HC_LOG_TRADE, HC_LOG_PENDING, HC_LOG_RELEASE, HC_LOG_SURPLUS,
                   HC_LOG_UNCOVERED, HC_LOG_WITHDRAWAL, HC_LOG_REPAY, HC_LOG_BEYOND };
struct hc_log_entry {
  enum hc_log_kind kind;
  int layer;        /* -1: none */
  int64_t account;  /* -1: no account; of a withdrawal, the class */
  int side;         /* of what is traded: +1, -1; 0: none */
  double quantity, price, amount; /* units, USD a unit, USD */
};
struct hc_log {
  void (*add)(struct hc_log *log, const struct hc_log_entry *entry);
};

struct hc_waterfall_inputs {
  const struct hc_list *layers, *classes, *funds, *switches, *groups;
  double insurance; /* USD */
  double in_asset;  /* share of it in the market's asset */
  double target;    /* of it, USD; 0 or NAN: none */
  bool beyond_to_lps;
  const struct hc_fees_config *fees;
  const struct hc_pause_config *pause; /* NULL: none */
  double step;      /* s */
  int64_t steps;
};

/* What is wrong with a waterfall, and where. */
struct hc_complaint {
  char path[160]; /* waterfall[2].who */
  struct hc_error error;
};

hc_status hc_waterfall_compile(const struct hc_waterfall_inputs *inputs,
                               struct hc_waterfall *waterfall,
                               struct hc_complaint *complaint) HC_CHECKED;

/* Tells what it can hardly mean; `path` is the key that a warning is about. Fails only as `warn`
 * does. */
typedef hc_status hc_waterfall_warn(void *context, const char *path, const char *message);
hc_status hc_waterfall_check(const struct hc_waterfall *waterfall, hc_waterfall_warn *warn,
                             void *context) HC_CHECKED;

/* Runs the records through the layers; HC_BUG if a layer paid other than it could: no rule
 * can cheat. Records end empty. */
hc_status hc_waterfall_run(struct hc_settlement *settlement) HC_CHECKED;
/* What is due at this step, after the run: deferred layers charge what is pending. */
hc_status hc_waterfall_recognise(struct hc_settlement *settlement) HC_CHECKED;
/* After a halted run, with all positions settled at the mark: what the run left, what is pending and
 * `deficit`, that of the positions, USD, pass the layers before the halt once more; nothing is put
 * off. What they leave stays in record 0, for hc_waterfall_haircut. */
hc_status hc_waterfall_final(struct hc_settlement *settlement, double deficit) HC_CHECKED;
/* One equal haircut on all claims: `accounts` USD of the accounts, and balances of all classes.
 * Books it, what claims cannot bear as uncovered; the share that all lose. */
double hc_waterfall_haircut(struct hc_settlement *settlement, double accounts);
/* Books inflow of the insurance fund: it pays what is pending first. */
void hc_waterfall_inflow(struct hc_settlement *settlement, double inflow);
/* What the fund has just received is shared: with those who are paid back, and beyond its target. */
void hc_inflow_share(struct hc_settlement *settlement, double amount);
/* What of an inflow would stay in the fund; nothing is booked. */
double hc_inflow_kept(const struct hc_settlement *settlement, double amount);
/* Remembers the balances that a settlement leaves, for windows that look back. */
hc_status hc_waterfall_end(struct hc_settlement *settlement) HC_CHECKED;
/* Whether the cash layers before the first position layer could pay `shortfall`, with `inflow`
 * that is not yet in the fund. */
hc_status hc_waterfall_absorbs(struct hc_settlement *settlement, double inflow, double shortfall,
                               bool *absorbs) HC_CHECKED;

/* Funds, deposits and profits as booked, for conservation: a negative profit counts. */
double hc_pots_balance(const struct hc_pots *pots);
/* An amount at the start, USD, such as `10M`, `150% of lp` or `2% of fund`; HC_INPUT with a message. */
hc_status hc_amount_at_start(const struct hc_waterfall *waterfall, const char *text, double *amount,
                             struct hc_error *error) HC_CHECKED;
/* What liquidity providers (classes of kind lp) have to lose: deposits, positive profits. */
double hc_pots_lp_equity(const struct hc_waterfall *waterfall, const struct hc_pots *pots);

/* Values what the insurance fund holds of the market's asset at the mark. */
static inline void hc_pots_revalue(struct hc_pots *pots, double mark) {
  if (!(pots->fund_units > 0.0)) return;
  const double gain = pots->fund_units * (mark - pots->fund_mark);
  pots->fund[0] += gain;
  pots->fund_gain += gain;
  pots->fund_mark = mark;
}
/* What counterparty classes win or lose where the other side of all positions gains so much, USD. */
void hc_pots_trade(const struct hc_waterfall *waterfall, struct hc_pots *pots, double gain);
/* The insurance fund pays: what it holds goes in the proportion it has. */
void hc_pots_pay_fund(struct hc_pots *pots, double amount);

/* What prices are made of; USD a unit, `missing` too: what the position lacks. */
struct hc_price_basis {
  double sign, mark, previous_mark, oracle, bankruptcy, missing;
};
double hc_exec_price_at(const struct hc_exec_price *price, const struct hc_price_basis *basis);
/* Price at which units of record `side` change hands in a position layer. */
double hc_layer_price(const struct hc_layer *layer, const struct hc_settlement *settlement,
                      int side);

extern const struct hc_variant hc_layer_variant_fund, hc_layer_variant_assess,
  hc_layer_variant_raise, hc_layer_variant_close, hc_layer_variant_takeover,
  hc_layer_variant_redistribute, hc_layer_variant_halt;
#endif
