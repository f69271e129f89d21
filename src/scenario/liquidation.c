/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How positions are liquidated: docs/model.md, Partial liquidation to Backstop. */
#include <math.h>
#include <stdlib.h>

#include "scenario/build.h"
#include "waterfall/compile.h"

static hc_status complain(struct build *build, const char *path, const char *text) {
  return hc_build_complain(build, path, text);
}

/* Steps that last as long, rounded up; beyond the horizon all are the same. */
static int64_t steps_of(const struct hc_scenario *s, double seconds) {
  const double beyond = (double)(s->grid.steps + 1) * s->grid.step;
  const double bounded = seconds < beyond ? seconds : beyond;
  return bounded > 0.0 ? hc_multiple(&s->waterfall, 1, bounded) : 0;
}

static hc_status build_fee(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_liquidation_config *liquidation = &s->values->liquidation;
  s->fee = liquidation->fee;
  s->fee_to_fund = liquidation->fee_to_fund;
  s->fee_to_lps = liquidation->fee_to_lps;
  s->margin_to_fund = liquidation->remaining_margin == HC_MARGIN_TO_FUND;
  s->fifo = liquidation->order_flow == HC_FLOW_FIFO;
  if (s->fee_to_fund + s->fee_to_lps > 1.0 + 1e-12)
    return complain(build, "liquidation.fee_to_lps", "fee_to_fund and fee_to_lps add up to more than 100 %");
  if (s->fee_to_lps > 0.0 && !(s->waterfall.fee_weights > 0.0))
    return complain(build, "liquidation.fee_to_lps", "no liquidity provider has deposits to share the fee "
                    "by");
  return HC_OK;
}

static hc_status build_partial(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_partial_config *partial = &s->values->liquidation.partial;
  const double most = isnan(partial->most) ? HUGE_VAL : partial->most;
  s->partial = (struct hc_partial){
    .on = partial->share < 1.0 || isfinite(most),
    .share = partial->share,
    .most = most,
    .above = partial->above,
    .cooldown = steps_of(s, partial->cooldown),
    .whole = partial->meanwhile == HC_MEANWHILE_WHOLE,
  };
  if (s->partial.whole && s->partial.cooldown == 0)
    return complain(build, "liquidation.partial.meanwhile", "without a cooldown there is no meanwhile; "
                    "give liquidation.partial.cooldown, e.g. 30s");
  if (s->partial.on || !(partial->above > 0.0 || partial->cooldown > 0.0)) return HC_OK;
  return hc_build_warn(build, "liquidation.partial", "share is 100 %, so positions are closed whole and the "
                       "other keys do nothing; give a share, e.g. 20%, or most, e.g. 100k");
}

static hc_status build_delay(struct build *build) {
  struct hc_scenario *s = build->scenario;
  s->delay = steps_of(s, s->values->liquidation.delay);
  if (s->delay < s->grid.steps) return HC_OK;
  return complain(build, "liquidation.delay", "reaches the horizon, so nothing would ever be sold; shorten "
                  "it or lengthen simulation.horizon");
}

/* Windows shorter than a step: as many as fit into one. */
static hc_status build_quota(struct build *build, double amount, double per, const char *path,
                             const char *wanted, struct hc_quota *quota) {
  const double step = build->scenario->grid.step;
  *quota = (struct hc_quota){HUGE_VAL, 1};
  if (isnan(amount) && isnan(per)) return HC_OK;
  if (isnan(amount) || isnan(per)) return complain(build, path, wanted);
  *quota = (struct hc_quota){per < step ? amount * (step / per) : amount, steps_of(build->scenario, per)};
  return HC_OK;
}

static hc_status build_capacity(struct build *build, const struct hc_capacity_config *config,
                                const char *path, struct hc_quota *quota) {
  return build_quota(build, config->notional, config->per, path,
                     "notional and per belong together, e.g. {notional: 10M, per: 1m}", quota);
}

static hc_status build_rations(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_liquidation_config *config = &s->values->liquidation;
  hc_status status = build_capacity(build, &config->capacity, "liquidation.capacity", &s->capacity);
  if (status == HC_OK)
    status = build_quota(build, config->loss_limit.loss, config->loss_limit.per, "liquidation.loss_limit",
                         "loss and per belong together, e.g. {loss: 1M, per: 1s}", &s->loss_limit);
  s->rations = isfinite(s->capacity.amount) || isfinite(s->loss_limit.amount);
  return status;
}

/* ---- backstop --------------------------------------------------------------------------------- */

static hc_status build_taker(struct build *build, const char *who) {
  struct hc_scenario *s = build->scenario;
  int kind = HC_KIND_OF_LP;
  const bool classes = hc_classes_named(&s->waterfall, who, &kind) != 0;
  s->backstop.stock = classes ? HC_STOCK_LP : HC_STOCK_TAKER;
  if (classes && kind != HC_KIND_OF_LP)
    return complain(build, "liquidation.backstop.who", "they are not liquidity providers; positions are "
                    "taken over by classes of kind lp or by an outside taker");
  /* What they win or lose by their stock does not come from the fund. */
  if (classes) s->reflects = 0;
  return HC_OK;
}

static hc_status build_backstop_price(struct build *build, const char *text) {
  static const char path[] = "liquidation.backstop.price";
  struct hc_exec_price *price = &build->scenario->backstop.price;
  struct hc_error error = {0};
  if (hc_exec_price_parse(text ? text : "", price, &error) != HC_OK)
    return complain(build, path, error.message);
  if (price->kind == HC_PRICE_BANKRUPTCY || price->kind == HC_PRICE_MARK || price->kind == HC_PRICE_BLEND ||
      price->kind == HC_PRICE_ORACLE)
    return HC_OK;
  return complain(build, path, "a backstop pays bankruptcy, mark, oracle or a blend of the first two, e.g. "
                  "blend(2/3): the position is not bankrupt, so there is no residual, and it has no price "
                  "of its own");
}

/* The stock's orders, which a layer that fills it may have planned too. */
static hc_status build_unwinding(struct build *build, const struct hc_backstop_config *config) {
  struct hc_scenario *s = build->scenario;
  struct hc_unwinding *plan = &s->waterfall.unwinding[s->backstop.stock];
  if (isnan(config->unwind) != isnan(config->every))
    return complain(build, isnan(config->unwind) ? "liquidation.backstop.every"
                                                 : "liquidation.backstop.unwind",
                    "unwind and every belong together, e.g. unwind: 20%, every: 1m");
  if (isnan(config->unwind)) return HC_OK;
  const struct hc_unwinding wanted = {config->unwind, steps_of(s, config->every)};
  if (plan->share > 0.0 && (plan->share < wanted.share || plan->share > wanted.share ||
                            plan->every != wanted.every))
    return complain(build, "liquidation.backstop.unwind", "a takeover layer works off the same stock at "
                    "another pace; give both the same unwind and every, or one of them none");
  *plan = wanted;
  return HC_OK;
}

/* An amount at the start, USD; HUGE_VAL where none is given. */
static hc_status build_bound(struct build *build, const char *text, const char *path, double *amount) {
  struct hc_error error = {0};
  *amount = HUGE_VAL;
  if (!hc_given(text)) return HC_OK;
  const hc_status status = hc_amount_at_start(&build->scenario->waterfall, text, amount, &error);
  return status == HC_INPUT ? complain(build, path, error.message) : status;
}

static hc_status build_backstop(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_backstop_config *config = &s->values->liquidation.backstop;
  s->backstop.on = hc_given(config->who);
  if (!s->backstop.on) {
    const bool said = config->at < 1.0 || hc_given(config->hold) || hc_given(config->stop) ||
                      !isnan(config->capacity.notional) || !isnan(config->unwind) ||
                      config->remaining == HC_MARGIN_TO_FUND;
    return said ? complain(build, "liquidation.backstop", "nobody takes positions over; say who, e.g. who: "
                           "liquidity_providers, or any name for an outside taker") : HC_OK;
  }
  s->backstop.to_fund = config->remaining == HC_MARGIN_TO_FUND;
  hc_status status = build_taker(build, config->who);
  if (status == HC_OK)
    status = build_bound(build, config->hold, "liquidation.backstop.hold", &s->backstop.hold);
  if (status == HC_OK)
    status = build_bound(build, config->stop, "liquidation.backstop.stop", &s->backstop.stop);
  if (status == HC_OK) status = build_backstop_price(build, config->price);
  if (status == HC_OK)
    status = build_capacity(build, &config->capacity, "liquidation.backstop.capacity", &s->backstop.quota);
  return status == HC_OK ? build_unwinding(build, config) : status;
}

hc_status hc_build_liquidation(struct build *build) {
  struct hc_scenario *s = build->scenario;
  hc_status status = build_fee(build);
  if (status == HC_OK) status = build_partial(build);
  if (status == HC_OK) status = build_delay(build);
  if (status == HC_OK) status = build_rations(build);
  if (status == HC_OK) status = build_backstop(build);
  s->needs_crowd = s->waterfall.needs_crowd || s->partial.on || s->delay > 0 || s->rations || s->backstop.on;
  return status;
}

hc_status hc_build_backstop_levels(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const size_t tiers = s->market.tiers;
  if (!s->backstop.on) return HC_OK;
  s->backstop_tiers = calloc(2 * tiers, sizeof *s->backstop_tiers);
  if (!s->backstop_tiers) return hc_fail(build->error, HC_NO_MEMORY, "no memory for tiers");
  for (size_t j = 0; j < tiers; j++) {
    s->backstop_tiers[j] = s->values->liquidation.backstop.at * s->rate[j];
    s->backstop_tiers[tiers + j] = s->values->liquidation.backstop.at * s->deduction[j];
  }
  s->backstop.market = s->market;
  s->backstop.market.rate = s->backstop_tiers;
  s->backstop.market.deduction = s->backstop_tiers + tiers;
  return HC_OK;
}
