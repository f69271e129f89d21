/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several mechanisms on the same paths: what the files of `haircut compare` share. */
#ifndef HC_CLI_COMPARE_H
#define HC_CLI_COMPARE_H
#include "base/text.h"
#include "cli/input.h"
#include "haircut/store.h"

/* Means of payments by payer, in order of the table; they add up to bad debt and `surplus`.
 * X(column, heads of the table in two lines) */
#define HC_CLI_PAYER_LIST(X)                                                                 \
  X(insurance_paid, "", "fund") X(lp_paid, "", "LPs") X(trader_paid, "trader", "cash")       \
  X(trader_forgone, "trader", "charge") X(member_paid, "mem-", "bers")                       \
  X(staker_paid, "sta-", "kers") X(taker_charge, "", "takers") X(outside_paid, "out-", "side") \
  X(rest_charge, "market", "rest") X(uncovered, "uncov-", "ered") X(pending_end, "pend-", "ing")

/* X(name, unit, what the text calls it) */
#define HC_CLI_COMPARED_LIST(X)                                                              \
  X(p_socialisation, "1", "P(socialisation)") X(p_uncovered, "1", "P(uncovered)")            \
  X(p_pending, "1", "P(pending at the end)") X(mean_bad_debt, "USD", "Mean bad debt")        \
  X(mean_lp_loss, "USD", "Mean LP loss") X(es_99_lp_loss, "USD", "ES 99 of LP loss")         \
  X(mean_social_loss, "USD", "Mean socialised loss")                                         \
  X(es_99_social_loss, "USD", "ES 99 of socialised loss")                                    \
  X(mean_surplus, "USD", "Mean surplus") X(mean_adl_accounts, "1", "Mean accounts closed")   \
  X(mean_lp_net, "USD", "Mean net income of LPs")                                            \
  X(mean_payment_gini, "1", "Gini of accounts' payments")                                    \
  X(mean_payment_top10, "1", "Share of the 10 greatest payers")
enum hc_cli_compared {
#define HC_CLI_COMPARED_ENUM(name, unit, text) HC_CLI_COMPARED_##name,
  HC_CLI_COMPARED_LIST(HC_CLI_COMPARED_ENUM)
#undef HC_CLI_COMPARED_ENUM
  HC_CLI_COMPARED_PAYERS, /* the first payer */
#define HC_CLI_PAYER_ENUM(column, above, below) HC_CLI_PAYER_##column,
  HC_CLI_COMPARED_LAST = HC_CLI_COMPARED_PAYERS - 1,
  HC_CLI_PAYER_LIST(HC_CLI_PAYER_ENUM)
#undef HC_CLI_PAYER_ENUM
  HC_CLI_ESTIMATES,
  HC_CLI_PAYERS = HC_CLI_ESTIMATES - HC_CLI_COMPARED_PAYERS
};

/* Differences to the first mechanism. */
#define HC_CLI_DIFFERENCE_LIST(X)                                                            \
  X(mean_lp_loss, "Mean LP loss") X(es_99_lp_loss, "ES 99 of LP loss")                       \
  X(mean_social_loss, "Mean socialised loss") X(es_99_social_loss, "ES 99 of socialised loss") \
  X(mean_insurance_paid, "Mean paid by funds")
enum hc_cli_difference {
#define HC_CLI_DIFFERENCE_ENUM(name, text) HC_CLI_DIFFERENCE_##name,
  HC_CLI_DIFFERENCE_LIST(HC_CLI_DIFFERENCE_ENUM)
#undef HC_CLI_DIFFERENCE_ENUM
  HC_CLI_DIFFERENCES
};
enum { HC_CLI_LP_TERMS, HC_CLI_SOCIAL_TERMS, HC_CLI_TERMS };

struct hc_cli_mechanism {
  char *name;     /* scenario:mechanism where there are scenarios */
  char *scenario; /* NULL: none */
  size_t first;   /* index of the first mechanism of its scenario */
  size_t same;    /* index of the same one in the first scenario; its own: it is that */
  char *file; /* NULL: the market's own waterfall */
  struct hc_cli_input input;
  char *waterfall, *yaml;
  char digest[65];
  double *sample[HC_COMPARISON_COLUMNS];
  double *terms[HC_CLI_TERMS]; /* of both ES 99 */
  struct hc_estimate estimates[HC_CLI_ESTIMATES];
  struct hc_estimate differences[HC_CLI_DIFFERENCES]; /* to `first` */
  struct hc_estimate shifts[HC_CLI_DIFFERENCES];      /* to `same` */
};
struct hc_cli_comparison {
  const struct hc_cli_arguments *arguments;
  size_t count, scenarios, paths, books;
  struct hc_cli_mechanism *mechanisms;
  struct hc_simulation_config simulation; /* of the first, as of all */
};

/* ---- compare_input.c ------------------------------------------------------------------- */
/* Names, configurations that were checked and agree in all that makes paths; not compiled. */
hc_status hc_cli_comparison_read(struct hc_cli_comparison *comparison) HC_CHECKED;
/* The scenario that is run: without counterfactual and timeline, which nobody looks at here. */
hc_status hc_cli_comparison_compile(const struct hc_cli_comparison *comparison,
                                    struct hc_cli_mechanism *mechanism) HC_CHECKED;
void hc_cli_comparison_free(struct hc_cli_comparison *comparison);

/* ---- compare_measure.c ----------------------------------------------------------------- */
/* Samples and estimates from the outcomes of all paths. */
hc_status hc_cli_measure_mechanism(const struct hc_cli_comparison *comparison,
                                   struct hc_cli_mechanism *mechanism,
                                   const struct hc_outcome *outcomes) HC_CHECKED;
hc_status hc_cli_measure_differences(const struct hc_cli_comparison *comparison,
                                     const struct hc_cli_mechanism *mechanism, size_t to,
                                     struct hc_estimate *differences) HC_CHECKED;
void hc_cli_samples_free(struct hc_cli_mechanism *mechanism);

/* ---- compare_print.c ------------------------------------------------------------------- */
void hc_cli_comparison_text(const struct hc_cli_comparison *comparison, struct hc_text *text);
void hc_cli_comparison_json(const struct hc_cli_comparison *comparison, struct hc_text *text);

/* ---- waterfall_text.c ------------------------------------------------------------------ */
/* One line: layers by verb, payer and what is not the default. */
void hc_cli_waterfall_text(const struct hc_config *config, struct hc_text *text);
#endif
