"""Meters whose readings become finer, and those that only stamp twice or have a shaken clock."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data.units import SPELLINGS
from data.units import is_rate as is_rate_of_data
from ml import assess, train
from ml.readings import make_grid
from ml.readings.grid import find_resolution
from ml.readings.rates import is_rate
from tests.ml.series import TestMeter

HOUR = timedelta(hours=1)
METER = TestMeter(timezone="UTC", country=None, resolution=HOUR)


def constant(start: str, periods: int, step: str, value: float) -> pd.Series:
    index = pd.date_range(start, periods=periods, freq=step, tz="UTC")
    return pd.Series(np.full(periods, value), index=index)


def shaken(readings: pd.Series, *, seconds: int, seed: int) -> pd.Series:
    shake = np.random.default_rng(seed).integers(0, seconds, len(readings))
    return readings.set_axis(readings.index + pd.to_timedelta(shake, unit="s"))


@pytest.mark.parametrize("unit", sorted({*SPELLINGS.values(), *SPELLINGS}))
def test_a_unit_is_a_rate_here_where_it_is_one_in_the_store(unit: str) -> None:
    assert is_rate(unit) == is_rate_of_data(unit)


@pytest.mark.parametrize(
    ("step", "parts", "shake"),
    [
        pytest.param("30min", 2, 1, id="half-hours"),
        pytest.param("15min", 4, 1, id="quarter-hours"),
        pytest.param("15min", 4, 20, id="quarter-hours-of-a-shaken-clock"),
        pytest.param("5min", 12, 1, id="five-minutes"),
        pytest.param("1min", 60, 1, id="minutes"),
    ],
)
@pytest.mark.parametrize(("rate", "value"), [(False, 4.0), (True, 1.0)])
def test_finer_readings_count_together(
    step: str, parts: int, shake: int, rate: bool, value: float
) -> None:
    hours = constant("2024-01-01", 48, "1h", value)
    finer = constant("2024-01-03", 48 * parts, step, 1.0 if rate else value / parts)
    mixed = pd.concat([hours, shaken(finer, seconds=shake, seed=0)])
    grid = make_grid(mixed, step=HOUR, zone="UTC", rate=rate)
    assert len(grid) == 96
    np.testing.assert_allclose(grid.values, value)


def test_hours_make_the_days_of_the_wall_clock() -> None:
    zone = "Europe/Rome"
    days = pd.date_range("2024-03-01", "2024-03-28", freq="D", tz=zone).tz_convert("UTC")
    hours = pd.date_range("2024-03-29", "2024-04-03", freq="h", tz=zone, inclusive="left")
    mixed = pd.concat([pd.Series(24.0, days), pd.Series(1.0, hours.tz_convert("UTC"))])
    grid = make_grid(mixed, step=timedelta(days=1), zone=zone)
    assert grid.values[-5:].tolist() == [24, 24, 23, 24, 24]


def test_an_hour_without_some_of_its_quarters_is_missing() -> None:
    hours = constant("2024-01-01", 480, "1h", 4.0)
    quarters = constant("2024-01-21", 480, "15min", 1.0).drop(
        pd.date_range("2024-01-22 10:15", periods=7, freq="30min", tz="UTC")
    )
    mixed = pd.concat([hours, quarters])
    grid = make_grid(mixed, step=HOUR, zone="UTC")
    gap = (grid.index >= "2024-01-22 10:00") & (grid.index < "2024-01-22 14:00")
    assert np.isnan(grid.values[gap]).all()
    assert (grid.values[~gap] == 4.0).all()

    report = assess(mixed, meter=METER)
    found = {item.code: item for item in report.findings}
    assert found["finer"].count == 473
    assert found["finer_missing"].count == 4
    assert "off_grid" not in found
    assert report.completeness == pytest.approx(596 / 600)


def test_the_meter_may_become_coarse_again() -> None:
    mixed = pd.concat(
        [
            constant("2024-01-01", 24, "1h", 4.0),
            constant("2024-01-02", 96, "15min", 1.0),
            constant("2024-01-03", 24, "1h", 4.0),
        ]
    )
    assert (make_grid(mixed, step=HOUR, zone="UTC").values == 4.0).all()


@pytest.mark.parametrize("later", [3, 40, 600])
def test_a_reading_that_is_stamped_twice_counts_once(later: int) -> None:
    hours = constant("2024-01-01", 480, "1h", 4.0)
    again = hours.set_axis(hours.index + pd.Timedelta(seconds=later)).iloc[::3]
    grid = make_grid(pd.concat([hours, again]), step=HOUR, zone="UTC")
    assert len(grid) == 480
    assert (grid.values == 4.0).all()


def test_a_forecast_of_a_meter_that_became_finer_is_not_a_quarter() -> None:
    hours = constant("2024-01-01", 24 * 60, "1h", 4.0)
    quarters = constant("2024-03-01", 96 * 10, "15min", 1.0)
    noise = np.random.default_rng(0).normal(0, 0.05, len(hours) + len(quarters))
    readings = pd.concat([hours, quarters]) * (1 + noise)
    start = readings.index[-1] + pd.Timedelta(minutes=15)
    frame = train(readings, meter=METER).predict(readings, start, start + pd.Timedelta(days=1))
    assert frame["p50"].between(3.5, 4.5).all()


@pytest.mark.parametrize("step", ["15min", "1h"])
def test_a_shaken_clock_has_the_resolution_it_means(step: str) -> None:
    for seed in range(30):
        readings = shaken(constant("2025-01-01", 24 * 90, step, 1.0), seconds=20, seed=seed)
        assert find_resolution(pd.DatetimeIndex(readings.index)) == pd.Timedelta(step)


def test_a_resolution_that_was_stored_a_second_short_is_the_hour() -> None:
    meter = TestMeter(timezone="UTC", resolution=timedelta(minutes=59, seconds=59))
    report = assess(constant("2024-01-01", 480, "1h", 4.0), meter=meter)
    assert report.resolution_seconds == 3600
