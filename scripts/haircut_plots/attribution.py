# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose positions the worst bad debt comes from: contributions to ES 99 by side, leverage and size. Only where there is bad debt."""
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from . import words
from .canvas import LONG, MARK, QUIET, SHORT

TITLE = "Who leaves the bad debt?"
SIDES = ((1, "longs", LONG), (-1, "shorts", SHORT))
SHOWN = 0.005   # of ES 99: cells below have no number
ENOUGH = 0.02   # of open interest: classes below are not compared


def applies(results):
    return results.has("attribution", "side", "es_99_bad_debt", "notional") and results.table("attribution")["es_99_bad_debt"].sum() > 0


def draw(results, canvas):
    if not applies(results):
        canvas.message("Nothing on who left bad debt in this file")
        return "This file does not say who left bad debt: there was none, or output.attribution was false."
    cells = Cells(results.table("attribution"))
    leverages, sizes = cells.classes("leverage"), cells.classes("size")
    grid = canvas.axes(columns=2, height=0.62 + 0.52 * len(leverages), left=1.25, right=0.25, above=0.1, sharey=True, wspace=0.06)[0]
    most = cells.es.max()
    for axes, (side, name, color) in zip(grid, SIDES):
        draw_side(axes, cells, side, color, most, leverages, sizes)
        axes.set_title(f"{name}: {words.percent(cells.share(cells.side == side), 2)} of ES 99, {words.percent(cells.book_share(cells.side == side), 2)} of open interest")
        axes.set_xlabel("Notional at entry (USD)")
    grid[0].set_yticks(range(len(leverages)), [span(*edges) + " times" for edges in leverages])
    grid[0].set_ylabel("Leverage at entry")
    return caption(results, cells)


class Cells:
    """The table of cells as shares: `es` of ES 99, `book` of open interest."""

    def __init__(self, table):
        self.table, self.side = table, table["side"]
        self.es = table["es_99_bad_debt"] / table["es_99_bad_debt"].sum()
        self.book = table["notional"] / table["notional"].sum()

    def classes(self, what):
        """Edges of the classes of leverage or size in which there is anything, in rising order."""
        low, high = self.table[f"{what}_low"], self.table[f"{what}_high"]
        used = (self.side != 0) & ((self.book > 0) | (self.es > 0))
        return sorted(set(zip(low[used].tolist(), high[used].tolist())))

    def of(self, what, edges):
        return (self.side != 0) & (self.table[f"{what}_low"] == edges[0])

    def share(self, chosen):
        return float(self.es[chosen].sum())

    def book_share(self, chosen):
        return float(self.book[chosen].sum())

    def weight(self, chosen):
        """What a dollar of these positions adds, over what the average dollar adds."""
        return self.share(chosen) / self.book_share(chosen)


def draw_side(axes, cells, side, color, most, leverages, sizes):
    shades = LinearSegmentedColormap.from_list("shades", ["white", color])
    picture = np.zeros((len(leverages), len(sizes)))
    for row, leverage in enumerate(leverages):
        for column, size in enumerate(sizes):
            chosen = (cells.side == side) & cells.of("leverage", leverage) & cells.of("size", size)
            picture[row, column] = cells.share(chosen)
            if picture[row, column] < SHOWN:
                continue
            axes.text(column, row + 0.12, words.percent(picture[row, column], 2), ha="center", va="center", fontsize=9, color=MARK)
            if cells.book_share(chosen) > 0:
                axes.text(column, row - 0.24, f"×{words.digits(cells.weight(chosen), 2)}", ha="center", va="center", fontsize=7.5, color=MARK)
    axes.imshow(picture, cmap=shades, vmin=0, vmax=most, origin="lower", aspect="auto")
    axes.set_xticks(range(len(sizes)), [span(*edges, words.amount) for edges in sizes], fontsize=7.5)
    axes.set_xticks(np.arange(len(sizes) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(leverages) + 1) - 0.5, minor=True)
    axes.grid(False)
    axes.grid(True, which="minor", color=QUIET, lw=0.4, alpha=0.5)
    axes.tick_params(which="both", length=0)


def span(low, high, show=words.digits):
    if not low > 0:
        return f"≤ {show(high)}"
    return f"> {show(low)}" if not np.isfinite(high) else f"{show(low)}–{show(high)}"


def caption(results, cells):
    es = results.estimate("es_99_bad_debt")
    parts = [f"Percentages: what positions of a kind add to ES 99 of bad debt, {words.money(es)}; together 100 %. ×: the same over their share of open interest, "
             "so what a dollar of position adds, over the average dollar."]
    parts += [limit(cells, "leverage"), limit(cells, "size")]
    parts = [part for part in parts if part] + [verdict(cells)]
    other = cells.share(cells.side == 0)
    if other > SHOWN:
        parts.append(f"The venue's own units leave the other {words.percent(other, 2)}.")
    if results.has("attribution/accounts", "book_share"):
        accounts, first = results.table("attribution/accounts"), 0
        share, size, leverage = (float(accounts[name][first]) for name in ("book_share", "notional", "leverage"))
        parts.append(f"The one account that adds most, {words.usd(size)} at {words.digits(leverage)} times, leaves {words.percent(share, 2)} of what its book does.")
    return " ".join(part for part in parts if part)


def limit(cells, what):
    """What lies beyond the limit that separates the most bad debt from the least open interest."""
    best, gain = None, 0.0
    for low, _ in cells.classes(what):
        beyond = (cells.side != 0) & (cells.table[f"{what}_low"] >= low)
        if low > 0 and cells.share(beyond) - cells.book_share(beyond) > gain:
            best, gain = (low, cells.share(beyond), cells.book_share(beyond)), cells.share(beyond) - cells.book_share(beyond)
    if best is None or gain < 0.05:
        return f"No limit on {what} separates bad debt from open interest." if len(cells.classes(what)) > 1 else ""
    low, share, book = best
    name = f"more than {words.digits(low)} times leverage" if what == "leverage" else f"more than {words.usd(low)}"
    return f"Positions of {name} are {words.percent(book, 2)} of open interest and leave {words.percent(share, 2)} of the bad debt."


def spread(cells, what):
    """Greatest over least weight of classes that are worth comparing."""
    chosen = [cells.of(what, edges) for edges in cells.classes(what)]
    weights = [cells.weight(each) for each in chosen if cells.book_share(each) >= ENOUGH]
    return max(weights) / max(min(weights), 1e-3) if weights else 1.0


def verdict(cells):
    leverage, size = spread(cells, "leverage"), spread(cells, "size")
    if max(leverage, size) < 1.5:
        return "Neither leverage nor size tells who leaves bad debt: limits by either would miss it."
    if leverage > 2 * size:
        return "What a dollar of position adds depends on leverage far more than on the size of the account: limit leverage (initial margin) first."
    if size > 2 * leverage:
        return "What a dollar of position adds depends on the size of the account far more than on leverage: limit positions, or margin large ones more."
    return "Leverage and size matter alike: limit leverage by size (margin tiers)."
