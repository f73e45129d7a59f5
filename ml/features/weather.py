"""What the weather says about a target, against the weather of the days it is compared with."""

import warnings
from dataclasses import dataclass

import numpy as np

from ml.features.base import Base, mean_of
from ml.features.level import rolling_means
from ml.features.weather_view import WeatherView
from ml.readings import FloatArray, Grid, IntArray


@dataclass(frozen=True)
class SmoothWeather:
    """Summaries of the weather at every place, computed once for all pairs.

    temperature[n]: mean of the n days up to the place, (rows, places); high and low: of the
    local day; rain: mean of a day. Empty where the column is not there.
    """

    temperature: dict[int, FloatArray]
    high: FloatArray | None
    low: FloatArray | None
    rain: FloatArray | None


def smooth_weather(view: WeatherView, grid: Grid) -> SmoothWeather:
    """Daily and longer summaries of temperature and rain."""

    def means(versions: FloatArray, days: tuple[int, ...]) -> dict[int, FloatArray]:
        rows = [rolling_means(row, (n * grid.day for n in days)) for row in versions]
        return {n: np.vstack(each) for n, each in zip(days, zip(*rows, strict=True), strict=True)}

    temperature = view.columns.get("temperature")
    rain = view.columns.get("precipitation")
    return SmoothWeather(
        temperature={} if temperature is None else means(temperature, (1, 3, 7)),
        high=None if temperature is None else _by_day(temperature, grid, np.fmax),
        low=None if temperature is None else _by_day(temperature, grid, np.fmin),
        rain=None if rain is None else means(rain, (1,))[1],
    )


def _by_day(versions: FloatArray, grid: Grid, extreme: np.ufunc) -> FloatArray:
    """The extreme of each place's local day, of all its hours."""
    starts = np.flatnonzero(np.diff(grid.day_number, prepend=grid.day_number[0] - 1))
    lengths = np.diff(np.append(starts, len(grid)))
    with warnings.catch_warnings():  # a day without any value stays NaN
        warnings.simplefilter("ignore", RuntimeWarning)
        daily = extreme.reduceat(versions, starts, axis=1)
    return np.repeat(daily, lengths, axis=1)


def weather_features(
    grid: Grid,
    view: WeatherView,
    smooth: SmoothWeather,
    base: Base,
    *,
    origin: IntArray,
    target: IntArray,
) -> dict[str, FloatArray]:
    """Named columns in the units of the weather, one value per pair, NaN where not known."""
    ahead = view.rows(base.days_ahead, origin)
    columns = {name: values[ahead, target] for name, values in view.columns.items()}
    if smooth.rain is not None:
        columns["rain_day"] = smooth.rain[ahead, target]
    if smooth.high is None or smooth.low is None:
        return columns
    # Weather that has happened: the freshest version of it.
    now = view.rows_behind(origin)
    temperature = view.columns["temperature"]
    past = [np.maximum(place, 0) for place in base.places]
    at_target = columns["temperature"]
    day_mean = smooth.temperature[1][ahead, target]
    level_week = smooth.temperature[7][now, origin]
    columns["temperature_day"] = day_mean
    columns["temperature_3d"] = smooth.temperature[3][ahead, target]
    # The rest of the target's day lies up to a day later, so it was known a day less far ahead.
    whole_day = view.rows(base.days_ahead + 1, origin)
    columns["temperature_high"] = smooth.high[whole_day, target]
    columns["temperature_low"] = smooth.low[whole_day, target]
    columns["temperature_level_week"] = level_week
    columns["temperature_last_day_on_level_week"] = smooth.temperature[1][now, origin] - level_week
    columns["temperature_on_level_week"] = at_target - level_week
    columns["temperature_day_on_level_week"] = day_mean - level_week
    columns["temperature_on_base"] = at_target - mean_of(
        [temperature[now, place] for place in past]
    )
    columns["temperature_day_on_base"] = day_mean - mean_of(
        [smooth.temperature[1][now, place] for place in past]
    )
    columns["temperature_day_on_1w"] = day_mean - smooth.temperature[1][now, past[0]]
    latest_day = np.maximum(grid.days_back(target, base.days_ahead), 0)
    columns["temperature_on_1d"] = at_target - temperature[now, latest_day]
    return columns
