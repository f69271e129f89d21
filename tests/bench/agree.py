#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do programs agree? Reads summaries as JSON: {"paths": n, "summary": {"metric": {"mean": m, "sd": s, "mean_se": e}}}.

Two files from different random streams: every common mean within --limit combined standard errors. Both programs
are supposed to sample one law, so the larger of the two deviations stands for both (the smaller one comes from a program
that has seen no rare event yet). --exact: any number of files of one random stream, equal to rounding.
"""
import argparse
import json
import math
import sys

REQUIRED = ("bad_debt", "liquidated_notional", "liquidations", "mark_end")
OTHERS = (
    "lp_loss", "insurance_paid", "fund_end", "fund_min", "fund_required", "uncovered", "cascade_rounds",
    "displacement_max", "first_loss_step", "mark_low",
)


class Estimate:
    """A mean with its standard error; sd is None where it cannot be had."""

    def __init__(self, entry, paths):
        self.mean = float(entry["mean"])
        self.paths = entry.get("n", entry.get("count", paths))
        self.se = next((float(entry[k]) for k in ("mean_se", "se") if entry.get(k) is not None), None)
        self.sd = next((float(entry[k]) for k in ("sd", "deviation") if entry.get(k) is not None), None)
        if self.sd is None and self.se is not None and self.paths:
            self.sd = self.se * math.sqrt(self.paths)
        if self.se is None and self.sd is not None and self.paths:
            self.se = self.sd / math.sqrt(self.paths)

    def usable(self):
        return math.isfinite(self.mean) and self.se is not None and math.isfinite(self.se)


def load(name):
    with open(name, encoding="utf-8") as file:
        data = json.load(file)
    paths = data.get("paths") or data.get("run", {}).get("paths")
    found = {}
    for metric, entry in data.get("summary", {}).items():
        if metric.startswith("mean_") and isinstance(entry, dict) and "value" in entry:
            # haircut's own form; a mean of rare events has no standard error of its own, and the
            # other program's deviation then stands for both.
            error = entry.get("se_paths")
            entry = {"mean": entry["value"], "mean_se": 0.0 if error is None else error}
            metric = metric[len("mean_"):]
        if isinstance(entry, dict) and isinstance(entry.get("mean"), (int, float)):
            found[metric] = Estimate(entry, paths)
    return found


def combined_error(a, b):
    if a.sd is not None and b.sd is not None and a.paths and b.paths:
        return max(a.sd, b.sd) * math.sqrt(1.0 / a.paths + 1.0 / b.paths)
    return math.hypot(a.se, b.se)


def distance(a, b):
    """Difference in combined standard errors; rounding alone is none."""
    gap = abs(a.mean - b.mean)
    if gap <= 1e-9 * max(abs(a.mean), abs(b.mean)):
        return 0.0
    error = combined_error(a, b)
    return gap / error if error > 0.0 else math.inf


def statistical(first, second, limit):
    compared, failed = [], []
    for metric in REQUIRED + OTHERS:
        a, b = first.get(metric), second.get(metric)
        if not (a and b and a.usable() and b.usable()):
            if metric in REQUIRED:
                print(f"agree: {metric}: not in both", file=sys.stderr)
                failed.append(metric)
            continue
        z = distance(a, b)
        compared.append(z)
        if z > limit:
            failed.append(metric)
            print(f"agree: {metric}: {a.mean:.8g} ± {a.se:.2g} against {b.mean:.8g} ± {b.se:.2g}: {z:.1f} standard errors", file=sys.stderr)
    if compared:
        print(f"{len(compared)} means, farthest {max(compared):.1f} standard errors apart")
    return not failed


def exact(summaries, tolerance):
    worst, where = 0.0, "-"
    for metric in summaries[0]:
        for field in ("mean", "sd"):
            values = [getattr(s[metric], field) for s in summaries]
            scale = max(map(abs, values))
            gap = (max(values) - min(values)) / scale if scale > 0.0 else 0.0
            if gap > worst:
                worst, where = gap, f"{metric} {field}"
    print(f"{len(summaries)} kernels, largest relative difference {worst:.1e} ({where})")
    return worst <= tolerance


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("files", nargs="+")
    p.add_argument("--limit", type=float, default=4.0)
    p.add_argument("--exact", action="store_true")
    p.add_argument("--tolerance", type=float, default=1e-9, help="relative, with --exact")
    a = p.parse_args()
    summaries = [load(name) for name in a.files]
    if a.exact:
        return exact(summaries, a.tolerance)
    if len(summaries) != 2:
        p.error("two files, or --exact")
    return statistical(*summaries, a.limit)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
