"""Meters as they are: growing, stopping, noisy, short, fine, daily, late."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml import BadQuality, Forecaster, TrainingOptions, train
from tests.ml.series import Series, synthetic

DAY = pd.Timedelta(days=1)


def mae(frame: pd.DataFrame, actual: pd.Series) -> float:
    return float((frame["p50"] - actual.reindex(frame.index)).abs().mean())


def test_a_meter_that_doubled_overnight_is_followed_within_a_week(
    series: Series, forecaster: Forecaster
) -> None:
    readings = series.readings.copy()
    change = readings.index[-14 * 24]
    readings[readings.index >= change] *= 2
    start = readings.index[-7 * 24]
    frame = forecaster.predict(readings, start, readings.index[-1])
    assert mae(frame, readings) < 0.2 * readings.iloc[-168:].mean()


def test_a_meter_that_stopped_is_forecast_near_nought(
    series: Series, forecaster: Forecaster
) -> None:
    readings = series.readings.copy()
    readings.iloc[-30 * 24 :] = 0.0
    start = readings.index[-1] + pd.Timedelta(hours=1)
    frame = forecaster.predict(readings, start, start + 7 * DAY)
    assert frame["p50"].max() < 0.1 * series.readings.mean()
    assert (frame >= 0).all().all()


def test_pure_noise_gets_a_baseline_with_the_same_schema(tmp_path: Path) -> None:
    series = synthetic(days=60)
    weekly = series.readings.to_numpy()[:168]
    repeated = pd.Series(np.resize(weekly, len(series.readings)), index=series.readings.index)
    forecaster = train(repeated, meter=series.meter)
    assert forecaster.source == "baseline"
    start = repeated.index[-1] + pd.Timedelta(hours=1)
    forecaster.save(tmp_path)
    loaded = Forecaster.load(tmp_path, meter=series.meter)
    frame = loaded.predict(repeated, start, start + 7 * DAY)
    assert list(frame.columns) == ["p10", "p50", "p90"]
    np.testing.assert_allclose(frame["p50"], repeated.to_numpy()[-168:], rtol=1e-6)


@pytest.mark.parametrize("days", [14, 20, 35])
def test_short_histories_give_finite_forecasts_for_a_month(days: int) -> None:
    series = synthetic(days=days)
    forecaster = train(series.readings, meter=series.meter)
    start = series.readings.index[-1] + pd.Timedelta(hours=1)
    frame = forecaster.predict(series.readings, start, start + 30 * DAY)
    assert np.isfinite(frame.to_numpy()).all()
    assert frame["p50"].between(0, 2 * series.readings.max()).all()


@pytest.mark.parametrize(
    ("step", "days"),
    [("5min", 21), ("15min", 30), ("30min", 40), ("1D", 200)],
)
def test_any_resolution_is_forecast_at_its_own(step: str, days: int) -> None:
    series = synthetic(days=days, step=step)
    forecaster = train(series.readings, meter=series.meter)
    start = series.readings.index[-1] + pd.Timedelta(step)
    frame = forecaster.predict(series.readings, start, start + 7 * DAY)
    assert len(frame) == 7 * DAY / pd.Timedelta(step)
    assert np.isfinite(frame.to_numpy()).all()


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        pytest.param("Europe/Rome", "2024-03-31", id="north-spring"),
        pytest.param("Europe/Rome", "2024-10-27", id="north-autumn"),
        pytest.param("Australia/Melbourne", "2024-04-07", id="south-autumn"),
        pytest.param("Australia/Melbourne", "2024-10-06", id="south-spring"),
    ],
)
def test_a_week_over_a_clock_change_follows_the_wall_clock(zone: str, change: str) -> None:
    begin = (pd.Timestamp(change) - pd.Timedelta(days=60)).strftime("%Y-%m-%d")
    series = synthetic(days=64, zone=zone, country=None, start=begin, noise=0.02)
    start = (pd.Timestamp(change, tz=zone) - pd.DateOffset(days=3)).tz_convert("UTC")
    end = (pd.Timestamp(change, tz=zone) + pd.DateOffset(days=4)).tz_convert("UTC")
    known = series.readings[series.readings.index < start]
    frame = train(known, meter=series.meter).predict(known, start, end)
    assert len(frame) == (end - start) / pd.Timedelta(hours=1)
    # An hour's slip of the day's shape alone would cost a tenth of the mean.
    assert mae(frame, series.readings) < 0.09 * series.readings.mean()


def test_late_data_moves_the_origin_not_the_forecast(
    series: Series, forecaster: Forecaster
) -> None:
    start = series.readings.index[-1] + pd.Timedelta(hours=1)
    late = series.readings.iloc[:-30]
    forecast = forecaster.forecast(late, start, start + 2 * DAY)
    assert forecast.origin == start - pd.Timedelta(hours=30)
    assert forecast.frame.index[0] == start


def test_net_load_around_nought_may_be_negative() -> None:
    series = synthetic(days=80)
    net = series.readings - series.readings.mean()
    forecaster = train(net, meter=series.meter)
    start = net.index[-168]
    frame = forecaster.predict(net, start, net.index[-1])
    assert (frame["p50"] < 0).any()
    week_before = net.shift(168).reindex(frame.index)
    assert mae(frame, net) < (week_before - net.reindex(frame.index)).abs().mean()


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_constant_readings_are_refused(value: float) -> None:
    series = synthetic(days=60)
    with pytest.raises(BadQuality, match="all 1440 readings have one value") as raised:
        train(series.readings * 0 + value, meter=series.meter)
    assert "constant" in raised.value.detail["codes"]


def test_extra_levels_come_as_named_columns() -> None:
    series = synthetic(days=60)
    options = TrainingOptions(quantiles=(0.05, 0.1, 0.5, 0.9, 0.95), max_horizon=timedelta(days=7))
    forecaster = train(series.readings, meter=series.meter, options=options)
    start = series.readings.index[-1] + pd.Timedelta(hours=1)
    frame = forecaster.predict(series.readings, start, start + DAY)
    assert list(frame.columns) == ["p05", "p10", "p50", "p90", "p95"]
    assert (frame.diff(axis=1).iloc[:, 1:] >= 0).all().all()


def test_weather_that_ends_early_gives_way_to_the_model_without(
    series: Series, forecaster: Forecaster
) -> None:
    assert series.weather is not None
    start = series.readings.index[-7 * 24]
    cut = series.weather[series.weather.index < start + 2 * DAY]
    forecast = forecaster.forecast(series.readings, start, start + 5 * DAY, cut)
    assert [stretch.used for stretch in forecast.weather] == [True, False]
    assert forecast.weather[0].end == forecast.weather[1].start == start + 2 * DAY
    without = forecaster.predict(series.readings, start, start + 5 * DAY)
    pd.testing.assert_frame_equal(forecast.frame.iloc[48:], without.iloc[48:], check_exact=True)


def test_explanations_add_up_to_the_median(series: Series, forecaster: Forecaster) -> None:
    start = series.readings.index[-7 * 24]
    end = start + 2 * DAY
    explanation = forecaster.explain(series.readings, start, end, series.weather)
    frame = forecaster.predict(series.readings, start, end, series.weather)
    np.testing.assert_allclose(explanation.frame.sum(axis=1), frame["p50"], rtol=1e-4)
    assert "temperature" in explanation.frame.columns
    assert sum(explanation.importance.values()) == pytest.approx(1.0)


def test_another_meter_object_with_a_fixed_resolution_is_obeyed() -> None:
    series = synthetic(days=60)
    meter = replace(series.meter, resolution=timedelta(hours=1))
    sparse = series.readings.drop(series.readings.index[::3])
    assert train(sparse, meter=meter).step == timedelta(hours=1)


def test_a_day_of_new_history_is_enough_to_forecast(series: Series, forecaster: Forecaster) -> None:
    start = series.readings.index[-1] + pd.Timedelta(hours=1)
    frame = forecaster.predict(series.readings.iloc[-30:], start, start + 2 * DAY)
    assert frame["p50"].mean() == pytest.approx(series.readings.mean(), rel=0.3)


def test_bands_widen_where_the_latest_forecasts_missed(
    series: Series, forecaster: Forecaster
) -> None:
    start = series.readings.index[-1] + pd.Timedelta(hours=1) + 21 * DAY
    again = series.readings.iloc[-21 * 24 :].set_axis(series.readings.index[-21 * 24 :] + 21 * DAY)
    noise = np.random.default_rng(0).normal(0, 1.5, len(again))
    calm = pd.concat([series.readings, again])
    wild = pd.concat([series.readings, (again + noise).clip(lower=0)])

    def width(history: pd.Series) -> float:
        frame = forecaster.predict(history, start, start + 7 * DAY)
        return float((frame["p90"] - frame["p10"]).mean())

    assert width(wild) > 1.5 * width(calm)


def test_weather_is_seen_as_it_was_known() -> None:
    series = synthetic(days=90)
    assert series.weather is not None
    issues = []
    for lead in (1, 2, 4, 6):
        times = [series.weather.index, series.weather.index - lead * DAY]
        index = pd.MultiIndex.from_arrays(times, names=["valid_at", "available_at"])
        issues.append(series.weather.set_axis(index))
    weather = pd.concat(issues)
    forecaster = train(series.readings, weather, meter=series.meter)
    start = series.readings.index[-10 * 24]
    forecast = forecaster.forecast(series.readings, start, start + 7 * DAY, weather)
    assert [stretch.used for stretch in forecast.weather] == [True, False]
    assert forecast.weather[0].end - start == 6 * DAY + pd.Timedelta(hours=1)
