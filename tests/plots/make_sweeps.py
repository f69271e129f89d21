# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of haircut size and sensitivity, made up, for tests of their pictures."""
import json


def size(path, **more):
    curve = [{"value": 2e6 * i, "measure": 0.04 * 0.8**i, "measure_low": 0.035 * 0.8**i, "measure_high": 0.045 * 0.8**i} for i in range(40)]
    data = {"format": "haircut size", "name": "made-up", "key": "insurance_fund.initial", "unit": "USD", "target": "P(lp_loss>0) <= 1%", "measure_unit": "1",
            "limit": 0.01, "paths": 5000, "runs": 1, "method": "required fund", "value": 12.4e6, "low": 11e6, "high": 13.5e6, "measure": 0.01,
            "measure_low": 0.009, "measure_high": 0.011, "note": "", "curve": curve, **more}
    path.write_text(json.dumps(data))
    return path


def parameter(key, change, total):
    half = 0.2 * abs(change) + 1e4
    return {"key": key, "unit": "USD", "low_text": "1", "high_text": "2", "base_text": "1.5", "low": 1, "high": 2, "base": 1.5, "at_low": 1e6 - change, "at_high": 1e6 + change,
            "change_low": -change, "change_low_from": -change - half, "change_low_to": -change + half, "change_high": change, "change_high_from": change - half,
            "change_high_to": change + half, "first": total, "first_low": (total or 0) - 0.1, "first_high": (total or 0) + 0.1, "total": total,
            "total_low": None if total is None else total - 0.1, "total_high": None if total is None else total + 0.1}


def sensitivity(path, with_indices=True, **more):
    rows = [("insurance_fund.initial", -4e5, 0.6), ("markets.BTC.price.jump_rate", 2e5, 0.3), ("liquidation.fee", 1e3, 0.0)]
    data = {"format": "haircut sensitivity", "name": "made-up", "metric": "mean_lp_loss", "metric_unit": "USD", "paths": 2000, "rows": 32, "points": 160, "base": 1e6,
            "base_low": 9e5, "base_high": 1.1e6, "variance": 1e10, "noise": 1e8, "why": "" if with_indices else "it varies less than its error",
            "parameters": [parameter(key, change, total if with_indices else None) for key, change, total in rows], **more}
    path.write_text(json.dumps(data))
    return path
