/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waterfall/score.h"

static double profit_of(const struct hc_standing *s) {
  return s->sign * s->quantity * (s->mark - s->entry);
}
static double equity_of(const struct hc_standing *s) { return s->collateral + profit_of(s); }
static double leverage_of(const struct hc_standing *s) {
  return s->quantity * s->mark / equity_of(s);
}
static double at_least_1(double x) { return x > 1.0 ? x : 1.0; }

/* BitMEX: profit in per cent times effective leverage, divided by it where there is a loss. */
static double bitmex(const struct hc_standing *s) {
  const double profit = s->sign * (s->mark - s->entry) / s->entry, leverage = leverage_of(s);
  return profit > 0.0 ? profit * leverage : profit / leverage;
}
/* Binance: leveraged profit is profit over wallet balance times the margin ratio. */
static double binance(const struct hc_standing *s) {
  const double profit = profit_of(s), equity = equity_of(s);
  if (!(equity > 0.0) || !(profit > 0.0)) return 0.0;
  return profit / at_least_1(s->collateral) * s->maintenance / equity;
}
/* Hyperliquid: mark over entry (inverse for shorts) times leverage. */
static double hyperliquid(const struct hc_standing *s) {
  return (s->sign > 0.0 ? s->mark / s->entry : s->entry / s->mark) * leverage_of(s);
}
/* Aevo: as Binance, signed. */
static double aevo(const struct hc_standing *s) {
  return profit_of(s) / at_least_1(s->collateral) * s->maintenance / equity_of(s);
}
static double size_of(const struct hc_standing *s) { return s->quantity; }

#define HC_SCORE(tag, function, text)                             \
  static const struct hc_score_ops ops_##tag = {function};        \
  static const struct hc_variant score_##tag = {#tag, text, NULL, &ops_##tag};
HC_SCORE(bitmex, bitmex, "Profit in per cent times effective leverage; a loss is divided by it.")
HC_SCORE(binance, binance, "Profit over collateral times the margin ratio.")
HC_SCORE(hyperliquid, hyperliquid, "Mark over entry (inverse for shorts) times leverage.")
HC_SCORE(aevo, aevo, "As binance, losses too.")
HC_SCORE(profit, profit_of, "Unrealised profit, USD.")
HC_SCORE(leverage, leverage_of, "Notional over equity.")
HC_SCORE(size, size_of, "Units.")
static const struct hc_variant *const scores[] = {
  &score_bitmex, &score_binance, &score_hyperliquid, &score_aevo, &score_profit, &score_leverage,
  &score_size};
const struct hc_registry hc_scores = {"scores", sizeof scores / sizeof *scores, scores};
