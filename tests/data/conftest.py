"""Stores that the tests of this folder run against."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import Store
from data.embedded import EmbeddedStore
from data.influx import InfluxConnection, InfluxStore
from tests.data.influx_server import influx_url

__all__ = ["influx_url"]


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """An empty embedded store, for what does not depend on the kind."""
    opened = EmbeddedStore(tmp_path / "embedded.db")
    yield opened
    opened.close()


@pytest.fixture(params=["embedded", "influxdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    opened: Store
    if request.param == "embedded":
        opened = EmbeddedStore(tmp_path / "readings.db")
    else:
        url = request.getfixturevalue("influx_url")
        opened = InfluxStore(InfluxConnection(url, database=f"test_{uuid.uuid4().hex}"))
    yield opened
    opened.close()
