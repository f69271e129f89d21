/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one list of options makes the parser, its messages and the help. */
#ifndef HC_CLI_ARGUMENTS_H
#define HC_CLI_ARGUMENTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

struct hc_cluster;

/* X(name, summary of operands, one line of help) */
#define HC_CLI_VERB_LIST(X)                                                                  \
  X(run, "CONFIG...", "simulate and write a results file")                                   \
  X(compare, "MARKET MECHANISM...", "several mechanisms on the same paths, side by side")    \
  X(sweep, "CONFIG...", "one configuration at many points of a space of parameters")         \
  X(merge, "DIR", "one file from the points of a sweep")                                     \
  X(status, "DIR", "what of a sweep is done, and who is at work")                            \
  X(size, "CONFIG...", "the smallest fund, or another parameter, that meets a target")       \
  X(sensitivity, "CONFIG...", "which parameters matter: one at a time, and over a whole box")  \
  X(ladder, "CONFIG...", "instant shocks one by one, and the smallest that do harm")         \
  X(check, "CONFIG...", "all errors of the input, or the resolved input and a diagnosis")    \
  X(schema, "", "the reference of all parameters")                                           \
  X(venues, "[NAME]", "the waterfalls of real venues that come with the program, or one of them") \
  X(init, "", "a commented configuration to start from")                                     \
  X(show, "FILE", "the summary of a results file")                                           \
  X(trace, "CONFIG|FILE", "the ledger of chosen paths, recomputed alone")                    \
  X(explain, "CONFIG|FILE", "the worst paths, told in sentences with numbers")               \
  X(verify, "FILE", "recompute stored paths of a results file and compare every bit")
enum hc_cli_verb {
#define HC_CLI_VERB_ENUM(name, operands, doc) HC_CLI_##name,
  HC_CLI_VERB_LIST(HC_CLI_VERB_ENUM)
#undef HC_CLI_VERB_ENUM
  HC_CLI_VERBS
};
/* An operand in brackets may be left out. */
#define HC_CLI_BIT(verb) (1U << HC_CLI_##verb)
#define HC_CLI_LOADS                                                                         \
  (HC_CLI_BIT(run) | HC_CLI_BIT(compare) | HC_CLI_BIT(sweep) | HC_CLI_BIT(size) | HC_CLI_BIT(sensitivity) | \
   HC_CLI_BIT(ladder) | HC_CLI_BIT(check) | HC_CLI_BIT(trace) | HC_CLI_BIT(explain))

/* X(id, flag, argument or NULL, verbs that take it, help) */
#define HC_CLI_OPTION_LIST(X)                                                                \
  X(output, "-o", "FILE",                                                                   \
    HC_CLI_BIT(run) | HC_CLI_BIT(compare) | HC_CLI_BIT(sweep) | HC_CLI_BIT(merge) |          \
      HC_CLI_BIT(size) | HC_CLI_BIT(sensitivity) | HC_CLI_BIT(trace) | HC_CLI_BIT(explain) | \
      HC_CLI_BIT(init),                                                                      \
    "where to write (run: <name>.h5; compare: no file; sweep, sensitivity: a directory, required; merge: " \
    "DIR.h5; others: standard output)")                                                      \
  X(axis, "--axis", "KEY=VALUES", HC_CLI_BIT(sweep),                                         \
    "a parameter that varies: KEY=A,B,C or KEY=LO:HI:N[:log]; may be repeated")              \
  X(design, "--design", "WORD", HC_CLI_BIT(sweep), "grid, zip, lhs or sobol (grid)")         \
  X(points, "--points", "N", HC_CLI_BIT(sweep), "number of points, for --design lhs and sobol") \
  X(points_file, "--points-file", "CSV", HC_CLI_BIT(sweep),                                  \
    "points from a file: a column a key, a row a point")                                     \
  X(task, "--task", "I/N", HC_CLI_BIT(sweep), "only the I-th of N parts of the points, from 1") \
  X(samples, "--samples", NULL, HC_CLI_BIT(sweep), "also keep what was paid on every path of every point") \
  X(vary, "--vary", "KEY=LO:HI", HC_CLI_BIT(sensitivity), "a parameter and its range; may be repeated") \
  X(metric, "--metric", "NAME", HC_CLI_BIT(sensitivity),                                     \
    "what is looked at: mean_, p_ or es_99_ of lp_loss, social_loss or bad_debt (mean_lp_loss)") \
  X(rows, "--rows", "N", HC_CLI_BIT(sensitivity),                                            \
    "rows of the global design, each with a point a parameter and two more (64); 0: none")   \
  X(target, "--target", "TEXT", HC_CLI_BIT(size),                                            \
    "e.g. 'P(lp_loss>0) <= 1%', 'ES99(lp_loss) <= 5M', 'mean(bad_debt) <= 100k'")            \
  X(solve, "--solve", "KEY", HC_CLI_BIT(size),                                               \
    "the parameter that is to be found (insurance_fund.initial)")                            \
  X(between, "--between", "LO:HI", HC_CLI_BIT(size),                                         \
    "where to look (a fund: from 0, doubled until it is enough)")                            \
  X(cost_of_capital, "--cost-of-capital", "RATE", HC_CLI_BIT(size),                          \
    "instead of a target: the fund whose cost, at this rate a year, and that of LP loss are least") \
  X(loss_weight, "--loss-weight", "X", HC_CLI_BIT(size), "what a USD of LP loss costs (1)")  \
  X(partial, "--partial", NULL, HC_CLI_BIT(merge), "write what there is; points that are missing are NaN") \
  X(set, "--set", "KEY=VALUE", HC_CLI_LOADS, "set a parameter by its path; may be repeated") \
  X(scenario, "--scenario", "NAME", HC_CLI_LOADS & ~HC_CLI_BIT(compare),                     \
    "which of the configuration's `scenarios` to lay over it")                               \
  X(with, "--with", "FILE", HC_CLI_BIT(compare),                                             \
    "one more configuration of the market, e.g. its scenarios")                              \
  X(scenarios, "--scenarios", "NAME,...", HC_CLI_BIT(compare),                               \
    "each mechanism under each of these scenarios; all: under all that there are")           \
  X(paths, "--paths", "N",                                                                   \
    HC_CLI_BIT(run) | HC_CLI_BIT(compare) | HC_CLI_BIT(sweep) | HC_CLI_BIT(size) |           \
      HC_CLI_BIT(sensitivity) | HC_CLI_BIT(sensitivity) |                                    \
      HC_CLI_BIT(verify),                                                                    \
    "simulation.paths; verify: how many to recompute (1000)")                           \
  X(seed, "--seed", "N",                                                                     \
    HC_CLI_BIT(run) | HC_CLI_BIT(compare) | HC_CLI_BIT(sweep) | HC_CLI_BIT(size) |           \
      HC_CLI_BIT(sensitivity) | HC_CLI_BIT(sensitivity) |                                    \
      HC_CLI_BIT(verify),                                                                    \
    "simulation.seed; verify: of the choice of paths (1)")                              \
  X(all, "--all", NULL, HC_CLI_BIT(compare), "all presets of venues, after those named")     \
  X(base, "--base", NULL, HC_CLI_BIT(compare),                                               \
    "the market's own waterfall too, first, as `base`")                                      \
  X(threads, "--threads", "N",                                                               \
    HC_CLI_BIT(run) | HC_CLI_BIT(compare) | HC_CLI_BIT(sweep) | HC_CLI_BIT(size) |           \
      HC_CLI_BIT(sensitivity) | HC_CLI_BIT(sensitivity) |                                    \
      HC_CLI_BIT(trace) | HC_CLI_BIT(explain),                                               \
    "threads (0: all processors); results do not depend on it")                                 \
  X(resume, "--resume", NULL, HC_CLI_BIT(run),                                               \
    "go on with an interrupted run, or extend a finished one")                               \
  X(step_check, "--step-check", NULL, HC_CLI_BIT(run),                                       \
    "also report how results move when the step is halved twice")                            \
  X(quiet, "--quiet", NULL,                                                                  \
    HC_CLI_BIT(run) | HC_CLI_BIT(compare) | HC_CLI_BIT(sweep) | HC_CLI_BIT(merge) |          \
      HC_CLI_BIT(size) | HC_CLI_BIT(sensitivity),                                            \
    "print nothing but errors")                                                              \
  X(timing, "--timing", NULL, HC_CLI_BIT(run), "print a line of timings to standard error")  \
  X(walk, "--walk", NULL, HC_CLI_BIT(run) | HC_CLI_BIT(trace) | HC_CLI_BIT(explain),         \
    "look at every step instead of searching; the same results, slower")                     \
  X(batch, "--batch", "N", HC_CLI_BIT(run),                                                  \
    "granules of 1024 paths a thread takes at a time (1)")                                   \
  X(as_isolated, "--as-isolated", NULL, HC_CLI_LOADS,                                        \
    "treat several rows of one account as separate isolated accounts")                       \
  X(moves, "--moves", "-5%,-10%,...", HC_CLI_BIT(ladder), "the shocks of the table")         \
  X(format, "--format", "WORD",                                                              \
    HC_CLI_BIT(compare) | HC_CLI_BIT(ladder) | HC_CLI_BIT(schema) | HC_CLI_BIT(show) |       \
      HC_CLI_BIT(status) | HC_CLI_BIT(size) | HC_CLI_BIT(sensitivity) | HC_CLI_BIT(trace) |  \
      HC_CLI_BIT(venues),                                                                    \
    "the form of what is printed")                                                           \
  X(write_book, "--write-book", "FILE", HC_CLI_BIT(check), "write a book as CSV (- for stdout)") \
  X(book, "--book", "I", HC_CLI_BIT(check), "which book --write-book writes, from 0 (0)")    \
  X(path, "--path", "ID", HC_CLI_BIT(trace) | HC_CLI_BIT(explain),                           \
    "the path of this number, from 0")              \
  X(worst, "--worst", "N", HC_CLI_BIT(trace) | HC_CLI_BIT(explain),                          \
    "the N paths with the greatest LP loss")       \
  X(venue, "--venue", "NAME", HC_CLI_BIT(init), "a name that haircut venues lists (generic)")  \
  X(market, "--market", "NAME", HC_CLI_BIT(init), "what the market is called (BTC)")         \
  X(help, "--help", NULL, ~0U, "this text")                                                  \
  X(version, "--version", NULL, ~0U, "version, libraries and vector level")
enum hc_cli_option {
#define HC_CLI_OPTION_ENUM(id, flag, argument, verbs, doc) HC_CLI_OPTION_##id,
  HC_CLI_OPTION_LIST(HC_CLI_OPTION_ENUM)
#undef HC_CLI_OPTION_ENUM
  HC_CLI_OPTIONS
};

struct hc_cli_arguments {
  enum hc_cli_verb verb;
  int argc; /* the whole command line, for provenance */
  char **argv;
  const char *value[HC_CLI_OPTIONS]; /* NULL: not given; "" for flags */
  const char **files;
  size_t file_count;
  const char **settings; /* --set, and what is short for it, in order */
  size_t setting_count;
  const char **axes; /* --axis, in order */
  size_t axis_count;
  char **made; /* the texts of settings that an option is short for */
  size_t made_count;
  struct hc_cluster *cluster; /* of processes, of which this is one; NULL: it is alone */
};

/* Reads what follows the verb; says what is wrong on standard error. */
hc_status hc_cli_arguments_read(struct hc_cli_arguments *arguments, enum hc_cli_verb verb, int argc,
                                char **argv) HC_CHECKED;
void hc_cli_arguments_free(struct hc_cli_arguments *arguments);

#define hc_cli_has(arguments, id) ((arguments)->value[HC_CLI_OPTION_##id] != NULL)
#define hc_cli_value(arguments, id) ((arguments)->value[HC_CLI_OPTION_##id])
/* A whole number within [low, high], or `otherwise` where the option was not given. */
hc_status hc_cli_integer(const struct hc_cli_arguments *arguments, enum hc_cli_option option,
                         int64_t low, int64_t high, int64_t otherwise,
                         int64_t *number) HC_CHECKED;
/* Index of the option's word in the NULL-terminated list; the first where it was not given. */
hc_status hc_cli_word(const struct hc_cli_arguments *arguments, enum hc_cli_option option,
                      const char *const *words, int *index) HC_CHECKED;

/* Whether this is the one process that prints and writes. */
bool hc_cli_is_first(const struct hc_cli_arguments *arguments);
/* Waits for all processes; the gravest status of any. */
hc_status hc_cli_agree(const struct hc_cli_arguments *arguments, hc_status status) HC_CHECKED;

/* HC_INPUT unless exactly one operand was given. */
hc_status hc_cli_one_file(const struct hc_cli_arguments *arguments) HC_CHECKED;

extern const char *const hc_cli_verb_names[HC_CLI_VERBS];
const char *hc_cli_verb_operands(enum hc_cli_verb verb);
const char *hc_cli_verb_doc(enum hc_cli_verb verb);
struct hc_cli_option_row {
  const char *flag, *argument;
  unsigned verbs;
  const char *doc;
};
extern const struct hc_cli_option_row hc_cli_option_rows[HC_CLI_OPTIONS];
#endif
