/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What caps and conditions have in common. */
#ifndef HC_WATERFALL_TERM_AMOUNT_H
#define HC_WATERFALL_TERM_AMOUNT_H

#include "waterfall/term.h"
#include "waterfall/term_lex.h"

/* `10M`, `30% of fund.peak(8h)`; with `payers` also `10% of payer`. `amount` is zeroed before. */
hc_status hc_amount_read(struct hc_lex *lex, bool payers, struct hc_amount *amount) HC_CHECKED;
/* A number that is a share: 30%, 30bp, or a plain one up to 1, as 30 for 30% is the likelier mistake. */
hc_status hc_share_read(struct hc_lex *lex, double *share) HC_CHECKED;
/* Copies the name of a fund; those that mean something else are none. */
hc_status hc_fund_name(const struct hc_lex *lex, struct hc_span span,
                       char name[HC_TERM_NAME]) HC_CHECKED;
#endif
