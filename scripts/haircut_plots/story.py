# SPDX-License-Identifier: GPL-3.0-or-later
"""The worst path's story: price with and without forced flow, liquidations, fund, LP equity."""
import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from . import words
from .canvas import FUND, LONG, LP, MARK, NO_IMPACT, SHORT, UNCOVERED, legend_above, money_axis, percent_axis, price_axis, time_axis

TITLE = "What happens on the worst path?"
BINS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
ZOOM = 0.12  # show only the part with orders if it is less than this share of the horizon


def draw(results, canvas):
    traces = results.traces()
    if not traces:
        canvas.message("No traced path in this file")
        return "No path was traced (output.traces: 0), so there is no story to draw. `haircut trace FILE --worst 1` recomputes one."
    trace = traces[0]
    story = Story(results, trace)
    grid = canvas.axes(rows=5, height=7.1, left=1.05, right=0.35, above=0.15, sharex=True, hspace=0.16, height_ratios=[2.2, 1.0, 1.1, 1.1, 1.1])[:, 0]
    size = clock_axis(grid[-1], story) if story.zoomed else time_axis(grid[-1], story.end)
    draw_price(grid[0], story, size)
    draw_push(grid[1], story, size)
    draw_orders(grid[2], story, size)
    draw_level(grid[3], story, size, "fund", FUND, "Insurance\nfund (USD)", story.fund_empty, "fund empty")
    draw_level(grid[4], story, size, "lp_equity", LP, "LP equity\n(USD)", story.first_lp_loss, "LPs start to pay")
    draw_deposits(grid[4], results)
    draw_uncovered(grid[4], story, size)
    grid[0].set_xlim(story.first / size, story.last / size)
    return caption(results, story)


class Story:
    """Times and sums of one traced path that both the picture and its caption use."""

    def __init__(self, results, trace):
        rows = self.rows = trace.rows
        self.path = trace.path
        self.mark = merged(trace.time, trace.mark, rows, ("mark_before", "mark_after"))
        self.orders = trace.events("order")
        self.jumps = trace.events("jump")
        before = dict(rows, before=rows["fundamental"].copy())  # a jump moves the fundamental as it moves the mark
        before["before"][self.jumps] *= rows["mark_before"][self.jumps] / rows["mark_after"][self.jumps]
        self.fundamental = merged(trace.time, trace.fundamental, before, ("before", "fundamental"))
        self.end = max(results.horizon or 0.0, float(self.mark[0][-1]))
        self.uncovered = rows["amount"][trace.events("uncovered")].sum()
        self.uncovered_at = [float(rows["time"][i]) for i in trace.events("uncovered")]
        self.push = self._push(trace)
        stays = trace.events("start", "order", "settle", "layer", "uncovered", "end")  # a jump of the market pays nobody
        self.states = {name: rows[name][stays] for name in ("time", "fund", "lp_equity")}
        self.fund_empty = first_time(self.states, self.states["fund"] <= 0) if rows["fund"][0] > 0 else None
        fell = np.append(False, np.diff(self.states["lp_equity"]) < 0)
        self.first_lp_loss, self.last_lp_loss = first_time(self.states, fell), first_time(self.states, fell, last=True)
        inflow = np.where(rows["event"] == "settle", rows["inflow"], 0.0)[stays]  # orders name theirs before it is in the fund
        drawn = self.states["fund"][:-1] + inflow[1:] - self.states["fund"][1:]
        self.fund_paid, self.fund_low = drawn[drawn > 1e-9 * self.states["fund"].max()].sum(), self.states["fund"].min()
        first = int(np.flatnonzero(fell)[0]) if fell.any() else 1
        self.lp_equity = float(self.states["lp_equity"][first - 1])  # just before the first loss
        self.lp_loss = -np.minimum(np.diff(self.states["lp_equity"]), 0).sum()
        self.lp_change = float(self.states["lp_equity"][-1] - self.states["lp_equity"][0])
        rises = np.maximum(np.diff(self.states["lp_equity"]), 0).sum()
        self.lp_gains = bool(rises > 0.05 * self.states["lp_equity"].max())  # more than fees
        self.first, self.last = self._window()

    def _push(self, trace):
        """Times, and how far forced flow holds the mark from where it would be without."""
        rows, orders = self.rows, self.orders
        time = np.concatenate([trace.time, rows["time"][orders], rows["time"][orders]])
        mark = np.concatenate([trace.mark, rows["mark_before"][orders], rows["mark_after"][orders]])
        alone = np.concatenate([trace.fundamental, np.tile(rows["fundamental"][orders], 2)])
        index = np.arange(len(orders)) * 2
        order = np.lexsort((np.concatenate([np.full(len(trace.time), 2 * len(orders)), index, index + 1]), time))
        return time[order], (mark / alone)[order] - 1

    def _window(self):
        """The whole horizon, or the part where orders come, if that is short."""
        times = self.rows["time"][self.orders]
        if len(times) == 0 or (times[-1] - times[0]) > ZOOM * self.end:
            return 0.0, self.end
        span = max(times[-1] - times[0], ZOOM * self.end / 3)
        first, last = times[0] - 0.3 * span, times[-1] + 0.5 * span
        self.tick = tick = next((step for step in BINS if (last - first) / step <= 8), BINS[-1])
        return max(0.0, np.floor(first / tick) * tick), min(self.end, np.ceil(last / tick) * tick)

    @property
    def zoomed(self):
        return self.first > 0 or self.last < self.end


def merged(time, values, rows, names):
    """Prices at equal times and at events, in order of time."""
    times = np.concatenate([time] + [rows["time"]] * len(names))
    prices = np.concatenate([values] + [rows[name] for name in names])
    within = np.concatenate([np.full(len(time), len(rows["time"]) * 4)] + [np.arange(len(rows["time"])) * 4 + i for i in range(len(names))])
    order = np.lexsort((within, times))
    keep = prices[order] > 0
    return times[order][keep], prices[order][keep]


def first_time(rows, hit, last=False):
    found = np.flatnonzero(hit)
    return float(rows["time"][found[-1 if last else 0]]) if len(found) else None


def clock_axis(axes, story):
    """A time axis for a part of the path, in seconds shown as h:mm."""
    axes.xaxis.set_major_locator(MultipleLocator(story.tick))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: words.clock(x)))
    axes.set_xlabel(f"Time since the start (h:mm{':ss' if story.tick < 60 else ''})")
    return 1.0


def draw_price(axes, story, size):
    axes.plot(story.fundamental[0] / size, story.fundamental[1], color=NO_IMPACT, lw=1.6, label="without forced flow")
    axes.plot(story.mark[0] / size, story.mark[1], color=MARK, lw=1.4, label="mark, with forced flow")
    draw_jumps(axes, story, size)
    shown = (story.mark[0] >= story.first) & (story.mark[0] <= story.last)
    axes.set_ylabel("Price (USD)")
    price_axis(axes.yaxis)
    if shown.any():
        prices = np.append(story.mark[1][shown], story.fundamental[1][(story.fundamental[0] >= story.first) & (story.fundamental[0] <= story.last)])
        pad = 0.08 * (prices.max() - prices.min()) or 0.05 * prices.max()
        axes.set_ylim(prices.min() - pad, prices.max() + pad)
    legend_above(axes, 3)


def draw_push(axes, story, size):
    """The difference of the two prices, too small to see beside a large move."""
    time, push = story.push
    axes.fill_between(time / size, 0, push, color=MARK, alpha=0.25, lw=0)
    axes.plot(time / size, push, color=MARK, lw=1)
    axes.axhline(0, color=NO_IMPACT, lw=1.2)
    axes.set_ylabel("Pushed by\nforced flow")
    percent_axis(axes.yaxis)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    if np.ptp(push) == 0:
        axes.set_ylim(-0.01, 0.01)


def draw_jumps(axes, story, size):
    """A mark at every jump of the model; the largest with its size."""
    rows = story.rows
    shown = [i for i in story.jumps if story.first <= rows["time"][i] <= story.last and rows["mark_before"][i] > 0]
    if not shown:
        return
    move = rows["mark_after"][shown] / rows["mark_before"][shown] - 1
    axes.plot(rows["time"][shown] / size, rows["mark_before"][shown], "v", color=UNCOVERED, ms=5, label="jump")
    for i in np.argsort(-np.abs(move))[:2]:
        if abs(move[i]) < 0.01:
            continue
        left = (rows["time"][shown[i]] - story.first) > 0.8 * (story.last - story.first)
        axes.annotate(f"jump {words.change(move[i], 2)}", (rows["time"][shown[i]] / size, rows["mark_before"][shown[i]]),
                      xytext=(-7 if left else 7, 10 if abs(move[i]) < 0.03 else 2), textcoords="offset points", ha="right" if left else "left", va="bottom", fontsize=9, color=UNCOVERED)


def draw_orders(axes, story, size):
    rows, span = story.rows, story.last - story.first
    width = next((step for step in BINS if span / step <= 100), BINS[-1])
    edges = np.arange(np.floor(story.first / width), np.ceil(story.last / width) + 1) * width
    base = np.zeros(len(edges) - 1)
    for side, color, label in ((1, LONG, "longs sold"), (-1, SHORT, "shorts bought back")):
        chosen = story.orders[rows["side"][story.orders] == side]
        heights, _ = np.histogram(rows["time"][chosen], edges, weights=rows["notional"][chosen])
        if heights.sum() > 0:
            axes.bar(edges[:-1] / size, heights, width=width / size, align="edge", bottom=base, color=color, label=f"{label}: {words.usd(heights.sum())}")
            base = base + heights
    axes.set_ylabel(f"Liquidated\n(USD / {words.short_duration(width)})", multialignment="center")
    if base.sum() > 0:
        axes.legend(loc="upper right" if np.argmax(base) < len(base) / 2 else "upper left", ncol=2, handlelength=1)
        axes.set_ylim(0, 1.45 * base.max())
    else:
        axes.text(0.5, 0.5, "nothing is liquidated", transform=axes.transAxes, ha="center", va="center")
        axes.set_ylim(0, 1)
    money_axis(axes.yaxis, ticks=4)


def draw_level(axes, story, size, name, color, label, when, what):
    """A stepped line of fund or LP equity, from zero, with the moment that matters marked."""
    states = story.states
    time, value = np.append(states["time"], story.end) / size, np.append(states[name], states[name][-1])
    axes.fill_between(time, 0, value, step="post", color=color, alpha=0.15, lw=0)
    axes.step(time, value, where="post", color=color, lw=1.8)
    axes.set_ylim(0, 1.25 * value.max() if value.max() > 0 else 1)
    axes.set_ylabel(label)
    money_axis(axes.yaxis, ticks=4)
    if value.max() <= 0:
        axes.text(0.5, 0.5, "none from the start", transform=axes.transAxes, ha="center", va="center")
    if when is None or not story.first <= when <= story.last:
        return
    axes.axvline(when / size, color=color, lw=1, ls=":")
    late = (when - story.first) > 0.6 * (story.last - story.first)
    axes.annotate(f"{what} at {words.clock(when)}", (when / size, 1), xycoords=("data", "axes fraction"), xytext=(-6 if late else 6, -3),
                  textcoords="offset points", ha="right" if late else "left", va="top", fontsize=9, color=color)


def draw_deposits(axes, results):
    if results.lp_deposits and results.lp_equity > results.lp_deposits:
        axes.axhline(results.lp_deposits, color=LP, lw=0.8, ls="--")
        axes.annotate(f"deposits {words.amount(results.lp_deposits)}", (1, results.lp_deposits), xycoords=("axes fraction", "data"), xytext=(-4, -3),
                      textcoords="offset points", ha="right", va="top", fontsize=8.5, color=LP)


def draw_uncovered(axes, story, size):
    shown = [when for when in story.uncovered_at if story.first <= when <= story.last]
    if shown:
        axes.plot(np.array(shown) / size, np.zeros(len(shown)), "x", color=UNCOVERED, ms=7, mew=2, clip_on=False, zorder=5)
        axes.annotate(f"{words.usd(story.uncovered)} uncovered", (shown[0] / size, 0), xytext=(8, 6), textcoords="offset points", color=UNCOVERED, fontsize=9)


def caption(results, story):
    rows = story.rows
    of = f" of {results.count:,}" if results.count else ""
    parts = [f"Path {story.path:,}, the worst{of}."]
    start, low, high = story.mark[1][0], story.mark[1].min(), story.mark[1].max()
    down = start - low >= high - start
    reached = low if down else high
    alone = story.fundamental[1].min() if down else story.fundamental[1].max()
    verb = "falls" if down else "rises"
    parts.append(f"The mark {verb} from {words.price(start)} to {words.price(reached)} ({words.change(reached / start - 1)}); "
                 f"without forced flow it {verb} to {words.price(alone)} ({words.change(alone / start - 1)}).")
    strongest = np.argmax(np.abs(story.push[1]))
    push = story.push[1][strongest]
    if push:
        parts.append(f"At {words.clock(story.push[0][strongest])} forced flow holds the mark {words.percent(abs(push), 2)} {'below' if push < 0 else 'above'} "
                     "what it would be without.")
    if len(story.orders):
        parts.append(f"{int(rows['positions'][story.orders].sum()):,} positions worth {words.usd(rows['notional'][story.orders].sum())} are liquidated.")
    else:
        parts.append("Nothing is liquidated.")
    if story.fund_empty is not None:
        parts.append(f"The fund, {words.usd(rows['fund'][0])} at the start, is empty at {words.clock(story.fund_empty)}.")
    elif story.fund_paid > 0:
        parts.append(f"The fund, {words.usd(rows['fund'][0])} at the start, pays {words.usd(story.fund_paid)}; its low is {words.usd(story.fund_low)}.")
    if story.lp_loss > 0:
        spell = f"at {words.clock(story.first_lp_loss)}" if story.first_lp_loss == story.last_lp_loss else \
            f"between {words.clock(story.first_lp_loss)} and {words.clock(story.last_lp_loss)}"
        if story.lp_gains:  # as the other side of traders they win it back, and more
            change = words.usd(abs(story.lp_change))
            parts.append(f"The equity of LPs rises and falls: {words.usd(story.lp_loss)} down in all {spell}, and {change} "
                         f"{'down' if story.lp_change < 0 else 'up'} from start to end.")
        else:
            share = f" ({words.percent(min(1.0, story.lp_loss / story.lp_equity))} of their equity just before)" if story.lp_equity > 0 else ""
            parts.append(f"LPs lose {words.usd(story.lp_loss)}{share} {spell}.")
    elif rows["lp_equity"][0] > 0:
        parts.append("LPs lose nothing, even here.")
    else:
        parts.append("There are no LPs.")
    if story.uncovered > 0:
        parts.append(f"{words.usd(story.uncovered)} stays uncovered.")
    if story.zoomed:
        parts.append(f"Shown: {words.clock(story.first)} to {words.clock(story.last)}, when all orders come.")
    return " ".join(parts)
