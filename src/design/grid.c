/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "haircut/design.h"

#define MOST (UINT64_C(1) << 53)

hc_status hc_design_grid(const size_t *length, size_t axes, uint64_t *points, struct hc_error *error) {
  *points = 1;
  if (axes == 0) return hc_fail(error, HC_INPUT, "a design needs axes");
  for (size_t i = 0; i < axes; i++) {
    if (length[i] == 0) return hc_fail(error, HC_INPUT, "axis %zu has no values", i);
    if (length[i] > MOST / *points) return hc_fail(error, HC_INPUT, "a grid of more than 2^53 points");
    *points *= length[i];
  }
  return HC_OK;
}

void hc_design_grid_at(const size_t *length, size_t axes, uint64_t point, size_t *value) {
  for (size_t i = axes; i-- > 0; point /= length[i]) value[i] = (size_t)(point % length[i]);
}
