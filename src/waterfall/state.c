/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "waterfall/providers.h"

hc_status hc_state_create(const struct hc_waterfall *waterfall, struct hc_waterfall_state **state) {
  struct hc_waterfall_state *s = calloc(1, sizeof *s);
  *state = NULL;
  if (!s) return HC_NO_MEMORY;
  s->layer = calloc(waterfall->count + 1, sizeof *s->layer);
  if (!s->layer) {
    free(s);
    return HC_NO_MEMORY;
  }
  for (size_t i = 0; i < waterfall->peaks; i++)
    s->peak[i].window = waterfall->peak[i].window / waterfall->step;
  *state = s;
  return HC_OK;
}

void hc_state_free(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state) {
  if (!state) return;
  for (size_t i = 0; i < waterfall->count; i++) {
    free(state->layer[i].spent.items);
    free(state->layer[i].due);
  }
  for (size_t i = 0; i < HC_STATE_PEAKS; i++) free(state->peak[i].items);
  free(state->layer);
  free(state);
}

void hc_state_start(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state,
                    double mark) {
  for (size_t i = 0; i < waterfall->count; i++) {
    struct hc_layer_state *layer = &state->layer[i];
    layer->on = false;
    layer->used = layer->used_now = layer->pending = 0.0;
    layer->used_at = -1;
    if (!(waterfall->layers[i].payback > 0.0)) continue;
    layer->claims = 0.0;
    memset(layer->claim, 0, sizeof layer->claim);
  }
  for (size_t i = 0; i < waterfall->count; i++) {
    struct hc_layer_state *layer = &state->layer[i];
    layer->spent.first = layer->spent.count = 0;
    layer->due_first = layer->due_count = 0;
  }
  memset(state->on, 0, sizeof state->on);
  for (size_t i = 0; i < waterfall->peaks; i++) {
    const int fund = waterfall->peak[i].fund;
    state->peak[i].first = state->peak[i].count = 0;
    hc_peak_add(state, &state->peak[i], 0, fund < 0 ? 0.0 : waterfall->start.fund[fund]);
  }
  state->settlements = 0;
  state->pnl = state->pending = state->pending_max = 0.0;
  state->lp_repaid = state->repaid = state->lp_beyond = state->treasury = 0.0;
  for (size_t i = 0; i < HC_STOCKS; i++) state->unwind[i] = (struct hc_unwind){INT64_MAX, 0.0};
  state->paused_until = INT64_MAX;
  hc_providers_start(waterfall, state);
  state->session_mark = mark;
  state->session_next = waterfall->session > 0.0 ? hc_boundary(waterfall, 1, waterfall->session) : INT64_MAX;
}

/* Room for one more item behind `count` of them, of which the first `first` are forgotten. */
static bool make_room(void **items, size_t size, size_t *first, size_t *count, size_t *capacity) {
  if (*count < *capacity) return true;
  if (*first > *capacity / 2) {
    memmove(*items, (char *)*items + *first * size, (*count - *first) * size);
    *count -= *first;
    *first = 0;
    return true;
  }
  const size_t more = *capacity ? 2 * *capacity : 32;
  void *moved = realloc(*items, more * size);
  if (!moved) return false;
  *items = moved;
  *capacity = more;
  return true;
}

void hc_peak_add(struct hc_waterfall_state *state, struct hc_peak *peak, int64_t step, double value) {
  if (peak->count > peak->first) peak->items[peak->count - 1].until = step;
  while (peak->count > peak->first && peak->items[peak->count - 1].value <= value) peak->count--;
  void *items = peak->items;
  if (!make_room(&items, sizeof *peak->items, &peak->first, &peak->count, &peak->capacity)) {
    state->failed = true;
    return;
  }
  peak->items = items;
  peak->items[peak->count++] = (struct hc_peak_item){value, INT64_MAX};
}

double hc_peak_get(struct hc_peak *peak, int64_t step) {
  while (peak->first + 1 < peak->count &&
         (double)peak->items[peak->first].until <= (double)step - peak->window)
    peak->first++;
  return peak->count > peak->first ? peak->items[peak->first].value : 0.0;
}

void hc_spent_add(struct hc_waterfall_state *state, struct hc_spent *spent, int64_t step,
                  double value) {
  void *items = spent->items;
  if (!make_room(&items, sizeof *spent->items, &spent->first, &spent->count, &spent->capacity)) {
    state->failed = true;
    return;
  }
  spent->items = items;
  spent->items[spent->count++] = (struct hc_spent_item){value, step};
}

double hc_spent_get(struct hc_spent *spent, int64_t step, double window) {
  while (spent->first < spent->count &&
         (double)spent->items[spent->first].step <= (double)step - window)
    spent->first++;
  double sum = 0.0;
  for (size_t i = spent->first; i < spent->count; i++) sum += spent->items[i].value;
  return sum;
}

void hc_due_add(struct hc_waterfall_state *state, struct hc_layer_state *layer, int64_t step,
                double amount) {
  layer->pending += amount;
  state->pending += amount;
  if (layer->due_count > layer->due_first && layer->due[layer->due_count - 1].step == step) {
    layer->due[layer->due_count - 1].amount += amount;
    return;
  }
  void *items = layer->due;
  if (!make_room(&items, sizeof *layer->due, &layer->due_first, &layer->due_count,
                 &layer->due_capacity)) {
    state->failed = true;
    return;
  }
  layer->due = items;
  layer->due[layer->due_count++] = (struct hc_due){amount, step};
}

/* A sum of what is there, not of what came and went, whose rounding would stay. */
static void settle_pending(struct hc_layer_state *layer) {
  layer->pending = 0.0;
  for (size_t i = layer->due_first; i < layer->due_count; i++) layer->pending += layer->due[i].amount;
}

double hc_due_take(struct hc_layer_state *layer, int64_t step) {
  double sum = 0.0;
  while (layer->due_first < layer->due_count && layer->due[layer->due_first].step <= step)
    sum += layer->due[layer->due_first++].amount;
  settle_pending(layer);
  return sum;
}

double hc_due_net(struct hc_layer_state *layer, double amount) {
  double left = amount;
  while (left > 0.0 && layer->due_first < layer->due_count) {
    struct hc_due *due = &layer->due[layer->due_first];
    if (due->amount > left) {
      due->amount -= left;
      left = 0.0;
    } else {
      left -= due->amount;
      layer->due_first++;
    }
  }
  settle_pending(layer);
  return amount - left;
}

int64_t hc_state_next_due(const struct hc_waterfall *waterfall,
                          const struct hc_waterfall_state *state) {
  int64_t next = state->session_next;
  if (!waterfall->defers) return next;
  for (size_t i = 0; i < waterfall->count; i++) {
    const struct hc_layer_state *layer = &state->layer[i];
    if (layer->due_first < layer->due_count && layer->due[layer->due_first].step < next)
      next = layer->due[layer->due_first].step;
  }
  return next;
}

/* A number of steps, rounded up, but not for what rounding adds. */
static int64_t up_to_steps(double steps) {
  const double nearest = floor(steps + 0.5);
  return (int64_t)(fabs(steps - nearest) <= 1e-9 * (1.0 + steps) ? nearest : ceil(steps));
}

int64_t hc_multiple(const struct hc_waterfall *waterfall, int64_t step, double length) {
  const double steps = length / waterfall->step;
  if (!(steps > 0.0)) return step;
  int64_t number = up_to_steps((double)step / steps);
  if (number > 0) number--; /* rounded up, the one before may be at the step */
  for (;; number++) {
    const int64_t at = up_to_steps((double)number * steps);
    if (at >= step) return at;
  }
}

int64_t hc_boundary(const struct hc_waterfall *waterfall, int64_t step, double length) {
  const int64_t at = hc_multiple(waterfall, step, length);
  return at < waterfall->steps ? at : waterfall->steps;
}

void hc_state_sum_pending(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state) {
  if (!waterfall->defers) return;
  state->pending = 0.0;
  for (size_t i = 0; i < waterfall->count; i++) state->pending += state->layer[i].pending;
}
