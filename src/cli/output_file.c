/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* O_TMPFILE */
#include "cli/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report.h"
#include "haircut/store.h"

hc_status hc_cli_output_name(const struct hc_cli_arguments *arguments,
                             const struct hc_root_config *values, char **file) {
  struct hc_text text = {0};
  if (hc_cli_has(arguments, output)) {
    hc_text_puts(&text, hc_cli_value(arguments, output));
  } else {
    if (!values->name || !values->name[0] || strchr(values->name, '/'))
      return hc_cli_complain(HC_INPUT, "name: %s does not make a file name; give one with -o FILE",
                             values->name ? values->name : "");
    hc_text_printf(&text, "%s.h5", values->name);
  }
  const hc_status status = hc_text_take(&text, file);
  return status == HC_OK ? HC_OK : hc_cli_complain(status, "out of memory");
}

char *hc_cli_directory_of(const char *file) {
  const char *slash = strrchr(file, '/');
  if (!slash) return hc_strdup(".");
  return slash == file ? hc_strdup("/") : strndup(file, (size_t)(slash - file));
}

/* Makes a file: root may write where permissions say no, and cannot in /proc. It has no name, so
 * that a process killed here leaves nothing; where the file system cannot do that, it has always
 * the same one, which the next run removes. */
static hc_status probe(const char *directory) {
  int descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    struct hc_text name = {0};
    hc_text_printf(&name, "%s/.haircut-probe", directory);
    if (name.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
    descriptor = open(name.data, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    const int why = errno;
    (void)unlink(name.data);
    hc_text_free(&name);
    errno = why;
  }
  if (descriptor < 0)
    return hc_cli_complain(HC_INPUT, "-o: cannot write into the directory %s: %s", directory,
                           strerror(errno));
  (void)close(descriptor);
  return HC_OK;
}

static hc_status check_directory(const char *directory) {
  struct stat info;
  if (stat(directory, &info) != 0)
    return hc_cli_complain(HC_INPUT, "-o: the directory %s: %s", directory, strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return hc_cli_complain(HC_INPUT, "-o: %s is not a directory", directory);
  return probe(directory);
}

hc_status hc_cli_output_check(const char *file, int (*is_ours)(const char *), const char *kind) {
  struct stat info;
  if (file[0] && file[strlen(file) - 1] == '/')
    return hc_cli_complain(HC_INPUT, "-o: %s names a directory; name a file", file);
  if (stat(file, &info) == 0) {
    if (S_ISDIR(info.st_mode))
      return hc_cli_complain(HC_INPUT, "-o: %s is a directory; name a file in it", file);
    if (!S_ISREG(info.st_mode) || (info.st_size && !is_ours(file)))
      return hc_cli_complain(
        HC_INPUT, "-o: %s exists and is not a %s; not overwriting it", file, kind);
  } else if (errno != ENOENT) {
    return hc_cli_complain(HC_INPUT, "-o: %s: %s", file, strerror(errno));
  }
  char *directory = hc_cli_directory_of(file);
  if (!directory) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const hc_status status = check_directory(directory);
  free(directory);
  return status;
}

bool hc_cli_has_shards(const char *file) {
  struct hc_text name = {0};
  struct stat info;
  hc_text_printf(&name, "%s.shards", file);
  const bool there = !name.failed && stat(name.data, &info) == 0;
  hc_text_free(&name);
  return there;
}
