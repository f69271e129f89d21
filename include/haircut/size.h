/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Sizing: the smallest fund, or another parameter, that meets a target, with its interval. */
#ifndef HAIRCUT_SIZE_H
#define HAIRCUT_SIZE_H

#include "haircut/outcome.h"
#include "haircut/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/** `P(lp_loss>0) <= 1%`, `mean(bad_debt) <= 100k`, `ES99(lp_loss) <= 5M`, `VaR99.5(lp_loss) <= 1M`: a
 * measure of a quantity in USD of every path (outcome.h) that is to be at most `limit`. */
enum hc_target_kind { HC_TARGET_P, HC_TARGET_MEAN, HC_TARGET_ES };
struct hc_target {
  enum hc_target_kind kind;
  enum hc_outcome_column column;
  double threshold; /* of P, USD */
  double share;     /* of ES: the worst paths it averages, 0.01 for 99 */
  double limit;     /* 1 for P, else USD */
};
/** VaR is read as a probability: VaR99(x) <= v is P(x > v) <= 1 %. HC_INPUT with what was expected. */
HC_API hc_status hc_target_read(const char *text, struct hc_target *target,
                                struct hc_error *error) HC_CHECKED;
/** The measure of a target from its quantity's values, one a path. */
HC_API hc_status hc_target_measure(const struct hc_target *target, const struct hc_sample *sample,
                                   struct hc_estimate *estimate) HC_CHECKED;

/** What was found. `value` NaN: nothing meets the target (note). low, high: 95 % interval of the answer,
 * that is all values at which the interval of the measure has the limit in it; NaN where an end was not
 * found. */
struct hc_answer {
  double value, low, high;
  struct hc_estimate at; /* the measure there */
  char note[200];
};

/** From the required fund of every path, where its size does not feed back: the loss of those behind a fund
 * F is max(0, required - F), that of LPs at most their equity `cap` (INFINITY: any). For P the answer is an
 * order statistic with its exact interval. */
HC_API hc_status hc_size_required(const struct hc_target *target, const struct hc_sample *required,
                                  double cap, struct hc_answer *answer) HC_CHECKED;
/** The measure at a fund of F. `work` has as many elements as there are paths. */
HC_API hc_status hc_size_required_at(const struct hc_target *target, const struct hc_sample *required,
                                     double cap, double fund, double *work,
                                     struct hc_estimate *estimate) HC_CHECKED;
/** The fund at which the cost F x `capital` + E(loss beyond F) x `weight` is least (the newsvendor's
 *  quantile): P(required > F) = capital / weight, for losses without a cap. `capital`: cost of a USD held
 * over the horizon. */
HC_API hc_status hc_size_cost(const struct hc_sample *required, double capital, double weight,
                              struct hc_answer *answer) HC_CHECKED;

/** The measure at a value of the parameter, on the same paths at every value; called once a value. */
typedef hc_status hc_size_evaluate(void *self, double value, struct hc_estimate *estimate);
struct hc_size_point {
  double value;
  struct hc_estimate estimate;
};
/** Bracketed search of [low, high] for where the measure crosses the limit, to a relative `tolerance` of
 * the bracket: the least value that meets the target where more of it lowers the measure, the greatest
 * where it raises it. `points` (may be NULL) gets all that was evaluated, rising; the caller frees. */
HC_API hc_status hc_size_search(const struct hc_target *target, double low, double high, double tolerance,
                                hc_size_evaluate *evaluate, void *self, struct hc_answer *answer,
                                struct hc_size_point **points, size_t *count) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
