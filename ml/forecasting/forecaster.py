"""A trained model of one meter: forecast, explain, save, load."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from ml.ensemble import Ensemble
from ml.ensemble.weather_trust import LEAD_DAYS, share_of
from ml.features import Design
from ml.forecasting import storage
from ml.forecasting.explain import Explanation, contributions, importance
from ml.forecasting.recalibration import hindcast_pairs, widened, widening
from ml.forecasting.situation import Situation, situation_of
from ml.meter import Meter
from ml.quantiles import quantile_column
from ml.readings import BoolArray, FloatArray

Source = Literal["model", "baseline", "profile"]


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

    def __init__(
        self, meta: Mapping[str, Any], *, plain: Ensemble, weather: Ensemble | None
    ) -> None:
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
        situation = situation_of(self.meta, history, start, end, weather)
        since = int(situation.grid.index.searchsorted(pd.Timestamp(self.meta["train_end"])))
        looked_back = hindcast_pairs(situation.grid, last=situation.last, since=since)
        design = situation.surroundings.design(situation.pairs.joined(looked_back))
        share = self._weather_share(situation, design)
        asked = np.arange(len(design.pairs)) < len(situation.pairs)
        levels: dict[float, FloatArray] = {}
        for ensemble, part in ((self._plain, 1 - share), (self._weather, share)):
            served = part > 0
            if ensemble is not None and (served & asked).any():
                found = _recalibrated(ensemble, design, situation, asked, served)
                for level, values in found.items():
                    total = levels.setdefault(level, np.zeros(len(asked)))
                    total[served] += part[served] * values
        least = 0.0 if self.meta["never_negative"] else -np.inf
        columns = {
            quantile_column(level): np.maximum(values[asked], least)
            for level, values in levels.items()
        }
        frame = pd.DataFrame(columns, index=situation.index)
        stretches = _stretches(situation.index, share[asked] > 0, pd.Timestamp(end))
        return Forecast(frame, situation.origin, self.source, stretches)

    def explain(
        self,
        history: pd.Series,
        start: datetime,
        end: datetime,
        weather: pd.DataFrame | None = None,
    ) -> Explanation:
        """What each topic adds to the median of each step; arguments as in `forecast`."""
        situation = situation_of(self.meta, history, start, end, weather)
        design = situation.surroundings.design(situation.pairs)
        share = self._weather_share(situation, design)
        frame = pd.DataFrame(index=situation.index)
        for ensemble, part in ((self._plain, 1 - share), (self._weather, share)):
            rows = part > 0
            if ensemble is not None and rows.any():
                found = contributions(ensemble, design.where(rows), situation.grid)
                own = pd.DataFrame(found, index=situation.index[rows]).mul(part[rows], axis=0)
                frame = frame.add(own, fill_value=0.0)
        frame = frame.fillna(0.0)
        main = self._plain if self._weather is None else self._weather
        return Explanation(frame, importance(main, tuple(self.meta["features"])))

    def save(self, folder: str | Path) -> None:
        """Write the model into an existing empty folder, `meta.json` last."""
        storage.save(Path(folder), self.meta, plain=self._plain, weather=self._weather)

    @classmethod
    def load(cls, folder: str | Path, meter: Meter | None = None, *, nthread: int = 1) -> Self:
        """Read a saved model; raises ModelCorrupt, or ModelMismatch where `meter` is another."""
        meta, plain, weather = storage.load(Path(folder), meter=meter, nthread=nthread)
        return cls(meta, plain=plain, weather=weather)

    def _weather_share(self, situation: Situation, design: Design) -> FloatArray:
        """The share of the ensemble with weather in each pair's forecast."""
        if self._weather is None:
            return np.zeros(len(design.pairs))
        known, usual = situation.weather_at(design)
        # A model that says nothing of trust follows the weather wherever it is known.
        trust = np.array(self.meta.get("weather_trust", np.ones(len(LEAD_DAYS) + 1)))
        lead = design.pairs.lead
        return share_of(trust, lead, day=situation.grid.day, known=known, usual=usual)


def _recalibrated(
    ensemble: Ensemble, design: Design, situation: Situation, asked: BoolArray, served: BoolArray
) -> dict[float, FloatArray]:
    """The quantiles of the pairs that the ensemble serves, its bands set by the hindcasts."""
    grid = situation.grid
    quantiles = ensemble.quantiles(design.where(served), grid)
    back = ~asked[served]
    actual = grid.values[design.pairs.target[served][back]]
    factor = widening(
        actual, {level: values[back] for level, values in quantiles.items()}, day=grid.day
    )
    return widened(quantiles, factor)


def _stretches(
    index: pd.DatetimeIndex, used: BoolArray, end: pd.Timestamp
) -> tuple[WeatherStretch, ...]:
    """Neighbouring intervals of the same kind joined."""
    edges = np.flatnonzero(np.diff(used.astype(int))) + 1
    starts = [0, *edges.tolist()]
    ends = [index[place] for place in edges.tolist()] + [end.tz_convert("UTC")]
    return tuple(
        WeatherStretch(index[place], stop, bool(used[place]))
        for place, stop in zip(starts, ends, strict=True)
    )
