"""Weather on a meter's grid, as it was known at each origin.

A frame indexed by valid time holds what was measured, and counts as known at any lead. A frame
indexed by (valid_at, available_at) holds what was known when; a pair of origin and target
then sees only what was available at its origin.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.errors import OutOfRange
from ml.readings import BoolArray, FloatArray, Grid, IntArray
from ml.readings.grid import SECONDS_PER_DAY, seconds_of

WEATHER_COLUMNS = (
    "temperature",
    "humidity",
    "apparent_temperature",
    "precipitation",
    "wind_speed",
    "solar_radiation",
)
FORESEEN_DAYS = 14
"""No forecast tells anything so far ahead: what was known for longer is the usual weather."""
LONGEST_INTERPOLATION = 3 * 3600
"""Seconds between two weather values that may still be joined by a line."""


@dataclass(frozen=True)
class WeatherView:
    """Per column an array (rows, places), one row for each state of knowledge.

    row_of: the row of each state; measured weather has a single row, which stands for all, and
    states that know the same share one. A state is a number of days that a target lies ahead, or,
    where `origins` (places, ascending) are given, the origin that a pair looks from.

    usual: (rows, places), where the weather is but the climatology; not looked at in a training.
    """

    columns: dict[str, FloatArray]
    row_of: IntArray
    usual: BoolArray
    origins: IntArray | None = None

    def rows(self, days_ahead: IntArray, origin: IntArray) -> IntArray:
        """The row that each pair may see; the last state stands for all beyond it."""
        state = days_ahead if self.origins is None else np.searchsorted(self.origins, origin)
        return self.row_of[np.minimum(state, len(self.row_of) - 1)]

    def rows_behind(self, origin: IntArray) -> IntArray:
        """The row of what has happened: the freshest word of each hour up to the origin."""
        return self.rows(np.zeros_like(origin), origin)

    @property
    def known(self) -> BoolArray:
        """(rows, places): where the main column has a value."""
        main = "temperature" if "temperature" in self.columns else next(iter(self.columns))
        return ~np.isnan(self.columns[main])


def view_ahead(
    weather: pd.DataFrame | None, grid: Grid, *, days: int, names: tuple[str, ...]
) -> WeatherView | None:
    """For pairs from many origins: what was known 0, 1, ... up to `days` days before each place.

    The columns `names` of the weather on the grid, all NaN where a column is not there; None where
    the weather holds nothing at all.
    """
    table = _Table.of(weather)
    if table is None:
        return None
    if table.available is None:
        return table.view(grid, names, [table.everything], np.zeros(1, np.int64))
    lead = table.valid - table.available
    kinds: list[IntArray] = []
    row_of = np.zeros(days + 1, np.int64)
    before = -1
    for number in range(days + 1):
        known = np.flatnonzero(lead >= number * SECONDS_PER_DAY)
        if len(known) != before:  # a longer lead knows a part of a shorter one, so counts tell
            before = len(known)
            kinds.append(table.newest(known))
        row_of[number] = len(kinds) - 1
    return table.view(grid, names, kinds, row_of)


def view_from(
    weather: pd.DataFrame | None, grid: Grid, *, origins: IntArray, names: tuple[str, ...]
) -> WeatherView | None:
    """For pairs from a few origins (places, ascending): what was known when each began.

    An origin is the last place whose reading is used, so what it knows is what was available at
    the end of that place. Columns as in `view_ahead`.
    """
    table = _Table.of(weather)
    if table is None:
        return None
    if table.available is None:
        return table.view(grid, names, [table.everything], np.zeros(1, np.int64), origins=origins)
    ends = seconds_of(grid.index[origins]) + int(grid.step.total_seconds())
    kinds = [table.newest(np.flatnonzero(table.available <= end)) for end in ends]
    return table.view(grid, names, kinds, np.arange(len(origins)), origins=origins)


@dataclass(frozen=True)
class _Table:
    """A weather frame with its times in seconds, ascending by valid time, then by available."""

    frame: pd.DataFrame
    valid: IntArray
    available: IntArray | None

    @classmethod
    def of(cls, weather: pd.DataFrame | None) -> "_Table | None":
        if weather is None or weather.empty:
            return None
        index = weather.index
        dated = isinstance(index, pd.MultiIndex)
        instants = index.get_level_values("valid_at") if dated else index
        if not isinstance(instants, pd.DatetimeIndex):
            raise OutOfRange(
                "weather needs an index of valid times",
                hint="Index it by UTC instants, or by (valid_at, available_at).",
            )
        valid = seconds_of(instants)
        if not dated:
            order = np.argsort(valid, kind="stable")
            return cls(weather.iloc[order], valid[order], None)
        available = seconds_of(pd.DatetimeIndex(index.get_level_values("available_at")))
        order = np.lexsort((available, valid))
        return cls(weather.iloc[order], valid[order], available[order])

    @property
    def everything(self) -> IntArray:
        return np.arange(len(self.valid))

    def newest(self, known: IntArray) -> IntArray:
        """Of the known rows, for each valid time the one that became available last."""
        last = np.append(np.diff(self.valid[known]) != 0, True)[: len(known)]
        return known[last]

    def view(
        self,
        grid: Grid,
        names: tuple[str, ...],
        kinds: list[IntArray],
        row_of: IntArray,
        *,
        origins: IntArray | None = None,
    ) -> WeatherView | None:
        """The view whose rows are made of these rows of the table."""
        columns = {}
        for name in names:
            rows = np.full((len(kinds), len(grid)), np.nan)
            if name in self.frame:
                values = self.frame[name].to_numpy(float)
                for number, kind in enumerate(kinds):
                    rows[number] = _on_grid(self.valid[kind], values[kind], grid)
            columns[name] = rows
        usual = np.zeros((len(kinds), len(grid)), bool)
        if self.available is not None and origins is not None:
            early = (self.valid - self.available > FORESEEN_DAYS * SECONDS_PER_DAY).astype(float)
            for number, kind in enumerate(kinds):
                usual[number] = _on_grid(self.valid[kind], early[kind], grid) > 0
        return WeatherView(columns, row_of, usual, origins) if columns else None


def _on_grid(instants: IntArray, values: FloatArray, grid: Grid) -> FloatArray:
    """A weather column on the grid: averaged where finer, joined by lines where coarser."""
    known = ~np.isnan(values)
    instants, values = instants[known], values[known]
    if len(values) < 2:
        return np.full(len(grid), np.nan)
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
