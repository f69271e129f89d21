/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A granule as bytes. What does not vary takes one byte (zero) or nine; the tail histogram is
 * not stored because every positive value is. Layout: head, columns, events, comoments,
 * residuals, tails, Lorenz curve, attribution, checksum; numbers little-endian, no padding. */
#include <math.h>

#include "stats/bytes.h"
#include "stats/internal.h"

#define MAGIC 0x33474348u /* "HCG3" */

struct head {
  uint32_t magic, count;
  uint64_t setup, first;
};

static uint64_t setup_sum(const struct hc_stats_setup *setup) {
  unsigned char bytes[48];
  const uint64_t words[3] = {setup->books, setup->classes,
                             (setup->reflects ? 1u : 0u) | (setup->counterfactual ? 2u : 0u)};
  const double sizes[3] = {setup->fund_initial, setup->lp_profit, setup->lp_deposits};
  memcpy(bytes, words, sizeof words);
  memcpy(bytes + sizeof words, sizes, sizeof sizes);
  return hc_bytes_sum(bytes, sizeof bytes);
}

/* ---- out ------------------------------------------------------------------------------- */
/* One bit per group says whether its sum is other than 0. */
static void put_sums(struct hc_writer *to, const double *sum, size_t groups) {
  uint64_t which = 0;
  for (size_t g = 0; g < groups; ++g) which |= (uint64_t)(sum[g] != 0.0) << g;
  hc_put(to, &which, (groups + 7) / 8);
  for (size_t g = 0; g < groups; ++g)
    if (which >> g & 1) hc_put(to, &sum[g], sizeof sum[g]);
}

static void put_column(struct hc_writer *to, const struct hc_column *column, size_t groups) {
  const uint8_t kind = (uint8_t)column->kind;
  hc_put(to, &kind, 1);
  if (column->kind == HC_KIND_SAME) hc_put(to, &column->mean, 8);
  if (!hc_column_varies(column)) return;
  const double moments[4] = {column->mean, column->m2, column->min, column->max};
  hc_put(to, &column->count, 2);
  hc_put(to, &column->nonzero, 2);
  hc_put(to, moments, sizeof moments);
  put_sums(to, column->group_sum, groups);
  if (column->kind == HC_KIND_MIXED)
    hc_put(to, column->group_count, groups * sizeof *column->group_count);
}

/* None and all need no groups. */
static bool some(uint16_t hits, size_t count) { return hits > 0 && hits < count; }

static void put_event(struct hc_writer *to, const struct hc_granule_stats *stats, int event) {
  hc_put(to, &stats->event[event], 2);
  if (some(stats->event[event], stats->count))
    hc_put(to, stats->event_group[event], stats->groups * 2);
}

static void put_residuals(struct hc_writer *to, const struct hc_granule_stats *stats) {
  hc_put(to, stats->residual, sizeof stats->residual);
  hc_put(to, stats->residual_offset, sizeof stats->residual_offset);
}

static void put_tail(struct hc_writer *to, const struct hc_tail_list *tail) {
  const uint16_t count = (uint16_t)tail->count;
  hc_put(to, &count, 2);
  hc_put(to, tail->value, tail->count * sizeof *tail->value);
  hc_put(to, tail->offset, tail->count * sizeof *tail->offset);
}

static void put_lorenz(struct hc_writer *to, const struct hc_granule_stats *stats) {
  const uint16_t paths = (uint16_t)stats->lorenz_paths;
  hc_put(to, &paths, 2);
  for (size_t i = 0; paths && i < HC_LORENZ_INNER; ++i) put_column(to, &stats->lorenz[i], stats->groups);
}

static void put_blame(struct hc_writer *to, const struct hc_granule_stats *stats) {
  const uint16_t paths = (uint16_t)stats->blame_paths;
  hc_put(to, &paths, 2);
  for (size_t i = 0; paths && i < HC_BLAME_CELLS; ++i) put_column(to, &stats->blame[i], stats->groups);
}

hc_status hc_granule_stats_pack(struct hc_granule_stats *stats, const void **bytes, size_t *length) {
  if (stats->count < 1) return HC_BUG;
  const struct head head = {MAGIC, (uint32_t)stats->count, setup_sum(&stats->setup), stats->first};
  struct hc_writer to = {stats->bytes};
  hc_put(&to, &head, sizeof head);
  for (size_t j = 0; j < stats->columns; ++j) put_column(&to, &stats->column[j], stats->groups);
  for (int e = 0; e < HC_EVENTS; ++e) put_event(&to, stats, e);
  hc_put(&to, stats->comoment, sizeof stats->comoment);
  put_residuals(&to, stats);
  for (int t = 0; t < HC_TAILS; ++t) put_tail(&to, &stats->tail[t]);
  put_lorenz(&to, stats);
  put_blame(&to, stats);
  const uint64_t sum = hc_bytes_sum(stats->bytes, (size_t)(to.at - stats->bytes));
  hc_put(&to, &sum, sizeof sum);
  *bytes = stats->bytes;
  *length = (size_t)(to.at - stats->bytes);
  return HC_OK;
}

/* ---- in: everything is checked, so that a forged checksum breaks nothing either --------- */
static bool get_head(struct hc_reader *from, struct hc_granule_stats *stats) {
  struct head head;
  hc_get(from, &head, sizeof head);
  if (from->failed || head.magic != MAGIC || head.setup != setup_sum(&stats->setup)) return false;
  if (head.count < 1 || head.count > HC_GRANULE || head.first % HC_GRANULE != 0) return false;
  if (head.first > UINT64_MAX - HC_GRANULE) return false;
  stats->first = head.first;
  stats->count = head.count;
  return true;
}

static bool get_constant(struct hc_reader *from, struct hc_column *column, size_t count) {
  double value = column->kind == HC_KIND_EMPTY ? (double)NAN : 0.0;
  const enum hc_kind kind = column->kind;
  if (kind == HC_KIND_SAME) hc_get(from, &value, 8);
  hc_column_constant(column, value, count);
  return !from->failed && column->kind == kind;
}

static void get_sums(struct hc_reader *from, double *sum, size_t groups) {
  uint64_t which = 0;
  hc_get(from, &which, (groups + 7) / 8);
  for (size_t g = 0; g < groups; ++g) {
    sum[g] = 0.0;
    if (which >> g & 1) hc_get(from, &sum[g], sizeof sum[g]);
  }
}

static bool get_group_counts(struct hc_reader *from, struct hc_column *column, size_t groups) {
  size_t total = 0;
  hc_get(from, column->group_count, groups * sizeof *column->group_count);
  for (size_t g = 0; g < groups; ++g) total += column->group_count[g];
  return !from->failed && total == column->count;
}

static bool get_column(struct hc_reader *from, struct hc_column *column, size_t groups, size_t count) {
  uint8_t kind;
  hc_get(from, &kind, 1);
  if (from->failed || kind >= HC_KINDS) return false;
  column->kind = (enum hc_kind)kind;
  if (!hc_column_varies(column)) return get_constant(from, column, count);
  double moments[4];
  hc_get(from, &column->count, 2);
  hc_get(from, &column->nonzero, 2);
  hc_get(from, moments, sizeof moments);
  column->mean = moments[0];
  column->m2 = moments[1];
  column->min = moments[2];
  column->max = moments[3];
  get_sums(from, column->group_sum, groups);
  if (column->count < 1 || column->count > count || column->nonzero > column->count) return false;
  if (column->kind == HC_KIND_MIXED) return get_group_counts(from, column, groups);
  return !from->failed && column->count == count;
}

static bool get_event(struct hc_reader *from, struct hc_granule_stats *stats, int event) {
  hc_get(from, &stats->event[event], 2);
  if (from->failed || stats->event[event] > stats->count) return false;
  if (!some(stats->event[event], stats->count)) return true;
  size_t total = 0;
  hc_get(from, stats->event_group[event], stats->groups * 2);
  for (size_t g = 0; g < stats->groups; ++g) total += stats->event_group[event][g];
  return !from->failed && total == stats->event[event];
}

static bool get_residuals(struct hc_reader *from, struct hc_granule_stats *stats) {
  hc_get(from, stats->residual, sizeof stats->residual);
  hc_get(from, stats->residual_offset, sizeof stats->residual_offset);
  for (int r = 0; r < HC_RESIDUALS; ++r)
    if (!(stats->residual[r] >= 0.0) || stats->residual_offset[r] >= stats->count) return false;
  return !from->failed;
}

static bool get_tail(struct hc_reader *from, struct hc_tail_list *tail, size_t paths) {
  uint16_t count;
  hc_get(from, &count, 2);
  tail->count = 0;
  if (from->failed || count > paths) return false;
  hc_get(from, tail->value, count * sizeof *tail->value);
  hc_get(from, tail->offset, count * sizeof *tail->offset);
  if (from->failed) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!(tail->value[i] > 0.0) || tail->offset[i] >= paths) return false;
    if (i > 0 && tail->offset[i] <= tail->offset[i - 1]) return false;
  }
  tail->count = count;
  return true;
}

static bool get_lorenz(struct hc_reader *from, struct hc_granule_stats *stats) {
  uint16_t paths;
  hc_get(from, &paths, 2);
  if (from->failed || paths > stats->count) return false;
  for (size_t i = 0; paths && i < HC_LORENZ_INNER; ++i)
    if (!get_column(from, &stats->lorenz[i], stats->groups, stats->count) ||
        stats->lorenz[i].count != paths)
      return false;
  stats->lorenz_paths = paths;
  return true;
}

static bool get_blame(struct hc_reader *from, struct hc_granule_stats *stats) {
  uint16_t paths;
  hc_get(from, &paths, 2);
  if (from->failed || paths > stats->count) return false;
  for (size_t i = 0; paths && i < HC_BLAME_CELLS; ++i)
    if (!get_column(from, &stats->blame[i], stats->groups, stats->count) ||
        stats->blame[i].nonzero > paths)
      return false;
  stats->blame_paths = paths;
  return true;
}

static bool get_all(struct hc_reader *from, struct hc_granule_stats *stats) {
  if (!get_head(from, stats)) return false;
  for (size_t j = 0; j < stats->columns; ++j)
    if (!get_column(from, &stats->column[j], stats->groups, stats->count)) return false;
  for (int e = 0; e < HC_EVENTS; ++e)
    if (!get_event(from, stats, e)) return false;
  hc_get(from, stats->comoment, sizeof stats->comoment);
  if (!get_residuals(from, stats)) return false;
  for (int t = 0; t < HC_TAILS; ++t)
    if (!get_tail(from, &stats->tail[t], stats->count)) return false;
  return get_lorenz(from, stats) && get_blame(from, stats) && !from->failed && from->left == 0;
}

static bool sum_is_right(const unsigned char *bytes, size_t length) {
  uint64_t sum;
  if (length < sizeof sum) return false;
  memcpy(&sum, bytes + length - sizeof sum, sizeof sum);
  return sum == hc_bytes_sum(bytes, length - sizeof sum);
}

hc_status hc_granule_stats_unpack(struct hc_granule_stats *stats, const void *bytes, size_t length) {
  stats->count = 0; /* empty unless all is well */
  if (!sum_is_right(bytes, length)) return HC_FORMAT;
  struct hc_reader from = {bytes, length - sizeof(uint64_t), false};
  if (!get_all(&from, stats)) {
    stats->count = 0;
    return HC_FORMAT;
  }
  hc_granule_groups(stats);
  return HC_OK;
}
