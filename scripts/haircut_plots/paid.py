# SPDX-License-Identifier: GPL-3.0-or-later
"""Who paid for bad debt: fund, LP profit, LP deposits, nobody; on all paths and on the worst 1 %."""
import numpy as np

from . import words
from .canvas import FUND, LP_DEPOSIT, LP_PROFIT, MARK, OTHER, UNCOVERED, legend_above, money_axis

TITLE = "Who pays for bad debt?"
LAYERS = (("insurance_paid", "insurance fund", FUND), ("lp_profit_paid", "LP profit", LP_PROFIT), ("lp_deposit_paid", "LP deposits", LP_DEPOSIT),
          ("other", "other layers", OTHER), ("uncovered", "uncovered", UNCOVERED))
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
    grid = canvas.axes(rows=len(rows), height=1.05 * len(rows) + 0.2, left=1.25, right=0.45, above=0.2, hspace=0.6)[:, 0]
    for axes, (label, paid) in zip(grid, rows):
        draw_row(axes, label, paid)
    draw_error(grid[0], results.estimate("mean_bad_debt"))
    grid[-1].set_xlabel("Mean dollars paid per path (USD); each row has its own scale; line: 95 %")
    handles = [grid[0].barh(0, 0, color=color, label=label) for name, label, color in LAYERS if any(paid[name] > 0 for _, paid in rows)]
    legend_above(grid[0], len(handles), handles=handles)
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
    other = debt - sum(paid.values())
    return other if other > 1e-6 * debt else 0.0


def worst_paid(results):
    """The same on the worst 1 % of paths by LP loss, ties by bad debt; and how many they are."""
    loss, debt, weights = results.column("lp_loss"), results.column("bad_debt"), results.weights
    columns = {name: results.column(name) for name, *_ in LAYERS if name != "other"}
    if loss is None or debt is None or any(values is None for values in columns.values()):
        return None, 0
    order = np.lexsort((-debt, -loss))
    share = np.cumsum(weights[order]) / len(loss)
    worst = order[:int(np.searchsorted(share, WORST * (1 - 1e-9))) + 1]
    part = weights[worst] / weights[worst].sum()
    means = {name: float((part * values[worst]).sum()) for name, values in columns.items()}
    means["other"] = rest(float((part * debt[worst]).sum()), means)
    return means, len(worst)


def draw_row(axes, label, paid):
    total, left = sum(paid.values()), 0.0
    for name, _, color in LAYERS:
        if paid[name] <= 0:
            continue
        axes.barh(0, paid[name], left=left, height=0.7, color=color, edgecolor="white", lw=1)
        if paid[name] > 0.075 * total:
            dark = name != "lp_profit_paid" and name != "other"
            text = f"{words.amount(paid[name])}\n{words.percent(paid[name] / total, 2)}"
            axes.text(left + paid[name] / 2, 0, text, ha="center", va="center", color="white" if dark else "black", fontsize=9)
        left += paid[name]
    axes.set_yticks([0], [f"{label}\n{words.usd(total)}"])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, total or 1)
    axes.set_ylim(-0.5, 0.4)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    money_axis(axes.xaxis)


def draw_error(axes, debt):
    """The 95 % interval of mean bad debt, at the end of its bar."""
    if np.isfinite(debt.low) and np.isfinite(debt.high) and debt.high > debt.low:
        axes.errorbar(debt.value, -0.42, xerr=[[debt.value - debt.low], [debt.high - debt.value]], color=MARK, lw=1.4, capsize=3)
        axes.set_xlim(0, max(debt.high, axes.get_xlim()[1]) * 1.01)


def caption(results, everyone, worst, count):
    total, lps = sum(everyone.values()), everyone["lp_profit_paid"] + everyone["lp_deposit_paid"]
    pays = f"the fund pays {words.percent(everyone['insurance_paid'] / total)} of it and LPs {words.percent(lps / total)}"
    debt = results.estimate("mean_bad_debt")
    parts = [f"Bad debt is {words.money(debt) if debt.known else words.usd(total)} per {words.period(results.horizon, False)} on average; {pays}."]
    if everyone["uncovered"] > 0:
        parts[0] = parts[0][:-1] + f"; {words.percent(everyone['uncovered'] / total)} stays uncovered."
    if worst is None:
        parts.append("The worst 1 % of paths are not shown: the file holds no samples.")
        return " ".join(parts)
    total, lps = sum(worst.values()), worst["lp_profit_paid"] + worst["lp_deposit_paid"]
    if total > 0:
        parts.append(f"On the worst 1 % by LP loss ({count:,} path{'s' if count > 1 else ''}) it is {words.usd(total)}: LPs pay {words.percent(lps / total)}"
                     + (f", most of it from deposits ({words.usd(worst['lp_deposit_paid'])})" if worst["lp_deposit_paid"] > lps / 2 else "")
                     + (f", and {words.usd(worst['uncovered'])} stays uncovered." if worst["uncovered"] > 0 else ", and nothing stays uncovered."))
    share = results.estimate("cascade_share_bad_debt")
    if share.known and share.value >= 0:
        parts.append(f"{words.chance(share)} of all bad debt exists only because liquidations push the price.")
    return " ".join(parts)
