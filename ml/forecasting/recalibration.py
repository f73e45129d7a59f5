"""Bands made wider or narrower by how the model has done since it was trained.

Errors grow and shrink with the season and as a model ages. So a forecast first looks back: what
would have been forecast one, two and three weeks ago, and how far outside the bands did the
readings since fall? The idea is that of adaptive conformal inference (Gibbs and Candès 2021),
with a look back in place of a kept record, so that a forecaster stays a pure function.
"""

import numpy as np

from ml.features import Pairs
from ml.readings import FloatArray, Grid, IntArray

WEEKS = 3
PER_WINDOW = 56
"""Targets looked at per week: eight a day say as much as all, as errors last for hours."""
STRENGTH = 0.7
"""Power of the correction: three weeks are few, so it goes part of the way."""
FULL_EVIDENCE_DAYS = 7.0
NARROWEST, WIDEST = 0.4, 2.5


def origins_back(grid: Grid, *, last: int) -> IntArray:
    """Places that a forecast from `last` looks back from, ascending, and `last` itself."""
    origins = last - 7 * grid.day * np.arange(WEEKS, -1, -1)
    return origins[origins >= 7 * grid.day * (origins != last)]


def hindcast_pairs(grid: Grid, *, last: int, since: int) -> Pairs:
    """Pairs of the latest weeks whose targets are known and were not learnt from.

    `last`: place of the forecast's origin; `since`: first place after the training.
    """
    week = 7 * grid.day
    known = ~np.isnan(grid.values)
    origins, targets = [], []
    for origin in origins_back(grid, last=last)[-2::-1]:
        target = np.unique(np.linspace(origin + 1, origin + week, PER_WINDOW).astype(np.int64))
        target = target[(target >= since) & known[target]]
        origins.append(np.full(len(target), origin, np.int64))
        targets.append(target)
    if not targets:
        return Pairs(np.array([], np.int64), np.array([], np.int64))
    return Pairs(np.concatenate(origins), np.concatenate(targets))


def widening(actual: FloatArray, quantiles: dict[float, FloatArray], *, day: int) -> float:
    """Factor for the bands, from hindcasts `quantiles` of the readings `actual`; 1 without any."""
    if not len(actual):
        return 1.0
    levels = sorted(quantiles)
    low, median, high = (quantiles[level] for level in (levels[0], 0.5, levels[-1]))
    error = actual - median
    width = np.maximum(np.where(error < 0, median - low, high - median), 1e-9)
    needed = float(np.quantile(np.abs(error) / width, levels[-1] - levels[0]))
    days = 7.0 * len(actual) / min(PER_WINDOW, 7 * day)
    share = min(1.0, days / FULL_EVIDENCE_DAYS)
    return float(np.clip(needed, NARROWEST, WIDEST) ** (STRENGTH * share))


def widened(quantiles: dict[float, FloatArray], factor: float) -> dict[float, FloatArray]:
    """The quantiles moved away from, or towards, the median."""
    median = quantiles[0.5]
    return {level: median + factor * (value - median) for level, value in quantiles.items()}
