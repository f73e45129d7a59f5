"""Whether conspicuous readings lie about by chance, as faults do, or where use has its habits."""

import numpy as np

from ml.readings.clocks import SECONDS_PER_DAY
from ml.readings.grid import DAY, BoolArray, Grid, IntArray

MOST_NEIGHBOURS = 0.2
"""Of the conspicuous readings may follow another one, beyond what chance brings: use that is
real (a pump, a car that charges) mostly lasts longer than one interval."""
MOST_IN_A_PART = 0.5
"""Of them in one eighth of the day (one weekday where readings are daily): chance puts 13 % there,
faults in proportion to a use with an evening peak 30 %, a sprinkler's clock all."""
PARTS, QUARTERS = 8, 4
LEAST_IN_A_QUARTER = 0.05
"""Of them in each quarter of the day: what the sun does has none in one of them."""
FEWEST = 5
"""Fewer say nothing of how they lie."""


def scattered(mask: BoolArray, grid: Grid) -> bool:
    """Whether the marked readings are single ones, at any hour."""
    count = int(mask.sum())
    if count < FEWEST:
        return False
    known = max(int((~np.isnan(grid.values)).sum()), 1)
    following = int((mask[1:] & mask[:-1]).sum())
    if following > (MOST_NEIGHBOURS + count / known) * count:
        return False
    parts = np.bincount(_part(mask, grid, PARTS))
    return bool(parts.max() <= MOST_IN_A_PART * count)


def at_all_hours(mask: BoolArray, grid: Grid) -> bool:
    """Whether the marked readings lie in every quarter of the day; in runs or not."""
    count = int(mask.sum())
    if grid.step == DAY:
        return count >= FEWEST
    quarters = np.bincount(_part(mask, grid, QUARTERS), minlength=QUARTERS)
    return count >= FEWEST and bool(quarters.min() >= LEAST_IN_A_QUARTER * count)


def _part(mask: BoolArray, grid: Grid, parts: int) -> IntArray:
    """The part of the day of each marked reading; the weekday where they are daily."""
    if grid.step == DAY:
        return grid.weekday[mask]
    return grid.wall[mask] % SECONDS_PER_DAY * parts // SECONDS_PER_DAY
