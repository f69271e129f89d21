/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State of reading one CSV; header and rows are in files of their own. */
#ifndef HC_BOOK_READER_H
#define HC_BOOK_READER_H
#include "book/names.h"
#include "book/record.h"
#include "haircut/book.h"

enum { HC_BOOK_MAX_ERRORS = 100 };

/* Columns of a book: name, and whether a file must have it. */
#define HC_COLUMN_LIST(X)                                                      \
  X(ACCOUNT, account, true) X(MARKET, market, true) X(SIDE, side, true)        \
  X(SIZE, size_usd, true) X(ENTRY, entry, true) X(COLLATERAL, collateral, true) \
  X(COMMENT, comment, false)
enum hc_column {
#define HC_COLUMN_ENUM(tag, name, required) HC_COLUMN_##tag,
  HC_COLUMN_LIST(HC_COLUMN_ENUM)
#undef HC_COLUMN_ENUM
  HC_COLUMNS
};

struct hc_reader {
  const struct hc_book_config *config;
  const struct hc_book_market *markets;
  size_t market_count;
  double *log_initial; /* by market */
  struct hc_book *book;
  size_t capacity; /* of positions and names */
  struct hc_diagnostics *diagnostics;
  int errors;
  bool stop;        /* too many errors, or no memory */
  hc_status status; /* HC_NO_MEMORY sticks */
  struct hc_csv_record record;
  enum hc_column columns[HC_COLUMNS]; /* of the file, from the left */
  size_t column_count;
  struct hc_name_set names;
};

/* What a field holds, for a message: at most 40 bytes, control characters as `?`. */
struct hc_excerpt {
  char text[48];
};
struct hc_excerpt hc_excerpt(const struct hc_csv_field *field);

/* Adds an error at a byte of the record. */
void hc_reader_complain(struct hc_reader *reader, const char *at, const char *format, ...)
  HC_PRINTF(3, 4);
void hc_reader_no_memory(struct hc_reader *reader);

void hc_reader_header(struct hc_reader *reader); /* fills `columns` or complains */
void hc_reader_row(struct hc_reader *reader);    /* adds a position, drops it or complains */
#endif
