/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/reader.h"

static const char EXPECTED[] = "account,market,side,size_usd,entry,collateral";

static const struct {
  const char *name;
  bool required;
} COLUMNS[HC_COLUMNS] = {
#define HC_COLUMN_ROW(tag, name, required) {#name, required},
  HC_COLUMN_LIST(HC_COLUMN_ROW)
#undef HC_COLUMN_ROW
};

/* HC_COLUMNS if there is no such column. */
static size_t find_column(const struct hc_csv_field *field) {
  size_t i = 0;
  while (i < HC_COLUMNS && !hc_csv_is(field, COLUMNS[i].name)) ++i;
  return i;
}

static void read_name(struct hc_reader *reader, const struct hc_csv_field *field, bool *seen) {
  const size_t column = find_column(field);
  if (column == HC_COLUMNS) {
    hc_reader_complain(reader, field->bytes,
                       "header: unknown column \"%s\", expected %s (and comment, which is ignored)",
                       hc_excerpt(field).text, EXPECTED);
  } else if (seen[column]) {
    hc_reader_complain(reader, field->bytes, "header: column %s appears twice, expected it once",
                       COLUMNS[column].name);
  } else {
    seen[column] = true;
    reader->columns[reader->column_count++] = (enum hc_column)column;
  }
}

void hc_reader_header(struct hc_reader *reader) {
  const struct hc_csv_record *record = &reader->record;
  bool seen[HC_COLUMNS] = {false};
  for (size_t i = 0; i < record->count && i < HC_RECORD_FIELDS; ++i)
    read_name(reader, &record->fields[i], seen);
  for (size_t i = 0; i < HC_COLUMNS; ++i)
    if (COLUMNS[i].required && !seen[i])
      hc_reader_complain(reader, record->end, "header: column %s is missing, expected %s",
                         COLUMNS[i].name, EXPECTED);
}
