"""The seasonal naive as a forecast of its own: same schema, bands from its own errors.

It answers where there is no model that may: it needs no training and cannot drift.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from ml.errors import BadQuality, InsufficientHistory, OutOfRange
from ml.forecasting.forecaster import Forecast, WeatherStretch
from ml.learners.naive import naive_at
from ml.meter import Meter
from ml.options import MEDIAN
from ml.quantiles import quantile_column
from ml.readings import FloatArray, Grid, IntArray, make_grid
from ml.readings.grid import resolution_of, take
from ml.readings.latest import instant, latest
from ml.readings.rates import is_rate

LEAST = timedelta(days=1)
"""Each hour of the day once: less says nothing of the night, or nothing of the day."""
LOOK_BACK_DAYS = 98
"""The naive itself looks back a quarter of a year, its errors are those of eight weeks."""
ERROR_DAYS = 56
HOURS_TOGETHER = 3
"""Errors of neighbouring hours make one distribution: about 170 in eight weeks."""
FEWEST_ERRORS = 20

Levels = Sequence[float]


def naive_forecast(
    history: pd.Series,
    start: datetime,
    end: datetime,
    *,
    meter: Meter,
    quantiles: Levels = (0.1, MEDIAN, 0.9),
) -> Forecast:
    """The same time a week before (a day before, with less than a week of readings).

    Readings at or after `start` are not used. Raises InsufficientHistory below one day.
    """
    grid, target, last = asked(history, start, end, meter=meter)
    origin = np.full(len(target), last, np.int64)
    span = last - int(np.flatnonzero(~np.isnan(grid.values))[0]) + 1
    if span >= 7 * grid.day:
        median, period = naive_at(grid, origin=origin, target=target), 7
    else:
        median, period = _day_before(grid, origin, target), 1
    ahead = np.maximum(-(-(target - last) // (period * grid.day)), 1)
    columns = {
        level: median + _errors(grid, last, target, period * ahead, level)
        for level in quantiles
        if level != MEDIAN
    }
    return put_together(grid, target, last, median, columns, end=end, source="baseline")


def asked(
    history: pd.Series, start: datetime, end: datetime, *, meter: Meter
) -> tuple[Grid, IntArray, int]:
    """The grid of the recent readings up to `end`, the places asked for, that of the last reading.

    Raises InsufficientHistory, OutOfRange, BadQuality.
    """
    first, stop = instant(start), instant(end)
    recent = latest(history, until=first, days=LOOK_BACK_DAYS)
    hours = (recent.index[-1] - recent.index[0]) / timedelta(hours=1) if len(recent) else 0.0
    if hours < LEAST / timedelta(hours=1) - 1:
        usable = None if recent.empty else (recent.index[0] + LEAST).isoformat()
        raise InsufficientHistory(
            f"{hours:.0f} of {LEAST / timedelta(hours=1):.0f} hours before {first}",
            hint="Wait until a day of readings has come, or load older ones.",
            detail={"have_hours": hours, "need_hours": 24, "usable_from": usable},
        )
    step = resolution_of(meter, pd.DatetimeIndex(recent.index))
    rate = is_rate(meter.unit)
    grid = make_grid(recent, step=step, zone=meter.timezone, rate=rate, end=stop)
    known = np.flatnonzero(~np.isnan(grid.values))
    if not len(known):
        raise BadQuality("there is no reading with a value", hint="Load readings.")
    last = int(known[-1])
    target = np.arange(grid.index.searchsorted(first), len(grid), dtype=np.int64)
    target = target[target > last]
    if not len(target):
        raise OutOfRange(
            f"nothing to forecast from {first} to {stop}",
            hint="Give an end after the start, at least one interval later.",
        )
    return grid, target, last


def put_together(
    grid: Grid,
    target: IntArray,
    last: int,
    median: FloatArray,
    others: dict[float, FloatArray],
    *,
    end: datetime,
    source: str,
) -> Forecast:
    """The forecast of these quantiles: rising, and not below nought where no reading is."""
    levels = {**others, MEDIAN: median}
    columns = {}
    for level in sorted(levels):
        bound = np.minimum if level < MEDIAN else np.maximum
        columns[quantile_column(level)] = bound(levels[level], median)
    index = grid.index[target]
    frame = pd.DataFrame(columns, index=index)
    if np.nanmin(grid.values) >= 0:
        frame = frame.clip(lower=0.0)
    stretch = WeatherStretch(index[0], pd.Timestamp(end).tz_convert("UTC"), used=False)
    origin = grid.index[last] + grid.step
    return Forecast(frame, origin, "profile" if source == "profile" else "baseline", (stretch,))


def _day_before(grid: Grid, origin: IntArray, target: IntArray) -> FloatArray:
    """The same time of the latest day that is known; the mean of all where none is."""
    ahead = np.maximum(-(-(target - origin) // grid.day), 1)
    value = take(grid.values, grid.days_back(target, ahead), origin)
    return np.where(np.isnan(value), np.nanmean(grid.values), value)


def _errors(grid: Grid, last: int, target: IntArray, days: IntArray, level: float) -> FloatArray:
    """The level's quantile of the errors over as many days, at the same time of the day."""
    block = (grid.hour // HOURS_TOGETHER).astype(int)
    past = np.arange(max(last + 1 - ERROR_DAYS * grid.day, 0), last + 1, dtype=np.int64)
    found = np.zeros(len(target))
    for back in np.unique(days).tolist():
        before = take(grid.values, grid.days_back(past, back), past)
        errors = grid.values[past] - before
        known = ~np.isnan(errors)
        everywhere = _quantile(errors[known], level)
        for number in np.unique(block[target]).tolist():
            here = errors[known & (block[past] == number)]
            value = _quantile(here, level) if len(here) >= FEWEST_ERRORS else everywhere
            found[(days == back) & (block[target] == number)] = value
    # Nothing to look back on as far as this: the errors over fewer days are the best guess.
    missing = np.isnan(found)
    if missing.any():
        spread = float(np.nanquantile(grid.values - np.nanmean(grid.values), level))
        found[missing] = found[~missing][-1] if (~missing).any() else spread
    return found


def _quantile(values: FloatArray, level: float) -> float:
    return float(np.quantile(values, level)) if len(values) else float("nan")
