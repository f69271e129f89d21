/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/digest.h"

#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "config/internal.h"

static void finish(SHA2_CTX *context, char hex[65]) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Final(digest, context);
  for (size_t i = 0; i < sizeof digest; ++i) {
    hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  hex[64] = '\0';
}

void hc_sha256_hex(const void *bytes, size_t length, char hex[65]) {
  SHA2_CTX context;
  SHA256Init(&context);
  if (length) SHA256Update(&context, bytes, length);
  finish(&context, hex);
}

hc_status hc_sha256_file(const char *file, char hex[65], struct hc_error *error) {
  hex[0] = '\0';
  FILE *stream = fopen(file, "rb");
  if (!stream) return hc_fail(error, HC_IO, "%s: %s", file, strerror(errno));
  SHA2_CTX context;
  SHA256Init(&context);
  uint8_t buffer[8192];
  size_t got;
  errno = 0;
  while ((got = fread(buffer, 1, sizeof buffer, stream)) > 0) SHA256Update(&context, buffer, got);
  const int code = ferror(stream) ? errno : 0;
  (void)fclose(stream);
  if (code) return hc_fail(error, HC_IO, "%s: %s", file, strerror(code));
  finish(&context, hex);
  return HC_OK;
}

/* True for the path itself and what is below it, not for longer names. */
static bool is_below(const char *path, const char *prefix) {
  const size_t length = strlen(prefix);
  if (strncmp(path, prefix, length) != 0) return false;
  const char next = path[length];
  return length == 0 || next == '\0' || next == '.' || next == '[' || prefix[length - 1] == '.';
}

static bool excepted(const char *path, const char *const *except) {
  for (; except && *except; ++except)
    if (is_below(path, *except)) return true;
  return false;
}

static void update(SHA2_CTX *context, const char *text) {
  SHA256Update(context, (const uint8_t *)text, strlen(text));
}

void hc_config_digest(const struct hc_config *config, const char *const *except, char hex[65]) {
  SHA2_CTX context;
  SHA256Init(&context);
  for (size_t i = 0; i < config->parameter_count; ++i) {
    const struct hc_parameter *parameter = &config->parameters[i];
    if (excepted(parameter->path, except)) continue;
    update(&context, parameter->path);
    update(&context, "=");
    update(&context, parameter->text);
    update(&context, "\n");
  }
  finish(&context, hex);
}
