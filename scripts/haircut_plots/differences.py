# SPDX-License-Identifier: GPL-3.0-or-later
"""What each mechanism changes against the first one, path by path."""
import numpy as np

from . import words
from .canvas import MARK, QUIET, money_axis
from .payers import listed, shares

TITLE = "What does each mechanism change, on the same paths?"
PANELS = (("mean_lp_loss", "mean LP loss", "#D55E00"), ("mean_social_loss", "mean socialised loss", "#0072B2"),
          ("es_99_social_loss", "socialised loss, ES 99", "#882255"))
ROW = 0.27  # inches


def draw(comparison, canvas):
    others = comparison.mechanisms[1:]
    if not others:
        canvas.message("One mechanism: nothing to compare it with")
        return f"The file holds one mechanism, {comparison.first.name}; differences need a second one."
    left = min(2.6, 0.35 + 0.072 * max(len(each.name) for each in others))
    grid = canvas.axes(columns=len(PANELS), height=max(0.8, ROW * len(others) + 0.1), left=left, right=0.3, above=0.25, wspace=0.12, sharey=True)[0]
    for axes, (name, title, color) in zip(grid, PANELS):
        draw_panel(axes, [each.difference(name) for each in others], title, color)
    grid[0].set_yticks(range(len(others)), [each.name for each in others])
    grid[0].set_ylim(len(others) - 0.4, -0.6)
    grid[len(PANELS) // 2].set_xlabel(f"Difference to {comparison.first.name} (USD per {words.period(comparison.horizon, False)}); bars: 95 %; hollow: no interval")
    return caption(comparison, others)


def draw_panel(axes, estimates, title, color):
    axes.axvline(0, color=MARK, lw=0.9)
    ends = [0.0]
    for at, estimate in enumerate(estimates):
        if not estimate.known:
            continue
        sure = np.isfinite(estimate.low) and np.isfinite(estimate.high)
        if sure:
            axes.errorbar(estimate.value, at, xerr=[[estimate.value - estimate.low], [estimate.high - estimate.value]], color=color, lw=1.4, capsize=4)
        axes.plot(estimate.value, at, "o", ms=3.5, color=color, mfc=color if sure else "white")
        ends += [estimate.value, *((estimate.low, estimate.high) if sure else ())]
    span = (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - 0.08 * span, max(ends) + 0.08 * span)
    axes.set_title(title, fontsize=9.5, color=color)
    axes.tick_params(axis="y", length=0, labelcolor=QUIET)
    money_axis(axes.xaxis, ticks=3)


def caption(comparison, others):
    first = comparison.first.name
    ranked = sorted(others, key=lambda each: each.difference("mean_social_loss").value)
    lower = [each for each in ranked if each.difference("mean_social_loss").high < 0]
    higher = [each for each in reversed(ranked) if each.difference("mean_social_loss").low > 0]
    parts = []
    if lower:
        best = lower[0]
        parts.append(f"Against {first}, {listed([each.name for each in lower])} lower{'s' if len(lower) == 1 else ''} the mean socialised loss"
                     + (", most of all " + best.name if len(lower) > 1 else "") + f" (by {interval(best, -1)}){instead(comparison.first, best)}.")
    if higher:
        worst = higher[0]
        parts.append(f"{listed([each.name for each in higher])} raise{'s' if len(higher) == 1 else ''} it"
                     + (f", most of all {worst.name}" if len(higher) > 1 else "") + f" (by {interval(worst, 1)}).")
    if not parts:
        parts.append(f"No mechanism changes the mean socialised loss of {first} by more than chance could.")
    elif not lower:
        parts[0] = f"Against {first}, {parts[0]}".replace(" it", " the mean socialised loss", 1)
    parts.append(shifted(others))
    same = [each.name for each in others if all(each.difference(name).value == 0 for name, *_ in PANELS)]
    if same:
        parts.append(f"{listed(same)} make{'s' if len(same) == 1 else ''} no difference on any path.")
    return " ".join(part for part in parts if part)


def instead(first, mechanism):
    """Who pays more where those who can be charged pay less: the greatest of those that are not among them."""
    ours, theirs = shares(mechanism), shares(first)
    more = {name: ours[name] - theirs[name] for name in ("the fund", "outside money", "takers of positions", "the rest of the market", "nobody")}
    name = max(more, key=more.get)
    if more[name] <= 0.05 * -mechanism.difference("mean_social_loss").value:
        return ""
    if name == "nobody":
        return f", but {words.usd(more[name])} more stays uncovered or pending there"
    return f", where {name} pay{'' if name.startswith('takers') else 's'} {words.usd(more[name])} more"


def interval(mechanism, sign):
    """41.2M USD (38M–44M) of a fall or a rise."""
    estimate = mechanism.difference("mean_social_loss")
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    return f"{words.usd(sign * estimate.value)}, {words.amount(low)}–{words.amount(high)}"


def shifted(others):
    """What becomes of the largest relief of LPs."""
    spared = min(others, key=lambda each: each.difference("mean_lp_loss").value)
    relief, total = spared.difference("mean_lp_loss"), spared.difference("mean_social_loss")
    if not relief.high < 0:
        return ""
    returned = 1 - total.value / relief.value
    lead = f"Under {spared.name} LPs lose {words.usd(-relief.value)} less"
    if returned <= 0.005:
        return f"{lead}, and nobody else loses it instead."
    if returned > 1.005:
        return f"{lead}, but traders, members and stakers lose {words.usd(total.value - relief.value)} more."
    return f"{lead}, but {words.percent(min(returned, 1.0), 2)} of that returns as a loss of traders, members or stakers."
