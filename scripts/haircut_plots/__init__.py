# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a results file, and of a comparison: one module each, with TITLE and draw(results, canvas) -> caption."""
from . import curves, differences, exceedance, fund, histogram, map as liquidation_map, paid, payers, story, timeline

PICTURES = {
    "exceedance": exceedance,
    "histogram": histogram,
    "fund": fund,
    "map": liquidation_map,
    "timeline": timeline,
    "paid": paid,
    "story": story,
}

COMPARED = {
    "payers": payers,
    "curves": curves,
    "differences": differences,
}
