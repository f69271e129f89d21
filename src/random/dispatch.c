/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "haircut/random.h"
#include "random/kernels.h"

static int allowed = 2; /* 0 sse2, 1 avx2, 2 avx512 */

static int supported(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    return 2;
  return __builtin_cpu_supports("avx2") ? 1 : 0;
}

const struct hc_kernels *hc_kernels(void) {
  const int best = supported();
  switch (best < allowed ? best : allowed) {
  case 2: return &hc_kernels_avx512;
  case 1: return &hc_kernels_avx2;
  default: return &hc_kernels_sse2;
  }
}

const char *hc_vector_level(void) { return hc_kernels()->level; }

hc_status hc_vector_restrict(const char *level) {
  const struct hc_kernels *const all[] = {&hc_kernels_sse2, &hc_kernels_avx2, &hc_kernels_avx512};
  for (int i = 0; i < 3; i++)
    if (level && strcmp(level, all[i]->level) == 0) {
      allowed = i;
      return HC_OK;
    }
  return HC_INPUT;
}
