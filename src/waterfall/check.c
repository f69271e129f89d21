/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a waterfall may say and hardly can mean: warnings, each at the key it is about. */
#include <stdarg.h>
#include <stdio.h>

#include "waterfall/waterfall.h"

struct checker {
  const struct hc_waterfall *w;
  hc_waterfall_warn *warn;
  void *context;
  hc_status status; /* the first failure */
};

static void warn(struct checker *checker, const char *path, const char *format, ...)
  HC_PRINTF(3, 4);
static void warn(struct checker *checker, const char *path, const char *format, ...) {
  char text[700];
  va_list arguments;
  if (checker->status != HC_OK) return;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  checker->status = checker->warn(checker->context, path, text);
}

static const char *layer_path(char path[48], size_t index, const char *key) {
  (void)snprintf(path, 48, "waterfall[%zu]%s%s", index, *key ? "." : "", key);
  return path;
}

/* ---- layers that nothing gets to --------------------------------------------------------- */

/* Whether all that comes to a cash layer stays with it, on every path. */
static bool swallows(const struct hc_waterfall *w, const struct hc_layer *layer) {
  const bool pending = layer->time.kind == HC_TIME_NEVER || layer->time.kind == HC_TIME_ON_WITHDRAWAL;
  const bool endless = layer->ops == hc_layer_variant_raise.operations || pending;
  const bool ends = layer->ops->ends && !w->defers; /* recognitions pass a halt */
  return !layer->ops->position && (endless || ends) && !layer->has_cap && !layer->payer_cap &&
         layer->severity >= 1.0 && layer->when.count == 0 && layer->only_if < 0 && layer->unless < 0;
}

/* Layers [first, end) share a demand, or are one. */
static bool all_swallow(const struct hc_waterfall *w, size_t first, size_t end, bool *cash) {
  *cash = false;
  for (size_t i = first; i < end; i++) {
    if (!swallows(w, &w->layers[i])) return false;
    if (w->layers[i].takes == HC_TAKES_CASH) *cash = true;
  }
  return true;
}

/* With `takes: cash` the position stays, so that position layers behind are reached, and what they
 * charge may reach further cash layers. */
static void check_reach(struct checker *checker) {
  const struct hc_waterfall *w = checker->w;
  const struct hc_layer *by = NULL; /* who takes all */
  bool cash_alone = false;
  char path[48];
  for (size_t i = 0, end; i < w->count; i = end) {
    const struct hc_layer *layer = &w->layers[i];
    for (end = i + 1; end < w->count && layer->group >= 0 && w->layers[end].group == layer->group;) end++;
    if (by && cash_alone && layer->ops->position) by = NULL;
    for (size_t j = i; by && j < end; j++)
      warn(checker, layer_path(path, j, ""),
           "this layer (%s) is never reached: waterfall[%zu] (%s) takes all that comes to it, always; give "
           "that one a cap or a condition, or put it behind", w->layers[j].name, by->index, by->name);
    bool cash;
    if (by || !all_swallow(w, i, end, &cash)) continue;
    by = &w->layers[end - 1];
    cash_alone = cash;
  }
}

/* ---- prices --------------------------------------------------------------------------------- */

/* Whether a counterparty at this price bears all that is missing. */
static bool is_bankruptcy(const struct hc_exec_price *price) {
  const bool blend = price->kind == HC_PRICE_BLEND && price->parameter >= 1.0;
  return (price->kind == HC_PRICE_BANKRUPTCY || price->kind == HC_PRICE_RESIDUAL || blend) &&
         !(price->concession > 0.0);
}

static void check_residual(struct checker *checker, const struct hc_layer *layer) {
  bool cash = false, shifts = false;
  char path[48];
  if (layer->price.kind != HC_PRICE_RESIDUAL) return;
  for (size_t i = 0; i < layer->index; i++) {
    const struct hc_layer *before = &checker->w->layers[i];
    if (before->ops->position)
      shifts = shifts || !is_bankruptcy(&before->price) || before->price.concession != 0.0;
    else
      cash = true, shifts = shifts || before->takes == HC_TAKES_CASH;
  }
  if (shifts) return;
  layer_path(path, layer->index, "price");
  if (cash)
    warn(checker, path, "the cash layers before release their share of the position (takes: share), so "
         "residual is always the bankruptcy price; say takes: cash there, or price: bankruptcy here");
  else
    warn(checker, path, "no cash layer comes before, so residual is always the bankruptcy price; put one "
         "before with takes: cash, or say price: bankruptcy");
}

static const char *const price_words[] = {
  [HC_PRICE_BANKRUPTCY] = "the bankruptcy price", [HC_PRICE_MARK] = "the mark",
  [HC_PRICE_PREVIOUS_MARK] = "the previous mark", [HC_PRICE_ORACLE] = "the oracle price",
  [HC_PRICE_RESIDUAL] = "the residual price", [HC_PRICE_BLEND] = "a blend",
  [HC_PRICE_FIXED] = "a fixed price"};

static void check_prices(struct checker *checker, const struct hc_layer *layer) {
  const struct hc_waterfall *w = checker->w;
  char path[48];
  if (!layer->ops->position) return;
  layer_path(path, layer->index, "price");
  bool behind = false;
  for (size_t i = layer->index + 1; i < w->count; i++) behind = behind || !w->layers[i].ops->position;
  const bool concession = layer->price.concession > 0.0;
  if (!behind && !is_bankruptcy(&layer->price) && layer->ops == hc_layer_variant_close.operations)
    warn(checker, path, "closing at %s%s leaves what is missing up to the bankruptcy price, and no cash "
         "layer behind pays that; add one, or say price: bankruptcy",
         price_words[layer->price.kind], concession ? " with a concession" : "");
  if (layer->price.kind == HC_PRICE_PREVIOUS_MARK && layer->bound == HC_BOUND_NONE)
    warn(checker, path, "the mark before the move can lie far beyond the bankruptcy price, and "
         "counterparties then pay more than is missing, without limit; say bound: bankruptcy");
  check_residual(checker, layer);
}

/* ---- what nothing uses ---------------------------------------------------------------------- */

static bool condition_reads(const struct hc_condition *condition, int fund) {
  for (size_t i = 0; i < condition->count; i++) {
    const struct hc_comparison_term *term = &condition->term[i];
    const bool metric = term->metric == HC_METRIC_BALANCE || term->metric == HC_METRIC_DRAWDOWN;
    if (metric && term->fund == fund) return true;
    if (term->value.of == HC_OF_FUND && term->value.fund == fund) return true;
  }
  return false;
}

static bool uses_fund(const struct hc_layer *layer, int fund) {
  if (layer->ops == hc_layer_variant_fund.operations && layer->fund == fund) return true;
  if (layer->has_cap && layer->cap.amount.of == HC_OF_FUND && layer->cap.amount.fund == fund) return true;
  return condition_reads(&layer->when, fund) || condition_reads(&layer->until, fund);
}

static void check_funds(struct checker *checker) {
  const struct hc_waterfall *w = checker->w;
  char path[160];
  for (size_t f = 0; f < w->funds; f++) {
    bool used = f == 0 && !(w->start.fund[0] > 0.0);
    for (size_t i = 0; i < w->count; i++) used = used || uses_fund(&w->layers[i], (int)f);
    for (size_t i = 0; i < w->switches; i++)
      used = used || condition_reads(&w->switch_[i].when, (int)f) ||
             condition_reads(&w->switch_[i].until, (int)f);
    if (used) continue;
    (void)snprintf(path, sizeof path, "%s%s", f ? "funds." : "insurance_fund.",
                   f ? w->fund_name[f] : "initial");
    warn(checker, path, "no layer uses this fund; add {verb: fund, who: %s} to the waterfall%s",
         w->fund_name[f], f ? ", or drop it" : ", or set it to 0");
  }
}

static void check_names(struct checker *checker) {
  const struct hc_waterfall *w = checker->w;
  char path[160];
  for (size_t s = 0; s < w->switches; s++) {
    bool used = false;
    for (size_t i = 0; i < w->count; i++)
      used = used || w->layers[i].only_if == (int)s || w->layers[i].unless == (int)s;
    if (used) continue;
    (void)snprintf(path, sizeof path, "switches.%s", w->switch_[s].name);
    warn(checker, path, "no layer uses this switch; name it in only_if or unless, or drop it");
  }
  for (size_t g = 0; g < w->groups; g++) {
    bool used = false;
    for (size_t i = 0; i < w->count; i++) used = used || w->layers[i].group == (int)g;
    if (used) continue;
    (void)snprintf(path, sizeof path, "groups.%s", w->group_name[g]);
    warn(checker, path, "no layer uses this group; name it in their `group`, or drop it");
  }
}

/* Classes that are there to be charged; liquidity providers may also live off fees. */
static void check_classes(struct checker *checker) {
  static const char *const groups[HC_CLASS_KINDS] = {"liquidity_providers", "members", "stakers",
                                                      "depositors", "token_holders"};
  const struct hc_waterfall *w = checker->w;
  uint32_t charged = 0;
  char path[160];
  if (w->halt < w->count) return; /* charges all */
  for (size_t i = 0; i < w->count; i++) charged |= w->layers[i].classes;
  for (size_t i = 0; i < w->classes; i++) {
    if (w->class_kind[i] == HC_KIND_OF_LP || (charged >> i & 1)) continue;
    (void)snprintf(path, sizeof path, "liquidity_providers[%zu]", i);
    warn(checker, path, "no layer charges the class %s; add {verb: assess, who: %s, base: deposit} to the "
         "waterfall, or drop it", w->class_name[i], groups[w->class_kind[i]]);
  }
}

hc_status hc_waterfall_check(const struct hc_waterfall *w, hc_waterfall_warn *warning, void *context) {
  struct checker checker = {w, warning, context, HC_OK};
  check_reach(&checker);
  for (size_t i = 0; i < w->count; i++) check_prices(&checker, &w->layers[i]);
  check_funds(&checker);
  check_names(&checker);
  check_classes(&checker);
  return checker.status;
}
