/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rankings of accounts. An account without equity is never eligible; where its leverage would
 * divide by nothing it ranks behind all others. */
#include "waterfall/score.h"

#include <math.h>

static double profit(const struct hc_standing *a) {
  return a->sign * a->quantity * (a->mark - a->entry);
}
static double equity(const struct hc_standing *a) { return a->collateral + profit(a); }
static double leverage(const struct hc_standing *a) {
  const double e = equity(a);
  return e > 0.0 ? a->quantity * a->mark / e : -HUGE_VAL;
}
static double size(const struct hc_standing *a) { return a->quantity; }

/* As BitMEX ranks (docs/waterfall.md, Scores): profit per cent by effective leverage, which is the
 * value at mark over what it is above bankruptcy: qP/E. */
static double bitmex(const struct hc_standing *a) {
  const double l = leverage(a);
  if (!(l > 0.0 && a->entry > 0.0)) return -HUGE_VAL;
  const double gain = a->sign * (a->mark - a->entry) / a->entry;
  return gain > 0.0 ? gain * l : gain / l;
}

/* As Aevo ranks; Binance the same, but that losses count as 0: profit on collateral times the
 * margin ratio. */
static double aevo(const struct hc_standing *a) {
  const double e = equity(a);
  return e > 0.0 ? profit(a) / fmax(1.0, a->collateral) * (a->maintenance / e) : -HUGE_VAL;
}

/* As Binance ranks: losses count as 0, and so does an account without equity. */
static double binance(const struct hc_standing *a) {
  return equity(a) > 0.0 && profit(a) > 0.0 ? aevo(a) : 0.0;
}

/* As Hyperliquid ranks: mark over entry (for shorts its inverse) times
 * notional over account value. */
static double hyperliquid(const struct hc_standing *a) {
  const double l = leverage(a);
  if (!(l > 0.0 && a->entry > 0.0)) return -HUGE_VAL;
  return (a->sign > 0.0 ? a->mark / a->entry : a->entry / a->mark) * l;
}

#define SCORE(name, needs, doc)                              \
  static const struct hc_score_ops name##_ops = {name, needs}; \
  static const struct hc_variant name##_variant = {#name, doc, NULL, &name##_ops};
SCORE(bitmex, 0, "Profit in per cent of the entry times leverage; losses over leverage.")
SCORE(binance, 1, "Profit on collateral times maintenance over equity; losses as 0.")
SCORE(hyperliquid, 0, "Mark over entry (shorts: entry over mark) times leverage.")
SCORE(aevo, 1, "Profit or loss on collateral times maintenance over equity.")
SCORE(profit, 0, "Unrealised profit, USD.")
SCORE(leverage, 0, "Notional at the mark over equity.")
SCORE(size, 0, "Units held.")

static const struct hc_variant *const scores[] = {
  &bitmex_variant, &binance_variant,  &hyperliquid_variant, &aevo_variant,
  &profit_variant, &leverage_variant, &size_variant};
const struct hc_registry hc_scores = {"score", sizeof scores / sizeof *scores, scores};
