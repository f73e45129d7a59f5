"""Which meters a training of a short history learns from too, out of a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from redis import Redis

from config import load_settings
from config.errors import StoreUnavailable
from data.embedded import EmbeddedStore
from data.meters import Meter
from data.simulation import simulate
from workers.training.similar_meters import similar_meters

NOW = datetime(2026, 5, 4, tzinfo=UTC)
DISTRICTS = [simulate(seed, NOW, days=500)[2] for seed in (3, 4, 5)]
OFFICE = simulate(3, NOW, days=500)[1]
YOUNG = Meter("electricity", "young", timezone="Europe/Rome", country="IT")
READINGS = DISTRICTS[0].readings.iloc[-21 * 24 :] * 0.001


@pytest.fixture
def redis(redis_url: str) -> "Redis":
    client = Redis.from_url(redis_url)
    client.flushdb()
    return client


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedStore:
    opened = EmbeddedStore(tmp_path_factory.mktemp("store") / "energy.db")
    hours = pd.DatetimeIndex(OFFICE.readings.index)
    rows = {
        "young": READINGS,
        "office": OFFICE.readings,
        "near": DISTRICTS[1].readings,
        "nearer": DISTRICTS[2].readings,
        "short": DISTRICTS[1].readings.iloc[-60 * 24 :],
        "daily": DISTRICTS[1].readings[hours.hour == 0],
    }
    for name, readings in rows.items():
        meter = Meter("electricity", name, timezone="Europe/Rome", country="IT")
        opened.write_readings(meter, readings)
    opened.write_readings(Meter("water", "other"), DISTRICTS[1].readings)
    return opened


def ids(
    store: EmbeddedStore, redis: "Redis", most: int, readings: pd.Series = READINGS
) -> list[str]:
    similar = similar_meters(store, redis, YOUNG, readings, most=most)
    return [one.meter.meter_id for one in similar]


def test_the_nearest_of_the_type_with_enough_readings(store: EmbeddedStore, redis: "Redis") -> None:
    assert set(ids(store, redis, 2)) == {"near", "nearer"}
    assert ids(store, redis, 4)[2:] == ["office"], "no other type, resolution or short history"


def test_what_is_read_is_bounded(store: EmbeddedStore, redis: "Redis") -> None:
    for one in similar_meters(store, redis, YOUNG, READINGS, most=3):
        assert one.readings.index[-1] < READINGS.index[-1]
        assert READINGS.index[-1] - one.readings.index[0] <= timedelta(days=450)


def test_none_where_none_are_wanted_or_needed(store: EmbeddedStore, redis: "Redis") -> None:
    assert ids(store, redis, 0) == []
    assert ids(store, redis, 4, DISTRICTS[0].readings.iloc[-100 * 24 :]) == []


def test_none_for_readings_that_nothing_can_be_said_of(
    store: EmbeddedStore, redis: "Redis"
) -> None:
    assert ids(store, redis, 4, READINGS.iloc[:1]) == []
    assert ids(store, redis, 4, READINGS.iloc[:3] * float("nan")) == []


def test_a_meter_that_is_gone_is_left_out(
    store: EmbeddedStore, redis: "Redis", caplog: pytest.LogCaptureFixture
) -> None:
    gone = Meter("electricity", "gone", timezone="Europe/Rome", country="IT")
    store.write_readings(gone, DISTRICTS[0].readings)
    assert "gone" in ids(store, redis, 4)
    store.delete_meter(gone)
    caplog.set_level("INFO", logger="workers.training.similar_meters")
    assert "gone" not in ids(store, redis, 4), "its shape is still known"
    assert "electricity/gone" in caplog.text


def test_a_store_that_does_not_answer_is_tried_again(
    store: EmbeddedStore, redis: "Redis", tmp_path: Path
) -> None:
    """The job fails with an error that is retried, and does not train without its similar meters."""
    assert ids(store, redis, 4)
    folder = tmp_path / "not a file"
    folder.mkdir()
    with pytest.raises(StoreUnavailable):
        ids(EmbeddedStore(folder), redis, 4)


def test_the_setting_says_how_many() -> None:
    assert load_settings({"SIMILAR_METERS": "0"}).similar_meters == 0
