#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the benchmark table from the raw runs of scripts/bench.sh.

A line of the raw file: config, group, program, load average, timing line; tab separated. A group is one alternation
of two programs, in which neighbours are pairs.
"""
import statistics
import sys


def read(name):
    runs = []
    with open(name, encoding="utf-8") as file:
        for line in file:
            config, group, program, load, timing = line.rstrip("\n").split("\t")
            fields = dict(part.split("=", 1) for part in timing.split()[1:] if "=" in part)
            paths = float(fields["paths"])
            run = {"config": config, "group": group, "program": program, "load": float(load), "vector": fields.get("vector", "-")}
            run["ns"] = 1e9 * float(fields["seconds"]) / paths
            for key in ("draws", "events", "rounds"):
                run[key] = float(fields[key]) / paths if key in fields else None
            run["floor"] = float(fields["floor_ns"]) if "floor_ns" in fields else None
            runs.append(run)
    return runs


def select(runs, **wanted):
    return [run for run in runs if all(run[key] == value for key, value in wanted.items())]


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def show(value):
    if value is None:
        return "-"
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def ratio(runs, config, group, slow, fast):
    """Median of the ratios of neighbouring runs, with the smallest and largest."""
    a = [run["ns"] for run in select(runs, config=config, group=group, program=slow)]
    b = [run["ns"] for run in select(runs, config=config, group=group, program=fast)]
    ratios = [x / y for x, y in zip(a, b)]
    return f"{show(median(ratios))} ({show(min(ratios))}-{show(max(ratios))})" if ratios else "-"


def unique(values):
    return list(dict.fromkeys(values))


def main_rows(runs):
    yield ["config", "baseline", "ns/path", "haircut", "ratio", "draws", "events", "rounds", "vector", "floor", "GSL draws", "load"]
    for config in unique(run["config"] for run in runs):
        floor = median(run["ns"] for run in select(runs, config=config, program="draws"))
        for group in unique(run["group"] for run in select(runs, config=config)):
            rival = select(runs, config=config, program=group, group=group)
            if not rival or group == "draws":
                continue
            ours = select(runs, config=config, program="haircut", group=group)
            counted = ours or rival  # without haircut, the counts of the baseline
            yield [config, group, show(median(run["ns"] for run in rival)), show(median(run["ns"] for run in ours)),
                   ratio(runs, config, group, group, "haircut"),
                   *(show(median(run[key] for run in counted)) for key in ("draws", "events", "rounds")),
                   counted[0]["vector"], show(median(run["floor"] for run in ours)), show(floor),
                   f"{max(run['load'] for run in rival + ours):.1f}"]


def print_table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def print_rules(runs):
    """Each rule against the generic one, in pairs; neighbours in the file are pairs."""
    both = select(runs, group="rule")
    pairs = [(a, b) for a, b in zip(both[::2], both[1::2])]
    for program in unique(b["program"] for _, b in pairs):
        own = [(a["ns"], b["ns"]) for a, b in pairs if b["program"] == program]
        ratios = [b / a for a, b in own]
        print(f"{program.replace('+', ', rule ')}, dense-1m: {show(median(b for _, b in own))} ns a path, "
              f"{show(median(ratios))} ({show(min(ratios))}-{show(max(ratios))}) times the generic rule ({show(median(a for a, _ in own))})")


def print_extras(runs):
    print_rules(runs)
    if select(runs, program="haircut-2"):
        print(f"haircut, dense-1m, one thread over two: {ratio(runs, 'dense-1m', 'threads', 'haircut-1', 'haircut-2')}")
    equity, scan = (median(run["ns"] for run in select(runs, config="dense-1m", program=program)) for program in ("scan-equity", "scan"))
    if equity and scan:
        print(f"dense-1m, scan-equity over scan, time a path: {show(equity / scan)}")
    for program in ("haircut", "cursor", "cursor-prefix", "scan"):
        many = median(run["ns"] for run in select(runs, config="million-1m", program=program))
        few = median(run["ns"] for run in select(runs, config="dense-1m", program=program))
        if many and few:
            print(f"{program}: 10^6 accounts over 10^4, time a path: {many / few:.2f}")


def main():
    runs = read(sys.argv[1])
    print_table(list(main_rows(runs)))
    print_extras(runs)


if __name__ == "__main__":
    main()
