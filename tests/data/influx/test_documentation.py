"""docs/influxdb.md says what is true: its queries run, and its fields and tags are the ones there."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from data import Meter
from data.influx import InfluxConnection, InfluxStore
from data.influx.answers import table_of

DOCUMENT = (Path(__file__).parents[3] / "docs" / "influxdb.md").read_text()
HOME = Meter("electricity", "home_1", latitude=45.07, longitude=7.69)


def filled(url: str) -> InfluxStore:
    """A store with two days of readings and weather, and a forecast for the second day."""
    store = InfluxStore(InfluxConnection(url, database="documented"))
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    index = pd.date_range(today - timedelta(days=2), periods=48, freq="h")
    store.write_readings(HOME, pd.Series(1.5, index=index))
    weather = pd.DataFrame({"temperature": 12.5}, index=index)
    store.write_weather(HOME.location, weather, source="import")
    store.write_weather(HOME.location, weather + 9, source="run", available_at=today)
    store.write_forecast(
        HOME,
        pd.DataFrame({"p10": 1.0, "p50": 1.5, "p90": 2.0}, index=index[24:]),
        issued_at=today,
        origin=index[0].to_pydatetime(),
        model_version="v1",
        source="model",
    )
    return store


def test_the_queries_answer(influx_url: str) -> None:
    store = filled(influx_url)
    queries = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(queries) == 3
    by_day, band, warmth = (table_of(store.connection.query(query)) for query in queries)
    assert by_day["sum"].sum() == 48 * 1.5
    assert len(band) == 24
    assert set(band["p50"]) == {1.5}
    assert set(warmth["mean"]) == {12.5}
    store.close()


def test_every_tag_and_field_is_described(influx_url: str) -> None:
    store = filled(influx_url)
    sections = re.split(r"\n\*\*`(\w+)`\*\*", DOCUMENT)
    described = dict(zip(sections[1::2], sections[2::2], strict=True))
    found = {
        kind: {
            measurement: set(rows[f"{kind}Key"])
            for measurement in described
            for rows in [
                table_of(store.connection.query(f'SHOW {kind.upper()} KEYS FROM "{measurement}"'))
            ]
        }
        for kind in ("tag", "field")
    }
    for measurement, text in described.items():
        tags, fields = found["tag"][measurement], found["field"][measurement]
        assert not tags & fields
        for name in tags:
            assert re.search(rf"^\| tag \|.*`{name}`", text, re.MULTILINE), (measurement, name)
        for name in fields:
            assert re.search(rf"^\| field \|.*`{name}`", text, re.MULTILINE), (measurement, name)
    store.close()
