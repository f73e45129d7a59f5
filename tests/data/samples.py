"""Meters, readings and small helpers that the tests of this folder share."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from data import Meter, Store
from data.importers.importing import read_readings
from data.importers.options import ImportOptions
from data.importers.summary import ImportSummary
from data.influx import InfluxConnection, InfluxStore

HOME = Meter(
    "electricity",
    "home_1",
    timezone="Europe/Rome",
    country="IT",
    latitude=45.07,
    longitude=7.69,
    resolution=timedelta(hours=1),
    name='Casa "Rossa", 1° piano',
)
TOWN = Meter("water", "dma.e:1", unit="m3")
MARCH = datetime(2024, 3, 30, tzinfo=UTC)


def hours(start: datetime, count: int, step: str = "h") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, freq=step, name="time")


def series(start: datetime = MARCH, count: int = 48, step: str = "h") -> pd.Series:
    values = np.sqrt(np.arange(count, dtype="float64")) / 3
    return pd.Series(values, index=hours(start, count, step), name="value")


def same(found: pd.Series, wanted: pd.Series) -> None:
    pd.testing.assert_series_equal(found, wanted, check_freq=False)


def weather_of(start: datetime, count: int, temperature: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"temperature": temperature + np.arange(count), "humidity": [60.0] * count},
        index=hours(start, count),
    )


def points_of(start: datetime, count: int = 3, shift: float = 0.0) -> pd.DataFrame:
    middle = np.arange(count) + shift
    return pd.DataFrame(
        {"p10": middle - 1.5, "p50": middle, "p90": middle + 1.5}, index=hours(start, count)
    )


def write_issue(store: Store, meter: Meter, issued: datetime, shift: float = 0.0) -> None:
    """One forecast of a meter, which the catalogue has then."""
    store.put_meter(meter)
    store.write_forecast(
        meter,
        points_of(MARCH + timedelta(days=2), shift=shift),
        issued_at=issued,
        origin=MARCH,
        model_version="v1",
        source="model",
    )


def source(text: str | bytes) -> io.BytesIO:
    return io.BytesIO(text if isinstance(text, bytes) else text.encode())


def quarters(values: list[float], name: str = "value") -> str:
    times = pd.date_range("2024-01-01", periods=len(values), freq="15min", tz="UTC")
    rows = [f"{at.isoformat()},{value!r}" for at, value in zip(times, values, strict=True)]
    return "\n".join([f"time,{name}", *rows])


def read_text(text: str, **options: object) -> tuple[pd.Series, pd.DataFrame, ImportSummary]:
    """The one series of a delimited text, its weather and what was said of it."""
    summary = ImportSummary()
    now = options.pop("now", datetime(2100, 1, 1, tzinfo=UTC))
    meter = Meter("electricity", "some", timezone=str(options.pop("timezone", "UTC")))
    [found] = read_readings(
        source(text), meter, ImportOptions.of(options), form="csv", summary=summary, now=now
    )
    return found.series.readings, found.series.weather, summary


def read_bytes(body: Path | bytes) -> list[float]:
    """The values of the one series of a file, whatever it is packed in."""
    file = body if isinstance(body, Path) else io.BytesIO(body)
    [found] = read_readings(file, Meter("electricity", "some"))
    return list(found.series.readings)


def store_at(url: str, **options: object) -> InfluxStore:
    return InfluxStore(InfluxConnection(url, database="energy_data", timeout=5, **options))
