/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for events against the walk over every step: outcomes equal bit for bit.
 *
 *   walk_equals_search [--paths N]     (2000 by default; N paths of every configuration) */
#include "walk/configs.h"
#include "walk/scene.h"

#define CHUNK 4096

struct tally {
  size_t liquidated, lost, differ;
  uint64_t first_different;
};

static void compare(const struct scene *search, const struct scene *every, uint64_t first,
                    size_t count, struct tally *tally) {
  double *loss_search, *loss_every;
  const size_t classes = hc_scenario_classes(search->scenario);
  struct hc_outcome *a = scene_run(search, first, count, &loss_search);
  struct hc_outcome *b = scene_run(every, first, count, &loss_every);
  for (size_t i = 0; i < count; i++) {
    tally->liquidated += a[i].liquidations > 0;
    tally->lost += a[i].lp_loss > 0.0;
    if (memcmp(&a[i], &b[i], sizeof *a) == 0 &&
        memcmp(loss_search + i * classes, loss_every + i * classes, classes * sizeof(double)) == 0)
      continue;
    if (tally->differ++ == 0) tally->first_different = first + i;
  }
  free(a);
  free(b);
  free(loss_search);
  free(loss_every);
}

static int test(const struct walk_config *config, size_t paths) {
  struct scene search = scene_open(config->yaml, NULL, NULL);
  struct scene every = scene_open(config->yaml, NULL, NULL);
  hc_workspace_walk(every.workspace, HC_WALK_EVERY_STEP);
  struct tally tally = {0};
  for (size_t first = 0; first < paths; first += CHUNK)
    compare(&search, &every, first, paths - first < CHUNK ? paths - first : CHUNK, &tally);
  const struct hc_work less = hc_workspace_work(search.workspace);
  const struct hc_work more = hc_workspace_work(every.workspace);
  (void)printf("%-55s %zu paths, %.1f %% with liquidations, %.1f %% with losses, %.1f of %.1f "
               "draws a path, %zu differ",
               config->name, paths, 100.0 * (double)tally.liquidated / (double)paths,
               100.0 * (double)tally.lost / (double)paths, (double)less.normals / (double)paths,
               (double)more.normals / (double)paths, tally.differ);
  if (tally.differ) (void)printf(" (first: path %llu)", (unsigned long long)tally.first_different);
  (void)printf("\n");
  (void)fflush(stdout);
  scene_close(&search);
  scene_close(&every);
  /* Nothing shown by paths on which nothing happens. */
  if (tally.liquidated < paths / 20) {
    (void)printf("too few paths with liquidations to show anything\n");
    return 1;
  }
  return tally.differ != 0;
}

int main(int count, char **words) {
  long long paths = 2000;
  if (count == 3 && strcmp(words[1], "--paths") == 0) paths = atoll(words[2]);
  else if (count != 1) paths = 0;
  if (paths <= 0) {
    (void)fprintf(stderr, "usage: %s [--paths N]\n", words[0]);
    return 2;
  }
  int failed = 0;
  for (size_t i = 0; i < WALK_CONFIGS; i++) failed += test(&walk_configs[i], (size_t)paths);
  return failed != 0;
}
