/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From rows of a file to bars without holes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haircut/random.h"
#include "config/unit.h"
#include "market/replay.h"

#define PARKINSON 0.60056120439322490 /* 1/(2 sqrt(ln 2)) */
#define MAX_BARS (((size_t)1 << 26) - 1) /* that the indices of draws have room for */

struct build {
  const struct hc_replay_config *config;
  const struct hc_replay_series *series;
  struct hc_price *price;
  struct hc_replay *replay;
  struct hc_error *error;
  int64_t length;     /* of a bar, ms */
  size_t first, last; /* rows used */
};

static struct hc_time_text time_of(const struct build *b, size_t row) {
  return hc_replay_time_text(b->series->rows[row].time);
}
static int64_t end_of(const struct build *b) {
  return b->series->rows[b->series->count - 1].time + b->length;
}
static struct hc_time_text end_text(const struct build *b) {
  return hc_replay_time_text(end_of(b));
}
static struct hc_time_text length_text(const struct build *b) {
  return hc_replay_span_text((double)b->length / 1000.0);
}

/* ---- length of a bar ------------------------------------------------------------------ */

static int compare(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* The most frequent of sorted values; the smaller where two are. */
static int64_t mode_of(const int64_t *value, size_t count) {
  size_t most = 0;
  int64_t mode = 0;
  for (size_t i = 0, j; i < count; i = j) {
    for (j = i; j < count && value[j] == value[i];) j++;
    if (j - i > most) {
      most = j - i;
      mode = value[i];
    }
  }
  return mode;
}

static hc_status find_length(struct build *b) {
  const struct hc_replay_series *s = b->series;
  const size_t count = s->count - 1;
  int64_t *spacing = malloc(count * sizeof *spacing);
  if (!spacing) return hc_fail(b->error, HC_NO_MEMORY, "no memory for the bars");
  for (size_t i = 0; i < count; i++) spacing[i] = s->rows[i + 1].time - s->rows[i].time;
  qsort(spacing, count, sizeof *spacing, compare);
  b->length = mode_of(spacing, count);
  free(spacing);
  return HC_OK;
}

/* `whole` = a/b if that is a whole number. */
static bool divides(double a, double b, int64_t *whole) {
  const double ratio = a / b, nearest = floor(ratio + 0.5);
  if (!(nearest >= 1.0) || nearest > 2147483647.0 || fabs(ratio - nearest) > 1e-9 * ratio)
    return false;
  *whole = (int64_t)nearest;
  return true;
}

static hc_status fit_step(struct build *b) {
  const double bar = (double)b->length / 1000.0, step = b->price->grid.step;
  const int64_t steps = b->price->grid.steps;
  struct hc_replay *r = b->replay;
  int64_t ratio = 0;
  if (step >= bar * (1.0 - 1e-9)) {
    if (divides(step, bar, &ratio)) r->per_step = ratio;
  } else if (divides(bar, step, &ratio)) {
    r->per_bar = ratio;
  }
  if (!ratio)
    return hc_fail(b->error, HC_INPUT, "%s: the bars are %s long, and simulation.step is %s: one "
                   "must be a whole multiple of the other (less than 2^31 of it); choose a step "
                   "such as 1s or %s", b->config->file, length_text(b).text,
                   hc_replay_span_text(step).text, length_text(b).text);
  if (r->per_bar) r->needed = (size_t)((steps - 1) / r->per_bar + 1);
  else r->needed = (size_t)steps * (size_t)r->per_step; /* both below 2^31 */
  return HC_OK;
}

/* ---- start and window ------------------------------------------------------------------- */

/* Last row whose time is not after `time`; the first row if there is none. */
static size_t row_before(const struct hc_replay_series *s, int64_t time) {
  size_t low = 0, high = s->count;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (s->rows[middle].time <= time) low = middle;
    else high = middle;
  }
  return low;
}

static hc_status find_start(struct build *b) {
  const struct hc_replay_series *s = b->series;
  const char *start = b->config->start;
  int64_t time;
  b->first = 0;
  if (!start || !start[0]) return HC_OK;
  if (!hc_replay_time(start, strlen(start), &time))
    return hc_fail(b->error, HC_INPUT, "start \"%s\" is no time, expected YYYY-MM-DD HH:MM:SS "
                   "(UTC)", start);
  if (time < s->rows[0].time || time >= end_of(b))
    return hc_fail(b->error, HC_INPUT, "start %s is outside the history of %s, which goes from %s "
                   "to %s", start, b->config->file, time_of(b, 0).text, end_text(b).text);
  b->first = row_before(s, time);
  if (s->rows[b->first].time == time) return HC_OK;
  if (b->first + 1 == s->count)
    return hc_fail(b->error, HC_INPUT, "start %s is not the time of a bar; the last is %s", start,
                   time_of(b, b->first).text);
  return hc_fail(b->error, HC_INPUT, "start %s is not the time of a bar; those around it are %s "
                 "and %s", start, time_of(b, b->first).text, time_of(b, b->first + 1).text);
}

static hc_status complain_short(const struct build *b, int64_t have) {
  const struct hc_replay_series *s = b->series;
  const int64_t latest = end_of(b) - (int64_t)b->replay->needed * b->length;
  const double horizon = (double)b->price->grid.steps * b->price->grid.step;
  char advice[96] = "";
  if (latest >= s->rows[0].time)
    (void)snprintf(advice, sizeof advice, ", or start at %s at the latest",
                   hc_replay_time_text(latest).text);
  return hc_fail(b->error, HC_INPUT, "%s: the horizon of %s needs %zu bars of %s from %s, and "
                 "there are %lld, up to %s; shorten simulation.horizon%s", b->config->file,
                 hc_replay_span_text(horizon).text, b->replay->needed, length_text(b).text,
                 time_of(b, b->first).text, (long long)have, end_text(b).text, advice);
}

/* The rows that paths can meet; the last one may lie beyond, behind a gap. */
static hc_status find_window(struct build *b) {
  const struct hc_replay_series *s = b->series;
  const int64_t start = s->rows[b->first].time;
  const int64_t have = (s->rows[s->count - 1].time - start) / b->length + 1;
  if (have < (int64_t)b->replay->needed) return complain_short(b, have);
  b->last = s->count - 1;
  if (b->config->starts == HC_STARTS_RANDOM) return HC_OK;
  const int64_t final = start + ((int64_t)b->replay->needed - 1) * b->length;
  b->last = row_before(s, final);
  if (s->rows[b->last].time < final) b->last++;
  return HC_OK;
}

/* ---- gaps ----------------------------------------------------------------------------------- */

static void check_spacing(const struct build *b, size_t row, struct hc_replay_problems *problems) {
  const struct hc_replay_row *before = &b->series->rows[row - 1], *at = &b->series->rows[row];
  const int64_t spacing = at->time - before->time;
  if (spacing % b->length) {
    hc_replay_problem(problems, at->line, at->column, "time %s is %s after the bar before it, "
                      "expected a multiple of the bars' length %s", time_of(b, row).text,
                      hc_replay_span_text((double)spacing / 1000.0).text, length_text(b).text);
  } else if (spacing != b->length && b->config->gaps == HC_GAPS_ERROR) {
    const long long missing = (long long)(spacing / b->length) - 1;
    hc_replay_problem(problems, at->line, at->column, "the bar of %s is missing before this one"
                      " (%lld bar%s of %s); complete the file, or set gaps to hold (the price "
                      "stays at the last close) or bridge (a Brownian bridge to the next open)",
                      hc_replay_time_text(before->time + b->length).text, missing,
                      missing == 1 ? "" : "s", length_text(b).text);
  }
}

static hc_status check_window(struct build *b) {
  struct hc_replay_problems problems = {.file = b->config->file};
  for (size_t i = b->first + 1; i <= b->last; i++) check_spacing(b, i, &problems);
  const hc_status status = hc_replay_settle(&problems, b->error);
  if (status != HC_OK) return status;
  const struct hc_replay_row *rows = b->series->rows;
  const int64_t count = (rows[b->last].time - rows[b->first].time) / b->length + 1;
  if (count > (int64_t)MAX_BARS)
    return hc_fail(b->error, HC_INPUT, "%s: %lld bars are too many (at most %zu)", b->config->file,
                   (long long)count, MAX_BARS);
  b->replay->count = (size_t)count;
  return HC_OK;
}

/* ---- bars ----------------------------------------------------------------------------------- */

static struct hc_replay_bar bar_of(const struct hc_replay_row *row) {
  struct hc_replay_bar bar = {
    .open = hc_log(row->price[HC_OPEN]),
    .high = hc_log(row->price[HC_HIGH]),
    .low = hc_log(row->price[HC_LOW]),
    .close = hc_log(row->price[HC_CLOSE]),
  };
  bar.sigma = PARKINSON * (bar.high - bar.low);
  return bar;
}

/* Fills the bars `at` .. `next` - 1 that are missing. */
static void fill_gap(const struct build *b, size_t at, size_t next) {
  struct hc_replay_bar *bars = b->replay->bars;
  const struct hc_replay_bar *left = &bars[at - 1], *right = &bars[next];
  const double x = left->close;
  struct hc_replay_bar hole = {.open = x, .high = x, .low = x, .close = x};
  if (b->config->gaps == HC_GAPS_BRIDGE) {
    hole.close = right->open;
    hole.sigma = 0.5 * (left->sigma + right->sigma);
    hole.gap = (int32_t)(next - at);
    b->replay->tree = b->replay->per_bar > 0;
  }
  for (size_t i = at; i < next; i++) {
    bars[i] = hole;
    if (hole.gap) bars[i].left = (int32_t)(next - i);
  }
}

static hc_status build_bars(struct build *b) {
  struct hc_replay *r = b->replay;
  const struct hc_replay_row *rows = b->series->rows;
  r->bars = calloc(r->count, sizeof *r->bars);
  if (!r->bars) return hc_fail(b->error, HC_NO_MEMORY, "no memory for %zu bars", r->count);
  r->bridge = r->per_bar > 1 && b->config->infill == HC_INFILL_BRIDGE;
  r->tree = r->bridge;
  size_t at = 0;
  double squares = 0.0;
  for (size_t i = b->first; i <= b->last; i++) {
    const size_t place = (size_t)((rows[i].time - rows[b->first].time) / b->length);
    r->bars[place] = bar_of(&rows[i]);
    squares += r->bars[place].sigma * r->bars[place].sigma;
    if (place > at) fill_gap(b, at, place);
    at = place + 1;
  }
  const double years = (double)b->length / 1000.0 / HC_YEAR;
  b->price->volatility = sqrt(squares / (double)(b->last - b->first + 1) / years);
  return HC_OK;
}

/* Bars of the file from which the horizon fits. */
static hc_status list_starts(struct build *b) {
  struct hc_replay *r = b->replay;
  if (b->config->starts != HC_STARTS_RANDOM) return HC_OK;
  r->starts = calloc(b->last - b->first + 1, sizeof *r->starts);
  if (!r->starts) return hc_fail(b->error, HC_NO_MEMORY, "no memory for %zu starts", r->count);
  const struct hc_replay_row *rows = b->series->rows;
  for (size_t i = b->first; i <= b->last; i++) {
    const size_t place = (size_t)((rows[i].time - rows[b->first].time) / b->length);
    if (place + r->needed <= r->count) r->starts[r->start_count++] = (int32_t)place;
  }
  return HC_OK;
}

/* History's level at the first bar, unless it is rescaled. */
static void set_level(struct build *b) {
  struct hc_price *price = b->price;
  price->sigma = price->drift = price->jump_rate = 0.0;
  if (!b->config->rescale) {
    price->initial = b->series->rows[b->first].price[HC_OPEN];
    price->log_initial = b->replay->bars[0].open;
  }
  b->replay->shift = price->log_initial - b->replay->bars[0].open;
}

hc_status hc_replay_compile_bars(const struct hc_replay_config *config,
                                 const struct hc_replay_series *series, struct hc_price *price,
                                 struct hc_replay *replay, struct hc_error *error) {
  static hc_status (*const stages[])(struct build *) = {find_length, fit_step,   find_start,
                                                        find_window, check_window, build_bars,
                                                        list_starts};
  struct build build = {.config = config, .series = series, .price = price, .replay = replay,
                        .error = error};
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    const hc_status status = stages[i](&build);
    if (status != HC_OK) return status;
  }
  set_level(&build);
  return HC_OK;
}
