/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who left the bad debt. Means by cell come with the granules; contributions to ES 99, by cell and by
 * account, from the paths it is the mean of, which are run again: in any order, and added up book by
 * book, in order of their numbers, so that the accounts of one book at a time are held. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/run.h"

#define BLOCK 128 /* paths that are run before they are added up */
enum { DEBT, LOSS, METRICS };

/* A path to be run, and its place in the tails; NULL: not in this one. */
struct job {
  uint64_t path;
  size_t book;
  const struct hc_es_path *in[METRICS];
};

/* What running a path left. */
struct result {
  struct hc_blame blame;
  struct hc_outcome outcome;
};

struct account {
  struct hc_es_part part[METRICS];
};

/* The accounts that add most to ES 99 of bad debt so far, greatest first; equal ones in order of book
 * and account. */
struct ranking {
  size_t count;
  struct place {
    size_t book, account;
    struct hc_es_part part[METRICS];
  } place[HC_BLAME_TOP];
};

struct tails {
  const struct hc_scenario *scenario;
  struct hc_es_tail tail[METRICS];
  struct hc_es_part part[METRICS][HC_BLAME_CELLS];
  double *group[METRICS];   /* plain sums: cell x group of books */
  double *book;             /* what the paths of each book add to ES 99 of bad debt, over `scale` */
  struct account *accounts; /* of the book that is added up */
  struct ranking ranking;
  struct job *jobs;
  size_t count;
  struct result *results; /* BLOCK */
  int threads;
  struct hc_workspace **workspaces; /* of threads */
};

/* ---- keeping ------------------------------------------------------------------------------ */

/* Both lists are in order of path. */
static void list_jobs(struct tails *t) {
  const struct hc_es_tail *debt = &t->tail[DEBT], *loss = &t->tail[LOSS];
  for (size_t i = 0, j = 0; i < debt->count || j < loss->count;) {
    const struct hc_es_path *a = i < debt->count ? &debt->path[i] : NULL;
    const struct hc_es_path *b = j < loss->count ? &loss->path[j] : NULL;
    if (a && b && a->path < b->path) b = NULL;
    else if (a && b && a->path > b->path) a = NULL;
    const uint64_t path = a ? a->path : b->path;
    t->jobs[t->count++] = (struct job){path, (size_t)(path % hc_scenario_books(t->scenario)), {a, b}};
    i += a != NULL;
    j += b != NULL;
  }
}

static int by_book(const void *left, const void *right) {
  const struct job *a = left, *b = right;
  if (a->book != b->book) return a->book < b->book ? -1 : 1;
  return a->path < b->path ? -1 : a->path > b->path;
}

static size_t largest_book(const struct hc_scenario *scenario) {
  size_t most = 0;
  for (size_t b = 0; b < hc_scenario_books(scenario); b++) {
    const size_t count = hc_scenario_book(scenario, b)->count;
    if (count > most) most = count;
  }
  return most;
}

static hc_status create(struct tails *t, struct hc_stats *stats, struct hc_error *error) {
  hc_status status = hc_stats_es_tail(stats, HC_TAIL_bad_debt, &t->tail[DEBT]);
  if (status == HC_OK) status = hc_stats_es_tail(stats, HC_TAIL_lp_loss, &t->tail[LOSS]);
  if (status != HC_OK) return status;
  t->jobs = calloc(t->tail[DEBT].count + t->tail[LOSS].count + 1, sizeof *t->jobs);
  t->results = calloc(BLOCK, sizeof *t->results);
  t->accounts = calloc(largest_book(t->scenario) + 1, sizeof *t->accounts);
  t->book = calloc(hc_scenario_books(t->scenario), sizeof *t->book);
  t->workspaces = calloc((size_t)t->threads, sizeof *t->workspaces);
  for (int m = 0; m < METRICS; m++)
    t->group[m] = calloc(HC_BLAME_CELLS * t->tail[m].groups, sizeof *t->group[m]);
  if (!t->jobs || !t->results || !t->accounts || !t->book || !t->workspaces || !t->group[DEBT] ||
      !t->group[LOSS])
    return HC_NO_MEMORY;
  list_jobs(t);
  qsort(t->jobs, t->count, sizeof *t->jobs, by_book);
  if ((size_t)t->threads > t->count) t->threads = (int)t->count;
  for (int i = 0; i < t->threads && status == HC_OK; i++)
    status = hc_workspace_create(t->scenario, &t->workspaces[i], error);
  for (size_t i = 0; i < BLOCK; i++) t->results[i].blame.by_account = 1;
  return status;
}

static void release(struct tails *t) {
  for (int m = 0; m < METRICS; m++) {
    hc_es_tail_free(&t->tail[m]);
    free(t->group[m]);
  }
  for (size_t i = 0; t->results && i < BLOCK; i++) hc_blame_free(&t->results[i].blame);
  for (int i = 0; t->workspaces && i < t->threads; i++) hc_workspace_free(t->workspaces[i]);
  free(t->jobs);
  free(t->results);
  free(t->accounts);
  free(t->book);
  free(t->workspaces);
}

/* ---- running and adding up ---------------------------------------------------------------- */

static hc_status run_block(struct tails *t, size_t first, size_t count, struct hc_error *error) {
  hc_status failed = HC_OK;
#pragma omp parallel for num_threads(t->threads) schedule(dynamic, 1)
  for (size_t i = 0; i < count; i++) {
    struct result *result = &t->results[i];
    struct hc_workspace *workspace = t->workspaces[omp_get_thread_num()];
    struct hc_error why = {0};
    result->blame.count = 0;
    hc_workspace_blame(workspace, &result->blame);
    const hc_status status =
      hc_path_again(workspace, t->jobs[first + i].path, &result->outcome, &why);
    if (status == HC_OK) continue;
#pragma omp critical(haircut_attribute)
    {
      failed = status;
      *error = why;
    }
  }
  return failed;
}

static void add_cells(struct tails *t, int metric, const struct hc_es_path *in,
                      const struct hc_blame_path *row, double factor) {
  const struct hc_es_tail *tail = &t->tail[metric];
  for (size_t c = 0; c < HC_BLAME_CELLS; c++) {
    const double amount = factor * row->cell[c];
    if (amount == 0.0) continue;
    hc_es_part_add(&t->part[metric][c], in, amount);
    if (in->weight >= 1.0) t->group[metric][c * tail->groups + in->group] += amount;
  }
}

static void add_accounts(struct tails *t, const struct job *job, const struct hc_blame *blame,
                         const double factor[METRICS]) {
  for (size_t i = 0; i < blame->parts; i++) {
    struct account *account = &t->accounts[blame->part[i].account];
    for (int m = 0; m < METRICS; m++)
      if (job->in[m]) hc_es_part_add(&account->part[m], job->in[m], factor[m] * blame->part[i].amount);
  }
}

/* LP loss of a path is shared as its bad debt is; without bad debt (a loss on positions taken over) it
 * is nobody's. */
static hc_status add(struct tails *t, const struct job *job, const struct result *result) {
  static const struct hc_blame_path nobody = {.cell[HC_BLAME_OTHER] = 1.0};
  const struct hc_blame *blame = &result->blame;
  const struct hc_es_path *debt = job->in[DEBT], *loss = job->in[LOSS];
  const double values[METRICS] = {result->outcome.bad_debt, result->outcome.lp_loss};
  for (int m = 0; m < METRICS; m++)
    if (job->in[m] && job->in[m]->value != values[m]) return HC_BUG; /* not the path that it was */
  const struct hc_blame_path *row = blame->count ? &blame->paths[0] : &nobody;
  double total = 0.0;
  for (size_t c = 0; c < HC_BLAME_CELLS; c++) total += row->cell[c];
  const double factor[METRICS] = {1.0, values[LOSS] / total};
  if (debt) add_cells(t, DEBT, debt, row, factor[DEBT]);
  if (debt) t->book[job->book] += debt->weight * debt->value;
  if (loss) add_cells(t, LOSS, loss, row, factor[LOSS]);
  if (blame->count) add_accounts(t, job, blame, factor);
  return HC_OK;
}

static void offer(struct ranking *ranking, const struct account *of, size_t book, size_t account) {
  const double amount = of->part[DEBT].weighted;
  size_t at = ranking->count;
  while (at > 0 && ranking->place[at - 1].part[DEBT].weighted < amount) at--;
  if (at == HC_BLAME_TOP) return;
  if (ranking->count < HC_BLAME_TOP) ranking->count++;
  for (size_t i = ranking->count - 1; i > at; i--) ranking->place[i] = ranking->place[i - 1];
  ranking->place[at] = (struct place){book, account, {of->part[DEBT], of->part[LOSS]}};
}

/* All paths of the book are added up. */
static void finish_book(struct tails *t, size_t book) {
  const size_t count = hc_scenario_book(t->scenario, book)->count;
  for (size_t i = 0; i < count; i++)
    if (t->accounts[i].part[DEBT].weighted > 0.0) offer(&t->ranking, &t->accounts[i], book, i);
  memset(t->accounts, 0, count * sizeof *t->accounts);
}

static hc_status run_all(struct tails *t, struct hc_error *error) {
  hc_status status = HC_OK;
  for (size_t first = 0; first < t->count && status == HC_OK; first += BLOCK) {
    const size_t count = t->count - first < BLOCK ? t->count - first : BLOCK;
    status = run_block(t, first, count, error);
    for (size_t i = 0; i < count && status == HC_OK; i++) {
      const struct job *job = &t->jobs[first + i];
      status = add(t, job, &t->results[i]);
      if (first + i + 1 == t->count || job[1].book != job->book) finish_book(t, job->book);
    }
  }
  return status;
}

/* ---- what is reported ----------------------------------------------------------------------- */

static void set_edges(size_t index, struct hc_blame_cell *cell) {
  if (index == HC_BLAME_OTHER) {
    cell->leverage_low = cell->leverage_high = cell->size_low = cell->size_high = (double)NAN;
    return;
  }
  const size_t size = index % HC_BLAME_SIZES, leverage = index / HC_BLAME_SIZES % HC_BLAME_LEVERAGES;
  cell->side = index < HC_BLAME_LEVERAGES * HC_BLAME_SIZES ? 1 : -1;
  cell->leverage_low = leverage ? hc_blame_leverage[leverage - 1] : 0.0;
  cell->leverage_high = hc_blame_leverage[leverage];
  cell->size_low = size ? hc_blame_size[size - 1] : 0.0;
  cell->size_high = hc_blame_size[size];
}

static void count_positions(const struct hc_scenario *scenario, struct hc_attribution *a) {
  const double books = (double)hc_scenario_books(scenario);
  for (size_t b = 0; b < hc_scenario_books(scenario); b++) {
    const struct hc_book *book = hc_scenario_book(scenario, b);
    for (size_t i = 0; i < book->count; i++) {
      struct hc_blame_cell *cell = &a->cell[hc_position_cell(&book->positions[i])];
      cell->positions += 1.0;
      cell->notional += book->positions[i].quantity * book->positions[i].entry;
    }
  }
  for (size_t c = 0; c < a->cell_count; c++) {
    a->cell[c].positions /= books;
    a->cell[c].notional /= books;
  }
}

static void report_cells(const struct tails *t, const struct hc_stats *stats,
                         struct hc_attribution *a) {
  a->cell_count = HC_BLAME_CELLS;
  for (size_t c = 0; c < HC_BLAME_CELLS; c++) {
    struct hc_blame_cell *cell = &a->cell[c];
    struct hc_estimate mean, es[METRICS];
    set_edges(c, cell);
    hc_stats_blame_mean(stats, c, &mean);
    for (int m = 0; m < METRICS; m++)
      hc_es_part_estimate(&t->tail[m], &t->part[m][c], t->group[m] + c * t->tail[m].groups, &es[m]);
    cell->mean_bad_debt = mean.value;
    cell->mean_bad_debt_se = mean.se;
    cell->es_99_bad_debt = es[DEBT].value;
    cell->es_99_bad_debt_se = es[DEBT].se;
    cell->es_99_lp_loss = es[LOSS].value;
    cell->es_99_lp_loss_se = es[LOSS].se;
  }
  count_positions(t->scenario, a);
}

static void report_account(const struct tails *t, const struct place *place,
                           struct hc_attribution *a) {
  const struct hc_book *book = hc_scenario_book(t->scenario, place->book);
  const struct hc_position *p = &book->positions[place->account];
  const struct hc_es_part *part = place->part;
  struct hc_estimate es[METRICS];
  for (int m = 0; m < METRICS; m++) hc_es_part_estimate(&t->tail[m], &part[m], NULL, &es[m]);
  if (book->names)
    (void)snprintf(a->name[a->account_count], sizeof *a->name, "%s", book->names[place->account]);
  a->account[a->account_count++] = (struct hc_blame_account){
    .book = (int64_t)place->book,
    .account = (int64_t)place->account,
    .side = p->side,
    .leverage = p->quantity * p->entry / p->collateral,
    .notional = p->quantity * p->entry,
    .collateral = p->collateral,
    .tail_paths = (int64_t)part[DEBT].paths,
    .es_99_bad_debt = es[DEBT].value,
    .es_99_bad_debt_se = es[DEBT].se,
    .book_share = part[DEBT].weighted / t->book[place->book],
    .es_99_lp_loss = es[LOSS].value,
    .es_99_lp_loss_se = es[LOSS].se,
  };
}

hc_status hc_attribute(const struct hc_scenario *scenario, struct hc_stats *stats, int threads,
                       struct hc_attribution *attribution, struct hc_error *error) {
  *attribution = (struct hc_attribution){0};
  struct tails tails = {.scenario = scenario,
                        .threads = threads > 0 ? threads : omp_get_num_procs()};
  hc_status status = create(&tails, stats, error);
  if (status == HC_OK && tails.tail[DEBT].count > 0) {
    status = run_all(&tails, error);
    if (status == HC_OK) {
      report_cells(&tails, stats, attribution);
      for (size_t i = 0; i < tails.ranking.count; i++)
        report_account(&tails, &tails.ranking.place[i], attribution);
    }
  }
  release(&tails);
  if (status != HC_OK && (!error || error->status == HC_OK))
    return hc_fail(error, status, "attribution of bad debt: %s",
                   status == HC_BUG ? "a path did not repeat itself" : hc_status_text(status));
  return status;
}
