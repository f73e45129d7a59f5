"""Meters whose readings refuse a training: noted, answered for, and not tried for nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from redis import Redis

from config import load_settings
from config.errors import ModelNotTrained
from data.embedded import EmbeddedStore
from data.meters import Meter
from ml import BadQuality, ForecastingError, InsufficientHistory, train
from workers.ledger import Ledger
from workers.ledger.trainability import refusal_of, tried_in_vain
from workers.nightly.chunks import forecast_handful, score_handful
from workers.nightly.house import House
from workers.nightly.retraining import due_for_training
from workers.registry import Registry
from workers.serving import Desk, issue
from workers.training.train_meter import refusals_noted
from workers.warm_models import WarmModels

NOW = datetime(2026, 5, 4, 3, 20, tzinfo=UTC)
METER = Meter("water", "flat", unit="m3", timezone="Europe/Rome", resolution=timedelta(hours=1))
HOURS = pd.date_range(end=datetime(2026, 5, 4, 2, tzinfo=UTC), periods=30 * 24, freq="h")
NOISE = np.random.default_rng(0).uniform(1, 2, len(HOURS))
VARIED = pd.Series(NOISE, HOURS)
ZEROS = VARIED * 0
CONSTANT = ZEROS + 0.3
MOSTLY_FLAT = VARIED.where(pd.Series(HOURS, HOURS) >= HOURS[-6], 0.3)
RARE = VARIED[HOURS.hour == 7]


@pytest.fixture
def house(redis_url: str, tmp_path: Path) -> Iterator[House]:
    redis = Redis.from_url(redis_url)
    redis.flushdb()
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)})
    registry = Registry(str(tmp_path / "models"), redis)
    desk = Desk(settings, registry, Ledger(redis), WarmModels(2**30), lambda meter: [])
    store = EmbeddedStore(tmp_path / "readings.db")
    yield House(settings, store, desk)
    store.close()
    redis.close()


def refuse(house: House, readings: pd.Series, *, whole: bool = True, now: datetime = NOW) -> None:
    """A training on readings of which nothing can be learnt."""
    with (
        pytest.raises(ForecastingError),
        refusals_noted(house.ledger, METER, readings, whole=whole, now=now),
    ):
        train(readings, meter=METER)


USELESS = pytest.mark.parametrize(
    ("readings", "code"),
    [
        pytest.param(ZEROS, "bad_quality", id="always-zero"),
        pytest.param(CONSTANT, "bad_quality", id="constant"),
        pytest.param(MOSTLY_FLAT, "bad_quality", id="mostly-flat"),
        pytest.param(RARE, "insufficient_history", id="mostly-missing"),
    ],
)


@USELESS
def test_the_naive_answers_once_a_training_was_refused(
    house: House, readings: pd.Series, code: str
) -> None:
    span = NOW, NOW + timedelta(days=2)
    with pytest.raises(ModelNotTrained):
        issue(house.desk, METER, VARIED, None, *span, now=NOW)
    refuse(house, readings)

    made = issue(house.desk, METER, readings, None, *span, now=NOW)

    refusal = refusal_of(house.ledger.read(METER.key))
    assert refusal is not None
    assert refusal["code"] == code
    assert made.reason == f"no model could be trained ({refusal['message']})"
    assert (made.version, made.forecast.source) == ("seasonal_naive", "baseline")
    frame = made.forecast.frame
    assert list(frame.columns) == ["p10", "p50", "p90"]
    assert np.isfinite(frame.to_numpy()).all()
    assert (frame["p10"] <= frame["p50"]).all()
    assert (frame["p50"] <= frame["p90"]).all()


@USELESS
def test_it_is_forecast_and_scored_every_night(
    house: House, readings: pd.Series, code: str
) -> None:
    house.store.write_readings(METER, readings[readings.index < NOW - timedelta(days=1)])
    refuse(house, readings)
    nights = [NOW - timedelta(days=1), NOW]
    for night in nights:
        assert forecast_handful(house, [METER.key], now=night) == {METER.key: "baseline"}
        house.store.write_readings(METER, readings)
        assert score_handful(house, [METER.key], now=night) == {METER.key: "succeeded"}
    noted = house.ledger.read(METER.key)
    assert noted["serving"] == "fallback"
    assert {flag["code"] for flag in noted["flags"]} <= {"quality"}
    json.dumps(noted, allow_nan=False)


@pytest.mark.parametrize(
    ("readings", "whole"),
    [
        pytest.param(VARIED[-10 * 24 :], True, id="young"),
        pytest.param(ZEROS, False, id="a-part-that-was-asked-for"),
    ],
)
def test_what_says_nothing_of_the_meter_is_not_noted(
    house: House, readings: pd.Series, whole: bool
) -> None:
    refuse(house, readings, whole=whole)
    assert refusal_of(house.ledger.read(METER.key)) is None


def test_other_errors_are_no_refusal_and_a_success_forgets_it(house: House) -> None:
    noting = {"whole": True, "now": NOW}
    with (
        pytest.raises(ModelNotTrained),
        refusals_noted(house.ledger, METER, VARIED, **noting),  # type: ignore[arg-type]
    ):
        raise ModelNotTrained("of no meter")
    assert refusal_of(house.ledger.read(METER.key)) is None
    for error in (BadQuality("flat"), InsufficientHistory("few")):
        with (
            pytest.raises(type(error)),
            refusals_noted(house.ledger, METER, VARIED, **noting),  # type: ignore[arg-type]
        ):
            raise error
        assert refusal_of(house.ledger.read(METER.key)) is not None
    with refusals_noted(house.ledger, METER, VARIED, **noting):  # type: ignore[arg-type]
        pass
    assert refusal_of(house.ledger.read(METER.key)) is None


def test_it_is_tried_again_on_another_night_with_other_readings(house: House) -> None:
    house.store.write_readings(METER, ZEROS)
    assert due_for_training(house, [METER], now=NOW) == [METER]
    refuse(house, house.store.readings(METER))
    night = NOW + timedelta(days=1)
    assert due_for_training(house, [METER], now=night) == [], "the readings are the same"

    house.store.write_readings(METER, ZEROS.iloc[-1:] + 1)
    assert due_for_training(house, [METER], now=NOW + timedelta(hours=1)) == [], "this very night"
    assert due_for_training(house, [METER], now=night) == [METER]


def test_readings_mean_something_else_at_another_resolution(house: House) -> None:
    house.store.write_readings(METER, ZEROS)
    refuse(house, house.store.readings(METER))
    noted, night = house.ledger.read(METER.key), NOW + timedelta(days=1)
    assert tried_in_vain(noted, house.store, METER, now=night)
    daily = replace(METER, resolution=timedelta(days=1))
    assert not tried_in_vain(noted, house.store, daily, now=night)
