# SPDX-License-Identifier: GPL-3.0-or-later
"""What a larger insurance fund buys: P(it is not enough), and the mean and ES 99 of the loss behind it, against its size."""
import numpy as np

from . import words
from .canvas import FUND, LP, MARK, legend_above, money_axis, percent_axis
from .results import Estimate

TITLE = "How large should the insurance fund be?"
TARGETS = (0.01, 0.001)


def draw(results, canvas):
    if not results.has("fund_curve", "fund", "p"):
        canvas.message("No fund curve in this file")
        return ("This file holds no fund curve. It follows from one run only where the insurance fund is the first layer and its size "
                "does not feed back; elsewhere the fund must be varied by separate runs.")
    curve = results.table("fund_curve")
    if not np.nanmax(curve["p"]) > 0:
        canvas.message("No initial fund is needed")
        return f"On {words.no_path(results.count)} does bad debt exceed the fund's inflow, so with even an empty fund nobody behind it loses."
    lost = any(np.nanmax(curve[name], initial=0) > 0 for name in ("mean_loss", "es99") if name in curve)
    grid = canvas.axes(rows=1 + lost, height=2.5 + 2.4 * lost, left=0.95, above=0.15, sharex=True, hspace=0.12)[:, 0]
    draw_probability(grid[0], curve)
    if lost:
        draw_losses(grid[1], curve)
    right = right_end(curve, results.fund)
    grid[-1].set_xlim(0, right)
    money_axis(grid[-1].xaxis)
    grid[-1].set_xlabel("Initial insurance fund (USD)")
    for axes in grid:
        if results.fund is not None and results.fund > right and axes is grid[0]:
            axes.plot([], [], color=FUND, lw=1.8, label=f"fund now: {words.usd(results.fund)}, off to the right")
        elif results.fund is not None:
            axes.axvline(results.fund, color=FUND, lw=1.8, label=f"fund now: {words.usd(results.fund)}" if axes is grid[0] else None)
        legend_above(axes) if axes is grid[0] else axes.legend(loc="upper right")
    return caption(results, curve, right)


def right_end(curve, fund):
    """Up to where about one path in 2,000 needs more (the rest of the curve is a few paths), and
    to the present fund, unless that is so large that it would squeeze the curve."""
    rare = curve["fund"][curve["p"] >= min(0.0005, 0.02 * curve["p"].max())].max(initial=0.0)
    beyond = curve["fund"][curve["fund"] > rare].min(initial=curve["fund"].max())
    right = rare if rare > 0 else beyond
    return 1.25 * fund if fund and right < 1.25 * fund <= 4 * right else right or 1.0


def band(axes, x, low, high, floor, color, **look):
    axes.fill_between(x, np.maximum(low, floor), np.maximum(high, floor), color=color, alpha=0.2, lw=0, **look)


def draw_probability(axes, curve):
    floor = curve["p"][curve["p"] > 0].min() / 2
    p = np.where(curve["p"] > 0, curve["p"], floor / 10)
    axes.set_yscale("log")
    if "p_low" in curve and "p_high" in curve:
        band(axes, curve["fund"], curve["p_low"], curve["p_high"], floor, LP)
    axes.plot(curve["fund"], p, color=LP, lw=2, label="P(fund is not enough), with 95 % band")
    axes.set_ylim(max(floor, 0.0002 if np.nanmax(p) > 0.002 else floor), min(1.3, np.nanmax(p) * 2))
    percent_axis(axes.yaxis, log=True)
    axes.set_ylabel("P(fund is not enough)")


def draw_losses(axes, curve):
    axes.set_yscale("log")
    lines = (("es99", "ES 99: mean of the worst 1 %", MARK, "-"), ("mean_loss", "mean loss behind the fund: LPs, then uncovered", LP, "--"))
    drawn = [line for line in lines if line[0] in curve and np.nanmax(curve[line[0]], initial=0) > 0]
    top = max(np.nanmax(curve[name]) for name, *_ in drawn)
    floor = top * 1e-5
    for name, label, color, dashes in drawn:
        value, se = curve[name], curve.get(name + "_se")
        if se is not None:
            band(axes, curve["fund"], value - 1.96 * se, value + 1.96 * se, floor, color)
        axes.plot(curve["fund"], np.where(value > 0, value, floor / 10), color=color, ls=dashes, lw=2, label=label)
    axes.set_ylim(floor, top * 15)
    money_axis(axes.yaxis, log=True)
    axes.set_ylabel("Loss behind the fund (USD)")


def caption(results, curve, right):
    period = words.period(results.horizon)
    parts = []
    if results.lp_equity == 0:
        parts.append("There are no LPs: all that is lost behind the fund stays uncovered.")
    if results.fund is not None:
        parts.append(f"With the present fund of {words.usd(results.fund)} somebody behind it loses in {words.chance(not_enough(results, curve))} of {period}.")
        if results.fund > right:
            parts.append("It lies to the right of what is drawn.")
    needed = [(target, needed_fund(results, curve, target)) for target in TARGETS if curve["p"].max() > target]
    needed = [(target, fund) for target, fund in needed if fund is not None]
    if needed:
        texts = [f"in {words.digits(1 / target)} it takes {words.usd(fund)}" for target, fund in needed]
        parts.append(f"For somebody behind it to lose on at most one {words.period(results.horizon, False)} {', '.join(texts)}.")
    if results.fund is not None and "mean_loss" in curve:
        more = np.interp([results.fund, 2 * results.fund], curve["fund"], curve["mean_loss"])
        if more[0] > 0 and 0 < 2 * results.fund <= curve["fund"].max():
            parts.append(f"Doubling it lowers the mean loss behind it by {words.percent(1 - more[1] / more[0], 2)}.")
    if right < curve["fund"][curve["p"] > 0].max(initial=0.0):
        parts.append(f"Beyond {words.usd(right)} the curve rests on too few paths to draw.")
    bands = "bands are 95 %, and missing where too few paths lose" if np.isnan(curve.get("es99_se", np.zeros(1))).any() else "bands are 95 %"
    parts.append(f"Every point is from the same paths; {bands}.")
    return " ".join(parts)


def not_enough(results, curve):
    """P(the present fund is not enough): of the samples where they are kept, else from the curve."""
    at = {name: float(np.interp(results.fund, curve["fund"], curve[name])) if name in curve else np.nan for name in ("p", "p_low", "p_high")}
    required = results.column("fund_required")
    if required is not None:
        at["p"] = float((results.weights * (required > results.fund)).sum() / len(required))
    return Estimate(at["p"], at["p_low"], at["p_high"], "")


def needed_fund(results, curve, target):
    """The fund that leaves this probability: a quantile of the required fund, else from the curve."""
    table = results.table("distribution/fund_required/quantiles")
    if "level" in table and "value" in table:
        hit = np.flatnonzero(np.isclose(table["level"], 1 - target, rtol=0, atol=1e-9))
        if len(hit) and np.isfinite(table["value"][hit[0]]):
            return float(table["value"][hit[0]])
    enough = np.flatnonzero(curve["p"] <= target)
    return float(curve["fund"][enough[0]]) if len(enough) else None
