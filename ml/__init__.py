"""Forecasts of electricity and water meters: pure functions over frames, usable with no service.

forecaster = train(readings, weather, meter=meter)
frame = forecaster.predict(history, start, end, weather)     # UTC index; p10, p50, p90
"""

from ml.backtest import BacktestResult, backtest
from ml.baselines import seasonal_naive
from ml.errors import (
    BadQuality,
    BeyondHorizon,
    ForecastingError,
    InsufficientHistory,
    ModelCorrupt,
    ModelMismatch,
    OutOfRange,
)
from ml.explain import Explanation
from ml.forecaster import Forecast, Forecaster, WeatherStretch
from ml.kin import Kin
from ml.meter import Meter
from ml.night_flow import NightFlow, minimum_night_flow
from ml.options import TrainingOptions
from ml.quality import QualityReport, assess
from ml.training import train

__all__ = [
    "BacktestResult",
    "BadQuality",
    "BeyondHorizon",
    "Explanation",
    "Forecast",
    "Forecaster",
    "ForecastingError",
    "InsufficientHistory",
    "Kin",
    "Meter",
    "ModelCorrupt",
    "ModelMismatch",
    "NightFlow",
    "OutOfRange",
    "QualityReport",
    "TrainingOptions",
    "WeatherStretch",
    "assess",
    "backtest",
    "minimum_night_flow",
    "seasonal_naive",
    "train",
]
