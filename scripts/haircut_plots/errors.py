# SPDX-License-Identifier: GPL-3.0-or-later
"""95 % intervals for what pictures compute from samples, as the program makes them: the variance of paths, or of books as
clusters where that is clearly larger (with Student's t; docs/model.md, What is reported)."""
import numpy as np

from .results import Estimate

Z = 1.959963984540054
GROUPS = 64  # many books are pooled into so many clusters
LIMITS = {2: 0.2, 3: 0.7, 4: 1.0}  # by clusters: books decide above so many times the variance of paths; with more clusters above 1.2
LEAST = 10   # paths below which there is no interval
STUDENT = (np.inf, 12.7062047362, 4.3026527297, 3.1824463053, 2.7764451052, 2.5705818356, 2.4469118511, 2.3646242516, 2.3060041352, 2.2621571628,
           2.2281388520, 2.2009851601, 2.1788128297, 2.1603686565, 2.1447866879, 2.1314495456, 2.1199052992, 2.1098155778, 2.1009220402, 2.0930240544,
           2.0859634473)


def student(degrees):
    """The 0.975 quantile of Student's t (Abramowitz & Stegun 26.7.5 above 20 degrees)."""
    if degrees < len(STUDENT):
        return STUDENT[degrees]
    square = Z * Z
    return Z + (square + 1) * Z / 4 / degrees + ((5 * square + 16) * square + 3) * Z / 96 / degrees**2


def clusters(count, books):
    """The cluster of each of `count` paths, and how many there are."""
    groups = min(books, GROUPS, count)
    return np.arange(count) % max(books, 1) % max(groups, 1), groups


def ratio(y, x, books):
    """Sum of y over sum of x, both with one value a path; paths that are left out have 0 in both."""
    total, used = x.sum(), int(((x != 0) | (y != 0)).sum())
    if total == 0:
        return Estimate(np.nan, np.nan, np.nan, "no such path")
    value = y.sum() / total
    if used < LEAST:
        return Estimate(float(value), np.nan, np.nan, f"too few paths, {used}")
    residual = y - value * x
    count = len(residual)
    variance, factor = count / (count - 1) * (residual**2).sum() / total**2, Z
    cluster, groups = clusters(count, books)
    if groups > 1:
        between = groups / (groups - 1) * (np.bincount(cluster, residual, groups)**2).sum() / total**2
        if between > LIMITS.get(groups, 1.2) * variance > 0:
            variance, factor = between, student(groups - 1)
    half = factor * np.sqrt(variance)
    return Estimate(float(value), float(value - half), float(value + half), "")


def mean(values, chosen, weights, books):
    """Weighted mean of the chosen paths."""
    weight = np.where(chosen, weights, 0.0)
    return ratio(np.where(chosen, values, 0.0) * weight, weight, books)


def share(hit, weights, books):
    """Probability of an event: Wilson's interval, wider by the design effect of books."""
    count = len(hit)
    wide = ratio(np.where(hit, weights, 0.0), np.asarray(weights, float), books)
    p = wide.value
    if not hit.any():
        return Estimate(0.0, 0.0, float(1 - 0.025**(1 / count)), "")
    if hit.all():
        return Estimate(1.0, float(0.025**(1 / count)), 1.0, "")
    half = (wide.high - wide.low) / 2 if np.isfinite(wide.low) else Z * np.sqrt(p * (1 - p) / count)
    known = Z * Z * p * (1 - p) / max(half, 1e-300)**2  # independent paths that would know as much
    known = min(known, count)
    centre, spread = p + Z * Z / (2 * known), Z * np.sqrt(p * (1 - p) / known + Z * Z / (4 * known * known))
    scale = 1 + Z * Z / known
    return Estimate(float(p), float(max(0.0, (centre - spread) / scale)), float(min(1.0, (centre + spread) / scale)), "")
