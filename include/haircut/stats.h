/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Statistics over paths: mergeable accumulators and intervals that are true. */
#ifndef HAIRCUT_STATS_H
#define HAIRCUT_STATS_H

#include <stdint.h>

#include "haircut/outcome.h"
#include "haircut/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Paths in a granule: statistics merge granule by granule in path order, so that threads,
 *  shards, restarts and kept samples give the same bits. */
#define HC_GRANULE 1024
/** Worst paths kept exactly, per tail metric. */
#define HC_TAIL_KEEP 65536
#define HC_MAX_BOOKS 4096

/* Metrics whose tail is reported: VaR, ES, exceedance curve, histogram. */
#define HC_TAIL_LIST(X)                                                                     \
  X(lp_loss, "Loss of liquidity providers") X(social_loss, "Loss of all behind the fund")   \
  X(bad_debt, "Bad debt")                         \
  X(fund_required, "Required initial insurance fund")
enum hc_tail_metric {
#define HC_TAIL_ENUM(name, text) HC_TAIL_##name,
  HC_TAIL_LIST(HC_TAIL_ENUM)
#undef HC_TAIL_ENUM
  HC_TAILS
};

/** What the statistics need to know about the run. */
struct hc_stats_setup {
  size_t books;            /* path p uses book p mod books */
  size_t classes;
  double fund_initial;     /* USD */
  double lp_profit;        /* sum of positive profits at start, USD */
  double lp_deposits;      /* USD */
  int reflects;            /* fund_required is a number */
  int counterfactual;      /* the _no_impact columns are numbers */
};

/* ---- one granule ------------------------------------------------------------------ */
struct hc_granule_stats; /* moments of every column, per-book sums, tail candidates, counts */
HC_API hc_status hc_granule_stats_create(const struct hc_stats_setup *setup,
                                         struct hc_granule_stats **stats) HC_CHECKED;
HC_API void hc_granule_stats_free(struct hc_granule_stats *stats);
/** Replaces the content by that of `count` consecutive paths from `first` (count at most
 *  HC_GRANULE, first a multiple of it). lp_class: count x classes. */
HC_API hc_status hc_granule_stats_fill(struct hc_granule_stats *stats, uint64_t first, size_t count,
                                       const struct hc_outcome *outcomes,
                                       const double *lp_class) HC_CHECKED;
/** Adds the curves of payments of the granule's paths, in path order, after hc_granule_stats_fill. */
HC_API hc_status hc_granule_stats_lorenz(struct hc_granule_stats *stats,
                                         const struct hc_lorenz *lorenz) HC_CHECKED;
/** Adds who left the bad debt of the granule's paths, in path order, after hc_granule_stats_fill. */
HC_API hc_status hc_granule_stats_blame(struct hc_granule_stats *stats,
                                        const struct hc_blame *blame) HC_CHECKED;
/** Bytes of the granule for a shard and back; the buffer is owned by the stats object and
 *  valid until the next call. HC_FORMAT if the bytes are not of this setup. */
HC_API hc_status hc_granule_stats_pack(struct hc_granule_stats *stats, const void **bytes,
                                       size_t *length) HC_CHECKED;
HC_API hc_status hc_granule_stats_unpack(struct hc_granule_stats *stats, const void *bytes,
                                         size_t length) HC_CHECKED;

/* ---- all granules ------------------------------------------------------------------ */
struct hc_stats;
HC_API hc_status hc_stats_create(const struct hc_stats_setup *setup, struct hc_stats **stats) HC_CHECKED;
HC_API void hc_stats_free(struct hc_stats *stats);
/** Merges the next granule; they must come in path order without gaps (else HC_BUG). */
HC_API hc_status hc_stats_merge(struct hc_stats *stats, const struct hc_granule_stats *granule) HC_CHECKED;
HC_API uint64_t hc_stats_paths(const struct hc_stats *stats);

/** One estimate with its error. `se`: standard error with the variance between books;
 *  `se_paths`: of the paths alone. low, high: 95 % interval; NaN where none can be given, and
 *  then `note` says why ("too few tail paths (37)"). */
struct hc_estimate {
  char name[48];      /* mean_lp_loss, var_99_lp_loss, es_99_bad_debt, p_socialisation ... */
  char unit[8];
  char long_name[120];
  double value, se, se_paths, low, high;
  char note[64];
};
/** Every estimate in a fixed order; array owned by stats. */
HC_API hc_status hc_stats_estimates(struct hc_stats *stats, const struct hc_estimate **estimates,
                                    size_t *count) HC_CHECKED;

/** Exceedance curve P(X > x) on a log grid of x from the largest loss downwards, with Wilson
 *  bands widened for the variance between books. Arrays of `count`, owned by stats. */
struct hc_curve {
  size_t count;
  const double *x, *p, *low, *high;
};
HC_API hc_status hc_stats_exceedance(struct hc_stats *stats, enum hc_tail_metric metric,
                                     struct hc_curve *curve) HC_CHECKED;

/** Histogram over the fixed log bins between the smallest and largest positive value; `zero`
 *  paths at 0. edges has count + 1 elements. */
struct hc_histogram {
  size_t count;
  const double *edges;
  const int64_t *counts;
  int64_t zero;
};
HC_API hc_status hc_stats_histogram(struct hc_stats *stats, enum hc_tail_metric metric,
                                    struct hc_histogram *histogram) HC_CHECKED;

/** Quantiles at fixed levels (0.5 ... 0.9999), with order-statistic intervals. */
struct hc_quantiles {
  size_t count;
  const double *level, *value, *low, *high;
};
HC_API hc_status hc_stats_quantiles(struct hc_stats *stats, enum hc_tail_metric metric,
                                    struct hc_quantiles *quantiles) HC_CHECKED;

/** Against the initial fund F: P(required > F), the mean of max(0, required - F), which is what
 *  all those behind the fund lose (liquidity providers, then uncovered), and its ES 99, with
 *  standard errors. Count 0 where it does not apply. */
struct hc_fund_curve {
  size_t count;
  const double *fund, *p, *p_low, *p_high, *mean_loss, *mean_loss_se, *es99, *es99_se;
};
HC_API hc_status hc_stats_fund_curve(struct hc_stats *stats, struct hc_fund_curve *curve) HC_CHECKED;

/** Mean Lorenz curve of what accounts paid, over the `paths` on which some did: `share` of the
 *  payments that the `fraction` of the payers paid who paid least. Count 0 where nobody paid. */
struct hc_mean_lorenz {
  size_t count;
  uint64_t paths;
  const double *fraction, *share, *se, *low, *high;
};
HC_API void hc_stats_lorenz(struct hc_stats *stats, struct hc_mean_lorenz *curve);

/** Mean bad debt of a cell, over all paths; leaves name, unit and long_name as they are. */
HC_API void hc_stats_blame_mean(const struct hc_stats *stats, size_t cell,
                                struct hc_estimate *estimate);

/** The paths whose mean is ES 99 of a metric, by path: ES is `scale` times the sum of weight times
 *  value. Weights are 1, and a fraction for the path at VaR (ties in path order); where not all of
 *  them are kept (HC_TAIL_KEEP), the lowest kept ones stand for the others as well. Zero-initialise,
 *  free with hc_es_tail_free. */
struct hc_es_tail {
  size_t count, paths, groups; /* paths: that weigh 1 or more */
  struct hc_es_path {
    uint64_t path;
    double value, weight;
    int low;       /* among the lowest tenth, which tell what paths at VaR are like */
    uint8_t group; /* of books */
  } *path;
  double scale, var, low_value; /* low_value: sum of values of the lowest tenth */
  const struct hc_stats *stats;
  enum hc_tail_metric metric;
};
HC_API hc_status hc_stats_es_tail(struct hc_stats *stats, enum hc_tail_metric metric,
                                  struct hc_es_tail *tail) HC_CHECKED;
HC_API void hc_es_tail_free(struct hc_es_tail *tail);
/** Sums over the tail of what one cause adds to the metric. */
struct hc_es_part {
  double weighted, plain, square, low;
  size_t paths; /* on which it adds something */
};
HC_API void hc_es_part_add(struct hc_es_part *part, const struct hc_es_path *path, double amount);
/** Contribution of a cause to ES 99 (Euler allocation): contributions of all causes add up to it.
 *  `group`: its plain sums by group of books; NULL for a cause that is in one book alone, whose error is
 *  that of paths. Leaves name, unit and long_name as they are. */
HC_API void hc_es_part_estimate(const struct hc_es_tail *tail, const struct hc_es_part *part,
                                const double *group, struct hc_estimate *estimate);

/* ---- differences of runs on the same paths ------------------------------------------- */
/* X(name, tail metric, what): three measures of each of the first HC_PAIRED_TAILS tail metrics. */
#define HC_PAIRED_LIST(X)                                                                   \
  X(mean_lp_loss, lp_loss, mean) X(p_lp_loss, lp_loss, p) X(es_99_lp_loss, lp_loss, es_99)  \
  X(mean_social_loss, social_loss, mean) X(p_socialisation, social_loss, p)                 \
  X(es_99_social_loss, social_loss, es_99)                                                  \
  X(mean_bad_debt, bad_debt, mean) X(p_bad_debt, bad_debt, p) X(es_99_bad_debt, bad_debt, es_99)
enum hc_paired {
#define HC_PAIRED_ENUM(name, metric, what) HC_PAIRED_##name,
  HC_PAIRED_LIST(HC_PAIRED_ENUM)
#undef HC_PAIRED_ENUM
  HC_PAIRED,
  HC_PAIRED_TAILS = HC_PAIRED / 3
};
/** Most blocks: the paths of a run fall into 64 to 126 of them, path p into p modulo their number, or, where
 *  there are more than 64 books, into the one of its book. */
#define HC_BLOCKS_MAX 126
/** Means of blocks of paths, none of which spans two groups of books. */
struct hc_blocks {
  size_t count, groups; /* groups of books: block b belongs to b modulo groups */
  double paths[HC_BLOCKS_MAX];
  double mean[HC_PAIRED][HC_BLOCKS_MAX];
};
HC_API hc_status hc_stats_blocks(struct hc_stats *stats, struct hc_blocks *blocks) HC_CHECKED;
/** Error and 95 % interval of the difference `value` of two estimates of a measure on the same paths, from
 *  the scatter of the differences of block means, or of those of books where that is clearly larger
 *  (Student's t). Leaves name, unit and long_name as they are. */
HC_API void hc_blocks_difference(const struct hc_blocks *ours, const struct hc_blocks *theirs,
                                 enum hc_paired measure, double value, struct hc_estimate *estimate);

/** Paths that an estimate rests on: events of a probability, values other than 0 of a mean or deviation, tail
 *  paths of a quantile or shortfall; all paths of others. */
HC_API uint64_t hc_stats_support(const struct hc_stats *stats, const struct hc_estimate *estimate);
/** Paths that ES 99 of a metric rests on: positive ones among the worst 1 %. */
HC_API uint64_t hc_stats_tail_paths(const struct hc_stats *stats, enum hc_tail_metric metric);

/** The worst paths by lp_loss, ties by bad_debt, then by path; at most `capacity`. */
HC_API hc_status hc_stats_worst(struct hc_stats *stats, size_t capacity, uint64_t *paths,
                                size_t *count) HC_CHECKED;

/** Largest absolute accounting and money residual over all paths, USD, and the path. */
struct hc_residuals {
  double accounting, money, reflection;
  uint64_t accounting_path, money_path, reflection_path;
};
HC_API void hc_stats_residuals(const struct hc_stats *stats, struct hc_residuals *residuals);

/** The mean of any column of the outcome. */
HC_API void hc_stats_mean(const struct hc_stats *stats, enum hc_outcome_column column,
                          struct hc_estimate *estimate);

/* ---- quantities of the caller's ------------------------------------------------------ */
/** Values of paths 0 .. count-1; path p uses book p mod books. */
struct hc_sample {
  const double *x;
  size_t count, books;
};
/* The following leave name, unit and long_name of the estimate as they are. */
HC_API void hc_sample_mean(const struct hc_sample *sample, struct hc_estimate *estimate);
/** Probability that x > 0. */
HC_API void hc_sample_share(const struct hc_sample *sample, struct hc_estimate *estimate);
/** Expected shortfall at 99 % of losses x >= 0, and each path's term in it (`terms` has `count`
 *  elements): ES is the mean of the terms, and its error to first order theirs, so that the
 *  difference of two on the same paths has the error of the mean difference of terms. */
HC_API hc_status hc_sample_shortfall(const struct hc_sample *sample, double *terms,
                                     struct hc_estimate *estimate) HC_CHECKED;

/** The same of the worst `share` of paths, in (0, 1). */
HC_API hc_status hc_sample_shortfall_of(const struct hc_sample *sample, double share, double *terms,
                                        struct hc_estimate *estimate) HC_CHECKED;
/** The least value that at most a `share` of paths, in (0, 1), is above, with its order-statistic interval
 *  (David and Nagaraja 2003), widened for the variance between books. An end beyond all paths is NaN. */
HC_API hc_status hc_sample_quantile(const struct hc_sample *sample, double share,
                                    struct hc_estimate *estimate) HC_CHECKED;

/** Means of blocks of paths (HC_BLOCKS_MAX), as measure `measure` of `blocks`. */
HC_API void hc_sample_blocks(const struct hc_sample *sample, enum hc_paired measure,
                             struct hc_blocks *blocks);

/** Wilson 95 % score interval of k in n (n > 0); for k = 0 the upper end is the exact
 *  1 - 0.025^(1/n), about 3.7/n. */
HC_API void hc_wilson(double k, double n, double *low, double *high);

#ifdef __cplusplus
}
#endif
#endif
