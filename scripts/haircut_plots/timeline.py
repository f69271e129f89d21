# SPDX-License-Identifier: GPL-3.0-or-later
"""Bands of mark, fund, LP equity and open interest over time."""
import numpy as np

from . import words
from .canvas import FUND, LONG, LP, MARK, money_axis, price_axis, time_axis

TITLE = "How do price, fund, LP equity and open interest spread over time?"
PANELS = (("mark", "Mark (USD)", MARK), ("fund", "Insurance\nfund (USD)", FUND), ("lp_equity", "LP equity\n(USD)", LP),
          ("open_interest", "Open interest,\nlongs (USD)", LONG))


def draw(results, canvas):
    names = [name for name, *_ in PANELS if results.has("timeline", name)]
    if not names or not results.has("timeline", "time", "quantile"):
        canvas.message("No timeline in this file")
        return "This file holds no timeline (output.timeline.points: 0), so there is nothing to draw here."
    table = results.table("timeline")
    panels = [panel for panel in PANELS if panel[0] in names and (panel[0] != "lp_equity" or np.nanmax(table["lp_equity"]) > 0)]
    grid = canvas.axes(rows=len(panels), height=1.35 * len(panels) + 0.25, left=1.1, right=0.9, sharex=True, hspace=0.16)[:, 0]
    size = time_axis(grid[-1], table["time"][-1])
    time, levels = table["time"] / size, table["quantile"]
    for axes, (name, label, color) in zip(grid, panels):
        draw_bands(axes, time, levels, table[name], color)
        axes.set_ylabel(label)
        axes.set_xlim(0, time[-1])
        (price_axis if name == "mark" else money_axis)(axes.yaxis, ticks=4)
    return caption(results, table, levels)


def draw_bands(axes, time, levels, values, color):
    """Nested bands between mirrored quantiles, the median, and a dotted line at the lowest."""
    order = np.argsort(levels)
    levels, values = levels[order], values[:, order]
    pairs = [(i, len(levels) - 1 - i) for i in range(len(levels) // 2) if np.isclose(levels[i] + levels[-1 - i], 1)]
    for i, j in pairs:
        axes.fill_between(time, values[:, i], values[:, j], color=color, alpha=0.14, lw=0)
    middle = int(np.argmin(np.abs(levels - 0.5)))
    axes.plot(time, values[:, middle], color=color, lw=1.8)
    axes.plot(time, values[:, 0], color=color, lw=0.9, ls=":")
    top, bottom = np.nanmax(values), np.nanmin(values)
    if top - bottom <= 1e-9 * max(abs(top), 1.0):
        axes.set_ylim((0, 1.2 * top) if top > 0 else (-1, 1))
    label_ends(axes, [(values[-1, 0], words.percent(levels[0])), (values[-1, middle], "median"), (values[-1, -1], words.percent(levels[-1]))])


def label_ends(axes, labels):
    """Names of quantiles at the right end; those that would touch share one label."""
    bottom, top = axes.get_ylim()
    groups = []
    for value, label in labels:
        if groups and value - groups[-1][0][-1] < 0.14 * (top - bottom):
            groups[-1][0].append(value)
            groups[-1][1].append(label)
        else:
            groups.append(([value], [label]))
    for places, names in groups:
        label = names[0] if len(names) == 1 else f"{names[0]} to\n{names[-1]}"
        axes.annotate(label, (1, sum(places) / len(places)), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
                      va="center", fontsize=8.5)


def lowest(what, start, end):
    """What one quantity comes to at its lowest quantile."""
    if end >= start:
        return f"{what} ends at or below {words.usd(end)} (start: {words.usd(start)})"
    return f"{what} goes from {words.usd(start)} to {words.usd(end)}{' or less' if end > 0 else ''}"


def caption(results, table, levels):
    end = {name: table[name][-1] for name, *_ in PANELS if name in table}
    parts = []
    period, low, high = words.period(results.horizon), int(np.argmin(levels)), int(np.argmax(levels))
    share = words.percent(levels[high] - levels[low])
    if "mark" in end:
        lowest_end, highest_end = words.price(end["mark"][low]), words.price(end["mark"][high])
        where = f"lies between {lowest_end} and {highest_end}" if lowest_end != highest_end else f"is {lowest_end}"
        parts.append(f"After {words.duration(table['time'][-1])} the mark {where} on {share} of {period}.")
    worst = [lowest(what, table[name][0][low], end[name][low])
             for name, what in (("fund", "the fund"), ("lp_equity", "LP equity")) if name in end and table[name][0][low] > 0]
    if worst:
        parts.append(f"On {words.percent(levels[low])} of {period} {' and '.join(worst)}.")
    middle = int(np.argmin(np.abs(levels - 0.5)))
    if "open_interest" in end and table["open_interest"][0][middle] > 0:
        change = end["open_interest"][middle] / table["open_interest"][0][middle] - 1
        parts.append(f"The median open interest of longs changes by {words.change(change, 2)}.")
    parts.append(f"Line: median; shades: quantiles {', '.join(words.digits(100 * level) for level in sorted(levels))} %; dotted: the {words.percent(min(levels))} quantile. "
                 "Quantiles of each time by itself: no single path follows a line.")
    first = results.attribute("timeline", "paths")
    if first is not None and results.count and first < results.count:
        parts.append(f"Bands are of the first {int(first):,} paths.")
    return " ".join(parts)
