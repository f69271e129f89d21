# SPDX-License-Identifier: GPL-3.0-or-later
"""How large LP losses are when there are any, with VaR 95, VaR 99 and ES 99."""
import numpy as np

from . import words
from .canvas import LP, MARK, QUIET, legend_above, money_axis, percent_axis
from .exceedance import nothing

TITLE = "How large are losses of liquidity providers?"
BARS, DECADES = 28, 4
MARKS = (("var_95_lp_loss", "VaR 95", ":"), ("var_99_lp_loss", "VaR 99", "--"), ("es_99_lp_loss", "ES 99", "-"))


def draw(results, canvas):
    low, high, count = bins(results)
    if count is None or count.sum() == 0:
        canvas.message(nothing(results)[0])
        return nothing(results)[1]
    total = results.count or int(count.sum() + zeros(results))
    edges, merged, below = coarse(low, high, count)
    axes = canvas.axes(height=3.5, left=0.95, above=0.5)[0, 0]
    axes.set_xscale("log")
    axes.bar(edges[:-1], merged / total, width=np.diff(edges), align="edge", color=LP, alpha=0.75, edgecolor="white", lw=0.6)
    draw_errors(axes, edges, merged, total)
    axes.set_xlim(edges[0], edges[-1] * 1.05)
    for name, label, dashes in MARKS:
        mark(axes, results.estimate(name), label, dashes)
    legend_above(axes, 1)
    money_axis(axes.xaxis, log=True)
    percent_axis(axes.yaxis)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("LP loss (USD, logarithmic; " + ("paths without loss are not drawn)" if zeros(results) else "every path loses)"))
    axes.set_ylabel(f"Share of all {words.period(results.horizon)}")
    return caption(results, low, high, count, total, below, edges[0])


def bins(results):
    group = "distribution/lp_loss/histogram"
    table = results.table(group)
    counts = table.get("count", table.get("counts"))
    if counts is None or counts.size == 0:
        return None, None, None
    if "low" in table and "high" in table:
        return table["low"], table["high"], counts
    edges = table.get("edges", table.get("edge"))
    return (edges[:-1], edges[1:], counts) if edges is not None and len(edges) == len(counts) + 1 else (None, None, None)


def zeros(results):
    group = "distribution/lp_loss/histogram"
    for node in (group, group + "/count", group + "/counts"):
        value = results.attribute(node, "zero")
        if value is not None:
            return int(np.atleast_1d(value)[0])
    return 0


def coarse(low, high, count):
    """The fine bins summed into some thirty bars over the decades that matter."""
    used = np.flatnonzero(count)
    top = high[used[-1]]
    bottom = max(low[used[0]], top * 10.0**-DECADES)
    centre = np.sqrt(np.maximum(low, 1e-300) * high)
    inside = centre >= bottom
    fine = max(1, int(round((inside & (centre <= top)).sum() / BARS)))
    first, last = int(np.flatnonzero(inside)[0]), int(used[-1]) + 1
    starts = np.arange(first, last, fine)
    edges = np.append(low[starts], high[min(starts[-1] + fine, len(high)) - 1])
    merged = np.add.reduceat(count[first:min(starts[-1] + fine, len(count))], starts - first)
    return edges, merged, int(count[:first].sum())


def draw_errors(axes, edges, merged, total):
    """95 % intervals of the bars (Wilson 1927), thin enough not to compete with them."""
    p, z = merged / total, 1.959964
    centre, half = p + z * z / (2 * total), z * np.sqrt(p * (1 - p) / total + z * z / (4 * total**2))
    low, high = ((centre + sign * half) / (1 + z * z / total) for sign in (-1, 1))
    axes.vlines(np.sqrt(edges[:-1] * edges[1:])[merged > 0], low[merged > 0], high[merged > 0], color=MARK, lw=0.7, alpha=0.6)
    axes.set_ylim(0, 1.05 * high.max())


def mark(axes, estimate, label, dashes):
    if not estimate.known:
        axes.plot([], [], " ", label=f"{label}: {words.bare(estimate.note) or 'not known'}")
    elif estimate.value <= axes.get_xlim()[0]:
        axes.plot([], [], color=MARK, ls=dashes, label=f"{label}: {words.usd(estimate.value)}" + ("" if estimate.value <= 0 else " (left of the axis)"))
    else:
        axes.axvline(estimate.value, color=MARK, ls=dashes, lw=1.6, label=f"{label}: {words.money(estimate)}")
        if np.isfinite(estimate.low) and np.isfinite(estimate.high):
            axes.axvspan(max(estimate.low, axes.get_xlim()[0]), estimate.high, color=QUIET, alpha=0.13, lw=0)


def caption(results, low, high, count, total, below, left):
    period = words.period(results.horizon)
    parts = []
    socialised, var, shortfall = (results.estimate(name) for name in ("p_socialisation", "var_99_lp_loss", "es_99_lp_loss"))
    if socialised.known and socialised.value < 1:
        parts.append(f"On {words.percent(1 - socialised.value)} of {period} LPs lose nothing.")
    quarter, half, most = (within(low, high, count, share) for share in (0.25, 0.5, 0.75))
    largest = results.table("distribution/lp_loss/exceedance").get("x", np.array([np.inf])).max(initial=0.0) or np.inf
    quarter, half, most = (words.usd(min(loss, largest)) for loss in (quarter, half, most))
    if quarter != most:
        parts.append(f"When they do, about half of the losses lie between {quarter} and {most}, the middle one near {half}.")
    if var.known and shortfall.known and var.value <= 0:
        parts.append(f"VaR 99 is 0: ES 99, {words.money(shortfall)}, is the mean of the worst 1 % of paths, of which only {int(count.sum()):,} lose.")
    elif var.known and shortfall.known:
        parts.append(f"VaR 99: on one {words.period(results.horizon, False)} in 100 they lose {words.usd(var.value)} or more; "
                     f"ES 99: on those, {words.money(shortfall)} on average.")
    elif shortfall.note:
        parts.append(f"ES 99 is not given: {words.bare(shortfall.note)}.")
    if below:
        parts.append(f"{below:,} of {total:,} paths lose less than {words.usd(left, 2)} and are not drawn.")
    parts.append("Grey bands and thin lines: 95 % intervals.")
    return " ".join(parts)


def within(low, high, count, share):
    """About the loss that this share of losing paths stays below (log-linear within a bin)."""
    total = np.cumsum(count)
    i = int(np.searchsorted(total, share * total[-1]))
    part = (share * total[-1] - (total[i] - count[i])) / count[i]
    return low[i] * (high[i] / low[i]) ** part if low[i] > 0 else high[i] * part
