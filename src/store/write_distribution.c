/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "store/assembly.h"

/* What a part of a metric's group needs. */
struct part {
  struct hc_assembly *assembly;
  hid_t group;
  enum hc_tail_metric metric;
  const char *text; /* of the metric */
};

static void column(struct part *part, hid_t group, hid_t axis, const char *name, const char *unit,
                   const char *long_name, const double *data) {
  hc_h5_column(&part->assembly->h5, group, &axis, 1,
               &(struct hc_h5_column){name, HC_H5_F8, unit, long_name, data});
}

static void write_exceedance(struct part *part) {
  struct hc_h5 *h5 = &part->assembly->h5;
  struct hc_curve curve = {0};
  hc_assembly_take(part->assembly,
                   hc_stats_exceedance(part->assembly->stats, part->metric, &curve));
  if (h5->status || curve.count == 0) return;
  const hid_t group = hc_h5_group(h5, part->group, "exceedance");
  const struct hc_h5_column x = {"x", HC_H5_F8, "USD", part->text, curve.x};
  const hid_t axis = hc_h5_axis(h5, group, &x, curve.count);
  column(part, group, axis, "p", "1", "Probability of more than x", curve.p);
  column(part, group, axis, "low", "1", "Lower end of the 95 % band", curve.low);
  column(part, group, axis, "high", "1", "Upper end of the 95 % band", curve.high);
  hc_h5_close(h5, axis);
  hc_h5_close(h5, group);
}

static void write_histogram(struct part *part) {
  struct hc_h5 *h5 = &part->assembly->h5;
  struct hc_histogram histogram = {0};
  hc_assembly_take(part->assembly,
                   hc_stats_histogram(part->assembly->stats, part->metric, &histogram));
  if (h5->status) return;
  const hid_t group = hc_h5_group(h5, part->group, "histogram");
  hc_h5_integer(h5, group, "zero", histogram.zero);
  if (histogram.count > 0) {
    const hid_t axis = hc_h5_index(h5, group, "bin", "Number of the bin", histogram.count);
    column(part, group, axis, "low", "USD", "Lower edge of the bin", histogram.edges);
    column(part, group, axis, "high", "USD", "Upper edge of the bin", histogram.edges + 1);
    hc_h5_column(h5, group, &axis, 1,
                 &(struct hc_h5_column){"count", HC_H5_I8, "1", "Paths in the bin",
                                        histogram.counts});
    hc_h5_close(h5, axis);
  }
  hc_h5_close(h5, group);
}

static void write_quantiles(struct part *part) {
  struct hc_h5 *h5 = &part->assembly->h5;
  struct hc_quantiles quantiles = {0};
  hc_assembly_take(part->assembly,
                   hc_stats_quantiles(part->assembly->stats, part->metric, &quantiles));
  if (h5->status || quantiles.count == 0) return;
  const hid_t group = hc_h5_group(h5, part->group, "quantiles");
  const struct hc_h5_column level = {"level", HC_H5_F8, "1", "Probability", quantiles.level};
  const hid_t axis = hc_h5_axis(h5, group, &level, quantiles.count);
  column(part, group, axis, "value", "USD", part->text, quantiles.value);
  column(part, group, axis, "low", "USD", "Lower end of the 95 % interval", quantiles.low);
  column(part, group, axis, "high", "USD", "Upper end of the 95 % interval", quantiles.high);
  hc_h5_close(h5, axis);
  hc_h5_close(h5, group);
}

void hc_write_distribution(struct hc_assembly *assembly) {
  static const struct {
    const char *name, *text;
  } metrics[] = {
#define METRIC(name, text) {#name, text},
    HC_TAIL_LIST(METRIC)
#undef METRIC
  };
  struct hc_h5 *h5 = &assembly->h5;
  const hid_t group = hc_h5_group(h5, h5->file, "distribution");
  for (int i = 0; i < HC_TAILS && !h5->status; ++i) {
    if (i == HC_TAIL_fund_required && !hc_scenario_reflects(assembly->store->scenario)) continue;
    struct part part = {assembly, hc_h5_group(h5, group, metrics[i].name), (enum hc_tail_metric)i,
                        metrics[i].text};
    hc_h5_text(h5, part.group, "long_name", metrics[i].text);
    write_exceedance(&part);
    write_histogram(&part);
    write_quantiles(&part);
    hc_h5_close(h5, part.group);
  }
  hc_h5_close(h5, group);
}

/* Columns over an axis. */
static void write_table(struct hc_h5 *h5, hid_t group, const struct hc_h5_column *over, size_t length,
                        const struct hc_h5_column *columns, size_t count) {
  const hid_t axis = hc_h5_axis(h5, group, over, length);
  for (size_t i = 0; i < count; ++i) hc_h5_column(h5, group, &axis, 1, &columns[i]);
  hc_h5_close(h5, axis);
}

void hc_write_fund_curve(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  struct hc_fund_curve curve = {0};
  if (!h5->status) hc_assembly_take(assembly, hc_stats_fund_curve(assembly->stats, &curve));
  if (h5->status || curve.count == 0) return;
  const struct hc_h5_column columns[] = {
    {"p", HC_H5_F8, "1", "Probability that the fund is not enough", curve.p},
    {"p_low", HC_H5_F8, "1", "Lower end of its 95 % interval", curve.p_low},
    {"p_high", HC_H5_F8, "1", "Upper end of its 95 % interval", curve.p_high},
    {"mean_loss", HC_H5_F8, "USD", "Mean loss of those behind the fund: liquidity providers, then uncovered",
     curve.mean_loss},
    {"mean_loss_se", HC_H5_F8, "USD", "Standard error of mean_loss", curve.mean_loss_se},
    {"es99", HC_H5_F8, "USD", "Expected shortfall at 99 % of the loss of those behind the fund",
     curve.es99},
    {"es99_se", HC_H5_F8, "USD", "Standard error of es99", curve.es99_se},
  };
  const struct hc_h5_column fund = {"fund", HC_H5_F8, "USD", "Initial insurance fund", curve.fund};
  const hid_t group = hc_h5_group(h5, h5->file, "fund_curve");
  write_table(h5, group, &fund, curve.count, columns, sizeof columns / sizeof *columns);
  hc_h5_close(h5, group);
}

void hc_write_lorenz(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  struct hc_mean_lorenz curve;
  if (h5->status) return;
  hc_stats_lorenz(assembly->stats, &curve);
  if (curve.count == 0) return;
  const struct hc_h5_column columns[] = {
    {"share", HC_H5_F8, "1", "Mean share of payments that these payers paid", curve.share},
    {"se", HC_H5_F8, "1", "Standard error of share", curve.se},
    {"low", HC_H5_F8, "1", "Lower end of the 95 % band", curve.low},
    {"high", HC_H5_F8, "1", "Upper end of the 95 % band", curve.high},
  };
  const struct hc_h5_column fraction = {
    "fraction", HC_H5_F8, "1", "Fraction of the accounts that paid, least payers first", curve.fraction};
  const hid_t group = hc_h5_group(h5, h5->file, "lorenz");
  hc_h5_integer(h5, group, "paths", (int64_t)curve.paths);
  write_table(h5, group, &fraction, curve.count, columns, sizeof columns / sizeof *columns);
  hc_h5_close(h5, group);
}
