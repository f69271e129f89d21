/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut verify: recomputes stored paths and compares every bit. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "haircut/path.h"
#include "haircut/random.h"

enum { BLOCK = 65536, DEFAULT_PATHS = 1000, CELLS = HC_OUTCOME_COLUMNS + HC_MAX_CLASSES };

#define COLUMN_NAME(type, name, unit, long_name) #name,
static const char *const column_names[HC_OUTCOME_COLUMNS] = {HC_OUTCOME_LIST(COLUMN_NAME)};

struct verify {
  struct hc_cli_input input;
  struct hc_workspace *workspace;
  size_t classes;
  uint64_t stored, chosen; /* paths */
  uint64_t seed;
  struct hc_outcome *outcomes; /* a block of the file */
  double *lp_class;
  uint64_t differ[CELLS], first[CELLS]; /* paths that differ in a cell, and the first */
};

/* The i-th path chosen: one at random from each of `chosen` equal stretches of the file, so
 * that none comes twice and they come in order. */
static uint64_t choose(const struct verify *verify, uint64_t i) {
  const uint64_t share = verify->stored / verify->chosen, rest = verify->stored % verify->chosen;
  const uint64_t begin = i * share + (i < rest ? i : rest);
  const uint64_t length = share + (i < rest);
  double uniform[2];
  hc_uniforms(verify->seed, i, 0, 0, uniform);
  const uint64_t at = (uint64_t)(uniform[0] * (double)length);
  return begin + (at < length ? at : length - 1);
}

static void compare(struct verify *verify, uint64_t path, size_t offset, size_t count,
                    const void *stored, const void *computed) {
  const unsigned char *a = stored, *b = computed;
  for (size_t i = 0; i < count; i++) {
    if (!memcmp(a + 8 * i, b + 8 * i, 8)) continue;
    if (!verify->differ[offset + i]++) verify->first[offset + i] = path;
  }
}

static hc_status verify_path(struct verify *verify, uint64_t path, size_t at,
                             struct hc_error *error) {
  struct hc_outcome outcome;
  double lp_class[HC_MAX_CLASSES] = {0};
  const hc_status status = hc_path_run(verify->workspace, path, &outcome, lp_class, error);
  if (status != HC_OK) return status;
  compare(verify, path, 0, HC_OUTCOME_COLUMNS, &verify->outcomes[at], &outcome);
  compare(verify, path, HC_OUTCOME_COLUMNS, verify->classes,
          verify->lp_class + at * verify->classes, lp_class);
  return HC_OK;
}

/* Reads the file block by block, those that hold a chosen path. */
static hc_status verify_all(struct verify *verify, struct hc_error *error) {
  uint64_t loaded = UINT64_MAX;
  for (uint64_t i = 0; i < verify->chosen; i++) {
    const uint64_t path = choose(verify, i), block = path / BLOCK;
    const uint64_t first = block * BLOCK, left = verify->stored - first;
    hc_status status = HC_OK;
    if (block != loaded)
      status =
        hc_results_outcomes(verify->input.results, first, left < BLOCK ? (size_t)left : BLOCK,
                            verify->outcomes, verify->lp_class, error);
    loaded = block;
    if (status == HC_OK) status = verify_path(verify, path, (size_t)(path - first), error);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static void print_cell(const struct verify *verify, size_t cell) {
  const bool is_class = cell >= HC_OUTCOME_COLUMNS;
  (void)fprintf(stderr, "  %s%s: %" PRIu64 " path%s, first %" PRIu64 "\n",
                is_class ? "lp_loss_class " : "",
                is_class ? hc_scenario_class_name(verify->input.scenario, cell - HC_OUTCOME_COLUMNS)
                         : column_names[cell],
                verify->differ[cell], verify->differ[cell] == 1 ? "" : "s", verify->first[cell]);
}

static hc_status print_verdict(const struct verify *verify, const char *file) {
  bool same = true;
  for (size_t i = 0; i < CELLS; i++) same = same && !verify->differ[i];
  if (same) {
    struct hc_text text = {0};
    hc_text_printf(&text, "%s: verified %" PRIu64 " of %" PRIu64 " paths, bit for bit\n", file,
                   verify->chosen, verify->stored);
    return hc_cli_emit(&text);
  }
  hc_cli_complain(HC_BUG, "%s: of %" PRIu64 " paths recomputed, some differ from the file in", file,
                  verify->chosen);
  for (size_t i = 0; i < CELLS; i++)
    if (verify->differ[i]) print_cell(verify, i);
  return HC_BUG;
}

static hc_status prepare(struct verify *verify, const struct hc_cli_arguments *arguments) {
  const char *file = arguments->files[0];
  int64_t wanted, seed;
  hc_status status =
    hc_cli_integer(arguments, HC_CLI_OPTION_paths, 1, INT64_MAX, DEFAULT_PATHS, &wanted);
  if (status == HC_OK)
    status = hc_cli_integer(arguments, HC_CLI_OPTION_seed, 0, INT64_MAX, 1, &seed);
  if (status == HC_OK) status = hc_cli_read_results(&verify->input, arguments, file);
  if (status != HC_OK) return status;
  if (!hc_results_has_samples(verify->input.results))
    return hc_cli_complain(HC_INPUT, "%s: keeps no samples (output.samples: none), so there is "
                           "nothing to compare", file);
  status = hc_cli_compile(&verify->input);
  if (status != HC_OK) return status;
  verify->seed = (uint64_t)seed;
  verify->stored = hc_results_paths(verify->input.results);
  verify->chosen = (uint64_t)wanted < verify->stored ? (uint64_t)wanted : verify->stored;
  verify->classes = hc_scenario_classes(verify->input.scenario);
  verify->outcomes = calloc(BLOCK, sizeof *verify->outcomes);
  verify->lp_class = calloc(BLOCK * (verify->classes + 1), sizeof *verify->lp_class);
  if (verify->outcomes && verify->lp_class) return HC_OK;
  return hc_cli_complain(HC_NO_MEMORY, "out of memory");
}

static hc_status recompute(struct verify *verify, const char *file) {
  struct hc_error error = {0};
  hc_status status = hc_workspace_create(verify->input.scenario, &verify->workspace, &error);
  if (status == HC_OK) status = verify_all(verify, &error);
  hc_workspace_free(verify->workspace);
  return status == HC_OK ? print_verdict(verify, file) : hc_cli_complain_error(status, &error);
}

hc_status hc_cli_verb_verify(const struct hc_cli_arguments *arguments) {
  hc_status status = hc_cli_one_file(arguments);
  if (status != HC_OK) return status;
  struct verify *verify = calloc(1, sizeof *verify);
  if (!verify) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  status = prepare(verify, arguments);
  if (status == HC_OK) status = recompute(verify, arguments->files[0]);
  hc_cli_input_free(&verify->input);
  free(verify->outcomes);
  free(verify->lp_class);
  free(verify);
  return status;
}
