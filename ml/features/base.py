"""The base: what the latest known weeks had at the same moment, each over its own level."""

from dataclasses import dataclass

import numpy as np

from ml.features.holidays import Holidays
from ml.features.level import Levels
from ml.readings import BoolArray, FloatArray, Grid, IntArray
from ml.readings.grid import take

BASE_WEEKS = 4
SATURDAY, SUNDAY = 5, 6


def mean_of(columns: list[FloatArray]) -> FloatArray:
    """Row-wise mean of what is known; NaN where nothing is."""
    stack = np.vstack(columns)
    known = ~np.isnan(stack)
    number = known.sum(axis=0)
    total = np.where(known, stack, 0.0).sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


@dataclass(frozen=True)
class Base:
    """For pairs of origin and target, all over the level at the origin.

    level: in the meter's unit; shape: the mean of `weeks`, filled where none is known;
    weeks: the single weeks, latest first; places: where they were taken;
    days_ahead: whole local days from origin to target, at least 1.
    """

    level: FloatArray
    shape: FloatArray
    weeks: list[FloatArray]
    places: list[IntArray]
    days_ahead: IntArray

    def where(self, chosen: BoolArray | IntArray) -> "Base":
        """The base of some of the pairs."""
        return Base(
            level=self.level[chosen],
            shape=self.shape[chosen],
            weeks=[week[chosen] for week in self.weeks],
            places=[place[chosen] for place in self.places],
            days_ahead=self.days_ahead[chosen],
        )

    def joined(self, other: "Base") -> "Base":
        """The base of the pairs of both; the other's places are on a grid of its own."""
        both = zip(self.weeks, other.weeks, strict=True)
        spots = zip(self.places, other.places, strict=True)
        return Base(
            level=np.concatenate([self.level, other.level]),
            shape=np.concatenate([self.shape, other.shape]),
            weeks=[np.concatenate(pair) for pair in both],
            places=[np.concatenate(pair) for pair in spots],
            days_ahead=np.concatenate([self.days_ahead, other.days_ahead]),
        )


def base_of(
    grid: Grid, levels: Levels, holidays: Holidays, *, origin: IntArray, target: IntArray
) -> Base:
    """The base of each pair; nothing after an origin is looked at.

    Holidays among the weeks are left out for an ordinary day, and a holiday takes the
    Sundays' shape: both days are spent alike almost everywhere.
    """
    day = grid.day
    level = levels.at(origin)
    days_ahead = np.maximum((target - origin + day - 1) // day, 1)
    first = 7 * ((days_ahead + 6) // 7)
    as_sunday = holidays.today[target] & (grid.weekday[target] != SUNDAY)
    since_sunday = (grid.weekday[target] + 1) % 7
    weeks, places = [], []
    for number in range(BASE_WEEKS):
        back = first + 7 * number
        place = grid.days_back(target, back)
        value = take(grid.values, place, origin)
        unlike = holidays.today[np.maximum(place, 0)] & ~holidays.today[target]
        sunday = take(grid.values, grid.days_back(target, back + since_sunday), origin)
        value = np.where(as_sunday, sunday, np.where(unlike, np.nan, value))
        weeks.append(value / levels.then(origin - 7 * number * day, origin, level))
        places.append(place)
    latest_day = take(grid.values, grid.days_back(target, days_ahead), origin) / level
    shape = mean_of(weeks)
    shape = np.where(np.isnan(shape), np.where(np.isnan(latest_day), 1.0, latest_day), shape)
    return Base(level=level, shape=shape, weeks=weeks, places=places, days_ahead=days_ahead)
