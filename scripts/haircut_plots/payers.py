# SPDX-License-Identifier: GPL-3.0-or-later
"""Who pays under each mechanism: mean payments by payer, stacked."""
from . import words
from .canvas import MARK, legend_above, money_axis
from .comparison import PAYERS

TITLE = "Who pays for bad debt, under each mechanism?"
ROW = 0.3  # inches
GROUPS = (("the fund", ("insurance_paid",)), ("LPs", ("lp_paid",)), ("traders", ("trader_paid", "trader_forgone")), ("members", ("member_paid",)),
          ("stakers and depositors", ("staker_paid",)), ("takers of positions", ("taker_charge",)), ("outside money", ("outside_paid",)),
          ("the rest of the market", ("rest_charge",)), ("nobody", ("uncovered", "pending_end")))


def draw(comparison, canvas):
    rows = [(each.name, each.paid()) for each in comparison.mechanisms]
    if not any(value for _, paid in rows for value in paid.values()):
        canvas.message("There is no bad debt to pay")
        return f"On {words.no_path(comparison.count)} is there bad debt under any mechanism: every liquidated position closes above bankruptcy."
    used = [payer for payer in PAYERS if any(paid[payer[0]] for _, paid in rows)]
    columns = min(len(used), 3)
    lines = -(-len(used) // columns)
    left = min(2.6, 0.35 + 0.072 * max(len(name) for name, _ in rows))
    axes = canvas.axes(height=max(0.7, ROW * len(rows)), left=left, right=0.7, above=0.2 * lines + 0.05)[0, 0]
    for at, (_, paid) in enumerate(rows):
        draw_row(axes, at, paid, scale(rows), used)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    low = min(min(0.0, sum(value for value in paid.values() if value < 0)) for _, paid in rows)
    axes.set_xlim(1.12 * low, 1.02 * scale(rows))
    axes.grid(axis="y", visible=False)
    axes.axvline(0, color=MARK, lw=0.8)
    axes.spines["left"].set_visible(False)
    money_axis(axes.xaxis)
    axes.set_xlabel(f"Mean paid per {words.period(comparison.horizon, False)} (USD); at the right: all of it")
    legend_above(axes, columns, handles=[axes.barh(0, 0, color=color, label=name) for _, name, color, _ in used])
    return caption(comparison)


def scale(rows):
    return max(sum(value for value in paid.values() if value > 0) for _, paid in rows)


def draw_row(axes, at, paid, size, used):
    right, left = 0.0, 0.0
    for column, _, color, white in used:
        value = paid[column]
        start = right if value > 0 else left
        axes.barh(at, value, left=start, height=0.74, color=color, edgecolor="white", lw=0.6)
        if abs(value) > 0.075 * size:
            axes.text(start + value / 2, at, words.amount(value), ha="center", va="center", fontsize=8, color="white" if white else "black")
        right, left = right + max(value, 0.0), left + min(value, 0.0)
    axes.annotate(words.amount(sum(paid.values())), (right, at), (4, 0), textcoords="offset points", va="center", fontsize=8.5, color=MARK)


def shares(mechanism):
    """Mean dollars by group of payers."""
    paid = mechanism.paid()
    return {name: sum(paid[column] for column in columns) for name, columns in GROUPS}


def listed(names, most=4):
    """a, b and c; or a, b, c, d and 3 more"""
    shown = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def caption(comparison):
    mechanisms = comparison.mechanisms
    totals = {each.name: sum(each.paid().values()) for each in mechanisms}
    least, most = min(totals, key=totals.get), max(totals, key=totals.get)
    period = words.period(comparison.horizon, False)
    if len(mechanisms) == 1:
        parts = [f"On average {words.usd(totals[most])} has to be paid per {period}."]
    elif totals[most] - totals[least] <= 0.005 * totals[most]:
        parts = [f"The same prices and positions leave bad debt of {words.usd(totals[most])} per {period} under every mechanism; what differs is who pays it."]
    else:
        parts = [f"On the same prices and positions, what has to be paid per {period} runs from {words.usd(totals[least])} ({least}) to {words.usd(totals[most])} ({most})."]
    main = {}
    for each in mechanisms:
        parties = shares(each)
        if totals[each.name] > 0:
            main.setdefault(max(parties, key=parties.get), []).append(each.name)
    if len(mechanisms) > 1 and len(main) == 1:
        parts.append(f"Under all of them most is paid by {next(iter(main))}.")
    elif len(mechanisms) > 1:
        parts.append("The greatest part is paid by " + "; by ".join(f"{party} under {listed(names)}" for party, names in main.items()) + ".")
    else:
        parties = shares(mechanisms[0])
        party = max(parties, key=parties.get)
        parts.append(f"Most of it, {words.percent(parties[party] / totals[mechanisms[0].name])}, is paid by {party}.")
    unpaid = {each.name: shares(each)["nobody"] for each in mechanisms}
    worst = max(unpaid, key=unpaid.get)
    if unpaid[worst] > 0:
        parts.append(f"Under {worst} {words.usd(unpaid[worst])} of it stays uncovered or pending" + (", more than under any other." if len(mechanisms) > 1 else "."))
    if any(value < -0.005 * totals[most] for each in mechanisms for value in each.paid().values()):
        parts.append("Bars left of 0 are gains: positions were closed or taken over at prices better than the mark.")
    return " ".join(parts)
