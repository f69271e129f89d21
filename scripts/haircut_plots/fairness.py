# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts are charged: mean Lorenz curve of what accounts pay. Only where a mechanism charges accounts."""
import numpy as np

from . import words
from .canvas import LP, MARK, QUIET, percent_axis
from .results import Estimate

TITLE = "How evenly are accounts charged?"
HALF, TENTH = 0.5, 0.9


def applies(results):
    return results.has("lorenz", "fraction", "share")


def draw(results, canvas):
    if not applies(results):
        canvas.message("No account is charged")
        return f"On {words.no_path(results.count)} does an account pay: the mechanism charges none, or had no need to."
    curve = results.table("lorenz")
    axes = canvas.axes(height=4.6, left=1.7, right=1.7)[0, 0]
    x, y = curve["fraction"], curve["share"]
    axes.fill_between(x, y, x, color=LP, alpha=0.09, lw=0)
    axes.plot([0, 1], [0, 1], color=QUIET, lw=1.2, ls="--")
    axes.annotate("all pay the same", (0.36, 0.36), (0, 5), textcoords="offset points", rotation=45, rotation_mode="anchor",
                  transform_rotates_text=True, ha="center", color=QUIET, fontsize=9)
    if "low" in curve and np.isfinite(curve["low"]).any():
        axes.fill_between(x, curve["low"], curve["high"], color=LP, alpha=0.3, lw=0)
    axes.plot(x, y, color=LP, lw=2)
    half, rest = below(results, HALF).value, below(results, TENTH).value
    draw_part(axes, HALF, half, 0, half, "the half that\npays least")
    draw_part(axes, TENTH, rest, rest, 1, "the tenth that\npays most")
    gini = results.estimate("mean_payment_gini")
    if gini.known:
        axes.text(0.04, 0.96, f"Gini coefficient {words.digits(gini.value)}\n(twice the shaded area)", va="top", fontsize=9, color=MARK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_yticks(np.linspace(0, 1, 6))
    percent_axis(axes.xaxis)
    percent_axis(axes.yaxis)
    axes.set_xlabel("Accounts that paid, from those who paid least")
    axes.set_ylabel("Their share of all that accounts paid")
    return caption(results)


def draw_part(axes, fraction, share, low, high, who):
    """A point of the curve, and beside the axes what those on one side of it pay."""
    axes.plot([fraction, 1], [share, share], color=LP, lw=0.8, ls=":")
    axes.plot([fraction], [share], "o", color=LP, ms=5, clip_on=False)
    axes.plot([1.025, 1.025], [low, high], color=LP, lw=3, solid_capstyle="butt", clip_on=False)
    axes.annotate(f"{who}: {words.percent(high - low, 2)}", (1.025, max(0.5 * (low + high), 0.02)), (6, 0), textcoords="offset points",
                  va="center", fontsize=9, color=MARK, annotation_clip=False)


def below(results, fraction):
    """What the payers up to this fraction pay, of all."""
    curve = results.table("lorenz")
    at = int(np.argmin(np.abs(curve["fraction"] - fraction)))
    ends = [float(curve[name][at]) if name in curve else np.nan for name in ("low", "high")]
    return Estimate(float(curve["share"][at]), *ends, "")


def above(results, fraction):
    rest = below(results, fraction)
    return Estimate(1 - rest.value, 1 - rest.high, 1 - rest.low, "")


def plain(estimate):
    """0.71 (0.707–0.714)"""
    ends = f"{words.GLUE}({words.digits(estimate.low)}–{words.digits(estimate.high)})" if np.isfinite(estimate.low) else ""
    return words.digits(estimate.value) + ends


def caption(results):
    paths = int(results.attribute("lorenz", "paths", 0))
    gini, top, haircut = (results.estimate(name) for name in ("mean_payment_gini", "mean_payment_top10", "mean_haircut_max"))
    parts = [f"Accounts pay on {paths:,} of {results.count:,} paths. There the half of them that pays least bears {words.chance(below(results, HALF))} "
             f"of what accounts pay, and the tenth that pays most {words.chance(above(results, TENTH))}."]
    if gini.known and top.known:
        parts.append(f"The Gini coefficient is {plain(gini)}; the 10 greatest payers bear {words.chance(top)}: {verdict(gini.value, top.value, above(results, TENTH).value)}.")
    if gini.known and gini.value > 0.2:
        parts.append("Accounts differ in size: one rate for all is uneven too, so compare mechanisms on the same book.")
    if haircut.known:
        parts.append(f"The account that is hit hardest loses {words.chance(haircut)} of its equity in one settlement.")
    parts.append("Means over paths on which accounts pay; " + ("bands are 95 %." if np.isfinite(below(results, HALF).low) else "too few of them for a band."))
    return " ".join(parts)


def verdict(gini, top, tenth):
    if top > 0.5:
        return "a handful of accounts carries most of the loss, and decides whether it can be collected"
    if tenth > 0.5:
        return "most of the loss falls on a small part of those who pay, though not on a handful of accounts"
    return "nearly all who pay, pay alike" if gini < 0.2 else "the loss is spread widely"
