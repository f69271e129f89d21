/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

#include "haircut/random.h"
#include "store/assembly.h"
#include "store/code.h"
#include "store/files.h"

static void write_created(struct hc_h5 *h5) {
  const time_t now = time(NULL);
  struct tm fields;
  char text[32] = "";
  if (gmtime_r(&now, &fields) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields))
    hc_h5_text(h5, h5->file, "created", text);
}

/* By which a run that extends this file knows that it may. */
static void write_setup(struct hc_h5 *h5, const char *setup) {
  char *lead = hc_format("%.*s", (int)hc_setup_lead(setup), setup);
  if (lead) hc_h5_text(h5, h5->file, "setup", lead);
  else hc_h5_fail(h5, HC_NO_MEMORY, "out of memory");
  free(lead);
}

void hc_write_root(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  const struct hc_scenario *scenario = assembly->store->scenario;
  char digest[65];
  hc_scenario_digest(scenario, digest);
  hc_h5_text(h5, h5->file, "title",
             "Losses socialised to liquidity providers of a perpetual-futures venue");
  hc_h5_text(h5, h5->file, "format", HC_RESULTS_FORMAT);
  hc_h5_integer(h5, h5->file, "format_version", HC_FORMAT_VERSION);
  hc_h5_text(h5, h5->file, "haircut_version", HC_VERSION);
  hc_h5_text(h5, h5->file, "name", hc_scenario_values(scenario)->name);
  hc_h5_integer(h5, h5->file, "paths", (int64_t)assembly->report->paths);
  hc_h5_text(h5, h5->file, "samples", assembly->store->shape.samples ? "all" : "none");
  hc_h5_text(h5, h5->file, "digest", digest);
  write_setup(h5, assembly->store->setup);
  hc_h5_text(h5, h5->file, "Conventions", "CF-1.10");
  write_created(h5);
}

static void write_libraries(struct hc_h5 *h5, hid_t group) {
  char text[64];
  unsigned major, minor, release;
  if (H5get_libversion(&major, &minor, &release) >= 0) {
    (void)snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    hc_h5_text(h5, group, "hdf5_version", text);
  }
  hc_h5_text(h5, group, "gsl_version", gsl_version);
  hc_h5_text(h5, group, "libyaml_version", yaml_get_version_string());
#ifdef _OPENMP
  hc_h5_integer(h5, group, "openmp_version", _OPENMP);
#endif
}

void hc_write_code(struct hc_assembly *assembly) {
  struct hc_h5 *h5 = &assembly->h5;
  const hid_t group = hc_h5_group(h5, h5->file, "code");
  hc_h5_text(h5, group, "version", HC_VERSION);
  hc_h5_text(h5, group, "git_revision", HC_GIT_REVISION);
#ifdef __clang__
  hc_h5_text(h5, group, "compiler", __VERSION__);
#else
  hc_h5_text(h5, group, "compiler", "GCC " __VERSION__);
#endif
  hc_h5_text(h5, group, "compile_flags", HC_COMPILE_FLAGS);
  hc_h5_text(h5, group, "vector_level", hc_vector_level());
  write_libraries(h5, group);
  hc_h5_text(h5, group, "command", assembly->report->command);
  hc_h5_real(h5, group, "wall_seconds", assembly->report->seconds);
  hc_h5_close(h5, group);
}
