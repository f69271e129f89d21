/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words, numbers and messages of the small grammar of layers; blanks before each are skipped. */
#ifndef HC_WATERFALL_TERM_LEX_H
#define HC_WATERFALL_TERM_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "haircut/status.h"

struct hc_span {
  const char *at;
  size_t length; /* 0: the end of the text */
};
struct hc_lex {
  const char *text, *at;
  const char *noun;    /* what the text should be: "cap" */
  const char *example; /* of a right one */
  struct hc_error *error;
};

/* Such as it was written: 0.3 may be a share or dollars, the words around it decide. */
enum hc_number_kind { HC_NUMBER_PLAIN, HC_NUMBER_SHARE, HC_NUMBER_MONEY };
struct hc_number {
  struct hc_span span;
  enum hc_number_kind kind;
  double value; /* not negative */
};

/* `text` may be NULL, as an unset key is. */
struct hc_lex hc_lex_open(const char *text, const char *noun, const char *example,
                          struct hc_error *error);

/* HC_INPUT with `"TEXT" is not a NOUN: found "SPAN"REMARK, expected EXPECTED (e.g. EXAMPLE)`.
 * The remark and the suggestion, a word that was probably meant, may be NULL. */
hc_status hc_lex_fail(const struct hc_lex *lex, struct hc_span span, const char *remark,
                      const char *suggestion, const char *expected);
/* The same about what comes next; the suggestion is the nearest of the known words. */
hc_status hc_lex_unexpected(struct hc_lex *lex, const char *expected, const char *const *known,
                            size_t count);
struct hc_span hc_lex_next(struct hc_lex *lex); /* what a message would quote; not moved */

/* [A-Za-z_][A-Za-z0-9_]*, in names with - too; length 0 if there is none. */
struct hc_span hc_lex_word(struct hc_lex *lex);
struct hc_span hc_lex_name(struct hc_lex *lex);
/* Move behind what they are asked for, if it is there. */
bool hc_lex_keyword(struct hc_lex *lex, const char *word);
bool hc_lex_symbol(struct hc_lex *lex, const char *symbol);
bool hc_lex_minus(struct hc_lex *lex); /* - or U+2212 */

bool hc_span_is(struct hc_span span, const char *word);
/* From the first byte of `first` to the last of `last`. */
struct hc_span hc_span_join(struct hc_span first, struct hc_span last);

hc_status hc_lex_number(struct hc_lex *lex, const char *expected,
                        struct hc_number *number) HC_CHECKED;
/* A duration above 0, as `8h` or `1d 12h`. */
hc_status hc_lex_duration(struct hc_lex *lex, double *seconds) HC_CHECKED;
/* The same between parentheses. */
hc_status hc_lex_window(struct hc_lex *lex, double *seconds) HC_CHECKED;
/* That nothing follows. */
hc_status hc_lex_end(struct hc_lex *lex, const char *expected, const char *const *known,
                     size_t count) HC_CHECKED;
#endif
