/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reverse stress search against looking at every tick. Built and run by
 * test_ladder_search.py; prints what fails. */
#include <math.h>
#include <stdio.h>

#include "cli/ladder_search.h"

enum { THRESHOLDS = 4, LIMIT = 20 * HC_CLI_TICKS_COARSE };

/* Threshold i is reached on [begin, end] ticks, and from `again` on: not monotone. */
struct shape {
  int64_t begin[THRESHOLDS], end[THRESHOLDS], again[THRESHOLDS], model;
  int direction, looks;
};

static hc_status probe(void *self, double move, unsigned *reached, struct hc_error *error) {
  struct shape *shape = self;
  const int64_t ticks = (int64_t)llround(shape->direction * move / HC_CLI_TICK);
  shape->looks++;
  if (ticks >= shape->model) return hc_fail(error, HC_MODEL, "beyond the model");
  for (int i = 0; i < THRESHOLDS; i++)
    if ((ticks >= shape->begin[i] && ticks <= shape->end[i]) || ticks >= shape->again[i])
      *reached |= 1U << i;
  return HC_OK;
}

static int failures;
static void expect(int holds, const char *what, long long detail) {
  if (holds) return;
  failures++;
  (void)printf("failed: %s (%lld)\n", what, detail);
}

static void search(struct shape *shape, struct hc_cli_reach *reach, int64_t *end) {
  struct hc_error error = {0};
  const struct hc_cli_search request = {probe, shape, shape->direction, LIMIT, THRESHOLDS};
  expect(hc_cli_search_run(&request, reach, end, &error) == HC_OK, error.message, 0);
}

/* From the start, inside a cell, at the edges of cells, and in the last one. */
static void test_exact(int direction) {
  static const int64_t begins[] = {0, 1, 2, 99, 100, 101, 999, 1000, 1001, 1099, 1100, 5555, LIMIT - 1, LIMIT};
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
    struct shape shape = {.model = INT64_MAX, .direction = direction};
    struct hc_cli_reach reach[THRESHOLDS];
    int64_t end;
    for (int j = 0; j < THRESHOLDS; j++) {
      shape.begin[j] = begins[i];
      shape.end[j] = shape.again[j] = INT64_MAX;
    }
    search(&shape, reach, &end);
    for (int j = 0; j < THRESHOLDS; j++) {
      expect(reach[j].found && reach[j].ticks == begins[i], "smallest move", begins[i]);
      expect(reach[j].below_checked || begins[i] == 0, "one tick less", begins[i]);
    }
  }
}

static void test_not_monotone(void) {
  struct shape shape = {.begin = {500, 1500, 2950, 1},
                        .end = {1040, 2600, 3000, 0},
                        .again = {7000, 7001, INT64_MAX, INT64_MAX},
                        .model = INT64_MAX,
                        .direction = 1};
  struct hc_cli_reach reach[THRESHOLDS];
  int64_t end;
  search(&shape, reach, &end);
  for (int i = 0; i < 3; i++) expect(reach[i].found && reach[i].ticks == shape.begin[i], "first of several", i);
  expect(!reach[3].found && end == LIMIT, "never reached", end);
}

static void test_model(void) {
  struct shape shape = {.begin = {2500, 9000, 9000, 9000},
                        .end = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
                        .again = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
                        .model = 4200,
                        .direction = -1};
  struct hc_cli_reach reach[THRESHOLDS];
  int64_t end;
  search(&shape, reach, &end);
  expect(reach[0].found && reach[0].ticks == 2500, "before the model ends", reach[0].ticks);
  expect(!reach[1].found && end == 5000, "where the model ends", end);
}

int main(void) {
  test_exact(-1);
  test_exact(1);
  test_not_monotone();
  test_model();
  return failures != 0;
}
