"""Weather on a meter's grid, as it was known so many days before.

A frame indexed by valid time holds what was measured, and counts as known at any lead. A frame
indexed by (valid_at, available_at) holds what was known when; a pair of origin and target
then sees only what was available at its origin.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.errors import OutOfRange
from ml.grid import SECONDS_PER_DAY, BoolArray, FloatArray, Grid, IntArray, seconds_of

WEATHER_COLUMNS = (
    "temperature",
    "humidity",
    "apparent_temperature",
    "precipitation",
    "wind_speed",
    "solar_radiation",
)
LONGEST_INTERPOLATION = 3 * 3600
"""Seconds between two weather values that may still be joined by a line."""


@dataclass(frozen=True)
class WeatherView:
    """Per column an array (versions, places), one row for each state of knowledge.

    version_of: the row of what was known so many days ahead, by days; measured weather has a
    single row, which stands for every lead, and leads at which nothing new comes share one.
    """

    columns: dict[str, FloatArray]
    version_of: IntArray

    def versions(self, days_ahead: IntArray) -> IntArray:
        """The row of each lead; the last one for longer leads than were looked at."""
        return self.version_of[np.minimum(days_ahead, len(self.version_of) - 1)]

    def known(self) -> BoolArray:
        """(versions, places): where the main column has a value."""
        main = "temperature" if "temperature" in self.columns else next(iter(self.columns))
        return ~np.isnan(self.columns[main])


def has_issue_times(weather: pd.DataFrame) -> bool:
    """Whether the frame says when each value became available."""
    return isinstance(weather.index, pd.MultiIndex)


def as_of(weather: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    """What was known at `instant`, by valid time; measured weather is returned as it is."""
    if not has_issue_times(weather):
        return weather
    available = weather.index.get_level_values("available_at")
    known = weather[available <= instant].sort_index()
    return latest_issue(known)


def latest_issue(weather: pd.DataFrame) -> pd.DataFrame:
    """Of each valid time the value that became available last; the frame must be sorted."""
    flat = weather.droplevel("available_at")
    return flat[~flat.index.duplicated(keep="last")]


def view_of(
    weather: pd.DataFrame | None, grid: Grid, *, versions: int, names: tuple[str, ...]
) -> WeatherView | None:
    """The columns `names` of the weather on the grid, or None where it holds nothing at all.

    A column that is not there is all NaN. `versions` is the longest lead in days that a
    training looks at, plus one.
    """
    if weather is None or weather.empty:
        return None
    if not isinstance(weather.index.get_level_values(0), pd.DatetimeIndex):
        raise OutOfRange(
            "weather needs an index of valid times",
            hint="Index it by UTC instants, or by (valid_at, available_at).",
        )
    if has_issue_times(weather):
        layers, version_of = _layers(weather.sort_index(), versions)
    else:
        layers, version_of = [weather.sort_index()], np.zeros(1, np.int64)
    columns = {
        name: np.vstack(
            [
                _on_grid(layer[name], grid) if name in layer else np.full(len(grid), np.nan)
                for layer in layers
            ]
        )
        for name in names
    }
    return WeatherView(columns, version_of) if columns else None


def _layers(ordered: pd.DataFrame, versions: int) -> tuple[list[pd.DataFrame], IntArray]:
    """What was known each number of days ahead, by valid time, and which layer each lead has.

    Leads at which the same rows were known share a layer: most of a month ahead is climatology.
    """
    valid = seconds_of(pd.DatetimeIndex(ordered.index.get_level_values("valid_at")))
    available = seconds_of(pd.DatetimeIndex(ordered.index.get_level_values("available_at")))
    layers: list[pd.DataFrame] = []
    version_of = np.zeros(versions, np.int64)
    before = -1
    for lead in range(versions):
        known = np.flatnonzero(valid - available >= lead * SECONDS_PER_DAY)
        if len(known) != before:  # a longer lead knows a part of a shorter one, so counts tell
            before = len(known)
            last = np.append(np.diff(valid[known]) != 0, True)[: len(known)]
            layers.append(ordered.iloc[known[last]].droplevel("available_at"))
        version_of[lead] = len(layers) - 1
    return layers, version_of


def _on_grid(series: pd.Series, grid: Grid) -> FloatArray:
    """A weather column on the grid: averaged where finer, joined by lines where coarser."""
    series = series.dropna()
    if len(series) < 2:
        return np.full(len(grid), np.nan)
    instants = seconds_of(pd.DatetimeIndex(series.index))
    values = series.to_numpy(float)
    places = seconds_of(grid.index)
    width = int(grid.step.total_seconds())
    if np.median(np.diff(instants)) < width:
        # An interval's weather is the mean over it, as its reading is.
        number = np.searchsorted(places, instants, side="right") - 1
        inside = (number >= 0) & (instants < places[np.maximum(number, 0)] + width)
        counts = np.bincount(number[inside], minlength=len(grid))
        totals = np.bincount(number[inside], weights=values[inside], minlength=len(grid))
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
    after = np.searchsorted(instants, places, side="left")
    exact = (after < len(instants)) & (instants[np.minimum(after, len(instants) - 1)] == places)
    gap = instants[np.minimum(after, len(instants) - 1)] - instants[np.maximum(after - 1, 0)]
    longest = max(LONGEST_INTERPOLATION, width if width < SECONDS_PER_DAY else 0)
    inside = (after > 0) & (after < len(instants)) & (gap <= longest)
    return np.where(exact | inside, np.interp(places, instants, values), np.nan)
