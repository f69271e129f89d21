/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes as written: lists A,B,C and ranges LO:HI:N[:log]. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/canonical.h"
#include "config/digest.h"
#include "config/unit.h"
#include "haircut/random.h"
#include "sweep/plan.h"

enum { MOST_VALUES = 1000000 };

static hc_status out_of_memory(const struct hc_planner *planner) {
  return hc_fail(planner->error, HC_NO_MEMORY, "out of memory");
}

/* ---- parts ------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static hc_status add_part(struct hc_parts *parts, const char *from, const char *to) {
  while (from < to && is_blank(*from)) from++;
  while (to > from && is_blank(to[-1])) to--;
  char **grown = realloc(parts->text, (parts->count + 1) * sizeof *grown);
  if (!grown) return HC_NO_MEMORY;
  parts->text = grown;
  grown[parts->count] = strndup(from, (size_t)(to - from));
  return grown[parts->count++] ? HC_OK : HC_NO_MEMORY;
}

hc_status hc_parts_split(const char *text, char separator, struct hc_parts *parts) {
  *parts = (struct hc_parts){0};
  int depth = 0;
  char quote = '\0';
  const char *from = text;
  for (const char *at = text;; at++) {
    if (*at && quote) {
      if (*at == quote) quote = '\0';
      continue;
    }
    if (*at == '"' || *at == '\'') quote = *at;
    if (*at && strchr("([{", *at)) depth++;
    if (*at && strchr(")]}", *at) && depth > 0) depth--;
    if (*at && (*at != separator || depth > 0)) continue;
    const hc_status status = add_part(parts, from, at);
    if (status) {
      hc_parts_free(parts);
      return status;
    }
    if (!*at) return HC_OK;
    from = at + 1;
  }
}

void hc_parts_free(struct hc_parts *parts) {
  for (size_t i = 0; i < parts->count; i++) free(parts->text[i]);
  free(parts->text);
  *parts = (struct hc_parts){0};
}

void hc_axis_free(struct hc_axis *axis) {
  for (size_t i = 0; axis->text && i < axis->count; i++) free(axis->text[i]);
  free(axis->text);
  free(axis->value);
  free(axis->key);
  free(axis->name);
  free(axis->unit);
  free(axis->doc);
  *axis = (struct hc_axis){0};
}

/* ---- what a value is --------------------------------------------------------------------- */

struct known {
  bool is_text;
  enum hc_kind kind;
  double value;
  char *unit, *doc;
  char digest[65]; /* of the configuration */
};

static void forget(struct known *known) {
  free(known->unit);
  free(known->doc);
  *known = (struct known){0};
}

/* Errors of a setting that nobody wrote are at the axis that has the value. */
static hc_status name_places(struct hc_diagnostics *diagnostics, size_t first, const char *key) {
  static const char setting[] = "--set ";
  const size_t start = sizeof setting - 1, length = strlen(key);
  for (size_t i = first; i < diagnostics->count; i++) {
    struct hc_diagnostic *item = &diagnostics->items[i];
    if (!item->file || strncmp(item->file, setting, start) != 0) continue;
    if (strncmp(item->file + start, key, length) != 0 || item->file[start + length] != '=') continue;
    struct hc_text text = {0};
    hc_text_printf(&text, "axis %s", item->file + start);
    char *place = NULL;
    if (hc_text_take(&text, &place) != HC_OK) return HC_NO_MEMORY;
    free(item->file);
    item->file = place;
  }
  return HC_OK;
}

/* Loads the configuration with one value; its errors are those of the value. */
static hc_status look_up(struct hc_planner *planner, const char *key, const char *text,
                         struct known *known) {
  struct hc_config *config = NULL;
  const struct hc_choice_of_axis choice = {key, text};
  *known = (struct known){.is_text = true, .value = (double)NAN};
  const size_t before = planner->diagnostics->count;
  const hc_status status =
    hc_compose(planner->source, &choice, 1, &config, planner->diagnostics, planner->error);
  if (status && name_places(planner->diagnostics, before, key) != HC_OK) return out_of_memory(planner);
  if (status) return status;
  const struct hc_parameter *parameter =
    hc_axis_is_venue(key) ? NULL : hc_config_set_by(config, (int)hc_compose_first(planner->source));
  if (parameter && !parameter->is_text) {
    known->is_text = false;
    known->value = parameter->value;
  }
  known->kind = parameter ? parameter->kind : HC_KIND_TEXT;
  known->unit = hc_strdup(parameter ? parameter->unit : "");
  known->doc = hc_strdup(parameter ? parameter->doc : hc_axis_is_venue(key) ? "Preset of a venue" : "");
  static const char *const except[] = {"name", "output", "sweep", "simulation.paths", NULL};
  hc_config_digest(config, except, known->digest);
  hc_config_free(config);
  if (known->unit && known->doc) return HC_OK;
  forget(known);
  return out_of_memory(planner);
}

static bool is_number(enum hc_kind kind) {
  return kind == HC_KIND_NUMBER || kind == HC_KIND_FRACTION || kind == HC_KIND_USD ||
         kind == HC_KIND_DURATION || kind == HC_KIND_DURATION_OR_NONE || kind == HC_KIND_PER_YEAR ||
         kind == HC_KIND_COUNT;
}

/* Whole numbers are rounded; the number becomes what its text says. */
static hc_status write_value(struct hc_planner *planner, enum hc_kind kind, double value, char **text,
                             double *number) {
  struct hc_text written = {0};
  if (kind == HC_KIND_COUNT) value = nearbyint(value);
  hc_canonical(kind, value, &written);
  *number = value;
  return hc_text_take(&written, text) == HC_OK ? HC_OK : out_of_memory(planner);
}

/* ---- ranges ------------------------------------------------------------------------------ */

/* LO:HI:N, LO:HI:N:log; with designs that place points themselves LO:HI, LO:HI:log. */
struct range {
  bool is_range, log;
  const char *low, *high;
  size_t count;
};

static bool read_count(const char *text, size_t *count) {
  if (!*text || strlen(text) > 9 || text[strspn(text, "0123456789")]) return false;
  *count = (size_t)strtoul(text, NULL, 10);
  return true;
}

static hc_status wrong_range(const struct hc_planner *planner, const struct hc_axis *axis,
                             const char *values, bool placed) {
  return hc_fail(planner->error, HC_INPUT, "sweep: axis %s: \"%.80s\" is not a range; expected %s",
                 axis->key, values,
                 placed ? "LO:HI or LO:HI:log, since the design places the points itself"
                        : "LO:HI:N or LO:HI:N:log, with N from 1 to 1000000");
}

static hc_status read_range(const struct hc_planner *planner, const struct hc_axis *axis,
                            const char *values, const struct hc_parts *parts, struct range *range) {
  const enum hc_design design = (enum hc_design)planner->values->sweep.design;
  const bool placed = design == HC_DESIGN_LHS || design == HC_DESIGN_SOBOL;
  const size_t plain = placed ? 2 : 3;
  *range = (struct range){.is_range = parts->count > 1};
  if (!range->is_range) return HC_OK;
  if (parts->count < plain || parts->count > plain + 1) return wrong_range(planner, axis, values, placed);
  if (parts->count == plain + 1 && strcmp(parts->text[plain], "log") != 0)
    return wrong_range(planner, axis, values, placed);
  range->log = parts->count == plain + 1;
  range->low = parts->text[0];
  range->high = parts->text[1];
  if (placed) return HC_OK;
  if (!read_count(parts->text[2], &range->count) || range->count < 1 || range->count > MOST_VALUES)
    return wrong_range(planner, axis, values, placed);
  return HC_OK;
}

static hc_status check_ends(const struct hc_planner *planner, const struct hc_axis *axis,
                            const struct range *range, const struct known *low, const struct known *high) {
  if (low->is_text || high->is_text || !is_number(low->kind))
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: axis %s: a range needs numbers, and this parameter is not one; "
                   "list its values with commas between",
                   axis->key);
  if (!isfinite(low->value) || !isfinite(high->value))
    return hc_fail(planner->error, HC_INPUT, "sweep: axis %s: a range needs finite ends, not %s:%s",
                   axis->key, range->low, range->high);
  if (range->count != 1 && !(low->value < high->value))
    return hc_fail(planner->error, HC_INPUT,
                   "sweep: axis %s: %s is not below %s; write the lower end first", axis->key, range->low,
                   range->high);
  if (range->log && !(low->value > 0))
    return hc_fail(planner->error, HC_INPUT, "sweep: axis %s: equal ratios need ends above 0, not %s",
                   axis->key, range->low);
  return HC_OK;
}

static double between(double low, double high, bool log, double share) {
  if (!log) return low + share * (high - low);
  return hc_exp(hc_log(low) + share * (hc_log(high) - hc_log(low)));
}

static hc_status allocate(struct hc_planner *planner, struct hc_axis *axis, size_t count) {
  axis->text = calloc(count, sizeof *axis->text);
  axis->value = calloc(count, sizeof *axis->value);
  if (!axis->text || !axis->value) return out_of_memory(planner);
  axis->count = count;
  return HC_OK;
}

static void take_known(struct hc_axis *axis, struct known *known) {
  free(axis->unit);
  free(axis->doc);
  axis->unit = known->unit;
  axis->doc = known->doc;
  axis->is_text = known->is_text;
  known->unit = known->doc = NULL;
}

/* The ends are as they were written. */
static hc_status fill_range(struct hc_planner *planner, struct hc_axis *axis, const struct range *range,
                            enum hc_kind kind, double low, double high) {
  hc_status status = allocate(planner, axis, range->count);
  for (size_t i = 0; i < axis->count && status == HC_OK; i++) {
    const double share = axis->count > 1 ? (double)i / (double)(axis->count - 1) : 0.0;
    const double value = i == 0 ? low : i + 1 == axis->count ? high : between(low, high, range->log, share);
    status = write_value(planner, kind, value, &axis->text[i], &axis->value[i]);
  }
  return status;
}

/* What a range waits with for the design to place its points: no texts, and these numbers. */
enum { ENDS_LOW, ENDS_HIGH, ENDS_LOG, ENDS_KIND, ENDS };
static hc_status keep_ends(struct hc_planner *planner, struct hc_axis *axis, const struct range *range,
                           const struct known *low, const struct known *high) {
  axis->value = calloc(ENDS, sizeof *axis->value);
  if (!axis->value) return out_of_memory(planner);
  axis->value[ENDS_LOW] = low->value;
  axis->value[ENDS_HIGH] = high->value;
  axis->value[ENDS_LOG] = range->log;
  axis->value[ENDS_KIND] = (double)low->kind;
  return HC_OK;
}

static hc_status read_ends(struct hc_planner *planner, struct hc_axis *axis, const struct range *range) {
  struct known low, high = {0};
  hc_status status = look_up(planner, axis->key, range->low, &low);
  if (status) return status;
  status = look_up(planner, axis->key, range->high, &high);
  if (!status) status = check_ends(planner, axis, range, &low, &high);
  if (!status && range->count) status = fill_range(planner, axis, range, low.kind, low.value, high.value);
  else if (!status) status = keep_ends(planner, axis, range, &low, &high);
  if (!status) take_known(axis, &low);
  forget(&low);
  forget(&high);
  return status;
}

/* ---- lists ------------------------------------------------------------------------------- */

static hc_status check_repeated(const struct hc_planner *planner, const struct hc_axis *axis) {
  if (planner->values->sweep.design != HC_DESIGN_GRID || planner->values->sweep.points_file) return HC_OK;
  for (size_t i = 0; i < axis->count; i++)
    for (size_t j = 0; j < i && axis->count <= 1000; j++)
      if (!strcmp(axis->text[i], axis->text[j]))
        return hc_fail(planner->error, HC_INPUT, "sweep: axis %s: %s is there twice", axis->key,
                       axis->text[i]);
  return HC_OK;
}

/* Each costs a millisecond: of very many values the first are checked so, the rest as their points come. */
enum { CHECKED = 1000 };

/* The number of a value by the kind of those before it. */
static bool read_number(enum hc_kind kind, const char *text, double *value) {
  int64_t count;
  if (kind != HC_KIND_COUNT) return hc_unit_parse(kind, text, value) == NULL;
  if (hc_unit_parse_count(text, &count) != NULL) return false;
  *value = (double)count;
  return true;
}

/* Numbers where all values are; all errors are told at once. */
hc_status hc_axis_check(struct hc_planner *planner, struct hc_axis *axis) {
  hc_status first = HC_OK;
  bool text = false;
  struct hc_text digests = {0};
  enum hc_kind kind = HC_KIND_TEXT;
  for (size_t i = 0; i < axis->count; i++) {
    struct known known;
    if (i && !strcmp(axis->text[i], axis->text[i - 1])) {
      axis->value[i] = axis->value[i - 1];
      continue;
    }
    if (i >= CHECKED && (!is_number(kind) || read_number(kind, axis->text[i], &axis->value[i]))) continue;
    const hc_status status = look_up(planner, axis->key, axis->text[i], &known);
    if (status == HC_INPUT) {
      first = status;
      if (!planner->error->message[0]) continue;
    }
    if (status) {
      hc_text_free(&digests);
      return status;
    }
    if (known.is_text) hc_text_puts(&digests, known.digest);
    axis->value[i] = known.value;
    text = text || known.is_text;
    kind = known.kind;
    take_known(axis, &known);
    forget(&known);
  }
  axis->is_text = text;
  if (text && !digests.failed) hc_sha256_hex(digests.data, digests.length, axis->digest);
  if (digests.failed) first = out_of_memory(planner);
  hc_text_free(&digests);
  for (size_t i = 0; i < axis->count && text; i++) axis->value[i] = (double)NAN;
  return first;
}

static hc_status read_list(struct hc_planner *planner, struct hc_axis *axis, struct hc_parts *parts) {
  const hc_status status = allocate(planner, axis, parts->count);
  if (status) return status;
  for (size_t i = 0; i < parts->count; i++) {
    axis->text[i] = parts->text[i];
    parts->text[i] = NULL;
  }
  for (size_t i = 0; i < axis->count; i++)
    if (!*axis->text[i])
      return hc_fail(planner->error, HC_INPUT,
                     "sweep: axis %s: value %zu is empty; expected values with commas "
                     "between",
                     axis->key, i + 1);
  const hc_status repeated = check_repeated(planner, axis);
  return repeated ? repeated : hc_axis_check(planner, axis);
}

hc_status hc_axis_read(struct hc_planner *planner, struct hc_axis *axis, const char *values) {
  struct hc_parts list, colons = {0};
  struct range range = {0};
  if (hc_parts_split(values, ',', &list) != HC_OK) return out_of_memory(planner);
  hc_status status = HC_OK;
  if (list.count == 1 && hc_parts_split(values, ':', &colons) != HC_OK) status = out_of_memory(planner);
  if (!status) status = read_range(planner, axis, values, &colons, &range);
  if (!status) status = range.is_range ? read_ends(planner, axis, &range) : read_list(planner, axis, &list);
  hc_parts_free(&list);
  hc_parts_free(&colons);
  return status;
}

/* ---- placed points ----------------------------------------------------------------------- */

/* A list is a choice among its values; a range goes from end to end. */
static hc_status place_one(struct hc_planner *planner, const struct hc_axis *from, double u, char **text,
                           double *value) {
  const double *ends = from->value;
  if (!from->text)
    return write_value(planner, (enum hc_kind)ends[ENDS_KIND],
                       between(ends[ENDS_LOW], ends[ENDS_HIGH], ends[ENDS_LOG] != 0.0, u), text, value);
  const size_t index = (size_t)(u * (double)from->count);
  *text = hc_strdup(from->text[index]);
  *value = from->value[index];
  return *text ? HC_OK : out_of_memory(planner);
}

hc_status hc_axis_place(struct hc_planner *planner, struct hc_axis *axis, const double *u, size_t stride,
                        size_t points) {
  struct hc_axis placed = {0};
  hc_status status = allocate(planner, &placed, points);
  for (size_t i = 0; i < points && !status; i++)
    status = place_one(planner, axis, u[i * stride], &placed.text[i], &placed.value[i]);
  for (size_t i = 0; axis->text && i < axis->count; i++) free(axis->text[i]);
  free(axis->text);
  free(axis->value);
  axis->text = placed.text;
  axis->value = placed.value;
  axis->count = placed.count;
  return status;
}
