"""A trained model asked, the `Forecaster`; forecasts without one: `naive_forecast`, `profiles`."""

from ml.forecasting.explain import Explanation
from ml.forecasting.forecaster import Forecast, Forecaster, WeatherStretch

__all__ = ["Explanation", "Forecast", "Forecaster", "WeatherStretch"]
