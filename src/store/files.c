/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

hc_status hc_errno_status(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return HC_NO_SPACE;
    case ENOMEM: return HC_NO_MEMORY;
    default: return HC_IO;
  }
}

hc_status hc_fail_errno(struct hc_error *error, int code, const char *file, const char *doing) {
  return hc_fail(error, hc_errno_status(code), "%s: cannot %s: %s", file, doing, strerror(code));
}

int hc_write_whole(int descriptor, const void *bytes, size_t length) {
  const char *next = bytes;
  while (length > 0) {
    const ssize_t done = write(descriptor, next, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : ENOSPC;
    next += done;
    length -= (size_t)done;
  }
  return 0;
}

int hc_read_at(int descriptor, uint64_t offset, void *bytes, size_t length, size_t *got) {
  char *next = bytes;
  *got = 0;
  while (*got < length) {
    const ssize_t done = pread(descriptor, next + *got, length - *got, (off_t)(offset + *got));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    if (done == 0) return 0;
    *got += (size_t)done;
  }
  return 0;
}

static hc_status read_open(int descriptor, const char *file, char **bytes, size_t *length,
                           struct hc_error *error) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return hc_fail_errno(error, errno, file, "read it");
  if (!S_ISREG(status.st_mode)) return hc_fail(error, HC_IO, "%s: is not a file", file);
  const size_t size = (size_t)status.st_size;
  char *text = malloc(size + 1);
  if (!text) return hc_fail(error, HC_NO_MEMORY, "%s: no memory to read it", file);
  const int code = hc_read_at(descriptor, 0, text, size, length);
  if (code) {
    free(text);
    return hc_fail_errno(error, code, file, "read it");
  }
  text[*length] = '\0';
  *bytes = text;
  return HC_OK;
}

hc_status hc_slurp(const char *file, char **bytes, size_t *length, struct hc_error *error) {
  *bytes = NULL;
  const int descriptor = open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return hc_fail_errno(error, errno, file, "open it");
  const hc_status status = read_open(descriptor, file, bytes, length, error);
  (void)close(descriptor);
  return status;
}

hc_status hc_spill(const char *file, const void *bytes, size_t length,
                        struct hc_error *error) {
  const int descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return hc_fail_errno(error, errno, file, "create it");
  int code = hc_write_whole(descriptor, bytes, length);
  if (close(descriptor) != 0 && !code) code = errno;
  return code ? hc_fail_errno(error, code, file, "write it") : HC_OK;
}

static hc_status sync_path(const char *path, int flags, struct hc_error *error) {
  const int descriptor = open(path, flags | O_CLOEXEC);
  if (descriptor < 0) return hc_fail_errno(error, errno, path, "open it");
  const int code = fsync(descriptor) == 0 ? 0 : errno;
  (void)close(descriptor);
  /* Some file systems cannot sync a directory. */
  if (code && !(flags & O_DIRECTORY && code == EINVAL))
    return hc_fail_errno(error, code, path, "bring it to disk");
  return HC_OK;
}

hc_status hc_sync_file(const char *file, struct hc_error *error) {
  return sync_path(file, O_RDWR, error);
}

hc_status hc_sync_directory(const char *file, struct hc_error *error) {
  char *directory = hc_directory_of(file);
  if (!directory) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", file);
  const hc_status status = sync_path(directory, O_RDONLY | O_DIRECTORY, error);
  free(directory);
  return status;
}

hc_status hc_publish(const char *temporary, const char *file, struct hc_error *error) {
  const hc_status status = hc_sync_file(temporary, error);
  if (status) return status;
  if (rename(temporary, file) != 0) return hc_fail_errno(error, errno, file, "put it in place");
  return hc_sync_directory(file, error);
}

char *hc_format(const char *format, ...) {
  struct hc_text text = {0};
  va_list arguments;
  va_start(arguments, format);
  hc_text_vprintf(&text, format, arguments);
  va_end(arguments);
  char *string;
  return hc_text_take(&text, &string) == HC_OK ? string : NULL;
}

char *hc_directory_of(const char *file) {
  const char *slash = strrchr(file, '/');
  if (!slash) return hc_strdup(".");
  return slash == file ? hc_strdup("/") : hc_format("%.*s", (int)(slash - file), file);
}

bool hc_has_suffix(const char *name, const char *suffix) {
  const size_t length = strlen(name), tail = strlen(suffix);
  return length >= tail && strcmp(name + length - tail, suffix) == 0;
}
