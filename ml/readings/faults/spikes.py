"""Readings that can't have been measured: far beyond a scale that they don't set themselves."""

import numpy as np

from ml.readings.faults.scatter import FEWEST, scattered
from ml.readings.grid import BoolArray, FloatArray, Grid

FACTOR = 10.0
"""Times what is usual: far above the bursts of real households."""
RARE = 0.99
"""Of all readings are usual. Beyond ten times of it is a spike wherever it lies, but more than
one in a hundred spikes set this scale themselves."""
BODY = 0.95
"""Of the readings that are not nought are usual in any case. Beyond ten times of it may be real:
a car that charges, a lawn that is watered. It must lie about by chance to be a spike."""
LEAST_SPREAD = 1.15
"""Of the same over the median: beside a mere standby whatever is switched on is a burst."""
LOWER_FACTOR = 3.0
"""Where there are spikes, smaller ones are likelier too: times the same scale, and ..."""
ABOVE_NEIGHBOURS = 5.0
"""... times both neighbours."""
LEAST_SHARE = 0.002
"""Of the readings must be spikes for smaller ones to be looked for."""


def spikes(grid: Grid) -> BoolArray:
    """The spikes among the readings that nothing else is wrong with (the others are NaN)."""
    size = np.abs(grid.values)
    ordered = np.sort(size)
    ordered = ordered[: ordered.searchsorted(np.inf)]  # NaN come last
    used = ordered[ordered.searchsorted(0.0, side="right") :]
    if not len(used):
        return np.zeros(len(size), bool)
    usual = _quantile(used, BODY)
    rare = _quantile(ordered, RARE)
    found = size > FACTOR * rare if rare > 0 else np.zeros(len(size), bool)
    lower = size > FACTOR * usual
    varied = usual > LEAST_SPREAD * _quantile(used, 0.5)
    if varied and lower.sum() > found.sum() and scattered(lower, grid):
        found = lower
    return found | _smaller(size, found, LOWER_FACTOR * usual, grid)


def _smaller(size: FloatArray, found: BoolArray, least: float, grid: Grid) -> BoolArray:
    """Single readings above `least` that tower over their neighbours, beside proven spikes."""
    none = np.zeros(len(size), bool)
    count = int(found.sum())
    if count < max(FEWEST, LEAST_SHARE * len(size)) or not scattered(found, grid):
        return none
    beside = np.where(found, np.nan, size)
    around = np.fmax(
        np.concatenate([[np.nan], beside[:-1]]), np.concatenate([beside[1:], [np.nan]])
    )
    single = ~found & (size > least) & (size > ABOVE_NEIGHBOURS * around)
    return single if single.sum() <= 2 * count else none


def _quantile(ordered: FloatArray, share: float) -> float:
    return float(ordered[int(share * (len(ordered) - 1))])
