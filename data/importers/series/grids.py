"""Values at odd times onto a grid: power that is sent on change, counts that are read now and
then."""

from datetime import timedelta

import numpy as np
import pandas as pd

from data.frames import SHAKE, commonest_step
from data.meters import DAY, can_be_resolution

FEWEST = 6
"""Readings; fewer may be corrections of single ones."""
ALIKE = 0.7
"""Of the distances of neighbours are like the one before or after where there is a step."""
ON_GRID = 0.9
COVERED = 0.9
"""Of a place on the grid must be known; the rest of it goes on like that."""
SMALLEST_STEP = timedelta(minutes=5)
"""A grid that is finer has all odd times on it."""
GRIDS = (timedelta(minutes=15), timedelta(hours=1), DAY)

BRIDGE = timedelta(hours=6)
"""How long a value that is sent on change may last, where nobody set it."""


def irregular(index: pd.DatetimeIndex) -> bool:
    """Whether readings have no step: neither equal distances nor places on one grid."""
    if len(index) < FEWEST:
        return False
    seconds = index.as_unit("s").asi8
    apart = np.diff(seconds)
    if bool((apart == apart[0]).all()):
        return False
    near = np.abs(np.diff(apart)) <= SHAKE * np.maximum(apart[1:], apart[:-1])
    alike = np.append(near, False) | np.insert(near, 0, False)
    if alike.mean() >= ALIKE:
        return False
    step = commonest_step(index)
    if step is None or step < SMALLEST_STEP:
        return True
    length = int(step.total_seconds())
    phases = seconds % length
    usual = np.bincount(phases).argmax() if length <= 1 << 20 else 0
    off = np.abs((phases - usual + length // 2) % length - length // 2)
    return bool((off <= SHAKE * length).mean() < ON_GRID)


def grid_for(index: pd.DatetimeIndex, resolution: timedelta | None) -> timedelta | None:
    """The step of the grid: the meter's, else the finest that most readings are denser than."""
    if resolution is not None and can_be_resolution(resolution):
        return resolution
    median = timedelta(seconds=float(np.median(np.diff(index.as_unit("s").asi8))))
    return next((step for step in GRIDS if median <= step), None)


def averaged(
    readings: pd.Series, step: timedelta, bridge: timedelta, zone: str = "UTC"
) -> pd.Series:
    """Time-weighted means over the places of a grid; each value lasts until the next one.

    :param bridge: longest that a value lasts; what comes later is unknown. A place is left out
        where less than `COVERED` of it is known.
    """
    times, values = _micros(readings), readings.to_numpy(dtype="float64")
    lasting = np.minimum(np.diff(times), int(bridge.total_seconds() * 1e6))
    edges = _edges(times, step, zone)
    # Both rise linearly within what is known, and rest where nothing is.
    knots = np.ravel(np.column_stack([times[:-1], times[:-1] + lasting]))
    known = np.ravel(
        np.column_stack([np.insert(np.cumsum(lasting), 0, 0)[:-1], np.cumsum(lasting)])
    )
    amount = np.cumsum(values[:-1] * lasting)
    amounts = np.ravel(np.column_stack([np.insert(amount, 0, 0.0)[:-1], amount]))
    covered = np.diff(np.interp(edges, knots, known))
    total = np.diff(np.interp(edges, knots, amounts))
    keep = covered >= COVERED * step.total_seconds() * 1e6
    return _series(edges[:-1][keep], total[keep] / covered[keep])


def counts_on_grid(
    counts: pd.Series, step: timedelta, bridge: timedelta, zone: str = "UTC"
) -> pd.Series:
    """Counts at the edges of a grid, between those that were read.

    :param bridge: the longest time between two counts that is filled evenly.
    """
    times, values = _micros(counts), counts.to_numpy(dtype="float64")
    edges = _edges(times, step, zone)
    edges = edges[(edges >= times[0]) & (edges <= times[-1])]
    after = np.clip(np.searchsorted(times, edges, side="left"), 1, len(times) - 1)
    longest = max(bridge, 1.5 * step).total_seconds() * 1e6
    exact = times[after] == edges
    filled = (times[after] - times[after - 1] <= longest) & (values[after] >= values[after - 1])
    keep = exact | filled | (edges == times[0])
    return _series(edges[keep], np.interp(edges[keep], times, values))


def _edges(times: np.ndarray, step: timedelta, zone: str) -> np.ndarray:
    """Edges of the grid around the times; days are those of the zone."""
    if step == DAY:
        span = pd.DatetimeIndex(np.array([times[0], times[-1]]).view("datetime64[us]"), tz="UTC")
        first, last = span.tz_convert(zone).normalize()
        days = pd.date_range(first, last + pd.Timedelta(days=1), freq="D").tz_convert("UTC")
        return np.asarray(days.as_unit("us").asi8)
    length = int(step.total_seconds() * 1e6)
    return np.arange(times[0] // length * length, times[-1] + length, length, dtype="int64")


def _micros(readings: pd.Series) -> np.ndarray:
    return np.asarray(pd.DatetimeIndex(readings.index).as_unit("us").asi8)


def _series(micros: np.ndarray, values: np.ndarray) -> pd.Series:
    index = pd.DatetimeIndex(micros.view("datetime64[us]"), name="time").tz_localize("UTC")
    return pd.Series(values, index=index, name="value")
