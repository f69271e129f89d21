/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *hc_status_text(hc_status status) {
  switch (status) {
#define HC_STATUS_CASE(name, text)                                             \
  case HC_##name: return text;
    HC_STATUS_LIST(HC_STATUS_CASE)
#undef HC_STATUS_CASE
  }
  return "unknown status";
}

hc_status hc_fail(struct hc_error *error, hc_status status, const char *format, ...) {
  if (!error || error->status != HC_OK) return status;
  error->status = status;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return status;
}
