/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/market.h"

#define HC_COUNT(array) (sizeof(array) / sizeof *(array))

#define HC_TABLE_STRUCT hc_shock_config
static const struct hc_field shock_fields[] = {HC_SHOCK_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_price_config
static const struct hc_field price_fields[] = {HC_PRICE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_liquidity_config
static const struct hc_field liquidity_fields[] = {HC_LIQUIDITY_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_tier_config
static const struct hc_field tier_fields[] = {HC_TIER_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_margin_config
static const struct hc_field margin_fields[] = {HC_MARGIN_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_market_config
static const struct hc_field market_fields[] = {HC_MARKET_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT

#define HC_MARKET_TABLE(tag, text, shorthand)                                               \
  const struct hc_table hc_##tag##_table = {#tag, text, sizeof(struct hc_##tag##_config),   \
                                            HC_COUNT(tag##_fields), tag##_fields, shorthand};
HC_MARKET_TABLE(shock, "A move that every path makes.", "move")
HC_MARKET_TABLE(price, "Fundamental price of a market.", NULL)
HC_MARKET_TABLE(liquidity, "Liquidity and price impact of a market.", NULL)
HC_MARKET_TABLE(tier, "One maintenance tier.", "rate")
HC_MARKET_TABLE(margin, "Margin rules of a market.", NULL)
HC_MARKET_TABLE(market, "One market.", NULL)

static const struct hc_word infill[] = {
  {"none", HC_INFILL_NONE, "straight lines between the bar's open, extremes and close"},
  {"bridge", HC_INFILL_BRIDGE, "Brownian bridges at the bar's Parkinson volatility"}};
static const struct hc_word gaps[] = {
  {"error", HC_GAPS_ERROR, "refuse the file"},
  {"hold", HC_GAPS_HOLD, "the price stays at the last close"},
  {"bridge", HC_GAPS_BRIDGE, "a bridge to the next open"}};
static const struct hc_word starts[] = {
  {"fixed", HC_STARTS_FIXED, "every path starts at `start`"},
  {"random", HC_STARTS_RANDOM, "each path starts at a bar drawn uniformly"}};
const struct hc_vocabulary hc_infill_words = {"infill", HC_COUNT(infill), infill};
const struct hc_vocabulary hc_gaps_words = {"gaps", HC_COUNT(gaps), gaps};
const struct hc_vocabulary hc_starts_words = {"starts", HC_COUNT(starts), starts};
