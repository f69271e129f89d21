# SPDX-License-Identifier: GPL-3.0-or-later
"""The worst path on which positions are closed or moved besides the market: when, at which price, who pays. Only where one is traced."""
import re

import numpy as np

from . import words
from .canvas import FUND, LP, MARK, QUIET, legend_above, money_axis, time_axis
from .comparison import PAYERS
from .story import BINS, Story, clock_axis, draw_deposits, draw_level, draw_price, draw_uncovered

TITLE = "What happens when positions are deleveraged?"
OTHERWISE = "What happens when losses are passed on?"  # where none is closed against its will
STEPS = 12  # the picture spans at least so many steps
PAYER = {name: (label, color) for name, label, color, _ in PAYERS}
LABEL = {"trader_forgone": "traders, by positions", "lp_paid": "LPs", "insurance_paid": "fund"}
MOVED = (("closed", "trader_forgone", "deleveraged"), ("rest", "rest_charge", "closed against the rest of the market"),
         ("takeover", "taker_charge", "taken over"), ("redistribute", "lp_paid", "passed to the same side"))
KINDS = {"members": "member_paid", "stakers": "staker_paid", "depositors": "staker_paid", "token_holders": "staker_paid", "liquidity_providers": "lp_paid",
         "lp": "lp_paid", "member": "member_paid", "staker": "staker_paid", "depositor": "staker_paid", "token_holder": "staker_paid",
         "all_traders": "trader_paid", "winners": "trader_paid"}


def moves(trace):
    """Rows of positions that a layer closed or moved, and of cash that it charged accounts."""
    return trace.events("trade", "charge")


def chosen(results):
    """The worst traced path on which positions are closed; else one on which they are moved, or accounts charged; or None."""
    traces, verbs = results.traces(), layers(results)
    best = None
    for rank, trace in enumerate(traces):
        rows = moves(trace)
        if any(verbs.get(int(layer), ("", ""))[0] == "close" for layer in trace.rows["layer"][rows]):
            return rank, trace
        if len(rows) and best is None:
            best = rank, trace
    return best


def applies(results):
    return chosen(results) is not None


def draw(results, canvas):
    found = chosen(results)
    if found is None:
        canvas.message("No position is closed or moved on a traced path")
        return "On no traced path does a layer close or move positions, or charge accounts, so there is nothing of it to draw."
    story = Deleveraging(results, *found)
    canvas.title = TITLE if story.closed.any() else OTHERWISE
    levels = [("fund", FUND, "Insurance\nfund (USD)", story.limit, story.limit_words), ("lp_equity", LP, "LP equity\n(USD)", story.first_lp_loss, "LPs start to pay")]
    levels = [level for level in levels if story.states[level[0]].max() > 0]
    ratios = [2.0, 1.5, *[0.9] * len(levels), 1.5]
    grid = canvas.axes(rows=len(ratios), height=1.22 * sum(ratios) + 0.5, left=1.05, right=0.35, above=0.35, sharex=True, hspace=0.2, height_ratios=ratios)[:, 0]
    size = clock_axis(grid[-1], story) if story.zoomed else time_axis(grid[-1], story.end)
    draw_price(grid[0], story, size)
    draw_fills(grid[0], story, size)
    draw_notional(grid[1], story, size)
    for axes, level in zip(grid[2:], levels):
        draw_level(axes, story, size, *level)
        if level[0] == "lp_equity":
            draw_deposits(axes, results)
    draw_paid(grid[-1], story, size)
    draw_spell(grid, story, size)
    grid[0].set_xlim(story.first / size, story.last / size)
    return caption(results, story)


def layers(results):
    """Verb of each layer of the waterfall, and who it names."""
    found = {}
    for name, value in results.texts.items():
        match = re.fullmatch(r"waterfall\[(\d+)\]\.(verb|who)", name)
        if match:
            pair = found.setdefault(int(match.group(1)), ["", ""])
            pair[match.group(2) == "who"] = value
    return {index: tuple(pair) for index, pair in found.items()}


def payer(results, verb, who):
    """The column of what a cash layer pays."""
    if verb != "assess":
        return {"fund": "insurance_paid", "raise": "outside_paid", "takeover": "taker_charge"}.get(verb, "lp_paid")
    kind = who
    for name, value in results.texts.items():
        match = re.fullmatch(r"liquidity_providers\[([^\]]*)\]\.name", name)
        if match and value == who:
            kind = results.texts.get(f"liquidity_providers[{match.group(1)}].kind", "lp")
    return KINDS.get(kind, "lp_paid")


class Deleveraging(Story):
    """What the picture and its caption say of one traced path, from its ledger."""

    def __init__(self, results, rank, trace):
        self.rank, self.trades, self.charges = rank, trace.events("trade"), trace.events("charge")
        self.verbs = layers(results)
        self.step = float((results.setting(r"simulation\.step") or [60.0])[0])
        rows = trace.rows
        verb = np.array([self.verbs.get(int(layer), ("close", ""))[0] for layer in rows["layer"][self.trades]], dtype=object)
        owned = rows["account"][self.trades] >= 0
        self.closed, self.rest = (verb == "close") & owned, (verb == "close") & ~owned
        self.takeover, self.redistribute = verb == "takeover", verb == "redistribute"
        super().__init__(results, trace)
        self.orders = trace.events("order", "unwind")
        holds = trace.events("hold")
        self.limit = float(rows["time"][holds[0]]) if len(holds) and rows["fund"][0] > 0 else self.fund_empty
        self.limit_words = "fund empty" if self.limit is not None and self.fund_empty == self.limit else "fund at its limit"
        self.paid = self._payments(results, trace)
        debt = trace.events("settle", "halt")
        self.debt = rows["time"][debt], rows["bad_debt"][debt]
        self.surplus = rows["amount"][trace.events("surplus")].sum()
        self.unwound = len(trace.events("unwind")) > 0

    def _window(self):
        """Around what is moved: from a little before to well after."""
        times = self.rows["time"][np.concatenate([self.trades, self.charges])]
        span = max(times.max() - times.min(), STEPS * self.step / 3)
        first, last = times.min() - 1.0 * span, times.max() + 3.0 * span
        if last - first > 0.6 * self.end:
            return 0.0, self.end
        self.tick = tick = next((step for step in BINS if (last - first) / step <= 8), BINS[-1])
        return max(0.0, np.floor(first / tick) * tick), min(self.end, np.ceil(last / tick) * tick)

    def _payments(self, results, trace):
        """Times and amounts by payer, in the order of PAYERS."""
        rows, found = self.rows, {}
        add = lambda name, which: found.setdefault(name, []).append(which)
        for row in trace.events("layer"):
            verb, who = self.verbs.get(int(rows["layer"][row]), ("", ""))
            if verb not in ("close", "redistribute", "halt"):
                add(payer(results, verb, who), (rows["time"][row], rows["amount"][row]))
            elif verb == "halt":  # accounts have rows of their own, the rest are LPs and other classes
                charged = self.charges[(rows["layer"][self.charges] == rows["layer"][row]) & (rows["step"][self.charges] == rows["step"][row])]
                accounts = rows["amount"][charged].sum()
                add("trader_paid", (rows["time"][row], accounts))
                add("lp_paid", (rows["time"][row], rows["amount"][row] - accounts))
        for name, part in (("trader_forgone", self.closed | self.redistribute), ("rest_charge", self.rest)):
            for row in self.trades[part]:
                add(name, (rows["time"][row], rows["amount"][row]))
        for row in trace.events("uncovered"):
            add("uncovered", (rows["time"][row], rows["amount"][row]))
        return {name: np.array(found[name], float).T for name in PAYER if name in found and any(amount for _, amount in found[name])}

    def total(self, name):
        return float(self.paid[name][1].sum()) if name in self.paid else 0.0

    def sum(self, part, column):
        return float(self.rows[column][self.trades[part]].sum())

    def fills(self, part):
        """Mean price at which trades of this part were made, and mean mark at the time, by units."""
        rows = self.trades[part]
        units = self.rows["quantity"][rows]
        return (self.rows["fill"][rows] * units).sum() / units.sum(), (self.rows["mark_after"][rows] * units).sum() / units.sum()

    def spell(self, part=None):
        """First and last time of these trades (of all, and charges, for None)."""
        rows = np.concatenate([self.trades, self.charges]) if part is None else self.trades[part]
        times = self.rows["time"][rows]
        return float(times.min()), float(times.max())

    def held(self, part, mark, least=-np.inf):
        """What the positions would have made at this mark over what they were closed at."""
        rows = self.trades[part]
        return float((self.rows["side"][rows] * self.rows["quantity"][rows] * (mark - self.rows["fill"][rows])).sum())

    def best(self, part):
        """When holding the positions would have been best, once all are closed: time, mark, what it would have made."""
        after = self.mark[0] >= self.spell(part)[1]
        times, marks = self.mark[0][after], self.mark[1][after]
        side, units = (self.rows[name][self.trades[part]] for name in ("side", "quantity"))
        at = int(np.argmax(marks if (side * units).sum() > 0 else -marks))
        return float(times[at]), float(marks[at]), self.held(part, marks[at])


def draw_fills(axes, story, size):
    """The price of each step's closings, by units."""
    for part, name, label in ((story.closed, "trader_forgone", "price of deleveraging"), (story.takeover, "taker_charge", "price of takeover"),
                              (story.redistribute, "lp_paid", "price passed on")):
        if not part.any():
            continue
        rows = story.trades[part]
        steps, index = np.unique(story.rows["step"][rows], return_inverse=True)
        units = story.rows["quantity"][rows]
        fill = np.bincount(index, units * story.rows["fill"][rows]) / np.bincount(index, units)
        time = np.array([story.rows["time"][rows][index == i][0] for i in range(len(steps))])
        axes.plot(time / size, fill, "D", color=PAYER[name][1], mec=MARK, mew=0.7, ms=5.5, ls="none", label=label, zorder=4)
        low, high = axes.get_ylim()
        pad = 0.06 * (max(high, fill.max()) - min(low, fill.min()))
        axes.set_ylim(min(low, fill.min() - pad), max(high, fill.max() + pad))
    legend_above(axes, 3)


def draw_notional(axes, story, size):
    """Up: orders in the market; down: what layers closed or moved. A step a bar, or more."""
    rows, span = story.rows, story.last - story.first
    width = next((step for step in BINS if span / step <= 100 and step >= min(story.step, span / 4)), BINS[-1])
    edges = np.arange(np.floor(story.first / width), np.ceil(story.last / width) + 2) * width
    bars = lambda which: np.histogram(rows["time"][which], edges, weights=rows["notional"][which])[0]
    market, base = bars(story.orders), np.zeros(len(edges) - 1)
    axes.bar(edges[:-1] / size, market, width=width / size, align="edge", color=QUIET, label=f"orders in the market: {words.usd(market.sum())}")
    for name, color, label in MOVED:
        which = story.trades[getattr(story, name)]
        if len(which) == 0:
            continue
        heights = bars(which)
        axes.bar(edges[:-1] / size, -heights, width=width / size, align="edge", bottom=-base, color=PAYER[color][1], label=f"{label}: {words.usd(heights.sum())}")
        base = base + heights
    axes.axhline(0, color=MARK, lw=0.8)
    top, low = market.max(), base.max()
    room = 0.3 * (top + low) if max(top, low) > 0 else 1
    axes.set_ylim(-low - 0.08 * (top + low), top + room)
    axes.set_ylabel(f"Closed or moved\n(USD / {words.short_duration(width)})", multialignment="center")
    axes.legend(loc="upper right", ncol=2, handlelength=1, columnspacing=1.0, borderaxespad=0.1)
    money_axis(axes.yaxis, ticks=5)
    signless(axes)


def signless(axes):
    """Downward bars are amounts too."""
    shown = axes.yaxis.get_major_formatter()
    show = shown.show
    shown.show = lambda x, count: show(abs(x), count)
    shown.format_ticks = lambda values: type(shown).format_ticks(shown, [abs(value) for value in values])


def draw_paid(axes, story, size):
    """What each has paid so far; dashed, the bad debt."""
    top, low = 0.0, 0.0
    for name, (time, amount) in story.paid.items():
        line = np.cumsum(amount)
        time, line = np.concatenate([[0.0], time, [story.end]]), np.concatenate([[0.0], line, line[-1:]])
        label = f"{LABEL.get(name, PAYER[name][0])}: {words.usd(line[-1])}"
        axes.step(time / size, line, where="post", color=PAYER[name][1], lw=2.2, label=label, zorder=3)
        top, low = max(top, line.max()), min(low, line.min())
    time, debt = story.debt
    debt = np.cumsum(debt)
    if len(debt):
        axes.step(np.concatenate([[0.0], time, [story.end]]) / size, np.concatenate([[0.0], debt, debt[-1:]]), where="post", color=MARK, lw=1, ls="--",
                  label=f"bad debt: {words.usd(debt[-1])}", zorder=2)
        top = max(top, debt.max())
    lines = -(-len(axes.get_legend_handles_labels()[0]) // 3)
    axes.set_ylim(1.05 * low, (1.12 + 0.17 * lines) * top if top > 0 else 1)
    axes.legend(loc="upper left", ncol=3, handlelength=1.3, columnspacing=1.0, borderaxespad=0.1)
    axes.set_ylabel("Paid so far\n(USD)", multialignment="center")
    money_axis(axes.yaxis, ticks=4)


def draw_spell(grid, story, size):
    """The time of deleveraging, in all panels; in the first with its ends."""
    first, last = story.spell(story.closed if story.closed.any() else None)
    color = PAYER["trader_forgone"][1]
    for axes in grid:
        axes.axvspan(first / size, max(last, first + 0.002 * (story.last - story.first)) / size, color=color, alpha=0.25, lw=0, zorder=0.5)
    what = "deleveraging" if story.closed.any() else "moved or charged"
    text = f"{what} at {words.clock(first)}" if last == first else f"{what} from {words.clock(first)} to {words.clock(last)}"
    axes = grid[1]
    right = last - story.first < 0.5 * (story.last - story.first)
    axes.annotate(text, ((last if right else first) / size, 0), xycoords=("data", "axes fraction"), xytext=(5 if right else -5, 5), textcoords="offset points",
                  ha="left" if right else "right", va="bottom", fontsize=9, color="#2B7A61", bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1})


def many(count, what):
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def when(spell):
    return f"At {words.clock(spell[0])}" if spell[0] == spell[1] else f"From {words.clock(spell[0])} to {words.clock(spell[1])}"


def tell_closed(story):
    """Deleveraging: how many and how much, at which price, and what came of it."""
    rows, part = story.rows, story.closed
    count, accounts, notional = int(part.sum()), len(np.unique(rows["account"][story.trades[part]])), story.sum(part, "notional")
    sold = rows["notional"][story.orders].sum()
    closings = f"{many(count, 'position')} worth {words.usd(notional)} {'is' if count == 1 else 'are'} deleveraged" if count == accounts else \
        f"{many(accounts, 'account')} {'is' if accounts == 1 else 'are'} deleveraged in {many(count, 'closing')} worth {words.usd(notional)}"
    besides = f"; orders in the market are {words.usd(sold)} on the whole path" if sold > 0 else "; nothing is sold in the market"
    fill, mark = story.fills(part)
    forgone = story.sum(part, "amount")
    if abs(forgone) > 1e-9 * notional:
        cost = f"they {'forgo' if forgone > 0 else 'gain'} {words.usd(abs(forgone))} ({words.percent(abs(forgone) / notional)} of it) against the mark then"
    else:
        cost = "against the mark then they forgo nothing"
    parts = [f"{when(story.spell(part))} {closings}{besides}. They are closed at {words.price(fill)} on average, the mark at {words.price(mark)}: {cost}."]
    time, extreme, most = story.best(part)
    end, held = story.mark[1][-1], story.held(part, story.mark[1][-1])
    if most > max(forgone, 0.0) and time < story.mark[0][-1]:
        parts.append(f"Later the mark goes as far as {words.price(extreme)}, at {words.clock(time)}: held until then they would have made {words.usd(most)} more.")
    parts.append(f"At the end it is {words.price(end)}: held until then they would have made {words.usd(abs(held))} {'more' if held > 0 else 'less'}, so "
                 + ("that is what being closed cost them." if held > 0 else "in hindsight being closed did them no harm."))
    return parts


def tell_moved(story):
    """Positions that were taken over or passed on, and cash charged to accounts."""
    parts, rows = [], story.rows
    for part, what in ((story.rest, "closed against the rest of the market"), (story.takeover, "taken over"), (story.redistribute, "passed to accounts of their own side")):
        if not part.any():
            continue
        fill, mark = story.fills(part)
        charge = story.sum(part, "amount")
        cost = f", which costs {words.usd(charge)} against the mark" if charge > 0 else f", a gain of {words.usd(-charge)} against the mark" if charge < 0 else ""
        parts.append(f"Positions worth {words.usd(story.sum(part, 'notional'))} are {what}, at {words.price(fill)} with the mark at {words.price(mark)}{cost}.")
    if story.takeover.any() and not story.unwound:
        result = story.held(story.takeover, story.mark[1][-1])
        parts.append(f"By the end what was taken over has {'gained' if result > 0 else 'lost'} {words.usd(abs(result))}.")
    if len(story.charges):
        accounts = len(np.unique(rows["account"][story.charges]))
        parts.append(f"{many(accounts, 'account')} {'is' if accounts == 1 else 'are'} charged {words.usd(rows['amount'][story.charges].sum())} in cash.")
    return parts


def tell_payers(story):
    debt = float(story.debt[1].sum())
    if debt <= 0:
        return "There is no bad debt."
    who = {name: LABEL.get(name, PAYER[name][0]) for name in story.paid}
    who.update({"trader_forgone": "traders through their positions", "insurance_paid": "the fund", "trader_paid": "traders in cash", "uncovered": "nobody"})
    paid = sorted(story.paid, key=lambda name: -abs(story.total(name)))
    if not paid:
        return f"Bad debt is {words.usd(debt)}, of which nobody has paid anything so far."
    shown = [f"{who[name]} {words.usd(story.total(name))} ({words.percent(story.total(name) / debt)})" for name in paid]
    listed = ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]
    more = f"; {words.usd(story.surplus)} more was charged than was missing, and goes to the fund" if story.surplus > 1e-6 * debt else ""
    return f"Bad debt is {words.usd(debt)}; who bears it: {listed}{more}."


def verdict(story):
    """Who carries this path."""
    debt, traders = float(story.debt[1].sum()), story.total("trader_forgone") + story.total("trader_paid") + story.total("rest_charge")
    if debt <= 0 or not story.closed.any() or traders <= 0:
        return ""
    if traders > 0.5 * debt:
        return "Here deleveraging carries the loss: what protects solvency is the profit of those on the other side."
    if story.total("insurance_paid") > 0.5 * debt:
        return "Here the fund carries the loss, and deleveraging only what it lacks."
    return "Here deleveraging carries a part of the loss."


def caption(results, story):
    of = f" of {results.count:,}" if results.count else ""
    which = f"the worst{of}" if story.rank == 0 else f"the worst traced one with such an event, number {story.rank + 1} of{of[3:]} by loss"
    start, low, high = story.mark[1][0], story.mark[1].min(), story.mark[1].max()
    down = start - low >= high - start
    reached = low if down else high
    parts = [f"Path {story.path:,}, {which}. The mark {'falls' if down else 'rises'} from {words.price(start)} to {words.price(reached)} ({words.change(reached / start - 1)})."]
    if story.limit is not None:
        parts.append(f"The fund, {words.usd(story.rows['fund'][0])} at the start, is {'empty' if story.limit_words == 'fund empty' else 'at its limit'} at {words.clock(story.limit)}.")
    parts += (tell_closed(story) if story.closed.any() else []) + tell_moved(story) + [tell_payers(story), verdict(story)]
    if story.zoomed:
        parts.append(f"Shown: {words.clock(story.first)} to {words.clock(story.last)}.")
    return " ".join(part for part in parts if part)
