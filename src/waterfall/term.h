/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small typed grammar shared by caps, conditions, prices and times of a layer
 * (docs/waterfall.md): parsing alone; evaluate.c gives terms their values. */
#ifndef HC_WATERFALL_TERM_H
#define HC_WATERFALL_TERM_H

#include <stddef.h>

#include "haircut/status.h"

enum { HC_TERM_NAME = 64, HC_CONDITION_MAX = 4 };

/* Of what an amount is a share. */
enum hc_of { HC_OF_NOTHING, HC_OF_FUND, HC_OF_LP, HC_OF_PAYER };
enum hc_when { HC_WHEN_NOW, HC_WHEN_START, HC_WHEN_PEAK };

/* `30% of fund.peak(8h)`, `10M`. */
struct hc_amount {
  double value; /* USD, or a share of `of` */
  enum hc_of of;
  enum hc_when when;
  double window;           /* of peak, s */
  char name[HC_TERM_NAME]; /* HC_OF_FUND: the fund as written: "fund" or a name */
  int fund;                /* its number; set by whoever knows the funds, not by the parser */
};

enum hc_per { HC_PER_SETTLEMENT, HC_PER_PATH, HC_PER_WINDOW };
struct hc_cap {
  struct hc_amount amount;
  enum hc_per per;
  double window; /* s */
};

enum hc_metric { HC_METRIC_BALANCE, HC_METRIC_DRAWDOWN, HC_METRIC_PNL_DRAWDOWN,
                 HC_METRIC_UNFILLED, HC_METRIC_SHORTFALL, HC_METRIC_LOSS_TO_EQUITY };
enum hc_comparison { HC_LESS, HC_LESS_EQUAL, HC_GREATER, HC_GREATER_EQUAL };
struct hc_comparison_term {
  enum hc_metric metric;
  char name[HC_TERM_NAME]; /* BALANCE, DRAWDOWN: the fund as written */
  double window;           /* s, of the drawdowns */
  enum hc_comparison comparison;
  struct hc_amount value;
  int fund; /* number of the fund named, as above */
};
struct hc_condition {
  size_t count; /* joined by `and`; 0: none given */
  struct hc_comparison_term term[HC_CONDITION_MAX];
};

enum hc_price_kind { HC_PRICE_BANKRUPTCY, HC_PRICE_MARK, HC_PRICE_PREVIOUS_MARK, HC_PRICE_ORACLE,
                     HC_PRICE_RESIDUAL, HC_PRICE_BLEND, HC_PRICE_FIXED };
struct hc_exec_price {
  enum hc_price_kind kind;
  double parameter;  /* w of blend, x of fixed */
  double concession; /* in favour of the taker, 1; negative: against him */
};

enum hc_time_kind { HC_TIME_NOW, HC_TIME_SESSION, HC_TIME_EPOCH, HC_TIME_DELAY,
                    HC_TIME_ON_WITHDRAWAL, HC_TIME_NEVER };
struct hc_time {
  enum hc_time_kind kind;
  double length; /* s */
};

/* Each reads a whole text (leading and trailing blanks allowed). HC_INPUT with a message that
 * says what was found, what was expected, and gives an example; nothing else fails. */
hc_status hc_cap_parse(const char *text, struct hc_cap *cap, struct hc_error *error) HC_CHECKED;
hc_status hc_condition_parse(const char *text, struct hc_condition *condition,
                             struct hc_error *error) HC_CHECKED;
hc_status hc_exec_price_parse(const char *text, struct hc_exec_price *price,
                              struct hc_error *error) HC_CHECKED;
hc_status hc_time_parse(const char *text, struct hc_time *time, struct hc_error *error) HC_CHECKED;
#endif
