"""A handful of meters of a round: each fails by itself, what they share is done once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from config import load_settings
from config.errors import StoreUnavailable
from data.embedded import EmbeddedStore
from data.meters import Meter
from data.simulation import simulate
from data.store import IssuedForecast
from ml import train
from workers.ledger import Ledger
from workers.nightly.chunks import forecast_handful, score_handful
from workers.nightly.house import House
from workers.registry import Registry
from workers.serving import Desk
from workers.training.train_meter import store_model
from workers.warm_models import WarmModels

NOW = datetime(2026, 5, 4, 0, 20, tzinfo=UTC)
DISTRICT = simulate(3, NOW, days=60)[2]
METERS = [replace(DISTRICT.meter, meter_id=name) for name in ("a", "b", "c")]
KEYS = [meter.key for meter in METERS]
EMPTY = "water/empty"


@pytest.fixture(scope="module")
def house(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Three meters of one place that have models, and one without a reading."""
    folder: Path = tmp_path_factory.mktemp("house")
    redis = Redis.from_url(redis_url)
    redis.flushdb()
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(folder)})
    registry = Registry(str(folder / "models"), redis, clock=lambda: NOW)
    desk = Desk(
        settings, registry, Ledger(redis), WarmModels(2**30), lambda meter: [], keeps_warm=False
    )
    store = EmbeddedStore(folder / "readings.db")
    model = train(DISTRICT.readings, meter=DISTRICT.meter)
    for meter in METERS:
        store.write_readings(meter, DISTRICT.readings)
        model.meta["meter"] = {**model.meta["meter"], "meter_id": meter.meter_id}
        store_model(registry, meter, model)
    store.put_meter(replace(DISTRICT.meter, meter_type="water", meter_id="empty"))
    yield House(settings, store, desk)
    store.close()


def issued(house: House, number: int, *, at: datetime = NOW) -> int:
    """Points that were kept of a meter's forecast of that night."""
    kept = house.store.forecasts(METERS[number], at, at + timedelta(days=30))
    return int((kept["issued_at"] == at).sum())


def test_each_meter_has_its_own_outcome(house: House) -> None:
    found = forecast_handful(house, [KEYS[0], EMPTY, "water/unknown", KEYS[1]], now=NOW)
    assert found == {
        KEYS[0]: "model", EMPTY: "no_readings", "water/unknown": "unknown_meter", KEYS[1]: "model",
    }  # fmt: skip
    assert issued(house, 0) == issued(house, 1) > 7 * 24
    noted = house.ledger.read_many(KEYS[:2])
    assert {facts["serving"] for facts in noted.values()} == {"model"}


def test_a_night_does_not_fill_the_memory(house: House) -> None:
    forecast_handful(house, KEYS, now=NOW)
    assert not any(meter in house.desk.warm for meter in METERS)


def test_the_weather_of_a_place_is_read_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def sources(location: str) -> list[str]:
        asked.append(location)
        return []

    monkeypatch.setattr(house.store, "weather_sources", sources)
    forecast_handful(house, KEYS, now=NOW)
    assert asked == [DISTRICT.meter.location]


def test_a_forecast_that_the_store_refuses_costs_the_others_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    night, write = NOW + timedelta(days=1), house.store.write_forecasts

    def spoilt(batch: list[IssuedForecast]) -> None:
        write([_without_numbers(one) if one.meter == METERS[1] else one for one in batch])

    monkeypatch.setattr(house.store, "write_forecasts", spoilt)
    found = forecast_handful(house, KEYS, now=night)
    assert found == {KEYS[0]: "model", KEYS[1]: "invalid_request", KEYS[2]: "model"}
    assert [issued(house, number, at=night) > 0 for number in range(3)] == [True, False, True]


def _without_numbers(one: IssuedForecast) -> IssuedForecast:
    return replace(one, points=one.points * np.nan)


def test_a_store_that_is_away_is_asked_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def away(batch: list[IssuedForecast]) -> None:
        tries.append(len(batch))
        raise StoreUnavailable("The store does not answer.")

    monkeypatch.setattr(house.store, "write_forecasts", away)
    found = forecast_handful(house, [*KEYS, EMPTY], now=NOW)
    assert tries == [3]
    assert found == {**dict.fromkeys(KEYS, "store_unavailable"), EMPTY: "no_readings"}


def test_a_store_that_goes_away_is_not_asked_for_the_rest_of_a_handful(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def away(meter_type: str, meter_id: str) -> Meter:
        asked.append(meter_id)
        raise StoreUnavailable("The store does not answer.")

    monkeypatch.setattr(house.store, "meter", away)
    found = score_handful(house, KEYS, now=NOW)
    assert found == dict.fromkeys(KEYS, "store_unavailable")
    assert asked == ["a"]


def test_scores_of_a_handful(house: House) -> None:
    found = score_handful(house, [*KEYS, "water/unknown"], now=NOW + timedelta(days=1))
    assert found == {**dict.fromkeys(KEYS, "succeeded"), "water/unknown": "unknown_meter"}
