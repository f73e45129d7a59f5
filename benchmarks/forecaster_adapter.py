"""`ml` as a forecaster of the accuracy driver: `fit(history)`, then `predict(history, future)`.

History and future are frames with a UTC index; `value` and weather columns in the history, the
weather of the horizon in the future.
"""

import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

# The driver loads this file by its path, from any folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml import Forecaster as Model
from ml import TrainingOptions, train
from ml.quantiles import quantile_column


@dataclass(frozen=True)
class SeriesMeter:
    """A benchmark series as a meter."""

    meter_type: str
    meter_id: str
    timezone: str
    country: str | None
    subdivision: str | None
    resolution: timedelta | None
    unit: str = "unit"
    latitude: float | None = None
    longitude: float | None = None


class Forecaster:
    """Train once, forecast with newer histories; nothing but what `ml` offers to everyone."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.weather = list(meta["weather"])
        self.meter = SeriesMeter(
            meter_type=meta["kind"],
            meter_id=meta["name"],
            timezone=meta["timezone"],
            country=meta["country"],
            subdivision=meta["subdivision"],
            resolution=timedelta(minutes=meta["freq_minutes"]),
        )
        self.levels = sorted({*meta.get("levels", ()), 0.1, 0.5, 0.9})
        self.model: Model | None = None

    def fit(self, history: pd.DataFrame) -> "Forecaster":
        """Train on the readings and the weather columns of the history."""
        weather = history[self.weather] if self.weather else None
        # The lead counts from the last reading that quality leaves: four weeks may be five of days.
        ahead = timedelta(days=45 if self.meter.resolution == timedelta(days=1) else 31)
        options = TrainingOptions(quantiles=tuple(self.levels), max_horizon=ahead)
        self.model = train(history["value"], weather, meter=self.meter, options=options)
        return self

    def predict(self, history: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
        """Columns `forecast`, and `q10` … `q90` of the levels asked, for the future's index."""
        if self.model is None:
            raise RuntimeError("fit first")
        weather = None
        if self.weather:
            weather = pd.concat([history[self.weather], future[self.weather]])
        step = future.index[1] - future.index[0]
        frame = self.model.predict(
            history["value"], future.index[0], future.index[-1] + step, weather
        )
        named = frame.rename(
            columns={quantile_column(level): _name(level) for level in self.levels}
        )
        return named.assign(forecast=named["q50"])


def _name(level: float) -> str:
    """As the drivers call a level: q10, and q2.5 between whole percents."""
    return f"q{100 * level:g}"
