/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forced orders, and the rounds of looks and orders that are a cascade. */
#ifndef HC_PATH_CASCADE_H
#define HC_PATH_CASCADE_H

#include "path/system.h"

/* Orders of stocks that come at this step, before anything is looked at; `*any`: there were some.
 * HC_MODEL if the mark leaves a hundredfold range. */
hc_status hc_cascade_unwind(struct hc_system *system, double line, bool *any,
                            struct hc_error *error) HC_CHECKED;
/* Rounds until a look finds nothing; system->round counts them. `line` is u + shock of the step.
 * HC_MODEL, HC_NO_MEMORY, HC_BUG. */
hc_status hc_cascade(struct hc_system *system, double line, struct hc_error *error) HC_CHECKED;
/* One look and its orders; `*more` false: nothing was found, or they all wait. What the next look will
 * read is then on its way: it is at hand if something else is done meanwhile. */
hc_status hc_cascade_round(struct hc_system *system, double line, bool *more,
                           struct hc_error *error) HC_CHECKED;
/* Starts to fetch what a look at a side will read at the log margin price `margin`; system->waits then
 * says whether it is on its way, or was at hand. */
void hc_cascade_fetch(struct hc_system *system, int side, double margin);
#endif
