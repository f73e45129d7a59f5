"""Nothing of the future enters a feature: neither readings nor weather that was not yet known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import Forecaster, train
from ml.features import Pairs, Surroundings, draw_pairs
from ml.readings import make_grid
from tests.ml.series import Series, synthetic

DAYS = 60
ZONES = ["Europe/Rome", "Australia/Melbourne"]


def surroundings(series: Series, readings: pd.Series, weather: pd.DataFrame | None) -> Surroundings:
    step = readings.index[1] - readings.index[0]
    return Surroundings.of(
        make_grid(readings, step=step.to_pytimedelta(), zone=series.meter.timezone),
        weather,
        scale=4.0,
        country=series.meter.country,
        subdivision=None,
        yearly=True,
        days_ahead=11,
        columns=("temperature",) if weather is not None else (),
    )


@settings(deadline=None, max_examples=30)
@given(
    zone=st.sampled_from(ZONES),
    origin=st.integers(30 * 24, (DAYS - 9) * 24),
    lead=st.integers(1, 8 * 24),
    start=st.sampled_from(["2024-03-01", "2024-09-20"]),
)
def test_readings_after_the_origin_change_nothing(
    zone: str, origin: int, lead: int, start: str
) -> None:
    series = synthetic(days=DAYS, zone=zone, country="AU" if "Aus" in zone else "IT", start=start)
    future = series.readings.copy()
    future.iloc[origin + 1 :] = 1e6
    pair = Pairs(np.array([origin]), np.array([origin + lead]))
    before = surroundings(series, series.readings, None).design(pair)
    after = surroundings(series, future, None).design(pair)
    np.testing.assert_array_equal(before.matrix, after.matrix)
    np.testing.assert_array_equal(before.base.shape, after.base.shape)
    np.testing.assert_array_equal(before.base.level, after.base.level)


def test_every_drawn_origin_lies_before_its_target_within_the_horizon() -> None:
    series = synthetic(days=DAYS)
    grid = surroundings(series, series.readings, None).grid
    pairs = draw_pairs(grid, horizon=10 * 24, seed=1)
    assert (pairs.lead >= 1).all()
    assert pairs.lead.max() <= 10 * 24
    assert (pairs.origin >= 0).all()


def issued(weather: pd.DataFrame, lead: pd.Timedelta) -> pd.DataFrame:
    """Weather that becomes available `lead` before it is valid."""
    index = pd.MultiIndex.from_arrays(
        [weather.index, weather.index - lead], names=["valid_at", "available_at"]
    )
    return weather.set_axis(index)


@settings(deadline=None, max_examples=20)
@given(origin=st.integers(30 * 24, (DAYS - 9) * 24), lead=st.integers(1, 8 * 24))
def test_weather_issued_after_the_origin_changes_nothing(origin: int, lead: int) -> None:
    series = synthetic(days=DAYS)
    assert series.weather is not None
    early = issued(series.weather, pd.Timedelta(days=9))
    instant = series.readings.index[origin] + pd.Timedelta(hours=1)
    late = issued(series.weather + 50.0, pd.Timedelta(hours=1))
    late = late[late.index.get_level_values("available_at") > instant]
    pair = Pairs(np.array([origin]), np.array([origin + lead]))
    before = surroundings(series, series.readings, early).design(pair)
    after = surroundings(series, series.readings, pd.concat([early, late])).design(pair)
    np.testing.assert_array_equal(before.matrix, after.matrix)


@settings(deadline=None, max_examples=20)
@given(origin=st.integers(30 * 24, (DAYS - 9) * 24), lead=st.integers(1, 8 * 24))
def test_each_lead_sees_the_last_weather_that_was_available(origin: int, lead: int) -> None:
    series = synthetic(days=DAYS)
    assert series.weather is not None
    runs = [issued(series.weather + 100 * days, pd.Timedelta(days=days)) for days in range(10)]
    pair = Pairs(np.array([origin]), np.array([origin + lead]))
    design = surroundings(series, series.readings, pd.concat(runs)).design(pair)
    seen = design.matrix[0, design.names.index("temperature")]
    days = -(-lead // 24)  # what was issued fewer days before the target came after the origin
    expected = series.weather["temperature"].iloc[origin + lead] + 100 * days
    assert seen == pytest.approx(expected, rel=1e-5)


def test_weather_is_judged_by_what_was_available_and_left_out_where_it_does_not_pay() -> None:
    series = synthetic(days=90)
    assert series.weather is not None
    noise = np.random.default_rng(3).normal(0, 30, len(series.weather))
    useless = series.weather.assign(temperature=noise)
    guesses = pd.concat(
        [issued(useless, pd.Timedelta(days=31)), issued(series.weather, pd.Timedelta(0))]
    )
    known, guessed, none = (
        train(series.readings, weather, meter=series.meter)
        for weather in (series.weather, guesses, useless)
    )
    assert known.meta["weather_columns"] == ["temperature"]
    assert none.meta["weather_columns"] == []
    assert len(none.meta["chosen"]["candidates"]) == len(
        train(series.readings, meter=series.meter).meta["chosen"]["candidates"]
    )
    errors = [one.meta["metrics"]["mae"] for one in (known, guessed)]
    assert errors[0] < 0.98 * errors[1]


@pytest.mark.parametrize("step", [0, 30, 100])
def test_weather_at_a_step_changes_that_step(
    series: Series, forecaster: Forecaster, step: int
) -> None:
    assert series.weather is not None
    start = series.readings.index[-168]
    end = series.readings.index[-1]
    changed = series.weather.copy()
    changed.loc[changed.index[-168 + step], "temperature"] += 8.0
    before = forecaster.predict(series.readings, start, end, series.weather)
    after = forecaster.predict(series.readings, start, end, changed)
    assert before["p50"].iloc[step] != after["p50"].iloc[step]
    # The day's mean reaches back a day, its high and low over the day: nothing reaches further.
    far = np.abs(np.arange(len(before)) - step) > 4 * 24
    pd.testing.assert_frame_equal(before[far], after[far], check_exact=True)


def test_readings_after_the_start_are_not_used(series: Series, forecaster: Forecaster) -> None:
    start = series.readings.index[-168]
    known = series.readings[series.readings.index < start]
    pd.testing.assert_frame_equal(
        forecaster.predict(series.readings, start, start + pd.Timedelta(days=3)),
        forecaster.predict(known, start, start + pd.Timedelta(days=3)),
        check_exact=True,
    )
