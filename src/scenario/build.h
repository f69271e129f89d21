/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by what compiles a scenario. */
#ifndef HC_SCENARIO_BUILD_H
#define HC_SCENARIO_BUILD_H

#include "scenario/scenario.h"

/* What creation carries around. */
struct build {
  struct hc_scenario *scenario;
  struct hc_diagnostics *diagnostics;
  struct hc_error *error;
  struct hc_book_cache *cache; /* NULL: none */
};

/* An error of the input at the key `path`: HC_INPUT, or why it could not be noted. */
hc_status hc_build_complain(struct build *build, const char *path, const char *text) HC_CHECKED;
/* A warning; `build` is a struct build. */
hc_status hc_build_warn(void *build, const char *path, const char *text) HC_CHECKED;

/* The books: drawn or read, or those of an earlier scenario that would be the same. */
hc_status hc_build_books(struct build *build) HC_CHECKED;
void hc_books_release(struct hc_books *books); /* NULL is legal */

/* Liquidation rules, whose stocks and pots the waterfall has by then. */
hc_status hc_build_liquidation(struct build *build) HC_CHECKED;
/* The backstop's levels, once the market's tiers are known. */
hc_status hc_build_backstop_levels(struct build *build) HC_CHECKED;
#endif
