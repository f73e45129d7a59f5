"""Readings by the hour and the day, over clock changes and gaps."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidRequest
from data.aggregation import aggregate, parse_every


def ones(start: str, periods: int, step: str, zone: str) -> pd.Series:
    index = pd.date_range(start, periods=periods, freq=step, tz=zone).tz_convert("UTC")
    return pd.Series(np.ones(periods), index=index)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("15min", 15),
        ("30m", 30),
        ("1h", 60),
        ("6H", 360),
        ("1d", 1440),
        ("PT1H", 60),
        ("P1D", 1440),
    ],
)
def test_steps_are_read(text: str, minutes: int) -> None:
    assert parse_every(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "7h", "2d", "0h", "hour", "-1h", "1w", "9999d"])
def test_steps_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_every(text)


@pytest.mark.parametrize(
    ("unit", "expected"), [("kWh", 4.0), ("m3", 4.0), ("kW", 1.0), ("L/s", 1.0), ("apples", 4.0)]
)
def test_amounts_add_up_and_rates_average(unit: str, expected: float) -> None:
    quarters = ones("2024-01-01", 8, "15min", "UTC")
    hours = aggregate(quarters, timedelta(hours=1), unit=unit)
    assert hours["value"].tolist() == [expected] * 2
    assert hours["coverage"].tolist() == [1.0] * 2


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2024-03-31", "Europe/Rome", 23),
        ("2024-10-27", "Europe/Rome", 25),
        ("2024-10-06", "Australia/Melbourne", 23),
        ("2024-04-07", "Australia/Melbourne", 25),
        ("2024-07-01", "Asia/Kolkata", 24),
    ],
)
def test_a_day_is_a_day_of_the_calendar(day: str, zone: str, hours: int) -> None:
    index = pd.date_range(day, periods=2, freq="D", tz=zone)
    readings = ones(day, hours, "h", zone)
    days = aggregate(readings, timedelta(days=1), unit="kWh", timezone=zone)
    assert days.index.tolist() == [index[0]]
    assert days["value"].tolist() == [hours]
    assert days["coverage"].tolist() == [1.0]


def test_the_hour_that_comes_twice_is_two_buckets() -> None:
    quarters = ones("2024-10-27 01:00", 16, "15min", "Europe/Rome")
    hours = aggregate(quarters, timedelta(hours=1), unit="kWh", timezone="Europe/Rome")
    assert hours["value"].tolist() == [4.0] * 4


def test_hours_begin_on_the_local_hour() -> None:
    halves = ones("2024-07-01 00:00", 4, "30min", "Asia/Kolkata")
    hours = aggregate(halves, timedelta(hours=1), unit="kWh", timezone="Asia/Kolkata")
    assert [at.minute for at in hours.index] == [30, 30]
    assert hours["value"].tolist() == [2.0, 2.0]


def test_a_bucket_with_gaps_says_so() -> None:
    quarters = ones("2024-01-01", 8, "15min", "UTC").drop(
        pd.Timestamp("2024-01-01 00:30", tz="UTC")
    )
    hours = aggregate(quarters, timedelta(hours=1), unit="kWh")
    assert hours["coverage"].tolist() == [0.75, 1.0]


def test_finer_than_the_readings_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        aggregate(ones("2024-01-01", 8, "h", "UTC"), timedelta(minutes=15), unit="kWh")


def test_nothing_is_nothing() -> None:
    empty = ones("2024-01-01", 8, "h", "UTC").iloc[:0]
    assert aggregate(empty, timedelta(hours=1), unit="kWh").empty
