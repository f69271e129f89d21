/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The known name a mistyped one most likely meant. */
#ifndef HC_CONFIG_NEAREST_H
#define HC_CONFIG_NEAREST_H
#include <stddef.h>

/* NULL if none is near: at most a third of the letters wrong (one in a short name). */
const char *hc_nearest(const char *name, const char *const *known, size_t count);
#endif
