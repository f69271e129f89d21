/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Status codes and error context.
 *
 *  Every fallible function returns a `hc_status` (0 is success) and, where it
 *  takes a `struct hc_error *`, leaves there one sentence that says what failed,
 *  where, and what to do. The library never prints, exits or aborts. */
#ifndef HAIRCUT_STATUS_H
#define HAIRCUT_STATUS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HC_STATUS_LIST(X)                                                      \
  X(OK, "success")                                                             \
  X(INPUT, "bad input")                                                        \
  X(NO_MEMORY, "out of memory")                                                \
  X(IO, "input/output error")                                                  \
  X(NO_SPACE, "no space left on device")                                       \
  X(FORMAT, "malformed or damaged file")                                       \
  X(MISMATCH, "file belongs to another configuration")                         \
  X(INTERRUPTED, "interrupted, can be resumed")                                \
  X(MODEL, "the simulated market left the range of the model")                 \
  X(BUG, "internal inconsistency; please report it")

typedef enum hc_status {
#define HC_STATUS_ENUM(name, text) HC_##name,
  HC_STATUS_LIST(HC_STATUS_ENUM)
#undef HC_STATUS_ENUM
} hc_status;

/** One word or short phrase for a status; never NULL. */
const char *hc_status_text(hc_status status);

/** Context of the first failure. `message` is a whole sentence or empty. */
struct hc_error {
  hc_status status;
  char message[1000];
};

#if defined(__GNUC__)
#define HC_PRINTF(format_index, first)                                         \
  __attribute__((format(printf, format_index, first)))
#define HC_CHECKED __attribute__((warn_unused_result))
#else
#define HC_PRINTF(format_index, first)
#define HC_CHECKED
#endif

#if defined(_WIN32) || !defined(__GNUC__)
#define HC_API
#else
#define HC_API __attribute__((visibility("default")))
#endif

/** Records `status` and the message in `error` (which may be NULL) unless it
 *  already holds a failure, and returns `status`. */
HC_API hc_status hc_fail(struct hc_error *error, hc_status status, const char *format, ...)
  HC_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
