/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who leaves bad debt. Looked at only when an order or a record has some. */
#ifndef HC_PATH_BLAME_H
#define HC_PATH_BLAME_H

#include "path/system.h"

/* Bad debt of an account (its position number), and of the venue's own units, USD. */
void hc_blame_account(struct hc_system *system, uint32_t account, double amount);
void hc_blame_venue(struct hc_system *system, double amount);
/* Of the positions [from, to) of a side, closed at `fill`: the bad debt that hc_side_close finds. */
void hc_blame_range(struct hc_system *system, const struct hc_side *side, int64_t from, int64_t to,
                    double fill);

enum { HC_BLAME_SOURCES = 16 };
/* Adds the rows of up to HC_BLAME_SOURCES others, each in order of path, in that order; they have no
 * path in common, and no parts by account. False: no memory. */
bool hc_blame_take(struct hc_blame *blame, struct hc_blame *const *from, size_t count) HC_CHECKED;
#endif
