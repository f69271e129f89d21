/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/files.h"
#include "store/shard.h"
#include "sweep/plan.h"
#include "sweep/record.h"
#include "sweep/sweep.h"

enum { MOST_SETUP = 1 << 30 };

static hc_status out_of_memory(const struct hc_sweep *sweep, struct hc_error *error) {
  return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", sweep->directory);
}

char *hc_sweep_file(const struct hc_sweep *sweep, const char *folder, const char *name) {
  return hc_format("%s%s%s%s%s", sweep->directory, *folder ? "/" : "", folder, *name ? "/" : "", name);
}

/* ---- folders and the plan ---------------------------------------------------------------- */

static hc_status make_folder(const struct hc_sweep *sweep, const char *folder, struct hc_error *error) {
  char *name = hc_sweep_file(sweep, folder, "");
  if (!name) return out_of_memory(sweep, error);
  hc_status status = HC_OK;
  struct stat about;
  if (mkdir(name, 0777) != 0) {
    const int code = errno;
    if (code != EEXIST || stat(name, &about) != 0 || !S_ISDIR(about.st_mode))
      status = hc_fail(error, code == ENOSPC || code == EDQUOT ? HC_NO_SPACE : HC_INPUT,
                       "%s: cannot create it: %s; %s", name, strerror(code),
                       code == ENOENT ? "create the directory it is in first"
                                      : "choose another directory with -o");
  }
  free(name);
  return status;
}

/* Whole or not at all, and never over another: the first process of a sweep wins. */
static hc_status write_once(const struct hc_sweep *sweep, const char *name, const char *text,
                            struct hc_error *error) {
  char *file = hc_sweep_file(sweep, "", name),
       *temporary = hc_format("%s/%s.tmp-%ld", sweep->directory, name, (long)getpid());
  hc_status status = file && temporary ? HC_OK : out_of_memory(sweep, error);
  if (!status) status = hc_spill(temporary, text, strlen(text), error);
  if (!status) status = hc_sync_file(temporary, error);
  if (!status && link(temporary, file) != 0 && errno != EEXIST) {
    /* File systems without links: rename, which puts the same text there. */
    if (rename(temporary, file) != 0) status = hc_fail_errno(error, errno, file, "create it");
  }
  if (temporary) (void)unlink(temporary);
  free(file);
  free(temporary);
  return status;
}

static hc_status read_plan(const struct hc_sweep *sweep, char **text, struct hc_error *error) {
  char *file = hc_sweep_file(sweep, "", "plan");
  size_t length = 0;
  const hc_status status = file ? hc_slurp(file, text, &length, error) : out_of_memory(sweep, error);
  free(file);
  return status;
}

static bool has_plan(const struct hc_sweep *sweep) {
  char *file = hc_sweep_file(sweep, "", "plan");
  const bool there = file && access(file, F_OK) == 0;
  free(file);
  return there;
}

/* Of a sweep, also of one that another process is just making. */
static bool is_ours(const char *name) {
  static const char *const names[] = {".", "..", "plan", "config.yaml", "shards", "granules", "heartbeats"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i])) return true;
  return !strncmp(name, "plan.tmp-", 9) || !strncmp(name, "config.yaml.tmp-", 16);
}

static bool has_others(const struct hc_sweep *sweep) {
  DIR *directory = opendir(sweep->directory);
  bool others = false;
  for (const struct dirent *entry; directory && (entry = readdir(directory));)
    others = others || !is_ours(entry->d_name);
  if (directory) (void)closedir(directory);
  return others;
}

static hc_status agree(const struct hc_sweep *sweep, struct hc_error *error) {
  char *theirs = NULL;
  hc_status status = read_plan(sweep, &theirs, error);
  if (status) return status;
  if (strcmp(theirs, sweep->plan->setup) != 0) {
    struct hc_text list = {0};
    hc_plan_differences(sweep->plan->setup, theirs, &list);
    status = hc_fail(error, HC_MISMATCH,
                     "%s: is of another sweep or program: %.600s; go on with what it was made "
                     "with, or choose another directory with -o",
                     sweep->directory, list.data && *list.data ? list.data : "the parameters differ");
    hc_text_free(&list);
  }
  free(theirs);
  return status;
}

static hc_status settle(struct hc_sweep *sweep, struct hc_error *error) {
  static const char *const folders[] = {"", "shards", "granules", "heartbeats"};
  hc_status status = make_folder(sweep, "", error);
  if (!status && !has_plan(sweep) && has_others(sweep))
    status = hc_fail(error, HC_INPUT, "%s: is not empty and has no sweep; choose another directory with -o",
                     sweep->directory);
  for (size_t i = 1; i < sizeof folders / sizeof *folders && !status; i++)
    status = make_folder(sweep, folders[i], error);
  if (!status && !has_plan(sweep)) {
    status = write_once(sweep, "config.yaml", sweep->plan->config, error);
    if (!status) status = write_once(sweep, "plan", sweep->plan->setup, error);
  }
  return status ? status : agree(sweep, error);
}

/* ---- records ----------------------------------------------------------------------------- */

static void HC_PRINTF(3, 4) fault(struct hc_sweep *sweep, size_t *kind, const char *format, ...) {
  struct hc_sweep_faults *faults = &sweep->faults;
  if (faults->torn + faults->damaged + faults->foreign == 0) {
    struct hc_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    hc_text_vprintf(&text, format, arguments);
    va_end(arguments);
    if (!text.failed) {
      const size_t length = text.length < sizeof faults->first - 1 ? text.length : sizeof faults->first - 1;
      memcpy(faults->first, text.data, length);
      faults->first[length] = '\0';
    }
    hc_text_free(&text);
  }
  ++*kind;
}

static void take(struct hc_sweep *sweep, const struct hc_point_head *head, uint32_t shard,
                 uint64_t offset) {
  struct hc_found *found = &sweep->found[head->index];
  if (found->shard) return; /* first come, first kept: all are the same */
  *found = (struct hc_found){shard + 1, head->status != HC_OK, offset};
  if (found->failed) sweep->count.failed++;
  else sweep->count.done++;
  sweep->count.seconds += head->seconds;
  sweep->count.overhead += head->overhead;
}

static hc_status read_bytes(const struct hc_points_shard *shard, uint64_t offset, void *bytes,
                            size_t length, bool *whole, struct hc_error *error) {
  size_t got;
  const int code = hc_read_at(shard->descriptor, offset, bytes, length, &got);
  *whole = got == length;
  return code ? hc_fail_errno(error, code, shard->name, "read it") : HC_OK;
}

static hc_status check_setup(struct hc_sweep *sweep, struct hc_points_shard *shard,
                             struct hc_error *error) {
  struct hc_points_head head;
  bool whole;
  hc_status status = read_bytes(shard, 0, &head, sizeof head, &whole, error);
  if (status || !whole) return status;
  const size_t ours = strlen(sweep->plan->setup);
  if (memcmp(head.magic, "HCPOINT", 8) != 0 || head.length > MOST_SETUP) {
    shard->closed_off = true;
    fault(sweep, &sweep->faults.foreign, "%s: is not a shard of points", shard->name);
    return HC_OK;
  }
  if (head.length != ours || head.check != hc_check(0, sweep->plan->setup, ours)) {
    shard->closed_off = true;
    fault(sweep, &sweep->faults.foreign, "%s: is of another sweep or program", shard->name);
    return HC_OK;
  }
  shard->seen = sizeof head + head.length;
  return HC_OK;
}

/* Whether the content of a record is what was written; `buffer` grows. */
static hc_status check_record(const struct hc_points_shard *shard, const struct hc_point_head *head,
                              char **buffer, size_t *capacity, bool *whole, bool *valid,
                              struct hc_error *error) {
  const size_t length = (size_t)head->length;
  if (length > *capacity) {
    char *grown = realloc(*buffer, length);
    if (!grown) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", shard->name);
    *buffer = grown;
    *capacity = length;
  }
  const hc_status status = read_bytes(shard, shard->seen + sizeof *head, *buffer, length, whole, error);
  if (status || !*whole) return status;
  *valid = hc_check(0, *buffer, length) == head->data_check;
  return HC_OK;
}

static hc_status scan_records(struct hc_sweep *sweep, uint32_t number, struct hc_error *error) {
  struct hc_points_shard *shard = &sweep->shards[number];
  char *buffer = NULL;
  size_t capacity = 0;
  struct stat about;
  hc_status status =
    fstat(shard->descriptor, &about) == 0 ? HC_OK : hc_fail_errno(error, errno, shard->name, "read it");
  while (!status && !shard->closed_off && (uint64_t)about.st_size > shard->seen) {
    struct hc_point_head head;
    bool whole, valid = false;
    status = read_bytes(shard, shard->seen, &head, sizeof head, &whole, error);
    if (status) break;
    if (whole && !hc_point_plausible(&head, sweep->plan->points)) {
      shard->closed_off = true; /* where the next record begins is not known */
      fault(sweep, &sweep->faults.damaged, "%s: damaged at byte %" PRIu64, shard->name, shard->seen);
      break;
    }
    if (whole && head.length > (uint64_t)about.st_size - shard->seen - sizeof head) whole = false;
    if (whole) status = check_record(shard, &head, &buffer, &capacity, &whole, &valid, error);
    if (status || !whole) break; /* may still be under way */
    if (valid) take(sweep, &head, number, shard->seen);
    else fault(sweep, &sweep->faults.damaged, "%s: point %" PRIu64 " is damaged", shard->name, head.index);
    shard->seen += sizeof head + head.length;
  }
  free(buffer);
  return status;
}

static hc_status open_shard(struct hc_sweep *sweep, const char *name, struct hc_error *error) {
  struct hc_points_shard *grown = realloc(sweep->shards, (sweep->shard_count + 1) * sizeof *grown);
  if (!grown) return out_of_memory(sweep, error);
  sweep->shards = grown;
  struct hc_points_shard *shard = &grown[sweep->shard_count];
  *shard = (struct hc_points_shard){.name = hc_sweep_file(sweep, "shards", name)};
  if (!shard->name) return out_of_memory(sweep, error);
  shard->descriptor = open(shard->name, O_RDONLY | O_CLOEXEC);
  if (shard->descriptor < 0) {
    const hc_status status = hc_fail_errno(error, errno, shard->name, "open it");
    free(shard->name);
    return status;
  }
  sweep->shard_count++;
  return HC_OK;
}

static int is_points(const struct dirent *entry) { return hc_has_suffix(entry->d_name, ".points"); }

static bool is_known(const struct hc_sweep *sweep, const char *name, size_t *number) {
  for (*number = 0; *number < sweep->shard_count; ++*number) {
    const char *slash = strrchr(sweep->shards[*number].name, '/');
    if (slash && !strcmp(slash + 1, name)) return true;
  }
  return false;
}

static hc_status scan_one(struct hc_sweep *sweep, const char *name, struct hc_error *error) {
  size_t number;
  hc_status status = HC_OK;
  if (!is_known(sweep, name, &number)) status = open_shard(sweep, name, error);
  if (status) return status;
  struct hc_points_shard *shard = &sweep->shards[number];
  if (shard->closed_off) return HC_OK;
  if (!shard->seen) status = check_setup(sweep, shard, error);
  return status || !shard->seen ? status : scan_records(sweep, (uint32_t)number, error);
}

hc_status hc_sweep_scan(struct hc_sweep *sweep, struct hc_error *error) {
  char *folder = hc_sweep_file(sweep, "shards", "");
  struct dirent **entries = NULL;
  if (!folder) return out_of_memory(sweep, error);
  const int count = scandir(folder, &entries, is_points, alphasort);
  hc_status status = count < 0 ? hc_fail_errno(error, errno, folder, "list it") : HC_OK;
  for (int i = 0; i < count; i++) {
    if (!status) status = scan_one(sweep, entries[i]->d_name, error);
    free(entries[i]);
  }
  free(entries);
  free(folder);
  return status;
}

/* Shards that end within a record, of processes that are no more or are writing it. */
static void count_torn(struct hc_sweep *sweep) {
  for (size_t i = 0; i < sweep->shard_count; i++) {
    struct hc_points_shard *shard = &sweep->shards[i];
    struct stat about;
    if (shard->closed_off || fstat(shard->descriptor, &about) != 0) continue;
    if ((uint64_t)about.st_size == shard->seen) continue;
    fault(sweep, &sweep->faults.torn, "%s: ends within a record", shard->name);
  }
}

/* ---- writing ----------------------------------------------------------------------------- */

static hc_status create_own(struct hc_sweep *sweep, struct hc_error *error) {
  char host[64] = "host";
  if (gethostname(host, sizeof host - 1) != 0 || !*host) memcpy(host, "host", 5);
  for (unsigned attempt = 0; sweep->descriptor < 0; attempt++) {
    char *name = hc_format("%s/shards/%s-%ld-%u.points", sweep->directory, host, (long)getpid(), attempt);
    if (!name) return out_of_memory(sweep, error);
    sweep->descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const int code = errno;
    free(sweep->own);
    sweep->own = name;
    if (sweep->descriptor < 0 && code != EEXIST) return hc_fail_errno(error, code, name, "create it");
  }
  const size_t length = strlen(sweep->plan->setup);
  const struct hc_points_head head = {"HCPOINT", (uint32_t)length, hc_check(0, sweep->plan->setup, length)};
  struct hc_text bytes = {0};
  hc_text_append(&bytes, (const char *)&head, sizeof head);
  hc_text_append(&bytes, sweep->plan->setup, length);
  const int code = bytes.failed ? ENOMEM : hc_write_whole(sweep->descriptor, bytes.data, bytes.length);
  sweep->length = bytes.length;
  hc_text_free(&bytes);
  return code ? hc_fail_errno(error, code, sweep->own, "write to it") : HC_OK;
}

static hc_status append(struct hc_sweep *sweep, const struct hc_text *bytes, struct hc_error *error) {
  hc_status status = sweep->descriptor < 0 ? create_own(sweep, error) : HC_OK;
  if (status) return status;
  const int code = hc_write_whole(sweep->descriptor, bytes->data, bytes->length);
  if (!code) {
    sweep->length += bytes->length;
    return HC_OK;
  }
  const int cut = ftruncate(sweep->descriptor, (off_t)sweep->length);
  (void)cut; /* a torn record is dropped by its checksum anyway */
  return hc_fail(error, hc_errno_status(code),
                 "%s: cannot write: %s; finished points are kept: mend the cause and run "
                 "the same command again",
                 sweep->own, strerror(code));
}

hc_status hc_sweep_append(struct hc_sweep *sweep, const struct hc_point *point, struct hc_error *error) {
  struct hc_text bytes = {0};
  if (hc_point_pack(point, &bytes) != HC_OK) {
    hc_text_free(&bytes);
    return out_of_memory(sweep, error);
  }
  (void)pthread_mutex_lock(&sweep->mutex);
  const hc_status status = append(sweep, &bytes, error);
  (void)pthread_mutex_unlock(&sweep->mutex);
  hc_text_free(&bytes);
  return status;
}

/* ---- opening and closing ----------------------------------------------------------------- */

void hc_sweep_close(struct hc_sweep *sweep) {
  if (!sweep) return;
  for (size_t i = 0; i < sweep->shard_count; i++) {
    (void)close(sweep->shards[i].descriptor);
    free(sweep->shards[i].name);
  }
  if (sweep->descriptor >= 0) {
    (void)fsync(sweep->descriptor);
    (void)close(sweep->descriptor);
  }
  (void)pthread_mutex_destroy(&sweep->mutex);
  hc_plan_free(sweep->plan);
  free(sweep->shards);
  free(sweep->found);
  free(sweep->own);
  free(sweep->directory);
  free(sweep);
}

static struct hc_sweep *new_sweep(const char *directory) {
  struct hc_sweep *sweep = calloc(1, sizeof *sweep);
  if (!sweep) return NULL;
  sweep->descriptor = -1;
  if (pthread_mutex_init(&sweep->mutex, NULL) != 0) {
    free(sweep);
    return NULL;
  }
  sweep->directory = hc_strdup(directory);
  if (sweep->directory) return sweep;
  hc_sweep_close(sweep);
  return NULL;
}

static hc_status look(struct hc_sweep *sweep, struct hc_error *error) {
  sweep->found = calloc((size_t)sweep->plan->points, sizeof *sweep->found);
  if (!sweep->found) return out_of_memory(sweep, error);
  const hc_status status = hc_sweep_scan(sweep, error);
  if (!status) count_torn(sweep);
  return status;
}

hc_status hc_sweep_create(const char *directory, const struct hc_plan *plan, struct hc_sweep **result,
                          struct hc_error *error) {
  *result = NULL;
  struct hc_sweep *sweep = new_sweep(directory);
  if (!sweep) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", directory);
  hc_status status = hc_plan_parse(plan->setup, &sweep->plan);
  if (!status) sweep->plan->config = hc_strdup(plan->config);
  if (status || !sweep->plan->config)
    status = hc_fail(error, status ? status : HC_NO_MEMORY, "%s: out of memory", directory);
  if (!status) status = settle(sweep, error);
  if (!status) status = look(sweep, error);
  if (status) hc_sweep_close(sweep);
  else *result = sweep;
  return status;
}

hc_status hc_sweep_open(const char *directory, struct hc_sweep **result, struct hc_error *error) {
  *result = NULL;
  struct stat about;
  if (stat(directory, &about) != 0) return hc_fail(error, HC_INPUT, "%s: %s", directory, strerror(errno));
  if (!S_ISDIR(about.st_mode))
    return hc_fail(error, HC_INPUT, "%s: is not a directory; the -o of haircut sweep is expected",
                   directory);
  struct hc_sweep *sweep = new_sweep(directory);
  if (!sweep) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", directory);
  char *setup = NULL, *file = hc_sweep_file(sweep, "", "config.yaml");
  size_t length;
  hc_status status = HC_OK;
  if (!has_plan(sweep))
    status = hc_fail(error, HC_INPUT,
                     "%s: has no sweep (no file `plan`); the -o of haircut sweep is expected", directory);
  if (!status) status = read_plan(sweep, &setup, error);
  if (!status && hc_plan_parse(setup, &sweep->plan) != HC_OK)
    status = hc_fail(error, HC_FORMAT, "%s/plan: is damaged, or of another version", directory);
  if (!status && file) status = hc_slurp(file, &sweep->plan->config, &length, error);
  if (!status) status = look(sweep, error);
  free(setup);
  free(file);
  if (status) hc_sweep_close(sweep);
  else *result = sweep;
  return status;
}

const struct hc_plan *hc_sweep_plan(const struct hc_sweep *sweep) { return sweep->plan; }
const struct hc_sweep_faults *hc_sweep_faults_of(const struct hc_sweep *sweep) { return &sweep->faults; }
struct hc_sweep_count hc_sweep_count_of(const struct hc_sweep *sweep) {
  return sweep->count;
}

int hc_sweep_has(const struct hc_sweep *sweep, uint64_t point) {
  const struct hc_found *found = &sweep->found[point];
  return !found->shard ? 0 : found->failed ? 2 : 1;
}

hc_status hc_sweep_read(const struct hc_sweep *sweep, uint64_t index, struct hc_point *point,
                        struct hc_error *error) {
  const struct hc_found *found = &sweep->found[index];
  if (!found->shard)
    return hc_fail(error, HC_MISMATCH, "%s: point %" PRIu64 " is missing", sweep->directory, index);
  const struct hc_points_shard *shard = &sweep->shards[found->shard - 1];
  struct hc_point_head head;
  bool whole;
  hc_status status = read_bytes(shard, found->offset, &head, sizeof head, &whole, error);
  if (status) return status;
  char *bytes =
    whole && hc_point_plausible(&head, sweep->plan->points) ? malloc((size_t)head.length) : NULL;
  if (!bytes) return hc_fail(error, HC_FORMAT, "%s: was changed while it was read", shard->name);
  status = read_bytes(shard, found->offset + sizeof head, bytes, (size_t)head.length, &whole, error);
  if (!status) status = hc_point_unpack(&head, bytes, point);
  free(bytes);
  return status ? hc_fail(error, status, "%s: point %" PRIu64 " does not read back", shard->name, index)
                : HC_OK;
}
