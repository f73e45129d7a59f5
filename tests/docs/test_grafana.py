"""The example dashboard for Grafana: each of its queries answers on what the platform writes."""

import json
from collections.abc import Iterator

import pytest

from data.influx import InfluxStore
from data.influx.answers import table_of
from tests.data.conftest import influx_url  # noqa: F401 - a fixture of this module too
from tests.data.influx.test_documentation import HOME, filled
from tests.platform import ROOT

BOARD = json.loads((ROOT / "examples" / "grafana" / "meter.json").read_text())
CHOSEN = {
    "$meter_type": HOME.meter_type,
    "$meter_id": HOME.meter_id,
    "$location": HOME.location,
    "$timeFilter": "time >= now() - 30d",
    "$__interval": "1h",
}
"""What Grafana puts in for its variables."""
QUERIES = [
    pytest.param(target["query"], id=f"{panel['title']}-{target['refId']}")
    for panel in BOARD["panels"]
    for target in panel["targets"]
]


@pytest.fixture(scope="module")
def store(influx_url: str) -> Iterator[InfluxStore]:  # noqa: F811
    """A store with readings, weather and a forecast of one meter."""
    opened = filled(influx_url)
    yield opened
    opened.close()


def chosen(query: str) -> str:
    for variable, value in CHOSEN.items():
        query = query.replace(variable, value)
    return query


@pytest.mark.parametrize("query", QUERIES)
def test_a_panel_has_something_to_show(store: InfluxStore, query: str) -> None:
    assert len(table_of(store.connection.query(chosen(query))).dropna()) > 0


def test_the_menus_offer_what_is_there(store: InfluxStore) -> None:
    offered = {
        variable["name"]: set(table_of(store.connection.query(chosen(variable["query"])))["value"])
        for variable in BOARD["templating"]["list"]
        if variable["type"] == "query"
    }
    assert offered["meter_id"] == {HOME.meter_id}
    assert HOME.location in offered["location"]
