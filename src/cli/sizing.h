/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `haircut size` share. */
#ifndef HC_CLI_SIZING_H
#define HC_CLI_SIZING_H
#include "cli/input.h"
#include "cli/progress.h"
#include "haircut/size.h"

struct hc_cli_sizing {
  const struct hc_cli_arguments *arguments;
  struct hc_target target;
  const char *key; /* of what is solved for */
  bool is_fund, costs, bracketed, by_required;
  enum hc_kind kind;
  char unit[16];
  double low, high;             /* of the bracket; high: only where it is given */
  double capital, horizon_cost; /* cost of a USD of fund a year, and over the horizon */
  double weight;                /* cost of a USD of LP loss */
  int format, threads;
  size_t paths, books, runs;
  double cap;       /* most that LPs can lose */
  double *required; /* of every path, where it says all */
  struct hc_cli_input input;
  struct hc_book_cache *cache;
  struct hc_cli_progress progress;
  struct hc_answer answer;
  struct hc_size_point *points; /* a curve of the measure, rising values */
  size_t point_count;
};

/* ---- sizing_run.c ----------------------------------------------------------------------------- */
/* Loads and compiles the configuration, with one more setting where there is one. */
hc_status hc_cli_sizing_load(struct hc_cli_sizing *sizing, const char *setting) HC_CHECKED;
/* Runs all paths of the loaded configuration; columns of outcomes into new arrays, the caller's. */
hc_status hc_cli_sizing_run(struct hc_cli_sizing *sizing, const enum hc_outcome_column *columns,
                            size_t count, double **samples) HC_CHECKED;
/* The answer by search on the same paths, and the fund of the least cost. */
hc_status hc_cli_sizing_search(struct hc_cli_sizing *sizing) HC_CHECKED;
hc_status hc_cli_sizing_cost(struct hc_cli_sizing *sizing) HC_CHECKED;
/* The measure over the fund from the required fund, for pictures. */
hc_status hc_cli_sizing_curve(struct hc_cli_sizing *sizing) HC_CHECKED;

/* ---- sizing_print.c --------------------------------------------------------------------------- */
void hc_cli_sizing_text(const struct hc_cli_sizing *sizing, struct hc_text *text);
void hc_cli_sizing_json(const struct hc_cli_sizing *sizing, struct hc_text *text);
#endif
