/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 as 64 hexadecimal digits and a zero. */
#ifndef HC_CONFIG_DIGEST_H
#define HC_CONFIG_DIGEST_H
#include <stddef.h>

#include "haircut/status.h"

void hc_sha256_hex(const void *bytes, size_t length, char hex[65]);
/* HC_IO if the file cannot be read. */
hc_status hc_sha256_file(const char *file, char hex[65], struct hc_error *error) HC_CHECKED;
#endif
