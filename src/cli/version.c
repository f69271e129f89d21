/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_version.h>
#include <yaml.h>
#include <zlib.h>

#include "cli/help.h"
#include "haircut/random.h"
#include "haircut/store.h"
#include "store/code.h"

/* hdf5.h is included by the store alone; this is its H5get_libversion. */
extern int H5get_libversion(unsigned *major, unsigned *minor, unsigned *release);

void hc_cli_version(struct hc_text *text) {
  unsigned major = 0, minor = 0, release = 0;
  (void)H5get_libversion(&major, &minor, &release);
  hc_text_printf(text, "haircut %s, results format %d\n", HC_CODE_TEXT, HC_FORMAT_VERSION);
  hc_text_printf(text, "GSL %s, HDF5 %u.%u.%u, libyaml %s, zlib %s\n", gsl_version, major, minor,
                 release, yaml_get_version_string(), zlibVersion());
  hc_text_printf(text, "compiler %s, vector level %s\n", __VERSION__, hc_vector_level());
}
