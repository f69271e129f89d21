/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a competent rival of haircut would write: a plain step loop over one isolated-margin gbm market with batch order
 * flow, power impact, an insurance fund and one LP class (docs/model.md). Five ways to find and close what is
 * liquidatable:
 *   cursor         levels sorted once, one comparison a side and step, accounts closed one after the other
 *   cursor-prefix  the same, closed by binary search and prefix sums of q and q*b
 *   scan           every alive account is checked at every step: one vectorised comparison with its precomputed log level,
 *                  the dead compacted away
 *   scan-equity    every account is checked at every step as an agent-style simulator does it: at the price exp(log price)
 *                  its equity C + dir*q*(S - e) against its maintenance requirement rate*q*S, no levels, an alive flag,
 *                  nothing else; each cascade round looks at all of them again. One array a field, longs and shorts apart
 *                  (the rest of this file has them so, and it spares a load of dir): gcc and clang vectorise the loop
 *                  of a step, so this is the fast form of that design, not what an array of objects would take. It has
 *                  no 1e-12 tolerance, so an account at the very edge may differ
 *   scan-objects   the same check with the book as public simulators keep it: one object an account (side, size, entry,
 *                  collateral, rate, open or not), asked one after the other whether it is liquidatable; a cascade round is
 *                  one pass over all of them. Compilers do not vectorise it
 * and `draws`, which only draws the normals: the floor of any step loop with this generator.
 *
 * Both sides are stored signed, so that one code serves both: dir is +1 for longs (sold) and -1 for shorts (bought),
 * key = dir * log level (with the 1e-12 tolerance), bankrupt = dir * bankruptcy price. An account is triggered when
 * dir * y <= key, its equity at fill f is q * (dir * f - bankrupt), and sorted books have both descending.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <getopt.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOLERANCE 1e-12
#define MAX_BOOKS 64
#define DIRECT_SUM 16   /* ranges up to this length are summed directly: prefix differences lose digits */
#define SCAN_BLOCK 1024 /* accounts per early exit of the scan */

#define STATISTICS(X) \
  X(lp_loss) X(bad_debt) X(insurance_paid) X(fund_end) X(fund_min) X(fund_required) X(uncovered) \
  X(liquidated_notional) X(liquidations) X(cascade_rounds) X(displacement_max) X(first_loss_step) X(mark_low) X(mark_end)

struct statistics {
#define FIELD(name) double name;
  STATISTICS(FIELD)
#undef FIELD
};
#define STATISTIC_COUNT (sizeof(struct statistics) / sizeof(double))

static const char *const statistic_names[] = {
#define NAME(name) #name,
  STATISTICS(NAME)
#undef NAME
};

enum kind { CURSOR, CURSOR_PREFIX, SCAN, SCAN_EQUITY, SCAN_OBJECTS, DRAWS };
static const char *const kind_names[] = {"cursor", "cursor-prefix", "scan", "scan-equity", "scan-objects", "draws"};

struct parameters {
  size_t paths, steps;
  unsigned long seed;
  double horizon, step; /* seconds */
  double initial, volatility, drift;
  double depth, exponent, half_life /* seconds */, spread;
  double maintenance, fee, fund, deposits, profit;
};

struct side {
  size_t n;
  double *key, *q, *bankrupt;
  double *sum_q, *sum_qb;     /* n + 1 prefix sums, cursor-prefix only */
  double *entry, *collateral; /* scan-equity only */
};

struct position { /* of scan-objects */
  double size, entry, collateral, maintenance;
  int side; /* 0 long, 1 short */
  bool open;
};

struct book {
  struct side side[2]; /* longs, shorts */
  struct position *positions; /* scan-objects only, in the order of the file */
  size_t position_count;
};

struct work { /* scratch of the scans: the alive accounts, and those of one round */
  double *key[2], *q[2], *bankrupt[2], *hit_q[2], *hit_bankrupt[2];
  uint8_t *alive[2]; /* scan-equity only; gcc 12 does not vectorise loops over bool */
  size_t n[2], dead[2];
  struct position *positions; /* scan-objects only */
  size_t position_count, hits[2];
};

struct counters {
  uint64_t draws, events, rounds;
};

static const double direction[2] = {1.0, -1.0};

_Noreturn static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("baseline: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) fail("out of memory");
  return memory;
}

/* ---- impact ---- */

static inline double impact(const struct parameters *p, double v) {
  const double ratio = fabs(v) / p->depth;
  return copysign(0.01 * (p->exponent == 0.5 ? sqrt(ratio) : pow(ratio, p->exponent)), v);
}

/* Mean of the impact over (v, v + w); the antiderivative |v| I(|v|) / (1 + exponent) is even. */
static inline double mean_impact(const struct parameters *p, double v, double w) {
  if (fabs(w) < 1e-3 * fabs(v)) {
    const double middle = v + 0.5 * w, ratio = w / middle;
    return impact(p, middle) * (1.0 + p->exponent * (p->exponent - 1.0) / 24.0 * ratio * ratio);
  }
  const double end = v + w;
  return (end * impact(p, end) - v * impact(p, v)) / ((1.0 + p->exponent) * w);
}

/* ---- closing accounts ---- */

struct closed {
  double fees, debt;
};

static inline double sum(const double *values, size_t n) {
  double total = 0.0;
#pragma omp simd reduction(+ : total)
  for (size_t i = 0; i < n; i++) total += values[i];
  return total;
}

static inline double sum_products(const double *a, const double *b, size_t n) {
  double total = 0.0;
#pragma omp simd reduction(+ : total)
  for (size_t i = 0; i < n; i++) total += a[i] * b[i];
  return total;
}

static inline struct closed close_each(const double *q, const double *bankrupt, size_t n, double dir, double fill, double rate) {
  const double price = dir * fill, full = rate * fill, tiny = -TOLERANCE * fill;
  double fees = 0.0, debt = 0.0;
#pragma omp simd reduction(+ : fees, debt)
  for (size_t i = 0; i < n; i++) {
    const double equity = price - bankrupt[i];
    const double paid = equity < full ? equity : full;
    fees += q[i] * (paid > 0.0 ? paid : 0.0);
    debt += q[i] * (equity < tiny ? -equity : 0.0);
  }
  return (struct closed){fees, debt};
}

/* First index in [from, n) of a descending array whose value is below the limit: gallop, then bisect. */
static inline size_t first_below(const double *values, size_t from, size_t n, double limit) {
  size_t stride = 1, low = from, high = from;
  while (high < n && values[high] >= limit) {
    low = high + 1;
    high += stride;
    stride *= 2;
  }
  if (high > n) high = n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (values[middle] >= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

static inline double range_q(const struct side *side, size_t from, size_t to) {
  return to - from <= DIRECT_SUM ? sum(side->q + from, to - from) : side->sum_q[to] - side->sum_q[from];
}

/* sum of q * (bankrupt - price) */
static inline double range_shortfall(const struct side *side, size_t from, size_t to, double price) {
  const double qb = to - from <= DIRECT_SUM ? sum_products(side->q + from, side->bankrupt + from, to - from)
                                            : side->sum_qb[to] - side->sum_qb[from];
  return qb - price * range_q(side, from, to);
}

/* Level order is bankruptcy order: bankrupt ones first, then those that cannot pay the full fee, then the rest. */
static inline struct closed close_range(const struct side *side, size_t from, size_t to, double dir, double fill, double rate) {
  if (to - from <= DIRECT_SUM) return close_each(side->q + from, side->bankrupt + from, to - from, dir, fill, rate);
  const double price = dir * fill, full = rate * fill;
  const size_t solvent = first_below(side->bankrupt, from, to, price + TOLERANCE * fill);
  const size_t paying = first_below(side->bankrupt, solvent, to, price - full);
  struct closed closed = {0.0, 0.0};
  if (solvent > from) closed.debt = range_shortfall(side, from, solvent, price);
  if (paying > solvent) closed.fees = -range_shortfall(side, solvent, paying, price);
  if (to > paying) closed.fees += full * range_q(side, paying, to);
  return closed;
}

/* ---- the scan ---- */

static inline bool any_triggered(const double *key, size_t n, double level) {
  for (size_t start = 0; start < n; start += SCAN_BLOCK) {
    const size_t end = n - start > SCAN_BLOCK ? start + SCAN_BLOCK : n;
    int64_t hits = 0;
    for (size_t i = start; i < end; i++) hits += key[i] >= level;
    if (hits) return true;
  }
  return false;
}

static void compact(struct work *w, int s) {
  size_t kept = 0;
  for (size_t i = 0; i < w->n[s]; i++) {
    if (w->key[s][i] == -INFINITY) continue;
    w->key[s][kept] = w->key[s][i];
    w->q[s][kept] = w->q[s][i];
    w->bankrupt[s][kept++] = w->bankrupt[s][i];
  }
  w->n[s] = kept;
  w->dead[s] = 0;
}

/* Moves the triggered accounts to the list of hits and marks them dead; blocks without any are left at one look. */
static size_t collect(struct work *w, int s, double level) {
  double *key = w->key[s];
  size_t found = 0;
  for (size_t start = 0; start < w->n[s]; start += SCAN_BLOCK) {
    const size_t end = w->n[s] - start > SCAN_BLOCK ? start + SCAN_BLOCK : w->n[s];
    int64_t hits = 0;
    for (size_t i = start; i < end; i++) hits += key[i] >= level;
    for (size_t i = start; hits; i++) {
      if (key[i] < level) continue;
      w->hit_q[s][found] = w->q[s][i];
      w->hit_bankrupt[s][found++] = w->bankrupt[s][i];
      key[i] = -INFINITY;
      hits--;
    }
  }
  w->dead[s] += found;
  if (w->dead[s] > w->n[s] / 8) compact(w, s);
  return found;
}

static void revive(struct work *w, const struct book *book) {
  for (int s = 0; s < 2; s++) {
    const struct side *side = &book->side[s];
    memcpy(w->key[s], side->key, side->n * sizeof(double));
    memcpy(w->q[s], side->q, side->n * sizeof(double));
    memcpy(w->bankrupt[s], side->bankrupt, side->n * sizeof(double));
    w->n[s] = side->n;
    w->dead[s] = 0;
  }
}

/* ---- equity against margin ---- */

static inline bool under_margin(const struct side *side, size_t i, double dir, double price, double rate) {
  const double equity = side->collateral[i] + dir * side->q[i] * (price - side->entry[i]);
  return equity <= rate * side->q[i] * price;
}

static inline bool any_under_margin(const struct side *side, const uint8_t *alive, double dir, double price, double rate) {
  size_t count = 0;
  for (size_t i = 0; i < side->n; i++) count += alive[i] & under_margin(side, i, dir, price, rate);
  return count > 0;
}

static size_t collect_under_margin(const struct side *side, struct work *w, int s, double price, double rate) {
  uint8_t *alive = w->alive[s];
  size_t found = 0;
  for (size_t i = 0; i < side->n; i++) {
    if (!alive[i] || !under_margin(side, i, direction[s], price, rate)) continue;
    w->hit_q[s][found] = side->q[i];
    w->hit_bankrupt[s][found++] = side->bankrupt[i];
    alive[i] = 0;
  }
  return found;
}

/* ---- one object an account ---- */

static inline bool is_liquidatable(const struct position *position, double price) {
  if (!position->open) return false;
  const double equity = position->collateral + direction[position->side] * position->size * (price - position->entry);
  return equity <= position->maintenance * position->size * price;
}

static bool any_liquidatable(const struct position *positions, size_t count, double price) {
  for (size_t i = 0; i < count; i++)
    if (is_liquidatable(&positions[i], price)) return true;
  return false;
}

/* Both sides in one pass. */
static void collect_liquidatable(struct work *w, double price) {
  w->hits[0] = w->hits[1] = 0;
  for (size_t i = 0; i < w->position_count; i++) {
    struct position *position = &w->positions[i];
    if (!is_liquidatable(position, price)) continue;
    const int s = position->side;
    const size_t hit = w->hits[s]++;
    w->hit_q[s][hit] = position->size;
    w->hit_bankrupt[s][hit] = direction[s] * position->entry - position->collateral / position->size;
    position->open = false;
  }
}

/* ---- one path ---- */

struct path {
  const struct parameters *p;
  const struct book *book;
  struct work *work;
  double log_fundamental, displacement, volume;
  size_t volume_step; /* step of the last order */
  size_t cursor[2];
  double fund, profit, deposits, debts, inflows, log_low;
  struct statistics out;
};

struct order {
  double quantity;
  size_t from, to; /* accounts; of the list of hits for the scans */
};

static inline bool is_scan(enum kind kind) { return kind == SCAN || kind == SCAN_EQUITY || kind == SCAN_OBJECTS; }

static inline struct order find_triggered(struct path *path, int s, double mark, enum kind kind) {
  const struct side *side = &path->book->side[s];
  const double level = direction[s] * mark;
  struct order order = {0.0, path->cursor[s], path->cursor[s]};
  if (is_scan(kind)) {
    struct work *work = path->work;
    order.from = 0;
    if (kind == SCAN) order.to = collect(work, s, level);
    else if (kind == SCAN_EQUITY) order.to = collect_under_margin(side, work, s, exp(mark), path->p->maintenance);
    else if (s == 0) collect_liquidatable(work, exp(mark));
    if (kind == SCAN_OBJECTS) order.to = work->hits[s];
    order.quantity = sum(work->hit_q[s], order.to);
    return order;
  }
  if (kind == CURSOR_PREFIX) {
    order.to = first_below(side->key, order.from, side->n, level);
    if (order.to > order.from) order.quantity = range_q(side, order.from, order.to);
  } else {
    while (order.to < side->n && side->key[order.to] >= level) order.to++;
    order.quantity = sum(side->q + order.from, order.to - order.from);
  }
  path->cursor[s] = order.to;
  return order;
}

/* Executes one order at the mark and adds what it yields; returns the new mark. */
static inline double execute(struct path *path, int s, const struct order *order, double mark, struct closed *step, enum kind kind) {
  const struct parameters *p = path->p;
  const double dir = direction[s], usd = order->quantity * exp(mark), flow = dir * usd;
  const double slip = mean_impact(p, path->volume, flow) + path->displacement;
  const double fill = exp(mark - slip) * (1.0 - 0.5 * dir * p->spread);
  const size_t count = order->to - order->from;
  struct closed closed;
  if (kind == CURSOR_PREFIX) closed = close_range(&path->book->side[s], order->from, order->to, dir, fill, p->fee);
  else if (is_scan(kind)) closed = close_each(path->work->hit_q[s], path->work->hit_bankrupt[s], count, dir, fill, p->fee);
  else closed = close_each(path->book->side[s].q + order->from, path->book->side[s].bankrupt + order->from, count, dir, fill, p->fee);
  step->fees += closed.fees;
  step->debt += closed.debt;
  path->volume += flow;
  path->displacement = -impact(p, path->volume);
  path->out.liquidated_notional += usd;
  path->out.liquidations += (double)count;
  path->out.displacement_max = fmax(path->out.displacement_max, fabs(path->displacement));
  const double after = path->log_fundamental + path->displacement;
  path->log_low = fmin(path->log_low, fmin(mark, after));
  return after;
}

static double take(double *from, double wanted) {
  const double paid = fmin(fmax(*from, 0.0), wanted);
  *from -= paid;
  return paid;
}

static void settle(struct path *path, size_t step, const struct closed *closed) {
  struct statistics *out = &path->out;
  path->fund += closed->fees;
  path->inflows += closed->fees;
  path->debts += closed->debt;
  out->bad_debt += closed->debt;
  out->fund_required = fmax(out->fund_required, path->debts - path->inflows);
  double left = closed->debt, paid = take(&path->fund, left);
  out->insurance_paid += paid;
  left -= paid;
  out->fund_min = fmin(out->fund_min, path->fund);
  const double profit = take(&path->profit, left);
  const double deposits = take(&path->deposits, left - profit);
  if (profit + deposits > 0.0 && out->first_loss_step < 0.0) out->first_loss_step = (double)step;
  out->lp_loss += profit + deposits;
  out->uncovered += left - profit - deposits;
}

static inline void decay_volume(struct path *path, size_t step) {
  const double elapsed = (double)(step - path->volume_step) * path->p->step;
  path->volume *= exp2(-elapsed / path->p->half_life);
  path->volume_step = step;
  path->displacement = -impact(path->p, path->volume);
}

static inline void cascade(struct path *path, size_t step, struct counters *counters, enum kind kind) {
  decay_volume(path, step);
  const double start = path->log_fundamental + path->displacement;
  double mark = start;
  struct closed closed = {0.0, 0.0};
  size_t rounds = 0;
  for (;;) {
    const double look = mark;
    bool found = false;
    for (int s = 0; s < 2; s++) {
      const struct order order = find_triggered(path, s, look, kind);
      if (order.from == order.to) continue;
      mark = execute(path, s, &order, mark, &closed, kind);
      found = true;
    }
    if (!found) break;
    rounds++;
    if (fabs(mark - start) > log(100.0)) fail("a cascade moved the mark 100 times at step %zu", step);
  }
  if (!rounds) return;
  settle(path, step, &closed);
  path->out.cascade_rounds = fmax(path->out.cascade_rounds, (double)rounds);
  counters->events++;
  counters->rounds += rounds;
}

static inline double next_key(const struct path *path, int s) {
  const struct side *side = &path->book->side[s];
  return path->cursor[s] < side->n ? side->key[path->cursor[s]] : -INFINITY;
}

static inline void walk(struct path *path, gsl_rng *rng, struct counters *counters, enum kind kind) {
  const struct parameters *p = path->p;
  const double year = 365.0 * 86400.0, dt = p->step / year;
  const double drift = (p->drift - 0.5 * p->volatility * p->volatility) * dt, deviation = p->volatility * sqrt(dt);
  const double decay = exp2(-p->exponent * p->step / p->half_life);
  const size_t steps = p->steps;
  double x = path->log_fundamental, d = path->displacement;
  double low = next_key(path, 0), high = -next_key(path, 1);
  for (size_t k = 1; k <= steps; k++) {
    x += drift + gsl_ran_gaussian_ziggurat(rng, deviation);
    d *= decay;
    const double y = x + d;
    bool hit;
    if (kind == SCAN) {
      const struct work *w = path->work;
      hit = any_triggered(w->key[0], w->n[0], y) || any_triggered(w->key[1], w->n[1], -y);
    } else if (kind == SCAN_EQUITY) {
      const struct side *sides = path->book->side;
      const double price = exp(y);
      hit = any_under_margin(&sides[0], path->work->alive[0], direction[0], price, p->maintenance) ||
            any_under_margin(&sides[1], path->work->alive[1], direction[1], price, p->maintenance);
    } else if (kind == SCAN_OBJECTS) {
      hit = any_liquidatable(path->work->positions, path->work->position_count, exp(y));
    } else {
      hit = y <= low || y >= high;
    }
    if (!hit) continue;
    path->log_fundamental = x;
    cascade(path, k, counters, kind);
    d = path->displacement;
    low = next_key(path, 0);
    high = -next_key(path, 1);
  }
  counters->draws += steps;
  path->log_fundamental = x;
  path->displacement = d;
}

static inline void run_path(const struct parameters *p, const struct book *book, struct work *work, gsl_rng *rng,
                            struct counters *counters, struct statistics *out, enum kind kind) {
  const double start = log(p->initial);
  struct path path = {.p = p, .book = book, .work = work, .log_fundamental = start, .log_low = start,
                      .fund = p->fund, .profit = p->profit, .deposits = p->deposits};
  path.out.fund_min = p->fund;
  path.out.first_loss_step = -1.0;
  if (kind == SCAN) revive(work, book);
  for (int s = 0; s < 2 && kind == SCAN_EQUITY; s++)
    for (size_t i = 0; i < book->side[s].n; i++) work->alive[s][i] = 1;
  if (kind == SCAN_OBJECTS) {
    work->position_count = book->position_count;
    memcpy(work->positions, book->positions, book->position_count * sizeof *book->positions);
  }
  walk(&path, rng, counters, kind);
  const double end = path.log_fundamental + path.displacement;
  path.out.fund_end = path.fund;
  path.out.mark_end = exp(end);
  path.out.mark_low = exp(fmin(path.log_low, end));
  *out = path.out;
}

/* ---- reading the book ---- */

static char *read_file(const char *name, size_t *length) {
  FILE *file = fopen(name, "rb");
  if (!file) fail("%s: %s", name, strerror(errno));
  if (fseek(file, 0, SEEK_END)) fail("%s: cannot seek", name);
  const long size = ftell(file);
  if (size < 0) fail("%s: cannot tell its size", name);
  rewind(file);
  *length = (size_t)size;
  char *text = allocate(*length + 1, 1);
  if (fread(text, 1, *length, file) != *length) fail("%s: cannot read", name);
  fclose(file);
  return text;
}

static double field(char **at, char end, const char *name, size_t line) {
  char *stop;
  const double value = strtod(*at, &stop);
  if (stop == *at || (*stop != end && !(end == '\n' && (*stop == '\0' || *stop == '\r')))) fail("%s:%zu: bad number", name, line);
  *at = *stop ? stop + 1 : stop;
  if (end == '\n' && stop[0] == '\r' && stop[1] == '\n') *at = stop + 2;
  return value;
}

static char *after_comma(char *at, const char *name, size_t line) {
  char *comma = strchr(at, ',');
  if (!comma) fail("%s:%zu: too few columns", name, line);
  return comma + 1;
}

static void add_account(struct side *side, const struct parameters *p, double dir, double size, double entry, double collateral) {
  const double q = size / entry, bankrupt = entry - dir * (collateral / q);
  const double level = bankrupt / (1.0 - dir * p->maintenance);
  if (side->entry) {
    side->entry[side->n] = entry;
    side->collateral[side->n] = collateral;
  }
  side->key[side->n] = level > 0.0 ? dir * log(level) + TOLERANCE : -INFINITY;
  side->q[side->n] = q;
  side->bankrupt[side->n++] = dir * bankrupt;
}

static void read_rows(struct book *book, const struct parameters *p, char *at, const char *name) {
  const double start = log(p->initial);
  for (size_t line = 2; *at; line++) {
    char *column = after_comma(after_comma(at, name, line), name, line);
    const int s = strncmp(column, "short,", 6) == 0;
    if (!s && strncmp(column, "long,", 5) != 0) fail("%s:%zu: the side is long or short", name, line);
    at = after_comma(column, name, line);
    const double size = field(&at, ',', name, line), entry = field(&at, ',', name, line), collateral = field(&at, '\n', name, line);
    struct side *side = &book->side[s];
    add_account(side, p, direction[s], size, entry, collateral);
    if (book->positions)
      book->positions[book->position_count++] = (struct position){size / entry, entry, collateral, p->maintenance, s, true};
    if (direction[s] * start <= side->key[side->n - 1]) fail("%s:%zu: liquidatable at the start", name, line);
  }
}

struct account {
  double key, q, bankrupt;
};

/* By bankruptcy price, which is level order with flat maintenance. */
static int by_bankrupt(const void *left, const void *right) {
  const double a = ((const struct account *)left)->bankrupt, b = ((const struct account *)right)->bankrupt;
  return (a < b) - (a > b);
}

static void sort_side(struct side *side) {
  struct account *accounts = allocate(side->n, sizeof *accounts);
  for (size_t i = 0; i < side->n; i++) accounts[i] = (struct account){side->key[i], side->q[i], side->bankrupt[i]};
  qsort(accounts, side->n, sizeof *accounts, by_bankrupt);
  side->sum_q = allocate(side->n + 1, sizeof(double));
  side->sum_qb = allocate(side->n + 1, sizeof(double));
  long double q = 0.0L, qb = 0.0L;
  for (size_t i = 0; i < side->n; i++) {
    side->key[i] = accounts[i].key;
    side->q[i] = accounts[i].q;
    side->bankrupt[i] = accounts[i].bankrupt;
    q += (long double)accounts[i].q;
    qb += (long double)accounts[i].q * (long double)accounts[i].bankrupt;
    side->sum_q[i + 1] = (double)q;
    side->sum_qb[i + 1] = (double)qb;
  }
  free(accounts);
}

static void read_book(struct book *book, const struct parameters *p, const char *name, enum kind kind) {
  static const char header[] = "account,market,side,size_usd,entry,collateral";
  size_t length, lines = 0;
  char *text = read_file(name, &length), *at = strchr(text, '\n');
  if (!at || strncmp(text, header, sizeof header - 1) != 0) fail("%s: the header is not %s", name, header);
  for (const char *c = at + 1; (c = strchr(c, '\n')); c++) lines++;
  for (int s = 0; s < 2; s++) {
    struct side *side = &book->side[s];
    side->n = 0;
    side->key = allocate(lines + 1, sizeof(double));
    side->q = allocate(lines + 1, sizeof(double));
    side->bankrupt = allocate(lines + 1, sizeof(double));
    if (kind != SCAN_EQUITY) continue;
    side->entry = allocate(lines + 1, sizeof(double));
    side->collateral = allocate(lines + 1, sizeof(double));
  }
  if (kind == SCAN_OBJECTS) book->positions = allocate(lines + 1, sizeof *book->positions);
  read_rows(book, p, at + 1, name);
  free(text);
  for (int s = 0; s < 2 && !is_scan(kind); s++) sort_side(&book->side[s]);
}

static void free_book(struct book *book) {
  free(book->positions);
  for (int s = 0; s < 2; s++) {
    struct side *side = &book->side[s];
    free(side->key);
    free(side->q);
    free(side->bankrupt);
    free(side->sum_q);
    free(side->sum_qb);
    free(side->entry);
    free(side->collateral);
  }
}

static void init_work(struct work *w, const struct book *books, size_t count) {
  size_t most = 0;
  for (size_t i = 0; i < count; i++)
    for (int s = 0; s < 2; s++)
      if (books[i].side[s].n > most) most = books[i].side[s].n;
  for (int s = 0; s < 2; s++) {
    w->key[s] = allocate(most, sizeof(double));
    w->q[s] = allocate(most, sizeof(double));
    w->bankrupt[s] = allocate(most, sizeof(double));
    w->alive[s] = allocate(most, sizeof(uint8_t));
    w->hit_q[s] = allocate(most, sizeof(double));
    w->hit_bankrupt[s] = allocate(most, sizeof(double));
  }
  w->positions = allocate(2 * most, sizeof *w->positions);
}

static void free_work(struct work *w) {
  for (int s = 0; s < 2; s++) {
    free(w->key[s]);
    free(w->q[s]);
    free(w->bankrupt[s]);
    free(w->alive[s]);
    free(w->hit_q[s]);
    free(w->hit_bankrupt[s]);
  }
  free(w->positions);
}

/* ---- the run ---- */

struct totals {
  double mean[STATISTIC_COUNT], squares[STATISTIC_COUNT];
};

/* Welford */
static void accumulate(struct totals *totals, const struct statistics *one, size_t index) {
  double values[STATISTIC_COUNT];
  memcpy(values, one, sizeof values);
  const double weight = 1.0 / (double)(index + 1);
  for (size_t i = 0; i < STATISTIC_COUNT; i++) {
    const double delta = values[i] - totals->mean[i];
    totals->mean[i] += delta * weight;
    totals->squares[i] += delta * (values[i] - totals->mean[i]);
  }
}

static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The kind is a constant in each call, so that every kernel is compiled on its own. */
static inline void run_all(const struct parameters *p, const struct book *books, size_t book_count, struct work *work, gsl_rng *rng,
                           struct counters *counters, struct totals *totals, enum kind kind) {
  for (size_t i = 0; i < p->paths; i++) {
    struct statistics out;
    run_path(p, &books[i % book_count], work, rng, counters, &out, kind);
    accumulate(totals, &out, i);
  }
}

__attribute__((noinline)) static void run_cursor(const struct parameters *p, const struct book *b, size_t n, gsl_rng *rng,
                                                 struct counters *c, struct totals *t) {
  run_all(p, b, n, NULL, rng, c, t, CURSOR);
}

__attribute__((noinline)) static void run_prefix(const struct parameters *p, const struct book *b, size_t n, gsl_rng *rng,
                                                 struct counters *c, struct totals *t) {
  run_all(p, b, n, NULL, rng, c, t, CURSOR_PREFIX);
}

__attribute__((noinline)) static void run_scan(const struct parameters *p, const struct book *b, size_t n, struct work *w,
                                               gsl_rng *rng, struct counters *c, struct totals *t) {
  run_all(p, b, n, w, rng, c, t, SCAN);
}

__attribute__((noinline)) static void run_scan_equity(const struct parameters *p, const struct book *b, size_t n, struct work *w,
                                                      gsl_rng *rng, struct counters *c, struct totals *t) {
  run_all(p, b, n, w, rng, c, t, SCAN_EQUITY);
}

__attribute__((noinline)) static void run_scan_objects(const struct parameters *p, const struct book *b, size_t n, struct work *w,
                                                       gsl_rng *rng, struct counters *c, struct totals *t) {
  run_all(p, b, n, w, rng, c, t, SCAN_OBJECTS);
}

static void run_draws(const struct parameters *p, gsl_rng *rng, struct counters *counters) {
  static volatile double keep;
  for (size_t i = 0; i < p->paths; i++) {
    double x = 0.0;
    for (size_t k = 1; k <= p->steps; k++) x += gsl_ran_gaussian_ziggurat(rng, 1e-3);
    keep = x;
  }
  (void)keep;
  counters->draws += p->paths * p->steps;
}

static void print_summary(const char *name, const struct parameters *p, enum kind kind, const struct totals *totals) {
  FILE *file = strcmp(name, "-") == 0 ? stdout : fopen(name, "w");
  if (!file) fail("%s: %s", name, strerror(errno));
  const double n = (double)p->paths;
  fprintf(file, "{\"program\": \"baseline\", \"kind\": \"%s\", \"paths\": %zu, \"steps\": %zu, \"seed\": %lu, \"summary\": {", kind_names[kind],
          p->paths, p->steps, p->seed);
  for (size_t i = 0; i < STATISTIC_COUNT && kind != DRAWS; i++) {
    const double sd = p->paths > 1 ? sqrt(totals->squares[i] / (n - 1.0)) : 0.0;
    fprintf(file, "%s\n  \"%s\": {\"mean\": %.15g, \"sd\": %.15g, \"mean_se\": %.15g}", i ? "," : "", statistic_names[i], totals->mean[i], sd,
            sd / sqrt(n));
  }
  fprintf(file, "}}\n");
  if (file != stdout && fclose(file)) fail("%s: cannot write", name);
}

/* ---- the command line ---- */

struct options {
  struct parameters p;
  enum kind kind;
  const char *books[MAX_BOOKS], *output;
  size_t book_count;
};

static double number(const char *text, const char *what) {
  char *end;
  const double value = strtod(text, &end);
  if (end == text || *end || !(value >= 0.0)) fail("--%s: not a number from 0: %s", what, text);
  return value;
}

static enum kind parse_kind(const char *text) {
  for (int i = 0; i < (int)(sizeof kind_names / sizeof *kind_names); i++)
    if (strcmp(text, kind_names[i]) == 0) return (enum kind)i;
  fail("--kind is cursor, cursor-prefix, scan, scan-equity, scan-objects or draws, not %s", text);
}

static void usage(void) {
  puts("usage: baseline --kind cursor|cursor-prefix|scan|scan-equity|scan-objects|draws --book FILE [--book FILE ...] [--paths N] [--seed N]\n"
       "         [-o FILE]\n"
       "  plain numbers, seconds, USD: --horizon 86400 --step 60 --initial 100000 --volatility 0.8 --drift 0 --depth 150e6\n"
       "  --exponent 0.5 --half-life 600 (inf: never) --spread 1e-4 --maintenance 0.0125 --fee 0.005 --fund 20e6\n"
       "  --deposits 300e6 --profit 15e6\n"
       "Path p uses book p mod the number of books. Means, deviations and standard errors go to FILE (stdout) as JSON,\n"
       "the time of the simulation alone to stderr.");
  exit(0);
}

enum { PATHS = 256, SEED, KIND, BOOK, HELP, FIRST_NUMBER };

static void parse(struct options *o, int argc, char **argv) {
  struct parameters *p = &o->p;
  const struct {
    const char *name;
    double *value;
  } numbers[] = {{"horizon", &p->horizon}, {"step", &p->step}, {"initial", &p->initial}, {"volatility", &p->volatility},
                 {"drift", &p->drift}, {"depth", &p->depth}, {"exponent", &p->exponent}, {"half-life", &p->half_life},
                 {"spread", &p->spread}, {"maintenance", &p->maintenance}, {"fee", &p->fee}, {"fund", &p->fund},
                 {"deposits", &p->deposits}, {"profit", &p->profit}};
  enum { NUMBERS = sizeof numbers / sizeof *numbers };
  struct option table[NUMBERS + 7] = {{"paths", 1, NULL, PATHS}, {"seed", 1, NULL, SEED}, {"kind", 1, NULL, KIND},
                                      {"book", 1, NULL, BOOK}, {"help", 0, NULL, HELP}, {"output", 1, NULL, 'o'}};
  for (int i = 0; i < NUMBERS; i++) table[6 + i] = (struct option){numbers[i].name, 1, NULL, FIRST_NUMBER + i};
  for (int c; (c = getopt_long(argc, argv, "o:h", table, NULL)) != -1;) {
    if (c == 'h' || c == HELP) usage();
    else if (c == 'o') o->output = optarg;
    else if (c == PATHS) p->paths = (size_t)number(optarg, "paths");
    else if (c == SEED) p->seed = (unsigned long)number(optarg, "seed");
    else if (c == KIND) o->kind = parse_kind(optarg);
    else if (c == BOOK && o->book_count < MAX_BOOKS) o->books[o->book_count++] = optarg;
    else if (c == BOOK) fail("more than %d books", MAX_BOOKS);
    else if (c >= FIRST_NUMBER) *numbers[c - FIRST_NUMBER].value = number(optarg, numbers[c - FIRST_NUMBER].name);
    else exit(2);
  }
  if (optind < argc) fail("unexpected argument %s", argv[optind]);
}

static void check(struct options *o) {
  struct parameters *p = &o->p;
  const double steps = p->horizon / p->step;
  if (!(steps >= 1.0) || steps != floor(steps)) fail("the horizon is not a whole number of steps");
  p->steps = (size_t)steps;
  if (!p->paths) fail("--paths is at least 1");
  if (!o->book_count && o->kind != DRAWS) fail("no --book");
  if (!(p->exponent > 0.0 && p->exponent <= 1.0 && p->depth > 0.0 && p->half_life > 0.0 && p->initial > 0.0)) fail("a parameter is out of range");
}

int main(int argc, char **argv) {
  struct options o = {.kind = CURSOR, .output = "-",
                      .p = {.paths = 1000, .seed = 1, .horizon = 86400.0, .step = 60.0, .initial = 1e5, .volatility = 0.8, .depth = 150e6,
                            .exponent = 0.5, .half_life = 600.0, .spread = 1e-4, .maintenance = 0.0125, .fee = 0.005, .fund = 20e6,
                            .deposits = 300e6, .profit = 15e6}};
  parse(&o, argc, argv);
  check(&o);
  struct book books[MAX_BOOKS] = {0};
  struct work work = {0};
  struct counters counters = {0};
  struct totals totals = {0};
  for (size_t i = 0; i < o.book_count; i++) read_book(&books[i], &o.p, o.books[i], o.kind);
  if (is_scan(o.kind)) init_work(&work, books, o.book_count);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  if (!rng) fail("out of memory");
  gsl_rng_set(rng, o.p.seed);

  const double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  if (o.kind == CURSOR) run_cursor(&o.p, books, o.book_count, rng, &counters, &totals);
  else if (o.kind == CURSOR_PREFIX) run_prefix(&o.p, books, o.book_count, rng, &counters, &totals);
  else if (o.kind == SCAN) run_scan(&o.p, books, o.book_count, &work, rng, &counters, &totals);
  else if (o.kind == SCAN_EQUITY) run_scan_equity(&o.p, books, o.book_count, &work, rng, &counters, &totals);
  else if (o.kind == SCAN_OBJECTS) run_scan_objects(&o.p, books, o.book_count, &work, rng, &counters, &totals);
  else run_draws(&o.p, rng, &counters);
  const double wall_end = seconds_of(CLOCK_MONOTONIC), cpu_end = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

  print_summary(o.output, &o.p, o.kind, &totals);
  fprintf(stderr, "timing: paths=%zu seconds=%.6f draws=%llu events=%llu rounds=%llu vector=compiler cpu=%.6f\n", o.p.paths, wall_end - wall,
          (unsigned long long)counters.draws, (unsigned long long)counters.events, (unsigned long long)counters.rounds, cpu_end - cpu);
  gsl_rng_free(rng);
  free_work(&work);
  for (size_t i = 0; i < o.book_count; i++) free_book(&books[i]);
  return 0;
}
