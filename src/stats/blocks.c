/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means of disjoint blocks of paths, of which every block lies within a group of books. Two runs on the
 * same paths have the same blocks, so the scatter of the differences of their block means is the error of
 * the difference of their means (batch means), whichever two runs are compared, without their samples. */
#include <math.h>
#include <string.h>

#include "stats/internal.h"

static const double share = 0.01; /* of ES 99 */

size_t hc_block_count(size_t books) {
  if (books >= HC_GROUPS) return HC_GROUPS;
  return books * ((HC_GROUPS + books - 1) / books);
}

void hc_blocks_add(struct hc_block_sums *blocks, size_t books, const struct hc_granule_stats *granule) {
  const size_t count = hc_block_count(books);
  for (int t = 0; t < HC_PAIRED_TAILS; ++t) {
    const struct hc_tail_list *list = &granule->tail[t];
    for (size_t i = 0; i < list->count; ++i) {
      const size_t block = hc_block_of(granule->first + list->offset[i], books, count);
      blocks->sum[t][block] += list->value[i];
      blocks->positive[t][block] += 1.0;
    }
  }
}

/* Paths in each of them: they follow from how many there are. */
static void count_paths(uint64_t paths, size_t books, struct hc_blocks *blocks) {
  *blocks =
    (struct hc_blocks){.count = hc_block_count(books), .groups = books < HC_GROUPS ? books : HC_GROUPS};
  const uint64_t period = books < HC_GROUPS ? blocks->count : books;
  for (uint64_t first = 0; first < period; ++first)
    blocks->paths[hc_block_of(first, books, blocks->count)] +=
      (double)(paths / period + (first < paths % period ? 1 : 0));
}

/* ES 99 is v + E(x - v)+ / 0.01, v the quantile: the same of a block, with the v of all paths. */
static hc_status fill_shortfall(struct hc_stats *stats, enum hc_tail_metric metric,
                                const struct hc_blocks *blocks, double *mean) {
  struct hc_es_tail tail = {0};
  const hc_status status = hc_stats_es_tail(stats, metric, &tail);
  if (status) return status;
  double sum[HC_BLOCKS_MAX] = {0};
  for (size_t i = 0; i < tail.count; ++i) {
    const struct hc_es_path *path = &tail.path[i];
    sum[hc_block_of(path->path, stats->setup.books, blocks->count)] +=
      path->weight * (path->value - tail.var);
  }
  for (size_t b = 0; b < blocks->count; ++b) mean[b] = tail.var + sum[b] / (share * blocks->paths[b]);
  hc_es_tail_free(&tail);
  return HC_OK;
}

hc_status hc_stats_blocks(struct hc_stats *stats, struct hc_blocks *blocks) {
  const struct hc_block_sums *sums = &stats->blocks;
  count_paths(stats->paths, stats->setup.books, blocks);
  for (int t = 0; t < HC_PAIRED_TAILS; ++t) {
    double *mean = blocks->mean[3 * t], *hits = blocks->mean[3 * t + 1];
    for (size_t b = 0; b < blocks->count; ++b) {
      mean[b] = sums->sum[t][b] / blocks->paths[b]; /* without paths NaN, which is left out */
      hits[b] = sums->positive[t][b] / blocks->paths[b];
    }
    const hc_status status = fill_shortfall(stats, (enum hc_tail_metric)t, blocks, blocks->mean[3 * t + 2]);
    if (status) return status;
  }
  return HC_OK;
}

void hc_sample_blocks(const struct hc_sample *sample, enum hc_paired measure, struct hc_blocks *blocks) {
  count_paths(sample->count, sample->books, blocks);
  double *mean = blocks->mean[measure];
  for (size_t i = 0; i < sample->count; ++i)
    mean[hc_block_of(i, sample->books, blocks->count)] += sample->x[i];
  for (size_t b = 0; b < blocks->count; ++b) mean[b] /= blocks->paths[b];
}

/* Squared error of a mean from the scatter of its parts (see hc_between_groups). */
static struct hc_between scatter(const double *paths, const double *difference, double mean, size_t count) {
  double zero[HC_BLOCKS_MAX] = {0}, total = 0.0, sums[HC_BLOCKS_MAX];
  for (size_t b = 0; b < count; ++b) {
    sums[b] = paths[b] > 0.0 ? paths[b] * (difference[b] - mean) : 0.0;
    total += paths[b];
  }
  return hc_between_groups(sums, zero, 0.0, total, paths, count);
}

void hc_blocks_difference(const struct hc_blocks *ours, const struct hc_blocks *theirs,
                          enum hc_paired measure, double value, struct hc_estimate *estimate) {
  const double nan = (double)NAN;
  double difference[HC_BLOCKS_MAX], group[HC_GROUPS] = {0}, group_paths[HC_GROUPS] = {0};
  double mean = 0.0, total = 0.0;
  bool same = true;
  estimate->value = value;
  estimate->se = estimate->se_paths = estimate->low = estimate->high = nan;
  estimate->note[0] = '\0';
  if (ours->count != theirs->count || memcmp(ours->paths, theirs->paths, sizeof ours->paths) != 0) {
    hc_note(estimate, "not the same paths");
    return;
  }
  for (size_t b = 0; b < ours->count; ++b) {
    difference[b] = ours->mean[measure][b] - theirs->mean[measure][b];
    same = same && !(ours->paths[b] > 0.0 && difference[b] != 0.0);
    mean += ours->paths[b] > 0.0 ? ours->paths[b] * difference[b] : 0.0;
    total += ours->paths[b];
  }
  mean /= total;
  for (size_t b = 0; b < ours->count; ++b) {
    if (!(ours->paths[b] > 0.0)) continue;
    group[b % ours->groups] += ours->paths[b] * difference[b];
    group_paths[b % ours->groups] += ours->paths[b];
  }
  for (size_t g = 0; g < ours->groups; ++g) group[g] /= group_paths[g];
  const struct hc_between blocks = scatter(ours->paths, difference, mean, ours->count);
  const struct hc_between groups = scatter(group_paths, group, mean, ours->groups);
  if (!blocks.degrees) {
    hc_note(estimate, "too few paths");
    return;
  }
  struct hc_error_bars bars = hc_bars(blocks.variance, groups);
  if (bars.multiplier <= HC_Z975) bars.multiplier = hc_student(blocks.degrees);
  hc_estimate_bars(estimate, bars);
  if (same) hc_note(estimate, "no path differs");
}
