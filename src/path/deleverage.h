/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profitable positions are closed at the mark where a pool owes their side too much (docs/model.md,
 * Guards). */
#ifndef HC_PATH_DELEVERAGE_H
#define HC_PATH_DELEVERAGE_H

#include "path/system.h"

/* After a step's settlement: closes what the guard wants closed. */
hc_status hc_path_deleverage(struct hc_system *system) HC_CHECKED;
#endif
