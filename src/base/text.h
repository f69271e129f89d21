/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing text buffer; after a failed allocation it stays failed and empty-handed. */
#ifndef HC_BASE_TEXT_H
#define HC_BASE_TEXT_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "haircut/status.h"

struct hc_text {
  char *data; /* zero-terminated once anything was appended */
  size_t length, capacity;
  bool failed;
};
void hc_text_append(struct hc_text *text, const char *bytes, size_t length);
void hc_text_puts(struct hc_text *text, const char *string);
void hc_text_printf(struct hc_text *text, const char *format, ...) HC_PRINTF(2, 3);
void hc_text_vprintf(struct hc_text *text, const char *format, va_list arguments) HC_PRINTF(2, 0);
void hc_text_free(struct hc_text *text);
/* Hands over the bytes (never NULL on HC_OK); caller frees. */
hc_status hc_text_take(struct hc_text *text, char **bytes) HC_CHECKED;
char *hc_strdup(const char *string); /* NULL on failure or NULL */
#endif
