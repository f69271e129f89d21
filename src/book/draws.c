/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "book/laws.h"
#include "haircut/random.h"

void hc_draw(struct hc_draws *draws, double uniform[2]) {
  const uint64_t path = draws->book | (uint64_t)draws->next << 32;
  hc_uniforms(draws->seed, path, draws->account, HC_PURPOSE_WORD(HC_PURPOSE_BOOK, draws->kind),
              uniform);
  draws->next += 1;
}
