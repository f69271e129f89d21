# SPDX-License-Identifier: GPL-3.0-or-later
"""Open interest by the price at which it is liquidated, and the worst paths' prices over it."""
import numpy as np

from . import words
from .canvas import LONG, MARK, OTHER, SHORT, legend_above, money_axis, price_axis, time_axis

TITLE = "Where are the liquidations, and how far do the worst paths reach?"
BARS = 60
NEAR = 0.10  # the caption counts what lies this near the start


def draw(results, canvas):
    levels, traces = level_table(results), results.traces()
    if levels is None and not traces:
        canvas.message("No liquidation levels in this file")
        return "This file holds neither the book's liquidation levels nor traced paths, so there is nothing to draw here."
    left, right = canvas.axes(columns=2, height=4.4, left=0.9, right=0.75, above=0.15, sharey=True, wspace=0.06, width_ratios=[1, 1.35])[0]
    low, high = price_range(results, levels, traces)
    if levels is not None:
        draw_levels(left, *levels, low, high)
    else:
        left.text(0.5, 0.5, "no liquidation levels\nin this file", ha="center", va="center", transform=left.transAxes)
        left.set_xlabel("Open interest (USD)")
    if traces:
        draw_traces(right, results, traces)
    else:
        right.text(0.5, 0.5, "no traced paths in this file\n(output.traces: 0)", ha="center", va="center", transform=right.transAxes)
        right.set_xticks([])
    left.set_ylim(low, high)
    left.set_ylabel("Price (USD)")
    price_axis(left.yaxis)
    if results.price:
        for axes in (left, right):
            axes.axhline(results.price, color=MARK, lw=0.9, ls=":")
        right.annotate(f"start\n{words.price(results.price)}", (1, results.price), xycoords=("axes fraction", "data"), xytext=(5, 0),
                       textcoords="offset points", ha="left", va="center", fontsize=9)
    return caption(results, levels, traces)


def level_table(results):
    """Middles and edges of price bins and the open interest of longs and shorts there, or None."""
    if not results.has("book/map", "price", "long_notional", "short_notional"):
        return None
    table = results.table("book/map")
    order = np.argsort(table["price"])
    price, longs, shorts = (table[key][order] for key in ("price", "long_notional", "short_notional"))
    if longs.sum() + shorts.sum() <= 0:
        return None
    if "low" in table and "high" in table:
        edges = np.append(table["low"][order], table["high"][order][-1])
    else:
        middle = np.sqrt(price[:-1] * price[1:])
        edges = np.concatenate([price[:1], middle, price[-1:]])
    return price, edges, longs, shorts


def price_range(results, levels, traces):
    """From under the lowest price reached (at least half the longs' levels) to most shorts' levels."""
    lows = [float(np.nanmin(marks(trace))) for trace in traces]
    highs = [float(np.nanmax(marks(trace))) for trace in traces]
    if levels is not None:
        price, _, longs, shorts = levels
        for values, share, found in ((longs, 0.25, lows), (shorts, 0.75, highs)):
            if values.sum() > 0:
                found.append(float(price[np.searchsorted(np.cumsum(values), share * values.sum()).clip(0, len(price) - 1)]))
    if results.price:
        lows.append(results.price)
        highs.append(results.price)
    low, high = min(lows), max(highs)
    pad = 0.04 * (high - low) or 0.05 * high
    return max(0.0, low - pad), high + pad


def draw_levels(axes, price, bins, longs, shorts, low, high):
    edges = np.linspace(low, high, BARS + 1)
    step = edges[1] - edges[0]
    for values, color, label in ((longs, LONG, "longs, sold"), (shorts, SHORT, "shorts, bought back")):
        total = np.append(0, np.cumsum(values))
        heights = np.diff(np.interp(edges, bins, total))  # a bin that an edge cuts counts in parts
        if heights.sum() > 0:
            axes.barh(edges[:-1], heights, height=step * 0.9, align="edge", color=color, label=label)
    axes.invert_xaxis()
    money_axis(axes.xaxis, ticks=4)
    axes.set_xlabel(f"Open interest (USD per {words.price(float(words.digits(step, 2).replace(',', '')))} of price)")
    legend_above(axes)


def marks(trace):
    """All marks of a path that are known."""
    seen = np.append(trace.mark, trace.rows["mark_after"])
    return seen[seen > 0]  # what does not apply to an event is 0


def draw_traces(axes, results, traces):
    size = time_axis(axes, results.horizon or traces[0].time[-1])
    for trace in traces[:0:-1]:
        axes.plot(trace.time / size, trace.mark, color=OTHER, lw=0.8, alpha=0.8)
    time, mark = traces[0].time, traces[0].mark
    axes.plot(time / size, mark, color=MARK, lw=1.8, label="worst path")
    if len(traces) > 1:
        axes.plot([], [], color=OTHER, lw=0.8, label=f"next {len(traces) - 1} worst")
    axes.set_xlim(0, time[-1] / size)
    legend_above(axes)


def below(edges, values, price):
    """What lies under a price; a bin that it cuts counts in parts."""
    return float(np.interp(price, edges, np.append(0, np.cumsum(values))))


def caption(results, levels, traces):
    parts, start = [], results.price
    if levels is not None and start:
        _, _, longs, shorts = levels
        near = longs.sum() - below(levels[1], longs, start * (1 - NEAR)), below(levels[1], shorts, start * (1 + NEAR))
        share = [words.percent(part / whole.sum(), 2) if whole.sum() > 0 else "0 %" for part, whole in zip(near, (longs, shorts))]
        parts.append(f"A fall of {NEAR:.0%} from {words.price(start)} reaches the liquidation price of {words.usd(near[0])} of longs "
                     f"({share[0]} of those that can be liquidated), a rise of {NEAR:.0%} that of {words.usd(near[1])} of shorts ({share[1]})."
                     .replace("10%", "10 %"))
    elif levels is None:
        parts.append("The book's liquidation levels are not in this file.")
    if traces and start:
        bottom, top = float(np.nanmin(marks(traces[0]))), float(np.nanmax(marks(traces[0])))
        if start - bottom >= top - start:
            passed = f", past the levels of {words.percent(1 - below(levels[1], longs, bottom) / longs.sum(), 2)} of longs" if levels is not None and longs.sum() > 0 else ""
            parts.append(f"The worst path's mark falls to {words.price(bottom)} ({words.percent(bottom / start - 1)}){passed}.")
        else:
            passed = f", past the levels of {words.percent(below(levels[1], shorts, top) / shorts.sum(), 2)} of shorts" if levels is not None and shorts.sum() > 0 else ""
            parts.append(f"The worst path's mark rises to {words.price(top)} ({words.change(top / start - 1)}){passed}.")
    elif not traces:
        parts.append("No path was traced, so no prices are drawn.")
    parts.append("Where bars are long, a small move sets off large forced orders." if levels is not None else "")
    return " ".join(part for part in parts if part)
