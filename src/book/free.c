/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "haircut/book.h"

void hc_book_free(struct hc_book *book) {
  for (size_t i = 0; book->names && i < book->count; ++i) free(book->names[i]);
  free(book->names);
  free(book->positions);
  free(book->csv);
  *book = (struct hc_book){0};
}
