# SPDX-License-Identifier: GPL-3.0-or-later
"""A metric over two axes of a sweep: a map with contours, cells that rest on too few paths left out."""
import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import LogLocator, MaxNLocator

from .sweep import shown

TITLE = "Two parameters at once"
MOST_LABELS = 60  # cells with their numbers in them


def applies(sweep):
    return sweep.grid and len([axis for axis in sweep.axes if len(axis.values) > 1]) >= 2


def plane(sweep, values):
    """The two longest axes, the values over them; others at their first value."""
    order = sorted(range(len(sweep.axes)), key=lambda i: (-min(len(sweep.axes[i].values), 2), i))[:2]
    order.sort()
    index = tuple(slice(None) if i in order else 0 for i in range(len(sweep.axes)))
    fixed = [f"{axis.key} = {axis.labels[0]}" for i, axis in enumerate(sweep.axes) if i not in order]
    return sweep.axes[order[0]], sweep.axes[order[1]], values[index], fixed


def draw(sweep, canvas, metric):
    down, across, values, fixed = plane(sweep, sweep.metric(metric))
    unit = sweep.unit(metric)
    canvas.title = f"{sweep.title(metric)} over two parameters"
    left = min(2.4, 0.75 + 0.075 * max(len(label) for label in down.labels))
    axes = canvas.axes(height=max(2.2, min(5.5, 0.42 * len(down.values))), left=left, right=1.3)[0, 0]
    known = values[np.isfinite(values)]
    if not known.size:
        canvas.message("No point has enough paths in its tail")
        return f"{sweep.title(metric)} rests on fewer than 100 tail paths at every point: use more --paths."
    positive = known[known > 0]
    log = positive.size and positive.max() > 30 * positive.min()
    norm = LogNorm(positive.min(), positive.max()) if log else Normalize(known.min(), known.max())
    shown_values = np.ma.masked_invalid(np.where(values > 0, values, positive.min()) if log else values)
    axes.set_facecolor("#EEEEEE")
    image = axes.pcolormesh(np.arange(len(across.values) + 1) - 0.5, np.arange(len(down.values) + 1) - 0.5, shown_values, cmap="viridis", norm=norm,
                            rasterized=values.size > 2000)
    label_axis(axes, across, down)
    if values.size <= MOST_LABELS:
        write_cells(axes, values, unit, norm)
    elif min(values.shape) >= 3:
        contours(axes, values, unit, log)
    bar = canvas.figure.colorbar(image, cax=axes.inset_axes([1.03, 0.0, 0.03, 1.0]))
    bar.ax.yaxis.set_major_formatter(lambda x, _: shown(x, unit))
    bar.ax.yaxis.set_minor_formatter(lambda x, _: "")
    bar.outline.set_visible(False)
    return caption(sweep, metric, down, across, values, fixed)


def label_axis(axes, across, down):
    for axis, which in ((across, axes.xaxis), (down, axes.yaxis)):
        step = -(-len(axis.values) // 9) if which is axes.xaxis else -(-len(axis.values) // 14)
        which.set_ticks(range(0, len(axis.values), step), axis.labels[::step])
    axes.set_xlabel(across.title)
    axes.set_ylabel(down.title)
    axes.grid(False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def write_cells(axes, values, unit, norm):
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            axes.text(column, row, "too few", ha="center", va="center", fontsize=7, color="#666666")
            continue
        light = norm(max(value, norm.vmin)) > 0.6
        axes.text(column, row, shown(value, unit), ha="center", va="center", fontsize=8, color="black" if light else "white")


def contours(axes, values, unit, log):
    finite = values[np.isfinite(values) & (values > 0)]
    if not finite.size or finite.max() <= finite.min():
        return
    ticks = LogLocator(subs=(1.0, 2.0, 5.0)) if log else MaxNLocator(6)
    levels = [level for level in ticks.tick_values(finite.min(), finite.max()) if finite.min() < level < finite.max()]
    if not levels:
        return
    lines = axes.contour(np.ma.masked_invalid(values), levels=levels, colors="white", linewidths=0.8)
    axes.clabel(lines, fmt=lambda x: shown(x, unit), fontsize=7)


def caption(sweep, metric, down, across, values, fixed):
    unit, title = sweep.unit(metric), sweep.title(metric)
    low, high = np.unravel_index(np.nanargmin(values), values.shape), np.unravel_index(np.nanargmax(values), values.shape)

    def place(at):
        return f"{down.key} = {down.labels[at[0]]} and {across.key} = {across.labels[at[1]]}"
    parts = [f"{title} runs from {shown(values[low], unit)} at {place(low)} to {shown(values[high], unit)} at {place(high)}."]
    lower, upper = plane(sweep, sweep.metric(metric, "_low"))[2][high], plane(sweep, sweep.metric(metric, "_high"))[2][high]
    if np.isfinite(lower):
        parts.append(f"There its 95 % interval is {shown(lower, unit)} to {shown(upper, unit)}; most of that error all points share, since they see the same paths, "
                     "so the shape of the map is surer than its level.")
    few, failed = int(np.isnan(values).sum()), int((sweep.state == 2).sum())
    if few:
        parts.append(f"Grey: {few} cell{'s' if few > 1 else ''} with fewer than 100 tail paths{', or that failed' if failed else ''}; do not read a value into them.")
    if fixed:
        parts.append("Held: " + ", ".join(fixed) + ".")
    return " ".join(parts)
