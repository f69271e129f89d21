# SPDX-License-Identifier: GPL-3.0-or-later
"""The look shared by all pictures: palette, type sizes, title above and caption below."""
import re

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter

from . import words

# Okabe & Ito (2008) and, for what stays uncovered, Tol's wine: told apart by all kinds of
# colour vision. One meaning, one colour, in every picture.
FUND = "#0072B2"
LP = LP_DEPOSIT = "#D55E00"
LP_PROFIT = "#E69F00"
UNCOVERED = "#882255"
OTHER = "#999999"
MARK = "#222222"
NO_IMPACT = "#3FA4DC"
LONG = "#009E73"
SHORT = "#CC79A7"
QUIET = "#666666"

WIDTH, DPI = 8.0, 160  # inches; 1280 pixels, shown at about 830 in a README
LINE, CAPTION_SIZE = 0.185, 9.5


def style():
    return matplotlib.rc_context({
        "font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 10, "axes.labelsize": 10,
        "xtick.labelsize": 9, "ytick.labelsize": 9, "legend.fontsize": 9, "legend.frameon": False,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#888888", "axes.linewidth": 0.8,
        "xtick.color": "#444444", "ytick.color": "#444444", "axes.grid": True, "grid.color": "#E6E6E6", "grid.linewidth": 0.6,
        "axes.axisbelow": True, "svg.hashsalt": "haircut", "svg.fonttype": "path", "hatch.linewidth": 0.6,
        "path.simplify": True, "figure.facecolor": "white", "savefig.facecolor": "white",
    })


class Canvas:
    """A figure with a title, a body of axes measured in inches, and a caption."""

    def __init__(self, results, title):
        self.figure = Figure(figsize=(WIDTH, 5.0))
        FigureCanvasAgg(self.figure)
        self.title, self.subtitle, self.caption = title, describe(results), ""
        self.grid = None
        self.body, self.margins, self.above = 4.0, (0.85, 0.3), 0.0

    def axes(self, rows=1, columns=1, height=4.0, left=0.85, right=0.3, above=0.0, sharex=False, sharey=False, **grid):
        """A grid of axes; `height`, `left`, `right` in inches; `above`: room for a legend."""
        self.body, self.margins, self.above = height, (left, right), above
        self.grid = self.figure.add_gridspec(rows, columns, **grid)
        return self.grid.subplots(sharex=sharex, sharey=sharey, squeeze=False)

    def message(self, words_to_show):
        """Instead of a picture that cannot be drawn."""
        self.figure.clear()
        axes = self.axes(height=1.1)[0, 0]
        axes.set_axis_off()
        axes.text(0.5, 0.4, words_to_show, ha="center", va="center", fontsize=12, color=QUIET, transform=axes.transAxes)

    def finish(self, caption):
        self.caption = caption.replace(words.GLUE, " ")
        lines = self._wrap(caption, WIDTH - 0.5)
        top, labels = 0.72 + self.above, 0.62
        under = labels + LINE * len(lines) + 0.12
        height = top + self.body + under
        self.figure.set_size_inches(WIDTH, height)
        self._place(left=self.margins[0] / WIDTH, right=1 - self.margins[1] / WIDTH, bottom=under / height, top=1 - top / height)
        self.figure.text(0.25 / WIDTH, 1 - 0.12 / height, self.title, fontsize=13, fontweight="bold", va="top")
        self.figure.text(0.25 / WIDTH, 1 - 0.40 / height, self.subtitle, fontsize=9, color=QUIET, va="top")
        for i, line in enumerate(lines):
            self.figure.text(0.25 / WIDTH, (under - labels - LINE * i) / height, line, fontsize=CAPTION_SIZE, va="top", color="#222222")

    def _place(self, **edges):
        """GridSpec.update moves only pyplot's figures; this moves ours."""
        for name, value in edges.items():
            setattr(self.grid, name, value)
        for axes in self.figure.axes:
            axes.set_position(axes.get_subplotspec().get_position(self.figure))

    def save(self, stream, ending):
        metadata = {"Title": self.title, "Description": self.caption}
        if ending == "svg":
            metadata["Date"] = None
        elif ending == "pdf":
            metadata = {"Title": self.title, "Subject": self.caption, "CreationDate": None}
        self.figure.savefig(stream, format=ending, dpi=DPI, metadata=metadata)

    def _wrap(self, caption, inches):
        """Lines of at most this width, measured as they will be drawn."""
        renderer = self.figure.canvas.get_renderer()
        limit = inches * self.figure.dpi
        probe = self.figure.text(0, 0, "", fontsize=CAPTION_SIZE)

        def width(line):
            probe.set_text(line)
            return probe.get_window_extent(renderer).width

        lines = [""]
        for word in re.sub(r"(\d) (%|USD)", rf"\1{words.GLUE}\2", caption).split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and width(longer) > limit:
                lines.append(word)
            else:
                lines[-1] = longer
        probe.remove()
        return lines


def describe(results):
    parts = [results.name]
    if results.count:
        parts.append(f"{results.count:,} path{'s' if results.count > 1 else ''}")
    if results.horizon:
        parts.append(f"horizon {words.duration(results.horizon)}")
    return "  ·  ".join(parts)


# ---- axes ------------------------------------------------------------------------------------

class Ticks(Formatter):
    """Labels of as few digits as tell the ticks apart."""

    def __init__(self, show):
        self.show = show

    def __call__(self, x, pos=None):
        return self.show(x, 3)

    def format_ticks(self, values):
        for count in range(3, 12):
            labels = [self.show(value, count) for value in values]
            if len(set(labels)) == len(set(values)):
                break
        return labels


def log_ticks(axis):
    """Decades, and their halves and fifths where there are few of them."""
    low, high = sorted(axis.get_view_interval())
    axis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if high < 1000 * low else (1,), numticks=12))
    axis.set_minor_formatter(NullFormatter())


def money_axis(axis, log=False, ticks=6):
    """For a logarithmic axis: after its limits are set."""
    axis.set_major_formatter(Ticks(lambda x, count: words.amount(x, count) if x else "0"))
    log_ticks(axis) if log else axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))


def percent_axis(axis, log=False):
    axis.set_major_formatter(Ticks(lambda x, count: words.percent(x, count)))
    if log:
        log_ticks(axis)


def price_axis(axis, ticks=6):
    axis.set_major_formatter(Ticks(lambda x, count: words.price(x, count)))
    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))


def legend_above(axes, columns=2, **more):
    """A legend on the upper edge of the axes, where it can cover nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=columns, handlelength=1.5, columnspacing=1.2, borderaxespad=0.2, **more)


def time_unit(horizon):
    """Seconds in the unit for a time axis, and its name."""
    if not horizon or not np.isfinite(horizon):
        return 3600.0, "hours"
    for size, name, most in ((1.0, "seconds", 180), (60.0, "minutes", 180), (3600.0, "hours", 72)):
        if horizon <= size * most:
            return size, name
    return 86400.0, "days"


def time_axis(axes, span, label="Time since the start"):
    """A time axis in the unit that suits a span of so many seconds; returns its seconds."""
    size, name = time_unit(span)
    steps = {"hours": [1, 2, 3, 6], "minutes": [1, 1.5, 3, 5, 10], "seconds": [1, 1.5, 3, 5, 10]}.get(name, [1, 2, 5, 10])
    if name == "hours" and span > 12 * 3600:
        axes.xaxis.set_major_locator(MultipleLocator(3 if span <= 86400 else 6 if span <= 2 * 86400 else 12))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(9, steps=sorted({*steps, 10})))
    axes.set_xlabel(f"{label} ({name})")
    return size
