"""Champion and challenger: the same window for both, whatever they are made of."""

import re
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from redis import Redis

from config import Settings, load_settings
from data.meters import Meter
from data.simulation import simulate
from ml import Forecaster, ModelMismatch, TrainingOptions, train
from workers.ledger import Ledger
from workers.registry import Registry
from workers.training.promotion import judge
from workers.training.recipe import code_digest
from workers.training.train_meter import Trained, options_of, store_model, train_meter
from workers.warm_models import WarmModels

END = datetime(2026, 5, 1, tzinfo=UTC)
OFFICE = simulate(3, END, days=75)[1]
METER, READINGS = OFFICE.meter, OFFICE.readings


@pytest.fixture
def redis(redis_url: str) -> "Redis":
    client = Redis.from_url(redis_url)
    client.flushdb()
    return client


@pytest.fixture
def registry(redis: "Redis", tmp_path: Path) -> Registry:
    return Registry(str(tmp_path / "models"), redis)


@pytest.fixture
def ledger(redis: "Redis") -> Ledger:
    return Ledger(redis)


def trained(
    registry: Registry, ledger: Ledger, readings: pd.Series, *, settings: Settings | None = None
) -> Trained:
    stages: list[float] = []
    outcome = train_meter(
        registry, ledger, METER, readings, None,
        settings=settings or load_settings({}),
        report=lambda stage, fraction, **facts: stages.append(fraction),
    )  # fmt: skip
    assert stages == sorted(stages)
    assert stages[-1] <= 1
    return outcome


@pytest.fixture(scope="module")
def models() -> tuple[Forecaster, Forecaster]:
    """One without the last fortnight, and one with it."""
    return train(until(14), meter=METER), train(READINGS, meter=METER)


def until(days_before_end: int) -> pd.Series:
    return READINGS[READINGS.index < END - timedelta(days=days_before_end)]


def test_the_first_model_serves(registry: Registry, ledger: Ledger) -> None:
    first = trained(registry, ledger, until(30))
    assert first.promoted
    assert registry.aliases(METER.meter_type, METER.meter_id) == {"champion": first.version}


def test_newer_readings_alone_need_no_probe(registry: Registry, ledger: Ledger) -> None:
    """The probe would be the champion once more: so it comes out if it is trained all the same."""
    first = trained(registry, ledger, until(14))
    champion = first.forecaster
    second = trained(registry, ledger, READINGS)

    assert second.promoted
    assert second.reason == "the champion's recipe, with 14 days more to learn from"
    found = registry.meta(METER.meter_type, METER.meter_id, second.version)["contest"]
    assert found["origins"] == 13  # local midnights with a day after them
    assert found["mae"]["champion"] == found["mae"]["new"] > 0
    aliases = registry.aliases(METER.meter_type, METER.meter_id)
    assert aliases == {"champion": second.version, "previous": first.version}

    probe = train(until(14), meter=METER, options=options_of(load_settings({})))
    week = (until(14), END - timedelta(days=14), END - timedelta(days=7))
    pd.testing.assert_frame_equal(probe.predict(*week), champion.predict(*week))


CHANGES = {
    "code": {"code": "of another release"},
    "libraries": {"versions": {"numpy": "1.0"}},
    "settings": {"quantiles": [0.05, 0.5, 0.95]},
    "readings": {"fingerprint": "of other readings"},
    "similar meters": {"similar_meters": ["another"]},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_what_calls_for_a_probe(
    models: tuple[Forecaster, Forecaster], changed: dict[str, object]
) -> None:
    champion, new = models
    fitted = []

    def fit(readings: pd.Series, weather: pd.DataFrame | None) -> Forecaster:
        fitted.append(len(readings))
        return champion

    def judged(meta: dict[str, object]) -> str:
        model = copy(champion)
        model.meta = {**champion.meta, "code": code_digest(), **meta}
        verdict = judge(
            new, model, READINGS, None, meter=METER, settings=load_settings({}), fit=fit
        )
        return verdict.reason

    assert "recipe" in judged({})
    assert fitted == []
    assert "14 days new to both" in judged(changed)
    assert fitted == [len(until(14))]


def test_a_worse_one_stays_a_challenger(registry: Registry, ledger: Ledger) -> None:
    """Trained on days in disorder it cannot keep up on the days that follow."""
    first = trained(registry, ledger, until(10))
    muddled = READINGS.copy()
    before = muddled.index < END - timedelta(days=10)
    muddled[before] = np.random.default_rng(1).permutation(muddled[before].to_numpy())

    second = trained(registry, ledger, muddled)

    assert not second.promoted
    assert "against the champion's" in second.reason
    aliases = registry.aliases(METER.meter_type, METER.meter_id)
    assert aliases == {"champion": first.version, "challenger": second.version}


@pytest.mark.parametrize(("margin", "promoted"), [("0", False), ("0.9", True)])
def test_the_margin_decides(
    models: tuple[Forecaster, Forecaster], margin: str, promoted: bool
) -> None:
    champion, new = models
    noise = np.random.default_rng(1).normal(1, 0.3, len(READINGS)).clip(0.2, 3)
    poor = train(READINGS * noise, meter=METER)

    verdict = judge(
        new, champion, READINGS, None, meter=METER,
        settings=load_settings({"PROMOTION_MARGIN": margin}), fit=lambda *_: poor,
    )  # fmt: skip

    assert verdict.promoted is promoted, verdict.reason
    assert verdict.contest["mae"]["new"] > verdict.contest["mae"]["champion"]


def test_on_the_same_readings_the_held_back_weeks_decide(
    registry: Registry, ledger: Ledger, models: tuple[Forecaster, Forecaster]
) -> None:
    store_model(registry, METER, models[1])
    again = trained(registry, ledger, READINGS)
    assert again.promoted
    assert "held-back weeks" in again.reason


def test_a_champion_of_other_features_is_compared_all_the_same(
    registry: Registry, ledger: Ledger, tmp_path: Path
) -> None:
    """Two quantiles more and weather: only the forecasts are compared."""
    weather = OFFICE.weather
    options = TrainingOptions(quantiles=(0.05, 0.1, 0.5, 0.9, 0.95))
    before = until(14)
    rich = train(before, weather[weather.index < before.index[-1]], meter=METER, options=options)
    store_model(registry, METER, rich)

    assert "new to both" in trained(registry, ledger, READINGS).reason


def test_another_unit_cannot_be_compared(registry: Registry, ledger: Ledger) -> None:
    in_watts = replace(METER, unit="Wh")
    store_model(registry, METER, train(1000 * until(14), meter=in_watts))
    outcome = trained(registry, ledger, READINGS)
    assert outcome.promoted
    assert "unit" in outcome.reason


@pytest.fixture
def two_versions(registry: Registry, models: tuple[Forecaster, Forecaster]) -> tuple[str, str]:
    old = store_model(registry, METER, models[0])[0]
    return old, store_model(registry, METER, models[1], instead_of=old)[0]


def damage(tmp_path: Path, version: str) -> None:
    file = next((tmp_path / "models").glob(f"*/*/{version}/*.ubj"))
    file.write_bytes(file.read_bytes()[:-100])


def test_a_damaged_champion_is_reported_and_the_previous_one_serves(
    registry: Registry, two_versions: tuple[str, str], tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    old, new = two_versions
    damage(tmp_path, new)

    version, model = WarmModels(2**30).champion(registry, METER)

    assert version == old
    assert isinstance(model, Forecaster)
    assert f"model {new} is damaged" in caplog.text
    last = registry.audit(METER.meter_type, METER.meter_id)[-1]
    assert (last["action"], last["from"], last["to"]) == ("retire", new, old)
    assert new in registry.versions(METER.meter_type, METER.meter_id)


def test_a_training_replaces_a_damaged_model(
    registry: Registry, ledger: Ledger, two_versions: tuple[str, str], tmp_path: Path
) -> None:
    for version in two_versions:
        damage(tmp_path, version)
    outcome = trained(registry, ledger, READINGS)
    assert outcome.promoted
    assert registry.champion(METER.meter_type, METER.meter_id) == outcome.version


def test_a_model_of_another_release_says_which(
    registry: Registry, two_versions: tuple[str, str], tmp_path: Path
) -> None:
    """The previous one serves until the other release is back; alone it says what it needs."""
    old, new = two_versions
    for version in (new, old):
        meta = next((tmp_path / "models").glob(f"*/*/{version}/meta.json"))
        meta.write_text(re.sub(r'"format": \d+', '"format": 99', meta.read_text()))
        if version == new:
            assert WarmModels(2**30).champion(registry, METER)[0] == old
    assert registry.champion(METER.meter_type, METER.meter_id) == new

    with pytest.raises(ModelMismatch, match=r"was written by release 0\.") as failure:
        WarmModels(2**30).champion(registry, METER)
    assert failure.value.detail["format"] == 99


def test_a_meter_with_another_resolution(
    registry: Registry, ledger: Ledger, models: tuple[Forecaster, Forecaster]
) -> None:
    store_model(registry, METER, models[0])
    quarter = READINGS.iloc[-500:].resample("15min").ffill() / 4
    meter = Meter.from_dict({**METER.to_dict(), "resolution": None})
    outcome = train_meter(
        registry, ledger, meter, quarter, None,
        settings=load_settings({}), report=lambda *_, **__: None,
    )  # fmt: skip
    assert outcome.promoted
    assert "resolution" in outcome.reason
