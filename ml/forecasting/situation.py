"""The surroundings of one forecast: what is known at its origin, and what is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from ml.errors import BeyondHorizon, InsufficientHistory, OutOfRange
from ml.features import Design, Pairs, Surroundings
from ml.features.design import CONTEXT_DAYS
from ml.forecasting.recalibration import WEEKS, origins_back
from ml.readings import BoolArray, Grid, make_grid
from ml.readings.faults.faults import measured
from ml.readings.latest import instant, latest
from ml.readings.rates import is_rate

LOOK_BACK_DAYS = CONTEXT_DAYS + 7 * WEEKS
CLOCK_CHANGE = timedelta(hours=1)
"""A month of local days may be an hour longer than its days by the clock."""


@dataclass(frozen=True)
class Situation:
    """The grid around a forecast, the pairs that are asked for, and the end of the last reading."""

    surroundings: Surroundings
    pairs: Pairs
    origin: pd.Timestamp

    @property
    def grid(self) -> Grid:
        return self.surroundings.grid

    @property
    def last(self) -> int:
        """Place of the last reading used."""
        return int(self.pairs.origin[0])

    @property
    def index(self) -> pd.DatetimeIndex:
        """Instants that are asked for."""
        return self.grid.index[self.pairs.target]

    def weather_at(self, design: Design) -> tuple[BoolArray, BoolArray]:
        """Whether the weather at each target was known at its origin, and was but the usual."""
        view, pairs = self.surroundings.view, design.pairs
        if view is None:
            nothing = np.zeros(len(pairs), bool)
            return nothing, nothing
        seen = view.rows(design.base.days_ahead, pairs.origin), pairs.target
        return view.known[seen], view.usual[seen]


def situation_of(
    meta: Mapping[str, Any],
    history: pd.Series,
    start: datetime,
    end: datetime,
    weather: pd.DataFrame | None,
) -> Situation:
    """What a forecaster with this `meta` needs to forecast from `start` to `end` (exclusive).

    Raises OutOfRange, InsufficientHistory, BeyondHorizon.
    """
    first, stop = instant(start), instant(end)
    step = timedelta(seconds=meta["resolution_seconds"])
    if first >= stop:
        raise _empty_range(first, stop, "it would end before it starts")
    recent = latest(history, until=first, days=LOOK_BACK_DAYS)
    if recent.empty:
        raise InsufficientHistory(
            f"no reading before {first}",
            hint="Load readings before the start of the forecast, or choose a later start.",
            detail={"have_hours": 0, "need_hours": 24, "usable_from": None},
        )
    meter = meta["meter"]
    rate = is_rate(meter["unit"])
    grid = make_grid(recent, step=step, zone=meter["timezone"], rate=rate, end=stop)
    grid = measured(grid)
    last = int(np.flatnonzero(~np.isnan(grid.values))[-1])
    origin = grid.index[last] + step
    _check_horizon(meta, origin, stop)
    target = np.arange(grid.index.searchsorted(first), len(grid), dtype=np.int64)
    target = target[target > last]
    if not len(target):
        raise _empty_range(first, stop, f"no interval of {step} starts in it")
    surroundings = Surroundings.of(
        grid,
        _around(weather, grid) if meta["weather_columns"] else None,
        scale=meta["scale"],
        country=meta["meter"]["country"],
        subdivision=meta["meter"]["subdivision"],
        yearly=meta["yearly"],
        columns=tuple(meta["weather_columns"]),
        origins=origins_back(grid, last=last),
    )
    return Situation(surroundings, Pairs(np.full(len(target), last, np.int64), target), origin)


def _empty_range(first: pd.Timestamp, stop: pd.Timestamp, why: str) -> OutOfRange:
    return OutOfRange(
        f"nothing to forecast from {first} to {stop}: {why}",
        hint="Give an end after the start, at least one interval later.",
        detail={"start": first.isoformat(), "end": stop.isoformat()},
    )


def _check_horizon(meta: Mapping[str, Any], origin: pd.Timestamp, stop: pd.Timestamp) -> None:
    longest = timedelta(hours=meta["max_horizon_hours"])
    if stop - origin > longest + CLOCK_CHANGE:
        raise BeyondHorizon(
            f"{stop} is {stop - origin} after the last reading ends; at most {longest}",
            hint="Load newer readings, or forecast a nearer time.",
            detail={
                "origin": origin.isoformat(),
                "latest_end": (origin + longest).isoformat(),
                "max_horizon_hours": meta["max_horizon_hours"],
            },
        )


def _around(weather: pd.DataFrame | None, grid: Grid) -> pd.DataFrame | None:
    """The weather of the grid's span."""
    if weather is None or weather.empty:
        return None
    valid = weather.index.get_level_values(0)
    first, stop = grid.index[0], grid.index[-1] + 2 * grid.step
    if valid.is_monotonic_increasing:
        return weather.iloc[slice(*valid.searchsorted([first, stop]))]
    return weather[(valid >= first) & (valid < stop)]
