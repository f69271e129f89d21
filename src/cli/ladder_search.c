/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ladder_search.h"

static hc_status look(const struct hc_cli_search *search, int64_t ticks, unsigned *reached,
                      struct hc_error *error) {
  *reached = 0;
  return search->probe(search->self, search->direction * (double)ticks * HC_CLI_TICK, reached,
                       error);
}

/* As look, inside a cell: what is beyond the model reaches nothing. */
static hc_status look_within(const struct hc_cli_search *search, int64_t ticks, unsigned *reached,
                             struct hc_error *error) {
  struct hc_error local = {0};
  const hc_status status = look(search, ticks, reached, &local);
  if (status == HC_MODEL) *reached = 0;
  return status == HC_OK || status == HC_MODEL ? HC_OK
                                               : hc_fail(error, status, "%s", local.message);
}

/* First of from + stride, from + 2 stride, ... to that reaches; `to` is known to. */
static hc_status first_of(const struct hc_cli_search *search, unsigned bit, int64_t from,
                          int64_t to, int64_t stride, int64_t *first, struct hc_error *error) {
  for (*first = from + stride; *first < to; *first += stride) {
    unsigned reached;
    const hc_status status = look_within(search, *first, &reached, error);
    if (status != HC_OK) return status;
    if (reached & bit) return HC_OK;
  }
  *first = to;
  return HC_OK;
}

/* The cell (ticks - coarse, ticks] has the first coarse move that reaches. */
static hc_status refine(const struct hc_cli_search *search, unsigned bit,
                        struct hc_cli_reach *reach, struct hc_error *error) {
  if (reach->ticks == 0) return HC_OK;
  int64_t fine, tick;
  unsigned reached;
  hc_status status = first_of(search, bit, reach->ticks - HC_CLI_TICKS_COARSE, reach->ticks,
                              HC_CLI_TICKS_FINE, &fine, error);
  if (status == HC_OK)
    status = first_of(search, bit, fine - HC_CLI_TICKS_FINE, fine, 1, &tick, error);
  if (status == HC_OK) status = look_within(search, tick - 1, &reached, error);
  if (status != HC_OK) return status;
  reach->ticks = tick;
  reach->below_checked = !(reached & bit);
  return reach->below_checked
           ? HC_OK
           : hc_fail(error, HC_BUG, "reverse stress: a tick less than %lld ticks reaches too",
                     (long long)tick);
}

/* First coarse cell of each threshold; stops early once all are found. */
static hc_status scan(const struct hc_cli_search *search, struct hc_cli_reach *reach, int64_t *end,
                      struct hc_error *error) {
  const unsigned all = (unsigned)((UINT64_C(1) << search->thresholds) - 1);
  unsigned found = 0, reached;
  for (*end = 0; *end <= search->limit && found != all; *end += HC_CLI_TICKS_COARSE) {
    struct hc_error local = {0};
    const hc_status status = look(search, *end, &reached, &local);
    if (status == HC_MODEL) return HC_OK;
    if (status != HC_OK) return hc_fail(error, status, "%s", local.message);
    for (size_t i = 0; i < search->thresholds; i++)
      if ((reached & ~found) >> i & 1U)
        reach[i] = (struct hc_cli_reach){.found = true, .ticks = *end};
    found |= reached;
  }
  if (*end > search->limit) *end = search->limit;
  return HC_OK;
}

hc_status hc_cli_search_run(const struct hc_cli_search *search, struct hc_cli_reach *reach,
                            int64_t *end, struct hc_error *error) {
  for (size_t i = 0; i < search->thresholds; i++) reach[i] = (struct hc_cli_reach){0};
  hc_status status = scan(search, reach, end, error);
  for (size_t i = 0; i < search->thresholds && status == HC_OK; i++)
    if (reach[i].found) status = refine(search, 1U << i, &reach[i], error);
  return status;
}
