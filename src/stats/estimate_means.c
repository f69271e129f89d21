/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probabilities, means, deviations. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/internal.h"

/* A normal interval for the mean of something that is nearly always 0 rests on the few paths
 * where it is not; below FEW none is printed, below ENOUGH a note says so. */
#define FEW 10
#define ENOUGH 100

static const char *const column_name[HC_OUTCOME_COLUMNS] = {
#define HC_COLUMN_NAME(type, name, unit, long_name) #name,
  HC_OUTCOME_LIST(HC_COLUMN_NAME)
#undef HC_COLUMN_NAME
};
static const char *const column_unit[HC_OUTCOME_COLUMNS] = {
#define HC_COLUMN_UNIT(type, name, unit, long_name) unit,
  HC_OUTCOME_LIST(HC_COLUMN_UNIT)
#undef HC_COLUMN_UNIT
};
static const char *const column_text[HC_OUTCOME_COLUMNS] = {
#define HC_COLUMN_TEXT(type, name, unit, long_name) long_name,
  HC_OUTCOME_LIST(HC_COLUMN_TEXT)
#undef HC_COLUMN_TEXT
};

/* ---- probabilities --------------------------------------------------------------------- */
static void set_probability(const struct hc_stats *stats, enum hc_event event,
                            struct hc_estimate *estimate) {
  const double k = (double)stats->event[event], n = (double)stats->paths, p = k / n;
  const struct hc_design design =
    hc_design_of(stats->event_group[event], k, n, stats->group_paths, stats->groups);
  estimate->value = p;
  estimate->se_paths = sqrt(p * (1.0 - p) / n);
  estimate->se = estimate->se_paths * sqrt(design.effect);
  hc_wilson_design(k, k, n, design, &estimate->low, &estimate->high);
  if (k <= 0.0) hc_note(estimate, "0 of %" PRIu64 ": below %.2g", stats->paths, estimate->high);
  if (k >= n) hc_note(estimate, "all of %" PRIu64 ": above %.6g", stats->paths, estimate->low);
}

void hc_estimate_events(struct hc_builder *builder) {
  static const struct {
    const char *name, *text;
  } events[HC_EVENTS] = {
#define HC_EVENT_ROW(name, column, text) {#name, text},
    HC_EVENT_LIST(HC_EVENT_ROW)
#undef HC_EVENT_ROW
  };
  const struct hc_stats *stats = builder->stats;
  for (int e = 0; e < HC_EVENTS; ++e) {
    struct hc_estimate *made = hc_estimate_new(builder, "1", events[e].text, "%s", events[e].name);
    if (!stats->paths) hc_note(made, "no paths");
    else if (e == HC_EVENT_p_fund_depletion && !(stats->setup.fund_initial > 0.0))
      hc_note(made, "no insurance fund at the start");
    else set_probability(stats, (enum hc_event)e, made);
  }
}

/* ---- means ------------------------------------------------------------------------------- */
struct hc_error_bars hc_mean_bars(const struct hc_stats *stats, const struct hc_total *total) {
  const double n = (double)total->count;
  const struct hc_between between = hc_between_groups(
    total->group_sum, total->group_count, total->mean, n, total->group_count, stats->groups);
  return hc_bars(n > 1.0 ? total->m2 / (n - 1.0) / n : (double)NAN, between);
}

/* Few paths that count: no interval, or a note. */
void hc_judge(struct hc_estimate *estimate, uint64_t nonzero) {
  if (nonzero < FEW) hc_clear_interval(estimate);
  if (nonzero < ENOUGH) hc_note(estimate, "too few paths with any (%" PRIu64 ")", nonzero);
}

/* What the mean of a column rests on: paths at all, paths where it is not 0, or, where it is a number
 * on few of them, those. */
enum support { EVERY_PATH, NONZERO, NUMBERS };

static void set_mean(const struct hc_stats *stats, const struct hc_total *total, enum support support,
                     struct hc_estimate *estimate) {
  if (!total->count) {
    hc_note(estimate, "not applicable");
    return;
  }
  estimate->value = total->mean;
  hc_estimate_bars(estimate, hc_mean_bars(stats, total));
  if (total->min >= 0.0 && estimate->low < 0.0) estimate->low = 0.0;
  if (total->count == 1) hc_note(estimate, "one path");
  else if (support != EVERY_PATH)
    hc_judge(estimate, support == NUMBERS ? total->count : total->nonzero);
  else if (total->min >= total->max) hc_note(estimate, "the same on all paths");
}

static void new_mean(struct hc_builder *builder, enum hc_outcome_column column, enum support support) {
  char text[sizeof ((struct hc_estimate *)0)->long_name];
  (void)snprintf(text, sizeof text, "Mean: %s", column_text[column]);
  struct hc_estimate *made =
    hc_estimate_new(builder, column_unit[column], text, "mean_%s", column_name[column]);
  set_mean(builder->stats, &builder->stats->column[column], support, made);
}

static enum support support_of(enum hc_outcome_column column) {
  switch ((int)column) {
    case HC_COLUMN_lp_net:
    case HC_COLUMN_leaver_loss_share:
    case HC_COLUMN_stayer_loss_share:
    case HC_COLUMN_fund_end:
    case HC_COLUMN_fund_min:
    case HC_COLUMN_mark_low:
    case HC_COLUMN_mark_end:
    case HC_COLUMN_mark_low_no_impact: return EVERY_PATH;
    case HC_COLUMN_payment_gini:
    case HC_COLUMN_payment_top10:
    case HC_COLUMN_haircut_max: return NUMBERS;
    default: return NONZERO;
  }
}

uint64_t hc_mean_support(const struct hc_stats *stats, const char *name) {
  const char *column = !strncmp(name, "mean_", 5) ? name + 5 : !strncmp(name, "sd_", 3) ? name + 3 : NULL;
  for (int i = 0; column && i < HC_OUTCOME_COLUMNS; ++i)
    if (!strcmp(column_name[i], column)) return stats->column[i].nonzero;
  return stats->paths;
}

void hc_stats_mean(const struct hc_stats *stats, enum hc_outcome_column column,
                   struct hc_estimate *estimate) {
  const double nan = (double)NAN;
  *estimate = (struct hc_estimate){.value = nan, .se = nan, .se_paths = nan, .low = nan, .high = nan};
  (void)snprintf(estimate->name, sizeof estimate->name, "mean_%s", column_name[column]);
  (void)snprintf(estimate->unit, sizeof estimate->unit, "%s", column_unit[column]);
  (void)snprintf(estimate->long_name, sizeof estimate->long_name, "Mean: %s", column_text[column]);
  set_mean(stats, &stats->column[column], support_of(column), estimate);
}

/* Delta method: se(s) = se(mean of (x - m)^2) / (2 s), between books likewise. */
static void set_deviation(const struct hc_stats *stats, enum hc_tail_metric metric,
                          struct hc_estimate *estimate) {
  const struct hc_total *total = &stats->column[hc_tail_column[metric]];
  const double n = (double)total->count;
  if (!total->count) {
    hc_note(estimate, "not applicable");
    return;
  }
  if (total->count == 1) {
    hc_note(estimate, "one path");
    return;
  }
  estimate->value = sqrt(total->m2 / (n - 1.0));
  struct hc_sums sums;
  hc_tail_deviations(stats, metric, total->mean, &sums);
  struct hc_error_bars bars = hc_sums_bars(&sums, n, total->group_count, stats->groups);
  const double scale = estimate->value > 0.0 ? 0.5 / estimate->value : 0.0;
  bars.se *= scale;
  bars.se_paths *= scale;
  hc_estimate_bars(estimate, bars);
  if (estimate->low < 0.0) estimate->low = 0.0;
  hc_judge(estimate, total->nonzero);
}

void hc_estimate_moments(struct hc_builder *builder) {
  for (int t = 0; t < HC_TAILS; ++t) {
    const enum hc_outcome_column column = hc_tail_column[t];
    new_mean(builder, column, NONZERO);
    char text[sizeof ((struct hc_estimate *)0)->long_name];
    (void)snprintf(text, sizeof text, "Standard deviation: %s", column_text[column]);
    set_deviation(builder->stats, (enum hc_tail_metric)t,
                  hc_estimate_new(builder, "USD", text, "sd_%s", column_name[column]));
  }
}

/* Ratio of the sum of losses to the number of paths with one. */
void hc_estimate_severity(struct hc_builder *builder) {
  const struct hc_stats *stats = builder->stats;
  const struct hc_total *total = &stats->column[HC_COLUMN_lp_loss];
  const struct hc_tail *tail = &stats->tail[HC_TAIL_lp_loss];
  struct hc_estimate *made =
    hc_estimate_new(builder, "USD", "Mean loss of liquidity providers on paths with one",
                    "mean_lp_loss_given_loss");
  const double n = (double)total->count, k = (double)tail->positive;
  if (!(k > 0.0)) {
    hc_note(made, "no path with a loss");
    return;
  }
  const double mean = total->mean * n / k;
  /* Sum of (x - mean)^2 over positive x, from that over all x. */
  const double square = fmax(0.0, total->m2 + n * (total->mean * total->mean) - k * (mean * mean));
  made->value = mean;
  const struct hc_between between = hc_between_groups(
    total->group_sum, tail->group_positive, mean, k, total->group_count, stats->groups);
  hc_estimate_bars(made, hc_bars(k > 1.0 ? square / (k - 1.0) / k : (double)NAN, between));
  if (made->low < 0.0) made->low = 0.0;
  hc_judge(made, tail->positive);
}

void hc_estimate_means(struct hc_builder *builder) {
  static const enum hc_outcome_column means[] = {
    HC_COLUMN_lp_loss_share,       HC_COLUMN_lp_net,
    HC_COLUMN_insurance_paid,      HC_COLUMN_lp_profit_paid,
    HC_COLUMN_lp_deposit_paid,     HC_COLUMN_uncovered,
    HC_COLUMN_trader_paid,         HC_COLUMN_trader_forgone,
    HC_COLUMN_member_paid,         HC_COLUMN_staker_paid,
    HC_COLUMN_outside_paid,        HC_COLUMN_taker_charge,
    HC_COLUMN_rest_charge,         HC_COLUMN_lp_inventory,
    HC_COLUMN_lp_trading,          HC_COLUMN_payout_owed,
    HC_COLUMN_lp_withdrawn,        HC_COLUMN_hurdle_shortfall,
    HC_COLUMN_leaver_loss_share,   HC_COLUMN_stayer_loss_share,
    HC_COLUMN_surplus,             HC_COLUMN_pending_end,
    HC_COLUMN_adl_notional,        HC_COLUMN_adl_accounts,
    HC_COLUMN_payers,              HC_COLUMN_payment_gini,
    HC_COLUMN_payment_top10,       HC_COLUMN_haircut_max,
    HC_COLUMN_fund_end,            HC_COLUMN_fund_min,
    HC_COLUMN_liquidated_notional, HC_COLUMN_liquidations,
    HC_COLUMN_backstop_notional,   HC_COLUMN_backstop_accounts,
    HC_COLUMN_taker_inventory,     HC_COLUMN_open_deficit,
    HC_COLUMN_cascade_rounds,      HC_COLUMN_displacement_max,
    HC_COLUMN_mark_low,            HC_COLUMN_mark_end,
    HC_COLUMN_lp_loss_no_impact,   HC_COLUMN_bad_debt_no_impact,
    HC_COLUMN_mark_low_no_impact,
  };
  for (size_t i = 0; i < sizeof means / sizeof *means; ++i)
    new_mean(builder, means[i], support_of(means[i]));
}

void hc_estimate_classes(struct hc_builder *builder) {
  for (size_t i = 0; i < builder->stats->setup.classes; ++i) {
    char text[sizeof ((struct hc_estimate *)0)->long_name];
    (void)snprintf(text, sizeof text, "Mean: loss of liquidity-provider class %zu", i);
    struct hc_estimate *made =
      hc_estimate_new(builder, "USD", text, "mean_lp_loss_class_%zu", i);
    set_mean(builder->stats, &builder->stats->column[HC_OUTCOME_COLUMNS + i], NONZERO, made);
  }
}
