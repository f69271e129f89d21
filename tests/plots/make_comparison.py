#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a file in the layout of `haircut compare`, from made-up losses that add up.

    make_comparison.py OUT.h5 [--kind KIND] [--paths N]
"""
import argparse

import h5py
import numpy as np

KINDS = {
    "compared": "six mechanisms, one of them twice, one with gains of traders",
    "many": "24 mechanisms with long names",
    "alone": "one mechanism",
    "scarce": "150 paths",
    "quiet": "no loss at all",
    "funded": "funds pay everything",
    "rare": "losses on five paths",
}
COLUMNS = ("lp_loss social_loss bad_debt insurance_paid lp_paid trader_paid trader_forgone member_paid staker_paid taker_charge outside_paid "
           "rest_charge uncovered pending_end surplus lp_net").split()
BOOKS = 4


def split(debt, fund, shares):
    """Payments of the fund, then by shares of what is left."""
    paid = {name: np.zeros(len(debt)) for name in COLUMNS}
    paid["bad_debt"], paid["insurance_paid"] = debt, np.minimum(debt, fund)
    for name, share in shares.items():
        paid[name] = share * (debt - paid["insurance_paid"])
    paid["lp_loss"], paid["lp_net"] = paid["lp_paid"].copy(), 1000.0 - paid["lp_paid"]
    paid["social_loss"] = paid["lp_loss"] + paid["trader_paid"] + np.maximum(0, paid["trader_forgone"]) + paid["member_paid"] + paid["staker_paid"]
    return paid


def mechanisms(kind, paths):
    rng = np.random.default_rng(5)
    level = np.exp(rng.normal(15, 1.6, paths)) * (rng.random(paths) < 0.08)
    debt = level * (1 + 0.3 * (np.arange(paths) % BOOKS == 0))
    if kind == "quiet":
        debt = np.zeros(paths)
    if kind == "rare":
        debt = np.where(np.arange(paths) % (paths // 5) == 7, 5e7, 0.0)
    if kind == "funded":
        return [("rich", split(debt, 1e18, {})), ("richer", split(debt, 1e18, {}))]
    if kind == "alone":
        return [("alone", split(debt, 2e6, {"lp_paid": 1.0}))]
    if kind == "many":
        return [(f"mechanism-with-a-name-{i}", split(debt, 1e5 * (i % 5), {"lp_paid": i / 24, "trader_forgone": 1 - i / 24})) for i in range(24)]
    return [("generic", split(debt, 2e6, {"lp_paid": 1.0})), ("generic-2", split(debt, 2e6, {"lp_paid": 1.0})),
            ("traders", split(0.97 * debt, 1e6, {"trader_forgone": 1.0})), ("members", split(debt, 0, {"member_paid": 0.6, "uncovered": 0.4})),
            ("gains", split(debt, 5e6, {"trader_forgone": -0.2, "taker_charge": 0.7, "rest_charge": 0.5})),
            ("pending", split(debt, 2e6, {"pending_end": 0.5, "outside_paid": 0.2, "staker_paid": 0.1, "trader_paid": 0.2}))]


def clustered(x):
    sums, counts = (np.bincount(np.arange(len(x)) % BOOKS, weights) for weights in (x, None))
    between = BOOKS / (BOOKS - 1) * ((sums - x.mean() * counts)**2).sum() / len(x)**2
    return np.sqrt(max(x.var(ddof=1) / len(x), between))


def terms(x):
    quantile = np.sort(x)[::-1][len(x) // 100]
    return quantile + np.maximum(0, x - quantile) / 0.01


def row(name, x, certain):
    error = clustered(x)
    ends = (x.mean() - 2 * error, x.mean() + 2 * error) if certain else (np.nan, np.nan)
    return name, x.mean(), error if certain else np.nan, *ends, "" if certain else "too few"


def write_table(group, name, rows):
    table = group.create_group(name)
    for key, values in zip(("name", "value", "se", "low", "high", "note"), zip(*rows)):
        table[key] = np.array(values, dtype=h5py.string_dtype() if isinstance(values[0], str) else float)


def make(target, kind="compared", paths=4000):
    found = mechanisms(kind, paths)
    first = found[0][1]
    with h5py.File(target, "w") as file:
        file.attrs.update({"format": "haircut compare", "format_version": 1, "name": "made-up", "paths": paths, "books": BOOKS,
                           "horizon": 86400.0, "step": 60.0, "seed": 1})
        group = file.create_group("mechanisms")
        group.attrs["order"] = [name for name, _ in found]
        for index, (name, paid) in enumerate(found):
            each = group.create_group(name)
            each.attrs.update({"name": name, "index": index, "waterfall": "fund insurance", "digest": "0" * 64, "config": ""})
            for column in COLUMNS:
                each[f"paths/{column}"] = paid[column]
            rows = [row("mean_" + column, paid[column], (paid[column] != 0).sum() >= 10) for column in COLUMNS]
            rows += [row("es_99_" + column, terms(paid[column]), paths >= 1000) for column in ("lp_loss", "social_loss")]
            write_table(each, "estimates", rows)
            if not index:
                continue
            rows = [row("mean_" + column, paid[column] - first[column], (paid[column] != first[column]).sum() >= 10)
                    for column in ("lp_loss", "social_loss", "insurance_paid")]
            rows += [row("es_99_" + column, terms(paid[column]) - terms(first[column]), paths >= 1000) for column in ("lp_loss", "social_loss")]
            write_table(each, "differences", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("--kind", choices=KINDS, default="compared")
    parser.add_argument("--paths", type=int, default=4000)
    args = parser.parse_args()
    make(args.target, args.kind, args.paths)


if __name__ == "__main__":
    main()
