#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slow twin of haircut: every path, every step, every account, in plain float64.

    twin.py CONFIG.yaml [--paths N] [--first ID]     one CSV row a path on stdout

Written from the model page alone; section numbers (§) are that page's. Scope: one market, isolated
margin, gbm / merton / kou, any shock, all impact kinds, batch and fifo, and the whole language of the waterfall page,
whose layers are in waterfall.py.
"""
# Where the model page left a choice
# ----------------------------------
#  1. "Where the step began" (the 100-fold stop, §3) is the mark at the first look of the step: after the
#     fundamental has moved and V has decayed. The stop is looked at after every order, strictly beyond 100.
#  2. In a round both sides are found at its starting margin price, before any of its orders. The long order
#     (all long orders under fifo) goes first, and the shorts are then filled at the mark that leaves.
#  3. "Below 10^-12 of the notional closed" (§5): per position, against q * fill.
#  4. What is left of an account goes whole to the trader or whole to the fund (remaining_margin); what the
#     fee leaves beyond fee_to_fund and fee_to_lps goes to the liquidator, outside the system.
#  5. fee_to_fund + fee_to_lps above 1 is an error. Equity of exactly zero pays nothing and owes nothing.
#  6. lp_net counts fee_to_lps as the only income, besides what positions taken over are worth. LP income is counted
#     also in steps without bad debt.
#  7. fund_required needs a waterfall whose first layer is the insurance fund without cap, switch, group or severity,
#     without position layers and deferred ones, else NaN; it does not need LPs: it is the fund that leaves everyone
#     behind it untouched.
#  8. fund_min: the fund after the draw of every step, that is after inflow and draw of the step.
#  9. Without LPs, or with LP deposits that sum to 0, lp_loss_share is NaN; assess layers pay 0.
# 10. A layer's capacity is the sum of max(0, what each class has); payments are shares of that, so no class
#     ever pays more than it has.
# 11. mark_low: the initial mark is S(0) itself, and the final mark counts also on paths without an order.
# 12. counterfactual off: its three columns are NaN.
# 13. shock `recovery` may exceed 100 % only if a config says so; no clipping here. `t` is k * step in seconds,
#     so that "t > at" is exact for whole seconds.
# 14. A jump comes at step ceil(t / step), t and step in years; jumps beyond the horizon are dropped.
# 15. Square root: `daily_volatility`, else volatility / sqrt(365); if that is 0 an error. `depth` is needed by
#     linear, power, and by any permanent impact; under impact none V is kept but moves nothing.
# 16. Beyond the last row a book table keeps its last slope (for one row: the slope from (0, 0)).
# 17. Missing sections: insurance_fund starts at 20M, no liquidity_providers means none, and no waterfall the default
#     one. A row of liquidity_providers without deposits has 300M, without profit 15M.
# 18. A position over the last tier's bound is an error, as is one liquidatable at S(0) (unless `drop`),
#     a second row of one account, and fee_to_lps without LP deposits.
# 19. Under fifo a fee, a bad debt and the fund are still netted over the step (all rounds, all orders).
# 20. Rounds go on until none finds anything. A round in which all that is found has to wait, and nothing is taken
#     over or held, does not count.
# 21. The fundamental of step k is compared with levels as x + P + beta*d with the decayed V, after the shock
#     and jumps of step k are in: whatever happens inside a step is seen at its end.

import argparse
import csv
import math
import os
import sys

from types import SimpleNamespace

import numpy as np
import yaml
from scipy.special import ndtri

import waterfall
from waterfall import fail, keys, number, seconds

YEAR = 365.0 * 86400.0
TRIGGER_SLACK = 1e-12
KIND_BROWNIAN, KIND_JUMP_TIME, KIND_JUMP_SIZE, KIND_ORDER = 0, 1, 2, 7


# ---------------------------------------------------------------------------------------------- config

def maintenance_tiers(spec):
    """Rows (rate, d, bound): M = max_j(rate_j * notional - d_j)."""
    if not isinstance(spec, list):
        return [(number(spec), 0.0, math.inf)]
    tiers, d, rate_before, bound_before = [], 0.0, None, None
    for row in spec:
        rate = number(row["rate"])
        bound = number(row["up_to"]) if "up_to" in row else math.inf
        if rate_before is not None:
            if not rate > rate_before:
                fail("maintenance rates must rise")
            d = d + (rate - rate_before) * bound_before
        tiers.append((rate, d, bound))
        rate_before, bound_before = rate, bound
    return tiers


def plain(value):
    """Without the notes on where values come from."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "value" in value and set(value) <= {"value", "source"}:
        return plain(value["value"])
    return {k: plain(v) for k, v in value.items()}


def merge(under, over):
    """The later file wins, key by key; lists are replaced."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return dict(under, **{k: merge(under.get(k), v) for k, v in over.items()})


def read_yaml(name):
    with open(name) as f:
        return plain(yaml.safe_load(f))


def load(source, folder=".", before=()):
    """A file name or a dict -> a flat dict of plain numbers; files in `before` come before it."""
    if isinstance(source, str):
        folder = os.path.dirname(os.path.abspath(source))
        source = read_yaml(source)
    for name in reversed(list(before)):
        source = merge(read_yaml(name), source)
    keys("config", source, "name simulation markets book liquidation insurance_fund liquidity_providers funds switches "
         "groups waterfall output fees pause guards")
    c = {"name": source.get("name", "x")}

    sim = source.get("simulation", {})
    keys("simulation", sim, "paths horizon step seed")
    c["paths"] = int(number(sim.get("paths", 100000)))
    c["seed"] = int(sim.get("seed", 20251010))
    c["step"] = seconds(sim.get("step", "1s"))
    steps = seconds(sim.get("horizon", "1d")) / c["step"]
    c["n"] = int(round(steps))
    if c["n"] < 1 or steps != c["n"]:
        fail("horizon / step is not whole")

    if len(source["markets"]) != 1:
        fail("one market, please")
    c["market"], market = next(iter(source["markets"].items()))
    keys("market", market, "price liquidity margin")

    price = market["price"]
    keys("price", price, "model initial volatility drift jump_rate jump_mean jump_volatility "
         "jump_up_probability jump_up_mean jump_down_mean shock")
    c["model"] = price.get("model", "merton")
    c["S0"] = number(price.get("initial", 100000))
    c["sigma"] = number(price.get("volatility", "60%"))
    c["drift"] = number(price.get("drift", 0))
    c["lambda"] = 0.0
    c["jump_moment"] = 1.0                                   # E[e^J]
    if c["model"] == "merton":
        c["lambda"] = number(price.get("jump_rate", "20/y"))
        c["mu_J"] = number(price.get("jump_mean", "-5%"))
        c["sigma_J"] = number(price.get("jump_volatility", "10%"))
        c["jump_moment"] = math.exp(c["mu_J"] + 0.5 * c["sigma_J"] ** 2)
    elif c["model"] == "kou":
        c["lambda"] = number(price.get("jump_rate", "20/y"))
        c["p_up"] = number(price["jump_up_probability"])
        c["m_up"] = number(price["jump_up_mean"])
        c["m_down"] = number(price["jump_down_mean"])
        c["jump_moment"] = c["p_up"] / (1 - c["m_up"]) + (1 - c["p_up"]) / (1 + c["m_down"])
    elif c["model"] != "gbm":
        fail("model %s is out of scope" % c["model"])
    c["shock"] = None
    if "shock" in price:
        shock = price["shock"]
        keys("shock", shock, "at over move recovery recovery_half_life")
        c["shock"] = {"at": seconds(shock.get("at", 0)), "over": seconds(shock.get("over", 0)),
                      "move": number(shock["move"]), "recovery": number(shock.get("recovery", 0)),
                      "half_life": seconds(shock["recovery_half_life"]) if "recovery_half_life" in shock else None}
        if c["shock"]["recovery"] != 0 and c["shock"]["half_life"] is None:
            fail("a shock's recovery needs a recovery_half_life")

    liquidity = market.get("liquidity", {})
    keys("liquidity", liquidity, "impact exponent daily_volume Y daily_volatility depth half_life permanent spread levels")
    c["impact"] = liquidity.get("impact", "square_root")
    c["depth"] = number(liquidity.get("depth", "150M"))
    c["exponent"] = number(liquidity.get("exponent", 0.5))
    c["daily_volume"] = number(liquidity.get("daily_volume", "30B"))
    c["Y"] = number(liquidity.get("Y", 1))
    if "daily_volatility" in liquidity:
        c["sigma_day"] = number(liquidity["daily_volatility"])
    else:
        c["sigma_day"] = c["sigma"] / math.sqrt(365.0)
    if c["impact"] == "square_root" and not c["sigma_day"] > 0:
        fail("square_root needs a daily_volatility where the volatility is 0")
    if c["impact"] not in ("none", "linear", "power", "square_root", "book"):
        fail("impact %s is out of scope" % c["impact"])
    c["levels"] = [(number(row["usd"]), number(row["bps"]) * 1e-4) for row in liquidity.get("levels", [])]
    half_life = liquidity.get("half_life", "none")
    c["half_life"] = math.inf if half_life == "none" else seconds(half_life)
    c["permanent"] = number(liquidity.get("permanent", 0))
    c["spread"] = number(liquidity.get("spread", "1bp"))

    margin = market.get("margin", {})
    keys("margin", margin, "maintenance pass_through")
    c["tiers"] = maintenance_tiers(margin.get("maintenance", [{"up_to": "150M", "rate": "1.25%"}, {"rate": "2.5%"}]))
    c["beta"] = number(margin.get("pass_through", "100%"))

    liquidation = source.get("liquidation", {})
    keys("liquidation", liquidation, "fee fee_to_fund fee_to_lps remaining_margin order_flow partial delay capacity "
         "loss_limit backstop")
    c["fee"] = number(liquidation.get("fee", "50bp"))
    c["fee_to_fund"] = number(liquidation.get("fee_to_fund", "100%"))
    c["fee_to_lps"] = number(liquidation.get("fee_to_lps", 0))
    if c["fee_to_fund"] + c["fee_to_lps"] > 1:
        fail("fee_to_fund + fee_to_lps exceeds 100%")
    c["remaining_to_fund"] = {"trader": False, "fund": True}[liquidation.get("remaining_margin", "trader")]
    c["fifo"] = {"batch": False, "fifo": True}[liquidation.get("order_flow", "batch")]

    read_waiting(c, liquidation)

    keys("insurance_fund", source.get("insurance_fund", {}), "initial in_asset target beyond")
    c["fund"] = number(source.get("insurance_fund", {}).get("initial", "20M"))
    c["setup"] = waterfall.Setup(c["fund"], source.get("liquidity_providers") or [], source.get("waterfall"),
                                 source.get("funds"), source.get("switches"), source.get("groups"),
                                 c["n"] * c["step"], source.get("fees"), source.get("pause"),
                                 number(source.get("insurance_fund", {}).get("in_asset", 0)),
                                 number(source.get("insurance_fund", {}).get("target", math.inf)),
                                 source.get("insurance_fund", {}).get("beyond", "treasury"))
    if c["backstop"]:
        read_taker(c)
    read_guards(c, source.get("guards", {}))
    c["lp_names"] = [lp.name for lp in c["setup"].classes]
    if c["fee_to_lps"] > 0 and not c["setup"].lp_deposits > 0:
        fail("fee_to_lps without LP deposits")
    output = source.get("output", {})
    c["counterfactual"] = bool(output.get("counterfactual", True))

    book = source["book"]
    keys("book", book, "file already_liquidatable")
    c["book"] = read_book(os.path.join(folder, book["file"]), c, book.get("already_liquidatable", "error"))
    return c


def in_steps(c, length):
    return math.ceil(round(seconds(length) / c["step"], 9))


def read_quota(c, spec, what="notional"):
    """(USD, steps of a window)."""
    keys("capacity", spec, what + " per")
    if not spec:
        return (math.inf, 1)
    in_one_step = max(1.0, c["step"] / seconds(spec["per"]))    # as many windows as fit into a step
    return (number(spec[what]) * in_one_step, in_steps(c, spec["per"]))


def read_waiting(c, liquidation):
    partial = liquidation.get("partial", {})
    keys("partial", partial, "share above most cooldown meanwhile")
    c["most"] = number(partial.get("most", math.inf))
    c["share"] = number(partial.get("share", 1))
    c["above"] = number(partial.get("above", 0))
    c["cooldown"] = in_steps(c, partial.get("cooldown", 0))
    c["meanwhile_whole"] = {"wait": False, "whole": True}[partial.get("meanwhile", "wait")]
    c["delay"] = in_steps(c, liquidation.get("delay", 0))
    c["capacity"] = read_quota(c, liquidation.get("capacity", {}))
    c["loss_limit"] = read_quota(c, liquidation.get("loss_limit", {}), "loss")
    spec = liquidation.get("backstop", {})
    keys("backstop", spec, "who at price hold capacity stop remaining unwind every")
    c["backstop"] = None
    if spec:
        c["backstop"] = SimpleNamespace(
            who=spec["who"], at=number(spec.get("at", 1)), price=waterfall.parse_price(spec.get("price", "bankruptcy")),
            hold=spec.get("hold"), stop=spec.get("stop"), quota=read_quota(c, spec.get("capacity", {})),
            to_fund={"trader": False, "fund": True}[spec.get("remaining", "trader")],
            unwind=number(spec["unwind"]) if "unwind" in spec else None,
            every=seconds(spec["every"]) if "every" in spec else None,
            tiers=[(r * number(spec.get("at", 1)), d * number(spec.get("at", 1)), b) for r, d, b in c["tiers"]])


def read_guards(c, guards):
    """Of guards only the one that works along a path."""
    keys("guards", guards, "deleverage")
    spec = guards.get("deleverage", {})
    keys("deleverage", spec, "when to score")
    c["deleverage"] = None
    if spec:
        c["deleverage"] = SimpleNamespace(when=number(spec["when"]), to=number(spec["to"]), score=spec.get("score", "profit"))
        c["setup"].required_defined = False


def read_taker(c):
    """Whose stock the backstop fills, and how that is worked off."""
    setup, backstop = c["setup"], c["backstop"]
    lps = backstop.who == "liquidity_providers" or any(lp.name == backstop.who for lp in setup.classes)
    backstop.hold = setup.at_start(backstop.hold) if backstop.hold is not None else math.inf
    backstop.stop = setup.at_start(backstop.stop) if backstop.stop is not None else math.inf
    backstop.stock = waterfall.LP_STOCK if lps else waterfall.TAKER_STOCK
    if backstop.unwind is not None:
        setup.unwinding[backstop.stock] = (backstop.unwind, backstop.every)
    if lps:
        setup.required_defined = False


# ------------------------------------------------------------------------------------------------ book

def liquidation_level(tiers, sign, q, e, C):
    """L of §4 and its logarithm; a long is never triggered where L <= 0, a short always."""
    if sign > 0:
        level = max((e - (C + d) / q) / (1 - r) for r, d, _ in tiers)
    else:
        level = min((e + (C + d) / q) / (1 + r) for r, d, _ in tiers)
    return level, math.log(level) if level > 0 else -math.inf


def read_book(name, c, already):
    """Accounts in row order, as numpy columns; `level` is L of §4."""
    rows = []
    seen = set()
    ln_S0 = math.log(c["S0"])
    with open(name, newline="") as f:
        for line, row in enumerate(csv.DictReader(f), start=2):
            where = "%s:%d: " % (name, line)
            if row["market"] != c["market"]:
                fail(where + "market " + row["market"])
            if row["account"] in seen:
                fail(where + "two rows of account " + row["account"])
            seen.add(row["account"])
            sign = {"long": 1.0, "short": -1.0}[row["side"]]
            size, e, C = float(row["size_usd"]), float(row["entry"]), float(row["collateral"])
            if not (size > 0 and e > 0 and C >= 0):
                fail(where + "size and entry must be positive, collateral not negative")
            if size > c["tiers"][-1][2]:
                fail(where + "position limit")
            q = size / e
            level, ln_level = liquidation_level(c["tiers"], sign, q, e, C)
            if sign * ln_S0 <= sign * ln_level + TRIGGER_SLACK:
                if already == "drop":
                    continue
                fail(where + "account %s is liquidatable at the initial mark" % row["account"])
            rows.append((sign, q, e, C, level, ln_level, size))
    columns = np.array(rows, dtype=float).reshape(-1, 7).T
    return dict(zip(("sign", "q", "e", "C", "level", "ln_level", "size"), columns))


# ---------------------------------------------------------------------------------------------- random

def philox4x32(counter, key):
    """Philox4x32-10 (Salmon et al. 2011) on arrays (or ints) of 32-bit words held in uint64."""
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    c0, c1, c2, c3 = (np.asarray(w, dtype=np.uint64) for w in counter)
    k0, k1 = (int(w) for w in key)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c0
        p1 = np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ np.uint64(k0), p1 & mask, (p0 >> shift) ^ c3 ^ np.uint64(k1), p0 & mask
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def uniforms(seed, path, kind, index, market=0):
    """The two uniforms of one call (§1), arrays broadcast."""
    path = np.asarray(path, dtype=np.uint64)
    index = np.asarray(index, dtype=np.uint64)
    purpose = np.uint64((kind << 16) + market)
    low = np.uint64(0xFFFFFFFF)
    r0, r1, r2, r3 = philox4x32((path & low, path >> np.uint64(32), index, purpose),
                                (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF))
    u = []
    for high, word in ((r1, r0), (r3, r2)):
        x = (high << np.uint64(32)) | word
        u.append(((x >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0 ** -52)
    return u


def node_normals(seed, paths, m, n):
    """Z_m of the tree's grid indices m (an array) for each path: (paths, m)."""
    bits = (n - 1).bit_length()                              # ceil(log2 n)
    kappa = np.asarray(m, dtype=np.uint64) << np.uint64(32 - bits)
    lowest = kappa & (~kappa + np.uint64(1))                 # 2^l
    above = (lowest << np.uint64(1)) & np.uint64(0xFFFFFFFF)  # bit l+1, or 0 where there is none
    half = (kappa & above) != 0
    u0, u1 = uniforms(seed, np.asarray(paths)[:, None], KIND_BROWNIAN, (kappa & ~above)[None, :])
    return ndtri(np.where(half, u1, u0))


def brownian(seed, paths, n, dt):
    """W(0..n) for each path, tree level by tree level: index m splits (m - 2^l, min(m + 2^l, n))."""
    W = np.zeros((len(paths), n + 1))
    root, _ = uniforms(seed, np.asarray(paths), KIND_BROWNIAN, 0)
    W[:, n] = math.sqrt(n * dt) * ndtri(root)
    half = 1 << (n - 1).bit_length() >> 1
    while half >= 1:
        m = np.arange(half, n, 2 * half)
        if len(m):
            a, b = m - half, np.minimum(m + half, n)
            Z = node_normals(seed, paths, m, n)
            W[:, m] = W[:, a] + (m - a) / (b - a) * (W[:, b] - W[:, a]) + np.sqrt(dt * (m - a) * (b - m) / (b - a)) * Z
        half //= 2
    return W


def jumps(c, path):
    """(step, log size) of each jump of a path inside the horizon."""
    dt = c["step"] / YEAR
    found, t, j = [], 0.0, 0
    while c["lambda"] > 0:
        t += -math.log(float(uniforms(c["seed"], path, KIND_JUMP_TIME, j)[0])) / c["lambda"]
        k = math.ceil(t / dt)
        if k > c["n"]:
            break
        u0, u1 = (float(u) for u in uniforms(c["seed"], path, KIND_JUMP_SIZE, j))
        if c["model"] == "merton":
            size = c["mu_J"] + c["sigma_J"] * float(ndtri(u0))
        elif u0 < c["p_up"]:
            size = -c["m_up"] * math.log(u1)
        else:
            size = c["m_down"] * math.log(u1)
        found.append((k, size))
        j += 1
    return found


def shock_log(shock, t):
    if shock is None or t <= shock["at"]:
        return 0.0
    after = t - shock["at"]
    value = math.log(1 + shock["move"])
    if shock["over"] > 0:
        value *= min(1.0, after / shock["over"])
    if t > shock["at"] + shock["over"] and shock["recovery"] != 0:
        value *= 1 - shock["recovery"] * (1 - 2.0 ** (-(after - shock["over"]) / shock["half_life"]))
    return value


def fundamental(c, paths):
    """x(k), k = 0..n, for each path (§2)."""
    n, dt = c["n"], c["step"] / YEAR
    a = c["drift"] - 0.5 * c["sigma"] ** 2 - c["lambda"] * (c["jump_moment"] - 1)
    x = math.log(c["S0"]) + a * (np.arange(n + 1) * dt) + c["sigma"] * brownian(c["seed"], paths, n, dt)
    for i, path in enumerate(paths):
        for k, size in jumps(c, path):
            x[i, k:] += size
    return x + np.array([shock_log(c["shock"], k * c["step"]) for k in range(n + 1)])


# ---------------------------------------------------------------------------------------------- impact

GAUSS_X, GAUSS_W = np.polynomial.legendre.leggauss(24)
GAUSS_X, GAUSS_W = 0.5 * (GAUSS_X + 1), 0.5 * GAUSS_W       # on (0, 1)


def scale_and_power(c):
    """The power kinds as I(v) = sign(v) * scale * |v|^delta."""
    if c["impact"] == "linear":
        return 0.01 / c["depth"], 1.0
    if c["impact"] == "power":
        return 0.01 / c["depth"] ** c["exponent"], c["exponent"]
    return c["Y"] * c["sigma_day"] / math.sqrt(c["daily_volume"]), 0.5


def table_impact(levels, v):
    """Linear between rows and from (0, 0); the last slope goes on; odd."""
    rows = [(0.0, 0.0)] + levels
    u = abs(v)
    for (u0, i0), (u1, i1) in zip(rows, rows[1:]):
        if u <= u1:
            break
    return math.copysign(i0 + (i1 - i0) / (u1 - u0) * (u - u0), v)


def impact(c, v):
    """I(v), in logs."""
    if c["impact"] == "none" or v == 0:
        return 0.0
    if c["impact"] == "book":
        return table_impact(c["levels"], v)
    scale, delta = scale_and_power(c)
    return math.copysign(scale * abs(v) ** delta, v)


def mean_impact_above_start(c, V, dV):
    """[mean of I over the stretch from V to V + dV] - I(V)."""
    if c["impact"] == "none" or dV == 0:
        return 0.0
    if c["impact"] == "linear":
        return 0.01 * (0.5 * dV) / c["depth"]
    if c["impact"] == "book":                                # straight pieces: the trapezoid rule is exact
        ends = sorted((V, V + dV))
        knots = [s * u for u, _ in c["levels"] for s in (-1, 1) if ends[0] < s * u < ends[1]]
        if ends[0] < 0 < ends[1]:
            knots.append(0.0)
        points = sorted(ends + knots)
        start = table_impact(c["levels"], V) if V != 0 else 0.0
        heights = [impact(c, p) - start for p in points]
        area = sum(0.5 * (h0 + h1) * (p1 - p0) for p0, p1, h0, h1 in zip(points, points[1:], heights, heights[1:]))
        return area / abs(dV)
    scale, delta = scale_and_power(c)
    if V != 0 and abs(dV) <= 0.5 * abs(V):                   # smooth there: quadrature keeps the digits
        growth = np.expm1(delta * np.log1p(dV / V * GAUSS_X))
        return impact(c, V) * float(np.dot(GAUSS_W, growth))
    area = scale / (1 + delta) * (abs(V + dV) ** (1 + delta) - abs(V) ** (1 + delta))
    return area / dV - impact(c, V)


# -------------------------------------------------------------------------------------------- one path

class Mark:
    """The mark y = x + P + d and what orders do to it (§3)."""

    def __init__(self, c, path):
        self.c, self.path = c, path
        self.P = 0.0
        self.V = self.V_order = 0.0                          # now, and right after the last order
        self.k_order = 0
        self.d = 0.0
        self.low = c["S0"]
        self.displacement_max = 0.0
        self.notional = 0.0

    def begin_step(self, k, x):
        c = self.c
        self.x = x
        if self.V_order != 0 and c["half_life"] < math.inf:
            self.V = self.V_order * 2.0 ** (-(k - self.k_order) * c["step"] / c["half_life"])
            self.d = -impact(c, self.V)
        self.k = k
        self.y_began = self.y()

    def y(self):
        return self.x + self.P + self.d

    def margin(self):
        return self.x + self.P + self.c["beta"] * self.d

    def quote(self, side, q):
        """Fill price of an order, the mark before it, and its permanent move."""
        c = self.c
        y = self.y()
        mark = math.exp(y)
        Q = q * mark
        dP = -side * 0.01 * c["permanent"] * Q / c["depth"] if c["permanent"] else 0.0
        fill = math.exp(y - mean_impact_above_start(c, self.V, side * Q) + 0.5 * dP) * (1 - side * c["spread"] / 2)
        return fill, mark, dP

    def order(self, side, q):
        """A market order of q units, side +1 sells and -1 buys: its fill price."""
        c = self.c
        fill, mark, dP = self.quote(side, q)
        Q = q * mark
        self.V += side * Q
        self.V_order, self.k_order = self.V, self.k
        self.P += dP
        self.d = -impact(c, self.V)
        self.notional += Q
        self.low = min(self.low, mark, math.exp(self.y()))
        self.displacement_max = max(self.displacement_max, abs(self.P + self.d))
        if abs(self.y() - self.y_began) > math.log(100):
            fail("path %d: a cascade took the mark 100-fold from where step %d began" % (self.path, self.k))
        return fill


class Step:
    """What a step's orders leave for its settlement."""

    def __init__(self):
        self.inflow = self.lp_income = 0.0
        self.deficits = {1.0: 0.0, -1.0: 0.0}
        self.short_sum = 0.0
        self.held = []


class Path:
    """Orders of one path: who waits, what is sent, taken over or held, fees, and the settlement of every step."""

    def __init__(self, c, path):
        book = c["book"]
        self.c, self.setup = c, c["setup"]
        columns = [book[name].tolist() for name in ("sign", "q", "e", "C", "level")]
        self.accounts = [waterfall.Position(i, *row) for i, row in enumerate(zip(*columns))]
        self.sign = book["sign"]
        # sign * price <= bound is the trigger on both sides; a closed account's bound is -infinity
        self.bound = book["sign"] * book["ln_level"] + TRIGGER_SLACK
        self.mark = Mark(c, path)
        self.before = math.log(c["S0"])
        self.state = waterfall.State(
            self.setup, self.accounts, c["S0"], c["step"], c["n"],
            uniform=lambda index: float(uniforms(c["seed"], path, KIND_ORDER, index)[0]),
            maintenance=lambda notional: max(r * notional - d for r, d, _ in c["tiers"]))
        self.liquidations = 0
        self.waits = c["delay"] > 0 or c["cooldown"] > 0 or min(c["capacity"][0], c["loss_limit"][0]) < math.inf
        self.sent = [-1, 0.0]                                # window, USD
        self.lost = [-1, 0.0]
        self.backstopped = [-1, 0.0]
        self.backstop_accounts, self.backstop_notional = 0, 0.0

    # -- closing

    def pay_fee(self, fee, step):
        c = self.c
        step.inflow += c["fee_to_fund"] * fee
        step.lp_income += c["fee_to_lps"] * fee
        self.state.liquidator += fee - c["fee_to_fund"] * fee - c["fee_to_lps"] * fee

    def sell(self, p, fill, step):
        """A position is closed at `fill`: its fee, its deficit, and what its owner gets."""
        c, state = self.c, self.state
        equity = p.equity(fill)
        p.open = False
        state.rest_units += p.sign * p.q
        state.rest_cash -= p.sign * p.q * fill
        if p.index < 0:
            state.venue[p.sign] = None
        else:
            self.liquidations += 1
        if equity > 0 and p.index < 0:
            step.inflow += equity
        elif equity > 0:
            fee = min(equity, c["fee"] * p.q * fill)
            self.pay_fee(fee, step)
            if c["remaining_to_fund"]:
                step.inflow += equity - fee
            else:
                state.traders_paid_out += equity - fee
        elif -equity >= waterfall.DUST * p.q * fill:
            step.deficits[p.sign] += -equity
            step.short_sum += -equity
            if p.index >= 0:
                self.lost[1] += -equity

    def sell_part(self, p, fill, step):
        """A share of a position is closed; the rest of it stays, and may wait."""
        c, state = self.c, self.state
        units = p.part
        fee = c["fee"] * units * fill
        self.liquidations += 1
        state.rest_units += p.sign * units
        state.rest_cash -= p.sign * units * fill
        self.pay_fee(fee, step)
        p.C += p.sign * units * (fill - p.e) - fee
        p.q -= units
        p.ready = -1
        if c["cooldown"] and not c["meanwhile_whole"]:
            p.wait_until = self.mark.k + c["cooldown"]
            p.declined = False
        elif c["cooldown"]:
            p.whole_until = self.mark.k + c["cooldown"]
        self.refresh(p)

    # -- waiting, and the backstop

    def left(self, quota, spent):
        window = self.mark.k // quota[1]
        if window != spent[0]:
            spent[:] = [window, 0.0]
        return quota[0] - spent[1]

    def put_off(self, p, until, looked_at):
        """`looked_at`: the margin price at which the backstop has had its chance."""
        p.wait_until = until
        p.declined = self.c["backstop"] is not None and self.beyond(p, looked_at)
        self.bound[p.index] = -math.inf

    def wake(self, k):
        for p in self.accounts:
            if p.wait_until is not None and p.wait_until <= k:
                p.wait_until, p.declined, p.ready = None, False, k
                self.refresh(p)

    def backstop_level(self, p):
        return liquidation_level(self.c["backstop"].tiers, p.sign, p.q, p.e, p.C)

    def beyond(self, p, y):
        level, ln_level = self.backstop_level(p)
        if level <= 0:
            return p.sign < 0
        return p.sign * y <= p.sign * ln_level + TRIGGER_SLACK

    def offer(self, p, step):
        """Whether the backstop takes a position."""
        backstop, P, state = self.c["backstop"], math.exp(self.mark.y()), self.state
        notional, b = p.q * P, p.bankruptcy()
        stock = state.stock[backstop.stock]
        if not p.equity(P) > waterfall.DUST * notional:
            return False
        if -(stock.cash + stock.units * P) >= backstop.stop:
            return False
        if p.sign * stock.units * P + notional > backstop.hold or notional > self.left(backstop.quota, self.backstopped):
            return False
        spec = backstop.price
        price = {"bankruptcy": b, "mark": P, "oracle": math.exp(self.mark.margin()),
                 "blend": (spec.parameter or 0) * b + (1 - (spec.parameter or 0)) * P}[spec.kind]
        price *= 1 - p.sign * spec.concession
        price = max(price, b) if p.sign > 0 else min(price, b)
        what_is_left = p.sign * p.q * (price - b)
        if backstop.to_fund:
            step.inflow += what_is_left
        else:
            state.traders_paid_out += what_is_left
        stock.units += p.sign * p.q
        stock.cash -= p.sign * p.q * price
        if backstop.stock in self.setup.unwinding:
            share, every = self.setup.unwinding[backstop.stock]
            stock.part, stock.planned = share * abs(stock.units), abs(stock.units)
            if stock.next is None:
                stock.next = self.mark.k + state.steps_of(every)
        self.backstopped[1] += notional
        self.backstop_notional += notional
        self.backstop_accounts += 1
        p.open, p.wait_until = False, None
        return True

    def route(self, side, found, step, y):
        """Of what a look has found on a side, what can be sent; and whether anything was taken over."""
        backstop, taken, rest = self.c["backstop"], False, []
        if backstop:
            waiting = [p for p in self.accounts if p.open and p.sign == side and p.wait_until is not None
                       and not p.declined and self.beyond(p, y)]
            waiting.sort(key=lambda p: -side * self.backstop_level(p)[0])
            for p in waiting:
                if self.offer(p, step):
                    taken = True
                else:
                    p.declined = True
        for p in sorted((p for p in found if p.sign == side), key=lambda p: -side * p.level):
            if backstop and self.beyond(p, y) and self.offer(p, step):
                taken = True
            elif self.c["delay"] and p.ready != self.mark.k:
                self.put_off(p, self.mark.k + self.c["delay"], y)
            else:
                rest.append(p)
        return rest, taken

    def ration(self, side, order, y):
        """What of an order capacity lets through."""
        c, k, m = self.c, self.mark.k, math.exp(self.mark.y())
        left, may_lose, kept = self.left(c["capacity"], self.sent), self.left(c["loss_limit"], self.lost), []
        if left == math.inf and may_lose == math.inf:
            return order
        for p in sorted(order, key=lambda p: (p.index >= 0, -side * (p.level or 0))):
            if p.index < 0:
                kept.append(p)
            elif not left > 0:
                self.put_off(p, (k // c["capacity"][1] + 1) * c["capacity"][1], y)
            elif not may_lose > 0:
                self.put_off(p, (k // c["loss_limit"][1] + 1) * c["loss_limit"][1], y)
            else:
                left -= self.part(p, m) * m
                may_lose -= max(0.0, -p.equity(m))
                kept.append(p)
        return kept

    # -- orders

    def units(self, order, partly):
        return math.fsum(p.part if p in partly else p.q for p in order)

    def part(self, p, m):
        """Units of a position that an order at the mark `m` would close."""
        c = self.c
        if not p.q * m > c["above"] or p.whole_until > self.mark.k:
            return p.q
        return min(c["share"] * p.q, c["most"] / m)

    def divide(self, side, order):
        """Who is closed in part: those who are large and have something left at the fill."""
        c, k, m = self.c, self.mark.k, math.exp(self.mark.y())
        if not c["share"] < 1 and c["most"] == math.inf:
            return []
        for p in order:
            p.part = self.part(p, m) if p.index >= 0 else p.q
        partly = [p for p in order if p.part < p.q]
        while partly:
            fill = self.mark.quote(side, self.units(order, partly))[0]
            stay = [p for p in partly if p.sign * p.q * (fill - p.bankruptcy()) - c["fee"] * p.part * fill
                    > waterfall.DUST * p.q * fill]
            if len(stay) == len(partly):
                break
            partly = stay
        return partly

    def send(self, side, order, step, triggered, y):
        """One order, or what of it is not held; whether there was anything to send or hold."""
        order = self.ration(side, order, y)
        if not order:
            return False
        partly = self.divide(side, order)
        if self.setup.positions:
            fill, before, _ = self.mark.quote(side, self.units(order, partly))
            missing = math.fsum(max(0.0, -p.counted_equity(fill)) for p in order if p not in partly)
            if missing > 0 and not self.state.absorbs(missing + step.short_sum, before, step.inflow, triggered + step.held):
                step.held.extend(p for p in order if p.counted_equity(fill) < 0)
                order = [p for p in order if not p.counted_equity(fill) < 0]
        if order:
            m = math.exp(self.mark.y())
            self.left(self.c["capacity"], self.sent)
            self.sent[1] += self.units([p for p in order if p.index >= 0], partly) * m
            fill = self.mark.order(side, self.units(order, partly))
            for p in order:
                (self.sell_part if p in partly else self.sell)(p, fill, step)
        return True

    def cascade(self, step):
        """Rounds until one finds nothing; how many there were."""
        mark, rounds, first = self.mark, 0, True
        while True:
            y = mark.margin()
            hit = self.sign * y <= self.bound
            own = [p for p in self.state.venue.values() if p is not None] if first else []
            backstop = self.waits and self.c["backstop"] and any(
                p.open and p.wait_until is not None and not p.declined and self.beyond(p, y) for p in self.accounts)
            if not hit.any() and not own and not backstop:
                return rounds
            first, acted = False, False
            triggered = own + [self.accounts[int(i)] for i in np.flatnonzero(hit)]
            self.bound[hit] = -math.inf
            found = {}
            for side in (1.0, -1.0):
                found[side], taken = self.route(side, [p for p in triggered if p.index >= 0], step, y)
                found[side] = [p for p in own if p.sign == side] + found[side]
                acted = acted or taken
            for side in (1.0, -1.0):                         # longs before shorts
                who = found[side]
                if self.c["fifo"]:
                    who.sort(key=lambda p: -math.inf if p.index < 0 else -side * p.level)   # ties in account order
                    orders = [[p] for p in who]
                else:
                    orders = [who] if who else []
                for order in orders:
                    acted = self.send(side, order, step, triggered, y) or acted
            if not acted:
                return rounds
            rounds += 1

    def refresh(self, p):
        """The level of an account that the settlement changed, or that was held and stays in the book."""
        if not p.open:
            self.bound[p.index] = -math.inf
            return
        p.level, ln_level = liquidation_level(self.c["tiers"], p.sign, p.q, p.e, p.C)
        self.bound[p.index] = p.sign * ln_level + TRIGGER_SLACK if p.wait_until is None else -math.inf

    def deleverage(self, P):
        """Winners of a side are closed at the mark until the pools owe them no more than `to`."""
        state, rule = self.state, self.c["deleverage"]
        classes = [lp for lp in state.classes if lp.counterparty > 0]
        kappa = math.fsum(lp.counterparty for lp in classes)
        for side in (1.0, -1.0):
            profit = {s: math.fsum(p.unrealised(P) for p in self.accounts if p.open and p.sign == s) for s in (1.0, -1.0)}
            value = state.rest_units * P + state.rest_cash
            pool = math.fsum(lp.deposit + lp.profit - lp.owed for lp in classes) + kappa * (value - state.worth)
            pool = max(0.0, pool + kappa * (profit[1.0] + profit[-1.0]))
            mine = [p for p in self.accounts if p.open and p.sign == side]
            q, entries = math.fsum(p.q for p in mine), math.fsum(p.q * p.e for p in mine)
            if not q > 0:
                continue
            level = (entries + side * rule.when * pool / kappa) / q
            if side * P < side * level - TRIGGER_SLACK * level:
                continue
            state.revalue(P)
            left = target = (kappa * profit[side] - rule.to * pool) / (kappa * (1 - rule.to))
            winners = [p for p in mine if p.unrealised(P) > 0]
            winners.sort(key=lambda p: -waterfall.score_of(rule.score, p, P, state.maintenance))
            for p in winners:
                if not left > 1e-13 * target:
                    break
                won = p.unrealised(P)
                share = min(1.0, left / won)
                left -= min(left, won)
                self.unwind_winner(p, share, P)

    def unwind_winner(self, p, share, P):
        state, units = self.state, share * p.q
        state.rest_units += p.sign * units
        state.rest_cash -= p.sign * units * P
        state.adl_notional += units * P
        state.adl_accounts += 1
        p.C += p.sign * units * (P - p.e)
        if share < 1 - waterfall.DUST:                       # what rounding leaves of a position is nothing
            p.q -= units
        else:
            p.open = False
            state.traders_paid_out += p.C
        self.refresh(p)

    def work_off(self, k):
        """Orders of stocks that come at this step; whether there were any."""
        state, any_came = self.state, False
        for name in (waterfall.LP_STOCK, waterfall.TAKER_STOCK):
            stock = state.stock[name]
            if stock.next is None or stock.next > k:
                continue
            any_came = True
            side, held = math.copysign(1.0, stock.units), abs(stock.units)
            last = stock.part >= held - 1e-9 * stock.planned
            q = held if last else stock.part
            fill = self.mark.order(side, q)
            stock.units = 0.0 if last else stock.units - side * q
            stock.cash += side * q * fill
            state.rest_units += side * q
            state.rest_cash -= side * q * fill
            stock.next = None if last else k + state.steps_of(self.setup.unwinding[name][1])
        return any_came

    def step(self, k, x):
        """One step; its number of rounds."""
        mark, state = self.mark, self.state
        before = self.before                                 # ln of the mark at the end of the step before
        mark.begin_step(k, x)
        state.at(k)
        step = Step()
        came, rounds = self.work_off(k), 0
        if state.paused_until is not None and k >= state.paused_until:
            state.paused_until = None
        if state.paused_until is None:
            if self.waits:
                self.wake(k)
            rounds = self.cascade(step)
        if state.halt_step < 0 and (rounds or came or state.recognition()):
            P = math.exp(mark.y())
            fund_fees, lp_fees = state.earn()
            lost = [p for p in step.held if p.counted_equity(P) < 0]
            self.liquidations += sum(p.index >= 0 for p in lost)
            state.settle(P, step.deficits, lost, fund_fees + step.inflow, lp_fees + step.lp_income,
                         previous_mark=math.exp(before), oracle=math.exp(mark.margin()))
            for p in self.accounts:
                if p.changed or p in step.held:
                    self.refresh(p)
                    p.changed = False
        if self.c["deleverage"] and state.halt_step < 0 and state.paused_until is None:
            self.deleverage(math.exp(mark.y()))
        if self.setup.flees:
            state.withdraw(math.exp(mark.y()))
        self.before = mark.y()
        return rounds

    def open_deficit(self, P):
        return math.fsum(max(0.0, -p.equity(P)) for p in self.accounts if p.open and p.wait_until is not None)


def one_path(c, path, x, tally=None):
    """Steps 1..n on the fundamental x (a list), looking at every account every step."""
    one = Path(c, path)
    mark, state = one.mark, one.state
    rounds_max = 0
    for k in range(1, c["n"] + 1):
        rounds_max = max(rounds_max, one.step(k, x[k]))

    mark_end = math.exp(mark.y())
    state.book_quiet_fees()
    state.revalue(mark_end)
    state.check(mark_end)
    if tally is not None:
        for i, hits in enumerate(state.hits):
            tally[i] = tally.get(i, 0) + (hits > 0)
    inventory = state.inventory(mark_end)
    paid = state.lp_paid()
    trading = state.trading()
    lp_loss = max(0.0, paid + max(0.0, -inventory) - trading)
    deposits = c["setup"].lp_deposits
    row = {
        "path": path,
        "lp_loss": lp_loss,
        "lp_loss_share": lp_loss / deposits if deposits > 0 else math.nan,
        "lp_net": state.income + state.lp_beyond + state.lp_repaid - paid + inventory + trading,
        "bad_debt": state.bad_debt,
        "insurance_paid": state.insurance_paid,
        "fund_end": state.insurance.balance,
        "fund_min": state.fund_min,
        "fund_required": state.required if c["setup"].required_defined else math.nan,
        "uncovered": state.uncovered,
        "liquidated_notional": mark.notional,
        "liquidations": one.liquidations,
        "cascade_rounds": rounds_max,
        "displacement_max": mark.displacement_max,
        "first_loss_step": state.first_loss_step,
        "mark_low": min(mark.low, mark_end),
        "mark_end": mark_end,
        "lp_loss_no_impact": math.nan,
        "bad_debt_no_impact": math.nan,
        "mark_low_no_impact": math.nan,
    }
    for lp in state.classes:
        row["lp_loss_class_" + lp.name] = lp.paid
    hurdle = math.fsum(lp.deposits * lp.hurdle for lp in c["setup"].classes if lp.kind == "lp") * c["n"] * c["step"] / YEAR
    taker = state.stock[waterfall.TAKER_STOCK]
    row.update({
        "lp_inventory": inventory,
        "taker_inventory": taker.cash + taker.units * mark_end,
        "lp_trading": trading,
        "lp_repaid": state.lp_repaid,
        "treasury": state.treasury,
        "payout_owed": math.fsum(lp.owed for lp in state.classes),
        "fund_gain": state.insurance.gain,
        "halt_step": state.halt_step,
        "lp_withdrawn": state.lp_withdrawn,
        "leaver_loss_share": state.leaver_loss(),
        "stayer_loss_share": state.stayer_loss(inventory),
        "hurdle_shortfall": max(0.0, hurdle - row["lp_net"]),
        "backstop_notional": one.backstop_notional,
        "backstop_accounts": one.backstop_accounts,
        "open_deficit": one.open_deficit(mark_end),
        "trader_paid": state.trader_paid,
        "trader_forgone": state.trader_forgone,
        "member_paid": state.member_paid,
        "staker_paid": state.staker_paid,
        "taker_charge": state.taker_charge,
        "outside_paid": state.outside_paid,
        "rest_charge": state.rest_charge,
        "surplus": state.surplus,
        "adl_notional": state.adl_notional,
        "adl_accounts": state.adl_accounts,
        "pending_end": state.pending_total(),
        "pending_max": state.pending_max,
        "first_social_step": state.first_social_step,
    })
    return row


BLOCK = 256                                                  # paths whose x(k) is held at a time


def run(c, paths, tally=None):
    """One row (a dict of columns) a path; `tally` counts on how many of them each layer paid."""
    plain = dict(c, impact="none", permanent=0.0)
    paths = list(paths)
    for start in range(0, len(paths), BLOCK):
        block = paths[start:start + BLOCK]
        for path, x in zip(block, fundamental(c, block)):
            x = x.tolist()
            row = one_path(c, path, x, tally)
            if c["counterfactual"]:
                other = one_path(plain, path, x)
                for column in ("lp_loss", "bad_debt", "mark_low"):
                    row[column + "_no_impact"] = other[column]
            yield row


def main():
    parser = argparse.ArgumentParser(description="The slow twin of haircut: one CSV row a path.")
    parser.add_argument("config")
    parser.add_argument("--paths", type=int, help="how many paths (default: the config's)")
    parser.add_argument("--first", type=int, default=0, help="first path id")
    parser.add_argument("--layers", action="store_true", help="say on stderr on how many paths each layer paid")
    args = parser.parse_args()
    c = load(args.config)
    tally = {}
    count = c["paths"] if args.paths is None else args.paths
    writer = None
    for row in run(c, range(args.first, args.first + count), tally):
        if writer is None:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(row)
        writer.writerow([repr(v) for v in row.values()])
    if args.layers:
        for layer in c["setup"].layers:
            print("%s: layer %d, %s, paid on %d of %d paths"
                  % (c["name"], layer.index, layer.verb, tally.get(layer.index, 0), count), file=sys.stderr)


if __name__ == "__main__":
    main()
