"""Minimum night flow: what it is, when it hints at a leak, and when it does not."""

import numpy as np
import pandas as pd
import pytest

from ml.readings.night_flow import minimum_night_flow
from tests.ml.series import TestMeter

ROME = "Europe/Rome"
METER = TestMeter("water", unit="m3", timezone=ROME)


def district(days: int, *, minutes: int = 60, night: float = 10.0, seed: int = 1) -> pd.Series:
    """A water district: `night` units at least, a day of people on top, some noise."""
    steps = days * 24 * 60 // minutes
    index = pd.date_range("2026-02-01", periods=steps, freq=f"{minutes}min", tz="UTC")
    hour = index.tz_convert(ROME).hour.to_numpy() + index.minute.to_numpy() / 60
    people = 40 * np.maximum(np.sin((hour - 5) / 24 * 2 * np.pi), 0)
    noise = np.random.default_rng(seed).normal(0, 0.5, steps)
    return pd.Series(night + people + noise, index=index, name="value")


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_the_night_is_found_at_any_resolution(minutes: int) -> None:
    flow = minimum_night_flow(district(80, minutes=minutes), meter=METER)

    assert flow is not None
    assert flow.recent == pytest.approx(10, abs=0.8)
    assert flow.before == pytest.approx(10, abs=0.8)
    assert flow.trend_per_30_nights == pytest.approx(0, abs=0.4)
    assert not flow.leak_hint


def test_a_leak_shows_as_a_step() -> None:
    readings = district(80)
    readings.iloc[-8 * 24 :] += 5

    flow = minimum_night_flow(readings, meter=METER)

    assert flow is not None
    assert flow.leak_hint
    assert flow.recent - (flow.before or 0) == pytest.approx(5, abs=0.8)
    assert "look for a leak" in flow.message


def test_a_slow_rise_is_a_trend() -> None:
    readings = district(80) + np.linspace(0, 8, 80 * 24)
    flow = minimum_night_flow(readings, meter=METER)
    assert flow is not None
    assert flow.trend_per_30_nights == pytest.approx(3.0, abs=0.4)


def test_more_use_by_day_is_no_leak() -> None:
    readings = district(80)
    last = readings.index[-8 * 24]
    by_day = (readings.index >= last) & (readings.index.hour > 7) & (readings.index.hour < 20)
    readings[by_day] *= 2
    flow = minimum_night_flow(readings, meter=METER)
    assert flow is not None
    assert not flow.leak_hint


def test_a_household_that_sleeps_has_none() -> None:
    readings = district(80, night=0.0).clip(lower=0.6) - 0.6
    flow = minimum_night_flow(readings, meter=METER)
    assert flow is not None
    assert flow.recent < 0.2
    assert not flow.leak_hint


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param(district(80)[:1], id="one-reading"),
        pytest.param(district(80).resample("D").sum(), id="daily"),
        pytest.param(district(80).between_time("10:00", "20:00"), id="days-only"),
    ],
)
def test_where_there_is_no_night_nothing_is_claimed(readings: pd.Series) -> None:
    assert minimum_night_flow(readings, meter=METER) is None


def test_a_few_nights_are_not_compared() -> None:
    flow = minimum_night_flow(district(10), meter=METER)
    assert flow is not None
    assert flow.before is None
    assert not flow.leak_hint


@pytest.mark.parametrize("zone", [ROME, "Australia/Melbourne", "America/New_York"])
def test_clock_changes_cost_no_night(zone: str) -> None:
    flow = minimum_night_flow(district(365, seed=3), meter=TestMeter(timezone=zone))
    assert flow is not None
    assert flow.nights >= 363


@pytest.mark.parametrize("unit", [pytest.param("m3", id="amount"), pytest.param("m3/h", id="rate")])
def test_a_meter_that_reads_more_often_has_the_same_night(unit: str) -> None:
    """Quarter hours of an amount were taken for hours of little use, and hid a leak."""
    meter = TestMeter("water", unit=unit, timezone=ROME, resolution=pd.Timedelta("1h"))
    hourly = district(80)
    hourly.iloc[-8 * 24 :] += 5
    exchanged = hourly.index[-10 * 24]
    late = hourly[hourly.index >= exchanged]
    quarters = pd.concat(
        [late.set_axis(late.index + pd.Timedelta(minutes=15 * part)) for part in range(4)]
    ).sort_index()
    mixed = pd.concat(
        [hourly[hourly.index < exchanged], quarters / 4 if unit == "m3" else quarters]
    )

    flow = minimum_night_flow(mixed, meter=meter)

    assert flow is not None
    assert flow.leak_hint
    assert flow == minimum_night_flow(hourly, meter=meter)
