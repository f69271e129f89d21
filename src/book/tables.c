/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/laws.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const struct hc_variant *const size_laws[] = {&hc_size_lognormal, &hc_size_pareto};
const struct hc_registry hc_size_laws = {"size law", COUNT_OF(size_laws), size_laws};

static const struct hc_variant *const leverage_laws[] = {
  &hc_leverage_lognormal, &hc_leverage_discrete, &hc_leverage_beta};
const struct hc_registry hc_leverage_laws = {
  "leverage law", COUNT_OF(leverage_laws), leverage_laws};

static const struct hc_word already_words[] = {
  {"error", HC_ALREADY_ERROR, "It is an error that names the position."},
  {"drop", HC_ALREADY_DROP, "It is left out and counted."}};
const struct hc_vocabulary hc_already_words = {
  "already liquidatable", COUNT_OF(already_words), already_words};

#define HC_TABLE_STRUCT hc_size_config
static const struct hc_field size_fields[] = {HC_SIZE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_size_table = {
  "size", "Law of position sizes.", sizeof(struct hc_size_config), COUNT_OF(size_fields),
  size_fields, "distribution"};

#define HC_TABLE_STRUCT hc_leverage_config
static const struct hc_field leverage_fields[] = {HC_LEVERAGE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_leverage_table = {
  "leverage", "Law of leverage at entry.", sizeof(struct hc_leverage_config),
  COUNT_OF(leverage_fields), leverage_fields, "distribution"};

#define HC_TABLE_STRUCT hc_concentration_config
static const struct hc_field concentration_fields[] = {HC_CONCENTRATION_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_concentration_table = {
  "concentration", "Share of the largest accounts of each side.",
  sizeof(struct hc_concentration_config), COUNT_OF(concentration_fields), concentration_fields,
  NULL};

#define HC_TABLE_STRUCT hc_generate_config
static const struct hc_field generate_fields[] = {HC_GENERATE_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_generate_table = {
  "generate", "Books drawn at random.", sizeof(struct hc_generate_config),
  COUNT_OF(generate_fields), generate_fields, NULL};

#define HC_TABLE_STRUCT hc_book_config
static const struct hc_field book_fields[] = {HC_BOOK_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
const struct hc_table hc_book_table = {
  "book", "The book of positions: a CSV, or drawn.", sizeof(struct hc_book_config),
  COUNT_OF(book_fields), book_fields, "file"};
