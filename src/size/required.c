/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fund from the required fund of every path (docs/model.md, the reflection identity): no path is run
 * again. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "haircut/size.h"

hc_status hc_size_required_at(const struct hc_target *target, const struct hc_sample *required, double cap,
                              double fund, double *work, struct hc_estimate *estimate) {
  for (size_t i = 0; i < required->count; i++) work[i] = fmin(cap, fmax(0.0, required->x[i] - fund));
  const struct hc_sample loss = {work, required->count, required->books};
  return hc_target_measure(target, &loss, estimate);
}

/* P(loss > t) <= p where at most a share p of paths needs more than F + t. */
static hc_status by_rank(const struct hc_target *target, const struct hc_sample *required, double cap,
                         struct hc_answer *answer) {
  struct hc_estimate quantile = {.note = ""};
  if (target->threshold >= cap) {
    answer->value = answer->low = answer->high = 0.0;
    (void)snprintf(answer->note, sizeof answer->note,
                   "the loss is never greater than that, whatever the fund");
    return HC_OK;
  }
  const hc_status status = hc_sample_quantile(required, target->limit, &quantile);
  if (status) return status;
  answer->value = fmax(0.0, quantile.value - target->threshold);
  answer->low = isnan(quantile.low) ? 0.0 : fmax(0.0, quantile.low - target->threshold);
  answer->high = fmax(0.0, quantile.high - target->threshold); /* NaN stays */
  if (isnan(quantile.high)) {
    answer->high = (double)NAN;
    (void)snprintf(answer->note, sizeof answer->note, "%s", quantile.note);
  }
  return HC_OK;
}

struct by_search {
  const struct hc_target *target;
  const struct hc_sample *required;
  double cap, *work;
};

static hc_status evaluate(void *self, double fund, struct hc_estimate *estimate) {
  const struct by_search *search = self;
  return hc_size_required_at(search->target, search->required, search->cap, fund, search->work, estimate);
}

hc_status hc_size_required(const struct hc_target *target, const struct hc_sample *required, double cap,
                           struct hc_answer *answer) {
  const double nan = (double)NAN;
  *answer = (struct hc_answer){.value = nan, .low = nan, .high = nan};
  double largest = 0.0, *work = malloc((required->count + 1) * sizeof *work);
  if (!work) return HC_NO_MEMORY;
  for (size_t i = 0; i < required->count; i++) largest = fmax(largest, required->x[i]);
  struct by_search search = {target, required, cap, work};
  hc_status status;
  if (target->kind == HC_TARGET_P) status = by_rank(target, required, cap, answer);
  else status = hc_size_search(target, 0.0, largest, 1e-6, evaluate, &search, answer, NULL, NULL);
  if (!status && !isnan(answer->value))
    status = hc_size_required_at(target, required, cap, answer->value, work, &answer->at);
  free(work);
  return status;
}

/* The derivative of F c + w E(R - F)+ is c - w P(R > F). */
hc_status hc_size_cost(const struct hc_sample *required, double capital, double weight,
                       struct hc_answer *answer) {
  const double nan = (double)NAN;
  struct hc_estimate quantile = {.note = ""};
  *answer = (struct hc_answer){.value = nan, .low = nan, .high = nan};
  if (!(capital > 0.0) || !(weight > 0.0)) return HC_INPUT;
  if (capital >= weight) {
    answer->value = answer->low = answer->high = 0.0;
    (void)snprintf(answer->note, sizeof answer->note,
                   "a USD of fund costs more than the USD of loss it saves");
    return HC_OK;
  }
  const hc_status status = hc_sample_quantile(required, capital / weight, &quantile);
  if (status) return status;
  answer->value = quantile.value;
  answer->low = isnan(quantile.low) ? 0.0 : quantile.low;
  answer->high = quantile.high;
  (void)snprintf(answer->note, sizeof answer->note, "%s", quantile.note);
  return HC_OK;
}
