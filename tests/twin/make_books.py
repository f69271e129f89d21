#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes configs/*.yaml and their CSV books, seeded: the same files every time.

    make_books.py [FOLDER]
"""
import os
import random
import sys

import yaml

SPOT = 100000.0


def write_book(name, seed, n, long_share=0.5, leverage=(8, 40), total=600e6, spread=0.02, rate=0.0125,
               balance=True, sizes=1.0, ties=0):
    """n accounts, sizes lognormal, leverage log-uniform, entries around spot; none liquidatable at the start."""
    rng = random.Random(seed)
    rows = []
    while len(rows) < n:
        side = "long" if rng.random() < long_share else "short"
        sign = 1 if side == "long" else -1
        e = round(SPOT * (1 + rng.uniform(-spread, spread)), 2)
        lev = leverage[0] * (leverage[1] / leverage[0]) ** rng.random()
        size = rng.lognormvariate(0, sizes)
        # equity at spot against the rate, with a little room
        if 1 / lev + sign * (SPOT / e - 1) < 1.15 * rate * SPOT / e + 0.002:
            continue
        rows.append([side, size, e, lev])
    for side in ("long", "short"):
        mine = [r for r in rows if r[0] == side]
        units = sum(r[1] / r[2] for r in mine)
        if units and balance:                                # longs = shorts in quantity, up to rounding
            for r in mine:
                r[1] *= (total / 2 / SPOT) / units
    if not balance:
        whole = sum(r[1] for r in rows)
        for r in rows:
            r[1] *= total / whole
    out = []
    for side, size, e, lev in rows:
        size = round(size, 2)
        out.append([side, size, e, round(size / lev, 2)])
    for _ in range(ties):                                    # twice the size and collateral: the same level L, bit for bit
        side, size, e, collateral = rng.choice(out)
        out.append([side, 2 * size, e, 2 * collateral])
    with open(os.path.join(FOLDER, name + ".csv"), "w") as f:
        f.write("account,market,side,size_usd,entry,collateral\n")
        for i, (side, size, e, collateral) in enumerate(out):
            f.write("%s%03d,BTC,%s,%r,%r,%r\n" % (name[:1], i, side, size, e, collateral))


def write_config(name, price, liquidity, margin="1.25%", horizon="12h", fund="2M", lps="three", pass_through=None,
                 waterfall=None, book=None, counterfactual=True, seed=20251010, **liquidation):
    lists = {
        "three": [{"name": "early", "deposits": "30M", "profit": "4M"}, {"name": "late", "deposits": "12M", "profit": 0},
                  {"name": "mid", "deposits": "8M", "profit": "900k"}],
        "one": [{"name": "lp", "deposits": "40M", "profit": "1M"}],
        "thin": [{"name": "a", "deposits": "700k", "profit": "50k"}, {"name": "b", "deposits": "300k", "profit": 0}],
        "many": [{"name": "whale", "deposits": "25M", "profit": 0}, {"name": "first", "deposits": "1M", "profit": "3M"},
                 {"name": "second", "deposits": "9M", "profit": "250k"}, {"name": "third", "deposits": "500k", "profit": "10k"},
                 {"name": "fourth", "deposits": "4M", "profit": "1M"}],
        None: None,
    }
    config = {
        "name": name,
        "simulation": {"paths": 200, "horizon": horizon, "step": "1m", "seed": seed},
        "markets": {"BTC": {"price": dict({"model": "gbm", "initial": 100000, "drift": "0%"}, **price),
                            "liquidity": liquidity, "margin": {"maintenance": margin}}},
        "book": {"file": (book or name) + ".csv"},
        "liquidation": dict({"fee": "50bp", "fee_to_fund": "100%", "fee_to_lps": "0%", "remaining_margin": "trader",
                             "order_flow": "batch"}, **liquidation),
        "insurance_fund": {"initial": fund},
    }
    if pass_through:
        config["markets"]["BTC"]["margin"]["pass_through"] = pass_through
    if lists[lps]:
        config["liquidity_providers"] = lists[lps]
    layers = {"fund": {"verb": "fund", "who": "insurance"},
              "profit": {"verb": "assess", "who": "liquidity_providers", "base": "profit", "allocation": "pro_rata"},
              "deposit": {"verb": "assess", "who": "liquidity_providers", "base": "deposit", "allocation": "pro_rata"}}
    default = "fund profit deposit" if lists[lps] else "fund"
    config["waterfall"] = [dict(layers[w]) for w in (waterfall or default).split()]
    config["output"] = {"counterfactual": counterfactual}

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True
    with open(os.path.join(FOLDER, name + ".yaml"), "w") as f:
        f.write("# SPDX-License-Identifier: GPL-3.0-or-later\n# Written by make_books.py\n")
        yaml.dump(config, f, Dumper=Plain, sort_keys=False, width=120)


def both(name, **rest):
    """The same configuration and book under batch and under fifo."""
    write_config(name + "_batch", book=name, **rest)
    write_config(name + "_fifo", book=name, order_flow="fifo", **rest)


MERTON = {"model": "merton", "volatility": "70%", "jump_rate": "600/y", "jump_mean": "-5%", "jump_volatility": "8%"}
KOU = {"model": "kou", "volatility": "70%", "jump_rate": "700/y", "jump_up_probability": 0.4, "jump_up_mean": "6%",
       "jump_down_mean": "8%"}
TIERS = [{"up_to": "2M", "rate": "0.5%"}, {"up_to": "8M", "rate": "1%"}, {"up_to": "20M", "rate": "2.5%"},
         {"up_to": "500M", "rate": "5%"}]


def main():
    # gbm, triggers close on both sides; linear
    write_book("gbm_near", 1, 80, leverage=(15, 60), ties=6)
    both("gbm_near", price={"volatility": "110%"}, fund="50k", fee="2bp",
         liquidity={"impact": "linear", "depth": "30M", "half_life": "10m", "spread": "2bp"})
    # merton, power one half
    write_book("merton_power", 2, 100, long_share=0.55, ties=4)
    both("merton_power", price=MERTON, horizon="1000m",
         liquidity={"impact": "power", "exponent": 0.5, "depth": "60M", "half_life": "30m", "spread": "1bp"})
    # kou, square root: with and without its own daily volatility
    write_book("kou_sqrt", 3, 60, ties=5)
    both("kou_sqrt", price=KOU, horizon="777m", lps="many",
         liquidity={"impact": "square_root", "Y": 1.2, "daily_volume": "700M", "daily_volatility": "4%", "half_life": "none",
                    "spread": "0bp"})
    write_config("kou_sqrt_own_volatility", price=dict(KOU, drift="40%"), horizon="777m", lps="one", book="kou_sqrt",
                 liquidity={"impact": "square_root", "daily_volume": "1B", "half_life": "45m", "spread": "1bp"})
    # a depth table
    write_book("gbm_table", 4, 90, leverage=(12, 50), ties=4)
    both("gbm_table", price={"volatility": "120%", "drift": "-200%"}, horizon="1d", fund="200k",
         liquidity={"impact": "book", "levels": [{"bps": 10, "usd": "4M"}, {"bps": 50, "usd": "25M"}, {"bps": 220, "usd": "70M"},
                                                 {"bps": 600, "usd": "130M"}], "half_life": "5m", "spread": "3bp"})
    # no impact at all
    write_book("none", 5, 50)
    write_config("none", price=MERTON, horizon="6h", lps="one", fund="1M", liquidity={"impact": "none", "spread": "5bp"})
    # permanent impact, alone and mixed
    both("permanent_only", price={"volatility": "100%"}, fund="50k", fee="3bp",
         liquidity={"impact": "none", "permanent": "60%", "depth": "22M", "spread": "1bp"})
    both("permanent_mixed", price=dict(MERTON, volatility="90%"), horizon="999m",
         liquidity={"impact": "power", "exponent": 0.7, "depth": "150M", "permanent": "25%", "half_life": "20m", "spread": "1bp"})
    for name in ("permanent_only", "permanent_mixed"):
        write_book(name, 6 if name == "permanent_only" else 7, 70, leverage=(12, 50), ties=3)
    # a short half-life with a large displacement: under one step, and a few steps
    write_book("rebound", 8, 60, leverage=(10, 45))
    write_config("rebound_one_step", price=MERTON, book="rebound",
                 liquidity={"impact": "linear", "depth": "25M", "half_life": "1m", "spread": "1bp"})
    write_config("rebound_power", price=KOU, book="rebound", order_flow="fifo",
                 liquidity={"impact": "power", "exponent": 0.3, "depth": "3M", "half_life": "3m", "spread": "1bp"})
    # pass-through
    write_book("pass", 9, 80, leverage=(10, 50))
    write_config("pass_half", price=MERTON, book="pass", pass_through="50%",
                 liquidity={"impact": "square_root", "daily_volume": "2B", "daily_volatility": "5%", "half_life": "15m",
                            "permanent": "5%", "depth": "200M", "spread": "1bp"})
    write_config("pass_none", price=MERTON, book="pass", pass_through="0%", horizon="1d",
                 liquidity={"impact": "linear", "depth": "60M", "half_life": "none", "spread": "1bp"})
    # tiers: sizes over all four, so d > 0 binds for the large
    write_book("tiers", 10, 60, leverage=(6, 16), sizes=1.6, rate=0.05, ties=2, total=500e6)
    both("tiers", price=dict(MERTON, volatility="90%"), margin=TIERS,
         liquidity={"impact": "power", "exponent": 0.5, "depth": "50M", "half_life": "25m", "permanent": "4%", "spread": "2bp"})
    # shocks that fall and come back past the shorts; the mirror; no noise at all
    write_book("shock", 11, 100, leverage=(5, 30), spread=0.03)
    both("shock", horizon="8h", fund="60k", fee="20bp",
         price={"volatility": "50%", "drift": "6000%",
                "shock": {"at": "1h", "over": "10m", "move": "-16%", "recovery": "100%", "recovery_half_life": "30m"}},
         liquidity={"impact": "power", "exponent": 0.5, "depth": "60M", "half_life": "20m", "spread": "1bp"})
    write_config("shock_up", horizon="8h", book="shock", lps="many",
                 price={"volatility": "50%",
                        "shock": {"at": "90m", "over": "0s", "move": "18%", "recovery": "130%", "recovery_half_life": "20m"}},
                 liquidity={"impact": "linear", "depth": "100M", "half_life": "8m", "spread": "1bp"})
    write_config("shock_only", horizon="6h", book="shock", lps="one", fund="10k", fee="2bp",
                 price={"volatility": "0%",
                        "shock": {"at": "1h", "over": "45m", "move": "-20%", "recovery": "80%", "recovery_half_life": "1h"}},
                 liquidity={"impact": "square_root", "daily_volume": "300M", "daily_volatility": "4%", "half_life": "30m",
                            "spread": "1bp"})
    write_config("shock_and_jumps", horizon="6h", book="shock", order_flow="fifo",
                 price=dict(MERTON, volatility="0%",
                            shock={"at": "2h", "over": "20m", "move": "-12%", "recovery": "60%", "recovery_half_life": "10m"}),
                 liquidity={"impact": "linear", "depth": "150M", "half_life": "10m", "permanent": "2%", "spread": "1bp"})
    # who gets the fee and the rest
    write_book("fees", 12, 80, leverage=(10, 40))
    both("fees", price=MERTON, lps="many", fund="500k", fee="80bp", fee_to_fund="35%", fee_to_lps="45%",
         remaining_margin="fund",
         liquidity={"impact": "linear", "depth": "100M", "half_life": "15m", "spread": "2bp"})
    # everyone exhausted
    write_book("exhausted", 13, 120, leverage=(15, 50), long_share=0.6)
    write_config("exhausted", price=dict(MERTON, jump_mean="-9%"), lps="thin", fund="100k", horizon="1d",
                 liquidity={"impact": "linear", "depth": "60M", "half_life": "30m", "spread": "1bp"})
    # no LPs; no fund either
    write_book("no_lps", 14, 20, total=200e6, leverage=(10, 50))
    write_config("no_lps", price=KOU, lps=None, fund=0, fee_to_fund="60%",
                 liquidity={"impact": "linear", "depth": "80M", "half_life": "10m", "spread": "1bp"})
    # nine longs to a short
    write_book("imbalanced", 15, 60, long_share=0.85, balance=False)
    both("imbalanced", price=dict(KOU, drift="100%"), horizon="1234m",
         liquidity={"impact": "book", "levels": [{"bps": 25, "usd": "15M"}, {"bps": 300, "usd": "120M"}], "half_life": "1h",
                    "permanent": "3%", "depth": "150M", "spread": "1bp"})
    # LPs' profits before the fund: fund_required is NaN; no counterfactual
    write_config("profit_first", price=MERTON, book="fees", waterfall="profit fund deposit", counterfactual=False,
                 liquidity={"impact": "linear", "depth": "150M", "half_life": "none", "spread": "1bp"})


if __name__ == "__main__":
    FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "configs")
    main()
