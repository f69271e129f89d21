/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all granules of one directory of shards must agree in, as text. */
#ifndef HC_STORE_SETUP_H
#define HC_STORE_SETUP_H
#include <stdbool.h>

#include "haircut/scenario.h"
#include "haircut/stats.h"

/* Sizes of the parts of a granule's record. */
struct hc_shape {
  size_t classes;
  bool samples;
  size_t timeline_points; /* points + 1, or 0 */
  uint64_t timeline_paths;
};
struct hc_shape hc_shape_of(const struct hc_scenario *scenario);
/* Timeline paths within the granule of `count` paths from `first`. */
size_t hc_shape_timeline(const struct hc_shape *shape, uint64_t first, size_t count);

/* Whether a parameter may differ between shards of one run. */
bool hc_setup_is_free(const char *path);

/* Two blocks of `key=value` lines with an empty line between: what must be the same, then
 * the parameters behind the digest, by which a difference can be named. Caller frees. */
hc_status hc_setup_text(const struct hc_scenario *scenario, char **text) HC_CHECKED;

/* Of such a text: the lines that decide outcomes, without those of the record layout (caller
 * frees; NULL: out of memory); and how many bytes of them lead the text. */
char *hc_setup_of_outcomes(const char *text);
size_t hc_setup_lead(const char *text);

/* HC_OK if shards with setup `theirs` serve a run with setup `ours`; else HC_MISMATCH and a
 * message that names the difference. `place` is the directory or file they are in, `advice`
 * what to do. */
hc_status hc_setup_compare(const char *ours, const char *theirs, const char *place,
                           const char *advice, struct hc_error *error) HC_CHECKED;
/* Appends up to three `key is THEIRS there and OURS here` to a list of parameters. */
struct hc_text;
void hc_setup_differences(const char *ours, const char *theirs, struct hc_text *list);
#endif
