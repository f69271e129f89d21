/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of account names seen so far, with the line of the first. */
#ifndef HC_BOOK_NAMES_H
#define HC_BOOK_NAMES_H
#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

struct hc_name {
  const char *bytes; /* in the text of the file */
  uint32_t length;
  int line;
};
/* Open addressing. Slots are small and hold the hash, since with a million accounts every
 * look at a slot or a name is a cache miss. */
struct hc_name_set {
  struct hc_name_slot {
    uint32_t hash;
    uint32_t number; /* of the name, from 1; 0: free slot */
  } *slots;
  size_t slot_count; /* a power of two, at least twice the names */
  struct hc_name *names;
  size_t count, capacity;
};
/* Adds a name unless it is there; `*line` is then the earlier line, else 0. */
hc_status hc_name_set_add(struct hc_name_set *set, struct hc_name name, int *line) HC_CHECKED;
void hc_name_set_free(struct hc_name_set *set);
#endif
