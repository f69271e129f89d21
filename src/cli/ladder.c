/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut ladder: instant shocks without randomness, and the reverse stress. */
#include "cli/ladder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "haircut/random.h"

static const char default_moves[] = "-2%,-5%,-10%,-15%,-20%,-25%,-30%,-40%,-50%,"
                                    "5%,10%,15%,20%,25%,30%,40%,50%";
/* Limits of the reverse stress: -99 % and +300 %. */
static const int64_t limits[2] = {990000, 3000000};

#define RUNG_NAME(name, heading, unit) #name,
const char *const hc_cli_rung_names[HC_CLI_RUNG_COLUMNS] = {HC_CLI_RUNG_LIST(RUNG_NAME)};
#define RUNG_HEADING(name, heading, unit) heading,
const char *const hc_cli_rung_headings[HC_CLI_RUNG_COLUMNS] = {HC_CLI_RUNG_LIST(RUNG_HEADING)};
#define THRESHOLD_NAME(name, text) #name,
const char *const hc_cli_threshold_names[HC_CLI_THRESHOLDS] = {
  HC_CLI_THRESHOLD_LIST(THRESHOLD_NAME)};
#define THRESHOLD_TEXT(name, text) text,
const char *const hc_cli_threshold_texts[HC_CLI_THRESHOLDS] = {
  HC_CLI_THRESHOLD_LIST(THRESHOLD_TEXT)};

/* One book at a time, for the search. */
struct prober {
  struct hc_workspace *workspace;
  size_t book;
  double fund;
};

static hc_status shock(struct hc_workspace *workspace, size_t book, double move,
                       struct hc_outcome *outcome, struct hc_error *error) {
  return hc_path_instant(workspace, book, hc_log(1 + move), outcome, NULL, error);
}

static hc_status probe(void *self, double move, unsigned *reached, struct hc_error *error) {
  const struct prober *prober = self;
  struct hc_outcome outcome;
  const hc_status status = shock(prober->workspace, prober->book, move, &outcome, error);
  if (status != HC_OK) return status;
  const bool is[HC_CLI_THRESHOLDS] = {
    [HC_CLI_THRESHOLD_touches_fund] = outcome.insurance_paid > 0,
    [HC_CLI_THRESHOLD_exhausts_fund] = prober->fund > 0 && outcome.fund_min <= 0,
    [HC_CLI_THRESHOLD_reaches_lp_deposits] = outcome.lp_deposit_paid > 0,
    [HC_CLI_THRESHOLD_leaves_uncovered] = outcome.uncovered > 0};
  for (size_t i = 0; i < HC_CLI_THRESHOLDS; i++) *reached |= (unsigned)is[i] << i;
  return HC_OK;
}

static void merge(struct hc_cli_reverse *reverse, const struct hc_cli_reach *reach, size_t book) {
  for (size_t i = 0; i < HC_CLI_THRESHOLDS; i++) {
    if (!reach[i].found) continue;
    const bool first = !reverse->reached[i]++;
    if (first || reach[i].ticks < reverse->least[i]) {
      reverse->least[i] = reach[i].ticks;
      reverse->book[i] = book;
    }
    if (first || reach[i].ticks > reverse->most[i]) reverse->most[i] = reach[i].ticks;
    reverse->checked[i] =
      (first || reverse->checked[i]) && (reach[i].below_checked || !reach[i].ticks);
  }
}

static hc_status search(struct hc_cli_ladder *ladder, struct hc_workspace *workspace,
                        const struct hc_root_config *values, struct hc_error *error) {
  for (int d = 0; d < 2; d++) {
    struct hc_cli_reverse *reverse = &ladder->reverse[d];
    reverse->limit = reverse->end = limits[d];
    for (size_t book = 0; book < ladder->books; book++) {
      struct prober prober = {workspace, book, values->insurance_fund.initial};
      struct hc_cli_reach reach[HC_CLI_THRESHOLDS];
      int64_t end;
      const struct hc_cli_search request = {probe, &prober, d ? 1 : -1, limits[d],
                                            HC_CLI_THRESHOLDS};
      const hc_status status = hc_cli_search_run(&request, reach, &end, error);
      if (status != HC_OK) return status;
      bool all = true;
      for (size_t i = 0; i < HC_CLI_THRESHOLDS; i++) all = all && reach[i].found;
      if (!all && end < reverse->end) reverse->end = end;
      merge(reverse, reach, book);
    }
  }
  return HC_OK;
}

static void add(struct hc_cli_rung *rung, const struct hc_outcome *outcome, double initial) {
#define RUNG_VALUE(name, heading, unit) outcome->name,
  const double value[HC_CLI_RUNG_COLUMNS] = {HC_CLI_RUNG_LIST(RUNG_VALUE)};
  for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS; i++) {
    const double origin = i == HC_CLI_RUNG_mark_end ? initial : 0;
    rung->mean[i] += value[i];
    if (!rung->books || fabs(value[i] - origin) > fabs(rung->extreme[i] - origin))
      rung->extreme[i] = value[i];
  }
  rung->books++;
}

static hc_status climb(struct hc_cli_ladder *ladder, struct hc_workspace *workspace,
                       struct hc_error *error) {
  for (size_t r = 0; r < ladder->count; r++) {
    struct hc_cli_rung *rung = &ladder->rungs[r];
    for (size_t book = 0; book < ladder->books; book++) {
      struct hc_outcome outcome;
      struct hc_error local = {0};
      const hc_status status = shock(workspace, book, rung->move, &outcome, &local);
      if (status == HC_OK)
        add(rung, &outcome, ladder->initial);
      else if (status != HC_MODEL)
        return hc_fail(error, status, "%s", local.message);
    }
    for (size_t i = 0; i < HC_CLI_RUNG_COLUMNS; i++)
      rung->mean[i] = rung->books ? rung->mean[i] / (double)rung->books : NAN;
  }
  return HC_OK;
}

/* One move: -5%, 30bp or -0.05. */
static hc_status read_move(const char *text, size_t length, double *move) {
  char copy[64], *end = copy;
  const size_t kept = length < sizeof copy ? length : 0;
  memcpy(copy, text, kept);
  copy[kept] = '\0';
  const size_t digits = strspn(copy, "+-.0123456789eE");
  *move = digits ? strtod(copy, &end) : NAN;
  if (!strcmp(end, "%"))
    *move /= 100;
  else if (!strcmp(end, "bp"))
    *move /= 10000;
  else if (*end || !digits)
    *move = NAN;
  if (*move >= 1 && *move <= 100 && !*end)
    (void)fprintf(stderr,
                  "haircut: warning: ladder: --moves %s means %+g %%; a move of %s %% is %s%%\n", copy,
                  100 * *move, copy, copy);
  if (*move > -1 && *move <= 100) return HC_OK;
  return hc_cli_complain(HC_INPUT,
                         "ladder: --moves %.*s: expected moves above -100%% such as -5%%,30bp,0.1",
                         (int)length, text);
}

static hc_status read_moves(struct hc_cli_ladder *ladder, const char *text) {
  size_t room = 1;
  for (const char *c = text; *c; c++) room += *c == ',';
  ladder->rungs = calloc(room, sizeof *ladder->rungs);
  if (!ladder->rungs) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  for (;;) {
    const size_t length = strcspn(text, ",");
    const hc_status status = read_move(text, length, &ladder->rungs[ladder->count].move);
    if (status != HC_OK) return status;
    ladder->count++;
    if (!text[length]) return HC_OK;
    text += length + 1;
  }
}

static hc_status compute(struct hc_cli_ladder *ladder, const struct hc_cli_input *input) {
  struct hc_error error = {0};
  struct hc_workspace *workspace = NULL;
  ladder->name = input->values->name;
  ladder->books = hc_scenario_books(input->scenario);
  ladder->initial = hc_scenario_market(input->scenario, 0)->initial;
  hc_status status = hc_workspace_create(input->scenario, &workspace, &error);
  if (status == HC_OK) status = climb(ladder, workspace, &error);
  if (status == HC_OK) status = search(ladder, workspace, input->values, &error);
  hc_workspace_free(workspace);
  return status == HC_OK ? HC_OK : hc_cli_complain_error(status, &error);
}

hc_status hc_cli_verb_ladder(const struct hc_cli_arguments *arguments) {
  static const char *const words[] = {"text", "csv", "json", NULL};
  static void (*const writers[])(const struct hc_cli_ladder *, struct hc_text *) = {
    hc_cli_ladder_text, hc_cli_ladder_csv, hc_cli_ladder_json};
  struct hc_cli_ladder ladder = {0};
  struct hc_cli_input input = {0};
  struct hc_text text = {0};
  int format = 0;
  const char *moves = hc_cli_value(arguments, moves);
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &format);
  if (status == HC_OK) status = read_moves(&ladder, moves ? moves : default_moves);
  if (status == HC_OK) status = hc_cli_read_configs(&input, arguments, NULL, 0);
  if (status == HC_OK) status = hc_cli_compile(&input);
  if (status == HC_OK) status = compute(&ladder, &input);
  if (status == HC_OK) {
    writers[format](&ladder, &text);
    status = hc_cli_emit(&text);
  }
  free(ladder.rungs);
  hc_cli_input_free(&input);
  return status;
}
