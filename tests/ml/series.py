"""Series for the tests: synthetic ones always, the real ones where their folder is."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TestMeter:
    __test__ = False

    meter_type: str = "electricity"
    meter_id: str = "m1"
    unit: str = "kWh"
    timezone: str = "Europe/Rome"
    country: str | None = "IT"
    subdivision: str | None = None
    resolution: timedelta | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Series:
    """Readings, weather and the meter they belong to."""

    meter: TestMeter
    readings: pd.Series
    weather: pd.DataFrame | None


def synthetic(
    *,
    days: int = 120,
    zone: str = "Europe/Rome",
    country: str | None = "IT",
    step: str = "1h",
    start: str = "2024-01-01",
    noise: float = 0.05,
    seed: int = 0,
) -> Series:
    """A load with a day's and a week's shape by the wall clock, and a pull by temperature."""
    rng = np.random.default_rng(seed)
    local = pd.date_range(start, periods=days + 1, freq="D", tz=zone)
    index = pd.date_range(local[0], local[-1], freq=step, inclusive="left").tz_convert("UTC")
    wall = index.tz_convert(zone)
    hour = (wall.hour + wall.minute / 60).to_numpy()
    weekend = wall.day_of_week.to_numpy() >= 5
    day = np.arange(len(index)) / (pd.Timedelta("1D") / pd.Timedelta(step))
    temperature = (
        10
        - 8 * np.cos(2 * np.pi * day / 365)
        + 4 * np.sin(2 * np.pi * (hour - 9) / 24)
        + np.repeat(rng.normal(0, 3, days + 2), -(-len(index) // (days + 1)))[: len(index)]
    )
    shape = 3 + np.exp(-((hour - 8) ** 2) / 4) + 2 * np.exp(-((hour - 19) ** 2) / 6)
    load = shape * np.where(weekend, 0.7, 1.0) + 0.08 * np.maximum(18 - temperature, 0)
    load = load * (1 + noise * rng.standard_normal(len(index)))
    return Series(
        meter=TestMeter(timezone=zone, country=country),
        readings=pd.Series(load, index=index, name="value"),
        weather=pd.DataFrame({"temperature": temperature}, index=index),
    )


def datasets_folder() -> Path:
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("ENERGY_DATASETS", root / "../shared/datasets"))


def real(kind: str, name: str, *, zone: str, country: str, days: int) -> Series | None:
    """The latest days of a real series, or None on a machine that has no copy."""
    path = datasets_folder() / kind / f"{name}.csv"
    if not path.exists():
        return None
    frame = pd.read_csv(path)
    frame.index = pd.DatetimeIndex(pd.to_datetime(frame.pop("timestamp"), utc=True))
    frame = frame[frame.index > frame.index[-1] - pd.Timedelta(days=days)]
    meter = TestMeter(meter_type=kind, meter_id=name, timezone=zone, country=country)
    weather = frame[["temperature"]] if "temperature" in frame else None
    return Series(meter=meter, readings=frame["value"], weather=weather)
