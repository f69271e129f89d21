# SPDX-License-Identifier: GPL-3.0-or-later
"""A metric over one axis of a sweep, a line a value of another, with bands; points of other designs against each axis."""
import numpy as np
from matplotlib.ticker import NullLocator

from .canvas import FUND, LONG, LP, LP_PROFIT, MARK, SHORT, UNCOVERED, legend_above, money_axis, percent_axis
from .sweep import shown

TITLE = "One parameter"
COLORS = (FUND, LP, LONG, SHORT, LP_PROFIT, UNCOVERED)
MOST = len(COLORS)
MOST_TICKS = 12  # points of a log axis that are all written at it


def value_axis(axis, unit):
    if unit == "USD":
        money_axis(axis)
    elif unit == "1":
        percent_axis(axis)


def along(sweep):
    """The axis of the lines: the first with numbers; and that which tells lines apart, or None."""
    varying = [i for i, axis in enumerate(sweep.axes) if len(axis.values) > 1] or [0]
    first = next((i for i in varying if sweep.axes[i].numeric), varying[0])
    return first, next((i for i in varying if i != first), None)


def draw(sweep, canvas, metric):
    canvas.title = f"{sweep.title(metric)} over {'one parameter' if sweep.grid else 'the points of the design'}"
    return draw_grid(sweep, canvas, metric) if sweep.grid else draw_points(sweep, canvas, metric)


def chosen(count):
    return sorted({int(round(at)) for at in np.linspace(0, count - 1, min(count, MOST))})


def placed(sweep, first, second, other):
    """Where the points along axis `first` are, with `second` at its value `other` and the rest at their first."""
    return tuple(slice(None) if i == first else other if i == second else 0 for i in range(len(sweep.axes)))


def draw_grid(sweep, canvas, metric):
    unit = sweep.unit(metric)
    first, second = along(sweep)
    axis = sweep.axes[first]
    others = [0] if second is None else chosen(len(sweep.axes[second].values))
    axes = canvas.axes(height=3.6, above=0.0 if second is None else 0.45)[0, 0]
    x = axis.values.astype(float) if axis.numeric else np.arange(len(axis.values), dtype=float)
    values, low, high = (sweep.metric(metric, suffix) for suffix in ("", "_low", "_high"))
    for color, other in zip(COLORS, others):
        at = placed(sweep, first, second, other)
        axes.fill_between(x, low[at], high[at], color=color, alpha=0.15, lw=0)
        axes.plot(x, values[at], color=color, marker="o", ms=3.5, lw=1.6,
                  label=None if second is None else sweep.axes[second].labels[other] + ("" if np.isfinite(values[at]).any() else " (too few paths)"))
    log = axis.numeric and x.min() > 0 and x.max() > 30 * x.min()
    if log:
        axes.set_xscale("log")
    if log and len(x) <= MOST_TICKS:
        axes.set_xticks(x, axis.labels)
        axes.xaxis.set_minor_locator(NullLocator())
    elif log and axis.unit in ("USD", "1"):
        axes.xaxis.set_major_formatter(lambda v, _: shown(v, axis.unit))
    elif axis.numeric:
        value_axis(axes.xaxis, axis.unit)
    else:
        axes.set_xticks(x, axis.labels, rotation=30 if len(x) > 6 else 0, ha="right" if len(x) > 6 else "center")
    axes.set_ylim(bottom=min(0.0, np.nanmin(values)) if np.isfinite(values).any() else 0.0)
    value_axis(axes.yaxis, unit)
    axes.set_xlabel(axis.title)
    axes.set_ylabel(sweep.title(metric) + ("" if unit == "1" else f" ({unit})"))
    if second is not None:
        legend_above(axes, MOST, title=sweep.axes[second].title, title_fontsize=9, alignment="left")
    return caption(sweep, metric, first, second, values)


def caption(sweep, metric, first, second, values):
    unit, title, axis = sweep.unit(metric), sweep.title(metric), sweep.axes[first]
    lines = [(other, values[placed(sweep, first, second, other)])
             for other in range(1 if second is None else len(sweep.axes[second].values))]
    other, line = next(((other, line) for other, line in lines if np.isfinite(line).any()), lines[0])
    finite = np.flatnonzero(np.isfinite(line))
    if not finite.size:
        return f"{title} rests on fewer than 100 tail paths at every point: use more --paths."
    a, b = finite[0], finite[-1]
    under = "" if second is None else f" at {sweep.axes[second].key} = {sweep.axes[second].labels[other]}"
    move = "rises" if line[b] > line[a] else "falls" if line[b] < line[a] else "stays"
    parts = [f"From {axis.key} = {axis.labels[a]} to {axis.labels[b]}{under}, {title} {move} from {shown(line[a], unit)} to {shown(line[b], unit)}."]
    parts.append("Bands are 95 % intervals of each point by itself; all points see the same paths, so that the way from one to the next is surer than the bands look.")
    few = sweep.few(metric)
    if few:
        parts.append(f"{few} point{'s' if few > 1 else ''} with fewer than 100 tail paths {'are' if few > 1 else 'is'} left out.")
    hidden = [f"{each.key} = {each.labels[0]}" for i, each in enumerate(sweep.axes) if i not in (first, second) and len(each.values) > 1]
    if hidden:
        parts.append("Held: " + ", ".join(hidden) + ".")
    return " ".join(parts)


def draw_points(sweep, canvas, metric):
    unit, values = sweep.unit(metric), sweep.metric(metric)
    numeric = [axis for axis in sweep.axes if axis.numeric][:4]
    if not numeric or not np.isfinite(values).any():
        canvas.message("No axis has numbers" if not numeric else "No point has enough paths in its tail")
        return "There is nothing to draw this metric against."
    low, high = sweep.metric(metric, "_low"), sweep.metric(metric, "_high")
    columns = min(2, len(numeric))
    rows = -(-len(numeric) // columns)
    grid = canvas.axes(rows, columns, height=2.6 * rows, sharey=True, wspace=0.12, hspace=0.45)
    strength = []
    for axes, axis in zip(grid.flat, numeric):
        axes.errorbar(axis.values, values, yerr=np.abs(np.vstack([values - low, high - values])), fmt="o", ms=3, lw=0.5, color=FUND, ecolor="#9DC3DE")
        value_axis(axes.xaxis, axis.unit)
        axes.set_xlabel(axis.title)
        good = np.isfinite(values)
        if good.sum() > 2 and np.ptp(axis.values[good]) > 0 and np.ptp(values[good]) > 0:
            strength.append((abs(rank_correlation(axis.values[good], values[good])), rank_correlation(axis.values[good], values[good]), axis.key))
    for axes in grid.flat[len(numeric):]:
        axes.set_visible(False)
    for row in grid:
        value_axis(row[0].yaxis, unit)
        row[0].set_ylabel(sweep.title(metric) + ("" if unit == "1" else f" ({unit})"), color=MARK)
    parts = [f"{sweep.points:,} points of the design against each axis; bars are 95 % intervals."]
    if strength:
        _, signed, key = max(strength)
        parts.append(f"{sweep.title(metric)} goes most with {key}: the rank correlation is {signed:.2f}".replace("-", "−") + ". What scatter is left is due to the other axes.")
    return " ".join(parts)


def rank_correlation(x, y):
    """Spearman's."""
    ranks = [np.argsort(np.argsort(each)) for each in (x, y)]
    return float(np.corrcoef(*ranks)[0, 1])
