# SPDX-License-Identifier: GPL-3.0-or-later
"""Who paid for bad debt: the fund, LPs, traders, others, nobody; on all paths and on the worst 1 %."""
import numpy as np

from . import words
from .canvas import FUND, LP_DEPOSIT, LP_PROFIT, MARK, OTHER, legend_above, money_axis
from .comparison import PAYERS
from .payers import GROUPS, listed

TITLE = "Who pays for bad debt?"
LAYERS = (("insurance_paid", "insurance fund", FUND, True), ("lp_profit_paid", "LP profit", LP_PROFIT, False),
          ("lp_deposit_paid", "LP deposits", LP_DEPOSIT, True), *PAYERS[2:], ("other", "other", OTHER, False))
OLD = ("insurance_paid", "lp_profit_paid", "lp_deposit_paid", "uncovered")  # in every file; the others are 0 where a file lacks them
PARTIES = (("LPs", ("lp_profit_paid", "lp_deposit_paid")), *GROUPS[2:-1])
WORST = 0.01


def draw(results, canvas):
    everyone, worst, count = mean_paid(results), *worst_paid(results)
    if everyone is None:
        canvas.message("Nothing on payments in this file")
        return "This file holds neither means nor samples of what each layer paid, so there is nothing to draw here."
    if sum(everyone.values()) <= 0:
        canvas.message("There is no bad debt to pay")
        return f"On {words.no_path(results.count)} is there bad debt: every liquidated position closes above bankruptcy."
    rows = [("all paths", everyone)]
    if worst is not None:
        rows.append((f"worst {words.percent(WORST)}", worst))
    used = [layer for layer in LAYERS if any(paid[layer[0]] != 0 for _, paid in rows)]
    lines = -(-len(used) // 3)
    grid = canvas.axes(rows=len(rows), height=1.05 * len(rows) + 0.2, left=1.25, right=0.45, above=0.2 * lines, hspace=0.6)[:, 0]
    for axes, (label, paid) in zip(grid, rows):
        draw_row(axes, label, paid)
    draw_error(grid[0], results.estimate("mean_bad_debt"))
    grid[-1].set_xlabel("Mean dollars paid per path (USD); each row has its own scale; line: 95 %")
    handles = [grid[0].barh(0, 0, color=color, label=label) for name, label, color, _ in used]
    legend_above(grid[0], min(len(handles), 3), handles=handles)
    return caption(results, everyone, worst, count)


def mean_paid(results):
    """Mean dollars by layer over all paths, from the summary."""
    means = {name: results.estimate("mean_" + name).value for name, *_ in LAYERS if name != "other"}
    if not any(np.isfinite(value) for value in means.values()):
        return None
    means = {name: value if np.isfinite(value) else 0.0 for name, value in means.items()}
    debt = results.estimate("mean_bad_debt")
    means["other"] = rest(debt.value, means) if debt.known else 0.0
    return means


def rest(debt, paid):
    """What no column names; less than 0 where more was charged than was missing."""
    other = debt - sum(paid.values())
    return other if abs(other) > 1e-6 * debt else 0.0


def worst_paid(results):
    """The same on the worst 1 % of paths by LP loss, ties by bad debt; and how many they are."""
    loss, debt, weights = results.column("lp_loss"), results.column("bad_debt"), results.weights
    columns = {name: results.column(name) for name, *_ in LAYERS if name != "other"}
    if loss is None or debt is None or any(columns[name] is None for name in OLD):
        return None, 0
    columns = {name: np.zeros(len(debt)) if values is None else values for name, values in columns.items()}
    order = np.lexsort((-debt, -loss))
    share = np.cumsum(weights[order]) / len(loss)
    worst = order[:int(np.searchsorted(share, WORST * (1 - 1e-9))) + 1]
    part = weights[worst] / weights[worst].sum()
    means = {name: float((part * values[worst]).sum()) for name, values in columns.items()}
    means["other"] = rest(float((part * debt[worst]).sum()), means)
    return means, len(worst)


def draw_row(axes, label, paid):
    total, right, left = sum(paid.values()), 0.0, 0.0
    size = sum(value for value in paid.values() if value > 0) or 1
    for name, _, color, white in LAYERS:
        value = paid[name]
        start = right if value > 0 else left
        axes.barh(0, value, left=start, height=0.7, color=color, edgecolor="white", lw=1)
        if abs(value) > 0.075 * size:
            text = f"{words.amount(value)}\n{words.percent(value / total, 2)}"
            axes.text(start + value / 2, 0, text, ha="center", va="center", color="white" if white else "black", fontsize=9)
        right, left = right + max(value, 0.0), left + min(value, 0.0)
    axes.set_yticks([0], [f"{label}\n{words.usd(total)}"])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(1.05 * left, size)
    axes.set_ylim(-0.5, 0.4)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    money_axis(axes.xaxis)


def draw_error(axes, debt):
    """The 95 % interval of mean bad debt, at the end of its bar."""
    if np.isfinite(debt.low) and np.isfinite(debt.high) and debt.high > debt.low:
        axes.errorbar(debt.value, -0.42, xerr=[[debt.value - debt.low], [debt.high - debt.value]], color=MARK, lw=1.4, capsize=3)
        axes.set_xlim(axes.get_xlim()[0], max(debt.high, axes.get_xlim()[1]) * 1.01)


def shares(paid, total):
    """Percent of the total by party behind the fund, greatest first; LPs always, others where they pay."""
    parties = {name: sum(paid[column] for column in columns) for name, columns in PARTIES}
    order = sorted((name for name in parties if name == "LPs" or parties[name] != 0), key=lambda name: -abs(parties[name]))
    return listed([f"{name} {words.percent(parties[name] / total)}" for name in order])


def nobody(paid):
    """..., USD stay uncovered, USD pending"""
    parts = [f"{words.usd(paid[name])} {what}" for name, what in (("uncovered", "stays uncovered"), ("pending_end", "is still pending at the end")) if paid[name] > 0]
    return " and ".join(parts) or "nothing stays uncovered"


def caption(results, everyone, worst, count):
    total = sum(everyone.values())
    debt = results.estimate("mean_bad_debt")
    parts = [f"Bad debt is {words.money(debt) if debt.known else words.usd(total)} per {words.period(results.horizon, False)} on average; "
             f"the fund pays {words.percent(everyone['insurance_paid'] / total)} of it, {shares(everyone, total)}; {nobody(everyone)}."]
    if worst is None:
        parts.append("The worst 1 % of paths are not shown: the file holds no samples.")
        return " ".join(parts)
    total = sum(worst.values())
    if total > 0:
        parts.append(f"On the worst 1 % by LP loss, then bad debt ({count:,} path{'s' if count > 1 else ''}), it is {words.usd(total)}: "
                     f"the fund pays {words.percent(worst['insurance_paid'] / total)}, {shares(worst, total)}; {nobody(worst)}.")
    share = results.estimate("cascade_share_bad_debt")
    if share.known and share.value >= 0:
        parts.append(f"{words.chance(share)} of all bad debt exists only because liquidations push the price.")
    if any(value < -0.005 * sum(everyone.values()) for value in everyone.values()):
        parts.append("Bars left of 0 are gains: positions were closed or taken over at prices better than the mark, or more was charged than was missing.")
    return " ".join(parts)
