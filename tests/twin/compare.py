#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares an engine's paths with the twin's, path by path.

    compare.py CONFIG.yaml --haircut FILE.csv | --haircut-h5 FILE.h5 [--paths N] [--worst N]

Tolerance: USD 1e-9 * |value| + 1e-12 * notional of the book; others 1e-9 * |value| + 1e-12; counts equal;
nan equals nan. Exit 0 when everything agrees, 1 otherwise, with the worst offenders.
"""
import argparse
import csv
import math
import sys

import twin

COUNTS = ("liquidations", "cascade_rounds", "first_loss_step", "first_social_step", "adl_accounts",
          "backstop_accounts", "halt_step")
RATIOS = ("lp_loss_share", "leaver_loss_share", "stayer_loss_share", "displacement_max", "mark_low", "mark_end", "mark_low_no_impact")


def read_csv(name, limit):
    with open(name, newline="") as f:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(line for line in f if not line.startswith("#"))]
    return rows[:limit]


def read_h5(name, classes, limit):
    import h5py
    with h5py.File(name, "r") as f:
        columns = {}
        for column, data in f["paths"].items():
            if column == "lp_loss_class":
                for i, lp in enumerate(classes):
                    columns["lp_loss_class_" + lp] = data[:limit, i]
            elif isinstance(data, h5py.Dataset) and data.ndim == 1:
                columns[column] = data[:limit]
    length = len(columns["lp_loss"])
    columns = {k: v for k, v in columns.items() if len(v) == length}
    columns["path"] = columns.get("path", range(length))
    return [{k: float(v[i]) for k, v in columns.items()} for i in range(length)]


def excess(column, mine, theirs, notional):
    """Deviation in units of its tolerance; more than 1 is a failure."""
    if math.isnan(mine) or math.isnan(theirs):
        return 0.0 if math.isnan(mine) and math.isnan(theirs) else math.inf
    deviation = abs(mine - theirs)
    if column in COUNTS:
        return 0.0 if deviation == 0 else math.inf
    return deviation / (1e-9 * abs(mine) + (1e-12 if column in RATIOS else 1e-12 * notional))


def main(argv=None):
    parser = argparse.ArgumentParser(description="Compares an engine's paths with the twin's.")
    parser.add_argument("config")
    parser.add_argument("--before", metavar="FILE", action="append", default=[], help="configurations that come before it")
    parser.add_argument("--haircut", metavar="CSV")
    parser.add_argument("--haircut-h5", metavar="FILE")
    parser.add_argument("--paths", type=int, help="only the first N paths of the file")
    parser.add_argument("--worst", type=int, default=10, help="how many offenders to print")
    args = parser.parse_args(argv)
    if (args.haircut is None) == (args.haircut_h5 is None):
        parser.error("one of --haircut and --haircut-h5")
    c = twin.load(args.config, before=args.before)
    notional = math.fsum(c["book"]["size"])
    if args.haircut:
        theirs = read_csv(args.haircut, args.paths)
    else:
        theirs = read_h5(args.haircut_h5, c["lp_names"], args.paths)
    if not theirs:
        sys.exit("compare: no paths in the file")

    largest, offenders, missing, bad_paths = {}, [], set(), set()
    for mine, other in zip(twin.run(c, [int(row["path"]) for row in theirs]), theirs):
        for column, value in mine.items():
            if column == "path":
                continue
            if column not in other:
                missing.add(column)
                continue
            ratio = excess(column, value, other[column], notional)
            deviation = abs(value - other[column])
            worst = largest.get(column, (-1.0, 0.0, 0))
            if ratio > worst[0]:
                largest[column] = (ratio, deviation, mine["path"])
            if ratio > 1:
                offenders.append((ratio, mine["path"], column, value, other[column]))
                bad_paths.add(mine["path"])

    print("%-28s %12s %14s %8s" % ("column", "largest dev", "in tolerances", "path"))
    for column, (ratio, deviation, path) in largest.items():
        print("%-28s %12.3g %14.3g %8d" % (column, deviation, ratio, path))
    print("%s: %d paths, %d differ" % (c["name"], len(theirs), len(bad_paths)))
    if missing:
        print("missing in the engine's file: " + ", ".join(sorted(missing)))
    if offenders:
        print("worst offenders:")
        for ratio, path, column, value, other in sorted(offenders, key=lambda o: -o[0])[:args.worst]:
            print("  path %d %s: twin %r, engine %r (%.3g tolerances)" % (path, column, value, other, ratio))
        first = min(bad_paths)
        print("first path that differs: %d" % first)
        for ratio, path, column, value, other in offenders:
            if path == first:
                print("  %s: twin %r, engine %r" % (column, value, other))
    return 1 if offenders or missing else 0


if __name__ == "__main__":
    sys.exit(main())
