/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often stated 95 % intervals hold the truth, over many seeds, on losses whose mean, probability, ES and VaR
 * are known; and the same of a run that stops when its standard error is small enough.
 *
 *   stat_coverage [SEEDS PATHS]     (200 and 20,000; 1,000 and 100,000 are the statement of the docs) */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "stat/estimate.h"
#include "walk/scene.h"

enum { MEAN, P, ES, VAR, MEASURES };
static const char *const names[MEASURES] = {"mean_lp_loss", "p_lp_loss", "es_99_lp_loss", "var_99_lp_loss"};

/* A loss on a share of paths, exponential or lognormal; with books each has a share of its own. */
struct law {
  const char *name;
  double share, sigma; /* sigma 0: exponential of mean 1 */
  size_t books;
  double ratio; /* of the variance between means of books to that of paths alone, at the paths of `cover` */
};

/* Losses of a book are all times a factor of mean 1: the deviation of its log, for exponential losses. */
static double spread(const struct law *law, double paths) {
  const double mean = law->share, variance = 2.0 * mean - mean * mean;
  return sqrt(log1p((law->ratio - 1.0) * variance * (double)law->books / paths / (mean * mean)));
}

static double draw(const struct law *law, double factor, gsl_rng *rng) {
  if (gsl_rng_uniform(rng) >= law->share) return 0.0;
  return factor * (law->sigma > 0.0 ? gsl_ran_lognormal(rng, 0.0, law->sigma) : gsl_ran_exponential(rng, 1.0));
}

static void truths(const struct law *law, double truth[MEASURES]) {
  const double beyond = 0.01 / law->share; /* of the paths with a loss */
  truth[P] = law->share;
  if (law->sigma > 0.0) {
    const double z = gsl_cdf_ugaussian_Qinv(beyond), mean = exp(0.5 * law->sigma * law->sigma);
    truth[MEAN] = law->share * mean;
    truth[VAR] = exp(law->sigma * z);
    truth[ES] = law->share * mean * gsl_cdf_ugaussian_Q(z - law->sigma) / 0.01;
  } else {
    truth[MEAN] = law->share;
    truth[VAR] = -log(beyond);
    truth[ES] = truth[VAR] + 1.0;
  }
}

/* ---- one run ------------------------------------------------------------------------------------- */

struct run {
  struct hc_stats *stats;
  struct hc_granule_stats *granule;
  struct hc_outcome *outcomes;
  gsl_rng *rng;
  const struct law *law;
  uint64_t paths;
  double factor[8]; /* of books */
};

static struct run begin(const struct law *law, unsigned long seed, uint64_t paths) {
  const double deviation = law->ratio > 1.0 ? spread(law, (double)paths) : 0.0;
  const struct hc_stats_setup setup = {.books = law->books};
  struct run run = {.law = law, .rng = gsl_rng_alloc(gsl_rng_mt19937)};
  gsl_rng_set(run.rng, seed);
  for (size_t b = 0; b < law->books; b++)
    run.factor[b] = exp(gsl_ran_gaussian_ziggurat(run.rng, deviation) - 0.5 * deviation * deviation);
  run.outcomes = calloc(HC_GRANULE, sizeof *run.outcomes);
  if (!run.outcomes || hc_stats_create(&setup, &run.stats) != HC_OK ||
      hc_granule_stats_create(&setup, &run.granule) != HC_OK)
    scene_fail("statistics", "no memory");
  return run;
}

static void end(struct run *run) {
  hc_stats_free(run->stats);
  hc_granule_stats_free(run->granule);
  free(run->outcomes);
  gsl_rng_free(run->rng);
}

static void go_on(struct run *run, uint64_t paths) {
  static const double no_classes[1];
  while (run->paths < paths) {
    const size_t count = paths - run->paths < HC_GRANULE ? (size_t)(paths - run->paths) : HC_GRANULE;
    for (size_t i = 0; i < count; i++)
      run->outcomes[i].lp_loss = draw(run->law, run->factor[(run->paths + i) % run->law->books], run->rng);
    if (hc_granule_stats_fill(run->granule, run->paths, count, run->outcomes, no_classes) != HC_OK ||
        hc_stats_merge(run->stats, run->granule) != HC_OK)
      scene_fail("statistics", "no memory");
    run->paths += count;
  }
}

static const struct hc_estimate *find(struct run *run, const char *name) {
  const struct hc_estimate *all;
  size_t count;
  if (hc_stats_estimates(run->stats, &all, &count) != HC_OK) scene_fail("statistics", "no memory");
  for (size_t i = 0; i < count; i++)
    if (!strcmp(all[i].name, name)) return &all[i];
  scene_fail(name, "no such estimate");
  return NULL;
}

/* ---- counting ------------------------------------------------------------------------------------- */

/* Within four standard errors of the count of [low, high] percent. */
static void check(const char *what, const char *name, size_t covered, size_t seeds, double low, double high) {
  const double n = (double)seeds, share = (double)covered / n;
  const double slack = seeds >= 1000 ? 0.0 : 4.0 * sqrt(0.05 * 0.95 / n);
  const int good = share >= low - slack && share <= high + slack;
  estimate_failures += !good;
  (void)printf("%s %-34s %-16s %.1f %% of %zu intervals hold the truth\n", good ? "ok  " : "FAIL", what, name,
               100.0 * share, seeds);
}

static void cover(const struct law *law, size_t seeds, uint64_t paths) {
  double truth[MEASURES];
  size_t covered[MEASURES] = {0};
  truths(law, truth);
  for (unsigned long seed = 1; seed <= seeds; seed++) {
    struct run run = begin(law, seed, paths);
    go_on(&run, paths);
    for (int m = 0; m < MEASURES; m++) {
      const struct hc_estimate *estimate = find(&run, names[m]);
      covered[m] += estimate->low <= truth[m] && truth[m] <= estimate->high;
    }
    end(&run);
  }
  check(law->name, names[MEAN], covered[MEAN], seeds, 0.93, 0.97);
  if (law->ratio > 1.0) return; /* the others' truth is not known in closed form */
  check(law->name, names[P], covered[P], seeds, 0.93, 0.97);
  check(law->name, names[ES], covered[ES], seeds, 0.93, 0.97);
  check(law->name, names[VAR], covered[VAR], seeds, 0.94, 1.0);
}

/* The rule of simulation.precision: looks after 10,240 paths and after half as many again each time; 200 paths that
 * count. */
static void cover_stopped(const struct law *law, int measure, double relative, size_t seeds) {
  double truth[MEASURES];
  size_t covered = 0;
  uint64_t total = 0;
  truths(law, truth);
  for (unsigned long seed = 1; seed <= seeds; seed++) {
    struct run run = begin(law, 100000 + seed, 1);
    for (uint64_t paths = 10240;; paths = (paths + paths / 2 + HC_GRANULE - 1) / HC_GRANULE * HC_GRANULE) {
      go_on(&run, paths);
      const struct hc_estimate *estimate = find(&run, names[measure]);
      if (hc_stats_support(run.stats, estimate) < 200 || !(estimate->se <= relative * estimate->value)) continue;
      covered += estimate->low <= truth[measure] && truth[measure] <= estimate->high;
      break;
    }
    total += run.paths;
    end(&run);
  }
  char what[80];
  (void)snprintf(what, sizeof what, "%s, stopped (%.0fk)", law->name, (double)total / (double)seeds / 1e3);
  check(what, names[measure], covered, seeds, 0.93, 1.0);
}

int main(int argc, char **argv) {
  static const struct law laws[] = {{"exponential on 10 %", 0.1, 0.0, 1, 1.0},
                                    {"lognormal .8 on 5 %", 0.05, 0.8, 1, 1.0},
                                    {"exponential, 8 books alike", 0.1, 0.0, 8, 1.0},
                                    {"exponential, 8 books, ratio 2", 0.1, 0.0, 8, 2.0},
                                    {"exponential, 8 books, ratio 30", 0.1, 0.0, 8, 30.0},
                                    {"exponential, 3 books, ratio 3", 0.1, 0.0, 3, 3.0}};
  const size_t seeds = argc > 2 ? (size_t)strtoul(argv[1], NULL, 10) : 200;
  const uint64_t paths = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;
  for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) cover(&laws[i], seeds, paths);
  cover_stopped(&laws[0], MEAN, 0.02, seeds);
  cover_stopped(&laws[0], ES, 0.02, seeds);
  cover_stopped(&laws[1], P, 0.03, seeds);
  return estimate_failures != 0;
}
