/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of size and leverage: one file and one registry line each, behind these functions. */
#ifndef HC_BOOK_LAWS_H
#define HC_BOOK_LAWS_H
#include "haircut/book.h"

/* Draws of one account. Draw t of kind j of account i in book k is the hc_uniforms of
 * path k + t*2^32, index i, purpose BOOK*2^16 + j: every account has its own numbers,
 * whatever their number and whatever was redrawn. */
enum hc_draw_kind { HC_DRAW_SIZE, HC_DRAW_LEVERAGE, HC_DRAW_ENTRY };
struct hc_draws {
  uint64_t seed;
  uint32_t book, account;
  enum hc_draw_kind kind;
  uint32_t next; /* t */
};
void hc_draw(struct hc_draws *draws, double uniform[2]);

/* The logarithm, since wide laws leave the range of double; sizes are relative. */
struct hc_size_law {
  double (*log_size)(const void *parameters, struct hc_draws *draws);
};
/* `check` (may be NULL) says what is wrong between parameters; `draw` may leave [1, max]:
 * the caller cuts. */
struct hc_leverage_law {
  hc_status (*check)(const void *parameters, struct hc_error *error);
  double (*draw)(const void *parameters, double max, struct hc_draws *draws);
};

extern const struct hc_variant hc_size_lognormal, hc_size_pareto;
extern const struct hc_variant hc_leverage_lognormal, hc_leverage_discrete, hc_leverage_beta;
#endif
