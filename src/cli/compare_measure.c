/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From outcomes to samples, estimates and paired differences. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/report.h"
#include "haircut/run.h"

#define NAME_OF(name, unit, text) #name,
#define UNIT_OF(name, unit, text) unit,
static const char *const names[] = {HC_CLI_COMPARED_LIST(NAME_OF)};
static const char *const units[] = {HC_CLI_COMPARED_LIST(UNIT_OF)};
#define DIFFERENCE_NAME(name, text) #name,
#define DIFFERENCE_TEXT(name, text) text,
static const char *const difference_names[] = {HC_CLI_DIFFERENCE_LIST(DIFFERENCE_NAME)};
static const char *const difference_texts[] = {HC_CLI_DIFFERENCE_LIST(DIFFERENCE_TEXT)};

static const char *const long_names[] = {
  [HC_CLI_COMPARED_p_socialisation] = "Probability that LPs, traders, members or stakers pay",
  [HC_CLI_COMPARED_p_uncovered] = "Probability of bad debt that no layer pays",
  [HC_CLI_COMPARED_p_pending] = "Probability of losses not recognised at the horizon",
  [HC_CLI_COMPARED_mean_social_loss] = "Mean: losses of LPs, traders, members and stakers together",
  [HC_CLI_COMPARED_es_99_lp_loss] = "Expected shortfall 99 %: loss of liquidity providers",
  [HC_CLI_COMPARED_es_99_social_loss] =
    "Expected shortfall 99 %: losses of LPs, traders, members and stakers together",
};

static hc_status out_of_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

/* ---- samples ------------------------------------------------------------------------------ */

static void take_path(struct hc_cli_mechanism *mechanism, size_t path,
                      const struct hc_outcome *outcome) {
  double values[HC_COMPARISON_COLUMNS];
  hc_comparison_values(outcome, values);
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; i++) mechanism->sample[i][path] = values[i];
}

static hc_status take_samples(struct hc_cli_mechanism *mechanism, size_t paths,
                              const struct hc_outcome *outcomes) {
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; i++) {
    mechanism->sample[i] = malloc((paths + 1) * sizeof(double));
    if (!mechanism->sample[i]) return out_of_memory();
  }
  for (size_t p = 0; p < paths; p++) take_path(mechanism, p, &outcomes[p]);
  return HC_OK;
}

void hc_cli_samples_free(struct hc_cli_mechanism *mechanism) {
  for (size_t i = 0; i < HC_COMPARISON_COLUMNS; i++) {
    free(mechanism->sample[i]);
    mechanism->sample[i] = NULL;
  }
  for (size_t i = 0; i < HC_CLI_TERMS; i++) {
    free(mechanism->terms[i]);
    mechanism->terms[i] = NULL;
  }
}

/* ---- estimates ---------------------------------------------------------------------------- */

/* The statistics of a run, granule by granule in path order as everywhere: the same bits. */
static hc_status fill_stats(struct hc_stats *stats, struct hc_granule_stats *granule,
                            const struct hc_outcome *outcomes, size_t paths) {
  static const double no_classes[1];
  hc_status status = HC_OK;
  for (size_t first = 0; first < paths && status == HC_OK; first += HC_GRANULE) {
    const size_t count = paths - first < HC_GRANULE ? paths - first : HC_GRANULE;
    status = hc_granule_stats_fill(granule, first, count, outcomes + first, no_classes);
    if (status == HC_OK) status = hc_stats_merge(stats, granule);
  }
  return status;
}

static hc_status make_stats(const struct hc_scenario *scenario, const struct hc_outcome *outcomes,
                            size_t paths, struct hc_stats **stats) {
  struct hc_stats_setup setup = hc_run_setup(scenario);
  setup.classes = 0;
  struct hc_granule_stats *granule = NULL;
  hc_status status = hc_stats_create(&setup, stats);
  if (status == HC_OK) status = hc_granule_stats_create(&setup, &granule);
  if (status == HC_OK) status = fill_stats(*stats, granule, outcomes, paths);
  hc_granule_stats_free(granule);
  return status;
}

static void name_estimates(struct hc_cli_mechanism *mechanism) {
  for (size_t i = 0; i < HC_CLI_COMPARED_PAYERS; i++) {
    struct hc_estimate *estimate = &mechanism->estimates[i];
    (void)snprintf(estimate->name, sizeof estimate->name, "%s", names[i]);
    (void)snprintf(estimate->unit, sizeof estimate->unit, "%s", units[i]);
    if (i < sizeof long_names / sizeof *long_names && long_names[i])
      (void)snprintf(estimate->long_name, sizeof estimate->long_name, "%s", long_names[i]);
  }
}

static void measure_columns(const struct hc_stats *stats, struct hc_estimate *estimates) {
  static const struct {
    size_t estimate;
    enum hc_outcome_column column;
  } rows[] = {{HC_CLI_COMPARED_mean_bad_debt, HC_COLUMN_bad_debt},
              {HC_CLI_COMPARED_mean_lp_loss, HC_COLUMN_lp_loss},
              {HC_CLI_COMPARED_mean_surplus, HC_COLUMN_surplus},
              {HC_CLI_COMPARED_mean_adl_accounts, HC_COLUMN_adl_accounts},
              {HC_CLI_COMPARED_mean_lp_net, HC_COLUMN_lp_net},
              {HC_CLI_COMPARED_mean_payment_gini, HC_COLUMN_payment_gini},
              {HC_CLI_COMPARED_mean_payment_top10, HC_COLUMN_payment_top10},
              {HC_CLI_PAYER_insurance_paid, HC_COLUMN_insurance_paid},
              {HC_CLI_PAYER_trader_paid, HC_COLUMN_trader_paid},
              {HC_CLI_PAYER_trader_forgone, HC_COLUMN_trader_forgone},
              {HC_CLI_PAYER_member_paid, HC_COLUMN_member_paid},
              {HC_CLI_PAYER_staker_paid, HC_COLUMN_staker_paid},
              {HC_CLI_PAYER_taker_charge, HC_COLUMN_taker_charge},
              {HC_CLI_PAYER_outside_paid, HC_COLUMN_outside_paid},
              {HC_CLI_PAYER_rest_charge, HC_COLUMN_rest_charge},
              {HC_CLI_PAYER_uncovered, HC_COLUMN_uncovered},
              {HC_CLI_PAYER_pending_end, HC_COLUMN_pending_end}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    hc_stats_mean(stats, rows[i].column, &estimates[rows[i].estimate]);
}

static hc_status measure_tail(struct hc_stats *stats, struct hc_estimate *estimate) {
  const struct hc_estimate *all;
  size_t count;
  const hc_status status = hc_stats_estimates(stats, &all, &count);
  for (size_t i = 0; status == HC_OK && i < count; i++)
    if (!strcmp(all[i].name, "es_99_lp_loss")) *estimate = all[i];
  return status;
}

static struct hc_sample sample_of(const struct hc_cli_comparison *comparison,
                                  const double *values) {
  return (struct hc_sample){values, comparison->paths, comparison->books};
}

static hc_status measure_samples(const struct hc_cli_comparison *comparison,
                                 struct hc_cli_mechanism *mechanism) {
  struct hc_estimate *to = mechanism->estimates, unused = {.note = ""};
  double *const *x = mechanism->sample;
  const struct hc_sample social = sample_of(comparison, x[HC_COMPARISON_social_loss]);
  const struct hc_sample lp_loss = sample_of(comparison, x[HC_COMPARISON_lp_loss]);
  const struct hc_sample lp_paid = sample_of(comparison, x[HC_COMPARISON_lp_paid]);
  const struct hc_sample uncovered = sample_of(comparison, x[HC_COMPARISON_uncovered]);
  const struct hc_sample pending = sample_of(comparison, x[HC_COMPARISON_pending_end]);
  hc_sample_share(&social, &to[HC_CLI_COMPARED_p_socialisation]);
  hc_sample_share(&uncovered, &to[HC_CLI_COMPARED_p_uncovered]);
  hc_sample_share(&pending, &to[HC_CLI_COMPARED_p_pending]);
  hc_sample_mean(&social, &to[HC_CLI_COMPARED_mean_social_loss]);
  to[HC_CLI_PAYER_lp_paid] = (struct hc_estimate){
    .name = "mean_lp_paid", .unit = "USD", .long_name = "Mean: bad debt paid in cash by LPs"};
  hc_sample_mean(&lp_paid, &to[HC_CLI_PAYER_lp_paid]);
  for (size_t i = 0; i < HC_CLI_TERMS; i++) {
    mechanism->terms[i] = malloc((comparison->paths + 1) * sizeof(double));
    if (!mechanism->terms[i]) return HC_NO_MEMORY;
  }
  hc_status status = hc_sample_shortfall(&social, mechanism->terms[HC_CLI_SOCIAL_TERMS],
                                         &to[HC_CLI_COMPARED_es_99_social_loss]);
  if (status == HC_OK)
    status = hc_sample_shortfall(&lp_loss, mechanism->terms[HC_CLI_LP_TERMS], &unused);
  return status;
}

hc_status hc_cli_measure_mechanism(const struct hc_cli_comparison *comparison,
                                   struct hc_cli_mechanism *mechanism,
                                   const struct hc_outcome *outcomes) {
  struct hc_stats *stats = NULL;
  hc_status status = take_samples(mechanism, comparison->paths, outcomes);
  if (status != HC_OK) return status;
  name_estimates(mechanism);
  status = make_stats(mechanism->input.scenario, outcomes, comparison->paths, &stats);
  if (status == HC_OK) {
    measure_columns(stats, mechanism->estimates);
    status = measure_tail(stats, &mechanism->estimates[HC_CLI_COMPARED_es_99_lp_loss]);
  }
  if (status == HC_OK) status = measure_samples(comparison, mechanism);
  hc_stats_free(stats);
  return status == HC_OK ? HC_OK : hc_cli_complain(status, "%s", hc_status_text(status));
}

/* ---- differences -------------------------------------------------------------------------- */

static void subtract(const struct hc_cli_comparison *comparison, const double *x, const double *y,
                     double *work, struct hc_estimate *estimate) {
  bool differ = false;
  for (size_t p = 0; p < comparison->paths; p++) {
    work[p] = x[p] - y[p];
    differ = differ || work[p] != 0;
  }
  const struct hc_sample sample = sample_of(comparison, work);
  hc_sample_mean(&sample, estimate);
  if (!differ) (void)snprintf(estimate->note, sizeof estimate->note, "no path differs");
}

/* A shortfall of too few paths has no error, nor has a difference with it. */
static void withhold(const struct hc_estimate *ours, const struct hc_estimate *theirs,
                     struct hc_estimate *difference) {
  if (!isnan(ours->se) && !isnan(theirs->se)) return;
  difference->se = difference->se_paths = difference->low = difference->high = (double)NAN;
  (void)snprintf(difference->note, sizeof difference->note, "%s",
                 isnan(ours->se) ? ours->note : theirs->note);
}

static void name_differences(const char *first, struct hc_estimate *differences) {
  for (size_t i = 0; i < HC_CLI_DIFFERENCES; i++) {
    struct hc_estimate *estimate = &differences[i];
    (void)snprintf(estimate->name, sizeof estimate->name, "%s", difference_names[i]);
    (void)snprintf(estimate->unit, sizeof estimate->unit, "USD");
    (void)snprintf(estimate->long_name, sizeof estimate->long_name,
                   "%s: difference to %.60s", difference_texts[i], first);
  }
}

hc_status hc_cli_measure_differences(const struct hc_cli_comparison *comparison,
                                     const struct hc_cli_mechanism *mechanism, size_t index,
                                     struct hc_estimate *to) {
  const struct hc_cli_mechanism *first = &comparison->mechanisms[index];
  double *work = malloc((comparison->paths + 1) * sizeof *work);
  if (!work) return out_of_memory();
  name_differences(first->name, to);
  static const struct {
    size_t difference, column;
  } means[] = {{HC_CLI_DIFFERENCE_mean_lp_loss, HC_COMPARISON_lp_loss},
               {HC_CLI_DIFFERENCE_mean_social_loss, HC_COMPARISON_social_loss},
               {HC_CLI_DIFFERENCE_mean_insurance_paid, HC_COMPARISON_insurance_paid}};
  for (size_t i = 0; i < sizeof means / sizeof *means; i++)
    subtract(comparison, mechanism->sample[means[i].column], first->sample[means[i].column], work,
             &to[means[i].difference]);
  static const struct {
    size_t difference, terms, estimate;
  } tails[] = {
    {HC_CLI_DIFFERENCE_es_99_lp_loss, HC_CLI_LP_TERMS, HC_CLI_COMPARED_es_99_lp_loss},
    {HC_CLI_DIFFERENCE_es_99_social_loss, HC_CLI_SOCIAL_TERMS, HC_CLI_COMPARED_es_99_social_loss}};
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    subtract(comparison, mechanism->terms[tails[i].terms], first->terms[tails[i].terms], work,
             &to[tails[i].difference]);
    withhold(&mechanism->estimates[tails[i].estimate], &first->estimates[tails[i].estimate],
             &to[tails[i].difference]);
  }
  free(work);
  return HC_OK;
}
