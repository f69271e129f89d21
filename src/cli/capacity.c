/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/capacity.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cli/number.h"
#include "cli/output_file.h"
#include "cli/report.h"
#include "haircut/stats.h"
#include "market/price.h"
#include "path/turns.h"

/* Bytes, measured (tests/cli: the estimate bounds the peak from above). */
static const double position_bytes = 120;   /* position, index and levels of one account */
static const double workspace_bytes = 40;   /* state of one account on top, a thread */
static const double thread_bytes = 4e6;     /* granule, its statistics and buffers */
static const double fixed_bytes = 60e6;     /* program, libraries, tails, assembly */
static const double csv_row_bytes = 30;     /* of a short row of a book */
static const double granule_bytes = 12e3;   /* packed statistics of one granule */

static double file_size(const char *file) {
  struct stat info;
  return file && stat(file, &info) == 0 ? (double)info.st_size : 0;
}

/* Accounts of all books together, and of the largest one. */
static double accounts(const struct hc_book_config *book, double *largest) {
  const double from_file = file_size(book->file) / csv_row_bytes;
  const double drawn = book->generate ? (double)book->generate->accounts : book->file ? 0 : 20000;
  const double books = book->generate ? (double)book->generate->books : 8;
  *largest = fmax(from_file, drawn);
  return from_file + drawn * books;
}

static double columns(const struct hc_root_config *values) {
  return HC_OUTCOME_COLUMNS + (double)values->liquidity_providers.count;
}

/* The walks of one thread: of a path, and of those that take turns with it. A tree keeps a node for every
 * block and some of the blocks, a model that walks the whole line. */
static double walks(const struct hc_root_config *values, double steps) {
  bool whole = false;
  for (size_t i = 0; i < values->markets.count; i++) {
    const struct hc_market_config *market = &HC_ITEMS(values->markets, struct hc_market_config)[i];
    const struct hc_price_model *model = hc_price_models.variants[market->price.model.index]->operations;
    whole = whole || model->walk;
  }
  return (1 + HC_LANES) * (whole ? 8 * steps : steps / 5 + fmin(8.2 * steps, 2.2e6));
}

double hc_cli_memory_needed(const struct hc_root_config *values, int threads) {
  double largest;
  const double all = accounts(&values->book, &largest);
  const struct hc_timeline_config *timeline = &values->output.timeline;
  const double kept = fmin((double)timeline->paths, (double)values->simulation.paths);
  const double bands = 4 * 8 * kept * ((double)timeline->points + 1);
  const double ratio = values->simulation.horizon / values->simulation.step;
  const double steps = ratio < 0x1p31 ? ratio : 0; /* more are refused, with their place */
  return fixed_bytes + position_bytes * all + 2 * file_size(values->book.file) +
         threads * (thread_bytes + workspace_bytes * largest + walks(values, steps)) + 16 * steps + bands;
}

double hc_cli_disk_needed(const struct hc_root_config *values) {
  const double paths = (double)values->simulation.paths;
  const bool kept = values->output.samples == HC_SAMPLES_ALL;
  const double samples = kept ? 8 * columns(values) * paths : 0;
  double largest;
  const double books = 32 * accounts(&values->book, &largest) + file_size(values->book.file);
  const struct hc_timeline_config *timeline = &values->output.timeline;
  const double bands =
    4 * 8 * fmin((double)timeline->paths, paths) * ((double)timeline->points + 1);
  return 2 * samples + granule_bytes * ceil(paths / HC_GRANULE) + bands + books + 2e6;
}

double hc_cli_memory_available(void) {
  FILE *file = fopen("/proc/meminfo", "r");
  double available = NAN, kilobytes;
  char line[256];
  if (!file) return NAN;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "MemAvailable: %lf kB", &kilobytes) == 1) available = 1024 * kilobytes;
  (void)fclose(file);
  return available;
}

double hc_cli_disk_available(const char *directory) {
  struct statvfs info;
  if (statvfs(directory, &info) != 0) return NAN;
  return (double)info.f_bavail * (double)info.f_frsize;
}

hc_status hc_cli_memory_check(const struct hc_root_config *values, int threads) {
  const double needed = hc_cli_memory_needed(values, threads);
  const double available = hc_cli_memory_available();
  if (!(needed > available)) return HC_OK;
  return hc_cli_complain(HC_INPUT,
                         "not enough memory: about %s needed, %s available; "
                         "lower book.generate.accounts, book.generate.books, "
                         "output.timeline.paths or --threads, or lengthen simulation.step",
                         hc_cli_bytes(needed).text, hc_cli_bytes(available).text);
}

/* Bytes of the shards of an earlier run beside the file. */
static double shards_size(const char *file) {
  struct hc_text name = {0};
  hc_text_printf(&name, "%s.shards", file);
  DIR *directory = name.failed ? NULL : opendir(name.data);
  double size = 0;
  struct stat info;
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (fstatat(dirfd(directory), entry->d_name, &info, 0) == 0 && S_ISREG(info.st_mode))
      size += (double)info.st_size;
  if (directory) (void)closedir(directory);
  hc_text_free(&name);
  return size;
}

hc_status hc_cli_disk_check(const struct hc_root_config *values, const char *file) {
  char *directory = hc_cli_directory_of(file);
  if (!directory) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const double needed = hc_cli_disk_needed(values);
  const double available = hc_cli_disk_available(directory) + shards_size(file);
  hc_status status = HC_OK;
  if (needed > available)
    status = hc_cli_complain(HC_INPUT,
                             "not enough disk space in %s: about %s needed, %s available; "
                             "lower simulation.paths, set output.samples=none, or write "
                             "elsewhere with -o",
                             directory, hc_cli_bytes(needed).text, hc_cli_bytes(available).text);
  free(directory);
  return status;
}
