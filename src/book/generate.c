/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "book/concentration.h"
#include "book/laws.h"
#include "haircut/random.h"

enum { MAX_ENTRIES = 1000 }; /* entries drawn for one account */

struct drawing {
  const struct hc_generate_config *config;
  const struct hc_book_market *market;
  uint64_t seed;
  uint32_t book;
  size_t accounts, longs;
  const struct hc_size_law *size;
  const struct hc_leverage_law *leverage;
  double log_initial;
  struct hc_error *error;
};

static struct hc_draws draws_of(const struct drawing *d, size_t account, enum hc_draw_kind kind) {
  return (struct hc_draws){
    .seed = d->seed, .book = d->book, .account = (uint32_t)account, .kind = kind};
}

/* Both sides have a member where that is possible. */
static size_t count_longs(const struct hc_generate_config *config) {
  const size_t accounts = (size_t)config->accounts;
  const size_t longs = (size_t)floor(config->long_share * (double)accounts + 0.5);
  if (accounts < 2) return longs;
  if (longs < 1) return 1;
  return longs < accounts ? longs : accounts - 1;
}

/* Longs are spread evenly over the accounts (Bresenham). Sizes and leverages do not depend
 * on the account's number, so they are independent of the side. */
static bool is_long(const struct drawing *d, size_t account) {
  const uint64_t i = account, longs = d->longs, n = d->accounts;
  return (i + 1) * longs / n > i * longs / n;
}

/* Log sizes, longs first, each side in account order. */
static void draw_log_sizes(const struct drawing *d, double *sizes) {
  size_t next[2] = {0, d->longs};
  for (size_t i = 0; i < d->accounts; ++i) {
    struct hc_draws draws = draws_of(d, i, HC_DRAW_SIZE);
    const size_t place = next[!is_long(d, i)]++;
    sizes[place] = d->size->log_size(d->config->size.distribution.parameters, &draws);
  }
}

/* Relative to the largest, so that exp does not overflow. */
static void exponentiate(double *sizes, size_t count) {
  double largest = -INFINITY;
  for (size_t i = 0; i < count; ++i) largest = fmax(largest, sizes[i]);
  for (size_t i = 0; i < count; ++i) sizes[i] = hc_exp(sizes[i] - largest);
}

static hc_status refuse_tiny(const struct drawing *d, double size) {
  if (size >= DBL_MIN) return HC_OK;
  return hc_fail(d->error, HC_INPUT,
                 "book.generate.size: book %lu has an account smaller than a double can tell "
                 "from 0; lower its sigma or raise its alpha",
                 (unsigned long)d->book);
}

/* To quantities: both sides sum to the open interest at the initial price. */
static hc_status scale_side(const struct drawing *d, double *sizes, size_t count) {
  exponentiate(sizes, count);
  for (size_t i = 0; i < count; ++i)
    if (refuse_tiny(d, sizes[i]) != HC_OK) return HC_INPUT;
  if (d->config->concentration) {
    const hc_status status = hc_concentrate(d->config->concentration, sizes, count, d->error);
    if (status != HC_OK) return status;
  }
  const double total = d->config->open_interest / d->market->initial;
  const double factor = total / hc_exact_sum(sizes, count);
  for (size_t i = 0; i < count; ++i) sizes[i] *= factor;
  return HC_OK;
}

static hc_status draw_sizes(const struct drawing *d, double *sizes) {
  draw_log_sizes(d, sizes);
  const hc_status status = scale_side(d, sizes, d->longs);
  if (status != HC_OK) return status;
  return scale_side(d, sizes + d->longs, d->accounts - d->longs);
}

static double draw_leverage(const struct drawing *d, size_t account) {
  const struct hc_leverage_config *config = &d->config->leverage;
  struct hc_draws draws = draws_of(d, account, HC_DRAW_LEVERAGE);
  const double drawn = d->leverage->draw(config->distribution.parameters, config->max, &draws);
  return fmax(1, fmin(drawn, config->max));
}

/* The quantity is rounded to the nearest that is some size_usd over the entry, so that the
 * CSV, which has size_usd, can give it back exactly. */
static void place(const struct drawing *d, struct hc_position *p, double quantity,
                  double leverage, double entry) {
  const double size = quantity * entry;
  p->entry = entry;
  p->quantity = size / entry;
  p->collateral = size / leverage;
  hc_position_levels(p, d->market);
}

static hc_status fail_liquidatable(const struct drawing *d, const struct hc_position *p,
                                   double leverage) {
  const double rate = d->market->tiers ? d->market->rate[p->tier] : 0;
  return hc_fail(d->error, HC_INPUT,
                 "book.generate: book %lu, account %lu: a %s of %.6g USD at leverage %g is "
                 "liquidatable at the initial price %g with each of %d entries drawn; its "
                 "maintenance rate is %g, so set leverage.max below %g, or widen entry_spread",
                 (unsigned long)d->book, (unsigned long)p->account,
                 p->side > 0 ? "long" : "short", p->quantity * p->entry, leverage,
                 d->market->initial, MAX_ENTRIES, rate, rate > 0 ? 1 / rate : INFINITY);
}

static hc_status check_size(const struct drawing *d, const struct hc_position *p) {
  const double size = p->quantity * p->entry;
  if (size > d->market->limit)
    return hc_fail(d->error, HC_INPUT,
                   "book.generate: book %lu, account %lu: its position of %.6g USD at entry is "
                   "beyond the limit of %.6g USD (up_to of the last maintenance tier); draw more "
                   "accounts, narrow the size law (lower sigma, higher alpha) or raise the limit",
                   (unsigned long)d->book, (unsigned long)p->account, size, d->market->limit);
  return refuse_tiny(d, fmin(p->quantity, p->collateral));
}

/* Redraws the entry, and only that, while the position would be liquidated at the start. */
static hc_status draw_position(const struct drawing *d, size_t account, double quantity,
                               struct hc_position *p, int64_t *redraws) {
  *p = (struct hc_position){.account = (uint32_t)account, .side = is_long(d, account) ? 1 : -1};
  const double leverage = draw_leverage(d, account);
  struct hc_draws draws = draws_of(d, account, HC_DRAW_ENTRY);
  while (draws.next < MAX_ENTRIES) {
    double uniform[2];
    hc_draw(&draws, uniform);
    const double log_move = d->config->entry_spread * hc_normal_quantile(uniform[0]);
    place(d, p, quantity, leverage, d->market->initial * hc_exp(log_move));
    if (hc_position_triggered(p, d->log_initial)) continue;
    *redraws += draws.next > 1;
    return check_size(d, p);
  }
  return fail_liquidatable(d, p, leverage);
}

static hc_status draw_positions(const struct drawing *d, const double *sizes,
                                struct hc_book *book) {
  size_t next[2] = {0, d->longs};
  for (size_t i = 0; i < d->accounts; ++i) {
    const double quantity = sizes[next[!is_long(d, i)]++];
    const hc_status status =
      draw_position(d, i, quantity, &book->positions[i], &book->redraws);
    if (status != HC_OK) return status;
  }
  book->count = d->accounts;
  return HC_OK;
}

static hc_status draw_book(const struct drawing *d, struct hc_book *book) {
  double *sizes = calloc(d->accounts, sizeof *sizes);
  book->positions = calloc(d->accounts, sizeof *book->positions);
  hc_status status = HC_OK;
  if (!sizes || !book->positions)
    status = hc_fail(d->error, HC_NO_MEMORY, "no memory for a book of %zu accounts", d->accounts);
  if (status == HC_OK) status = draw_sizes(d, sizes);
  if (status == HC_OK) status = draw_positions(d, sizes, book);
  free(sizes);
  return status;
}

hc_status hc_book_generate(const struct hc_generate_config *config,
                           const struct hc_book_market *market, uint64_t seed, uint32_t index,
                           struct hc_book *book, struct hc_error *error) {
  *book = (struct hc_book){0};
  const struct hc_choice *size = &config->size.distribution;
  const struct hc_choice *leverage = &config->leverage.distribution;
  const struct drawing d = {
    .config = config, .market = market, .seed = seed, .book = index, .error = error,
    .accounts = (size_t)config->accounts, .longs = count_longs(config),
    .size = hc_size_laws.variants[size->index]->operations,
    .leverage = hc_leverage_laws.variants[leverage->index]->operations,
    .log_initial = hc_log(market->initial)};
  hc_status status = HC_OK;
  if (d.leverage->check) status = d.leverage->check(leverage->parameters, error);
  if (status == HC_OK) status = draw_book(&d, book);
  if (status != HC_OK) hc_book_free(book);
  return status;
}
