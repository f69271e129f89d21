/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Parameters of waterfall layers and of the liquidity providers they charge. */
#ifndef HAIRCUT_WATERFALL_H
#define HAIRCUT_WATERFALL_H

#include "haircut/config.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct hc_registry hc_layer_verbs; /* fund, assess */
enum hc_base { HC_BASE_PROFIT, HC_BASE_DEPOSIT };
enum hc_allocation { HC_ALLOCATION_PRO_RATA };
extern const struct hc_vocabulary hc_base_words, hc_allocation_words;

#define HC_LP_FIELDS(X)                                                                     \
  X(char *, name, TEXT, "lp", "", "", "Name of the class.", NULL)                           \
  X(double, deposits, USD, "300M", "[0, 1e18]", "USD", "Deposits at start.", NULL)          \
  X(double, profit, USD, "15M", "[-1e18, 1e18]", "USD", "Profit accumulated at start.", NULL)
#define HC_LAYER_FIELDS(X)                                                                  \
  X(struct hc_choice, verb, VARIANT, "fund", "", "1", "What the layer does.", &hc_layer_verbs)
#define HC_LAYER_FUND_FIELDS(X)                                                             \
  X(char *, who, TEXT, "insurance", "", "", "The fund that pays: insurance.", NULL)
#define HC_LAYER_ASSESS_FIELDS(X)                                                           \
  X(char *, who, TEXT, "liquidity_providers", "", "",                                       \
    "Who is charged: liquidity_providers, or the name of one class.", NULL)                 \
  X(int, base, ENUM, "deposit", "", "1", "What is charged.", &hc_base_words)                \
  X(int, allocation, ENUM, "pro_rata", "", "1", "How it is shared.", &hc_allocation_words)

HC_DECLARE_STRUCT(hc_lp_config, HC_LP_FIELDS);
HC_DECLARE_STRUCT(hc_layer_config, HC_LAYER_FIELDS);
HC_DECLARE_STRUCT(hc_layer_fund_config, HC_LAYER_FUND_FIELDS);
HC_DECLARE_STRUCT(hc_layer_assess_config, HC_LAYER_ASSESS_FIELDS);
extern const struct hc_table hc_lp_table, hc_layer_table;

#ifdef __cplusplus
}
#endif
#endif
