"""A weather service of our own, and stores to keep what it says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import Settings, load_settings
from data import Store
from data.embedded import EmbeddedStore
from tests.data.conftest import influx_url
from tests.data.conftest import store as any_store
from tests.weather.open_meteo_server import OpenMeteoServer, open_meteo
from weather.http import Asker
from weather.providers import OpenMeteo
from weather.quota import Memory, ProcessMemory
from weather.service import WeatherService, open_weather

__all__ = ["any_store", "influx_url"]


@pytest.fixture
def server() -> Iterator[OpenMeteoServer]:
    with open_meteo() as running:
        yield running


@pytest.fixture
def provider(server: OpenMeteoServer) -> OpenMeteo:
    return OpenMeteo(server.url, asker=Asker(timeout=1.0, connect_timeout=1.0, pause=0.01))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = EmbeddedStore(tmp_path / "readings.db")
    yield opened
    opened.close()


@pytest.fixture
def settings(server: OpenMeteoServer, tmp_path: Path) -> Settings:
    return load_settings(
        {
            "WEATHER_BASE_URL": server.url,
            "WEATHER_TIMEOUT": "30",
            "WEATHER_CONNECT_TIMEOUT": "1",
            "STATE_DIR": str(tmp_path),
        }
    )


Opening = Callable[..., WeatherService]


@pytest.fixture
def opening(settings: Settings, store: Store) -> Opening:
    """A weather service on the server, with a memory of its own unless one is given."""

    def open_it(memory: Memory | None = None, at: Store | None = None) -> WeatherService:
        opened = open_weather(settings, at or store, memory or ProcessMemory())
        assert opened is not None
        return opened

    return open_it
