"""The forecasts that a model has to beat, and that serve where it does not."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ml.options import MEDIAN
from ml.readings import FloatArray, Grid, IntArray
from ml.readings.grid import take

MOST_WEEKS_BACK = 13


def naive_at(grid: Grid, *, origin: IntArray, target: IntArray) -> FloatArray:
    """The same moment of the latest known week, further back where that is missing.

    By the wall clock; the mean of the latest four weeks where a quarter of a year holds none, and
    of all that is known where these are empty.
    """
    ahead = np.maximum((target - origin + grid.day - 1) // grid.day, 1)
    back = 7 * ((ahead + 6) // 7)
    found = np.full(len(target), np.nan)
    for _ in range(MOST_WEEKS_BACK):
        missing = np.isnan(found)
        if not missing.any():
            return found
        value = take(grid.values, grid.days_back(target, back), origin)
        found = np.where(missing, value, found)
        back = back + 7
    latest = grid.values[-28 * grid.day :]
    mean = np.nanmean(grid.values if np.isnan(latest).all() else latest)
    return np.where(np.isnan(found), mean, found)


def seasonal_naive(
    grid: Grid, *, origin: pd.Timestamp, start: pd.Timestamp, end: pd.Timestamp
) -> pd.Series:
    """The weekly seasonal naive for grid instants from `start` to `end` (exclusive).

    Readings at or after `origin` are not used; the grid must reach to `end`.
    """
    index = grid.index
    last = int(index.searchsorted(origin)) - 1
    target = np.arange(index.searchsorted(start), index.searchsorted(end), dtype=np.int64)
    values = naive_at(grid, origin=np.full(len(target), last, np.int64), target=target)
    return pd.Series(values, index=index[target], name="p50")


def naive_scale(grid: Grid) -> float:
    """In-sample mean absolute error of the weekly naive: the divisor of MASE."""
    errors = _weekly_errors(grid)
    return float(np.abs(errors).mean()) if len(errors) else float("nan")


def naive_quantiles(
    naive: FloatArray, grid: Grid, levels: Iterable[float]
) -> dict[float, FloatArray]:
    """The naive with a band of its in-sample errors, so that bands are compared as well."""
    errors = _weekly_errors(grid)
    if not len(errors):
        return {MEDIAN: naive}
    return {
        level: naive if level == MEDIAN else naive + float(np.quantile(errors, level))
        for level in levels
    }


def _weekly_errors(grid: Grid) -> FloatArray:
    """Readings less those of a week before, where both are known."""
    week = 7 * grid.day
    errors = grid.values[week:] - grid.values[:-week]
    return np.asarray(errors[~np.isnan(errors)])
