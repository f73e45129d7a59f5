"""Readings by the hour and the day, over clock changes and gaps."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidRequest
from data.aggregation import aggregate, parse_every


def ones(start: str | pd.Timestamp, periods: int, step: str, zone: str) -> pd.Series:
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


@pytest.mark.parametrize(
    ("day", "zone", "every", "starts", "counts"),
    [
        pytest.param("2024-03-31", "Europe/Rome", 6, [0, 6, 12, 18], [5, 6, 6, 6], id="forward"),
        pytest.param("2024-10-27", "Europe/Rome", 6, [0, 6, 12, 18], [7, 6, 6, 6], id="back"),
        pytest.param("2024-10-27", "Europe/Rome", 12, [0, 12], [13, 12], id="half-days"),
        pytest.param("2024-09-08", "America/Santiago", 24, [1], [23], id="no-midnight"),
        pytest.param(
            "2024-09-08", "America/Santiago", 6, [1, 6, 12, 18], [5, 6, 6, 6], id="of-six"
        ),
        pytest.param("2024-04-26", "Africa/Cairo", 24, [1], [23], id="cairo"),
        pytest.param("2024-03-31", "Asia/Beirut", 24, [1], [23], id="beirut"),
    ],
)
def test_buckets_follow_the_clock_on_the_wall(
    day: str, zone: str, every: int, starts: list[int], counts: list[int]
) -> None:
    hours = ones(pd.Timestamp(day) - pd.Timedelta(days=1), 96, "1h", zone)
    found = aggregate(hours, timedelta(hours=every), unit="kWh", timezone=zone)
    local = pd.DatetimeIndex(found.index).tz_convert(zone)
    that_day = local.strftime("%Y-%m-%d") == day
    assert local[that_day].hour.tolist() == starts
    assert found["value"][that_day].tolist() == counts
    assert (found["coverage"][that_day] == 1.0).all()


def test_an_hour_that_comes_twice_is_two_hours() -> None:
    quarters = ones("2024-10-27", 100, "15min", "Europe/Rome")
    hours = aggregate(quarters, timedelta(hours=1), unit="kWh", timezone="Europe/Rome")
    assert len(hours) == 25
    assert (hours["value"] == 4.0).all()
    assert (hours["coverage"] == 1.0).all()


def test_missing_readings_show_where_they_are_finer_than_the_meter() -> None:
    hours = ones("2024-01-01", 48, "1h", "UTC")
    quarters = ones("2024-01-03", 96, "15min", "UTC")
    half = ones("2024-01-04", 48, "30min", "UTC")
    days = aggregate(
        pd.concat([hours, quarters, half]), timedelta(days=1), unit="kWh",
        resolution=timedelta(hours=1),
    )  # fmt: skip
    assert days["coverage"].tolist() == [1.0, 1.0, 1.0, 0.5]
    some = quarters.drop(quarters.index[30:60])
    day = aggregate(some, timedelta(days=1), unit="kWh", resolution=timedelta(hours=1))
    assert day["coverage"].tolist() == [66 / 96]
