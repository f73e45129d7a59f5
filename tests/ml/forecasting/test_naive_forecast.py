"""What answers without a model: the naive with its own bands, and the shapes of similar meters."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml import InsufficientHistory
from ml.forecasting.naive_forecast import naive_forecast
from ml.forecasting.profiles import Shape, profile_forecast, shape_of
from tests.ml.series import synthetic

SERIES = synthetic(days=120, noise=0.1)
READINGS, METER = SERIES.readings, SERIES.meter
CUT = READINGS.index[-7 * 24]
WEEK = (CUT, CUT + timedelta(days=7))


def test_the_naive_is_the_week_before() -> None:
    made = naive_forecast(READINGS, *WEEK, meter=METER)
    assert made.source == "baseline"
    assert made.origin == CUT
    before = READINGS[(READINGS.index >= CUT - timedelta(days=7)) & (READINGS.index < CUT)]
    np.testing.assert_allclose(made.frame["p50"], before)
    assert list(made.frame.columns) == ["p10", "p50", "p90"]
    assert (made.frame["p10"] <= made.frame["p50"]).all()
    assert (made.frame["p50"] <= made.frame["p90"]).all()


def test_its_bands_hold_what_they_should() -> None:
    """Over many weeks four of five readings lie inside."""
    inside = []
    for weeks in range(1, 9):
        start = READINGS.index[-1] - timedelta(weeks=weeks)
        made = naive_forecast(READINGS, start, start + timedelta(days=7), meter=METER).frame
        actual = READINGS.reindex(made.index)
        inside.append(((actual >= made["p10"]) & (actual <= made["p90"])).mean())
    assert 0.7 <= np.mean(inside) <= 0.9


def test_readings_from_the_start_on_are_not_used() -> None:
    known = naive_forecast(READINGS[READINGS.index < CUT], *WEEK, meter=METER).frame
    pd.testing.assert_frame_equal(naive_forecast(READINGS, *WEEK, meter=METER).frame, known)


def test_with_less_than_a_week_it_is_the_day_before() -> None:
    young = READINGS[(READINGS.index >= CUT - timedelta(days=3)) & (READINGS.index < CUT)]
    made = naive_forecast(young, CUT, CUT + timedelta(days=2), meter=METER).frame
    np.testing.assert_allclose(made["p50"].iloc[:24], young.iloc[-24:])
    np.testing.assert_allclose(made["p50"].iloc[24:], young.iloc[-24:])
    assert np.isfinite(made.to_numpy()).all()


@pytest.mark.parametrize("hours", [0, 1, 22])
def test_below_a_day_it_is_refused_with_the_numbers(hours: int) -> None:
    newborn = READINGS[(READINGS.index >= CUT - timedelta(hours=hours)) & (READINGS.index < CUT)]
    for forecast in (naive_forecast, profile_forecast):
        more = {"shapes": [shape()]} if forecast is profile_forecast else {}
        with pytest.raises(InsufficientHistory) as refused:
            forecast(newborn, *WEEK, meter=METER, **more)
        assert refused.value.detail["need_hours"] == 24


def test_other_levels_and_no_negative_use() -> None:
    made = naive_forecast(
        READINGS - READINGS.min(), *WEEK, meter=METER, quantiles=(0.05, 0.1, 0.5, 0.9, 0.95)
    )
    assert list(made.frame.columns) == ["p05", "p10", "p50", "p90", "p95"]
    assert (made.frame >= 0).all().all()


def shape(readings: pd.Series = READINGS) -> Shape:
    made = shape_of(readings[readings.index < CUT], meter=METER)
    assert made is not None
    return made


@pytest.mark.parametrize("days", [1, 3, 10])
def test_a_profile_has_the_meters_own_level(days: int) -> None:
    """Ten times as large a meter with the same habits, known for some days."""
    own = 10 * READINGS[(READINGS.index >= CUT - timedelta(days=days)) & (READINGS.index < CUT)]
    made = profile_forecast(own, *WEEK, meter=METER, shapes=[shape()])
    actual = 10 * READINGS.reindex(made.frame.index)
    assert made.source == "profile"
    assert abs(made.frame["p50"] - actual).mean() < 0.15 * actual.mean()
    inside = (actual >= made.frame["p10"]) & (actual <= made.frame["p90"])
    assert inside.mean() > 0.6


def test_a_profile_knows_the_weekend_that_the_meter_has_not_seen() -> None:
    weekly = READINGS * np.where(
        READINGS.index.tz_convert("Europe/Rome").day_of_week >= 5, 0.3, 1.0
    )
    friday = next(t for t in weekly.index[::-1] if t.tz_convert("Europe/Rome").weekday() == 5)
    friday = friday.tz_convert("Europe/Rome").normalize().tz_convert("UTC")
    own = weekly[(weekly.index >= friday - timedelta(days=2)) & (weekly.index < friday)]
    made = profile_forecast(
        own, friday, friday + timedelta(days=2), meter=METER,
        shapes=[shape(weekly[weekly.index < friday])],
    ).frame  # fmt: skip
    actual = weekly.reindex(made.index).dropna()
    assert abs(made["p50"].reindex(actual.index) - actual).mean() < 0.5 * actual.mean()
    assert made["p50"].mean() < 0.6 * own.mean()


def test_the_nearest_shapes_are_chosen() -> None:
    night = Shape(np.tile(np.where(np.arange(24) < 6, 3.0, 0.33), 7), np.zeros(19))
    own = READINGS[(READINGS.index >= CUT - timedelta(days=4)) & (READINGS.index < CUT)]
    alike = profile_forecast(own, *WEEK, meter=METER, shapes=[shape()]).frame
    among = profile_forecast(own, *WEEK, meter=METER, shapes=[*[night] * 9, *[shape()] * 5]).frame
    pd.testing.assert_frame_equal(among, alike)


def test_a_shape_survives_its_document() -> None:
    again = Shape.from_dict(shape().to_dict())
    np.testing.assert_allclose(again.values, shape().values, atol=1e-4)


@pytest.mark.parametrize(
    ("unit", "share"), [pytest.param("kWh", 4, id="amount"), pytest.param("kW", 1, id="rate")]
)
def test_a_meter_that_reads_more_often_keeps_its_shape(unit: str, share: int) -> None:
    """The weeks of quarter hours had a quarter of the level, and weighed four times as much."""
    meter = replace(METER, unit=unit, resolution=timedelta(hours=1))
    late = READINGS.index >= CUT - timedelta(days=10)
    quarters = [
        READINGS[late].set_axis(READINGS.index[late] + timedelta(minutes=15 * part)) / share
        for part in range(4)
    ]
    mixed = pd.concat([READINGS[~late], *quarters]).sort_index()

    made, usual = shape_of(mixed, meter=meter), shape_of(READINGS, meter=meter)

    assert made is not None
    assert usual is not None
    # The latest eight weeks end, and so begin, three quarters of an hour later.
    np.testing.assert_allclose(made.values, usual.values, rtol=0.02)
    np.testing.assert_allclose(made.errors, usual.errors, atol=0.01)


def test_a_meter_of_minutes_lends_no_shape() -> None:
    """No model can be made for its step, and it must not keep the others from lending theirs."""
    minutes = pd.Series(1.0, pd.date_range("2026-01-01", periods=30_000, freq="min", tz="UTC"))
    assert shape_of(minutes, meter=METER) is None


def test_the_naive_of_a_meter_with_hardly_a_reading_is_finite() -> None:
    """Some hours of a month, then two months of silence: no moment of the week was ever seen."""
    index = pd.date_range("2026-01-01", periods=31, freq="D", tz="UTC")
    rare = pd.Series(np.arange(31.0), index=index)
    start = index[-1] + timedelta(days=60, hours=5)
    made = naive_forecast(
        rare, start, start + timedelta(hours=6),
        meter=replace(METER, resolution=timedelta(hours=1)),
    ).frame  # fmt: skip
    assert np.isfinite(made.to_numpy()).all()
    assert (made["p50"] == rare.mean()).all()


def test_too_few_readings_make_no_shape() -> None:
    assert shape_of(READINGS.iloc[:200], meter=METER) is None
    assert shape_of(READINGS * 0, meter=METER) is None
