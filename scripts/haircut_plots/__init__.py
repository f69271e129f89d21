# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a results file, of a comparison, of a sweep and of an answer: one module each, with TITLE and draw(results, canvas) -> caption
(of a sweep: draw(sweep, canvas, metric)).
Where a module has applies(results), its picture is drawn unasked only if that holds."""
from . import (attribution, curves, deleveraging, differences, exceedance, fairness, fund, heat, histogram, indices, leavers, lines, map as liquidation_map,
               paid, payers, sizing, story, timeline, tornado)

PICTURES = {
    "exceedance": exceedance,
    "histogram": histogram,
    "fund": fund,
    "map": liquidation_map,
    "timeline": timeline,
    "paid": paid,
    "story": story,
    "deleveraging": deleveraging,
    "fairness": fairness,
    "attribution": attribution,
    "leavers": leavers,
}

COMPARED = {
    "payers": payers,
    "curves": curves,
    "differences": differences,
}

SWEPT = {
    "lines": lines,
    "heat": heat,
}

ANSWERS = {
    "size": {"sizing": sizing},
    "sensitivity": {"tornado": tornado, "indices": indices},
}
