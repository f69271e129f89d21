/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/waterfall.h"

#define HC_COUNT(array) (sizeof(array) / sizeof *(array))

static const struct hc_word bases[] = {
  {"profit", HC_BASE_PROFIT, "classes: profit still there; accounts: equity gained since the start"},
  {"deposit", HC_BASE_DEPOSIT, "deposits of a class that are still there"},
  {"stake", HC_BASE_DEPOSIT, "deposits, of stakers"},
  {"contribution", HC_BASE_DEPOSIT, "deposits, of members"},
  {"capacity", HC_BASE_DEPOSIT, "deposits, of backstop providers"},
  {"equity", HC_BASE_EQUITY, "classes: deposits and positive profit; accounts: equity at the mark"},
  {"unrealised_profit", HC_BASE_UNREALISED_PROFIT, "profit of open positions at the mark"},
  {"session_profit", HC_BASE_SESSION_PROFIT, "equity gained since the session began"},
  {"size", HC_BASE_SIZE, "units of the position"},
  {"notional", HC_BASE_NOTIONAL, "value of the position at the mark"},
  {"collateral", HC_BASE_COLLATERAL, "collateral of the account"}};
static const struct hc_word kinds[] = {
  {"lp", HC_KIND_OF_LP, "liquidity providers"},
  {"member", HC_KIND_OF_MEMBER, "members of a clearing house; deposits are their contributions"},
  {"staker", HC_KIND_OF_STAKER, "stakers of a safety module or an insurance fund"},
  {"depositor", HC_KIND_OF_DEPOSITOR, "depositors and lenders"},
  {"token_holder", HC_KIND_OF_TOKEN_HOLDER, "holders of the venue's token"}};
static const struct hc_word takes[] = {
  {"share", HC_TAKES_SHARE, "a payment releases its share of the position, which the venue sells"},
  {"cash", HC_TAKES_CASH, "the position stays to be closed"}};
static const struct hc_word forms[] = {
  {"cash", HC_FORM_CASH, "at most what the account has"},
  {"index", HC_FORM_INDEX, "whatever the account has: it may become liquidatable"}};
static const struct hc_word bounds[] = {
  {"none", HC_BOUND_NONE, "the price as it is"},
  {"bankruptcy", HC_BOUND_BANKRUPTCY, "between the bankruptcy price and the mark"}};
static const struct hc_word sees[] = {
  {"recognised", HC_SEES_RECOGNISED, "losses that were charged"},
  {"pending", HC_SEES_PENDING, "also those that wait for recognition"}};
const struct hc_vocabulary hc_sees_words = {"sees", HC_COUNT(sees), sees};
const struct hc_vocabulary hc_base_words = {"base", HC_COUNT(bases), bases};
const struct hc_vocabulary hc_class_kind_words = {"kind", HC_COUNT(kinds), kinds};
const struct hc_vocabulary hc_takes_words = {"takes", HC_COUNT(takes), takes};
const struct hc_vocabulary hc_form_words = {"form", HC_COUNT(forms), forms};
static const struct hc_word beyond[] = {
  {"scale", HC_BEYOND_SCALE, "they are made smaller, all by the same share where the limit is on a side"},
  {"refuse", HC_BEYOND_REFUSE, "they are kept out, as they come in account order"}};
const struct hc_vocabulary hc_beyond_words = {"treatment", HC_COUNT(beyond), beyond};
const struct hc_vocabulary hc_bound_words = {"bound", HC_COUNT(bounds), bounds};

#define HC_TABLE_STRUCT hc_fees_config
static const struct hc_field fees_fields[] = {HC_FEES_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_withdrawals_config
static const struct hc_field withdrawals_fields[] = {HC_WITHDRAWALS_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_lp_config
static const struct hc_field lp_fields[] = {HC_LP_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_pot_config
static const struct hc_field pot_fields[] = {HC_POT_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_switch_config
static const struct hc_field switch_fields[] = {HC_SWITCH_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_deleverage_config
static const struct hc_field deleverage_fields[] = {HC_DELEVERAGE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_guards_config
static const struct hc_field guards_fields[] = {HC_GUARDS_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_pause_config
static const struct hc_field pause_fields[] = {HC_PAUSE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_group_config
static const struct hc_field group_fields[] = {HC_GROUP_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
#define HC_TABLE_STRUCT hc_layer_config
static const struct hc_field layer_fields[] = {HC_LAYER_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT

#define HC_WATERFALL_TABLE(tag, text)                                                       \
  const struct hc_table hc_##tag##_table = {#tag, text, sizeof(struct hc_##tag##_config),   \
                                            HC_COUNT(tag##_fields), tag##_fields, NULL};
HC_WATERFALL_TABLE(fees, "Income from trading, earned evenly.")
HC_WATERFALL_TABLE(withdrawals, "Who of a class leaves, and when.")
HC_WATERFALL_TABLE(lp, "One class of liquidity providers, members, stakers or depositors.")
HC_WATERFALL_TABLE(pot, "A fund besides the insurance fund.")
HC_WATERFALL_TABLE(switch, "A condition that several layers share.")
HC_WATERFALL_TABLE(deleverage, "Winners are closed for a pool that owes them too much.")
HC_WATERFALL_TABLE(guards, "Limits on positions.")
HC_WATERFALL_TABLE(pause, "A circuit breaker: liquidations pause.")
HC_WATERFALL_TABLE(group, "Neighbouring layers that share one demand.")
HC_WATERFALL_TABLE(layer, "One layer of the waterfall.")
