/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/h5.h"

/* After a failed write (full disk) the library's exit handler flushes again and can crash;
 * all our files are closed by us. Fails harmlessly if the host program was here first. */
static void no_exit_handler(void) {
  static bool done;
  if (done) return;
  done = true;
  (void)H5dont_atexit();
}

struct hc_h5_quiet hc_h5_hush(void) {
  no_exit_handler();
  struct hc_h5_quiet quiet = {0};
  if (H5Eget_auto2(H5E_DEFAULT, &quiet.function, &quiet.data) < 0) return quiet;
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return quiet;
}

void hc_h5_unhush(const struct hc_h5_quiet *quiet) {
  (void)H5Eset_auto2(H5E_DEFAULT, quiet->function, quiet->data);
}

struct reason {
  hc_status status;
  char *text;
  size_t size;
};

static herr_t look(unsigned n, const H5E_error2_t *entry, void *data) {
  struct reason *reason = data;
  if (!entry->desc) return 0;
  if (n == 0) (void)snprintf(reason->text, reason->size, "%.120s", entry->desc);
  const char *code = strstr(entry->desc, "errno = ");
  if (!code) return 0;
  const int number = atoi(code + strlen("errno = "));
  (void)snprintf(reason->text, reason->size, "%s", strerror(number));
  if (hc_errno_status(number) == HC_NO_SPACE) reason->status = HC_NO_SPACE;
  return 0;
}

hc_status hc_h5_reason(hc_status otherwise, char *text, size_t size) {
  struct reason reason = {otherwise, text, size};
  (void)snprintf(text, size, "unknown reason");
  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look, &reason);
  return reason.status;
}
