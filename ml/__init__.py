"""Forecasts of electricity and water meters: pure functions over frames, usable with no service.

forecaster = train(readings, weather, meter=meter)
frame = forecaster.predict(history, start, end, weather)     # UTC index; p10, p50, p90
"""

from ml.ensemble import SimilarMeter
from ml.errors import (
    BadQuality,
    BeyondHorizon,
    ForecastingError,
    InsufficientHistory,
    ModelCorrupt,
    ModelMismatch,
    OutOfRange,
)
from ml.evaluation.backtest import BacktestResult, backtest
from ml.forecasting import Explanation, Forecast, Forecaster, WeatherStretch
from ml.learners import seasonal_naive
from ml.meter import Meter
from ml.options import TrainingOptions
from ml.readings import QualityReport, assess
from ml.readings.night_flow import NightFlow, minimum_night_flow
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
    "Meter",
    "ModelCorrupt",
    "ModelMismatch",
    "NightFlow",
    "OutOfRange",
    "QualityReport",
    "SimilarMeter",
    "TrainingOptions",
    "WeatherStretch",
    "assess",
    "backtest",
    "minimum_night_flow",
    "seasonal_naive",
    "train",
]
