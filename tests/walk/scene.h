/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario from texts: what tests of paths begin with. A text that does not load ends the
 * program with the reasons. */
#ifndef HC_TEST_SCENE_H
#define HC_TEST_SCENE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haircut/haircut.h"
#include "scenario/scenario.h"

struct scene {
  struct hc_config *config;
  struct hc_scenario *scenario;
  struct hc_workspace *workspace;
};

static inline void scene_fail(const char *what, const char *why) {
  (void)fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* Writes a book to a fresh directory, whose name is left in `directory`. */
static inline void scene_book(const char *csv, char directory[64]) {
  (void)snprintf(directory, 64, "/tmp/haircut-test-XXXXXX");
  if (!mkdtemp(directory)) scene_fail(directory, "cannot be made");
  char name[96];
  (void)snprintf(name, sizeof name, "%s/book.csv", directory);
  FILE *file = fopen(name, "wb");
  if (!file) scene_fail(name, "cannot be written");
  (void)fputs(csv, file);
  if (fclose(file) != 0) scene_fail(name, "cannot be written");
}
static inline void scene_book_remove(const char *directory) {
  char name[96];
  (void)snprintf(name, sizeof name, "%s/book.csv", directory);
  (void)unlink(name);
  (void)rmdir(directory);
}

/* The YAML text, then `settings` (KEY=VALUE, up to a NULL), with `csv` (or NULL) as book.csv. */
static inline struct scene scene_open(const char *yaml, const char *csv,
                                      const char *const *settings) {
  struct scene scene = {0};
  size_t count = 0;
  while (settings && settings[count]) count++;
  char directory[64] = "";
  if (csv) scene_book(csv, directory);
  struct hc_diagnostics diagnostics = {0};
  struct hc_error error = {.status = HC_OK};
  hc_status status = hc_config_parse(&hc_root_table, "test", yaml, strlen(yaml),
                                     csv ? directory : NULL, settings, count, &scene.config,
                                     &diagnostics);
  if (status == HC_OK)
    status = hc_scenario_create(scene.config, &scene.scenario, &diagnostics, &error);
  if (status == HC_OK) status = hc_workspace_create(scene.scenario, &scene.workspace, &error);
  if (csv) scene_book_remove(directory);
  if (status != HC_OK) {
    for (size_t i = 0; i < diagnostics.count; i++)
      (void)fprintf(stderr, "%d:%d: %s\n", diagnostics.items[i].line, diagnostics.items[i].column,
                    diagnostics.items[i].message);
    scene_fail(hc_status_text(status), error.message);
  }
  hc_diagnostics_free(&diagnostics);
  return scene;
}

static inline void scene_close(struct scene *scene) {
  hc_workspace_free(scene->workspace);
  hc_scenario_free(scene->scenario);
  hc_config_free(scene->config);
  *scene = (struct scene){0};
}

/* Runs paths first ... first + count - 1; the arrays are the caller's to free. */
static inline struct hc_outcome *scene_run(const struct scene *scene, uint64_t first, size_t count,
                                           double **lp_class) {
  const size_t classes = hc_scenario_classes(scene->scenario);
  struct hc_outcome *outcomes = calloc(count + 1, sizeof *outcomes);
  double *losses = calloc(count * classes + 1, sizeof *losses);
  struct hc_error error = {.status = HC_OK};
  if (!outcomes || !losses) scene_fail("run", "out of memory");
  if (hc_path_run_many(scene->workspace, first, count, outcomes, losses, &error) != HC_OK)
    scene_fail("run", error.message);
  if (lp_class) *lp_class = losses;
  else free(losses);
  return outcomes;
}

/* Columns of many paths, without keeping whole outcomes: out[c][i] is column[c] (a double) of
 * path i; out[c] is the caller's to free. */
static inline void scene_columns(const struct scene *scene, size_t paths, size_t columns,
                                 const enum hc_outcome_column *column, double **out) {
  const size_t chunk = 32768;
  for (size_t c = 0; c < columns; c++)
    if (!(out[c] = calloc(paths, sizeof *out[c]))) scene_fail("columns", "out of memory");
  for (size_t first = 0; first < paths; first += chunk) {
    const size_t count = paths - first < chunk ? paths - first : chunk;
    struct hc_outcome *outcomes = scene_run(scene, first, count, NULL);
    for (size_t i = 0; i < count; i++)
      for (size_t c = 0; c < columns; c++)
        memcpy(&out[c][first + i], (const char *)&outcomes[i] + 8 * (size_t)column[c], 8);
    free(outcomes);
  }
}
#endif
