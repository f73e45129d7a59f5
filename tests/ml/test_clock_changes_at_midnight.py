"""Zones whose clocks go forward at midnight: a day of the year begins at one."""

import numpy as np
import pandas as pd
import pytest

from ml import backtest, train
from ml.evaluation.contest import contest
from tests.ml.series import TestMeter

ZONE = "America/Santiago"
CHANGE = pd.Timestamp("2024-09-08 04:00", tz="UTC")
METER = TestMeter(timezone=ZONE, country=None)


def hourly(end: str) -> pd.Series:
    index = pd.date_range("2024-06-01", end, freq="h", tz="UTC")
    local = index.tz_convert(ZONE)
    values = 5 + np.sin(local.hour / 24 * 2 * np.pi) + (local.day_of_week < 5)
    noise = np.random.default_rng(0).normal(0, 0.2, len(index))
    return pd.Series(np.asarray(values) + noise, index=index)


def daily(until: str) -> pd.Series:
    days = pd.date_range(end=until, periods=100, freq="D")
    index = days.tz_localize(ZONE, nonexistent="shift_forward").tz_convert("UTC")
    noise = np.random.default_rng(0).normal(0, 2, len(index))
    return pd.Series(100 + 10.0 * (days.day_of_week < 5) + noise, index=index)


@pytest.mark.parametrize(
    "until",
    [pytest.param("2024-09-05", id="ahead"), pytest.param("2024-09-20", id="behind")],
)
def test_a_daily_meter_is_forecast_over_that_day(until: str) -> None:
    readings = daily(until)
    start = readings.index[-1] + pd.Timedelta(days=1)
    frame = train(readings, meter=METER).predict(readings, start, start + pd.Timedelta(days=7))
    assert len(frame) >= 6
    assert frame["p50"].between(80, 130).all()


def test_a_backtest_may_begin_on_that_day() -> None:
    readings = hourly("2024-09-20")
    size = (readings.index[-1] - CHANGE) / (readings.index[-1] - readings.index[0])
    result = backtest(readings, meter=METER, test_size=size)
    assert pd.Timestamp(result.start) == CHANGE


def test_a_contest_may_begin_before_that_day_and_end_on_it() -> None:
    readings = hourly("2024-09-20")
    model = train(readings[:"2024-08-25"], meter=METER)
    for first, end in (("2024-08-28", "2024-09-15"), ("2024-09-08", "2024-09-16")):
        found = contest(
            {"only": model}, readings, meter=METER,
            start=pd.Timestamp(first, tz="UTC"), end=pd.Timestamp(end, tz="UTC"),
        )  # fmt: skip
        assert found.origins >= 7
