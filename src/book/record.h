/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of a CSV text (RFC 4180, with LF or CRLF, blanks around fields and blank lines
 * ignored), as slices of the text. */
#ifndef HC_BOOK_RECORD_H
#define HC_BOOK_RECORD_H
#include <stdbool.h>
#include <stddef.h>

enum { HC_RECORD_FIELDS = 32 }; /* kept; more are counted */

struct hc_csv_field {
  const char *bytes; /* without the quotes; doubled quotes are still doubled */
  size_t length;
};
struct hc_csv_record {
  const char *start; /* of its first line */
  const char *end;   /* where its last field ends */
  int line;          /* of `start` */
  size_t count;
  struct hc_csv_field fields[HC_RECORD_FIELDS];
};
struct hc_csv_scanner {
  const char *at, *end; /* *end is readable and zero */
  int line;
  const char *problem; /* of HC_CSV_BROKEN: what and where */
  const char *problem_at;
};

enum hc_csv_result { HC_CSV_END, HC_CSV_RECORD, HC_CSV_BROKEN };
/* The next record. After HC_CSV_BROKEN, `record` has a place and the scanner goes on with
 * the next line. */
enum hc_csv_result hc_csv_next(struct hc_csv_scanner *scanner, struct hc_csv_record *record);

/* Whether a field, doubled quotes undone, is `text`. */
bool hc_csv_is(const struct hc_csv_field *field, const char *text);
/* A copy with doubled quotes undone, or NULL. */
char *hc_csv_copy(const struct hc_csv_field *field);

/* Line and column (in characters of UTF-8, from 1) of a byte of the record. */
struct hc_csv_place {
  int line, column;
};
struct hc_csv_place hc_csv_place(const struct hc_csv_record *record, const char *at);
#endif
