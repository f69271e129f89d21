/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small text files by which others see who is at work; replaced whole now and then. */
#include <dirent.h>
#include <inttypes.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/files.h"
#include "sweep/sweep.h"

static const double period = 2.0; /* s between two */

/* ---- writing ----------------------------------------------------------------------------- */

static void write_now(struct hc_heartbeat *heartbeat) {
  const struct hc_worker *worker = &heartbeat->worker;
  struct hc_text text = {0};
  struct hc_error unused = {0};
  heartbeat->written = hc_clock();
  hc_text_printf(&text,
                 "host=%s\nprocess=%ld\ntask=%s\nstate=%s\nthreads=%d\ndone=%" PRIu64 "\ntotal=%" PRIu64
                 "\nrate=%.6g\ntime=%lld\nmessage=%s\n",
                 worker->host, worker->process, worker->task, worker->state, worker->threads, worker->done,
                 worker->total, worker->rate, (long long)time(NULL), worker->message);
  char *temporary = heartbeat->file ? hc_format("%s.tmp", heartbeat->file) : NULL;
  if (temporary && !text.failed && hc_spill(temporary, text.data, text.length, &unused) == HC_OK)
    (void)rename(temporary, heartbeat->file);
  free(temporary);
  hc_text_free(&text);
}

void hc_heartbeat_begin(struct hc_heartbeat *heartbeat, const struct hc_sweep *sweep, const char *task,
                        int threads, uint64_t total) {
  *heartbeat = (struct hc_heartbeat){.sweep = sweep, .began = hc_clock()};
  struct hc_worker *worker = &heartbeat->worker;
  if (gethostname(worker->host, sizeof worker->host - 1) != 0 || !*worker->host)
    (void)snprintf(worker->host, sizeof worker->host, "host");
  worker->process = (long)getpid();
  (void)snprintf(worker->task, sizeof worker->task, "%s", task);
  (void)snprintf(worker->state, sizeof worker->state, "running");
  worker->threads = threads;
  worker->total = total;
  heartbeat->file = hc_format("%s/heartbeats/%s-%ld.txt", sweep->directory, worker->host, worker->process);
  write_now(heartbeat);
}

void hc_heartbeat_step(struct hc_heartbeat *heartbeat, uint64_t done) {
  const double at = hc_clock(), elapsed = at - heartbeat->began;
  heartbeat->worker.done = done;
  heartbeat->worker.rate = elapsed > 0.0 ? (double)done / elapsed : 0.0;
  if (at - heartbeat->written >= period) write_now(heartbeat);
}

void hc_heartbeat_end(struct hc_heartbeat *heartbeat, hc_status status, const char *message) {
  const char *state = status == HC_OK ? "finished" : status == HC_INTERRUPTED ? "interrupted" : "failed";
  (void)snprintf(heartbeat->worker.state, sizeof heartbeat->worker.state, "%s", state);
  (void)snprintf(heartbeat->worker.message, sizeof heartbeat->worker.message, "%s", message);
  for (char *c = heartbeat->worker.message; *c; c++)
    if (*c == '\n') *c = ' ';
  write_now(heartbeat);
  free(heartbeat->file);
  heartbeat->file = NULL;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The value of `key=` into `to`, cut to its size. */
static void take(const char *text, const char *key, char *to, size_t size) {
  const size_t length = strlen(key);
  *to = '\0';
  for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
    if (!strncmp(at, key, length) && at[length] == '=') {
      const size_t all = strcspn(at + length + 1, "\n"), part = all < size - 1 ? all : size - 1;
      memcpy(to, at + length + 1, part);
      to[part] = '\0';
      return;
    }
}

static double take_number(const char *text, const char *key) {
  char number[40];
  take(text, key, number, sizeof number);
  return strtod(number, NULL);
}

/* A process of this machine that is gone is lost at once, others when they have been silent for long. */
static bool is_lost(const struct hc_worker *worker) {
  char host[64] = "";
  if (strcmp(worker->state, "running") != 0) return false;
  if (worker->age > HC_LOST_AFTER) return true;
  if (gethostname(host, sizeof host - 1) != 0 || strcmp(host, worker->host) != 0) return false;
  return kill((pid_t)worker->process, 0) != 0 && errno == ESRCH;
}

static void read_worker(const char *text, struct hc_worker *worker) {
  take(text, "host", worker->host, sizeof worker->host);
  take(text, "task", worker->task, sizeof worker->task);
  take(text, "state", worker->state, sizeof worker->state);
  take(text, "message", worker->message, sizeof worker->message);
  worker->process = (long)take_number(text, "process");
  worker->threads = (int)take_number(text, "threads");
  worker->done = (uint64_t)take_number(text, "done");
  worker->total = (uint64_t)take_number(text, "total");
  worker->rate = take_number(text, "rate");
  worker->age = (double)time(NULL) - take_number(text, "time");
  if (is_lost(worker)) (void)snprintf(worker->state, sizeof worker->state, "lost");
}

static int is_heartbeat(const struct dirent *entry) { return hc_has_suffix(entry->d_name, ".txt"); }

hc_status hc_sweep_workers(const char *directory, struct hc_worker **workers, size_t *count,
                           struct hc_error *error) {
  struct dirent **entries = NULL;
  char *folder = hc_format("%s/heartbeats", directory);
  *workers = NULL;
  *count = 0;
  if (!folder) return hc_fail(error, HC_NO_MEMORY, "out of memory");
  const int found = scandir(folder, &entries, is_heartbeat, alphasort);
  hc_status status = HC_OK;
  if (found > 0) *workers = calloc((size_t)found, sizeof **workers);
  if (found > 0 && !*workers) status = hc_fail(error, HC_NO_MEMORY, "out of memory");
  for (int i = 0; i < found; i++) {
    char *text = NULL, *name = hc_format("%s/%s", folder, entries[i]->d_name);
    size_t length;
    struct hc_error unused = {0};
    /* One that was just replaced is there at the next look. */
    if (!status && name && hc_slurp(name, &text, &length, &unused) == HC_OK)
      read_worker(text, &(*workers)[(*count)++]);
    free(text);
    free(name);
    free(entries[i]);
  }
  free(entries);
  free(folder);
  return status;
}
