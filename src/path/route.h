/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of triggered positions before an order is sent: the backstop takes them, or they wait
 * (docs/model.md, Who waits, and Backstop). */
#ifndef HC_PATH_ROUTE_H
#define HC_PATH_ROUTE_H

#include "path/system.h"

/* A lot that a look has found becomes what is left of it for orders. */
hc_status hc_path_route(struct hc_system *system, int side, double line, struct hc_lot *lot) HC_CHECKED;
/* Of an order, what capacity has no room for waits for the next window. */
hc_status hc_path_ration(struct hc_system *system, int side, struct hc_lot *lot) HC_CHECKED;
/* What of a quota is left at the system's step, USD; `spent` is carried from call to call. */
double hc_path_quota_left(const struct hc_quota *quota, struct hc_used *spent, int64_t step);
#endif
