/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "config/digest.h"
#include "config/unit.h"
#include "scenario/build.h"
#include "waterfall/state.h"

#define MAX_STEPS ((int64_t)1 << 31)

static hc_status complain(struct build *build, const char *path, const char *format, ...)
  HC_PRINTF(3, 4);
static hc_status complain(struct build *build, const char *path, const char *format, ...) {
  char text[900];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return hc_build_complain(build, path, text);
}

hc_status hc_build_complain(struct build *build, const char *path, const char *text) {
  const hc_status status =
    hc_config_complain(build->scenario->config, build->diagnostics, false, path, "%s", text);
  return status == HC_OK ? HC_INPUT : status;
}

hc_status hc_build_warn(void *build, const char *path, const char *text) {
  struct build *b = build;
  return hc_config_complain(b->scenario->config, b->diagnostics, true, path, "%s", text);
}

static hc_status build_grid(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_simulation_config *simulation = &s->values->simulation;
  const double ratio = simulation->horizon / simulation->step;
  const double steps = floor(ratio + 0.5);
  if (!(steps >= 1.0) || fabs(ratio - steps) > 1e-9 * ratio)
    return complain(build, "simulation.step",
                    "horizon/step must be a whole number of steps, not %.10g; change one of them",
                    ratio);
  if (steps >= (double)MAX_STEPS)
    return complain(build, "simulation.step", "%.0f steps are too many (at most 2^31 - 1); "
                    "lengthen the step or shorten the horizon", steps);
  s->grid = (struct hc_grid){
    .steps = (int64_t)steps,
    .step = simulation->step,
    .year = simulation->step / HC_YEAR,
    .seed = (uint64_t)simulation->seed,
  };
  if (simulation->horizon > 3.0 * 86400.0) {
    const hc_status status = hc_config_complain(
      s->config, build->diagnostics, true, "simulation.horizon",
      "the book is static: results beyond 3 days say little about accounts that would have "
      "changed by then");
    if (status != HC_OK) return status;
  }
  return HC_OK;
}

static hc_status check_shock(struct build *build, const char *name,
                             const struct hc_shock_config *shock) {
  char path[256];
  if (!shock) return HC_OK;
  if (shock->at >= build->scenario->values->simulation.horizon) {
    (void)snprintf(path, sizeof path, "markets.%s.price.shock.at", name);
    const hc_status status = hc_config_complain(
      build->scenario->config, build->diagnostics, true, path,
      "the shock starts at or after the horizon, so it never acts");
    if (status != HC_OK) return status;
  }
  if (shock->recovery > 0.0 && isnan(shock->recovery_half_life)) {
    (void)snprintf(path, sizeof path, "markets.%s.price.shock.recovery", name);
    return complain(build, path, "a recovery needs recovery_half_life, e.g. 1h");
  }
  return HC_OK;
}

/* Tiers to rates r_j and deductions d_j = d_{j-1} + (r_j - r_{j-1}) bound_{j-1}. */
static hc_status build_margin(struct build *build, const struct hc_market_config *market) {
  struct hc_scenario *s = build->scenario;
  const struct hc_tier_config *tiers = market->margin.maintenance.items;
  const size_t count = market->margin.maintenance.count;
  char path[256];
  (void)snprintf(path, sizeof path, "markets.%s.margin.maintenance", market->name);
  if (count == 0) return complain(build, path, "needs a rate or at least one tier");
  s->rate = calloc(count, sizeof *s->rate);
  s->deduction = calloc(count, sizeof *s->deduction);
  if (!s->rate || !s->deduction) return hc_fail(build->error, HC_NO_MEMORY, "no memory for tiers");
  for (size_t j = 0; j < count; j++) {
    s->rate[j] = tiers[j].rate;
    (void)snprintf(path, sizeof path, "markets.%s.margin.maintenance[%zu]", market->name, j);
    if (j == 0) continue;
    if (isnan(tiers[j - 1].up_to))
      return complain(build, path, "the tier before it has no up_to, so this one is never reached");
    if (tiers[j].rate <= tiers[j - 1].rate)
      return complain(build, path, "rates must rise from tier to tier");
    if (!isnan(tiers[j].up_to) && tiers[j].up_to <= tiers[j - 1].up_to)
      return complain(build, path, "up_to must rise from tier to tier");
    s->deduction[j] =
      s->deduction[j - 1] + (tiers[j].rate - tiers[j - 1].rate) * tiers[j - 1].up_to;
  }
  s->pass_through = market->margin.pass_through;
  s->market = (struct hc_book_market){
    .name = market->name,
    .initial = market->price.initial,
    .tiers = count,
    .rate = s->rate,
    .deduction = s->deduction,
    .limit = isnan(tiers[count - 1].up_to) ? HUGE_VAL : tiers[count - 1].up_to,
  };
  return HC_OK;
}

static hc_status build_decay(struct build *build) {
  struct hc_scenario *s = build->scenario;
  s->decay_exponent = s->impact.law->decay(&s->impact);
  if (isinf(s->impact.half_life)) return HC_OK;
  const size_t count = (size_t)s->grid.steps + 1;
  /* 64 entries on both sides, so that whole blocks can be read wherever they start. */
  s->decay_store = malloc((count + 2 * 64) * sizeof *s->decay_store);
  s->decay = s->decay_store ? s->decay_store + 64 : NULL;
  if (!s->decay)
    return hc_fail(build->error, HC_NO_MEMORY, "no memory for %zu decay factors; lengthen the step",
                   count);
  const double rate =
    (s->decay_exponent > 0.0 ? s->decay_exponent : 1.0) * (s->grid.step / s->impact.half_life);
  for (size_t j = 0; j < 64; j++) s->decay_store[j] = 1.0;
  for (size_t j = 0; j < count; j++) s->decay[j] = hc_exp2(-(double)j * rate);
  for (size_t j = count; j < count + 64; j++) s->decay[j] = 0.0;
  return HC_OK;
}

/* Prices must stay representable: within 40 deviations of the log price at the horizon. */
static hc_status check_range(struct build *build, const char *name) {
  const struct hc_price *price = &build->scenario->price;
  const double years = (double)price->grid.steps * price->grid.year;
  const double reach = fabs(price->log_initial) + fabs(price->drift) * years +
                       40.0 * price->sigma * sqrt(years) + fabs(price->shock_peak);
  if (reach < 650.0) return HC_OK;
  char path[256];
  (void)snprintf(path, sizeof path, "markets.%s.price", name);
  return complain(build, path, "drift and volatility over this horizon take the price beyond what "
                  "a number can hold; lower them or shorten simulation.horizon");
}

static hc_status build_market(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_list *markets = &s->values->markets;
  if (markets->count != 1)
    return complain(build, "markets", "%zu markets are given; this version simulates exactly one",
                    markets->count);
  const struct hc_market_config *market = markets->items;
  hc_status status = check_shock(build, market->name, market->price.shock);
  if (status != HC_OK) return status;
  struct hc_error error = {0};
  status = hc_price_compile(&market->price, &s->grid, &s->price, &error);
  if (status == HC_INPUT) {
    char path[256];
    (void)snprintf(path, sizeof path, "markets.%s.price", market->name);
    return complain(build, path, "%s", error.message);
  }
  if (status != HC_OK) return hc_fail(build->error, status, "%s", error.message);
  status = check_range(build, market->name);
  if (status != HC_OK) return status;
  const char *why = "";
  status = hc_impact_compile(&market->liquidity, s->price.volatility, &s->impact, &why);
  if (status == HC_INPUT) {
    char path[256];
    (void)snprintf(path, sizeof path, "markets.%s.liquidity.impact", market->name);
    return complain(build, path, "%s", why);
  }
  if (status != HC_OK) return hc_fail(build->error, status, "no memory for the depth table");
  s->impact_none = hc_impact_none(&s->impact);
  status = build_margin(build, market);
  if (status != HC_OK) return status;
  /* Replay starts at its own level unless it is rescaled. */
  s->market.initial = s->price.initial;
  return build_decay(build);
}

static hc_status build_limit(struct build *build, const char *name, const char *text, double *limit) {
  char path[64];
  struct hc_error error = {0};
  *limit = HUGE_VAL;
  if (!text || !*text) return HC_OK;
  const hc_status status = hc_amount_at_start(&build->scenario->waterfall, text, limit, &error);
  (void)snprintf(path, sizeof path, "guards.%s", name);
  return status == HC_INPUT ? complain(build, path, "%s", error.message) : status;
}

static hc_status build_guards(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_guards_config *guards = &s->values->guards;
  s->limits.refuse = guards->beyond == HC_BEYOND_REFUSE;
  hc_status status = build_limit(build, "open_interest", guards->open_interest, &s->limits.open_interest);
  if (status == HC_OK) status = build_limit(build, "skew", guards->skew, &s->limits.skew);
  if (status == HC_OK) status = build_limit(build, "account", guards->account, &s->limits.account);
  return status;
}

static hc_status build_deleverage(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_deleverage_config *config = &s->values->guards.deleverage;
  static const char path[] = "guards.deleverage";
  if (isnan(config->when) && isnan(config->to)) return HC_OK;
  if (isnan(config->when) || isnan(config->to) || !(config->to < config->when))
    return complain(build, path, "give when and a lower to, e.g. {when: 85%%, to: 77%%}");
  if (!(s->waterfall.pooled > 0.0))
    return complain(build, path, "no liquidity provider is the other side of positions; give one "
                    "counterparty, e.g. 100%%");
  s->deleverage = (struct hc_deleverage){
    .on = true, .when = config->when, .to = config->to,
    .score = hc_scores.variants[config->score.index]->operations};
  s->needs_crowd = true;
  s->reflects = 0;
  return HC_OK;
}

static hc_status build_losses(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_root_config *v = s->values;
  s->fund = v->insurance_fund.initial;
  s->counterfactual = v->output.counterfactual;
  const struct hc_waterfall_inputs inputs = {
    .layers = &v->waterfall, .classes = &v->liquidity_providers, .funds = &v->funds,
    .switches = &v->switches, .groups = &v->groups, .insurance = v->insurance_fund.initial,
    .in_asset = v->insurance_fund.in_asset, .target = v->insurance_fund.target,
    .beyond_to_lps = v->insurance_fund.beyond == HC_BEYOND_LPS,
    .fees = &v->fees, .pause = &v->pause, .step = s->grid.step, .steps = s->grid.steps};
  struct hc_complaint complaint;
  hc_status status = hc_waterfall_compile(&inputs, &s->waterfall, &complaint);
  if (status != HC_OK) return complain(build, complaint.path, "%s", complaint.error.message);
  status = hc_waterfall_check(&s->waterfall, hc_build_warn, build);
  if (status != HC_OK) return status;
  s->reflects = s->waterfall.plain;
  if (v->insurance_fund.beyond == HC_BEYOND_LPS && !(s->waterfall.fee_weights > 0.0))
    return complain(build, "insurance_fund.beyond", "no liquidity provider has deposits to share by; say "
                    "treasury");
  if (v->insurance_fund.target < v->insurance_fund.initial)
    return complain(build, "insurance_fund.target", "is below what the fund has at the start (initial)");
  status = hc_build_liquidation(build);
  return status == HC_OK ? build_guards(build) : status;
}

/* What the insurance fund holds of the market's asset, whose price is known by now. */
static hc_status build_fund(struct build *build) {
  struct hc_scenario *s = build->scenario;
  struct hc_pots *start = &s->waterfall.start;
  start->fund_mark = s->price.initial;
  start->fund_units = s->values->insurance_fund.in_asset * start->fund[0] / s->price.initial;
  return HC_OK;
}

/* Digest of all that decides outcomes: parameters, and the content of CSV inputs. */
static hc_status build_digest(struct build *build) {
  struct hc_scenario *s = build->scenario;
  /* Names of files do not decide outcomes; their content is hashed below. */
  char replay_file[256];
  (void)snprintf(replay_file, sizeof replay_file, "markets.%s.price.file", s->market.name);
  const char *const except[] = {"name",   "scenario", "simulation.paths", "simulation.precision",
                                "simulation.max_paths", "output", "sweep", "book.file", replay_file, NULL};
  char text[4 * 65 + 32];
  char parameters[65];
  hc_config_digest(s->config, except, parameters);
  (void)snprintf(text, sizeof text, "%s\n%s\n%d\n%s", parameters, s->book[0].book.digest,
                 s->counterfactual, s->price.model->walk ? (const char *)s->price.data : "");
  hc_sha256_hex(text, strlen(text), s->digest);
  return HC_OK;
}

hc_status hc_scenario_create(const struct hc_config *config, struct hc_scenario **scenario,
                             struct hc_diagnostics *diagnostics, struct hc_error *error) {
  return hc_scenario_create_with(config, NULL, scenario, diagnostics, error);
}

hc_status hc_scenario_create_with(const struct hc_config *config, struct hc_book_cache *cache,
                                  struct hc_scenario **scenario, struct hc_diagnostics *diagnostics,
                                  struct hc_error *error) {
  static hc_status (*const stages[])(struct build *) = {
    build_grid, build_losses, build_market, hc_build_backstop_levels, build_deleverage, build_fund,
    hc_build_books, build_digest};
  *scenario = NULL;
  struct hc_scenario *s = calloc(1, sizeof *s);
  if (!s) return hc_fail(error, HC_NO_MEMORY, "no memory for a scenario");
  s->config = config;
  s->values = hc_config_values(config);
  struct build build = {s, diagnostics, error, cache};
  hc_status first = HC_OK;
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    const hc_status status = stages[i](&build);
    if (status == HC_OK) continue;
    first = status;
    /* Losses and markets are checked both, so that a user sees all errors at once. */
    if (status == HC_INPUT && stages[i] == build_losses) {
      (void)build_market(&build);
    }
    break;
  }
  if (first != HC_OK) {
    hc_scenario_free(s);
    return first;
  }
  *scenario = s;
  return HC_OK;
}

void hc_scenario_free(struct hc_scenario *s) {
  if (!s) return;
  hc_books_release(s->shared);
  hc_price_free(&s->price);
  hc_impact_free(&s->impact);
  free(s->rate);
  free(s->deduction);
  free(s->backstop_tiers);
  free(s->decay_store);
  free(s);
}
