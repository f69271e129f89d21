/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Value at risk, expected shortfall, how heavy a tail is, and the share of the cascade. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "haircut/random.h"
#include "stats/internal.h"

#define ENOUGH 100

static const struct {
  const char *name, *text;
} tails[HC_TAILS] = {
#define HC_TAIL_ROW(name, text) {#name, text},
  HC_TAIL_LIST(HC_TAIL_ROW)
#undef HC_TAIL_ROW
};

struct level {
  unsigned level; /* 1/10000 */
  const char *suffix, *text;
};
static const struct level levels[] = {
  {9000, "90", "90 %"}, {9500, "95", "95 %"}, {9900, "99", "99 %"}, {9990, "999", "99.9 %"}};

static bool is_applicable(const struct hc_stats *stats, int metric, struct hc_estimate *estimate) {
  if (hc_tail_paths(stats, (enum hc_tail_metric)metric)) return true;
  hc_note(estimate, "not applicable");
  return false;
}

static struct hc_estimate *new_tail(struct hc_builder *builder, const char *what, const char *prefix,
                                    const struct level *level, int metric) {
  char text[sizeof ((struct hc_estimate *)0)->long_name];
  (void)snprintf(text, sizeof text, "%s at %s: %s", what, level->text, tails[metric].text);
  return hc_estimate_new(builder, "USD", text, "%s_%s_%s", prefix, level->suffix,
                         tails[metric].name);
}

static void set_quantile(const struct hc_stats *stats, const struct level *level, int metric,
                         struct hc_estimate *estimate) {
  if (!is_applicable(stats, metric, estimate)) return;
  struct hc_quantile quantile;
  hc_quantile_of(stats, (enum hc_tail_metric)metric, level->level, &quantile);
  estimate->value = quantile.value;
  estimate->low = quantile.low;
  estimate->high = quantile.high;
  estimate->se = quantile.se;
  estimate->se_paths = quantile.se_paths;
  if (isnan(quantile.low)) hc_note(estimate, "interval reaches beyond the largest path");
  else if (!quantile.exact) hc_note(estimate, "from histogram");
}

static void set_shortfall(const struct hc_stats *stats, const struct level *level, int metric,
                          struct hc_estimate *estimate) {
  if (!is_applicable(stats, metric, estimate)) return;
  struct hc_shortfall shortfall;
  hc_shortfall_of(stats, (enum hc_tail_metric)metric, level->level, 0.0, INFINITY, &shortfall);
  estimate->value = shortfall.value;
  estimate->low = shortfall.low;
  estimate->high = shortfall.high;
  estimate->se = shortfall.se;
  estimate->se_paths = shortfall.se_paths;
  if (shortfall.tail < ENOUGH) hc_note(estimate, "too few tail paths (%" PRIu64 ")", shortfall.tail);
  else if (!shortfall.exact) hc_note(estimate, "from histogram");
}

void hc_estimate_tails(struct hc_builder *builder) {
  for (int t = 0; t < HC_TAILS; ++t)
    for (size_t i = 0; i < sizeof levels / sizeof *levels; ++i) {
      set_quantile(builder->stats, &levels[i], t,
                   new_tail(builder, "Value at risk", "var", &levels[i], t));
      set_shortfall(builder->stats, &levels[i], t,
                    new_tail(builder, "Expected shortfall", "es", &levels[i], t));
    }
}

/* ---- cascade share -------------------------------------------------------------------------- */
/* r = E[without]/E[with] by the delta method: the variance is that of without - r with, over
 * the squared mean of with, for paths and for books (Cochran 1977, 6.4). */
static void set_share(const struct hc_stats *stats, int pair, struct hc_estimate *estimate) {
  const struct hc_total *with = &stats->column[hc_pair_column[pair][0]];
  const struct hc_total *without = &stats->column[hc_pair_column[pair][1]];
  if (!with->count || with->count != without->count || with->count != stats->paths) {
    hc_note(estimate, "not applicable");
    return;
  }
  if (!(with->mean > 0.0)) {
    hc_note(estimate, "no path with a loss");
    return;
  }
  const double n = (double)with->count, r = without->mean / with->mean, total = n * with->mean;
  const double square = without->m2 - 2.0 * r * stats->comoment[pair] + r * r * with->m2;
  const double paths = n / (n - 1.0) * fmax(0.0, square) / (total * total);
  estimate->value = 1.0 - r;
  hc_estimate_bars(estimate,
                   hc_bars(n > 1.0 ? paths : (double)NAN,
                           hc_between_groups(without->group_sum, with->group_sum, r, total,
                                             stats->group_paths, stats->groups)));
  if (with->nonzero >= ENOUGH) return;
  hc_clear_interval(estimate); /* a ratio needs a denominator that is sure */
  hc_note(estimate, "too few paths with a loss (%" PRIu64 ")", with->nonzero);
}

void hc_estimate_shares(struct hc_builder *builder) {
  set_share(builder->stats, HC_PAIR_bad_debt,
            hc_estimate_new(builder, "1", "Share of mean bad debt that is due to price impact",
                            "cascade_share_bad_debt"));
  set_share(builder->stats, HC_PAIR_lp_loss,
            hc_estimate_new(builder, "1", "Share of mean LP loss that is due to price impact",
                            "cascade_share_lp_loss"));
}

/* ---- heaviness -------------------------------------------------------------------------------- */
/* The largest path's part of the sum that ES 99 averages. */
static void set_largest(const struct hc_stats *stats, int metric, struct hc_estimate *estimate) {
  if (!is_applicable(stats, metric, estimate)) return;
  const struct hc_tail *tail = &stats->tail[metric];
  if (!tail->positive) {
    hc_note(estimate, "no positive path");
    return;
  }
  const double n = (double)hc_tail_paths(stats, (enum hc_tail_metric)metric);
  struct hc_shortfall shortfall;
  hc_shortfall_of(stats, (enum hc_tail_metric)metric, 9900, 0.0, INFINITY, &shortfall);
  estimate->value = fmin(1.0, tail->largest / (shortfall.value * n * 0.01));
  if (shortfall.tail < ENOUGH) hc_note(estimate, "too few tail paths (%" PRIu64 ")", shortfall.tail);
  else hc_note(estimate, "a description: no interval");
}

/* The worst 1 % of paths, at most half of the positive values, and one fewer than are kept. */
static size_t hill_count(const struct hc_stats *stats, int metric) {
  const struct hc_tail *tail = &stats->tail[metric];
  const uint64_t n = hc_tail_paths(stats, (enum hc_tail_metric)metric);
  uint64_t k = n / 100 + (n % 100 != 0);
  if (k > tail->positive / 2) k = tail->positive / 2;
  if (k + 1 > tail->top.count) k = tail->top.count ? tail->top.count - 1 : 0;
  return (size_t)k;
}

/* Hill (1975): 1/alpha is the mean of ln(X_(i) / X_(k+1)) over the k largest. As a ratio of sums
 * over books it has their scatter too (for a power tail the random threshold cancels to first
 * order); of paths alone its relative error is 1/sqrt(k). */
static void set_index(const struct hc_stats *stats, int metric, struct hc_estimate *estimate) {
  if (!is_applicable(stats, metric, estimate)) return;
  const struct hc_tail *tail = &stats->tail[metric];
  const size_t k = hill_count(stats, metric);
  double sum = 0.0, logs[HC_GROUPS] = {0}, many[HC_GROUPS] = {0};
  const double base = k ? hc_log(tail->top.entries[k].value) : 0.0;
  for (size_t i = k; i-- > 0;) {
    const double above = hc_log(tail->top.entries[i].value) - base;
    sum += above;
    logs[tail->group[i]] += above;
    many[tail->group[i]] += 1.0;
  }
  if (k < ENOUGH) hc_note(estimate, "too few tail paths (%zu)", k);
  if (!(sum > 0.0)) {
    if (k >= ENOUGH) hc_note(estimate, "the largest values are equal");
    return;
  }
  estimate->value = (double)k / sum;
  if (k < ENOUGH) return;
  const double mean = sum / (double)k, square = estimate->value * estimate->value;
  struct hc_error_bars bars =
    hc_bars(mean * mean / (double)k, hc_between_groups(logs, many, mean, (double)k,
                                                       stats->group_paths, stats->groups));
  bars.se *= square;
  bars.se_paths *= square;
  hc_estimate_bars(estimate, bars);
}

void hc_estimate_heaviness(struct hc_builder *builder) {
  for (int t = HC_TAIL_bad_debt; t <= HC_TAIL_fund_required; ++t) {
    char text[sizeof ((struct hc_estimate *)0)->long_name];
    (void)snprintf(text, sizeof text, "Share of the largest path in ES 99: %s", tails[t].text);
    set_largest(builder->stats, t,
                hc_estimate_new(builder, "1", text, "largest_share_es_99_%s", tails[t].name));
    (void)snprintf(text, sizeof text, "Hill tail index: %s", tails[t].text);
    set_index(builder->stats, t, hc_estimate_new(builder, "1", text, "tail_index_%s", tails[t].name));
  }
}
