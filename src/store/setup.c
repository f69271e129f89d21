/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "haircut/store.h"
#include "store/code.h"
#include "store/files.h"

static const struct hc_output_config *output_of(const struct hc_scenario *scenario) {
  return &hc_scenario_values(scenario)->output;
}

struct hc_shape hc_shape_of(const struct hc_scenario *scenario) {
  const struct hc_output_config *output = output_of(scenario);
  const bool timeline = output->timeline.points > 0 && output->timeline.paths > 0;
  return (struct hc_shape){
    .classes = hc_scenario_classes(scenario),
    .samples = output->samples == HC_SAMPLES_ALL,
    .timeline_points = timeline ? (size_t)output->timeline.points + 1 : 0,
    .timeline_paths = timeline ? (uint64_t)output->timeline.paths : 0,
  };
}

size_t hc_shape_timeline(const struct hc_shape *shape, uint64_t first, size_t count) {
  if (first >= shape->timeline_paths) return 0;
  const uint64_t left = shape->timeline_paths - first;
  return left < count ? (size_t)left : count;
}

#define LAYOUT "output.samples="

static void write_essentials(const struct hc_scenario *scenario, struct hc_text *text) {
  const struct hc_shape shape = hc_shape_of(scenario);
  char digest[65];
  hc_scenario_digest(scenario, digest);
  hc_text_printf(text, "digest=%s\nformat=%d\ncode=%s\n", digest, HC_FORMAT_VERSION, HC_CODE_TEXT);
  hc_text_puts(text, "columns="
#define COLUMN(type, name, unit, long_name) #type ":" #name ","
               HC_OUTCOME_LIST(COLUMN)
#undef COLUMN
               "\n");
  hc_text_printf(text, "granule=%d\nbooks=%zu\nclasses=%zu\n", HC_GRANULE,
                 hc_scenario_books(scenario), shape.classes);
  hc_text_printf(text, "output.counterfactual=%s\n",
                 output_of(scenario)->counterfactual ? "true" : "false");
  hc_text_printf(text, LAYOUT "%s\n", shape.samples ? "all" : "none"); /* from here: layout */
  hc_text_printf(text, "output.attribution=%s\n", output_of(scenario)->attribution ? "true" : "false");
  hc_text_printf(text, "output.timeline.points=%zu\noutput.timeline.paths=%llu\n",
                 shape.timeline_points ? shape.timeline_points - 1 : 0,
                 (unsigned long long)shape.timeline_paths);
}

bool hc_setup_is_free(const char *path) {
  return strcmp(path, "simulation.paths") == 0 || strcmp(path, "simulation.max_paths") == 0 ||
         strncmp(path, "simulation.precision", 20) == 0 || strcmp(path, "name") == 0 ||
         strncmp(path, "output.", 7) == 0 || strncmp(path, "sweep.", 6) == 0;
}

static void write_parameters(const struct hc_scenario *scenario, struct hc_text *text) {
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(hc_scenario_config(scenario), &parameters);
  for (size_t i = 0; i < count; ++i) {
    if (hc_setup_is_free(parameters[i].path)) continue;
    hc_text_printf(text, "%s=", parameters[i].path);
    for (const char *c = parameters[i].text; *c; ++c)
      hc_text_append(text, *c == '\n' ? " " : c, 1);
    hc_text_puts(text, "\n");
  }
}

hc_status hc_setup_text(const struct hc_scenario *scenario, char **text) {
  struct hc_text built = {0};
  write_essentials(scenario, &built);
  hc_text_puts(&built, "\n");
  write_parameters(scenario, &built);
  return hc_text_take(&built, text);
}

size_t hc_setup_lead(const char *text) {
  const char *layout = strstr(text, "\n" LAYOUT);
  return layout ? (size_t)(layout + 1 - text) : 0;
}

/* ---- comparison -------------------------------------------------------------------- */

struct line {
  const char *key, *value, *next;
  int key_length, value_length;
};

/* The line at `text`; false at the end of a block. */
static bool read_line(const char *text, struct line *line) {
  const char *end = strchr(text, '\n');
  const char *equals = end ? memchr(text, '=', (size_t)(end - text)) : NULL;
  if (!equals) return false;
  *line = (struct line){text, equals + 1, end + 1, (int)(equals - text), (int)(end - equals - 1)};
  return true;
}

static bool find_line(const char *block, const struct line *wanted, struct line *found) {
  for (; read_line(block, found); block = found->next)
    if (found->key_length == wanted->key_length &&
        memcmp(found->key, wanted->key, (size_t)wanted->key_length) == 0)
      return true;
  return false;
}

static bool same_value(const struct line *a, const struct line *b) {
  return a->value_length == b->value_length &&
         memcmp(a->value, b->value, (size_t)a->value_length) == 0;
}

static const char *second_block(const char *text) {
  const char *gap = strstr(text, "\n\n");
  return gap ? gap + 2 : "";
}

char *hc_setup_of_outcomes(const char *text) {
  return hc_format("%.*s\n%s", (int)hc_setup_lead(text), text, second_block(text));
}

static void add(struct hc_text *list, size_t *count, const struct line *ours,
                const struct line *theirs) {
  enum { NAMED = 3 };
  if (++*count > NAMED) {
    if (*count == NAMED + 1) hc_text_puts(list, ", and more");
    return;
  }
  const struct line *key = ours ? ours : theirs;
  hc_text_printf(list, "%s%.*s is %.*s there and %.*s here", *count > 1 ? ", " : "",
                 key->key_length, key->key, theirs ? theirs->value_length : 5,
                 theirs ? theirs->value : "unset", ours ? ours->value_length : 5,
                 ours ? ours->value : "unset");
}

void hc_setup_differences(const char *ours, const char *theirs, struct hc_text *list) {
  size_t count = 0;
  struct line line, other;
  for (const char *at = ours; read_line(at, &line); at = line.next) {
    const bool there = find_line(theirs, &line, &other);
    if (!there || !same_value(&line, &other)) add(list, &count, &line, there ? &other : NULL);
  }
  for (const char *at = theirs; read_line(at, &line); at = line.next)
    if (!find_line(ours, &line, &other)) add(list, &count, NULL, &line);
}

static void name_differences(const char *ours, const char *theirs, struct hc_text *list) {
  struct line our_digest, their_digest;
  const bool digests = read_line(ours, &our_digest) && read_line(theirs, &their_digest) &&
                       same_value(&our_digest, &their_digest);
  if (digests) {
    hc_setup_differences(ours, theirs, list);
    return;
  }
  hc_setup_differences(second_block(ours), second_block(theirs), list);
  if (list->length == 0) hc_text_puts(list, "the content of an input file differs");
}

hc_status hc_setup_compare(const char *ours, const char *theirs, const char *place,
                           const char *advice, struct hc_error *error) {
  const size_t length = (size_t)(second_block(ours) - ours);
  if (strlen(theirs) >= length && strncmp(ours, theirs, length) == 0) return HC_OK;
  struct hc_text list = {0};
  name_differences(ours, theirs, &list);
  const hc_status status =
    hc_fail(error, HC_MISMATCH, "%s: belongs to another configuration or program: %s; %s", place,
            list.data ? list.data : "?", advice);
  hc_text_free(&list);
  return status;
}
