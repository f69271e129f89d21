# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether it pays to leave first: what LPs who withdrew lost, and those who stayed. Only where LPs withdraw."""
import numpy as np

from . import errors, words
from .canvas import LP, LP_PROFIT, MARK, QUIET, UNCOVERED, Ticks, percent_axis

TITLE = "Does it pay to be first to leave?"
EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the share of LPs' equity that leaves
HUES = ((0.1, "#7FBFE8", "up to 10 %"), (0.5, LP_PROFIT, "10–50 %"), (np.inf, UNCOVERED, "over 50 %"))
POINTS = 2000  # most that are drawn
ENOUGH = 100   # paths beyond a threshold to speak of them
LEAST = errors.LEAST
SLIGHT = 0.05  # of what those who left lost


def applies(results):
    withdrawn = results.column("lp_withdrawn")
    return withdrawn is not None and bool((withdrawn > 0).any()) and results.column("leaver_loss_share") is not None


def draw(results, canvas):
    if not applies(results):
        canvas.message("No LP withdraws")
        return f"On {words.no_path(results.count)} do LPs withdraw, or the file holds no samples of it: this picture is of those who leave and those who stay."
    run = Run(results)
    corners = canvas.axes(rows=2, columns=2, height=3.75, left=0.75, right=0.25, above=0.25, wspace=0.4, hspace=0.3, height_ratios=[1.5, 1.0])
    for axes in corners[:, 0]:
        axes.remove()
    cloud = canvas.figure.add_subplot(canvas.grid[:, 0])
    draw_cloud(cloud, run)
    draw_means(corners[0, 1], run)
    draw_often(corners[1, 1], results, run)
    return caption(results, run)


class Run:
    """Paths as columns: shares that left, losses of those who left and of those who stayed."""

    def __init__(self, results):
        self.withdrawn, self.left_loss = results.column("lp_withdrawn"), results.column("leaver_loss_share")
        stayed = results.column("stayer_loss_share")
        self.stay_loss = np.full(len(self.withdrawn), np.nan) if stayed is None else stayed
        self.weights, self.books, start = results.weights, results.books, results.lp_shares
        self.leave = np.isfinite(self.left_loss)
        # What they received over what a dollar of their shares at the start became is what those shares were worth.
        kept = 1 - self.left_loss
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self.withdrawn / kept / start if start > 0 else np.full(len(kept), np.nan)
        self.unknown = self.leave & ~((self.withdrawn > 0) & (kept > 1e-9))
        self.share = np.where(self.leave & ~self.unknown, np.minimum(share, 1.0), np.where(self.leave, np.nan, 0.0))
        loss = results.column("lp_loss")
        worse = np.fmax(self.left_loss, self.stay_loss) > 1e-9
        self.lost = self.leave & (worse | (loss > 0 if loss is not None else False))
        self.both = self.lost & np.isfinite(self.stay_loss)  # somebody left, somebody stayed, LPs lose

    def mean(self, values, chosen):
        return errors.mean(values, chosen, self.weights, self.books)

    def difference(self, chosen):
        return self.mean(self.stay_loss - self.left_loss, chosen)

    def times(self, chosen):
        """Mean loss of those who stayed over that of those who left."""
        weight = np.where(chosen, self.weights, 0.0)
        zero = lambda values: np.where(chosen, values, 0.0) * weight
        return errors.ratio(zero(self.stay_loss), zero(self.left_loss), self.books)

    def classes(self):
        """Paths by the share that left: low and high edge, which paths; up to the last class that has any."""
        for low, high in zip(EDGES, EDGES[1:]):
            yield low, high, self.leave & (self.share > low) & (self.share <= high)

    @property
    def threshold(self):
        """The greatest share beyond which there are enough paths with a loss, and paths on this side of it; or None."""
        for edge in EDGES[-2:0:-1]:
            beyond = self.both & (self.share > edge)
            if beyond.sum() >= ENOUGH:
                return edge if beyond.sum() < 0.95 * self.both.sum() else None
        return None


def draw_cloud(axes, run):
    """A path a point: loss of those who left, loss of those who stayed."""
    both = np.flatnonzero(run.both)
    shown = both[::-(-len(both) // POINTS)] if len(both) else both
    axes.plot([-9, 9], [-9, 9], color=QUIET, lw=1.2, ls="--", zorder=1)
    x, y, share = run.left_loss[shown], run.stay_loss[shown], np.nan_to_num(run.share[shown], nan=1.0)
    low = 0.0
    for most, color, label in HUES:
        part = (share > low) & (share <= most) if low else share <= most
        axes.scatter(x[part], y[part], s=9, color=color, alpha=0.55, lw=0, zorder=2)
        axes.plot([], [], "o", color=color, ms=6, label=label)
        low = most
    least, top = (min(0.0, x.min(), y.min()), max(x.max(), y.max(), 1e-4)) if len(shown) else (0.0, 0.01)
    pad = 0.04 * (top - least)
    axes.set_xlim(least - (pad if least < 0 else 0), top + pad)
    axes.set_ylim(least - (pad if least < 0 else 0), top + pad)
    axes.set_aspect("equal", adjustable="box", anchor="N")
    axes.annotate("no difference", (least + 0.78 * (top - least),) * 2, (0, -12), textcoords="offset points", rotation=45, rotation_mode="anchor",
                  transform_rotates_text=True, ha="center", color=QUIET, fontsize=8.5)
    for x, y, who, where in ((0.03, 0.965, "stayers", {"va": "top"}), (0.97, 0.035, "leavers", {"ha": "right", "va": "bottom"})):
        axes.text(x, y, f"{who} lose more", transform=axes.transAxes, fontsize=9, color=MARK, bbox={"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.5}, **where)
    if not len(shown):
        axes.text(0.5, 0.5, "on no path with withdrawals\ndo LPs lose", transform=axes.transAxes, ha="center", va="center")
    percent_axis(axes.xaxis)
    percent_axis(axes.yaxis)
    axes.set_xlabel("Loss of those who left\n(of their shares at the start)")
    axes.set_ylabel("Loss of those who stayed")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncol=3, handletextpad=0.1, columnspacing=0.8, borderaxespad=0.1,
                title="a point: a path with a loss; share that left:", title_fontsize=9, alignment="left")


def draw_means(axes, run):
    """Mean losses by the share that left, with 95 % bars."""
    sides = (("those who stayed", run.stay_loss, LP, "o", 0.13), ("those who left", run.left_loss, QUIET, "s", -0.13))
    for label, values, color, marker, aside in sides:
        places, estimates = [], []
        for at, (_, _, paths) in enumerate(run.classes()):
            chosen = run.both & paths
            if chosen.sum() >= LEAST:
                places.append(at + aside)
                estimates.append(run.mean(values, chosen))
        middle = np.array([estimate.value for estimate in estimates])
        bars = [[estimate.value - estimate.low for estimate in estimates], [estimate.high - estimate.value for estimate in estimates]]
        axes.errorbar(places, middle, yerr=bars if len(middle) else None, color=color, marker=marker, ms=5, ls="none", elinewidth=1.6, capsize=3, label=label)
    classes_axis(axes)
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), max(high, 1e-3) * 1.05)
    percent_axis(axes.yaxis)
    axes.set_ylabel("Mean loss, on\npaths with a loss")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.03, 1.0), ncol=2, handlelength=1.2, columnspacing=1, borderaxespad=0.2)
    if not any((run.both & paths).sum() >= LEAST for *_, paths in run.classes()):
        axes.text(0.5, 0.5, f"fewer than {LEAST} such paths", transform=axes.transAxes, ha="center", va="center")


def draw_often(axes, results, run):
    """How often so much is withdrawn."""
    for at, (_, _, paths) in enumerate(run.classes()):
        chance = errors.share(paths, run.weights, run.books)
        axes.bar(at, chance.value, width=0.75, color=LP_PROFIT)
        if chance.value > 0:
            axes.errorbar(at, chance.value, yerr=[[chance.value - chance.low], [chance.high - chance.value]], color=MARK, elinewidth=1.2, capsize=2.5)
            axes.annotate(words.percent(chance.value, 2), (at, chance.high), (0, 2), textcoords="offset points", ha="center", va="bottom", fontsize=8)
    classes_axis(axes)
    axes.set_ylim(0, 1.22 * max(axes.get_ylim()[1], 1e-3))
    axes.yaxis.set_major_formatter(Ticks(lambda x, count: words.percent(x, count)))
    axes.set_ylabel("How often")
    axes.set_xlabel("Share of LPs' equity that leaves (%)")


def classes_axis(axes):
    names = [f"{words.digits(100 * low)}–{words.digits(100 * high)}" for low, high in zip(EDGES, EDGES[1:])]
    axes.set_xticks(range(len(names)), names, fontsize=8)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.grid(axis="x", visible=False)


def chance(estimate):
    """A share with its interval, where that has any width in the digits shown."""
    return words.percent(estimate.value) if words.percent(estimate.low) == words.percent(estimate.high) else words.chance(estimate)


def interval(estimate, show):
    """1.4 (1.3–1.5)"""
    ends = f"{words.GLUE}({show(estimate.low)}–{show(estimate.high)})" if np.isfinite(estimate.low) else f" ({estimate.note or 'no interval'})"
    return show(estimate.value) + ends.replace("-", "−")


def compared(run, chosen):
    """How the loss of those who stayed compares: '1.4 times (1.3–1.5) what those who left do', or a difference."""
    left, times = run.mean(run.left_loss, chosen), run.times(chosen)
    if left.low > 0:
        return f"{times_words(times)} what those who left do"
    gap = run.difference(chosen)
    points = lambda x: words.digits(100 * x).replace("-", "−")
    return f"{interval(gap, points)} percentage points more than those who left"


def times_words(times):
    show = lambda x: words.digits(x)
    ends = f"{words.GLUE}({show(times.low)}–{show(times.high)})" if np.isfinite(times.low) else f" ({times.note})"
    return f"{show(times.value)} times{ends}".replace("-", "−")


def verdict(gap, left):
    """What the difference, stayers' loss less leavers', means for whoever can leave; `left`: leavers' mean loss."""
    if gap.low > 0 and gap.high < SLIGHT * left:
        return "Leaving first pays, but so little that it is hardly a reason to run."
    if gap.low > 0:
        return "Leaving first pays, at the cost of those who stay: a reason to run."
    if gap.high < 0:
        return "Leaving does not pay: those who stay lose less."
    return "Within the error it makes no difference whether one leaves."


def caption(results, run):
    period, periods = words.period(results.horizon, False), words.period(results.horizon)
    often = errors.share(run.leave, run.weights, run.books)
    amount = errors.mean(run.withdrawn, np.ones(len(run.leave), bool), run.weights, run.books)
    amount.low = max(amount.low, 0.0) if np.isfinite(amount.low) else amount.low
    each = f"each of the {len(run.leave):,} paths" if run.leave.all() else f"{words.chance(often)} of {periods}"
    parts = [f"LPs withdraw on {each}; over all of them {words.money(amount)} a {period}."]
    known = run.leave & np.isfinite(run.share)
    if known.any():
        typical = run.mean(run.share, known)
        rare = np.sort(np.nan_to_num(run.share))[::-1][max(len(run.share) // 100, 1) - 1]
        much = f"{words.percent(rare)} or more" if rare < 0.9995 else "all of it"
        parts.append(f"Where they do, {chance(typical)} of their equity leaves on average"
                     + (f", and {much} on one {period} in 100." if len(run.share) >= 1000 else "."))
    if not run.both.any():
        parts.append("On no such path do LPs lose anything while some of them stay, so there is nothing to compare.")
        return " ".join(parts)
    count = int(run.both.sum())
    left, stayed = run.mean(run.left_loss, run.both), run.mean(run.stay_loss, run.both)
    parts.append(f"On the {count:,} path{'s' if count > 1 else ''} on which they lose too, those who left lost {words.chance(left)} of what their shares were worth at the "
                 f"start, those who stayed {words.chance(stayed)}.")
    edge = run.threshold
    where = run.both if edge is None else run.both & (run.share > edge)
    lead = "There those" if edge is None else f"Where more than {words.percent(edge)} leave ({int(where.sum()):,} paths), those"
    if count < LEAST:
        parts.append("That is too few paths to say whether leaving first pays.")
    else:
        parts.append(f"{lead} who stay lose {compared(run, where)}. {verdict(run.difference(where), run.mean(run.left_loss, where).value)}")
    alone, unknown = int((run.lost & ~run.both).sum()), int(run.unknown.sum())
    if alone:
        parts.append(f"On {alone:,} more nobody stays.")
    if unknown:
        parts.append(f"On {unknown:,} those who left got nothing; what share they were is not in the file.")
    parts.append("Intervals are 95 %, with books as clusters." if run.books > 1 else "Intervals are 95 %.")
    return " ".join(parts)
