/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/crowd.h"

#include <stdlib.h>

hc_status hc_crowd_reserve(struct hc_crowd *crowd, size_t count) {
  if (count <= crowd->capacity) return HC_OK;
  hc_crowd_release(crowd);
  crowd->offers = malloc(count * sizeof *crowd->offers);
  crowd->paid = malloc(count * sizeof *crowd->paid);
  crowd->scratch = malloc(count * sizeof *crowd->scratch);
  if (!crowd->offers || !crowd->paid || !crowd->scratch) {
    hc_crowd_release(crowd);
    return HC_NO_MEMORY;
  }
  crowd->capacity = count;
  return HC_OK;
}

void hc_crowd_release(struct hc_crowd *crowd) {
  free(crowd->offers);
  free(crowd->paid);
  free(crowd->scratch);
  crowd->offers = NULL;
  crowd->paid = NULL;
  crowd->scratch = NULL;
  crowd->capacity = 0;
}
