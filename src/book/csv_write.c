/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "book/locale.h"
#include "haircut/book.h"

/* The size whose quotient by the entry is the quantity, bit for bit; there is one for every
 * quantity that was such a quotient, and rounding puts the product within two steps of it. */
static double exact_size(const struct hc_position *p) {
  const double size = p->quantity * p->entry;
  double up = size, down = size;
  for (int step = 0; step < 3; ++step) {
    if (up / p->entry == p->quantity) return up;
    if (down / p->entry == p->quantity) return down;
    up = nextafter(up, INFINITY);
    down = nextafter(down, 0);
  }
  return size;
}

static bool needs_quotes(const char *name) {
  const size_t length = strlen(name);
  if (length == 0 || strpbrk(name, ",\"\r\n")) return true;
  const char first = name[0], last = name[length - 1];
  return first == ' ' || first == '\t' || last == ' ' || last == '\t';
}

static void write_name(struct hc_text *text, const char *name) {
  if (!needs_quotes(name)) {
    hc_text_puts(text, name);
    return;
  }
  hc_text_puts(text, "\"");
  for (const char *c = name; *c; ++c) hc_text_append(text, *c == '"' ? "\"\"" : c, 1 + (*c == '"'));
  hc_text_puts(text, "\"");
}

/* One formatting pass; three numbers of at most 24 characters fit. */
static void write_numbers(struct hc_text *text, const struct hc_position *p) {
  char line[128];
  const int length = snprintf(line, sizeof line, ",%s,%.17g,%.17g,%.17g\n",
                              p->side > 0 ? "long" : "short", exact_size(p), p->entry,
                              p->collateral);
  if (length > 0 && (size_t)length < sizeof line) hc_text_append(text, line, (size_t)length);
  else text->failed = true;
}

static void write_row(struct hc_text *text, const struct hc_book *book, size_t row,
                      const struct hc_book_market *markets) {
  const struct hc_position *p = &book->positions[row];
  if (book->names) write_name(text, book->names[row]);
  else hc_text_printf(text, "a%lu", (unsigned long)p->account);
  hc_text_puts(text, ",");
  write_name(text, markets[p->market].name);
  write_numbers(text, p);
}

hc_status hc_book_csv(const struct hc_book *book, const struct hc_book_market *markets,
                      char **text) {
  *text = NULL;
  struct hc_plain_locale locale;
  if (hc_plain_locale_enter(&locale) != HC_OK) return HC_NO_MEMORY;
  struct hc_text out = {0};
  hc_text_puts(&out, "account,market,side,size_usd,entry,collateral\n");
  for (size_t row = 0; row < book->count && !out.failed; ++row)
    write_row(&out, book, row, markets);
  hc_plain_locale_leave(&locale);
  return hc_text_take(&out, text);
}
