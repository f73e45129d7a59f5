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
    """Per column an array (versions, places); row v is what was known v days ahead.

    Measured weather has a single row, which stands for every lead.
    """

    columns: dict[str, FloatArray]

    def at(self, name: str, target: IntArray, days_ahead: IntArray) -> FloatArray:
        """The column at each target as known `days_ahead` days before."""
        return pick(self.columns[name], target, days_ahead)

    def known(self) -> BoolArray:
        """(versions, places): where the main column has a value."""
        main = "temperature" if "temperature" in self.columns else next(iter(self.columns))
        return ~np.isnan(self.columns[main])


def pick(versions: FloatArray, target: IntArray, days_ahead: IntArray) -> FloatArray:
    """`versions[days_ahead, target]`; the last row where there are fewer."""
    return versions[np.minimum(days_ahead, len(versions) - 1), target]


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
    if not has_issue_times(weather):
        layers = [weather.sort_index()]
    else:
        ordered = weather.sort_index()
        valid = pd.DatetimeIndex(ordered.index.get_level_values("valid_at"))
        available = pd.DatetimeIndex(ordered.index.get_level_values("available_at"))
        layers = [
            latest_issue(ordered[available <= valid - pd.Timedelta(days=lead)])
            for lead in range(versions)
        ]
    columns = {
        name: np.vstack(
            [
                _on_grid(layer[name], grid) if name in layer else np.full(len(grid), np.nan)
                for layer in layers
            ]
        )
        for name in names
    }
    return WeatherView(columns) if columns else None


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
