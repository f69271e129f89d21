/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From configuration to the compiled waterfall: names become numbers, texts become terms. */
#include "waterfall/waterfall.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/unit.h"
#include "waterfall/compile.h"
#include "waterfall/providers.h"

static const struct hc_variant *const verbs[] = {
  &hc_layer_variant_fund,  &hc_layer_variant_assess,   &hc_layer_variant_raise,
  &hc_layer_variant_close, &hc_layer_variant_takeover, &hc_layer_variant_redistribute,
  &hc_layer_variant_halt};
const struct hc_registry hc_layer_verbs = {"waterfall verbs", sizeof verbs / sizeof *verbs, verbs};

hc_status hc_complain_at(struct hc_complaint *complaint, const char *path, const char *key) {
  (void)snprintf(complaint->path, sizeof complaint->path, "%s%s%s", path, *key ? "." : "", key);
  return HC_INPUT;
}

bool hc_given(const char *text) { return text && text[0] != '\0'; }

int hc_waterfall_fund(const struct hc_waterfall *waterfall, const char *name) {
  if (strcmp(name, "fund") == 0) return 0;
  for (size_t i = 0; i < waterfall->funds; i++)
    if (strcmp(waterfall->fund_name[i], name) == 0) return (int)i;
  return -1;
}

/* ---- the parties ---------------------------------------------------------------------- */

/* Words of `who` that stand for groups of payers. */
static bool is_reserved(const char *name) {
  static const char *const words[] = {"winners", "all_traders", "opposite", "same_side",
                                      "liquidity_providers", "members", "stakers", "depositors",
                                      "token_holders"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i], name) == 0) return true;
  return false;
}

static hc_status compile_counterparty(struct hc_waterfall *w, size_t i, const struct hc_lp_config *class,
                                      const char *path, struct hc_complaint *complaint) {
  struct hc_error *error = &complaint->error;
  w->counterparty[i] = class->counterparty;
  w->pooled += class->counterparty;
  if (!isnan(class->payout_cap) && !(class->counterparty > 0.0))
    return hc_complain_at(complaint, path, "payout_cap"),
           hc_fail(error, HC_INPUT, "the class is not the other side of positions, so it pays traders "
                   "nothing; give counterparty, e.g. 100%%");
  if (class->counterparty > 0.0 && class->kind != HC_KIND_OF_LP)
    return hc_complain_at(complaint, path, "counterparty"),
           hc_fail(error, HC_INPUT, "only a class of kind lp can be the other side of positions");
  if (w->pooled > 1.0 + 1e-12)
    return hc_complain_at(complaint, path, "counterparty"),
           hc_fail(error, HC_INPUT, "classes together are more than 100 %% of the other side");
  return HC_OK;
}

static hc_status compile_parties(const struct hc_waterfall_inputs *in, struct hc_waterfall *w,
                                 struct hc_complaint *complaint) {
  struct hc_error *error = &complaint->error;
  if (in->funds->count + 1 > HC_MAX_FUNDS)
    return hc_complain_at(complaint, "funds", ""),
           hc_fail(error, HC_INPUT, "at most %d funds besides the insurance fund", HC_MAX_FUNDS - 1);
  w->funds = w->start.funds = in->funds->count + 1;
  w->fund_name[0] = "insurance";
  w->start.fund[0] = in->insurance;
  const struct hc_pot_config *pots = in->funds->items;
  for (size_t i = 0; i < in->funds->count; i++) {
    if (strcmp(pots[i].name, "insurance") == 0 || strcmp(pots[i].name, "fund") == 0 ||
        strcmp(pots[i].name, "lp") == 0 || strcmp(pots[i].name, "payer") == 0) {
      hc_complain_at(complaint, "funds", pots[i].name);
      return hc_fail(error, HC_INPUT, "the name %s has another meaning; choose one for the fund, "
                     "e.g. skin_in_the_game", pots[i].name);
    }
    w->fund_name[i + 1] = pots[i].name;
    w->start.fund[i + 1] = pots[i].initial;
  }
  const struct hc_lp_config *classes = in->classes->items;
  if (in->classes->count > HC_MAX_CLASSES)
    return hc_complain_at(complaint, "liquidity_providers", ""),
           hc_fail(error, HC_INPUT, "at most %d classes", HC_MAX_CLASSES);
  w->classes = w->start.classes = in->classes->count;
  for (size_t i = 0; i < w->classes; i++) {
    char path[48];
    (void)snprintf(path, sizeof path, "liquidity_providers[%zu]", i);
    if (is_reserved(classes[i].name))
      return hc_complain_at(complaint, "liquidity_providers", ""),
             hc_fail(error, HC_INPUT, "a class cannot be called %s, which stands for others in a "
                     "waterfall; choose another name", classes[i].name);
    for (size_t j = 0; j < i; j++)
      if (strcmp(classes[i].name, classes[j].name) == 0)
        return hc_complain_at(complaint, "liquidity_providers", ""),
               hc_fail(error, HC_INPUT, "two classes are called %s", classes[i].name);
    w->class_name[i] = classes[i].name;
    w->class_kind[i] = classes[i].kind;
    w->start.deposit[i] = classes[i].deposits;
    w->start.profit[i] = classes[i].profit;
    if (classes[i].kind == HC_KIND_OF_LP) {
      w->deposits += classes[i].deposits;
      w->fee_weight[i] = classes[i].deposits * classes[i].fee_share;
      w->fee_weights += w->fee_weight[i];
      w->hurdle += classes[i].deposits * classes[i].hurdle * ((double)w->steps * w->step / HC_YEAR);
    }
    hc_status status = compile_counterparty(w, i, &classes[i], path, complaint);
    if (status == HC_OK) status = hc_compile_withdrawals(w, i, &classes[i].withdrawals, complaint);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static hc_status compile_fees(const struct hc_fees_config *fees, struct hc_waterfall *w,
                              struct hc_complaint *complaint) {
  const double a_step = fees->volume * fees->rate * (w->step / HC_DAY);
  hc_complain_at(complaint, "fees", "to_lps");
  if (fees->to_fund + fees->to_lps > 1.0 + 1e-12)
    return hc_fail(&complaint->error, HC_INPUT, "to_fund and to_lps add up to more than 100 %%");
  w->fees_to_fund = a_step * fees->to_fund;
  w->fees_to_lps = a_step * fees->to_lps;
  if (w->fees_to_lps > 0.0 && !(w->fee_weights > 0.0))
    return hc_fail(&complaint->error, HC_INPUT, "no liquidity provider has deposits to share the fees by");
  return HC_OK;
}

/* Adds what a class has earned since it entered, as much a day as it will at the start. */
static hc_status compile_past(const struct hc_lp_config *class, struct hc_waterfall *w, size_t i,
                              struct hc_complaint *complaint) {
  char path[48];
  if (!(class->entered > 0.0)) return HC_OK;
  const bool earns = w->fees_to_lps > 0.0 && w->fee_weight[i] > 0.0;
  if (earns)
    w->start.profit[i] += w->fees_to_lps * (w->fee_weight[i] / w->fee_weights) * (class->entered / w->step);
  if (earns) return HC_OK;
  (void)snprintf(path, sizeof path, "liquidity_providers[%zu]", i);
  hc_complain_at(complaint, path, "entered");
  return hc_fail(&complaint->error, HC_INPUT, "it has earned nothing since then: that needs fees.volume, "
                 "fees.to_lps and a share in them; or give its profit");
}

/* What follows from what classes have. */
static hc_status compile_equity(const struct hc_list *list, struct hc_waterfall *w,
                                struct hc_complaint *complaint) {
  const struct hc_lp_config *classes = list->items;
  for (size_t i = 0; i < w->classes; i++) {
    const hc_status status = compile_past(&classes[i], w, i, complaint);
    if (status != HC_OK) return status;
    const double cap = classes[i].payout_cap, profit = w->start.profit[i];
    w->payout[i] = isnan(cap) ? HUGE_VAL : cap * (w->start.deposit[i] + (profit > 0.0 ? profit : 0.0));
  }
  w->lp_equity = hc_pots_lp_equity(w, &w->start);
  return HC_OK;
}

/* ---- terms ------------------------------------------------------------------------------ */

static hc_status look_back(struct hc_waterfall *w, int fund, double window, struct hc_error *error) {
  for (size_t i = 0; i < w->peaks; i++)
    if (w->peak[i].fund == fund && w->peak[i].window == window) return HC_OK;
  if (w->peaks == HC_STATE_PEAKS)
    return hc_fail(error, HC_INPUT, "at most %d different windows look back at funds", HC_STATE_PEAKS);
  w->peak[w->peaks++] = (struct hc_peak_key){fund, window};
  return HC_OK;
}

static hc_status bind_fund(const struct hc_waterfall *w, const char *name, int *fund,
                           struct hc_error *error) {
  *fund = hc_waterfall_fund(w, name);
  if (*fund >= 0) return HC_OK;
  return hc_fail(error, HC_INPUT, "no fund is called %s; expected fund (the insurance fund) or a "
                 "name of `funds`", name);
}

static hc_status bind_amount(struct hc_waterfall *w, struct hc_amount *amount,
                             struct hc_error *error) {
  if (amount->of != HC_OF_FUND) return HC_OK;
  const hc_status status = bind_fund(w, amount->name, &amount->fund, error);
  if (status != HC_OK || amount->when != HC_WHEN_PEAK) return status;
  return look_back(w, amount->fund, amount->window, error);
}

hc_status hc_amount_at_start(const struct hc_waterfall *w, const char *text, double *amount,
                             struct hc_error *error) {
  struct hc_cap cap;
  struct hc_amount *a = &cap.amount;
  hc_status status = hc_cap_parse(text, &cap, error);
  if (status == HC_OK && a->of == HC_OF_FUND) status = bind_fund(w, a->name, &a->fund, error);
  if (status != HC_OK) return status;
  if (a->of == HC_OF_PAYER || a->when == HC_WHEN_PEAK || cap.per != HC_PER_SETTLEMENT)
    return hc_fail(error, HC_INPUT, "%s has no meaning at the start; expected USD or a share of lp or of a "
                   "fund, e.g. 150%% of lp", text);
  *amount = a->of == HC_OF_LP ? a->value * w->lp_equity
            : a->of == HC_OF_FUND ? a->value * w->start.fund[a->fund] : a->value;
  return HC_OK;
}

hc_status hc_compile_condition(struct hc_waterfall *w, const char *text,
                               struct hc_condition *condition, struct hc_error *error) {
  *condition = (struct hc_condition){0};
  if (!hc_given(text)) return HC_OK;
  hc_status status = hc_condition_parse(text, condition, error);
  for (size_t i = 0; status == HC_OK && i < condition->count; i++) {
    struct hc_comparison_term *term = &condition->term[i];
    status = bind_amount(w, &term->value, error);
    if (status == HC_OK && (term->metric == HC_METRIC_BALANCE || term->metric == HC_METRIC_DRAWDOWN))
      status = bind_fund(w, term->name, &term->fund, error);
    if (status == HC_OK && term->metric == HC_METRIC_DRAWDOWN)
      status = look_back(w, term->fund, term->window, error);
    if (status == HC_OK && term->metric == HC_METRIC_PNL_DRAWDOWN) {
      status = look_back(w, -1, term->window, error);
      if (status == HC_OK) status = look_back(w, 0, term->window, error);
    }
  }
  return status;
}

static hc_status compile_switches(const struct hc_waterfall_inputs *in, struct hc_waterfall *w,
                                  struct hc_complaint *complaint) {
  const struct hc_switch_config *switches = in->switches->items;
  struct hc_error *error = &complaint->error;
  if (in->switches->count > HC_MAX_SWITCHES)
    return hc_complain_at(complaint, "switches", ""),
           hc_fail(error, HC_INPUT, "at most %d switches", HC_MAX_SWITCHES);
  w->switches = in->switches->count;
  for (size_t i = 0; i < w->switches; i++) {
    struct hc_switch *s = &w->switch_[i];
    char path[120];
    (void)snprintf(path, sizeof path, "switches.%s", switches[i].name);
    s->name = switches[i].name;
    (void)hc_complain_at(complaint, path, "when");
    if (!hc_given(switches[i].when))
      return hc_fail(error, HC_INPUT, "a switch needs a condition, e.g. fund.drawdown(8h) > 30%%");
    hc_status status = hc_compile_condition(w, switches[i].when, &s->when, error);
    if (status != HC_OK) return status;
    (void)hc_complain_at(complaint, path, "until");
    status = hc_compile_condition(w, switches[i].until, &s->until, error);
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static hc_status compile_groups(const struct hc_waterfall_inputs *in, struct hc_waterfall *w,
                                struct hc_complaint *complaint) {
  const struct hc_group_config *groups = in->groups->items;
  if (in->groups->count > HC_MAX_GROUPS)
    return hc_complain_at(complaint, "groups", ""),
           hc_fail(&complaint->error, HC_INPUT, "at most %d groups", HC_MAX_GROUPS);
  w->groups = in->groups->count;
  for (size_t i = 0; i < w->groups; i++) {
    w->group_name[i] = groups[i].name;
    w->group_overflow[i] = groups[i].overflow;
  }
  return HC_OK;
}

static hc_status compile_pause(const struct hc_pause_config *pause, struct hc_waterfall *w,
                               struct hc_complaint *complaint) {
  if (!pause || !hc_given(pause->when)) return HC_OK;
  hc_complain_at(complaint, "pause", "when");
  w->pause_steps = hc_multiple(w, 1, pause->lasts);
  return hc_compile_condition(w, pause->when, &w->pause, &complaint->error);
}

/* ---- layers ----------------------------------------------------------------------------- */

static hc_status find_switch(const struct hc_waterfall *w, const char *name, int *index,
                             struct hc_error *error) {
  *index = -1;
  if (!hc_given(name)) return HC_OK;
  for (size_t i = 0; i < w->switches; i++)
    if (strcmp(w->switch_[i].name, name) == 0) {
      *index = (int)i;
      return HC_OK;
    }
  return hc_fail(error, HC_INPUT, "no switch is called %s; define it in `switches`, e.g. "
                 "switches: {%s: {when: fund.balance <= 0}}", name, name);
}

static hc_status compile_switching(struct hc_waterfall *w, const struct hc_layer_config *config,
                                   const char *path, struct hc_layer *layer,
                                   struct hc_complaint *complaint) {
  struct hc_error *error = &complaint->error;
  hc_complain_at(complaint, path, "when");
  hc_status status = hc_compile_condition(w, config->when, &layer->when, error);
  if (status != HC_OK) return status;
  hc_complain_at(complaint, path, "until");
  status = hc_compile_condition(w, config->until, &layer->until, error);
  if (status != HC_OK) return status;
  if (layer->until.count && !layer->when.count)
    return hc_fail(error, HC_INPUT, "there is no `when`, so the layer is always on; say when it is "
                   "turned on");
  hc_complain_at(complaint, path, "only_if");
  status = find_switch(w, config->only_if, &layer->only_if, error);
  if (status != HC_OK) return status;
  hc_complain_at(complaint, path, "unless");
  return find_switch(w, config->unless, &layer->unless, error);
}

static hc_status compile_cap(struct hc_waterfall *w, const struct hc_layer_config *config,
                             const char *path, struct hc_layer *layer,
                             struct hc_complaint *complaint) {
  if (!hc_given(config->cap)) return HC_OK;
  hc_complain_at(complaint, path, "cap");
  hc_status status = hc_cap_parse(config->cap, &layer->cap, &complaint->error);
  if (status == HC_OK) status = bind_amount(w, &layer->cap.amount, &complaint->error);
  if (status != HC_OK) return status;
  layer->payer_cap = layer->cap.amount.of == HC_OF_PAYER;
  layer->has_cap = !layer->payer_cap;
  if (layer->payer_cap && layer->cap.amount.when != HC_WHEN_NOW)
    return hc_fail(&complaint->error, HC_INPUT, "payers have no past: say \"of payer\"");
  if (layer->payer_cap && layer->cap.per != HC_PER_SETTLEMENT)
    return hc_fail(&complaint->error, HC_INPUT, "a cap on each payer holds at each settlement; leave "
                   "`per` out");
  return HC_OK;
}

static hc_status compile_group(const struct hc_waterfall *w, const struct hc_layer_config *config,
                               const char *path, struct hc_layer *layer,
                               struct hc_complaint *complaint) {
  layer->group = -1;
  layer->share = config->share;
  if (!hc_given(config->group)) {
    hc_complain_at(complaint, path, "share");
    if (!isnan(config->share))
      return hc_fail(&complaint->error, HC_INPUT, "a share is of a group's demand; name the group");
    return HC_OK;
  }
  hc_complain_at(complaint, path, "group");
  for (size_t i = 0; i < w->groups; i++)
    if (strcmp(w->group_name[i], config->group) == 0) layer->group = (int)i;
  if (layer->group < 0)
    return hc_fail(&complaint->error, HC_INPUT, "no group is called %s; define it in `groups`, e.g. "
                   "groups: {%s: {overflow: true}}", config->group, config->group);
  if (isnan(config->share))
    return hc_fail(&complaint->error, HC_INPUT, "a layer of a group needs its share of the demand, "
                   "e.g. share: 65%%");
  return HC_OK;
}

static hc_status compile_layer(struct hc_waterfall *w, const struct hc_layer_config *config,
                               size_t index, struct hc_complaint *complaint) {
  struct hc_layer *layer = &w->layers[index];
  const struct hc_variant *verb = verbs[config->verb.index];
  char path[32];
  (void)snprintf(path, sizeof path, "waterfall[%zu]", index);
  *layer = (struct hc_layer){.ops = verb->operations, .name = verb->name, .index = index,
                             .severity = config->severity, .limit = -1, .hold = (double)NAN,
                             .time = {.kind = HC_TIME_NOW}};
  hc_status status = compile_switching(w, config, path, layer, complaint);
  if (status == HC_OK) status = compile_cap(w, config, path, layer, complaint);
  if (status == HC_OK) status = compile_group(w, config, path, layer, complaint);
  if (status != HC_OK) return status;
  hc_complain_at(complaint, path, "");
  status = layer->ops->compile(layer, config->verb.parameters, w, complaint);
  if (status == HC_OK && layer->payer_cap && layer->ops->position)
    status = hc_complain_at(complaint, path, "cap"),
    hc_fail(&complaint->error, status, "a position layer is capped in USD of notional, not by payer");
  return status;
}

/* Whether what one of them takes is gone for the other. */
static bool draw_on_one_purse(const struct hc_layer *a, const struct hc_layer *b) {
  if (a->ops != b->ops) return false;
  if (a->payer == HC_PAYER_FUND) return a->fund == b->fund;
  if (a->accounts || (a->ops->position && a->payer == HC_PAYER_TRADER)) return true;
  if (a->ops->position || !(a->classes & b->classes)) return false;
  return a->base == b->base || a->base == HC_BASE_EQUITY || b->base == HC_BASE_EQUITY;
}

/* What members leave is offered by what each could still pay: none may count another's money. */
static hc_status check_purses(const struct hc_waterfall *w, size_t first, size_t end,
                              struct hc_complaint *complaint) {
  char path[32];
  const int group = w->layers[first].group;
  if (!w->group_overflow[group]) return HC_OK;
  for (size_t i = first; i < end; i++)
    for (size_t j = first; j < i; j++) {
      if (!draw_on_one_purse(&w->layers[j], &w->layers[i])) continue;
      (void)snprintf(path, sizeof path, "waterfall[%zu]", i);
      hc_complain_at(complaint, path, "group");
      return hc_fail(&complaint->error, HC_INPUT, "waterfall[%zu] of group %s draws on the same money; "
                     "make them one layer with both shares, or set groups.%s.overflow: false",
                     w->layers[j].index, w->group_name[group], w->group_name[group]);
    }
  return HC_OK;
}

/* The group whose layers are [first, end): no more of it behind, one kind, shares that add up to 1. */
static hc_status check_group(const struct hc_waterfall *w, size_t first, size_t end,
                             struct hc_complaint *complaint) {
  const int group = w->layers[first].group;
  char path[32];
  for (size_t i = end; i < w->count; i++) {
    if (w->layers[i].group != group) continue;
    (void)snprintf(path, sizeof path, "waterfall[%zu]", i);
    hc_complain_at(complaint, path, "group");
    return hc_fail(&complaint->error, HC_INPUT, "layers of a group must be neighbours: another of "
                   "group %s comes earlier", w->group_name[group]);
  }
  double sum = 0.0;
  for (size_t i = first; i < end; i++) {
    sum += w->layers[i].share;
    if (w->layers[i].ops->position == w->layers[first].ops->position) continue;
    (void)snprintf(path, sizeof path, "waterfall[%zu]", i);
    hc_complain_at(complaint, path, "group");
    return hc_fail(&complaint->error, HC_INPUT, "a group mixes cash and position layers (%s and %s); "
                   "split it", w->layers[first].name, w->layers[i].name);
  }
  if (fabs(sum - 1.0) <= 1e-9) return check_purses(w, first, end, complaint);
  (void)snprintf(path, sizeof path, "waterfall[%zu]", first);
  hc_complain_at(complaint, path, "share");
  return hc_fail(&complaint->error, HC_INPUT, "shares of group %s add up to %.6g, not to 1",
                 w->group_name[group], sum);
}

static hc_status check_groups(const struct hc_waterfall *w, struct hc_complaint *complaint) {
  for (size_t i = 0, end; i < w->count; i = end) {
    const int group = w->layers[i].group;
    for (end = i + 1; end < w->count && group >= 0 && w->layers[end].group == group;) end++;
    const hc_status status = group >= 0 ? check_group(w, i, end, complaint) : HC_OK;
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

/* What the engine can leave out where no layer asks for it. */
static hc_status summarise(struct hc_waterfall *w, double in_asset, struct hc_complaint *complaint) {
  w->shares_inflow = isfinite(w->fund_target);
  for (size_t i = 0; i < w->count; i++) w->shares_inflow = w->shares_inflow || w->layers[i].payback > 0.0;
  w->first_position = w->count;
  w->halt = w->count;
  w->always = w->switches > 0 || w->pause.count > 0;
  w->plain = w->count > 0 && !w->flees && !(in_asset > 0.0) && !(w->pooled > 0.0) &&
             !w->shares_inflow;
  for (size_t i = w->count; i-- > 0;) {
    const struct hc_layer *layer = &w->layers[i];
    const bool session = layer->base == HC_BASE_SESSION_PROFIT && layer->accounts;
    if (layer->ops->position) w->first_position = i;
    if (layer->ops->ends) w->halt = i;
    if (layer->ops->position || layer->accounts || layer->ops->ends) w->needs_crowd = true;
    if (layer->ops->position && layer->price.kind == HC_PRICE_PREVIOUS_MARK) w->needs_previous = true;
    if (layer->when.count) w->always = true;
    if (layer->time.kind != HC_TIME_NOW) w->defers = true;
    if (layer->ops->position || layer->ops->ends || layer->time.kind != HC_TIME_NOW) w->plain = false;
    if (layer->ops == hc_layer_variant_takeover.operations && !isnan(layer->unwind))
      w->unwinding[layer->classes ? HC_STOCK_LP : HC_STOCK_TAKER] = (struct hc_unwinding){
        layer->unwind, hc_multiple(w, 1, layer->every)}; /* from the last: the first stays */
    if (!session) continue;
    const double length = layer->time.kind == HC_TIME_SESSION ? layer->time.length : 0.0;
    if (w->needs_session && w->session != length) {
      char path[32];
      (void)snprintf(path, sizeof path, "waterfall[%zu]", i);
      hc_complain_at(complaint, path, "time");
      return hc_fail(&complaint->error, HC_INPUT, "layers on session_profit must have sessions of one "
                     "length");
    }
    w->needs_session = true;
    w->session = length;
  }
  const struct hc_layer *first = &w->layers[0];
  w->plain = w->plain && first->ops == hc_layer_variant_fund.operations && first->fund == 0 &&
             first->severity >= 1.0 && !first->has_cap && !first->payer_cap && !first->when.count &&
             first->only_if < 0 && first->unless < 0 && first->group < 0;
  return HC_OK;
}

hc_status hc_waterfall_compile(const struct hc_waterfall_inputs *in, struct hc_waterfall *w,
                               struct hc_complaint *complaint) {
  *w = (struct hc_waterfall){.step = in->step, .steps = in->steps, .beyond_to_lps = in->beyond_to_lps,
                             .fund_target = in->target > 0.0 ? in->target : HUGE_VAL};
  *complaint = (struct hc_complaint){0};
  hc_status status = compile_parties(in, w, complaint);
  if (status == HC_OK) status = compile_fees(in->fees, w, complaint);
  if (status == HC_OK) status = compile_equity(in->classes, w, complaint);
  if (status == HC_OK) status = compile_switches(in, w, complaint);
  if (status == HC_OK) status = compile_pause(in->pause, w, complaint);
  if (status == HC_OK) status = compile_groups(in, w, complaint);
  if (status != HC_OK) return status;
  if (in->layers->count > HC_MAX_LAYERS)
    return hc_complain_at(complaint, "waterfall", ""),
           hc_fail(&complaint->error, HC_INPUT, "a waterfall has at most %d layers", HC_MAX_LAYERS);
  w->count = in->layers->count;
  for (size_t i = 0; i < w->count; i++) {
    status = compile_layer(w, &HC_ITEMS(*in->layers, struct hc_layer_config)[i], i, complaint);
    if (status != HC_OK) return status;
  }
  status = check_groups(w, complaint);
  return status == HC_OK ? summarise(w, in->in_asset, complaint) : status;
}
