"""What readings are beyond the usual hour of their weekday, as logarithms on a table of days.

A factor on the readings is a step here, whatever the shape of the meter's day.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ml.readings.clocks import SECONDS_PER_DAY
from ml.readings.grid import BoolArray, FloatArray, Grid, IntArray

WEEK = 7
FEWEST_WEEKS = 4
"""With fewer weeks each day is compared with all days, not with those of its weekday."""
MAD_TO_SIGMA = 1.4826


def medians(table: FloatArray) -> FloatArray:
    """The median of each row's known values, NaN where there is none; the table (n, m) stays."""
    ordered = np.sort(table, axis=-1)  # NaN come last
    known = ordered.shape[-1] - np.isnan(ordered).sum(axis=-1)
    last = np.maximum(known - 1, 0)
    low = np.take_along_axis(ordered, (last // 2)[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, ((last + 1) // 2)[..., None], axis=-1)[..., 0]
    return (low + high) / 2


def noise(values: FloatArray) -> float:
    """A robust standard deviation of the known values around nought."""
    known = values[~np.isnan(values)]
    return MAD_TO_SIGMA * float(np.median(np.abs(known))) if len(known) else 0.0


@dataclass(frozen=True)
class Residuals:
    """Tables (days, places of a day) by the wall clock, NaN where unknown or nought.

    logs: of the absolute readings; beyond: the same without the shape of the weekday, the level
    still in it; at: the flat place in the table of each place on the grid.
    """

    logs: FloatArray
    beyond: FloatArray
    at: IntArray

    @property
    def per_day(self) -> int:
        return self.logs.shape[1]

    def without(self, bad: BoolArray) -> FloatArray:
        """The table `beyond` without the places of the grid that are `bad`."""
        left = self.beyond.copy()
        left.ravel()[self.at[bad]] = np.nan
        return left

    def places(self, days: Iterable[int]) -> IntArray:
        """The first place on the grid of each day of the table."""
        return self.at.searchsorted(np.array([*days], np.int64) * self.per_day)


def residuals_of(grid: Grid, bad: BoolArray) -> Residuals:
    """The residuals of the readings that are not `bad`."""
    size = np.abs(grid.values)
    with np.errstate(divide="ignore"):
        logs = np.where(bad | (size == 0), np.nan, np.log(size))
    day = grid.day_number - grid.day_number[0]
    width = max(int(grid.step.total_seconds()), 1)
    at = day * grid.day + (grid.wall % SECONDS_PER_DAY) // width
    table = np.full((int(day.max()) + 1, grid.day), np.nan)
    table.ravel()[at] = logs
    weekday = (int(grid.weekday[0]) + np.arange(len(table))) % WEEK
    around = np.pad(medians(table), WEEK // 2, constant_values=np.nan)
    level = medians(np.lib.stride_tricks.sliding_window_view(around, WEEK))
    shape = table - level[:, None]
    beyond = np.full_like(table, np.nan)
    kinds = range(WEEK) if len(table) >= FEWEST_WEEKS * WEEK else (None,)
    for kind in kinds:
        rows = weekday == kind if kind is not None else np.ones(len(table), bool)
        beyond[rows] = table[rows] - medians(np.ascontiguousarray(shape[rows].T))
    return Residuals(table, beyond, np.maximum.accumulate(at))
