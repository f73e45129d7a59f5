"""The promises of `ml` to its callers, end to end."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml import (
    BeyondHorizon,
    Forecaster,
    InsufficientHistory,
    ModelCorrupt,
    ModelMismatch,
    OutOfRange,
    backtest,
    train,
)
from tests.ml.series import Series, TestMeter, real, synthetic

WEEK = pd.Timedelta(days=7)


def week_after(series: Series) -> tuple[pd.Timestamp, pd.Timestamp]:
    start = series.readings.index[-1] + pd.Timedelta(hours=1)
    return start, start + WEEK


def test_forecast_is_a_utc_frame_with_ordered_quantiles(
    series: Series, forecaster: Forecaster
) -> None:
    start, end = week_after(series)
    frame = forecaster.predict(series.readings, start, end)
    assert list(frame.columns) == ["p10", "p50", "p90"]
    assert frame.index.equals(pd.date_range(start, end, freq="1h", inclusive="left"))
    assert (frame["p10"] <= frame["p50"]).all()
    assert (frame["p50"] <= frame["p90"]).all()


def test_saved_and_loaded_model_gives_the_same_numbers_to_the_last_bit(
    series: Series, forecaster: Forecaster, tmp_path: Path
) -> None:
    start = series.readings.index[-1] - WEEK
    forecaster.save(tmp_path)
    loaded = Forecaster.load(tmp_path, meter=series.meter)
    for weather in (None, series.weather):
        before = forecaster.predict(series.readings, start, start + WEEK, weather)
        after = loaded.predict(series.readings, start, start + WEEK, weather)
        pd.testing.assert_frame_equal(before, after, check_exact=True)
    assert loaded.meta == forecaster.meta


def test_a_fixed_seed_repeats_exactly(series: Series, forecaster: Forecaster) -> None:
    start, end = week_after(series)
    again = train(series.readings, series.weather, meter=series.meter)
    pd.testing.assert_frame_equal(
        forecaster.predict(series.readings, start, end),
        again.predict(series.readings, start, end),
        check_exact=True,
    )


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-9]), ModelCorrupt, id="cut"),
        pytest.param(lambda path: path.unlink(), ModelCorrupt, id="missing"),
    ],
)
@pytest.mark.parametrize("name", ["booster-00.ubj", "network-00.npy", "meta.json"])
def test_a_damaged_model_is_refused(
    forecaster: Forecaster, tmp_path: Path, name: str, damage, error
) -> None:
    forecaster.save(tmp_path)
    damage(tmp_path / name)
    with pytest.raises(error) as raised:
        Forecaster.load(tmp_path)
    assert raised.value.detail["file"] == name


def test_another_meters_model_is_refused(forecaster: Forecaster, tmp_path: Path) -> None:
    forecaster.save(tmp_path)
    with pytest.raises(ModelMismatch, match="not of electricity/other"):
        Forecaster.load(tmp_path, meter=TestMeter(meter_id="other"))


def test_progress_never_falls_and_tells_the_round(series: Series) -> None:
    told: list[tuple[str, float, dict[str, object]]] = []
    train(
        series.readings,
        meter=series.meter,
        report=lambda stage, fraction, **facts: told.append((stage, fraction, facts)),
    )
    fractions = [fraction for _, fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["checking", "features", "fitting", "calibrating", "validating"]
    assert any("round" in str(facts.get("message")) for _, _, facts in told)


class Cancelled(Exception):
    pass


def test_what_report_raises_stops_the_training_within_a_round(series: Series) -> None:
    rounds = 0

    def cancel(stage: str, fraction: float, **facts: object) -> None:
        nonlocal rounds
        rounds += stage == "fitting"
        if rounds == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(series.readings, meter=series.meter, report=cancel)
    assert rounds == 3


def test_too_little_history_says_how_much_is_missing() -> None:
    short = synthetic(days=10)
    with pytest.raises(InsufficientHistory) as raised:
        train(short.readings, meter=short.meter)
    assert raised.value.detail["have_hours"] == 240
    assert raised.value.detail["need_hours"] == 336
    assert "240 of 336 hours" in raised.value.message


def test_reversed_and_too_far_ranges_are_refused(series: Series, forecaster: Forecaster) -> None:
    start, end = week_after(series)
    with pytest.raises(OutOfRange):
        forecaster.predict(series.readings, end, start)
    with pytest.raises(BeyondHorizon):
        forecaster.predict(series.readings, start, start + timedelta(days=40))


REAL = [
    pytest.param(found, id=found.meter.meter_id)
    for found in (
        real("electricity", "vic_electricity", zone="Australia/Melbourne", country="AU", days=400),
        real("water", "bwdf_dma_e", zone="Europe/Rome", country="IT", days=400),
    )
    if found is not None
]


@pytest.mark.parametrize("series", [pytest.param(synthetic(), id="synthetic"), *REAL])
def test_backtest_beats_the_weekly_naive(series: Series) -> None:
    result = backtest(series.readings, meter=series.meter)
    assert result.metrics["mae"] < result.baseline_metrics["mae"]
    assert 0.6 < result.metrics["coverage_80"] < 0.95
    times = [point["time"] for point in result.points]
    assert times == sorted(set(times))
    assert np.isfinite([point["p50"] for point in result.points]).all()


def test_meta_is_json_and_says_what_was_chosen_and_why(forecaster: Forecaster) -> None:
    meta = json.loads(json.dumps(forecaster.meta))
    chosen = meta["chosen"]
    assert chosen["mae_of_choices"]["with_weather"] < chosen["mae_of_choices"]["naive"]
    assert np.allclose(np.sum(chosen["weights"], axis=1), 1.0, atol=1e-3)
    assert len(chosen["weights"][0]) == len(chosen["candidates"])
    assert meta["metrics"]["mae"] < meta["baseline_metrics"]["mae"]
    assert 0.7 < meta["metrics"]["coverage_80"] < 0.9
