# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a results file: one module each, with TITLE and draw(results, canvas) -> caption."""
from . import exceedance, fund, histogram, map as liquidation_map, paid, story, timeline

PICTURES = {
    "exceedance": exceedance,
    "histogram": histogram,
    "fund": fund,
    "map": liquidation_map,
    "timeline": timeline,
    "paid": paid,
    "story": story,
}
