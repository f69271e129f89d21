/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "book/file.h"
#include "book/locale.h"
#include "book/reader.h"
#include "config/digest.h"
#include "haircut/random.h"

/* The next record, with syntax errors reported and left behind. */
static bool next_record(struct hc_reader *reader, struct hc_csv_scanner *scanner) {
  while (!reader->stop) {
    const enum hc_csv_result result = hc_csv_next(scanner, &reader->record);
    if (result == HC_CSV_RECORD) return true;
    if (result == HC_CSV_END) return false;
    hc_reader_complain(reader, scanner->problem_at, "%s", scanner->problem);
  }
  return false;
}

static bool has_zero_byte(struct hc_reader *reader, const char *text, size_t length) {
  const char *zero = memchr(text, 0, length);
  if (!zero) return false;
  reader->record = (struct hc_csv_record){.start = text, .line = 1};
  hc_reader_complain(reader, zero,
                     "a zero byte: this is a binary file or UTF-16, expected UTF-8 text");
  return true;
}

static void complain_empty(struct hc_reader *reader, const char *text, const char *message) {
  if (reader->errors) return;
  reader->record = (struct hc_csv_record){.start = text, .line = 1};
  hc_reader_complain(reader, text, "%s", message);
}

static void read_rows(struct hc_reader *reader, struct hc_csv_scanner *scanner, const char *text) {
  while (next_record(reader, scanner)) hc_reader_row(reader);
  if (reader->book->count > 0) return;
  complain_empty(reader, text, reader->book->dropped
    ? "every position is liquidatable at the start and dropped, expected one at least that is not"
    : "there are no positions, expected rows after the header");
}

static void read_text(struct hc_reader *reader, const char *text, size_t length) {
  if (has_zero_byte(reader, text, length)) return;
  const char *body = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
  struct hc_csv_scanner scanner = {.at = body, .end = text + length, .line = 1};
  if (!next_record(reader, &scanner)) {
    complain_empty(reader, body, "the file is empty, expected a header "
                   "account,market,side,size_usd,entry,collateral and rows");
    return;
  }
  if (reader->errors) return; /* a broken header: what follows is none */
  hc_reader_header(reader);
  if (reader->errors == 0) read_rows(reader, &scanner, body);
}

static hc_status load(const struct hc_book_config *config, struct hc_book *book,
                      struct hc_diagnostics *diagnostics) {
  struct hc_error error = {0};
  if (!config->file) {
    const hc_status status = hc_diagnose(diagnostics, NULL, 0, 0, false,
                                         "book.file: not set, expected the name of a CSV file");
    return status == HC_OK ? HC_INPUT : status;
  }
  const hc_status status = hc_file_read(config->file, &book->csv, &book->csv_length, &error);
  if (status == HC_OK || status == HC_NO_MEMORY) return status;
  if (hc_diagnose(diagnostics, config->file, 0, 0, false, "book.file: %s", error.message) != HC_OK)
    return HC_NO_MEMORY;
  return status;
}

static hc_status parse(struct hc_reader *reader) {
  struct hc_plain_locale locale;
  reader->log_initial = calloc(reader->market_count + 1, sizeof *reader->log_initial);
  if (!reader->log_initial || hc_plain_locale_enter(&locale) != HC_OK) return HC_NO_MEMORY;
  for (size_t i = 0; i < reader->market_count; ++i)
    reader->log_initial[i] = hc_log(reader->markets[i].initial);
  read_text(reader, reader->book->csv, reader->book->csv_length);
  hc_plain_locale_leave(&locale);
  return reader->status == HC_OK && reader->errors ? HC_INPUT : reader->status;
}

hc_status hc_book_read(const struct hc_book_config *config, const struct hc_book_market *markets,
                       size_t market_count, struct hc_book *book,
                       struct hc_diagnostics *diagnostics) {
  *book = (struct hc_book){0};
  struct hc_reader reader = {.config = config, .markets = markets, .market_count = market_count,
                             .book = book, .diagnostics = diagnostics};
  hc_status status = load(config, book, diagnostics);
  if (status == HC_OK) status = parse(&reader);
  if (status == HC_OK) hc_sha256_hex(book->csv, book->csv_length, book->digest);
  else hc_book_free(book);
  free(reader.log_initial);
  hc_name_set_free(&reader.names);
  return status;
}
