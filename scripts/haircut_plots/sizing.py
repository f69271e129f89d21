# SPDX-License-Identifier: GPL-3.0-or-later
"""The measure over the fund (or another parameter), its band, the limit, and the answer of `haircut size`."""
import numpy as np

from .canvas import FUND, LP, MARK
from .lines import value_axis
from .sweep import shown

TITLE = "How large must it be?"


def draw(answer, canvas):
    data = answer.data
    x, y = answer.column("curve", "value"), answer.column("curve", "measure")
    low, high = answer.column("curve", "measure_low"), answer.column("curve", "measure_high")
    unit, cost = data["measure_unit"], data["target"] == "least cost"
    canvas.title = f"Which {data['key']} has the least cost?" if cost else f"{data['key']} for {data['target']}"
    axes = canvas.axes(height=3.6, left=0.95)[0, 0]
    axes.fill_between(x, low, high, color=FUND, alpha=0.18, lw=0)
    axes.plot(x, y, color=FUND, lw=1.8, marker="o" if len(x) < 60 else None, ms=3)
    limit, value = answer.number("limit"), answer.number("value")
    if np.isfinite(limit):
        axes.axhline(limit, color=MARK, lw=1, ls="--")
        axes.annotate(f"at most {shown(limit, unit)}", (1, limit), (-4, 4), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", fontsize=9)
    if np.isfinite(value):
        start, end = (answer.number("low"), answer.number("high"))
        axes.axvspan(start if np.isfinite(start) else x.min(), end if np.isfinite(end) else x.max(), color=LP, alpha=0.12, lw=0)
        axes.axvline(value, color=LP, lw=1.5)
        axes.annotate(shown(value, data["unit"]), (value, 1), (4, -4), xycoords=("data", "axes fraction"), textcoords="offset points", va="top", color=LP, fontsize=10,
                      fontweight="bold")
    top = np.nanmax(np.where(np.isfinite(high), high, y))
    around = 6 * limit if np.isfinite(limit) and limit > 0 else top
    axes.set_ylim(0, min(top * 1.05, around) if not cost else top * 1.05)
    axes.set_xlim(x.min(), x.max())
    value_axis(axes.xaxis, data["unit"])
    value_axis(axes.yaxis, unit)
    axes.set_xlabel(data["key"] + (f" ({data['unit']})" if data["unit"] not in ("1", "") else ""))
    axes.set_ylabel(("Cost over the horizon" if cost else data["target"].split("<")[0].strip()) + ("" if unit == "1" else f" ({unit})"))
    return caption(answer, cost, unit)


def caption(answer, cost, unit):
    data, value = answer.data, answer.number("value")
    if not np.isfinite(value):
        return f"Nothing in the range meets {data['target']}: {data['note']}."
    low, high = answer.number("low"), answer.number("high")
    parts = [f"{'The cost is least at' if cost else 'The target is met from'} {data['key']} = {shown(value, data['unit'])}."]
    if np.isfinite(low) and np.isfinite(high):
        parts.append(f"The 95 % interval of that answer (shaded) is {shown(low, data['unit'])} to {shown(high, data['unit'])}"
                     + ("." if cost else f": to be sure of the target take {shown(high, data['unit'])}."))
    else:
        parts.append("The answer's interval does not close within the range: use more --paths.")
    if data["note"]:
        parts.append(f"Note: {data['note']}.")
    parts.append("It leaves out what the model and its parameters may be wrong by.")
    return " ".join(parts)
