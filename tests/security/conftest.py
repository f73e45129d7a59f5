"""An application that asks for keys and one that does not, on a real Redis and a real store."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from app import create_app
from config import Settings, load_settings
from data import Meter, open_store
from workers.api_keys import KEYS, Key, Keys

METERS = ("site_a_1", "site_a_2", "site_b_1")
BOOTSTRAP = "a-bootstrap-key-that-is-long-enough"
SCRAPER = "a-key-for-figures-that-is-long-enough"


def settings_of(redis_url: str, folder: Path, **given: str) -> Settings:
    return load_settings(
        {
            "REDIS_URL": redis_url,
            "STATE_DIR": str(folder / "state"),
            "MODEL_STORE_URL": str(folder / "models"),
            "UPLOAD_URL": str(folder / "uploads"),
            **given,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("security")


@pytest.fixture(scope="module")
def keyed(redis_url: str, folder: Path) -> Flask:
    """Asks for a key; three meters with a day of readings."""
    settings = settings_of(
        redis_url, folder, API_KEYS="always", BOOTSTRAP_API_KEY=BOOTSTRAP,
        METRICS_API_KEY=SCRAPER, MAX_JOBS_PER_KEY="2",
    )  # fmt: skip
    store = open_store(settings)
    times = pd.date_range(datetime(2026, 1, 1, tzinfo=UTC), periods=24, freq="h")
    for meter_id in METERS:
        meter = Meter("electricity", meter_id)
        store.put_meter(meter)
        store.write_readings(meter, pd.Series(range(24), times, dtype="float64"))
    return create_app(settings)


@pytest.fixture(scope="module")
def unkeyed(redis_url: str, folder: Path) -> Flask:
    """Asks for none, as on loopback."""
    return create_app(settings_of(redis_url, folder))


@pytest.fixture
def make_key(redis_url: str) -> Iterator[Callable[..., str]]:
    """Make keys; they are gone after the test."""
    redis = Redis.from_url(redis_url)

    def make(*scopes: str, name: str = "tester", meters: str = "", **facts: datetime) -> str:
        key = Key(name, frozenset(scopes), meters=meters, **facts)
        return Keys(redis).create(key)

    yield make
    redis.delete(KEYS)


@pytest.fixture
def ask(keyed: Flask) -> Iterator[FlaskClient]:
    """A client of the application that asks for a key."""
    with keyed.test_client() as client:
        keyed.extensions["keyring"].forget()
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
