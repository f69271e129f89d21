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
    if not lists[lps]:
        config["liquidity_providers"] = []
    dump(name, config)


def dump(name, config, before=None):
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True
    with open(os.path.join(FOLDER, name + ".yaml"), "w") as f:
        f.write("# SPDX-License-Identifier: GPL-3.0-or-later\n# Written by make_books.py\n")
        if before:
            f.write("# with %s\n" % before)
        yaml.dump(config, f, Dumper=Plain, sort_keys=False, width=120)


def write_waterfall(name, layers, fund="400k", classes=None, book="wf_book", price=None, liquidity=None, horizon="4h",
                    pass_through=None, liquidation=None, counterfactual=True, **more):
    """A configuration whose point is its list of layers; every word of a layer as in `waterfall`."""
    margin = {"maintenance": "1.25%"}
    if pass_through:
        margin["pass_through"] = pass_through
    config = {
        "name": name,
        "simulation": {"paths": 200, "horizon": horizon, "step": "1m", "seed": 20251010},
        "markets": {"BTC": {"price": dict(initial=100000, drift="0%", **(price or WILD)),
                            "liquidity": liquidity or {"impact": "linear", "depth": "40M", "half_life": "10m", "spread": "1bp"},
                            "margin": margin}},
        "book": {"file": book + ".csv"},
        "liquidation": dict({"fee": "50bp", "fee_to_fund": "100%", "fee_to_lps": "0%", "remaining_margin": "trader",
                             "order_flow": "batch"}, **(liquidation or {})),
        "insurance_fund": {"initial": fund},
        "liquidity_providers": POOLS if classes is None else classes,
    }
    config.update(more)
    config["waterfall"] = layers
    config["output"] = {"counterfactual": counterfactual}
    dump(name, config)


def both(name, **rest):
    """The same configuration and book under batch and under fifo."""
    write_config(name + "_batch", book=name, **rest)
    write_config(name + "_fifo", book=name, order_flow="fifo", **rest)


MERTON = {"model": "merton", "volatility": "70%", "jump_rate": "600/y", "jump_mean": "-5%", "jump_volatility": "8%"}
KOU = {"model": "kou", "volatility": "70%", "jump_rate": "700/y", "jump_up_probability": 0.4, "jump_up_mean": "6%",
       "jump_down_mean": "8%"}
TIERS = [{"up_to": "2M", "rate": "0.5%"}, {"up_to": "8M", "rate": "1%"}, {"up_to": "20M", "rate": "2.5%"},
         {"up_to": "500M", "rate": "5%"}]


WILD = {"model": "merton", "volatility": "90%", "jump_rate": "3500/y", "jump_mean": "-1%", "jump_volatility": "8%"}
POOLS = [{"name": "early", "kind": "lp", "deposits": "600k", "profit": "150k"},
         {"name": "late", "kind": "lp", "deposits": "300k", "profit": 0},
         {"name": "mid", "kind": "lp", "deposits": "100k", "profit": "20k"}]
FUND = {"verb": "fund", "who": "insurance"}
PROFITS = {"verb": "assess", "who": "liquidity_providers", "base": "profit"}
DEPOSITS = {"verb": "assess", "who": "liquidity_providers", "base": "deposit"}


def close(score=None, **words):
    words = dict({"verb": "close"}, **words)
    return dict(words, score=score) if score else words


def traders(who, base, **words):
    return dict({"verb": "assess", "who": who, "base": base}, **words)


def waterfalls():
    # two sides that balance; one with almost no shorts among accounts; one with old entries, so that there are winners
    write_book("wf_book", 21, 40, leverage=(10, 50), total=100e6)
    write_book("wf_one_sided", 22, 30, leverage=(10, 50), total=60e6, long_share=0.85, balance=False)
    write_book("wf_winners", 23, 50, leverage=(8, 45), total=100e6, spread=0.06)

    # closings
    write_waterfall("wf_close_bitmex", [close("bitmex")])
    write_waterfall("wf_fund_close_bitmex", [FUND, close("bitmex", cap="4M"), DEPOSITS], fund="300k")
    write_waterfall("wf_close_hyperliquid", [close("hyperliquid", price="previous_mark", bound="bankruptcy"), FUND, DEPOSITS],
                    book="wf_winners")
    write_waterfall("wf_close_mark", [close("profit", price="mark"), FUND, PROFITS, DEPOSITS])
    write_waterfall("wf_fund_close_residual", [FUND, close("leverage", price="residual")])
    write_waterfall("wf_cap_peak", [dict(FUND, cap="30% of fund.peak(8h)"), close("binance")], fund="1M", book="wf_winners",
                    horizon="12h", price=dict(WILD, jump_rate="2000/y"))
    write_waterfall("wf_takes_cash", [dict(FUND, takes="cash", cap="50% of fund"),
                                      close("aevo", price="residual", cap="6M"), DEPOSITS])
    write_waterfall("wf_surplus", [dict(FUND, takes="cash", cap="100k"), close("size", price="bankruptcy + 30bp"), DEPOSITS])
    write_waterfall("wf_close_fifo", [dict(FUND, cap="150k"), close("bitmex", price="blend(0.7)"), DEPOSITS],
                    liquidation={"order_flow": "fifo"}, book="wf_winners")
    write_waterfall("wf_close_oracle", [close("profit", price="oracle - 10bp", base="unrealised_profit", cap="5M"), FUND, DEPOSITS],
                    pass_through="50%", book="wf_winners",
                    liquidity={"impact": "power", "exponent": 0.5, "depth": "15M", "half_life": "5m", "permanent": "10%",
                               "spread": "8bp"})
    write_waterfall("wf_one_sided", [FUND, close("profit", limit=2), DEPOSITS], book="wf_one_sided", fund="100k")

    # allocations of positions
    write_waterfall("wf_close_random", [dict(FUND, cap="100k"), close(allocation="random", cap="5M per 1h"), DEPOSITS])
    write_waterfall("wf_close_rotate", [close(allocation="rotate", severity="60%"), FUND, DEPOSITS], book="wf_winners")
    write_waterfall("wf_close_first", [close(allocation="fifo", severity="40%"), close(allocation="smallest_first", severity="50%"),
                                       close(allocation="equal", price="blend(0.5)")], book="wf_winners")
    write_waterfall("wf_close_water", [FUND, close(allocation="water_filling")], book="wf_winners")
    write_waterfall("wf_close_pro_rata", [FUND, close(allocation="pro_rata", base="equity", cap="3M"), DEPOSITS],
                    liquidation={"fee": "80bp", "fee_to_fund": "35%", "fee_to_lps": "45%", "remaining_margin": "fund"})

    # accounts pay
    write_waterfall("wf_winners_unrealised", [FUND, traders("winners", "unrealised_profit")], book="wf_winners")
    write_waterfall("wf_open_interest", [FUND, traders("all_traders", "size", form="index")])
    write_waterfall("wf_traders_order", [dict(FUND, cap="20% of fund per 1h"),
                                         traders("all_traders", "notional", allocation="fifo", cap="1% of payer"),
                                         traders("winners", "profit", allocation="ranked", score="profit", limit=5, severity="50%"),
                                         traders("all_traders", "collateral", allocation="random", cap="300k"),
                                         traders("all_traders", "equity", allocation="rotate", cap="200k"),
                                         traders("all_traders", "equity", allocation="smallest_first", cap="200k"),
                                         traders("winners", "unrealised_profit", allocation="equal")],
                    book="wf_winners")
    write_waterfall("wf_charge_then_close", [dict(FUND, cap="100k"),
                                             traders("winners", "unrealised_profit", cap="20% of payer"),
                                             close("bitmex")],
                    book="wf_winners")

    # switches, caps, severity
    write_waterfall("wf_drawdown", [dict(FUND, severity="70%"),
                                    close("bitmex", when="fund.drawdown(2h) > 30%", until="fund.drawdown(2h) < 10%", cap="2M"),
                                    FUND, DEPOSITS], fund="700k", horizon="8h")
    write_waterfall("wf_switches", [dict(FUND, unless="low"), dict(DEPOSITS, only_if="low", cap="5% of lp.start per 1h"),
                                    close("profit", when="unfilled > 1M and loss/equity < 50%", cap="4M"),
                                    dict(DEPOSITS, when="shortfall > 50k", severity="60%"),
                                    {"verb": "raise", "who": "treasury", "when": "market.pnl_drawdown(2h) >= 20%"}],
                    switches={"low": {"when": "fund.balance < 60% of fund.start", "until": "fund.balance > 90% of fund.start"}},
                    book="wf_winners", horizon="8h")
    write_waterfall("wf_severity", [dict(FUND, severity="50%"), dict(PROFITS, severity="50%"), dict(DEPOSITS, cap="100k per 1h"),
                                    dict(DEPOSITS, base="equity", cap="20% of lp per path"), {"verb": "raise", "cap": "200k"}],
                    fund="2M", liquidity={"impact": "square_root", "daily_volume": "800M", "daily_volatility": "5%",
                                          "half_life": "15m", "spread": "2bp"})

    # groups
    write_waterfall("wf_group_overflow", [dict(DEPOSITS, who="late", group="pools", share="65%", cap="60k"),
                                          dict(DEPOSITS, who="early", group="pools", share="35%"), close("bitmex")],
                    groups={"pools": {"overflow": True}})
    write_waterfall("wf_group_plain", [dict(FUND, group="half", share="50%"), dict(PROFITS, base="equity", group="half", share="50%"),
                                       close("profit", group="take", share="70%", cap="2M"),
                                       {"verb": "takeover", "who": "desk", "price": "mark", "hold": "4M", "group": "take",
                                        "share": "30%"},
                                       {"verb": "raise", "who": "treasury"}],
                    groups={"half": {"overflow": False}, "take": {"overflow": True}}, book="wf_winners")

    # positions change hands
    write_waterfall("wf_takeover", [{"verb": "takeover", "who": "liquidity_providers", "price": "mark", "hold": "6M"}, FUND,
                                    PROFITS, DEPOSITS])
    write_waterfall("wf_outside_taker", [dict(FUND, cap="50k"),
                                         {"verb": "takeover", "who": "late", "price": "bankruptcy", "hold": "1M"},
                                         {"verb": "takeover", "who": "desk", "price": "blend(0.4)", "bound": "bankruptcy",
                                          "hold": "8M", "cap": "3M per 1h"}, FUND, DEPOSITS], book="wf_winners")
    write_waterfall("wf_redistribute", [FUND, {"verb": "redistribute", "base": "equity", "price": "blend(0.6)", "cap": "6M"},
                                        {"verb": "redistribute", "allocation": "ranked", "score": "size", "limit": 3}, DEPOSITS],
                    book="wf_winners")
    write_waterfall("wf_redistribute_size", [{"verb": "redistribute"}, close("hyperliquid")], price=dict(WILD, jump_rate="2500/y"))

    # many who pay
    everyone = POOLS + [{"name": "clearers", "kind": "member", "deposits": "200k", "profit": 0},
                        {"name": "brokers", "kind": "member", "deposits": "100k", "profit": 0},
                        {"name": "stake", "kind": "staker", "deposits": "150k", "profit": "10k"},
                        {"name": "savers", "kind": "depositor", "deposits": "200k", "profit": "20k"},
                        {"name": "holders", "kind": "token_holder", "deposits": "100k", "profit": 0}]
    write_waterfall("wf_everyone", [dict(FUND, cap="50% of fund.start per path"), {"verb": "fund", "who": "backstop"},
                                    dict(DEPOSITS, who="members", base="contribution"), dict(DEPOSITS, who="stakers", base="stake"),
                                    dict(DEPOSITS, who="savers", base="equity"), dict(DEPOSITS, who="token_holders", allocation="equal"),
                                    dict(DEPOSITS, allocation="smallest_first", severity="80%"), FUND,
                                    {"verb": "raise", "who": "treasury", "cap": "30% of backstop.start per path"}],
                    classes=everyone, funds={"backstop": {"initial": "250k"}})
    write_waterfall("wf_raise", [FUND, {"verb": "raise", "who": "treasury", "cap": "500k per path"}, DEPOSITS,
                                 {"verb": "raise", "who": "auction"}])
    write_waterfall("wf_impact", [dict(FUND, cap="60k"), close("profit", price="residual", severity="80%"), PROFITS, DEPOSITS],
                    pass_through="50%", book="wf_winners",
                    liquidity={"impact": "square_root", "Y": 1.1, "daily_volume": "400M", "daily_volatility": "6%",
                               "half_life": "12m", "permanent": "5%", "depth": "60M", "spread": "6bp"})

    # losses recognised later
    write_waterfall("wf_session", [FUND, traders("winners", "session_profit", time="session(1h)", severity="75%"), DEPOSITS], book="wf_winners",
                    fund="200k", horizon="6h")
    write_waterfall("wf_epoch", [FUND, dict(DEPOSITS, time="epoch(90m)", netting=False), {"verb": "raise", "time": "delay(20m)"}],
                    fund="100k")
    write_waterfall("wf_delay_close", [dict(FUND, cap="100k"), dict(PROFITS, time="delay(25m)", cap="100k"), close("bitmex"),
                                       DEPOSITS])
    write_waterfall("wf_never", [FUND, dict(PROFITS, time="on_withdrawal", cap="150k", base="equity"),
                                 {"verb": "raise", "who": "paper", "time": "never", "netting": False, "cap": "300k"}, DEPOSITS],
                    fund="100k", liquidation={"fee": "100bp", "remaining_margin": "fund"})


def venues():
    """What else venues have: who is fast and who waits, who steps in, who leaves, how it ends."""
    in_parts = {"partial": {"share": "25%", "above": "400k", "cooldown": "3m"}}
    write_waterfall("wf_parts", [FUND, DEPOSITS], liquidation=in_parts)
    write_waterfall("wf_parts_fifo", [FUND, PROFITS, DEPOSITS],
                    liquidation={"order_flow": "fifo", "partial": {"share": "40%", "above": "1M"}},
                    liquidity={"impact": "square_root", "daily_volume": "800M", "daily_volatility": "5%", "half_life": "15m",
                               "spread": "2bp"})
    write_waterfall("wf_parts_whole_close", [dict(FUND, cap="60k"), close("profit", price="mark"), DEPOSITS], book="wf_winners",
                    liquidation={"partial": {"share": "20%", "above": "200k", "cooldown": "150s", "meanwhile": "whole"}})
    write_waterfall("wf_parts_takeover", [FUND, {"verb": "takeover", "who": "late", "price": "mark", "hold": "20M"}, DEPOSITS],
                    fund="100k", liquidation={"partial": {"share": "50%", "above": "1M", "cooldown": "90s"}})
    write_waterfall("wf_delay", [FUND, DEPOSITS], liquidation={"delay": "150s"})
    write_waterfall("wf_capacity", [FUND, PROFITS, DEPOSITS], liquidation={"capacity": {"notional": "3M", "per": "4m"}})
    write_waterfall("wf_all_wait_fifo", [dict(FUND, cap="80k"), close("bitmex"), DEPOSITS], book="wf_winners",
                    liquidation=dict(in_parts, order_flow="fifo", delay="1m", capacity={"notional": "2M", "per": "2m"}))
    write_waterfall("wf_loss_limit", [FUND, PROFITS, DEPOSITS],
                    liquidation={"loss_limit": {"loss": "30k", "per": "3m"}, "partial": {"share": "40%", "most": "150k"}})
    write_waterfall("wf_loss_limit_fifo", [dict(FUND, cap="80k"), close("bitmex"), DEPOSITS], book="wf_winners",
                    liquidation={"order_flow": "fifo", "loss_limit": {"loss": "200", "per": "1s"},
                                 "capacity": {"notional": "60k", "per": "1s"},
                                 "partial": {"most": "400k", "above": "200k", "cooldown": "2m"}})
    write_waterfall("wf_backstop_stop", [FUND, DEPOSITS], liquidation={"backstop": {
        "who": "liquidity_providers", "stop": "2% of lp", "unwind": "50%", "every": "5m"}})
    write_waterfall("wf_backstop_margin", [FUND, DEPOSITS], fund="100k",
                    liquidation={"backstop": {"who": "liquidity_providers", "at": "80%"}})
    write_waterfall("wf_backstop_wait", [FUND, close("profit"), DEPOSITS], book="wf_winners",
                    liquidation=dict(in_parts, delay="2m", backstop={
                        "who": "mid", "at": "70%", "price": "blend(0.6)", "remaining": "fund", "hold": "15M",
                        "capacity": {"notional": "6M", "per": "1h"}, "unwind": "30%", "every": "5m"}))
    write_waterfall("wf_backstop_desk", [{"verb": "takeover", "who": "desk", "price": "mark", "hold": "6M", "unwind": "50%",
                                          "every": "4m"}, FUND, DEPOSITS],
                    liquidation={"order_flow": "fifo", "capacity": {"notional": "1M", "per": "1m"},
                                 "backstop": {"who": "desk", "price": "mark + 40bp", "hold": "9M"}})
    write_waterfall("wf_unwind", [{"verb": "takeover", "who": "liquidity_providers", "price": "mark", "unwind": "40%",
                                   "every": "150s"}, FUND, DEPOSITS])
    write_waterfall("wf_unwind_both", [dict(FUND, cap="40k"), {"verb": "takeover", "who": "late", "price": "bankruptcy", "hold": "3M",
                                                               "unwind": "100%", "every": "6m"},
                                       {"verb": "takeover", "who": "desk", "price": "blend(0.5)", "unwind": "25%", "every": "3m"},
                                       DEPOSITS], book="wf_winners")

    # income, and who leaves
    fees = {"volume": "2B", "rate": "5bp", "to_fund": "30%", "to_lps": "50%"}
    write_waterfall("wf_fees", [FUND, DEPOSITS], fees=fees, classes=[dict(POOLS[0], hurdle="40%", fee_share=2.5, entered="8h"), POOLS[1]])

    def leaver(of, **rule):
        return dict(of, withdrawals=rule)
    write_waterfall("wf_leave", [FUND, DEPOSITS], fees=fees, horizon="6h",
                    classes=[leaver(POOLS[0], epoch="30m", per_drawdown=2, gate="60%"), leaver(POOLS[1], epoch="1h", at_rest="5%"),
                             POOLS[2]])
    write_waterfall("wf_leave_pending", [FUND, dict(DEPOSITS, base="equity", time="epoch(2h)"), {"verb": "raise"}], horizon="6h",
                    fund="200k",
                    classes=[leaver(POOLS[0], epoch="20m", per_drawdown=1.5, sees="pending"),
                             leaver(POOLS[1], epoch="20m", per_drawdown=1.5), leaver(POOLS[2], epoch="1h", per_depletion=0.5,
                                                                                      lock_up="2h")])
    write_waterfall("wf_on_withdrawal", [FUND, dict(DEPOSITS, base="equity", time="on_withdrawal", cap="300k"),
                                         dict(DEPOSITS, who="late", time="on_withdrawal", netting=False)], fund="100k", horizon="6h",
                    classes=[leaver(POOLS[0], epoch="30m", at_rest="4%"), leaver(POOLS[1], epoch="45m", at_rest="3%", per_depletion=0.4),
                             leaver(POOLS[2], epoch="1h", per_drawdown=1, sees="pending")])

    # inflow is shared
    target = {"initial": "200k", "target": "260k"}
    write_waterfall("wf_payback", [FUND, dict(PROFITS, payback="30%"), dict(DEPOSITS, payback="50%"), {"verb": "raise"}], fees=fees,
                    insurance_fund=target, horizon="6h",
                    classes=[leaver(POOLS[0], epoch="1h", at_rest="3%"), POOLS[1], dict(POOLS[2], kind="member")])
    write_waterfall("wf_payback_close", [dict(FUND, cap="80k"), close("bitmex", price="bankruptcy + 20bp", cap="5M"),
                                         dict(DEPOSITS, base="equity", payback="100%", time="delay(30m)")], fees=fees,
                    insurance_fund=dict(target, beyond="lps"), book="wf_winners", horizon="6h")

    # funds and pools that go with the market
    asset = {"initial": "400k", "in_asset": "70%"}
    write_waterfall("wf_asset", [dict(FUND, severity="80%"), DEPOSITS], insurance_fund=asset)
    write_waterfall("wf_asset_close", [dict(FUND, cap="50% of fund"), close("bitmex", when="fund.balance < 200k"), DEPOSITS],
                    insurance_fund=asset, book="wf_winners")
    pool = [dict(POOLS[0], deposits="3M", counterparty="60%"), dict(POOLS[1], counterparty="20%"), POOLS[2]]
    write_waterfall("wf_pool", [FUND, DEPOSITS], book="wf_one_sided", classes=pool)
    write_waterfall("wf_pool_capped", [dict(DEPOSITS, base="equity"), FUND], book="wf_one_sided", horizon="6h", fees=fees,
                    classes=[leaver(dict(pool[0], payout_cap="15%"), epoch="1h", at_rest="3%", per_drawdown=0.5), pool[1]])
    write_waterfall("wf_pool_close", [dict(FUND, cap="100k"), close("profit", cap="3M"), DEPOSITS], book="wf_one_sided", classes=pool)

    quick = {"guards": {"deleverage": {"when": "25%", "to": "20%"}}}
    write_waterfall("wf_deleverage", [FUND, DEPOSITS], book="wf_one_sided", classes=pool, **quick)
    write_waterfall("wf_deleverage_close", [dict(FUND, cap="100k"), close("profit", cap="3M"), DEPOSITS], book="wf_winners", fees=fees,
                    classes=[leaver(dict(pool[0], payout_cap="60%"), epoch="1h", at_rest="3%"), pool[1]], pass_through="60%",
                    liquidation=dict(in_parts, delay="2m"), horizon="6h", pause={"when": "shortfall > 200k", "lasts": "10m"},
                    guards={"deleverage": {"when": "30%", "to": "10%", "score": "hyperliquid"}})

    # trading pauses, and ends
    write_waterfall("wf_pause", [FUND, DEPOSITS], pause={"when": "shortfall > 60k", "lasts": "10m"})
    write_waterfall("wf_pause_wait", [dict(FUND, unless="low"), close("bitmex"), DEPOSITS], book="wf_winners",
                    switches={"low": {"when": "fund.drawdown(1h) > 50%"}}, pause={"when": "fund.drawdown(1h) > 20%", "lasts": "7m"},
                    liquidation=dict(in_parts, delay="3m"))
    write_waterfall("wf_halt", [FUND, PROFITS, {"verb": "halt"}])
    write_waterfall("wf_halt_switch", [dict(FUND, severity="60%"), dict(DEPOSITS, time="delay(30m)", severity="50%"), close("profit", cap="1M"),
                                       {"verb": "halt", "when": "fund.drawdown(2h) > 70%"}, DEPOSITS], book="wf_winners",
                    classes=[leaver(POOLS[0], epoch="30m", at_rest="2%"), dict(POOLS[1], kind="member"), POOLS[2]], fees=fees)
    write_waterfall("wf_halt_stock", [dict(FUND, cap="100k per 1h"), {"verb": "takeover", "who": "early", "price": "mark", "hold": "5M",
                                                                      "unwind": "20%", "every": "5m"},
                                      dict(DEPOSITS, cap="30% of lp.start per path"), {"verb": "halt"}],
                    liquidation=dict(in_parts, backstop={"who": "early", "at": "60%", "hold": "400% of lp"}))


def presets():
    """Venues as they are in configs/venues, on a small market and with purses of its size."""
    everybody = {
        "hyperliquid": {"liquidity_providers": [{"name": "hlp", "deposits": "2M", "profit": 0}],
                        "liquidation": {"backstop": {"hold": "150% of lp"}}},
        "dydx-v4": {}, "bybit-2025": {}, "ftx": {}, "kraken": {}, "deribit": {}, "drift-v2": {"funds": {"fee_pool": {"initial": "50k"}}},
        "perpetual-v2": {}, "paradex": {}, "makerdao": {"liquidity_providers": [{"name": "dai_holders", "kind": "depositor",
                                                                                 "deposits": "2M", "profit": 0}]},
        "liquity": {"liquidity_providers": [{"name": "stability_pool", "deposits": "1M", "profit": 0}]},
        "gtrade": {"liquidity_providers": [{"name": "vault", "deposits": "4M", "profit": "50k", "counterparty": "100%"}]},
        "gmx-v2": {"liquidity_providers": [{"name": "gm", "deposits": "3M", "profit": 0, "counterparty": "100%", "payout_cap": "90%"}]},
        "injective": {}, "vega": {}, "lighter": {"liquidity_providers": [{"name": "llp", "deposits": "1M", "profit": 0}]},
    }
    for venue, sizes in everybody.items():
        config = {
            "name": "preset_" + venue,
            "simulation": {"paths": 200, "horizon": "1d", "step": "5m", "seed": 20251010},
            "markets": {"BTC": {"price": dict(WILD, initial=100000, drift="0%", jump_rate="1500/y"),
                                "liquidity": {"impact": "linear", "depth": "40M", "half_life": "10m", "spread": "1bp"},
                                "margin": {"maintenance": "1.25%"}}},
            "book": {"file": "wf_winners.csv"},
            "insurance_fund": {"initial": "100k"},
        }
        dump("preset_" + venue, dict(config, **sizes), "configs/venues/%s.yaml" % venue)


def main():
    waterfalls()
    presets()
    venues()
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
