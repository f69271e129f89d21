/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of trading on a path: all positions are settled at the mark. */
#ifndef HC_PATH_HALT_H
#define HC_PATH_HALT_H

#include "path/system.h"

/* After a run of the waterfall that halted: closes the book and runs the final settlement. Nothing
 * but the price moves on the path then. */
hc_status hc_system_halt(struct hc_system *system, struct hc_settlement *settlement) HC_CHECKED;
#endif
