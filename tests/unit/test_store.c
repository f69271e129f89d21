/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haircut/store.h"
#include "store/select.h"
#include "store/shard.h"

/* Violent enough that a few thousand paths lose money, small enough to take no time. */
#define SMALL                                                                                \
  "name: small\n"                                                                            \
  "simulation: {paths: 5000, horizon: 1d, step: 1h}\n"                                       \
  "markets: {BTC: {price: {model: merton, volatility: 120%, jump_rate: 200/y}}}\n"           \
  "insurance_fund: {initial: 1M}\n"                                                          \
  "liquidity_providers: [{name: senior, deposits: 200M, profit: 5M}, {name: junior}]\n"      \
  "output: {traces: 3, timeline: {points: 12, paths: 1500}}\n"
#define GENERATED SMALL "book: {generate: {books: 2, accounts: 60}}\n"
#define FROM_FILE SMALL "book: {file: positions.csv}\n"

static char directory[64], file[96];

/* ---- scenarios and runs -------------------------------------------------------------- */

struct world {
  struct hc_config *config;
  struct hc_scenario *scenario;
};

static struct world make(const char *text, const char *const *settings, size_t count) {
  struct world world = {0};
  struct hc_diagnostics diagnostics = {0};
  struct hc_error error = {0};
  hc_status status = hc_config_parse(&hc_root_table, "test", text, strlen(text), directory,
                                     settings, count, &world.config, &diagnostics);
  if (!status) status = hc_scenario_create(world.config, &world.scenario, &diagnostics, &error);
  if (status)
    fail_msg("%s %s", diagnostics.count ? diagnostics.items[0].message : "", error.message);
  hc_diagnostics_free(&diagnostics);
  return world;
}

static struct world plain(void) { return make(GENERATED, NULL, 0); }

static struct world with(const char *setting) { return make(GENERATED, &setting, 1); }

static void drop(struct world *world) {
  hc_scenario_free(world->scenario);
  hc_config_free(world->config);
}

static struct hc_store *open_store(const struct world *world, enum hc_store_mode mode) {
  struct hc_store *store;
  struct hc_error error = {0};
  if (hc_store_open(world->scenario, file, 2, mode, &store, &error)) fail_msg("%s", error.message);
  return store;
}

static void expect_refusal(const struct world *world, enum hc_store_mode mode, hc_status expected,
                           const char *part) {
  struct hc_store *store;
  struct hc_error error = {0};
  const hc_status status = hc_store_open(world->scenario, file, 2, mode, &store, &error);
  assert_int_equal(status, expected);
  assert_null(store);
  if (!strstr(error.message, part)) fail_msg("no \"%s\" in: %s", part, error.message);
}

static hc_status run(const struct world *world, struct hc_store *store, uint64_t paths,
                     struct hc_error *error) {
  const struct hc_sink sink = hc_store_sink(store);
  const struct hc_run_options options = {.threads = 2, .paths = paths};
  struct hc_work work = {0};
  return hc_run(world->scenario, &options, &sink, &work, error);
}

static void run_all(const struct world *world, struct hc_store *store, uint64_t paths) {
  struct hc_error error = {0};
  if (run(world, store, paths, &error)) fail_msg("%s", error.message);
}

static hc_status assemble(struct hc_store *store, uint64_t paths, struct hc_error *error) {
  const struct hc_report report = {paths, 1, 1.0, "test", "{\"step\": 1}", NULL};
  return hc_store_assemble(store, &report, error);
}

static void finish(struct hc_store *store, uint64_t paths) {
  struct hc_error error = {0};
  if (assemble(store, paths, &error) || hc_store_remove(store, &error))
    fail_msg("%s", error.message);
}

static void run_and_finish(const struct world *world, enum hc_store_mode mode, uint64_t paths) {
  struct hc_store *store = open_store(world, mode);
  run_all(world, store, paths);
  finish(store, paths);
}

/* Leaves the shards of `paths` paths behind, as a killed run does. */
static void interrupt(const struct world *world, uint64_t paths) {
  struct hc_store *store = open_store(world, HC_STORE_NEW);
  run_all(world, store, paths);
  hc_store_close(store);
}

static bool exists(const char *name) { return access(name, F_OK) == 0; }

static const char *shards(void) {
  static char name[120];
  (void)snprintf(name, sizeof name, "%s.shards", file);
  return name;
}

static const char *shard(const char *name) {
  static char full[160];
  (void)snprintf(full, sizeof full, "%s/%s", shards(), name);
  return full;
}

static off_t size_of(const char *name) {
  struct stat about;
  assert_int_equal(stat(name, &about), 0);
  return about.st_size;
}

static struct hc_results *open_results(void) {
  struct hc_results *results;
  struct hc_error error = {0};
  if (hc_results_open(file, &results, &error)) fail_msg("%s", error.message);
  return results;
}

/* What the file holds is what the engine gives. */
static void expect_results(const struct world *world, uint64_t paths) {
  struct hc_results *results = open_results();
  struct hc_workspace *workspace;
  struct hc_error error = {0};
  assert_int_equal(hc_results_paths(results), paths);
  assert_int_equal(hc_workspace_create(world->scenario, &workspace, &error), HC_OK);
  for (uint64_t path = 0; path < paths; path += 97) {
    struct hc_outcome kept, again;
    double kept_class[2], class[2];
    assert_int_equal(hc_results_outcomes(results, path, 1, &kept, kept_class, &error), HC_OK);
    assert_int_equal(hc_path_run(workspace, path, &again, class, &error), HC_OK);
    assert_memory_equal(&kept, &again, sizeof kept);
    assert_memory_equal(kept_class, class, sizeof class);
  }
  hc_workspace_free(workspace);
  hc_results_close(results);
}

/* ---- a directory for each test --------------------------------------------------------- */

static int set_up(void **state) {
  (void)state;
  (void)snprintf(directory, sizeof directory, "/tmp/haircut-store-XXXXXX");
  if (!mkdtemp(directory)) return -1;
  (void)snprintf(file, sizeof file, "%s/run.h5", directory);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  char command[120];
  (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
  return system(command) == 0 ? 0 : -1;
}

/* ---- shards ------------------------------------------------------------------------------ */

static void test_whole_run(void **state) {
  (void)state;
  struct world world = plain();
  run_and_finish(&world, HC_STORE_NEW, 5000);
  assert_false(exists(shards()));
  expect_results(&world, 5000);
  drop(&world);
}

static void test_new_refuses_interrupted(void **state) {
  (void)state;
  struct world world = plain();
  interrupt(&world, 2048);
  expect_refusal(&world, HC_STORE_NEW, HC_MISMATCH, "--resume");
  assert_true(exists(shard("worker-000.shard")));
  drop(&world);
}

static void test_resume(void **state) {
  (void)state;
  struct world world = plain();
  interrupt(&world, 3000); /* the last granule is of 952 paths: no use for 5000 */
  struct hc_store *store = open_store(&world, HC_STORE_RESUME);
  const struct hc_sink sink = hc_store_sink(store);
  assert_int_equal(hc_store_paths(store), 2048);
  assert_true(sink.has(sink.self, 0) && sink.has(sink.self, 1));
  assert_false(sink.has(sink.self, 2));
  assert_false(sink.has(sink.self, UINT64_MAX / 2048));
  run_all(&world, store, 5000);
  finish(store, 5000);
  expect_results(&world, 5000);
  drop(&world);
}

/* Cut anywhere, a file keeps the whole records before the cut. */
static void test_torn(void **state) {
  (void)state;
  struct world world = plain();
  struct hc_store *store;
  struct hc_error error = {0};
  assert_int_equal(hc_store_open(world.scenario, file, 1, HC_STORE_NEW, &store, &error), HC_OK);
  const struct hc_sink sink = hc_store_sink(store);
  const struct hc_run_options options = {.threads = 1, .paths = 5000};
  struct hc_work work = {0};
  assert_int_equal(hc_run(world.scenario, &options, &sink, &work, &error), HC_OK);
  hc_store_close(store);
  uint64_t before = 5000;
  const off_t size = size_of(shard("worker-000.shard"));
  for (off_t cut = size - 1; cut > 0; cut -= size / 23) {
    assert_int_equal(truncate(shard("worker-000.shard"), cut), 0);
    store = open_store(&world, HC_STORE_RESUME);
    assert_true(hc_store_paths(store) <= before);
    before = hc_store_paths(store);
    assert_int_equal(before % HC_GRANULE, 0);
    hc_store_close(store);
  }
  assert_int_equal(before, 0);
  run_and_finish(&world, HC_STORE_RESUME, 5000);
  expect_results(&world, 5000);
  drop(&world);
}

static void flip(const char *name, off_t offset) {
  const int descriptor = open(name, O_RDWR);
  unsigned char byte;
  assert_int_equal(pread(descriptor, &byte, 1, offset), 1);
  byte ^= 0x10;
  assert_int_equal(pwrite(descriptor, &byte, 1, offset), 1);
  assert_int_equal(close(descriptor), 0);
}

/* One damaged byte costs at most what it belongs to, and never gives a wrong result. */
static void test_corrupted(void **state) {
  (void)state;
  struct world world = plain();
  interrupt(&world, 5000);
  const off_t size = size_of(shard("worker-000.shard"));
  for (int i = 0; i < 12; ++i) {
    flip(shard("worker-000.shard"), size / 12 * i + 40);
    struct hc_store *store = open_store(&world, HC_STORE_RESUME);
    assert_true(hc_store_paths(store) < 5000);
    hc_store_close(store);
    flip(shard("worker-000.shard"), size / 12 * i + 40);
  }
  flip(shard("worker-000.shard"), size / 2);
  run_and_finish(&world, HC_STORE_RESUME, 5000);
  expect_results(&world, 5000);
  drop(&world);
}

static void test_duplicates(void **state) {
  (void)state;
  struct world world = plain();
  interrupt(&world, 4096);
  char command[400];
  (void)snprintf(command, sizeof command, "cp %s/worker-000.shard %s/worker-100.shard", shards(),
                 shards());
  assert_int_equal(system(command), 0);
  struct hc_store *store = open_store(&world, HC_STORE_RESUME);
  assert_int_equal(hc_store_paths(store), 4096);
  run_all(&world, store, 5000);
  finish(store, 5000);
  expect_results(&world, 5000);
  drop(&world);
}

static void test_foreign(void **state) {
  (void)state;
  struct world world = plain(), richer = with("insurance_fund.initial=2M"),
               bare = with("output.samples=none"), longer = with("simulation.paths=9000");
  interrupt(&world, 2048);
  expect_refusal(&richer, HC_STORE_RESUME, HC_MISMATCH,
                 "insurance_fund.initial is 1M there and 2M here");
  expect_refusal(&bare, HC_STORE_RESUME, HC_MISMATCH, "output.samples is all there and none here");
  struct hc_store *store = open_store(&longer, HC_STORE_RESUME);
  assert_int_equal(hc_store_paths(store), 2048);
  hc_store_close(store);
  drop(&world);
  drop(&richer);
  drop(&bare);
  drop(&longer);
}

static void test_lock(void **state) {
  (void)state;
  struct world world = plain();
  struct hc_store *store = open_store(&world, HC_STORE_NEW);
  char process[40];
  (void)snprintf(process, sizeof process, "process %ld", (long)getpid());
  expect_refusal(&world, HC_STORE_RESUME, HC_IO, process);
  hc_store_close(store);
  assert_false(exists(shards())); /* nothing was kept, nothing is left */
  drop(&world);
}

static void test_extend(void **state) {
  (void)state;
  struct world world = with("simulation.paths=3000"), longer = plain(),
               richer = with("insurance_fund.initial=2M");
  run_and_finish(&world, HC_STORE_RESUME, 3000);
  expect_refusal(&richer, HC_STORE_RESUME, HC_MISMATCH, "insurance_fund.initial is 1M");
  struct hc_store *store = open_store(&longer, HC_STORE_RESUME);
  assert_int_equal(hc_store_paths(store), 0); /* 1500 timelines are in the first two granules */
  hc_store_close(store);
  struct world timeless = with("output.timeline.points=0");
  store = open_store(&timeless, HC_STORE_RESUME);
  assert_int_equal(hc_store_paths(store), 2048);
  run_all(&timeless, store, 5000);
  finish(store, 5000);
  expect_results(&timeless, 5000);
  drop(&world);
  drop(&longer);
  drop(&richer);
  drop(&timeless);
}

static void test_extend_without_samples(void **state) {
  (void)state;
  struct world world = with("output.samples=none");
  run_and_finish(&world, HC_STORE_NEW, 5000);
  expect_refusal(&world, HC_STORE_RESUME, HC_MISMATCH, "without samples");
  assert_false(exists(shards()));
  drop(&world);
}

static void test_stale_temporary(void **state) {
  (void)state;
  struct world world = plain();
  char stale[120], other[120];
  (void)snprintf(stale, sizeof stale, "%s.tmp-1234", file);
  (void)snprintf(other, sizeof other, "%s.tmp-mine", file);
  assert_int_equal(close(creat(stale, 0600)), 0);
  assert_int_equal(close(creat(other, 0600)), 0);
  hc_store_close(open_store(&world, HC_STORE_NEW));
  assert_false(exists(stale));
  assert_true(exists(other));
  drop(&world);
}

/* ---- full disks and closed doors ---------------------------------------------------------- */

/* A limit on file sizes stands for a full disk: the write stops short, then fails. */
static void limit(rlim_t bytes) {
  struct rlimit now;
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
  now.rlim_cur = bytes;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static void test_full_disk_while_running(void **state) {
  (void)state;
  struct world world = plain();
  struct hc_error error = {0};
  struct hc_store *store = open_store(&world, HC_STORE_NEW);
  limit(500000);
  hc_status status = run(&world, store, 5000, &error);
  if (!status) status = hc_store_sync(store, &error);
  assert_int_equal(status, HC_NO_SPACE);
  assert_non_null(strstr(error.message, "--resume"));
  const uint64_t kept = hc_store_paths(store);
  hc_store_close(store);
  limit(RLIM_INFINITY);
  store = open_store(&world, HC_STORE_RESUME);
  assert_true(hc_store_paths(store) <= kept);
  run_all(&world, store, 5000);
  finish(store, 5000);
  expect_results(&world, 5000);
  drop(&world);
}

static void expect_no_file(void) {
  DIR *entries = opendir(directory);
  for (const struct dirent *entry; (entry = readdir(entries));)
    if (strncmp(entry->d_name, "run.h5", 6) == 0 && strcmp(entry->d_name, "run.h5.shards") != 0)
      fail_msg("%s was left behind", entry->d_name);
  assert_int_equal(closedir(entries), 0);
}

static void test_full_disk_while_assembling(void **state) {
  (void)state;
  struct world world = plain();
  struct hc_store *store = open_store(&world, HC_STORE_NEW);
  run_all(&world, store, 5000);
  struct hc_error error = {0};
  assert_int_equal(hc_store_sync(store, &error), HC_OK);
  for (rlim_t most = 1000; most < 400000; most *= 3) {
    error = (struct hc_error){0};
    limit(most);
    const hc_status status = assemble(store, 5000, &error);
    limit(RLIM_INFINITY);
    assert_int_equal(status, HC_NO_SPACE);
    assert_non_null(strstr(error.message, "--resume"));
    expect_no_file();
  }
  finish(store, 5000);
  expect_results(&world, 5000);
  drop(&world);
}

static void test_unwritable(void **state) {
  (void)state;
  struct world world = plain();
  (void)snprintf(file, sizeof file, "%s/nowhere/run.h5", directory);
  expect_refusal(&world, HC_STORE_NEW, HC_IO, "create the directory");
  (void)snprintf(file, sizeof file, "%s", directory);
  expect_refusal(&world, HC_STORE_NEW, HC_IO, "not a file");
  (void)snprintf(file, sizeof file, "%s/run.h5", directory);
  if (geteuid() != 0) { /* root may write anywhere */
    assert_int_equal(chmod(directory, 0500), 0);
    expect_refusal(&world, HC_STORE_NEW, HC_IO, "Permission denied");
    assert_int_equal(chmod(directory, 0700), 0);
  }
  drop(&world);
}

/* ---- the results file ------------------------------------------------------------------------ */

static void test_reading(void **state) {
  (void)state;
  struct world world = plain();
  run_and_finish(&world, HC_STORE_NEW, 5000);
  struct hc_results *results = open_results();
  struct hc_error error = {0};
  assert_true(hc_results_is(file));
  assert_true(hc_results_has_samples(results));
  const struct hc_estimate *estimates;
  size_t count;
  assert_int_equal(hc_results_estimates(results, &estimates, &count, &error), HC_OK);
  assert_true(count > 20);
  bool found = false;
  for (size_t i = 0; i < count; ++i)
    found = found || (strcmp(estimates[i].name, "mean_bad_debt") == 0 && estimates[i].value > 0 &&
                      strcmp(estimates[i].unit, "USD") == 0);
  assert_true(found);
  const uint64_t *traced;
  assert_int_equal(hc_results_traced(results, &traced, &count, &error), HC_OK);
  assert_int_equal(count, 3);
  char kept[65], digest[65];
  hc_scenario_digest(world.scenario, digest);
  assert_int_equal(hc_results_digest(results, kept, &error), HC_OK);
  assert_string_equal(kept, digest);
  struct hc_outcome outcome;
  assert_int_equal(hc_results_outcomes(results, 5000, 1, &outcome, NULL, &error), HC_INPUT);
  hc_results_close(results);
  drop(&world);
}

static void write_positions(void) {
  char name[120];
  (void)snprintf(name, sizeof name, "%s/positions.csv", directory);
  FILE *stream = fopen(name, "w");
  assert_non_null(stream);
  assert_true(fputs("account,market,side,size_usd,entry,collateral\n"
                    "a,BTC,long,20000000,100000,1500000\n"
                    "b,BTC,short,10000000,100000,1000000\n",
                    stream) > 0);
  assert_int_equal(fclose(stream), 0);
}

/* The configuration and its CSV, taken out of the file, give the same outcomes. */
static void test_taken_out(void **state) {
  (void)state;
  write_positions();
  struct world world = make(FROM_FILE, NULL, 0);
  run_and_finish(&world, HC_STORE_NEW, 5000);
  struct hc_results *results = open_results();
  struct hc_error error = {0};
  char name[120];
  (void)snprintf(name, sizeof name, "%s/positions.csv", directory);
  assert_int_equal(unlink(name), 0);
  assert_int_equal(hc_results_inputs(results, directory, &error), HC_OK);
  struct world again = make(hc_results_config(results), NULL, 0);
  expect_results(&again, 5000);
  hc_results_close(results);
  drop(&again);
  drop(&world);
}

static void expect_format(const char *part) {
  struct hc_results *results;
  struct hc_error error = {0};
  assert_int_equal(hc_results_open(file, &results, &error), HC_FORMAT);
  assert_null(results);
  if (!strstr(error.message, part)) fail_msg("no \"%s\" in: %s", part, error.message);
}

static int python(const char *text) {
  char command[1500];
  (void)snprintf(command, sizeof command, "/usr/bin/python3 - '%s' <<'END'\n%s\nEND\n", file, text);
  return system(command);
}

static void test_damaged(void **state) {
  (void)state;
  struct world world = plain();
  struct hc_results *results;
  struct hc_error error = {0};
  assert_int_equal(hc_results_open(file, &results, &error), HC_IO);
  run_and_finish(&world, HC_STORE_NEW, 5000);
  const off_t size = size_of(file);
  for (off_t cut = size - 1; cut > 100; cut /= 4) {
    assert_int_equal(truncate(file, cut), 0);
    expect_format("cut short");
  }
  assert_int_equal(truncate(file, 0), 0);
  expect_format("not HDF5");
  assert_false(hc_results_is(file));
  drop(&world);
}

static void test_other_files(void **state) {
  (void)state;
  if (python("import h5py") != 0) skip();
  assert_int_equal(python("import h5py, sys\nh5py.File(sys.argv[1], 'w')['x'] = 1"), 0);
  expect_format("not a results file");
  assert_false(hc_results_is(file));
  struct world world = plain();
  run_and_finish(&world, HC_STORE_NEW, 5000);
  assert_int_equal(python("import h5py, sys\n"
                          "h5py.File(sys.argv[1], 'a').attrs['format_version'] = 99"),
                   0);
  expect_format("version 99");
  drop(&world);
}

/* Columns with units, names and axes, as h5py sees them; every group opens in xarray. */
static const char readers[] =
  "import sys, h5py\n"
  "groups = []\n"
  "def look(name, item):\n"
  "    if isinstance(item, h5py.Group): return groups.append(name)\n"
  "    assert item.attrs['units'] and item.attrs['long_name'] and not item.dtype.names, name\n"
  "    scale = h5py.h5ds.is_scale(item.id)\n"
  "    assert scale or all(len(axis) == 1 for axis in item.dims), name\n"
  "with h5py.File(sys.argv[1]) as file:\n"
  "    file.visititems(look)\n"
  "    assert file['paths/lp_loss_class'].shape == (5000, 2)\n"
  "    gap = file['paths/lp_loss'][()] - file['paths/lp_loss_class'][()].sum(1)\n"
  "    assert abs(gap).max() < 1e-3 and file['paths/lp_loss'][()].max() > 1e6\n"
  "    assert abs(file['timeline/mark'][0, 3] - 1e5) < 1e-6\n"
  "try: import xarray, h5netcdf, netCDF4\n"
  "except ImportError: sys.exit(0)\n"
  "for engine in ('h5netcdf', 'netcdf4'):\n"
  "    for group in groups: xarray.open_dataset(sys.argv[1], group=group, engine=engine).load()\n";

static void test_readers(void **state) {
  (void)state;
  if (python("import h5py") != 0) skip();
  struct world world = plain();
  run_and_finish(&world, HC_STORE_NEW, 5000);
  assert_int_equal(python(readers), 0);
  drop(&world);
}

/* ---- order statistics ------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void test_select(void **state) {
  (void)state;
  static const double levels[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
  enum { MOST = 300, LEVELS = sizeof levels / sizeof *levels };
  double values[MOST], sorted[MOST], quantile[LEVELS];
  uint32_t x = 1;
  for (size_t count = 1; count <= MOST; ++count) {
    for (size_t i = 0; i < count; ++i) {
      x = x * 1664525u + 1013904223u;
      sorted[i] = values[i] = (double)(x >> 8) / (count % 3 ? 1 : 1 << 22); /* often all equal */
      if (count % 3 == 0) sorted[i] = values[i] = floor(values[i]);
    }
    qsort(sorted, count, sizeof *sorted, by_value);
    hc_select_quantiles(values, count, levels, LEVELS, quantile);
    for (size_t i = 0; i < LEVELS; ++i) {
      const size_t rank = (size_t)ceil(levels[i] * (double)count);
      assert_true(quantile[i] == sorted[rank - 1]);
    }
  }
}

/* HDF5 cannot close a file that it may not write (test_full_disk_while_assembling); what it
 * then holds is its own. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libhdf5\n"; }

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_select),
    STORE_TEST(test_whole_run),
    STORE_TEST(test_new_refuses_interrupted),
    STORE_TEST(test_resume),
    STORE_TEST(test_torn),
    STORE_TEST(test_corrupted),
    STORE_TEST(test_duplicates),
    STORE_TEST(test_foreign),
    STORE_TEST(test_lock),
    STORE_TEST(test_extend),
    STORE_TEST(test_extend_without_samples),
    STORE_TEST(test_stale_temporary),
    STORE_TEST(test_full_disk_while_running),
    STORE_TEST(test_full_disk_while_assembling),
    STORE_TEST(test_unwritable),
    STORE_TEST(test_reading),
    STORE_TEST(test_taken_out),
    STORE_TEST(test_damaged),
    STORE_TEST(test_other_files),
    STORE_TEST(test_readers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
