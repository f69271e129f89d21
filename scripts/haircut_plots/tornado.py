# SPDX-License-Identifier: GPL-3.0-or-later
"""One parameter at a time: by how much the metric changes at the ends of its range."""
import numpy as np

from .canvas import FUND, LP, MARK, legend_above
from .lines import value_axis
from .sweep import SHORT, shown

TITLE = "Which parameter matters, one at a time?"


def draw(answer, canvas):
    data = answer.data
    rows = sorted(data["parameters"], key=lambda row: max(abs(answer.number("change_low", row)), abs(answer.number("change_high", row))))
    left = min(3.4, 0.4 + 0.073 * max(len(row["key"]) for row in rows))
    axes = canvas.axes(height=0.46 * len(rows) + 0.3, left=left, right=0.4, above=0.3)[0, 0]
    for at, row in enumerate(rows):
        for end, color, name in (("low", FUND, "at the lower end"), ("high", LP, "at the upper end")):
            change = answer.number(f"change_{end}", row)
            axes.barh(at + (0.19 if end == "high" else -0.19), change, height=0.36, color=color, label=name if at == 0 else None)
            span = [answer.number(f"change_{end}_{edge}", row) for edge in ("from", "to")]
            if np.isfinite(span).all():
                axes.plot(span, [at + (0.19 if end == "high" else -0.19)] * 2, color=MARK, lw=1)
            beyond = max([change, *span], key=abs) if np.isfinite(span).all() else change
            axes.annotate(row[f"{end}_text"], (beyond if beyond * change >= 0 else change, at + (0.19 if end == "high" else -0.19)), (4 if change >= 0 else -4, 0), textcoords="offset points",
                          ha="left" if change >= 0 else "right", va="center", fontsize=7.5, color="#444444")
    axes.set_yticks(range(len(rows)), [f"{row['key']}" for row in rows])
    axes.axvline(0, color=MARK, lw=0.8)
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.16)
    value_axis(axes.xaxis, data["metric_unit"])
    axes.set_xlabel(f"Change of {SHORT.get(data['metric'], data['metric'])}" + ("" if data["metric_unit"] == "1" else f" ({data['metric_unit']})"))
    legend_above(axes, 2)
    return caption(answer, rows[::-1])


def caption(answer, rows):
    data, unit = answer.data, answer.data["metric_unit"]
    name, first = SHORT.get(data["metric"], data["metric"]), rows[0]
    ends = sorted(((answer.number(f"change_{end}", first), first[f"{end}_text"]) for end in ("low", "high")), key=lambda pair: -abs(pair[0]))
    parts = [f"From {shown(answer.number('base'), unit)}, {name} moves most with {first['key']}: by {shown(ends[0][0], unit)} at {ends[0][1]}, "
             f"by {shown(ends[1][0], unit)} at {ends[1][1]}."]
    still = [row["key"] for row in rows if all(answer.number(f"change_{end}_from", row) <= 0 <= answer.number(f"change_{end}_to", row) for end in ("low", "high"))]
    if still:
        parts.append(f"Of {', '.join(still)} no effect can be told from 0.")
    parts.append("Black lines are 95 % intervals of the change, on the same paths. Ranges decide lengths: a parameter that is known well has a short bar.")
    return " ".join(parts)
