#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws an account book for the pinned benchmarks and writes it as the CSV that haircut and the baseline read.

Laws: lognormal leverage (clipped at its maximum) and size, ln(entry/initial) normal, half the accounts long, each side
scaled to the open interest. An account that would be liquidatable at the start redraws its entry; with --min-distance an
account whose level is nearer than that to the initial price is redrawn whole (its side stays).
"""
import argparse
import sys

import numpy as np


def number(text):
    """A number with a suffix of %, k, M or B."""
    scale = {"%": 1e-2, "k": 1e3, "M": 1e6, "B": 1e9}.get(text[-1:])
    return float(text[:-1]) * scale if scale else float(text)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("output", help="CSV to write")
    p.add_argument("--accounts", type=number, default=10_000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--market", default="BTC")
    p.add_argument("--initial", type=number, default=100_000.0)
    p.add_argument("--open-interest", type=number, default=3e9, help="USD a side")
    p.add_argument("--long-share", type=number, default=0.5)
    p.add_argument("--entry-spread", type=number, default=0.03)
    p.add_argument("--leverage", type=number, nargs=3, default=[8.0, 0.9, 50.0], metavar=("MEDIAN", "SIGMA", "MAX"))
    p.add_argument("--size-sigma", type=number, default=1.5)
    p.add_argument("--maintenance", type=number, default=0.0125)
    p.add_argument("--min-distance", type=number, default=0.0, help="of every level from the initial price, such as 10%%")
    return p.parse_args()


class Book:
    def __init__(self, a):
        self.a = a
        self.rng = np.random.Generator(np.random.PCG64(a.seed))
        n = int(a.accounts)
        self.long = self.rng.permutation(n) < round(n * a.long_share)
        self.sign = np.where(self.long, 1.0, -1.0)
        self.size, self.leverage, self.entry = np.empty(n), np.empty(n), np.empty(n)
        everyone = np.arange(n)
        self.draw_account(everyone)
        self.draw_entry(everyone)
        self.redraws = self.settle()

    def draw_account(self, who):
        median, sigma, most = self.a.leverage
        self.size[who] = np.exp(self.a.size_sigma * self.rng.standard_normal(who.size))
        self.leverage[who] = np.minimum(median * np.exp(sigma * self.rng.standard_normal(who.size)), most)

    def draw_entry(self, who):
        self.entry[who] = self.a.initial * np.exp(self.a.entry_spread * self.rng.standard_normal(who.size))

    def level(self):
        bankruptcy = self.entry * (1.0 - self.sign / self.leverage)
        return bankruptcy / (1.0 - self.sign * self.a.maintenance)

    def settle(self):
        redraws = 0
        for _ in range(100_000):
            distance = self.sign * (1.0 - self.level() / self.a.initial)
            bad = np.flatnonzero(distance <= max(self.a.min_distance, 1e-9))
            if bad.size == 0:
                return redraws
            redraws += bad.size
            if self.a.min_distance > 0.0:
                self.draw_account(bad)
            self.draw_entry(bad)
        sys.exit("make_book: no valid draw for some accounts")

    def scale(self):
        for side in (self.long, ~self.long):
            if side.any():
                self.size[side] *= self.a.open_interest / self.size[side].sum()

    def write(self):
        collateral = self.size / self.leverage
        with open(self.a.output, "w", encoding="ascii") as out:
            out.write("account,market,side,size_usd,entry,collateral\n")
            rows = zip(self.long.tolist(), self.size.tolist(), self.entry.tolist(), collateral.tolist())
            out.writelines(
                f"a{i},{self.a.market},{'long' if is_long else 'short'},{size!r},{entry!r},{c!r}\n"
                for i, (is_long, size, entry, c) in enumerate(rows)
            )


def main():
    a = arguments()
    book = Book(a)
    book.scale()
    book.write()
    n = book.size.size
    level = book.level()
    print(
        f"{a.output}: {n} accounts, {int(book.long.sum())} long, {book.redraws} redraws, nearest levels "
        f"{level[book.long].max(initial=0.0):.1f} and {level[~book.long].min(initial=np.inf):.1f}"
    )


if __name__ == "__main__":
    main()
