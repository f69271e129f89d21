/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `haircut sensitivity` share. */
#ifndef HC_CLI_SENSITIVITY_H
#define HC_CLI_SENSITIVITY_H
#include "base/text.h"
#include "cli/input.h"
#include "cli/progress.h"
#include "cli/sweeping.h"
#include "haircut/design.h"
#include "haircut/sweep.h"

/* A parameter that varies. */
struct hc_cli_vary {
  char *key, *low_text, *high_text, *base_text;
  double low, high, base;
  enum hc_kind kind;
  char unit[16];
  double at_low, at_high;                     /* the metric there */
  struct hc_estimate change_low, change_high; /* to the base, paired */
  struct hc_sobol_index index;
};
struct hc_cli_sensitivity {
  const struct hc_cli_arguments *arguments;
  struct hc_cli_input input;
  struct hc_cli_source source;
  struct hc_sweep_source own_paths; /* the same with the books of the base */
  struct hc_text books;
  enum hc_paired metric;
  const char *metric_name;
  struct hc_estimate base; /* the metric at the base */
  size_t count, rows, points;
  struct hc_cli_vary *vary;
  int threads, format;
  bool quiet, is_global;  /* global: there are indices */
  double variance, noise; /* of the metric over the box; mean squared error that was taken off */
  char why[200];          /* there are none */
  struct hc_cli_progress progress;
};

/* ---- sensitivity_input.c ---------------------------------------------------------------------- */
hc_status hc_cli_sensitivity_read(struct hc_cli_sensitivity *all) HC_CHECKED;
void hc_cli_sensitivity_free(struct hc_cli_sensitivity *all);

/* ---- sensitivity_print.c ---------------------------------------------------------------------- */
void hc_cli_sensitivity_text(const struct hc_cli_sensitivity *all, struct hc_text *text);
void hc_cli_sensitivity_json(const struct hc_cli_sensitivity *all, struct hc_text *text);
#endif
