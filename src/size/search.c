/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a measure crosses its limit, and where the ends of its interval do: on the same paths the measure
 * is a function of the parameter, and a bracketed search finds its crossings. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/size.h"

enum which { OF_VALUE, OF_LOW, OF_HIGH };

struct search {
  const struct hc_target *target;
  hc_size_evaluate *evaluate;
  void *self;
  struct hc_size_point *points; /* rising */
  size_t count, capacity;
  hc_status status; /* the first failure; later values are 0 */
  enum which which;
};

/* Index of the first point at or above a value. */
static size_t place(const struct search *search, double value) {
  size_t at = 0;
  while (at < search->count && search->points[at].value < value) at++;
  return at;
}

static const struct hc_estimate *look(struct search *search, double value) {
  const size_t at = place(search, value);
  if (at < search->count && search->points[at].value <= value) return &search->points[at].estimate;
  if (search->count == search->capacity) {
    const size_t capacity = search->capacity ? 2 * search->capacity : 32;
    struct hc_size_point *grown = realloc(search->points, capacity * sizeof *grown);
    if (!grown) {
      search->status = HC_NO_MEMORY;
      return NULL;
    }
    search->points = grown;
    search->capacity = capacity;
  }
  struct hc_size_point made = {.value = value};
  search->status = search->evaluate(search->self, value, &made.estimate);
  if (search->status) return NULL;
  memmove(search->points + at + 1, search->points + at, (search->count - at) * sizeof *search->points);
  search->points[at] = made;
  search->count++;
  return &search->points[at].estimate;
}

static double number_of(const struct hc_estimate *estimate, enum which which) {
  return which == OF_VALUE ? estimate->value : which == OF_LOW ? estimate->low : estimate->high;
}

/* Above 0: the limit is exceeded. It is never exactly 0, so that a bracket stays one. */
static double excess(double value, void *self) {
  struct search *search = self;
  const struct hc_estimate *estimate = search->status ? NULL : look(search, value);
  if (!estimate) return -1.0;
  return number_of(estimate, search->which) > search->target->limit ? 1.0 : -1.0;
}

/* The narrowest bracket among what is known already: sides[0] exceeds, sides[1] does not. */
static bool bracket(const struct search *search, bool falling, double sides[2]) {
  bool found[2] = {false, false};
  for (size_t i = 0; i < search->count; i++) {
    const struct hc_size_point *point = &search->points[i];
    const double number = number_of(&point->estimate, search->which);
    if (isnan(number)) continue;
    const bool exceeds = number > search->target->limit;
    const int side = exceeds ? 0 : 1;
    /* Of those that come first along the axis the last, of the others the first. */
    const bool comes_first = exceeds == falling;
    if (comes_first && found[1 - side]) continue; /* beyond a crossing */
    if (!comes_first && found[side]) continue;
    sides[side] = point->value;
    found[side] = true;
  }
  return found[0] && found[1];
}

/* Bisects between them; the end at which the limit is met. */
static double cross(struct search *search, enum which which, bool falling, double width) {
  double sides[2];
  search->which = which;
  if (!bracket(search, falling, sides)) return (double)NAN;
  gsl_function function = {excess, search};
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_bisection);
  if (!solver) {
    search->status = HC_NO_MEMORY;
    return (double)NAN;
  }
  int code = gsl_root_fsolver_set(solver, &function, fmin(sides[0], sides[1]), fmax(sides[0], sides[1]));
  while (code == GSL_SUCCESS && !search->status &&
         gsl_root_fsolver_x_upper(solver) - gsl_root_fsolver_x_lower(solver) > width)
    code = gsl_root_fsolver_iterate(solver);
  const double met = falling ? gsl_root_fsolver_x_upper(solver) : gsl_root_fsolver_x_lower(solver);
  gsl_root_fsolver_free(solver);
  return met;
}

/* A measure that rises and falls again has more crossings than were looked for. */
static bool is_monotone(const struct search *search, bool falling) {
  for (size_t i = 1; i < search->count; i++) {
    const double step = search->points[i].estimate.value - search->points[i - 1].estimate.value;
    if (falling ? step > 0.0 : step < 0.0) return false;
  }
  return true;
}

static void note(struct hc_answer *answer, const char *text) {
  (void)snprintf(answer->note, sizeof answer->note, "%s", text);
}

static void find(struct search *search, double low, double high, double tolerance,
                 struct hc_answer *answer) {
  const double limit = search->target->limit, width = tolerance * (high - low);
  const struct hc_estimate *first = look(search, low);
  const bool low_meets = first && first->value <= limit;
  const struct hc_estimate *last = search->status ? NULL : look(search, high);
  if (search->status) return;
  const bool high_meets = last->value <= limit, falling = high_meets;
  if (!low_meets && !high_meets) {
    note(answer, "not met at either end of the range");
    return;
  }
  if (low_meets && high_meets) { /* no crossing is known, nor which way the measure moves */
    answer->value = low;
    note(answer, "met at both ends of the range; the lower end is given");
    return;
  }
  answer->value = cross(search, OF_VALUE, falling, width);
  const double sure = search->status ? (double)NAN : cross(search, OF_HIGH, falling, width);
  const double possible = search->status ? (double)NAN : cross(search, OF_LOW, falling, width);
  answer->low = fmin(sure, possible);
  answer->high = fmax(sure, possible);
  if (isnan(sure) || isnan(possible)) {
    answer->low = falling ? possible : sure;
    answer->high = falling ? sure : possible;
  }
  if (!search->status && !is_monotone(search, falling))
    note(answer, "the measure does not move one way: there may be other crossings");
}

hc_status hc_size_search(const struct hc_target *target, double low, double high, double tolerance,
                         hc_size_evaluate *evaluate, void *self, struct hc_answer *answer,
                         struct hc_size_point **points, size_t *count) {
  const double nan = (double)NAN;
  struct search search = {.target = target, .evaluate = evaluate, .self = self};
  *answer = (struct hc_answer){.value = nan, .low = nan, .high = nan};
  gsl_error_handler_t *handler = gsl_set_error_handler_off();
  find(&search, low, high, tolerance, answer);
  (void)gsl_set_error_handler(handler);
  if (!search.status && !isnan(answer->value)) {
    const struct hc_estimate *at = look(&search, answer->value);
    if (at) answer->at = *at;
  }
  if (points) *points = search.points;
  else free(search.points);
  if (count) *count = search.count;
  return search.status;
}
