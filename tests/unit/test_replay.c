/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haircut/random.h"
#include "market/price.h"
#include "market/replay.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static char directory[] = "/tmp/haircut-replay-XXXXXX";
static char file_name[64];

/* ---- helpers ------------------------------------------------------------------------- */

static int make_directory(void **state) {
  (void)state;
  if (!mkdtemp(directory)) return -1;
  (void)snprintf(file_name, sizeof file_name, "%s/bars.csv", directory);
  return 0;
}
static int remove_directory(void **state) {
  (void)state;
  (void)unlink(file_name);
  return rmdir(directory);
}

static void write_file(const char *text, size_t length) {
  FILE *out = fopen(file_name, "wb");
  assert_non_null(out);
  assert_int_equal(fwrite(text, 1, length, out), length);
  assert_int_equal(fclose(out), 0);
}

static struct hc_replay_config defaults(void) {
  return (struct hc_replay_config){.file = file_name, .infill = HC_INFILL_BRIDGE};
}

static int replay_index(void) {
  for (size_t i = 0; i < hc_price_models.count; i++)
    if (strcmp(hc_price_models.variants[i]->name, "replay") == 0) return (int)i;
  fail_msg("no model replay");
  return 0;
}

static hc_status compile_bars(struct hc_replay_config *replay, double step, int64_t steps,
                              struct hc_price *price, struct hc_error *error) {
  const struct hc_price_config config = {.model = {replay_index(), replay}, .initial = 1000};
  const struct hc_grid grid = {steps, step, step / (365.0 * 86400.0), 7};
  return hc_price_compile(&config, &grid, price, error);
}

static void must_compile(struct hc_replay_config *replay, double step, int64_t steps,
                         struct hc_price *price) {
  struct hc_error error = {0};
  if (compile_bars(replay, step, steps, price, &error) != HC_OK) fail_msg("%s", error.message);
}

static void compile_text(const char *text, double step, int64_t steps, struct hc_price *price) {
  struct hc_replay_config replay = defaults();
  write_file(text, strlen(text));
  must_compile(&replay, step, steps, price);
}

/* The path, poisoned before, so that every step must be written. */
static void walk(const struct hc_price *price, uint64_t path, double *u) {
  for (int64_t k = 0; k <= price->grid.steps; k++) u[k] = (double)NAN;
  u[0] = price->log_initial;
  price->model->walk(price, path, 0, u);
}

static double least(const double *u, int from, int to) {
  double x = u[from];
  for (int k = from; k <= to; k++) x = u[k] < x ? u[k] : x;
  return x;
}
static double most(const double *u, int from, int to) {
  double x = u[from];
  for (int k = from; k <= to; k++) x = u[k] > x ? u[k] : x;
  return x;
}

static void assert_same(double value, double expected) {
  if (!(value == expected)) fail_msg("%.17g is not %.17g", value, expected);
}
#define HEADER "date_utc,open,high,low,close,volume_btc\n"
static const char three_bars[] = HEADER "2020-03-12 00:00:00,100,110,90,95,1\n"
                                        "2020-03-12 01:00:00,95,97,60,70,1\n"
                                        "2020-03-12 02:00:00,72,80,71,75,1\n";
static const double highs[] = {110, 97, 80}, lows[] = {90, 60, 71}, closes[] = {95, 70, 75};

/* ---- times ------------------------------------------------------------------------------- */

static void test_times(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } good[] = {
    {"1970-01-01", 0},
    {"2020-03-12", 1583971200000},
    {"2020-03-12 10:30", 1584009000000},
    {"2020-03-12 10:30:05", 1584009005000},
    {"2020-03-12T10:30:05Z", 1584009005000},
    {"2020-03-12T10:30:05.250+00:00", 1584009005250},
    {"2020-03-12 10:30:05 UTC", 1584009005000},
    {"2000-02-29", 951782400000},
    {"1584009005", 1584009005000},
    {"1584009005.5", 1584009005500},
    {"1584009005123", 1584009005123},
    {"1584009005123456", 1584009005123},
  };
  static const char *const bad[] = {"", "x", "2020-13-01", "2020-02-30", "2020-03-12 24:00",
                                    "2020-03-12 10", "2020-03-12 10:30:05+01:00", "12.03.2020",
                                    "-5", "2020-03-12 10:30:5", "99999999999999999999"};
  int64_t ms;
  for (size_t i = 0; i < COUNT_OF(good); i++) {
    if (!hc_replay_time(good[i].text, strlen(good[i].text), &ms)) fail_msg("%s", good[i].text);
    assert_int_equal(ms, good[i].ms);
  }
  for (size_t i = 0; i < COUNT_OF(bad); i++)
    if (hc_replay_time(bad[i], strlen(bad[i]), &ms)) fail_msg("%s is taken for a time", bad[i]);
  assert_string_equal(hc_replay_time_text(1584009005000).text, "2020-03-12 10:30:05");
  assert_string_equal(hc_replay_time_text(-1000).text, "1969-12-31 23:59:59");
  for (int64_t day = -200000; day < 200000; day += 37) {
    const struct hc_time_text text = hc_replay_time_text(day * 86400000);
    assert_true(hc_replay_time(text.text, strlen(text.text), &ms));
    assert_int_equal(ms, day * 86400000);
  }
}

/* ---- paths through bars --------------------------------------------------------------------- */

/* Both extremes of every bar exactly, on every path, from three steps a bar on. */
static void test_bars_are_hit_exactly(void **state) {
  (void)state;
  static const int per_bar[] = {3, 4, 5, 60, 225, 3600};
  for (size_t i = 0; i < COUNT_OF(per_bar); i++) {
    const int n = per_bar[i];
    struct hc_price price;
    compile_text(three_bars, 3600.0 / n, 3 * n, &price);
    assert_same(price.initial, 100);
    assert_same(price.log_initial, hc_log(100));
    double *u = malloc((size_t)(3 * n + 1) * sizeof *u);
    for (uint64_t path = 0; path < 100; path++) {
      walk(&price, path, u);
      assert_same(u[0], hc_log(100));
      for (int bar = 0; bar < 3; bar++) {
        const int from = bar ? bar * n + 1 : 0;
        assert_same(u[(bar + 1) * n], hc_log(closes[bar]));
        assert_same(least(u, from, (bar + 1) * n), hc_log(lows[bar]));
        assert_same(most(u, from, (bar + 1) * n), hc_log(highs[bar]));
      }
    }
    free(u);
    hc_price_free(&price);
  }
}

static void test_two_steps_visit_the_far_extreme(void **state) {
  (void)state;
  struct hc_price price;
  compile_text(three_bars, 1800, 6, &price);
  double u[7];
  walk(&price, 0, u);
  const double expected[] = {100, 90, 95, 60, 70, 80, 75};
  for (int k = 0; k < 7; k++) assert_same(u[k], hc_log(expected[k]));
  hc_price_free(&price);
}

static void test_steps_of_bars_are_closes(void **state) {
  (void)state;
  struct hc_price price;
  double u[4];
  compile_text(three_bars, 3600, 3, &price);
  walk(&price, 5, u);
  for (int k = 0; k < 3; k++) assert_same(u[k + 1], hc_log(closes[k]));
  hc_price_free(&price);
  compile_text(three_bars, 7200, 1, &price);
  walk(&price, 5, u);
  assert_same(u[0], hc_log(100));
  assert_same(u[1], hc_log(70));
  hc_price_free(&price);
}

/* The nearer extreme to the open comes first; open and close are not visited twice. */
static void test_order_of_extremes(void **state) {
  (void)state;
  struct hc_price price;
  enum { N = 60 };
  double u[2 * N + 1];
  compile_text(HEADER "2020-03-12 00:00,100,104,80,90,1\n2020-03-12 01:00,90,90,70,70,1\n", 60, 2 * N,
               &price);
  for (uint64_t path = 0; path < 200; path++) {
    int high = 0, low = 0;
    walk(&price, path, u);
    for (int k = 1; k < N; k++) {
      if (u[k] == hc_log(104)) high = k;
      if (u[k] == hc_log(80)) low = k;
    }
    assert_true(0 < high && high < low && low < N);
    for (int k = N + 1; k < 2 * N; k++) assert_true(u[k] < hc_log(90) && u[k] > hc_log(70));
  }
  hc_price_free(&price);
}

/* A move of the whole range takes Brownian motion a good part of the bar. */
static void test_extremes_are_not_squeezed(void **state) {
  (void)state;
  struct hc_price price;
  enum { N = 1000, PATHS = 4000 };
  static double u[2 * N + 1];
  compile_text(HEADER "0,100,102,80,90,1\n1000,90,95,85,95,1\n", 1, 2 * N, &price);
  double sum = 0;
  int fast = 0;
  for (uint64_t path = 0; path < PATHS; path++) {
    int high = 0, low = 0;
    walk(&price, path, u);
    for (int k = 1; k < N; k++) {
      if (u[k] == hc_log(102)) high = k;
      if (u[k] == hc_log(80)) low = k;
    }
    sum += (double)(low - high) / N;
    fast += low - high < N / 20;
  }
  assert_in_range((int)(1000 * sum / PATHS), 350, 650);
  assert_true(fast < 10);
  hc_price_free(&price);
}

static void test_flat_bar(void **state) {
  (void)state;
  struct hc_price price;
  double u[121];
  compile_text(HEADER "2020-03-12,5,5,5,5,0\n2020-03-13,5,5,5,5,0\n", 1440, 120, &price);
  walk(&price, 1, u);
  for (int k = 0; k <= 120; k++) assert_same(u[k], hc_log(5));
  assert_same(price.volatility, 0);
  hc_price_free(&price);
}

static void test_horizon_inside_a_bar(void **state) {
  (void)state;
  struct hc_price price;
  enum { N = 100, STEPS = 130 };
  double u[STEPS + 1], sum = 0, squares = 0;
  compile_text(three_bars, 36, STEPS, &price);
  for (uint64_t path = 0; path < 2000; path++) {
    walk(&price, path, u);
    assert_same(u[N], hc_log(95));
    assert_true(least(u, N, STEPS) >= hc_log(60) && most(u, N, STEPS) <= hc_log(97));
    sum += u[STEPS];
    squares += u[STEPS] * u[STEPS];
  }
  const double mean = sum / 2000, deviation = sqrt(squares / 2000 - mean * mean);
  assert_true(mean < hc_log(97) && mean > hc_log(70));
  assert_true(deviation > 0.02 && deviation < 0.2);
  hc_price_free(&price);
}

static void test_no_infill(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  enum { N = 60 };
  double u[N + 1], v[N + 1];
  write_file(three_bars, strlen(three_bars));
  replay.infill = HC_INFILL_NONE;
  must_compile(&replay, 60, N, &price);
  walk(&price, 0, u);
  walk(&price, 1, v);
  assert_memory_equal(u, v, sizeof u);
  /* 100, 110, 90, 95 at one speed, straight in logs. */
  const double d[] = {log(110. / 100), log(110. / 90), log(95. / 90)}, way = d[0] + d[1] + d[2];
  const int high = (int)floor(N * d[0] / way + 0.5), low = (int)floor(N * (d[0] + d[1]) / way + 0.5);
  for (int k = 0; k <= N; k++) {
    const double expected =
      k <= high ? log(100) + d[0] * k / high
      : k <= low ? log(110) - d[1] * (k - high) / (low - high) : log(90) + d[2] * (k - low) / (N - low);
    assert_near(u[k], expected, 1e-14 * 5);
  }
  assert_same(u[high], hc_log(110));
  assert_same(u[low], hc_log(90));
  hc_price_free(&price);
}

static void test_paths_are_functions_of_their_number(void **state) {
  (void)state;
  struct hc_price price;
  enum { STEPS = 3 * 3600 };
  static double u[STEPS + 1], v[STEPS + 1];
  compile_text(three_bars, 1, STEPS, &price);
  walk(&price, 11, u);
  walk(&price, 12, v);
  assert_memory_not_equal(u, v, sizeof u);
  walk(&price, 11, v);
  assert_memory_equal(u, v, sizeof u);
  price.model->walk(&price, 11, 1, v);
  assert_memory_not_equal(u, v, sizeof u);
  const char *level = hc_vector_level();
  assert_int_equal(hc_vector_restrict("sse2"), HC_OK);
  walk(&price, 11, v);
  assert_memory_equal(u, v, sizeof u);
  assert_int_equal(hc_vector_restrict(level), HC_OK);
  hc_price_free(&price);
}

/* Halving the step refines the path: exactly where no extreme has to be moved to the grid. */
static void test_steps_refine(void **state) {
  (void)state;
  static const char text[] = HEADER "0,100,120,100,120,1\n6400,120,120,90,90,1\n";
  struct hc_price fine, coarse;
  enum { STEPS = 12800 };
  static double u[STEPS + 1], v[STEPS / 4 + 1];
  compile_text(text, 1, STEPS, &fine);
  compile_text(text, 4, STEPS / 4, &coarse);
  for (uint64_t path = 0; path < 10; path++) {
    walk(&fine, path, u);
    walk(&coarse, path, v);
    for (int k = 0; k <= STEPS / 4; k++) assert_near(v[k], u[4 * k], 1e-12);
  }
  hc_price_free(&fine);
  hc_price_free(&coarse);
}

/* A tree drawn node by node, as the page of the model has it. */
static void fill_slowly(uint64_t path, int bits, int64_t a, int64_t b, double *w) {
  if (b - a < 2) return;
  int64_t m = a + 1;
  for (int64_t i = a + 1; i < b; i++)
    if ((i & -i) > (m & -m)) m = i;
  const uint32_t key = (uint32_t)m << (32 - bits), pair = (key & -key) << 1;
  double uniform[2];
  hc_uniforms(7, path, key & ~pair, HC_PURPOSE_WORD(HC_PURPOSE_REPLAY, 0), uniform);
  w[m] = w[a] + (double)(m - a) / (double)(b - a) * (w[b] - w[a]) +
         sqrt((double)(m - a) * (double)(b - m) / (double)(b - a)) *
           hc_normal_quantile(uniform[(key & pair) != 0]);
  fill_slowly(path, bits, a, m, w);
  fill_slowly(path, bits, m, b, w);
}

static void test_tree(void **state) {
  (void)state;
  static const int steps[] = {2, 3, 7, 8, 9, 63, 64, 65, 100, 104, 128, 1000, 4096};
  static double w[4097], v[4097];
  for (size_t i = 0; i < COUNT_OF(steps); i++) {
    const int n = steps[i];
    int bits = 0;
    double uniform[2];
    while (1 << bits < n) bits++;
    hc_replay_tree(7, 3, HC_PURPOSE_WORD(HC_PURPOSE_REPLAY, 0), n, w);
    hc_uniforms(7, 3, 0, HC_PURPOSE_WORD(HC_PURPOSE_REPLAY, 0), uniform);
    v[0] = 0;
    v[n] = sqrt(n) * hc_normal_quantile(uniform[0]);
    fill_slowly(3, bits, 0, n, v);
    for (int k = 1; k <= n; k++) assert_near(w[k], v[k], 1e-11);
  }
}

/* ---- gaps ------------------------------------------------------------------------------------- */

static const char gap_bars[] = HEADER "2020-03-12 00:00:00,100,110,90,100,1\n"
                                      "2020-03-12 01:00:00,100,101,99,100,1\n"
                                      "2020-03-12 04:00:00,80,82,78,80,1\n"
                                      "2020-03-12 05:00:00,80,82,78,80,1\n";

static void test_gap_is_held(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  double u[361];
  write_file(gap_bars, strlen(gap_bars));
  replay.gaps = HC_GAPS_HOLD;
  must_compile(&replay, 60, 360, &price);
  walk(&price, 0, u);
  for (int k = 120; k <= 240; k++) assert_same(u[k], hc_log(100));
  assert_same(least(u, 241, 300), hc_log(78));
  hc_price_free(&price);
  must_compile(&replay, 3600, 6, &price);
  walk(&price, 0, u);
  for (int k = 1; k <= 4; k++) assert_same(u[k], hc_log(100));
  assert_same(u[5], hc_log(80));
  hc_price_free(&price);
}

/* Mean and variance in the middle of a bridged gap, at a step shorter and one equal to a bar. */
static void test_gap_is_bridged(void **state) {
  (void)state;
  static const double steps[] = {60, 3600};
  const double sigma = (log(101. / 99) + log(82. / 78)) / 2 / sqrt(4 * log(2));
  struct hc_replay_config replay = defaults();
  double u[361];
  enum { PATHS = 20000 };
  write_file(gap_bars, strlen(gap_bars));
  replay.gaps = HC_GAPS_BRIDGE;
  for (size_t i = 0; i < COUNT_OF(steps); i++) {
    struct hc_price price;
    const int hour = (int)(3600 / steps[i]);
    double sum = 0, squares = 0;
    must_compile(&replay, steps[i], 6 * hour, &price);
    for (uint64_t path = 0; path < PATHS; path++) {
      walk(&price, path, u);
      assert_same(u[2 * hour], hc_log(100));
      assert_same(u[4 * hour], hc_log(80));
      const double x = u[3 * hour] - log(sqrt(100 * 80));
      sum += x;
      squares += x * x;
    }
    assert_near(sum / PATHS, 0, 4 * sigma * sqrt(0.5 / PATHS));
    assert_near(squares / PATHS, 0.5 * sigma * sigma, 4 * 0.5 * sigma * sigma * sqrt(2.0 / PATHS));
    hc_price_free(&price);
  }
}

/* A horizon that ends inside a gap, and one whose bars lie before it. */
static void test_gap_at_the_end(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  double u[361];
  write_file(gap_bars, strlen(gap_bars));
  must_compile(&replay, 60, 120, &price); /* gaps: error, and none inside */
  hc_price_free(&price);
  replay.gaps = HC_GAPS_BRIDGE;
  replay.infill = HC_INFILL_NONE;
  must_compile(&replay, 60, 200, &price);
  walk(&price, 0, u);
  assert_true(isfinite(u[200]) && u[200] != u[199]);
  hc_price_free(&price);
  must_compile(&replay, 7200, 2, &price);
  walk(&price, 0, u);
  assert_same(u[2], hc_log(80));
  hc_price_free(&price);
}

/* ---- start and level --------------------------------------------------------------------------- */

static void test_start(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  double u[121];
  char start[] = "2020-03-12 01:00:00";
  write_file(three_bars, strlen(three_bars));
  replay.start = start;
  must_compile(&replay, 60, 120, &price);
  assert_same(price.initial, 95);
  walk(&price, 0, u);
  assert_same(u[60], hc_log(70));
  assert_same(least(u, 0, 60), hc_log(60));
  hc_price_free(&price);
  replay.rescale = true;
  must_compile(&replay, 60, 120, &price);
  assert_same(price.initial, 1000);
  walk(&price, 0, u);
  assert_near(u[60], log(1000. * 70 / 95), 1e-13);
  assert_near(least(u, 0, 60), log(1000. * 60 / 95), 1e-13);
  hc_price_free(&price);
}

static void test_random_starts_are_uniform(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  enum { BARS = 12, STARTS = 10, PATHS = 20000 };
  char text[1024] = HEADER;
  for (int i = 0; i < BARS; i++) {
    char row[80];
    (void)snprintf(row, sizeof row, "%d,%d,%d,%d,%d,1\n", 60 * i, 100 + i * i, 200 + i * i,
                   50 + i * i, 101 + i * i + 2 * i);
    (void)strcat(text, row);
  }
  write_file(text, strlen(text));
  replay.starts = HC_STARTS_RANDOM;
  must_compile(&replay, 60, 3, &price);
  assert_same(price.initial, 100);
  int count[BARS] = {0};
  double u[4];
  for (uint64_t path = 0; path < PATHS; path++) {
    walk(&price, path, u);
    for (int i = 0; i < BARS; i++)
      if (fabs(u[1] - hc_log(100) - hc_log((101. + i * i + 2 * i) / (100 + i * i))) < 1e-13) count[i]++;
  }
  double chi = 0;
  for (int i = 0; i < STARTS; i++) {
    const double expected = (double)PATHS / STARTS;
    chi += (count[i] - expected) * (count[i] - expected) / expected;
  }
  assert_true(chi < 33.7); /* 1e-4 at 9 degrees of freedom */
  assert_int_equal(count[10] + count[11], 0);
  hc_price_free(&price);
  char start[] = "540"; /* the last that fits */
  replay.start = start;
  must_compile(&replay, 60, 3, &price);
  assert_same(price.initial, 181);
  hc_price_free(&price);
}

static void test_volatility(void **state) {
  (void)state;
  struct hc_price price;
  compile_text(three_bars, 60, 180, &price);
  double squares = 0;
  for (int i = 0; i < 3; i++) squares += pow(log(highs[i] / lows[i]), 2) / (4 * log(2));
  assert_near(price.volatility, sqrt(squares / 3 * 24 * 365), 1e-12);
  assert_same(price.sigma, 0);
  assert_same(price.drift, 0);
  hc_price_free(&price);
}

/* ---- files ------------------------------------------------------------------------------------- */

static void test_layouts_are_read_alike(void **state) {
  (void)state;
  static const char *const texts[] = {
    "timestamp,open,close,volume,unix_timestamp,high,low\n"
    "2020-03-12 00:00:00,100,95,1,0,110,90\n2020-03-12 01:00:00,95,70,1,0,97,60\n",
    "\xef\xbb\xbf" "Date,Open,High,Low,Close\r\n2020-03-12T00:00:00Z,1e2,110.0,90,95\r\n\r\n"
    "2020-03-12T01:00:00Z,95,97,60,70",
    "\"unix_timestamp\",\"open\",\"high\",\"low\",\"close\",\"note\"\n"
    "1583971200, \"100\" ,110,90,95,\"a, b\"\n1583974800,95,97,60,70,\n",
    "time,open,high,low,close\n1583971200000,100,110,90,95\n1583974800000,95,97,60,70\n",
  };
  double u[121], first[121];
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    struct hc_price price;
    compile_text(texts[i], 60, 120, &price);
    walk(&price, 0, i ? u : first);
    if (i) assert_memory_equal(u, first, sizeof u);
    assert_int_equal(strlen(price.data), 64);
    hc_price_free(&price);
  }
}

static void test_columns_by_name(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  char when[] = "when", o[] = "o", h[] = "h", l[] = "l", c[] = "c";
  static const char text[] = "time,when,c,l,h,o\n9,0,95,90,110,100\n8,60,70,60,97,95\n";
  write_file(text, strlen(text));
  replay.time_column = when;
  replay.open_column = o;
  replay.high_column = h;
  replay.low_column = l;
  replay.close_column = c;
  must_compile(&replay, 60, 2, &price);
  assert_same(price.initial, 100);
  hc_price_free(&price);
}

#define B0 "2020-03-12 00:00:00,100,110,90,95,1\n"
#define B1 "2020-03-12 01:00:00,95,97,60,70,1\n"
#define B2 "2020-03-12 02:00:00,70,80,60,75,1\n"
static const struct {
  const char *text, *start;
  double step;
  int64_t steps;
  const char *expected; /* all of these pieces, split at | */
} complaints[] = {
  {HEADER B0 "2020-03-12 00:00:00,95,97,60,70,1\n", NULL, 60, 60,
   "bars.csv:3:1: time 2020-03-12 00:00:00 is not after|(line 2)|oldest first"},
  {HEADER B0 "2020-03-12 01:00:00,95,94,60,70,1\n" B2, NULL, 60, 60,
   "bars.csv:3:24: high 94 is below open 95"},
  {HEADER B0 "2020-03-12 01:00:00,60,69,60,70,1\n" B2, NULL, 60, 60,
   "high 69 is below close 70"},
  {HEADER "2020-03-12 00:00:00,100,110,96,95,1\n" B1, NULL, 60, 60,
   "bars.csv:2:29: low 96 is above close 95"},
  {HEADER B0 "2020-03-12 01:00:00,95,97,0,70,1\n", NULL, 60, 60,
   "bars.csv:3:27: low is 0, expected a positive"},
  {HEADER B0 "2020-03-12 01:00:00,95,97,-3,70,1\n", NULL, 60, 60, "low is -3"},
  {HEADER B0 "2020-03-12 01:00:00,95,1e999,60,70,1\n", NULL, 60, 60, "high is 1e999"},
  {HEADER B0 "2020-03-12 01:00:00,nan,97,60,70,1\n", NULL, 60, 60, "open \"nan\" is no number"},
  {HEADER B0 "2020-03-12 01:00:00,9x,97,60,70,1\n", NULL, 60, 60, "open \"9x\" is no number"},
  {HEADER B0 "2020-03-12 01:00:00,,97,60,,1\nx,1,1,1,1,1\n", NULL, 60, 60,
   "3:21: open \"\" is no number|(and 2 more problems in the file)"},
  {HEADER B0 "12.03.2020,95,97,60,70,1\n", NULL, 60, 60, "3:1: \"12.03.2020\" is no time"},
  {HEADER B0 "2020-03-12 01:00:00,95,97\n", NULL, 60, 60,
   "3:1: the row has 3 fields, expected 6"},
  {"time,opne,high,low,close\n", NULL, 60, 60,
   "bars.csv:1:1: there is no column \"open\", did you mean \"opne\"?|"
   "the columns are time, opne, high, low, close|open_column"},
  {"when,open,high,low,close\n", NULL, 60, 60, "there is no time column|when, open, high|time_column"},
  {"", NULL, 60, 60, "is empty"},
  {HEADER, NULL, 60, 60, "has 0 bars, expected two"},
  {HEADER B0, NULL, 60, 60, "has 1 bar, expected two"},
  {HEADER B0 B1 "2020-03-12 04:00:00,70,80,60,75,1\n", NULL, 60, 300,
   "bars.csv:4:1: the bar of 2020-03-12 02:00:00 is missing|(2 bars of 1h)|hold|bridge"},
  {HEADER B0 B1 B2 "2020-03-12 03:30:00,70,80,60,75,1\n", NULL, 60, 240,
   "time 2020-03-12 03:30:00 is 90m after"},
  {HEADER B0 B1, NULL, 60, 121,
   "the horizon of 121m needs 3 bars of 1h from 2020-03-12 00:00:00, and there are 2, up to "
   "2020-03-12 02:00:00; shorten simulation.horizon"},
  {HEADER B0 B1 B2, "2020-03-12 02:00", 60, 120,
   "and there are 1|or start at 2020-03-12 01:00:00 at the latest"},
  {HEADER B0 B1 B2, "2020-03-12 00:30:00", 60, 60,
   "not the time of a bar; those around it are 2020-03-12 00:00:00 and 2020-03-12 01:00:00"},
  {HEADER B0 B1, "2020-03-12 01:30:00", 60, 60, "not the time of a bar; the last is 2020-03-12 01"},
  {HEADER B0 B1, "2020-03-11", 60, 60,
   "start 2020-03-11 is outside the history|from 2020-03-12 00:00:00 to 2020-03-12 02:00:00"},
  {HEADER B0 B1, "noon", 60, 60, "start \"noon\" is no time, expected YYYY-MM-DD"},
  {HEADER B0 B1, NULL, 7, 60, "the bars are 1h long, and simulation.step is 7s|1s or 1h"},
  {HEADER B0 B1, NULL, 5400, 1, "simulation.step is 90m"},
};

static void assert_pieces(const char *message, const char *pieces) {
  char text[400];
  (void)snprintf(text, sizeof text, "%s", pieces);
  for (char *piece = text, *next; piece; piece = next) {
    next = strchr(piece, '|');
    if (next) *next++ = '\0';
    if (!strstr(message, piece)) fail_msg("\"%s\" is not in \"%s\"", piece, message);
  }
}

static void test_complaints(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(complaints); i++) {
    struct hc_replay_config replay = defaults();
    struct hc_error error = {0};
    struct hc_price price;
    char start[40] = "";
    if (complaints[i].start) (void)snprintf(start, sizeof start, "%s", complaints[i].start);
    replay.start = complaints[i].start ? start : NULL;
    write_file(complaints[i].text, strlen(complaints[i].text));
    const hc_status status =
      compile_bars(&replay, complaints[i].step, complaints[i].steps, &price, &error);
    if (status != HC_INPUT) fail_msg("case %zu: status %d, %s", i, (int)status, error.message);
    assert_pieces(error.message, complaints[i].expected);
  }
}

static void test_files_that_cannot_be_read(void **state) {
  (void)state;
  struct hc_price price;
  char none[] = "/nowhere/bars.csv";
  struct hc_replay_config replay = defaults();
  struct hc_error error = {0};
  replay.file = NULL;
  assert_int_equal(compile_bars(&replay, 60, 60, &price, &error), HC_INPUT);
  assert_pieces(error.message, "needs a CSV of bars|--set markets.NAME.price.file=FILE");
  replay.file = none;
  error = (struct hc_error){0};
  assert_int_equal(compile_bars(&replay, 60, 60, &price, &error), HC_INPUT);
  assert_pieces(error.message, "/nowhere/bars.csv: cannot be opened: No such file");
  replay.file = directory;
  error = (struct hc_error){0};
  assert_int_equal(compile_bars(&replay, 60, 60, &price, &error), HC_INPUT);
  assert_pieces(error.message, "is a directory");
  replay.file = file_name;
  error = (struct hc_error){0};
  write_file("a\0b", 3);
  assert_int_equal(compile_bars(&replay, 60, 60, &price, &error), HC_INPUT);
  assert_pieces(error.message, "zero byte");
}

/* The sample of tests/data, on the first paths: low of its crash on all of them. */
static void test_sample(void **state) {
  (void)state;
  struct hc_replay_config replay = defaults();
  struct hc_price price;
  char sample[512];
  (void)snprintf(sample, sizeof sample, "%s/tests/data/bars.csv", HAIRCUT_SOURCE_DIR);
  if (access(sample, R_OK) != 0) skip();
  enum { STEPS = 400 * 60 };
  static double u[STEPS + 1];
  replay.file = sample;
  must_compile(&replay, 60, STEPS, &price);
  const struct hc_replay *bars = price.data;
  assert_int_equal(bars->count, 400);
  for (uint64_t path = 0; path < 3; path++) {
    walk(&price, path, u);
    for (int i = 0; i < 400; i++) {
      assert_same(least(u, 60 * i, 60 * i + 60), bars->bars[i].low);
      assert_same(most(u, 60 * i, 60 * i + 60), bars->bars[i].high);
    }
  }
  hc_price_free(&price);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_times),
    cmocka_unit_test(test_bars_are_hit_exactly),
    cmocka_unit_test(test_two_steps_visit_the_far_extreme),
    cmocka_unit_test(test_steps_of_bars_are_closes),
    cmocka_unit_test(test_order_of_extremes),
    cmocka_unit_test(test_extremes_are_not_squeezed),
    cmocka_unit_test(test_flat_bar),
    cmocka_unit_test(test_horizon_inside_a_bar),
    cmocka_unit_test(test_no_infill),
    cmocka_unit_test(test_paths_are_functions_of_their_number),
    cmocka_unit_test(test_steps_refine),
    cmocka_unit_test(test_tree),
    cmocka_unit_test(test_gap_is_held),
    cmocka_unit_test(test_gap_is_bridged),
    cmocka_unit_test(test_gap_at_the_end),
    cmocka_unit_test(test_start),
    cmocka_unit_test(test_random_starts_are_uniform),
    cmocka_unit_test(test_volatility),
    cmocka_unit_test(test_layouts_are_read_alike),
    cmocka_unit_test(test_columns_by_name),
    cmocka_unit_test(test_complaints),
    cmocka_unit_test(test_files_that_cannot_be_read),
    cmocka_unit_test(test_sample),
  };
  return cmocka_run_group_tests_name("replay", tests, make_directory, remove_directory);
}
