#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The twin against docs/validation.md: closed forms to the printed digits, simulations to 4 standard errors."""
import copy
import glob
import math
import os
import sys
import tempfile

import numpy as np
from scipy.integrate import quad

import twin
import waterfall

HERE = os.path.dirname(os.path.abspath(__file__))
failures = 0


def check(what, value, expected, tolerance):
    global failures
    ok = abs(value - expected) <= tolerance
    failures += not ok
    print("%s %-62s %.12g (expected %.12g, within %.2g)" % ("ok  " if ok else "FAIL", what, value, expected, tolerance))


def check_true(what, condition):
    check(what, float(condition), 1.0, 0.0)


def within_errors(what, sample, expected, errors=4.0):
    sample = np.asarray(sample, dtype=float)
    check(what, sample.mean(), expected, errors * sample.std(ddof=1) / math.sqrt(len(sample)))


def setup(folder, accounts, price, liquidity, maintenance="5%", beta="100%", order_flow="batch", fund=0, lps=(),
          horizon="1m", step="1m", seed=1, layers=None, **liquidation):
    """A loaded config from a list of (side, quantity, entry, collateral)."""
    name = os.path.join(folder, "book.csv")
    with open(name, "w") as f:
        f.write("account,market,side,size_usd,entry,collateral\n")
        for i, (side, q, e, C) in enumerate(accounts):
            f.write("a%d,X,%s,%r,%r,%r\n" % (i, side, q * e, e, C))
    more = {} if layers is None else {"waterfall": layers}
    return twin.load({
        "simulation": {"horizon": horizon, "step": step, "seed": seed, "paths": 1},
        "markets": {"X": {"price": dict({"model": "gbm", "initial": 100, "volatility": 0, "drift": 0}, **price),
                          "liquidity": dict({"spread": 0}, **liquidity),
                          "margin": {"maintenance": maintenance, "pass_through": beta}}},
        "book": {"file": name},
        "liquidation": dict({"fee": 0, "order_flow": order_flow}, **liquidation),
        "insurance_fund": {"initial": fund},
        "liquidity_providers": [{"name": "lp%d" % i, "deposits": d, "profit": 0} for i, d in enumerate(lps)],
        **more})


def one(c, path=0):
    return next(twin.run(c, [path]))


def to(price):
    return {"shock": {"at": 0, "over": 0, "move": price / 100 - 1}}


# -------------------------------------------------------------------------------------------- the parts

def philox():
    def words(counter, key):
        return tuple(int(w) for w in twin.philox4x32(counter, key))
    ones = 0xFFFFFFFF
    check_true("Philox, zeros", words((0, 0, 0, 0), (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8))
    check_true("Philox, ones", words((ones,) * 4, (ones,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD))
    check_true("Philox, pi", words((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0))
               == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1))


def tree_literally(seed, path, n, dt):
    """The tree as §1 words it: recursion over intervals, one Philox call a node."""
    bits = math.ceil(math.log2(n)) if n > 1 else 0
    W = {0: 0.0, n: math.sqrt(n * dt) * float(twin.ndtri(twin.uniforms(seed, path, 0, 0)[0]))}

    def split(a, b):
        if b - a < 2:
            return
        highest = (a ^ (b - 1)).bit_length() - 1
        m = (b - 1) >> highest << highest
        kappa = m * 2 ** (32 - bits)
        level = 0
        while not kappa >> level & 1:
            level += 1
        above = 1 << (level + 1) if level < 31 else 0
        u = twin.uniforms(seed, path, 0, kappa & ~above)
        Z = float(twin.ndtri(u[1 if kappa & above else 0]))
        W[m] = W[a] + (m - a) / (b - a) * (W[b] - W[a]) + math.sqrt(dt * (m - a) * (b - m) / (b - a)) * Z
        split(a, m)
        split(m, b)

    split(0, n)
    return np.array([W[k] for k in range(n + 1)])


def tree():
    for n in (1, 2, 3, 5, 8, 64, 100, 777, 1000, 1024):
        W = twin.brownian(99 + (7 << 40), [0, 5, 2 ** 33 + 1], n, 0.01)
        worst = max(np.abs(W[i] - tree_literally(99 + (7 << 40), p, n, 0.01)).max() for i, p in enumerate((0, 5, 2 ** 33 + 1)))
        check("tree of %d steps against the recursion of the page" % n, worst, 0.0, 1e-15)
    coarse, fine = twin.brownian(3, range(4), 360, 1 / 360), twin.brownian(3, range(4), 1440, 1 / 1440)
    check("a step four times finer sees the same path", np.abs(coarse - fine[:, ::4]).max(), 0.0, 1e-14)
    W = twin.brownian(4, range(20000), 13, 1.0)
    steps = np.diff(W, axis=1)
    for k in range(13):
        within_errors("variance of increment %d" % (k + 1), steps[:, k] ** 2, 1.0)
    within_errors("neighbouring increments are uncorrelated", steps[:, 4] * steps[:, 5], 0.0)


def prices(folder):
    book = [("long", 1e-9, 100.0, 90e-9)]
    c = setup(folder, book, {"volatility": 0.8, "drift": 0.05}, {"impact": "none"}, horizon="365d", step="365d")
    S = np.exp(twin.fundamental(c, range(80000))[:, -1])
    within_errors("GBM mean", S, 105.1271096376)
    within_errors("GBM second moment", S ** 2, 105.1271096376 ** 2 + 99.5371587106 ** 2)

    c = setup(folder, book, {"model": "merton", "volatility": 0.5, "jump_rate": "20/y", "jump_mean": -0.05, "jump_volatility": 0.1},
              {"impact": "none"}, horizon="30d", step="1d")
    x = twin.fundamental(c, range(20000))[:, -1] - math.log(100)
    within_errors("Merton log mean", x, -.020132846849)
    z = x + .020132846849
    var = .041095890411
    within_errors("Merton log variance", z ** 2, var)
    within_errors("Merton skew", z ** 3 / var ** 1.5, -.3206373861)
    within_errors("Merton excess kurtosis", z ** 4 / var ** 2 - 3, .4440833333)
    within_errors("Merton is a martingale", np.exp(x), 1.0)

    c = setup(folder, book, {"model": "kou", "volatility": 0.3, "jump_rate": "50/y", "jump_up_probability": 0.4, "jump_up_mean": 0.05,
                             "jump_down_mean": 0.08, "drift": 0.2}, {"impact": "none"}, horizon="30d", step="30d")
    x = twin.fundamental(c, range(20000))[:, -1] - math.log(100)
    T = 30 / 365
    within_errors("Kou: E[S] = S0 e^(drift T)", np.exp(x), math.exp(0.2 * T))
    jump_mean = 0.4 * 0.05 - 0.6 * 0.08
    second = 2 * (0.4 * 0.05 ** 2 + 0.6 * 0.08 ** 2)
    moment = 0.4 / 0.95 + 0.6 / 1.08
    mean = (0.2 - 0.045 - 50 * (moment - 1) + 50 * jump_mean) * T
    within_errors("Kou log mean", x, mean)
    within_errors("Kou log variance", (x - mean) ** 2, (0.09 + 50 * second) * T)

    shock = {"at": 3600.0, "over": 600.0, "move": -0.4, "recovery": 0.5, "half_life": 3600.0}
    check("shock: nothing at `at`", twin.shock_log(shock, 3600.0), 0.0, 0.0)
    check("shock: half way", twin.shock_log(shock, 3900.0), 0.5 * math.log(0.6), 1e-15)
    check("shock: full", twin.shock_log(shock, 4200.0), math.log(0.6), 1e-15)
    check("shock: a half-life later", twin.shock_log(shock, 7800.0), 0.75 * math.log(0.6), 1e-15)


def impacts(folder):
    """Every kind: the mean over a stretch against adaptive quadrature, and the odd mirror."""
    kinds = {
        "linear": {"impact": "linear", "depth": 200},
        "power": {"impact": "power", "exponent": 0.3, "depth": 2000},
        "square_root": {"impact": "square_root", "daily_volume": 5000, "daily_volatility": 0.04},
        "book": {"impact": "book", "levels": [{"bps": 10, "usd": 20}, {"bps": 50, "usd": 100}, {"bps": 300, "usd": 250}]},
    }
    for name, liquidity in kinds.items():
        c = setup(folder, [("long", 4, 100, 40)], {}, liquidity)
        worst = odd = 0.0
        for V in (0.0, 1.0, 30.0, -30.0, 180.0, -700.0):
            for dV in (1e-6, -1e-6, 5.0, -5.0, 120.0, -120.0, 900.0, -900.0):
                knots = sorted({min(max((k - V) / dV, 0), 1) for k in (-250, -100, -20, 0, 20, 100, 250)} | {0, 1})
                mean = sum(quad(lambda s: twin.impact(c, V + s * dV) - twin.impact(c, V), a, b, epsabs=1e-15, epsrel=1e-12)[0]
                           for a, b in zip(knots, knots[1:]) if b > a)
                mine = twin.mean_impact_above_start(c, V, dV)
                worst = max(worst, abs(mine - mean) / (abs(mean) + 1e-9))
                odd = max(odd, abs(mine + twin.mean_impact_above_start(c, -V, -dV)))
        check("%s: mean impact against quadrature" % name, worst, 0.0, 1e-6)
        check("%s: a buy mirrors a sell" % name, odd, 0.0, 1e-16)
    c = setup(folder, [("long", 4, 100, 40)], {}, {"impact": "square_root", "daily_volume": 100, "daily_volatility": 0.04})
    check("square root, Q/V 1 %", twin.impact(c, 1.0), 0.0040, 1e-15)
    c = setup(folder, [("long", 4, 100, 40)], {}, kinds["book"])
    check("book: inside, then the last slope", twin.impact(c, 60.0) + twin.impact(c, 400.0), 0.0030 + 0.0300 + 0.0250, 1e-15)


# ------------------------------------------------------------------------------------------ the cascades

def three_longs(folder):
    accounts = [("long", 4.0, 100.0, 40.0), ("long", 6.0, 100.0, 120.0), ("long", 2.0, 100.0, 60.0)]
    linear = {"impact": "linear", "depth": 200}
    power = {"impact": "power", "exponent": 0.5, "depth": 2000}

    def case(liquidity, price, order_flow="batch"):
        return one(setup(folder, accounts, to(price), liquidity, order_flow=order_flow, fund=5, lps=(60, 30, 10)))

    digits = 6e-11
    for flow in ("batch", "fifo"):
        r = case(linear, 94, flow)
        check("three longs, linear to 94, %s: mark" % flow, r["mark_end"], 92.2493080676, digits)
        check("  bad debt", r["bad_debt"], 0.0, 0.0)
        check("  closed", r["liquidations"], 1, 0)
        r = case(linear, 85, flow)
        check("linear to 85, %s: mark" % flow, r["mark_end"], 81.4982129108, digits)
        check("  bad debt", r["bad_debt"], 22.8777522266, digits)
        check("  LP loss", r["lp_loss"], 17.8777522266, digits)
        for i, paid in enumerate((10.72665134, 5.36332567, 1.78777522)):
            check("  LP class %d" % i, r["lp_loss_class_lp%d" % i], paid, 6e-9)
        check("  closed", r["liquidations"], 2, 0)
        check("  fund required", r["fund_required"], 22.8777522266, digits)
        r = case(power, 85, flow)
        check("power to 85, %s: mark" % flow, r["mark_end"], 84.6502575299, digits)
        check("  bad debt", r["bad_debt"], 20.9332873401, digits)
        check("  closed", r["liquidations"], 1, 0)
    for name, liquidity, flow, mark, debt in (("linear", linear, "batch", 76.8631551322, 55.8410613546),
                                              ("linear", linear, "fifo", 76.8924412923, 55.7144605226),
                                              ("power", power, "batch", 79.4956322066, 43.3659950436),
                                              ("power", power, "fifo", 79.4962346942, 43.3633070530)):
        r = case(liquidity, 80, flow)
        check("%s to 80, %s: mark" % (name, flow), r["mark_end"], mark, digits)
        check("  bad debt", r["bad_debt"], debt, digits)

    # the mirror: shorts, bought at the mirrored log fill
    shorts = [("short", 4.0, 100.0, 40.0)]
    r = one(setup(folder, shorts, to(120), dict(linear, spread=0.002, permanent=0.5), fund=5, lps=(60,)))
    Q = 480.0
    fill = 120 * math.exp(0.5 * 0.01 * Q / 200 + 0.5 * 0.01 * 0.5 * Q / 200) * 1.001
    check("a short at 120, linear + permanent + spread: bad debt", r["bad_debt"], 4 * (fill - 100) - 40, 1e-12)
    check("  mark", r["mark_end"], 120 * math.exp(0.01 * Q / 200 + 0.01 * 0.5 * Q / 200), 1e-12)
    check("  bad debt without impact", r["bad_debt_no_impact"], 4 * (120 * 1.001 - 100) - 40, 1e-12)
    # a fee on what is left, to fund and LPs, and the rest to the fund
    r = one(setup(folder, [("long", 4.0, 100.0, 40.0)], to(94), {"impact": "none"}, fund=5, lps=(60, 30), fee=0.01,
                  fee_to_fund=0.5, fee_to_lps=0.25, remaining_margin="fund"))
    fee = 0.01 * 4 * 94
    check("fee: fund", r["fund_end"], 5 + 0.5 * fee + (16 - fee), 1e-12)
    check("fee: LPs' net", r["lp_net"], 0.25 * fee, 1e-12)


def cascade_recursion(folder):
    n, s, depth, N = 0.6, 0.02, 1000.0, 4000
    rho = n * depth / 0.01
    cell = 0.08 / N
    r = 0.01
    accounts = []
    for i in range(N):
        level = 100 * math.exp(-(i + 0.5) * cell)
        q = rho * cell / level
        accounts.append(("long", q, 100.0, q * (100.0 - level * (1 - r))))
    for flow, end in (("fifo", math.log((math.exp(s) - n) / (1 - n))), ("batch", None)):
        if end is None:
            end, step = 0.0, s
            while step > 1e-14:
                end += step
                step = n * (1 - math.exp(-step))
        c = setup(folder, accounts, to(100 * math.exp(-s)), {"impact": "none", "permanent": 1, "depth": depth}, maintenance=r,
                  order_flow=flow)
        row = one(c)
        check("spread triggers, %s: the fall in logs" % flow, -math.log(row["mark_end"] / 100), end, 2 * cell)
        check("  the printed figure", end, {"fifo": .0492694, "batch": .0495380}[flow], 6e-8)


# ------------------------------------------------------------------------------------------ the waterfall

MARK = 100.0
BOOK = {"B": (1, 50, 120, 750), "S1": (-1, 40, 125, 500), "S2": (-1, 30, 110, 2000), "S3": (-1, 10, 101, 100),
        "L1": (1, 20, 90, 5000), "L2": (1, 10, 98, 5000)}


def settled(layers, fund=100.0, deposits=(400, 300, 200, 100), book=None, deficits=None, uniform=None, classes=None,
            settle=True, **more):
    """State, accounts by name and equities before, after one settlement of the bankrupt long B at a mark of 100."""
    names = list(book or BOOK)
    accounts = [waterfall.Position(i, float(s), float(q), float(e), float(C))
                for i, (s, q, e, C) in enumerate((book or BOOK).values())]
    if classes is None:
        classes = [{"name": "lp%d" % i, "deposits": d, "profit": 0} for i, d in enumerate(deposits)]
    state = waterfall.State(waterfall.Setup(fund, classes, layers, **more), accounts, MARK, uniform=uniform)
    state.at(1)
    by_name = dict(zip(names, accounts))
    before = {name: a.equity(MARK) for name, a in by_name.items()}
    held = [by_name["B"]] if "B" in by_name else []
    if settle:
        state.settle(MARK, deficits or {}, held, previous_mark=103.0, oracle=MARK)
        state.check(MARK)
    return state, by_name, before


def lost(accounts, before, names, paid_out=None):
    """What each account has lost in equity, those closed whole by what they were paid out."""
    return [before[name] - accounts[name].equity(MARK) if accounts[name].open else math.nan for name in names]


def units(accounts, names):
    start = {name: BOOK[name][1] for name in names}
    return [start[name] - (accounts[name].q if accounts[name].open else 0.0) for name in names]


def check_list(what, values, expected, tolerance=5e-3):
    for i, (value, wanted) in enumerate(zip(values, expected)):
        check("%s, %d" % (what, i), value, wanted, tolerance)


def worked_vectors():
    fund = {"verb": "fund"}
    lps = {"verb": "assess", "who": "liquidity_providers", "base": "deposit"}
    state, _, _ = settled([fund, lps])
    check("fund, then LPs: bad debt", state.bad_debt, 250, 1e-12)
    check_list("LPs pay 15 %", [lp.paid for lp in state.classes], (60, 45, 30, 15), 1e-12)
    check("all of the position is released", state.venue[1.0].q, 50, 1e-12)

    winners = ("S1", "S2", "S3", "L1", "L2")
    state, accounts, before = settled([fund, {"verb": "assess", "who": "winners", "base": "unrealised_profit"}])
    check_list("haircut of 9.804 %", lost(accounts, before, winners), (98.04, 29.41, .98, 19.61, 1.96))
    check("  traders paid", state.trader_paid, 150, 1e-12)
    state, accounts, before = settled([fund, {"verb": "assess", "who": "all_traders", "base": "size", "form": "index"}])
    check_list("open interest, 1.3636 a unit", lost(accounts, before, winners), (54.55, 40.91, 13.64, 27.27, 13.64))

    shorts = ("S1", "S2", "S3")
    state, accounts, _ = settled([{"verb": "close", "score": "bitmex"}])
    check_list("ADL by bitmex", units(accounts, shorts), (40, 10, 0), 1e-12)
    check("  forgone", state.trader_forgone, 250, 1e-12)
    check("  S1's collateral is paid out", state.traders_paid_out, 500 + 40 * 20, 1e-9)
    check("  S2 keeps its entry, and gets 10 * (110 - 105)", accounts["S2"].C, 2050, 1e-9)
    check("  closings", state.adl_accounts, 2, 0)
    check("  notional", state.adl_notional, 5000, 1e-9)
    state, accounts, _ = settled([{"verb": "close", "score": "hyperliquid"}])
    check_list("ADL by hyperliquid", units(accounts, shorts), (40, 0, 10), 1e-12)
    check("  forgone", state.trader_forgone, 250, 1e-12)
    state, accounts, _ = settled([{"verb": "close", "allocation": "pro_rata"}])
    check_list("ADL pro rata", units(accounts, shorts), (25, 18.75, 6.25), 1e-12)
    state, accounts, _ = settled([{"verb": "close", "score": "bitmex", "limit": 1}])
    check_list("ADL of one account", units(accounts, shorts), (40, 0, 0), 0)
    check("  the rest of the market stands nowhere: 10 are left", state.venue[1.0].q if state.venue[1.0] else 0, 10, 1e-12)

    classes = [{"name": "one", "kind": "lp", "deposits": 1000, "profit": 0},
               {"name": "two", "kind": "member", "deposits": 1000, "profit": 0}]
    halves = [{"verb": "assess", "who": "one", "group": "g", "share": "65%"},
              {"verb": "assess", "who": "two", "group": "g", "share": "35%"}]
    state, _, _ = settled([fund] + halves, classes=classes, groups={"g": {"overflow": False}})
    check_list("groups 65/35", [lp.paid for lp in state.classes], (97.5, 52.5), 1e-12)
    classes[0]["deposits"] = 40
    state, _, _ = settled([fund] + halves, classes=classes, groups={"g": {"overflow": True}})
    check_list("  with overflow", [lp.paid for lp in state.classes], (40, 110), 1e-12)
    state, _, _ = settled([fund] + halves, classes=classes, groups={"g": {"overflow": False}})
    check_list("  without", [lp.paid for lp in state.classes], (40, 52.5), 1e-12)
    check("  the rest is uncovered", state.uncovered, 57.5, 1e-12)

    big = {"B": (1, 70000, 120, 1050000), "S1": (-1, 90000, 125, 5e6)}
    state, accounts, _ = settled([{"verb": "fund", "cap": "30% of fund"}, {"verb": "close", "score": "profit"}],
                                 fund=1e6, book=big)
    check("a loss of 350k, the fund pays 30 % of itself", state.insurance_paid, 300000, 1e-6)
    check("  and the positions closed bear", state.trader_forgone, 50000, 1e-6)
    check("  units closed", 90000 - accounts["S1"].q, 10000, 1e-6)


def more_vectors():
    """The other words, on the same book, by hand."""
    state, accounts, _ = settled([{"verb": "fund", "takes": "cash"},
                                  {"verb": "close", "score": "bitmex", "price": "residual"}])
    check("fund pays cash, the close bears the residual", state.trader_forgone, 150, 1e-9)
    check("  units of S2", 30 - accounts["S2"].q, 10, 1e-9)
    check("  S2's collateral: closed at 103", accounts["S2"].C, 2070, 1e-9)
    state, _, _ = settled([{"verb": "fund", "takes": "cash"}, {"verb": "close", "score": "bitmex"}])
    check("  at bankruptcy, what was paid already is surplus", state.surplus, 100, 1e-9)
    check("  which the fund gets back", state.insurance.balance, 100, 1e-9)
    state, _, _ = settled([{"verb": "close", "score": "bitmex", "price": "mark"}, {"verb": "fund"},
                           {"verb": "assess", "base": "equity"}])
    check("closed at the mark: nobody forgoes", state.trader_forgone, 0, 1e-12)
    check("  LPs", state.lp_paid(), 150, 1e-9)
    check("  nothing is released", float(state.venue[1.0] is None), 1, 0)
    for price, forgone in (("previous_mark", 150), ("blend(0.4)", 100), ("fixed(104)", 200), ("oracle", 0),
                           ("bankruptcy + 1%", 197.5), ("bankruptcy - 1%", 302.5)):
        state, _, _ = settled([{"verb": "close", "allocation": "fifo", "price": price}])
        check("closed at %s" % price, state.trader_forgone, forgone, 1e-9)
    state, _, _ = settled([{"verb": "close", "allocation": "fifo", "price": "fixed(140)", "bound": "bankruptcy"}])
    check("  bounded by bankruptcy", state.trader_forgone, 250, 1e-9)

    state, _, _ = settled([{"verb": "takeover", "hold": 3000, "price": "blend(0.5)"}, {"verb": "fund"},
                           {"verb": "raise", "cap": 30}])
    check("LPs take over 30 units half-way: charge", state.taker_charge, 75, 1e-9)
    check("  their inventory at 110", state.inventory(110.0), 30 * (110 - 102.5), 1e-9)
    check("  outside money", state.outside_paid, 30, 1e-9)
    check("  uncovered", state.uncovered, 250 - 75 - 100 - 30, 1e-9)
    state, accounts, before = settled([{"verb": "redistribute"}])
    check_list("redistributed by size", [accounts[n].q for n in ("L1", "L2")], (20 + 100 / 3, 10 + 50 / 3), 1e-9)
    check("  entry of L1", accounts["L1"].e, (20 * 90 + 100 / 3 * 105) / (20 + 100 / 3), 1e-9)
    check_list("  charges", lost(accounts, before, ("L1", "L2")), (500 / 3, 250 / 3), 1e-9)

    state, accounts, _ = settled([{"verb": "close", "allocation": "water_filling"}])
    leverage = [a.q * MARK / a.equity(MARK) for a in (accounts[n] for n in ("S1", "S2", "S3")) if a.open]
    sold = units(accounts, ("S1", "S2", "S3"))
    check("water filling closes 50", math.fsum(sold), 50, 1e-9)
    level = [(BOOK[n][1] - x) * MARK / (BOOK[n][3] + BOOK[n][1] * (BOOK[n][2] - MARK))
             for n, x in zip(("S1", "S2", "S3"), sold) if x > 0]
    check("  to one leverage at entry equity", max(level) - min(level), 0, 1e-9)
    check("  of accounts left", len(leverage), 3, 0)
    state, accounts, _ = settled([{"verb": "close", "allocation": "smallest_first"}])
    check_list("smallest first", units(accounts, ("S1", "S2", "S3")), (10, 30, 10), 1e-9)
    state, accounts, _ = settled([{"verb": "close", "allocation": "equal"}])
    check_list("equal", units(accounts, ("S1", "S2", "S3")), (20, 20, 10), 1e-9)
    drawn = {1: .9, 2: .5, 3: .1}
    state, accounts, _ = settled([{"verb": "close", "allocation": "random"}], uniform=lambda i: drawn[i])
    check_list("random", units(accounts, ("S1", "S2", "S3")), (10, 30, 10), 1e-9)
    state, accounts, _ = settled([{"verb": "close", "allocation": "rotate"}], uniform=lambda i: .4)
    check_list("rotate", units(accounts, ("S1", "S2", "S3")), (10, 30, 10), 1e-9)

    shorts = {"B": (-1, 50, 80, 750), "L1": (1, 40, 75, 500)}
    state, accounts, _ = settled([{"verb": "close", "score": "profit"}], book=shorts)
    check("a bankrupt short, closed at 95: L1 forgoes", state.trader_forgone, 200, 1e-9)
    check("  the rest of the market stands for 10", state.rest_charge, 50, 1e-9)
    check("  and nothing is left", state.rest_units, 0, 1e-9)

    state, _, _ = settled([{"verb": "fund", "severity": "50%", "cap": "80% of fund"},
                           {"verb": "raise", "severity": "50%"}])
    check("severity: the fund pays 80 of 125, half of 170 is raised", state.outside_paid, 85, 1e-9)
    check("  uncovered", state.uncovered, 85, 1e-9)
    state, _, _ = settled([{"verb": "assess", "who": "all_traders", "base": "equity", "cap": "1% of payer"}])
    check("1 % of each payer", state.trader_paid, .01 * (1500 + 2300 + 110 + 5200 + 5020), 1e-9)


def holding(folder):
    """Orders that are not sent, and what becomes of them."""
    accounts = [("long", 4.0, 100.0, 40.0), ("short", 4.0, 100.0, 400.0)]
    layers = [{"verb": "fund"}, {"verb": "close", "score": "profit"}]
    slide = {"shock": {"at": 0, "over": "2m", "move": -.36}}             # 80, then 64
    for flow in ("batch", "fifo"):
        c = setup(folder, accounts, slide, {"impact": "none"}, fund=10, layers=layers, horizon="2m", order_flow=flow)
        r = one(c)
        check("held at 80: bad debt, and of the unit released and held at 64, %s" % flow, r["bad_debt"], 40 + 16, 1e-9)
        check("  the fund pays 10 of 40, and releases 1 unit of 4", r["insurance_paid"], 10, 1e-12)
        check("  the short forgoes 3 * 10 + 16", r["trader_forgone"], 46, 1e-9)
        check("  notional closed", r["adl_notional"], 3 * 80 + 64, 1e-9)
        check("  closings", r["adl_accounts"], 2, 0)
        check("  nothing was sold", r["liquidated_notional"], 0, 0)
        check("  positions", r["liquidations"], 1, 0)
        c = setup(folder, accounts, slide, {"impact": "none"}, fund=45, layers=layers, horizon="2m", order_flow=flow)
        r = one(c)
        check("a fund of 45 has the order sent", r["liquidated_notional"], 320, 1e-9)
        check("  and pays", r["insurance_paid"], 40, 1e-9)
    c = setup(folder, accounts, to(92), {"impact": "linear", "depth": 50}, fund=0, layers=layers)
    r = one(c)
    check("held, above zero at the mark, back in the book: orders", r["liquidated_notional"], 0, 0)
    check("  positions", r["liquidations"], 0, 0)
    check("  rounds", r["cascade_rounds"], 1, 0)
    # the released unit is sold with what is triggered at 64, at a loss of 16 which the fund of 30 can bear
    accounts = [("long", 4.0, 100.0, 40.0), ("short", 4.0, 100.0, 400.0), ("long", 1.0, 100.0, 36.1)]
    layers = [dict(layers[0], cap="10 per 1m"), layers[1]]
    c = setup(folder, accounts, slide, {"impact": "none"}, fund=30, layers=layers, maintenance="1%", horizon="2m")
    r = one(c)
    check("cap 10 a minute: released at 80, held at 64", r["bad_debt"], 56, 1e-9)
    check("  with the long of 1 sold at 64 for 0.1", r["liquidated_notional"], 64, 1e-9)
    check("  the fund pays 10 twice", r["insurance_paid"], 20, 1e-9)
    check("  the short forgoes 30 + 6", r["trader_forgone"], 36, 1e-9)


def over_time():
    """Caps, switches and times along a path of cash losses, by hand."""
    def run(layers, losses, inflows=None, fund=1000.0, steps=100, **more):
        classes = [{"name": "a", "deposits": 1000, "profit": 0}]
        state = waterfall.State(waterfall.Setup(fund, classes, layers, **more), [], MARK, step=60.0, steps=steps)
        trail = []
        for k in range(1, steps + 1):
            state.at(k)
            loss, inflow = losses.get(k, 0.0), (inflows or {}).get(k, 0.0)
            if loss or inflow or state.recognition():
                state.traders_paid_out += loss - inflow      # whoever stood against the loser has been paid
                state.settle(MARK, {1.0: loss}, inflow=inflow)
                state.check(MARK)
            trail.append((state.insurance_paid, state.lp_paid(), state.pending_total()))
        return state, trail

    _, trail = run([{"verb": "fund", "cap": "100 per 10m"}], {1: 60, 5: 60, 11: 60, 15: 60})
    check_list("100 per 10 m: the moment 10 m ago is not included", [trail[k][0] for k in (0, 4, 10, 14)],
               (60, 100, 160, 200))
    _, trail = run([{"verb": "fund", "cap": "15% of fund.start per path"}], {1: 60, 5: 60, 50: 60})
    check_list("15 % of the fund at start per path", [trail[k][0] for k in (0, 4, 49)], (60, 120, 150))
    _, trail = run([{"verb": "fund", "cap": "10% of fund.peak(10m)"}], {1: 400, 5: 400, 12: 400, 30: 400})
    check_list("10 % of the greatest of 10 m", [trail[k][0] for k in (0, 4, 11, 29)], (100, 200, 290, 361))
    hysteresis = {"verb": "assess", "when": "fund.drawdown(8h) > 30%", "until": "fund.drawdown(8h) < 10%"}
    _, trail = run([hysteresis, {"verb": "fund"}], {1: 350, 2: 100, 4: 100, 6: 100}, {3: 200, 5: 60})
    check_list("drawdown switch: LPs pay", [trail[k][1] for k in (0, 1, 3, 5)], (0, 100, 200, 200))
    _, trail = run([{"verb": "assess", "only_if": "low"}, {"verb": "fund", "unless": "low"}], {1: 500, 2: 100},
                   switches={"low": {"when": "fund.balance <= 500 and shortfall > 50"}})
    check_list("named switch", trail[1], (500, 100, 0))
    deferred = [{"verb": "assess", "time": "session(30m)"}, {"verb": "fund"}]
    state, trail = run(deferred, {5: 100, 40: 1500}, {20: 30})
    check_list("session: pending, netted, charged", [trail[k][2] for k in (4, 19, 29, 39, 59)], (100, 70, 0, 1500, 0))
    check_list("  LPs pay what they have, the fund the rest", trail[-1], (600, 1000, 0))
    check("  greatest pending", state.pending_max, 1500, 1e-9)
    _, trail = run([dict(deferred[0], netting=False)], {5: 100}, {20: 30})
    check_list("  without netting", trail[29], (0, 100, 0))
    _, trail = run([{"verb": "assess", "time": "delay(10m)"}], {5: 100, 8: 50})
    check_list("delay", [trail[k][1] for k in (13, 14, 16, 17)], (0, 100, 100, 150))
    state, trail = run([{"verb": "raise", "time": "never", "cap": 80}], {5: 100}, {7: 30})
    check_list("never: 80 pending, 20 uncovered, 30 netted", (trail[-1][2], state.uncovered, trail[-1][0]),
               (50, 20, 30))


# --------------------------------------------------------------------------------- passage, puts, identity

def first_passage(folder):
    book = [("long", 1.0, 100.0, 10.0)]
    c = setup(folder, book, {"volatility": 0.8}, {"impact": "none"}, maintenance=0.005, horizon="1d", step="5m", seed=11)
    check("level of a 10x long", c["book"]["level"][0], 90.452261, 5e-7)
    paths = range(3000)
    stepped = [row["liquidations"] for row in twin.run(dict(c, counterfactual=False), paths)]
    scanned = twin.fundamental(c, paths).min(axis=1) <= c["book"]["ln_level"][0] + 1e-12
    check("stepping and the path's minimum agree", np.abs(np.array(stepped) - scanned).max(), 0, 0)
    within_errors("P(liquidated), 1 d at 5 m", stepped, .0158977515)
    hit = []
    for start in range(3000, 43000, 2000):
        hit.extend(twin.fundamental(c, range(start, start + 2000)).min(axis=1) <= c["book"]["ln_level"][0])
    within_errors("the same on 40,000 paths by their minimum", hit, .0158977515)
    c = setup(folder, book, {"volatility": 0.8}, {"impact": "none"}, maintenance=0.005, horizon="7d", step="5m", seed=12)
    hit = []
    for start in range(0, 5000, 1000):
        hit.extend(twin.fundamental(c, range(start, start + 1000)).min(axis=1) <= c["book"]["ln_level"][0])
    within_errors("P(liquidated), 7 d at 5 m", hit, .3766776388)


def put(folder):
    c = setup(folder, [("long", 1.0, 100.0, 10.0)], {"volatility": 0.06 * math.sqrt(365)}, {"impact": "none"}, fund=2, lps=(60,),
              horizon="1d", step="1d", seed=5)
    rows = list(twin.run(dict(c, counterfactual=False), range(16000)))
    within_errors("bad debt is a put: mean", [r["bad_debt"] for r in rows], .0906706665)
    within_errors("LP loss behind a fund of 2", [r["lp_loss"] for r in rows], .0334355670)
    within_errors("P(bad debt)", [r["bad_debt"] > 0 for r in rows], .0421729333)


def identities():
    for name in sorted(glob.glob(os.path.join(HERE, "configs", "*.yaml"))):
        if os.path.basename(name).startswith("preset_"):     # they are half of a configuration
            continue
        c = twin.load(name)
        if os.path.basename(name).startswith("wf_"):         # every path checks its own units, money and bad debt
            rows = list(twin.run(dict(c, counterfactual=False), range(10)))
            check_true("%s: runs, and somebody loses" % os.path.basename(name)[:-5],
                       any(r["bad_debt"] > 0 for r in rows))
            continue
        book = math.fsum(c["book"]["size"])
        reflection = balance = monotone = 0.0
        bigger = copy.deepcopy(c)
        bigger["setup"].funds["insurance"] += 1e6
        rows = list(twin.run(c, range(10)))
        for row, more in zip(rows, twin.run(dict(bigger, counterfactual=False), range(10))):
            unit = 1e-9 * row["bad_debt"] + 1e-12 * book
            paid = row["lp_loss"] + row["uncovered"]
            balance = max(balance, abs(row["bad_debt"] - row["insurance_paid"] - paid) / unit)
            if not math.isnan(row["fund_required"]):
                reflection = max(reflection, abs(paid - max(0.0, row["fund_required"] - c["fund"])) / unit)
                monotone = max(monotone, (more["lp_loss"] - row["lp_loss"]) / unit)
        check("%s: reflection, balance, larger fund" % os.path.basename(name)[:-5], max(reflection, balance, monotone), 0.0, 1.0)


def main():
    with tempfile.TemporaryDirectory() as folder:
        philox()
        tree()
        prices(folder)
        impacts(folder)
        three_longs(folder)
        cascade_recursion(folder)
        worked_vectors()
        more_vectors()
        holding(folder)
        over_time()
        put(folder)
        first_passage(folder)
    identities()
    print("%d failed" % failures)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
