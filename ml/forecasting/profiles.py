"""Forecasts of a meter that is too young for a model: the weekly shape of similar meters.

Shape and level are apart: the shape is use by the hour of the week over the level, and meters of
one kind share it; the level is the meter's own, from whatever readings it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import numpy as np
import pandas as pd

from ml.errors import BadQuality, OutOfRange
from ml.forecasting.forecaster import Forecast
from ml.forecasting.naive_forecast import Levels, asked, put_together
from ml.meter import Meter
from ml.options import MEDIAN
from ml.readings import FloatArray, Grid, IntArray, check
from ml.readings.grid import points_of

HOURS = 168
SHAPE_WEEKS = 8
LEAST_SPAN = timedelta(days=14)
"""Each hour of the week twice."""
ERROR_LEVELS = tuple(round(0.05 * n, 2) for n in range(1, 20))
NEAREST = 5
"""Shapes that are mixed: those that the young meter's own readings are nearest to."""
YOUNG = 1.25
"""A level from few days and a borrowed shape err more than a shape errs on its own meter."""


@dataclass(frozen=True)
class Shape:
    """Use by the local hour of the week over the level, Monday's first hour first, (168,).

    errors: of weeks against it, over their level, at ERROR_LEVELS.
    """

    values: FloatArray
    errors: FloatArray

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {"values": self.values.round(4).tolist(), "errors": self.errors.round(4).tolist()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(np.array(document["values"], float), np.array(document["errors"], float))


def shape_of(readings: pd.Series, *, meter: Meter) -> Shape | None:
    """The shape of a meter's latest eight weeks.

    None with too few readings, no use, or a resolution that is not supported.
    """
    recent = readings[readings.index >= readings.index[-1] - timedelta(weeks=SHAPE_WEEKS)]
    if recent.empty or recent.index[-1] - recent.index[0] < LEAST_SPAN:
        return None
    try:
        recent = points_of(recent, meter=meter)
    except (BadQuality, OutOfRange):
        return None
    if recent.empty:
        return None
    local = pd.DatetimeIndex(recent.index).tz_convert(meter.timezone)
    hour = pd.Series(np.asarray(local.day_of_week * 24 + local.hour), index=recent.index)
    level = float(recent.mean())
    if level <= 0:
        return None
    mean = recent.groupby(hour.to_numpy()).mean().reindex(range(HOURS))
    if mean.isna().all():
        return None
    # Daily readings know one hour a day: it stands for the whole day.
    values = (mean / level).ffill().bfill().to_numpy(float)
    errors = recent.to_numpy(float) / level - values[hour.to_numpy()]
    return Shape(values, np.quantile(errors, ERROR_LEVELS))


def nearest_first(readings: pd.Series, shapes: Mapping[str, Shape], *, meter: Meter) -> list[str]:
    """The names of the shapes, those that the meter's own readings are nearest to first.

    Raises BadQuality, OutOfRange where the readings cannot be put on a grid.
    """
    grid = check(readings, meter=meter).grid
    known = np.flatnonzero(~np.isnan(grid.values))
    own, hours = grid.values[known], _hour_of_week(grid)[known]
    return sorted(shapes, key=lambda name: _distance(own, hours, shapes[name]))


def profile_forecast(
    history: pd.Series,
    start: datetime,
    end: datetime,
    *,
    meter: Meter,
    shapes: Sequence[Shape],
    quantiles: Levels = (0.1, MEDIAN, 0.9),
) -> Forecast:
    """The shapes nearest to the meter's own readings, at its own level; `source` is `profile`.

    Readings at or after `start` are not used. Raises InsufficientHistory below one day.
    """
    grid, target, last = asked(history, start, end, meter=meter)
    hour = _hour_of_week(grid)
    known = np.flatnonzero(~np.isnan(grid.values[: last + 1]))
    own, hours = grid.values[known], hour[known]
    chosen = sorted(shapes, key=lambda shape: _distance(own, hours, shape))[:NEAREST]
    values = np.mean([shape.values for shape in chosen], axis=0)
    level = _level(own, hours, values)
    typical = np.mean([shape.errors for shape in chosen], axis=0)
    days = _own_days(own, hours, values)
    trust = _trust(
        own - level * values[hours], own - days[hours], known // grid.day, level, typical
    )
    mixed = trust * days + (1 - trust) * level * values
    median = mixed[hour[target]]
    own_errors = own - mixed[hours]
    others = {
        one: median + YOUNG * _wider(level * np.interp(one, ERROR_LEVELS, typical), own_errors, one)
        for one in quantiles
        if one != MEDIAN
    }
    return put_together(grid, target, last, median, others, end=end, source="profile")


def _hour_of_week(grid: Grid) -> IntArray:
    return np.asarray(grid.weekday * 24 + grid.hour.astype(int), np.int64)


def _level(own: FloatArray, hours: IntArray, values: FloatArray) -> float:
    """Own use over what the shape has in the same hours, so that a weekend alone is no bias."""
    expected = float(values[hours].sum())
    return float(own.sum()) / expected if expected > 0 else float(own.mean())


def _own_days(own: FloatArray, hours: IntArray, values: FloatArray) -> FloatArray:
    """The meter's own mean day, carried over the week by the borrowed weekdays, (168,)."""
    weekday = values.reshape(7, 24).mean(axis=1)
    weekday = np.where(weekday > 0, weekday, 1.0)
    even = own / weekday[hours // 24]
    hour = hours % 24
    count = np.bincount(hour, minlength=24)
    mean = np.bincount(hour, weights=even, minlength=24) / np.maximum(count, 1)
    mean = np.where(count > 0, mean, even.mean())
    return np.outer(weekday, mean).ravel()


def _trust(
    borrowed: FloatArray, own: FloatArray, day: IntArray, level: float, typical: FloatArray
) -> float:
    """Weight of the own days beside the borrowed shape, by the squares of what each misses.

    Errors of the own days are of days that made the mean, so they are divided by what is left of
    a day's noise; from a single day nothing is left, and the noise of similar meters stands in.
    """
    days = max(len(np.unique(day)), 1)
    spread = level * float(np.mean(np.abs(typical)))
    noise = float(np.abs(own).mean()) * np.sqrt(days / (days - 1)) if days > 1 else spread
    expected = (noise**2) * (1 + 1 / days)
    missed = float(np.abs(borrowed).mean()) ** 2
    return missed**2 / (missed**2 + expected**2) if missed + expected > 0 else 1.0


def _distance(own: FloatArray, hours: IntArray, shape: Shape) -> float:
    level = _level(own, hours, shape.values)
    return float(np.abs(own - level * shape.values[hours]).mean())


def _wider(borrowed: float, own_errors: FloatArray, level: float) -> float:
    """Of two guesses at a quantile of the error the one that is further out."""
    own = float(np.quantile(own_errors, level))
    return min(borrowed, own) if level < MEDIAN else max(borrowed, own)
