/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/scenario.h"

#define HC_COUNT(array) (sizeof(array) / sizeof *(array))

#define HC_TABLE_STRUCT hc_precision_config
static const struct hc_field precision_fields[] = {HC_PRECISION_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_simulation_config
static const struct hc_field simulation_fields[] = {HC_SIMULATION_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_partial_config
static const struct hc_field partial_fields[] = {HC_PARTIAL_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_capacity_config
static const struct hc_field capacity_fields[] = {HC_CAPACITY_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_loss_limit_config
static const struct hc_field loss_limit_fields[] = {HC_LOSS_LIMIT_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_backstop_config
static const struct hc_field backstop_fields[] = {HC_BACKSTOP_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_liquidation_config
static const struct hc_field liquidation_fields[] = {HC_LIQUIDATION_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_fund_config
static const struct hc_field fund_fields[] = {HC_FUND_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_timeline_config
static const struct hc_field timeline_fields[] = {HC_TIMELINE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_output_config
static const struct hc_field output_fields[] = {HC_OUTPUT_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_axis_config
static const struct hc_field axis_fields[] = {HC_AXIS_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_sweep_config
static const struct hc_field sweep_fields[] = {HC_SWEEP_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_root_config
static const struct hc_field root_fields[] = {HC_ROOT_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT

#define HC_SCENARIO_TABLE(tag, text)                                                        \
  const struct hc_table hc_##tag##_table = {#tag, text, sizeof(struct hc_##tag##_config),   \
                                            HC_COUNT(tag##_fields), tag##_fields, NULL};
HC_SCENARIO_TABLE(precision, "How well an estimate is to be known.")
HC_SCENARIO_TABLE(simulation, "Grid and sample size.")
HC_SCENARIO_TABLE(partial, "Partial liquidation.")
HC_SCENARIO_TABLE(capacity, "Most in a window of time.")
HC_SCENARIO_TABLE(loss_limit, "Most bad debt in a window of time.")
HC_SCENARIO_TABLE(backstop, "Positions are taken over before they are bankrupt.")
HC_SCENARIO_TABLE(liquidation, "Liquidation rules.")
HC_SCENARIO_TABLE(fund, "Insurance fund.")
HC_SCENARIO_TABLE(timeline, "Quantile bands over time.")
HC_SCENARIO_TABLE(output, "What is kept of a run.")
HC_SCENARIO_TABLE(axis, "A parameter that varies.")
HC_SCENARIO_TABLE(sweep, "Many configurations at once.")
HC_SCENARIO_TABLE(root, "The configuration.")

static const struct hc_word margin_to[] = {
  {"trader", HC_MARGIN_TO_TRADER, "returned to the trader"},
  {"fund", HC_MARGIN_TO_FUND, "kept by the insurance fund"}};
static const struct hc_word order_flow[] = {
  {"batch", HC_FLOW_BATCH, "a round's positions of a side as one order at one fill"},
  {"fifo", HC_FLOW_FIFO, "one at a time, highest level first for longs, each at its own fill"}};
static const struct hc_word samples[] = {
  {"all", HC_SAMPLES_ALL, "every path's outcome"},
  {"none", HC_SAMPLES_NONE, "statistics only, in constant memory"}};
static const struct hc_word designs[] = {
  {"grid", HC_DESIGN_GRID, "every combination of the values"},
  {"zip", HC_DESIGN_ZIP, "the first values of all axes together, then the second, and so on"},
  {"lhs", HC_DESIGN_LHS, "a Latin hypercube: each axis divided evenly among the points"},
  {"sobol", HC_DESIGN_SOBOL, "the first points of a shifted Sobol sequence"}};
const struct hc_vocabulary hc_design_words = {"design", HC_COUNT(designs), designs};
const struct hc_vocabulary hc_margin_to_words = {"remaining margin", HC_COUNT(margin_to), margin_to};
static const struct hc_word meanwhile[] = {
  {"wait", HC_MEANWHILE_WAIT, "it is not looked at"},
  {"whole", HC_MEANWHILE_WHOLE, "it is looked at, and closed whole"}};
const struct hc_vocabulary hc_meanwhile_words = {"way to cool down", HC_COUNT(meanwhile), meanwhile};
static const struct hc_word fund_beyond[] = {
  {"treasury", HC_BEYOND_TREASURY, "out of reach of the waterfall"},
  {"lps", HC_BEYOND_LPS, "to the profits of liquidity providers, by deposits at start"}};
const struct hc_vocabulary hc_fund_beyond_words = {"place", HC_COUNT(fund_beyond), fund_beyond};
const struct hc_vocabulary hc_order_flow_words = {"order flow", HC_COUNT(order_flow), order_flow};
const struct hc_vocabulary hc_samples_words = {"samples", HC_COUNT(samples), samples};
