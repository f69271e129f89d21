/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations of every kind that could break a shortcut of the search. Losses reach the fund,
 * liquidity providers and beyond on a good part of the paths. */
#ifndef HC_TEST_CONFIGS_H
#define HC_TEST_CONFIGS_H

#include <stddef.h>

struct walk_config {
  const char *name, *yaml;
};

#define LOSSES                                                                               \
  "insurance_fund: {initial: 50k}\n"                                                         \
  "liquidity_providers: [{name: old, deposits: 30M, profit: 2M}, {name: new, deposits: 10M, " \
  "profit: -1M}]\n"
#define BOOK(accounts, interest, median, max, rest)                                          \
  "book: {generate: {books: 3, accounts: " accounts ", open_interest: " interest             \
  ", leverage: {distribution: lognormal, median: " median ", sigma: 0.4, max: " max          \
  "}, entry_spread: 1%" rest "}}\n"

static const struct walk_config walk_configs[] = {
  {"sparse, gbm, square root",
   "simulation: {horizon: 1d, step: 1m, seed: 11}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 80%}, liquidity: {impact: square_root, "
   "daily_volume: 3B, half_life: 10m}}}\n" BOOK("40", "100M", "8", "12", "") LOSSES},
  {"dense, gbm, power, tiers, fees to liquidity providers",
   "simulation: {horizon: 12h, step: 1m, seed: 12}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 120%, drift: -200%}, liquidity: {impact: "
   "power, depth: 50M, half_life: 10m}, margin: {maintenance: [{up_to: 100k, rate: 1%}, {up_to: "
   "2M, rate: 2%}, {rate: 5%}]}}}\n" BOOK("3000", "300M", "15", "50", ", long_share: 60%")
   "liquidation: {fee_to_fund: 50%, fee_to_lps: 30%}\n" LOSSES},
  {"merton, linear and permanent, fifo",
   "simulation: {horizon: 1d, step: 1m, seed: 13}\n"
   "markets: {BTC: {price: {model: merton, volatility: 50%, jump_rate: 300/y, jump_mean: -6%, "
   "jump_volatility: 8%}, liquidity: {impact: linear, depth: 60M, half_life: 20m, permanent: "
   "20%}}}\n" BOOK("500", "200M", "6", "10", "") "liquidation: {order_flow: fifo}\n" LOSSES},
  {"kou, both sides, margin to the fund",
   "simulation: {horizon: 8h, step: 30s, seed: 14}\n"
   "markets: {BTC: {price: {model: kou, volatility: 60%, jump_rate: 1000/y, jump_up_probability: "
   "50%, jump_up_mean: 6%, jump_down_mean: 6%}, liquidity: {impact: square_root, daily_volume: "
   "1B, half_life: 5m}}}\n" BOOK("400", "150M", "9", "14", "")
   "liquidation: {remaining_margin: fund}\n" LOSSES},
  {"large displacement, short half-life",
   "simulation: {horizon: 6h, step: 10s, seed: 15}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 90%}, liquidity: {impact: power, exponent: "
   "0.6, depth: 1M, half_life: 40s}}}\n" BOOK("150", "60M", "12", "20", "") LOSSES},
  {"a shock that recovers past shorts",
   "simulation: {horizon: 6h, step: 30s, seed: 16}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 40%, shock: {at: 1h, over: 10m, move: -12%, "
   "recovery: 190%, recovery_half_life: 30m}}, liquidity: {impact: linear, depth: 40M, "
   "half_life: 10m}}}\n" BOOK("300", "100M", "8", "11", "") LOSSES},
  {"no volatility, a shock at once",
   "simulation: {horizon: 4h, step: 20s, seed: 17}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 0%, drift: 500%, shock: {at: 1h, over: 0s, "
   "move: -15%, recovery: 60%, recovery_half_life: 20m}}, liquidity: {impact: power, depth: 20M, "
   "half_life: 3m}}}\n" BOOK("300", "100M", "8", "11", "") LOSSES},
  {"no volatility, jumps alone",
   "simulation: {horizon: 1d, step: 1m, seed: 18}\n"
   "markets: {BTC: {price: {model: merton, volatility: 0%, jump_rate: 2000/y, jump_mean: 0%, "
   "jump_volatility: 4%}, liquidity: {impact: linear, depth: 40M, half_life: 7m}}}\n"
   BOOK("300", "100M", "8", "11", "") LOSSES},
  {"half passed through",
   "simulation: {horizon: 12h, step: 30s, seed: 19}\n"
   "markets: {BTC: {price: {model: merton, volatility: 70%, jump_rate: 200/y}, liquidity: "
   "{impact: power, depth: 8M, half_life: 4m}, margin: {pass_through: 50%}}}\n"
   BOOK("300", "100M", "8", "11", "") LOSSES},
  {"nothing passed through",
   "simulation: {horizon: 12h, step: 1m, seed: 20}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 100%}, liquidity: {impact: power, depth: 8M, "
   "half_life: 4m, permanent: 10%}, margin: {pass_through: 0%}}}\n"
   BOOK("300", "100M", "8", "11", "") LOSSES},
  {"depth table with half-life, half passed through",
   "simulation: {horizon: 8h, step: 20s, seed: 21}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 90%}, liquidity: {impact: book, levels: "
   "[{bps: 10, usd: 500k}, {bps: 50, usd: 2M}, {bps: 300, usd: 20M}], half_life: 2m}, margin: "
   "{pass_through: 50%}}}\n" BOOK("300", "100M", "12", "40", "") "liquidation: {order_flow: fifo}\n" LOSSES},
  {"odd number of steps",
   "simulation: {horizon: 35315s, step: 35s, seed: 22}\n"
   "markets: {BTC: {price: {model: kou, volatility: 90%, jump_rate: 500/y}, liquidity: {impact: "
   "square_root, daily_volume: 1B, half_life: 10m}}}\n" BOOK("300", "100M", "8", "11", "") LOSSES},
  {"seven steps, no recovery of impact",
   "simulation: {horizon: 7h, step: 1h, seed: 23}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 150%}, liquidity: {impact: power, depth: 20M, "
   "permanent: 30%}}}\n" BOOK("300", "100M", "8", "11", "") LOSSES},
  {"a displacement that outlasts a rebound",
   "simulation: {horizon: 8h, step: 20s, seed: 25}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 5%, shock: {at: 30m, over: 0s, move: -11%, "
   "recovery: 160%, recovery_half_life: 2m}}, liquidity: {impact: book, levels: [{bps: 100, usd: "
   "10M}, {bps: 300, usd: 20M}], half_life: 1h}, margin: {pass_through: 70%}}}\n"
   BOOK("60", "100M", "8", "11", "") LOSSES},
  {"the same by a power law",
   "simulation: {horizon: 8h, step: 20s, seed: 26}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 5%, shock: {at: 30m, over: 0s, move: -11%, "
   "recovery: 160%, recovery_half_life: 2m}}, liquidity: {impact: power, depth: 500k, half_life: "
   "30m}}}\n" BOOK("60", "100M", "8", "11", "") LOSSES},
  {"a book larger than caches",
   "simulation: {horizon: 2h, step: 1m, seed: 27}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 150%}, liquidity: {impact: power, depth: 100M, "
   "half_life: 10m, permanent: 10%}, margin: {pass_through: 80%}}}\n"
   BOOK("50000", "1B", "15", "50", "") LOSSES},
  {"positions close and are taken over, losses wait",
   "simulation: {horizon: 6h, step: 30s, seed: 28}\n"
   "markets: {BTC: {price: {model: merton, volatility: 70%, jump_rate: 1000/y, jump_mean: -2%, "
   "jump_volatility: 6%}, liquidity: {impact: power, depth: 40M, half_life: 5m}}}\n"
   BOOK("400", "200M", "12", "25", "") LOSSES
   "waterfall: [{verb: fund, cap: 40% of fund.peak(1h) per 1h}, {verb: close, allocation: ranked, score: "
   "hyperliquid, price: previous_mark, bound: bankruptcy, cap: 3M}, {verb: takeover, who: desk, price: "
   "mark, hold: 4M}, {verb: assess, who: all_traders, base: session_profit, time: session(47m)}, "
   "{verb: assess, base: equity, time: delay(7m)}, {verb: raise}]\n"},
  {"held, released and sold again, one at a time",
   "simulation: {horizon: 6h, step: 1m, seed: 29}\n"
   "markets: {BTC: {price: {model: kou, volatility: 80%, jump_rate: 1500/y}, liquidity: {impact: "
   "square_root, daily_volume: 1B, half_life: 10m, permanent: 10%}, margin: {pass_through: 80%}}}\n"
   BOOK("300", "150M", "12", "25", "") "liquidation: {order_flow: fifo}\n" LOSSES
   "switches: {low: {when: fund.drawdown(2h) > 30%, until: fund.drawdown(2h) < 10%}}\n"
   "waterfall: [{verb: fund, unless: low}, {verb: close, only_if: low, allocation: pro_rata, cap: 2M}, "
   "{verb: redistribute, price: bankruptcy, cap: 1M}, {verb: assess, base: equity, takes: share}]\n"},
  {"a fund with a target, payers who have theirs back",
   "simulation: {horizon: 6h, step: 30s, seed: 39}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 1500/y, jump_mean: -1%, "
   "jump_volatility: 5%}, liquidity: {impact: power, depth: 40M, half_life: 5m}}}\n"
   BOOK("400", "200M", "14", "25", "") "fees: {volume: 3B, rate: 5bp, to_fund: 40%, to_lps: 20%}\n"
   "insurance_fund: {initial: 50k, target: 90k, beyond: lps}\n"
   "liquidity_providers: [{name: old, deposits: 30M, profit: 2M, withdrawals: {epoch: 30m, at_rest: 2%}}, {name: new, "
   "deposits: 10M, profit: -1M}]\n"
   "waterfall: [{verb: fund}, {verb: assess, base: profit, payback: 50%, cap: 100k}, {verb: assess, base: deposit, payback: "
   "25%, time: delay(20m)}, {verb: raise}]\n"},
  {"they wait, for want of capacity too",
   "simulation: {horizon: 6h, step: 30s, seed: 36}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 1500/y, jump_mean: -1%, "
   "jump_volatility: 5%}, liquidity: {impact: square_root, daily_volume: 1B, half_life: 5m}}}\n"
   BOOK("400", "200M", "14", "25", "") "liquidation: {delay: 80s, capacity: {notional: 2M, per: 2m}, "
   "partial: {share: 30%, above: 200k, cooldown: 3m}}\n" LOSSES},
  {"a backstop takes those who wait, one at a time",
   "simulation: {horizon: 6h, step: 30s, seed: 37}\n"
   "markets: {BTC: {price: {model: kou, volatility: 80%, jump_rate: 1500/y}, liquidity: {impact: "
   "square_root, daily_volume: 1B, half_life: 10m, permanent: 10%}, margin: {maintenance: [{up_to: 300k, rate: "
   "1%}, {rate: 3%}], pass_through: 80%}}}\n"
   BOOK("400", "200M", "14", "25", "") "liquidation: {order_flow: fifo, delay: 2m, capacity: {notional: 3M, per: "
   "5m}, backstop: {who: liquidity_providers, at: 70%, price: blend(2/3), hold: 20M, capacity: {notional: 4M, per: "
   "10m}, remaining: fund, unwind: 20%, every: 3m}}\n" LOSSES
   "pause: {when: fund.drawdown(1h) > 60%, lasts: 10m}\n"
   "waterfall: [{verb: fund}, {verb: close, allocation: ranked, score: profit, price: mark, cap: 2M}, {verb: "
   "redistribute, price: bankruptcy, cap: 1M}, {verb: assess, base: equity}]\n"},
  {"a backstop before a takeover of the same stock",
   "simulation: {horizon: 6h, step: 30s, seed: 38}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 1500/y, jump_mean: -1%, "
   "jump_volatility: 5%}, liquidity: {impact: power, depth: 40M, half_life: 5m}}}\n"
   BOOK("400", "200M", "14", "25", "") "liquidation: {backstop: {who: desk, hold: 10M, price: mark + 50bp}, partial: "
   "{share: 20%, above: 100k, cooldown: 90s}}\n" LOSSES
   "waterfall: [{verb: fund, cap: 20k}, {verb: takeover, who: desk, price: mark, unwind: 50%, every: 4m}, {verb: assess, "
   "base: equity}]\n"},
  {"stocks are worked off",
   "simulation: {horizon: 6h, step: 30s, seed: 31}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 1000/y, jump_volatility: 6%}, "
   "liquidity: {impact: power, depth: 20M, half_life: 5m, permanent: 10%}, margin: {pass_through: 60%}}}\n"
   BOOK("400", "200M", "12", "25", "") LOSSES
   "waterfall: [{verb: fund, cap: 10k}, {verb: takeover, price: mark, hold: 6M, unwind: 20%, every: 1m}, {verb: "
   "takeover, who: desk, unwind: 5%, every: 100s}]\n"},
  {"providers leave, fees come in",
   "simulation: {horizon: 6h, step: 30s, seed: 30}\n"
   "markets: {BTC: {price: {model: merton, volatility: 80%, jump_rate: 1000/y, jump_volatility: 5%}, "
   "liquidity: {impact: power, depth: 40M, half_life: 5m}}}\n"
   BOOK("400", "200M", "12", "25", "")
   "fees: {volume: 1B, rate: 5bp, to_fund: 20%, to_lps: 50%}\ninsurance_fund: {initial: 50k}\n"
   "liquidity_providers: [{name: quick, deposits: 5M, profit: 1M, withdrawals: {epoch: 17m, at_rest: 1%, "
   "per_drawdown: 3, sees: pending}}, {name: slow, deposits: 20M, profit: 0, withdrawals: {epoch: 1h, "
   "lock_up: 90m, per_drawdown: 1, per_depletion: 0.2, gate: 25%}}, {name: guild, kind: member, deposits: 2M}]\n"
   "waterfall: [{verb: fund}, {verb: assess, base: equity, time: session(2h), cap: 20% of lp}, {verb: assess, who: "
   "members, time: on_withdrawal, cap: 500k}, {verb: assess, who: slow, time: on_withdrawal}]\n"},
  {"trading ends after positions were closed",
   "simulation: {horizon: 6h, step: 30s, seed: 33}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 1000/y, jump_volatility: 6%}, "
   "liquidity: {impact: power, depth: 30M, half_life: 5m}, margin: {pass_through: 50%}}}\n"
   BOOK("400", "200M", "12", "25", "") LOSSES
   "fees: {volume: 1B, to_lps: 50%}\nwaterfall: [{verb: fund}, {verb: assess, base: equity, time: delay(20m), cap: "
   "100k}, {verb: close, allocation: ranked, score: size, cap: 500k, price: mark}, {verb: takeover, hold: 300k}, "
   "{verb: halt}, {verb: assess, base: equity}]\n"},
  {"trading ends when the fund is low, liquidations pause",
   "simulation: {horizon: 6h, step: 30s, seed: 34}\n"
   "markets: {BTC: {price: {model: kou, volatility: 90%, jump_rate: 1500/y}, liquidity: {impact: square_root, "
   "daily_volume: 1B, half_life: 10m, permanent: 10%}}}\n"
   BOOK("300", "150M", "12", "25", "") "liquidation: {order_flow: fifo}\ninsurance_fund: {initial: 200k}\n"
   "liquidity_providers: [{name: vault, deposits: 20M, withdrawals: {epoch: 17m, per_depletion: 0.3}}]\n"
   "pause: {when: shortfall > 5k, lasts: 7m}\nwaterfall: [{verb: fund}, {verb: redistribute, cap: 50k}, {verb: "
   "assess, base: equity, cap: 1M per path}, {verb: halt, when: fund.balance < 1k}, {verb: raise}]\n"},
  {"a fund in the asset that falls",
   "simulation: {horizon: 6h, step: 1m, seed: 35}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 800/y, jump_volatility: 5%}, "
   "liquidity: {impact: power, depth: 30M, half_life: 5m}}}\n"
   BOOK("300", "150M", "12", "25", "") "insurance_fund: {initial: 2M, in_asset: 70%}\n"
   "liquidity_providers: [{name: vault, deposits: 20M}]\nfees: {volume: 1B, to_fund: 5%}\n"
   "waterfall: [{verb: fund, cap: 30% of fund per 1h}, {verb: close, allocation: pro_rata, cap: 200k}, {verb: assess, "
   "base: equity}]\n"},
  {"no impact",
   "simulation: {horizon: 1d, step: 45s, seed: 24}\n"
   "markets: {BTC: {price: {model: gbm, volatility: 100%}, liquidity: {impact: none, spread: "
   "10bp, half_life: 1h}}}\n" BOOK("1000", "100M", "12", "30", "") LOSSES},
  {"a pool is the other side",
   "simulation: {horizon: 12h, step: 30s, seed: 41}\n"
   "markets: {BTC: {price: {model: merton, volatility: 100%, jump_rate: 300/y, jump_volatility: 6%}, "
   "liquidity: {impact: power, depth: 30M, half_life: 10m}}}\n" BOOK("300", "200M", "12", "25", ", long_share: 70%")
   "insurance_fund: {initial: 100k}\nliquidity_providers: [{name: pool, deposits: 20M, profit: 500k, counterparty: 60%, "
   "withdrawals: {epoch: 50m, at_rest: 1%, per_drawdown: 0.4}}, {name: small, deposits: 300k, counterparty: 40%}]\n"
   "fees: {volume: 500M, rate: 5bp, to_lps: 60%}\n"
   "waterfall: [{verb: fund}, {verb: assess, base: equity, cap: 3M}, {verb: raise}]\n"},
  {"a pool is the other side, deleveraging",
   "simulation: {horizon: 8h, step: 1m, seed: 42}\n"
   "markets: {BTC: {price: {model: kou, volatility: 90%, jump_rate: 900/y}, liquidity: {impact: square_root, "
   "daily_volume: 1B, half_life: 10m}}}\n" BOOK("300", "150M", "12", "25", ", long_share: 30%")
   "insurance_fund: {initial: 50k, in_asset: 50%}\nliquidity_providers: [{name: pool, deposits: 3M, counterparty: 80%, "
   "withdrawals: {epoch: 1h, per_depletion: 0.2, lock_up: 2h}}, {name: senior, deposits: 10M}]\n"
   "liquidation: {partial: {share: 50%, above: 200k}}\npause: {when: shortfall > 1M, lasts: 20m}\n"
   "waterfall: [{verb: fund}, {verb: close, allocation: ranked, score: bitmex, cap: 2M}, {verb: assess, who: pool, base: deposit}, "
   "{verb: takeover, who: senior, price: mark, hold: 5M, unwind: 50%, every: 10m}, {verb: halt, when: fund.balance <= 0}, "
   "{verb: raise}]\n"},
  {"closed in part, with a cooldown",
   "simulation: {horizon: 12h, step: 30s, seed: 35}\n"
   "markets: {BTC: {price: {model: merton, volatility: 100%, jump_rate: 300/y, jump_volatility: 5%}, "
   "liquidity: {impact: power, depth: 30M, half_life: 10m, permanent: 10%}, margin: {maintenance: [{up_to: "
   "500k, rate: 1%}, {rate: 2%}]}}}\n" BOOK("400", "200M", "12", "25", "")
   "liquidation: {fee_to_fund: 50%, fee_to_lps: 30%, partial: {share: 20%, above: 100k, cooldown: 100s}}\n" LOSSES},
  {"closed in part, round by round, one at a time",
   "simulation: {horizon: 8h, step: 1m, seed: 36}\n"
   "markets: {BTC: {price: {model: kou, volatility: 80%, jump_rate: 800/y}, liquidity: {impact: square_root, "
   "daily_volume: 1B, half_life: 10m, spread: 5bp}, margin: {pass_through: 70%}}}\n"
   BOOK("300", "150M", "12", "25", "")
   "liquidation: {order_flow: fifo, partial: {share: 35%, above: 50k}}\n" LOSSES},
  {"closed in part, then whole within the cooldown",
   "simulation: {horizon: 8h, step: 30s, seed: 40}\n"
   "markets: {BTC: {price: {model: kou, volatility: 90%, jump_rate: 900/y}, liquidity: {impact: power, depth: 30M, "
   "half_life: 4m}, margin: {maintenance: [{rate: 2%}]}}}\n" BOOK("300", "150M", "12", "25", "")
   "liquidation: {fee: 20bp, partial: {share: 20%, above: 100k, cooldown: 3m, meanwhile: whole}}\n" LOSSES},
  {"closed in part, to the last unit",
   "simulation: {horizon: 8h, step: 20s, seed: 37}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 500/y}, liquidity: {impact: linear, depth: 20M, half_life: "
   "2m, permanent: 20%}}}\n" BOOK("300", "100M", "12", "40", "")
   "liquidation: {fee: 20bp, remaining_margin: fund, partial: {share: 50%}}\n" LOSSES},
  {"closed in part, and deleveraged while they cool down",
   "simulation: {horizon: 6h, step: 30s, seed: 38}\n"
   "markets: {BTC: {price: {model: merton, volatility: 90%, jump_rate: 1000/y, jump_mean: -2%, jump_volatility: "
   "6%}, liquidity: {impact: power, depth: 40M, half_life: 5m}}}\n"
   BOOK("400", "200M", "12", "25", "")
   "liquidation: {partial: {share: 25%, above: 200k, cooldown: 5m}}\ninsurance_fund: {initial: 1k}\n"
   "liquidity_providers: [{name: old, deposits: 30M, profit: 2M}, {name: new, deposits: 10M}]\n"
   "waterfall: [{verb: fund, cap: 40% of fund.peak(1h) per 1h}, {verb: close, allocation: ranked, score: "
   "hyperliquid, bound: bankruptcy, cap: 3M}, {verb: redistribute, price: mark, cap: 500k}, {verb: takeover, who: "
   "desk, price: mark, hold: 2M, unwind: 20%, every: 2m}, {verb: assess, who: all_traders, base: session_profit, "
   "time: session(47m), takes: share}, {verb: assess, base: equity, time: delay(7m), takes: share}, {verb: raise}]\n"},
  {"closed in part one at a time, trading pauses and ends",
   "simulation: {horizon: 6h, step: 30s, seed: 39}\n"
   "markets: {BTC: {price: {model: kou, volatility: 90%, jump_rate: 1500/y}, liquidity: {impact: square_root, "
   "daily_volume: 1B, half_life: 10m, permanent: 10%}}}\n"
   BOOK("300", "150M", "12", "25", "")
   "liquidation: {order_flow: fifo, partial: {share: 20%, above: 100k, cooldown: 4m}}\ninsurance_fund: {initial: "
   "200k}\nliquidity_providers: [{name: vault, deposits: 20M, withdrawals: {epoch: 17m, per_depletion: 0.3}}]\n"
   "pause: {when: shortfall > 5k, lasts: 7m}\nwaterfall: [{verb: fund}, {verb: close, allocation: pro_rata, cap: 50k}, {verb: "
   "assess, base: equity, cap: 1M per path}, {verb: halt, when: fund.balance < 1k}, {verb: raise}]\n"},
};
enum { WALK_CONFIGS = sizeof walk_configs / sizeof *walk_configs };
#endif
