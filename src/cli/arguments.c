/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/arguments.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cluster/cluster.h"
#include "config/nearest.h"
#include "config/quote.h"

#define VERB_NAME(name, operands, doc) #name,
const char *const hc_cli_verb_names[HC_CLI_VERBS] = {HC_CLI_VERB_LIST(VERB_NAME)};
#define VERB_OPERANDS(name, operands, doc) operands,
static const char *const verb_operands[HC_CLI_VERBS] = {HC_CLI_VERB_LIST(VERB_OPERANDS)};
#define VERB_DOC(name, operands, doc) doc,
static const char *const verb_docs[HC_CLI_VERBS] = {HC_CLI_VERB_LIST(VERB_DOC)};
#define OPTION_ROW(id, flag, argument, verbs, doc) {flag, argument, verbs, doc},
const struct hc_cli_option_row hc_cli_option_rows[HC_CLI_OPTIONS] = {
  HC_CLI_OPTION_LIST(OPTION_ROW)};

const char *hc_cli_verb_operands(enum hc_cli_verb verb) { return verb_operands[verb]; }
const char *hc_cli_verb_doc(enum hc_cli_verb verb) { return verb_docs[verb]; }

static hc_status unknown(enum hc_cli_verb verb, const char *flag, size_t length) {
  const char *known[HC_CLI_OPTIONS];
  size_t count = 0;
  for (size_t i = 0; i < HC_CLI_OPTIONS; i++)
    if (hc_cli_option_rows[i].verbs >> verb & 1U) known[count++] = hc_cli_option_rows[i].flag;
  char *name = strndup(flag, length);
  if (!name) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const char *near = hc_nearest(name, known, count);
  const hc_status status =
    near ? hc_cli_complain(HC_INPUT, "%s: unknown option %s; did you mean %s?",
                           hc_cli_verb_names[verb], name, near)
         : hc_cli_complain(HC_INPUT, "%s: unknown option %s; see haircut %s --help",
                           hc_cli_verb_names[verb], name, hc_cli_verb_names[verb]);
  free(name);
  return status;
}

static size_t find(enum hc_cli_verb verb, const char *flag, size_t length) {
  for (size_t i = 0; i < HC_CLI_OPTIONS; i++) {
    const struct hc_cli_option_row *row = &hc_cli_option_rows[i];
    if (row->verbs >> verb & 1U && strlen(row->flag) == length && !strncmp(row->flag, flag, length))
      return i;
  }
  return HC_CLI_OPTIONS;
}

static void take(struct hc_cli_arguments *arguments, size_t option, const char *value) {
  if (option == HC_CLI_OPTION_set) arguments->settings[arguments->setting_count++] = value;
  if (option == HC_CLI_OPTION_axis || option == HC_CLI_OPTION_vary)
    arguments->axes[arguments->axis_count++] = value;
  arguments->value[option] = value;
}

/* Reads the option at argv[*at], moving past a value of its own. */
static hc_status read_option(struct hc_cli_arguments *arguments, int argc, char **argv, int *at) {
  const char *text = argv[*at], *equals = strchr(text, '=');
  const size_t length = equals ? (size_t)(equals - text) : strlen(text);
  const size_t option = find(arguments->verb, text, length);
  if (option == HC_CLI_OPTIONS) return unknown(arguments->verb, text, length);
  const struct hc_cli_option_row *row = &hc_cli_option_rows[option];
  const char *verb = hc_cli_verb_names[arguments->verb];
  if (!row->argument) {
    if (equals) return hc_cli_complain(HC_INPUT, "%s: %s takes no value", verb, row->flag);
    take(arguments, option, "");
    return HC_OK;
  }
  const char *value = equals ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
  if (!value || !*value)
    return hc_cli_complain(HC_INPUT, "%s: %s needs a value: %s %s", verb, row->flag, row->flag,
                           row->argument);
  take(arguments, option, value);
  return HC_OK;
}

static hc_status read_all(struct hc_cli_arguments *arguments, int argc, char **argv) {
  bool options = true;
  for (int i = 0; i < argc; i++) {
    if (options && !strcmp(argv[i], "--")) {
      options = false;
    } else if (options && argv[i][0] == '-' && argv[i][1]) {
      const hc_status status = read_option(arguments, argc, argv, &i);
      if (status != HC_OK) return status;
    } else {
      arguments->files[arguments->file_count++] = argv[i];
    }
  }
  return HC_OK;
}

/* Takes the text of a setting. */
static hc_status add_made(struct hc_cli_arguments *arguments, struct hc_text *text) {
  char **made = &arguments->made[arguments->made_count];
  if (hc_text_take(text, made) != HC_OK) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  arguments->made_count++;
  arguments->settings[arguments->setting_count++] = *made;
  return HC_OK;
}

/* `sweep.axes` from the axes given, which replace those of files. */
static hc_status add_axes(struct hc_cli_arguments *arguments) {
  struct hc_text text = {0};
  hc_text_puts(&text, "sweep.axes=[");
  for (size_t i = 0; i < arguments->axis_count; i++) {
    const char *axis = arguments->axes[i], *equals = strchr(axis, '=');
    if (!equals || equals == axis) {
      hc_text_free(&text);
      return hc_cli_complain(HC_INPUT, "sweep: --axis %s: expected KEY=A,B,C or KEY=LO:HI:N[:log]", axis);
    }
    char *key = strndup(axis, (size_t)(equals - axis));
    hc_text_puts(&text, i ? ", {key: " : "{key: ");
    hc_quote_json(key ? key : "", &text);
    hc_text_puts(&text, ", values: ");
    hc_quote_json(equals + 1, &text);
    hc_text_puts(&text, "}");
    free(key);
  }
  hc_text_puts(&text, "]");
  return add_made(arguments, &text);
}

/* `--paths` and `--seed` of what simulates, what a sweep varies, and `--as-isolated`, are short for
 * settings. */
static hc_status add_shorthands(struct hc_cli_arguments *arguments) {
  static const struct {
    enum hc_cli_option option;
    const char *key;
  } rows[] = {{HC_CLI_OPTION_paths, "simulation.paths"},   {HC_CLI_OPTION_seed, "simulation.seed"},
              {HC_CLI_OPTION_design, "sweep.design"},      {HC_CLI_OPTION_points, "sweep.points"},
              {HC_CLI_OPTION_points_file, "sweep.points_file"}};
  if (hc_cli_has(arguments, as_isolated))
    arguments->settings[arguments->setting_count++] = "book.as_isolated=true";
  if (hc_cli_has(arguments, samples)) arguments->settings[arguments->setting_count++] = "sweep.samples=true";
  hc_status status = arguments->axis_count && arguments->verb == HC_CLI_sweep ? add_axes(arguments) : HC_OK;
  for (size_t i = 0; i < sizeof rows / sizeof *rows && status == HC_OK; i++) {
    const char *value = arguments->value[rows[i].option];
    if (!value || arguments->verb == HC_CLI_verify) continue;
    struct hc_text text = {0};
    hc_text_printf(&text, "%s=%s", rows[i].key, value);
    status = add_made(arguments, &text);
  }
  return status;
}

hc_status hc_cli_arguments_read(struct hc_cli_arguments *arguments, enum hc_cli_verb verb, int argc,
                                char **argv) {
  *arguments = (struct hc_cli_arguments){.verb = verb, .argc = argc, .argv = argv};
  const size_t room = (size_t)argc + 16;
  arguments->files = calloc(room, sizeof *arguments->files);
  arguments->settings = calloc(room, sizeof *arguments->settings);
  arguments->axes = calloc(room, sizeof *arguments->axes);
  arguments->made = calloc(room, sizeof *arguments->made);
  if (!arguments->files || !arguments->settings || !arguments->axes || !arguments->made)
    return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const hc_status status = read_all(arguments, argc - 2, argv + 2);
  if (status != HC_OK || hc_cli_has(arguments, help) || hc_cli_has(arguments, version))
    return status;
  if (verb_operands[verb][0] && verb_operands[verb][0] != '[' && !arguments->file_count)
    return hc_cli_complain(HC_INPUT, "%s: no %s given; see haircut %s --help",
                           hc_cli_verb_names[verb], verb_operands[verb], hc_cli_verb_names[verb]);
  if (!verb_operands[verb][0] && arguments->file_count)
    return hc_cli_complain(HC_INPUT, "%s takes no operand: %s", hc_cli_verb_names[verb],
                           arguments->files[0]);
  return add_shorthands(arguments);
}

void hc_cli_arguments_free(struct hc_cli_arguments *arguments) {
  free(arguments->files);
  free(arguments->settings);
  for (size_t i = 0; i < arguments->made_count; i++) free(arguments->made[i]);
  free(arguments->made);
  free(arguments->axes);
  *arguments = (struct hc_cli_arguments){0};
}

hc_status hc_cli_integer(const struct hc_cli_arguments *arguments, enum hc_cli_option option,
                         int64_t low, int64_t high, int64_t otherwise, int64_t *number) {
  const char *text = arguments->value[option];
  *number = otherwise;
  if (!text) return HC_OK;
  char *end;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  const bool digits = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
  if (!digits || *end || errno || value < low || value > high)
    return hc_cli_complain(
      HC_INPUT, "%s: %s %s: expected a whole number from %" PRId64 " to %" PRId64,
      hc_cli_verb_names[arguments->verb], hc_cli_option_rows[option].flag, text, low, high);
  *number = value;
  return HC_OK;
}

hc_status hc_cli_word(const struct hc_cli_arguments *arguments, enum hc_cli_option option,
                      const char *const *words, int *index) {
  const char *text = arguments->value[option];
  *index = 0;
  if (!text) return HC_OK;
  size_t count = 0;
  for (; words[count]; count++) {
    *index = (int)count;
    if (!strcmp(words[count], text)) return HC_OK;
  }
  struct hc_text list = {0};
  for (size_t i = 0; i < count; i++) hc_text_printf(&list, "%s%s", i ? ", " : "", words[i]);
  const hc_status status =
    hc_cli_complain(HC_INPUT, "%s: %s %s: expected one of %s", hc_cli_verb_names[arguments->verb],
                    hc_cli_option_rows[option].flag, text, list.failed ? "its words" : list.data);
  hc_text_free(&list);
  return status;
}

bool hc_cli_is_first(const struct hc_cli_arguments *arguments) {
  return !arguments->cluster || arguments->cluster->rank == 0;
}

hc_status hc_cli_agree(const struct hc_cli_arguments *arguments, hc_status status) {
  const struct hc_cluster *cluster = arguments->cluster;
  return cluster ? cluster->agree(cluster->self, status) : status;
}

hc_status hc_cli_one_file(const struct hc_cli_arguments *arguments) {
  if (arguments->file_count == 1) return HC_OK;
  return hc_cli_complain(HC_INPUT, "%s takes one FILE, not %zu: %s ...",
                         hc_cli_verb_names[arguments->verb], arguments->file_count,
                         arguments->files[0]);
}
