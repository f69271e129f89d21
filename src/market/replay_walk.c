/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "haircut/random.h"
#include "market/replay.h"
#include "random/scalar.h"

#define TRIES 16
#define START_INDEX 0xffffffffu
#define TWO_LN_2 1.3862943611198906 /* R^2/(2 sigma^2) at the Parkinson volatility */

struct walk {
  const struct hc_price *price;
  const struct hc_replay *replay;
  uint64_t path;
  uint32_t purpose;
  const struct hc_replay_bar *bars; /* of the path, from its start */
  double shift;
  double *u; /* W(k) of the tree, from the left replaced by log prices */
  int64_t steps;
  double w_end, beyond; /* W(steps), and a normal for anchors beyond it */
};

/* A stretch of the path; where sigma is 0 a straight line. */
struct piece {
  int64_t from, to;     /* steps; `to` may lie beyond the end of the path */
  double x_from, x_to;  /* log prices */
  double sigma;         /* a root of a step */
  double low, high;     /* reflection, where low < high */
};

/* ---- pieces --------------------------------------------------------------------------- */

static void draw_line(double *u, int32_t count, double start, double slope) {
  for (int32_t i = 1; i <= count; i++) u[i] = start + slope * (double)i;
}

/* x = start + slope i + sigma W(from + i) is the bridge if start and slope have its ends. */
static void draw_bridge(double *u, int32_t count, double start, double slope, double sigma) {
  for (int32_t i = 1; i <= count; i++) u[i] = (start + slope * (double)i) + sigma * u[i];
}

/* Twice covers an overshoot of the whole range; beyond that, the limit. */
static void reflect(double *u, int32_t count, double low, double high) {
  for (int32_t i = 1; i <= count; i++) {
    double x = u[i];
    for (int turn = 0; turn < 2; turn++) {
      x = high - __builtin_fabs(high - x);
      x = low + __builtin_fabs(x - low);
    }
    x = x < low ? low : x;
    u[i] = x > high ? high : x;
  }
}

static double tree_value(const struct walk *w, int64_t step) {
  if (step < w->steps) return w->u[step];
  return w->w_end + sqrt((double)(step - w->steps)) * w->beyond;
}

/* `w_from` is W(from), and becomes W(to). */
static void draw_piece(const struct walk *w, const struct piece *p, double *w_from) {
  const double length = (double)(p->to - p->from);
  const int64_t stop = p->to <= w->steps ? p->to - 1 : w->steps;
  const int32_t count = (int32_t)(stop - p->from);
  double *u = w->u + p->from;
  const double slope = (p->x_to - p->x_from) / length;
  const double w_to = w->replay->tree ? tree_value(w, p->to) : 0.0;
  if (p->sigma > 0.0) {
    const double w_slope = (w_to - *w_from) / length;
    draw_bridge(u, count, p->x_from - p->sigma * *w_from, slope - p->sigma * w_slope, p->sigma);
    if (p->low < p->high) reflect(u, count, p->low, p->high);
  } else {
    draw_line(u, count, p->x_from, slope);
  }
  if (p->to <= w->steps) w->u[p->to] = p->x_to;
  *w_from = w_to;
}

/* ---- bars ------------------------------------------------------------------------------- */

/* The extremes a bar still has to visit, in order, with their times as shares of the bar. */
struct turns {
  int count;
  double value[2], time[2];
};

/* Log distances of the three moves, relative to the range, squared; 0 for none. */
struct moves {
  bool near, far; /* whether that extreme is to be visited */
  double to_near, to_close;
};

/* How unlikely three moves in the times v1, v2 - v1, 1 - v2 are: sum of d^2/(2 sigma^2 t). */
static double strain(const struct moves *m, double v1, double v2) {
  double sum = 1.0 / (v2 - v1);
  if (m->near) sum += m->to_near * m->to_near / v1;
  if (m->far) sum += m->to_close * m->to_close / (1.0 - v2);
  return TWO_LN_2 * sum;
}

static double unit(uint32_t word) { return ((double)word + 0.5) * 0x1p-32; }

static void draw_times(const struct walk *w, const struct moves *m, uint32_t bar, double time[2]) {
  const double way = m->to_near + 1.0 + m->to_close, least_strain = TWO_LN_2 * way * way;
  double best = HUGE_VAL;
  for (uint32_t t = 0; t < TRIES; t++) {
    uint32_t word[4];
    hc_philox(w->price->grid.seed, w->path, 4 * (TRIES * bar + t) + 3, w->purpose, word);
    const double a = unit(word[0]), b = unit(word[1]);
    const double v1 = !m->near ? 0.0 : m->far && b < a ? b : a;
    const double v2 = !m->far ? 1.0 : m->near && b < a ? a : b;
    if (!(v1 < v2)) continue;
    const double excess = strain(m, v1, v2) - least_strain;
    if (excess < best) {
      best = excess;
      time[0] = v1;
      time[1] = v2;
    }
    if (excess < -hc_s_log(unit(word[2]))) {
      time[0] = v1;
      time[1] = v2;
      return;
    }
  }
}

static struct turns turns_of(const struct walk *w, uint32_t j) {
  const struct hc_replay_bar *bar = &w->bars[j];
  const double range = bar->high - bar->low;
  struct turns turns = {0};
  if (!(range > 0.0)) return turns;
  const bool low_first = bar->open - bar->low <= bar->high - bar->open;
  const double near = low_first ? bar->low : bar->high, far = low_first ? bar->high : bar->low;
  const double before = j == 0 ? bar->open : w->bars[j - 1].close;
  const struct moves m = {
    .near = near != bar->open || before != bar->open,
    .far = far != bar->close,
    .to_near = fabs(bar->open - near) / range,
    .to_close = fabs(far - bar->close) / range,
  };
  const double way = m.to_near + 1.0 + m.to_close;
  double time[2] = {m.to_near / way, (m.to_near + 1.0) / way};
  if (w->replay->bridge) draw_times(w, &m, j, time);
  if (m.near && (w->replay->per_bar > 2 || !m.far)) {
    turns.value[0] = near;
    turns.time[turns.count++] = time[0];
  }
  if (m.far) {
    turns.value[turns.count] = far;
    turns.time[turns.count++] = time[1];
  }
  return turns;
}

static int64_t grid_time(double share, int64_t steps, int64_t least, int64_t most) {
  const int64_t step = (int64_t)floor(share * (double)steps + 0.5);
  return step < least ? least : step > most ? most : step;
}

static void draw_bar(const struct walk *w, uint32_t j, double *w_from) {
  const struct hc_replay_bar *bar = &w->bars[j];
  const int64_t n = w->replay->per_bar, start = (int64_t)j * n;
  const struct turns turns = turns_of(w, j);
  struct piece piece = {
    .to = start,
    .x_to = bar->open + w->shift,
    .sigma = w->replay->bridge ? bar->sigma / sqrt((double)n) : 0.0,
    .low = bar->low + w->shift,
    .high = bar->high + w->shift,
  };
  for (int i = 0; i <= turns.count && piece.to < w->steps; i++) {
    const bool is_last = i == turns.count;
    piece.from = piece.to;
    piece.x_from = piece.x_to;
    piece.x_to = (is_last ? bar->close : turns.value[i]) + w->shift;
    piece.to = start + (is_last ? n : grid_time(turns.time[i], n, piece.from - start + 1,
                                                n - (turns.count - i)));
    draw_piece(w, &piece, w_from);
  }
}

static void draw_gap(const struct walk *w, uint32_t j, double *w_from) {
  const struct hc_replay_bar *gap = &w->bars[j];
  const int64_t n = w->replay->per_bar;
  const struct piece piece = {
    .from = (int64_t)j * n,
    .to = ((int64_t)j + gap->gap) * n,
    .x_from = gap->open + w->shift,
    .x_to = gap->close + w->shift,
    .sigma = gap->sigma / sqrt((double)n),
  };
  draw_piece(w, &piece, w_from);
}

static void walk_bars(struct walk *w) {
  if (w->replay->tree) {
    hc_replay_tree(w->price->grid.seed, w->path, w->purpose, w->steps, w->u);
    w->w_end = w->u[w->steps];
  }
  double w_from = 0.0;
  for (uint32_t j = 0; j < w->replay->needed;) {
    if (w->bars[j].gap) {
      draw_gap(w, j, &w_from);
      j += (uint32_t)w->bars[j].gap;
    } else {
      draw_bar(w, j++, &w_from);
    }
  }
}

/* ---- steps of whole bars -------------------------------------------------------------------- */

/* One step into or through a bridged gap, from `*time` (in bars) and `*x`. */
static void bridge_step(const struct walk *w, int64_t k, int64_t bar, int64_t *time, double *x) {
  const struct hc_replay_bar *gap = &w->bars[bar];
  const int64_t end = bar + gap->left, start = end - gap->gap;
  if (*time < start) {
    *time = start;
    *x = gap->open;
  }
  const double ahead = (double)(bar + 1 - *time), whole = (double)(end - *time);
  double uniform[2];
  hc_s_uniforms(w->price->grid.seed, w->path, (uint32_t)k, w->purpose, uniform);
  *x += ahead / whole * (gap->close - *x) +
        gap->sigma * sqrt(ahead * (whole - ahead) / whole) * hc_s_quantile(uniform[0]);
  if (gap->left == 1) *x = gap->close;
  *time = bar + 1;
}

static void walk_closes(const struct walk *w) {
  int64_t time = 0;
  double x = 0.0;
  for (int64_t k = 1; k <= w->steps; k++) {
    const int64_t bar = k * w->replay->per_step - 1;
    if (w->bars[bar].gap) {
      bridge_step(w, k, bar, &time, &x);
    } else {
      x = w->bars[bar].close;
      time = bar + 1;
    }
    w->u[k] = x + w->shift;
  }
}

void hc_replay_walk(const struct hc_price *price, uint64_t path, uint32_t market, double *u) {
  const struct hc_replay *replay = price->data;
  struct walk w = {
    .price = price,
    .replay = replay,
    .path = path,
    .purpose = HC_PURPOSE_WORD(HC_PURPOSE_REPLAY, market),
    .bars = replay->bars,
    .shift = replay->shift,
    .u = u,
    .steps = price->grid.steps,
  };
  double uniform[2];
  hc_s_uniforms(price->grid.seed, path, START_INDEX, w.purpose, uniform);
  w.beyond = hc_s_quantile(uniform[1]);
  if (replay->starts) {
    w.bars += replay->starts[(size_t)(uniform[0] * (double)replay->start_count)];
    w.shift = price->log_initial - w.bars[0].open;
  }
  if (replay->per_bar) walk_bars(&w);
  else walk_closes(&w);
}
