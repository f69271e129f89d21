/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cursor over packed bytes (little-endian, as all x86-64), and their checksum. */
#ifndef HC_STATS_BYTES_H
#define HC_STATS_BYTES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Every step is a bijection of the state for a given word and of the word for a given state:
 * a change inside one 8-byte word always shows. */
static inline uint64_t hc_bytes_sum(const unsigned char *bytes, size_t length) {
  uint64_t hash = 0x9E3779B97F4A7C15u ^ length;
  for (size_t i = 0; i < length; i += 8) {
    uint64_t word = 0;
    memcpy(&word, bytes + i, length - i < 8 ? length - i : 8);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
  }
  return hash;
}

struct hc_reader {
  const unsigned char *at;
  size_t left;
  bool failed;
};
static inline void hc_get(struct hc_reader *reader, void *to, size_t length) {
  if (reader->failed || length > reader->left) {
    reader->failed = true;
    memset(to, 0, length);
    return;
  }
  memcpy(to, reader->at, length);
  reader->at += length;
  reader->left -= length;
}

struct hc_writer {
  unsigned char *at;
};
static inline void hc_put(struct hc_writer *writer, const void *from, size_t length) {
  memcpy(writer->at, from, length);
  writer->at += length;
}
#endif
