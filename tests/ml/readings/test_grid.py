"""Readings on their grid: resolutions, phases, duplicates and clock changes."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml import BadQuality, OutOfRange
from ml.readings import make_grid
from ml.readings.grid import find_resolution, take


def series_at(times: pd.DatetimeIndex) -> pd.Series:
    return pd.Series(np.arange(len(times), dtype=float), index=times)


@pytest.mark.parametrize("step", ["5min", "15min", "30min", "1h", "1D"])
def test_resolution_is_the_commonest_step(step: str) -> None:
    times = pd.date_range("2024-01-01", periods=50, freq=step, tz="UTC").delete([7, 8, 20])
    assert find_resolution(times) == pd.Timedelta(step)


@pytest.mark.parametrize("step", ["1min", "7min", "2D"])
def test_unsupported_resolutions_are_refused(step: str) -> None:
    times = pd.date_range("2024-01-01", periods=9, freq=step, tz="UTC")
    with pytest.raises(OutOfRange):
        find_resolution(times)


def test_one_reading_has_no_resolution() -> None:
    with pytest.raises(BadQuality):
        find_resolution(pd.DatetimeIndex(["2024-01-01"], tz="UTC"))


def test_order_gaps_duplicates_and_jitter_do_not_move_readings() -> None:
    times = pd.date_range("2024-01-01 00:07", periods=6, freq="1h", tz="UTC")
    readings = series_at(times).drop(times[3])
    late = pd.Series([9.0], index=[times[1]])
    jitter = pd.Series([5.0], index=[times[5] + pd.Timedelta(minutes=2)])
    mixed = pd.concat([readings.drop(times[5]), jitter, late]).iloc[[2, 0, 1, 3, 4, 5]]
    grid = make_grid(mixed, step=timedelta(hours=1), zone="UTC")
    assert grid.index.equals(times.as_unit("s"))
    np.testing.assert_array_equal(grid.values, [0, 9, 2, np.nan, 4, 5])


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        pytest.param("Europe/Rome", "2024-03-31", id="north-spring"),
        pytest.param("Europe/Rome", "2024-10-27", id="north-autumn"),
        pytest.param("Australia/Melbourne", "2024-10-06", id="south-spring"),
        pytest.param("Australia/Melbourne", "2024-04-07", id="south-autumn"),
    ],
)
def test_a_day_back_keeps_the_wall_clock_over_a_clock_change(zone: str, night: str) -> None:
    start = pd.Timestamp(night, tz=zone) - pd.Timedelta(days=10)
    times = pd.date_range(start, periods=20 * 24, freq="1h").tz_convert("UTC")
    grid = make_grid(series_at(times), step=timedelta(hours=1), zone=zone)
    local = grid.index.tz_convert(zone)
    noon = np.flatnonzero((local.hour == 12) & (local >= start + pd.Timedelta(days=8)))
    for days in (1, 7):
        back = grid.days_back(noon, days)
        assert (local[back].hour == 12).all()
        assert (grid.day_number[noon] - grid.day_number[back] == days).all()


def test_daily_readings_stay_on_local_midnights() -> None:
    midnights = pd.date_range("2024-03-25", "2024-04-05", freq="D", tz="Europe/Rome")
    grid = make_grid(
        series_at(midnights.tz_convert("UTC")), step=timedelta(days=1), zone="Europe/Rome"
    )
    assert grid.index.equals(midnights.tz_convert("UTC").as_unit("s"))
    assert not np.isnan(grid.values).any()


def test_take_knows_nothing_after_its_limit() -> None:
    values = np.arange(5.0)
    places = np.array([-1, 0, 3, 4, 9])
    found = take(values, places, np.full(5, 3))
    np.testing.assert_array_equal(found, [np.nan, 0, 3, np.nan, np.nan])


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        pytest.param("America/Santiago", "2024-09-08", id="south-america"),
        pytest.param("Africa/Cairo", "2024-04-26", id="africa"),
        pytest.param("Asia/Beirut", "2024-03-31", id="asia"),
    ],
)
def test_a_day_without_a_midnight_begins_at_one(zone: str, day: str) -> None:
    days = pd.date_range(end=day, periods=140, freq="D")
    midnights = days.tz_localize(zone, nonexistent="shift_forward").tz_convert("UTC")
    end = midnights[-1] + pd.Timedelta(days=3)
    grid = make_grid(series_at(midnights), step=timedelta(days=1), zone=zone, end=end)
    assert grid.index[: len(midnights)].equals(midnights.as_unit("s"))
    assert not np.isnan(grid.values[: len(midnights)]).any()
    assert (np.diff(grid.day_number) == 1).all()
    assert grid.hour.tolist() == [0.0] * 139 + [1.0] + [0.0] * 3
