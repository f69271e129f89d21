#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a comparison as a table in Markdown: how often and how much is socialised, and who pays.

    scripts/compare_table.py FILE
"""
import argparse
import math

from haircut_plots import words
from haircut_plots.comparison import Comparison

PAYERS = (("fund", ("insurance_paid",)), ("LPs", ("lp_paid",)), ("traders", ("trader_paid", "trader_forgone")),
          ("members", ("member_paid",)), ("stakers", ("staker_paid",)), ("takers", ("taker_charge",)),
          ("outside", ("outside_paid",)), ("rest of the market", ("rest_charge",)), ("nobody", ("uncovered",)),
          ("pending", ("pending_end",)))
HEADS = ("mechanism", "P(socialised)", "mean socialised loss, USD", "ES 99 of it, USD", "mean LP loss, USD",
         "who pays, percent of what is charged")


def money(estimate):
    if estimate.value == 0:
        return "0"
    interval = f" ({words.amount(estimate.low)}–{words.amount(estimate.high)})" if math.isfinite(estimate.low) else ""
    return words.amount(estimate.value) + interval


def payers(mechanism):
    paid = mechanism.paid()
    total = sum(paid.values())
    if not total > 0:
        return "nothing is lost"
    shares = sorted(((sum(paid[column] for column in columns) / total, name) for name, columns in PAYERS), reverse=True)
    return ", ".join(f"{name} {100 * share:.0f}" for share, name in shares if share >= 0.005)


def row(mechanism):
    def value(name):
        return mechanism.estimate(name)
    return (f"`{mechanism.name}`", words.percent(value("p_socialisation").value), money(value("mean_social_loss")),
            money(value("es_99_social_loss")), money(value("mean_lp_loss")), payers(mechanism))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="written by haircut compare")
    mechanisms = Comparison(parser.parse_args().file).mechanisms
    for cells in (HEADS, ("---",) * len(HEADS), *map(row, mechanisms)):
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
