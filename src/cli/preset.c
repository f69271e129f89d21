/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/preset.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/report.h"
#include "config/nearest.h"

static const char prefix[] = "venue:", suffix[] = ".yaml";

static hc_status no_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

/* "a" "b" "c", in new memory. */
static hc_status join(const char *a, const char *b, const char *c, char **joined) {
  struct hc_text text = {0};
  hc_text_printf(&text, "%s%s%s", a, b, c);
  return hc_text_take(&text, joined) == HC_OK ? HC_OK : no_memory();
}

static bool has_venues(const char *directory) {
  struct stat info;
  struct hc_text name = {0};
  hc_text_printf(&name, "%s/venues", directory);
  const bool there = !name.failed && stat(name.data, &info) == 0 && S_ISDIR(info.st_mode);
  hc_text_free(&name);
  return there;
}

hc_status hc_cli_preset_directory(char **directory) {
  static const char *const known[] = {HC_INSTALLED_CONFIGS, HC_SOURCE_CONFIGS};
  const char *given = getenv("HAIRCUT_CONFIGS"), *found = NULL;
  *directory = NULL;
  if (given && *given) {
    if (!has_venues(given))
      return hc_cli_complain(HC_INPUT, "HAIRCUT_CONFIGS=%s: there is no directory venues in it", given);
    found = given;
  }
  for (size_t i = 0; !found && i < sizeof known / sizeof *known; i++)
    if (has_venues(known[i])) found = known[i];
  if (!found)
    return hc_cli_complain(HC_INPUT, "the configurations that come with haircut are neither in %s nor in %s; "
                           "say where they are with HAIRCUT_CONFIGS=DIRECTORY", known[0], known[1]);
  *directory = hc_strdup(found);
  return *directory ? HC_OK : no_memory();
}

/* ---- names -------------------------------------------------------------------------------- */

void hc_cli_names_free(struct hc_cli_names *names) {
  for (size_t i = 0; i < names->count; i++) free(names->items[i]);
  free(names->items);
  *names = (struct hc_cli_names){0};
}

static int compare(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static hc_status add_name(struct hc_cli_names *names, const char *file) {
  const size_t length = strlen(file), tail = sizeof suffix - 1;
  if (file[0] == '.' || length <= tail || strcmp(file + length - tail, suffix) != 0) return HC_OK;
  char **items = realloc(names->items, (names->count + 1) * sizeof *items);
  if (!items) return no_memory();
  names->items = items;
  char *name = strndup(file, length - tail);
  if (!name) return no_memory();
  items[names->count++] = name;
  return HC_OK;
}

hc_status hc_cli_venue_names(const char *directory, struct hc_cli_names *names) {
  char *place;
  *names = (struct hc_cli_names){0};
  hc_status status = join(directory, "/venues", "", &place);
  if (status != HC_OK) return status;
  DIR *stream = opendir(place);
  if (!stream) status = hc_cli_complain(HC_INPUT, "%s: %s", place, strerror(errno));
  const struct dirent *entry;
  while (status == HC_OK && (entry = readdir(stream)) != NULL) status = add_name(names, entry->d_name);
  if (stream) (void)closedir(stream);
  free(place);
  if (status != HC_OK) hc_cli_names_free(names);
  else if (names->count) qsort(names->items, names->count, sizeof *names->items, compare);
  return status;
}

/* Mistyped, a part of it, or the same venue at another time. */
static bool is_near(const char *name, const char *known) {
  char head[64] = "";
  if (!*name) return false;
  if (hc_nearest(name, &known, 1) || strstr(known, name) || strstr(name, known)) return true;
  const char *const heads[] = {head};
  const size_t length = strcspn(known, "-");
  if (length < 3 || length >= sizeof head) return false;
  memcpy(head, known, length);
  return !strncmp(name, head, length) || hc_nearest(name, heads, 1);
}

static hc_status unknown(const char *given, const char *name, const struct hc_cli_names *names) {
  struct hc_text near = {0};
  size_t count = 0;
  for (size_t i = 0; i < names->count; i++)
    if (is_near(name, names->items[i]))
      hc_text_printf(&near, "%s%s", count++ ? ", " : "", names->items[i]);
  const hc_status status =
    count && !near.failed
      ? hc_cli_complain(HC_INPUT, "%s: no venue is called that; near are: %s. haircut venues lists all",
                        given, near.data)
      : hc_cli_complain(HC_INPUT, "%s: no venue is called that; haircut venues lists all", given);
  hc_text_free(&near);
  return status;
}

hc_status hc_cli_venue_find(const char *given, const char *name, char **file, char **label) {
  struct hc_cli_names names;
  char *directory, *place = NULL;
  *file = *label = NULL;
  hc_status status = hc_cli_preset_directory(&directory);
  if (status != HC_OK) return status;
  status = hc_cli_venue_names(directory, &names);
  bool found = false;
  for (size_t i = 0; status == HC_OK && i < names.count; i++) found |= !strcmp(names.items[i], name);
  if (status == HC_OK && !found) status = unknown(given, name, &names);
  hc_cli_names_free(&names);
  if (status == HC_OK) status = join(directory, "/venues/", name, &place);
  if (status == HC_OK) status = join(place, suffix, "", file);
  if (status == HC_OK) status = join(name, suffix, "", label);
  free(place);
  free(directory);
  return status;
}

/* ---- operands ------------------------------------------------------------------------------ */

hc_status hc_cli_files_find(struct hc_cli_files *files, const char *const *operands, size_t count) {
  files->file = calloc(count + 1, sizeof *files->file);
  files->label = calloc(count + 1, sizeof *files->label);
  files->made = calloc(2 * count + 1, sizeof *files->made);
  if (!files->file || !files->label || !files->made) return no_memory();
  for (size_t i = 0; i < count; i++) {
    files->file[i] = operands[i];
    if (strncmp(operands[i], prefix, sizeof prefix - 1) != 0) continue;
    char **made = files->made + files->made_count;
    files->made_count += 2;
    const hc_status status =
      hc_cli_venue_find(operands[i], operands[i] + sizeof prefix - 1, &made[0], &made[1]);
    if (status != HC_OK) return status;
    files->file[i] = made[0];
    files->label[i] = made[1];
  }
  return HC_OK;
}

void hc_cli_files_free(struct hc_cli_files *files) {
  for (size_t i = 0; files->made && i < files->made_count; i++) free(files->made[i]);
  free(files->made);
  free(files->file);
  free(files->label);
  *files = (struct hc_cli_files){0};
}
