# SPDX-License-Identifier: GPL-3.0-or-later
"""Sobol indices: which share of the variance over the whole box is due to each parameter."""
import numpy as np

from .canvas import FUND, MARK, legend_above, percent_axis
from .sweep import SHORT

TITLE = "Which parameter matters, over the whole box?"


def applies(answer):
    return answer.kind == "sensitivity" and any(row.get("total") is not None for row in answer.data["parameters"])


def draw(answer, canvas):
    data = answer.data
    if not applies(answer):
        canvas.message("There are no indices")
        return f"There are no Sobol indices: {data.get('why') or 'none were asked for (--rows)'}."
    rows = sorted(data["parameters"], key=lambda row: answer.number("total", row))
    left = min(3.4, 0.4 + 0.073 * max(len(row["key"]) for row in rows))
    axes = canvas.axes(height=0.5 * len(rows) + 0.3, left=left, right=0.4, above=0.3)[0, 0]
    for at, row in enumerate(rows):
        for kind, shift, color, name in (("total", 0.19, FUND, "with all it does together with others"), ("first", -0.19, "#9DC3DE", "by itself")):
            axes.barh(at + shift, answer.number(kind, row), height=0.36, color=color, label=name if at == 0 else None)
            axes.plot([answer.number(f"{kind}_low", row), answer.number(f"{kind}_high", row)], [at + shift] * 2, color=MARK, lw=1)
    axes.set_yticks(range(len(rows)), [row["key"] for row in rows])
    axes.axvline(0, color=MARK, lw=0.8)
    axes.grid(axis="y", visible=False)
    axes.set_xlim(min(-0.05, min(answer.number("first_low", row) for row in rows)), max(1.0, min(1.5, max(answer.number("total_high", row) for row in rows))))
    percent_axis(axes.xaxis)
    axes.set_xlabel(f"Share of the variance of {SHORT.get(data['metric'], data['metric'])}")
    legend_above(axes, 2)
    return caption(answer, rows[::-1])


def caption(answer, rows):
    data, first = answer.data, rows[0]
    name = SHORT.get(data["metric"], data["metric"])
    total, alone = answer.number("total", first), np.nansum([answer.number("first", row) for row in rows])
    parts = [f"Over the box of all ranges, {total:.0%} of the variance of {name} involves {first['key']} "
             f"(95 %: {answer.number('total_low', first):.0%} to {answer.number('total_high', first):.0%})."]
    idle = [row["key"] for row in rows if answer.number("total_low", row) <= 0.01]
    if idle:
        parts.append(f"{', '.join(idle)} could be held fixed without losing much.")
    parts.append(f"What parameters do by themselves adds up to {alone:.0%}; the rest of 100 % is due to combinations, and to chance in the bars. "
                 f"Lines are 95 % intervals from resampling {data['rows']} rows; the variance of Monte Carlo errors is taken off.")
    return " ".join(parts)
