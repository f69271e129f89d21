/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets as written, and their measures. */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/nearest.h"
#include "config/unit.h"
#include "haircut/size.h"

/* Quantities: what paths report in USD. */
static const struct {
  const char *name, *unit;
} columns[HC_OUTCOME_COLUMNS] = {
#define COLUMN(type, name, unit, long_name) {#name, unit},
  HC_OUTCOME_LIST(COLUMN)
#undef COLUMN
};

struct reader {
  const char *text, *at;
  struct hc_target *target;
  struct hc_error *error;
};

static hc_status wrong(const struct reader *reader, const char *what) {
  return hc_fail(reader->error, HC_INPUT,
                 "target \"%.100s\": %s; expected e.g. P(lp_loss>0) <= 1%%, mean(bad_debt) <= 100k, "
                 "ES99(lp_loss) <= 5M or VaR99(lp_loss) <= 1M",
                 reader->text, what);
}

static void skip_blanks(struct reader *reader) {
  while (isspace((unsigned char)*reader->at)) reader->at++;
}

/* Up to `size` - 1 letters, digits and underscores. */
static void read_name(struct reader *reader, char *name, size_t size) {
  size_t length = 0;
  skip_blanks(reader);
  for (; isalnum((unsigned char)*reader->at) || *reader->at == '_'; reader->at++)
    if (length + 1 < size) name[length++] = *reader->at;
  name[length] = '\0';
}

static bool read_sign(struct reader *reader, char sign) {
  skip_blanks(reader);
  if (*reader->at != sign) return false;
  reader->at++;
  return true;
}

/* A number with its unit, up to one of `ends`. */
static bool read_amount(struct reader *reader, enum hc_kind kind, const char *ends, double *amount) {
  char text[64];
  size_t length = 0;
  skip_blanks(reader);
  while (*reader->at && !strchr(ends, *reader->at) && length + 1 < sizeof text)
    text[length++] = *reader->at++;
  while (length && isspace((unsigned char)text[length - 1])) length--;
  text[length] = '\0';
  return length && hc_unit_parse(kind, text, amount) == NULL && isfinite(*amount);
}

static hc_status read_column(struct reader *reader) {
  char name[64];
  const char *known[HC_OUTCOME_COLUMNS];
  size_t count = 0;
  read_name(reader, name, sizeof name);
  for (size_t i = 0; i < HC_OUTCOME_COLUMNS; i++) {
    if (strcmp(columns[i].unit, "USD") != 0) continue;
    known[count++] = columns[i].name;
    if (strcmp(columns[i].name, name) != 0) continue;
    reader->target->column = (enum hc_outcome_column)i;
    return HC_OK;
  }
  const char *near = hc_nearest(name, known, count);
  if (!near) return wrong(reader, "no quantity in USD that paths report is called so");
  return hc_fail(reader->error, HC_INPUT, "target \"%.100s\": no quantity is called %s; did you mean %s?",
                 reader->text, name, near);
}

/* ES99, es_99.9: the level behind the name. */
static bool read_level(struct reader *reader, const char *digits, double *share) {
  char text[32];
  size_t length = 0;
  if (*digits == '_') digits++;
  for (; *digits && length + 1 < sizeof text; digits++) text[length++] = *digits;
  if (*reader->at == '.')
    for (text[length++] = *reader->at++; isdigit((unsigned char)*reader->at) && length + 1 < sizeof text;)
      text[length++] = *reader->at++;
  text[length] = '\0';
  char *end;
  const double level = strtod(text, &end);
  *share = 1.0 - level / 100.0;
  return length && !*end && isdigit((unsigned char)text[0]) && level > 0.0 && level < 100.0;
}

enum what { WHAT_P, WHAT_MEAN, WHAT_ES, WHAT_VAR };

static hc_status read_measure(struct reader *reader, enum what *what) {
  char name[32];
  read_name(reader, name, sizeof name);
  for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
  reader->target->share = 0.01;
  if (!strcmp(name, "p")) *what = WHAT_P;
  else if (!strcmp(name, "mean") || !strcmp(name, "e")) *what = WHAT_MEAN;
  else if (!strncmp(name, "es", 2) && read_level(reader, name + 2, &reader->target->share)) *what = WHAT_ES;
  else if (!strncmp(name, "var", 3) && read_level(reader, name + 3, &reader->target->share))
    *what = WHAT_VAR;
  else return wrong(reader, "it begins with no measure that is known: P, mean, ES99, VaR99");
  return HC_OK;
}

static hc_status read_limit(struct reader *reader, enum what what) {
  struct hc_target *target = reader->target;
  if (!read_sign(reader, '<')) return wrong(reader, "<= is missing");
  (void)read_sign(reader, '=');
  if (!read_amount(reader, what == WHAT_P ? HC_KIND_FRACTION : HC_KIND_USD, "", &target->limit))
    return wrong(reader, "the limit is not a number with a unit");
  if (what == WHAT_P && !(target->limit > 0.0 && target->limit < 1.0))
    return wrong(reader, "a probability between 0 and 100 % is expected as the limit");
  if (what != WHAT_P && target->limit < 0.0) return wrong(reader, "the limit is below 0");
  return HC_OK;
}

hc_status hc_target_read(const char *text, struct hc_target *target, struct hc_error *error) {
  struct reader reader = {text, text, target, error};
  enum what what = WHAT_P;
  *target = (struct hc_target){.kind = HC_TARGET_P};
  hc_status status = read_measure(&reader, &what);
  if (status) return status;
  if (!read_sign(&reader, '(')) return wrong(&reader, "( is missing");
  status = read_column(&reader);
  if (status) return status;
  if (what == WHAT_P &&
      (!read_sign(&reader, '>') || !read_amount(&reader, HC_KIND_USD, ")", &target->threshold)))
    return wrong(&reader, "P needs > and an amount in USD, as in P(lp_loss>0)");
  if (!read_sign(&reader, ')')) return wrong(&reader, ") is missing");
  status = read_limit(&reader, what);
  if (status) return status;
  if (what == WHAT_MEAN) target->kind = HC_TARGET_MEAN;
  if (what == WHAT_ES) target->kind = HC_TARGET_ES;
  if (what == WHAT_VAR) {
    target->threshold = target->limit;
    target->limit = target->share;
  }
  return HC_OK;
}

static hc_status measure_share(const struct hc_target *target, const struct hc_sample *sample, double *work,
                               struct hc_estimate *estimate) {
  for (size_t i = 0; i < sample->count; i++) work[i] = sample->x[i] > target->threshold ? 1.0 : 0.0;
  const struct hc_sample hits = {work, sample->count, sample->books};
  hc_sample_share(&hits, estimate);
  return HC_OK;
}

hc_status hc_target_measure(const struct hc_target *target, const struct hc_sample *sample,
                            struct hc_estimate *estimate) {
  if (target->kind == HC_TARGET_MEAN) {
    hc_sample_mean(sample, estimate);
    return HC_OK;
  }
  double *work = malloc((sample->count + 1) * sizeof *work);
  if (!work) return HC_NO_MEMORY;
  const hc_status status = target->kind == HC_TARGET_P
                             ? measure_share(target, sample, work, estimate)
                             : hc_sample_shortfall_of(sample, target->share, work, estimate);
  free(work);
  return status;
}
