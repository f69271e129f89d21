/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Books of positions: parameters, CSV, generator. */
#ifndef HAIRCUT_BOOK_H
#define HAIRCUT_BOOK_H

#include <stdint.h>

#include "haircut/config.h"
#include "haircut/market.h"
#include "haircut/outcome.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct hc_registry hc_size_laws;     /* lognormal, pareto */
extern const struct hc_registry hc_leverage_laws; /* lognormal, discrete, beta */

#define HC_SIZE_FIELDS(X)                                                                   \
  X(struct hc_choice, distribution, VARIANT, "lognormal", "", "1",                          \
    "Law of relative position sizes; sizes are scaled to the open interest.", &hc_size_laws)
#define HC_SIZE_LOGNORMAL_FIELDS(X)                                                         \
  X(double, sigma, NUMBER, "1.5", "[0, 10]", "1", "Standard deviation of the log size.", NULL)
#define HC_SIZE_PARETO_FIELDS(X)                                                            \
  X(double, alpha, NUMBER, "1.5", "(0, 100]", "1", "Tail index of the size.", NULL)
#define HC_LEVERAGE_FIELDS(X)                                                               \
  X(struct hc_choice, distribution, VARIANT, "lognormal", "", "1",                          \
    "Law of leverage at entry (notional at entry over collateral).", &hc_leverage_laws)     \
  X(double, max, NUMBER, "50", "[1, 1000]", "1", "Greatest leverage; larger draws are cut to it.", NULL)
#define HC_LEVERAGE_LOGNORMAL_FIELDS(X)                                                     \
  X(double, median, NUMBER, "8", "[1, 1000]", "1", "Median leverage.", NULL)                \
  X(double, sigma, NUMBER, "0.9", "[0, 10]", "1", "Standard deviation of log leverage.", NULL)
#define HC_LEVERAGE_LEVEL_FIELDS(X)                                                         \
  X(double, leverage, NUMBER, "10", "[1, 1000]", "1", "Leverage.", NULL)                    \
  X(double, weight, NUMBER, "1", "[0, inf)", "1", "Relative number of accounts.", NULL)
#define HC_LEVERAGE_DISCRETE_FIELDS(X)                                                      \
  X(struct hc_list, levels, LIST, "[{leverage: 5}, {leverage: 10}, {leverage: 25}]", "", "", \
    "Leverages and their weights.", &hc_leverage_level_table)
#define HC_LEVERAGE_BETA_FIELDS(X)                                                          \
  X(double, a, NUMBER, "2", "(0, 1000]", "1", "First shape of the beta law on [1, max].", NULL) \
  X(double, b, NUMBER, "5", "(0, 1000]", "1", "Second shape.", NULL)
#define HC_CONCENTRATION_FIELDS(X)                                                          \
  X(int64_t, accounts, COUNT, "10", "[1, 1e6]", "1", "Number of largest accounts.", NULL)   \
  X(double, share, FRACTION, "20%", "(0, 1)", "1", "Their share of the open interest of a side.", NULL)
#define HC_GENERATE_FIELDS(X)                                                               \
  X(int64_t, books, COUNT, "8", "[1, 4096]", "1",                                           \
    "Independent books drawn; path p uses book p mod books, and the variance between "      \
    "books is in the standard errors.", NULL)                                               \
  X(int64_t, seed, COUNT, NULL, "[0, 9223372036854775807]", "1",                            \
    "Seed of the books alone; without it simulation.seed draws them too.", NULL)            \
  X(int64_t, accounts, COUNT, "20000", "[1, 1e8]", "1", "Accounts in each book.", NULL)     \
  X(double, open_interest, USD, "3B", "(0, 1e18]", "USD",                                   \
    "Open interest, one side: longs and shorts are each scaled to it at the initial price.", NULL) \
  X(double, long_share, FRACTION, "50%", "(0, 1)", "1", "Share of accounts that are long.", NULL) \
  X(double, entry_spread, FRACTION, "3%", "[0, 5]", "1",                                    \
    "Standard deviation of the log entry price around the initial price.", NULL)            \
  X(struct hc_leverage_config, leverage, OBJECT, "{}", "", "", "Leverage at entry.", &hc_leverage_table) \
  X(struct hc_size_config, size, OBJECT, "{}", "", "", "Position sizes.", &hc_size_table)   \
  X(struct hc_concentration_config *, concentration, OPTIONAL, NULL, "", "",                \
    "Share of the largest accounts, enforced after drawing.", &hc_concentration_table)
enum hc_already_liquidatable { HC_ALREADY_ERROR, HC_ALREADY_DROP };
extern const struct hc_vocabulary hc_already_words;
#define HC_BOOK_FIELDS(X)                                                                   \
  X(struct hc_generate_config *, generate, OPTIONAL, "{}", "", "",                          \
    "Draw books at random; ignored where a file is given.", &hc_generate_table)       \
  X(char *, file, FILE, NULL, "", "",                                                       \
    "CSV of positions: account,market,side,size_usd,entry,collateral.", NULL)               \
  X(int, already_liquidatable, ENUM, "error", "", "1",                                      \
    "What to do with a position of the CSV that is liquidatable at the start.", &hc_already_words) \
  X(bool, as_isolated, BOOL, "false", "", "1",                                              \
    "Treat several rows of one account as separate isolated accounts.", NULL)
HC_DECLARE_STRUCT(hc_size_config, HC_SIZE_FIELDS);
HC_DECLARE_STRUCT(hc_size_lognormal_config, HC_SIZE_LOGNORMAL_FIELDS);
HC_DECLARE_STRUCT(hc_size_pareto_config, HC_SIZE_PARETO_FIELDS);
HC_DECLARE_STRUCT(hc_leverage_config, HC_LEVERAGE_FIELDS);
HC_DECLARE_STRUCT(hc_leverage_lognormal_config, HC_LEVERAGE_LOGNORMAL_FIELDS);
HC_DECLARE_STRUCT(hc_leverage_level_config, HC_LEVERAGE_LEVEL_FIELDS);
HC_DECLARE_STRUCT(hc_leverage_discrete_config, HC_LEVERAGE_DISCRETE_FIELDS);
HC_DECLARE_STRUCT(hc_leverage_beta_config, HC_LEVERAGE_BETA_FIELDS);
HC_DECLARE_STRUCT(hc_concentration_config, HC_CONCENTRATION_FIELDS);
HC_DECLARE_STRUCT(hc_generate_config, HC_GENERATE_FIELDS);
HC_DECLARE_STRUCT(hc_book_config, HC_BOOK_FIELDS);
extern const struct hc_table hc_size_table, hc_leverage_table, hc_leverage_level_table,
  hc_concentration_table, hc_generate_table, hc_book_table;

/* ---- positions --------------------------------------------------------------- */

/** One isolated position. Levels follow from it: bankruptcy price b = entry -/+
 *  collateral/quantity, liquidation level L (docs/model.md: long max_j (e - (C + d_j)/q)/(1 - r_j),
 *  short min_j (e + (C + d_j)/q)/(1 + r_j)). */
struct hc_position {
  double quantity;   /* units, > 0 */
  double entry;      /* USD a unit */
  double collateral; /* USD */
  double bankruptcy; /* USD a unit */
  double level;      /* USD a unit; long: <= 0 means never, short: always finite */
  uint32_t account;  /* row in the CSV or draw, from 0 */
  uint32_t market;
  int32_t side;      /* +1 long, -1 short */
  int32_t tier;      /* index of the binding maintenance tier */
};

struct hc_book {
  size_t count;
  struct hc_position *positions; /* in account order */
  char **names;                  /* account names of a CSV, or NULL */
  int64_t redraws;               /* generated accounts redrawn because liquidatable */
  int64_t dropped;               /* CSV rows dropped because liquidatable */
  int64_t scaled, refused;       /* positions that guards made smaller, or kept out */
  double cut;                    /* by how much they lowered the notional at the initial price, USD */
  char digest[65];               /* SHA-256 of the CSV, or of nothing ("") */
  char *csv;                     /* text of the CSV, kept with the results; or NULL */
  size_t csv_length;
};

/** What a book needs to know of a market. */
struct hc_book_market {
  const char *name;
  double initial; /* USD: the initial mark */
  size_t tiers;
  const double *rate;      /* r_j, rising */
  const double *deduction; /* d_j, USD */
  double limit;            /* position limit, USD; INFINITY: none */
};

/** Fills bankruptcy, level and tier of a position from quantity, entry, collateral, side. */
HC_API void hc_position_levels(struct hc_position *position, const struct hc_book_market *market);
/** Whether the level triggers at log margin price `log_price` (1e-12 towards trigger). */
HC_API int hc_position_triggered(const struct hc_position *position, double log_price);

/** Upper edges of the cells of leverage and of size (USD), inclusive; the last is infinite. */
HC_API extern const double hc_blame_leverage[HC_BLAME_LEVERAGES], hc_blame_size[HC_BLAME_SIZES];
/** Cell of a position (outcome.h) by its leverage and notional at entry. */
HC_API size_t hc_position_cell(const struct hc_position *position);

/** Reads the CSV of `book->file`. Errors go to `diagnostics` by file and line (at most
 *  100 of them), and HC_INPUT is returned; HC_IO if it cannot be read. */
HC_API hc_status hc_book_read(const struct hc_book_config *config,
                              const struct hc_book_market *markets, size_t market_count,
                              struct hc_book *book, struct hc_diagnostics *diagnostics) HC_CHECKED;
/** Draws book number `index` for market 0 from purpose BOOK of `seed`. */
HC_API hc_status hc_book_generate(const struct hc_generate_config *config,
                                  const struct hc_book_market *market, uint64_t seed,
                                  uint32_t index, struct hc_book *book,
                                  struct hc_error *error) HC_CHECKED;
/** Limits on positions at the start, USD at the initial price; INFINITY: none. */
struct hc_book_limits {
  double open_interest; /* of a side */
  double skew;          /* of one side above the other */
  double account;       /* of a position */
  int refuse;           /* positions beyond are kept out; else made smaller */
};
/** Brings a book within limits: docs/model.md, Guards. Counts what it does in the book. */
HC_API void hc_book_guard(struct hc_book *book, const struct hc_book_market *market,
                          const struct hc_book_limits *limits);
/** Writes the CSV form of a book (plain numbers, %.17g); the text is the caller's. */
HC_API hc_status hc_book_csv(const struct hc_book *book, const struct hc_book_market *markets,
                             char **text) HC_CHECKED;
HC_API void hc_book_free(struct hc_book *book);

#ifdef __cplusplus
}
#endif
#endif
