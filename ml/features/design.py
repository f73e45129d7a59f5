"""From a grid to a matrix: pairs of origin and target, and what is known of each.

Direct forecasting: each known reading is a target, seen from a drawn origin at or before
which everything that is taken from the readings lies (Taieb et al. 2012 compare the strategies).
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.features.base import SUNDAY, Base, base_of
from ml.features.holidays import Holidays, holidays_on
from ml.features.lags import Recent, lag_features, recent_of
from ml.features.level import LEVEL_DAYS, Levels, levels_of
from ml.features.usual_days import UsualDays, usual_day_features, usual_days_of
from ml.features.weather import SmoothWeather, smooth_weather, weather_features
from ml.features.weather_view import WEATHER_COLUMNS, WeatherView, view_ahead, view_from
from ml.readings import BoolArray, FloatArray, Grid, IntArray

CONTEXT_DAYS = 84
"""History that a forecast looks at: the four weeks of the base, over levels of four weeks."""
LEAD_SHARES = ((1.0, 0.45), (7.0, 0.35), (np.inf, 0.2))
"""Leads are drawn evenly up to so many days, for this share of the pairs: near ones are asked for
oftener, and what is learnt of them differs most from step to step."""
MOST_ROWS = 40_000
"""Pairs of one training: bounds time and memory for fine resolutions."""


@dataclass(frozen=True)
class Pairs:
    """Places of origins (the last reading that may be used) and of their targets."""

    origin: IntArray
    target: IntArray

    def __len__(self) -> int:
        return len(self.target)

    @property
    def lead(self) -> IntArray:
        """Places from origin to target; 1 is the next reading."""
        return self.target - self.origin

    def where(self, chosen: BoolArray | IntArray) -> "Pairs":
        return Pairs(self.origin[chosen], self.target[chosen])

    def joined(self, other: "Pairs") -> "Pairs":
        return Pairs(
            np.concatenate([self.origin, other.origin]),
            np.concatenate([self.target, other.target]),
        )


@dataclass(frozen=True)
class Design:
    """The pairs with their features: (pairs, names) in float32, plain columns before weather."""

    pairs: Pairs
    base: Base
    matrix: NDArray[np.float32]
    names: tuple[str, ...]
    plain: int

    def where(self, chosen: BoolArray | IntArray) -> "Design":
        """The design of some of the pairs."""
        return replace(
            self,
            pairs=self.pairs.where(chosen),
            base=self.base.where(chosen),
            matrix=self.matrix[chosen],
        )

    def columns(self, *, weather: bool) -> NDArray[np.float32]:
        return self.matrix if weather else self.matrix[:, : self.plain]

    def without_weather(self) -> "Design":
        """The design with its plain columns alone."""
        return replace(self, matrix=self.columns(weather=False), names=self.names[: self.plain])

    def joined(self, other: "Design") -> "Design":
        """The pairs of both, which must have the same columns."""
        return replace(
            self,
            pairs=self.pairs.joined(other.pairs),
            base=self.base.joined(other.base),
            matrix=np.concatenate([self.matrix, other.matrix]),
        )


@dataclass(frozen=True)
class Surroundings:
    """All that pairs on one grid draw their features from, computed once."""

    grid: Grid
    levels: Levels
    holidays: Holidays
    recent: Recent
    usual_days: UsualDays
    view: WeatherView | None
    smooth: SmoothWeather | None
    yearly: bool
    knows_holidays: bool

    @classmethod
    def of(
        cls,
        grid: Grid,
        weather: pd.DataFrame | None,
        *,
        scale: float,
        country: str | None,
        subdivision: str | None,
        yearly: bool,
        columns: tuple[str, ...] = WEATHER_COLUMNS,
        days_ahead: int = 0,
        origins: IntArray | None = None,
    ) -> Self:
        """`scale`: mean absolute reading of the training, in the meter's unit.

        `columns` are those of the weather that the features are made of, known or not. Pairs
        look from `origins` (places, ascending) alone, or from anywhere up to `days_ahead` ahead.
        """
        if origins is None:
            view = view_ahead(weather, grid, days=days_ahead, names=columns)
        else:
            view = view_from(weather, grid, origins=origins, names=columns)
        levels = levels_of(grid, scale=scale)
        holidays = holidays_on(grid, country=country, subdivision=subdivision)
        return cls(
            grid=grid,
            levels=levels,
            holidays=holidays,
            recent=recent_of(grid),
            usual_days=usual_days_of(grid, levels, holidays),
            view=view,
            smooth=smooth_weather(view, grid) if view else None,
            yearly=yearly,
            knows_holidays=country is not None,
        )

    def design(self, pairs: Pairs) -> Design:
        """The features of each pair."""
        origin, target = pairs.origin, pairs.target
        base = base_of(self.grid, self.levels, self.holidays, origin=origin, target=target)
        columns = self._calendar(pairs, base)
        columns |= lag_features(
            self.grid, self.levels, self.recent, base, origin=origin, target=target
        )
        columns |= usual_day_features(
            self.grid,
            self.usual_days,
            self.recent.surprise_hours,
            level=base.level,
            days_ahead=base.days_ahead,
            origin=origin,
            target=target,
        )
        plain = len(columns)
        if self.view is not None and self.smooth is not None:
            columns |= weather_features(
                self.grid, self.view, self.smooth, base, origin=origin, target=target
            )
        matrix = np.empty((len(pairs), len(columns)), np.float32)
        for number, column in enumerate(columns.values()):
            matrix[:, number] = column
        return Design(pairs=pairs, base=base, matrix=matrix, names=tuple(columns), plain=plain)

    def _calendar(self, pairs: Pairs, base: Base) -> dict[str, FloatArray]:
        grid, target = self.grid, pairs.target
        holiday = self.holidays.today[target]
        columns = {
            "hour": grid.hour[target],
            "weekday": np.where(holiday, SUNDAY, grid.weekday[target]).astype(float),
            "lead": pairs.lead / grid.day,
            "base": base.shape,
        }
        if self.yearly:
            angle = 2 * np.pi * (grid.day_number[target] % 365.2425) / 365.2425
            columns |= {"year_sin": np.sin(angle), "year_cos": np.cos(angle)}
        if self.knows_holidays:
            columns["holiday"] = holiday.astype(float)
            columns["holiday_tomorrow"] = self.holidays.tomorrow[target].astype(float)
            columns["holiday_yesterday"] = self.holidays.yesterday[target].astype(float)
        return columns


def draw_pairs(grid: Grid, *, horizon: int, seed: int) -> Pairs:
    """Every known reading as a target, each from one drawn origin with a level at it.

    `horizon`: the longest lead, in places.
    """
    rng = np.random.default_rng(seed)
    target = np.flatnonzero(~np.isnan(grid.values)).astype(np.int64)
    first = LEVEL_DAYS * grid.day
    target = target[target > first]
    if len(target) > MOST_ROWS:
        target = np.sort(rng.choice(target, MOST_ROWS, replace=False))
    days = [min(days * grid.day, horizon) for days, _ in LEAD_SHARES]
    longest = rng.choice(days, len(target), p=[share for _, share in LEAD_SHARES])
    reach = np.minimum(target - first, longest).astype(np.int64)
    lead = 1 + np.floor(reach * rng.random(len(target))).astype(np.int64)
    return Pairs(origin=target - np.minimum(lead, reach), target=target)


def sampled(rows: BoolArray, *, most: int, rng: np.random.Generator) -> IntArray:
    """Places of the rows, a draw of them where there are more than `most`."""
    places = np.flatnonzero(rows).astype(np.int64)
    if len(places) <= most:
        return places
    return np.sort(rng.choice(places, most, replace=False))
