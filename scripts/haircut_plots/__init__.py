# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a results file, and of a comparison: one module each, with TITLE and draw(results, canvas) -> caption.
Where a module has applies(results), its picture is drawn unasked only if that holds."""
from . import (attribution, curves, deleveraging, differences, exceedance, fairness, fund, histogram, leavers, map as liquidation_map, paid, payers, story,
               timeline)

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
