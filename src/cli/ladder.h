/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of haircut ladder, between the part that computes and the parts that print. */
#ifndef HC_CLI_LADDER_H
#define HC_CLI_LADDER_H
#include "base/text.h"
#include "cli/ladder_search.h"
#include "haircut/path.h"

/* X(name, heading, unit): columns of the table, from an outcome. */
#define HC_CLI_RUNG_LIST(X)                                                                  \
  X(liquidated_notional, "liquidated", "USD")                                                \
  X(mark_end, "end price", "USD")                                                            \
  X(bad_debt, "bad debt", "USD")                                                             \
  X(insurance_paid, "fund", "USD")                                                           \
  X(lp_profit_paid, "LP profit", "USD")                                                      \
  X(lp_deposit_paid, "LP deposits", "USD")                                                   \
  X(uncovered, "uncovered", "USD")
enum hc_cli_rung_column {
#define HC_CLI_RUNG_ENUM(name, heading, unit) HC_CLI_RUNG_##name,
  HC_CLI_RUNG_LIST(HC_CLI_RUNG_ENUM)
#undef HC_CLI_RUNG_ENUM
  HC_CLI_RUNG_COLUMNS
};
extern const char *const hc_cli_rung_names[HC_CLI_RUNG_COLUMNS];
extern const char *const hc_cli_rung_headings[HC_CLI_RUNG_COLUMNS];

/* X(name, what it says) */
#define HC_CLI_THRESHOLD_LIST(X)                                                             \
  X(touches_fund, "touches the fund")                                                        \
  X(exhausts_fund, "exhausts the fund")                                                      \
  X(reaches_lp_deposits, "reaches LP deposits")                                              \
  X(leaves_uncovered, "leaves uncovered")
enum hc_cli_threshold {
#define HC_CLI_THRESHOLD_ENUM(name, text) HC_CLI_THRESHOLD_##name,
  HC_CLI_THRESHOLD_LIST(HC_CLI_THRESHOLD_ENUM)
#undef HC_CLI_THRESHOLD_ENUM
  HC_CLI_THRESHOLDS
};
extern const char *const hc_cli_threshold_names[HC_CLI_THRESHOLDS];
extern const char *const hc_cli_threshold_texts[HC_CLI_THRESHOLDS];

struct hc_cli_rung {
  double move;
  size_t books;   /* that stayed within the model */
  double mean[HC_CLI_RUNG_COLUMNS];
  double extreme[HC_CLI_RUNG_COLUMNS]; /* largest; of the end price: the farthest from the start */
};
struct hc_cli_reverse { /* of one direction */
  size_t reached[HC_CLI_THRESHOLDS];             /* books that reach */
  int64_t least[HC_CLI_THRESHOLDS], most[HC_CLI_THRESHOLDS]; /* ticks, over those books */
  size_t book[HC_CLI_THRESHOLDS];                /* of the least */
  bool checked[HC_CLI_THRESHOLDS];               /* one tick less does not reach, every book */
  int64_t limit, end;    /* ticks: of the search, and where the model's range ended it */
};
struct hc_cli_ladder {
  const char *name;
  size_t books, count;
  double initial;
  struct hc_cli_rung *rungs;
  struct hc_cli_reverse reverse[2]; /* down, up */
};

void hc_cli_ladder_text(const struct hc_cli_ladder *ladder, struct hc_text *text);
void hc_cli_ladder_json(const struct hc_cli_ladder *ladder, struct hc_text *text);
void hc_cli_ladder_csv(const struct hc_cli_ladder *ladder, struct hc_text *text);
#endif
