/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this module share. One granule is `struct hc_granule_stats`, all granules
 * are `struct hc_stats`; both hold books in at most 64 groups (see HC_GROUPS). */
#ifndef HC_STATS_INTERNAL_H
#define HC_STATS_INTERNAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/stats.h"

/* Path p belongs to group (p mod books) mod groups, groups = min(books, 64). The variance
 * between books is that of clusters of paths; pooling many books into 64 clusters keeps it
 * unbiased (each cluster is a union of whole books) with 63 degrees of freedom, and bounds
 * what a granule has to carry. */
#define HC_GROUPS 64
#define HC_ALL_COLUMNS (HC_OUTCOME_COLUMNS + HC_MAX_CLASSES)
#define HC_WORST_KEEP 1000

/* Events whose probability is reported: X(name, column, long name). */
#define HC_EVENT_LIST(X)                                                                    \
  X(p_liquidation, liquidations, "Probability that a position is liquidated")               \
  X(p_bad_debt, bad_debt, "Probability of bad debt")                                        \
  X(p_socialisation, social_loss, "Probability that LPs, traders, members or stakers pay")  \
  X(p_lp_loss, lp_loss, "Probability that liquidity providers pay")                         \
  X(p_pending, pending_end, "Probability of a loss that is not recognised at the horizon")  \
  X(p_halt, halt_step, "Probability that trading ends")                                     \
  X(p_below_hurdle, hurdle_shortfall, "Probability that LPs earn less than their hurdle")   \
  X(p_fund_depletion, fund_min, "Probability that the insurance fund is used up")           \
  X(p_insolvency, uncovered, "Probability of bad debt that no layer pays")
enum hc_event {
#define HC_EVENT_ENUM(name, column, text) HC_EVENT_##name,
  HC_EVENT_LIST(HC_EVENT_ENUM)
#undef HC_EVENT_ENUM
  HC_EVENTS
};

enum hc_residual { HC_RESIDUAL_accounting, HC_RESIDUAL_money, HC_RESIDUAL_reflection, HC_RESIDUALS };
enum hc_pair { HC_PAIR_bad_debt, HC_PAIR_lp_loss, HC_PAIRS }; /* with their _no_impact twins */

/* EMPTY: no number; ZERO and SAME: the same number on all paths (then mean is it, exactly);
 * FULL: a number on every path; MIXED: NaN on some. */
enum hc_kind { HC_KIND_EMPTY, HC_KIND_ZERO, HC_KIND_SAME, HC_KIND_FULL, HC_KIND_MIXED, HC_KINDS };

struct hc_column {
  enum hc_kind kind;
  uint16_t count, nonzero;             /* paths with a number, with one other than 0 */
  double mean, m2, min, max;           /* m2: sum of squared deviations from the mean */
  double group_sum[HC_GROUPS];         /* FULL and MIXED */
  uint16_t group_count[HC_GROUPS];     /* MIXED */
};

struct hc_tail_list { /* every positive value, in path order */
  size_t count;
  double value[HC_GRANULE + 1]; /* one spare: written before it is known to be positive */
  uint16_t offset[HC_GRANULE + 1];
};

/* Points of a Lorenz curve between its ends, which are 0 and 1. */
#define HC_LORENZ_INNER (HC_LORENZ_POINTS - 2)

#define HC_PACK_MAX                                                                         \
  (256 + (HC_ALL_COLUMNS + HC_LORENZ_INNER + HC_BLAME_CELLS) * (48 + 10 * HC_GROUPS) +                       \
   HC_EVENTS * (2 + 2 * HC_GROUPS) + HC_TAILS * (2 + 10 * HC_GRANULE))

struct hc_grouping {
  size_t groups;
  bool periodic;          /* of[i + 1] = (of[i] + 1) mod groups */
  uint8_t of[HC_GRANULE]; /* group of each path */
};

struct hc_granule_stats {
  struct hc_stats_setup setup;
  size_t groups, columns; /* columns: of the outcome, then one per class */
  uint64_t first;
  size_t count;
  struct hc_column column[HC_ALL_COLUMNS];
  uint16_t event[HC_EVENTS], event_group[HC_EVENTS][HC_GROUPS];
  double comoment[HC_PAIRS]; /* sum of products of deviations from the means */
  double residual[HC_RESIDUALS];
  uint16_t residual_offset[HC_RESIDUALS];
  struct hc_tail_list tail[HC_TAILS];
  size_t lorenz_paths; /* with a curve; 0: `lorenz` is not set */
  struct hc_column lorenz[HC_LORENZ_INNER];
  size_t blame_paths; /* whose bad debt is attributed; 0: `blame` is not set */
  struct hc_column blame[HC_BLAME_CELLS];
  uint16_t group_paths[HC_GROUPS];
  struct hc_grouping by; /* valid for group_phase and group_length */
  uint64_t group_phase;
  size_t group_length;
  double x[HC_ALL_COLUMNS][HC_GRANULE]; /* columns that vary; of others the first element */
  unsigned char bytes[HC_PACK_MAX];
};

/* ---- granule (column.c, granule.c) --------------------------------------------------- */
typedef uint64_t __attribute__((may_alias)) hc_word;

/* Rows of 8-byte cells, as laid out in an array of outcomes or of class losses. */
struct hc_rows {
  const hc_word *cell;
  size_t stride, count;
};
/* same[j] = whether all rows have the same bits in column j (columns <= HC_ALL_COLUMNS). */
void hc_rows_same(const struct hc_rows *rows, bool *same);
void hc_rows_column(const struct hc_rows *rows, size_t column, bool integer, double *x);
double hc_rows_first(const struct hc_rows *rows, size_t column, bool integer);
bool hc_column_is_integer(size_t column);

void hc_column_constant(struct hc_column *column, double value, size_t count);
void hc_column_fill(struct hc_column *column, const double *x, const struct hc_grouping *by,
                    size_t count);
static inline bool hc_column_varies(const struct hc_column *column) {
  return column->kind == HC_KIND_FULL || column->kind == HC_KIND_MIXED;
}
double hc_comoment(const double *x, double mean_x, const double *y, double mean_y, size_t count);
bool hc_event_at(const struct hc_stats_setup *setup, enum hc_event event, double value);
extern const enum hc_outcome_column hc_event_column[HC_EVENTS];
extern const enum hc_outcome_column hc_tail_column[HC_TAILS];
extern const enum hc_outcome_column hc_pair_column[HC_PAIRS][2];
/* Group of each path and paths per group, for first and count as set in `stats`. */
void hc_granule_groups(struct hc_granule_stats *stats);
static inline size_t hc_group_of(uint64_t path, size_t books, size_t groups) {
  return (size_t)(path % books % groups);
}

/* ---- worst values kept (top.c) -------------------------------------------------------- */
struct hc_top_entry {
  double value, second; /* order: larger value, larger second, lower path first */
  uint64_t path;
};
/* Takes up to 2 * keep entries, then sorts and falls back to `keep`. What it holds depends
 * only on the sequence offered. */
struct hc_top {
  struct hc_top_entry *entries;
  size_t count, capacity, keep;
  bool cut;                   /* something was let go */
  struct hc_top_entry least;  /* last one kept at the latest cut */
};
void hc_top_init(struct hc_top *top, size_t keep);
void hc_top_free(struct hc_top *top);
bool hc_top_before(const struct hc_top_entry *a, const struct hc_top_entry *b);
bool hc_top_wants(const struct hc_top *top, const struct hc_top_entry *entry);
hc_status hc_top_add(struct hc_top *top, const struct hc_top_entry *entry) HC_CHECKED;
bool hc_top_is_full(const struct hc_top *top);
void hc_top_sort(struct hc_top *top);
void hc_top_cut(struct hc_top *top); /* sorts; entries[keep .. old count) stay readable */

/* ---- fixed logarithmic bins (bins.c) --------------------------------------------------- */
#define HC_BINS (70 * 64) /* 64 per octave, linear inside it, from 2^-10 to 2^60 USD */
size_t hc_bin_of(double positive);
double hc_bin_edge(size_t bin); /* lower edge; hc_bin_edge(HC_BINS) = 2^60 */

/* ---- all granules (merge.c) -------------------------------------------------------------- */
struct hc_total { /* of one column */
  uint64_t count, nonzero;
  double mean, m2, min, max;
  double group_sum[HC_GROUPS], group_count[HC_GROUPS];
};

struct hc_tail {
  struct hc_top top;          /* second = 0 */
  uint64_t positive;
  double smallest, largest;   /* positive values */
  double group_positive[HC_GROUPS];
  double *bin_count, *bin_sum; /* HC_BINS x groups, of values no longer in top; or NULL */
  bool sorted;
  uint8_t *group;             /* of each sorted entry */
  size_t group_capacity;
  double *curve[4];           /* owned results: exceedance */
  double *edges;
  int64_t *counts;            /* histogram */
};

/* ---- blocks of paths (blocks.c) ---------------------------------------------------------- */
struct hc_block_sums {
  double sum[HC_PAIRED_TAILS][HC_BLOCKS_MAX], positive[HC_PAIRED_TAILS][HC_BLOCKS_MAX];
};
size_t hc_block_count(size_t books);
static inline size_t hc_block_of(uint64_t path, size_t books, size_t blocks) {
  return books >= HC_GROUPS ? (size_t)(path % books % HC_GROUPS) : (size_t)(path % blocks);
}
void hc_blocks_add(struct hc_block_sums *blocks, size_t books, const struct hc_granule_stats *granule);

enum hc_lorenz_row {
  HC_LORENZ_fraction, HC_LORENZ_share, HC_LORENZ_se, HC_LORENZ_low, HC_LORENZ_high, HC_LORENZ_ROWS
};

#define HC_LEVELS 10
#define HC_FUND_POINTS 101
#define HC_CURVE_POINTS 200
#define HC_ESTIMATES 160

struct hc_stats {
  struct hc_stats_setup setup;
  size_t groups, columns;
  uint64_t paths;
  double group_paths[HC_GROUPS];
  struct hc_total column[HC_ALL_COLUMNS];
  double event_group[HC_EVENTS][HC_GROUPS];
  uint64_t event[HC_EVENTS];
  double comoment[HC_PAIRS];
  struct hc_residuals residuals;
  struct hc_tail tail[HC_TAILS];
  struct hc_top worst;
  struct hc_block_sums blocks;
  struct hc_estimate *estimates;
  double quantile[HC_TAILS][3][HC_LEVELS];
  double fund[8][HC_FUND_POINTS];
  struct hc_total lorenz[HC_LORENZ_INNER];
  struct hc_total blame[HC_BLAME_CELLS]; /* over granules with any; others are all 0 */
  double mean_lorenz[HC_LORENZ_ROWS][HC_LORENZ_POINTS];
};

/* ---- intervals (interval.c) ----------------------------------------------------------------- */
#define HC_Z975 1.959963984540054 /* standard normal quantile at 0.975 */
/* Student-t quantile at 0.975. */
double hc_student(size_t degrees);
void hc_wilson_z(double k, double n, double z, double *low, double *high);
/* A squared error between groups and its degrees of freedom (0: there is none). */
struct hc_between {
  double variance;
  size_t degrees;
};
/* Variance of the ratio sum(numerator)/sum(denominator) * sum(denominator) / total, from the
 * scatter of groups; see interval.c. */
struct hc_between hc_between_groups(const double *numerator, const double *denominator,
                                    double ratio, double total, const double *paths,
                                    size_t groups);
struct hc_error_bars {
  double se, se_paths, multiplier; /* half width of the 95 % interval = multiplier * se */
};
struct hc_error_bars hc_bars(double variance_paths, struct hc_between between);
/* Design effect >= 1 of a proportion, and the multiplier that goes with it. */
struct hc_design {
  double effect, multiplier;
};
bool hc_design_is_plain(struct hc_design design); /* books do not matter */
struct hc_design hc_design_of(const double *hits, double total, double n, const double *paths,
                              size_t groups);
/* Wilson band of `low_total .. high_total` hits in n widened by the design effect. */
void hc_wilson_design(double low_total, double high_total, double n, struct hc_design design,
                      double *low, double *high);

/* ---- order-statistic ranks (ranks.c) ---------------------------------------------------------- */
/* Ranks (1-based, ascending) of the 95 % interval for the quantile level/10000 of n values;
 * low 0: no lower end, high n + 1: no upper end. */
void hc_binomial_ranks(uint64_t n, unsigned level, uint64_t *low, uint64_t *high);
void hc_binomial_ranks_at(uint64_t n, double p, uint64_t *low, uint64_t *high);

/* ---- tail (tail.c) ------------------------------------------------------------------------------ */
hc_status hc_tail_prepare(struct hc_stats *stats, enum hc_tail_metric metric) HC_CHECKED;
uint64_t hc_tail_paths(const struct hc_stats *stats, enum hc_tail_metric metric);
struct hc_ranked {
  double value, low, high; /* low < high where it comes from the histogram */
};
/* The value of 0-based rank from the top. Needs hc_tail_prepare, as all below. */
struct hc_ranked hc_tail_at(const struct hc_stats *stats, enum hc_tail_metric metric, uint64_t rank);
struct hc_above {
  double count, low, high; /* paths above; bounds differ inside a histogram bin */
  double group[HC_GROUPS];
};
void hc_tail_above(const struct hc_stats *stats, enum hc_tail_metric metric, double x,
                   struct hc_above *above);
/* The worst `wanted` paths by group (in a histogram bin: in proportion). */
void hc_tail_worst_groups(const struct hc_stats *stats, enum hc_tail_metric metric, uint64_t wanted,
                          double group[HC_GROUPS]);
/* Piecewise linear function of a tail value: max(0, min(max(0, x - fund), cap) - beyond). */
struct hc_excess {
  double fund, cap, beyond;
};
struct hc_sums {
  double sum, square;
  double group[HC_GROUPS];
};
double hc_excess_of(const struct hc_excess *excess, double x);
void hc_tail_excess(const struct hc_stats *stats, enum hc_tail_metric metric,
                    const struct hc_excess *excess, struct hc_sums *sums);
/* Sums of (x - centre)^2 and of its square over all paths, zeros included. */
void hc_tail_deviations(const struct hc_stats *stats, enum hc_tail_metric metric, double centre,
                        struct hc_sums *sums);
/* Mean of what `sums` adds up over n paths, with its errors. */
struct hc_error_bars hc_sums_bars(const struct hc_sums *sums, double n, const double *paths,
                                  size_t groups);

/* ---- quantiles and shortfall (quantile.c) ------------------------------------------------------- */
struct hc_quantile {
  double value, low, high, se, se_paths; /* low and high NaN: reaches beyond all paths */
  bool exact;
};
void hc_quantile_of(const struct hc_stats *stats, enum hc_tail_metric metric, unsigned level,
                    struct hc_quantile *quantile);
struct hc_shortfall {
  double value, low, high, se, se_paths;
  uint64_t tail; /* paths it rests on */
  bool exact;
};
/* Expected shortfall of min(max(0, x - fund), cap). */
void hc_shortfall_of(const struct hc_stats *stats, enum hc_tail_metric metric, unsigned level,
                     double fund, double cap, struct hc_shortfall *shortfall);

/* ---- estimates -------------------------------------------------------------------------------------- */
struct hc_builder {
  struct hc_stats *stats;
  size_t count;
};
struct hc_estimate *hc_estimate_new(struct hc_builder *builder, const char *unit,
                                    const char *long_name, const char *name_format, ...)
  HC_PRINTF(4, 5);
struct hc_error_bars hc_mean_bars(const struct hc_stats *stats, const struct hc_total *total);
void hc_estimate_bars(struct hc_estimate *estimate, struct hc_error_bars bars);
void hc_note(struct hc_estimate *estimate, const char *format, ...) HC_PRINTF(2, 3);
void hc_clear_interval(struct hc_estimate *estimate); /* low and high NaN */
/* No interval, or a note, where few paths count (estimate_means.c). */
void hc_judge(struct hc_estimate *estimate, uint64_t nonzero);
/* Values other than 0 of the column behind mean_NAME or sd_NAME; all paths of other names. */
uint64_t hc_mean_support(const struct hc_stats *stats, const char *name);
void hc_estimate_events(struct hc_builder *builder);   /* estimate_means.c */
void hc_estimate_moments(struct hc_builder *builder);  /* tail metrics: mean and deviation */
void hc_estimate_severity(struct hc_builder *builder);
void hc_estimate_means(struct hc_builder *builder);
void hc_estimate_classes(struct hc_builder *builder);
void hc_estimate_shares(struct hc_builder *builder);   /* estimate_tails.c: cascade */
void hc_estimate_tails(struct hc_builder *builder);
void hc_estimate_heaviness(struct hc_builder *builder);
#endif
