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
          horizon="1m", step="1m", seed=1, **liquidation):
    """A loaded config from a list of (side, quantity, entry, collateral)."""
    name = os.path.join(folder, "book.csv")
    with open(name, "w") as f:
        f.write("account,market,side,size_usd,entry,collateral\n")
        for i, (side, q, e, C) in enumerate(accounts):
            f.write("a%d,X,%s,%r,%r,%r\n" % (i, side, q * e, e, C))
    return twin.load({
        "simulation": {"horizon": horizon, "step": step, "seed": seed, "paths": 1},
        "markets": {"X": {"price": dict({"model": "gbm", "initial": 100, "volatility": 0, "drift": 0}, **price),
                          "liquidity": dict({"spread": 0}, **liquidity),
                          "margin": {"maintenance": maintenance, "pass_through": beta}}},
        "book": {"file": name},
        "liquidation": dict({"fee": 0, "order_flow": order_flow}, **liquidation),
        "insurance_fund": {"initial": fund},
        "liquidity_providers": [{"name": "lp%d" % i, "deposits": d, "profit": 0} for i, d in enumerate(lps)],
    })


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
    S = np.exp(twin.fundamental(c, range(200000))[:, -1])
    within_errors("GBM mean", S, 105.1271096376)
    within_errors("GBM second moment", S ** 2, 105.1271096376 ** 2 + 99.5371587106 ** 2)

    c = setup(folder, book, {"model": "merton", "volatility": 0.5, "jump_rate": "20/y", "jump_mean": -0.05, "jump_volatility": 0.1},
              {"impact": "none"}, horizon="30d", step="1d")
    x = twin.fundamental(c, range(40000))[:, -1] - math.log(100)
    within_errors("Merton log mean", x, -.020132846849)
    z = x + .020132846849
    var = .041095890411
    within_errors("Merton log variance", z ** 2, var)
    within_errors("Merton skew", z ** 3 / var ** 1.5, -.3206373861)
    within_errors("Merton excess kurtosis", z ** 4 / var ** 2 - 3, .4440833333)
    within_errors("Merton is a martingale", np.exp(x), 1.0)

    c = setup(folder, book, {"model": "kou", "volatility": 0.3, "jump_rate": "50/y", "jump_up_probability": 0.4, "jump_up_mean": 0.05,
                             "jump_down_mean": 0.08, "drift": 0.2}, {"impact": "none"}, horizon="30d", step="30d")
    x = twin.fundamental(c, range(40000))[:, -1] - math.log(100)
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


# --------------------------------------------------------------------------------- passage, puts, identity

def first_passage(folder):
    book = [("long", 1.0, 100.0, 10.0)]
    c = setup(folder, book, {"volatility": 0.8}, {"impact": "none"}, maintenance=0.005, horizon="1d", step="5m", seed=11)
    check("level of a 10x long", c["book"]["level"][0], 90.452261, 5e-7)
    paths = range(6000)
    stepped = [row["liquidations"] for row in twin.run(dict(c, counterfactual=False), paths)]
    scanned = twin.fundamental(c, paths).min(axis=1) <= c["book"]["ln_level"][0] + 1e-12
    check("stepping and the path's minimum agree", np.abs(np.array(stepped) - scanned).max(), 0, 0)
    within_errors("P(liquidated), 1 d at 5 m", stepped, .0158977515)
    hit = []
    for start in range(6000, 100000, 2000):
        hit.extend(twin.fundamental(c, range(start, start + 2000)).min(axis=1) <= c["book"]["ln_level"][0])
    within_errors("the same on 94,000 paths by their minimum", hit, .0158977515)
    c = setup(folder, book, {"volatility": 0.8}, {"impact": "none"}, maintenance=0.005, horizon="7d", step="5m", seed=12)
    hit = []
    for start in range(0, 10000, 1000):
        hit.extend(twin.fundamental(c, range(start, start + 1000)).min(axis=1) <= c["book"]["ln_level"][0])
    within_errors("P(liquidated), 7 d at 5 m", hit, .3766776388)


def put(folder):
    c = setup(folder, [("long", 1.0, 100.0, 10.0)], {"volatility": 0.06 * math.sqrt(365)}, {"impact": "none"}, fund=2, lps=(60,),
              horizon="1d", step="1d", seed=5)
    rows = list(twin.run(dict(c, counterfactual=False), range(40000)))
    within_errors("bad debt is a put: mean", [r["bad_debt"] for r in rows], .0906706665)
    within_errors("LP loss behind a fund of 2", [r["lp_loss"] for r in rows], .0334355670)
    within_errors("P(bad debt)", [r["bad_debt"] > 0 for r in rows], .0421729333)


def identities():
    for name in sorted(glob.glob(os.path.join(HERE, "configs", "*.yaml"))):
        c = twin.load(name)
        book = math.fsum(c["book"]["size"])
        reflection = balance = monotone = 0.0
        bigger = copy.deepcopy(c)
        bigger["fund"] += 1e6
        rows = list(twin.run(c, range(25)))
        for row, more in zip(rows, twin.run(dict(bigger, counterfactual=False), range(25))):
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
        put(folder)
        first_passage(folder)
    identities()
    print("%d failed" % failures)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
