"""A short history learns from similar meters where that pays, and never from their future."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml import Forecaster, SimilarMeter, backtest, train
from ml.ensemble.similar import SHORT
from ml.forecasting.profiles import nearest_first, shape_of
from tests.ml.series import TestMeter, synthetic

WEEKS = 3
GROWN = [synthetic(days=400, noise=0.2, seed=seed, start="2023-03-01") for seed in (1, 2)]
OF_AGE = GROWN[0].readings.index[-1] + pd.Timedelta(hours=1)


def similar_like(factor: float = 1.0, **facts: str | None) -> list[SimilarMeter]:
    """Two grown meters whose readings are multiplied, with other facts of the meter."""
    return [
        SimilarMeter(replace(series.meter, meter_id=name, **facts), factor * series.readings)  # type: ignore[arg-type]
        for name, series in zip(("one", "two"), GROWN, strict=True)
    ]


SIMILAR = similar_like()
WHOLE = synthetic(days=400, noise=0.2, seed=5, start="2023-03-01")
YOUNG = WHOLE.readings[
    (WHOLE.readings.index < OF_AGE - pd.Timedelta(days=28))
    & (WHOLE.readings.index >= OF_AGE - pd.Timedelta(days=28 + 7 * WEEKS + 1))
]
END = YOUNG.index[-1] + pd.Timedelta(hours=1)


@pytest.fixture(scope="module")
def alone() -> Forecaster:
    return train(YOUNG, meter=WHOLE.meter)


@pytest.fixture(scope="module")
def helped() -> Forecaster:
    return train(YOUNG, meter=WHOLE.meter, similar=SIMILAR)


def week_ahead(model: Forecaster) -> pd.DataFrame:
    return model.predict(YOUNG, END, END + pd.Timedelta(days=7))


def error(model: Forecaster) -> float:
    """Mean absolute error of four weeks, forecast one by one."""
    known = WHOLE.readings[WHOLE.readings.index >= YOUNG.index[0]]
    errors = []
    for week in range(4):
        start = END + pd.Timedelta(days=7 * week)
        frame = model.predict(known, start, start + pd.Timedelta(days=7))
        errors.append((frame["p50"] - known.reindex(frame.index)).abs())
    return float(pd.concat(errors).mean())


def heads(model: Forecaster) -> list[str]:
    return list(model.meta["chosen"]["candidates"])


def test_useful_kin_take_the_error_down_and_are_named(
    alone: Forecaster, helped: Forecaster
) -> None:
    assert heads(alone) == [
        "linear", "network", "boosted_residual", "boosted_ratio", "base", "naive",
    ]  # fmt: skip
    assert heads(helped) == [*heads(alone)[:4], "linear_kin", "network_kin", "base", "naive"]
    assert (alone.meta["similar_meters"], helped.meta["similar_meters"]) == ([], ["one", "two"])
    assert error(helped) < 0.95 * error(alone)


def test_readings_of_kin_after_the_end_of_the_training_change_nothing(helped: Forecaster) -> None:
    blind = [SimilarMeter(one.meter, one.readings[one.readings.index < END]) for one in SIMILAR]
    wild = [
        SimilarMeter(one.meter, one.readings.where(one.readings.index < END, 1e6 * (number + 1)))
        for number, one in enumerate(SIMILAR)
    ]
    for similar in (blind, wild):
        other = train(YOUNG, meter=WHOLE.meter, similar=similar)
        pd.testing.assert_frame_equal(week_ahead(other), week_ahead(helped), check_exact=True)


def test_the_unit_of_kin_changes_nothing(helped: Forecaster) -> None:
    other = train(YOUNG, meter=WHOLE.meter, similar=similar_like(1000, unit="W"))
    assert heads(other) == heads(helped)
    np.testing.assert_allclose(week_ahead(other), week_ahead(helped), rtol=1e-3)


def test_kin_that_are_noise_are_left_out(alone: Forecaster) -> None:
    index = GROWN[0].readings.index
    rng = np.random.default_rng(3)
    noise = SimilarMeter(
        TestMeter(meter_id="noise"), pd.Series(rng.exponential(1.0, len(index)) ** 3, index=index)
    )
    model = train(YOUNG, meter=WHOLE.meter, similar=[noise])
    assert heads(model) == heads(alone)
    assert model.meta["similar_meters"] == []
    pd.testing.assert_frame_equal(week_ahead(model), week_ahead(alone), check_exact=True)


def test_a_long_history_borrows_nothing() -> None:
    first = END - SHORT - timedelta(days=1)
    grown = WHOLE.readings[(WHOLE.readings.index >= first) & (WHOLE.readings.index < END)]
    model = train(grown, meter=WHOLE.meter, similar=SIMILAR)
    without = train(grown, meter=WHOLE.meter)
    assert heads(model) == heads(without)
    borrowing, own = (
        one.predict(grown, END, END + pd.Timedelta(days=7)) for one in (model, without)
    )
    pd.testing.assert_frame_equal(borrowing, own, check_exact=True)


def test_what_cannot_be_learnt_from_is_left_out(alone: Forecaster, helped: Forecaster) -> None:
    readings = GROWN[0].readings
    useless = {
        "another resolution": readings.iloc[::2],
        "too few readings": readings.iloc[:200],
        "no readings": readings.iloc[:0],
        "constant": readings * 0,
        "nothing known": readings * np.nan,
        "nothing before the training's end": readings[readings.index >= END],
    }
    similar = [SimilarMeter(TestMeter(meter_id=why), series) for why, series in useless.items()]
    model = train(YOUNG, meter=WHOLE.meter, similar=similar)
    assert model.meta["similar_meters"] == []
    pd.testing.assert_frame_equal(week_ahead(model), week_ahead(alone), check_exact=True)
    beside = train(YOUNG, meter=WHOLE.meter, similar=[*SIMILAR, *similar])
    assert beside.meta["similar_meters"] == ["one", "two"]


@pytest.mark.parametrize(("own", "theirs"), [("IT", None), (None, "AU")])
def test_kin_bring_their_own_zone_and_holidays(own: str | None, theirs: str | None) -> None:
    similar = similar_like(country=theirs, timezone="Australia/Melbourne")
    model = train(YOUNG, meter=replace(WHOLE.meter, country=own), similar=similar)
    assert np.isfinite(week_ahead(model)).all(axis=None)


def test_a_model_that_borrowed_is_saved_explained_and_repeated(
    helped: Forecaster, tmp_path: Path
) -> None:
    helped.save(tmp_path)
    loaded = Forecaster.load(tmp_path, WHOLE.meter)
    again = train(YOUNG, meter=WHOLE.meter, similar=SIMILAR)
    turned = train(YOUNG, meter=WHOLE.meter, similar=SIMILAR[::-1])
    for other in (loaded, again, turned):
        pd.testing.assert_frame_equal(week_ahead(other), week_ahead(helped), check_exact=True)
    explained = helped.explain(YOUNG, END, END + pd.Timedelta(days=7)).frame.sum(axis=1)
    np.testing.assert_allclose(explained, week_ahead(helped)["p50"], rtol=1e-5)


def test_heads_with_weather_may_borrow_too() -> None:
    weather = WHOLE.weather
    assert weather is not None
    model = train(YOUNG, weather[weather.index < END], meter=WHOLE.meter, similar=SIMILAR)
    assert "linear_kin" in heads(model)
    frame = model.predict(YOUNG, END, END + pd.Timedelta(days=2), weather)
    assert np.isfinite(frame).all(axis=None)


def test_a_backtest_of_a_short_history_borrows() -> None:
    known = WHOLE.readings[
        (WHOLE.readings.index >= YOUNG.index[0]) & (WHOLE.readings.index < OF_AGE)
    ]
    maes = [
        backtest(known, meter=WHOLE.meter, test_size=0.5, similar=similar).metrics["mae"]
        for similar in ((), SIMILAR)
    ]
    assert maes[1] < maes[0]  # type: ignore[operator]


def test_the_nearest_shape_comes_first() -> None:
    flat = pd.Series(1.0 + np.arange(len(WHOLE.readings)) % 2, index=WHOLE.readings.index)
    shapes = {
        name: shape_of(readings, meter=WHOLE.meter)
        for name, readings in {"flat": flat, "alike": GROWN[0].readings}.items()
    }
    found = {name: shape for name, shape in shapes.items() if shape is not None}
    assert nearest_first(YOUNG, found, meter=WHOLE.meter) == ["alike", "flat"]
