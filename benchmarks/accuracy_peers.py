"""What `accuracy.py` measures: our forecaster, two floors, and the peers that are installed."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pandas as pd

from benchmarks.forecaster_adapter import Forecaster

WEEK = pd.Timedelta(days=7)


class Peer(Protocol):
    """What is measured; `meta` has freq_minutes, timezone, country, subdivision, weather."""

    def fit(self, history: pd.DataFrame) -> Any: ...
    def predict(self, history: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame: ...


class WeeklyNaive:
    """The same moment of the latest known week, with a band of its errors."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.meta = meta
        self.errors: dict[float, float] = {}

    def fit(self, history: pd.DataFrame) -> None:
        """Nothing to learn but how large the errors are."""
        value = history["value"]
        before = value.reindex(pd.DatetimeIndex(value.index) - WEEK).to_numpy()
        self.errors = (value - before).quantile([0.1, 0.9]).to_dict()

    def predict(self, history: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
        """Column `forecast`, and its bands once fitted."""
        found = pd.Series(np.nan, index=future.index)
        times = pd.DatetimeIndex(future.index)
        for weeks in range(1, 9):
            found = found.fillna(
                pd.Series(
                    history["value"].reindex(times - weeks * WEEK).to_numpy(),
                    index=future.index,
                )
            )
        frame = found.fillna(history["value"].tail(2000).mean()).to_frame("forecast")
        bands = {f"q{100 * level:.0f}": error for level, error in self.errors.items()}
        return frame.assign(
            q50=frame["forecast"], **{n: frame["forecast"] + e for n, e in bands.items()}
        )


class CalendarXGBoost:
    """XGBoost with its defaults on calendar and weather: what is often put into a service."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.meta = meta

    def _features(self, frame: pd.DataFrame) -> np.ndarray:
        local = pd.DatetimeIndex(frame.index).tz_convert(self.meta["timezone"])
        calendar = np.column_stack([local.hour + local.minute / 60, local.day_of_week, local.month])
        return np.hstack([calendar, frame[self.meta["weather"]].to_numpy()])

    def fit(self, history: pd.DataFrame) -> None:
        """One booster on all known readings."""
        import xgboost

        known = history.dropna(subset=["value"])
        data = xgboost.DMatrix(self._features(known), known["value"], nthread=1)
        self.model = xgboost.train({"nthread": 1}, data, 100)

    def predict(self, history: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
        """Column `forecast`."""
        values = self.model.inplace_predict(self._features(future))
        return pd.DataFrame({"forecast": values}, index=future.index)


class Mlforecast:
    """mlforecast with LightGBM: recursive, with lags, rolling means and the calendar."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.meta = meta
        self.day = 1440 // meta["freq_minutes"]

    def _long(self, history: pd.DataFrame) -> pd.DataFrame:
        filled = history["value"].interpolate(limit_direction="both").to_numpy()
        times = pd.DatetimeIndex(history.index).tz_localize(None)
        weather = {name: history[name].to_numpy() for name in self.meta["weather"]}
        return pd.DataFrame({"unique_id": "m", "ds": times, "y": filled, **weather})

    def fit(self, history: pd.DataFrame) -> None:
        """The library's own recipe for one series."""
        from lightgbm import LGBMRegressor
        from mlforecast import MLForecast
        from mlforecast.lag_transforms import RollingMean

        model = LGBMRegressor(n_estimators=200, learning_rate=0.05, n_jobs=1, verbosity=-1)
        self.model = MLForecast(
            models={"forecast": model},
            freq=f"{self.meta['freq_minutes']}min",
            lags=[1, 2, 3, self.day, 2 * self.day, 7 * self.day, 14 * self.day],
            lag_transforms={1: [RollingMean(self.day), RollingMean(7 * self.day)]},
            date_features=["hour", "dayofweek", "month"],
        )
        self.model.fit(self._long(history), static_features=[])

    def predict(self, history: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
        """Column `forecast`."""
        times = pd.DatetimeIndex(future.index).tz_localize(None)
        ahead = pd.DataFrame(
            {
                "unique_id": "m",
                "ds": times,
                **{n: future[n].to_numpy() for n in self.meta["weather"]},
            }
        )
        found = self.model.predict(
            len(future), new_df=self._long(history), X_df=ahead if self.meta["weather"] else None
        )
        return pd.DataFrame({"forecast": found["forecast"].to_numpy()}, index=future.index)


PEERS: dict[str, tuple[Callable[[dict[str, Any]], Peer], tuple[str, ...]]] = {
    "energy": (Forecaster, ()),
    "weekly_naive": (WeeklyNaive, ()),
    "calendar_xgboost": (CalendarXGBoost, ()),
    "mlforecast_lightgbm": (Mlforecast, ("mlforecast", "lightgbm")),
}
