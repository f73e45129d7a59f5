"""A trained model of one meter: forecast, save, load, explain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from ml import storage
from ml.design import CONTEXT_DAYS, Pairs, Surroundings
from ml.errors import BeyondHorizon, InsufficientHistory, OutOfRange
from ml.expert import Expert
from ml.explain import Explanation, contributions, importance
from ml.grid import Grid, make_grid
from ml.meter import Meter
from ml.weather_view import as_of

Source = Literal["model", "baseline"]


@dataclass(frozen=True)
class WeatherStretch:
    """A stretch of a forecast, `end` exclusive, and whether weather was used in it."""

    start: pd.Timestamp
    end: pd.Timestamp
    used: bool


@dataclass(frozen=True)
class Forecast:
    """A forecast and what it rests on.

    frame: UTC index, columns p10, p50, p90 (pNN for other levels), in the meter's unit;
    origin: end of the last reading used; source: `model` or `baseline`.
    """

    frame: pd.DataFrame
    origin: pd.Timestamp
    source: Source
    weather: tuple[WeatherStretch, ...]


class Forecaster:
    """What `train` returns; made once, used for many forecasts with newer readings."""

    def __init__(self, meta: Mapping[str, Any], *, plain: Expert, weather: Expert | None) -> None:
        self.meta = dict(meta)
        self._plain = plain
        self._weather = weather

    @property
    def step(self) -> timedelta:
        """Resolution of the forecasts."""
        return timedelta(seconds=self.meta["resolution_seconds"])

    @property
    def source(self) -> Source:
        """`model`, or `baseline` where no model beat the weekly naive."""
        return "model" if self.meta["source"] == "model" else "baseline"

    def predict(
        self,
        history: pd.Series,
        start: datetime,
        end: datetime,
        weather: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """The frame of `forecast`: UTC index, columns p10, p50, p90."""
        return self.forecast(history, start, end, weather).frame

    def forecast(
        self,
        history: pd.Series,
        start: datetime,
        end: datetime,
        weather: pd.DataFrame | None = None,
    ) -> Forecast:
        """Forecast every interval that starts from `start` to `end` (exclusive, aware).

        Readings at or after `start` are not used. `weather` is indexed by valid time, or by
        (valid_at, available_at): then only what was available at the origin is used. Where it
        ends before the horizon, the model without weather serves.

        Raises InsufficientHistory, BeyondHorizon, OutOfRange.
        """
        surroundings, pairs, origin = self.situation(history, start, end, weather)
        grid = surroundings.grid
        design = surroundings.design(pairs)
        used = self._weather_known(surroundings, pairs)
        levels = {}
        if not used.all():
            levels = self._plain.quantiles(design, grid)
        if self._weather is not None and used.any():
            with_weather = self._weather.quantiles(design, grid)
            levels = {
                level: np.where(used, values, levels.get(level, values))
                for level, values in with_weather.items()
            }
        index = grid.index[pairs.target]
        frame = pd.DataFrame(
            {f"p{100 * level:02.3g}": levels[level] for level in sorted(levels)}, index=index
        )
        if self.meta["never_negative"]:
            frame = frame.clip(lower=0.0)
        return Forecast(frame, origin, self.source, _stretches(index, used, pd.Timestamp(end)))

    def explain(
        self,
        history: pd.Series,
        start: datetime,
        end: datetime,
        weather: pd.DataFrame | None = None,
    ) -> Explanation:
        """What each topic adds to the median of each step; arguments as in `forecast`."""
        surroundings, pairs, _ = self.situation(history, start, end, weather)
        design = surroundings.design(pairs)
        used = self._weather_known(surroundings, pairs)
        index = surroundings.grid.index[pairs.target]
        parts = []
        for expert, rows in ((self._plain, ~used), (self._weather, used)):
            if expert is not None and rows.any():
                found = contributions(expert, design.where(rows), surroundings.grid)
                parts.append(pd.DataFrame(found, index=index[rows]))
        main = self._plain if self._weather is None else self._weather
        frame = pd.concat(parts).sort_index().fillna(0.0)
        return Explanation(frame, importance(main, tuple(self.meta["features"])))

    def save(self, folder: str | Path) -> None:
        """Write the model into an existing empty folder, `meta.json` last."""
        storage.save(Path(folder), self.meta, plain=self._plain, weather=self._weather)

    @classmethod
    def load(cls, folder: str | Path, meter: Meter | None = None, *, nthread: int = 1) -> Self:
        """Read a saved model; raises ModelCorrupt, or ModelMismatch where `meter` is another."""
        meta, plain, weather = storage.load(Path(folder), meter=meter, nthread=nthread)
        return cls(meta, plain=plain, weather=weather)

    def situation(
        self, history: pd.Series, start: datetime, end: datetime, weather: pd.DataFrame | None
    ) -> tuple[Surroundings, Pairs, pd.Timestamp]:
        """The grid around a forecast, its pairs of places, and its origin."""
        first, stop = _instant(start), _instant(end)
        if first >= stop:
            raise OutOfRange(
                f"the forecast would end ({stop}) before it starts ({first})",
                hint="Give an end after the start.",
                detail={"start": str(first), "end": str(stop)},
            )
        recent = latest(history, until=first, days=CONTEXT_DAYS)
        if recent.empty:
            raise InsufficientHistory(
                f"no reading before {first}",
                hint="Load readings before the start of the forecast, or choose a later start.",
                detail={"have_hours": 0, "need_hours": 24, "usable_from": None},
            )
        grid = make_grid(recent, step=self.step, zone=self.meta["meter"]["timezone"], end=stop)
        last = int(np.flatnonzero(~np.isnan(grid.values))[-1])
        origin = grid.index[last] + self.step
        self._check_horizon(origin, stop)
        target = np.arange(grid.index.searchsorted(first), len(grid), dtype=np.int64)
        target = target[target > last]
        if not len(target):
            raise OutOfRange(
                f"no interval of {self.step} starts between {first} and {stop}",
                hint="Choose a range of at least one interval.",
                detail={"start": str(first), "end": str(stop)},
            )
        surroundings = Surroundings.of(
            grid,
            _around(weather, grid, origin) if self._weather is not None else None,
            scale=self.meta["scale"],
            country=self.meta["meter"]["country"],
            subdivision=self.meta["meter"]["subdivision"],
            yearly=self.meta["yearly"],
            versions=1,
            columns=tuple(self.meta["weather_columns"]),
        )
        return surroundings, Pairs(np.full(len(target), last, np.int64), target), origin

    def _check_horizon(self, origin: pd.Timestamp, stop: pd.Timestamp) -> None:
        longest = timedelta(hours=self.meta["max_horizon_hours"])
        # A month of local days may hold an hour more than its days by the clock.
        if stop - origin > longest + timedelta(hours=1):
            raise BeyondHorizon(
                f"{stop} is {stop - origin} after the last reading ends; at most {longest}",
                hint="Load newer readings, or forecast a nearer time.",
                detail={
                    "origin": origin.isoformat(),
                    "latest_end": (origin + longest).isoformat(),
                    "max_horizon_hours": self.meta["max_horizon_hours"],
                },
            )

    def _weather_known(self, surroundings: Surroundings, pairs: Pairs) -> np.ndarray:
        view = surroundings.view
        if self._weather is None or view is None:
            return np.zeros(len(pairs), bool)
        return view.known()[0][pairs.target]


def latest(history: pd.Series, *, until: pd.Timestamp, days: int) -> pd.Series:
    """The readings of the `days` before the last one before `until`, in order."""
    if not isinstance(history.index, pd.DatetimeIndex) or history.index.tz is None:
        raise OutOfRange(
            "the history needs an index of instants with a time zone",
            hint="Convert the index to UTC before handing the readings over.",
        )
    history = history.dropna()
    if not history.index.is_monotonic_increasing:
        history = history.sort_index()
    history = history.iloc[: history.index.searchsorted(until)]
    if history.empty:
        return history
    return history.iloc[history.index.searchsorted(history.index[-1] - pd.Timedelta(days=days)) :]


def _instant(moment: datetime) -> pd.Timestamp:
    instant = pd.Timestamp(moment)
    if instant.tzinfo is None:
        raise OutOfRange(
            f"{moment} has no time zone", hint="Give aware instants.", detail={"value": str(moment)}
        )
    return instant.tz_convert("UTC")


def _around(weather: pd.DataFrame | None, grid: Grid, origin: pd.Timestamp) -> pd.DataFrame | None:
    """The weather of the grid's span as it was known at the origin."""
    if weather is None or weather.empty:
        return None
    valid = weather.index.get_level_values(0)
    inside = (valid >= grid.index[0]) & (valid < grid.index[-1] + 2 * grid.step)
    return as_of(weather[inside], origin)


def _stretches(
    index: pd.DatetimeIndex, used: np.ndarray, end: pd.Timestamp
) -> tuple[WeatherStretch, ...]:
    """Neighbouring intervals of the same kind joined."""
    edges = np.flatnonzero(np.diff(used.astype(int))) + 1
    starts = [0, *edges.tolist()]
    ends = [index[place] for place in edges.tolist()] + [end.tz_convert("UTC")]
    return tuple(
        WeatherStretch(index[place], stop, bool(used[place]))
        for place, stop in zip(starts, ends, strict=True)
    )
