/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps from files and settings to a configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/merge.h"
#include "config/read.h"
#include "config/resolve.h"
#include "config/scenarios.h"
#include "config/settings.h"

struct loader {
  struct hc_config *config;
  struct hc_diagnostics *diagnostics;
  size_t first;         /* entries of the caller come before */
  struct hc_node *tree; /* all inputs merged */
  bool partial;         /* an input could not be read */
  struct hc_node *scenarios; /* of all inputs; NULL: none */
  bool lenient;         /* a scenario that is not there has been applied before */
};

/* The working directory with a slash at the end; "./" where it cannot be told. */
static const char *working_directory(struct hc_arena *arena) {
  for (size_t size = 256; size <= 65536; size *= 2) {
    char *buffer = hc_arena_new(arena, size + 1, 1);
    if (!buffer) return NULL;
    if (getcwd(buffer, size)) {
      const size_t length = strlen(buffer);
      if (length && buffer[length - 1] != '/') buffer[length] = '/';
      return buffer;
    }
    if (errno != ERANGE) break;
  }
  return "./";
}

/* `length` bytes of a directory name, made absolute, with a slash at the end. */
static const char *absolute(struct hc_config *config, const char *directory, size_t length) {
  if (length == 0) return config->here;
  struct hc_text text = {0};
  if (*directory != '/') hc_text_puts(&text, config->here);
  hc_text_append(&text, directory, length);
  if (directory[length - 1] != '/') hc_text_puts(&text, "/");
  return hc_arena_take(&config->arena, &text);
}

static int add_input(struct hc_config *config, const char *name, const char *file,
                     const char *directory, bool is_setting) {
  struct hc_input *inputs = hc_arena_grow(&config->arena, config->inputs, config->input_count,
                                          &config->input_capacity, sizeof *inputs);
  if (!inputs || !name || !directory) {
    config->arena.failed = true;
    return -1;
  }
  config->inputs = inputs;
  int setting = 0;
  for (size_t i = 0; i < config->input_count; ++i) setting += inputs[i].is_setting;
  inputs[config->input_count] = (struct hc_input){name, file, directory, is_setting, setting};
  return (int)config->input_count++;
}

static void add_source(struct hc_config *config, const char *name, const char *text,
                       size_t length) {
  struct hc_source *sources = hc_arena_grow(&config->arena, config->sources, config->source_count,
                                            &config->source_capacity, sizeof *sources);
  if (!sources) return;
  config->sources = sources;
  sources[config->source_count++] = (struct hc_source){name, text, length};
}

static hc_status begin(struct loader *loader, const struct hc_table *root,
                       struct hc_diagnostics *diagnostics) {
  *loader = (struct loader){.diagnostics = diagnostics, .first = diagnostics->count};
  struct hc_config *config = calloc(1, sizeof *config);
  if (!config) return HC_NO_MEMORY;
  config->root = root;
  config->here = working_directory(&config->arena);
  loader->config = config;
  return HC_OK;
}

/* A file that is not a mapping cannot be merged; it is left to be complained about alone. */
static void merge_tree(struct loader *loader, struct hc_node *node) {
  struct hc_config *config = loader->config;
  if (hc_node_is_null(node)) return;
  if (node->type == HC_NODE_MAPPING)
    hc_scenarios_take(config, loader->diagnostics, node, &loader->scenarios);
  if (node->type != HC_NODE_MAPPING) {
    hc_config_report(config, loader->diagnostics, node->place, "",
                     "a mapping of keys is expected, found %s", hc_node_type_text(node));
    loader->partial = true;
  } else if (!loader->tree) {
    loader->tree = node;
  } else {
    hc_merge(&config->arena, config->root, loader->tree, node);
  }
}

static void add_text(struct loader *loader, int input, const char *text, size_t length) {
  bool failed;
  add_source(loader->config, loader->config->inputs[input].name, text, length);
  struct hc_node *node =
    hc_read_yaml(loader->config, loader->diagnostics, input, "", text, length, &failed);
  if (failed) loader->partial = true;
  else merge_tree(loader, node);
}

static void add_file(struct loader *loader, const char *name, const char *label) {
  struct hc_config *config = loader->config;
  const char *slash = strrchr(name, '/');
  const char *directory = absolute(config, name, slash ? (size_t)(slash - name) + 1 : 0);
  const char *file = hc_arena_string(&config->arena, name);
  const int input =
    add_input(config, label ? hc_arena_string(&config->arena, label) : file, file, directory, false);
  if (input < 0 || !file) return;
  size_t length = 0;
  const char *text = hc_read_file(config, loader->diagnostics, input, &length);
  if (text) add_text(loader, input, text, length);
  else loader->partial = true;
}

static void add_setting(struct loader *loader, const char *setting) {
  struct hc_config *config = loader->config;
  struct hc_text name = {0};
  hc_text_printf(&name, "--set %s", setting);
  const int input = add_input(config, hc_arena_take(&config->arena, &name), NULL, config->here, true);
  if (input < 0 || loader->partial) return;
  if (!loader->tree)
    loader->tree = hc_node_new(&config->arena, HC_NODE_MAPPING, HC_DEFAULT_PLACE);
  if (loader->tree) hc_apply_setting(config, loader->diagnostics, loader->tree, input, setting);
}

static bool has_errors(const struct loader *loader) {
  for (size_t i = loader->first; i < loader->diagnostics->count; ++i)
    if (!loader->diagnostics->items[i].warning) return true;
  return false;
}

static hc_status finish(struct loader *loader, const char *const *settings, size_t setting_count,
                        struct hc_config **config) {
  struct hc_arena *arena = &loader->config->arena;
  if (!loader->tree && !loader->partial)
    loader->tree = hc_node_new(arena, HC_NODE_MAPPING, HC_DEFAULT_PLACE);
  if (loader->tree && !loader->partial)
    hc_scenarios_apply(loader->config, loader->diagnostics, loader->tree, loader->scenarios, settings,
                       setting_count, loader->lenient);
  for (size_t i = 0; i < setting_count && !arena->failed; ++i) add_setting(loader, settings[i]);
  if (!arena->failed)
    hc_resolve(loader->config, loader->diagnostics, loader->tree, loader->partial);
  hc_config_sort(loader->config, loader->diagnostics, loader->first);
  const hc_status status = arena->failed ? HC_NO_MEMORY : has_errors(loader) ? HC_INPUT : HC_OK;
  if (status == HC_OK) *config = loader->config;
  else hc_config_free(loader->config);
  return status;
}

hc_status hc_config_load_as(const struct hc_table *root, const char *const *files,
                            const char *const *labels, size_t file_count,
                            const char *const *settings, size_t setting_count,
                            struct hc_config **config, struct hc_diagnostics *diagnostics) {
  *config = NULL;
  struct loader loader;
  const hc_status status = begin(&loader, root, diagnostics);
  if (status != HC_OK) return status;
  for (size_t i = 0; i < file_count && !loader.config->arena.failed; ++i)
    add_file(&loader, files[i], labels ? labels[i] : NULL);
  return finish(&loader, settings, setting_count, config);
}

hc_status hc_config_load(const struct hc_table *root, const char *const *files, size_t file_count,
                         const char *const *settings, size_t setting_count,
                         struct hc_config **config, struct hc_diagnostics *diagnostics) {
  return hc_config_load_as(root, files, NULL, file_count, settings, setting_count, config,
                           diagnostics);
}

hc_status hc_config_parse(const struct hc_table *root, const char *label, const char *text,
                          size_t length, const char *directory, const char *const *settings,
                          size_t setting_count, struct hc_config **config,
                          struct hc_diagnostics *diagnostics) {
  *config = NULL;
  struct loader loader;
  const hc_status status = begin(&loader, root, diagnostics);
  if (status != HC_OK) return status;
  struct hc_config *loading = loader.config;
  loader.lenient = true;
  struct hc_arena *arena = &loading->arena;
  const char *where = arena->failed ? NULL
                      : directory   ? absolute(loading, directory, strlen(directory))
                                    : loading->here;
  const int input = add_input(loading, hc_arena_string(arena, label ? label : "text"), NULL, where, false);
  const char *copy = hc_arena_copy(arena, text, length);
  if (input >= 0 && copy) add_text(&loader, input, copy, length);
  return finish(&loader, settings, setting_count, config);
}

void hc_config_free(struct hc_config *config) {
  if (!config) return;
  hc_arena_free(&config->arena);
  free(config);
}

const void *hc_config_values(const struct hc_config *config) { return config->values; }

size_t hc_config_parameters(const struct hc_config *config,
                            const struct hc_parameter **parameters) {
  *parameters = config->parameters;
  return config->parameter_count;
}

size_t hc_config_scenarios(const struct hc_config *config, const char *const **names) {
  *names = config->scenarios;
  return config->scenario_count;
}

size_t hc_config_sources(const struct hc_config *config, const struct hc_source **sources) {
  *sources = config->sources;
  return config->source_count;
}
