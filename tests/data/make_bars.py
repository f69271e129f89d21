#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes bars.csv: 400 hourly bars of an invented market with a crash, for tests and trials of
the replay model. No real prices. The same seed gives the same file.

usage: make_bars.py [FILE]   (bars.csv beside this script)"""
import datetime
import math
import pathlib
import random
import sys

SEED = 20200312
HOURS, MINUTES = 400, 60
CRASH = range(240, 256)  # hours: a slide of about half, and a rebound
START = datetime.datetime(2024, 1, 1)


def hourly_law(hour):
    """Drift and volatility of an hour, in logs."""
    if hour not in CRASH:
        return 0.0, 0.006 if hour < CRASH.start else 0.015
    at = hour - CRASH.start
    return (-0.065 if at < 12 else 0.06), (0.03 if at < 12 else 0.04)


def main():
    random_numbers = random.Random(SEED)
    target = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("bars.csv")
    price = 8000.0
    with open(target, "w", encoding="ascii", newline="\n") as out:
        out.write("time,open,high,low,close,volume\n")
        for hour in range(HOURS):
            drift, volatility = hourly_law(hour)
            path = [price]
            for _ in range(MINUTES):
                move = random_numbers.gauss(drift / MINUTES, volatility / math.sqrt(MINUTES))
                path.append(path[-1] * math.exp(move))
            bar = [round(p, 2) for p in (path[0], max(path), min(path), path[-1])]
            volume = round(50 * volatility / 0.006 * random_numbers.uniform(0.5, 2.0), 3)
            time = START + datetime.timedelta(hours=hour)
            out.write(f"{time:%Y-%m-%d %H:%M:%S},{bar[0]},{bar[1]},{bar[2]},{bar[3]},{volume}\n")
            price = bar[3]


if __name__ == "__main__":
    main()
