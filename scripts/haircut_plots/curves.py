# SPDX-License-Identifier: GPL-3.0-or-later
"""How much LPs, and all who can be charged, lose on rare days, under each mechanism."""
import numpy as np

from . import words
from .canvas import OTHER, QUIET, log_ticks, money_axis
from .payers import listed

TITLE = "How much is lost on rare days, under each mechanism?"
MOST = 8     # curves in colour
LEAST = 10   # paths beyond the rarest loss shown
ALIKE = 0.01  # of the largest loss: curves that cannot be told apart share one
COLORS = ("#222222", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255")
PANELS = (("lp_loss", "LP loss (USD)"), ("social_loss", "All socialised loss (USD)"))
Z = 1.959963984540054


def draw(comparison, canvas):
    panels = [(column, label, curves(comparison, column)) for column, label in PANELS]
    if not any((each.sample("social_loss") > 0).any() for each in comparison.mechanisms):
        canvas.message("No LP, trader, member or staker loses anything")
        return f"On {words.no_path(comparison.count)} do LPs, traders, members or stakers lose anything under any mechanism: funds and outside money pay all, or nobody does."
    if comparison.count < 20 * LEAST:
        canvas.message(f"Too few paths ({comparison.count:,}) for rare losses")
        return f"A curve needs {LEAST} paths beyond the rarest loss it shows, and at least {20 * LEAST} in all; there are {comparison.count:,}. Run more paths."
    if not any(found for *_, found in panels):
        canvas.message("Too few losses for a curve")
        return f"Under no mechanism do LPs, traders, members or stakers lose anything on {LEAST} or more of the {comparison.count:,} paths, which a curve needs. Run more paths."
    grid = canvas.axes(rows=2, height=7.0, left=0.85, right=2.1, hspace=0.1, sharex=True)[:, 0]
    often = max(max(curve["any"] for curve in found) if found else 0 for *_, found in panels)
    top = max(max(curve["value"].max(), min(curve["high"].max(), 1.2 * curve["value"].max())) for *_, found in panels for curve in found)
    for axes, (column, label, found) in zip(grid, panels):
        draw_panel(axes, label, found, often, comparison.count, top)
    grid[-1].set_xlabel(f"Exceeded on one {words.period(comparison.horizon, False)} in …")
    return caption(comparison, panels)


def curves(comparison, column):
    """One curve for all mechanisms whose curves look the same; that of the first mechanism first, then by falling mean."""
    groups, ranked = [], [np.sort(each.sample(column))[::-1] for each in comparison.mechanisms]
    top = max((values[LEAST - 1] for values in ranked if len(values) >= LEAST), default=0.0)
    for index, (each, values) in enumerate(zip(comparison.mechanisms, ranked)):
        if len(values) < LEAST or values[LEAST - 1] <= 0:
            continue
        same = next((group for group in groups if np.abs(group["ranked"] - values)[LEAST - 1:].max() <= ALIKE * top), None)
        if same:
            same["names"].append(each.name)
        else:
            groups.append({"names": [each.name], "ranked": values, "mean": values.mean(), "first": index == 0, **exceedance(each.sample(column), comparison.books)})
    groups.sort(key=lambda group: (not group["first"], -group["mean"]))
    for at, group in enumerate(groups):
        group["color"] = COLORS[at] if at < MOST else None
    return groups


def exceedance(loss, books):
    """Losses exceeded with probability p, p from the share with any loss down to LEAST paths; 95 % bands from order statistics, widened
    by the design effect of books."""
    n, ranked = len(loss), np.sort(loss)[::-1]
    anything = int((loss > 0).sum())
    many = np.unique(np.round(np.geomspace(LEAST, max(anything, LEAST), 120)).astype(int))
    many = many[many <= anything]
    value, low, high = ranked[many - 1], np.empty(len(many)), np.empty(len(many))
    order = np.argsort(-loss, kind="stable")
    for i, k in enumerate(many):
        half = Z * np.sqrt(k * (1 - k / n) * design(order[:k], n, books))
        high[i] = ranked[max(int(np.floor(k - half)), 1) - 1]
        low[i] = ranked[min(int(np.ceil(k + half)), n) - 1]
    # The design effect jumps from path to path; a rarer loss is no smaller, and so are its bounds.
    low, high = np.minimum.accumulate(low), np.maximum.accumulate(high[::-1])[::-1]
    return {"any": anything / n, "p": many / n, "value": value, "low": low, "high": high}


def design(paths, n, books):
    """How much the variance of a share grows because paths of one book are alike; at least 1."""
    if books < 2 or not 0 < len(paths) < n:
        return 1.0
    groups = min(books, 64)
    sizes = np.bincount(np.arange(n) % books % groups, minlength=groups)
    hits = np.bincount(paths % books % groups, minlength=groups)
    p = len(paths) / n
    between = groups / (groups - 1) * ((hits - p * sizes)**2).sum() / n**2
    return max(1.0, between / (p * (1 - p) / n))


def draw_panel(axes, label, found, often, count, top):
    axes.set_xscale("log")
    axes.set_xlim(1 / max(often, 1.5 * LEAST / count) * 0.95, count / LEAST)
    axes.set_ylim(0, 1.04 * top)
    shown = [curve for curve in found if curve["color"]]
    for curve in [curve for curve in found if not curve["color"]]:
        axes.plot(1 / curve["p"], curve["value"], color=OTHER, lw=0.9, alpha=0.8, zorder=1.5)
    for curve in reversed(shown):
        axes.fill_between(1 / curve["p"], curve["low"], curve["high"], color=curve["color"], alpha=min(0.14, max(0.05, 0.45 / len(shown))), lw=0)
        axes.plot(1 / curve["p"], curve["value"], color=curve["color"], lw=1.8, zorder=2.5)
    if not found:
        axes.text(0.5, 0.5, f"on fewer than {LEAST} paths, under any mechanism", ha="center", va="center", color=QUIET, transform=axes.transAxes)
    money_axis(axes.yaxis)
    log_ticks(axes.xaxis)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    axes.set_ylabel(label)
    name_curves(axes, shown, len(found) - len(shown), top)


def name_curves(axes, shown, grey, top):
    """Names at the right ends, pushed apart where they would touch."""
    size = 0.055 * top
    ends = sorted(((curve["value"][0], curve) for curve in shown), key=lambda end: end[0])
    places = [end for end, _ in ends]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + size)
    if places:
        places[-1] = min(places[-1], top)
    for i in range(len(places) - 2, -1, -1):
        places[i] = min(places[i], places[i + 1] - size)
    right = axes.get_xlim()[1]
    for (end, curve), place in zip(ends, places):
        axes.annotate(short(curve["names"]), (right, end), (14, place), textcoords=("offset points", "data"), va="center", fontsize=8.5,
                      color=curve["color"], annotation_clip=False, arrowprops={"arrowstyle": "-", "color": curve["color"], "lw": 0.6, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)})
    if grey > 0:
        axes.text(0.02, 0.95, f"grey: {grey} more with smaller means", transform=axes.transAxes, va="top", fontsize=8.5, color=QUIET)


def short(names):
    """The first, and how many have the same curve."""
    alike = f" (+{len(names) - 1} alike)" if len(names) > 1 else ""
    most = 26 - len(alike)
    return (names[0] if len(names[0]) <= most else names[0][:most - 1] + "…") + alike


def caption(comparison, panels):
    period, rare = words.period(comparison.horizon, False), 1000 if comparison.count >= 1000 * LEAST else 100
    parts = []
    for (column, *_), who in zip(panels, ("LPs lose", "all socialised losses are")):
        losses = {each.name: level(each.sample(column), rare) for each in comparison.mechanisms}
        lead = f"On one {period} in {rare:,} {who}"
        none, some = [[name for name in losses if (losses[name] > 0) == paid] for paid in (False, True)]
        if not some:
            parts.append(f"{lead} nothing under {'any mechanism' if len(none) > 1 else none[0]}.")
            continue
        least, most = min(some, key=losses.get), max(some, key=losses.get)
        span = f"at least {words.usd(losses[most])}" + (f" under {most}" if len(losses) > 1 else "")
        if losses[least] < losses[most]:
            span = f"at least {words.usd(losses[least])} under {least}, the least, and {words.usd(losses[most])} under {most}, the most"
        elif len(some) > 1:
            span = f"at least {words.usd(losses[most])} under {listed(some)}"
        parts.append(f"{lead} {span}" + (f"; nothing under {listed(none, 3)}." if none else "."))
    spared = [each.name for each in comparison.mechanisms if not (each.sample("lp_loss") > 0).any() and (each.sample("social_loss") > 0).any()]
    if spared and len(comparison.mechanisms) > 1:
        spared_all = f"{len(spared)} mechanisms" if len(spared) > 1 else spared[0]
        parts.append(f"Under {spared_all} LPs never lose, but others do: the lower panel counts traders, members and stakers too.")
    parts.append("Bands are 95 %, each curve by itself; on the same paths differences are far surer than they look here." if len(comparison.mechanisms) > 1 else "Bands are 95 %.")
    return " ".join(parts)


def level(loss, rare):
    """The loss exceeded or met on one path in `rare`."""
    return float(np.sort(loss)[::-1][max(len(loss) // rare, 1) - 1]) if len(loss) else 0.0
