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

from ml.clocks import local_midnights, localised
from ml.errors import BadQuality, OutOfRange

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

DAY = timedelta(days=1)
FINEST = timedelta(minutes=5)
SECONDS_PER_DAY = 86_400


def seconds_of(index: pd.DatetimeIndex) -> IntArray:
    """Seconds since 1970 UTC of aware instants."""
    return np.asarray(index.tz_convert("UTC").tz_localize(None).as_unit("s").asi8, np.int64)


def local_seconds_of(index: pd.DatetimeIndex, zone: str) -> IntArray:
    """What the wall clock shows, as seconds since 1970 of that clock."""
    return np.asarray(index.tz_convert(zone).tz_localize(None).as_unit("s").asi8, np.int64)


def find_resolution(index: pd.DatetimeIndex) -> timedelta:
    """The commonest step between neighbouring instants.

    Raises BadQuality where fewer than two instants differ, OutOfRange where the step is
    finer than 5 minutes, coarser than a day, or does not divide a day.
    """
    instants = np.unique(seconds_of(index))
    if len(instants) < 2:
        raise BadQuality(
            "fewer than two readings: no resolution can be found",
            hint="Load more readings for this meter.",
            detail={"readings": len(instants)},
        )
    steps, counts = np.unique(np.diff(instants), return_counts=True)
    return checked_resolution(timedelta(seconds=int(steps[counts.argmax()])))


def checked_resolution(step: timedelta) -> timedelta:
    """`step` where it is supported; raises OutOfRange otherwise."""
    if not FINEST <= step <= DAY or DAY % step:
        raise OutOfRange(
            f"a resolution of {step} is not supported",
            hint="Readings must be 5 minutes to 1 day apart, and a day a whole number of them.",
            detail={"resolution_seconds": step.total_seconds()},
        )
    return step


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


def snapped(readings: pd.Series, *, step: timedelta, zone: str) -> pd.Series:
    """Finite readings, each moved to its nearest grid instant; duplicates keep the last.

    The grid's phase is the commonest one, so hourly readings taken at :07 stay at :07.
    """
    readings = readings[np.isfinite(readings.to_numpy(float))]
    if readings.empty:
        return readings
    if step == DAY:
        # Noon on the wall decides the day: midnights an hour off by a clock change stay put.
        wall = local_seconds_of(pd.DatetimeIndex(readings.index), zone) + SECONDS_PER_DAY // 2
        number = (wall - wall % SECONDS_PER_DAY) // SECONDS_PER_DAY
        index = localised(pd.DatetimeIndex(number.astype("datetime64[D]")), zone).as_unit("s")
    else:
        width = int(step.total_seconds())
        instants = seconds_of(pd.DatetimeIndex(readings.index))
        phases, counts = np.unique(instants % width, return_counts=True)
        phase = phases[counts.argmax()]
        places = np.floor_divide(instants - phase + width // 2, width)
        index = pd.DatetimeIndex((places * width + phase).astype("datetime64[s]"), tz="UTC")
    moved = pd.Series(readings.to_numpy(float), index=index)
    if index.is_monotonic_increasing and index.is_unique:
        return moved
    return moved[~index.duplicated(keep="last")].sort_index()


def make_grid(
    readings: pd.Series, *, step: timedelta, zone: str, end: pd.Timestamp | None = None
) -> Grid:
    """The grid from the first reading to the last, or on to `end` (exclusive) with NaN."""
    points = snapped(readings, step=step, zone=zone)
    stop = end if end is not None else points.index[-1] + pd.Timedelta(seconds=1)
    index = regular_index(points.index[0], stop, step=step, zone=zone)
    instants, known = seconds_of(index), seconds_of(pd.DatetimeIndex(points.index))
    place = np.minimum(instants.searchsorted(known), len(instants) - 1)
    found = instants[place] == known
    values = np.full(len(index), np.nan)
    values[place[found]] = points.to_numpy(float)[found]
    return Grid(index=index, values=values, step=step, zone=zone)
