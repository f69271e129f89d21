#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a results file in the layout of `haircut run`, from a small simulation of its own.

The numbers are made by a rough vectorised model (batch liquidation, power impact, one fund,
then LP profit, then LP deposits), so that pictures have believable shapes and every dataset
agrees with every other. It is a stand-in for tests of scripts/plot.py, not the engine.

    make_sample.py OUT.h5 [--kind KIND] [--paths N] [--seed N]
"""
import argparse
from dataclasses import dataclass, field

import h5py
import numpy as np

KINDS = {
    "full": "everything is there",
    "no-samples": "output.samples: none",
    "no-counterfactual": "output.counterfactual: false: the _no_impact columns are NaN",
    "no-traces": "output.traces: 0: no ledger",
    "no-timeline": "no /timeline",
    "lossless": "a huge fund: LPs never lose",
    "no-lps": "no liquidity providers: bad debt stays uncovered",
    "calm": "nothing is ever liquidated",
    "burst": "1.5 days, quiet but for jumps, thin depth, little LP money: one cascade, deposits exhausted, a lot uncovered",
    "accounts": "accounts pay, not LPs alone: there is /lorenz",
    "attributed": "there is /attribution",
    "few": "300 paths: too few tail paths for most intervals",
    "tiny": "one path",
    "summary-only": "only the root attributes and /summary",
    "empty-groups": "every group is there and empty",
}
EVENTS = "start jump order settle layer uncovered end".split()
QUANTILES = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]


@dataclass
class Setup:
    paths: int = 8000
    seed: int = 1
    steps: int = 288
    horizon: float = 86400.0  # seconds
    price: float = 100000.0
    volatility: float = 0.6
    jump_rate: float = 20.0
    depth: float = 150e6
    half_life: float = 600.0
    maintenance: float = 0.0125
    fee: float = 0.005
    fund: float = 20e6
    profit: float = 15e6
    deposits: float = 300e6
    accounts: int = 4000
    open_interest: float = 3e9
    leverage: float = 8.0
    counterfactual: bool = True

    @property
    def equity(self):
        return self.profit + self.deposits


class Side:
    """Positions of one side, sorted in the order in which they trigger."""

    def __init__(self, setup, rng, sign):
        n = setup.accounts // 2
        notional = rng.lognormal(0, 1.5, n)
        notional *= setup.open_interest / 2 / notional.sum()
        leverage = np.clip(setup.leverage * rng.lognormal(0, 0.9, n), 1.1, 50)
        entry = setup.price * np.exp(0.03 * rng.standard_normal(n))
        quantity = notional / entry
        bankruptcy = entry * (1 - sign / leverage)
        level = bankruptcy / (1 - sign * setup.maintenance)
        keep = sign * (setup.price * 0.999 - level) > 0 if sign > 0 else level > setup.price * 1.001
        order = np.argsort(-sign * level[keep])
        self.sign = sign
        self.level = level[keep][order]
        self.bankruptcy = bankruptcy[keep][order]
        self.quantity = quantity[keep][order]
        self.key = -sign * self.level  # ascending
        self.bankrupt_key = -sign * self.bankruptcy
        self.sum_q = np.concatenate([[0], np.cumsum(self.quantity)])
        self.sum_qb = np.concatenate([[0], np.cumsum(self.quantity * self.bankruptcy)])

    def triggered(self, mark):
        return np.searchsorted(self.key, -self.sign * mark, side="right")

    def close(self, first, last, fill, rate):
        """Bad debt and fees of positions first..last-1 closed at `fill`."""
        sign = self.sign
        sunk = np.clip(np.searchsorted(self.bankrupt_key, -sign * fill), first, last)
        thin = np.clip(np.searchsorted(self.bankrupt_key, -sign * fill * (1 - sign * rate)), sunk, last)
        q, qb = self.sum_q, self.sum_qb
        bad = sign * ((qb[sunk] - qb[first]) - fill * (q[sunk] - q[first]))
        part = sign * (fill * (q[thin] - q[sunk]) - (qb[thin] - qb[sunk]))
        fees = part + rate * fill * (q[last] - q[thin])
        return np.maximum(bad, 0), np.maximum(fees, 0)


@dataclass
class Ledger:
    rows: list = field(default_factory=list)

    def add(self, **values):
        self.rows.append(values)


def draws(setup):
    rng = np.random.default_rng(setup.seed)
    sides = Side(setup, rng, 1), Side(setup, rng, -1)
    dt = setup.horizon / setup.steps / (365 * 86400)
    jump_mean, jump_dev = -0.05, 0.10
    drift = -setup.volatility**2 / 2 - setup.jump_rate * (np.exp(jump_mean + jump_dev**2 / 2) - 1)
    shape = (setup.paths, setup.steps)
    count = rng.poisson(setup.jump_rate * dt, shape)
    jump = count * jump_mean + np.sqrt(count) * jump_dev * rng.standard_normal(shape)
    brown = setup.volatility * np.sqrt(dt) * rng.standard_normal(shape)
    return sides, drift * dt + brown + jump, jump


def simulate(setup, sides, moves, jumps, impact=True, ledgers=None, ids=None):
    """All paths at once, step by step. Returns the outcome columns and the state in time."""
    n, steps = moves.shape
    step = setup.horizon / steps
    decay = 2 ** (-step / setup.half_life)
    zero = lambda: np.zeros(n)
    x = np.full(n, np.log(setup.price))
    volume, fund = zero(), np.full(n, setup.fund)
    profit, deposit = np.full(n, setup.profit), np.full(n, setup.deposits)
    out = {name: zero() for name in ("bad_debt insurance_paid uncovered liquidated_notional liquidations cascade_rounds "
                                     "displacement_max fund_required lp_profit_paid lp_deposit_paid").split()}
    out["first_loss_step"] = np.full(n, -1.0)
    low, fund_min, need = np.full(n, setup.price), fund.copy(), zero()
    at = [np.zeros(n, int), np.zeros(n, int)]
    shape = lambda v: 0.01 * np.sign(v) * np.sqrt(np.abs(v) / setup.depth) if impact else 0 * v
    state = {name: np.empty((steps + 1, n)) for name in ("mark", "fundamental", "fund", "lp_equity", "open_interest")}

    def keep(k):
        mark = np.exp(x - shape(volume))
        state["mark"][k], state["fundamental"][k], state["fund"][k] = mark, np.exp(x), fund
        state["lp_equity"][k] = profit + deposit
        state["open_interest"][k] = (sides[0].sum_q[-1] - sides[0].sum_q[at[0]]) * mark

    def log(i, k, event, **values):
        if ledgers is not None:
            mark = float(np.exp(x[i] - shape(volume)[i]))
            row = dict(path=int(ids[i]), step=k, time=k * step, event=EVENTS.index(event), round=0, side=0, layer=-1, account=-1,
                       positions=0, quantity=0.0, notional=0.0, mark_before=mark, mark_after=mark, fundamental=float(np.exp(x[i])),
                       fill=0.0, fee=0.0, bad_debt=0.0, inflow=0.0, amount=0.0, fund=float(fund[i]),
                       lp_equity=float(profit[i] + deposit[i]))
            row.update(values)
            ledgers[i].add(**row)

    keep(0)
    for i in range(n if ledgers is not None else 0):
        log(i, 0, "start")
    for k in range(1, steps + 1):
        x = x + moves[:, k - 1]
        volume = volume * decay
        if ledgers is not None:
            for i in np.flatnonzero(jumps[:, k - 1]):
                log(i, k, "jump", mark_before=float(np.exp(x[i] - jumps[i, k - 1] - shape(volume)[i])))
        bad, inflow, rounds, active = zero(), zero(), 0, np.ones(n, bool)
        while active.any():
            rounds += 1
            margin = np.exp(x - shape(volume))
            active = np.zeros(n, bool)
            for s, side in enumerate(sides):
                last = np.maximum(side.triggered(margin), at[s])
                hit = last > at[s]
                if not hit.any():
                    continue
                active |= hit
                first = at[s]
                before = np.exp(x - shape(volume))
                quantity = side.sum_q[last] - side.sum_q[first]
                notional = quantity * before
                after_volume = volume + side.sign * notional
                mean = (np.abs(after_volume) ** 1.5 - np.abs(volume) ** 1.5) * 0.01 / 1.5 / np.sqrt(setup.depth)
                with np.errstate(invalid="ignore", divide="ignore"):
                    push = np.where(notional > 0, mean / (side.sign * notional), 0) if impact else 0
                fill = np.where(hit, np.exp(x - np.where(hit, push, 0)), before)
                fill *= 1 - side.sign * 0.00005
                loss, fee = side.close(first, last, fill, setup.fee)
                volume = np.where(hit, after_volume, volume)
                bad += loss
                inflow += fee
                out["liquidated_notional"] += notional
                out["liquidations"] += last - first
                after = np.exp(x - shape(volume))
                low = np.minimum(low, np.minimum(before, after))
                out["displacement_max"] = np.maximum(out["displacement_max"], np.where(hit, np.abs(shape(volume)), 0))
                at[s] = last
                if ledgers is not None:
                    for i in np.flatnonzero(hit):
                        log(i, k, "order", round=rounds, side=side.sign, positions=int(last[i] - first[i]), quantity=float(quantity[i]),
                            notional=float(notional[i]), mark_before=float(before[i]), mark_after=float(after[i]), fill=float(fill[i]),
                            fee=float(fee[i]), bad_debt=float(loss[i]))
            out["cascade_rounds"] = np.maximum(out["cascade_rounds"], np.where(active, rounds, 0))
        fund = fund + inflow
        settled = np.flatnonzero(bad + inflow) if ledgers is not None else ()
        for i in settled:
            log(i, k, "settle", bad_debt=float(bad[i]), inflow=float(inflow[i]))
        out["bad_debt"] += bad
        need += bad - inflow
        out["fund_required"] = np.maximum(out["fund_required"], need)
        left, paid = bad.copy(), {}
        paid["insurance_paid"] = np.minimum(fund, left)
        fund = fund - paid["insurance_paid"]
        left -= paid["insurance_paid"]
        paid["lp_profit_paid"] = np.minimum(profit, left)
        profit = profit - paid["lp_profit_paid"]
        left -= paid["lp_profit_paid"]
        paid["lp_deposit_paid"] = np.minimum(deposit, left)
        deposit = deposit - paid["lp_deposit_paid"]
        left -= paid["lp_deposit_paid"]
        for layer, (name, amount) in enumerate(paid.items()):
            out[name] += amount
            for i in np.flatnonzero(amount) if ledgers is not None else ():
                log(i, k, "layer", layer=layer, amount=float(amount[i]))
        out["uncovered"] += left
        for i in np.flatnonzero(left > 0) if ledgers is not None else ():
            log(i, k, "uncovered", amount=float(left[i]))
        lost = (paid["lp_profit_paid"] + paid["lp_deposit_paid"]) > 0
        out["first_loss_step"] = np.where(lost & (out["first_loss_step"] < 0), k, out["first_loss_step"])
        fund_min = np.minimum(fund_min, fund)
        keep(k)
    for i in range(n if ledgers is not None else 0):
        log(i, steps, "end")
    out["lp_loss"] = out["lp_profit_paid"] + out["lp_deposit_paid"]
    out["lp_loss_share"] = out["lp_loss"] / setup.deposits if setup.deposits > 0 else np.full(n, np.nan)
    out["lp_net"] = -out["lp_loss"]
    out["fund_end"], out["fund_min"] = fund, fund_min
    out["mark_end"] = state["mark"][-1]
    out["mark_low"] = np.minimum(low, out["mark_end"])
    out["weight"] = np.ones(n)
    return out, state


def wilson(k, n):
    k = np.asarray(k, float)
    z, p = 1.959963984540054, k / n
    centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)
    return np.where(k == 0, 0, low), np.where(k == 0, 1 - 0.025 ** (1 / n), high)


def estimates(setup, out):
    n, rows = setup.paths, []

    def probability(name, hit, text):
        k = int(hit.sum())
        low, high = wilson(k, n)
        se = np.sqrt(k / n * (1 - k / n) / n)
        rows.append((name, "1", text, k / n, se, se, float(low), float(high), "" if k else f"0 of {n}: below 3.7/n"))

    def mean(name, values, text):
        se = values.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        value = values.mean()
        rows.append((name, "USD", text, value, se, se, value - 1.96 * se, value + 1.96 * se, ""))

    def share(name, values, without, text):
        if setup.counterfactual and values.sum() > 0:
            value = 1 - without.sum() / values.sum()
            se = (without - (1 - value) * values).std() / np.sqrt(n) / values.mean()
            rows.append((name, "1", text, value, se, se, value - 1.96 * se, value + 1.96 * se, ""))
        else:
            rows.append((name, "1", text, *[np.nan] * 5, "no counterfactual" if values.sum() else "no loss"))

    probability("p_socialisation", out["lp_loss"] > 0, "Probability that liquidity providers lose")
    probability("p_fund_depletion", out["fund_min"] <= 0, "Probability that the fund is exhausted")
    probability("p_insolvency", out["uncovered"] > 0, "Probability that bad debt stays uncovered")
    mean("mean_lp_loss", out["lp_loss"], "Mean loss of liquidity providers")
    for metric in ("lp_loss", "bad_debt", "fund_required"):
        values = np.sort(out[metric])
        for level in (0.9, 0.95, 0.99, 0.999):
            tag = f"{100 * level:g}".replace(".", "")
            var, low, high = quantile(values, level)
            rows.append((f"var_{tag}_{metric}", "USD", f"Value at risk {100 * level:g} % of {metric}", var, np.nan, np.nan, low, high, ""))
            tail = values[values >= var]
            count = max(1, round(n * (1 - level)))
            es = values[-count:].mean()
            se = np.sqrt(((tail - var) ** 2).sum()) / count if n > 1 else np.nan
            few = n * (1 - level) < 99.5
            rows.append((f"es_{tag}_{metric}", "USD", f"Expected shortfall {100 * level:g} % of {metric}", es, se, se,
                         np.nan if few else es - 1.96 * se, np.nan if few else es + 1.96 * se,
                         f"too few tail paths ({count})" if few else ""))
    mean("mean_bad_debt", out["bad_debt"], "Mean bad debt")
    for name in ("insurance_paid", "lp_profit_paid", "lp_deposit_paid", "uncovered"):
        mean("mean_" + name, out[name], "Mean " + name)
    share("cascade_share_bad_debt", out["bad_debt"], out["bad_debt_no_impact"], "Share of bad debt due to the cascade")
    share("cascade_share_lp_loss", out["lp_loss"], out["lp_loss_no_impact"], "Share of LP loss due to the cascade")
    return rows


def quantile(ordered, level):
    n = len(ordered)
    half = 1.96 * np.sqrt(n * level * (1 - level))
    pick = lambda r: ordered[int(np.clip(r, 0, n - 1))]
    low, high = (pick(n * level - half), pick(n * level + half)) if n * (1 - level) > 5 else (np.nan, np.nan)
    return pick(np.ceil(n * level) - 1), low, high


def columns(group, **data):
    for name, values in data.items():
        values = np.asarray(values)
        text = values.dtype.kind in "UO"
        dataset = group.create_dataset(name, data=values.astype(object) if text else values,
                                       dtype=h5py.string_dtype() if text else None)
        dataset.attrs["units"], dataset.attrs["long_name"] = "1", name


def write_distribution(file, setup, out):
    for metric in ("lp_loss", "bad_debt", "fund_required"):
        values = np.sort(out[metric])
        group = file.create_group(f"distribution/{metric}")
        positive = values[values > 0]
        if len(positive):
            low, top = np.log10(positive[0]), np.log10(positive[-1])
            x = np.logspace(max(low, top - 6), top, 120)
            k = len(values) - np.searchsorted(values, x, side="right")
            edges = np.logspace(low, top + 1e-9, 201)
            counts, _ = np.histogram(positive, edges)
        else:
            x, k, edges, counts = np.zeros(0), np.zeros(0), np.zeros(1), np.zeros(0, int)
        p_low, p_high = wilson(k, setup.paths) if len(x) else (x, x)
        columns(group.create_group("exceedance"), x=x, p=k / setup.paths, low=p_low, high=p_high)
        histogram = group.create_group("histogram")
        columns(histogram, low=edges[:-1], high=edges[1:], count=counts)
        histogram.attrs["zero"] = int((values == 0).sum())
        levels = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]
        rows = np.array([quantile(values, level) for level in levels])
        columns(group.create_group("quantiles"), level=levels, value=rows[:, 0], low=rows[:, 1], high=rows[:, 2])


def write_fund_curve(file, setup, required):
    need = np.sort(required)
    top = max(need[-1], 2 * setup.fund, 1.0)
    funds = np.unique(np.concatenate([np.linspace(0, max(need[-1], 1.0), 101), [setup.fund, top]]))
    n, rows = setup.paths, []
    count = max(1, round(n * 0.01))
    for fund in funds:
        loss = np.maximum(need - fund, 0)
        k = (need > fund).sum()
        low, high = wilson(k, n)
        tail = loss[-count:]
        var = tail[0]
        rows.append((fund, k / n, low, high, loss.mean(), loss.std() / np.sqrt(n), tail.mean(), np.sqrt(((tail - var) ** 2).sum()) / count))
    names = "fund p p_low p_high mean_loss mean_loss_se es99 es99_se".split()
    columns(file.create_group("fund_curve"), **dict(zip(names, np.array(rows).T)))


def write_lorenz(file, setup):
    """Payments of 400 accounts on a tenth of the paths, and what the summary says of them."""
    paid = np.sort(np.random.default_rng(setup.seed).lognormal(0, 1.5, (max(2, setup.paths // 10), 400)), axis=1)
    total = paid.sum(axis=1)
    rank = np.arange(1, 401)
    fraction = np.linspace(0, 1, 101)
    shares = np.concatenate([np.zeros((len(paid), 1)), paid.cumsum(axis=1)], axis=1)[:, ::4] / total[:, None]
    share, se = shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(len(paid))
    group = file.create_group("lorenz")
    columns(group, fraction=fraction, share=share, se=se, low=share - 1.96 * se, high=share + 1.96 * se)
    group.attrs["paths"] = len(paid)
    gini = ((2 * rank - 401) * paid).sum(axis=1) / (400 * total)
    rows = []
    for name, values in (("payment_gini", gini), ("payment_top10", paid[:, -10:].sum(axis=1) / total), ("haircut_max", paid[:, -1] / 100)):
        value, se = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
        rows.append(("mean_" + name, "1", name, value, se, se, value - 1.96 * se, value + 1.96 * se, ""))
    return rows


def write_attribution(file, out):
    """Longs of more leverage leave more, whatever their size; a part of ES 99 is nobody's."""
    leverage, size = np.array([0, 2, 5, 10, 20, 50, np.inf]), np.array([0, 1e4, 1e5, 1e6, 1e7, 1e8, np.inf])
    cells = [(side, *leverage[i:i + 2], *size[j:j + 2]) for side in (1, -1) for i in range(6) for j in range(6)] + [(0, *[np.nan] * 4)]
    side, *edges = np.array(cells).T
    rank = np.tile(np.repeat(np.arange(6), 6), 2)
    notional = np.append(np.where(rank < 5, 1e8, 0.0) * np.tile([0, 1, 2, 2, 1, 0], 12), 0.0)
    debt = np.append(rank**2, 0) * notional * (side > 0) + 0.2 * np.append(rank**2, 0) * notional * (side < 0)
    debt[-1] = 0.01 * debt.sum()
    tail = np.sort(out["bad_debt"])[-max(1, len(out["bad_debt"]) // 100):].mean()
    group = file.create_group("attribution")
    names = "leverage_low leverage_high size_low size_high".split()
    columns(group, cell=np.arange(73), side=side.astype(int), **dict(zip(names, edges)), notional=notional, es_99_bad_debt=tail * debt / debt.sum())
    columns(group.create_group("accounts"), rank=np.arange(2), book_share=np.array([0.12, 0.03]), notional=np.array([40e6, 9e6]), leverage=np.array([25.0, 18.0]))


def write_map(file, setup, sides):
    edges = setup.price * np.exp(np.linspace(np.log(0.2), np.log(2.5), 401))
    value = lambda side: np.histogram(side.level, edges, weights=side.quantity * setup.price)[0]
    columns(file.create_group("book/map"), price=np.sqrt(edges[:-1] * edges[1:]), low=edges[:-1], high=edges[1:], long_notional=value(sides[0]), short_notional=value(sides[1]))


def write_ledger(file, setup, sides, moves, jumps, out, traces):
    worst = np.lexsort((-out["bad_debt"], -out["lp_loss"]))[:traces]
    ledgers = [Ledger() for _ in worst]
    _, state = simulate(setup, sides, moves[worst], jumps[worst], True, ledgers, worst)
    rows = [row for ledger in ledgers for row in ledger.rows]
    group = file.create_group("ledger")
    columns(group, row=np.arange(len(rows)), **{name: [row[name] for row in rows] for name in rows[0]})
    group["event"].attrs["words"] = np.array(EVENTS, dtype=object)
    counts = np.array([len(ledger.rows) for ledger in ledgers])
    columns(group.create_group("traced"), path=worst, first_row=np.cumsum(counts) - counts, rows=counts, mark_min=state["mark"].min(axis=0))
    columns(group.create_group("prices"), time=np.linspace(0, setup.horizon, setup.steps + 1), mark=state["mark"].T, fundamental=state["fundamental"].T)


def write(name, setup, leave_out=(), traces=10, accounts=False, attributed=False):
    sides, moves, jumps = draws(setup)
    out, state = simulate(setup, sides, moves, jumps)
    twin, _ = simulate(setup, sides, moves, jumps, impact=False)
    for column in ("lp_loss", "bad_debt", "mark_low"):
        out[column + "_no_impact"] = twin[column] if setup.counterfactual else np.full(setup.paths, np.nan)
    with h5py.File(name, "w") as file:
        file.attrs["name"], file.attrs["format_version"] = "sample", 1
        file.attrs["paths"], file.attrs["format"] = setup.paths, "haircut results"
        rows = estimates(setup, out) + (write_lorenz(file, setup) if accounts else [])
        names = "name unit long_name value se se_paths low high note".split()
        columns(file.create_group("summary"), **dict(zip(names, zip(*rows))))
        if "paths" not in leave_out:
            columns(file.create_group("paths"), lp_loss_class=out["lp_loss"][:, None], **out)
        if "distribution" not in leave_out:
            write_distribution(file, setup, out)
        if "fund_curve" not in leave_out:
            write_fund_curve(file, setup, out["fund_required"])
        if attributed:
            write_attribution(file, out)
        if "book" not in leave_out:
            write_map(file, setup, sides)
        if "timeline" not in leave_out:
            bands = {key: np.quantile(state[key][::3], QUANTILES, axis=1).T for key in ("mark", "fund", "lp_equity", "open_interest")}
            columns(file.create_group("timeline"), time=np.linspace(0, setup.horizon, setup.steps // 3 + 1), quantile=QUANTILES, **bands)
        if "ledger" not in leave_out:
            write_ledger(file, setup, sides, moves, jumps, out, min(traces, setup.paths))
        if "config" not in leave_out:
            config = [("name", "sample", np.nan, ""), ("simulation.horizon", f"{setup.horizon:g}s", setup.horizon, "s"),
                      ("simulation.paths", str(setup.paths), setup.paths, "1"), ("simulation.step", "5m", setup.horizon / setup.steps, "s"),
                      ("markets.BTC.price.initial", "100000", setup.price, "USD"), ("insurance_fund.initial", "20M", setup.fund, "USD")]
            config += [("waterfall[0].verb", "fund", np.nan, ""), ("waterfall[1].verb", "assess", np.nan, "")]
            if setup.equity > 0:
                config += [("liquidity_providers[lp].deposits", "300M", setup.deposits, "USD"),
                           ("liquidity_providers[lp].profit", "15M", setup.profit, "USD")]
            columns(file.create_group("config"), **dict(zip(("name", "value", "number", "unit"), zip(*config))))


def make(name, kind="full", paths=None, seed=1):
    setup = Setup(seed=seed, paths=paths or {"few": 300, "tiny": 1}.get(kind, 8000))
    everything = {"paths", "distribution", "fund_curve", "book", "timeline", "ledger", "config"}
    leave_out = {"no-samples": {"paths"}, "no-traces": {"ledger"}, "no-timeline": {"timeline"}, "summary-only": everything}.get(kind, ())
    if kind == "no-counterfactual":
        setup.counterfactual = False
    elif kind == "lossless":
        setup.fund = 100e9
    elif kind == "no-lps":
        setup.profit = setup.deposits = 0.0
    elif kind == "calm":
        setup.volatility, setup.jump_rate, setup.leverage = 0.01, 0.0, 1.0
    elif kind == "burst":
        setup.volatility, setup.depth, setup.profit, setup.deposits, setup.horizon = 0.05, 15e6, 3e6, 40e6, 1.5 * 86400
    if kind == "empty-groups":
        with h5py.File(name, "w") as file:
            file.attrs["name"], file.attrs["format_version"] = "sample", 1
            for group in ("summary", "paths", "distribution/lp_loss/exceedance", "distribution/lp_loss/histogram", "fund_curve", "book/map",
                          "timeline", "ledger/traced", "ledger/prices", "config"):
                file.create_group(group)
        return
    write(name, setup, leave_out, accounts=kind == "accounts", attributed=kind == "attributed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="\n".join(f"{k:18} {v}" for k, v in KINDS.items()),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="OUT.h5")
    parser.add_argument("--kind", choices=KINDS, default="full", metavar="KIND")
    parser.add_argument("--paths", type=int)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    make(args.file, args.kind, args.paths, args.seed)


if __name__ == "__main__":
    main()
