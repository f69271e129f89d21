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
#endif
