"""A meter's readings on a regular grid, and steps back on it by the clock on the wall.

Everything else works with places (integers) on this grid. A lag is found by its instant,
never by counting rows of a file, so gaps, duplicates and clock changes can't shift it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.errors import BadQuality, OutOfRange
from ml.meter import Meter
from ml.readings.clocks import (
    SECONDS_PER_DAY,
    local_midnights,
    local_seconds_of,
    localised,
    seconds_of,
)
from ml.readings.finer import merged, steps_of
from ml.readings.rates import is_rate

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FINEST = timedelta(minutes=5)
SHAKE = 0.05
"""Clocks of meters are not exact: a step this near to a supported one is that one."""
_STEPS = np.array([60 * n for n in range(5, 24 * 60 + 1) if 24 * 60 % n == 0])


def find_resolution(index: pd.DatetimeIndex) -> timedelta:
    """The commonest step between neighbouring instants, those near a supported one counted as it.

    Raises BadQuality where fewer than two instants differ, OutOfRange where the step is
    finer than 5 minutes, coarser than a day, or does not divide a day.
    """
    instants = np.sort(seconds_of(index))
    apart = instants[1:] - instants[:-1]
    apart = apart[apart > 0]
    if not len(apart):
        raise BadQuality(
            "fewer than two readings: no resolution can be found",
            hint="Load more readings for this meter.",
            detail={"readings": min(len(index), 1)},
        )
    steps, counts = np.unique(_steady(apart), return_counts=True)
    return checked_resolution(timedelta(seconds=int(steps[counts.argmax()])))


def checked_resolution(step: timedelta) -> timedelta:
    """The supported step that `step` is, or is near to; raises OutOfRange where there is none."""
    step = timedelta(seconds=int(_steady(np.array([step // SECOND]))[0]))
    if not FINEST <= step <= DAY or DAY % step:
        raise OutOfRange(
            f"a resolution of {step} is not supported",
            hint="Readings must be 5 minutes to 1 day apart, and a day a whole number of them.",
            detail={"resolution_seconds": step.total_seconds()},
        )
    return step


def _steady(seconds: IntArray) -> IntArray:
    """Steps, those near a supported one made that one."""
    above = np.minimum(_STEPS.searchsorted(seconds), len(_STEPS) - 1)
    below = np.maximum(above - 1, 0)
    closer = np.abs(_STEPS[above] - seconds) < np.abs(_STEPS[below] - seconds)
    nearest = _STEPS[np.where(closer, above, below)]
    return np.where(np.abs(seconds - nearest) <= SHAKE * nearest, nearest, seconds)


def resolution_of(meter: Meter, index: pd.DatetimeIndex) -> timedelta:
    """The meter's resolution, or that of its readings; raises as `find_resolution`."""
    return checked_resolution(meter.resolution or find_resolution(index))


@dataclass(frozen=True)
class Grid:
    """Readings at `index[i]`, NaN where missing. Daily readings lie on local midnights."""

    index: pd.DatetimeIndex
    values: FloatArray
    step: timedelta
    zone: str

    def __len__(self) -> int:
        return len(self.values)

    def until(self, place: int) -> "Grid":
        """The grid before `place`."""
        return replace(self, index=self.index[:place], values=self.values[:place])

    @cached_property
    def day(self) -> int:
        """Places in a day."""
        return DAY // self.step

    @cached_property
    def wall(self) -> IntArray:
        """What the wall clock shows at each place, in seconds since 1970."""
        return local_seconds_of(self.index, self.zone)

    @cached_property
    def day_number(self) -> IntArray:
        """Local days since 1970."""
        return self.wall // SECONDS_PER_DAY

    @cached_property
    def hour(self) -> FloatArray:
        """Local hour with its fraction."""
        return (self.wall % SECONDS_PER_DAY) / 3600.0

    @cached_property
    def weekday(self) -> IntArray:
        """Monday is 0; 1 January 1970 was a Thursday."""
        return (self.day_number + 3) % 7

    @cached_property
    def shift(self) -> IntArray:
        """How far the wall clock is ahead of UTC, in places."""
        if self.step == DAY:  # each place is a local day already
            return np.zeros(len(self), np.int64)
        return (self.wall - seconds_of(self.index)) // int(self.step.total_seconds())

    def days_back(self, places: IntArray, days: IntArray | int) -> IntArray:
        """The places `days` local days earlier at the same wall-clock time; may be negative."""
        back = places - np.asarray(days, np.int64) * self.day
        return back + self.shift[places] - self.shift[np.maximum(back, 0)]


def take(values: FloatArray, places: IntArray, known_until: IntArray) -> FloatArray:
    """`values[places]`, NaN where a place is off the grid or after `known_until`."""
    sound = (places >= 0) & (places <= known_until)
    return np.where(sound, values[np.clip(places, 0, len(values) - 1)], np.nan)


def regular_index(
    first: datetime | pd.Timestamp, end: datetime | pd.Timestamp, *, step: timedelta, zone: str
) -> pd.DatetimeIndex:
    """Grid instants from `first` to `end` (exclusive); daily ones are local midnights."""
    if step == DAY:
        return local_midnights(pd.Timestamp(first), pd.Timestamp(end), zone=zone).as_unit("s")
    return pd.date_range(first, end, freq=step, inclusive="left").tz_convert("UTC").as_unit("s")


@dataclass(frozen=True)
class Snapped:
    """Readings on grid instants; the times of those that were finer and were put together.

    partial: intervals that are missing because too few of their finer readings are there.
    """

    points: pd.Series
    finer: pd.DatetimeIndex
    partial: int = 0


def snapped(readings: pd.Series, *, step: timedelta, zone: str, rate: bool = False) -> Snapped:
    """Finite readings, each moved to its nearest grid instant; duplicates keep the last.

    The grid's phase is the commonest one, so hourly readings taken at :07 stay at :07. Where the
    readings are finer than the step over a stretch, the intervals hold all of them
    (`ml.readings.finer`): their sum, or with `rate` their mean.
    """
    readings = readings[np.isfinite(readings.to_numpy(float))]
    none = pd.DatetimeIndex([], tz="UTC")
    if readings.empty:
        return Snapped(readings, none)
    index = _nearest(pd.DatetimeIndex(readings.index), step, zone)
    moved = pd.Series(readings.to_numpy(float), index=index)
    if index.is_monotonic_increasing and index.is_unique:
        return Snapped(moved, none)
    if not index.is_unique:
        ordered = readings[~readings.index.duplicated(keep="last")].sort_index()
        width = int(step.total_seconds())
        times = pd.DatetimeIndex(ordered.index)
        steps = steps_of(seconds_of(times), width)
        finer = steps < width
        if finer.any():
            found = merged(ordered.tz_convert("UTC"), steps, width=width, zone=zone, rate=rate)
            return Snapped(found.points, times[finer], found.partial)
    return Snapped(moved[~index.duplicated(keep="last")].sort_index(), none)


def points_of(readings: pd.Series, *, meter: Meter) -> pd.Series:
    """A meter's finite readings, `snapped` to its resolution; raises as `find_resolution`."""
    step = resolution_of(meter, pd.DatetimeIndex(readings.index))
    return snapped(readings, step=step, zone=meter.timezone, rate=is_rate(meter.unit)).points


def _nearest(index: pd.DatetimeIndex, step: timedelta, zone: str) -> pd.DatetimeIndex:
    """The grid instant nearest to each instant."""
    if step == DAY:
        # Noon on the wall decides the day: midnights an hour off by a clock change stay put.
        wall = local_seconds_of(index, zone) + SECONDS_PER_DAY // 2
        number = (wall - wall % SECONDS_PER_DAY) // SECONDS_PER_DAY
        return localised(pd.DatetimeIndex(number.astype("datetime64[D]")), zone).as_unit("s")
    width = int(step.total_seconds())
    instants = seconds_of(index)
    phases, counts = np.unique(instants % width, return_counts=True)
    phase = phases[counts.argmax()]
    places = np.floor_divide(instants - phase + width // 2, width)
    return pd.DatetimeIndex((places * width + phase).astype("datetime64[s]"), tz="UTC")


def make_grid(
    readings: pd.Series,
    *,
    step: timedelta,
    zone: str,
    rate: bool = False,
    end: pd.Timestamp | None = None,
) -> Grid:
    """The grid from the first reading to the last, or on to `end` (exclusive) with NaN.

    Raises BadQuality where no interval has enough of its finer readings.
    """
    points = snapped(readings, step=step, zone=zone, rate=rate).points
    return grid_of(points, step=step, zone=zone, end=end)


def grid_of(
    points: pd.Series, *, step: timedelta, zone: str, end: pd.Timestamp | None = None
) -> Grid:
    """The grid of readings that are `snapped`; raises BadQuality where there is none."""
    if points.empty:
        raise BadQuality(
            f"no interval of {step} has enough of its readings",
            hint="Load the readings that are missing.",
            detail={"readings": 0},
        )
    stop = end if end is not None else points.index[-1] + pd.Timedelta(seconds=1)
    index = regular_index(points.index[0], stop, step=step, zone=zone)
    instants, known = seconds_of(index), seconds_of(pd.DatetimeIndex(points.index))
    place = np.minimum(instants.searchsorted(known), len(instants) - 1)
    found = instants[place] == known
    values = np.full(len(index), np.nan)
    values[place[found]] = points.to_numpy(float)[found]
    return Grid(index=index, values=values, step=step, zone=zone)
