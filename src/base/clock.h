/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time that only goes forward. */
#ifndef HC_BASE_CLOCK_H
#define HC_BASE_CLOCK_H

/* Seconds of the monotonic clock; 0 where there is none. */
double hc_clock(void);
#endif
