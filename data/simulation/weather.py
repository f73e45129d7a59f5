"""Plausible weather of a mid-latitude town, the same at each instant whatever range is asked."""

import numpy as np
import pandas as pd

from data.frames import Floats

ANCHOR = pd.Timestamp("2010-01-01", tz="UTC")
"""All noise is drawn from here on, so that a longer simulation continues a shorter one."""

LATITUDE = 45.07
LONGITUDE = 7.69

_YEAR_DAYS = 365.2425
_DAY_HOURS = 24.0
_SUMMER_SOLSTICE = 172.0
# The ground stores heat: the warmest day is a month after the longest one.
_WARMEST_DAY = 202.0


def hourly_index(end: pd.Timestamp) -> pd.DatetimeIndex:
    """Hours from the anchor to before `end`."""
    return pd.date_range(ANCHOR, end, freq="h", inclusive="left", name="time")


def generator(seed: int, name: str) -> np.random.Generator:
    """A stream of its own for each quantity: what one draws does not shift another."""
    return np.random.default_rng([seed, *name.encode()])


def noise(seed: int, name: str, size: int, *, memory_hours: float) -> Floats:
    """First-order autoregressive noise of unit variance that forgets in `memory_hours`."""
    kept = float(np.exp(-1.0 / memory_hours))
    shocks = generator(seed, name).normal(size=size) * np.sqrt((1 + kept) / (1 - kept))
    # Exponential smoothing is the same recursion as AR(1), and runs in C.
    smooth = pd.Series(shocks).ewm(alpha=1 - kept, adjust=False).mean()
    return smooth.to_numpy()


def simulate_weather(index: pd.DatetimeIndex, seed: int) -> pd.DataFrame:
    """Temperature (degC), humidity (%), precipitation (mm), wind (m/s), sun (W/m2) by hour.

    `index` starts at the anchor. Warm and cold spells last days, clouds a day, and rain falls
    where it is cloudy; the sun's height follows from latitude, day and hour.
    """
    size = len(index)
    day = index.day_of_year.to_numpy(dtype="float64")
    hour = index.hour.to_numpy(dtype="float64") + LONGITUDE / 15.0
    sun = _sun_height(day, hour)
    clouds = 1 / (1 + np.exp(-1.2 * noise(seed, "clouds", size, memory_hours=18)))
    season = np.cos(2 * np.pi * (day - _WARMEST_DAY) / _YEAR_DAYS)
    # Clear days have the larger difference between noon and night, summer more than winter.
    swing = (2.0 + (2.6 + 1.2 * season) * (1.3 - clouds)) * np.cos(
        2 * np.pi * (hour - 15.5) / _DAY_HOURS
    )
    temperature = (
        13.0
        + 10.5 * season
        + swing
        + 2.8 * noise(seed, "spells", size, memory_hours=80)
        + 0.4 * noise(seed, "gusts", size, memory_hours=2)
    )
    rain = np.clip(clouds - 0.72, 0, None) * generator(seed, "rain").gamma(1.2, 5.0, size)
    wind = np.exp(0.7 + 0.45 * noise(seed, "wind", size, memory_hours=10))
    humidity = 82 - 1.1 * (temperature - 8) - 9 * sun + 22 * (clouds - 0.5) + 12 * (rain > 0)
    return pd.DataFrame(
        {
            "temperature": temperature.round(1),
            "humidity": np.clip(humidity, 15, 100).round(0),
            "precipitation": rain.round(1),
            "wind_speed": wind.round(1),
            "solar_radiation": (980 * sun * (1 - 0.72 * clouds**2)).round(0),
        },
        index=index,
    )


def _sun_height(day: Floats, solar_hour: Floats) -> Floats:
    """Sine of the sun's elevation, 0 at night."""
    tilt = np.radians(23.44) * np.cos(2 * np.pi * (day - _SUMMER_SOLSTICE) / _YEAR_DAYS)
    latitude = np.radians(LATITUDE)
    angle = 2 * np.pi * (solar_hour - 12.0) / _DAY_HOURS
    height = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(angle)
    return np.clip(height, 0, None)


def simulate_weather_forecast(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What a forecast issued at the first hour of `truth` would have said of it.

    Its error in temperature grows with the lead time as that of real ones does, from half a
    degree on the first day to about four after ten; hours near each other err alike. The other
    variables are given as they will be, which flatters a little.
    """
    lead_days = np.arange(len(truth)) / _DAY_HOURS
    size = 0.5 + np.minimum(0.35 * lead_days, 3.5)
    error = size * noise(seed, "forecast error", len(truth), memory_hours=36)
    return truth.assign(temperature=(truth["temperature"] + error).round(1))
