/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanisms of a comparison: a market file composed with a file of each. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/compare.h"
#include "cli/output_file.h"
#include "cli/report.h"

static hc_status out_of_memory(void) { return hc_cli_complain(HC_NO_MEMORY, "out of memory"); }

/* ---- names -------------------------------------------------------------------------------- */

/* venue:okx, configs/venues/okx.yaml: okx */
static char *base_name(const char *operand) {
  const char *slash = strrchr(operand, '/'), *colon = strrchr(operand, ':');
  const char *start = slash ? slash + 1 : colon ? colon + 1 : operand;
  const char *dot = strrchr(start, '.');
  const bool yaml = dot && dot > start && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
  if (!*start || *start == '.') return hc_strdup("mechanism");
  return yaml ? strndup(start, (size_t)(dot - start)) : hc_strdup(start);
}

static bool is_taken(const struct hc_cli_comparison *comparison, const char *name) {
  for (size_t i = 0; i < comparison->count; i++)
    if (!strcmp(comparison->mechanisms[i].name, name)) return true;
  return false;
}

/* A second `okx` is `okx-2`. */
static char *unique_name(const struct hc_cli_comparison *comparison, char *name) {
  for (unsigned number = 2; name && is_taken(comparison, name); number++) {
    struct hc_text text = {0};
    hc_text_printf(&text, "%.200s-%u", name, number);
    char *longer = NULL;
    const hc_status status = hc_text_take(&text, &longer);
    if (status == HC_OK && is_taken(comparison, longer)) {
      free(longer);
      continue;
    }
    free(name);
    name = longer;
  }
  return name;
}

static hc_status add(struct hc_cli_comparison *comparison, const char *name, const char *file) {
  struct hc_cli_mechanism *grown =
    realloc(comparison->mechanisms, (comparison->count + 1) * sizeof *grown);
  if (!grown) return out_of_memory();
  comparison->mechanisms = grown;
  struct hc_cli_mechanism made = {.name = unique_name(comparison, hc_strdup(name)),
                                  .file = hc_strdup(file)};
  grown[comparison->count++] = made;
  return made.name && (made.file || !file) ? HC_OK : out_of_memory();
}

static hc_status add_file(struct hc_cli_comparison *comparison, const char *file) {
  char *name = base_name(file);
  const hc_status status = name ? add(comparison, name, file) : out_of_memory();
  free(name);
  return status;
}

/* ---- all presets ---------------------------------------------------------------------------- */

/* The directory of presets: venues beside the market file, or configs/venues below it. */
static hc_status preset_directory(const struct hc_cli_arguments *arguments, char **directory) {
  static const char *const places[] = {"venues", "configs/venues"};
  char *beside = hc_cli_directory_of(arguments->files[0]);
  if (!beside) return out_of_memory();
  hc_status status = HC_INPUT;
  for (size_t i = 0; i < sizeof places / sizeof *places && status == HC_INPUT; i++) {
    struct stat info;
    struct hc_text name = {0};
    hc_text_printf(&name, "%s/%s", beside, places[i]);
    status = hc_text_take(&name, directory);
    if (status == HC_OK && (stat(*directory, &info) != 0 || !S_ISDIR(info.st_mode))) {
      free(*directory);
      *directory = NULL;
      status = HC_INPUT;
    }
  }
  if (status == HC_INPUT)
    hc_cli_complain(HC_INPUT, "compare: --all: no directory venues beside %s",
                    arguments->files[0]);
  else if (status != HC_OK) status = out_of_memory();
  free(beside);
  return status;
}

static int is_preset(const struct dirent *entry) {
  const char *dot = strrchr(entry->d_name, '.');
  return dot && dot > entry->d_name && !strcmp(dot, ".yaml");
}

/* In the order of bytes of their names, wherever that runs. */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static hc_status add_presets(struct hc_cli_comparison *comparison) {
  char *directory = NULL;
  struct dirent **entries = NULL;
  hc_status status = preset_directory(comparison->arguments, &directory);
  if (status != HC_OK) return status;
  const int count = scandir(directory, &entries, is_preset, by_name);
  if (count < 0) status = hc_cli_complain(HC_INPUT, "%s: %s", directory, strerror(errno));
  if (count == 0) status = hc_cli_complain(HC_INPUT, "%s: has no presets (*.yaml)", directory);
  for (int i = 0; i < count; i++) {
    struct hc_text file = {0};
    hc_text_printf(&file, "%s/%s", directory, entries[i]->d_name);
    if (status == HC_OK) status = file.failed ? out_of_memory() : add_file(comparison, file.data);
    hc_text_free(&file);
    free(entries[i]);
  }
  free(entries);
  free(directory);
  return status;
}

static hc_status list_mechanisms(struct hc_cli_comparison *comparison) {
  const struct hc_cli_arguments *arguments = comparison->arguments;
  hc_status status = HC_OK;
  if (hc_cli_has(arguments, base)) status = add(comparison, "base", NULL);
  for (size_t i = 1; i < arguments->file_count && status == HC_OK; i++)
    status = add_file(comparison, arguments->files[i]);
  if (status == HC_OK && hc_cli_has(arguments, all)) status = add_presets(comparison);
  if (status == HC_OK && !comparison->count)
    status = hc_cli_complain(HC_INPUT, "compare: no mechanism given: name a file behind %s, or "
                             "--base or --all; see haircut compare --help", arguments->files[0]);
  return status;
}

/* ---- scenarios ------------------------------------------------------------------------------ */

/* The entry of a mechanism under a scenario. */
static struct hc_cli_mechanism under(const struct hc_cli_mechanism *mechanism, const char *scenario,
                                     size_t length) {
  struct hc_cli_mechanism made = {.file = mechanism->file ? hc_strdup(mechanism->file) : NULL,
                                  .scenario = strndup(scenario, length)};
  struct hc_text name = {0};
  hc_text_printf(&name, "%.*s:%s", (int)length, scenario, mechanism->name);
  if (hc_text_take(&name, &made.name) != HC_OK) made.name = NULL;
  return made;
}

/* Every mechanism under each scenario of a list with commas. */
static hc_status spread(struct hc_cli_comparison *comparison, const char *list) {
  size_t scenarios = 0, count = comparison->count, made = 0;
  for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) scenarios++;
  struct hc_cli_mechanism *all = calloc(scenarios * count + 1, sizeof *all);
  if (!all) return out_of_memory();
  bool whole = true;
  for (const char *at = list; *at;) {
    const size_t length = strcspn(at, ",");
    for (size_t i = 0; i < count; i++, made++) {
      all[made] = under(&comparison->mechanisms[i], at, length);
      all[made].first = made - i;
      all[made].same = i;
      whole = whole && all[made].name && all[made].scenario;
    }
    at += length + (at[length] == ',');
  }
  for (size_t i = 0; i < count; i++) {
    free(comparison->mechanisms[i].name);
    free(comparison->mechanisms[i].file);
  }
  free(comparison->mechanisms);
  comparison->mechanisms = all;
  comparison->count = made;
  comparison->scenarios = scenarios;
  return whole ? HC_OK : out_of_memory();
}

static hc_status read_composed(const struct hc_cli_comparison *comparison,
                               struct hc_cli_mechanism *mechanism, const char *const *extra,
                               size_t extra_count);

/* Names of all that the market and the first mechanism have. */
static hc_status every_scenario(struct hc_cli_comparison *comparison, struct hc_text *list) {
  struct hc_cli_mechanism first = {.file = comparison->mechanisms[0].file, .input.quiet = true};
  const char *const *names;
  hc_status status = read_composed(comparison, &first, NULL, 0);
  const size_t count = status == HC_OK ? hc_config_scenarios(first.input.config, &names) : 0;
  for (size_t i = 0; i < count; i++) hc_text_printf(list, "%s%s", i ? "," : "", names[i]);
  hc_cli_input_free(&first.input);
  if (status == HC_OK && count == 0)
    status = hc_cli_complain(HC_INPUT, "compare: --scenarios: there are none in %s; write them, e.g. "
                             "scenarios: {base: {}, crash: {markets.BTC.price.volatility: 120%%}}, "
                             "there or in a file that --with names",
                             comparison->arguments->files[0]);
  return status;
}

static hc_status spread_scenarios(struct hc_cli_comparison *comparison) {
  const char *given = hc_cli_value(comparison->arguments, scenarios);
  comparison->scenarios = 1;
  for (size_t i = 0; i < comparison->count; i++) comparison->mechanisms[i].same = i;
  if (!given) return HC_OK;
  struct hc_text list = {0};
  hc_status status = HC_OK;
  if (!strcmp(given, "all")) status = every_scenario(comparison, &list);
  else hc_text_puts(&list, given);
  if (status == HC_OK && list.failed) status = out_of_memory();
  if (status == HC_OK && (strstr(list.data, ",,") || *list.data == ',' ||
                          list.data[strlen(list.data) - 1] == ','))
    status = hc_cli_complain(HC_INPUT, "compare: --scenarios: \"%s\" has an empty name; expected names with "
                             "commas between, or all", given);
  if (status == HC_OK) status = spread(comparison, list.data);
  hc_text_free(&list);
  return status;
}

/* ---- configurations ------------------------------------------------------------------------- */

static hc_status read_composed(const struct hc_cli_comparison *comparison,
                               struct hc_cli_mechanism *mechanism, const char *const *extra,
                               size_t extra_count) {
  const char *files[3] = {comparison->arguments->files[0]};
  size_t count = 1;
  if (hc_cli_has(comparison->arguments, with)) files[count++] = hc_cli_value(comparison->arguments, with);
  if (mechanism->file) files[count++] = mechanism->file;
  struct hc_cli_arguments composed = *comparison->arguments;
  composed.value[HC_CLI_OPTION_scenario] = mechanism->scenario;
  composed.files = files;
  composed.file_count = count;
  return hc_cli_read_configs(&mechanism->input, &composed, extra, extra_count);
}

/* What the file tells of it is what `haircut run` of the same files would. */
static hc_status read_mechanism(const struct hc_cli_comparison *comparison,
                                struct hc_cli_mechanism *mechanism) {
  mechanism->input.quiet = hc_cli_has(comparison->arguments, quiet);
  const hc_status status = read_composed(comparison, mechanism, NULL, 0);
  if (status != HC_OK) return status;
  struct hc_text waterfall = {0};
  hc_cli_waterfall_text(mechanism->input.config, &waterfall);
  if (hc_text_take(&waterfall, &mechanism->waterfall) != HC_OK ||
      hc_config_yaml(mechanism->input.config, &mechanism->yaml) != HC_OK)
    return out_of_memory();
  return HC_OK;
}

/* Whether a parameter decides prices, times or books; scenarios may differ in all but times. */
static bool is_common(const char *path, bool scenarios) {
  if (!strncmp(path, "simulation.", 11)) return true;
  if (scenarios) return false;
  return !strncmp(path, "book.", 5) || (!strncmp(path, "markets.", 8) && strstr(path, ".price."));
}

static const struct hc_parameter *find(const struct hc_config *config, const char *path) {
  const struct hc_parameter *all;
  const size_t count = hc_config_parameters(config, &all);
  for (size_t i = 0; i < count; i++)
    if (!strcmp(all[i].path, path)) return &all[i];
  return NULL;
}

/* Complains about the first common parameter of `ours` that `theirs` has another value of. */
static hc_status agree(const struct hc_cli_mechanism *ours, const struct hc_cli_mechanism *theirs,
                       bool scenarios) {
  const struct hc_parameter *all;
  const size_t count = hc_config_parameters(ours->input.config, &all);
  for (size_t i = 0; i < count; i++) {
    if (!is_common(all[i].path, scenarios)) continue;
    const struct hc_parameter *other = find(theirs->input.config, all[i].path);
    if (other && !strcmp(other->text, all[i].text)) continue;
    return hc_cli_complain(
      HC_INPUT, "compare: %s is %s in %s (%s), but %s in %s (%s); mechanisms are compared on the "
      "same paths: seed, horizon, step, prices and books must agree", all[i].path, all[i].text,
      ours->name, all[i].origin, other ? other->text : "not there", theirs->name,
      other ? other->origin : "default");
  }
  return HC_OK;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
  return hash;
}

static uint64_t hash_books(const struct hc_scenario *scenario) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t b = 0; b < hc_scenario_books(scenario); b++) {
    const struct hc_book *book = hc_scenario_book(scenario, b);
    for (size_t i = 0; i < book->count; i++) {
      const struct hc_position *at = &book->positions[i];
      const double numbers[] = {at->quantity, at->entry, at->collateral, (double)at->side};
      hash = mix(hash, numbers, sizeof numbers);
    }
  }
  return hash;
}

static bool is_guarded(const struct hc_scenario *scenario) {
  for (size_t b = 0; b < hc_scenario_books(scenario); b++)
    if (hc_scenario_book(scenario, b)->cut > 0) return true;
  return false;
}

hc_status hc_cli_comparison_compile(const struct hc_cli_comparison *comparison,
                                    struct hc_cli_mechanism *mechanism) {
  static const char *const extra[] = {"output.traces=0", "output.counterfactual=false",
                                      "output.attribution=false",
                                      "output.timeline.points=0", "output.timeline.paths=0"};
  hc_cli_input_free(&mechanism->input);
  mechanism->input.quiet = true; /* warnings are said once */
  const hc_status status =
    read_composed(comparison, mechanism, extra, sizeof extra / sizeof *extra);
  return status == HC_OK ? hc_cli_compile(&mechanism->input) : status;
}

/* Compiled for its errors and books; scenarios of all at once could be large. */
static hc_status check_mechanism(struct hc_cli_comparison *comparison, size_t index,
                                 uint64_t *books) {
  struct hc_cli_mechanism *mechanism = &comparison->mechanisms[index];
  struct hc_cli_mechanism *first = &comparison->mechanisms[mechanism->first];
  const struct hc_cli_mechanism *same = &comparison->mechanisms[mechanism->same];
  hc_status status = HC_OK;
  if (mechanism != first) status = agree(mechanism, first, false);
  if (mechanism != first && status == HC_OK) status = agree(first, mechanism, false);
  if (mechanism != same && status == HC_OK) status = agree(mechanism, same, true);
  if (status == HC_OK) status = hc_cli_compile(&mechanism->input);
  if (status != HC_OK) return status;
  hc_scenario_digest(mechanism->input.scenario, mechanism->digest);
  const uint64_t hash = hash_books(mechanism->input.scenario);
  const bool guarded = is_guarded(mechanism->input.scenario); /* then its positions are its own */
  const size_t number = hc_scenario_books(mechanism->input.scenario);
  if (index == 0) comparison->books = number;
  if (mechanism->first == index) *books = 0;
  if (*books == 0 && !guarded) *books = hash;
  hc_scenario_free(mechanism->input.scenario);
  mechanism->input.scenario = NULL;
  if (number != comparison->books)
    return hc_cli_complain(HC_INPUT, "compare: %s has %zu books and %s %zu; paths go through books in turn, "
                           "so give all as many", mechanism->name, number, comparison->mechanisms[0].name,
                           comparison->books);
  if (hash == *books || guarded) return HC_OK;
  return hc_cli_complain(HC_INPUT, "compare: the books of %s and %s differ: markets.*.margin decides "
                         "which positions are drawn again or dropped; give both the same",
                         mechanism->name, first->name);
}

hc_status hc_cli_comparison_read(struct hc_cli_comparison *comparison) {
  uint64_t books = 0;
  hc_status status = list_mechanisms(comparison);
  if (status == HC_OK) status = spread_scenarios(comparison);
  for (size_t i = 0; i < comparison->count && status == HC_OK; i++)
    status = read_mechanism(comparison, &comparison->mechanisms[i]);
  for (size_t i = 0; i < comparison->count && status == HC_OK; i++)
    status = check_mechanism(comparison, i, &books);
  if (status != HC_OK) return status;
  comparison->simulation = comparison->mechanisms[0].input.values->simulation;
  comparison->paths = (size_t)comparison->simulation.paths;
  return HC_OK;
}

void hc_cli_comparison_free(struct hc_cli_comparison *comparison) {
  for (size_t i = 0; i < comparison->count; i++) {
    struct hc_cli_mechanism *mechanism = &comparison->mechanisms[i];
    hc_cli_samples_free(mechanism);
    hc_cli_input_free(&mechanism->input);
    free(mechanism->name);
    free(mechanism->file);
    free(mechanism->scenario);
    free(mechanism->waterfall);
    free(mechanism->yaml);
  }
  free(comparison->mechanisms);
  *comparison = (struct hc_cli_comparison){0};
}
