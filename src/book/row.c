/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "book/number.h"
#include "book/reader.h"

/* One row on its way to a position. */
struct row {
  struct hc_position position;
  struct hc_csv_field account;
  const char *size_at;
  double size;
};

static double read_positive(struct hc_reader *reader, const struct hc_csv_field *field,
                            const char *column, const char *unit) {
  double value;
  if (!hc_plain_number(field, &value)) {
    hc_reader_complain(reader, field->bytes,
                       "%s: \"%s\" is not a plain number, expected %s such as 1250000 or 1.25e6",
                       column, hc_excerpt(field).text, unit);
    return NAN;
  }
  if (value > 0 && isfinite(value)) return value;
  hc_reader_complain(reader, field->bytes, "%s: %s is %s, expected a positive number of %s", column,
                     hc_excerpt(field).text,
                     value > 0 ? "too large for a double" : "not above 0", unit);
  return NAN;
}

static void read_account(struct hc_reader *reader, const struct hc_csv_field *field,
                         struct row *row) {
  row->account = *field;
  if (field->length == 0) {
    hc_reader_complain(reader, field->bytes, "account: empty, expected a name");
    return;
  }
  if (reader->config->as_isolated) return;
  const int line = hc_csv_place(&reader->record, field->bytes).line;
  const struct hc_name name = {field->bytes, (uint32_t)field->length, line};
  int before = 0;
  if (hc_name_set_add(&reader->names, name, &before) != HC_OK) hc_reader_no_memory(reader);
  if (before)
    hc_reader_complain(reader, field->bytes,
                       "account: \"%s\" is on line %d and again on line %d, expected one row an "
                       "account; several would share their margin, which is not modelled: "
                       "--as-isolated (book.as_isolated: true) treats each row as an account",
                       hc_excerpt(field).text, before, line);
}

static void complain_market(struct hc_reader *reader, const struct hc_csv_field *field) {
  struct hc_text known = {0};
  for (size_t i = 0; i < reader->market_count && i < 10; ++i)
    hc_text_printf(&known, "%s%s", i ? ", " : "", reader->markets[i].name);
  if (reader->market_count > 10) hc_text_puts(&known, ", ...");
  hc_reader_complain(reader, field->bytes, "market: unknown market \"%s\", expected one of: %s",
                     hc_excerpt(field).text, known.data ? known.data : "");
  hc_text_free(&known);
}

static void read_market(struct hc_reader *reader, const struct hc_csv_field *field,
                        struct row *row) {
  for (size_t i = 0; i < reader->market_count; ++i) {
    if (!hc_csv_is(field, reader->markets[i].name)) continue;
    row->position.market = (uint32_t)i;
    return;
  }
  complain_market(reader, field);
}

static void read_side(struct hc_reader *reader, const struct hc_csv_field *field,
                      struct row *row) {
  if (hc_csv_is(field, "long")) row->position.side = 1;
  else if (hc_csv_is(field, "short")) row->position.side = -1;
  else
    hc_reader_complain(reader, field->bytes, "side: \"%s\" is not a side, expected long or short",
                       hc_excerpt(field).text);
}

static void read_size_usd(struct hc_reader *reader, const struct hc_csv_field *field,
                          struct row *row) {
  row->size_at = field->bytes;
  row->size = read_positive(reader, field, "size_usd", "USD");
}
static void read_entry(struct hc_reader *reader, const struct hc_csv_field *field,
                       struct row *row) {
  row->position.entry = read_positive(reader, field, "entry", "USD a unit");
}
static void read_collateral(struct hc_reader *reader, const struct hc_csv_field *field,
                            struct row *row) {
  row->position.collateral = read_positive(reader, field, "collateral", "USD");
}
static void read_comment(struct hc_reader *reader, const struct hc_csv_field *field,
                         struct row *row) {
  (void)reader, (void)field, (void)row;
}

static void (*const READ[HC_COLUMNS])(struct hc_reader *, const struct hc_csv_field *,
                                      struct row *) = {
#define HC_COLUMN_READ(tag, name, required) [HC_COLUMN_##tag] = read_##name,
  HC_COLUMN_LIST(HC_COLUMN_READ)
#undef HC_COLUMN_READ
};

static bool has_all_fields(struct hc_reader *reader) {
  const struct hc_csv_record *record = &reader->record;
  if (record->count == reader->column_count) return true;
  const bool many = record->count > reader->column_count;
  hc_reader_complain(reader, many ? record->fields[reader->column_count].bytes : record->end,
                     "the row has %zu field%s, expected %zu as in the header%s", record->count,
                     record->count == 1 ? "" : "s", reader->column_count,
                     many ? "; numbers have no thousands separators" : "");
  return false;
}

/* What concerns the row as a whole; true if it has valid levels. */
static bool finish_position(struct hc_reader *reader, struct row *row) {
  struct hc_position *p = &row->position;
  const struct hc_book_market *market = &reader->markets[p->market];
  p->quantity = row->size / p->entry;
  const bool is_positive = p->quantity > 0 && isfinite(p->quantity);
  if (is_positive) hc_position_levels(p, market);
  if (!is_positive || !isfinite(p->level) || !isfinite(p->bankruptcy)) {
    hc_reader_complain(reader, row->size_at,
                       "size_usd: size, entry and collateral are too far apart to compute with, "
                       "expected a position of ordinary proportions");
    return false;
  }
  if (row->size <= market->limit) return true;
  hc_reader_complain(reader, row->size_at,
                     "size_usd: %.10g is beyond the position limit of %s, expected at most %.10g "
                     "(up_to of the last maintenance tier)",
                     row->size, market->name, market->limit);
  return false;
}

/* True if the position is in the book. */
static bool survives(struct hc_reader *reader, const struct row *row) {
  const struct hc_position *p = &row->position;
  if (!hc_position_triggered(p, reader->log_initial[p->market])) return true;
  if (reader->config->already_liquidatable == HC_ALREADY_DROP) {
    reader->book->dropped += 1;
    return false;
  }
  hc_reader_complain(reader, row->account.bytes,
                     "account: \"%s\" is liquidatable at the start: the level of its %s is %.10g, "
                     "expected one %s the initial price %.10g; book.already_liquidatable: drop "
                     "leaves such rows out",
                     hc_excerpt(&row->account).text, p->side > 0 ? "long" : "short", p->level,
                     p->side > 0 ? "below" : "above", reader->markets[p->market].initial);
  return false;
}

static hc_status grow(struct hc_reader *reader) {
  struct hc_book *book = reader->book;
  if (book->count < reader->capacity) return HC_OK;
  const size_t capacity = reader->capacity ? 2 * reader->capacity : 1024;
  struct hc_position *positions = realloc(book->positions, capacity * sizeof *positions);
  if (!positions) return HC_NO_MEMORY;
  book->positions = positions;
  char **names = realloc(book->names, capacity * sizeof *names);
  if (!names) return HC_NO_MEMORY;
  book->names = names;
  reader->capacity = capacity;
  return HC_OK;
}

/* Accounts are numbered as kept, so that names and positions share their index. */
static void append(struct hc_reader *reader, struct row *row) {
  struct hc_book *book = reader->book;
  if (grow(reader) != HC_OK || !(book->names[book->count] = hc_csv_copy(&row->account))) {
    hc_reader_no_memory(reader);
    return;
  }
  row->position.account = (uint32_t)book->count;
  book->positions[book->count++] = row->position;
}

void hc_reader_row(struct hc_reader *reader) {
  if (!has_all_fields(reader)) return;
  struct row row = {.size = NAN};
  const int errors = reader->errors;
  for (size_t i = 0; i < reader->column_count && !reader->stop; ++i)
    READ[reader->columns[i]](reader, &reader->record.fields[i], &row);
  if (reader->stop || reader->errors > errors) return;
  if (finish_position(reader, &row) && survives(reader, &row)) append(reader, &row);
}
