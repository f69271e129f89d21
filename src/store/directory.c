/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/files.h"
#include "store/internal.h"

static hc_status make(const struct hc_store *store, struct hc_error *error) {
  struct stat about;
  if (stat(store->file, &about) == 0 && !S_ISREG(about.st_mode))
    return hc_fail(error, HC_IO, "%s: is there and is not a file; choose another name with -o",
                   store->file);
  if (mkdir(store->directory, 0777) == 0) return HC_OK;
  const int code = errno;
  if (code == EEXIST && stat(store->directory, &about) == 0 && S_ISDIR(about.st_mode)) return HC_OK;
  const char *advice = code == ENOENT ? "create the directory of the results file first"
                                      : "choose another place with -o";
  return hc_fail(error, hc_errno_status(code), "%s: cannot create it: %s; %s", store->directory,
                 strerror(code), advice);
}

static hc_status refuse(const struct hc_store *store, struct hc_error *error) {
  char holder[200] = "";
  size_t got;
  if (hc_read_at(store->lock, 0, holder, sizeof holder - 1, &got)) holder[0] = '\0';
  return hc_fail(error, HC_IO,
                 "%s: another run is writing there (%s); wait for it or choose another file with -o",
                 store->directory, *holder ? holder : "unknown");
}

static void sign(const struct hc_store *store) {
  char host[64] = "unknown host", text[120];
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  const int length = snprintf(text, sizeof text, "process %ld on %s", (long)getpid(), host);
  if (length > 0 && ftruncate(store->lock, 0) == 0)
    (void)hc_write_whole(store->lock, text, strlen(text)); /* for the message only */
}

/* The kernel drops the lock when the process ends, however it ends. */
static hc_status lock(struct hc_store *store, struct hc_error *error) {
  store->lock = open(store->lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (store->lock < 0) return hc_fail_errno(error, errno, store->lock_name, "create it");
  if (flock(store->lock, LOCK_EX | LOCK_NB) == 0) {
    sign(store);
    return HC_OK;
  }
  const int code = errno;
  const hc_status status = code == EWOULDBLOCK
                             ? refuse(store, error)
                             : hc_fail_errno(error, code, store->lock_name, "lock it");
  (void)close(store->lock);
  store->lock = -1;
  return status;
}

hc_status hc_directory_open(struct hc_store *store, struct hc_error *error) {
  hc_status status = make(store, error);
  if (!status) status = lock(store, error);
  if (status && store->lock < 0) (void)rmdir(store->directory); /* if it is empty */
  return status;
}

/* ---- the files in it ----------------------------------------------------------------- */

static int is_shard(const struct dirent *entry) {
  return hc_has_suffix(entry->d_name, ".shard");
}

hc_status hc_directory_each(struct hc_store *store, hc_visit *visit, struct hc_error *error) {
  struct dirent **entries;
  const int count = scandir(store->directory, &entries, is_shard, alphasort);
  if (count < 0) return hc_fail_errno(error, errno, store->directory, "list it");
  hc_status status = HC_OK;
  for (int i = 0; i < count; ++i) {
    char *name = status ? NULL : hc_format("%s/%s", store->directory, entries[i]->d_name);
    if (name) status = visit(store, name, error);
    else if (!status) status = hc_fail(error, HC_NO_MEMORY, "%s: out of memory", store->directory);
    free(name);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static hc_status count_one(struct hc_store *store, const char *name, struct hc_error *error) {
  (void)store;
  (void)name;
  (void)error;
  return HC_MISMATCH;
}

void hc_directory_close(struct hc_store *store) {
  if (store->lock < 0) return;
  if (hc_directory_each(store, count_one, NULL) == HC_OK) { /* no shard */
    (void)unlink(store->lock_name);
    (void)rmdir(store->directory);
  }
  (void)close(store->lock);
  store->lock = -1;
}

static bool is_temporary(const char *name, const char *base) {
  const size_t length = strlen(base);
  if (strncmp(name, base, length) != 0 || strncmp(name + length, ".tmp-", 5) != 0) return false;
  const char *digits = name + length + 5;
  return *digits && digits[strspn(digits, "0123456789")] == '\0';
}

/* We hold the lock, so nobody else is at work on a temporary file of these results. */
void hc_directory_tidy(const struct hc_store *store) {
  const char *slash = strrchr(store->file, '/');
  const char *base = slash ? slash + 1 : store->file;
  char *place = hc_directory_of(store->file);
  DIR *directory = place ? opendir(place) : NULL;
  for (const struct dirent *entry; directory && (entry = readdir(directory));) {
    if (!is_temporary(entry->d_name, base)) continue;
    char *name = hc_format("%s/%s", place, entry->d_name);
    if (name) (void)unlink(name);
    free(name);
  }
  if (directory) (void)closedir(directory);
  free(place);
}
