"""The usual weather of a place: a mean by hour of the year over what is stored, smoothed.

Each hour of the day on each day of the year is the mean of that hour on the neighbouring days of
all years, the nearer ones weighing more. Two weeks to either side leave of single warm spells
little and of the season's course everything.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DAYS, HOURS = 366, 24
HALF_WINDOW = 15
"""Days to either side; the weights fall linearly to zero behind them."""
LEAST_SHARE = 0.5
"""Part of one year's window that must be there; less would be a memory of a few days."""

_WEIGHTS = np.concatenate([np.arange(1, HALF_WINDOW + 2), np.arange(HALF_WINDOW, 0, -1)])


@dataclass(frozen=True)
class Climatology:
    """Per variable an array (day of the year, hour of the day in UTC); NaN where too little."""

    tables: dict[str, NDArray[np.float32]]

    def at(self, index: pd.DatetimeIndex) -> pd.DataFrame:
        """The usual weather at instants (UTC); hours without any are left out."""
        day, hour = index.day_of_year.to_numpy() - 1, index.hour.to_numpy()
        columns = {name: table[day, hour].astype(float) for name, table in self.tables.items()}
        return pd.DataFrame(columns, index=index).dropna(how="all")


def climatology_of(measured: pd.DataFrame) -> Climatology:
    """The usual weather from hourly weather by valid time (UTC), a column per variable."""
    index = pd.DatetimeIndex(measured.index)
    slot = (index.day_of_year.to_numpy() - 1) * HOURS + index.hour.to_numpy()
    tables = {}
    for name in measured.columns:
        values = measured[name].to_numpy(dtype=float)
        there = ~np.isnan(values)
        if not there.any():
            continue
        counts = np.bincount(slot[there], minlength=DAYS * HOURS)
        totals = np.bincount(slot[there], weights=values[there], minlength=DAYS * HOURS)
        weight = _around(np.asarray(counts.reshape(DAYS, HOURS), dtype=np.float64))
        enough = weight >= LEAST_SHARE * _WEIGHTS.sum()
        total = _around(totals.reshape(DAYS, HOURS))
        mean = np.where(enough, total / np.where(enough, weight, 1.0), np.nan)
        tables[str(name)] = mean.astype(np.float32)
    return Climatology(tables)


def _around(table: NDArray[Any]) -> NDArray[np.float64]:
    """The weighted sum over the neighbouring days of each day, round the year."""
    wrapped = np.concatenate([table[-HALF_WINDOW:], table, table[:HALF_WINDOW]])
    windows = np.lib.stride_tricks.sliding_window_view(wrapped, len(_WEIGHTS), axis=0)
    return np.asarray(windows @ _WEIGHTS, dtype=float)
