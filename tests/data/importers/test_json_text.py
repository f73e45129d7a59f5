"""JSON of services: where the readings are in it."""

import json
from typing import Any

import pytest

from config.errors import InvalidReadings, InvalidRequest, TooLarge
from tests.data.importers.sheets import taken

A, B = "2024-05-03T00:00:00Z", "2024-05-03T01:00:00Z"
SECONDS = [1714694400, 1714698000]

SHAPES: list[Any] = [
    pytest.param(
        [{"time": A, "value": 1}, {"time": B, "value": None, "note": True}],
        [["time", "value", "note"], [A, "1", ""], [B, "", "True"]], {}, id="objects",
    ),
    pytest.param({"readings": [{"time": SECONDS[0], "value": 2.5}], "unit": "Wh"}, [["time", "value"], ["1714694400", "2.5"]], {"path": "readings", "unit": "Wh"}, id="our own"),
    pytest.param(
        {"meter_type": "water", "meter_id": "a", "unit": "m3", "times": [A, B], "values": [1.0, None], "coverage": [1, 0.5]},
        [["time", "value", "coverage"], [A, "1.0", "1"], [B, "", "0.5"]], {"unit": "m3"}, id="our own answer",
    ),
    pytest.param([[A, 1], [B, "2.5"]], [["time", "value"], [A, "1"], [B, "2.5"]], {}, id="pairs"),
    pytest.param([["when", "use", "state"], [A, 1, "ok"]], [["when", "use", "state"], [A, "1", "ok"]], {}, id="rows under names"),
    pytest.param({A: 1, B: 2}, [["time", "value"], [A, "1"], [B, "2"]], {}, id="times as names"),
    pytest.param({"2024-05-03": {"kwh": 4, "quality": "A"}}, [["time", "kwh", "quality"], ["2024-05-03", "4", "A"]], {}, id="objects by time"),
    pytest.param({"count": 1, "next": "http://x/?page=2", "results": [{"consumption": 0.5, "interval_start": A, "interval_end": B}]}, [["consumption", "interval_start", "interval_end"], ["0.5", A, B]], {"path": "results", "pages": "there are more: see `next` in the text"}, id="pages"),
    pytest.param(
        {"data": {"viewer": {"homes": [{"id": "h", "consumption": {"nodes": [{"from": A, "to": B, "consumption": 0.5, "consumptionUnit": "kWh"}]}}]}}},
        [["id", "from", "to", "consumption", "unit"], ["h", A, B, "0.5", "kWh"]], {"path": "data.viewer.homes"}, id="nodes of homes",
    ),
    pytest.param(
        {"energy": {"timeUnit": "HOUR", "unit": "Wh", "values": [{"date": "2024-05-03 00:00:00", "value": None}, {"date": "2024-05-03 01:00:00", "value": 5}]}},
        [["date", "value"], ["2024-05-03 00:00:00", ""], ["2024-05-03 01:00:00", "5"]], {"path": "energy.values", "unit": "Wh"}, id="unit beside the list",
    ),
    pytest.param(
        {"details": {"unit": "Wh", "meters": [{"type": "Feed", "values": [{"date": "2024-05-03 00:00:00", "value": 5}]}, {"type": "Use", "values": [{"date": "2024-05-03 00:00:00", "value": 7}]}]}},
        [["type", "date", "value"], ["Feed", "2024-05-03 00:00:00", "5"], ["Use", "2024-05-03 00:00:00", "7"]], {"path": "details.meters", "unit": "Wh"}, id="series with a name each",
    ),
    pytest.param(
        {"status": "success", "data": {"result": [{"metric": {"job": "a"}, "values": [[SECONDS[0], "1"], [SECONDS[1], "2"]]}, {"metric": {"job": "b"}, "values": [[SECONDS[0], "3"]]}]}},
        [["metric.job", "time", "value"], ["a", "1714694400", "1"], ["a", "1714698000", "2"], ["b", "1714694400", "3"]], {"path": "data.result"}, id="Prometheus",
    ),
    pytest.param(
        {"results": [{"series": [{"name": "e", "tags": {"host": "h"}, "columns": ["time", "kwh"], "values": [[A, 1]]}]}]},
        [["name", "tags.host", "time", "kwh"], ["e", "h", A, "1"]], {"path": "results"}, id="InfluxDB 1",
    ),
    pytest.param(
        [[{"entity_id": "sensor.m", "state": "1.5", "last_changed": A, "attributes": {"unit_of_measurement": "kWh"}}, {"state": "2.5", "last_changed": B}], [{"entity_id": "sensor.n", "state": "unavailable", "last_changed": A, "attributes": {}}]],
        [["entity_id", "unit", "state", "last_changed"], ["sensor.m", "kWh", "1.5", A], ["sensor.m", "kWh", "2.5", B], ["sensor.n", "", "unavailable", A]], {}, id="Home Assistant's history",
    ),
    pytest.param(
        {"sensor.m": [{"start": 1714694400000, "sum": 1}], "sensor.n": [{"start": 1714694400000, "sum": 2}]},
        [["series", "start", "sum"], ["sensor.m", "1714694400000", "1"], ["sensor.n", "1714694400000", "2"]], {}, id="Home Assistant's statistics",
    ),
    pytest.param(
        {"success": True, "data": {"north": [{"timestamp": SECONDS[0], "load": 1}], "south": [{"timestamp": SECONDS[0], "load": 2}]}},
        [["series", "timestamp", "load"], ["north", "1714694400", "1"], ["south", "1714694400", "2"]], {"path": "data"}, id="lists side by side",
    ),
    pytest.param(
        {"hourly": {"time": [A, B], "use": [1, 2], "feed": [0, 0]}, "hourly_units": {"use": "kWh"}, "timezone": "Europe/Rome"},
        [["time", "use", "feed"], [A, "1", "0"], [B, "2", "0"]], {"path": "hourly", "zone": "Europe/Rome"}, id="columns",
    ),
    pytest.param(
        {"meter_reading": {"start": "2024-05-03", "reading_type": {"unit": "W"}, "interval_reading": [{"value": "540", "date": "2024-05-03 00:30:00"}]}},
        [["value", "date"], ["540", "2024-05-03 00:30:00"]], {"path": "meter_reading.interval_reading", "unit": "W"}, id="unit in an object beside",
    ),
    pytest.param({"columns": ["t", "v"], "index": [0], "data": [[A, 1]]}, [["t", "v"], [A, "1"]], {}, id="columns and rows"),
    pytest.param([{"at": {"utc": A}, "energy": {"active": 1, "reactive": 2}}], [["at.utc", "energy.active", "energy.reactive"], [A, "1", "2"]], {}, id="objects within"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "rows", "facts"), SHAPES)
def test_shapes(body: Any, rows: list[list[str]], facts: dict[str, str]) -> None:
    for form in (None, "json"):
        found = taken(json.dumps(body), form=form)
        assert found.rows == rows
        assert found.facts == {"encoding": "UTF-8"} | facts
        assert found.lines == list(range(len(rows)))
        assert (found.form, found.typed, found.place) == ("json", True, "row")


def test_a_text_on_each_line() -> None:
    found = taken(f'{{"time":"{A}","value":1}}\n{{"time":"{B}","value":2}}\n')
    assert found.rows == [["time", "value"], [A, "1"], [B, "2"]]


def test_decimal_commas_are_left_to_a_reader_of_texts() -> None:
    assert not taken(json.dumps([{"time": A, "value": "0,125"}])).typed
    assert taken(json.dumps([{"time": A, "value": "0.125"}])).typed


TWO = {"use": [{"time": A, "value": 1}], "more": {"feed.in": [{"start": A, "kwh": 2}]}}


def test_a_list_among_several_has_to_be_named() -> None:
    with pytest.raises(InvalidRequest, match="2 lists of readings: use") as refused:
        taken(json.dumps(TWO))
    assert refused.value.detail == {"field": "path", "choices": ["use", "more.feed.in"]}
    assert taken(json.dumps(TWO), path="more.feed.in").rows == [["start", "kwh"], [A, "2"]]
    assert taken(json.dumps(TWO), path="use").rows[1] == [A, "1"]
    with pytest.raises(InvalidRequest, match=r"no list of readings at 'more\.x'") as unknown:
        taken(json.dumps(TWO), path="more.x")
    assert "use, more.feed.in" in unknown.value.hint


def test_a_short_list_beside_a_long_one_is_passed_over() -> None:
    body = {
        "days": [{"date": "2024-05-03", "sum": 9}],
        "hours": [{"time": A, "value": at} for at in range(24)],
    }
    assert taken(json.dumps(body)).facts["path"] == "hours"


@pytest.mark.parametrize(
    ("body", "field", "near"),
    [
        ({"readings": [{"time": A, "value": 1}], "uint": "Wh"}, "uint", "'unit'"),
        ({"times": [A], "values": [1], "timezon": "UTC"}, "timezon", "'timezone'"),
        (
            {"readings": [{"time": A, "value": 1}], "interval_end": True},
            "interval_end",
            "known are",
        ),
    ],
)
def test_unknown_fields_beside_our_own_are_refused(body: Any, field: str, near: str) -> None:
    with pytest.raises(InvalidRequest, match=f"Unknown field '{field}'") as refused:
        taken(json.dumps(body), form="json")
    assert refused.value.detail["field"] == field
    assert near in refused.value.hint


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidRequest),
        ("{", InvalidRequest),
        ("7", InvalidRequest),
        ('"x"', InvalidRequest),
        ("[" * 100_000, InvalidRequest),
        ('{"a":' * 50_000, InvalidRequest),
        ("[[1, 2]]", InvalidRequest),
        ("{}", InvalidRequest),
        ('{"times": [1], "values": []}', InvalidRequest),
        ("[]", InvalidReadings),
        ('{"readings": []}', InvalidReadings),
        (r'[{"time": "\ud800", "value": 1}]', InvalidRequest),
        ("9" * 5000, InvalidRequest),
    ],
)
def test_json_that_is_not_readings(text: str, error: type[InvalidRequest]) -> None:
    with pytest.raises(error) as refused:
        taken(text, form="json")
    assert refused.value.hint


def test_json_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.importers.containers.json.reading.LONGEST_JSON", 1000)
    with pytest.raises(TooLarge):
        taken("[" + " " * 2000 + "]")


def test_names_that_hold_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequest, match="different fields"):
        taken(json.dumps([{f"x{at}": at for at in range(3000)}]))
