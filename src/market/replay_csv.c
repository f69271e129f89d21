/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/decimal.h"
#include "config/digest.h"
#include "config/nearest.h"
#include "market/replay.h"

enum { TIME = HC_BAR_PRICES, COLUMNS, MAX_NAMES = 256, MAX_NAME = 64 };

struct field {
  const char *at;
  size_t length;
};

struct reader {
  const struct hc_replay_config *config;
  struct hc_replay_series *series;
  struct hc_replay_problems problems;
  const char *line_start, *line_end; /* of the line being read */
  const char *at;                    /* next field of it; NULL: none left */
  const char *next_line;
  int line;
  char names[MAX_NAMES][MAX_NAME]; /* of the header */
  size_t name_count;
  size_t where[COLUMNS]; /* which column of the file */
};

static const char *const times[] = {"time", "timestamp", "date", "datetime", "date_utc",
                                    "unix_timestamp"};
static const char *const price_names[HC_BAR_PRICES] = {"open", "high", "low", "close"};

void hc_replay_problem(struct hc_replay_problems *problems, int line, int column,
                       const char *format, ...) {
  if (problems->count++) return;
  const int start = snprintf(problems->first, sizeof problems->first, "%s:%d:%d: ",
                             problems->file, line, column);
  if (start < 0 || (size_t)start >= sizeof problems->first) return;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(problems->first + start, sizeof problems->first - (size_t)start, format,
                  arguments);
  va_end(arguments);
}

hc_status hc_replay_settle(const struct hc_replay_problems *problems, struct hc_error *error) {
  if (problems->count == 0) return HC_OK;
  if (problems->count == 1) return hc_fail(error, HC_INPUT, "%s", problems->first);
  return hc_fail(error, HC_INPUT, "%s (and %zu more problem%s in the file)", problems->first,
                 problems->count - 1, problems->count == 2 ? "" : "s");
}

/* ---- lines and fields --------------------------------------------------------------- */

static int column_of(const struct reader *r, const char *at) {
  return (int)(at - r->line_start) + 1;
}
#define COMPLAIN(r, at, ...) \
  hc_replay_problem(&(r)->problems, (r)->line, column_of((r), (at)), __VA_ARGS__)

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The next line that is not empty. */
static bool next_line(struct reader *r) {
  while (*r->next_line) {
    r->line_start = r->next_line;
    r->line_end = strchr(r->line_start, '\n');
    if (!r->line_end) r->line_end = r->line_start + strlen(r->line_start);
    r->next_line = *r->line_end ? r->line_end + 1 : r->line_end;
    r->line++;
    r->at = r->line_start;
    for (const char *c = r->line_start; c < r->line_end; c++)
      if (!is_blank(*c)) return true;
  }
  return false;
}

/* The next field, without blanks and quotes around it. */
static bool next_field(struct reader *r, struct field *field) {
  if (!r->at) return false;
  const char *start = r->at, *stop = r->at;
  while (start < r->line_end && is_blank(*start)) start++;
  if (start < r->line_end && *start == '"') {
    const char *close = memchr(start + 1, '"', (size_t)(r->line_end - start - 1));
    stop = close ? close : r->line_end;
    start++;
  }
  const char *comma = stop < r->line_end ? memchr(stop, ',', (size_t)(r->line_end - stop)) : NULL;
  const char *end = comma ? comma : r->line_end;
  r->at = comma ? comma + 1 : NULL;
  while (end > start && (is_blank(end[-1]) || end[-1] == '"')) end--;
  *field = (struct field){start, start < end ? (size_t)(end - start) : 0};
  return true;
}

/* ---- header ----------------------------------------------------------------------------- */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_name(const char *a, const char *b) {
  for (; *a && lower(*a) == lower(*b); a++) b++;
  return lower(*a) == lower(*b);
}

static void read_names(struct reader *r) {
  struct field field;
  while (next_field(r, &field)) {
    if (r->name_count == MAX_NAMES) return;
    const size_t length = field.length < MAX_NAME ? field.length : MAX_NAME - 1;
    memcpy(r->names[r->name_count], field.at, length);
    r->names[r->name_count++][length] = '\0';
  }
}

/* Column of a name, whatever its case; name_count if there is none. */
static size_t find_name(const struct reader *r, const char *name) {
  size_t found = r->name_count;
  for (size_t i = r->name_count; i-- > 0;)
    if (same_name(r->names[i], name)) found = i;
  return found;
}

static void list_names(const struct reader *r, char *list, size_t size) {
  size_t length = 0;
  list[0] = '\0';
  for (size_t i = 0; i < r->name_count; i++) {
    const int more = snprintf(list + length, size - length, "%s%s", i ? ", " : "", r->names[i]);
    if (more < 0 || (size_t)more >= size - length) {
      (void)snprintf(list + size - 4, 4, "...");
      return;
    }
    length += (size_t)more;
  }
}

static void complain_missing(struct reader *r, const char *name, const char *key) {
  const char *known[MAX_NAMES];
  for (size_t i = 0; i < r->name_count; i++) known[i] = r->names[i];
  const char *near = hc_nearest(name, known, r->name_count);
  char list[300];
  list_names(r, list, sizeof list);
  COMPLAIN(r, r->line_start, "there is no column \"%s\"%s%s%s; the columns are %s (set %s to the "
           "name of one)", name, near ? ", did you mean \"" : "", near ? near : "",
           near ? "\"?" : "", list, key);
}

static void find_price_columns(struct reader *r) {
  const char *const names[HC_BAR_PRICES] = {r->config->open_column, r->config->high_column,
                                            r->config->low_column, r->config->close_column};
  for (int i = 0; i < HC_BAR_PRICES; i++) {
    char key[16];
    const char *name = names[i] && names[i][0] ? names[i] : price_names[i];
    r->where[i] = find_name(r, name);
    (void)snprintf(key, sizeof key, "%s_column", price_names[i]);
    if (r->where[i] == r->name_count) complain_missing(r, name, key);
  }
}

static void find_time_column(struct reader *r) {
  const char *name = r->config->time_column;
  if (name && name[0]) {
    r->where[TIME] = find_name(r, name);
    if (r->where[TIME] == r->name_count) complain_missing(r, name, "time_column");
    return;
  }
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    r->where[TIME] = find_name(r, times[i]);
    if (r->where[TIME] < r->name_count) return;
  }
  char list[300];
  list_names(r, list, sizeof list);
  COMPLAIN(r, r->line_start, "there is no time column, expected time, timestamp, date, datetime, "
           "date_utc or unix_timestamp; the columns are %s (set time_column to the name of one)",
           list);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define SHOWN(field) (int)((field)->length < 40 ? (field)->length : 40), (field)->at

/* Exact where a quotient of two exact numbers is (Clinger 1990), else by way of the text. */
static double value_of(const struct hc_decimal *decimal) {
  static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11};
  const int places = -decimal->exponent;
  int64_t digits;
  if (places >= 0 && places < (int)(sizeof power / sizeof *power) && decimal->count <= 15 &&
      !decimal->negative && hc_decimal_integer(decimal, places, &digits))
    return (double)digits / power[places];
  return hc_decimal_value(decimal, 0);
}

static bool read_price(struct reader *r, const struct field *field, int which, double *price) {
  struct hc_decimal decimal;
  const char *end = field->length ? hc_decimal_read(field->at, &decimal) : NULL;
  if (!end || end != field->at + field->length) {
    COMPLAIN(r, field->at, "%s \"%.*s\" is no number, expected a price such as 7935.49",
             price_names[which], SHOWN(field));
    return false;
  }
  *price = value_of(&decimal);
  if (*price > 0.0 && isnormal(*price)) return true;
  COMPLAIN(r, field->at, "%s is %.*s, expected a positive finite price", price_names[which],
           SHOWN(field));
  return false;
}

static bool read_time(struct reader *r, const struct field *field, struct hc_replay_row *row) {
  row->line = r->line;
  row->column = column_of(r, field->at);
  if (hc_replay_time(field->at, field->length, &row->time)) return true;
  COMPLAIN(r, field->at, "\"%.*s\" is no time, expected YYYY-MM-DD HH:MM:SS (UTC) or seconds or "
           "milliseconds since 1970", SHOWN(field));
  return false;
}

/* The fields a bar needs; false and complained if one is missing. */
static bool pick_fields(struct reader *r, struct field fields[COLUMNS]) {
  struct field field;
  size_t count = 0;
  int found = 0;
  for (; next_field(r, &field); count++)
    for (int i = 0; i < COLUMNS; i++)
      if (r->where[i] == count) {
        fields[i] = field;
        found++;
      }
  if (found == COLUMNS) return true;
  COMPLAIN(r, r->line_start, "the row has %zu field%s, expected %zu as in the header", count,
           count == 1 ? "" : "s", r->name_count);
  return false;
}

static bool check_bar(struct reader *r, const struct field fields[COLUMNS], const double *p) {
  const double top = p[HC_OPEN] > p[HC_CLOSE] ? p[HC_OPEN] : p[HC_CLOSE];
  const double bottom = p[HC_OPEN] < p[HC_CLOSE] ? p[HC_OPEN] : p[HC_CLOSE];
  if (p[HC_HIGH] < top) {
    COMPLAIN(r, fields[HC_HIGH].at, "high %.10g is below %s %.10g, expected the highest price of "
             "the bar", p[HC_HIGH], top == p[HC_OPEN] ? "open" : "close", top);
    return false;
  }
  if (p[HC_LOW] > bottom) {
    COMPLAIN(r, fields[HC_LOW].at, "low %.10g is above %s %.10g, expected the lowest price of "
             "the bar", p[HC_LOW], bottom == p[HC_OPEN] ? "open" : "close", bottom);
    return false;
  }
  return true;
}

static bool check_order(struct reader *r, const struct hc_replay_row *row) {
  const struct hc_replay_series *s = r->series;
  if (s->count == 0 || row->time > s->rows[s->count - 1].time) return true;
  hc_replay_problem(&r->problems, row->line, row->column,
                    "time %s is not after %s of the bar before it (line %d), expected bars oldest "
                    "first", hc_replay_time_text(row->time).text,
                    hc_replay_time_text(s->rows[s->count - 1].time).text,
                    s->rows[s->count - 1].line);
  return false;
}

static hc_status append(struct hc_replay_series *series, const struct hc_replay_row *row) {
  if (series->count == series->capacity) {
    const size_t capacity = series->capacity ? 2 * series->capacity : 1024;
    struct hc_replay_row *rows = realloc(series->rows, capacity * sizeof *rows);
    if (!rows) return HC_NO_MEMORY;
    series->rows = rows;
    series->capacity = capacity;
  }
  series->rows[series->count++] = *row;
  return HC_OK;
}

static hc_status read_row(struct reader *r) {
  struct field fields[COLUMNS];
  struct hc_replay_row row = {0};
  if (!pick_fields(r, fields)) return HC_OK;
  bool good = read_time(r, &fields[TIME], &row) && check_order(r, &row);
  bool priced = true;
  for (int i = 0; i < HC_BAR_PRICES; i++)
    priced = read_price(r, &fields[i], i, &row.price[i]) && priced;
  good = priced && check_bar(r, fields, row.price) && good;
  return good ? append(r->series, &row) : HC_OK;
}

static hc_status read_text(struct reader *r, struct hc_error *error) {
  if (!next_line(r))
    return hc_fail(error, HC_INPUT, "%s: is empty, expected a header and bars", r->config->file);
  read_names(r);
  find_time_column(r);
  find_price_columns(r);
  hc_status status = hc_replay_settle(&r->problems, error);
  while (status == HC_OK && next_line(r)) status = read_row(r);
  if (status == HC_NO_MEMORY) return hc_fail(error, status, "no memory for the bars");
  if (status == HC_OK) status = hc_replay_settle(&r->problems, error);
  if (status == HC_OK && r->series->count < 2)
    return hc_fail(error, HC_INPUT, "%s: has %zu bar%s, expected two at least, to tell how long "
                   "they are", r->config->file, r->series->count, r->series->count ? "" : "s");
  return status;
}

hc_status hc_replay_read(const struct hc_replay_config *config, struct hc_replay_series *series,
                         struct hc_error *error) {
  char *text;
  size_t length;
  hc_status status = hc_replay_load(config->file, &text, &length, error);
  if (status != HC_OK) return status;
  hc_sha256_hex(text, length, series->digest);
  struct reader *r = calloc(1, sizeof *r);
  if (r) {
    r->config = config;
    r->series = series;
    r->problems.file = config->file;
    r->next_line = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
    status = read_text(r, error);
  } else {
    status = hc_fail(error, HC_NO_MEMORY, "no memory to read %s", config->file);
  }
  free(r);
  free(text);
  return status;
}
